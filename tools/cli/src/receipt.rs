//! `yinglian receipt`: looks at receipts, renews them under the newest header, and finds the fork that two of them prove.

use crate::failure::{Coded, Exit, text_of};
use crate::{clock, files, output, record_words, session, tr, verify};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_protocol::{
    Code, EnvelopeId, Fork, ForkKind, Hash, Proven, Receipt, TrustRoot, VerifyOptions, find_fork,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print what a receipt holds (proves nothing: use verify)
    Show(Show),
    /// Get the receipt of a record by its id, such as one of a table's rows
    Fetch(Fetch),
    /// Put receipts under the newest header and today's validators
    Refresh(Refresh),
    /// Compare two receipts: exit 0 no fork, 1 they prove one
    Conflict(Conflict),
}

#[derive(Debug, Args)]
pub struct Show {
    /// Receipt
    #[arg(value_name = "FILE.receipt")]
    receipt: PathBuf,
}

#[derive(Debug, Args)]
pub struct Fetch {
    /// Record id: 64 hex digits
    #[arg(value_name = "ID")]
    id: Hash,
    /// File to write; never overwrites
    #[arg(long, value_name = "FILE.receipt")]
    out: PathBuf,
    /// Trust root; a receipt that is not proven under it is not written
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    #[command(flatten)]
    node: session::NodeArguments,
}

#[derive(Debug, Args)]
pub struct Refresh {
    /// Receipts, rewritten in place
    #[arg(value_name = "FILE.receipt", required = true)]
    receipts: Vec<PathBuf>,
    /// Trust root; a receipt that the node gives and that is not proven under it is not written
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    #[command(flatten)]
    node: session::NodeArguments,
}

#[derive(Debug, Args)]
pub struct Conflict {
    /// One receipt
    #[arg(value_name = "A.receipt")]
    first: PathBuf,
    /// Another
    #[arg(value_name = "B.receipt")]
    second: PathBuf,
    /// Trust root
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
}

/// Runs `receipt`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Show(arguments) => show(&arguments),
        Command::Fetch(arguments) => fetch(&arguments),
        Command::Refresh(arguments) => refresh(&arguments),
        Command::Conflict(arguments) => conflict(&arguments),
    }
}

fn show(arguments: &Show) -> anyhow::Result<Exit> {
    let receipt = verify::read_receipt(&arguments.receipt)?;
    let (header, leaf) = (&receipt.header, &receipt.leaf);
    let id = receipt.envelope.body.id(header.suite);
    let (position, height) = (receipt.inclusion.index, leaf.height);
    let code = receipt.outcome.code;
    let mut rows = vec![
        (tr!("record", "记录"), id.to_string()),
        (tr!("recorded at", "记录时间"), clock::in_words(leaf.time_ms)),
        (
            tr!("where", "位置"),
            tr!("block {height}, log position {position}", "区块 {height}，日志位置 {position}"),
        ),
        (tr!("organisation", "机构"), leaf.organization.to_string()),
        (tr!("signed by", "签名者"), leaf.sender.to_string()),
        (tr!("outcome", "结果"), format!("{code} {}", text_of(code).0)),
        (
            tr!("checkpoint", "检查点"),
            format!("{}  {}  {}", header.height, header.hash(), clock::in_words(header.time_ms)),
        ),
        (
            tr!("signatures", "签名"),
            tr!("{} of validators", "{} 个验证节点签名", receipt.quorum.signatures.len()),
        ),
        (
            tr!("path", "路径"),
            tr!(
                "{} hashes in a log of {}",
                "{} 个哈希，日志大小 {}",
                receipt.inclusion.path.len(),
                receipt.inclusion.size
            ),
        ),
        (
            tr!("trust chain", "信任链"),
            receipt.trust.as_ref().map_or_else(
                || tr!("none", "无"),
                |chain| {
                    tr!("embedded, {} set changes", "已嵌入，集合变更 {} 次", chain.links.len())
                },
            ),
        ),
    ];
    rows.extend(record_words::call_rows(&receipt.envelope.body));
    let value = json!({
        "id": id, "position": position, "height": height, "time_ms": leaf.time_ms, "organization": leaf.organization,
        "sender": leaf.sender.to_string(), "sender_key": receipt.sender_key.to_string(), "code": code.to_string(),
        "header": header, "header_hash": header.hash(), "signatures": receipt.quorum.signatures.len(),
        "log_size": receipt.inclusion.size, "path": receipt.inclusion.path, "trust_embedded": receipt.trust.is_some(),
        "call": record_words::call_value(&receipt.envelope.body),
    });
    output::data(&value, &output::table(&rows));
    output::hint(&tr!(
        "nothing was checked; `yinglian verify` does that",
        "以上未经验证；`yinglian verify` 可验证"
    ));
    Ok(Exit::Ok)
}

fn fetch(arguments: &Fetch) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    files::must_be_new(&arguments.out)?;
    let bytes = crate::args::block_on(async {
        session::connect(&arguments.node).await?.receipt(&EnvelopeId(arguments.id)).await
    })?;
    let (_, proven) = proven(&bytes, &root, &arguments.out)?;
    files::write_new(&arguments.out, &bytes)?;
    let (path, height) = (arguments.out.display(), proven.checkpoint_height);
    output::data(
        &json!({ "receipt": arguments.out, "height": height }),
        &tr!("{path} written, checkpoint {height}", "已写入 {path}，检查点 {height}"),
    );
    Ok(Exit::Ok)
}

/// A receipt that a node gave, when it proves its record.
fn proven(bytes: &[u8], root: &TrustRoot, path: &Path) -> anyhow::Result<(Receipt, Proven)> {
    let refused = |code| Coded::refused(code, path.display().to_string());
    let receipt = Receipt::decode(bytes).map_err(refused)?;
    let options = VerifyOptions { now_ms: Some(clock::now_ms()), ..VerifyOptions::default() };
    let proven = yinglian_protocol::verify(&receipt, root, &options).map_err(refused)?;
    Ok((receipt, proven))
}

fn refresh(arguments: &Refresh) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    let mut done = Vec::new();
    crate::args::block_on(async {
        let session = session::connect(&arguments.node).await?;
        for path in &arguments.receipts {
            let old = verify::read_receipt(path)?;
            let id = old.envelope.body.id(old.header.suite);
            let bytes = session.receipt(&id).await?;
            let (renewed, proven) = proven(&bytes, &root, path)?;
            if renewed.leaf != old.leaf || renewed.inclusion.index != old.inclusion.index {
                // The node shows another record under this id: keep the old receipt, it may prove a fork.
                return Err(
                    Coded::refused(Code::RECEIPTS_CONFLICT, path.display().to_string()).into()
                );
            }
            files::write(path, &bytes)?;
            done.push((path.clone(), old.header.height, proven.checkpoint_height));
        }
        Ok(())
    })?;
    let rows: Vec<_> = done
        .iter()
        .map(|(path, old, new)| {
            (path.display().to_string(), tr!("checkpoint {old} -> {new}", "检查点 {old} -> {new}"))
        })
        .collect();
    let values: Vec<_> = done
        .iter()
        .map(|(path, old, new)| json!({ "receipt": path, "old_height": old, "new_height": new }))
        .collect();
    output::data(&json!(values), &output::table(&rows));
    Ok(Exit::Ok)
}

fn conflict(arguments: &Conflict) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    let (first, second) =
        (verify::read_receipt(&arguments.first)?, verify::read_receipt(&arguments.second)?);
    let found = find_fork(&first, &second, &root, &VerifyOptions::default());
    match found.map_err(|code| Coded::refused(code, tr!("one of the receipts", "其中一份回执")))?
    {
        None => {
            output::data(
                &json!({ "fork": false }),
                &tr!(
                    "both are proven and do not contradict one another",
                    "两份回执均已证明，且互不矛盾"
                ),
            );
            Ok(Exit::Ok)
        }
        Some(fork) => {
            tell_fork(&fork);
            Ok(Exit::Refused)
        }
    }
}

fn tell_fork(fork: &Fork) {
    let code = Code::RECEIPTS_CONFLICT;
    let title = text_of(code).0;
    let kind = match fork.kind {
        ForkKind::Height(height) => {
            tr!("two headers of height {height}", "高度 {height} 有两个区块头")
        }
        ForkKind::Position(position) => {
            tr!("two leaves at log position {position}", "日志位置 {position} 有两个叶子")
        }
    };
    let mut rows = vec![(tr!("difference", "差异"), kind.clone())];
    rows.extend(fork.culprits.iter().map(|validator| {
        (
            tr!("signed both", "双方均签名"),
            format!("{}  {}", validator.organization, validator.address()),
        )
    }));
    let culprits: Vec<_> = fork.culprits.iter().map(|v| json!({ "organization": v.organization, "address": v.address().to_string(), "public_key": v.public_key.to_string() })).collect();
    let value =
        json!({ "fork": true, "code": code.to_string(), "kind": kind, "culprits": culprits });
    output::data(
        &value,
        &(tr!("FORK  {code} {title}\n", "分叉  {code} {title}\n") + &output::table(&rows)),
    );
}
