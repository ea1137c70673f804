//! What is kept of a block beside its payload.

use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_protocol::{Hash, Header, Height, LogPosition, OutcomeRecord, Quorum};

/// A decided block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockRecord {
    /// Its header.
    pub header: Header,
    /// The proof that it was decided; nodes may hold different signers.
    pub quorum: Quorum,
    /// Position of its first leaf.
    pub log_start: u64,
    /// Hash of the header, under which the payload is stored.
    pub value_id: Hash,
}

/// A block as stored.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct StoredBlock {
    pub block: BlockRecord,
    pub payload_bytes: u32,
}

/// Records of a group: one read gives an outcome and where its envelope lies in the payload.
pub(crate) const GROUP_RECORDS: usize = 64;

/// Neighbouring records of one block.
#[derive(BorshDeserialize)]
pub(crate) struct RecordGroup {
    pub height: Height,
    /// Index in the block of the first one.
    pub first_index: u32,
    /// Byte of the payload where the first envelope begins.
    pub payload_offset: u32,
    /// Encoded length of each envelope.
    pub envelope_bytes: Vec<u32>,
    pub outcomes: Vec<OutcomeRecord>,
}

/// A [`RecordGroup`] to be encoded: the same layout over borrowed parts.
#[derive(BorshSerialize)]
pub(crate) struct RecordGroupRef<'a> {
    pub height: Height,
    pub first_index: u32,
    pub payload_offset: u32,
    pub envelope_bytes: &'a [u32],
    pub outcomes: &'a [OutcomeRecord],
}

/// One record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Position of its leaf.
    pub position: LogPosition,
    /// Block that holds it.
    pub height: Height,
    /// Index in the block, from 0.
    pub index: u32,
    /// Encoded envelope.
    pub envelope: Vec<u8>,
    /// Organisation and outcome.
    pub outcome: OutcomeRecord,
}
