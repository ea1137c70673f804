//! The node's configuration: one TOML file in its home. Unknown fields are refused; every value has a default but the addresses.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::Path;

/// `config.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Votes, or follows.
    #[serde(default)]
    pub role: Role,
    /// Who this node is.
    pub node: NodeSection,
    /// Where clients reach it.
    pub api: ApiSection,
    /// Where validators reach its consensus engine.
    pub consensus: ConsensusSection,
    /// Where nodes push envelopes to it.
    pub gossip: GossipSection,
    /// What it may use of the machine.
    #[serde(default)]
    pub storage: StorageSection,
    /// How many envelopes wait.
    #[serde(default)]
    pub mempool: MempoolSection,
    /// What is logged.
    #[serde(default)]
    pub log: LogSection,
    /// Peers beside those of the registry.
    #[serde(default)]
    pub peers: Vec<PeerSection>,
}

/// Votes, or follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Proposes and votes with `keys/validator.pem`.
    #[default]
    Validator,
    /// Follows and serves reads.
    Observer,
}

/// `[node]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSection {
    /// Name in logs and in the view of peers.
    pub moniker: String,
}

/// `[api]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSection {
    /// Address of the HTTP API.
    pub listen: SocketAddr,
    /// What one address may take.
    #[serde(default)]
    pub limits: ApiLimits,
}

/// `[api.limits]`: of one IP address (IPv6: of its /64). Zero: no limit of its own. The machine itself is not limited: a gateway or
/// a proxy there speaks for many and limits them itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiLimits {
    /// Connections at a time.
    pub connections_per_ip: usize,
    /// Requests a second, in the long run.
    pub requests_per_ip_per_second: u32,
    /// Requests at once after a rest.
    pub requests_per_ip_burst: u32,
}

impl Default for ApiLimits {
    fn default() -> Self {
        let api = yinglian_node_api::Config::default();
        Self {
            connections_per_ip: api.connections_per_ip_max,
            requests_per_ip_per_second: api.requests_per_ip_per_second,
            requests_per_ip_burst: api.requests_per_ip_burst,
        }
    }
}

impl ApiLimits {
    /// The interface's settings with these limits.
    pub fn apply(&self, api: yinglian_node_api::Config) -> yinglian_node_api::Config {
        yinglian_node_api::Config {
            connections_per_ip_max: self.connections_per_ip,
            requests_per_ip_per_second: self.requests_per_ip_per_second,
            requests_per_ip_burst: self.requests_per_ip_burst,
            ..api
        }
    }
}

/// `[consensus]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsensusSection {
    /// Multiaddress of the engine, e.g. `/ip4/10.0.0.1/tcp/27000`.
    pub listen: String,
    /// Longest time without a block when nothing is pending, milliseconds (at most 10,000).
    #[serde(default = "default_heartbeat_ms")]
    pub heartbeat_ms: u64,
}

/// `[[peers]]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSection {
    /// libp2p peer id.
    pub peer_id: String,
    /// Multiaddresses: first of the peer's engine, second of its envelope gossip.
    pub addresses: Vec<String>,
}

/// `[gossip]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GossipSection {
    /// Multiaddress of the envelope gossip.
    pub listen: String,
    /// Peer ids of observers that may connect though they are not in the registry.
    #[serde(default)]
    pub observers: Vec<String>,
}

/// `[storage]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSection {
    /// Block cache of the store, MiB.
    pub cache_mib: u64,
    /// Writes are refused when less space than this is free, MiB.
    pub headroom_mib: u64,
    /// Sync every block before it is acknowledged. Off only on a chain whose genesis carries the test flag, to show what a
    /// power cut then destroys.
    pub sync: bool,
}

impl Default for StorageSection {
    fn default() -> Self {
        Self { cache_mib: 128, headroom_mib: 512, sync: true }
    }
}

/// `[mempool]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MempoolSection {
    /// Most envelopes that wait.
    pub envelopes_max: usize,
    /// Most bytes that wait, MiB.
    pub mib_max: usize,
    /// Threads that check signatures.
    pub verification_threads: usize,
    /// Most memory for tables that make the verification of busy SM2 keys several times faster, MiB; 0: none. A thousand keys
    /// need 86 MiB, the busiest among them 264 KiB each.
    pub key_tables_mib_max: usize,
}

impl Default for MempoolSection {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            envelopes_max: 100_000,
            mib_max: 128,
            verification_threads: cores,
            key_tables_mib_max: 64,
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// Level of the node's own crates; `YINGLIAN_LOG` overrides it with a filter.
    pub level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".into() }
    }
}

fn default_heartbeat_ms() -> u64 {
    5_000
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read configuration {}", path.display()))?;
        let config: Self = toml::from_str(&text)
            .with_context(|| format!("configuration {} is invalid", path.display()))?;
        anyhow::ensure!(
            (100..=10_000).contains(&config.consensus.heartbeat_ms),
            "consensus.heartbeat_ms must lie between 100 and 10000"
        );
        Ok(config)
    }
}
