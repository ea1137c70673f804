//! `yinglian evidence`: packs records, receipts, trust and files into one package that checks itself in a browser; and the part of
//! `yinglian verify` that judges such a package.
//!
//! Comes in: receipts from files or a node, files, a trust root. Goes out: one ZIP, or what `sdk/verifier` found in one. Never: a package
//! of receipts that are not proven.

mod page;
mod tell;

pub use tell::{is_package, verify_package};

use crate::failure::{Coded, Exit};
use crate::{files, output, session, tr, verify};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_protocol::{Code, EnvelopeId, Hash, Receipt, TrustRoot, limits};
use yinglian_verifier as package;
use yinglian_verifier::{Asked, Fault, Manifest, Member};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pack receipts and what they prove into one file that checks itself in a browser
    Pack(Pack),
}

#[derive(Debug, Args)]
pub struct Pack {
    /// Receipts, or record ids (64 hex digits) whose receipts the node gives
    #[arg(value_name = "RECEIPT|ID", required = true)]
    receipts: Vec<String>,
    /// File that one of the receipts proves; may be given more than once
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Certificate that explains a key; enclosed with its digest, not judged
    #[arg(long = "certificate", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// Chain of validator sets to enclose
    #[arg(long, value_name = "FILE.trust")]
    sets: Option<PathBuf>,
    /// Package to write; never overwrites
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
    /// Trust root; what is not proven under it is not packed
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    #[command(flatten)]
    node: session::NodeArguments,
}

/// Runs `evidence`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    let Command::Pack(arguments) = command;
    pack(&arguments)
}

fn pack(arguments: &Pack) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    files::must_be_new(&arguments.out)?;
    page::require_verifier()?;
    let mut members = enclosed(arguments, &root)?;
    members
        .push(Member { name: package::GUIDE.to_owned(), bytes: page::guide(&root).into_bytes() });
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let inner = listed(&members);
    let asked =
        Asked { root: Some(root), now_ms: Some(crate::clock::now_ms()), ..Asked::default() };
    let report = package::check(&inner, &asked);
    if let Some(found) = report.findings.first() {
        return Err(Coded::refused(found.code, found.file.clone()).into());
    }
    let page = page::page(&inner);
    let digests = package::ManifestEntry::of(package::PAGE, &page);
    members.push(Member { name: package::PAGE.to_owned(), bytes: page });
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let bytes = package::encode(&listed(&members)).map_err(|fault| told(&fault, &arguments.out))?;
    files::write_new(&arguments.out, &bytes)?;
    let (path, count) = (arguments.out.display(), report.proven.len());
    let (sha256, sm3) = (&digests.sha256, &digests.sm3);
    output::data(
        &json!({ "package": arguments.out, "records": count, "page_sha256": sha256, "page_sm3": sm3 }),
        &tr!(
            "{path} written, {count} records proven\nits page: SHA-256 {sha256}\n          SM3     {sm3}",
            "已写入 {path}，{count} 条记录均已证明\n其页面：SHA-256 {sha256}\n        SM3     {sm3}"
        ),
    );
    Ok(Exit::Ok)
}

/// The files with their manifest in front.
fn listed(members: &[Member]) -> Vec<Member> {
    let manifest =
        Member { name: package::MANIFEST.to_owned(), bytes: Manifest::of(members).encode() };
    std::iter::once(manifest).chain(members.iter().cloned()).collect()
}

/// All that a package holds beside its texts.
fn enclosed(arguments: &Pack, root: &TrustRoot) -> anyhow::Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| members.push(Member { name, bytes });
    for (number, bytes) in receipts(arguments)?.into_iter().enumerate() {
        let given = &arguments.receipts[number];
        let receipt = Receipt::decode(&bytes).map_err(|code| Coded::refused(code, given))?;
        let stem = format!("{:04}", number + 1);
        add(format!("{}{stem}.json", package::RECORDS), package::record_text(&receipt));
        add(format!("{}{stem}.receipt", package::RECEIPTS), bytes);
    }
    for (folder, paths) in
        [(package::FILES, &arguments.files), ("certificates/", &arguments.certificates)]
    {
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = files::read(path, package::PACKAGE_BYTES_MAX as u64)?;
            add(format!("{folder}{name}"), bytes);
        }
    }
    if let Some(path) = &arguments.sets {
        add(package::SETS.to_owned(), verify::read_chain(path)?.encode());
    }
    let claimed = match root {
        TrustRoot::Genesis(hash) => format!("{hash}\n").into_bytes(),
        TrustRoot::Checkpoint(at) => at.encode(),
    };
    add(package::CLAIMED_ROOT.to_owned(), claimed);
    Ok(members)
}

/// The receipts, in the order of the command line: from files, else from the node by their ids.
fn receipts(arguments: &Pack) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let mut session = None;
    for given in &arguments.receipts {
        let path = Path::new(given);
        let id = given.parse::<Hash>().ok().filter(|_| !path.exists());
        found.push(match id {
            None => files::read(path, limits::RECEIPT_BYTES_MAX as u64)?,
            Some(id) => crate::args::block_on(async {
                if session.is_none() {
                    session = Some(session::connect(&arguments.node).await?);
                }
                let session = session.as_ref().ok_or_else(|| anyhow::anyhow!("session"))?;
                session.receipt(&EnvelopeId(id)).await
            })?,
        });
    }
    Ok(found)
}

fn told(fault: &Fault, path: &Path) -> Coded {
    match fault {
        Fault::TooLarge => Coded::could_not(Code::EVIDENCE_TOO_LARGE, path.display().to_string()),
        Fault::Malformed(name) => {
            let name = name.clone().unwrap_or_default();
            let detail = tr!(
                "{name}: the name is given twice or cannot stand in a package",
                "{name}：名称重复，或不能用于证据包"
            );
            Coded::could_not(Code::USAGE, detail)
        }
    }
}
