//! Many signatures at once: lanes hold signatures, and the additions of all share inversions (`tree.rs`).
//!
//! Comes in: keys, digests, signatures. Goes out: a verdict for each, the one it would get alone. There is no sum over several
//! signatures and no random factor: each is decided exactly. A lane that meets an addition of equal or opposite points decides nothing,
//! and its signatures go one by one; so do those whose key has no table, and those too few to fill lanes.
use super::claim::Claim;
use super::digits::{self, Digits};
use super::known::KnownKey;
use super::lanes::Lanes;
use super::point::Affine;
use super::table::Table;
use super::tree::{self, Points, Source};
use super::verify::Verifier;
use crate::simd::prefetch;
use alloc::vec::Vec;

/// A signature to verify, with the digest it is over.
#[derive(Clone, Copy, Debug)]
pub struct DigestItem<'a> {
    /// The key the signature is claimed to be of.
    pub key: &'a KnownKey,
    /// e = SM3(Z ‖ message).
    pub digest: [u8; 32],
    /// r ‖ s; any length but 64 is a bad signature.
    pub signature: &'a [u8],
}

/// A signature to verify, with the message it is over.
#[derive(Clone, Copy, Debug)]
pub struct MessageItem<'a> {
    /// The key the signature is claimed to be of.
    pub key: &'a KnownKey,
    /// The message.
    pub message: &'a [u8],
    /// r ‖ s; any length but 64 is a bad signature.
    pub signature: &'a [u8],
}

/// Signatures that share inversions: more cost memory for their points, fewer cost inversions.
const SHARED_MAX: usize = 64;
/// Fewer signatures than this are faster one by one.
const LANES_MIN: usize = 3;

/// A signature with right ranges of a key with a table.
pub(crate) struct Job<'a> {
    index: usize,
    claim: Claim,
    key: &'a KnownKey,
    table: &'a Table,
}

pub(crate) fn verify(verifier: &Verifier, items: &[DigestItem]) -> Vec<bool> {
    let mut verdicts = alloc::vec![false; items.len()];
    let mut jobs = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(claim) = Claim::new(&item.digest, item.signature) else { continue };
        match item.key.table() {
            Some(table) => jobs.push(Job { index, claim, key: item.key, table }),
            None => verdicts[index] = verifier.holds(item.key, &claim),
        }
    }
    // Lanes go in step, so they need the same window; a stable sort keeps the rest in order.
    jobs.sort_by_key(|job| job.table.window());
    for jobs in jobs.chunk_by(|a, b| a.table.window() == b.table.window()) {
        for jobs in jobs.chunks(SHARED_MAX) {
            if jobs.len() < LANES_MIN {
                one_by_one(verifier, jobs, &mut verdicts);
            } else {
                verifier.engine().in_lanes(verifier, jobs, &mut verdicts);
            }
        }
    }
    verdicts
}

fn one_by_one(verifier: &Verifier, jobs: &[Job], verdicts: &mut [bool]) {
    for job in jobs {
        verdicts[job.index] = verifier.holds(job.key, &job.claim);
    }
}

/// Decides jobs of one window. The last group's spare lanes repeat its last job.
#[inline(always)]
pub(crate) fn in_lanes<V: Lanes>(
    token: V::Token,
    verifier: &Verifier,
    jobs: &[Job],
    verdicts: &mut [bool],
) {
    let sums = tree::sums::<V, _>(token, Loader::<V>::new(token, verifier.base(), jobs));
    for (job, sum) in jobs.iter().zip(sums) {
        verdicts[job.index] = match sum {
            Some((x, zz)) => job.claim.holds_for(&x, &zz),
            None => verifier.holds(job.key, &job.claim),
        };
    }
}

/// Reads the points of each group: those of the key, then those of the base point.
struct Loader<'a, V: Lanes> {
    token: V::Token,
    base: &'a Table,
    /// The places of the key's table.
    own: usize,
    this: Lookups<'a>,
    next: Option<Lookups<'a>>,
    /// The jobs of the groups after the next.
    rest: &'a [Job<'a>],
    groups: usize,
}

impl<'a, V: Lanes> Loader<'a, V> {
    #[inline(always)]
    fn new(token: V::Token, base: &'a Table, jobs: &'a [Job<'a>]) -> Self {
        let own = digits::count(jobs[0].table.window());
        let (first, rest) = jobs.split_at(V::WIDTH.min(jobs.len()));
        let this = Lookups::new::<V>(base, first);
        let groups = jobs.len().div_ceil(V::WIDTH);
        let mut loader = Self { token, base, own, this, next: None, rest, groups };
        loader.next = loader.after();
        loader
    }

    /// Where the group after the next finds its points.
    #[inline(always)]
    fn after(&mut self) -> Option<Lookups<'a>> {
        let (jobs, rest) = self.rest.split_at(V::WIDTH.min(self.rest.len()));
        self.rest = rest;
        (!jobs.is_empty()).then(|| Lookups::new::<V>(self.base, jobs))
    }
}

impl<V: Lanes> Source<V> for Loader<'_, V> {
    #[inline(always)]
    fn groups(&self) -> usize {
        self.groups
    }

    #[inline(always)]
    fn count(&self) -> usize {
        self.own + digits::count(self.base.window())
    }

    /// While one group is read and computed with, the lines of the next are on their way.
    #[inline(always)]
    fn point(&self, place: usize) -> Points<V> {
        if let Some(next) = &self.next {
            next.at(place, self.own)[..V::WIDTH].iter().for_each(|(entry, _)| prefetch(entry));
        }
        V::load(self.token, &self.this.at(place, self.own)[..V::WIDTH])
    }

    #[inline(always)]
    fn advance(&mut self) {
        if let Some(next) = self.next.take() {
            self.this = next;
            self.next = self.after();
        }
    }
}

/// Where the lanes of a group find their points.
struct Lookups<'a> {
    base: &'a Table,
    lanes: [(&'a Table, Digits, Digits); 8],
}

impl<'a> Lookups<'a> {
    #[inline(always)]
    fn new<V: Lanes>(base: &'a Table, jobs: &[Job<'a>]) -> Self {
        let lane = |i: usize| {
            let job = &jobs[i.min(jobs.len() - 1)];
            let own = Digits::new(&job.claim.t.0, job.table.window());
            (job.table, own, Digits::new(&job.claim.s.0, base.window()))
        };
        let first = lane(0);
        Self { base, lanes: core::array::from_fn(|i| if i < V::WIDTH { lane(i) } else { first }) }
    }

    /// The entries for a place, and masks that say which are to be turned.
    #[inline(always)]
    fn at(&self, place: usize, own: usize) -> [(&'a Affine, u64); 8] {
        self.lanes.each_ref().map(|(table, own_digits, base_digits)| {
            let (table, digits, place) = if place < own {
                (*table, own_digits, place)
            } else {
                (self.base, base_digits, place - own)
            };
            let (index, negative) = digits.at(place, table.window());
            (table.entry(place, index), negative)
        })
    }
}
