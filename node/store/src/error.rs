//! What can go wrong with the store, sorted by what the node has to do about it.

use std::error::Error;
use yinglian_protocol::{Hash, Height};
use yinglian_state::StateError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too little space is left to write safely. Reads go on, and writes do again as soon as there is space.
    #[error("{free_bytes} bytes free on the data disk, below the head-room of {head_room_bytes}")]
    DiskFull {
        /// Bytes free when the write was refused.
        free_bytes: u64,
        /// Bytes that must stay free for this kind of write.
        head_room_bytes: u64,
    },
    /// A write failed in a way after which the disk cannot be trusted (EIO, a failed sync). The process must end and
    /// recover from what is on disk; every further write is refused.
    #[error("{attempted} failed, the process must end")]
    Fatal {
        /// What was being written.
        attempted: &'static str,
        /// What the engine said; none for writes after the first failure.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Stored bytes fail their checksum or hash. They are never served; a payload can be fetched from peers again.
    #[error("stored {what} is corrupt")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// What the engine said, when it was the engine that noticed.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// A read failed.
    #[error("reading {attempted} failed")]
    Read {
        /// What was being read.
        attempted: &'static str,
        /// What the engine said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database could not be opened: in use by another process, not readable, or not a database.
    #[error("opening the database in {path} failed")]
    Open {
        /// Folder of the database.
        path: String,
        /// What the engine or the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database was written by another version of the store.
    #[error("the database has layout {found}, this program writes layout {known}")]
    Layout {
        /// Layout on disk.
        found: u32,
        /// Layout of this program.
        known: u32,
    },
    /// A block that does not follow the last one committed.
    #[error("block {given} does not follow block {tip}")]
    OutOfOrder {
        /// Height of the block.
        given: Height,
        /// Last height committed; zero before block 1.
        tip: Height,
    },
    /// A commit whose payload was never stored.
    #[error("the payload of value {value_id} is not stored")]
    PayloadMissing {
        /// Hash of the header.
        value_id: Hash,
    },
    /// A commit whose parts contradict each other: a defect of this program.
    #[error("the parts of a commit contradict each other: {what}")]
    Inconsistent {
        /// Which parts.
        what: &'static str,
    },
    /// Another genesis than the one stored.
    #[error("the database belongs to another genesis")]
    OtherGenesis,
    /// The state in the database failed or is corrupt.
    #[error("reading the stored state failed")]
    State(#[from] StateError),
}

impl StoreError {
    /// True when the process must end: nothing it writes from now on can be relied upon.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal { .. } | Self::Inconsistent { .. })
    }

    pub(crate) fn corrupt(what: &'static str) -> Self {
        Self::Corrupt { what, source: None }
    }
}

impl From<StoreError> for StateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::State(error) => error,
            other => Self::Storage(Box::new(other)),
        }
    }
}
