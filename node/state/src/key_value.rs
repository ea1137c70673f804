//! The small trait that the state asks of its store, and the overlay that lets a block read its own changes.

use crate::StateError;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A space of keys; the store keeps each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// Tiles of the log: level ‖ index (big-endian) -> up to 16 hashes.
    LogTiles = 1,
    /// Pages of the registry tree: depth in nibbles ‖ nibbles -> 16 slots.
    RegistryPages = 2,
    /// Values of the registry: key -> encoded value.
    RegistryValues = 3,
    /// Envelope ids that may not enter again: valid-until (big-endian) ‖ id -> position.
    Window = 4,
    /// Every envelope id ever decided: id -> position.
    RecordIndex = 5,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 5] = [
        Self::LogTiles,
        Self::RegistryPages,
        Self::RegistryValues,
        Self::Window,
        Self::RecordIndex,
    ];
}

/// Reads of one consistent view of the state.
pub trait KeyValue: Send + Sync {
    /// Value of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// At most `limit` entries with `from <= key < to` in ascending order. An empty `to` means no upper end.
    fn scan(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StateError>;
}

type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Puts and deletes that belong together; the last change of a key counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    spaces: BTreeMap<Space, Changes>,
}

impl ChangeSet {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    pub fn put(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.spaces.entry(space).or_default().insert(key, Some(value));
    }

    /// Removes a key.
    pub fn delete(&mut self, space: Space, key: Vec<u8>) {
        self.spaces.entry(space).or_default().insert(key, None);
    }

    /// The change of a key: `Some(None)` is a delete, `None` no change.
    pub fn get(&self, space: Space, key: &[u8]) -> Option<Option<&[u8]>> {
        self.spaces.get(&space)?.get(key).map(|value| value.as_deref())
    }

    /// Every change, ordered by space and key.
    pub fn iter(&self) -> impl Iterator<Item = (Space, &[u8], Option<&[u8]>)> {
        self.spaces.iter().flat_map(|(space, changes)| {
            changes.iter().map(|(key, value)| (*space, key.as_slice(), value.as_deref()))
        })
    }

    /// Number of keys changed.
    pub fn len(&self) -> usize {
        self.spaces.values().map(BTreeMap::len).sum()
    }

    /// True when nothing changes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds later changes over these.
    pub fn extend(&mut self, later: Self) {
        for (space, changes) in later.spaces {
            self.spaces.entry(space).or_default().extend(changes);
        }
    }

    fn range<'a>(
        &'a self,
        space: Space,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)> {
        // A range that ends before it begins would panic in the map.
        let upper = if to.is_empty() { Bound::Unbounded } else { Bound::Excluded(to) };
        let changes = self.spaces.get(&space).filter(|_| to.is_empty() || from < to);
        changes
            .into_iter()
            .flat_map(move |changes| changes.range::<[u8], _>((Bound::Included(from), upper)))
    }
}

/// A view with changes laid over it.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    base: &'a dyn KeyValue,
    changes: &'a ChangeSet,
}

impl<'a> Overlay<'a> {
    /// Lays `changes` over `base`.
    pub fn new(base: &'a dyn KeyValue, changes: &'a ChangeSet) -> Self {
        Self { base, changes }
    }
}

impl KeyValue for Overlay<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.changes.get(space, key) {
            Some(change) => Ok(change.map(<[u8]>::to_vec)),
            None => self.base.get(space, key),
        }
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StateError> {
        let deleted = self.changes.range(space, from, to).filter(|(_, value)| value.is_none());
        // As many more as may be hidden, so that `limit` entries are left where there are that many.
        let base_limit = limit.saturating_add(deleted.count());
        let mut merged: BTreeMap<_, _> =
            self.base.scan(space, from, to, base_limit)?.into_iter().collect();
        for (key, value) in self.changes.range(space, from, to) {
            match value {
                Some(value) => {
                    merged.insert(key.clone(), value.clone());
                }
                None => {
                    merged.remove(key);
                }
            }
        }
        Ok(merged.into_iter().take(limit).collect())
    }
}
