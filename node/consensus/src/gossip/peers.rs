//! Who is who: peers of the registry, the processes behind their connections, and how far they are.

use super::PeerState;
use super::message::Hello;
use crate::config::gossip_of;
use crate::ports::Peer;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use std::collections::{BTreeMap, HashMap};
use yinglian_protocol::{Address, Height};

#[derive(Default)]
pub(super) struct Peers {
    own: Option<Address>,
    // Registered validators other than ourselves.
    addresses: BTreeMap<PeerId, (Address, Vec<Multiaddr>)>,
    observers: Vec<PeerId>,
    heights: BTreeMap<PeerId, Height>,
    connections: BTreeMap<PeerId, usize>,
    // What each open connection said of the process at its other end, and when.
    processes: HashMap<(PeerId, ConnectionId), (Hello, u64)>,
}

impl Peers {
    pub(super) fn new(own: Option<Address>, observers: &[String]) -> Self {
        let observers = observers.iter().filter_map(|text| text.parse().ok()).collect();
        Self { own, observers, ..Self::default() }
    }

    /// Follows the registry; the ids that may connect.
    pub(super) fn follow(&mut self, registry: &[Peer]) -> Vec<PeerId> {
        self.addresses = registry
            .iter()
            .filter(|peer| Some(peer.address) != self.own)
            .filter_map(|peer| {
                let (id, address) = gossip_of(peer)?;
                Some((id, (peer.address, vec![address])))
            })
            .collect();
        self.addresses.keys().chain(&self.observers).copied().collect()
    }

    pub(super) fn validator(&self, peer: &PeerId) -> Option<Address> {
        self.addresses.get(peer).map(|(address, _)| *address)
    }

    /// Validators to dial: registered and not connected.
    pub(super) fn to_dial(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let absent = self.addresses.iter().filter(|(id, _)| !self.connections.contains_key(*id));
        absent.map(|(id, (_, addresses))| (*id, addresses.clone())).collect()
    }

    pub(super) fn connected_validators(&self) -> Vec<PeerId> {
        self.connections.keys().filter(|id| self.addresses.contains_key(*id)).copied().collect()
    }

    pub(super) fn connected(&self) -> Vec<PeerId> {
        self.connections.keys().copied().collect()
    }

    pub(super) fn opened(&mut self, peer: PeerId) {
        *self.connections.entry(peer).or_default() += 1;
    }

    /// True when it was the peer's last connection.
    pub(super) fn closed(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        remaining: u32,
    ) -> bool {
        self.processes.remove(&(peer, connection));
        if remaining > 0 {
            self.connections.insert(peer, remaining as usize);
            return false;
        }
        self.connections.remove(&peer);
        self.heights.remove(&peer);
        true
    }

    /// A peer spoke of itself over a connection.
    pub(super) fn hello(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        hello: Hello,
        now_ms: u64,
    ) {
        if self.connections.contains_key(&peer) {
            self.processes.insert((peer, connection), (hello, now_ms));
            self.heights.insert(peer, hello.height);
        }
    }

    /// True when another process than `instance` said, over a connection of this peer that is still open, that it signs.
    pub(super) fn other_process(
        &self,
        peer: PeerId,
        instance: [u8; 16],
        now_ms: u64,
        quiet_ms: u64,
    ) -> bool {
        self.processes.iter().any(|((id, _), (other, heard_ms))| {
            let heard = now_ms.saturating_sub(*heard_ms) < quiet_ms;
            *id == peer && other.instance != instance && other.signs && heard
        })
    }

    pub(super) fn states(&self) -> BTreeMap<Address, PeerState> {
        self.connected_validators()
            .into_iter()
            .filter_map(|id| {
                let height = self.heights.get(&id).copied();
                Some((self.validator(&id)?, PeerState { height }))
            })
            .collect()
    }
}
