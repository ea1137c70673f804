//! kill -9 of one validator and of all four, twenty rounds each, while records are written: nothing that was acknowledged is
//! lost, no two nodes hold different blocks, and the chain goes on.

use std::time::{Duration, Instant};
use yinglian_e2e::{Acknowledged, Network, Wish, Writer};

/// Rounds of a run: YINGLIAN_E2E_ROUNDS asks for more.
fn rounds() -> usize {
    let asked = std::env::var("YINGLIAN_E2E_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(20)
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what}: median {} ms, longest {} ms", median.as_millis(), longest.as_millis());
}

async fn check(network: &mut Network, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
    let height = network.check_no_fork().await?;
    network.check_receipts(acknowledged).await?;
    println!("{} acknowledged records in {height} blocks, all with receipts", acknowledged.len());
    Ok(())
}

#[tokio::test]
async fn one_validator_killed_twenty_times_loses_nothing() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    let (mut to_next_block, mut goes_on) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        let victim = round % 4;
        // Another moment each round: after one to seven records.
        writer.wait_more(writer.acknowledged().len(), 1 + round % 7).await?;
        network.nodes[victim].kill()?;
        let killed = Instant::now();
        let before = writer.acknowledged().len();
        writer.wait_more(before, 2).await?;
        goes_on.push(killed.elapsed());
        let height = network.height().await?;
        let restarted = Instant::now();
        network.nodes[victim].start()?;
        network.nodes[victim].wait_height(height.next()).await?;
        to_next_block.push(restarted.elapsed());
        network.nodes[victim].wait_signing().await?;
    }
    tell("one killed: the others' second record after it", goes_on);
    tell("one killed: from its restart to its next block", to_next_block);
    let acknowledged = writer.acknowledged();
    drop(writer);
    check(&mut network, &acknowledged).await
}

#[tokio::test]
async fn all_validators_killed_twenty_times_lose_nothing() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let writer = Writer::start(&network, &[0, 1, 2, 3])?;
    let mut to_next_block = Vec::new();
    for round in 0..rounds() {
        writer.wait_more(writer.acknowledged().len(), 1 + round % 7).await?;
        let height = network.height().await?;
        network.kill_all()?;
        let restarted = Instant::now();
        for node in &mut network.nodes {
            node.start()?;
        }
        // Blocks decided while they were being killed are not the next one yet.
        let highest = network.nodes[round % 4].wait_height(height).await?;
        network.nodes[round % 4].wait_height(highest.next()).await?;
        to_next_block.push(restarted.elapsed());
        for node in &mut network.nodes {
            node.wait_signing().await?;
        }
    }
    tell("all killed: from the restart to the next block", to_next_block);
    let acknowledged = writer.acknowledged();
    drop(writer);
    check(&mut network, &acknowledged).await
}
