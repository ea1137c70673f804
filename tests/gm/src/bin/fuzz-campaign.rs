//! Random inputs for gm_peers::fuzz without a special compiler: the corpus, then inputs made from it and from nothing.
//! Comes in: a seed, a number of inputs. Goes out: how many agreed, exit 1 and the input in hexadecimal when one differs.

use anyhow::{Result, bail};
use clap::Parser;
use gm_peers::fuzz::{INPUT_BYTES_MAX, Judges};
use gm_peers::random::Random;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Arbitrary keys, digests and signatures: sdk/gm and the reference must agree, and nothing may panic
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 3000)]
    inputs: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One input in hexadecimal instead, as a run that failed printed it
    #[arg(long)]
    replay: Option<String>,
    /// Write the corpus to this folder instead, a file an input, for a fuzzer to begin with
    #[arg(long)]
    to_files: Option<PathBuf>,
    /// Print the files of this folder as a corpus instead, the shortest first
    #[arg(long)]
    from_files: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.to_files {
        return to_files(folder);
    }
    if let Some(folder) = &arguments.from_files {
        return from_files(folder);
    }
    let mut judges = Judges::default();
    if let Some(input) = &arguments.replay {
        return decide(&mut judges, &hex::decode(input)?)
            .map(|good| println!("agreed, good: {good}"));
    }
    let corpus = corpus()?;
    let mut good = 0;
    for input in &corpus {
        good += usize::from(decide(&mut judges, input)?);
    }
    let mut random = Random::new(arguments.seed);
    let mut told = Instant::now();
    for number in 0..arguments.inputs {
        good += usize::from(decide(&mut judges, &input(&mut random, &corpus))?);
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("{number} of {} inputs, {good} with a good signature", arguments.inputs);
        }
    }
    println!(
        "{} inputs of the corpus and {} random ones (seed {}): all agree, {good} with a good signature",
        corpus.len(),
        arguments.inputs,
        arguments.seed
    );
    // A campaign in which no signature is good has tried nothing.
    anyhow::ensure!(good * 20 > arguments.inputs, "too few good signatures");
    Ok(())
}

fn decide(judges: &mut Judges, input: &[u8]) -> Result<bool> {
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judges.agree(input)));
    match answer {
        Ok(Ok(good)) => Ok(good),
        Ok(Err(difference)) => bail!("{difference}\ninput: {}", hex::encode(input)),
        Err(_) => bail!("panic\ninput: {}", hex::encode(input)),
    }
}

fn to_files(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for (number, input) in corpus()?.iter().enumerate() {
        std::fs::write(folder.join(format!("corpus-{number}")), input)?;
    }
    Ok(())
}

fn from_files(folder: &Path) -> Result<()> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry?.path());
    let mut inputs = std::fs::read_dir(folder)?.map(read).collect::<std::io::Result<Vec<_>>>()?;
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.iter().for_each(|input| println!("{}", hex::encode(input)));
    Ok(())
}

/// One input a line, in hexadecimal.
fn corpus() -> Result<Vec<Vec<u8>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/sm2_verify.txt");
    let text = std::fs::read_to_string(path)?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(hex::decode).collect::<Result<_, _>>()?)
}

fn input(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let length = random.below(500);
    let fresh = random.bytes(length);
    if corpus.is_empty() || random.below(2) == 0 {
        return fresh;
    }
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..1 + random.below(4) {
        let place = random.below(input.len() + 1);
        match random.below(4) {
            0 => input.truncate(place),
            1 => input.insert(place, random.word() as u8),
            2 => input.extend(&fresh[..random.below(fresh.len() + 1)]),
            _ => {
                if let Some(byte) = input.get_mut(place) {
                    *byte = random.word() as u8;
                }
            }
        }
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}
