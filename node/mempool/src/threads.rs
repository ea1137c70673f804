//! The threads that check the signatures of submitted envelopes: a bounded queue, taken from in batches.

use crate::verify::{BATCH_RECORDS_MAX, Verifier};
use prometheus_client::metrics::gauge::Gauge;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use yinglian_crypto::VerifyingKey;
use yinglian_protocol::Prepared;

/// One signature to check.
pub(crate) struct Job {
    pub(crate) envelope: Arc<Prepared>,
    /// None when the sender's key cannot be used: invalid.
    pub(crate) key: Option<VerifyingKey>,
}

/// Takes checked envelopes, called from the threads.
pub(crate) type Sink = Arc<dyn Fn(Vec<(Arc<Prepared>, bool)>) + Send + Sync>;
/// Called from a thread that panics.
pub(crate) type Alarm = Arc<dyn Fn() + Send + Sync>;

/// Runs until dropped; what still waits then is not checked.
pub(crate) struct Threads {
    shared: Arc<Shared>,
    handles: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    jobs_max: usize,
    threads: usize,
    waiting: Gauge,
}

struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Threads {
    pub(crate) fn start(
        threads: usize,
        jobs_max: usize,
        verifier: &Arc<Verifier>,
        sink: &Sink,
        alarm: &Alarm,
        waiting: Gauge,
    ) -> std::io::Result<Self> {
        let queue = Mutex::new(Queue { jobs: VecDeque::new(), closed: false });
        let shared = Arc::new(Shared {
            queue,
            wake: Condvar::new(),
            jobs_max,
            threads: threads.max(1),
            waiting,
        });
        let mut started = Self { shared, handles: Vec::new() };
        for number in 0..threads.max(1) {
            let (shared, verifier, sink) =
                (Arc::clone(&started.shared), Arc::clone(verifier), Arc::clone(sink));
            let broken = Broken(Arc::clone(alarm));
            let thread = std::thread::Builder::new().name(format!("verify-{number}"));
            started.handles.push(thread.spawn(move || {
                let _broken = broken;
                shared.run(&verifier, &sink);
            })?);
        }
        Ok(started)
    }

    /// Queues jobs in order and returns how many found room.
    pub(crate) fn push(&self, jobs: Vec<Job>) -> usize {
        let mut queue = self.shared.lock();
        let room = self.shared.jobs_max.saturating_sub(queue.jobs.len()).min(jobs.len());
        queue.jobs.extend(jobs.into_iter().take(room));
        self.shared.waiting.set(queue.jobs.len() as i64);
        drop(queue);
        for _ in 0..room.min(self.handles.len()) {
            self.shared.wake.notify_one();
        }
        room
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, verifier: &Verifier, sink: &Sink) {
        while let Some(batch) = self.next() {
            let pairs = batch.iter().map(|job| (job.envelope.as_ref(), job.key.as_ref()));
            let results = verifier.check_batch(pairs);
            sink(batch.into_iter().map(|job| job.envelope).zip(results).collect());
        }
    }

    fn next(&self) -> Option<Vec<Job>> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if !queue.jobs.is_empty() {
                // A short queue is shared out, so that no thread idles while another works through it alone.
                let share = queue.jobs.len().div_ceil(self.threads);
                let records = share.min(BATCH_RECORDS_MAX);
                let batch = queue.jobs.drain(..records).collect();
                self.waiting.set(queue.jobs.len() as i64);
                return Some(batch);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Raises the alarm when its thread unwinds: what the thread was checking would be waited for in vain.
struct Broken(Alarm);

impl Drop for Broken {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
        for handle in self.handles.drain(..) {
            // A thread that panicked has said so; there is nothing left to do for it.
            let _ = handle.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metrics;
    use std::sync::mpsc;
    use std::time::Duration;
    use yinglian_crypto::KeyCacheConfig;
    use yinglian_protocol::{Envelope, EnvelopeBody, GenesisHash, Hash, Name, Signature, Suite};

    fn job() -> Job {
        let body = EnvelopeBody {
            format: 1,
            contract: Name::parse("toy").unwrap(),
            method: Name::parse("do").unwrap(),
            method_version: 1,
            arguments: Vec::new(),
            sender: yinglian_crypto::SigningKey::from_seed(Suite::International, b"t")
                .public_key()
                .address(),
            valid_until_ms: 1,
            random: [0; 16],
        };
        let envelope = Envelope { body, signature: Signature([0; 64]) };
        Job { envelope: Arc::new(Prepared::new(Suite::International, envelope)), key: None }
    }

    #[test]
    fn a_thread_that_panics_raises_the_alarm() {
        let metrics = Metrics::default();
        let verifier = Arc::new(Verifier::new(
            GenesisHash(Hash::ZERO),
            1,
            8,
            KeyCacheConfig::default(),
            metrics.clone(),
        ));
        let (raised, heard) = mpsc::channel();
        let alarm: Alarm = Arc::new(move || raised.send(()).unwrap());
        let sink: Sink = Arc::new(|_| panic!("planted"));
        let threads =
            Threads::start(1, 8, &verifier, &sink, &alarm, metrics.verify_waiting.clone());
        let threads = threads.unwrap();
        assert_eq!(threads.push(vec![job()]), 1);
        heard.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
