//! Several numbers modulo p side by side: what the batch computes in, and its portable form.
//!
//! The portable form holds four numbers and takes each operation four times in a row; the four do not wait for one another, so that
//! the CPU overlaps them. The other form is in `simd/sm2_ifma.rs`.
use super::field::Fe;
use super::point::Affine;

/// `WIDTH` numbers modulo p, each in its lane.
pub(crate) trait Lanes: Copy {
    /// The lanes.
    const WIDTH: usize;
    /// What proves that the CPU can do it.
    type Token: Copy;

    /// The numbers of a slice of `WIDTH`.
    fn from_fe(token: Self::Token, numbers: &[Fe]) -> Self;
    /// Writes the numbers to a slice of `WIDTH`.
    fn to_fe(&self, numbers: &mut [Fe]);
    /// x and y of `WIDTH` points, each turned to its opposite where its mask is all ones.
    fn load(token: Self::Token, points: &[(&Affine, u64)]) -> [Self; 2];
    fn mul(&self, other: &Self) -> Self;
    fn sqr(&self) -> Self;
    /// self − other.
    fn sub(&self, other: &Self) -> Self;
    /// self − b − c.
    fn sub_both(&self, b: &Self, c: &Self) -> Self;
    /// self − other, only to be a factor; neither may be such a difference itself.
    fn factor(&self, other: &Self) -> Self;
}

/// Four numbers.
#[derive(Clone, Copy)]
pub(crate) struct Four([Fe; 4]);

impl Lanes for Four {
    const WIDTH: usize = 4;
    type Token = ();

    #[inline(always)]
    fn from_fe((): (), numbers: &[Fe]) -> Self {
        Self(core::array::from_fn(|i| numbers[i]))
    }

    #[inline(always)]
    fn to_fe(&self, numbers: &mut [Fe]) {
        numbers.copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn load((): (), points: &[(&Affine, u64)]) -> [Self; 2] {
        let x = core::array::from_fn(|i| points[i].0.x);
        let y = core::array::from_fn(|i| points[i].0.y.neg_if(points[i].1));
        [Self(x), Self(y)]
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].mul(&other.0[i])))
    }

    #[inline(always)]
    fn sqr(&self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].sqr()))
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i].sub(&other.0[i])))
    }

    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        self.sub(b).sub(c)
    }

    #[inline(always)]
    fn factor(&self, other: &Self) -> Self {
        self.sub(other)
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
