//! Evidence of double voting: stored, and submitted as an envelope signed by this validator (spec 5).

use crate::ledger::Ledger;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use yinglian_consensus::{DoubleKind, DoubleVote};
use yinglian_crypto::SigningKey;
use yinglian_mempool::Mempool;
use yinglian_protocol::calls::membership::{CONTRACT, EVIDENCE_REPORT, EvidenceReport};
use yinglian_protocol::calls::{self, SignedVote};
use yinglian_protocol::{Envelope, EnvelopeBody, Name, VoteKind, codec};

const TAG_EVIDENCE: &str = "yinglian/evidence/v1";
/// An envelope with evidence is valid this long, milliseconds.
const VALID_MS: u64 = 600_000;

/// Stores and submits every piece, until the process ends.
pub fn keep(
    ledger: Arc<Ledger>,
    mempool: Arc<Mempool>,
    key: Option<Arc<SigningKey>>,
    mut pieces: UnboundedReceiver<DoubleVote>,
) {
    tokio::spawn(async move {
        while let Some(piece) = pieces.recv().await {
            tracing::warn!(validator = %piece.validator, height = %piece.height, round = piece.round,
                kind = ?piece.kind, "double voting");
            let Some(vote) = reportable(&piece) else { continue };
            let bytes = codec::encode(&vote);
            let hash = ledger.suite().tagged_hash(TAG_EVIDENCE, &[&bytes]);
            if let Err(error) = ledger.store.put_evidence(&hash, &bytes) {
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
