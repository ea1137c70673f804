//! Signatures: checked once for each envelope hash, whoever asks first. Admission fills the cache, execution reads it.
//!
//! The cache is keyed by the hash over body *and* signature: a known body with other signature bytes is another envelope and is
//! checked. Only valid ones are remembered, so garbage cannot push them out.

use crate::cache::Generations;
use crate::metrics::Metrics;
use rustix::time::{ClockId, clock_gettime};
use std::sync::{Mutex, MutexGuard, PoisonError};
use yinglian_crypto::{Claim, KeyCache, KeyCacheConfig, PublicKey, TableBuild, VerifyingKey};
use yinglian_protocol::{EnvelopeHash, EnvelopeId, GenesisHash, Prepared};

/// Envelopes that one thread checks before it hands over the results.
pub(crate) const BATCH_RECORDS_MAX: usize = 64;

/// Checks signatures and remembers the valid ones.
#[derive(Debug)]
pub struct Verifier {
    genesis: GenesisHash,
    threads: usize,
    verified: Mutex<Generations<EnvelopeHash, EnvelopeId>>,
    keys: Mutex<KeyCache>,
    /// Tables that became worth building; the next thread that checks signatures builds them.
    builds: Mutex<Vec<TableBuild>>,
    metrics: Metrics,
}

impl Verifier {
    /// A verifier for one chain that uses at most `threads` threads for a block.
    pub fn new(
        genesis: GenesisHash,
        threads: usize,
        verified_max: usize,
        keys: KeyCacheConfig,
        metrics: Metrics,
    ) -> Self {
        Self {
            genesis,
            threads: threads.max(1),
            verified: Mutex::new(Generations::new(verified_max)),
            keys: Mutex::new(KeyCache::new(keys)),
            builds: Mutex::default(),
            metrics,
        }
    }

    /// Id of an envelope whose signature was found valid.
    pub fn known(&self, hash: &EnvelopeHash) -> Option<EnvelopeId> {
        lock(&self.verified).get(hash)
    }

    /// Whether each signature is valid, in order. Only those not known are checked, spread over the threads.
    pub fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        let mut valid = {
            let mut verified = lock(&self.verified);
            let known =
                |(envelope, _): &(&Prepared, &PublicKey)| verified.get(&envelope.hash()).is_some();
            envelopes.iter().map(known).collect::<Vec<_>>()
        };
        let open: Vec<usize> = (0..valid.len()).filter(|index| !valid[*index]).collect();
        self.metrics.cache_hits.inc_by((valid.len() - open.len()) as u64);
        let jobs: Vec<_> =
            open.iter().map(|index| (envelopes[*index].0, self.key(envelopes[*index].1))).collect();
        let share = jobs.len().div_ceil(self.threads).max(1);
        let results: Vec<bool> = if jobs.len() < BATCH_RECORDS_MAX {
            self.check_batch(jobs.iter().map(|(envelope, key)| (*envelope, key.as_ref())))
        } else {
            std::thread::scope(|scope| {
                let check = |jobs: &[(&Prepared, Option<VerifyingKey>)]| {
                    self.check_batch(jobs.iter().map(|(envelope, key)| (*envelope, key.as_ref())))
                };
                let threads: Vec<_> =
                    jobs.chunks(share).map(|part| scope.spawn(move || check(part))).collect();
                // A panic of a check is a broken invariant of our own: it ends the caller too.
                threads
                    .into_iter()
                    .flat_map(|thread| thread.join().expect("check of signatures"))
                    .collect()
            })
        };
        for (index, result) in open.into_iter().zip(results) {
            valid[index] = result;
        }
        valid
    }

    /// Checks without looking into the cache, and remembers the valid ones.
    pub(crate) fn check_batch<'a>(
        &self,
        batch: impl Iterator<Item = (&'a Prepared, Option<&'a VerifyingKey>)>,
    ) -> Vec<bool> {
        let started = thread_cpu_seconds();
        self.build_tables();
        let batch: Vec<_> = batch.collect();
        let messages: Vec<_> = batch
            .iter()
            .map(|(envelope, _)| envelope.envelope().body.signing_bytes(&self.genesis))
            .collect();
        let claims: Vec<_> = batch
            .iter()
            .zip(&messages)
            .filter_map(|((envelope, key), message)| {
                let signature = &envelope.envelope().signature;
                key.map(|key| Claim { key, message, signature })
            })
            .collect();
        let mut verdicts = VerifyingKey::verify_batch(&claims).into_iter();
        let mut valid =
            |key: Option<_>| key.is_some() && verdicts.next().is_some_and(|v| v.is_ok());
        let results: Vec<bool> = batch.iter().map(|(_, key)| valid(*key)).collect();
        self.metrics.key_tables(&lock(&self.keys).counters());
        self.metrics.verifications.inc_by(results.len() as u64);
        self.metrics.verify_cpu_seconds.inc_by((thread_cpu_seconds() - started).max(0.0));
        let mut verified = lock(&self.verified);
        let found = batch.iter().zip(&results).filter(|(_, valid)| **valid);
        found.for_each(|((envelope, _), _)| verified.put(envelope.hash(), envelope.id()));
        results
    }

    /// A key prepared for verification; none for a key that cannot be used, whose signatures are invalid.
    pub(crate) fn key(&self, public_key: &PublicKey) -> Option<VerifyingKey> {
        let found = lock(&self.keys).find(public_key).ok()?;
        if let Some(build) = found.build {
            lock(&self.builds).push(build);
        }
        Some(found.key)
    }

    fn build_tables(&self) {
        let builds = std::mem::take(&mut *lock(&self.builds));
        for build in builds {
            let table = build.run();
            lock(&self.keys).store(table);
        }
    }
}

/// The caches hold no state that a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn thread_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
