//! Sums of points for many signatures at once, in affine coordinates: every round adds neighbours, and all additions of a round, of all
//! signatures, share one inversion. Six rounds take the 54 points of a signature to one.
//!
//! Comes in: for each lane of each group the points to add. Goes out: X and ZZ of each sum, or that a lane met an addition that needs
//! another formula (equal or opposite points); then nothing it says counts, and its signatures are decided one by one.
use super::field::Fe;
use super::lanes::Lanes;
use alloc::vec::Vec;

/// A point in each lane.
pub(crate) type Points<V> = [V; 2];

/// The sum of a lane: x = X/ZZ. `None` if it took an addition that needs another formula.
pub(crate) type Sum = Option<(Fe, Fe)>;

/// Where the points of the groups come from, group by group.
pub(crate) trait Source<V: Lanes> {
    fn groups(&self) -> usize;
    /// The points of each group, at least three.
    fn count(&self) -> usize;
    /// A point of the group it is at.
    fn point(&self, place: usize) -> Points<V>;
    /// Goes to the next group.
    fn advance(&mut self);
}

/// Sums of the points of each group. Returns `V::WIDTH` sums for each group.
#[inline(always)]
pub(crate) fn sums<V: Lanes, S: Source<V>>(token: V::Token, mut source: S) -> Vec<Sum> {
    let (groups, mut count) = (source.groups(), source.count());
    let mut good = alloc::vec![true; V::WIDTH];
    let mut points = Vec::with_capacity(groups * count);
    let mut next = Vec::with_capacity(groups * count.div_ceil(2));
    let mut round = Round::new(token, groups * (count / 2));
    // The first round computes with points as soon as they are there: reading waits for memory, computing does not.
    for _ in 0..groups {
        for place in (0..count - 1).step_by(2) {
            let pair = [source.point(place), source.point(place + 1)];
            round.gap(&pair);
            points.extend(pair);
        }
        if count % 2 == 1 {
            points.push(source.point(count - 1));
        }
        source.advance();
    }
    loop {
        round.run(&points, count, &mut next, &mut good);
        core::mem::swap(&mut points, &mut next);
        count = count.div_ceil(2);
        if count <= 2 {
            break;
        }
        points.chunks_exact(count).for_each(|group| {
            group.chunks_exact(2).for_each(|pair| round.gap(&[pair[0], pair[1]]));
        });
    }
    let mut sums = Vec::with_capacity(groups * V::WIDTH);
    for pair in points.chunks_exact(2) {
        let (x, zz) = last_addition(&pair[0], &pair[1]);
        let (mut xs, mut zzs) = ([Fe::ZERO; 8], [Fe::ZERO; 8]);
        x.to_fe(&mut xs[..V::WIDTH]);
        zz.to_fe(&mut zzs[..V::WIDTH]);
        for lane in 0..V::WIDTH {
            sums.push((good[lane] && !zzs[lane].is_zero()).then_some((xs[lane], zzs[lane])));
        }
    }
    sums
}

/// X and ZZ of a + b, without an inversion; ZZ = 0 if the two have the same x.
#[inline(always)]
fn last_addition<V: Lanes>(a: &Points<V>, b: &Points<V>) -> (V, V) {
    let (p, r) = (b[0].factor(&a[0]), b[1].factor(&a[1]));
    let pp = p.sqr();
    let q = a[0].mul(&pp);
    let x = r.sqr().sub_both(&q, &q).sub(&p.mul(&pp));
    (x, pp)
}

/// One round: halves the points of every group.
struct Round<V: Lanes> {
    token: V::Token,
    /// b.x − a.x of each pair, and the product of those before it in its chain.
    gaps: Vec<(V, V)>,
    /// Two chains of products by turns, so that one need not wait for the other: the one that the next pair goes to, and the other.
    chains: (V, V),
}

impl<V: Lanes> Round<V> {
    #[inline(always)]
    fn new(token: V::Token, pairs_max: usize) -> Self {
        let one = one(token);
        Self { token, gaps: Vec::with_capacity(pairs_max), chains: (one, one) }
    }

    /// Takes the next pair's part in the inversion.
    #[inline(always)]
    fn gap(&mut self, pair: &[Points<V>; 2]) {
        let gap = pair[1][0].factor(&pair[0][0]);
        let (this, other) = self.chains;
        self.gaps.push((gap, this));
        self.chains = (other, this.mul(&gap));
    }

    /// Adds the pairs whose gaps were taken.
    #[inline(always)]
    fn run(
        &mut self,
        points: &[Points<V>],
        count: usize,
        next: &mut Vec<Points<V>>,
        good: &mut [bool],
    ) {
        let one = one(self.token);
        // `this` is the chain that a further pair would have gone to, so the other had the last.
        let (this, other) = core::mem::replace(&mut self.chains, (one, one));
        let whole = self.invert(&this.mul(&other), good);
        let (mut last, mut before) = (whole.mul(&this), whole.mul(&other));
        next.clear();
        next.resize(points.len() / count * count.div_ceil(2), [one; 2]);
        let mut gaps = self.gaps.iter().rev();
        let groups =
            points.chunks_exact(count).rev().zip(next.chunks_exact_mut(count.div_ceil(2)).rev());
        for (group, sums) in groups {
            if count % 2 == 1 {
                sums[count / 2] = group[count - 1];
            }
            for (pair, sum) in group.chunks_exact(2).zip(sums).rev() {
                let Some((gap, product)) = gaps.next() else { return };
                let inverse = last.mul(product);
                (last, before) = (before, last.mul(gap));
                *sum = chord(&pair[0], &pair[1], &inverse);
            }
        }
        self.gaps.clear();
    }

    /// The inverse of each lane, by one inversion for all. A lane that is 0 met two points with the same x.
    #[inline(always)]
    fn invert(&self, product: &V, good: &mut [bool]) -> V {
        let mut numbers = [Fe::ONE; 8];
        let numbers = &mut numbers[..V::WIDTH];
        product.to_fe(numbers);
        for (number, good) in numbers.iter_mut().zip(good) {
            if number.is_zero() {
                (*number, *good) = (Fe::ONE, false);
            }
        }
        super::table::invert_few(numbers);
        V::from_fe(self.token, numbers)
    }
}

#[inline(always)]
fn one<V: Lanes>(token: V::Token) -> V {
    V::from_fe(token, &[Fe::ONE; 8][..V::WIDTH])
}

/// a + b, given 1/(b.x − a.x).
#[inline(always)]
fn chord<V: Lanes>(a: &Points<V>, b: &Points<V>, inverse: &V) -> Points<V> {
    let slope = b[1].factor(&a[1]).mul(inverse);
    let x = slope.sqr().sub_both(&a[0], &b[0]);
    let y = slope.mul(&a[0].factor(&x)).sub(&a[1]);
    [x, y]
}
