//! When the next height starts. Under load at once; with nothing to do, only when the heartbeat is due.
//!
//! What is held back is the answer to `Finalized` and nothing else: a value asked for is built at once. Something that waits
//! for a block, or a peer that has begun the next height, ends the hold; but not for ever when nothing comes of it. An
//! envelope that only a clock ahead of the others admits, or a liar who begins height after height, would otherwise make
//! empty blocks as fast as the network can.

/// So many empty blocks begun early in a row are made, enough for every proposer of a usual set to have had its turn; the
/// next one waits for half of the heartbeat.
pub const FRUITLESS_MAX: u32 = 8;

/// The hold between two heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    // What this node was configured with.
    configured_ms: u64,
    interval_ms: u64,
    decided_ms: u64,
    // The height being decided was begun before half of the heartbeat had passed.
    hurried: bool,
    fruitless: u32,
}

impl Heartbeat {
    /// A heartbeat of this interval, milliseconds; zero never holds.
    pub fn new(interval_ms: u64) -> Self {
        Self {
            configured_ms: interval_ms,
            interval_ms,
            decided_ms: 0,
            hurried: false,
            fruitless: 0,
        }
    }

    /// Waits no longer than the chain allows, milliseconds; a shorter interval of its own stays.
    pub fn bound(&mut self, max_ms: Option<u64>) {
        self.interval_ms = max_ms.map_or(self.configured_ms, |max| max.min(self.configured_ms));
    }

    /// Notes when the last height was decided.
    pub fn decided(&mut self, now_ms: u64) {
        self.decided_ms = now_ms;
    }

    /// Notes whether the block decided last is without records.
    pub fn committed(&mut self, empty: bool) {
        self.fruitless = if empty && self.hurried { self.fruitless.saturating_add(1) } else { 0 };
    }

    /// Notes that the next height begins.
    pub fn begun(&mut self, now_ms: u64) {
        self.hurried = now_ms < self.half_ms();
    }

    /// When the next height starts though nothing is pending, milliseconds.
    pub fn due_ms(&self) -> u64 {
        self.decided_ms.saturating_add(self.interval_ms)
    }

    /// When a hold ends at the latest, milliseconds, if something waits.
    fn half_ms(&self) -> u64 {
        self.decided_ms.saturating_add(self.interval_ms / 2)
    }

    /// When to look again, milliseconds. `wanted` as in [`Heartbeat::holds`].
    pub fn look_ms(&self, wanted: bool) -> u64 {
        if wanted { self.half_ms() } else { self.due_ms() }
    }

    /// True while the next height may wait. `wanted`: an envelope is pending here, or a peer has begun the next height.
    pub fn holds(&self, wanted: bool, now_ms: u64) -> bool {
        if wanted {
            self.fruitless >= FRUITLESS_MAX && now_ms < self.half_ms()
        } else {
            now_ms < self.due_ms()
        }
    }
}
