//! Why a block is not executed: a broken rule, each with its name, or a state that cannot be read here.

use yinglian_contract_api::StateError;
use yinglian_protocol::{Code, Height};

/// A block that is invalid on every node, or that this node cannot execute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A field of the header that follows from the chain and the parent.
    #[error("header's {field} does not follow from the chain and the parent block")]
    Header {
        /// Name of the field.
        field: &'static str,
    },
    /// The chain runs under rules that this program does not know: it stops here. A header that merely claims another version
    /// than the chain's is invalid instead.
    #[error("the chain runs under protocol version {version}, this program knows {known}")]
    ProtocolVersion {
        /// Version of the chain.
        version: u32,
        /// Version of this program.
        known: u32,
    },
    /// Time does not move forward.
    #[error("block time {time_ms} is not later than {parent_ms} of the block before")]
    TimeNotLater {
        /// Time in the header, milliseconds.
        time_ms: u64,
        /// Time of the block before, milliseconds.
        parent_ms: u64,
    },
    /// The proposer named is not the proposer of the height and building round.
    #[error("header's proposer is not the proposer of height {height} round {round}")]
    WrongProposer {
        /// Height of the block.
        height: Height,
        /// Round in which it says to be built.
        round: u32,
    },
    /// The payload is not the one that the header names.
    #[error("payload's hash is not the header's")]
    PayloadHash,
    /// The payload does not decode.
    #[error("payload does not decode: {0}")]
    Payload(Code),
    /// More envelopes than the chain parameter allows.
    #[error("block holds {records} envelopes, {records_max} are allowed")]
    TooManyRecords {
        /// Envelopes in the payload.
        records: u64,
        /// Parameter in the parent state.
        records_max: u64,
    },
    /// An envelope that fails admission under the parent state.
    #[error("envelope {index} is not admitted: {code}")]
    NotAdmitted {
        /// Index in the block.
        index: u32,
        /// Rule of admission that it breaks.
        code: Code,
    },
    /// An id that is in this block already.
    #[error("envelope {index} has the id of an earlier one in the block")]
    RepeatedInBlock {
        /// Index in the block.
        index: u32,
    },
    /// An id that an earlier block of the window holds.
    #[error("envelope {index} was recorded in an earlier block")]
    RepeatedInWindow {
        /// Index in the block.
        index: u32,
    },
    /// Executing gives another state than the header names.
    #[error("executing the block gives another {field} than the header names")]
    Result {
        /// Name of the header's field.
        field: &'static str,
    },
    /// The state cannot be read: says nothing about the block, ends the node.
    #[error("block could not be executed here")]
    State(#[from] StateError),
}

impl BlockError {
    /// True when the fault is the block's and every node finds the same; false when this node cannot judge.
    pub fn is_invalid(&self) -> bool {
        !matches!(self, Self::State(_) | Self::ProtocolVersion { .. })
    }

    /// Code for logs and answers.
    pub fn code(&self) -> Code {
        match self {
            Self::State(_) => Code::STATE_CORRUPT,
            Self::ProtocolVersion { .. } => Code::PROTOCOL_VERSION_UNKNOWN,
            Self::Payload(code) | Self::NotAdmitted { code, .. } => *code,
            Self::RepeatedInBlock { .. } | Self::RepeatedInWindow { .. } => Code::DUPLICATE,
            _ => Code::BLOCK_INVALID,
        }
    }
}
