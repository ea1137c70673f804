//! The one batch of a block: header and quorum, outcomes, state changes, indexes, tip, and the end of every value that was
//! proposed for this height or below and not decided.

use crate::block::{BlockRecord, GROUP_RECORDS, RecordGroupRef, StoredBlock};
use crate::columns::Column;
use crate::engine::{Batch, Reads};
use crate::{StoreError, keys, payloads};
use std::borrow::Cow;
use yinglian_protocol::codec::encode;
use yinglian_protocol::{Hash, Height, LogPosition, OutcomeRecord, ValidatorSet};
use yinglian_state::ChangeSet;

/// Bytes of a payload before its first envelope: version, and the number of envelopes.
const PAYLOAD_HEAD_BYTES: u32 = 5;

/// A decided block with everything that execution made of it.
#[derive(Debug, Clone)]
pub struct Commit<'a> {
    /// The block.
    pub block: BlockRecord,
    /// Outcome of each envelope.
    pub outcomes: Cow<'a, [OutcomeRecord]>,
    /// Encoded length of each envelope, bytes.
    pub envelope_bytes: Vec<u32>,
    /// Changes of the state.
    pub changes: Cow<'a, ChangeSet>,
    /// Entries of local indexes.
    pub indexes: Vec<IndexEntry>,
    /// Changes of the indexes of objects.
    pub objects: Vec<ObjectChange>,
    /// The set that decides the next block, when this block changes it.
    pub next_validators: Option<ValidatorSet>,
}

/// An entry of a local index: rebuildable from blocks, for queries only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Name of the index, at most 255 bytes.
    pub name: String,
    /// Key in the index, at most 65,535 bytes.
    pub key: Vec<u8>,
    /// Record that the key leads to.
    pub position: LogPosition,
}

/// A change of the indexes of objects: rebuildable from the registry, for queries only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectChange {
    /// Place in the order, at most 65,535 bytes.
    pub place: Vec<u8>,
    /// What stands there from now on; none when nothing does.
    pub object: Option<Vec<u8>>,
}

pub(crate) fn put_objects(batch: &mut Batch<'_>, changes: &[ObjectChange]) {
    for change in changes {
        match &change.object {
            Some(object) => batch.put(Column::ObjectIndex, &change.place, object),
            None => batch.delete(Column::ObjectIndex, &change.place),
        }
    }
}

/// Checks a commit against the tip and itself, and fills its batch.
pub(crate) fn fill(
    batch: &mut Batch<'_>,
    reads: Reads<'_>,
    tip: Height,
    commit: &Commit<'_>,
) -> Result<(), StoreError> {
    let block = &commit.block;
    let height = block.header.height;
    if height != tip.next() {
        return Err(StoreError::OutOfOrder { given: height, tip });
    }
    check(commit)?;
    let decided = payloads::undecided(reads, height, &block.value_id)?
        .ok_or(StoreError::PayloadMissing { value_id: block.value_id })?;
    let payload_end: u64 = commit.envelope_bytes.iter().map(|bytes| u64::from(*bytes)).sum();
    if payload_end + u64::from(PAYLOAD_HEAD_BYTES) != u64::from(decided.payload_bytes) {
        return Err(StoreError::Inconsistent { what: "length of envelopes and payload" });
    }
    let stored = StoredBlock { block: block.clone(), payload_bytes: decided.payload_bytes };
    batch.put(Column::Blocks, keys::height(height), encode(&stored));
    put_records(batch, commit);
    put_changes(batch, &commit.changes);
    for entry in &commit.indexes {
        let key = keys::index(&entry.name, &entry.key, entry.position);
        batch.put(Column::LocalIndex, key, []);
    }
    put_objects(batch, &commit.objects);
    if let Some(set) = &commit.next_validators {
        batch.put(Column::ValidatorSets, keys::height(height.next()), encode(set));
    }
    batch.put(Column::Meta, keys::TIP, keys::height(height));
    drop_undecided(reads, height, &block.value_id, batch)
}

fn check(commit: &Commit<'_>) -> Result<(), StoreError> {
    let block = &commit.block;
    let records = commit.outcomes.len() as u64;
    let what = if block.header.hash() != block.value_id {
        "header and value id"
    } else if block.log_start + records != block.header.log_size {
        "outcomes and size of the log"
    } else if commit.envelope_bytes.len() != commit.outcomes.len() {
        "outcomes and envelopes"
    } else if commit.indexes.iter().any(|e| e.name.len() > 255 || e.key.len() > 65_535)
        || commit.objects.iter().any(|change| change.place.len() > 65_535)
    {
        "length of an index key"
    } else {
        return Ok(());
    };
    Err(StoreError::Inconsistent { what })
}

fn put_records(batch: &mut Batch<'_>, commit: &Commit<'_>) {
    let lengths = commit.envelope_bytes.chunks(GROUP_RECORDS);
    let mut first_index = 0_u32;
    let mut payload_offset = PAYLOAD_HEAD_BYTES;
    for (outcomes, envelope_bytes) in commit.outcomes.chunks(GROUP_RECORDS).zip(lengths) {
        let group = RecordGroupRef {
            height: commit.block.header.height,
            first_index,
            payload_offset,
            envelope_bytes,
            outcomes,
        };
        let position = LogPosition(commit.block.log_start + u64::from(first_index));
        batch.put(Column::Records, keys::position(position), encode(&group));
        first_index += outcomes.len() as u32;
        payload_offset += envelope_bytes.iter().sum::<u32>();
    }
}

pub(crate) fn put_changes(batch: &mut Batch<'_>, changes: &ChangeSet) {
    for (space, key, value) in changes.iter() {
        match value {
            Some(value) => batch.put(Column::of(space), key, value),
            None => batch.delete(Column::of(space), key),
        }
    }
}

/// How far below a decided height values are looked for that came in late. What is older goes when the node starts. The
/// search is short because deleted entries stay in the column for a while, and would be walked over at every block.
const LATE_BLOCKS: u64 = 64;

/// Ends every undecided value up to `height`; of the decided one only the entry that called it undecided.
pub(crate) fn drop_undecided(
    reads: Reads<'_>,
    height: Height,
    decided: &Hash,
    batch: &mut Batch<'_>,
) -> Result<(), StoreError> {
    let from = Height(height.0.saturating_sub(LATE_BLOCKS));
    for (at, value_id, value) in payloads::undecided_between(reads, from, height.next())? {
        if value_id == *decided {
            batch.delete(Column::Undecided, keys::value(at, &value_id));
        } else {
            payloads::delete(batch, at, &value_id, value.payload_bytes);
        }
    }
    Ok(())
}
