//! Bugs that can be planted, each what a careless change to the host, the guard or the store would do. A simulator that
//! does not catch them proves nothing by being green.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// After a crash the sign-state and the write-ahead log are gone and nobody is asked: amnesia.
    Amnesia,
    /// A vote leaves before the payload is on disk.
    PayloadUnsynced,
    /// A quorum of half the weight is enough for sync.
    SyncWithHalf,
    /// The next height starts before the decision is on disk.
    CommitUnsynced,
    /// Any value is said to be valid, whatever it builds upon.
    AcceptsAnything,
    /// The answer to `Finalized` is held though peers have begun the next height, and past the heartbeat.
    HoldsForEver,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 6] = [
        Self::Amnesia,
        Self::PayloadUnsynced,
        Self::SyncWithHalf,
        Self::CommitUnsynced,
        Self::AcceptsAnything,
        Self::HoldsForEver,
    ];
}
