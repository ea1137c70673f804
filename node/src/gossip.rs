//! Between the waiting room and the network of envelopes: what was accepted here goes out, what peers push comes in.

use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use yinglian_consensus::{EnvelopeSink, Gossip, Reception, Sender};
use yinglian_mempool::{Mempool, Origin};
use yinglian_protocol::EnvelopeId;

/// Most envelopes in one push.
const PUSH_RECORDS_MAX: usize = 1_024;
/// Most bytes in one push.
const PUSH_BYTES_MAX: usize = 1024 * 1024;
/// Time between two pushes: each costs every peer a stream, so what comes in a burst goes together. The first after a rest is
/// not held back.
const PUSH_PAUSE: Duration = Duration::from_millis(4);

/// Takes what peers push, and answers what they ask for.
pub struct Sink(pub Arc<Mempool>);

#[async_trait]
impl EnvelopeSink for Sink {
    async fn received(&self, from: Sender, envelopes: Vec<Bytes>) -> Reception {
        // Each peer by itself: what one of them sends must not use up another's credit.
        let name = from.peer.to_string();
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
            tokio::time::sleep(PUSH_PAUSE).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinglian_consensus::Keypair;
    use yinglian_mempool::{Admitted, Committed, Config, Metrics, Tip};
    use yinglian_protocol::{Address, Code, GenesisHash, Hash, Prepared, Suite};

    /// A state that knows nobody.
    struct Stranger;

    impl Tip for Stranger {
        fn committed(&self, _: &EnvelopeId) -> Result<Option<Committed>, Code> {
            Ok(None)
        }

        fn admit(&self, _: &Prepared) -> Result<Admitted, Code> {
            Err(Code::SENDER_UNKNOWN)
        }

        fn barred(&self, _: &Address) -> Option<Code> {
            None
        }
    }

    #[tokio::test]
    async fn an_observer_that_floods_does_not_silence_another() {
        let settings =
            Config { peer_faults_max: 3, peer_faults_per_second: 0, ..Config::default() };
        let genesis = GenesisHash(Hash::ZERO);
        let suite = Suite::International;
        let room = Mempool::start(suite, genesis, settings, Arc::new(Stranger), Metrics::default());
        let sink = Sink(Arc::new(room.unwrap()));
        let observer = || {
            let peer = Keypair::generate_ed25519().public().to_peer_id();
            Sender { peer, validator: None }
        };
        let garbage = |count| vec![Bytes::from_static(b"no envelope"); count];
        let (noisy, quiet) = (observer(), observer());
        assert_eq!(sink.received(noisy, garbage(9)).await, Reception::Busy);
        assert_eq!(sink.received(quiet, garbage(3)).await, Reception::Taken);
        assert_eq!(sink.received(noisy, garbage(1)).await, Reception::Busy);
    }
}
