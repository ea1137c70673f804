//! The network of envelopes: a second libp2p swarm beside the engine's, whose network has no room for them.
//!
//! Comes in: envelopes to spread, requests by id, questions to peers. Goes out: envelopes of others, reports of what
//! peers saw a validator sign, and who is connected. Only peers of the registry and configured observers may connect.
//! Never: reads an envelope, decides whether a validator may sign.

mod codec;
mod message;
mod peers;
mod queue;
mod swarm;
#[cfg(test)]
mod tests;

pub(crate) use swarm::{GossipParts, spawn};

use crate::metrics::Metrics;
use crate::policy::PeerReport;
use async_trait::async_trait;
use bytes::Bytes;
use libp2p::PeerId;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use yinglian_protocol::{Address, EnvelopeId, Height};

/// Most envelopes asked for at once.
pub const FETCH_IDS_MAX: usize = 256;
/// Time to wait for the reports of peers.
const REPORTS_TIMEOUT: Duration = Duration::from_millis(1_000);

/// Who sent envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The peer, whose id the connection has proven.
    pub peer: PeerId,
    /// The validator bound to the peer; none for an observer, whose envelopes this node has to push on.
    pub validator: Option<Address>,
}

/// What became of envelopes that a peer pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    /// Looked at, each accepted or not.
    Taken,
    /// No room: the peer tries again later.
    Busy,
}

/// The mempool, as the network sees it.
#[async_trait]
pub trait EnvelopeSink: Send + Sync + 'static {
    /// Takes envelopes of a peer, encoded, each within the limit of its size and nothing else checked.
    async fn received(&self, from: Sender, envelopes: Vec<Bytes>) -> Reception;

    /// Envelopes that wait here, by id.
    async fn find(&self, ids: Vec<EnvelopeId>) -> Vec<Bytes>;
}

/// A peer's state as it said itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerState {
    /// Last height it has committed.
    pub height: Option<Height>,
}

pub(crate) enum Command {
    Push(Vec<Bytes>),
    Fetch(Vec<EnvelopeId>, oneshot::Sender<Vec<Bytes>>),
    Reports(Address, mpsc::UnboundedSender<PeerReport>),
    Stop(oneshot::Sender<()>),
}

/// Handle of the envelope network; clones share it.
#[derive(Clone)]
pub struct Gossip {
    commands: mpsc::Sender<Command>,
    connected: watch::Receiver<BTreeMap<Address, PeerState>>,
    metrics: Metrics,
}

impl Gossip {
    /// Spreads envelopes: to every validator, from an observer to two. Returns at once; false when the network is so
    /// far behind that they were dropped.
    pub fn push(&self, envelopes: Vec<Bytes>) -> bool {
        let count = envelopes.len() as u64;
        let taken = self.commands.try_send(Command::Push(envelopes)).is_ok();
        if !taken {
            self.metrics.gossip_dropped.inc_by(count);
        }
        taken
    }

    /// Asks a connected validator for envelopes by id, at most [`FETCH_IDS_MAX`].
    pub async fn fetch(&self, mut ids: Vec<EnvelopeId>) -> Vec<Bytes> {
        ids.truncate(FETCH_IDS_MAX);
        let (reply, answer) = oneshot::channel();
        if self.commands.send(Command::Fetch(ids, reply)).await.is_err() {
            return Vec::new();
        }
        answer.await.unwrap_or_default()
    }

    /// Validators that are connected.
    pub fn connected(&self) -> BTreeMap<Address, PeerState> {
        self.connected.borrow().clone()
    }

    /// Asks connected validators what they saw `validator` sign.
    pub(crate) async fn reports(&self, validator: Address) -> Vec<PeerReport> {
        let (reply, mut answers) = mpsc::unbounded_channel();
        let mut reports = Vec::new();
        if self.commands.send(Command::Reports(validator, reply)).await.is_err() {
            return reports;
        }
        let _ = tokio::time::timeout(REPORTS_TIMEOUT, async {
            while let Some(report) = answers.recv().await {
                reports.push(report);
            }
        })
        .await;
        reports
    }

    /// Ends the network and waits until its port is free.
    pub(crate) async fn stop(&self) {
        let (reply, ended) = oneshot::channel();
        if self.commands.send(Command::Stop(reply)).await.is_ok() {
            let _ = ended.await;
        }
    }
}
