//! The power goes while records are written: of the machine of one validator, and of all four. What a node acknowledged before
//! the cut is on its disk. The control runs without sync and must lose records: else these tests would show nothing.
//!
//! A cut is the shutdown ioctl of ext4, after which nothing reaches the disk. Acknowledgements read later do not count: a
//! machine without power could not have sent them. Needs root and loop devices.

use anyhow::Context;
use std::process::Command;
use std::time::Instant;
use yinglian_e2e::{Acknowledged, LoopDisk, Network, Node, Wish, Writer, may_mount, program};

const DISK_MIB: u64 = 1024;

/// Rounds of a run: YINGLIAN_E2E_ROUNDS asks for more.
fn rounds() -> usize {
    let asked = std::env::var("YINGLIAN_E2E_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(20)
}

/// Blocks that a dead node's disk holds, every one of which executes to its header.
fn blocks_on_disk(node: &Node) -> anyhow::Result<u64> {
    let mut replay = Command::new(program("yinglian-node")?);
    let output = replay.args(["replay", "--home"]).arg(&node.home).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{} does not replay: {said}", node.name);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    value["blocks"].as_u64().context("blocks")
}

/// Fails when a node's disk lacks a block of which this node acknowledged a record.
fn check_disk(node: &Node, index: usize, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
    let of_node = acknowledged.iter().filter(|ack| ack.node == index);
    let needed = of_node.map(|ack| ack.height.0).max().unwrap_or(0);
    let found = blocks_on_disk(node)?;
    anyhow::ensure!(found >= needed, "{} acknowledged block {needed}, holds {found}", node.name);
    Ok(())
}

/// Cuts the power of a disk and kills the processes on it. Returns what had been acknowledged before.
fn cut(
    network: &mut Network,
    disk: &LoopDisk,
    nodes: std::ops::Range<usize>,
    writer: &Writer,
) -> anyhow::Result<Vec<Acknowledged>> {
    let cut = disk.prepare_cut()?;
    let acknowledged = writer.acknowledged();
    cut.now()?;
    for node in &mut network.nodes[nodes] {
        node.kill()?;
    }
    disk.power_on()?;
    Ok(acknowledged)
}

async fn wait_acknowledged_by(writer: &Writer, node: usize, more: usize) -> anyhow::Result<()> {
    let count = || writer.acknowledged().iter().filter(|ack| ack.node == node).count();
    let since = count();
    yinglian_e2e::eventually("records acknowledged by the node whose power goes", || async {
        let now = count();
        if now >= since + more { Ok(()) } else { Err(now - since) }
    })
    .await
}

#[tokio::test]
async fn a_validator_whose_power_is_cut_keeps_what_it_acknowledged() -> anyhow::Result<()> {
    if !may_mount()? {
        return Ok(());
    }
    let mut network = Network::make(Wish::default())?;
    let disk = LoopDisk::mount_new(&network.work().join("disk"), &network.nodes[3].home, DISK_MIB)?;
    disk.settle()?;
    network.start_all().await?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    let mut acknowledged = Vec::new();
    for round in 0..rounds() {
        wait_acknowledged_by(&writer, 3, 1 + round % 4).await?;
        let before_cut = cut(&mut network, &disk, 3..4, &writer)?;
        check_disk(&network.nodes[3], 3, &before_cut)?;
        network.nodes[3].start()?;
        network.nodes[3].wait_signing().await?;
        acknowledged = before_cut;
    }
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    println!("{} records acknowledged before the last cut, none lost", acknowledged.len());
    network.stop_all()
}

#[tokio::test]
async fn a_network_whose_power_is_cut_keeps_what_it_acknowledged() -> anyhow::Result<()> {
    if !may_mount()? {
        return Ok(());
    }
    let mut network = Network::make(Wish::default())?;
    let nodes = network.dir().join("nodes");
    let disk = LoopDisk::mount_new(&network.work().join("disk"), &nodes, DISK_MIB)?;
    disk.settle()?;
    network.start_all().await?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    // Those of earlier rounds were checked in their round, and once more at the end.
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    for round in 0..rounds() {
        writer.wait_more(writer.acknowledged().len(), 1 + round % 7).await?;
        acknowledged = cut(&mut network, &disk, 0..4, &writer)?;
        for (index, node) in network.nodes.iter().enumerate() {
            check_disk(node, index, &acknowledged)?;
        }
        let begun = Instant::now();
        network.start_all().await?;
        let since = writer.acknowledged().len();
        writer.wait_more(since, 1).await?;
        println!("round {round}: next record {} ms after the power", begun.elapsed().as_millis());
    }
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    println!("{} records acknowledged before the last cut, none lost", acknowledged.len());
    network.stop_all()
}

#[tokio::test]
async fn without_sync_a_power_cut_loses_acknowledged_records() -> anyhow::Result<()> {
    if !may_mount()? {
        return Ok(());
    }
    // Only a chain flagged as test may be run so.
    let mut network = Network::make(Wish { test_clock: true, ..Wish::default() })?;
    let nodes = network.dir().join("nodes");
    let disk = LoopDisk::mount_new(&network.work().join("disk"), &nodes, DISK_MIB)?;
    for node in &network.nodes {
        node.configure("storage", "sync", false)?;
    }
    disk.settle()?;
    network.start_all().await?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    writer.wait_more(0, 20).await?;
    let acknowledged = cut(&mut network, &disk, 0..4, &writer)?;
    let nodes = network.nodes.iter().enumerate();
    let losses: Vec<String> = nodes
        .filter_map(|(index, node)| check_disk(node, index, &acknowledged).err())
        .map(|error| error.to_string())
        .filter(|error| error.contains("acknowledged block"))
        .collect();
    anyhow::ensure!(!losses.is_empty(), "nothing was lost: the cut does not cut");
    println!("as it must be: {}", losses.join("; "));
    Ok(())
}
