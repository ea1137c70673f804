//! Why an envelope does not wait.

use std::time::Duration;
use yinglian_protocol::Code;

/// The envelope was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("envelope refused with {code}")]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// After which time the same envelope may be taken: an estimate from the last blocks.
    pub retry_after: Option<Duration>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, retry_after: None }
    }
}
