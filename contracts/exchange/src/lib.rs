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

use std::sync::Arc;
use yinglian_contract_api::{
    Call, CallError, Contract, Ctx, FactValues, Machine, StateError, StateRead,
};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::Code;

/// The declaration, made from `interface.toml` by `cargo xtask interfaces`.
const INTERFACE: &str = include_str!("../interface.json");

/// Name of the contract.
pub const CONTRACT: &str = "exchange";

/// The contract.
pub struct ExchangeContract(Machine);

impl ExchangeContract {
    /// Reads its declaration. An error is a fault of this program, found by its tests.
    pub fn new() -> Result<Self, String> {
        let interface = Interface::from_json(INTERFACE).map_err(|error| error.to_string())?;
        Machine::new(interface).map(Self).map_err(|faults| format!("{faults:?}"))
    }

    /// The machine that runs the declaration.
    pub fn machine(&self) -> &Machine {
        &self.0
    }
}

impl Contract for ExchangeContract {
    fn name(&self) -> &str {
        CONTRACT
    }

    fn interface(&self) -> Option<Arc<Interface>> {
        Some(self.0.shared_interface())
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        self.0.has_method(name, version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        self.0.admit(call)
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        self.0.call(ctx, &rules::Rules { machine: &self.0 }, call)
    }

    fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        self.0.fact(state, name, version, key)
    }
}
