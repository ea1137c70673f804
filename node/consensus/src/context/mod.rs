//! The types that the engine votes with: heights, validators, the 32-byte header hash as value, votes and proposals.
//!
//! Decides the proposer of a round (by `ValidatorSet::proposer`) and nothing else. Usable with the engine's core alone,
//! so that the simulator runs the same types. Never: I/O, clocks.

mod members;
mod messages;
mod part;
mod primitives;
mod scheme;

pub use members::{Member, Members};
pub use messages::{BlockProposal, BlockVote};
pub use part::Part;
pub use primitives::{BlockHeight, BlockId, ValidatorId};
pub use scheme::{Scheme, VoteSignature};

use malachite::app::types::core::{Context, LinearTimeouts, NilOrVal, Round, VoteType};
use yinglian_protocol::{GenesisHash, Suite, VoteKind};

/// The chain as the engine sees it: what every signed byte names, and the suite of its hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Hash of the genesis.
    pub genesis: GenesisHash,
    /// Suite of the chain.
    pub suite: Suite,
}

impl Context for Chain {
    type Address = ValidatorId;
    type Height = BlockHeight;
    type ProposalPart = Part;
    type Proposal = BlockProposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = LinearTimeouts;
    type Value = BlockId;
    type Vote = BlockVote;
    // Vote extensions are disabled at every height.
    type Extension = ();
    type SigningScheme = Scheme;

    fn select_proposer<'a>(
        &self,
        set: &'a Members,
        height: BlockHeight,
        round: Round,
    ) -> &'a Member {
        set.proposer(height, round)
    }

    fn new_proposal(
        &self,
        height: BlockHeight,
        round: Round,
        value: BlockId,
        lock_round: Round,
        proposer: ValidatorId,
    ) -> BlockProposal {
        BlockProposal { height, round, value, lock_round, proposer }
    }

    fn new_prevote(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<BlockId>,
        validator: ValidatorId,
    ) -> BlockVote {
        BlockVote { kind: VoteKind::Prevote, height, round, value, validator }
    }

    fn new_precommit(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<BlockId>,
        validator: ValidatorId,
    ) -> BlockVote {
        BlockVote { kind: VoteKind::Precommit, height, round, value, validator }
    }
}

/// The protocol's name of the engine's vote type.
pub(crate) fn vote_kind(kind: VoteType) -> VoteKind {
    match kind {
        VoteType::Prevote => VoteKind::Prevote,
        VoteType::Precommit => VoteKind::Precommit,
    }
}
