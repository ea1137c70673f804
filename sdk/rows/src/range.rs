//! Ranges of keys and what one side says of its rows in them.
use crate::Batch;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::ops::Range;
use yinglian_crypto::{Hash, Suite};

/// Row keys from one on, before another.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyRange {
    /// First key that belongs to it; empty for the beginning.
    pub from: Vec<u8>,
    /// First key behind it; `None` for the end.
    pub to: Option<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    pub const ALL: Self = Self { from: Vec::new(), to: None };

    /// True for a key that belongs to it.
    pub fn holds(&self, key: &[u8]) -> bool {
        self.from.as_slice() <= key && self.to.as_ref().is_none_or(|to| key < to.as_slice())
    }
}

/// Rows of a range in number, and the root over their leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RangeDigest {
    /// Number of rows.
    pub rows: u64,
    /// Root over their leaves, as over those of a batch.
    pub root: Hash,
}

/// What a side says of its whole batch, before anything is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Summary {
    /// Suite of the hashes.
    pub suite: Suite,
    /// Digest of the schema.
    pub schema: Hash,
    /// Digest of the batch key.
    pub batch_key: Hash,
    /// The whole batch.
    pub whole: RangeDigest,
}

impl Batch {
    /// What this side says of the whole batch.
    pub fn summary(&self) -> Summary {
        let digest = self.digest();
        Summary {
            suite: self.suite(),
            schema: digest.schema,
            batch_key: self.batch_key_digest(),
            whole: RangeDigest { rows: digest.rows, root: digest.root },
        }
    }

    /// What this side says of a range.
    pub fn range_digest(&self, range: &KeyRange) -> RangeDigest {
        let places = self.places(range);
        let rows = u64::try_from(places.len()).unwrap_or(u64::MAX);
        RangeDigest { rows, root: self.root_of(places) }
    }

    /// Leaves of the rows in a range.
    pub fn range_leaves(&self, range: &KeyRange) -> &[Hash] {
        self.leaves().get(self.places(range)).unwrap_or_default()
    }

    pub(crate) fn places(&self, range: &KeyRange) -> Range<usize> {
        self.rows().places(&range.from, range.to.as_deref())
    }
}
