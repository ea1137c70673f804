//! Settings of consensus, and how they become the engine's.
//!
//! Figures are those measured for the engine; each says why where it is not the engine's default.

use crate::context::Chain;
use crate::error::StartError;
use crate::ports::Peer;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use malachite::app::config::{
    ChannelNames, ConsensusConfig, DiscoveryConfig, GossipSubConfig, NodeConfig, P2pConfig,
    ProtocolNames, PubSubMaxSizePerTopic, PubSubProtocol, ValuePayload, ValueSyncConfig,
};
use malachite::app::types::core::LinearTimeouts;
use std::path::PathBuf;
use std::time::Duration;

/// Up to this many validators send to each other directly; above, by GossipSub.
pub const BROADCAST_VALIDATORS_MAX: usize = 30;
/// Largest sync response, bytes (32 MiB, four times the largest block: a block above it could never be synced).
pub const SYNC_RESPONSE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How consensus messages spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// Direct sends for up to [`BROADCAST_VALIDATORS_MAX`] validators, GossipSub above.
    #[default]
    Auto,
    /// Direct sends to every validator: fastest, needs a full mesh.
    Broadcast,
    /// GossipSub: relays through the mesh.
    GossipSub,
}

/// Timeouts of a round: a base, and what each further round adds. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Wait for a proposal.
    pub propose_ms: u64,
    /// Added each round.
    pub propose_delta_ms: u64,
    /// Wait after two thirds of prevotes for different values.
    pub prevote_ms: u64,
    /// Added each round.
    pub prevote_delta_ms: u64,
    /// Wait after two thirds of precommits for different values.
    pub precommit_ms: u64,
    /// Added each round.
    pub precommit_delta_ms: u64,
    /// After this time without progress votes are sent again.
    pub rebroadcast_ms: u64,
    /// No timeout is longer.
    pub max_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            propose_ms: 1_000,
            propose_delta_ms: 500,
            prevote_ms: 500,
            prevote_delta_ms: 250,
            precommit_ms: 500,
            precommit_delta_ms: 250,
            rebroadcast_ms: 2_000,
            max_ms: 30_000,
        }
    }
}

/// Settings of consensus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of the write-ahead log and the sign-state; on a disk with power-loss protection.
    pub data_dir: PathBuf,
    /// Name of the node in logs and engine metrics.
    pub name: String,
    /// Multiaddress that the engine listens on.
    pub listen: String,
    /// Multiaddress that the envelope network listens on; none means the port after the engine's.
    pub gossip_listen: Option<String>,
    /// Peer ids of observers that may connect.
    pub observers: Vec<String>,
    /// Longest time between two blocks when nothing is pending, milliseconds, at most 10,000.
    pub heartbeat_ms: u64,
    /// Timeouts of a round.
    pub timeouts: Timeouts,
    /// How consensus messages spread.
    pub spread: Spread,
    /// Connections accepted from one IP address: many nodes may stand behind one gateway.
    pub connections_per_ip_max: usize,
    /// Time for which no peer may hear another process with this validator's key before a follower signs again,
    /// milliseconds.
    pub twin_quiet_ms: u64,
}

impl Config {
    /// Defaults, for a node in this folder that listens here.
    pub fn new(data_dir: PathBuf, listen: &str) -> Self {
        Self {
            data_dir,
            name: "yinglian".into(),
            listen: listen.into(),
            gossip_listen: None,
            observers: Vec::new(),
            heartbeat_ms: 5_000,
            timeouts: Timeouts::default(),
            spread: Spread::default(),
            connections_per_ip_max: 64,
            twin_quiet_ms: 3_000,
        }
    }

    /// The engine's write-ahead log.
    pub fn log_path(&self) -> PathBuf {
        self.data_dir.join("consensus.wal")
    }

    /// The sign-state.
    pub fn sign_state_path(&self) -> PathBuf {
        self.data_dir.join("sign-state")
    }

    pub(crate) fn listen_address(&self) -> Result<Multiaddr, StartError> {
        address(&self.listen).map_err(|reason| StartError::Setting { setting: "listen", reason })
    }

    pub(crate) fn gossip_listen_address(&self) -> Result<Multiaddr, StartError> {
        match &self.gossip_listen {
            Some(text) => address(text)
                .map_err(|reason| StartError::Setting { setting: "gossip_listen", reason }),
            None => self.listen_address().map(|engine| next_port(&engine)),
        }
    }

    pub(crate) fn linear_timeouts(&self) -> LinearTimeouts {
        let t = &self.timeouts;
        LinearTimeouts {
            propose: Duration::from_millis(t.propose_ms),
            propose_delta: Duration::from_millis(t.propose_delta_ms),
            prevote: Duration::from_millis(t.prevote_ms),
            prevote_delta: Duration::from_millis(t.prevote_delta_ms),
            precommit: Duration::from_millis(t.precommit_ms),
            precommit_delta: Duration::from_millis(t.precommit_delta_ms),
            rebroadcast: Duration::from_millis(t.rebroadcast_ms),
            max_timeout: Duration::from_millis(t.max_ms),
        }
    }
}

/// Parses a TCP multiaddress.
fn address(text: &str) -> Result<Multiaddr, String> {
    let address: Multiaddr = text.parse().map_err(|error| format!("{text}: {error}"))?;
    if address.iter().any(|part| matches!(part, Protocol::Tcp(_))) {
        Ok(address)
    } else {
        Err(format!("{text}: names no TCP port"))
    }
}

/// The engine's address of a peer: its own, ending in its peer id.
pub(crate) fn engine_address(text: &str, peer: PeerId) -> Option<Multiaddr> {
    let plain: Multiaddr =
        address(text).ok()?.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect();
    Some(plain.with(Protocol::P2p(peer)))
}

/// The envelope address of an engine that names none of its own: the next TCP port.
fn next_port(engine: &Multiaddr) -> Multiaddr {
    engine
        .iter()
        .filter(|part| !matches!(part, Protocol::P2p(_)))
        .map(|part| match part {
            // Port 0 asks the system for any free port, here too.
            Protocol::Tcp(0) => Protocol::Tcp(0),
            Protocol::Tcp(port) => Protocol::Tcp(port.saturating_add(1)),
            other => other,
        })
        .collect()
}

/// Where a registry peer's engine is dialled.
pub(crate) fn engine_of(peer: &Peer) -> Option<(PeerId, Multiaddr)> {
    let id: PeerId = peer.peer_id.parse().ok()?;
    Some((id, engine_address(peer.addresses.first()?, id)?))
}

/// Where a registry peer's envelope network is dialled.
pub(crate) fn gossip_of(peer: &Peer) -> Option<(PeerId, Multiaddr)> {
    let (id, engine) = engine_of(peer)?;
    let named = peer.addresses.get(1).and_then(|text| address(text).ok());
    Some((id, named.unwrap_or_else(|| next_port(&engine))))
}

/// The engine's configuration.
#[derive(Debug, Clone)]
pub(crate) struct EngineConfig {
    name: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl NodeConfig for EngineConfig {
    fn moniker(&self) -> &str {
        &self.name
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}

/// Sizes are given to the engine as text: its type for them is not exported.
macro_rules! bytes {
    ($text:literal) => {
        $text.parse().unwrap_or_default()
    };
}

impl EngineConfig {
    /// `votes`: takes part in consensus; otherwise follows by value sync alone.
    pub(crate) fn new(
        config: &Config,
        chain: &Chain,
        validators: usize,
        persistent_peers: Vec<Multiaddr>,
        votes: bool,
    ) -> Result<Self, StartError> {
        let p2p = P2pConfig {
            listen_addr: config.listen_address()?,
            persistent_peers,
            persistent_peers_only: true,
            discovery: DiscoveryConfig {
                enabled: false,
                max_connections_per_ip: config.connections_per_ip_max,
                ip_throttle_duration: Duration::from_secs(1),
                ..DiscoveryConfig::default()
            },
            protocol: pubsub(config.spread, validators),
            pubsub_max_size: bytes!("16MiB"),
            pubsub_max_size_per_topic: PubSubMaxSizePerTopic {
                proposal_parts: Some(bytes!("512KiB")),
                ..PubSubMaxSizePerTopic::default()
            },
            rpc_max_size: bytes!("64MiB"),
            protocol_names: protocol_names(chain),
            channel_names: channel_names(chain),
        };
        Ok(Self {
            name: config.name.clone(),
            consensus: ConsensusConfig {
                enabled: votes,
                p2p,
                value_payload: ValuePayload::ProposalAndParts,
                queue_capacity: 16,
                // Votes and a proposal of ten rounds.
                queue_per_height_capacity: 500.max((2 * validators + 1) * 10),
            },
            sync: ValueSyncConfig {
                enabled: true,
                // Zero: a status after every block, so that a lagging peer knows at once.
                status_update_interval: Duration::ZERO,
                request_timeout: Duration::from_secs(2),
                max_response_size: bytes!("32MiB"),
                batch_size: 10,
                parallel_requests: 5,
                ..ValueSyncConfig::default()
            },
        })
    }
}

fn pubsub(spread: Spread, validators: usize) -> PubSubProtocol {
    let direct = match spread {
        Spread::Auto => validators <= BROADCAST_VALIDATORS_MAX,
        Spread::Broadcast => true,
        Spread::GossipSub => false,
    };
    if direct {
        return PubSubProtocol::Broadcast;
    }
    let mesh = validators.saturating_sub(1).clamp(1, 8);
    PubSubProtocol::GossipSub(GossipSubConfig::new(
        mesh,
        2 * mesh,
        mesh.min(4),
        0,
        false,
        true,
        true,
    ))
}

/// The first 16 hex digits of the genesis hash.
pub(crate) fn short(chain: &Chain) -> String {
    chain.genesis.0.as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

// Nodes of different chains do not understand each other from the first byte on.
fn protocol_names(chain: &Chain) -> ProtocolNames {
    let name = |what: &str| format!("/yinglian/{}/{what}/1", short(chain));
    ProtocolNames {
        consensus: name("consensus"),
        discovery_kad: name("kad"),
        discovery_regres: name("peers"),
        sync: name("sync"),
        validator_proof: name("proof"),
    }
}

fn channel_names(chain: &Chain) -> ChannelNames {
    let name = |what: &str| format!("/yl/{}/{what}", short(chain));
    ChannelNames {
        consensus: name("votes"),
        proposal_parts: name("parts"),
        sync: name("sync"),
        liveness: name("live"),
    }
}
