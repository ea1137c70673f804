//! A state in memory, for tests, simulations and replays that keep nothing.

use crate::{ChangeSet, Entry, KeyValue, Overlay, Space, StateError};

/// A key-value state in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryState {
    changes: ChangeSet,
}

/// What lies below a memory state: nothing.
struct Nothing;

impl MemoryState {
    /// An empty state.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies changes.
    pub fn apply(&mut self, changes: ChangeSet) {
        self.changes.extend(changes);
    }
}

impl KeyValue for MemoryState {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Overlay::new(&Nothing, &self.changes).get(space, key)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StateError> {
        Overlay::new(&Nothing, &self.changes).scan(space, from, to, limit)
    }
}

impl KeyValue for Nothing {
    fn get(&self, _: Space, _: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(None)
    }

    fn scan(&self, _: Space, _: &[u8], _: &[u8], _: usize) -> Result<Vec<Entry>, StateError> {
        Ok(Vec::new())
    }
}
