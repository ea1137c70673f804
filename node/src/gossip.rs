//! Between the waiting room and the network of envelopes: what was accepted here goes out, what peers push comes in.

use crate::ledger::Ledger;
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use yinglian_consensus::{EnvelopeSink, Handle};
use yinglian_mempool::{Mempool, Origin};
use yinglian_protocol::EnvelopeId;

/// Most envelopes in one push.
const PUSH_RECORDS_MAX: usize = 1_024;
/// Most bytes in one push.
const PUSH_BYTES_MAX: usize = 1024 * 1024;

/// Takes what peers push, and answers what they ask for.
pub struct Sink {
    mempool: Arc<Mempool>,
    ledger: Arc<Ledger>,
}

impl Sink {
    /// Into this waiting room.
    pub fn new(mempool: Arc<Mempool>, ledger: Arc<Ledger>) -> Self {
        Self { mempool, ledger }
    }
}

#[async_trait]
impl EnvelopeSink for Sink {
    async fn received(&self, peer: &str, envelopes: Vec<Bytes>) {
        let from_validator = self.ledger.tip().peers.iter().any(|known| known.peer_id == peer);
        let origin = if from_validator { Origin::Validator(peer) } else { Origin::Observer(peer) };
        let slices: Vec<&[u8]> = envelopes.iter().map(AsRef::as_ref).collect();
        let received = self.mempool.receive(origin, &slices).await;
        if received.bad > 0 || received.unread > 0 {
            tracing::debug!(peer, ?received, "peer pushed bad envelopes");
        }
    }

    async fn envelope(&self, id: EnvelopeId) -> Option<Bytes> {
        self.mempool.get(&id).map(|envelope| Bytes::from(envelope.envelope().encode()))
    }
}

/// Pushes what is accepted here, until the process ends.
pub fn push(mempool: Arc<Mempool>, network: Handle) {
    tokio::spawn(async move {
        loop {
            let batch = mempool.next_push(PUSH_RECORDS_MAX, PUSH_BYTES_MAX).await;
            let envelopes = batch.iter().map(|envelope| Bytes::from(envelope.envelope().encode()));
            network.push(envelopes.collect()).await;
        }
    });
}
