//! The host's decisions as plain state machines: `(state, input) -> (state, effects)`.
//!
//! The node runs them behind the engine's channels, the simulator runs them under seeds. Never: I/O, clocks, randomness;
//! times come in as milliseconds.

mod assembly;
mod heartbeat;
mod host;
mod quorum;
mod start;
mod sync;

pub use assembly::{
    Assembled, Assembly, HEIGHTS_AHEAD_MAX, PART_BYTES_MAX, PIECES_MAX, ROUNDS_AHEAD_MAX, Refusal,
    STREAM_AGE_MS_MAX, STREAMS_PER_PEER_MAX, StreamKey, View, split,
};
pub use heartbeat::{FRUITLESS_MAX, Heartbeat};
pub use host::{CheckFor, Effect, Host, Input, Seen};
pub use quorum::{QuorumShape, quorum};
pub use start::{GuardStart, PeerReport, StartInput, start};
pub use sync::{SyncAnswer, served_range, synced};

#[cfg(test)]
mod tests;
