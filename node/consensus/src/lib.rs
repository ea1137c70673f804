//! Agreement on blocks: the only crate that knows Malachite and libp2p.
//!
//! Comes in: an [`Application`] that builds, checks and commits blocks. Goes out: decisions with their quorums, and the
//! network of envelopes. Decides what the engine leaves open: who may send parts, when to answer, when a validator may
//! sign. Never: executes a block, stores one, knows what an envelope says.

mod checksum;
mod codec;
mod config;
pub mod context;
mod engine;
mod error;
mod gossip;
pub mod guard;
mod host;
mod log;
mod metrics;
pub mod policy;
mod ports;
mod proposal;
mod service;
mod signing;
mod status;
mod supervisor;
mod watch;

pub use codec::{WireCodec, WireError};
pub use config::{BROADCAST_VALIDATORS_MAX, Config, SYNC_RESPONSE_BYTES_MAX, Spread, Timeouts};
pub use error::{StartError, Stopped};
pub use gossip::{EnvelopeSink, FETCH_IDS_MAX, Gossip, PeerState, Reception, Sender};
pub use libp2p::PeerId;
pub use libp2p::identity::Keypair;
pub use metrics::{Metrics, engine_metrics};
pub use ports::{
    AppError, Application, Decided, DoubleKind, DoubleVote, Origin, Peer, Tip, Verdict,
};
pub use proposal::{PROPOSAL_BYTES_MAX, Proposal, ProposalError};
pub use service::{Handle, Start, start};
pub use signing::{GuardedSigner, VoteVerifier};
pub use status::{GuardState, Status, ValidatorStatus};
pub use watch::Watch;
