//! The audit export: everything an auditor needs to check a chain without trusting any node, as one sequence of frames.
//!
//! Layout: the eight bytes [`EXPORT_MAGIC`], then frames; a frame is its length (u32, little endian) and a borsh [`ExportFrame`].
//! The first frame is the genesis, then one frame a block in ascending order, then the end. A sequence without an end was cut.
//! Comes in: chunks of bytes, cut anywhere. Goes out: frames within their limits, in that order. Never: I/O, and never a check
//! of signatures or roots, which is the audit's own work.

use crate::genesis::GENESIS_VERSION;
use crate::outcome::OUTCOME_VERSION;
use crate::{
    Genesis, HEADER_VERSION, Header, Height, OutcomeRecord, Quorum, ValidatorSet, codec, limits,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::PublicKey;

/// First bytes of an export; the last is the version of the layout.
pub const EXPORT_MAGIC: [u8; 8] = *b"ylaudit\x01";
/// Largest frame, bytes (64 MiB): a full payload with its outcomes, or the genesis entries of a large network.
pub const EXPORT_FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most registry entries of a genesis.
pub const EXPORT_ENTRIES_MAX: usize = 1_000_000;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ExportFrame {
    /// What the chain began from.
    Genesis(Box<ExportGenesis>),
    /// A decided block.
    Block(Box<ExportBlock>),
    /// Nothing follows.
    End {
        /// Height of the last block in the export, or of the one before the first when it holds none.
        last: Height,
    },
}

/// What a chain began from.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportGenesis {
    /// The genesis, whose hash names the chain.
    pub genesis: Genesis,
    /// Registry keys and encoded [`crate::RegistryValue`]s that `registry_root` commits to, ascending by key.
    pub entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// The set that decides block 1.
    pub validators: ValidatorSet,
}

/// A decided block with what its checks need.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportBlock {
    /// The header.
    pub header: Header,
    /// The proof that it was decided.
    pub quorum: Quorum,
    /// Encoded [`crate::Payload`], as hashed into the header.
    pub payload: Vec<u8>,
    /// Outcome of each envelope, in their order.
    pub outcomes: Vec<OutcomeRecord>,
    /// Public keys of the senders that occur in this export for the first time, ascending.
    pub keys: Vec<PublicKey>,
    /// The set that decides the next block, when the header names another than its own.
    pub next_validators: Option<ValidatorSet>,
}

/// Why bytes are no export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The first bytes are others, or of a later layout.
    #[error("the bytes do not begin as an audit export of layout 1")]
    Magic,
    /// A frame announces more than [`EXPORT_FRAME_BYTES_MAX`], or one of its parts exceeds its own limit.
    #[error("frame {frame} exceeds a limit")]
    TooLarge {
        /// Number of the frame, from 0.
        frame: u64,
    },
    /// A frame is not a canonical encoding.
    #[error("frame {frame} is malformed")]
    Malformed {
        /// Number of the frame, from 0.
        frame: u64,
    },
    /// Genesis, ascending blocks, end: this frame stands elsewhere.
    #[error("frame {frame} is out of order")]
    Order {
        /// Number of the frame, from 0.
        frame: u64,
    },
    /// The bytes stop before the end frame.
    #[error("export was cut after {frames} frames")]
    Cut {
        /// Complete frames that came before.
        frames: u64,
    },
}

impl ExportFrame {
    /// The frame with its length in front; none when it is larger than a frame may be.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let body = codec::encode(self);
        if body.len() > EXPORT_FRAME_BYTES_MAX {
            return None;
        }
        let length = u32::try_from(body.len()).ok()?;
        let mut bytes = Vec::with_capacity(body.len().saturating_add(4));
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&body);
        Some(bytes)
    }

    /// Every part in the layout that its version byte promises; payloads and values are opened by the audit.
    fn has_known_layouts(&self) -> bool {
        match self {
            Self::Genesis(start) => start.genesis.version == GENESIS_VERSION,
            Self::Block(block) => {
                let mut outcomes = block.outcomes.iter().map(|record| record.outcome.version);
                block.header.version == HEADER_VERSION
                    && outcomes.all(|version| version == OUTCOME_VERSION)
            }
            Self::End { .. } => true,
        }
    }

    fn within_limits(&self) -> bool {
        match self {
            Self::Genesis(genesis) => {
                genesis.entries.len() <= EXPORT_ENTRIES_MAX
                    && genesis.entries.iter().all(|(key, value)| {
                        key.len() <= limits::REGISTRY_KEY_BYTES_MAX
                            && value.len() <= limits::REGISTRY_VALUE_BYTES_MAX
                    })
            }
            Self::Block(block) => {
                let records_max = usize::try_from(limits::BLOCK_RECORDS_MAX).unwrap_or(usize::MAX);
                block.payload.len() <= limits::BLOCK_BYTES_MAX
                    && block.outcomes.len() <= records_max
                    && block.keys.len() <= records_max
                    && block.quorum.signatures.len() <= limits::VALIDATORS_MAX
            }
            Self::End { .. } => true,
        }
    }
}

/// What has been read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Magic,
    Genesis,
    Blocks { last: Option<Height> },
    Ended,
}

/// Takes bytes in chunks of any size and gives frames back. It holds at most one frame and one chunk.
#[derive(Debug)]
pub struct ExportBuffer {
    bytes: Vec<u8>,
    /// Bytes at the front that were used already; dropped before the next chunk is added.
    used: usize,
    stage: Stage,
    frames: u64,
}

impl Default for ExportBuffer {
    fn default() -> Self {
        Self { bytes: Vec::new(), used: 0, stage: Stage::Magic, frames: 0 }
    }
}

impl ExportBuffer {
    /// An empty buffer at the start of an export.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chunk. Take frames with [`Self::next_frame`] until there are none before adding the next chunk.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.used.min(self.bytes.len()));
        self.used = 0;
        self.bytes.extend_from_slice(chunk);
    }

    /// The next complete frame, or none when more bytes are needed or the end was read.
    pub fn next_frame(&mut self) -> Result<Option<ExportFrame>, ExportError> {
        if self.stage == Stage::Magic {
            let Some(magic) = self.peek(0, EXPORT_MAGIC.len()) else { return Ok(None) };
            if magic != EXPORT_MAGIC {
                return Err(ExportError::Magic);
            }
            self.used = self.used.saturating_add(EXPORT_MAGIC.len());
            self.stage = Stage::Genesis;
        }
        let frame = self.frames;
        let Some(length) = self.peek(0, 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > EXPORT_FRAME_BYTES_MAX {
            return Err(ExportError::TooLarge { frame });
        }
        let Some(body) = self.peek(4, length) else { return Ok(None) };
        let decoded: ExportFrame = codec::decode_strict(body, EXPORT_FRAME_BYTES_MAX)
            .map_err(|_| ExportError::Malformed { frame })?;
        if !decoded.has_known_layouts() {
            return Err(ExportError::Malformed { frame });
        }
        if !decoded.within_limits() {
            return Err(ExportError::TooLarge { frame });
        }
        self.stage = self.stage.after(&decoded).ok_or(ExportError::Order { frame })?;
        self.used = self.used.saturating_add(4).saturating_add(length);
        self.frames = self.frames.saturating_add(1);
        Ok(Some(decoded))
    }

    /// To be asked when no more bytes come: were all frames read, and nothing after them?
    pub fn finish(&self) -> Result<(), ExportError> {
        if self.stage != Stage::Ended {
            return Err(ExportError::Cut { frames: self.frames });
        }
        if self.used != self.bytes.len() {
            return Err(ExportError::Order { frame: self.frames });
        }
        Ok(())
    }

    fn peek(&self, skip: usize, length: usize) -> Option<&[u8]> {
        let from = self.used.saturating_add(skip);
        self.bytes.get(from..from.saturating_add(length))
    }
}

impl Stage {
    /// The stage after a frame, if the frame may stand here.
    fn after(self, frame: &ExportFrame) -> Option<Self> {
        match (self, frame) {
            (Self::Genesis, ExportFrame::Genesis(_)) => Some(Self::Blocks { last: None }),
            (Self::Blocks { last }, ExportFrame::Block(block)) => {
                let height = block.header.height;
                last.is_none_or(|last| last.next() == height)
                    .then_some(Self::Blocks { last: Some(height) })
            }
            (Self::Blocks { last }, ExportFrame::End { last: end }) => {
                last.is_none_or(|last| last == *end).then_some(Self::Ended)
            }
            _ => None,
        }
    }
}

/// Frames from an iterator of chunks. After an error, or the end, it gives nothing more.
#[derive(Debug)]
pub struct ExportReader<I> {
    chunks: I,
    buffer: ExportBuffer,
    done: bool,
}

impl<I> ExportReader<I>
where
    I: Iterator,
    I::Item: AsRef<[u8]>,
{
    /// A reader at the start of an export.
    pub fn new(chunks: I) -> Self {
        Self { chunks, buffer: ExportBuffer::new(), done: false }
    }

    fn advance(&mut self) -> Result<Option<ExportFrame>, ExportError> {
        loop {
            if let Some(frame) = self.buffer.next_frame()? {
                return Ok(Some(frame));
            }
            match self.chunks.next() {
                Some(chunk) => self.buffer.push(chunk.as_ref()),
                None => return self.buffer.finish().map(|()| None),
            }
        }
    }
}

impl<I> Iterator for ExportReader<I>
where
    I: Iterator,
    I::Item: AsRef<[u8]>,
{
    type Item = Result<ExportFrame, ExportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = self.advance().transpose();
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests;
