//! Five hundred seeds hold, equal seeds give equal runs, every interesting thing happens, and every planted bug is caught.

use yinglian_sim::{Bug, Counts, run};

const SEEDS: u64 = 500;
/// Within so many seeds each planted bug must show.
const BUG_SEEDS: u64 = 400;

#[test]
fn five_hundred_seeds_hold_and_exercise_everything() {
    let mut counts = Counts::default();
    let mut violations = Vec::new();
    for seed in 0..SEEDS {
        let report = run(seed, None);
        counts.add(&report.counts);
        violations.extend(report.violation.map(|violation| format!("seed {seed}: {violation}")));
    }
    println!("{SEEDS} seeds: {counts:?}");
    assert!(violations.is_empty(), "{} seeds fail:\n{}", violations.len(), violations.join("\n"));
    assert!(counts.missing().is_empty(), "never happened: {:?}", counts.missing());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..20 {
        assert_eq!(run(seed, None), run(seed, None));
    }
    assert_ne!(run(1, None).digest, run(2, None).digest);
}

#[test]
fn every_planted_bug_is_caught() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        let caught =
            (0..BUG_SEEDS).find_map(|seed| run(seed, Some(bug)).violation.map(|v| (seed, v)));
        match caught {
            Some((seed, violation)) => println!("{bug:?}: seed {seed}: {violation}"),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not caught in {BUG_SEEDS} seeds: {missed:?}");
}
