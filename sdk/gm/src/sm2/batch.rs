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
use super::tree::{self, Points};
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
    let count = digits::count(jobs[0].table.window()) + digits::count(verifier.base().window());
    let points = load::<V>(token, verifier.base(), jobs);
    let sums = tree::sums::<V>(token, points, count);
    for (job, sum) in jobs.iter().zip(sums) {
        verdicts[job.index] = match sum {
            Some((x, zz)) => job.claim.holds_for(&x, &zz),
            None => verifier.holds(job.key, &job.claim),
        };
    }
}

/// The points of all groups: those of the key, then those of the base point.
#[inline(always)]
fn load<V: Lanes>(token: V::Token, base: &Table, jobs: &[Job]) -> Vec<Points<V>> {
    let window = jobs[0].table.window();
    let (own, shared) = (digits::count(window), digits::count(base.window()));
    let mut points = Vec::with_capacity(jobs.len().div_ceil(V::WIDTH) * (own + shared));
    let mut groups = jobs.chunks(V::WIDTH).map(|jobs| Lookups::new::<V>(base, jobs));
    let mut group = groups.next();
    while let Some(this) = group {
        let next = groups.next();
        for place in 0..own + shared {
            // The lines of the next group are on their way while this one's are read.
            if let Some(next) = &next {
                next.at(place, own)[..V::WIDTH].iter().for_each(|(entry, _)| prefetch(entry));
            }
            points.push(V::load(token, &this.at(place, own)[..V::WIDTH]));
        }
        group = next;
    }
    points
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
