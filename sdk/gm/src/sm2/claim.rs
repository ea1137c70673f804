//! What a signature claims: s·G + t·P has an x that is r − e modulo n (GB/T 32918.2-2016, 7.1, steps B1 to B7).
use super::field::{Fe, P};
use super::limbs;
use super::scalar::{N, Scalar};

/// A signature whose ranges are right, with its digest: the two scalars and the x expected.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) s: Scalar,
    pub(crate) t: Scalar,
    /// (r − e) modulo n: x, or x less n.
    x: Scalar,
}

impl Claim {
    /// `None`, so no good signature, if it has not 64 bytes, r or s is not in 1 … n − 1, or r + s = n.
    #[inline]
    pub(crate) fn new(digest: &[u8; 32], signature: &[u8]) -> Option<Self> {
        let (r, s) = signature.split_at_checked(32)?;
        let r = Scalar::from_bytes(r.try_into().ok()?)?;
        let s = Scalar::from_bytes(s.try_into().ok()?)?;
        let t = r.add(&s);
        if r.is_zero() || s.is_zero() || t.is_zero() {
            return None;
        }
        Some(Self { s, t, x: r.sub(&Scalar::reduced(digest)) })
    }

    /// The one or two numbers below p that are the expected x modulo n.
    #[inline]
    fn candidates(&self) -> (Fe, Option<Fe>) {
        let (sum, carry) = limbs::add(&self.x.0, &N);
        let second = (!carry && limbs::less(&sum, &P)).then(|| Fe::from_limbs(&sum));
        (Fe::from_limbs(&self.x.0), second)
    }

    /// Whether the point with x = X/ZZ has the expected x, asked without an inversion. Infinity (ZZ = 0) has none.
    #[inline]
    pub(crate) fn holds_for(&self, x: &Fe, zz: &Fe) -> bool {
        let (first, second) = self.candidates();
        !zz.is_zero() && (first.mul(zz) == *x || second.is_some_and(|second| second.mul(zz) == *x))
    }
}
