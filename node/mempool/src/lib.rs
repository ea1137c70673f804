//! The waiting room of envelopes. Decides which envelopes wait for a block, in which order they are offered, which are passed
//! on to other nodes, and what becomes of each: committed, expired or rejected.
//!
//! Comes in: bytes from clients and peers, the commits of blocks. Goes out: prepared and verified envelopes in a fair order,
//! and one end for each. Never: disk, network, contracts, a block rule; what an envelope may do is asked through [`Tip`].
//!
//! - `service`: the face, [`Mempool`]; one lock, never held over a disk read or a signature check.
//! - `pool`: who waits, quotas, fair order, ends. A plain state machine.
//! - `verify`: signatures, the bounded threads and the cache by envelope hash.
//! - `peers`: how much a peer may make this node work.

mod cache;
mod config;
mod error;
mod lane;
mod metrics;
mod peers;
mod pool;
mod ports;
mod push;
mod service;
mod threads;
mod verify;

pub use config::Config;
pub use error::Refusal;
pub use metrics::Metrics;
pub use pool::{End, Inserted, Pool};
pub use ports::{Admitted, Committed, Tip};
pub use service::{Load, Mempool, Origin, Received, Submitted};
pub use verify::Verifier;
