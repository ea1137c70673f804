//! `yinglian-sim`: runs a range of seeds and says which fail.

use clap::Parser;
use std::process::ExitCode;
use yinglian_sim::{Counts, run};

/// Simulate agreement under seeds
#[derive(Parser)]
struct Arguments {
    /// First seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Number of seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut counts = Counts::default();
    let mut failed = 0_u64;
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        let report = run(seed, None);
        counts.add(&report.counts);
        if let Some(violation) = report.violation {
            failed += 1;
            println!("seed {seed}: {violation} (again: yinglian-sim --from {seed} --seeds 1)");
        }
    }
    println!("{} seeds, {failed} failed, {counts:?}", arguments.seeds);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
