//! `yinglian-node`: runs a node, replays its chain, computes a genesis.

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use yinglian_protocol::codec;

/// A node of a Yinglian chain.
#[derive(Parser)]
#[command(name = "yinglian-node", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node in a home folder until SIGTERM
    Run {
        /// Folder with config.toml, keys/, genesis-document.bin and data/
        #[arg(long, env = "YINGLIAN_HOME")]
        home: PathBuf,
    },
    /// Ask a running node to take no more envelopes, finish those that wait, and end
    Drain {
        /// Folder of the node
        #[arg(long, env = "YINGLIAN_HOME")]
        home: PathBuf,
    },
    /// Execute the stored chain again and compare every header; the node must be stopped
    Replay {
        /// Folder of the node
        #[arg(long, env = "YINGLIAN_HOME")]
        home: PathBuf,
    },
    /// Compute the genesis of a document (borsh) and write genesis.bin beside a copy of it
    Genesis {
        /// The document
        #[arg(long)]
        document: PathBuf,
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match act(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run { home } => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let outcome = runtime.block_on(yinglian_node::run(&home));
            // Tasks that wait on the network do not hold up the end.
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            outcome
        }
        Command::Drain { home } => yinglian_node::drain(&home),
        Command::Replay { home } => {
            let replayed = yinglian_node::replay(&home)?;
            println!("{}", serde_json::to_string(&replayed)?);
            Ok(())
        }
        Command::Genesis { document, out } => {
            let bytes = std::fs::read(&document)
                .with_context(|| format!("cannot read {}", document.display()))?;
            let state = yinglian_node::derive(&yinglian_node::decode_document(&bytes)?)?;
            std::fs::create_dir_all(&out)?;
            std::fs::write(out.join("genesis.bin"), codec::encode(&state.genesis))?;
            std::fs::write(out.join("genesis-document.bin"), &bytes)?;
            let hash = state.genesis.hash();
            println!(
                "{}",
                serde_json::json!({ "genesis_hash": hash, "name": state.genesis.name, "suite": state.genesis.suite })
            );
            Ok(())
        }
    }
}
