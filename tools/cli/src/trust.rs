//! `yinglian trust`: what a verifier keeps. A root comes from somebody he trusts; chains of sets may come from anywhere,
//! because they prove themselves under the root.

use crate::failure::{Coded, Exit};
use crate::{clock, files, output, session, tr, trust_store, verify};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinglian_protocol::{Checkpoint, Code, ProvenSets, TrustChain, TrustRoot, limits};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a trust root or a .trust file
    Show(Show),
    /// Fetch the chain of validator sets from a node, prove it under a root, and write it
    Save(Save),
    /// Remember a chain: `verify` then keeps the newest set it has proven
    Add(Add),
}

#[derive(Debug, Args)]
pub struct Show {
    /// Genesis hash, checkpoint file or .trust file
    #[arg(value_name = "ROOT")]
    root: String,
}

#[derive(Debug, Args)]
pub struct Save {
    /// File to write; none is overwritten without --force
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Trust root under which the chain must be proven
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Write a checkpoint of the newest header: a younger trust root in one small file
    #[arg(long)]
    checkpoint: bool,
    #[command(flatten)]
    node: session::NodeArguments,
}

#[derive(Debug, Args)]
pub struct Add {
    /// .trust file to remember
    #[arg(value_name = "FILE.trust")]
    file: PathBuf,
    /// Trust root under which it must be proven
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
}

/// Runs `trust`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Show(arguments) => show(&arguments),
        Command::Save(arguments) => save(&arguments),
        Command::Add(arguments) => add(&arguments),
    }
}

fn show(arguments: &Show) -> anyhow::Result<Exit> {
    let path = Path::new(&arguments.root);
    if path.is_file() {
        let bytes = files::read(path, limits::TRUST_BYTES_MAX as u64)?;
        if let Ok(chain) = TrustChain::decode(&bytes) {
            show_chain(&chain);
            return Ok(Exit::Ok);
        }
    }
    match verify::read_root(Some(&arguments.root))? {
        TrustRoot::Genesis(hash) => {
            let text = tr!("genesis hash {hash}", "创世哈希 {hash}");
            output::data(&json!({ "kind": "genesis", "genesis": hash }), &text);
        }
        TrustRoot::Checkpoint(checkpoint) => show_checkpoint(&checkpoint),
    }
    Ok(Exit::Ok)
}

fn show_checkpoint(checkpoint: &Checkpoint) {
    let rows = [
        (tr!("kind", "类别"), tr!("checkpoint", "检查点")),
        (tr!("genesis hash", "创世哈希"), checkpoint.genesis.to_string()),
        (tr!("height", "高度"), checkpoint.height.to_string()),
        (tr!("header", "区块头"), checkpoint.header_hash.to_string()),
        (tr!("time", "时间"), clock::in_words(checkpoint.time_ms)),
        (tr!("validators", "验证节点"), checkpoint.set.len().to_string()),
    ];
    output::data(&checkpoint_value(checkpoint), &output::table(&rows));
}

fn checkpoint_value(checkpoint: &Checkpoint) -> Value {
    json!({ "kind": "checkpoint", "genesis": checkpoint.genesis, "height": checkpoint.height,
            "header_hash": checkpoint.header_hash, "time_ms": checkpoint.time_ms, "validators": checkpoint.set })
}

fn show_chain(chain: &TrustChain) {
    let genesis = chain.genesis.hash();
    let proven = chain.prove(&TrustRoot::Genesis(genesis));
    let sound = match &proven {
        Ok(_) => tr!("proven from the genesis it names", "可由其所载创世证明"),
        Err(code) => tr!("NOT proven: {code}", "不能证明：{code}"),
    };
    let mut rows = vec![
        (tr!("kind", "类别"), tr!("chain of validator sets", "验证节点集链")),
        (tr!("genesis hash", "创世哈希"), genesis.to_string()),
        (tr!("chain", "链"), chain.genesis.name.clone()),
        (tr!("proof", "证明"), sound),
        (
            tr!("first set", "首个集合"),
            tr!("{} validators", "{} 个验证节点", chain.first_set.len()),
        ),
    ];
    rows.extend(chain.links.iter().map(|link| {
        let (height, count) = (link.header.height.next(), link.next_set.len());
        (
            tr!("set change", "集合变更"),
            tr!("{count} validators from height {height}", "自高度 {height} 起 {count} 个验证节点"),
        )
    }));
    let links: Vec<Value> = chain
        .links
        .iter()
        .map(
            |link| json!({ "from_height": link.header.height.next(), "validators": link.next_set }),
        )
        .collect();
    let value = json!({ "kind": "trust_chain", "genesis": genesis, "proven": proven.is_ok(), "first_set": chain.first_set, "changes": links });
    output::data(&value, &output::table(&rows));
}

fn prove(chain: &TrustChain, root: &TrustRoot) -> anyhow::Result<ProvenSets> {
    let detail = || tr!("chain of validator sets", "验证节点集链");
    chain.prove(root).map_err(|code| Coded::refused(code, detail()).into())
}

fn save(arguments: &Save) -> anyhow::Result<Exit> {
    if !arguments.force {
        files::must_be_new(&arguments.out)?;
    }
    let root = verify::read_root(arguments.trust.as_deref())?;
    let (chain, newest) = crate::args::block_on(async {
        let session = session::connect(&arguments.node).await?;
        Ok((session.trust_chain().await?, session.newest_header().await?))
    })?;
    let proven = prove(&chain, &root)?;
    let (bytes, value) = if arguments.checkpoint {
        let (header, quorum) = newest;
        let checked = proven.check_header(&header, &quorum, &yinglian_protocol::DefaultEngine);
        checked.map_err(|code| Coded::refused(code, tr!("newest header", "最新区块头")))?;
        let set = proven
            .at(header.height.next())
            .filter(|set| set.hash(header.suite) == header.next_validators_hash);
        let set = set.cloned().ok_or_else(|| {
            Coded::refused(Code::RECEIPT_SET_UNPROVEN, tr!("next set", "下一集合"))
        })?;
        let (height, header_hash, time_ms) = (header.height, header.hash(), header.time_ms);
        let checkpoint = Checkpoint { genesis: root.genesis(), height, header_hash, time_ms, set };
        (checkpoint.encode(), checkpoint_value(&checkpoint))
    } else {
        (
            chain.encode(),
            json!({ "kind": "trust_chain", "genesis": root.genesis(), "changes": chain.links.len() }),
        )
    };
    if arguments.force {
        files::write(&arguments.out, &bytes)?;
    } else {
        files::write_new(&arguments.out, &bytes)?;
    }
    let path = arguments.out.display();
    output::data(
        &json!({ "file": arguments.out, "saved": value }),
        &tr!("{path} written, proven under the root", "已写入 {path}，并在信任根下证明"),
    );
    Ok(Exit::Ok)
}

fn add(arguments: &Add) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    let chain = verify::read_chain(&arguments.file)?;
    prove(&chain, &root)?;
    let kept = trust_store::keep(&root.genesis(), &chain)?;
    let genesis = root.genesis();
    let text = if kept {
        tr!("chain {genesis} is remembered", "已记住链 {genesis}")
    } else {
        tr!(
            "chain {genesis} was remembered already, no older than this",
            "链 {genesis} 已记住，且不旧于此文件"
        )
    };
    output::data(&json!({ "genesis": genesis, "kept": kept }), &text);
    Ok(Exit::Ok)
}
