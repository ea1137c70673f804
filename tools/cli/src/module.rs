//! `yinglian module`: contracts that are one file: checked here, uploaded in parts, admitted by decision.

use crate::failure::{Coded, Exit};
use crate::interfaces::{declared, describe, encode, fetch, summary_row, why};
use crate::membership::{Proposal, document, tell};
use crate::session::{self, Ended, Session, told};
use crate::{files, module_words, output, tr};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_interface::{
    Fault, Interface, MODULE_DOCUMENT_BYTES_MAX, MODULE_PART_BYTES, ModuleFault, document_hash,
};
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::calls::membership::{Action, DecisionPropose};
use yinglian_protocol::{Code, Hash, Name};

/// Contract that keeps the documents of modules, and its method.
const DOCUMENTS: (&str, &str) = ("modules", "upload");

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a module's file: exit 0 without faults, 1 with faults
    Check(Check),
    /// Upload a module and propose to admit it
    Admit(Admit),
    /// List the modules of the chain
    List(session::NodeArguments),
    /// Show a module of the chain, with what the registry says of it
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Check {
    /// Module, a TOML file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the document that is uploaded; never overwrites
    #[arg(long, value_name = "FILE.json")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Admit {
    /// Module, a TOML file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Name of the module
    #[arg(value_name = "NAME")]
    name: Name,
    #[command(flatten)]
    node: session::NodeArguments,
}

/// Runs `module`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Check(wish) => check(&wish),
        Command::Admit(wish) => admit(&wish),
        Command::List(node) => list(&node),
        Command::Show(wish) => show(&wish),
    }
}

/// A module's interface, or its faults: those of the file, then those of a contract that brings no code.
fn read(file: &Path) -> anyhow::Result<Result<Interface, Vec<ModuleFault>>> {
    let text = files::read_text(file)?;
    let interface = match Interface::from_module(&text) {
        Ok(interface) => interface,
        Err(faults) => return Ok(Err(faults)),
    };
    let mut faults = interface.module_faults();
    if interface.to_document().len() > MODULE_DOCUMENT_BYTES_MAX {
        faults.push(Fault {
            place: String::new(),
            problem: "is larger than 256 KiB".into(),
            remedy: "split the contract".into(),
        });
    }
    let found = faults.into_iter().map(|Fault { place, problem, remedy }| {
        let line = line_of(&text, &place);
        ModuleFault { line, place, what: problem, remedy }
    });
    let found: Vec<ModuleFault> = found.collect();
    Ok(if found.is_empty() { Ok(interface) } else { Err(found) })
}

/// Line of the table that declares a place, `[entities.check]` for `entity/check`; else the first.
fn line_of(text: &str, place: &str) -> u32 {
    let mut parts = place.split('/');
    let (kind, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let table = if kind == "entity" { "entities" } else { "guards" };
    let wanted = [format!("[{table}.{name}]"), format!("action = \"{name}\"")];
    let found = text.lines().zip(1_u32..).find(|(line, _)| wanted.iter().any(|w| line.trim() == w));
    found.map_or(1, |(_, line)| line)
}

fn check(wish: &Check) -> anyhow::Result<Exit> {
    wish.out.as_deref().map(files::must_be_new).transpose()?;
    let interface = match read(&wish.file)? {
        Ok(interface) => interface,
        Err(faults) => return Ok(print_faults(&wish.file, &faults)),
    };
    let document = interface.to_document();
    if let Some(out) = &wish.out {
        files::write_new(out, document.as_bytes())?;
    }
    let shape = interface.shape();
    let value = json!({ "ok": true, "contract": shape.contract, "version": shape.version, "bytes": document.len(),
                        "methods": shape.methods.len(), "faults": [] });
    let good = tr!("no faults; {} bytes as a document", "没有错误；文件 {} 字节", document.len());
    output::data(&value, &format!("{}\n{good}", describe(&interface)));
    Ok(Exit::Ok)
}

fn print_faults(file: &Path, faults: &[ModuleFault]) -> Exit {
    let told: Vec<(String, String)> = faults.iter().map(module_words::told).collect();
    let list: Vec<serde_json::Value> = faults
        .iter()
        .zip(&told)
        .map(|(fault, (what, remedy))| json!({ "line": fault.line, "place": fault.place, "what": what, "remedy": remedy }))
        .collect();
    let file = file.display();
    let lines: Vec<String> = faults
        .iter()
        .zip(&told)
        .map(|(fault, (what, remedy))| {
            let remedy = tr!("  remedy: {remedy}", "  办法：{remedy}");
            format!("{file}:{}: {} {what}\n{remedy}", fault.line, fault.place)
        })
        .collect();
    let count = tr!("{} faults", "{} 处错误", faults.len());
    output::data(
        &json!({ "ok": false, "faults": list }),
        &format!("{}\n{count}", lines.join("\n")),
    );
    Exit::Refused
}

fn admit(wish: &Admit) -> anyhow::Result<Exit> {
    let interface = match read(&wish.file)? {
        Ok(interface) => interface,
        Err(faults) => return Ok(print_faults(&wish.file, &faults)),
    };
    let common = &wish.proposal.common;
    common.receipt.as_deref().map(files::must_be_new).transpose()?;
    crate::args::block_on(async {
        let session = session::connect_as(&common.node, &common.key, &["administrator"]).await?;
        let rests_on = document(&wish.proposal.document, session.suite())?;
        let digest = upload(&session, &interface).await?;
        let shape = interface.shape();
        let (contract, version) = (shape.contract.clone(), shape.version);
        let action = Action::AdmitModule { contract, version, digest };
        let title = wish.proposal.title.clone();
        let call = Arguments::from(DecisionPropose { action, document: rests_on, title });
        let (id, ended) = session.submit(&call).await?;
        let file = wish.proposal.document.display();
        let more = [
            (tr!("module", "模块"), format!("{} {} {digest}", shape.contract, shape.version)),
            (
                tr!("remains", "尚须"),
                tr!(
                    "the other organisations approve: yinglian decide approve {id} --document {file}",
                    "其他机构批准：yinglian decide approve {id} --document {file}"
                ),
            ),
        ];
        tell(&session, common, id, ended, &more).await
    })
}

/// Uploads the document in its parts and returns its hash.
async fn upload(session: &Session, interface: &Interface) -> anyhow::Result<Hash> {
    let (contract, method) = DOCUMENTS;
    let documents = fetch(session, &Name::parse(contract)?).await?.interface;
    let bytes = interface.to_document().into_bytes();
    let digest = document_hash(session.suite(), &bytes);
    let parts = bytes.len().div_ceil(MODULE_PART_BYTES);
    for (number, part) in bytes.chunks(MODULE_PART_BYTES).enumerate() {
        let arguments =
            json!({ "part": number, "parts": parts, "digest": digest, "bytes": hex::encode(part) });
        let call = encode(&documents, method, 1, &arguments)?;
        let (id, ended) = session.submit_encoded(call).await?;
        output::talk(&tr!("part {} of {parts}", "第 {} 段，共 {parts} 段", number + 1));
        match &ended {
            Ended::Committed(at) if at.code.is_applied() => {}
            Ended::Committed(at) => {
                let rows = why(session, &documents, &id, &ended).await?;
                output::talk(output::table(&rows).trim_end());
                let detail = tr!("part {} of the document", "文件第 {} 段", number + 1);
                return Err(Coded::refused(at.code, detail).into());
            }
            Ended::Expired => return Err(Coded::refused(Code::EXPIRED, digest.to_string()).into()),
            Ended::Rejected { code, detail } => {
                return Err(Coded::refused(*code, detail.clone()).into());
            }
        }
    }
    Ok(digest)
}

fn list(node: &session::NodeArguments) -> anyhow::Result<Exit> {
    crate::args::block_on(async {
        let session = session::connect(node).await?;
        let all = session.client().interfaces().await.map_err(told)?;
        let modules = declared(&all);
        let rows: Vec<(String, String)> = modules.iter().map(summary_row).collect();
        let text =
            if rows.is_empty() { tr!("no modules", "没有模块") } else { output::table(&rows) };
        output::data(&json!(modules), &text);
        Ok(Exit::Ok)
    })
}

fn show(wish: &Show) -> anyhow::Result<Exit> {
    crate::args::block_on(async {
        let session = session::connect(&wish.node).await?;
        let answer = fetch(&session, &wish.name).await?;
        let Some((entry, proven)) = &answer.entry else {
            let detail = tr!("{} is no declared module", "{} 不是声明式模块", wish.name);
            return Err(Coded::refused(Code::MODULE_UNKNOWN, detail).into());
        };
        let rows = [
            (tr!("document", "文件"), entry.digest.to_string()),
            (tr!("shape", "声明"), entry.shape_hash.to_string()),
            (tr!("admitted at", "准入于"), tr!("block {}", "区块 {}", entry.admitted_at.0)),
            (tr!("proven", "已证明"), if *proven { tr!("yes", "是") } else { tr!("no", "否") }),
        ];
        let value = json!({ "contract": entry.contract, "version": entry.version, "digest": entry.digest,
            "shape_hash": entry.shape_hash, "admitted_at": entry.admitted_at.0, "proven": proven, "interface": answer.json["interface"] });
        output::data(&value, &format!("{}\n{}", describe(&answer.interface), output::table(&rows)));
        Ok(Exit::Ok)
    })
}
