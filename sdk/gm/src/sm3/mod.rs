//! SM3, GB/T 32905-2016: one stream, and many messages side by side.
//!
//! Comes in: bytes. Goes out: 32-byte digests. Never: secrets in memory longer than the caller keeps them ([`HmacSm3`] wipes itself,
//! [`Sm3`] when asked); a different digest because the CPU is another one.
//!
//! Many messages ([`digest_many`], [`digest_parts_many`], [`nodes`], [`tagged_nodes`]) are hashed in the lanes of vector registers:
//! eight with AVX2, sixteen with AVX-512, as [`Engine::best`] finds at run time.
mod compress;
mod engine;
mod hmac;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod many;
mod nodes;
mod stream;
mod word;

pub use engine::Engine;
pub use hmac::HmacSm3;
pub use many::{digest_many, digest_parts_many, digest_parts_many_with};
pub use nodes::{nodes, nodes_with, tagged_nodes, tagged_nodes_with};
pub use stream::{Sm3, sm3};

#[cfg(target_arch = "x86_64")]
pub(crate) use compress::absorb_each;
#[cfg(target_arch = "x86_64")]
pub(crate) use lanes::Kernel;
#[cfg(target_arch = "x86_64")]
pub(crate) use nodes::{node_in_lanes, tagged_node_in_lanes};
#[cfg(target_arch = "x86_64")]
pub(crate) use word::{INITIAL, Word, compress};

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;
/// Bytes of a block of the compression function.
pub const BLOCK_BYTES: usize = 64;
