//! What a node keeps on disk: payloads under their value ids, one synced batch a block, and reads of one moment.
//!
//! Comes in: payloads before a vote, and decided blocks with the changes that execution made of them. Goes out: what was
//! written, checked against its hashes, or the reason it cannot be had. Never: policy, a network, knowledge of contracts.
//! The only crate that knows RocksDB.

mod block;
mod columns;
mod commit;
mod disk;
mod engine;
mod error;
mod keys;
mod metrics;
mod options;
mod payloads;
mod read;
mod store;

pub use block::{BlockRecord, Record};
pub use commit::{Commit, IndexEntry, ObjectChange};
pub use disk::DiskStatus;
pub use error::StoreError;
pub use metrics::Metrics;
pub use options::Options;
pub use payloads::{StoredPayload, Undecided};
pub use read::ChainRead;
pub use store::{Store, View};
