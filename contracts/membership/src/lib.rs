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
mod delegates;
mod evidence;
mod facts;
mod genesis;
mod keys;
mod modules;
mod organizations;
mod params;
mod state;
mod two_person;
mod validators;
mod versions;
mod view;

pub use contract::MembershipContract;
pub use genesis::genesis_entries;
pub use modules::ModuleRecord;
pub use params::TREE_DEPTH_MAX;
pub use state::{
    Act, Approval, Confirmation, Decision, Delegation, EvidenceEntry, Key, Organization, Policy,
    ProtocolEntry, ScheduledSet, ScheduledVersion, TwoPersonRule, ValidatorEntry, Validators,
    key_of,
};
pub use view::{
    Identity, ValidatorPeer, identity, parameters, protocol_version, scheduled_set,
    validator_peers, validator_set,
};

#[cfg(test)]
mod tests;
