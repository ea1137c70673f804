//! Where block times come from: the machine's clock, or on a chain flagged as test a clock that its operator moves.

use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Source of the present time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn now_ms(&self) -> u64;

    /// Tells of the time of a decided block. A clock that people move follows it; the machine's does not.
    fn decided(&self, _time_ms: u64) {}
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A clock that starts at a chosen time and runs at a chosen speed; only for chains whose genesis carries the test flag.
pub struct TestClock {
    state: Mutex<TestClockState>,
}

struct TestClockState {
    base_ms: u64,
    since: Instant,
    speed: f64,
}

impl TestClock {
    /// Starts at `base_ms`, at the speed of the machine's clock.
    pub fn starting_at(base_ms: u64) -> Self {
        Self { state: Mutex::new(TestClockState { base_ms, since: Instant::now(), speed: 1.0 }) }
    }

    /// Moves the clock forward to `to_ms`; never back.
    pub fn set(&self, to_ms: u64) -> u64 {
        let mut state = self.lock();
        let now = state.now_ms();
        state.base_ms = to_ms.max(now);
        state.since = Instant::now();
        state.base_ms
    }

    /// Moves the clock forward by `by_ms`.
    pub fn advance(&self, by_ms: u64) -> u64 {
        let now = self.now_ms();
        self.set(now.saturating_add(by_ms))
    }

    /// Changes the speed: 60 means a minute a second.
    pub fn set_speed(&self, speed: f64) {
        let mut state = self.lock();
        state.base_ms = state.now_ms();
        state.since = Instant::now();
        state.speed = speed.clamp(0.0, 100_000.0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, TestClockState> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl TestClockState {
    fn now_ms(&self) -> u64 {
        let passed = self.since.elapsed().as_secs_f64() * 1_000.0 * self.speed;
        self.base_ms.saturating_add(passed as u64)
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.lock().now_ms()
    }

    // A node that was down while the others' clocks were moved learns of it from the blocks that it catches up on.
    fn decided(&self, time_ms: u64) {
        self.set(time_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_forward_and_never_back() {
        let clock = TestClock::starting_at(1_000);
        assert!(clock.advance(60_000) >= 61_000);
        let now = clock.now_ms();
        assert!(clock.set(5) >= now);
    }

    #[test]
    fn a_test_clock_follows_the_chain_and_is_not_set_back_by_it() {
        let clock = TestClock::starting_at(1_000);
        clock.decided(3_600_000);
        assert!(clock.now_ms() >= 3_600_000);
        clock.decided(2_000);
        assert!(clock.now_ms() >= 3_600_000);
    }
}
