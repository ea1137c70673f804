//! Numbers of four 64-bit words, lowest first: carries, products, bytes. Nothing here knows a modulus; nothing branches on values.
use crate::simd::opaque;

pub(crate) type Limbs = [u64; 4];

/// a + b and the carry.
#[inline(always)]
pub(crate) fn add(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].carrying_add(b[0], false);
    let (r1, c) = a[1].carrying_add(b[1], c);
    let (r2, c) = a[2].carrying_add(b[2], c);
    let (r3, c) = a[3].carrying_add(b[3], c);
    ([r0, r1, r2, r3], c)
}

/// a − b modulo 2^256 and whether it borrowed.
#[inline(always)]
pub(crate) fn sub(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].borrowing_sub(b[0], false);
    let (r1, c) = a[1].borrowing_sub(b[1], c);
    let (r2, c) = a[2].borrowing_sub(b[2], c);
    let (r3, c) = a[3].borrowing_sub(b[3], c);
    ([r0, r1, r2, r3], c)
}

/// `yes` where the mask is all ones, `no` where it is zero.
#[inline(always)]
pub(crate) fn select(mask: u64, yes: &Limbs, no: &Limbs) -> Limbs {
    let pick = |i: usize| no[i] ^ ((no[i] ^ yes[i]) & mask);
    [pick(0), pick(1), pick(2), pick(3)]
}

/// A condition as a mask: all ones, or zero. The compiler may not turn it back into a condition, and so into a branch.
#[inline(always)]
pub(crate) fn mask(condition: bool) -> u64 {
    opaque(0u64.wrapping_sub(u64::from(condition)))
}

/// The number `carry`·2^256 + t, brought below m by one subtraction; it must be below 2m.
#[inline(always)]
pub(crate) fn reduce_once(t: &Limbs, carry: bool, m: &Limbs) -> Limbs {
    let (less, borrow) = sub(t, m);
    select(mask(borrow & !carry), t, &less)
}

/// The full product.
#[inline(always)]
pub(crate) fn mul_wide(a: &Limbs, b: &Limbs) -> [u64; 8] {
    let mut t = [0u64; 8];
    for i in 0..4 {
        let mut high = 0;
        for j in 0..4 {
            (t[i + j], high) = a[j].carrying_mul_add(b[i], t[i + j], high);
        }
        t[i + 4] = high;
    }
    t
}

/// The full square: six products doubled, four squares.
#[inline(always)]
pub(crate) fn sqr_wide(a: &Limbs) -> [u64; 8] {
    let (t1, h) = a[0].carrying_mul(a[1], 0);
    let (t2, h) = a[0].carrying_mul(a[2], h);
    let (t3, t4) = a[0].carrying_mul(a[3], h);
    let (t3, h) = a[1].carrying_mul(a[2], t3);
    let (t4, h) = a[1].carrying_mul_add(a[3], t4, h);
    let (t5, t6) = a[2].carrying_mul(a[3], h);
    let doubled = |low: u64, high: u64| (high << 1) | (low >> 63);
    let (s0, x0) = a[0].carrying_mul(a[0], 0);
    let (s1, x1) = a[1].carrying_mul(a[1], 0);
    let (s2, x2) = a[2].carrying_mul(a[2], 0);
    let (s3, x3) = a[3].carrying_mul(a[3], 0);
    let (r1, c) = (t1 << 1).carrying_add(x0, false);
    let (r2, c) = doubled(t1, t2).carrying_add(s1, c);
    let (r3, c) = doubled(t2, t3).carrying_add(x1, c);
    let (r4, c) = doubled(t3, t4).carrying_add(s2, c);
    let (r5, c) = doubled(t4, t5).carrying_add(x2, c);
    let (r6, c) = doubled(t5, t6).carrying_add(s3, c);
    let (r7, _) = (t6 >> 63).carrying_add(x3, c);
    [s0, r1, r2, r3, r4, r5, r6, r7]
}

/// Big-endian bytes as a number.
#[inline]
pub(crate) fn from_be(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    }
    limbs
}

/// A number as big-endian bytes.
#[inline]
pub(crate) fn to_be(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// Whether a < b.
#[inline]
pub(crate) fn less(a: &Limbs, b: &Limbs) -> bool {
    sub(a, b).1
}
