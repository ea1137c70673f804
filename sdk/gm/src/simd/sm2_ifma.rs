//! Eight numbers modulo p side by side, in limbs of 52 bits, by the 52-bit multiply-add of AVX-512 IFMA.
//!
//! Comes in: what a batch of signatures computes with (`sm2/tree.rs`). Goes out: the same numbers as its portable twin,
//! `sm2/lanes.rs`. Never: an instruction without the token; every `Eight` holds it.
//!
//! The Montgomery form has R = 2^260. As tables hold x·2^256, shifting an entry left by four bits while it is cut into limbs is all
//! that turns one form into the other. Three bounds of numbers occur: *tight*, below p + 2^231; *product*, below 2p; *wide*, below 4p,
//! only to be multiplied. In each the limbs are below 2^52.
use super::Ifma;
use crate::sm2::{Affine, Fe, Job, Lanes, Verifier, in_lanes as in_any_lanes};
use core::arch::x86_64::*;

const M52: i64 = (1 << 52) - 1;
/// p + 1 = 2^52·(C1 − 2^52) + 2^208·C4: a multiple of p is two products and two sums.
const C1: i64 = (1 << 52) - (1 << 44) + (1 << 12);
const C4: i64 = (1 << 48) - (1 << 16);
/// p in limbs.
const P: [i64; 5] = [M52, 0x000f_f000_0000_0fff, M52, M52, 0x0000_ffff_fffe_ffff];
/// 2^256 modulo p in limbs: a product with it turns R = 2^260 into 2^256.
const TO_256: [i64; 5] = [1, (1 << 44) - (1 << 12), 0, 0, 1 << 16];

/// Eight numbers; limb i of all of them in vector i.
#[derive(Clone, Copy)]
pub(crate) struct Eight {
    limbs: [__m512i; 5],
    token: Ifma,
}

/// Decides signatures eight at a time.
pub(crate) fn in_lanes(token: Ifma, verifier: &Verifier, jobs: &[Job], verdicts: &mut [bool]) {
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,bmi2,adx")]
    fn with_instructions(token: Ifma, verifier: &Verifier, jobs: &[Job], verdicts: &mut [bool]) {
        in_any_lanes::<Eight>(token, verifier, jobs, verdicts);
    }
    // SAFETY: the token says that the CPU has the instructions.
    unsafe { with_instructions(token, verifier, jobs, verdicts) }
}

impl Lanes for Eight {
    const WIDTH: usize = 8;
    type Token = Ifma;

    #[inline(always)]
    fn from_fe(token: Ifma, numbers: &[Fe]) -> Self {
        let word = |i: usize| -> [u64; 8] { core::array::from_fn(|lane| numbers[lane].0[i]) };
        let words = [word(0), word(1), word(2), word(3)];
        // SAFETY: the token says that the CPU has the instructions; the loads are of arrays of 64 bytes.
        unsafe {
            cut(token, core::array::from_fn(|i| _mm512_loadu_si512(words[i].as_ptr().cast())), 0)
        }
    }

    #[inline(always)]
    fn to_fe(&self, numbers: &mut [Fe]) {
        // SAFETY: `self` holds the token; the stores are to arrays of 64 bytes.
        unsafe {
            let [a, b, c, d, e] = self.mul(&constant(self.token, TO_256)).limbs;
            let words = [
                _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
                _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
                _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
                _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
            ];
            for (i, word) in words.into_iter().enumerate() {
                let mut lanes = [0u64; 8];
                _mm512_storeu_si512(lanes.as_mut_ptr().cast(), word);
                for (number, lane) in numbers.iter_mut().zip(lanes) {
                    number.0[i] = lane;
                }
            }
        }
    }

    #[inline(always)]
    fn load(token: Ifma, points: &[(&Affine, u64)]) -> [Self; 2] {
        // SAFETY: the token says that the CPU has the instructions; an `Affine` is 64 bytes aligned to 64, four words of x before
        // four of y.
        unsafe {
            let row = |lane: usize| _mm512_load_si512(core::ptr::from_ref(points[lane].0).cast());
            let columns =
                transpose([row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)]);
            let [x0, x1, x2, x3, y0, y1, y2, y3] = columns;
            let mut turned = 0;
            for (lane, (_, negative)) in points.iter().enumerate() {
                turned |= (*negative as u8 & 1) << lane;
            }
            [cut(token, [x0, x1, x2, x3], 0), cut(token, [y0, y1, y2, y3], turned)]
        }
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        let (a, b) = (&self.limbs, &other.limbs);
        // SAFETY: `self` holds the token.
        unsafe {
            let mut t = [_mm512_setzero_si512(); 10];
            for i in 0..5 {
                for j in 0..5 {
                    t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
                    t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
                }
            }
            montgomery(self.token, t)
        }
    }

    #[inline(always)]
    fn sqr(&self) -> Self {
        let a = &self.limbs;
        // SAFETY: `self` holds the token.
        unsafe {
            let mut t = [_mm512_setzero_si512(); 10];
            for i in 0..5 {
                for j in i + 1..5 {
                    t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], a[j]);
                    t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], a[j]);
                }
            }
            for word in &mut t {
                *word = _mm512_add_epi64(*word, *word);
            }
            for i in 0..5 {
                t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a[i], a[i]);
                t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a[i], a[i]);
            }
            montgomery(self.token, t)
        }
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        // SAFETY: `self` holds the token.
        unsafe {
            // Between 2p and 10p.
            let plus = constant(self.token, P.map(|limb| 6 * limb)).limbs;
            let limb = |i: usize| {
                _mm512_sub_epi64(_mm512_add_epi64(self.limbs[i], plus[i]), other.limbs[i])
            };
            fold(self.token, [limb(0), limb(1), limb(2), limb(3), limb(4)])
        }
    }

    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        // SAFETY: `self` holds the token.
        unsafe {
            // Between 2p and 14p.
            let plus = constant(self.token, P.map(|limb| 10 * limb)).limbs;
            let limb = |i: usize| {
                let both = _mm512_add_epi64(b.limbs[i], c.limbs[i]);
                _mm512_sub_epi64(_mm512_add_epi64(self.limbs[i], plus[i]), both)
            };
            fold(self.token, [limb(0), limb(1), limb(2), limb(3), limb(4)])
        }
    }

    #[inline(always)]
    fn factor(&self, other: &Self) -> Self {
        // SAFETY: `self` holds the token.
        unsafe {
            let plus = constant(self.token, P.map(|limb| 2 * limb)).limbs;
            let limb = |i: usize| {
                _mm512_sub_epi64(_mm512_add_epi64(self.limbs[i], plus[i]), other.limbs[i])
            };
            carry(self.token, [limb(0), limb(1), limb(2), limb(3), limb(4)])
        }
    }
}

/// The same limbs in all lanes.
#[inline(always)]
fn constant(token: Ifma, limbs: [i64; 5]) -> Eight {
    // SAFETY: the token says that the CPU has the instructions.
    let limbs = unsafe { limbs.map(|limb| _mm512_set1_epi64(limb)) };
    Eight { limbs, token }
}

/// Words of 64 bits times 16, in limbs of 52 bits, tight. Lanes whose bit is set in `turned` become their opposite.
///
/// # Safety
/// The CPU must have the instructions of the token.
#[inline(always)]
unsafe fn cut(token: Ifma, words: [__m512i; 4], turned: u8) -> Eight {
    // SAFETY: as the caller says.
    unsafe {
        let mask = _mm512_set1_epi64(M52);
        let [a, b, c, d] = words;
        let mut limbs = [
            _mm512_and_si512(_mm512_slli_epi64::<4>(a), mask),
            _mm512_and_si512(
                _mm512_or_si512(_mm512_srli_epi64::<48>(a), _mm512_slli_epi64::<16>(b)),
                mask,
            ),
            _mm512_and_si512(
                _mm512_or_si512(_mm512_srli_epi64::<36>(b), _mm512_slli_epi64::<28>(c)),
                mask,
            ),
            _mm512_and_si512(
                _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<40>(d)),
                mask,
            ),
            _mm512_srli_epi64::<12>(d),
        ];
        // The number is below 2^260 < 17p, so its opposite plus 19p is between 2p and 19p.
        let plus = constant(token, P.map(|limb| 19 * limb)).limbs;
        for (limb, plus) in limbs.iter_mut().zip(plus) {
            *limb = _mm512_mask_sub_epi64(*limb, turned, plus, *limb);
        }
        fold(token, limbs)
    }
}

/// Signed limbs of a number from 0 to 2^261, to tight: what is above 2^256 comes back as 2^224 + 2^96 − 2^64 + 1. Where lower limbs
/// are negative the number must be 2p at least, so that what comes back outweighs them.
///
/// # Safety
/// The CPU must have the instructions of the token.
#[inline(always)]
unsafe fn fold(token: Ifma, limbs: [__m512i; 5]) -> Eight {
    // SAFETY: as the caller says.
    unsafe {
        let [a, b, c, d, e] = limbs;
        let high = _mm512_srai_epi64::<48>(e);
        let e = _mm512_and_si512(e, _mm512_set1_epi64((1 << 48) - 1));
        let a = _mm512_add_epi64(a, high);
        let b = _mm512_sub_epi64(
            _mm512_add_epi64(b, _mm512_slli_epi64::<44>(high)),
            _mm512_slli_epi64::<12>(high),
        );
        let e = _mm512_add_epi64(e, _mm512_slli_epi64::<16>(high));
        carry(token, [a, b, c, d, e])
    }
}

/// Signed limbs of a number that is not negative and below 2^260, each brought below 2^52.
///
/// # Safety
/// The CPU must have the instructions of the token.
#[inline(always)]
unsafe fn carry(token: Ifma, limbs: [__m512i; 5]) -> Eight {
    // SAFETY: as the caller says.
    unsafe {
        let mask = _mm512_set1_epi64(M52);
        let [a, b, c, d, e] = limbs;
        let b = _mm512_add_epi64(b, _mm512_srai_epi64::<52>(a));
        let c = _mm512_add_epi64(c, _mm512_srai_epi64::<52>(b));
        let d = _mm512_add_epi64(d, _mm512_srai_epi64::<52>(c));
        let e = _mm512_add_epi64(e, _mm512_srai_epi64::<52>(d));
        let low = |limb| _mm512_and_si512(limb, mask);
        Eight { limbs: [low(a), low(b), low(c), low(d), e], token }
    }
}

/// t / 2^260 modulo p, below 2p for a t of at most 16p².
///
/// # Safety
/// The CPU must have the instructions of the token.
#[inline(always)]
unsafe fn montgomery(token: Ifma, mut t: [__m512i; 10]) -> Eight {
    // SAFETY: as the caller says.
    unsafe {
        let mask = _mm512_set1_epi64(M52);
        let (c1, c4) = (_mm512_set1_epi64(C1), _mm512_set1_epi64(C4));
        for i in 0..5 {
            // t[i] + m·p is a multiple of 2^52 for m = t[i] modulo 2^52, as p is −1.
            let m = _mm512_and_si512(t[i], mask);
            t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srai_epi64::<52>(t[i]));
            t[i + 1] = _mm512_madd52lo_epu64(t[i + 1], m, c1);
            t[i + 2] = _mm512_madd52hi_epu64(_mm512_sub_epi64(t[i + 2], m), m, c1);
            t[i + 4] = _mm512_madd52lo_epu64(t[i + 4], m, c4);
            t[i + 5] = _mm512_madd52hi_epu64(t[i + 5], m, c4);
        }
        carry(token, [t[5], t[6], t[7], t[8], t[9]])
    }
}

/// Word j of row i to word i of row j.
///
/// # Safety
/// The CPU must have AVX-512F.
#[inline(always)]
unsafe fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    // SAFETY: as the caller says.
    unsafe {
        let [a, b, c, d, e, f, g, h] = rows;
        // Words in pairs: 0 and 1 of two rows, then of four, then of eight.
        let pairs = |a, b| (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
        let ((ab0, ab1), (cd0, cd1), (ef0, ef1), (gh0, gh1)) =
            (pairs(a, b), pairs(c, d), pairs(e, f), pairs(g, h));
        let even = |x, y| _mm512_shuffle_i64x2::<0b10_00_10_00>(x, y);
        let odd = |x, y| _mm512_shuffle_i64x2::<0b11_01_11_01>(x, y);
        let quads = |ab, cd, ef, gh| {
            let (low, high) = ((even(ab, cd), even(ef, gh)), (odd(ab, cd), odd(ef, gh)));
            [even(low.0, low.1), even(high.0, high.1), odd(low.0, low.1), odd(high.0, high.1)]
        };
        let [w0, w2, w4, w6] = quads(ab0, cd0, ef0, gh0);
        let [w1, w3, w5, w7] = quads(ab1, cd1, ef1, gh1);
        [w0, w1, w2, w3, w4, w5, w6, w7]
    }
}
