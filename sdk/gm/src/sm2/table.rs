//! Tables of a point's multiples: every multiple a digit can ask for at every place, so that k·P is a sum of one entry per place and
//! needs no doubling.
//!
//! Comes in: a point on the curve, a window of w bits. Goes out: 2^(w−1) affine entries for each of ⌈256/w⌉ places, one cache line each.
use super::digits;
use super::field::Fe;
use super::point::{Affine, Jacobian};
use alloc::vec;
use alloc::vec::Vec;

/// The entries j of place i at i·2^(w−1) + j hold (2j + 1)·2^(w·i)·P.
pub(crate) struct Table {
    window: u32,
    entries: Vec<Affine>,
}

impl Table {
    /// Builds in affine coordinates, place by place in step: all additions of one round share an inversion.
    pub(crate) fn new(point: &Affine, window: u32) -> Self {
        let places = digits::count(window);
        let powers = powers_of_two(point, places * window as usize);
        let half = 1usize << (window - 1);
        let mut entries = vec![*point; places * half];
        for place in 0..places {
            entries[place * half] = powers[place * window as usize];
        }
        let mut inverses = Vec::with_capacity(places * half / 2);
        for level in 1..window as usize {
            // (2j + 1) + 2^level for the entries known so far; the two differ, and neither they nor their sum reach n.
            let known = 1usize << (level - 1);
            inverses.clear();
            for (place, block) in entries.chunks_exact(half).enumerate() {
                let power = &powers[place * window as usize + level];
                inverses.extend(block[..known].iter().map(|entry| power.x.sub(&entry.x)));
            }
            invert_all(&mut inverses);
            for (place, block) in entries.chunks_exact_mut(half).enumerate() {
                let power = &powers[place * window as usize + level];
                let (from, to) = block.split_at_mut(known);
                for ((from, to), inverse) in from.iter().zip(to).zip(&inverses[place * known..]) {
                    *to = chord(from, power, inverse);
                }
            }
        }
        Self { window, entries }
    }

    #[inline(always)]
    pub(crate) fn window(&self) -> u32 {
        self.window
    }

    /// The entry for a digit's index at a place.
    #[inline(always)]
    pub(crate) fn entry(&self, place: usize, index: usize) -> &Affine {
        &self.entries[(place << (self.window - 1)) + index]
    }

    pub(crate) fn entries(&self) -> &[Affine] {
        &self.entries
    }
}

/// The bytes of a table with this window.
pub(crate) const fn bytes(window: u32) -> usize {
    digits::count(window) * (1 << (window - 1)) * size_of::<Affine>()
}

/// a + b, given 1/(b.x − a.x).
#[inline(always)]
pub(crate) fn chord(a: &Affine, b: &Affine, inverse: &Fe) -> Affine {
    let slope = b.y.sub(&a.y).mul(inverse);
    let x = slope.sqr().sub(&a.x).sub(&b.x);
    let y = slope.mul(&a.x.sub(&x)).sub(&a.y);
    Affine { x, y }
}

/// P, 2P, 4P … 2^(count − 1)·P.
fn powers_of_two(point: &Affine, count: usize) -> Vec<Affine> {
    let mut powers = Vec::with_capacity(count);
    let mut power = Jacobian::from_affine(point);
    for _ in 0..count {
        powers.push(power);
        power = power.double();
    }
    to_affine(&powers)
}

/// Points that are not infinity, made affine with one inversion.
pub(crate) fn to_affine(points: &[Jacobian]) -> Vec<Affine> {
    let mut inverses: Vec<Fe> = points.iter().map(|point| point.z).collect();
    invert_all(&mut inverses);
    let affine = |(point, inverse): (&Jacobian, &Fe)| {
        let square = inverse.sqr();
        Affine { x: point.x.mul(&square), y: point.y.mul(&square.mul(inverse)) }
    };
    points.iter().zip(&inverses).map(affine).collect()
}

/// The inverses of at most eight numbers of which none is zero, with one inversion.
pub(crate) fn invert_few(values: &mut [Fe]) {
    let mut before = [Fe::ONE; 8];
    let mut product = Fe::ONE;
    for (value, before) in values.iter().zip(&mut before) {
        *before = product;
        product = product.mul(value);
    }
    let mut inverse = product.invert_vartime();
    for (value, before) in values.iter_mut().zip(&before).rev() {
        let this = inverse.mul(before);
        inverse = inverse.mul(value);
        *value = this;
    }
}

/// The inverses of numbers of which none is zero, with one inversion and three products each.
pub(crate) fn invert_all(values: &mut [Fe]) {
    let mut product = Fe::ONE;
    let mut before = Vec::with_capacity(values.len());
    for value in values.iter() {
        before.push(product);
        product = product.mul(value);
    }
    let mut inverse = product.invert_vartime();
    for (value, before) in values.iter_mut().zip(&before).rev() {
        let this = inverse.mul(before);
        inverse = inverse.mul(value);
        *value = this;
    }
}
