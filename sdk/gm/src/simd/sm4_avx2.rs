//! SM4 in vectors of 256 bits: eight blocks each, two vectors' worth in flight.
//!
//! Comes in: round keys, blocks. Goes out: the blocks encrypted. Never: without a token; a load whose address depends on a secret (byte shuffles look
//! up within a register). The portable twin is `sm4/sliced.rs`.
use super::{AesAvx2, GfniAvx2};
use crate::constant_time::wipe;
use crate::sm4::{Lane, rounds};
use core::arch::x86_64::*;

/// Blocks in flight.
const GROUP: usize = 16;

/// Into the field of AES: the affine map of the standard and a change of basis in one, for `gf2p8affineqb`.
pub(super) const GFNI_IN: (i64, i32) = (0x4c28_7db9_1a22_505d, 0x3e);
/// Back, through the affine map.
pub(super) const GFNI_OUT: (i64, i32) = (0xf3ab_34a9_74a6_b589_u64.cast_signed(), 0xd3);

/// The same as [`GFNI_IN`] by the lower and the upper four bits of a byte.
const AES_IN: [[u8; 16]; 2] = [
    [
        0x00, 0x8c, 0x30, 0xbc, 0x85, 0x09, 0xb5, 0x39, 0x9f, 0x13, 0xaf, 0x23, 0x1a, 0x96, 0x2a,
        0xa6,
    ],
    [
        0x3e, 0xe2, 0x10, 0xcc, 0xfb, 0x27, 0xd5, 0x09, 0x36, 0xea, 0x18, 0xc4, 0xf3, 0x2f, 0xdd,
        0x01,
    ],
];
/// From the S-box of AES back: its own affine map is undone as well.
const AES_OUT: [[u8; 16]; 2] = [
    [
        0x00, 0xb8, 0xca, 0x72, 0x3e, 0x86, 0xf4, 0x4c, 0x67, 0xdf, 0xad, 0x15, 0x59, 0xe1, 0x93,
        0x2b,
    ],
    [
        0x6c, 0x8c, 0x3c, 0xdc, 0xf1, 0x11, 0xa1, 0x41, 0xac, 0x4c, 0xfc, 0x1c, 0x31, 0xd1, 0x61,
        0x81,
    ],
];
/// Undoes the ShiftRows of a round of AES.
const ROWS_BACK: [u8; 16] = [0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3];
/// Turns the bytes of each word around.
const SWAP: [u8; 16] = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
/// Words rotated left by 8, 16 and 24 bits.
const ROTATIONS: [[u8; 16]; 3] = [
    [3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14],
    [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13],
    [1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12],
];

/// Sixteen bytes, twice.
#[inline]
#[target_feature(enable = "avx2")]
fn twice(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: `bytes` holds 16 bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_diffused(sum: __m256i, word: __m256i) -> __m256i {
    // word <<< 2, 10 and 18 are word ⊕ word <<< 8 ⊕ word <<< 16, rotated by 2 together.
    let (by_8, by_16, by_24) = (twice(&ROTATIONS[0]), twice(&ROTATIONS[1]), twice(&ROTATIONS[2]));
    let three = _mm256_xor_si256(
        word,
        _mm256_xor_si256(_mm256_shuffle_epi8(word, by_8), _mm256_shuffle_epi8(word, by_16)),
    );
    let rotated = _mm256_or_si256(_mm256_slli_epi32::<2>(three), _mm256_srli_epi32::<30>(three));
    let outer = _mm256_xor_si256(word, _mm256_shuffle_epi8(word, by_24));
    _mm256_xor_si256(_mm256_xor_si256(sum, outer), rotated)
}

/// Eight words, with the S-box by AES. A value exists only where there is an [`AesAvx2`] token.
#[derive(Clone, Copy)]
struct AesWords(__m256i);

/// Eight words, with the S-box by GFNI. A value exists only where there is a [`GfniAvx2`] token.
#[derive(Clone, Copy)]
struct GfniWords(__m256i);

/// What the two have in common.
macro_rules! vector {
    ($words:ident, $substitute:ident) => {
        impl Lane for $words {
            #[inline(always)]
            fn same(self, value: u32) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX2.
                Self(unsafe { _mm256_set1_epi32(value.cast_signed()) })
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX2.
                Self(unsafe { _mm256_xor_si256(self.0, other.0) })
            }
            #[inline(always)]
            fn substitute(self) -> Self {
                // SAFETY: `self` exists, so the CPU has the instructions.
                Self(unsafe { $substitute(self.0) })
            }
            #[inline(always)]
            fn add_diffused(self, word: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX2.
                Self(unsafe { add_diffused(self.0, word.0) })
            }
        }
    };
}
vector!(AesWords, substitute_aes);
vector!(GfniWords, substitute_gfni);

/// An affine map by its values on the lower and on the upper four bits.
#[inline]
#[target_feature(enable = "avx2")]
fn affine(map: &[[u8; 16]; 2], bytes: __m256i) -> __m256i {
    let four = _mm256_set1_epi8(0x0f);
    let low = _mm256_shuffle_epi8(twice(&map[0]), _mm256_and_si256(bytes, four));
    let high =
        _mm256_shuffle_epi8(twice(&map[1]), _mm256_and_si256(_mm256_srli_epi32::<4>(bytes), four));
    _mm256_xor_si256(low, high)
}

#[inline]
#[target_feature(enable = "avx2,aes")]
fn substitute_aes(bytes: __m256i) -> __m256i {
    let inner = affine(&AES_IN, bytes);
    let zero = _mm_setzero_si128();
    let low = _mm_aesenclast_si128(_mm256_castsi256_si128(inner), zero);
    let high = _mm_aesenclast_si128(_mm256_extracti128_si256::<1>(inner), zero);
    let both = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high);
    affine(&AES_OUT, _mm256_shuffle_epi8(both, twice(&ROWS_BACK)))
}

#[inline]
#[target_feature(enable = "avx2,gfni")]
fn substitute_gfni(bytes: __m256i) -> __m256i {
    let inner =
        _mm256_gf2p8affine_epi64_epi8::<{ GFNI_IN.1 }>(bytes, _mm256_set1_epi64x(GFNI_IN.0));
    _mm256_gf2p8affineinv_epi64_epi8::<{ GFNI_OUT.1 }>(inner, _mm256_set1_epi64x(GFNI_OUT.0))
}

impl AesAvx2 {
    /// Encrypts blocks in place.
    pub(crate) fn encrypt(self, keys: &[u32; 32], blocks: &mut [[u8; 16]]) {
        // SAFETY: the token says that the CPU has AVX2 and AES.
        in_groups(blocks, |group| unsafe { encrypt_aes(keys, group) });
    }
}

impl GfniAvx2 {
    /// Encrypts blocks in place.
    pub(crate) fn encrypt(self, keys: &[u32; 32], blocks: &mut [[u8; 16]]) {
        // SAFETY: the token says that the CPU has AVX2 and GFNI.
        in_groups(blocks, |group| unsafe { encrypt_gfni(keys, group) });
    }
}

/// Full groups, and a last one filled up.
pub(super) fn in_groups<const GROUP: usize>(
    blocks: &mut [[u8; 16]],
    encrypt: impl Fn(&mut [[u8; 16]; GROUP]),
) {
    let (groups, rest) = blocks.as_chunks_mut::<GROUP>();
    groups.iter_mut().for_each(&encrypt);
    if !rest.is_empty() {
        let mut group = [[0; 16]; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        encrypt(&mut group);
        rest.copy_from_slice(&group[..rest.len()]);
        wipe(&mut group);
    }
}

#[target_feature(enable = "avx2,aes")]
fn encrypt_aes(keys: &[u32; 32], blocks: &mut [[u8; 16]; GROUP]) {
    let [first, second] = load(blocks);
    let mut state = [first.map(AesWords), second.map(AesWords)];
    rounds(&mut state, keys);
    let [[a, b, c, d], [e, f, g, h]] = state;
    store([[a.0, b.0, c.0, d.0], [e.0, f.0, g.0, h.0]], blocks);
}

#[target_feature(enable = "avx2,gfni")]
fn encrypt_gfni(keys: &[u32; 32], blocks: &mut [[u8; 16]; GROUP]) {
    let [first, second] = load(blocks);
    let mut state = [first.map(GfniWords), second.map(GfniWords)];
    rounds(&mut state, keys);
    let [[a, b, c, d], [e, f, g, h]] = state;
    store([[a.0, b.0, c.0, d.0], [e.0, f.0, g.0, h.0]], blocks);
}

/// Within 128 bits, four rows of four words become columns.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let low = [_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d)];
    let high = [_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d)];
    [
        _mm256_unpacklo_epi64(low[0], low[1]),
        _mm256_unpackhi_epi64(low[0], low[1]),
        _mm256_unpacklo_epi64(high[0], high[1]),
        _mm256_unpackhi_epi64(high[0], high[1]),
    ]
}

/// Word `w` of eight blocks in vector `w`, for the first eight and for the second. The order of the blocks is the one that [`store`] undoes.
#[inline]
#[target_feature(enable = "avx2")]
fn load(blocks: &[[u8; 16]; GROUP]) -> [[__m256i; 4]; 2] {
    let mut rows = [[_mm256_setzero_si256(); 4]; 2];
    for (row, pair) in rows.as_flattened_mut().iter_mut().zip(blocks.as_chunks::<2>().0) {
        // SAFETY: `pair` holds 32 bytes.
        *row =
            _mm256_shuffle_epi8(unsafe { _mm256_loadu_si256(pair.as_ptr().cast()) }, twice(&SWAP));
    }
    [transpose(rows[0]), transpose(rows[1])]
}

/// The last four words in reverse, clause 6.1 b, back into bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn store(state: [[__m256i; 4]; 2], blocks: &mut [[u8; 16]; GROUP]) {
    for ([a, b, c, d], blocks) in state.into_iter().zip(blocks.as_chunks_mut::<8>().0) {
        for (row, pair) in transpose([d, c, b, a]).into_iter().zip(blocks.as_chunks_mut::<2>().0) {
            // SAFETY: `pair` holds 32 bytes.
            unsafe {
                _mm256_storeu_si256(
                    pair.as_mut_ptr().cast(),
                    _mm256_shuffle_epi8(row, twice(&SWAP)),
                )
            };
        }
    }
}
