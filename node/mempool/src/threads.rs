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
            let thread = std::thread::Builder::new().name(format!("verify-{number}"));
            started.handles.push(thread.spawn(move || shared.run(&verifier, &sink))?);
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
