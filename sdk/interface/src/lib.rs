//! What a contract declares, as data: types, entities with their states, methods, queries, events, indicators. From it come the checks, the
//! codec, and every face that a contract shows.
//!
//! Comes in: `interface.json` or a declared module, JSON and bytes from outside, objects to compute figures from. Goes out: a
//! valid [`Interface`], canonical bytes and JSON, results of expressions, or a refusal with its place. Never: I/O, a clock, randomness, floats,
//! names of contracts, an interface that breaks a rule.
//!
//! Read [`Type`] first, then [`shape::Shape`]; `docs/specs/interface.md` says how both are written.
#![cfg_attr(not(feature = "std"), no_std)]
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
extern crate alloc;

mod access;
mod canonical;
mod check;
mod codec;
mod document;
pub mod expression;
mod implied;
pub mod indicator;
mod interface;
#[cfg(feature = "module")]
mod module;
mod pattern;
mod refusal;
pub mod shape;
mod texts;
mod types;
mod value;

pub use access::Who;
pub use check::Fault;
pub use codec::{Codec, Definitions, parse_json};
pub use document::{
    METHOD_COST_MAX, MODULE_DOCUMENT_BYTES_MAX, MODULE_PART_BYTES, MODULE_WORK_MAX, document_hash,
};
pub use implied::{CORRECT, CORRECTION_REASON, ORDER, SETTING_ROLE, SETTING_SET};
pub use interface::{DOCUMENT_BYTES_MAX, Interface, InterfaceError};
#[cfg(feature = "module")]
pub use module::{MODULE_BYTES_MAX, ModuleFault};
pub use pattern::{Pattern, PatternError};
pub use refusal::{Reason, Refusal};
pub use shape::Shape;
pub use texts::{Text, Texts};
pub use types::{
    Case, DecimalRange, Definition, FIXED_MAX, Field, ITEMS_MAX, IdKind, Kept, LENGTH_MAX, Length,
    ListType, NESTING_MAX, Range, SCALE_MAX, Signed, Type, Whole,
};
pub use value::Value;
