//! Checks the signatures of senders on all cores, while the walk through the blocks goes on.

use super::check::{Contradiction, Finding, SenderSignature};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use yinglian_crypto::{Claim, KeyCache, KeyCacheConfig, VerifyingKey};
use yinglian_protocol::GenesisHash;

/// Signatures handed to a thread at once.
const LOT: usize = 256;
/// Lots that may wait: the walk stops there, so that an export of any size fits in memory.
const LOTS_WAITING: usize = 64;

/// Threads that check signatures.
pub struct Pool<'scope> {
    lots: Option<SyncSender<Vec<SenderSignature>>>,
    threads: Vec<ScopedJoinHandle<'scope, Option<Contradiction>>>,
    failed: &'scope AtomicBool,
}

/// What the threads of a pool share; outlives them.
#[derive(Default)]
pub struct Shared {
    failed: AtomicBool,
    lots: Mutex<Option<Receiver<Vec<SenderSignature>>>>,
}

impl<'scope> Pool<'scope> {
    /// Starts `count` threads.
    pub fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        shared: &'env Shared,
        genesis: GenesisHash,
        count: usize,
    ) -> Self {
        let (sender, receiver) = sync_channel(LOTS_WAITING);
        *shared.lots.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        let threads = (0..count).map(|_| scope.spawn(move || work(shared, &genesis))).collect();
        Self { lots: Some(sender), threads, failed: &shared.failed }
    }

    /// Hands signatures over; waits while too many wait.
    pub fn check(&self, mut signatures: Vec<SenderSignature>) {
        let Some(lots) = &self.lots else { return };
        while !signatures.is_empty() {
            let rest = signatures.split_off(signatures.len().min(LOT));
            // A send fails only when every thread has ended, which `finish` reports.
            let _ = lots.send(std::mem::replace(&mut signatures, rest));
        }
    }

    /// True as soon as one signature is known to be invalid.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Waits for all threads; the earliest invalid signature, if there is one.
    pub fn finish(mut self) -> Result<(), Contradiction> {
        self.lots = None;
        let found = self.threads.into_iter().filter_map(|thread| match thread.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        found.min_by_key(|found| (found.height, found.index)).map_or(Ok(()), Err)
    }
}

fn work(shared: &Shared, genesis: &GenesisHash) -> Option<Contradiction> {
    let mut keys = KeyCache::new(KeyCacheConfig::default());
    let mut found = None;
    while let Some(lot) = next_lot(shared) {
        // After the first finding lots are only taken away, so that whoever hands them over never waits for nobody.
        if found.is_some() {
            continue;
        }
        found = first_invalid(&mut keys, genesis, &lot).map(|signature| {
            shared.failed.store(true, Ordering::Relaxed);
            Contradiction {
                height: signature.height,
                index: Some(signature.index),
                finding: Finding::SenderSignature,
            }
        });
    }
    found
}

fn next_lot(shared: &Shared) -> Option<Vec<SenderSignature>> {
    let lots = shared.lots.lock().unwrap_or_else(PoisonError::into_inner);
    lots.as_ref()?.recv().ok()
}

fn first_invalid<'a>(
    keys: &mut KeyCache,
    genesis: &GenesisHash,
    lot: &'a [SenderSignature],
) -> Option<&'a SenderSignature> {
    let prepared: Vec<_> = lot.iter().map(|signature| keys.get(&signature.key).ok()).collect();
    let messages: Vec<_> =
        lot.iter().map(|signature| signature.envelope.body.signing_bytes(genesis)).collect();
    let claims = lot.iter().zip(&messages).zip(&prepared).filter_map(|((lot, message), key)| {
        let signature = &lot.envelope.signature;
        key.as_ref().map(|key| Claim { key, message, signature })
    });
    let claims: Vec<_> = claims.collect();
    let mut verdicts = VerifyingKey::verify_batch(&claims).into_iter();
    let mut valid = |usable| usable && verdicts.next().is_some_and(|verdict| verdict.is_ok());
    lot.iter().zip(&prepared).find(|(_, key)| !valid(key.is_some())).map(|(signature, _)| signature)
}
