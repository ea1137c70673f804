//! SM3 in eight lanes of 256-bit registers.
//!
//! Comes in: eight blocks or pairs. Goes out: eight chaining values or digests. Never: without an [`Avx2`] token. The portable twin is the
//! same generic code over one `u32`.
use super::Avx2;
use crate::sm3::{
    INITIAL, Kernel, Word, absorb_each, compress, node_in_lanes, tagged_node_in_lanes,
};
use core::arch::x86_64::*;

/// Eight words. A value exists only where there is an [`Avx2`] token: the functions that make the first one demand it.
#[derive(Clone, Copy)]
struct Words(__m256i);

impl Word for Words {
    #[inline(always)]
    fn same(self, value: u32) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_set1_epi32(value.cast_signed()) })
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe {
            _mm256_or_si256(_mm256_slli_epi32::<LEFT>(self.0), _mm256_srli_epi32::<RIGHT>(self.0))
        })
    }
    #[inline(always)]
    fn majority(self, second: Self, third: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe {
            let either = _mm256_and_si256(self.0, _mm256_or_si256(second.0, third.0));
            _mm256_or_si256(either, _mm256_and_si256(second.0, third.0))
        })
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe {
            _mm256_xor_si256(_mm256_and_si256(_mm256_xor_si256(yes.0, no.0), self.0), no.0)
        })
    }
}

impl Kernel<8> for Avx2 {
    fn compress(self, state: &mut [[u32; 8]; 8], blocks: &[[u8; 64]; 8]) {
        // SAFETY: the token says that the CPU has AVX2.
        unsafe { compress_8(state, blocks) }
    }
    fn nodes(self, pairs: &[[u8; 64]; 8], out: &mut [[u8; 32]; 8]) {
        // SAFETY: the token says that the CPU has AVX2.
        unsafe { nodes_8(pairs, out) }
    }
    fn tagged_nodes(self, tag: u8, pairs: &[[u8; 64]; 8], out: &mut [[u8; 32]; 8]) {
        // SAFETY: the token says that the CPU has AVX2.
        unsafe { tagged_nodes_8(tag, pairs, out) }
    }
}

impl Avx2 {
    /// Absorbs blocks of one message: the portable code with rotations that spare a copy.
    pub(crate) fn absorb(self, state: &mut [u32; 8], blocks: &[[u8; 64]]) {
        // SAFETY: the token says that the CPU has BMI1 and BMI2.
        unsafe { absorb(state, blocks) }
    }
}

#[target_feature(enable = "bmi1,bmi2")]
fn absorb(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    absorb_each(state, blocks);
}

#[target_feature(enable = "avx2")]
fn compress_8(state: &mut [[u32; 8]; 8], blocks: &[[u8; 64]; 8]) {
    let mut words = initial();
    for (word, lanes) in words.iter_mut().zip(&*state) {
        // SAFETY: `lanes` holds 32 bytes.
        *word = Words(unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) });
    }
    compress(&mut words, &load(blocks));
    for (lanes, word) in state.iter_mut().zip(words) {
        // SAFETY: `lanes` holds 32 bytes.
        unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), word.0) };
    }
}

#[target_feature(enable = "avx2")]
fn nodes_8(pairs: &[[u8; 64]; 8], out: &mut [[u8; 32]; 8]) {
    store(node_in_lanes(initial(), &load(pairs)), out);
}

#[target_feature(enable = "avx2")]
fn tagged_nodes_8(tag: u8, pairs: &[[u8; 64]; 8], out: &mut [[u8; 32]; 8]) {
    store(tagged_node_in_lanes(initial(), tag, &load(pairs)), out);
}

#[inline]
#[target_feature(enable = "avx2")]
fn initial() -> [Words; 8] {
    // Loops here and below, not `map`: a closure handed to a function without these instructions would not be inlined.
    let mut state = [Words(_mm256_setzero_si256()); 8];
    for (word, number) in state.iter_mut().zip(INITIAL) {
        word.0 = _mm256_set1_epi32(number.cast_signed());
    }
    state
}

/// Turns the bytes of each word around.
#[inline]
#[target_feature(enable = "avx2")]
fn swap_bytes(words: __m256i) -> __m256i {
    let order = _mm_set_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    _mm256_shuffle_epi8(words, _mm256_broadcastsi128_si256(order))
}

/// Eight rows of eight words become eight columns.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; 8]) -> [__m256i; 8] {
    // Fours of words within 128 bits, then the 128-bit halves.
    let mut fours = rows;
    for at in [0, 4] {
        let low = [
            _mm256_unpacklo_epi32(rows[at], rows[at + 1]),
            _mm256_unpacklo_epi32(rows[at + 2], rows[at + 3]),
        ];
        let high = [
            _mm256_unpackhi_epi32(rows[at], rows[at + 1]),
            _mm256_unpackhi_epi32(rows[at + 2], rows[at + 3]),
        ];
        fours[at] = _mm256_unpacklo_epi64(low[0], low[1]);
        fours[at + 1] = _mm256_unpackhi_epi64(low[0], low[1]);
        fours[at + 2] = _mm256_unpacklo_epi64(high[0], high[1]);
        fours[at + 3] = _mm256_unpackhi_epi64(high[0], high[1]);
    }
    let mut columns = fours;
    for column in 0..4 {
        columns[column] = _mm256_permute2x128_si256::<0x20>(fours[column], fours[column + 4]);
        columns[column + 4] = _mm256_permute2x128_si256::<0x31>(fours[column], fours[column + 4]);
    }
    columns
}

/// Word `j` of every block into vector `j`.
#[inline]
#[target_feature(enable = "avx2")]
fn load(blocks: &[[u8; 64]; 8]) -> [Words; 16] {
    let mut words = [Words(_mm256_setzero_si256()); 16];
    for (half, words) in words.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut rows = [_mm256_setzero_si256(); 8];
        for (row, block) in rows.iter_mut().zip(blocks) {
            let bytes = &block[32 * half..32 * half + 32];
            // SAFETY: `bytes` holds 32 bytes.
            *row = swap_bytes(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) });
        }
        for (word, column) in words.iter_mut().zip(transpose(rows)) {
            word.0 = column;
        }
    }
    words
}

/// The eight words of lane `i` into digest `i`.
#[inline]
#[target_feature(enable = "avx2")]
fn store(state: [Words; 8], out: &mut [[u8; 32]; 8]) {
    let mut rows = [_mm256_setzero_si256(); 8];
    for (row, word) in rows.iter_mut().zip(state) {
        *row = word.0;
    }
    for (digest, column) in out.iter_mut().zip(transpose(rows)) {
        // SAFETY: `digest` holds 32 bytes.
        unsafe { _mm256_storeu_si256(digest.as_mut_ptr().cast(), swap_bytes(column)) };
    }
}
