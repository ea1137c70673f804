//! The disk fills up: writes are refused with a code, reads go on, and when there is room again the node goes on by itself.
//! Needs root and loop devices.

use anyhow::Context;
use std::time::{Duration, Instant};
use yinglian_client::{Client, ClientError, Wait};
use yinglian_crypto::SigningKey;
use yinglian_e2e::{
    Acknowledged, LoopDisk, Network, Node, Wish, Writer, curl, eventually, may_mount,
};
use yinglian_protocol::Code;
use yinglian_protocol::calls::Arguments;

const DISK_MIB: u64 = 1024;
const HEAD_ROOM_MIB: i64 = 64;

/// What a node answers to a record now: nothing when it takes it.
async fn refusal(
    client: &Client,
    key: &SigningKey,
) -> anyhow::Result<Option<Box<yinglian_client::Refused>>> {
    let arguments = Arguments::from(yinglian_e2e::record("on a full disk"));
    // The end is far off, because block time stands still while the disk is full.
    let envelope = client.sign(key, &arguments).await?;
    match client.submit(&envelope, Wait::Accepted).await {
        Ok(_) => Ok(None),
        Err(ClientError::Refused(refused)) => Ok(Some(refused)),
        Err(error) => Err(error.into()),
    }
}

/// Waits until a node refuses records, and checks how.
async fn wait_refused(node: &Node, key: &SigningKey) -> anyhow::Result<()> {
    let client = node.believing_client()?;
    let refused = eventually("refused for want of space", || async {
        match refusal(&client, key).await {
            Ok(Some(refused)) => Ok(refused),
            Ok(None) => Err("taken".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    anyhow::ensure!(refused.code == Code::DISK_FULL && refused.status == 507, "{refused:?}");
    anyhow::ensure!(refused.retry_after.is_some(), "no word on when to come again");
    let why = curl(&format!("{}/v1/node/why", node.url), "zh", None)?;
    anyhow::ensure!(why.body.contains("磁盘"), "{why:?}");
    Ok(())
}

async fn check_reads(node: &Node, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
    let client = node.client()?;
    for ack in acknowledged {
        let answer = client.receipt(ack.id, false).await?;
        anyhow::ensure!(answer.proven.is_some(), "record {} is not proven", ack.id);
    }
    Ok(())
}

fn pids(network: &Network) -> Vec<Option<u32>> {
    network.nodes.iter().map(Node::pid).collect()
}

#[tokio::test]
async fn a_network_on_a_full_disk_refuses_writes_reads_on_and_resumes_by_itself()
-> anyhow::Result<()> {
    if !may_mount()? {
        return Ok(());
    }
    let mut network = Network::make(Wish::default())?;
    for node in &network.nodes {
        node.configure("storage", "headroom_mib", HEAD_ROOM_MIB)?;
    }
    let nodes = network.dir().join("nodes");
    let disk = LoopDisk::mount_new(&network.work().join("disk"), &nodes, DISK_MIB)?;
    network.start_all().await?;
    let started = pids(&network);
    let key = network.key("pds-024", "recorder")?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    writer.wait_more(0, 20).await?;

    // Below the head-room, while records come in.
    disk.fill_to(HEAD_ROOM_MIB.unsigned_abs() / 2 + 8)?;
    for node in &network.nodes {
        wait_refused(node, &key).await?;
    }
    let before = writer.acknowledged();
    check_reads(&network.nodes[0], &before).await?;

    // To the last byte: whatever else is on the disk took the head-room too.
    disk.fill_up()?;
    for node in &network.nodes {
        wait_refused(node, &key).await?;
        check_reads(node, &before[..4]).await?;
    }
    // Consensus meets the full disk as well, with the heartbeat at the latest.
    eventually("a block that the disk refuses", || async {
        let refused = |node: &Node| node.log().contains("no block could be built");
        if network.nodes.iter().any(refused) { Ok(()) } else { Err("none") }
    })
    .await?;
    anyhow::ensure!(network.nodes.iter_mut().all(Node::runs), "a node ended");

    disk.make_room()?;
    let begun = Instant::now();
    let since = writer.acknowledged().len();
    writer.wait_more(since, 8).await?;
    println!("eight records {} ms after there was room again", begun.elapsed().as_millis());
    anyhow::ensure!(pids(&network) == started, "a node was started again");
    anyhow::ensure!(network.nodes.iter_mut().all(Node::runs), "a node ended");
    let acknowledged = writer.acknowledged();
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    network.stop_all()
}

#[tokio::test]
async fn a_full_disk_of_one_validator_does_not_stop_the_others_and_it_catches_up()
-> anyhow::Result<()> {
    if !may_mount()? {
        return Ok(());
    }
    let mut network = Network::make(Wish::default())?;
    network.nodes[3].configure("storage", "headroom_mib", HEAD_ROOM_MIB)?;
    let disk = LoopDisk::mount_new(&network.work().join("disk"), &network.nodes[3].home, DISK_MIB)?;
    network.start_all().await?;
    let key = network.key("pds-024", "recorder")?;
    let writer = Writer::start(&network, &[0, 1, 2])?;
    writer.wait_more(0, 10).await?;
    disk.fill_up()?;
    wait_refused(&network.nodes[3], &key).await?;
    let full_at = network.nodes[3].height().await?;
    network.nodes[0].wait_blocks(10).await?;
    check_reads(&network.nodes[3], &writer.acknowledged()[..4]).await?;
    let height = network.nodes[0].height().await?;
    disk.make_room()?;
    let begun = Instant::now();
    network.nodes[3].wait_height(height).await?;
    println!("full at {full_at}, at {height} {} ms after", begun.elapsed().as_millis());
    let client = network.nodes[3].client()?;
    let status =
        client.notarize(&key, yinglian_e2e::record("again"), Duration::from_secs(60)).await?;
    status.height.context("not committed")?;
    let acknowledged = writer.acknowledged();
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    network.stop_all()
}
