//! The hash of GCM by carry-less multiplication.
//!
//! Comes in: powers of the hash key, blocks. Goes out: the sum after them. Never: without a token. The portable twin is `sm4/ghash.rs`.
//!
//! GCM writes polynomials with the lowest power first. With the bytes of a block turned around, the product of two such numbers is one place short;
//! multiplying the key by x beforehand puts that right once and for all (RFC 8452, appendix A), and the reduction is then modulo
//! x^128 + x^127 + x^126 + x^121 + 1, from below.
use super::{Clmul, Vpclmul};
use core::arch::x86_64::*;

/// Powers of the key that are kept, the highest first.
const POWERS: usize = 16;
/// x^127 + x^126 + x^121 without the lower 64 bits.
const MODULUS: i64 = 0xc200_0000_0000_0000_u64.cast_signed();

impl Clmul {
    /// The powers of a hash key, 16th to first, times x.
    pub(crate) fn powers(self, key: &[u8; 16]) -> [[u8; 16]; POWERS] {
        let number = u128::from_be_bytes(*key);
        // Times x; what overflows is reduced, with a mask instead of a branch.
        let overflow = 0u128.wrapping_sub(number >> 127);
        let first = number << 1 ^ overflow & 0xc200_0000_0000_0000_0000_0000_0000_0001;
        let mut powers = [first.to_le_bytes(); POWERS];
        for index in (0..POWERS - 1).rev() {
            // SAFETY: the token says that the CPU has PCLMULQDQ and SSSE3.
            powers[index] = unsafe { multiply(&powers[index + 1], &powers[POWERS - 1]) };
        }
        powers
    }

    /// `sum` ← ((`sum` ⊕ block) · key) for each block in turn.
    pub(crate) fn ghash(
        self,
        powers: &[[u8; 16]; POWERS],
        sum: &mut [u8; 16],
        blocks: &[[u8; 16]],
    ) {
        // SAFETY: the token says that the CPU has PCLMULQDQ and SSSE3.
        unsafe { ghash_narrow(powers, sum, blocks) }
    }
}

impl Vpclmul {
    /// As [`Clmul::ghash`], sixteen blocks at a time.
    pub(crate) fn ghash(
        self,
        powers: &[[u8; 16]; POWERS],
        sum: &mut [u8; 16],
        blocks: &[[[u8; 16]; POWERS]],
    ) {
        // SAFETY: the token says that the CPU has VPCLMULQDQ, and AVX-512 F and BW.
        unsafe { ghash_wide(powers, sum, blocks) }
    }
}

#[inline]
#[target_feature(enable = "ssse3")]
fn load(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: `bytes` holds 16 bytes.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// The bytes of a block turned around.
#[inline]
#[target_feature(enable = "ssse3")]
fn turned(bytes: __m128i) -> __m128i {
    _mm_shuffle_epi8(bytes, _mm_set_epi32(0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f))
}

#[target_feature(enable = "pclmulqdq,ssse3")]
fn multiply(first: &[u8; 16], second: &[u8; 16]) -> [u8; 16] {
    let (first, second) = (load(first), load(second));
    let mut product = Product::zero();
    product.add(first, second);
    let mut bytes = [0; 16];
    // SAFETY: `bytes` holds 16 bytes.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), product.reduce()) };
    bytes
}

#[target_feature(enable = "pclmulqdq,ssse3")]
fn ghash_narrow(powers: &[[u8; 16]; POWERS], sum: &mut [u8; 16], blocks: &[[u8; 16]]) {
    let mut y = turned(load(sum));
    for chunk in blocks.chunks(8) {
        let mut product = Product::zero();
        for (block, power) in chunk.iter().zip(&powers[POWERS - chunk.len()..]) {
            // The sum so far goes into the first block alone.
            product.add(_mm_xor_si128(turned(load(block)), y), load(power));
            y = _mm_setzero_si128();
        }
        y = product.reduce();
    }
    // SAFETY: `sum` holds 16 bytes.
    unsafe { _mm_storeu_si128(sum.as_mut_ptr().cast(), turned(y)) };
}

/// A sum of products of 256 bits.
struct Product {
    low: __m128i,
    middle: __m128i,
    high: __m128i,
}

impl Product {
    #[inline]
    #[target_feature(enable = "pclmulqdq,ssse3")]
    fn zero() -> Self {
        Self { low: _mm_setzero_si128(), middle: _mm_setzero_si128(), high: _mm_setzero_si128() }
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq,ssse3")]
    fn add(&mut self, first: __m128i, second: __m128i) {
        self.low = _mm_xor_si128(self.low, _mm_clmulepi64_si128::<0x00>(first, second));
        self.high = _mm_xor_si128(self.high, _mm_clmulepi64_si128::<0x11>(first, second));
        let middle = _mm_xor_si128(
            _mm_clmulepi64_si128::<0x01>(first, second),
            _mm_clmulepi64_si128::<0x10>(first, second),
        );
        self.middle = _mm_xor_si128(self.middle, middle);
    }

    /// The lower 128 bits are made zero, 64 at a time, by adding multiples of the modulus; the upper ones are left.
    #[inline]
    #[target_feature(enable = "pclmulqdq,ssse3")]
    fn reduce(self) -> __m128i {
        let low = _mm_xor_si128(self.low, _mm_slli_si128::<8>(self.middle));
        let high = _mm_xor_si128(self.high, _mm_srli_si128::<8>(self.middle));
        let modulus = _mm_set1_epi64x(MODULUS);
        let half = _mm_xor_si128(
            _mm_shuffle_epi32::<0x4e>(_mm_clmulepi64_si128::<0x00>(low, modulus)),
            low,
        );
        let last = _mm_clmulepi64_si128::<0x11>(half, modulus);
        _mm_xor_si128(high, _mm_xor_si128(half, last))
    }
}

#[target_feature(enable = "vpclmulqdq,pclmulqdq,avx512f,avx512bw,ssse3")]
fn ghash_wide(powers: &[[u8; 16]; POWERS], sum: &mut [u8; 16], blocks: &[[[u8; 16]; POWERS]]) {
    let order =
        _mm512_broadcast_i32x4(_mm_set_epi32(0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f));
    let mut keys = [_mm512_setzero_si512(); 4];
    for (key, four) in keys.iter_mut().zip(powers.as_chunks::<4>().0) {
        // SAFETY: `four` holds 64 bytes.
        *key = unsafe { _mm512_loadu_si512(four.as_ptr().cast()) };
    }
    let mut y = turned(load(sum));
    for sixteen in blocks {
        let zero = _mm512_setzero_si512();
        let (mut low, mut middle, mut high) = (zero, zero, zero);
        let mut carried = _mm512_zextsi128_si512(y);
        for (key, four) in keys.iter().zip(sixteen.as_chunks::<4>().0) {
            // SAFETY: `four` holds 64 bytes.
            let bytes = unsafe { _mm512_loadu_si512(four.as_ptr().cast()) };
            let words = _mm512_xor_si512(_mm512_shuffle_epi8(bytes, order), carried);
            carried = zero;
            low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128::<0x00>(words, *key));
            high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128::<0x11>(words, *key));
            let crossed = [
                _mm512_clmulepi64_epi128::<0x01>(words, *key),
                _mm512_clmulepi64_epi128::<0x10>(words, *key),
            ];
            middle = _mm512_ternarylogic_epi64::<0x96>(middle, crossed[0], crossed[1]);
        }
        y = Product { low: folded(low), middle: folded(middle), high: folded(high) }.reduce();
    }
    // SAFETY: `sum` holds 16 bytes.
    unsafe { _mm_storeu_si128(sum.as_mut_ptr().cast(), turned(y)) };
}

/// The sum of the four quarters.
#[inline]
#[target_feature(enable = "avx512f,avx2")]
fn folded(words: __m512i) -> __m128i {
    let half =
        _mm256_xor_si256(_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64::<1>(words));
    _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
}
