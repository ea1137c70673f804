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
mod cbor;
pub mod codec;
mod codes;
mod credit_code;
mod engine;
mod envelope;
mod export;
mod fork;
mod genesis;
mod genesis_document;
pub mod guard;
mod header;
mod ids;
mod leaf;
pub mod limits;
pub mod log;
mod name;
mod outcome;
mod parameters;
mod payload;
mod prepared;
mod quorum;
mod receipt;
mod record_place;
mod region;
pub mod registry;
mod registry_value;
mod request;
mod trust;
mod validators;
mod verify;
mod vote;

pub use codec::DecodeError;
pub use codes::{Code, CodeError, CodeText};
pub use credit_code::{CreditCode, CreditCodeError};
pub use engine::{DefaultEngine, InvalidSignature, SignatureEngine};
pub use envelope::{Envelope, EnvelopeBody};
pub use export::{
    EXPORT_ENTRIES_MAX, EXPORT_FRAME_BYTES_MAX, EXPORT_MAGIC, ExportBlock, ExportBuffer,
    ExportError, ExportFrame, ExportGenesis, ExportReader,
};
pub use fork::{Fork, ForkKind, find_fork};
pub use genesis::Genesis;
pub use genesis_document::{
    GenesisDocument, GenesisKey, GenesisOrganization, GenesisTemplate, GenesisValidator,
    TemplateError, TemplateKey, TemplateKeys, TemplateOrganization, ValidatorSeat,
};
pub use header::{HEADER_VERSION, Header, HeaderFlags};
pub use ids::{EnvelopeHash, EnvelopeId, GenesisHash, Height, LogPosition};
pub use leaf::{LEAF_VERSION, Leaf};
pub use name::{Name, NameError};
pub use outcome::{Event, Outcome, OutcomeRecord, RegistryWrite};
pub use parameters::Parameters;
pub use payload::Payload;
pub use prepared::Prepared;
pub use quorum::{Quorum, QuorumError};
pub use receipt::Receipt;
pub use record_place::RecordPlace;
pub use region::{Region, RegionError};
pub use registry_value::RegistryValue;
pub use request::{
    REQUEST_HEADER_ADDRESS, REQUEST_HEADER_NONCE, REQUEST_HEADER_SIGNATURE, REQUEST_HEADER_TIME,
    REQUEST_WINDOW_MS, RequestParts, request_body_hash, request_bytes,
};
pub use trust::{Checkpoint, ProvenSets, TrustChain, TrustLink, TrustRoot};
pub use validators::{Validator, ValidatorSet, ValidatorSetError};
pub use verify::{Proven, TRUST_AGE_WARN_MS, VerifyOptions, Warning, verify};
pub use vote::{PartsHeader, VoteKind, parts_bytes, proposal_bytes, report_bytes, vote_bytes};
pub use yinglian_crypto::{Address, Algorithm, Hash, PublicKey, Signature, Suite};
