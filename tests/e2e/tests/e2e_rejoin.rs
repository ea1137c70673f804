//! Nodes that come back with less than they had, or twice: a wiped disk, an old copy of a disk, a clone with the same key. Each
//! joins or stays out without signing anything a second time. And observers, which follow.

use anyhow::Context;
use std::time::Duration;
use yinglian_client::EnvelopeState;
use yinglian_e2e::{Network, Node, Wish, Writer, copy, program, record};
use yinglian_protocol::{Address, Height};

/// The validator that comes back; the others write meanwhile.
const ONE: usize = 3;
const OTHERS: [usize; 3] = [0, 1, 2];

async fn address(node: &Node) -> anyhow::Result<Address> {
    node.believing_client()?.node_status().await?.address.context("no validator")
}

/// Heights above `since` whose quorum, as another node holds it, carries this validator's signature.
async fn votes(node: &Node, validator: Address, since: Height) -> anyhow::Result<Vec<Height>> {
    let client = node.believing_client()?;
    let (_, set) = client.validators(None).await?;
    let (index, _) = set.find(&validator).context("not in the set")?;
    let mut found = Vec::new();
    for height in since.0 + 1..=node.height().await?.0 {
        let decided = client.header(Height(height)).await?;
        if decided.quorum.signatures.iter().any(|(signer, _)| *signer == index) {
            found.push(Height(height));
        }
    }
    Ok(found)
}

/// Waits until a quorum above `since` carries the validator's signature.
async fn wait_vote(network: &mut Network, validator: Address, since: Height) -> anyhow::Result<()> {
    let mut tries = 0;
    while votes(&network.nodes[0], validator, since).await?.is_empty() {
        tries += 1;
        anyhow::ensure!(tries < 100, "no vote of {validator} above {since}");
        network.nodes[0].wait_blocks(1).await?;
    }
    Ok(())
}

/// The height through which the sign guard said that it only follows, since the node's last start.
fn followed_through(node: &Node) -> Option<Height> {
    let log = node.log_since_start();
    let line = log.lines().find(|line| line.contains("following"))?;
    let digits = line.split("through=").nth(1)?;
    digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok().map(Height)
}

/// Checks that the chain of a node, which is stopped for it, executes from block 1 to what it holds.
fn replay(node: &mut Node) -> anyhow::Result<u64> {
    node.stop()?;
    let mut command = std::process::Command::new(program("yinglian-node")?);
    let output = command.args(["replay", "--home"]).arg(&node.home).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: serde_json::Value = serde_json::from_str(&said).with_context(|| said.to_string())?;
    value["blocks"].as_u64().context("blocks")
}

#[tokio::test]
async fn a_wiped_validator_joins_again_from_block_one() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let validator = address(&network.nodes[ONE]).await?;
    let writer = Writer::start(&network, &OTHERS)?;
    network.nodes[ONE].wait_blocks(20).await?;
    network.nodes[ONE].kill()?;
    let data = network.nodes[ONE].data();
    std::fs::remove_dir_all(&data)?;
    std::fs::create_dir(&data)?;
    network.nodes[0].wait_blocks(5).await?;
    let missed = network.height().await?;
    network.nodes[ONE].start()?;
    network.nodes[ONE].wait_height(missed).await?;
    network.nodes[ONE].wait_signing().await?;
    let through = followed_through(&network.nodes[ONE]).context("it signed without asking")?;
    wait_vote(&mut network, validator, through).await?;
    println!("wiped at {missed}, followed through {through}, votes again");
    let acknowledged = writer.acknowledged();
    drop(writer);
    let height = network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    anyhow::ensure!(replay(&mut network.nodes[ONE])? >= height.0, "blocks are missing");
    Ok(())
}

#[tokio::test]
async fn a_validator_on_an_old_copy_of_its_disk_signs_no_height_again() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let validator = address(&network.nodes[ONE]).await?;
    let writer = Writer::start(&network, &OTHERS)?;
    network.nodes[ONE].wait_blocks(5).await?;
    network.nodes[ONE].stop()?;
    let (data, backup) = (network.nodes[ONE].data(), network.work().join("backup"));
    copy(&data, &backup)?;
    let copied_at = network.height().await?;
    network.nodes[ONE].start()?;
    wait_vote(&mut network, validator, Height(copied_at.0 + 10)).await?;
    network.nodes[ONE].kill()?;
    // What it signed since the copy, as far as the others' quorums show.
    let signed = votes(&network.nodes[0], validator, copied_at).await?;
    let last_signed = *signed.last().context("it signed nothing")?;
    std::fs::remove_dir_all(&data)?;
    copy(&backup, &data)?;
    network.nodes[ONE].start()?;
    network.nodes[ONE].wait_signing().await?;
    let through = followed_through(&network.nodes[ONE]).context("it signed at once")?;
    println!("copied at {copied_at}, signed {last_signed}, followed through {through}");
    anyhow::ensure!(through >= last_signed, "it may sign {last_signed} again");
    wait_vote(&mut network, validator, through).await?;
    let acknowledged = writer.acknowledged();
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await
}

#[tokio::test]
async fn a_clone_with_the_same_key_does_not_sign_while_the_original_is_heard() -> anyhow::Result<()>
{
    let mut network = Network::up(Wish::default()).await?;
    let validator = address(&network.nodes[ONE]).await?;
    let writer = Writer::start(&network, &OTHERS)?;
    network.nodes[ONE].wait_blocks(5).await?;
    network.nodes[ONE].stop()?;
    let mut clone = network.copy_of(ONE)?;
    let sign_state = clone.data().join("consensus/sign-state");
    let signed = std::fs::read(&sign_state)?;
    network.nodes[ONE].start()?;
    network.nodes[ONE].wait_signing().await?;
    let since = network.height().await?;
    clone.start()?;
    let client = clone.believing_client()?;
    clone
        .eventually("hears the original", || async {
            let reasons = client.why().await.map_err(|error| error.to_string())?.reasons;
            let text = reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>();
            let text = text.join("; ");
            if text.contains("another process signs") { Ok(()) } else { Err(text) }
        })
        .await?;
    // The original goes on voting beside it, and the clone is silent.
    for _ in 0..10 {
        network.nodes[0].wait_blocks(1).await?;
        let status = client.node_status().await?;
        anyhow::ensure!(!status.signing, "the clone signs at height {}", status.height);
        anyhow::ensure!(network.nodes[ONE].runs(), "the original ended");
    }
    wait_vote(&mut network, validator, Height(since.0 + 10)).await?;
    anyhow::ensure!(std::fs::read(&sign_state)? == signed, "the clone signed");
    clone.kill()?;
    let acknowledged = writer.acknowledged();
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await
}

#[tokio::test]
async fn observers_follow_take_records_and_serve_reads() -> anyhow::Result<()> {
    let mut network = Network::up(Wish { observers: 1, ..Wish::default() }).await?;
    let key = network.key("pds-026", "recorder")?;
    let observer = network.nodes[4].client()?;
    let status = observer.notarize(&key, record("by an observer"), Duration::from_secs(60)).await?;
    anyhow::ensure!(status.state == EnvelopeState::Committed, "{status:?}");
    let (id, height) = (status.id.context("id")?, status.height.context("height")?);
    anyhow::ensure!(observer.receipt(id, true).await?.proven.is_some(), "not proven");
    let view = observer.record(&key, id).await?;
    anyhow::ensure!(view.arguments["title"] == "by an observer", "{view:?}");
    anyhow::ensure!(!observer.node_status().await?.signing, "an observer signs");
    // Validators have it too, and a new observer catches up from block 1.
    network.nodes[0].wait_height(height).await?;
    anyhow::ensure!(network.nodes[0].client()?.receipt(id, false).await?.proven.is_some(), "lost");
    let writer = Writer::start(&network, &[0, 4])?;
    network.nodes[4].wait_blocks(10).await?;
    network.nodes[4].kill()?;
    let data = network.nodes[4].data();
    std::fs::remove_dir_all(&data)?;
    std::fs::create_dir(&data)?;
    network.nodes[0].wait_blocks(5).await?;
    let missed = network.height().await?;
    network.nodes[4].start()?;
    network.nodes[4].wait_height(missed).await?;
    let before = writer.acknowledged().len();
    writer.wait_more(before, 5).await?;
    let acknowledged = writer.acknowledged();
    drop(writer);
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await
}
