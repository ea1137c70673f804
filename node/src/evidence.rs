//! Evidence of double voting: stored, and submitted as an envelope signed by this validator (spec 5).

use crate::ledger::Ledger;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;
use yinglian_consensus::{DoubleKind, DoubleVote};
use yinglian_crypto::SigningKey;
use yinglian_mempool::Mempool;
use yinglian_protocol::calls::membership::{CONTRACT, EVIDENCE_REPORT, EvidenceReport};
use yinglian_protocol::calls::{self, SignedVote};
use yinglian_protocol::{Address, Envelope, EnvelopeBody, Height, Name, VoteKind, codec};

const TAG_EVIDENCE: &str = "yinglian/evidence/v1";
/// An envelope with evidence is valid this long, milliseconds.
const VALID_MS: u64 = 600_000;

/// Pieces that wait to be stored.
pub const WAITING_MAX: usize = 256;
/// Heights of validators that are remembered as reported.
const REPORTED_MAX: usize = 4_096;

/// Stores and submits one piece of each validator and height, until the process ends: a second one proves nothing more, and a
/// liar can make one in every round.
pub fn keep(
    ledger: Arc<Ledger>,
    mempool: Arc<Mempool>,
    key: Option<Arc<SigningKey>>,
    mut pieces: Receiver<DoubleVote>,
) {
    tokio::spawn(async move {
        let mut reported = Reported::default();
        while let Some(piece) = pieces.recv().await {
            tracing::warn!(validator = %piece.validator, height = %piece.height, round = piece.round,
                kind = ?piece.kind, "double voting");
            let Some(vote) = reportable(&piece) else { continue };
            if !reported.is_first(&piece) {
                continue;
            }
            let bytes = codec::encode(&vote);
            let hash = ledger.suite().tagged_hash(TAG_EVIDENCE, &[&bytes]);
            let store = Arc::clone(&ledger);
            let put = move || store.store.put_evidence(&hash, &bytes);
            // A panic in there is a defect of the store, which ends the node when it writes its next block.
            if let Ok(Err(error)) = tokio::task::spawn_blocking(put).await {
                tracing::error!(%error, "evidence not stored");
            }
            if let Some(key) = &key
                && let Some(envelope) = report(&ledger, key, vote)
                && let Err(refusal) = mempool.submit(&envelope.encode()).await
            {
                tracing::warn!(code = %refusal.code, "evidence not submitted");
            }
        }
    });
}

/// Whose double votes of which heights were reported.
#[derive(Default)]
struct Reported(BTreeSet<(Height, Address)>);

impl Reported {
    fn is_first(&mut self, piece: &DoubleVote) -> bool {
        if self.0.len() >= REPORTED_MAX {
            self.0.pop_first();
        }
        self.0.insert((piece.height, piece.validator))
    }
}

/// Votes can be reported on the chain; two proposals are kept in the log only.
fn reportable(piece: &DoubleVote) -> Option<calls::DoubleVote> {
    let kind = match piece.kind {
        DoubleKind::Prevote => VoteKind::Prevote,
        DoubleKind::Precommit => VoteKind::Precommit,
        DoubleKind::Proposal { .. } => return None,
    };
    let vote = |(value_id, signature)| SignedVote { value_id, signature };
    let votes = (vote(piece.first), vote(piece.second));
    Some(calls::DoubleVote::new(piece.validator, piece.height, piece.round, kind, votes))
}

fn report(ledger: &Ledger, key: &SigningKey, double_vote: calls::DoubleVote) -> Option<Envelope> {
    let body = EnvelopeBody {
        format: 1,
        contract: Name::parse(CONTRACT).ok()?,
        method: Name::parse(EVIDENCE_REPORT).ok()?,
        method_version: 1,
        arguments: codec::encode(&EvidenceReport { double_vote }),
        sender: key.public_key().address(),
        valid_until_ms: ledger.next_time_ms().saturating_add(VALID_MS),
        random: yinglian_crypto::random().ok()?,
    };
    let signature = key.sign_now(&body.signing_bytes(&ledger.genesis_hash()));
    Some(Envelope { body, signature })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinglian_protocol::{Signature, Suite};

    #[test]
    fn of_a_validator_and_height_one_piece_is_reported_and_memory_is_bounded() {
        let key = yinglian_crypto::SigningKey::from_seed(Suite::International, b"liar");
        let piece = |height, round| DoubleVote {
            validator: key.public_key().address(),
            kind: DoubleKind::Prevote,
            height: Height(height),
            round,
            first: (None, Signature([0; 64])),
            second: (None, Signature([1; 64])),
        };
        let mut reported = Reported::default();
        assert!(reported.is_first(&piece(1, 0)));
        assert!(!reported.is_first(&piece(1, 1)));
        for height in 2..10_000 {
            assert!(reported.is_first(&piece(height, 0)));
        }
        assert!(reported.0.len() <= REPORTED_MAX);
    }
}
