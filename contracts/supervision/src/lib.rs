//! Supervision orders (督办): one list of everything that is overdue or irregular, whatever contract it belongs to.
//!
//! Comes in: answers of organisations, acts of the authority. Goes out: writes and events by the declared table (`interface.toml`). Orders on
//! overdue objects are written by the service that every contract has (`contracts/api`), in the layout of this contract's entity.
//! Never: a judgement of the object itself, which stays with its contract.
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

use std::sync::Arc;
use yinglian_contract_api::{
    Call, CallError, Coded, Contract, Ctx, FactValues, Machine, StateError, StateRead, View,
};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::Code;

/// The declaration, made from `interface.toml` by `cargo xtask interfaces`.
const INTERFACE: &str = include_str!("../interface.json");

/// Name of the contract.
pub const CONTRACT: &str = "supervision";

/// The contract.
pub struct SupervisionContract(Machine);

struct Acts;

impl Coded for Acts {
    fn value(&self, ctx: &Ctx<'_>, _: &str, field: &str, _: View<'_>) -> Result<Value, CallError> {
        match field {
            "raised_by" => Ok(Value::Bytes(ctx.envelope_id().0.0.to_vec())),
            _ => Err(Code::INTERNAL.into()),
        }
    }
}

impl SupervisionContract {
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

impl Contract for SupervisionContract {
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
        self.0.call(ctx, &Acts, call)
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
