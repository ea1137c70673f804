//! What rules may read of the chain: the registry, and where an earlier envelope was recorded. Nothing else.

use yinglian_protocol::{EnvelopeId, RecordPlace, RegistryValue};

/// The state could not be read, or holds what no rule wrote. Ends the block and perhaps the node; never a refusal, because
/// other nodes may read the same state well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state cannot be used: {reason}")]
pub struct StateError {
    /// What was read and what went wrong.
    pub reason: String,
}

impl StateError {
    /// An error with its reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// An entry that exists on every chain is missing, or does not decode.
    pub fn corrupt(key: &[u8]) -> Self {
        Self::new(format!("registry entry {} is missing or corrupt", key.escape_ascii()))
    }
}

/// The state before a call.
pub trait StateRead {
    /// Value of a registry key.
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError>;

    /// Where an envelope was recorded, and by whom.
    fn record(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError>;
}
