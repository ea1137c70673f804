//! What consensus needs from the rest of the node. Answered by the node's adapters; this crate knows no other crate of it.

use crate::Proposal;
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use yinglian_protocol::{Address, Hash, Height, Quorum, Signature, ValidatorSet};

/// The last committed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its height; zero when only the genesis is there.
    pub height: Height,
    /// Hash of its header; of the genesis at height zero.
    pub hash: Hash,
    /// Its time, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Leaves in the log after it.
    pub log_size: u64,
}

/// Where a validator (of the set, or registered and not yet active) is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Address of its consensus key.
    pub address: Address,
    /// libp2p peer id, base58.
    pub peer_id: String,
    /// Multiaddresses: first the engine's, such as `/ip4/10.1.0.4/tcp/26600`; second that of the envelope network, which is the
    /// next port when only one is given.
    pub addresses: Vec<String>,
}

/// How a value came to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Proposed by a peer while this node takes part.
    Live {
        /// Never seen before, and proposed without a round of lock: the only case in which the proposer's clock may be
        /// judged by one's own (spec 4).
        first_seen_without_lock: bool,
    },
    /// Seen before a restart.
    Replay,
    /// Under a verified quorum: signatures of envelopes need not be checked again.
    Sync,
}

/// The application's word on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Executed, equal to its header, and its payload is on disk.
    Valid,
    /// Not a block that may follow the tip; with the reason, for people.
    Invalid(String),
}

/// Why the application could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// A condition that may pass: no space, a task that was dropped. The question is asked again.
    #[error("{0}")]
    Transient(String),
    /// The node must end: its state contradicts a decision, or storage is damaged.
    #[error("{0}")]
    Fatal(String),
}

/// A decided block as stored, for peers that catch up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Encoded header.
    pub header_bytes: Bytes,
    /// Encoded payload.
    pub payload: Bytes,
    /// Its quorum.
    pub quorum: Quorum,
}

/// What two signatures of one validator contradict each other about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubleKind {
    /// Two prevotes.
    Prevote,
    /// Two precommits.
    Precommit,
    /// Two proposals, with the lock rounds they name.
    Proposal {
        /// Lock round of the first.
        first_lock_round: Option<u32>,
        /// Lock round of the second.
        second_lock_round: Option<u32>,
    },
}

/// Proof that a validator signed two messages of which an honest one signs one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubleVote {
    /// Who signed.
    pub validator: Address,
    /// What was signed.
    pub kind: DoubleKind,
    /// Height of both.
    pub height: Height,
    /// Round of both.
    pub round: u32,
    /// First value (none: nil) and signature.
    pub first: (Option<Hash>, Signature),
    /// Second value and signature.
    pub second: (Option<Hash>, Signature),
}

/// The chain behind consensus: builds, checks, stores and commits blocks.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// The last committed block.
    fn tip(&self) -> Tip;

    /// Longest time between two headers that the chain allows after the tip, milliseconds; none when it says nothing.
    fn heartbeat_ms_max(&self) -> Option<u64> {
        None
    }

    /// The set in force at a height not above tip + 1.
    fn validators(&self, height: Height) -> Option<ValidatorSet>;

    /// Validators of the registry, those not yet active included.
    fn peers(&self) -> Vec<Peer>;

    /// Lowest height kept, for peers that catch up.
    fn lowest_height(&self) -> Height {
        Height(1)
    }

    /// Builds a block within `budget`, executing while it builds. The block and its payload are on disk before this
    /// returns; the same height and round give the identical proposal, also after a restart.
    async fn build(
        &self,
        height: Height,
        round: u32,
        proposer: Address,
        budget: Duration,
    ) -> Result<Arc<Proposal>, AppError>;

    /// Executes a value once (results cached by value id) and stores its payload, synced, before it says `Valid`. The payload may
    /// be another than the header names, for which the header is not to blame: that is `Transient`.
    async fn check(&self, proposal: Arc<Proposal>, origin: Origin) -> Result<Verdict, AppError>;

    /// A value seen before, decided or not.
    async fn load(&self, value_id: Hash) -> Option<Arc<Proposal>>;

    /// Values of a height that were stored and not decided: seen before a crash.
    async fn undecided(&self, height: Height) -> Vec<Arc<Proposal>>;

    /// Makes a decision durable. Executes first when this process has not; a mismatch is `Fatal`.
    async fn commit(&self, value_id: Hash, quorum: Quorum) -> Result<(), AppError>;

    /// A decided block.
    async fn decided(&self, height: Height) -> Option<Decided>;

    /// True when an envelope waits to be put in a block.
    fn pending(&self) -> bool;

    /// Returns when an envelope waits.
    async fn wait_pending(&self);

    /// Stores and submits a proof of double signing.
    async fn evidence(&self, evidence: DoubleVote);
}
