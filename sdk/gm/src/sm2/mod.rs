//! SM2 signatures, GB/T 32918.2-2016 with the curve of GB/T 32918.5-2017.
//!
//! Verification is made for keys that are known beforehand, and takes the time it takes: its inputs are public. Signing takes the same
//! time whatever the secret.
mod batch;
mod cache;
mod claim;
mod comb;
mod der;
mod digits;
mod engine;
mod error;
mod field;
mod key;
mod known;
mod lanes;
mod limbs;
mod modinv;
mod nonce;
mod point;
mod scalar;
mod sign;
mod table;
mod tree;
mod verify;
mod wnaf;

pub use batch::{DigestItem, MessageItem};
pub use cache::{Build, Built, CacheConfig, Counters, KeyTables, Lookup, Tier};
pub use der::{signature_from_der, signature_to_der};
pub use engine::Engine;
pub use error::Sm2Error;
pub use key::{DEFAULT_ID, PublicKey};
pub use known::{KnownKey, Window};
pub use sign::SigningKey;
pub use verify::Verifier;

#[cfg(target_arch = "x86_64")]
pub(crate) use batch::{Job, in_lanes};
#[cfg(target_arch = "x86_64")]
pub(crate) use field::Fe;
#[cfg(target_arch = "x86_64")]
pub(crate) use lanes::Lanes;
pub(crate) use point::Affine;

#[cfg(test)]
mod timing_tests;
