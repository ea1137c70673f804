//! Numbers modulo the prime p of the curve, in Montgomery form with R = 2^256, held below 2^256 but not always below p.
//!
//! A number below 2^256 − p ≈ 2^224 has two forms, itself and itself + p; comparisons and bytes first take the lower one. So a
//! product needs no comparison with p, only the subtraction of p when it overflows 2^256.
//!
//! p = 2^256 − 2^224 − 2^96 + 2^64 − 1 is −1 modulo 2^64, so a round of the reduction takes its multiplier from the lowest word as
//! it stands, and the multiple of p is shifts and subtractions. Nothing here branches on values but what says `vartime`.
use super::limbs::{self, Limbs};
use super::modinv;

/// p.
pub(crate) const P: Limbs =
    [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];
/// 2^512 modulo p: a product with it puts a number into Montgomery form.
const R2: Limbs =
    [0x0000_0002_0000_0003, 0x0000_0002_ffff_ffff, 0x0000_0001_0000_0001, 0x0000_0004_0000_0002];

/// A number modulo p.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Fe(pub(crate) Limbs);

impl PartialEq for Fe {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.sub(other).is_zero()
    }
}

impl Eq for Fe {}

impl Fe {
    pub(crate) const ZERO: Self = Self([0; 4]);
    /// 2^256 modulo p.
    pub(crate) const ONE: Self = Self([1, 0x0000_0000_ffff_ffff, 0, 0x0000_0001_0000_0000]);

    /// The number with these big-endian bytes, if below p.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs::from_be(bytes);
        limbs::less(&limbs, &P).then(|| Self::from_limbs(&limbs))
    }

    /// The number with these words, which must be below p.
    #[inline]
    pub(crate) fn from_limbs(limbs: &Limbs) -> Self {
        Self(montgomery(&limbs::mul_wide(limbs, &R2)))
    }

    /// The number itself, out of Montgomery form.
    #[inline]
    pub(crate) fn to_limbs(self) -> Limbs {
        let [a, b, c, d] = self.0;
        limbs::reduce_once(&montgomery(&[a, b, c, d, 0, 0, 0, 0]), false, &P)
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        limbs::to_be(&self.to_limbs())
    }

    #[inline(always)]
    pub(crate) fn mul(&self, other: &Self) -> Self {
        Self(montgomery(&limbs::mul_wide(&self.0, &other.0)))
    }

    #[inline(always)]
    pub(crate) fn sqr(&self) -> Self {
        Self(montgomery(&limbs::sqr_wide(&self.0)))
    }

    /// The square of the square of … (`times` squarings).
    #[inline]
    pub(crate) fn sqr_times(&self, times: u32) -> Self {
        let mut result = *self;
        for _ in 0..times {
            result = result.sqr();
        }
        result
    }

    #[inline(always)]
    pub(crate) fn add(&self, other: &Self) -> Self {
        let (sum, over) = limbs::add(&self.0, &other.0);
        // Twice: a sum of two numbers above p is still not below 2^256 after one subtraction.
        let (sum, over) = minus_p_if(&sum, over);
        Self(minus_p_if(&sum, over).0)
    }

    #[inline(always)]
    pub(crate) fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    pub(crate) fn triple(&self) -> Self {
        self.double().add(self)
    }

    #[inline(always)]
    pub(crate) fn sub(&self, other: &Self) -> Self {
        let (difference, under) = limbs::sub(&self.0, &other.0);
        // Twice: a number above p taken from a small one is still negative after one addition.
        let (difference, under) = plus_p_if(&difference, under);
        Self(plus_p_if(&difference, under).0)
    }

    #[inline(always)]
    pub(crate) fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// −self where the mask is all ones, self where it is zero.
    #[inline(always)]
    pub(crate) fn neg_if(&self, mask: u64) -> Self {
        Self::select(mask, &self.neg(), self)
    }

    #[inline(always)]
    pub(crate) fn select(mask: u64, yes: &Self, no: &Self) -> Self {
        Self(limbs::select(mask, &yes.0, &no.0))
    }

    #[inline(always)]
    pub(crate) fn is_zero(&self) -> bool {
        self.0 == [0; 4] || self.0 == P
    }

    /// 1/self, and 0 for 0, by Fermat: 255 squarings and 14 products whatever the number.
    pub(crate) fn invert(&self) -> Self {
        let ones = Ones::of(self);
        // p − 2 = 31 ones, a zero, 128 ones, 32 zeros, 62 ones, 01.
        let mut result = ones.x31;
        for zeros_and_ones in [33, 32, 32, 32, 64] {
            result = result.sqr_times(zeros_and_ones).mul(&ones.x32);
        }
        result.sqr_times(30).mul(&ones.x30).sqr_times(2).mul(self)
    }

    /// 1/self, and 0 for 0, in a time that depends on the number: for public ones.
    pub(crate) fn invert_vartime(&self) -> Self {
        // x·R becomes R²/(x·R) = R/x, the Montgomery form of the inverse.
        Self(modinv::divide_vartime(&R2, &self.0))
    }

    /// A square root, if there is one: the (p + 1)/4-th power, p being 3 modulo 4.
    pub(crate) fn sqrt(&self) -> Option<Self> {
        // (p + 1)/4 = 2^62 · (2^32 − 1) · (2^160 − 1).
        let a = Ones::of(self).x32;
        let a2 = a.sqr().mul(&a);
        let a4 = a2.sqr_times(2).mul(&a2);
        let a5 = a4.sqr().mul(&a);
        let a10 = a5.sqr_times(5).mul(&a5);
        let a20 = a10.sqr_times(10).mul(&a10);
        let a40 = a20.sqr_times(20).mul(&a20);
        let a80 = a40.sqr_times(40).mul(&a40);
        let a160 = a80.sqr_times(80).mul(&a80);
        let root = a160.sqr_times(62);
        (root.sqr() == *self).then_some(root)
    }
}

/// The powers of x with 30, 31 and 32 binary ones.
struct Ones {
    x30: Fe,
    x31: Fe,
    x32: Fe,
}

impl Ones {
    fn of(x: &Fe) -> Self {
        let x2 = x.sqr().mul(x);
        let x3 = x2.sqr().mul(x);
        let x6 = x3.sqr_times(3).mul(&x3);
        let x12 = x6.sqr_times(6).mul(&x6);
        let x15 = x12.sqr_times(3).mul(&x3);
        let x30 = x15.sqr_times(15).mul(&x15);
        let x31 = x30.sqr().mul(x);
        let x32 = x31.sqr().mul(x);
        Self { x30, x31, x32 }
    }
}

/// 2^256 − p.
const C: Limbs = [1, 0x0000_0000_ffff_ffff, 0, 0x0000_0001_0000_0000];

/// The number over·2^256 + t, less p if it is over 2^256, and whether it still is.
#[inline(always)]
fn minus_p_if(t: &Limbs, over: bool) -> (Limbs, bool) {
    let mask = limbs::mask(over);
    limbs::add(t, &[u64::from(over), C[1] & mask, 0, C[3] & mask])
}

/// The number t − under·2^256, and p if it is negative, and whether it still is.
#[inline(always)]
fn plus_p_if(t: &Limbs, under: bool) -> (Limbs, bool) {
    let mask = limbs::mask(under);
    limbs::sub(t, &[u64::from(under), C[1] & mask, 0, C[3] & mask])
}

/// t / 2^256 modulo p, below 2^256. The quotient is below 2^256 + p, as the reduction adds at most (2^256 − 1)·p to t.
#[inline(always)]
fn montgomery(t: &[u64; 8]) -> Limbs {
    let low = round(round(round(round([t[0], t[1], t[2], t[3]]))));
    let (sum, over) = limbs::add(&low, &[t[4], t[5], t[6], t[7]]);
    minus_p_if(&sum, over).0
}

/// One word of the reduction: (t + m·p) / 2^64 for the m that clears the lowest word, which is that word. The result is below
/// 2^256: t/2^64 + m·(2^192 − 2^160 − 2^32 + 1) < 2^192 + 2^256 − 2^224.
#[inline(always)]
fn round(t: Limbs) -> Limbs {
    let m = t[0];
    let (low, high) = (m << 32, m >> 32);
    let (q0, b) = m.borrowing_sub(low, false);
    let (q1, b) = 0u64.borrowing_sub(high, b);
    let (q2, b) = 0u64.borrowing_sub(low, b);
    let (q3, _) = m.borrowing_sub(high, b);
    limbs::add(&[t[1], t[2], t[3], 0], &[q0, q1, q2, q3]).0
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
