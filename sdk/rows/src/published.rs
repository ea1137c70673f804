//! Digests of a batch in a file: what a side gives out so that the other finds where they differ while it is away.
//!
//! Comes in: a batch, or a file from the other side. Goes out: the file, or the rows here that are not there. Never: rows. It names
//! the keys that ranges begin with, so it travels as the data does, and never to the chain.
use crate::{Batch, BatchDigest, KeyRange, Summary, limits, tree};
use alloc::{collections::BTreeSet, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::codec;

const VERSION: u8 = 1;

/// Leaves of the rows from a key on.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct PublishedRange {
    from: Vec<u8>,
    leaves: Vec<Hash>,
}

/// Leaves of a batch, in ranges of about 64 rows.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PublishedDigests {
    version: u8,
    suite: Suite,
    schema: Hash,
    batch_key: Hash,
    ranges: Vec<PublishedRange>,
}

/// Bytes that are no published digests, or digests that compare to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// No digests of a batch, or too many.
    #[error("the file is no digests of a batch")]
    Malformed,
    /// Another suite.
    #[error("the digests are of another suite")]
    Suite,
    /// Another schema.
    #[error("the digests are of a batch with another schema")]
    Schema,
    /// Another batch key.
    #[error("the digests were made with another batch key")]
    BatchKey,
}

/// A range in which the batches differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDifference {
    /// Keys of the range.
    pub range: KeyRange,
    /// Places of the rows here that are not there as they are here.
    pub here: Vec<usize>,
    /// Number of rows there that are not here as they are there.
    pub there: u64,
}

impl PublishedDigests {
    /// The digests of a batch.
    pub fn new(batch: &Batch) -> Self {
        let Summary { suite, schema, batch_key, .. } = batch.summary();
        let rows = batch.rows();
        let mut ranges: Vec<PublishedRange> = Vec::new();
        for (index, leaf) in batch.leaves().iter().enumerate() {
            let key = rows.key(index);
            let is_new_key = index.checked_sub(1).is_none_or(|before| rows.key(before) != key);
            // Rows of one key stay in one range, so that a range is what its keys say.
            match ranges
                .last_mut()
                .filter(|last| last.leaves.len() < limits::RANGE_ROWS || !is_new_key)
            {
                Some(last) => last.leaves.push(*leaf),
                None => {
                    ranges.push(PublishedRange { from: key.to_vec(), leaves: alloc::vec![*leaf] })
                }
            }
        }
        Self { version: VERSION, suite, schema, batch_key, ranges }
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a file, at most 256 MiB of it.
    pub fn decode(bytes: &[u8]) -> Result<Self, PublishedError> {
        let digests: Self = codec::decode_strict(bytes, limits::PUBLISHED_BYTES_MAX)
            .map_err(|_| PublishedError::Malformed)?;
        let rows = digests.ranges.iter().map(|range| range.leaves.len()).sum::<usize>();
        let ascending = digests.ranges.is_sorted_by(|one, other| one.from < other.from);
        let filled = digests.ranges.iter().all(|range| !range.leaves.is_empty());
        let valid =
            digests.version == VERSION && rows <= limits::BATCH_ROWS_MAX && ascending && filled;
        if valid { Ok(digests) } else { Err(PublishedError::Malformed) }
    }

    /// The batch that these are the digests of: the file is true when this is what the other side signed.
    pub fn digest(&self) -> BatchDigest {
        let leaves: Vec<Hash> =
            self.ranges.iter().flat_map(|range| range.leaves.iter().copied()).collect();
        BatchDigest {
            schema: self.schema,
            rows: u64::try_from(leaves.len()).unwrap_or(u64::MAX),
            root: tree::root(self.suite, &leaves),
        }
    }

    /// The ranges in which a batch differs from these digests, in key order.
    pub fn compare(&self, here: &Batch) -> Result<Vec<PublishedDifference>, PublishedError> {
        let mine = here.summary();
        if mine.suite != self.suite {
            return Err(PublishedError::Suite);
        }
        if mine.schema != self.schema {
            return Err(PublishedError::Schema);
        }
        if mine.batch_key != self.batch_key {
            return Err(PublishedError::BatchKey);
        }
        let mut differences = Vec::new();
        // What lies below the first key there belongs to the first range; without any range, everything to one.
        let nothing = [PublishedRange { from: Vec::new(), leaves: Vec::new() }];
        let ranges = if self.ranges.is_empty() { &nothing[..] } else { &self.ranges };
        for (place, range) in ranges.iter().enumerate() {
            let from = if place == 0 { Vec::new() } else { range.from.clone() };
            let to = ranges.get(place.saturating_add(1)).map(|next| next.from.clone());
            let keys = KeyRange { from, to };
            differences.extend(compare_range(here, keys, &range.leaves));
        }
        Ok(differences)
    }
}

fn compare_range(here: &Batch, range: KeyRange, theirs: &[Hash]) -> Option<PublishedDifference> {
    let mine = here.range_leaves(&range);
    if mine == theirs {
        return None;
    }
    let known: BTreeSet<&Hash> = theirs.iter().collect();
    let from = here.places(&range).start;
    let only_here = (from..).zip(mine).filter(|(_, leaf)| !known.contains(leaf));
    let only_here = only_here.map(|(index, _)| index).collect();
    let known: BTreeSet<&Hash> = mine.iter().collect();
    let only_there = theirs.iter().filter(|leaf| !known.contains(leaf)).count();
    let there = u64::try_from(only_there).unwrap_or(u64::MAX);
    Some(PublishedDifference { range, here: only_here, there })
}
