//! Declared modules: contracts that are all declaration, admitted on a running chain by decision and run by the machine of every contract.
//!
//! Comes in: parts of a module's document, in calls of `modules`; names of contracts that the program does not hold. Goes out: whole documents
//! that hold every rule, and a [`MachineContract`](yinglian_contract_api::MachineContract) for each module that membership admitted. Never: a rule of one module, code of
//! a module, a document that could take a name, a registry key or the time of another contract.
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

mod documents;
mod engine;
mod examine;

pub use documents::{CONTRACT, ModulesContract};
pub use engine::Engine;
