//! What can go wrong between the state and whatever holds it.

use std::error::Error;

/// Why the state could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store below failed.
    #[error("reading the state failed")]
    Storage(#[source] Box<dyn Error + Send + Sync>),
    /// Stored bytes contradict themselves or the roots; the node cannot go on from them.
    #[error("stored {what} is missing, malformed or contradicts its root")]
    Corrupt {
        /// Which part of the state.
        what: &'static str,
    },
    /// A key or value beyond the limits of the protocol.
    #[error("registry {what} of {actual} bytes exceeds {limit_bytes}")]
    TooLong {
        /// "key" or "value".
        what: &'static str,
        /// Bytes given.
        actual: usize,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// A proof was asked for a position or size that the log does not have.
    #[error("{asked} is outside a log of {size} leaves")]
    OutOfRange {
        /// Position or size asked for.
        asked: u64,
        /// Leaves of the log.
        size: u64,
    },
}
