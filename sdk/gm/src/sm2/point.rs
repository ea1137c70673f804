//! Points of the curve y² = x³ − 3x + b in the three shapes the crate computes in. All that is here may branch on the points, which
//! are public; signing has its own (`comb.rs`).
use super::field::Fe;

/// b.
pub(crate) const B: Fe = Fe([
    0x90d2_3063_2bc0_dd42,
    0x71cf_379a_e9b5_37ab,
    0x5279_8150_5ea5_1c3c,
    0x240f_e188_ba20_e2c8,
]);
/// The base point.
pub(crate) const G: Affine = Affine {
    x: Fe([
        0x6132_8990_f418_029e,
        0x3e79_81ed_dca6_c050,
        0xd6a1_ed99_ac24_c3c3,
        0x9116_7a5e_e1c1_3b05,
    ]),
    y: Fe([
        0xc135_4e59_3c2d_0ddd,
        0xc1f5_e578_8d32_95fa,
        0x8d4c_fb06_6e2a_48f8,
        0x63cd_65d4_81d7_35bd,
    ]),
};

/// A point that is not infinity. One cache line, so that a lookup in a table touches one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Affine {
    pub(crate) x: Fe,
    pub(crate) y: Fe,
}

impl Affine {
    /// The point with these coordinates, if it is on the curve.
    pub(crate) fn new(x: Fe, y: Fe) -> Option<Self> {
        (y.sqr() == right_side(&x)).then_some(Self { x, y })
    }

    /// The point with this x and the y of this parity, if there is one.
    pub(crate) fn lift(x: Fe, odd: bool) -> Option<Self> {
        let y = right_side(&x).sqrt()?;
        let is_odd = y.to_limbs()[0] & 1 == 1;
        // y = 0 would be a point of order 2, of which there is none on a curve of prime order.
        Some(Self { x, y: if is_odd == odd { y } else { y.neg() } })
    }

    /// −self where the mask is all ones.
    #[inline(always)]
    pub(crate) fn neg_if(&self, mask: u64) -> Self {
        Self { x: self.x, y: self.y.neg_if(mask) }
    }
}

fn right_side(x: &Fe) -> Fe {
    x.sqr().mul(x).sub(&x.triple()).add(&B)
}

/// x = X/Z², y = Y/Z³; infinity has Z = 0. Doubles in eight products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jacobian {
    pub(crate) x: Fe,
    pub(crate) y: Fe,
    pub(crate) z: Fe,
}

impl Jacobian {
    pub(crate) const INFINITY: Self = Self { x: Fe::ONE, y: Fe::ONE, z: Fe::ZERO };

    pub(crate) fn from_affine(point: &Affine) -> Self {
        Self { x: point.x, y: point.y, z: Fe::ONE }
    }

    /// 2·self (dbl-2001-b); infinity stays infinity.
    #[inline]
    pub(crate) fn double(&self) -> Self {
        let delta = self.z.sqr();
        let gamma = self.y.sqr();
        let beta = self.x.mul(&gamma);
        let alpha = self.x.sub(&delta).mul(&self.x.add(&delta)).triple();
        let beta4 = beta.double().double();
        let x = alpha.sqr().sub(&beta4.double());
        let z = self.y.add(&self.z).sqr().sub(&gamma).sub(&delta);
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma.sqr().double().double().double());
        Self { x, y, z }
    }

    /// self + other, whatever the two are (madd-2004-hmv with its exceptions).
    #[inline]
    pub(crate) fn add_affine(&self, other: &Affine) -> Self {
        if self.z.is_zero() {
            return Self::from_affine(other);
        }
        let zz = self.z.sqr();
        let h = other.x.mul(&zz).sub(&self.x);
        let r = other.y.mul(&self.z.mul(&zz)).sub(&self.y);
        if h.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let hh = h.sqr();
        let hhh = h.mul(&hh);
        let v = self.x.mul(&hh);
        let x = r.sqr().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&hhh));
        Self { x, y, z: self.z.mul(&h) }
    }

    pub(crate) fn to_extended(self) -> Extended {
        if self.z.is_zero() {
            return Extended::INFINITY;
        }
        let zz = self.z.sqr();
        Extended { x: self.x, y: self.y, zz, zzz: zz.mul(&self.z) }
    }
}

/// x = X/ZZ, y = Y/ZZZ with ZZ³ = ZZZ². Adds an affine point in ten products. Infinity is all zeros: its X = 0 makes an addition
/// to it one of the exceptions, so that the others need no question for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extended {
    pub(crate) x: Fe,
    pub(crate) y: Fe,
    pub(crate) zz: Fe,
    pub(crate) zzz: Fe,
}

impl Extended {
    pub(crate) const INFINITY: Self =
        Self { x: Fe::ZERO, y: Fe::ZERO, zz: Fe::ZERO, zzz: Fe::ZERO };

    pub(crate) fn from_affine(point: &Affine) -> Self {
        Self { x: point.x, y: point.y, zz: Fe::ONE, zzz: Fe::ONE }
    }

    /// self + other, whatever the two are (madd-2008-s with its exceptions).
    #[inline]
    pub(crate) fn add_affine(&self, other: &Affine) -> Self {
        let p = other.x.mul(&self.zz).sub(&self.x);
        if p.is_zero() {
            return self.add_exceptional(other);
        }
        let r = other.y.mul(&self.zzz).sub(&self.y);
        let pp = p.sqr();
        let ppp = p.mul(&pp);
        let q = self.x.mul(&pp);
        let x = r.sqr().sub(&ppp).sub(&q.double());
        let y = r.mul(&q.sub(&x)).sub(&self.y.mul(&ppp));
        Self { x, y, zz: self.zz.mul(&pp), zzz: self.zzz.mul(&ppp) }
    }

    /// self + other where X = x·ZZ: one of them is the other, its opposite, or self is infinity.
    #[cold]
    #[inline(never)]
    fn add_exceptional(&self, other: &Affine) -> Self {
        if self.zz.is_zero() {
            return Self::from_affine(other);
        }
        if other.y.mul(&self.zzz) == self.y {
            return Jacobian::from_affine(other).double().to_extended();
        }
        Self::INFINITY
    }
}
