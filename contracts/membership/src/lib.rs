//! Contract `membership`: who belongs to the chain, with which keys and roles, who decides its blocks, and how that changes.
//!
//! Comes in: calls of organisations, and the genesis document. Goes out: registry entries, and the plain functions by which
//! the chain itself reads them ([`identity`], [`validator_set`], [`validator_peers`], [`parameters`]).
//! Never: personal data, certificates (keys decide, certificates are evidence about keys), changes of the past.
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
#![warn(missing_docs)]

mod admission;
mod contract;
mod decisions;
mod evidence;
mod genesis;
mod keys;
mod organizations;
mod params;
mod state;
mod validators;
mod view;

pub use contract::MembershipContract;
pub use genesis::genesis_entries;
pub use params::TREE_DEPTH_MAX;
pub use state::{
    Approval, Decision, EvidenceEntry, Key, Organization, Policy, ScheduledSet, ValidatorEntry,
    Validators, key_of,
};
pub use view::{
    Identity, ValidatorPeer, identity, parameters, scheduled_set, validator_peers, validator_set,
};

#[cfg(test)]
mod tests;
