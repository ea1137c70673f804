//! The configuration file of a node, as `yinglian-node run --home` reads it.

use super::state::{Node, Role};
use serde::Serialize;

#[derive(Serialize)]
struct Config<'a> {
    role: Role,
    node: NodeTable<'a>,
    api: Listen,
    consensus: Consensus,
    gossip: Gossip<'a>,
    storage: Storage,
    log: Log<'a>,
}

#[derive(Serialize)]
struct NodeTable<'a> {
    moniker: &'a str,
}

#[derive(Serialize)]
struct Listen {
    listen: String,
}

#[derive(Serialize)]
struct Consensus {
    listen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_ms: Option<u64>,
}

#[derive(Serialize)]
struct Gossip<'a> {
    listen: String,
    observers: &'a [String],
}

#[derive(Serialize)]
struct Storage {
    cache_mib: u64,
    headroom_mib: u64,
}

#[derive(Serialize)]
struct Log<'a> {
    level: &'a str,
}

/// Text of `config.toml`; `observers` are the peer ids that may connect though no registry names them, `heartbeat_ms` the time
/// between two blocks with nothing to do.
pub fn text(
    node: &Node,
    observers: &[String],
    heartbeat_ms: Option<u64>,
) -> anyhow::Result<String> {
    let config = Config {
        role: node.role,
        node: NodeTable { moniker: &node.name },
        api: Listen { listen: format!("127.0.0.1:{}", node.api_port) },
        consensus: Consensus { listen: multiaddr(node.consensus_port), heartbeat_ms },
        gossip: Gossip { listen: multiaddr(node.gossip_port), observers },
        // Small, because four nodes share one machine.
        storage: Storage { cache_mib: 64, headroom_mib: 256 },
        log: Log { level: "info" },
    };
    Ok(toml::to_string(&config)?)
}

/// Addresses that the registry holds for a node: consensus first, gossip second.
pub fn addresses(node: &Node) -> Vec<String> {
    vec![multiaddr(node.consensus_port), multiaddr(node.gossip_port)]
}

fn multiaddr(port: u16) -> String {
    format!("/ip4/127.0.0.1/tcp/{port}")
}
