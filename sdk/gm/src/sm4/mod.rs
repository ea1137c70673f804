//! SM4, GB/T 32907-2016, in CTR and GCM.
//!
//! Comes in: keys, nonces, bytes that are changed in place. Goes out: ciphertext and tags, plaintext only behind a tag that was right.
//! Never: a table that is indexed with a secret, a branch on one, a key left in memory after its owner is dropped.
//!
//! The block cipher has four engines ([`Engine`]); each computes the S-box, by a circuit over bit planes, by the instructions for the
//! field of AES, or by those for affine maps, and none looks it up in memory.
mod block;
mod counter;
mod engine;
mod gcm;
mod ghash;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod sbox;
mod sliced;

pub use block::Sm4;
pub use engine::Engine;
pub use gcm::{GcmError, Sm4Gcm};

#[cfg(target_arch = "x86_64")]
pub(crate) use lanes::{Lane, rounds};

/// Bytes of a block.
pub const BLOCK_BYTES: usize = 16;
/// Bytes of a key.
pub const KEY_BYTES: usize = 16;
/// Bytes of a tag of GCM.
pub const TAG_BYTES: usize = 16;
/// Bytes of the usual nonce of GCM.
pub const NONCE_BYTES: usize = 12;

/// The keys of the 32 rounds, in the order in which they are used.
pub(crate) type RoundKeys = [u32; 32];
