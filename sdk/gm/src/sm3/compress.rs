//! The compression function over bytes, one message at a time.
//!
//! Comes in: a chaining value and whole blocks. Goes out: the chaining value after them. Never: lanes; blocks of one message wait for
//! each other.
use super::word::compress;

/// The 16 words of a block, big-endian.
#[inline(always)]
pub(crate) fn words(block: &[u8; 64]) -> [u32; 16] {
    let (words, _) = block.as_chunks::<4>();
    let mut numbers = [0; 16];
    for (number, word) in numbers.iter_mut().zip(words) {
        *number = u32::from_be_bytes(*word);
    }
    numbers
}

/// The digest of a chaining value: its words, big-endian.
#[inline(always)]
pub(crate) fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (place, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    digest
}

/// Absorbs whole blocks.
pub(crate) fn absorb(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = crate::simd::Avx2::detect() {
        return avx2.absorb(state, blocks);
    }
    absorb_each(state, blocks);
}

/// One block after the other.
#[inline(always)]
pub(crate) fn absorb_each(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    for block in blocks {
        compress(state, &words(block));
    }
}
