//! The state as contracts read it, over the key-value reads of the store.

use std::error::Error;
use yinglian_contract_api::{StateError, StateRead};
use yinglian_protocol::{EnvelopeId, RecordPlace, RegistryValue};
use yinglian_state::{KeyValue, record_index, registry};

/// Registry and record index of one state.
#[derive(Clone, Copy)]
pub struct View<'a>(&'a dyn KeyValue);

impl<'a> View<'a> {
    /// The state that the reads show.
    pub fn new(state: &'a dyn KeyValue) -> Self {
        Self(state)
    }
}

impl StateRead for View<'_> {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        registry::get(self.0, key).map_err(unusable)
    }

    fn record(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        record_index::place(self.0, id).map_err(unusable)
    }
}

/// The error as contracts know it: its whole chain of causes in one text.
pub(crate) fn unusable(error: yinglian_state::StateError) -> StateError {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason.push_str(": ");
        reason.push_str(&error.to_string());
        cause = error.source();
    }
    StateError::new(reason)
}
