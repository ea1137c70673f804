//! The state in the middle of a block: the parent's state and what the calls so far did. Writes are coalesced per key, so
//! that the tree is updated once a block and key; the versions in between live in the outcomes.

use crate::{Effects, StateError, StateRead};
use std::collections::BTreeMap;
use yinglian_protocol::{EnvelopeId, RecordPlace, RegistryValue};

/// A parent state with changes over it.
pub struct Overlay<'a> {
    parent: &'a dyn StateRead,
    writes: BTreeMap<Vec<u8>, RegistryValue>,
    records: BTreeMap<EnvelopeId, RecordPlace>,
}

impl<'a> Overlay<'a> {
    /// Nothing changed yet.
    pub fn new(parent: &'a dyn StateRead) -> Self {
        Self { parent, writes: BTreeMap::new(), records: BTreeMap::new() }
    }

    /// Takes over the writes of a call that was applied.
    pub fn apply(&mut self, effects: &Effects) {
        for (key, value) in &effects.writes {
            self.writes.insert(key.clone(), value.clone());
        }
    }

    /// Notes that an envelope of this block was recorded.
    pub fn note_record(&mut self, id: EnvelopeId, place: RecordPlace) {
        self.records.insert(id, place);
    }

    /// The newest value of every key that the block wrote.
    pub fn into_writes(self) -> BTreeMap<Vec<u8>, RegistryValue> {
        self.writes
    }
}

impl StateRead for Overlay<'_> {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        match self.writes.get(key) {
            Some(value) => Ok(Some(value.clone())),
            None => self.parent.registry(key),
        }
    }

    fn record(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        match self.records.get(id) {
            Some(place) => Ok(Some(*place)),
            None => self.parent.record(id),
        }
    }
}
