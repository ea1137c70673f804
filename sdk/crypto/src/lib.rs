//! The two suites of Yinglian and everything that is decided with a key: hashing, verification, signing, addresses, and how
//! a software key lies on a disk.
//!
//! Comes in: bytes from anywhere. Goes out: keys that are points of their curve, verdicts on signatures, hashes, texts with a
//! checksum. Never: a fallback from a suite to the other, a clock, a hash map, an answer that differs between two machines.
//!
//! | | [`Suite::National`] | [`Suite::International`] |
//! |---|---|---|
//! | hash | SM3, GB/T 32905-2016 | SHA-256, FIPS 180-4 |
//! | signature | SM2 with SM3, GB/T 32918.2-2016, identity `1234567812345678`, 64 bytes r ‖ s | Ed25519, RFC 8032, strict verification |
//! | public key | 65 bytes 04 ‖ x ‖ y | 32 bytes |
//!
//! Without the default feature `std` the crate needs only an allocator: verification in a browser or in a device uses the
//! same code. `std` adds randomness, [`Signer`] and [`keystore`].
//!
//! Nonces are derived from the key and the message (RFC 6979 with SM3; RFC 8032), so that a weak source of randomness cannot
//! give a key away and a run replays to the same bytes.
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

mod address;
mod hash;
mod hasher;
mod key_cache;
#[cfg(feature = "std")]
pub mod keystore;
mod pem;
mod public_key;
#[cfg(feature = "std")]
mod random;
mod sign;
mod signature;
#[cfg(feature = "std")]
mod signer;
mod sm2_identity;
mod suite;
mod text;
mod verify;

pub use address::{Address, AddressError};
pub use hash::Hash;
pub use hasher::Hasher;
pub use key_cache::{Found, KeyCache, KeyCacheConfig, KeyCacheCounters, Table, TableBuild};
pub use pem::PemError;
pub use public_key::{KeyError, PublicKey};
#[cfg(feature = "std")]
pub use random::{RandomError, random};
pub use sign::SigningKey;
pub use signature::{Signature, SignatureError};
#[cfg(feature = "std")]
pub use signer::{SignError, Signer};
pub use sm2_identity::SM2_IDENTITY;
pub use suite::{Algorithm, Suite, SuiteError};
pub use text::HexError;
pub use verify::{Claim, VerifyingKey};
