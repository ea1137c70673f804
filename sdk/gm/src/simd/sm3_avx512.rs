//! SM3 in sixteen lanes of 512-bit registers.
//!
//! Comes in: sixteen blocks or pairs. Goes out: sixteen chaining values or digests. Never: without an [`Avx512`] token. The portable twin is
//! the same generic code over one `u32`.
use super::Avx512;
use crate::sm3::{INITIAL, Kernel, Word, compress, node_in_lanes, tagged_node_in_lanes};
use core::arch::x86_64::*;

/// Sixteen words. A value exists only where there is an [`Avx512`] token: the functions that make the first one demand it.
#[derive(Clone, Copy)]
struct Words(__m512i);

impl Word for Words {
    #[inline(always)]
    fn same(self, value: u32) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_set1_epi32(value.cast_signed()) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F.
        Self(unsafe { _mm512_rol_epi32::<LEFT>(self.0) })
    }
    #[inline(always)]
    fn xor3(self, second: Self, third: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F. 0x96: the truth table of a ^ b ^ c.
        Self(unsafe { _mm512_ternarylogic_epi32::<0x96>(self.0, second.0, third.0) })
    }
    #[inline(always)]
    fn majority(self, second: Self, third: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F. 0xe8: the truth table of the majority.
        Self(unsafe { _mm512_ternarylogic_epi32::<0xe8>(self.0, second.0, third.0) })
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX-512 F. 0xca: the truth table of a ? b : c.
        Self(unsafe { _mm512_ternarylogic_epi32::<0xca>(self.0, yes.0, no.0) })
    }
}

impl Kernel<16> for Avx512 {
    fn compress(self, state: &mut [[u32; 16]; 8], blocks: &[[u8; 64]; 16]) {
        // SAFETY: the token says that the CPU has AVX-512 F and BW.
        unsafe { compress_16(state, blocks) }
    }
    fn nodes(self, pairs: &[[u8; 64]; 16], out: &mut [[u8; 32]; 16]) {
        // SAFETY: the token says that the CPU has AVX-512 F and BW.
        unsafe { nodes_16(pairs, out) }
    }
    fn tagged_nodes(self, tag: u8, pairs: &[[u8; 64]; 16], out: &mut [[u8; 32]; 16]) {
        // SAFETY: the token says that the CPU has AVX-512 F and BW.
        unsafe { tagged_nodes_16(tag, pairs, out) }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn compress_16(state: &mut [[u32; 16]; 8], blocks: &[[u8; 64]; 16]) {
    let mut words = initial();
    for (word, lanes) in words.iter_mut().zip(&*state) {
        // SAFETY: `lanes` holds 64 bytes.
        *word = Words(unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) });
    }
    compress(&mut words, &load(blocks));
    for (lanes, word) in state.iter_mut().zip(words) {
        // SAFETY: `lanes` holds 64 bytes.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), word.0) };
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn nodes_16(pairs: &[[u8; 64]; 16], out: &mut [[u8; 32]; 16]) {
    store(node_in_lanes(initial(), &load(pairs)), out);
}

#[target_feature(enable = "avx512f,avx512bw")]
fn tagged_nodes_16(tag: u8, pairs: &[[u8; 64]; 16], out: &mut [[u8; 32]; 16]) {
    store(tagged_node_in_lanes(initial(), tag, &load(pairs)), out);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn initial() -> [Words; 8] {
    // Loops here and below, not `map`: a closure handed to a function without these instructions would not be inlined.
    let mut state = [Words(_mm512_setzero_si512()); 8];
    for (word, number) in state.iter_mut().zip(INITIAL) {
        word.0 = _mm512_set1_epi32(number.cast_signed());
    }
    state
}

/// Turns the bytes of each word around.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swap_bytes(words: __m512i) -> __m512i {
    _mm512_shuffle_epi8(words, _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203))
}

/// Word `j` of every block into vector `j`: sixteen rows become sixteen columns.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(blocks: &[[u8; 64]; 16]) -> [Words; 16] {
    let mut rows = [_mm512_setzero_si512(); 16];
    for (row, block) in rows.iter_mut().zip(blocks) {
        // SAFETY: `block` holds 64 bytes.
        *row = swap_bytes(unsafe { _mm512_loadu_si512(block.as_ptr().cast()) });
    }
    // Fours of words within 128 bits: after this, quarter[4 * k + w] holds word 4 * q + w of blocks 4 * k to 4 * k + 3 in quarter q.
    let mut quarters = rows;
    for k in 0..4 {
        let low = [
            _mm512_unpacklo_epi32(rows[4 * k], rows[4 * k + 1]),
            _mm512_unpacklo_epi32(rows[4 * k + 2], rows[4 * k + 3]),
        ];
        let high = [
            _mm512_unpackhi_epi32(rows[4 * k], rows[4 * k + 1]),
            _mm512_unpackhi_epi32(rows[4 * k + 2], rows[4 * k + 3]),
        ];
        quarters[4 * k] = _mm512_unpacklo_epi64(low[0], low[1]);
        quarters[4 * k + 1] = _mm512_unpackhi_epi64(low[0], low[1]);
        quarters[4 * k + 2] = _mm512_unpacklo_epi64(high[0], high[1]);
        quarters[4 * k + 3] = _mm512_unpackhi_epi64(high[0], high[1]);
    }
    // Then the 128-bit quarters, as a matrix of four by four for each w.
    let mut columns = [Words(rows[0]); 16];
    for w in 0..4 {
        let [first, second, third, fourth] =
            [quarters[w], quarters[4 + w], quarters[8 + w], quarters[12 + w]];
        let (even_a, odd_a) = (
            _mm512_shuffle_i32x4::<0x88>(first, second),
            _mm512_shuffle_i32x4::<0xdd>(first, second),
        );
        let (even_b, odd_b) = (
            _mm512_shuffle_i32x4::<0x88>(third, fourth),
            _mm512_shuffle_i32x4::<0xdd>(third, fourth),
        );
        columns[w] = Words(_mm512_shuffle_i32x4::<0x88>(even_a, even_b));
        columns[8 + w] = Words(_mm512_shuffle_i32x4::<0xdd>(even_a, even_b));
        columns[4 + w] = Words(_mm512_shuffle_i32x4::<0x88>(odd_a, odd_b));
        columns[12 + w] = Words(_mm512_shuffle_i32x4::<0xdd>(odd_a, odd_b));
    }
    columns
}

/// The eight words of lane `i` into digest `i`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store(state: [Words; 8], out: &mut [[u8; 32]; 16]) {
    let mut rows = [_mm512_setzero_si512(); 8];
    for (row, word) in rows.iter_mut().zip(state) {
        *row = swap_bytes(word.0);
    }
    // Fours of words within 128 bits: quarter q of fours[4 * h + l] holds words 4 * h to 4 * h + 3 of lane 4 * q + l.
    let mut fours = rows;
    for at in [0, 4] {
        let low = [
            _mm512_unpacklo_epi32(rows[at], rows[at + 1]),
            _mm512_unpacklo_epi32(rows[at + 2], rows[at + 3]),
        ];
        let high = [
            _mm512_unpackhi_epi32(rows[at], rows[at + 1]),
            _mm512_unpackhi_epi32(rows[at + 2], rows[at + 3]),
        ];
        fours[at] = _mm512_unpacklo_epi64(low[0], low[1]);
        fours[at + 1] = _mm512_unpackhi_epi64(low[0], low[1]);
        fours[at + 2] = _mm512_unpacklo_epi64(high[0], high[1]);
        fours[at + 3] = _mm512_unpackhi_epi64(high[0], high[1]);
    }
    for l in 0..4 {
        let mut quarters = [[[0u8; 16]; 4]; 2];
        for (h, quarters) in quarters.iter_mut().enumerate() {
            // SAFETY: four arrays of 16 bytes hold 64 bytes.
            unsafe { _mm512_storeu_si512(quarters.as_mut_ptr().cast(), fours[4 * h + l]) };
        }
        for q in 0..4 {
            let digest = &mut out[4 * q + l];
            digest[..16].copy_from_slice(&quarters[0][q]);
            digest[16..].copy_from_slice(&quarters[1][q]);
        }
    }
}
