//! When the next height starts. Under load at once; with nothing to do, only when the heartbeat is due.
//!
//! What is held back is the answer to `Finalized` and nothing else: a value asked for is built at once.

/// The hold between two heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    interval_ms: u64,
    decided_ms: u64,
}

impl Heartbeat {
    /// A heartbeat of this interval, milliseconds; zero never holds.
    pub fn new(interval_ms: u64) -> Self {
        Self { interval_ms, decided_ms: 0 }
    }

    /// Notes when the last height was decided.
    pub fn decided(&mut self, now_ms: u64) {
        self.decided_ms = now_ms;
    }

    /// When the next height starts though nothing is pending, milliseconds.
    pub fn due_ms(&self) -> u64 {
        self.decided_ms.saturating_add(self.interval_ms)
    }

    /// True while the next height may wait. `wanted`: an envelope is pending here, or a peer has begun the next height.
    pub fn holds(&self, wanted: bool, now_ms: u64) -> bool {
        !wanted && now_ms < self.due_ms()
    }
}
