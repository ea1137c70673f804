//! A scalar as digits that are all odd, so that none is zero and every sum has the same number of terms.
//!
//! An odd k below 2^(w·m) is Σ dᵢ·2^(w·i) over m digits dᵢ in ±1, ±3, … ±(2^w − 1): with every binary place holding +1 or −1 instead
//! of 1 or 0, the signs are the bits of (k + 2^(w·m) − 1)/2, which is k/2 rounded down, with the place above set. For an even k the digits
//! are those of n − k, which is odd, with their signs turned.
use super::limbs::{self, Limbs};
use super::scalar::N;

/// The number of digits of `window` bits that hold any scalar.
pub(crate) const fn count(window: u32) -> usize {
    256u32.div_ceil(window) as usize
}

/// The digits of one scalar for one window. No branch and no address depends on the scalar.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    signs: [u64; 5],
    turned: u64,
}

impl Digits {
    #[inline]
    pub(crate) fn new(scalar: &Limbs, window: u32) -> Self {
        let even = limbs::mask(scalar[0] & 1 == 0);
        let [a, b, c, d] = limbs::select(even, &limbs::sub(&N, scalar).0, scalar);
        let half = |low: u64, high: u64| (low >> 1) | (high << 63);
        let mut signs = [half(a, b), half(b, c), half(c, d), d >> 1, 0];
        let top = count(window) * window as usize - 1;
        signs[top / 64] |= 1 << (top % 64);
        Self { signs, turned: even }
    }

    /// The digit at place `i`: which odd number, counted from 0 for 1, and a mask that is all ones if it is negative.
    #[inline(always)]
    pub(crate) fn at(&self, i: usize, window: u32) -> (usize, u64) {
        let place = i * window as usize;
        let (word, shift) = (place / 64, (place % 64) as u32);
        let low = self.signs[word] >> shift;
        // A shift by 64 in two steps; above the top word there is nothing.
        let above = if word < 4 { (self.signs[word + 1] << 1) << (63 - shift) } else { 0 };
        let field = low | above;
        let negative = ((field >> (window - 1)) & 1).wrapping_sub(1);
        let index = (field ^ negative) & ((1 << (window - 1)) - 1);
        (index as usize, negative ^ self.turned)
    }
}

impl zeroize::Zeroize for Digits {
    fn zeroize(&mut self) {
        self.signs.zeroize();
        self.turned.zeroize();
    }
}

#[cfg(test)]
#[path = "digits_tests.rs"]
mod tests;
