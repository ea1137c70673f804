//! Between the policy's and the engine's forms of the same things.

use crate::context::{BlockId, Chain, ValidatorId};
use crate::policy::Seen;
use crate::ports::{DoubleKind, DoubleVote};
use malachite::app::types::core::{NilOrVal, Round, SignedProposal, SignedVote, Validity};
use malachite::app::types::{LocallyProposedValue, ProposedValue};
use yinglian_protocol::{Hash, VoteKind};

pub(super) fn proposed_value(seen: &Seen) -> ProposedValue<Chain> {
    ProposedValue {
        height: seen.height.into(),
        round: Round::new(seen.round),
        valid_round: seen.lock_round.into(),
        proposer: ValidatorId(seen.proposer),
        value: BlockId(seen.value_id),
        validity: Validity::from_bool(seen.valid),
    }
}

pub(super) fn local_value(seen: &Seen) -> LocallyProposedValue<Chain> {
    LocallyProposedValue::new(seen.height.into(), Round::new(seen.round), BlockId(seen.value_id))
}

fn hash(value: &NilOrVal<BlockId>) -> Option<Hash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(id) => Some(id.0),
    }
}

pub(super) fn double_vote(first: &SignedVote<Chain>, second: &SignedVote<Chain>) -> DoubleVote {
    DoubleVote {
        validator: first.message.validator.0,
        kind: match first.message.kind {
            VoteKind::Prevote => DoubleKind::Prevote,
            VoteKind::Precommit => DoubleKind::Precommit,
        },
        height: first.message.height.into(),
        round: first.message.round.as_u32().unwrap_or(0),
        first: (hash(&first.message.value), first.signature.into()),
        second: (hash(&second.message.value), second.signature.into()),
    }
}

pub(super) fn double_proposal(
    first: &SignedProposal<Chain>,
    second: &SignedProposal<Chain>,
) -> DoubleVote {
    DoubleVote {
        validator: first.message.proposer.0,
        kind: DoubleKind::Proposal {
            first_lock_round: first.message.lock_round.as_u32(),
            second_lock_round: second.message.lock_round.as_u32(),
        },
        height: first.message.height.into(),
        round: first.message.round.as_u32().unwrap_or(0),
        first: (Some(first.message.value.0), first.signature.into()),
        second: (Some(second.message.value.0), second.signature.into()),
    }
}
