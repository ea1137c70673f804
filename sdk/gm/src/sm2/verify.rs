//! Verification of signatures by keys that are known, and by keys that are not.
//!
//! Comes in: a key with or without a table, a digest or message, the bytes of a signature. Goes out: good or not. Every signature is
//! decided exactly and alone. Time depends on the values, which are public; no secret comes here.
use super::batch::{self, DigestItem, MessageItem};
use super::claim::Claim;
use super::digits::{self, Digits};
use super::engine::Engine;
use super::known::KnownKey;
use super::point::{Affine, Extended, G};
use super::table::Table;
use super::wnaf;
use crate::simd::prefetch;
use crate::sm3::digest_parts_many;
use alloc::vec::Vec;

/// The bits of the window for the base point's table: 22 additions, 2.8 MiB.
const BASE_WINDOW: u32 = 12;

/// Verifies signatures; holds the table of the base point.
pub struct Verifier {
    base: Table,
    engine: Engine,
}

impl Verifier {
    /// Builds the base point's table of 2.8 MiB: a matter of ten milliseconds.
    pub fn new() -> Self {
        Self::with(Engine::best())
    }

    /// The same with a way to compute batches chosen by the caller, so that tests can compare them.
    pub fn with(engine: Engine) -> Self {
        Self { base: Table::new(&G, BASE_WINDOW), engine }
    }

    /// The way in which batches are computed.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// One verifier for the whole program, built by the first who asks.
    #[cfg(feature = "std")]
    pub fn shared() -> &'static Self {
        static SHARED: std::sync::OnceLock<Verifier> = std::sync::OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Whether the signature is the key's over the message.
    pub fn verify(&self, key: &KnownKey, message: &[u8], signature: &[u8]) -> bool {
        self.verify_digest(key, &key.digest(message), signature)
    }

    /// Whether the signature, r ‖ s in 64 bytes, is the key's over the message with this digest e = SM3(Z ‖ message).
    pub fn verify_digest(&self, key: &KnownKey, digest: &[u8; 32], signature: &[u8]) -> bool {
        Claim::new(digest, signature).is_some_and(|claim| self.holds(key, &claim))
    }

    /// For each item in its order whether the signature is good, as [`Self::verify_digest`] says of it alone. Keys with a table share
    /// the work that can be shared, and no verdict depends on another item.
    pub fn verify_batch(&self, items: &[DigestItem]) -> Vec<bool> {
        batch::verify(self, items)
    }

    /// The same for messages, which are hashed side by side.
    pub fn verify_messages(&self, items: &[MessageItem]) -> Vec<bool> {
        let parts: Vec<[&[u8]; 2]> =
            items.iter().map(|item| [item.key.z().as_slice(), item.message]).collect();
        let digests = digest_parts_many(&parts);
        let items: Vec<DigestItem> = items
            .iter()
            .zip(digests)
            .map(|(item, digest)| DigestItem { key: item.key, digest, signature: item.signature })
            .collect();
        self.verify_batch(&items)
    }

    pub(crate) fn base(&self) -> &Table {
        &self.base
    }

    /// Decides one signature by itself.
    pub(crate) fn holds(&self, key: &KnownKey, claim: &Claim) -> bool {
        let base = Terms::new(&self.base, &claim.s.0);
        let point = match key.table() {
            Some(table) => sum_of_both(&base, &Terms::new(table, &claim.t.0)),
            None => {
                let multiple = wnaf::multiply(key.public_key().point(), &claim.t.0);
                base.add_to(multiple.to_extended())
            }
        };
        claim.holds_for(&point.x, &point.zz)
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

/// The terms of k·P: an entry of P's table for each place.
struct Terms<'a> {
    table: &'a Table,
    digits: Digits,
    count: usize,
}

impl<'a> Terms<'a> {
    #[inline]
    fn new(table: &'a Table, scalar: &[u64; 4]) -> Self {
        let window = table.window();
        Self { table, digits: Digits::new(scalar, window), count: digits::count(window) }
    }

    /// The entry for a place, and a mask that says whether it is to be turned.
    #[inline(always)]
    fn entry(&self, place: usize) -> (&'a Affine, u64) {
        let (index, negative) = self.digits.at(place, self.table.window());
        (self.table.entry(place, index), negative)
    }

    #[inline(always)]
    fn add_one_to(&self, sum: Extended, place: usize) -> Extended {
        let (entry, negative) = self.entry(place);
        sum.add_affine(&entry.neg_if(negative))
    }

    /// sum + k·P.
    #[inline]
    fn add_to(&self, sum: Extended) -> Extended {
        (0..self.count).fold(sum, |sum, place| self.add_one_to(sum, place))
    }
}

/// The sum of the base point's terms and a key's. While the former are added, whose lines the caches are likely to hold, the
/// latter's come from memory, some with each addition.
#[inline]
fn sum_of_both(base: &Terms, own: &Terms) -> Extended {
    let mut asked = 0;
    let mut sum = Extended::INFINITY;
    for place in 0..base.count {
        let until = ((place + 1) * own.count).div_ceil(base.count);
        (asked..until).for_each(|place| prefetch(own.entry(place).0));
        asked = until;
        sum = base.add_one_to(sum, place);
    }
    own.add_to(sum)
}
