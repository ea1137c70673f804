//! The command `yinglian devnet`, as a user runs it: nothing is left behind, the chain goes on after a pause, and the clock of
//! a test chain moves when it is told to.

use anyhow::Context;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use yinglian_client::{Client, ClientConfig};
use yinglian_e2e::{Network, Node, Wish, Writer, eventually, free_base_port, yinglian};
use yinglian_protocol::{Header, Height};

/// A network made and run by the command; taken down when dropped.
struct Devnet {
    folder: TempDir,
}

impl Devnet {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: tempfile::Builder::new().prefix("yinglian-e2e-").tempdir()? })
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    /// Runs `yinglian devnet WORDS… --dir DIR` and returns its answer.
    fn run(&self, words: &[&str]) -> anyhow::Result<Value> {
        let dir = self.dir();
        let mut arguments = vec!["--json", "devnet"];
        arguments.extend(words);
        arguments.extend(["--dir", dir.to_str().context("folder")?]);
        yinglian(arguments)?.well()?.json()
    }

    fn up(&self, more: &[&str]) -> anyhow::Result<Value> {
        let base_port = free_base_port(4)?.to_string();
        self.run(&[&["up", "--base-port", &base_port], more].concat())
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        let _ = self.run(&["down"]);
    }
}

/// Processes that were told of this folder.
fn processes_of(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let command = std::fs::read(entry?.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if command.contains(folder.to_str().context("folder")?) {
            found.push(command);
        }
    }
    Ok(found)
}

fn clients(status: &Value) -> anyhow::Result<Vec<Client>> {
    let nodes = status["nodes"].as_array().context("nodes")?;
    let urls = nodes.iter().map(|node| node["url"].as_str().context("url"));
    urls.map(|url| Ok(Client::new(ClientConfig { rounds: 1, ..ClientConfig::new([url?]) })?))
        .collect()
}

async fn newest(client: &Client) -> anyhow::Result<Header> {
    Ok(client.latest_header().await?.header)
}

#[tokio::test]
async fn down_leaves_no_process_and_up_continues_the_chain() -> anyhow::Result<()> {
    let devnet = Devnet::new()?;
    let dir = devnet.dir();
    let status = devnet.up(&[])?;
    anyhow::ensure!(processes_of(&dir)?.len() == 4, "{:?}", processes_of(&dir)?);
    let file = devnet.folder.path().join("letter.txt");
    std::fs::write(&file, "put on record before the pause")?;
    let file = file.to_str().context("path")?;
    let notarize = || {
        let mut command = std::process::Command::new(yinglian_e2e::program("yinglian")?);
        let command = command.args(["--json", "notarize", file]).env("YINGLIAN_DEVNET", &dir);
        anyhow::ensure!(command.output()?.status.success(), "not notarised");
        anyhow::Ok(())
    };
    notarize()?;
    let before = newest(&clients(&status)?[0]).await?;

    let stopped = devnet.run(&["down"])?;
    anyhow::ensure!(stopped["stopped"].as_array().map(Vec::len) == Some(4), "{stopped}");
    anyhow::ensure!(stopped["killed"].as_array().map(Vec::len) == Some(0), "{stopped}");
    anyhow::ensure!(processes_of(&dir)?.is_empty(), "{:?}", processes_of(&dir)?);
    let status = devnet.run(&["status"])?;
    let nodes = status["nodes"].as_array().context("nodes")?;
    anyhow::ensure!(nodes.iter().all(|node| node["running"] == false), "{status}");
    // Offline, from the receipt alone.
    let root = dir.join("trust-root");
    let receipt = format!("{file}.receipt");
    let verify = ["verify", &receipt, "--file", file, "--trust", root.to_str().context("root")?];
    yinglian(verify)?.well()?;

    let status = devnet.run(&["up"])?;
    for client in clients(&status)? {
        let header = client.header(before.height).await?.header;
        anyhow::ensure!(header.hash() == before.hash(), "another block {}", before.height);
    }
    std::fs::remove_file(&receipt)?;
    notarize()?;
    anyhow::ensure!(newest(&clients(&status)?[0]).await?.height > before.height, "it stands still");
    yinglian(verify)?.well()?;
    devnet.run(&["down", "--remove"])?;
    anyhow::ensure!(processes_of(&dir)?.is_empty() && !dir.exists(), "left behind");
    Ok(())
}

#[tokio::test]
async fn the_clock_of_a_test_chain_moves_when_it_is_told_to() -> anyhow::Result<()> {
    const HOUR_MS: u64 = 3_600_000;
    let devnet = Devnet::new()?;
    let status = devnet.up(&["--test-clock"])?;
    let client = &clients(&status)?[2];
    let moved = |by_ms: u64| eventually_moved(client, by_ms);
    let before = eventually("the first block", || newest(client)).await?;
    anyhow::ensure!(before.flags.test_clock(), "the header does not say that its clock is chosen");
    devnet.run(&["clock", "--advance-ms", &HOUR_MS.to_string()])?;
    moved(before.time_ms + HOUR_MS).await?;
    // Nor does a pause set it back behind the chain.
    let before = newest(client).await?;
    devnet.run(&["down"])?;
    devnet.run(&["up"])?;
    moved(before.time_ms + 1).await
}

/// Moves the clock of one node.
fn advance(node: &Node, by_ms: u64) -> anyhow::Result<()> {
    let mut socket = UnixStream::connect(node.data().join("admin.sock"))?;
    writeln!(socket, "{{\"clock\":{{\"advance_ms\":{by_ms}}}}}")?;
    let mut answer = String::new();
    BufReader::new(socket).read_line(&mut answer)?;
    anyhow::ensure!(answer.contains("\"ok\":true"), "{answer}");
    Ok(())
}

/// A node that slept through an hour of the chain's time takes the time from the blocks it catches up on: otherwise it would
/// find every new block's time far from its own clock, and a third validator could not be spared.
#[tokio::test]
async fn a_node_of_a_test_chain_that_slept_votes_in_the_time_of_the_others() -> anyhow::Result<()> {
    const HOUR_MS: u64 = 3_600_000;
    let mut network = Network::up(Wish { test_clock: true, ..Wish::default() }).await?;
    network.nodes[0].wait_blocks(1).await?;
    network.nodes[3].stop()?;
    for node in &network.nodes[..3] {
        advance(node, HOUR_MS)?;
    }
    network.nodes[0].wait_blocks(2).await?;
    network.nodes[3].start()?;
    let height = network.nodes[0].height().await?;
    network.nodes[3].wait_signing().await?;
    network.nodes[3].wait_height(height).await?;
    network.nodes[0].kill()?;
    // All three that are left are needed now, whoever proposes.
    let writer = Writer::start(&network, &[1])?;
    let client = network.nodes[1].believing_client()?;
    let sleeper = network.nodes[3].believing_client()?.node_status().await?.address;
    let since = network.nodes[1].height().await?;
    let top = network.nodes[1].wait_blocks(10).await?;
    drop(writer);
    let mut others = 0;
    for height in since.0 + 1..=top.0 {
        let proposer = client.header(Height(height)).await?.header.proposer;
        others += usize::from(Some(proposer) != sleeper);
    }
    anyhow::ensure!(others > 2, "it took {others} of ten blocks from the others");
    network.check_no_fork().await?;
    Ok(())
}

async fn eventually_moved(client: &Client, to_ms: u64) -> anyhow::Result<()> {
    eventually("a block of the new time", || async {
        match newest(client).await {
            Ok(header) if header.time_ms >= to_ms => Ok(()),
            Ok(header) => Err(format!("height {} at {}", header.height, header.time_ms)),
            Err(error) => Err(error.to_string()),
        }
    })
    .await
}
