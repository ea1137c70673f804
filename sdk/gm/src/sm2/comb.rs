//! Multiples of the base point by secret scalars: the same instructions on the same addresses whatever the scalar.
//!
//! Comes in: a scalar. Goes out: x and y of its multiple of G. Every digit is odd, so every place adds one entry; the entry is taken by
//! reading all of its place and keeping one; the addition formulas are complete, so no case needs another way.
use super::digits::{self, Digits};
use super::field::Fe;
use super::point::{Affine, B, G};
use super::scalar::Scalar;
use super::table::Table;
use crate::simd::opaque;
use alloc::sync::Arc;
use zeroize::Zeroize;

/// The bits of a digit: 43 places of 32 entries, 86 KiB.
const WINDOW: u32 = 6;

/// The table of G for signing.
#[derive(Clone)]
pub(crate) struct Comb(Arc<Table>);

impl Comb {
    /// With `std` all keys share one table; without, each key has its own.
    pub(crate) fn new() -> Self {
        #[cfg(feature = "std")]
        {
            static SHARED: std::sync::OnceLock<Comb> = std::sync::OnceLock::new();
            SHARED.get_or_init(Self::build).clone()
        }
        #[cfg(not(feature = "std"))]
        Self::build()
    }

    fn build() -> Self {
        Self(Arc::new(Table::new(&G, WINDOW)))
    }

    /// k·G for a k that is not 0 modulo n.
    pub(crate) fn multiply(&self, k: &Scalar) -> Affine {
        let mut digits = Digits::new(&k.0, WINDOW);
        let mut sum = Projective::from_affine(&self.select(&digits, 0));
        for place in 1..digits::count(WINDOW) {
            sum = sum.add_affine(&self.select(&digits, place));
        }
        let mut inverse = sum.z.invert();
        let point = Affine { x: sum.x.mul(&inverse), y: sum.y.mul(&inverse) };
        // Z tells bits of k to whoever sees it.
        inverse.0.zeroize();
        sum.zeroize();
        digits.zeroize();
        point
    }

    /// The entry of a place that the digit there asks for.
    #[inline(always)]
    fn select(&self, digits: &Digits, place: usize) -> Affine {
        let (wanted, negative) = digits.at(place, WINDOW);
        let half = 1usize << (WINDOW - 1);
        let (mut x, mut y) = ([0u64; 4], [0u64; 4]);
        for (index, entry) in self.0.entries()[place * half..][..half].iter().enumerate() {
            // All ones where the two are the same: only 0 less 1 has a top bit.
            let differ = (index ^ wanted) as u64;
            let mask = opaque(((differ.wrapping_sub(1) as i64) >> 63) as u64);
            for i in 0..4 {
                x[i] |= entry.x.0[i] & mask;
                y[i] |= entry.y.0[i] & mask;
            }
        }
        Affine { x: Fe(x), y: Fe(y).neg_if(negative) }
    }
}

/// x = X/Z, y = Y/Z.
struct Projective {
    x: Fe,
    y: Fe,
    z: Fe,
}

impl Projective {
    fn from_affine(point: &Affine) -> Self {
        Self { x: point.x, y: point.y, z: Fe::ONE }
    }

    /// self + other for any two points but an infinite `other` (Renes, Costello, Batina, "Complete addition formulas for prime order
    /// elliptic curves", algorithm 5, for a = −3).
    #[inline]
    fn add_affine(&self, other: &Affine) -> Self {
        let t0 = self.x.mul(&other.x);
        let t1 = self.y.mul(&other.y);
        let t3 = other.x.add(&other.y).mul(&self.x.add(&self.y)).sub(&t0.add(&t1));
        let t4 = other.y.mul(&self.z).add(&self.y);
        let y3 = other.x.mul(&self.z).add(&self.x);
        let x3 = y3.sub(&B.mul(&self.z)).triple();
        let (z3, x3) = (t1.sub(&x3), t1.add(&x3));
        let t2 = self.z.triple();
        let y3 = B.mul(&y3).sub(&t2).sub(&t0).triple();
        let t0 = t0.triple().sub(&t2);
        Self {
            x: t3.mul(&x3).sub(&t4.mul(&y3)),
            y: x3.mul(&z3).add(&t0.mul(&y3)),
            z: t4.mul(&z3).add(&t3.mul(&t0)),
        }
    }
}

impl Zeroize for Projective {
    fn zeroize(&mut self) {
        for number in [&mut self.x, &mut self.y, &mut self.z] {
            number.0.zeroize();
        }
    }
}
