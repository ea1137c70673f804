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

use yinglian_contract_api::{CallError, Coded, Ctx, Machine, MachineContract, View};
use yinglian_interface::Value;
use yinglian_protocol::Code;

/// The declaration, made from `interface.toml` by `cargo xtask interfaces`.
const INTERFACE: &str = include_str!("../interface.json");

/// What the table leaves to code: which envelope raised an order by an act of the authority.
pub struct Acts;

/// The contract. An error is a fault of this program, found by its tests.
pub fn contract() -> Result<MachineContract<Acts>, String> {
    MachineContract::embedded(INTERFACE, Acts)
}

impl Coded for Acts {
    fn value(
        &self,
        ctx: &Ctx<'_>,
        _: &Machine,
        _: &str,
        field: &str,
        _: View<'_>,
    ) -> Result<Value, CallError> {
        match field {
            "raised_by" => Ok(Value::Bytes(ctx.envelope_id().0.0.to_vec())),
            _ => Err(Code::INTERNAL.into()),
        }
    }
}
