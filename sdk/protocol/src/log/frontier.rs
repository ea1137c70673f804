//! The right edge of a log: the roots of its complete subtrees, enough to append and to know the root.

use super::{empty_root, node_hash};
use crate::codec;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Hash, Suite};

/// Size and peaks of a log. Peaks are the roots of the complete subtrees that the binary form of the size names,
/// largest first. Appending costs about one hash, whatever the size.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A log without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// A log of `size` leaves with these peaks; none when their number is not the number of bits set in the size.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let expected = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == expected).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends one leaf by its hash. A log ends at 2^64 - 1 leaves, which no chain reaches: more are ignored.
    pub fn append(&mut self, suite: Suite, leaf_hash: Hash) {
        let Some(size) = self.size.checked_add(1) else {
            return;
        };
        let mut peak = leaf_hash;
        // One merge for every trailing one bit of the old size: a carry of binary addition.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                peak = node_hash(suite, &left, &peak);
            }
        }
        self.peaks.push(peak);
        self.size = size;
    }

    /// Root of the log.
    pub fn root(&self, suite: Suite) -> Hash {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(suite, &left, &right))
            .unwrap_or_else(|| empty_root(suite))
    }
}

impl BorshDeserialize for Frontier {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let size = u64::deserialize_reader(reader)?;
        let peaks = Vec::<Hash>::deserialize_reader(reader)?;
        Self::from_peaks(size, peaks).ok_or_else(|| codec::invalid("peaks of the log"))
    }
}
