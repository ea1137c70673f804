//! What `devnet` remembers of a network, in `devnet.json`, and where its files lie.

use crate::failure::Coded;
use crate::{files, tr};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use yinglian_crypto::Suite;
use yinglian_protocol::{Code, CreditCode};

const VERSION: u32 = 1;

/// A network on this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devnet {
    /// Layout of this file.
    pub version: u32,
    /// Name of the chain.
    pub chain: String,
    /// Suite of the chain.
    pub suite: Suite,
    /// The chain runs a chosen clock.
    pub test_clock: bool,
    /// Hash of the genesis, lower hex: the trust root.
    pub genesis: String,
    /// Nodes, validators first.
    pub nodes: Vec<Node>,
    /// Organisations with keys.
    pub departments: Vec<Department>,
}

/// A node process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// `node1`, `observer1`.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// Id of the department that runs it.
    pub department: String,
    /// Name of the node in the network, base58.
    pub peer_id: String,
    /// Port of the HTTP API.
    pub api_port: u16,
    /// Port of the consensus network.
    pub consensus_port: u16,
    /// Port of the envelope gossip.
    pub gossip_port: u16,
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Votes.
    Validator,
    /// Follows.
    Observer,
}

/// An organisation of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Short id: the name of its folder of keys.
    pub id: String,
    /// Unified social credit code.
    pub code: CreditCode,
    /// Name for screens.
    pub short_name: String,
    /// Names of its key files.
    pub keys: Vec<String>,
}

impl Node {
    /// Address of the HTTP API.
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.api_port)
    }
}

impl Devnet {
    /// A network that has just been planned.
    pub fn new(
        chain: String,
        suite: Suite,
        test_clock: bool,
        nodes: Vec<Node>,
        departments: Vec<Department>,
    ) -> Self {
        Self {
            version: VERSION,
            chain,
            suite,
            test_clock,
            genesis: String::new(),
            nodes,
            departments,
        }
    }

    /// The network in a folder; none when there is no `devnet.json`.
    pub fn load(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join("devnet.json");
        if !path.exists() {
            return Ok(None);
        }
        let devnet: Self = serde_json::from_str(&files::read_text(&path)?).with_context(|| {
            Coded::could_not(Code::FILE_UNREADABLE, tr!("reading {}", "读取 {}", path.display()))
        })?;
        anyhow::ensure!(
            devnet.version == VERSION,
            "{}: version {}",
            path.display(),
            devnet.version
        );
        Ok(Some(devnet))
    }

    /// The network in a folder, or a failure that says how to make one.
    pub fn expect(folder: &Path) -> anyhow::Result<Self> {
        Self::load(folder)?.ok_or_else(|| {
            let detail = tr!("there is no network in {}", "{} 中没有网络", folder.display());
            let hint = tr!("`yinglian devnet up` makes one", "`yinglian devnet up` 可新建");
            Coded::could_not(Code::USAGE, detail).hint(hint).into()
        })
    }

    /// Writes `devnet.json`.
    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        files::write_private(
            &folder.join("devnet.json"),
            serde_json::to_string_pretty(self)?.as_bytes(),
        )
    }

    /// Node by name (`node2`), or by its number from 1.
    pub fn node(&self, text: &str) -> anyhow::Result<&Node> {
        let by_number =
            text.parse::<usize>().ok().and_then(|number| self.nodes.get(number.checked_sub(1)?));
        self.nodes.iter().find(|node| node.name == text).or(by_number).ok_or_else(|| {
            let names: Vec<_> = self.nodes.iter().map(|node| node.name.as_str()).collect();
            let names = names.join(", ");
            let detail =
                tr!("there is no node {text}; there are {names}", "没有节点 {text}；现有 {names}");
            Coded::could_not(Code::USAGE, detail).into()
        })
    }

    /// Name of the department with this id.
    pub fn department_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.departments
            .iter()
            .find(|department| department.id == id)
            .map_or(id, |department| &department.short_name)
    }

    /// First key file with this role, in the order of the departments.
    pub fn key_with_role(&self, folder: &Path, role: &str) -> Option<PathBuf> {
        let owner = self
            .departments
            .iter()
            .find(|department| department.keys.iter().any(|key| key == role))?;
        Some(key_file(folder, &owner.id, role))
    }
}

/// Home of a node.
pub fn node_home(folder: &Path, node: &Node) -> PathBuf {
    folder.join("nodes").join(&node.name)
}

/// Log of a node.
pub fn log_file(folder: &Path, node: &Node) -> PathBuf {
    folder.join("logs").join(format!("{}.log", node.name))
}

/// Process id of a node.
pub fn pid_file(folder: &Path, node: &Node) -> PathBuf {
    folder.join("run").join(format!("{}.pid", node.name))
}

/// Key of a department for a role.
pub fn key_file(folder: &Path, department: &str, role: &str) -> PathBuf {
    folder.join("keys").join(department).join(format!("{role}.pem"))
}

/// The hash of the genesis as a file: what `verify --trust` takes.
pub fn trust_root_file(folder: &Path) -> PathBuf {
    folder.join("trust-root")
}
