//! What is passed on to other nodes, and when again. Own envelopes and those of observers are pushed; what a validator pushed is
//! not passed on, because it pushed to every validator itself: no loops, each envelope crosses each link once.

use std::collections::VecDeque;
use std::sync::Arc;
use yinglian_protocol::{EnvelopeId, Prepared};

/// Envelopes to push, and those pushed that are not committed yet.
#[derive(Debug)]
pub(crate) struct PushQueue {
    waiting: VecDeque<Arc<Prepared>>,
    /// Block time of the push and the envelope, oldest first.
    pushed: VecDeque<(u64, EnvelopeId)>,
    records_max: usize,
    again_ms: u64,
    time_ms: u64,
}

impl PushQueue {
    pub(crate) fn new(records_max: usize, again_ms: u64) -> Self {
        Self {
            waiting: VecDeque::new(),
            pushed: VecDeque::new(),
            records_max,
            again_ms,
            time_ms: 0,
        }
    }

    /// Queues an envelope. Returns how many older ones lost their place: they reach others only in a block.
    pub(crate) fn add(&mut self, envelope: Arc<Prepared>) -> u64 {
        let mut dropped = 0;
        while self.waiting.len() >= self.records_max.max(1) {
            self.waiting.pop_front();
            dropped += 1;
        }
        self.waiting.push_back(envelope);
        dropped
    }

    /// Takes a batch of at most `bytes_max` bytes, or one envelope that is larger.
    pub(crate) fn take(&mut self, records_max: usize, bytes_max: usize) -> Vec<Arc<Prepared>> {
        let mut taken = Vec::new();
        let mut bytes = 0;
        while let Some(envelope) = self.waiting.front() {
            bytes += crate::lane::size(envelope);
            if taken.len() >= records_max || (bytes > bytes_max && !taken.is_empty()) {
                break;
            }
            if self.pushed.len() >= self.records_max.max(1) {
                self.pushed.pop_front();
            }
            self.pushed.push_back((self.time_ms, envelope.id()));
            taken.extend(self.waiting.pop_front());
        }
        taken
    }

    /// A block was committed: pushes again what is still waiting (`find`) after a while. Peers may have been away the first time.
    pub(crate) fn block(
        &mut self,
        time_ms: u64,
        find: impl Fn(&EnvelopeId) -> Option<Arc<Prepared>>,
    ) -> bool {
        self.time_ms = time_ms;
        while let Some((pushed_ms, id)) = self.pushed.front().copied() {
            if pushed_ms.saturating_add(self.again_ms) > time_ms {
                break;
            }
            self.pushed.pop_front();
            if let Some(envelope) = find(&id) {
                self.add(envelope);
            }
        }
        !self.waiting.is_empty()
    }
}
