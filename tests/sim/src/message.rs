//! What travels between simulated nodes.

use crate::disk::Block;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use std::sync::Arc;
use yinglian_consensus::Proposal;
use yinglian_consensus::context::Chain;
use yinglian_consensus::policy::Assembled;
use yinglian_protocol::Height;

/// A message.
#[derive(Clone)]
pub enum Message {
    /// A vote or a proposal.
    Consensus(Box<SignedConsensusMsg<Chain>>),
    /// Votes sent again, certificates.
    Liveness(Box<LivenessMsg<Chain>>),
    /// A complete stream of proposal parts (their assembly is tested by itself).
    Parts(Assembled, Arc<Proposal>),
    /// How far the sender is.
    Status(Height),
    /// A block is wanted.
    Wanted(Height),
    /// A decided block.
    Decided(Block),
}
