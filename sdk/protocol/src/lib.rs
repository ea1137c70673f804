//! What Yinglian promises to the outside: the bytes of envelopes, leaves, outcomes, headers, votes and receipts,
//! the two authenticated structures, and the one function that decides whether a receipt proves its record.
//!
//! Comes in: bytes from anywhere. Goes out: values that hold every rule of their encoding, or an error with a stable code.
//! Never: I/O, a clock, randomness, floats, hash maps.
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
extern crate alloc;

pub mod calls;
pub mod codec;
mod codes;
mod credit_code;
mod envelope;
mod genesis;
pub mod guard;
mod header;
mod ids;
mod leaf;
pub mod limits;
pub mod log;
mod name;
mod outcome;
mod payload;
mod quorum;
pub mod registry;
mod registry_value;
mod validators;
mod vote;

pub use codec::DecodeError;
pub use codes::{Code, CodeError, CodeText};
pub use credit_code::{CreditCode, CreditCodeError};
pub use envelope::{Envelope, EnvelopeBody};
pub use genesis::Genesis;
pub use header::{Header, HeaderFlags};
pub use ids::{EnvelopeHash, EnvelopeId, GenesisHash, Height, LogPosition};
pub use leaf::Leaf;
pub use name::{Name, NameError};
pub use outcome::{Event, Outcome, OutcomeRecord, RegistryWrite};
pub use payload::Payload;
pub use quorum::{Quorum, QuorumError};
pub use registry_value::RegistryValue;
pub use validators::{Validator, ValidatorSet, ValidatorSetError};
pub use vote::{PartsHeader, VoteKind, parts_bytes, proposal_bytes, report_bytes, vote_bytes};
pub use yinglian_crypto::{Address, Algorithm, Hash, PublicKey, Signature, Suite};
