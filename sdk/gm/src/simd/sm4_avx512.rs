//! SM4 in vectors of 512 bits with GFNI: sixteen blocks each, four vectors' worth in flight.
//!
//! Comes in: round keys, blocks. Goes out: the blocks encrypted. Never: without a [`GfniAvx512`] token; a load whose address depends on a secret.
//! The portable twin is `sm4/sliced.rs`.
use super::GfniAvx512;
use super::sm4_avx2::{GFNI_IN, GFNI_OUT, in_groups};
use crate::sm4::{Lane, rounds};
use core::arch::x86_64::*;

/// Sixteen words. A value exists only where there is a [`GfniAvx512`] token.
#[derive(Clone, Copy)]
struct Words(__m512i);

impl Lane for Words {
    #[inline(always)]
    fn same(self, value: u32) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_set1_epi32(value.cast_signed()) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn xor3(self, second: Self, third: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_ternarylogic_epi32::<0x96>(self.0, second.0, third.0) })
    }
    #[inline(always)]
    fn substitute(self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F and GFNI.
        Self(unsafe {
            let inner = _mm512_gf2p8affine_epi64_epi8::<{ GFNI_IN.1 }>(
                self.0,
                _mm512_set1_epi64(GFNI_IN.0),
            );
            _mm512_gf2p8affineinv_epi64_epi8::<{ GFNI_OUT.1 }>(inner, _mm512_set1_epi64(GFNI_OUT.0))
        })
    }
    #[inline(always)]
    fn add_diffused(self, word: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        let rotated = unsafe {
            [
                Self(_mm512_rol_epi32::<2>(word.0)),
                Self(_mm512_rol_epi32::<10>(word.0)),
                Self(_mm512_rol_epi32::<18>(word.0)),
                Self(_mm512_rol_epi32::<24>(word.0)),
            ]
        };
        self.xor3(word, rotated[0]).xor3(rotated[1], rotated[2]).xor(rotated[3])
    }
}

impl GfniAvx512 {
    /// Encrypts blocks in place.
    pub(crate) fn encrypt(self, keys: &[u32; 32], blocks: &mut [[u8; 16]]) {
        let (wide, rest) = blocks.as_chunks_mut::<64>();
        for group in wide {
            // SAFETY: the token says that the CPU has AVX-512 F and BW, and GFNI.
            unsafe { encrypt_64(keys, group) };
        }
        // SAFETY: as above.
        in_groups(rest, |group: &mut [[u8; 16]; 16]| unsafe { encrypt_16(keys, group) });
    }
}

#[target_feature(enable = "avx512f,avx512bw,gfni")]
fn encrypt_64(keys: &[u32; 32], blocks: &mut [[u8; 16]; 64]) {
    let mut state = [[Words(_mm512_setzero_si512()); 4]; 4];
    for (words, blocks) in state.iter_mut().zip(blocks.as_chunks::<16>().0) {
        *words = load(blocks);
    }
    rounds(&mut state, keys);
    for (words, blocks) in state.into_iter().zip(blocks.as_chunks_mut::<16>().0) {
        store(words, blocks);
    }
}

#[target_feature(enable = "avx512f,avx512bw,gfni")]
fn encrypt_16(keys: &[u32; 32], blocks: &mut [[u8; 16]; 16]) {
    let mut state = [load(blocks)];
    rounds(&mut state, keys);
    store(state[0], blocks);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swap_bytes(words: __m512i) -> __m512i {
    _mm512_shuffle_epi8(words, _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203))
}

/// Within 128 bits, four rows of four words become columns.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let low = [_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d)];
    let high = [_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d)];
    [
        _mm512_unpacklo_epi64(low[0], low[1]),
        _mm512_unpackhi_epi64(low[0], low[1]),
        _mm512_unpacklo_epi64(high[0], high[1]),
        _mm512_unpackhi_epi64(high[0], high[1]),
    ]
}

/// Word `w` of sixteen blocks in vector `w`. The order of the blocks is the one that [`store`] undoes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(blocks: &[[u8; 16]; 16]) -> [Words; 4] {
    let mut rows = [_mm512_setzero_si512(); 4];
    for (row, four) in rows.iter_mut().zip(blocks.as_chunks::<4>().0) {
        // SAFETY: `four` holds 64 bytes.
        *row = swap_bytes(unsafe { _mm512_loadu_si512(four.as_ptr().cast()) });
    }
    let [a, b, c, d] = transpose(rows);
    [Words(a), Words(b), Words(c), Words(d)]
}

/// The last four words in reverse, clause 6.1 b, back into bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store([a, b, c, d]: [Words; 4], blocks: &mut [[u8; 16]; 16]) {
    for (row, four) in
        transpose([d.0, c.0, b.0, a.0]).into_iter().zip(blocks.as_chunks_mut::<4>().0)
    {
        // SAFETY: `four` holds 64 bytes.
        unsafe { _mm512_storeu_si512(four.as_mut_ptr().cast(), swap_bytes(row)) };
    }
}
