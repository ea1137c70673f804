//! Limits of the HTTP interface, each with its unit. The node's configuration may lower or raise them; nothing is unlimited.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Most envelopes in one batch.
pub const BATCH_ENVELOPES_MAX: usize = 4_096;
/// Most records in one answer by business key.
pub const RECORDS_MAX: usize = 100;
/// How long a prepared envelope is valid when the caller names no time, milliseconds (ten minutes).
pub const PREPARED_VALID_MS: u64 = 600_000;

/// Limits and times of the interface.
#[derive(Debug, Clone)]
pub struct Config {
    /// Longest time for a request's head, also on an idle connection.
    pub head_timeout: Duration,
    /// Longest time for a request's body.
    pub body_timeout: Duration,
    /// Longest time for an answer, waiting for a commit aside.
    pub answer_timeout: Duration,
    /// Wait for a commit when the caller names no time.
    pub wait_default: Duration,
    /// Longest wait for a commit.
    pub wait_max: Duration,
    /// Connections at a time; more are left in the system's queue.
    pub connections_max: usize,
    /// Connections of one address at a time; more are refused. Zero: no limit.
    pub connections_per_ip_max: usize,
    /// Requests a second of one address in the long run; more are refused. Zero: no limit.
    pub requests_per_ip_per_second: u32,
    /// Requests of one address at once after a rest.
    pub requests_per_ip_burst: u32,
    /// Whether the limits of one address also hold for this machine's own.
    pub limits_loopback: bool,
    /// Requests being answered at a time; more are refused at once.
    pub requests_max: usize,
    /// Event streams and exports at a time.
    pub streams_max: usize,
    /// Events held for a stream's reader.
    pub stream_events_max: usize,
    /// How long a reader of events may take nothing before its stream is cut.
    pub slow_reader: Duration,
    /// How long a connection may take no byte before it is closed.
    pub stalled_write: Duration,
    /// Time between two comments that keep an event stream alive.
    pub stream_heartbeat: Duration,
    /// Nonces of signed requests held at a time.
    pub nonces_max: usize,
    /// Nonces held of one caller.
    pub nonces_per_caller_max: usize,
    /// Clock against which signed requests are judged, milliseconds since 1970-01-01 UTC. Real time, also on a test chain.
    pub clock_ms: fn() -> u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(15),
            answer_timeout: Duration::from_secs(30),
            wait_default: Duration::from_secs(10),
            wait_max: Duration::from_secs(60),
            connections_max: 4_096,
            connections_per_ip_max: 256,
            requests_per_ip_per_second: 200,
            requests_per_ip_burst: 1_000,
            limits_loopback: false,
            requests_max: 2_048,
            streams_max: 256,
            stream_events_max: 1_024,
            slow_reader: Duration::from_secs(30),
            stalled_write: Duration::from_secs(60),
            stream_heartbeat: Duration::from_secs(10),
            nonces_max: 262_144,
            nonces_per_caller_max: 65_536,
            clock_ms: system_clock_ms,
        }
    }
}

fn system_clock_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
