//! Numbers modulo the order n of the base point, always below n. Signing computes with them in Montgomery form and branches on none;
//! verification only adds and subtracts.
use super::limbs::{self, Limbs};

/// n.
pub(crate) const N: Limbs =
    [0x53bb_f409_39d5_4123, 0x7203_df6b_21c6_052b, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];
/// −1/n modulo 2^64.
const N_INVERSE: u64 = 0x327f_9e88_7235_0975;
/// 2^512 modulo n.
const R2: Limbs =
    [0x9011_92af_7c11_4f20, 0x3464_504a_de6f_a2fa, 0x620f_c84c_3aff_e0d4, 0x1eb5_e412_a22b_3d3b];

/// A number modulo n.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar(pub(crate) Limbs);

impl Scalar {
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// The number with these big-endian bytes, if below n.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs::from_be(bytes);
        limbs::less(&limbs, &N).then_some(Self(limbs))
    }

    /// The number with these big-endian bytes, less n if it is not below: any 256-bit number is below 2n.
    #[inline]
    pub(crate) fn reduced(bytes: &[u8; 32]) -> Self {
        Self(limbs::reduce_once(&limbs::from_be(bytes), false, &N))
    }

    /// The same for words.
    #[inline]
    pub(crate) fn reduced_limbs(limbs: &Limbs) -> Self {
        Self(limbs::reduce_once(limbs, false, &N))
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        limbs::to_be(&self.0)
    }

    #[inline]
    pub(crate) fn is_zero(&self) -> bool {
        (self.0[0] | self.0[1] | self.0[2] | self.0[3]) == 0
    }

    #[inline]
    pub(crate) fn add(&self, other: &Self) -> Self {
        let (sum, carry) = limbs::add(&self.0, &other.0);
        Self(limbs::reduce_once(&sum, carry, &N))
    }

    #[inline]
    pub(crate) fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = limbs::sub(&self.0, &other.0);
        let mask = limbs::mask(borrow);
        Self(limbs::add(&difference, &N.map(|word| word & mask)).0)
    }

    /// self · 2^256, the Montgomery form.
    pub(crate) fn to_montgomery(self) -> Self {
        self.montgomery_mul(&Self(R2))
    }

    /// self · other / 2^256.
    pub(crate) fn montgomery_mul(&self, other: &Self) -> Self {
        let t = limbs::mul_wide(&self.0, &other.0);
        let mut low = [t[0], t[1], t[2], t[3]];
        for _ in 0..4 {
            low = round(low);
        }
        let (sum, carry) = limbs::add(&low, &[t[4], t[5], t[6], t[7]]);
        Self(limbs::reduce_once(&sum, carry, &N))
    }

    /// 1/self, and 0 for 0, by Fermat: the exponent n − 2 is public, so the branches on its bits tell nothing.
    pub(crate) fn invert(&self) -> Self {
        let base = self.to_montgomery();
        let exponent = limbs::sub(&N, &[2, 0, 0, 0]).0;
        let mut result = Self::ONE.to_montgomery();
        for bit in (0..256usize).rev() {
            result = result.montgomery_mul(&result);
            if (exponent[bit / 64] >> (bit % 64)) & 1 == 1 {
                result = result.montgomery_mul(&base);
            }
        }
        result.montgomery_mul(&Self::ONE)
    }
}

/// One word of the reduction: (t + m·n) / 2^64 for the m that clears the lowest word.
#[inline(always)]
fn round(t: Limbs) -> Limbs {
    let m = t[0].wrapping_mul(N_INVERSE);
    let (_, h) = m.carrying_mul_add(N[0], t[0], 0);
    let (r0, h) = m.carrying_mul_add(N[1], t[1], h);
    let (r1, h) = m.carrying_mul_add(N[2], t[2], h);
    let (r2, r3) = m.carrying_mul_add(N[3], t[3], h);
    [r0, r1, r2, r3]
}

#[cfg(test)]
#[path = "scalar_tests.rs"]
mod tests;
