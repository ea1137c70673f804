//! Many messages at once, of any lengths.
//!
//! Comes in: messages, each in one piece or in parts. Goes out: one digest for each, in order. Never: a copy of a whole message.
#[cfg(target_arch = "x86_64")]
use super::lanes::digest_in_lanes;
use super::{Engine, sm3};
use alloc::vec;
use alloc::vec::Vec;

/// The digests of messages, in order.
pub fn digest_many(messages: &[&[u8]]) -> Vec<[u8; 32]> {
    let mut out = vec![[0; 32]; messages.len()];
    run(Engine::best(), messages.len(), |index| [messages[index]], &mut out);
    out
}

/// The digests of messages, in order; each message is the concatenation of its parts, such as a prefix and a body.
pub fn digest_parts_many<const N: usize>(messages: &[[&[u8]; N]]) -> Vec<[u8; 32]> {
    let mut out = vec![[0; 32]; messages.len()];
    digest_parts_many_with(Engine::best(), messages, &mut out);
    out
}

/// As [`digest_parts_many`] on a chosen engine; one that this CPU lacks falls back to the portable code.
///
/// Of `messages` and `out` the shorter decides how many are hashed.
pub fn digest_parts_many_with<const N: usize>(
    engine: Engine,
    messages: &[[&[u8]; N]],
    out: &mut [[u8; 32]],
) {
    run(engine, messages.len().min(out.len()), |index| messages[index], out);
}

fn run<'a, const N: usize>(
    engine: Engine,
    count: usize,
    message: impl Fn(usize) -> [&'a [u8]; N],
    out: &mut [[u8; 32]],
) {
    match engine {
        #[cfg(target_arch = "x86_64")]
        Engine::Avx512 if let Some(kernel) = crate::simd::Avx512::detect() => {
            digest_in_lanes(kernel, count, message, out)
        }
        #[cfg(target_arch = "x86_64")]
        Engine::Avx2 if let Some(kernel) = crate::simd::Avx2::detect() => {
            digest_in_lanes(kernel, count, message, out)
        }
        _ => {
            for (index, digest) in out[..count].iter_mut().enumerate() {
                *digest = sm3(&message(index));
            }
        }
    }
}
