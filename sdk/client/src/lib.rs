//! Asynchronous client of Yinglian nodes.
//!
//! Decides: which node to ask, when to ask again, and whether an answer is proven. Comes in: calls to be recorded, ids to be
//! looked up, a [`Signer`](yinglian_crypto::Signer), a trust root. Goes out: answers, each verified as far as the trust root reaches,
//! or a [`ClientError`] with a stable code. Never: a disk, a key in clear, a trust root taken from the node that is asked.
//!
//! With a trust root ([`ClientConfig::trust`]) receipts, headers and proofs are refused unless they are proven under it.
//! Without one they are checked only against themselves, and [`ReceiptAnswer::proven`] is empty. A status or an event is the
//! word of the node that answers; only the receipt proves it.
//!
//! Every request of this client may be repeated: reads change nothing, and an envelope is recorded once however often it is
//! submitted. So a request that fails is tried again, at the next node first.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
#![warn(missing_docs)]

mod answers;
mod call;
mod chain;
mod client;
mod config;
mod error;
mod events;
mod export;
mod node;
mod proofs;
mod records;
mod signed;
mod sse;
mod submit;
mod transport;
mod trusted;

pub use answers::{
    CommittedEvent, DecidedHeader, EnvelopeState, EnvelopeStatus, NodeStatus, PeerStatus, Reason,
    ReceiptAnswer, RecordView, Why,
};
pub use call::EncodedCall;
pub use client::Client;
pub use config::{ClientConfig, Trust};
pub use error::{ClientError, Refused};
pub use events::Events;
pub use export::ExportStream;
pub use proofs::ProvenValue;
pub use submit::Wait;
