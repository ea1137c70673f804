//! The node: composition of the crates that carry a record from admission to the disk.
//!
//! Comes in: a home folder. Goes out: a process that serves the HTTP interface and takes part in consensus, or follows it.
//! Never: business rules; what a neighbour asks of another is answered in `adapters`.

mod adapters;
mod admin;
mod clock;
pub mod config;
mod evidence;
mod genesis;
mod gossip;
mod health;
mod home;
mod ledger;
mod logging;
mod metrics;
mod receipts;
mod replay;
mod run;

pub use genesis::{GenesisState, decode_document, derive};
pub use replay::{Replayed, replay};
pub use run::{drain, run};
