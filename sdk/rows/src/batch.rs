//! A batch: rows collected, put in order, hashed.
//!
//! Comes in: rows as sources write them, in any order. Goes out: the rows in their one order, their leaves, the root. Never: a row
//! left out or counted once for two; threads: whoever has several cores fills one builder a part of the file and
//! [`BatchBuilder::append`]s them, and asks [`SortedRows::leaves`] for a part each.
use crate::{
    BatchDigest, BatchKey, RowError, RowProof, RowTree, Schema, Source, limits,
    row::{append_key, canonical_row, read_row},
    tree,
};
use alloc::{vec, vec::Vec};
use core::ops::Range;
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::log;

const SALT_TAG: &str = "yinglian/row-salt/v1";
/// Bytes of a salt: the first half of a hash.
pub(crate) const SALT_BYTES: usize = 16;
/// Rows hashed together: enough to fill the lanes, few enough that what they need stays in the nearest cache.
const HASHED_TOGETHER: usize = 256;
/// Bytes of a key that are compared as a number.
const PREFIX_BYTES: usize = 16;

/// Why rows make no batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A row that its schema does not admit.
    #[error("row {number}: {error}")]
    Row {
        /// Number of the row in its builder, from 1.
        number: usize,
        /// What is wrong.
        error: RowError,
    },
    /// More than 2^20 rows.
    #[error("a batch has at most {} rows", limits::BATCH_ROWS_MAX)]
    Rows,
    /// More than 1 GiB of canonical rows.
    #[error("the rows of a batch have at most {} bytes", limits::BATCH_BYTES_MAX)]
    Bytes,
    /// Two parts of one batch with different schemas.
    #[error("the parts of a batch have different schemas")]
    Schemas,
    /// Leaves that are not one for each row.
    #[error("{leaves} leaves for {rows} rows")]
    Leaves {
        /// Rows of the batch.
        rows: usize,
        /// Leaves given.
        leaves: usize,
    },
}

/// Byte strings one behind the other.
#[derive(Debug, Clone, Default)]
struct Arena {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Arena {
    fn len(&self) -> usize {
        self.ends.len()
    }

    /// Ends the string that has been written at the end of `bytes`; false when the arena is full.
    fn close(&mut self) -> bool {
        let end = u32::try_from(self.bytes.len()).ok();
        let end = end.filter(|_| self.bytes.len() <= limits::BATCH_BYTES_MAX);
        self.ends.extend(end);
        end.is_some()
    }

    fn get(&self, index: usize) -> &[u8] {
        let at = |end: &u32| usize::try_from(*end).unwrap_or(usize::MAX);
        let from = index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, at);
        let to = self.ends.get(index).map_or(0, at);
        self.bytes.get(from..to).unwrap_or_default()
    }

    fn append(&mut self, other: &Self) -> bool {
        let before = self.bytes.len();
        let after = before.saturating_add(other.bytes.len());
        let Some(before) = u32::try_from(before).ok().filter(|_| after <= limits::BATCH_BYTES_MAX)
        else {
            return false;
        };
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end.saturating_add(before)));
        true
    }

    fn in_order(&self, order: &[u32]) -> Self {
        let mut sorted = Self {
            bytes: Vec::with_capacity(self.bytes.len()),
            ends: Vec::with_capacity(self.ends.len()),
        };
        for index in order {
            sorted.bytes.extend_from_slice(self.get(usize::try_from(*index).unwrap_or(usize::MAX)));
            // It cannot be longer than what it is made of.
            sorted.close();
        }
        sorted
    }
}

/// Collects the rows of a batch.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    schema: Schema,
    source: Source,
    rows: Arena,
    keys: Arena,
}

impl BatchBuilder {
    /// An empty batch of rows of this schema, read from this source.
    pub fn new(schema: Schema, source: Source) -> Self {
        Self { schema, source, rows: Arena::default(), keys: Arena::default() }
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True before the first row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row: fields in item order, `None` for NULL. A refused row leaves the batch as it was.
    pub fn push(&mut self, fields: &[Option<&[u8]>]) -> Result<(), BatchError> {
        let number = self.len().saturating_add(1);
        if number > limits::BATCH_ROWS_MAX {
            return Err(BatchError::Rows);
        }
        let (from, key_from) = (self.rows.bytes.len(), self.keys.bytes.len());
        canonical_row(&self.schema, &self.source, fields, &mut self.rows.bytes)
            .map_err(|error| BatchError::Row { number, error })?;
        let row = self.rows.bytes.get(from..).unwrap_or_default();
        // A row that was just written has its key columns.
        let _ = append_key(&self.schema, row, &mut self.keys.bytes);
        // A key is never longer than its row, so the keys have room where the rows have.
        if !self.rows.close() {
            self.rows.bytes.truncate(from);
            self.keys.bytes.truncate(key_from);
            return Err(BatchError::Bytes);
        }
        self.keys.close();
        Ok(())
    }

    /// Adds the rows of another part, read from whatever source.
    pub fn append(&mut self, part: Self) -> Result<(), BatchError> {
        if part.schema != self.schema {
            return Err(BatchError::Schemas);
        }
        if self.len().saturating_add(part.len()) > limits::BATCH_ROWS_MAX {
            return Err(BatchError::Rows);
        }
        let appended = self.rows.append(&part.rows);
        if !appended {
            return Err(BatchError::Bytes);
        }
        self.keys.append(&part.keys);
        Ok(())
    }

    /// Puts the rows in order: by row key, then by canonical row, both byte by byte.
    pub fn sort(self) -> SortedRows {
        let Self { schema, rows, keys, .. } = self;
        let mut order: Vec<(u128, u32)> = (0..)
            .zip(0..keys.len())
            .map(|(place, index)| (prefix(keys.get(index)), place))
            .collect();
        let index = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        order.sort_unstable_by(|(left, one), (right, other)| {
            let (one, other) = (index(*one), index(*other));
            left.cmp(right)
                .then_with(|| keys.get(one).cmp(keys.get(other)))
                .then_with(|| rows.get(one).cmp(rows.get(other)))
        });
        let is_in_order = (0_u32..).zip(&order).all(|(place, (_, index))| place == *index);
        let (rows, keys) = if is_in_order {
            (rows, keys)
        } else {
            let order: Vec<u32> = order.into_iter().map(|(_, place)| place).collect();
            (rows.in_order(&order), keys.in_order(&order))
        };
        let occurrences = occurrences(&keys);
        SortedRows { schema, rows, keys, occurrences }
    }

    /// The batch: order, leaves and root in one go.
    pub fn finish(self, suite: Suite, batch_key: &BatchKey) -> Batch {
        let sorted = self.sort();
        let leaves = sorted.leaves(suite, batch_key, 0..sorted.len());
        Batch::new(suite, batch_key.clone(), sorted, leaves)
    }
}

/// The first bytes of a key as a number that orders like them.
fn prefix(key: &[u8]) -> u128 {
    if let Some(first) = key.first_chunk::<PREFIX_BYTES>() {
        return u128::from_be_bytes(*first);
    }
    let mut bytes = [0; PREFIX_BYTES];
    bytes.iter_mut().zip(key).for_each(|(byte, of_key)| *byte = *of_key);
    u128::from_be_bytes(bytes)
}

/// For each row, how many before it have its key.
fn occurrences(keys: &Arena) -> Vec<u32> {
    let (mut all, mut before, mut count) = (Vec::with_capacity(keys.len()), None, 0_u32);
    for index in 0..keys.len() {
        let key = keys.get(index);
        count = if before == Some(key) { count.saturating_add(1) } else { 0 };
        all.push(count);
        before = Some(key);
    }
    all
}

/// Rows in their order, with their keys.
#[derive(Debug, Clone)]
pub struct SortedRows {
    schema: Schema,
    rows: Arena,
    keys: Arena,
    occurrences: Vec<u32>,
}

impl SortedRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True for a batch without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schema of the rows.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Canonical row at a place in the order; empty when there is none.
    pub fn row(&self, index: usize) -> &[u8] {
        self.rows.get(index)
    }

    /// Row key at a place in the order; empty when there is none.
    pub fn key(&self, index: usize) -> &[u8] {
        self.keys.get(index)
    }

    /// How many rows before this one have its key.
    pub fn occurrence(&self, index: usize) -> Option<u32> {
        self.occurrences.get(index).copied()
    }

    /// Rows whose key an earlier row has: 0 where the key is one.
    pub fn repeated_keys(&self) -> usize {
        self.occurrences.iter().filter(|occurrence| **occurrence > 0).count()
    }

    /// Places of the rows with keys from `from` on and before `to` (without `to`: to the end).
    pub fn places(&self, from: &[u8], to: Option<&[u8]>) -> Range<usize> {
        let from = self.first_from(from);
        from..to.map_or(self.len(), |to| self.first_from(to)).max(from)
    }

    /// Place of the first row whose key is not below.
    fn first_from(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) < key {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        low
    }

    /// Leaf hashes of the rows at these places; what lies outside the batch is left out.
    pub fn leaves(&self, suite: Suite, batch_key: &BatchKey, places: Range<usize>) -> Vec<Hash> {
        let places = places.start..places.end.min(self.len());
        let mut leaves = Vec::with_capacity(places.len());
        let prefix = salt_prefix(batch_key);
        let mut from = places.start;
        while from < places.end {
            let to = from.saturating_add(HASHED_TOGETHER).min(places.end);
            leaves.append(&mut self.leaves_together(suite, &prefix, from..to));
            from = to;
        }
        leaves
    }

    fn leaves_together(&self, suite: Suite, prefix: &[u8], places: Range<usize>) -> Vec<Hash> {
        // Length of the key and occurrence, each in 4 bytes, as they stand in the salt's message.
        let numbers: Vec<([u8; 4], [u8; 4])> = places
            .clone()
            .map(|index| {
                let length = u32::try_from(self.key(index).len()).unwrap_or(u32::MAX);
                let occurrence = self.occurrence(index).unwrap_or_default();
                (length.to_le_bytes(), occurrence.to_le_bytes())
            })
            .collect();
        let messages: Vec<[&[u8]; 4]> = places
            .clone()
            .zip(&numbers)
            .map(|(index, (length, occurrence))| {
                [prefix, length.as_slice(), self.key(index), occurrence.as_slice()]
            })
            .collect();
        let salts = suite.hash_many(&messages);
        let messages: Vec<[&[u8]; 3]> = places
            .zip(&salts)
            .map(|(index, salt)| leaf_parts(half(salt), self.row(index)))
            .collect();
        suite.hash_many(&messages)
    }

    /// Salt of the row at a place.
    fn salt(&self, suite: Suite, batch_key: &BatchKey, index: usize) -> Option<[u8; SALT_BYTES]> {
        let occurrence = self.occurrence(index)?.to_le_bytes();
        let key = self.key(index);
        let length = u32::try_from(key.len()).ok()?.to_le_bytes();
        let hash = suite.hash(&[&salt_prefix(batch_key), &length, key, &occurrence]);
        hash.0.first_chunk().copied()
    }
}

/// What every salt's message begins with: tag and batch key.
fn salt_prefix(batch_key: &BatchKey) -> Vec<u8> {
    let mut prefix = vec![u8::try_from(SALT_TAG.len()).unwrap_or(u8::MAX)];
    prefix.extend_from_slice(SALT_TAG.as_bytes());
    prefix.extend_from_slice(&batch_key.0);
    prefix
}

fn half(salt: &Hash) -> &[u8] {
    salt.0.get(..SALT_BYTES).unwrap_or_default()
}

/// `00 ‖ salt ‖ row`.
pub(crate) fn leaf_parts<'a>(salt: &'a [u8], row: &'a [u8]) -> [&'a [u8]; 3] {
    [&[0], salt, row]
}

/// Rows in order with their leaves and their root: what one side of an exchange holds.
#[derive(Debug, Clone)]
pub struct Batch {
    suite: Suite,
    batch_key: BatchKey,
    rows: SortedRows,
    leaves: Vec<Hash>,
    root: Hash,
}

impl Batch {
    fn new(suite: Suite, batch_key: BatchKey, rows: SortedRows, leaves: Vec<Hash>) -> Self {
        let root = tree::root(suite, &leaves);
        Self { suite, batch_key, rows, leaves, root }
    }

    /// A batch of leaves that were made part by part, one for each row in its order, by [`SortedRows::leaves`] with this key.
    pub fn from_leaves(
        suite: Suite,
        batch_key: &BatchKey,
        rows: SortedRows,
        leaves: Vec<Hash>,
    ) -> Result<Self, BatchError> {
        if leaves.len() != rows.len() {
            return Err(BatchError::Leaves { rows: rows.len(), leaves: leaves.len() });
        }
        Ok(Self::new(suite, batch_key.clone(), rows, leaves))
    }

    /// Suite of its hashes.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The rows in order.
    pub fn rows(&self) -> &SortedRows {
        &self.rows
    }

    /// Leaf hashes in the order of the rows.
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// Digest of the batch key.
    pub fn batch_key_digest(&self) -> Hash {
        self.batch_key.digest(self.suite)
    }

    /// What both sides sign: schema digest, number of rows, root.
    pub fn digest(&self) -> BatchDigest {
        BatchDigest {
            schema: self.rows.schema.digest(self.suite),
            rows: u64::try_from(self.rows.len()).unwrap_or(u64::MAX),
            root: self.root,
        }
    }

    /// All nodes, for whoever makes several proofs.
    pub fn tree(&self) -> RowTree {
        RowTree::new(self.suite, self.leaves.clone())
    }

    /// Proof of the row at a place in the order, from this batch's [`Batch::tree`]; `None` when there is no such row.
    pub fn proof(&self, tree: &RowTree, index: usize) -> Option<RowProof> {
        Some(RowProof {
            suite: self.suite,
            salt: self.rows.salt(self.suite, &self.batch_key, index)?,
            row: self.rows.row(index).to_vec(),
            inclusion: tree.proof(index)?,
        })
    }

    /// Fields of the row at a place in the order.
    pub fn fields(&self, index: usize) -> Option<Vec<Option<&str>>> {
        read_row(&self.rows.schema, self.rows.row(index)).ok()
    }

    /// Root over the leaves at these places, as ranges are compared.
    pub(crate) fn root_of(&self, places: Range<usize>) -> Hash {
        match self.leaves.get(places) {
            Some(leaves) => tree::root(self.suite, leaves),
            None => log::empty_root(self.suite),
        }
    }
}
