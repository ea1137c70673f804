//! Between the waiting room and the network of envelopes: what was accepted here goes out, what peers push comes in.

use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use yinglian_consensus::{EnvelopeSink, Gossip, Reception, Sender};
use yinglian_mempool::{Mempool, Origin};
use yinglian_protocol::EnvelopeId;

/// Most envelopes in one push.
const PUSH_RECORDS_MAX: usize = 1_024;
/// Most bytes in one push.
const PUSH_BYTES_MAX: usize = 1024 * 1024;
/// What peers without a validator key are counted as.
const OBSERVERS: &str = "observers";

/// Takes what peers push, and answers what they ask for.
pub struct Sink(pub Arc<Mempool>);

#[async_trait]
impl EnvelopeSink for Sink {
    async fn received(&self, from: Sender, envelopes: Vec<Bytes>) -> Reception {
        let name =
            from.validator.map_or_else(|| OBSERVERS.to_owned(), |address| address.to_string());
        let origin = match from.validator {
            Some(_) => Origin::Validator(&name),
            None => Origin::Observer(&name),
        };
        let slices: Vec<&[u8]> = envelopes.iter().map(AsRef::as_ref).collect();
        let received = self.0.receive(origin, &slices).await;
        if received.bad > 0 {
            tracing::debug!(peer = name, ?received, "peer pushed bad envelopes");
        }
        if received.unread > 0 { Reception::Busy } else { Reception::Taken }
    }

    async fn find(&self, ids: Vec<EnvelopeId>) -> Vec<Bytes> {
        let found = ids.iter().filter_map(|id| self.0.get(id));
        found.map(|envelope| Bytes::from(envelope.envelope().encode())).collect()
    }
}

/// Pushes what is accepted here, until the process ends.
pub fn push(mempool: Arc<Mempool>, network: Gossip) {
    tokio::spawn(async move {
        loop {
            let batch = mempool.next_push(PUSH_RECORDS_MAX, PUSH_BYTES_MAX).await;
            let envelopes = batch.iter().map(|envelope| Bytes::from(envelope.envelope().encode()));
            // When the queue is full the envelopes are pushed again later, should no block hold them by then.
            network.push(envelopes.collect());
        }
    });
}
