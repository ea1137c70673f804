//! Votes and proposals, and the bytes they are signed as (owned by the protocol).

use super::{BlockHeight, BlockId, Chain, ValidatorId};
use malachite::app::types::core::{self as engine, NilOrVal, Round, SignedExtension, VoteType};
use yinglian_protocol::{GenesisHash, VoteKind, proposal_bytes, vote_bytes};

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockVote {
    /// Prevote or precommit.
    pub kind: VoteKind,
    /// Height voted at.
    pub height: BlockHeight,
    /// Round voted in, always defined.
    pub round: Round,
    /// Header hash, or nil.
    pub value: NilOrVal<BlockId>,
    /// Who votes.
    pub validator: ValidatorId,
}

impl BlockVote {
    /// The bytes that the vote's signature covers.
    pub fn signing_bytes(&self, genesis: &GenesisHash) -> Vec<u8> {
        let value = match self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(id.0),
        };
        vote_bytes(genesis, self.kind, self.height.into(), signed_round(self.round), value)
    }
}

// The engine never votes in the nil round; were it to, the signature would be of no use in any round.
fn signed_round(round: Round) -> u32 {
    round.as_u32().unwrap_or(u32::MAX)
}

impl engine::Vote<Chain> for BlockVote {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        match self.kind {
            VoteKind::Prevote => VoteType::Prevote,
            VoteKind::Precommit => VoteType::Precommit,
        }
    }

    fn validator_address(&self) -> &ValidatorId {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<Chain>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Chain>> {
        None
    }

    fn extend(self, _: SignedExtension<Chain>) -> Self {
        self
    }
}

/// A proposal: the hash only, the block travels in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockProposal {
    /// Height proposed for.
    pub height: BlockHeight,
    /// Round proposed in, always defined.
    pub round: Round,
    /// Header hash.
    pub value: BlockId,
    /// Round of the proof of lock, nil for a new value.
    pub lock_round: Round,
    /// Who proposes.
    pub proposer: ValidatorId,
}

impl BlockProposal {
    /// The bytes that the proposal's signature covers.
    pub fn signing_bytes(&self, genesis: &GenesisHash) -> Vec<u8> {
        let lock = self.lock_round.as_u32();
        proposal_bytes(genesis, self.height.into(), signed_round(self.round), lock, self.value.0)
    }
}

impl engine::Proposal<Chain> for BlockProposal {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockId {
        &self.value
    }

    fn take_value(self) -> BlockId {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.lock_round
    }

    fn validator_address(&self) -> &ValidatorId {
        &self.proposer
    }
}
