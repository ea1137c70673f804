//! `yinglian genesis`: the document that a chain begins with, and the hash that names the chain.

use crate::failure::{Coded, Exit};
use crate::output::yes_no;
use crate::{clock, devnet, files, output, tr};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_protocol::{Code, Genesis, GenesisDocument};

const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a genesis file or a genesis document
    Show(Show),
    /// Compute the genesis of a document (asks yinglian-node, because the contracts fix the first state)
    Make(Make),
}

#[derive(Debug, Args)]
pub struct Show {
    /// genesis.bin, or a genesis document in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Make {
    /// Genesis document in TOML
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// Folder to write genesis.bin and the document into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs `genesis`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Show(arguments) => show(&arguments),
        Command::Make(arguments) => make(&arguments),
    }
}

fn show(arguments: &Show) -> anyhow::Result<Exit> {
    let bytes = files::read(&arguments.file, DOCUMENT_BYTES_MAX)?;
    if let Ok(genesis) = Genesis::decode(&bytes) {
        show_genesis(&genesis);
        return Ok(Exit::Ok);
    }
    let document = document(&arguments.file, &bytes)?;
    show_document(&document);
    Ok(Exit::Ok)
}

fn document(path: &Path, bytes: &[u8]) -> anyhow::Result<GenesisDocument> {
    std::str::from_utf8(bytes)
        .map_err(anyhow::Error::from)
        .and_then(|text| toml::from_str(text).map_err(anyhow::Error::from))
        .with_context(|| {
            Coded::could_not(
                Code::USAGE,
                tr!("{} is no genesis", "{} 不是创世文件", path.display()),
            )
        })
}

fn show_genesis(genesis: &Genesis) {
    let rows = [
        (tr!("genesis hash", "创世哈希"), genesis.hash().to_string()),
        (tr!("chain", "链"), genesis.name.clone()),
        (tr!("suite", "密码套件"), genesis.suite.to_string()),
        (tr!("test clock", "测试时钟"), yes_no(genesis.flags.test_clock())),
        (tr!("time", "时间"), clock::in_words(genesis.time_ms)),
        (tr!("registry root", "登记树根"), genesis.registry_root.to_string()),
        (tr!("validators", "验证节点集"), genesis.validators_hash.to_string()),
        (tr!("protocol", "协议版本"), genesis.protocol_version.to_string()),
    ];
    output::data(&json!({ "hash": genesis.hash(), "genesis": genesis }), &output::table(&rows));
}

fn show_document(document: &GenesisDocument) {
    let mut rows = vec![
        (tr!("chain", "链"), document.name.clone()),
        (tr!("suite", "密码套件"), document.suite.to_string()),
        (tr!("test clock", "测试时钟"), yes_no(document.test_clock)),
        (tr!("time", "时间"), clock::in_words(document.time_ms)),
        (tr!("organisations", "机构"), document.organizations.len().to_string()),
        (tr!("keys", "密钥"), document.keys.len().to_string()),
    ];
    let name = |code| {
        document.organizations.iter().find(|o| o.code == code).map_or("", |o| o.short_name.as_str())
    };
    rows.extend(document.validators.iter().map(|validator| {
        let (owner, address) = (name(validator.organization), validator.public_key.address());
        (tr!("validator", "验证节点"), format!("{owner}  {address}"))
    }));
    output::data(&json!({ "document": document }), &output::table(&rows));
}

fn make(arguments: &Make) -> anyhow::Result<Exit> {
    files::make_folder(&arguments.out)?;
    let document =
        document(&arguments.document, &files::read(&arguments.document, DOCUMENT_BYTES_MAX)?)?;
    let hash = devnet::genesis_of(&document, &arguments.out)?;
    let folder = arguments.out.display();
    output::data(
        &json!({ "hash": hash, "folder": arguments.out }),
        &tr!("genesis {hash} in {folder}", "创世 {hash}，位于 {folder}"),
    );
    Ok(Exit::Ok)
}
