//! `yinglian bench`: the figures of docs/figures. Four validators as four processes on this machine, fsync on, records
//! signed with SM2, executed, logged, committed, provable. CPU time and ratios rather than wall clock, because machines differ.
//!
//! Works in a folder of its own, which it removes. Never: in a folder that holds something else; processes that outlive it.

mod figures;
mod load;
mod measure;
mod network;

use crate::failure::{Coded, Exit};
use crate::{files, output, tr};
use anyhow::Context;
use clap::Args;
use figures::Figures;
pub use figures::machine;
use load::{Saturated, percentile, saturate, sign, steady};
use measure::set_parameter;
use network::Network;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use yinglian_protocol::Code;

/// Size of the usual record, encoded and signed.
const RECORD_BYTES: usize = 300;
/// As many records of 300 bytes as the soft limit of a block, 4 MiB, has room for.
const FULL_BLOCK_RECORDS: u64 = 12_000;
/// What names of figures end with, and the greatest number of records in a block. The last is the chain's default with the
/// reference verifier, and the one that the figures without an ending are measured with.
const BLOCKS: [(&str, u64); 4] = [
    ("_blocks_of_100", 100),
    ("_blocks_of_1500", 1_500),
    ("_full_blocks", FULL_BLOCK_RECORDS),
    ("", 2_000),
];
/// Short, so that many empty blocks are made and little time passes between them: the least that a node takes.
const IDLE_HEARTBEAT_MS: u64 = 100;
const PATIENCE: Duration = Duration::from_secs(300);
/// Stands in a folder that this command made and may remove.
const MARKER: &str = "yinglian-bench";

#[derive(Debug, Args)]
pub struct Arguments {
    /// File for the figures; after `bench`, `--json FILE` means the same
    #[arg(long, value_name = "FILE")]
    figures: Option<PathBuf>,
    /// Folder for the network, new or empty; on the disk that is to be measured
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
    let machine = figures::machine();
    take_folder(&arguments.dir)?;
    let measured = crate::args::block_on(async {
        tokio::select! {
            measured = measure(&arguments) => measured,
            () = interrupted() => Err(anyhow::anyhow!(tr!("interrupted", "已中断"))),
        }
    });
    // The networks are down by now, whatever happened.
    std::fs::remove_dir_all(&arguments.dir)
        .map_err(|error| files::unwritable(error, &arguments.dir))?;
    let figures = measured?;
    let rows = figures.rows();
    let value = figures.into_value(machine);
    if let Some(path) = &arguments.figures {
        files::write(path, format!("{}\n", serde_json::to_string_pretty(&value)?).as_bytes())?;
    }
    output::data(&value, &output::table(&rows));
    Ok(Exit::Ok)
}

/// Makes the folder, or takes an empty one, or one that an earlier run was kept from removing.
fn take_folder(folder: &Path) -> anyhow::Result<()> {
    let marker = folder.join(MARKER);
    if marker.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| files::unwritable(error, folder))?;
    }
    files::make_private_folder(folder)?;
    let mut entries = folder.read_dir().map_err(|error| files::unreadable(error, folder))?;
    if entries.next().is_some() {
        let detail = folder.display().to_string();
        return Err(Coded::could_not(Code::FOLDER_OCCUPIED, detail).into());
    }
    files::write(&marker, b"")
}

/// Ends when the process is asked to end.
async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    figures.put(figures::DISK_SYNC, measure::disk_sync_ms(&arguments.dir)?);
    say(&tr!(
        "four idle validators: the price of an empty block",
        "四个空闲验证节点：空区块的开销"
    ));
    let idle = Network::start(&arguments.dir.join("idle"), Some(IDLE_HEARTBEAT_MS))?;
    figures.put(figures::EMPTY_BLOCK, measure::empty_block_cpu_ms(&idle).await?);
    drop(idle);
    say(&tr!("four validators for the load", "启动承受负载的四个验证节点"));
    let network = Network::start(&arguments.dir.join("network"), None)?;
    let rate = saturated(&network, arguments.records, &mut figures).await?;
    say(&tr!("half load", "半载"));
    half_load(&network, rate / 2.0, &mut figures).await?;
    figures.put(figures::MEMORY, network.memory_mib()?);
    say(&tr!("receipts and audit", "回执与审计"));
    measure::receipts(&network, &mut figures).await?;
    measure::audit(&network, &mut figures).await?;
    say(&tr!("all four killed and started", "四个全部强制结束并重启"));
    figures.put(figures::ALL_KILLED, measure::all_killed_seconds(&network).await?);
    figures.put(figures::DISK, measure::disk_bytes_per_record(&network).await?);
    if !arguments.quick {
        say(&tr!(
            "a validator catches up on 100 blocks of 1 MB",
            "一个验证节点追赶 100 个 1 MB 区块"
        ));
        measure::catch_up(&network, &mut figures).await?;
    }
    Ok(figures)
}

/// Saturation under each size of blocks; the rate under the last.
async fn saturated(
    network: &Network,
    records: usize,
    figures: &mut Figures,
) -> anyhow::Result<f64> {
    let sessions = network.recorders().await?;
    let first = sessions.first().context("session")?;
    let mut rate = 0.0;
    for (condition, block_records_max) in BLOCKS {
        let count = match block_records_max {
            100 => records / 4,
            // Two blocks, where the load is meant to fill any.
            FULL_BLOCK_RECORDS if records >= 20_000 => records.max(2 * 12_000),
            _ => records,
        };
        set_parameter(network, "block_records_max", block_records_max).await?;
        say(&tr!(
            "{count} records at saturation, blocks of at most {block_records_max}",
            "饱和负载 {count} 条，每块至多 {block_records_max} 条"
        ));
        let of = saturate(network, &sessions, sign(first, count, RECORD_BYTES).await?).await?;
        put_saturated(figures, condition, &of);
        rate = of.records / of.seconds;
    }
    Ok(rate)
}

async fn half_load(network: &Network, rate: f64, figures: &mut Figures) -> anyhow::Result<()> {
    let sessions = network.recorders().await?;
    let first = sessions.first().context("session")?;
    let envelopes = sign(first, (rate * 10.0) as usize, RECORD_BYTES).await?;
    let times = steady(&sessions, envelopes, rate).await?;
    figures.put(figures::HALF_LOAD, rate);
    figures.put(figures::FINALITY_P50, percentile(&times, 50));
    figures.put(figures::FINALITY_P99, percentile(&times, 99));
    Ok(())
}

fn put_saturated(figures: &mut Figures, condition: &str, of: &Saturated) {
    let thousands = of.records / 1_000.0;
    let without = of.cpu_seconds - of.verify_cpu_seconds;
    figures.put_for(figures::CPU, condition, of.cpu_seconds / thousands);
    figures.put_for(figures::CPU_WITHOUT_SIGNATURES, condition, without / thousands);
    figures.put_for(figures::RECORDS_PER_BLOCK, condition, of.records / of.blocks);
    figures.put_for(figures::RECORDS_PER_SECOND, condition, of.records / of.seconds);
}

fn say(text: &str) {
    output::talk(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_files_is_neither_used_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("precious"), "x").unwrap();
        let error = take_folder(folder.path()).unwrap_err();
        assert_eq!(Coded::of(&error).unwrap().code, Code::FOLDER_OCCUPIED);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        let own = folder.path().join("own");
        take_folder(&own).unwrap();
        std::fs::write(own.join("left behind"), "x").unwrap();
        // A run that was ended by force left it: it is ours.
        take_folder(&own).unwrap();
        assert!(!own.join("left behind").exists());
    }
}
