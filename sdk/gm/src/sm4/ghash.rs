//! The hash of GCM: a polynomial over the field of 2^128 elements, NIST SP 800-38D section 6.4.
//!
//! Comes in: the hash key, blocks. Goes out: the sum after them. Never: a table or a branch that depends on the key or the blocks.
use super::engine::Engine;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Clmul, Vpclmul};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Powers of the hash key that are kept: as many blocks are multiplied before one reduction.
pub(crate) const POWERS: usize = 16;

/// A hash key. It is wiped when dropped.
#[derive(Clone)]
pub(super) struct Ghash {
    key: [u8; 16],
    /// For the kernels: the highest power first, in their own representation.
    powers: [[u8; 16]; POWERS],
    kernel: Kernel,
}

#[derive(Clone, Copy)]
enum Kernel {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Clmul(Clmul),
    #[cfg(target_arch = "x86_64")]
    Vpclmul(Clmul, Vpclmul),
}

impl Kernel {
    #[cfg(target_arch = "x86_64")]
    fn of(engine: Engine) -> Self {
        match (engine, Clmul::detect(), Vpclmul::detect()) {
            (Engine::Portable, ..) | (_, None, _) => Self::Portable,
            (Engine::GfniAvx512, Some(narrow), Some(wide)) => Self::Vpclmul(narrow, wide),
            (_, Some(narrow), _) => Self::Clmul(narrow),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of(_: Engine) -> Self {
        Self::Portable
    }
}

impl Ghash {
    pub(super) fn new(engine: Engine, key: &[u8; 16]) -> Self {
        let kernel = Kernel::of(engine);
        let powers = match kernel {
            Kernel::Portable => [[0; 16]; POWERS],
            #[cfg(target_arch = "x86_64")]
            Kernel::Clmul(clmul) | Kernel::Vpclmul(clmul, _) => clmul.powers(key),
        };
        Self { key: *key, powers, kernel }
    }

    /// `sum` ← ((`sum` ⊕ block) · key) for each block in turn.
    pub(super) fn update(&self, sum: &mut [u8; 16], blocks: &[[u8; 16]]) {
        match self.kernel {
            Kernel::Portable => update(&self.key, sum, blocks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Clmul(clmul) => clmul.ghash(&self.powers, sum, blocks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Vpclmul(clmul, vpclmul) => {
                let (wide, rest) = blocks.as_chunks::<POWERS>();
                vpclmul.ghash(&self.powers, sum, wide);
                clmul.ghash(&self.powers, sum, rest);
            }
        }
    }
}

impl Drop for Ghash {
    fn drop(&mut self) {
        self.key.zeroize();
        self.powers.zeroize();
    }
}

impl ZeroizeOnDrop for Ghash {}

/// Two halves of 64 bits, the one with the lower powers of x second, as GCM writes its bytes.
#[derive(Clone, Copy)]
struct Halves {
    high: u64,
    low: u64,
}

impl Halves {
    fn from_bytes(bytes: &[u8; 16]) -> Self {
        let number = u128::from_be_bytes(*bytes);
        Self { high: (number >> 64) as u64, low: number as u64 }
    }

    fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.high) << 64 | u128::from(self.low)).to_be_bytes()
    }
}

/// The portable code.
fn update(key: &[u8; 16], sum: &mut [u8; 16], blocks: &[[u8; 16]]) {
    let key = Halves::from_bytes(key);
    let mut y = Halves::from_bytes(sum);
    for block in blocks {
        let block = Halves::from_bytes(block);
        y = multiply(Halves { high: y.high ^ block.high, low: y.low ^ block.low }, key);
    }
    *sum = y.to_bytes();
}

/// The product in the field. GCM writes polynomials with the bits reversed: the product of 128 by 128 bits comes out one place short.
#[inline(always)]
fn multiply(y: Halves, h: Halves) -> Halves {
    // Karatsuba: three products for the lower halves of 64 by 64 bits, three of the reversed numbers for the upper halves.
    let (low, low_top) = multiply_64(y.low, h.low);
    let (high, high_top) = multiply_64(y.high, h.high);
    let (mixed, mixed_top) = multiply_64(y.low ^ y.high, h.low ^ h.high);
    let middle = mixed ^ low ^ high;
    let middle_top = mixed_top ^ low_top ^ high_top;
    let [v0, v1, v2, v3] = [low, low_top ^ middle, high ^ middle_top, high_top];
    let [v0, v1, v2, v3] = [v0 << 1, v1 << 1 | v0 >> 63, v2 << 1 | v1 >> 63, v3 << 1 | v2 >> 63];
    // Modulo x^128 + x^7 + x^2 + x + 1, reversed.
    let v2 = v2 ^ v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
    let v1 = v1 ^ v0 << 63 ^ v0 << 62 ^ v0 << 57;
    let v3 = v3 ^ v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
    let v2 = v2 ^ v1 << 63 ^ v1 << 62 ^ v1 << 57;
    Halves { high: v3, low: v2 }
}

/// The product of two polynomials: its lower 64 bits, and the rest.
#[inline(always)]
fn multiply_64(x: u64, y: u64) -> (u64, u64) {
    (multiply_low(x, y), multiply_low(x.reverse_bits(), y.reverse_bits()).reverse_bits() >> 1)
}

/// The lower 64 bits of the product of two polynomials, by integer multiplication: only every fourth bit is set in each factor, so
/// that carries end in the three holes and are masked away (Pornin's method, in BearSSL).
#[inline(always)]
fn multiply_low(x: u64, y: u64) -> u64 {
    const EVERY_FOURTH: u64 = 0x1111_1111_1111_1111;
    let every =
        |number: u64| core::array::from_fn::<u64, 4, _>(|start| number & EVERY_FOURTH << start);
    let (x, y) = (every(x), every(y));
    let mut product = 0;
    for start in 0..4 {
        let mut sum = 0;
        for first in 0..4 {
            sum ^= x[first].wrapping_mul(y[(start + 4 - first) % 4]);
        }
        product |= sum & EVERY_FOURTH << start;
    }
    product
}
