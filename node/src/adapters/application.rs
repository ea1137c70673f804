//! What consensus asks of the chain, answered by the ledger. Work that takes long runs on threads that may wait.

use crate::adapters::signatures::Checked;
use crate::ledger::{Ledger, LedgerError};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use yinglian_consensus::{
    AppError, Application, Decided, DoubleVote, Origin, Peer, Proposal, Tip, Verdict,
};
use yinglian_execution::BlockError;
use yinglian_mempool::Mempool;
use yinglian_protocol::{Address, Hash, Height, Quorum, ValidatorSet, codec, limits};
use yinglian_store::{ChainRead, StoreError};

/// The chain behind consensus.
pub struct Node {
    ledger: Arc<Ledger>,
    mempool: Arc<Mempool>,
    evidence: tokio::sync::mpsc::Sender<DoubleVote>,
}

impl Node {
    /// Evidence of double voting goes to `evidence`, which stores and submits it.
    pub fn new(
        ledger: Arc<Ledger>,
        mempool: Arc<Mempool>,
        evidence: tokio::sync::mpsc::Sender<DoubleVote>,
    ) -> Self {
        Self { ledger, mempool, evidence }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let ledger = Arc::clone(&self.ledger);
        let task = tokio::task::spawn_blocking(move || work(&ledger));
        // A panic in a blocking task is a broken invariant of our own: the node ends.
        task.await.map_err(|error| AppError::Fatal(error.to_string()))
    }

    /// A proposal built in this height and round before, perhaps before a restart.
    fn built_before(
        ledger: &Ledger,
        height: Height,
        round: u32,
        proposer: Address,
    ) -> Result<Option<Proposal>, LedgerError> {
        // An error must not pass for "nothing built": a second proposal would be double signing.
        let undecided = ledger.store.undecided(height).map_err(LedgerError::OwnProposal)?;
        let own = undecided
            .into_iter()
            .find(|value| value.header.round == round && value.header.proposer == proposer);
        let Some(own) = own else { return Ok(None) };
        let stored = ledger.store.load_payload(&own.value_id).map_err(LedgerError::OwnProposal)?;
        let missing = StoreError::PayloadMissing { value_id: own.value_id };
        let stored = stored.ok_or(LedgerError::OwnProposal(missing))?;
        Ok(Some(Proposal { header: stored.header, payload: Bytes::from(stored.payload) }))
    }
}

fn stored(ledger: &Ledger, value_id: Hash) -> Option<Proposal> {
    match ledger.store.load_payload(&value_id) {
        Ok(stored) => stored
            .map(|stored| Proposal { header: stored.header, payload: Bytes::from(stored.payload) }),
        Err(error) => {
            tracing::error!(%value_id, %error, "stored payload cannot be used");
            None
        }
    }
}

/// What the node does about an error: ask again, or end.
fn severity(error: &LedgerError) -> AppError {
    let text = match error {
        LedgerError::Block(block) => format!("{} {}", block.code(), chain_of(error)),
        _ => chain_of(error),
    };
    let fatal = match error {
        LedgerError::Store(error) => {
            // That a commit does not fit the tip, or its payload is gone, no repetition mends.
            error.is_fatal()
                || matches!(
                    error,
                    StoreError::Corrupt { .. }
                        | StoreError::OutOfOrder { .. }
                        | StoreError::PayloadMissing { .. }
                        | StoreError::State(_)
                )
        }
        LedgerError::Contradiction(_) | LedgerError::Missing(_) | LedgerError::Indexes(_) => true,
        // A state that cannot be read, or rules that this program does not know: it could only abstain for ever.
        LedgerError::Block(error) => !error.is_invalid(),
        // The round passes to another proposer, and the decided block comes by sync.
        LedgerError::OwnProposal(_) | LedgerError::Height { .. } => false,
    };
    if fatal { AppError::Fatal(text) } else { AppError::Transient(text) }
}

fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[async_trait]
impl Application for Node {
    fn tip(&self) -> Tip {
        let parent = self.ledger.tip().parent;
        Tip {
            height: parent.height,
            hash: parent.hash,
            time_ms: parent.time_ms,
            log_size: parent.log_size,
        }
    }

    fn heartbeat_ms_max(&self) -> Option<u64> {
        Some(self.ledger.tip().parameters.heartbeat_ms_max)
    }

    fn validators(&self, height: Height) -> Option<ValidatorSet> {
        self.ledger.validators(height)
    }

    fn peers(&self) -> Vec<Peer> {
        let peer = |peer: &yinglian_membership::ValidatorPeer| Peer {
            address: peer.address,
            peer_id: peer.peer_id.clone(),
            addresses: peer.addresses.clone(),
        };
        self.ledger.tip().peers.iter().map(peer).collect()
    }

    async fn build(
        &self,
        height: Height,
        round: u32,
        proposer: Address,
        _budget: Duration,
    ) -> Result<Arc<Proposal>, AppError> {
        let built = self.blocking(move |ledger| {
            let next = ledger.tip().parent.height.next();
            if height != next {
                return Err(LedgerError::Height { given: height, next });
            }
            if let Some(proposal) = Self::built_before(ledger, height, round, proposer)? {
                return Ok(proposal);
            }
            let (header, payload) = ledger.build(round, proposer)?;
            Ok(Proposal { header, payload: Bytes::from(payload) })
        });
        built.await?.map(Arc::new).map_err(|error| severity(&error))
    }

    async fn check(&self, proposal: Arc<Proposal>, origin: Origin) -> Result<Verdict, AppError> {
        let judges_clock = origin == Origin::Live { first_seen_without_lock: true };
        let latest_ms = self.ledger.now_ms().saturating_add(limits::CLOCK_DEVIATION_MS_MAX);
        if judges_clock && proposal.header.time_ms > latest_ms {
            let ahead_ms = proposal.header.time_ms.saturating_sub(self.ledger.now_ms());
            return Ok(Verdict::Invalid(format!(
                "block time lies {ahead_ms} ms ahead of this node's clock"
            )));
        }
        let checked = if origin == Origin::Sync { Checked::ByQuorum } else { Checked::All };
        let verdict =
            self.blocking(move |ledger| ledger.check(&proposal.header, &proposal.payload, checked));
        match verdict.await? {
            Ok(()) => Ok(Verdict::Valid),
            // Says nothing of the header, whose true payload may come yet.
            Err(LedgerError::Block(error @ BlockError::PayloadHash)) => {
                Err(AppError::Transient(chain_of(&error)))
            }
            Err(LedgerError::Block(error)) if error.is_invalid() => {
                Ok(Verdict::Invalid(chain_of(&error)))
            }
            Err(error) => Err(severity(&error)),
        }
    }

    async fn load(&self, value_id: Hash) -> Option<Arc<Proposal>> {
        self.blocking(move |ledger| stored(ledger, value_id)).await.ok().flatten().map(Arc::new)
    }

    async fn undecided(&self, height: Height) -> Vec<Arc<Proposal>> {
        let load = move |ledger: &Ledger| {
            let undecided = ledger.store.undecided(height).unwrap_or_default();
            undecided
                .into_iter()
                .filter_map(|value| stored(ledger, value.value_id))
                .map(Arc::new)
                .collect()
        };
        self.blocking(load).await.unwrap_or_default()
    }

    async fn commit(&self, value_id: Hash, quorum: Quorum) -> Result<(), AppError> {
        let committed = self.blocking(move |ledger| ledger.commit(value_id, quorum)).await?;
        committed.map_err(|error| severity(&error))
    }

    async fn decided(&self, height: Height) -> Option<Decided> {
        let read = move |ledger: &Ledger| {
            let block = ledger.store.block(height).ok().flatten()?;
            let stored = ledger.store.payload_of(height).ok().flatten()?;
            Some(Decided {
                header_bytes: Bytes::from(codec::encode(&stored.header)),
                payload: Bytes::from(stored.payload),
                quorum: block.quorum,
            })
        };
        self.blocking(read).await.ok().flatten()
    }

    fn pending(&self) -> bool {
        self.mempool.pending()
    }

    async fn wait_pending(&self) {
        self.mempool.wait_pending().await;
    }

    async fn evidence(&self, evidence: DoubleVote) {
        // One piece convicts; of a flood of them some may be lost.
        if self.evidence.try_send(evidence).is_err() {
            tracing::warn!("evidence came faster than it can be stored, a piece is dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fatal(error: impl Into<LedgerError>) -> bool {
        matches!(severity(&error.into()), AppError::Fatal(_))
    }

    #[test]
    fn what_no_repetition_mends_ends_the_node() {
        let what = "a test";
        assert!(is_fatal(StoreError::Corrupt { what, source: None }));
        assert!(is_fatal(StoreError::PayloadMissing { value_id: Hash::ZERO }));
        assert!(is_fatal(StoreError::OutOfOrder { given: Height(3), tip: Height(3) }));
        assert!(is_fatal(BlockError::ProtocolVersion { version: 2, known: 1 }));
        let AppError::Fatal(text) =
            severity(&BlockError::ProtocolVersion { version: 2, known: 1 }.into())
        else {
            panic!("not fatal");
        };
        assert!(text.starts_with("YL1104 ") && text.contains("version 2"), "{text}");
        assert!(is_fatal(BlockError::State(yinglian_contract_api::StateError {
            reason: "gone".into()
        })));
        assert!(is_fatal(LedgerError::Contradiction(Hash::ZERO)));
    }

    #[test]
    fn a_full_disk_and_an_invalid_block_do_not_end_the_node() {
        assert!(!is_fatal(StoreError::DiskFull { free_bytes: 1, head_room_bytes: 2 }));
        assert!(!is_fatal(BlockError::PayloadHash));
        let corrupt = StoreError::Corrupt { what: "a test", source: None };
        assert!(!is_fatal(LedgerError::OwnProposal(corrupt)));
        assert!(!is_fatal(LedgerError::Height { given: Height(1), next: Height(2) }));
    }
}
