//! A network on this machine: made by `yinglian devnet up`, then run by the test process, so that it can end its nodes as it
//! likes and leaves none behind.

use crate::cli::run;
use crate::{Acknowledged, Node, yinglian};
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use yinglian_crypto::SigningKey;
use yinglian_protocol::{Hash, Height, TrustRoot};

const PORTS_PER_NODE: u16 = 3;
/// Below the ports that the system gives to outgoing connections: one of those could take a dead node's port.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// What a network is to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Nodes that follow without a vote.
    pub observers: u16,
    /// Run a chosen clock.
    pub test_clock: bool,
}

/// Four validators and what else was wished for.
#[derive(Debug)]
pub struct Network {
    /// Validators first.
    pub nodes: Vec<Node>,
    /// Where trust begins: the genesis.
    pub root: TrustRoot,
    // Last: the folder goes when the processes are gone.
    folder: TempDir,
}

impl Network {
    /// Makes a network; its nodes do not run yet.
    pub fn make(wish: Wish) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("yinglian-e2e-").tempdir()?;
        let observers = wish.observers.to_string();
        let base_port = free_base_port(4 + wish.observers)?.to_string();
        let dir = folder.path().join("net");
        let mut arguments: Vec<&str> = vec!["devnet", "up", "--json", "--observers", &observers];
        arguments.extend(["--base-port", &base_port, "--dir"]);
        arguments.push(dir.to_str().context("folder")?);
        if wish.test_clock {
            arguments.push("--test-clock");
        }
        let made = yinglian(arguments)?.well()?.json()?;
        yinglian(["devnet", "down", "--dir", dir.to_str().context("folder")?])?.well()?;
        let root = text(&made, "genesis")?;
        let root = TrustRoot::parse(root.as_bytes()).map_err(|code| anyhow::anyhow!("{code}"))?;
        let nodes = made["nodes"].as_array().context("nodes")?;
        let nodes = nodes.iter().map(|node| {
            let home = PathBuf::from(text(node, "home")?);
            let log = PathBuf::from(text(node, "log")?);
            let (name, department) = (text(node, "name")?, text(node, "department")?);
            Ok(Node::new(name, department, home, text(node, "url")?.into(), log, root.clone()))
        });
        let nodes = nodes.collect::<anyhow::Result<_>>()?;
        Ok(Self { nodes, root, folder })
    }

    /// Makes a network and waits until all its nodes take part.
    pub async fn up(wish: Wish) -> anyhow::Result<Self> {
        let mut network = Self::make(wish)?;
        network.start_all().await?;
        Ok(network)
    }

    /// Starts all nodes that do not run and waits until they take part.
    pub async fn start_all(&mut self) -> anyhow::Result<()> {
        for node in &mut self.nodes {
            if !node.runs() {
                node.start()?;
            }
        }
        for node in &mut self.nodes {
            node.wait_ready().await?;
        }
        Ok(())
    }

    /// Kills all nodes.
    pub fn kill_all(&mut self) -> anyhow::Result<()> {
        self.nodes.iter_mut().try_for_each(Node::kill)
    }

    /// Stops all nodes in order.
    pub fn stop_all(&mut self) -> anyhow::Result<()> {
        self.nodes.iter_mut().try_for_each(Node::stop)
    }

    /// Another node with the same keys and the same data as this one, at rest now, on ports of its own.
    pub fn copy_of(&self, index: usize) -> anyhow::Result<Node> {
        let original = &self.nodes[index];
        let home = self.work().join(format!("copy-of-{}", original.name));
        copy(&original.home, &home)?;
        let port = free_base_port(1)?;
        let url = format!("http://127.0.0.1:{port}");
        let (name, log) = (format!("copy of {}", original.name), home.with_extension("log"));
        let node = Node::new(&name, &original.department, home, url, log, self.root.clone());
        node.configure("api", "listen", format!("127.0.0.1:{port}"))?;
        node.configure("consensus", "listen", format!("/ip4/127.0.0.1/tcp/{}", port + 1))?;
        node.configure("gossip", "listen", format!("/ip4/127.0.0.1/tcp/{}", port + 2))?;
        Ok(node)
    }

    /// Folder of the network, as `yinglian devnet --dir` takes it.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    /// A folder for the test's own files, beside the network's.
    pub fn work(&self) -> &Path {
        self.folder.path()
    }

    /// File with the trust root, as `yinglian verify --trust` takes it.
    pub fn root_file(&self) -> PathBuf {
        self.dir().join("trust-root")
    }

    /// Key file of a department for a role.
    pub fn key_file(&self, department: &str, role: &str) -> PathBuf {
        self.dir().join("keys").join(department).join(format!("{role}.pem"))
    }

    /// The key in it.
    pub fn key(&self, department: &str, role: &str) -> anyhow::Result<SigningKey> {
        Ok(SigningKey::from_pem(&std::fs::read_to_string(self.key_file(department, role))?)?)
    }

    /// Highest block of the running nodes.
    pub async fn height(&mut self) -> anyhow::Result<Height> {
        let mut highest = Height(0);
        for node in &mut self.nodes {
            if node.runs() {
                highest = highest.max(node.height().await?);
            }
        }
        Ok(highest)
    }

    /// Fails when two running nodes hold different headers at a height, or any of them knows of a double vote. Returns the
    /// height through which all were compared.
    pub async fn check_no_fork(&mut self) -> anyhow::Result<Height> {
        let top = self.height().await?;
        let mut headers: Vec<(String, Vec<Hash>)> = Vec::new();
        for node in &mut self.nodes {
            if !node.runs() {
                continue;
            }
            node.wait_height(top).await?;
            let client = node.believing_client()?;
            let mut hashes = Vec::new();
            for height in 1..=top.0 {
                hashes.push(client.header(Height(height)).await?.header.hash());
            }
            let metrics = client.metrics().await?;
            let evidence = metrics.lines().find(|line| line.contains("evidence_total"));
            let evidence = evidence.context("no metric of evidence")?;
            anyhow::ensure!(evidence.ends_with(" 0"), "{}: {evidence}", node.name);
            headers.push((node.name.clone(), hashes));
        }
        let (first, expected) = headers.first().context("no node runs")?;
        for (name, hashes) in &headers {
            let differs = expected.iter().zip(hashes).position(|(a, b)| a != b);
            anyhow::ensure!(differs.is_none(), "fork of {first} and {name} at index {differs:?}");
        }
        Ok(top)
    }

    /// Fails unless every acknowledged record has a receipt that is proven under the genesis, at the height that was said.
    /// The nodes that run are asked in turn.
    pub async fn check_receipts(&mut self, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
        let ids: BTreeSet<_> = acknowledged.iter().map(|ack| ack.id).collect();
        anyhow::ensure!(ids.len() == acknowledged.len(), "a record was acknowledged twice");
        let running: Vec<usize> =
            (0..self.nodes.len()).filter(|index| self.nodes[*index].runs()).collect();
        let clients = running.iter().map(|index| self.nodes[*index].client());
        let clients = clients.collect::<anyhow::Result<Vec<_>>>()?;
        // A node may have been down when a record was decided; once it holds the block it must hold the receipt.
        let highest = acknowledged.iter().map(|ack| ack.height).max().unwrap_or(Height(0));
        for index in &running {
            self.nodes[*index].wait_height(highest).await?;
        }
        for (index, Acknowledged { id, height, .. }) in acknowledged.iter().enumerate() {
            let client = &clients[index % clients.len()];
            let answer = client.receipt(*id, false).await;
            let nodes = &client.config().nodes;
            let answer = answer.with_context(|| format!("{id} of height {height} at {nodes:?}"))?;
            anyhow::ensure!(answer.proven.is_some(), "record {id} is not proven");
            let found = answer.receipt.leaf.height;
            anyhow::ensure!(found == *height, "record {id} of height {height} is at {found}");
        }
        Ok(())
    }
}

fn text<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a str> {
    value[key].as_str().with_context(|| format!("no {key} in {value}"))
}

/// Copies a folder; the copy must not exist.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(!to.exists(), "{} exists", to.display());
    run(Command::new("cp").arg("-a").args([from, to]))?.well()?;
    Ok(())
}

/// A port from which on enough are free.
pub fn free_base_port(nodes: u16) -> anyhow::Result<u16> {
    let count = nodes * PORTS_PER_NODE;
    let span = PORTS.end - PORTS.start - count;
    for _ in 0..100 {
        let random = u16::from_le_bytes(yinglian_crypto::random::<2>()?);
        let base = PORTS.start + random % span;
        let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if (base..base + count).all(free) {
            return Ok(base);
        }
    }
    anyhow::bail!("no {count} free ports in a row in {PORTS:?}")
}
