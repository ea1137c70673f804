//! What a contract is: rules that turn one call into registry writes and events, or into a refusal with a stable code.
//!
//! Comes in: the state before the call, who calls, and the call. Goes out: [`Effects`], or why there are none.
//! Never: I/O, a clock, randomness, another contract's types, names of contracts.
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

mod calendar;
mod contract;
mod ctx;
mod effects;
mod entity;
mod error;
mod machine;
mod overlay;
mod state;

pub use calendar::{Calendar, Day};
pub use contract::{Call, Contract, Contracts, ContractsError, FactValues, Method, Modules};
pub use ctx::{CallScope, Ctx};
pub use effects::Effects;
pub use entity::{Entity, decode_entity, first_value};
pub use error::CallError;
pub use machine::{
    Coded, Declared, Machine, MachineContract, MachineFault, Order, OrderAnswer, Performed, View,
};
pub use overlay::Overlay;
pub use state::{StateError, StateRead};

#[cfg(test)]
mod tests;
