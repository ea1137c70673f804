//! The sign-state file: two slots written in turn, each in a sector of its own, synced before the write returns.
//!
//! A crash in the middle of a write damages the slot being written, whose signature was not yet made; the other slot is
//! the state then.

use super::{GuardError, SignState, Step, StepKind};
use crate::checksum::crc32;
use borsh::{BorshDeserialize, BorshSerialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use yinglian_protocol::{Address, GenesisHash, Hash, Height};

const MAGIC: [u8; 4] = *b"YLS1";
// A slot stays within one sector of 512 bytes; slots are 4 KiB apart.
const SLOT_BYTES: usize = 512;
const SLOT_STRIDE: u64 = 4096;

#[derive(BorshSerialize, BorshDeserialize)]
struct Slot {
    sequence: u64,
    genesis: GenesisHash,
    validator: Address,
    signed: Option<SignedStep>,
    follow_through: Option<Height>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct SignedStep {
    height: Height,
    round: u32,
    kind: u8,
    value: Option<Hash>,
    message: Hash,
}

impl From<Step> for SignedStep {
    fn from(step: Step) -> Self {
        let Step { height, round, kind, value, message } = step;
        Self { height, round, kind: kind as u8, value, message }
    }
}

impl SignedStep {
    fn step(self) -> Option<Step> {
        let kind = [StepKind::Proposal, StepKind::Prevote, StepKind::Precommit]
            .into_iter()
            .find(|kind| *kind as u8 == self.kind)?;
        let Self { height, round, value, message, .. } = self;
        Some(Step { height, round, kind, value, message })
    }
}

/// The open file.
#[derive(Debug)]
pub(super) struct SlotFile {
    file: File,
    sequence: u64,
    genesis: GenesisHash,
    validator: Address,
}

impl SlotFile {
    pub(super) fn open(
        path: &Path,
        genesis: &GenesisHash,
        validator: &Address,
    ) -> Result<(Self, SignState), GuardError> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // A second process on the same file is refused here, before it could ask for anything.
        file.try_lock().map_err(|_| GuardError::Damaged("in use by another process"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut open = Self { file, sequence: 0, genesis: *genesis, validator: *validator };
        if bytes.is_empty() {
            open.write(&SignState::default())?;
            sync_parent(path)?;
            return Ok((open, SignState::default()));
        }
        let newest = [0, SLOT_STRIDE]
            .into_iter()
            .filter_map(|offset| read_slot(&bytes, offset))
            .max_by_key(|slot| slot.sequence)
            .ok_or(GuardError::Damaged("neither slot is intact"))?;
        if newest.genesis != *genesis || newest.validator != *validator {
            return Err(GuardError::Damaged("another validator's or chain's"));
        }
        open.sequence = newest.sequence;
        let signed = newest
            .signed
            .map(|signed| signed.step().ok_or(GuardError::Damaged("unknown step")))
            .transpose()?;
        Ok((open, SignState { signed, follow_through: newest.follow_through }))
    }

    pub(super) fn write(&mut self, state: &SignState) -> io::Result<()> {
        let sequence = self.sequence + 1;
        let slot = Slot {
            sequence,
            genesis: self.genesis,
            validator: self.validator,
            signed: state.signed.map(SignedStep::from),
            follow_through: state.follow_through,
        };
        self.file.seek(SeekFrom::Start((sequence % 2) * SLOT_STRIDE))?;
        self.file.write_all(&encode_slot(&slot))?;
        self.file.sync_data()?;
        self.sequence = sequence;
        Ok(())
    }
}

// magic ‖ crc32 of the rest ‖ length u16 ‖ slot ‖ zeros
fn encode_slot(slot: &Slot) -> [u8; SLOT_BYTES] {
    let body = yinglian_protocol::codec::encode(slot);
    let mut bytes = [0; SLOT_BYTES];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&(body.len() as u16).to_le_bytes());
    bytes[10..10 + body.len()].copy_from_slice(&body);
    let crc = crc32(&bytes[8..]);
    bytes[4..8].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn read_slot(file: &[u8], offset: u64) -> Option<Slot> {
    let offset = usize::try_from(offset).ok()?;
    let bytes = file.get(offset..offset + SLOT_BYTES)?;
    let crc = u32::from_le_bytes(bytes[4..8].try_into().ok()?);
    if bytes[..4] != MAGIC || crc32(&bytes[8..]) != crc {
        return None;
    }
    let length = usize::from(u16::from_le_bytes(bytes[8..10].try_into().ok()?));
    Slot::try_from_slice(bytes.get(10..10 + length)?).ok()
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
