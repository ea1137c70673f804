//! The envelopes that wait for one peer: bounded, sent in batches, at most two batches on the way.

use super::message::{BATCH_BYTES, BATCH_ENVELOPES_MAX};
use bytes::Bytes;
use std::collections::VecDeque;

/// Most bytes that wait for a peer (32 MiB).
const QUEUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Batches on the way to a peer.
const BATCHES_MAX: usize = 2;
/// A peer without room is left alone for this long, milliseconds.
const BUSY_PAUSE_MS: u64 = 200;

#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    on_the_way: usize,
    paused_until_ms: u64,
}

impl Queue {
    /// Takes an envelope unless the queue is full.
    pub(super) fn put(&mut self, envelope: Bytes) -> bool {
        if self.bytes + envelope.len() > QUEUE_BYTES_MAX {
            return false;
        }
        self.bytes += envelope.len();
        self.waiting.push_back(envelope);
        true
    }

    /// The next batch, if one may be sent now.
    pub(super) fn next_batch(&mut self, now_ms: u64) -> Option<Vec<Bytes>> {
        if self.on_the_way >= BATCHES_MAX
            || now_ms < self.paused_until_ms
            || self.waiting.is_empty()
        {
            return None;
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && batch.len() < BATCH_ENVELOPES_MAX {
            let Some(envelope) = self.waiting.pop_front() else { break };
            bytes += envelope.len();
            batch.push(envelope);
        }
        self.bytes -= bytes;
        self.on_the_way += 1;
        Some(batch)
    }

    /// A batch arrived.
    pub(super) fn taken(&mut self) {
        self.on_the_way = self.on_the_way.saturating_sub(1);
    }

    /// A batch did not arrive, or the peer had no room: it goes first once the pause is over.
    pub(super) fn returned(&mut self, batch: Vec<Bytes>, now_ms: u64) {
        self.taken();
        self.paused_until_ms = now_ms + BUSY_PAUSE_MS;
        for envelope in batch.into_iter().rev() {
            self.bytes += envelope.len();
            self.waiting.push_front(envelope);
        }
    }

    /// Forgets everything: the peer is gone, and the others have what it lacks.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
