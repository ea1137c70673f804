//! The rules of a block. Decides whether an envelope may enter a block, whether a block is valid, what it does to the state,
//! and the header that names the state after it. The same inputs give the same header on every node.
//!
//! Comes in: the parent state as key-value reads, a header and its payload, or envelopes to build from. Goes out: [`Executed`],
//! with every change of the state, or the rule that is broken. Never: disk, network, clock, randomness, names of contracts;
//! who a sender is and which validators decide is asked through [`Rules`], signatures through [`SignatureCheck`].
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

mod admission;
mod block;
mod chain;
mod error;
mod index;
mod ports;
mod run;
mod senders;
mod view;

pub use admission::{admit, call_of, in_force};
pub use block::{Built, Draft, Executed, build, check};
pub use chain::{Chain, PROTOCOL_VERSION, Parent};
pub use error::BlockError;
pub use index::{IndexEntry, index_entries};
pub use ports::{Identity, Indexing, Rules, SignatureCheck, UnderQuorum};
pub use view::View;
