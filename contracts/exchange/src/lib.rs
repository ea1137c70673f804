//! Data exchange between departments: channels, batches that both sides sign, correction, quality reports, objections.
//!
//! Comes in: calls of `exchange`. Goes out: writes and events by the declared table (`interface.toml`); what a table cannot say stands
//! in `rules.rs`: whether a batch follows its channel's sequence, and whether it lies within its authority. Never: a refusal of what
//! did happen. A batch outside its authority is recorded as irregular, with a supervision order, and the sequence goes on.
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

mod params;
mod rules;
mod state;

use yinglian_contract_api::MachineContract;

pub use rules::Rules;

/// The declaration, made from `interface.toml` by `cargo xtask interfaces`.
const INTERFACE: &str = include_str!("../interface.json");

/// The contract. An error is a fault of this program, found by its tests.
pub fn contract() -> Result<MachineContract<Rules>, String> {
    MachineContract::embedded(INTERFACE, Rules)
}
