//! Where two batches differ: the ranges of keys whose digests differ are split until few rows are left, and only rows that differ
//! move.
//!
//! Comes in: one side's batch, and the other side's answers, which may be anything. Goes out: the rows and columns that differ, in
//! key order. Never: evidence. What the other side says of its rows is its word; a row proof under the root that it signed is evidence.
use crate::{Batch, KeyRange, RangeDigest, Schema, Summary, limits, row::read_row, row_key};
use alloc::{collections::BTreeSet, vec::Vec};
use core::convert::Infallible;
use yinglian_crypto::Hash;

/// The other side: it answers about its rows, whatever lies between.
pub trait RangeSource {
    /// What may keep an answer from coming.
    type Error;

    /// What it says of its whole batch.
    fn summary(&mut self) -> Result<Summary, Self::Error>;
    /// Number and root of its rows in each range; at most 16 are asked for at a time.
    fn digests(&mut self, ranges: &[KeyRange]) -> Result<Vec<RangeDigest>, Self::Error>;
    /// Leaves of its rows in a range, in order.
    fn leaves(&mut self, range: &KeyRange) -> Result<Vec<Hash>, Self::Error>;
    /// Canonical rows at these places in a range, from 0, ascending.
    fn rows(&mut self, range: &KeyRange, places: &[u32]) -> Result<Vec<Vec<u8>>, Self::Error>;
}

impl RangeSource for &Batch {
    type Error = Infallible;

    fn summary(&mut self) -> Result<Summary, Infallible> {
        Ok(Batch::summary(self))
    }

    fn digests(&mut self, ranges: &[KeyRange]) -> Result<Vec<RangeDigest>, Infallible> {
        Ok(ranges.iter().map(|range| self.range_digest(range)).collect())
    }

    fn leaves(&mut self, range: &KeyRange) -> Result<Vec<Hash>, Infallible> {
        Ok(self.range_leaves(range).to_vec())
    }

    fn rows(&mut self, range: &KeyRange, places: &[u32]) -> Result<Vec<Vec<u8>>, Infallible> {
        let from = self.places(range).start;
        let index =
            |place: &u32| from.saturating_add(usize::try_from(*place).unwrap_or(usize::MAX));
        Ok(places.iter().map(|place| Batch::rows(self).row(index(place)).to_vec()).collect())
    }
}

/// Whose row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The side that asks.
    Here,
    /// The side that answers.
    There,
}

/// A row in which the batches differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only one side has it.
    Only {
        /// Who has it.
        side: Side,
        /// The canonical row.
        row: Vec<u8>,
    },
    /// Both have a row of this key, with different values.
    Changed {
        /// Canonical row of the side that asks.
        here: Vec<u8>,
        /// Canonical row of the side that answers.
        there: Vec<u8>,
        /// Places of the columns that differ, ascending.
        columns: Vec<u16>,
    },
}

/// All differences found, and what they took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// In the order of row keys.
    pub found: Vec<Difference>,
    /// False when there are more than were asked for.
    pub complete: bool,
    /// Range digests that the other side gave.
    pub digests_moved: u64,
    /// Leaves that the other side gave.
    pub leaves_moved: u64,
    /// Rows that the other side gave: each differs.
    pub rows_moved: u64,
}

/// Why two batches were not compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiffError<E> {
    /// Hashes of two suites compare to nothing.
    #[error("the other side's batch is of another suite")]
    Suite,
    /// Rows of two schemas compare to nothing.
    #[error("the other side's batch has another schema")]
    Schema,
    /// Leaves under two batch keys compare to nothing.
    #[error("the other side's batch was made with another batch key")]
    BatchKey,
    /// The other side's answer is none to what was asked.
    #[error("the other side's answer is none to what was asked")]
    Answer,
    /// No answer.
    #[error("{0}")]
    Source(E),
}

/// Compares a batch with the other side's. Stops after `differences_max` differences.
pub fn diff<S: RangeSource>(
    here: &Batch,
    there: &mut S,
    differences_max: usize,
) -> Result<Differences, DiffError<S::Error>> {
    let (mine, theirs) = (here.summary(), there.summary().map_err(DiffError::Source)?);
    if mine.suite != theirs.suite {
        return Err(DiffError::Suite);
    }
    if mine.schema != theirs.schema {
        return Err(DiffError::Schema);
    }
    if mine.batch_key != theirs.batch_key {
        return Err(DiffError::BatchKey);
    }
    let mut walk = Walk {
        here,
        there,
        differences_max,
        result: Differences { complete: true, ..Differences::default() },
    };
    if mine.whole != theirs.whole {
        walk.go(theirs.whole.rows)?;
    }
    Ok(walk.result)
}

struct Walk<'a, S> {
    here: &'a Batch,
    there: &'a mut S,
    differences_max: usize,
    result: Differences,
}

impl<S: RangeSource> Walk<'_, S> {
    /// Goes through the ranges that differ, in key order.
    fn go(&mut self, rows_there: u64) -> Result<(), DiffError<S::Error>> {
        let few = u64::try_from(limits::RANGE_ROWS).unwrap_or(u64::MAX);
        let mut open = alloc::vec![(KeyRange::ALL, rows_there)];
        while let Some((range, rows_there)) = open.pop() {
            if self.result.found.len() >= self.differences_max {
                self.result.complete = false;
                return Ok(());
            }
            let rows_here = u64::try_from(self.here.places(&range).len()).unwrap_or(u64::MAX);
            let parts = split(self.here, &range);
            // Every part has fewer rows here than the range, so this ends whatever the other side says.
            if parts.len() < 2 || (rows_here <= few && rows_there <= few) {
                self.compare(&range)?;
                continue;
            }
            let digests = self.there.digests(&parts).map_err(DiffError::Source)?;
            if digests.len() != parts.len() {
                return Err(DiffError::Answer);
            }
            let moved = u64::try_from(digests.len()).unwrap_or(u64::MAX);
            self.result.digests_moved = self.result.digests_moved.saturating_add(moved);
            for (part, theirs) in parts.into_iter().zip(digests).rev() {
                if self.here.range_digest(&part) != theirs {
                    open.push((part, theirs.rows));
                }
            }
        }
        Ok(())
    }

    /// Compares a range leaf by leaf, and asks for the rows whose leaves only the other side has.
    fn compare(&mut self, range: &KeyRange) -> Result<(), DiffError<S::Error>> {
        let theirs = self.there.leaves(range).map_err(DiffError::Source)?;
        if theirs.len() > limits::BATCH_ROWS_MAX {
            return Err(DiffError::Answer);
        }
        let moved = u64::try_from(theirs.len()).unwrap_or(u64::MAX);
        self.result.leaves_moved = self.result.leaves_moved.saturating_add(moved);
        let room = self.differences_max.saturating_sub(self.result.found.len()).max(1);
        let mine = self.here.range_leaves(range);
        let known: BTreeSet<&Hash> = mine.iter().collect();
        let unknown = (0_u32..).zip(&theirs).filter(|(_, leaf)| !known.contains(leaf));
        let mut wanted: Vec<u32> = unknown.map(|(place, _)| place).collect();
        let is_cut = wanted.len() > room;
        wanted.truncate(room);
        let rows_there = self.rows_there(range, &wanted)?;
        let known: BTreeSet<&Hash> = theirs.iter().collect();
        let from = self.here.places(range).start;
        let unknown = (from..).zip(mine).filter(|(_, leaf)| !known.contains(leaf));
        let rows = self.here.rows();
        let mut rows_here: Vec<Keyed> = unknown
            .map(|(index, _)| Keyed {
                key: rows.key(index).to_vec(),
                row: rows.row(index).to_vec(),
            })
            .collect();
        if is_cut {
            self.result.complete = false;
            // What lies behind the last row that was asked for may be there unseen.
            let last = rows_there.last().map(|keyed| keyed.key.clone()).unwrap_or_default();
            rows_here.retain(|keyed| keyed.key <= last);
        }
        self.pair(rows_here, rows_there);
        if self.result.found.len() > self.differences_max {
            self.result.found.truncate(self.differences_max);
            self.result.complete = false;
        }
        Ok(())
    }

    fn rows_there(
        &mut self,
        range: &KeyRange,
        wanted: &[u32],
    ) -> Result<Vec<Keyed>, DiffError<S::Error>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.there.rows(range, wanted).map_err(DiffError::Source)?;
        if rows.len() != wanted.len() {
            return Err(DiffError::Answer);
        }
        let moved = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.result.rows_moved = self.result.rows_moved.saturating_add(moved);
        let schema = self.here.rows().schema();
        let keyed = |row: Vec<u8>| {
            // A row from outside is one of the schema and of the range, or no answer.
            let key = read_row(schema, &row).and_then(|_| row_key(schema, &row)).ok()?;
            range.holds(&key).then_some(Keyed { key, row })
        };
        let mut keyed: Vec<Keyed> =
            rows.into_iter().map(keyed).collect::<Option<_>>().ok_or(DiffError::Answer)?;
        keyed.sort();
        Ok(keyed)
    }

    /// Names what differs, both lists in order. Equal rows whose leaves differ are the same row counted otherwise: no difference.
    fn pair(&mut self, here: Vec<Keyed>, there: Vec<Keyed>) {
        let (here, there) = without_common(here, there);
        let (mut here, mut there) = (here.into_iter().peekable(), there.into_iter().peekable());
        let schema = self.here.rows().schema();
        loop {
            let order = match (here.peek(), there.peek()) {
                (None, None) => return,
                (Some(one), Some(other)) => one.key.cmp(&other.key),
                (Some(_), None) => core::cmp::Ordering::Less,
                (None, Some(_)) => core::cmp::Ordering::Greater,
            };
            let one = if order.is_le() { here.next() } else { None };
            let other = if order.is_ge() { there.next() } else { None };
            self.result.found.extend(difference(schema, one, other));
        }
    }
}

/// A row behind its key, so that the order of both is the order of rows.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Keyed {
    key: Vec<u8>,
    row: Vec<u8>,
}

/// Both lists, which are in order, without as many copies of a row as both have.
fn without_common(here: Vec<Keyed>, there: Vec<Keyed>) -> (Vec<Keyed>, Vec<Keyed>) {
    let (mut only_here, mut only_there) = (Vec::new(), Vec::new());
    let mut there = there.into_iter().peekable();
    for one in here {
        while let Some(other) = there.next_if(|other| *other < one) {
            only_there.push(other);
        }
        if there.next_if_eq(&one).is_none() {
            only_here.push(one);
        }
    }
    only_there.extend(there);
    (only_here, only_there)
}

fn difference(schema: &Schema, here: Option<Keyed>, there: Option<Keyed>) -> Option<Difference> {
    match (here, there) {
        (Some(here), Some(there)) => {
            let columns = match (read_row(schema, &here.row), read_row(schema, &there.row)) {
                (Ok(one), Ok(other)) => {
                    let fields = (0_u16..).zip(one.iter().zip(&other));
                    fields
                        .filter(|(_, (one, other))| one != other)
                        .map(|(place, _)| place)
                        .collect()
                }
                _ => Vec::new(),
            };
            Some(Difference::Changed { here: here.row, there: there.row, columns })
        }
        (Some(here), None) => Some(Difference::Only { side: Side::Here, row: here.row }),
        (None, Some(there)) => Some(Difference::Only { side: Side::There, row: there.row }),
        (None, None) => None,
    }
}

/// Splits a range at keys of rows here into at most 16 parts of about as many rows.
fn split(here: &Batch, range: &KeyRange) -> Vec<KeyRange> {
    let places = here.places(range);
    let step = places.len().div_ceil(limits::RANGE_PARTS).max(1);
    let mut bounds: Vec<&[u8]> = Vec::new();
    for index in places.clone().step_by(step).skip(1) {
        let key = here.rows().key(index);
        let before = bounds.last().copied().unwrap_or_else(|| here.rows().key(places.start));
        if key > before {
            bounds.push(key);
        }
    }
    let mut parts = Vec::new();
    let mut from = range.from.clone();
    for bound in bounds {
        parts.push(KeyRange { from, to: Some(bound.to_vec()) });
        from = bound.to_vec();
    }
    parts.push(KeyRange { from, to: range.to.clone() });
    parts
}
