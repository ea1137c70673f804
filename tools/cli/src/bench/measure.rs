//! The single measurements. Each takes a running network, and leaves it running.

use super::figures::{self, Figures, cores};
use super::load::{self, fill, percentile, sign};
use super::network::{Network, until};
use super::{PATIENCE, RECORD_BYTES};
use crate::devnet;
use anyhow::Context;
use rustix::time::{ClockId, clock_gettime};
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use yinglian_protocol::calls::Arguments as Call;
use yinglian_protocol::calls::membership::{Action, DecisionApprove, DecisionPropose};
use yinglian_protocol::calls::record::Digest;
use yinglian_protocol::{EXPORT_MAGIC, Name, TrustRoot, VerifyOptions, verify};

/// Size of the records that a validator catches up on.
const LARGE_RECORD_BYTES: usize = 1_024;
const CATCH_UP_BLOCKS: u64 = 100;
const CATCH_UP_BLOCK_RECORDS: u64 = 1_000;
/// Records of one load while the others run ahead.
const CATCH_UP_LOAD: usize = 10 * CATCH_UP_BLOCK_RECORDS as usize;
/// Blocks without records of which the mean is taken.
const EMPTY_BLOCKS: u64 = 50;
const RECEIPT_ROUNDS: u32 = 300;

/// CPU time by a clock of this process or thread, seconds.
fn cpu_seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Median time of writing 4 KiB and syncing it.
pub fn disk_sync_ms(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("sync");
    let mut file = std::fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    std::fs::remove_file(&path)?;
    times.sort_by(f64::total_cmp);
    Ok(percentile(&times, 50))
}

/// CPU of all nodes for a block without records. The network's heartbeat is short, so that it is blocks that are measured and
/// not the time between them.
pub async fn empty_block_cpu_ms(network: &Network) -> anyhow::Result<f64> {
    let start = network.height(0)?;
    until("first idle blocks", PATIENCE, async || Ok(network.height(0)? > start + 2)).await?;
    let (from, cpu) = (network.height(0)?, network.cpu_seconds()?);
    until("idle blocks", PATIENCE, async || Ok(network.height(0)? >= from + EMPTY_BLOCKS)).await?;
    let (cpu, blocks) = (network.cpu_seconds()? - cpu, network.height(0)? - from);
    Ok(cpu * 1_000.0 / blocks as f64)
}

/// Sets a chain parameter the way a city would: one organisation proposes, two others approve.
pub async fn set_parameter(network: &Network, name: &str, value: u64) -> anyhow::Result<()> {
    let departments: Vec<String> =
        network.devnet.nodes.iter().map(|node| node.department.clone()).collect();
    let [proposer, others @ ..] = departments.as_slice() else { anyhow::bail!("no departments") };
    let session = network.session(0, proposer, "administrator").await?;
    let suite = session.suite();
    let document =
        Digest { algorithm: Name::parse("sm3")?, value: suite.hash(&[b"bench"]), length_bytes: 5 };
    let action = Action::SetParameter { name: Name::parse(name)?, value };
    let propose =
        Call::from(DecisionPropose { action, document: document.clone(), title: String::new() });
    let (decision, ended) = session.submit(&propose).await?;
    anyhow::ensure!(ended.is_applied(), "{name} = {value}: {ended:?}");
    for other in others.iter().take(2) {
        let session = network.session(0, other, "administrator").await?;
        let (_, ended) = session
            .submit(&Call::from(DecisionApprove { decision, document: document.clone() }))
            .await?;
        anyhow::ensure!(ended.is_applied(), "{name} = {value}: {ended:?}");
    }
    Ok(())
}

/// Size of a receipt, and what checking it costs.
pub async fn receipts(network: &Network, figures: &mut Figures) -> anyhow::Result<()> {
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let envelopes = sign(&session, 1, RECORD_BYTES).await?;
    let id = load::id(&session, envelopes.first().context("envelope")?);
    session.submit_batch(&envelopes).await?;
    let answer = session.client().receipt(id, false).await?;
    figures.put(figures::RECEIPT, answer.bytes.len() as f64);
    let with_trust = session.client().receipt(id, true).await?.bytes.len();
    figures.put(figures::RECEIPT_WITH_TRUST, with_trust as f64);
    let trust = session.trust_chain().await?;
    let root = TrustRoot::Genesis(session.genesis());
    let options = VerifyOptions { trust: Some(&trust), ..VerifyOptions::default() };
    let before = cpu_seconds(ClockId::ThreadCPUTime);
    for _ in 0..RECEIPT_ROUNDS {
        verify(&answer.receipt, &root, &options).map_err(|code| anyhow::anyhow!("{code}"))?;
    }
    let seconds = cpu_seconds(ClockId::ThreadCPUTime) - before;
    figures.put(figures::RECEIPT_VERIFY, seconds * 1e6 / f64::from(RECEIPT_ROUNDS));
    Ok(())
}

/// The whole chain exported, then checked on all cores.
pub async fn audit(network: &Network, figures: &mut Figures) -> anyhow::Result<()> {
    let path = network.folder.join("chain.export");
    let auditor = network.session(0, "pds-024", "auditor").await?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    file.write_all(&EXPORT_MAGIC)?;
    auditor.export(None, |frame| Ok(file.write_all(&frame.encode().context("frame")?)?)).await?;
    file.flush()?;
    let root = TrustRoot::Genesis(auditor.genesis());
    let before = cpu_seconds(ClockId::ProcessCPUTime);
    let report =
        crate::audit::walk(&path, &root, cores())?.map_err(|found| anyhow::anyhow!("{found:?}"))?;
    let seconds = cpu_seconds(ClockId::ProcessCPUTime) - before;
    figures.put(figures::AUDIT, report.records as f64 / seconds * cores() as f64);
    figures.put(figures::AUDIT_WALL, report.records_per_second() as f64);
    Ok(())
}

/// From the start of four killed validators to a record committed again.
pub async fn all_killed_seconds(network: &Network) -> anyhow::Result<f64> {
    for node in network.nodes() {
        devnet::kill(&network.folder, node)?;
    }
    let started = Instant::now();
    network.restart()?;
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let ends = session.submit_batch(&sign(&session, 1, RECORD_BYTES).await?).await?;
    anyhow::ensure!(ends.iter().all(crate::session::Ended::is_applied), "{ends:?}");
    Ok(started.elapsed().as_secs_f64())
}

/// What a record takes on the disk of a node that is stopped, so that what is there is all there is.
pub async fn disk_bytes_per_record(network: &Network) -> anyhow::Result<f64> {
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let records = session.newest_header().await?.0.log_size;
    network.stop()?;
    let bytes = network.disk_bytes()?;
    network.restart()?;
    Ok(bytes / records as f64)
}

/// A validator is killed, the others go on for 100 blocks of 1 MB, and it comes back.
pub async fn catch_up(network: &Network, figures: &mut Figures) -> anyhow::Result<()> {
    set_parameter(network, "block_records_max", CATCH_UP_BLOCK_RECORDS).await?;
    let late = network.devnet.nodes.len() - 1;
    devnet::kill(&network.folder, network.node(late)?)?;
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let before = session.newest_header().await?.0;
    let mut after = before.clone();
    while after.height.0 < before.height.0 + CATCH_UP_BLOCKS {
        let envelopes = sign(&session, CATCH_UP_LOAD, LARGE_RECORD_BYTES).await?;
        fill(&session, &envelopes).await?;
        after = session.newest_header().await?.0;
    }
    let node = network.node(late)?;
    let started = Instant::now();
    devnet::launch(&network.folder, node)?;
    let height = after.height.0;
    until("the late validator at the tip", PATIENCE, async || Ok(network.height(late)? >= height))
        .await?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), network.cpu_of(node)?);
    let blocks = (after.height.0 - before.height.0) as f64;
    let bytes = (after.log_size - before.log_size) as f64 * LARGE_RECORD_BYTES as f64;
    figures.put(figures::CATCH_UP, seconds);
    figures.put(figures::CATCH_UP_CPU, cpu);
    figures.put(figures::CATCH_UP_BLOCKS, blocks);
    figures.put(figures::CATCH_UP_BLOCK_MIB, bytes / blocks / 1_048_576.0);
    Ok(())
}
