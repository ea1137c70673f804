//! The messages that carry a block: a signed first part, then pieces of header and payload.

use super::{Chain, VoteSignature};
use bytes::Bytes;
use malachite::app::types::core::ProposalPart;
use yinglian_protocol::PartsHeader;

/// One part of a proposal's stream. The stream's sequence numbers order the pieces: piece `i` has sequence `i + 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Sequence 0: what follows, signed by the proposer of the round.
    First {
        /// Height, round, value id, size and number of pieces.
        header: PartsHeader,
        /// Signature over [`yinglian_protocol::parts_bytes`].
        signature: VoteSignature,
    },
    /// A piece of the encoded proposal.
    Piece(Bytes),
}

impl ProposalPart<Chain> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Self::First { .. })
    }

    // The first part says how many follow; no part knows that it is the last.
    fn is_last(&self) -> bool {
        false
    }
}
