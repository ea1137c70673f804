//! The two ends of a call that has no effects, which must never be taken for one another.

use crate::StateError;
use yinglian_protocol::{Code, Name};

/// Why a call has no effects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The rules refuse it: the envelope stays in the block with this code, on every node alike.
    #[error("refused with {0}")]
    Refused(Code),
    /// A condition of the contract does not hold: refused with this code, and the outcome names the guard.
    #[error("refused with {code}: guard {guard}")]
    Guard {
        /// Code of the refusal.
        code: Code,
        /// Name of the guard.
        guard: Name,
    },
    /// This node could not read its state: the block cannot be executed here.
    #[error("call could not be executed")]
    State(#[source] StateError),
}

impl From<Code> for CallError {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<StateError> for CallError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}
