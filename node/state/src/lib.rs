//! The replicated state of a chain: the two authenticated structures (log and registry tree), the window of envelope ids
//! and the index of records, all over a small key-value trait.
//!
//! Comes in: a view of what is stored, and what a block writes. Goes out: roots, proofs, and a set of changes that the
//! store commits in one batch. Never: a disk, a clock, threads, or knowledge of contracts.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod error;
mod key_value;
pub mod log;
mod memory;
pub mod record_index;
pub mod registry;
pub mod window;

pub use error::StateError;
pub use key_value::{ChangeSet, Entry, KeyValue, Overlay, Space};
pub use log::LogState;
pub use memory::MemoryState;
