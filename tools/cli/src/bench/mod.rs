//! `yinglian bench`: the figures of docs/figures. Four validators as four processes on this machine, fsync on, records
//! signed with SM2, executed, logged, committed, provable. CPU time and ratios rather than wall clock, because machines differ.

mod load;
mod network;

use crate::failure::Exit;
use crate::{devnet, files, output, tr};
use anyhow::Context;
use clap::Args;
use load::{Saturated, percentile, saturate, sign, steady};
use network::{Network, until};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yinglian_protocol::calls::Arguments as Call;
use yinglian_protocol::calls::membership::{Action, DecisionApprove, DecisionPropose};
use yinglian_protocol::calls::record::Digest;
use yinglian_protocol::{Name, TrustRoot, VerifyOptions, verify};

/// Size of the usual record, encoded and signed.
const RECORD_BYTES: usize = 300;
/// Size of the records that a validator catches up on.
const LARGE_RECORD_BYTES: usize = 1_024;
const CATCH_UP_BLOCKS: usize = 100;
const CATCH_UP_BLOCK_RECORDS: u64 = 1_000;
/// As many records of 300 bytes as the soft limit of a block, 4 MiB, has room for.
const FULL_BLOCK_RECORDS: u64 = 12_000;
/// Name of the figures, and the greatest number of records in a block. The last is the chain's default with the reference
/// verifier, and the one that the figures without a suffix are measured with.
const BLOCKS: [(&str, u64); 4] = [
    ("_blocks_of_100", 100),
    ("_blocks_of_1500", 1_500),
    ("_full_blocks", FULL_BLOCK_RECORDS),
    ("", 2_000),
];
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Debug, Args)]
pub struct Arguments {
    /// File for the figures; after `bench`, `--json FILE` means the same
    #[arg(long, value_name = "FILE")]
    figures: Option<PathBuf>,
    /// Folder for the network; on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value = ".bench")]
    dir: PathBuf,
    /// Records of each measurement
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    records: usize,
    /// Leave out the slow measurement of catching up
    #[arg(long)]
    quick: bool,
}

/// Runs `bench`.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    if arguments.dir.exists() {
        std::fs::remove_dir_all(&arguments.dir)?;
    }
    let mut figures = Map::new();
    figures.insert("machine".into(), machine());
    figures.insert("disk_sync_ms".into(), number(disk_sync_ms(Path::new("."))?));
    crate::args::block_on(measure(&arguments, &mut figures))?;
    std::fs::remove_dir_all(&arguments.dir)?;
    let text = serde_json::to_string_pretty(&figures)?;
    if let Some(path) = &arguments.figures {
        files::write(path, format!("{text}\n").as_bytes())?;
    }
    let rows: Vec<_> =
        figures.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    output::data(&Value::Object(figures), &output::table(&rows));
    Ok(Exit::Ok)
}

async fn measure(arguments: &Arguments, figures: &mut Map<String, Value>) -> anyhow::Result<()> {
    say(&tr!("starting four validators", "启动四个验证者"));
    let network = Network::start(&arguments.dir)?;
    let sessions = network.recorders().await?;
    let first = sessions.first().context("session")?;
    say(&tr!("idle: the price of an empty block", "空闲：空区块的开销"));
    put(figures, "empty_block_cpu_ms", empty_block_cpu_ms(&network).await?);
    let mut most = None;
    for (name, block_records_max) in BLOCKS {
        let count = match block_records_max {
            100 => arguments.records / 4,
            FULL_BLOCK_RECORDS => arguments.records.max(2 * 12_000),
            _ => arguments.records,
        };
        set_parameter(&network, "block_records_max", block_records_max).await?;
        say(&tr!(
            "{count} records at saturation, blocks of at most {block_records_max}",
            "饱和负载 {count} 条，每块至多 {block_records_max} 条"
        ));
        let saturated =
            saturate(&network, &sessions, sign(first, count, RECORD_BYTES).await?).await?;
        put_saturated(figures, name, &saturated);
        most = Some(saturated);
    }
    let rate = most.map(|most| most.records / most.seconds).context("rate")?;
    put(figures, "records_per_second", rate);
    say(&tr!("half load", "半载"));
    let half = rate / 2.0;
    let times =
        steady(&sessions, sign(first, (half * 10.0) as usize, RECORD_BYTES).await?, half).await?;
    put(figures, "half_load_records_per_second", half);
    put(figures, "finality_ms_p50", percentile(&times, 50));
    put(figures, "finality_ms_p99", percentile(&times, 99));
    put(figures, "memory_mib_per_node", network.memory_mib()?);
    proofs(&network, figures).await?;
    say(&tr!("all four killed and started", "四个全部强制结束并重启"));
    put(figures, "all_killed_seconds", all_killed_seconds(&network).await?);
    disk(&network, figures).await?;
    if !arguments.quick {
        say(&tr!(
            "a validator catches up on {CATCH_UP_BLOCKS} blocks of 1 MB",
            "一个验证者追赶 {CATCH_UP_BLOCKS} 个 1 MB 区块"
        ));
        put(figures, "catch_up_seconds", catch_up_seconds(&network).await?);
    }
    Ok(())
}

fn say(text: &str) {
    output::talk(text);
}

fn number(value: f64) -> Value {
    // Four digits say all that such a measurement knows.
    let digits = if value.abs() >= 100.0 { 1.0 } else { 10_000.0 };
    json!((value * digits).round() / digits)
}

fn put(figures: &mut Map<String, Value>, name: &str, value: f64) {
    figures.insert(name.into(), number(value));
}

fn put_saturated(figures: &mut Map<String, Value>, suffix: &str, of: &Saturated) {
    let thousand = of.records / 1_000.0;
    let without = of.cpu_seconds - of.verify_cpu_seconds;
    put(figures, &format!("cpu_seconds_per_1000_records{suffix}"), of.cpu_seconds / thousand);
    put(
        figures,
        &format!("cpu_seconds_per_1000_records_without_signatures{suffix}"),
        without / thousand,
    );
    put(figures, &format!("records_per_block{suffix}"), of.records / of.blocks);
    put(figures, &format!("records_per_second{suffix}"), of.records / of.seconds);
}

fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, name)| name.to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map(|kib| kib / 1024);
    json!({ "cpu": cpu, "cores": cores, "memory_mib": memory, "version": env!("CARGO_PKG_VERSION"),
            "method": "four validators and the load on one machine; CPU time of the four processes from /proc; records signed beforehand" })
}

/// Median time of writing 4 KiB and syncing it.
fn disk_sync_ms(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join(".bench-sync");
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

async fn empty_block_cpu_ms(network: &Network) -> anyhow::Result<f64> {
    const BLOCKS: u64 = 5;
    let start = network.height(0)?;
    until("first idle block", PATIENCE, async || Ok(network.height(0)? > start)).await?;
    let (from, cpu) = (network.height(0)?, network.cpu_seconds()?);
    until("idle blocks", PATIENCE, async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(network.height(0)? >= from + BLOCKS)
    })
    .await?;
    let blocks = network.height(0)? - from;
    Ok((network.cpu_seconds()? - cpu) * 1_000.0 / blocks as f64)
}

/// Sets a chain parameter the way a city would: one organisation proposes, two others approve.
async fn set_parameter(network: &Network, name: &str, value: u64) -> anyhow::Result<()> {
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

/// Receipt and audit: sizes and times.
async fn proofs(network: &Network, figures: &mut Map<String, Value>) -> anyhow::Result<()> {
    say(&tr!("receipts and audit", "回执与审计"));
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let envelopes = sign(&session, 1, RECORD_BYTES).await?;
    let envelope = envelopes.first().context("envelope")?;
    session.submit_batch(&envelopes).await?;
    let answer = session.client().receipt(load::id(&session, envelope), false).await?;
    put(figures, "receipt_bytes", answer.bytes.len() as f64);
    let trust = session.trust_chain().await?;
    let root = TrustRoot::Genesis(session.genesis());
    let options = VerifyOptions { trust: Some(&trust), ..VerifyOptions::default() };
    let rounds = 300;
    let started = Instant::now();
    for _ in 0..rounds {
        verify(&answer.receipt, &root, &options).map_err(|code| anyhow::anyhow!("{code}"))?;
    }
    put(figures, "receipt_verify_us", started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
    let path = network.folder.join("chain.export");
    let auditor = network.session(0, "pds-024", "auditor").await?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    file.write_all(&yinglian_protocol::EXPORT_MAGIC)?;
    auditor.export(None, |frame| Ok(file.write_all(&frame.encode().context("frame")?)?)).await?;
    file.flush()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let report =
        crate::audit::walk(&path, &root, threads)?.map_err(|found| anyhow::anyhow!("{found:?}"))?;
    put(figures, "audit_records_per_second", report.records_per_second() as f64);
    Ok(())
}

/// From the start of four killed validators to a record committed by all of them again.
async fn all_killed_seconds(network: &Network) -> anyhow::Result<f64> {
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

async fn disk(network: &Network, figures: &mut Map<String, Value>) -> anyhow::Result<()> {
    let session = network.session(0, &network.node(0)?.department, "recorder").await?;
    let records = session.newest_header().await?.0.log_size;
    // Stopped, so that what is on the disk is all there is.
    network.stop()?;
    put(figures, "disk_bytes_per_record", network.disk_bytes()? / records as f64);
    network.restart()
}

/// A validator that was killed, 100 blocks of 1 MB ago, from its start to the tip.
async fn catch_up_seconds(network: &Network) -> anyhow::Result<f64> {
    set_parameter(network, "block_records_max", CATCH_UP_BLOCK_RECORDS).await?;
    let late = network.devnet.nodes.len() - 1;
    devnet::kill(&network.folder, network.node(late)?)?;
    let mut sessions = Vec::new();
    for index in 0..late {
        sessions.push(network.session(index, &network.node(index)?.department, "recorder").await?);
    }
    let first = sessions.first().context("session")?;
    let from = first.newest_header().await?.0.height.0;
    let mut height = from;
    while height < from + CATCH_UP_BLOCKS as u64 {
        let envelopes =
            sign(first, 10 * CATCH_UP_BLOCK_RECORDS as usize, LARGE_RECORD_BYTES).await?;
        let ids = load::id(first, envelopes.last().context("envelope")?);
        for batch in envelopes.chunks(500) {
            first.accept(batch).await?;
        }
        first.client().wait_end(ids, PATIENCE).await?;
        height = first.newest_header().await?.0.height.0;
    }
    let started = Instant::now();
    let node = network.node(late)?;
    devnet::start_nodes(&network.folder, &network.devnet, &[node])?;
    until("the late validator at the tip", PATIENCE, async || Ok(network.height(late)? >= height))
        .await?;
    Ok(started.elapsed().as_secs_f64())
}
