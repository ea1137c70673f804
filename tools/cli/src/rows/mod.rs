//! `yinglian rows` and `yinglian exchange diff`: a table's canonical rows, their root, the proof of one, and where two tables differ.
//!
//! Comes in: tables in CSV files, worksheets and PostgreSQL, and a schema (docs/specs/rows.md). Goes out: root, proofs, differences. Never: a batch key
//! or a row to a node.

mod bench;
mod csv_file;
mod database;
mod difference;
mod input;
mod proof;
mod worksheet;

pub use csv_file::{header_place, is_left_open, left_open};

use crate::failure::{Coded, Exit};
use crate::{files, output, tr};
use anyhow::Context;
use clap::{Args, Subcommand};
use input::Input;
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::Code;
use yinglian_rows::{Batch, BatchDigest, BatchKey, PublishedDigests, SchemaDocument};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compute the root of a table that both sides of an exchange sign
    Root(RootArguments),
    /// Write the proof of one row
    Prove(proof::ProveArguments),
    /// Check the proof of a row offline: exit 0 proven, 1 refused, 2 could not
    Verify(proof::VerifyArguments),
    /// Make a batch key: 32 random bytes that both sides hold
    Key(KeyArguments),
    /// Measure both sides of an exchange of one table
    Bench(bench::Arguments),
}

#[derive(Debug, Subcommand)]
pub enum Exchange {
    /// Name the rows and fields in which two tables differ: exit 0 equal, 1 different
    Diff(difference::Arguments),
}

/// A table, what it means, and the secret of its batch.
#[derive(Debug, Args)]
pub struct Table {
    /// Table: a .csv or .xlsx file, or postgres://USER@HOST/DATABASE
    #[arg(value_name = "TABLE")]
    table: String,
    #[command(flatten)]
    meaning: Meaning,
    /// File with the batch key that both sides hold
    #[arg(long, value_name = "FILE")]
    batch_key: PathBuf,
}

/// What the bytes of a table mean.
#[derive(Debug, Args)]
pub struct Meaning {
    /// Schema of the rows, as docs/specs/rows.md describes it
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// Sheet of a workbook, the first unless said; or table of a database
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Suite of the chain
    #[arg(long, value_name = "SUITE", default_value = "national")]
    suite: Suite,
}

#[derive(Debug, Args)]
pub struct RootArguments {
    #[command(flatten)]
    of: Table,
    /// Write the digests of all ranges, for a side that compares while this one is away; never overwritten
    #[arg(long, value_name = "FILE")]
    digests: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct KeyArguments {
    /// File to write, readable by its owner only; never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs `rows`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Root(arguments) => root(&arguments),
        Command::Prove(arguments) => proof::prove(&arguments),
        Command::Verify(arguments) => proof::verify(&arguments),
        Command::Key(arguments) => key(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    }
}

/// Runs `exchange`.
pub fn exchange(command: Exchange) -> anyhow::Result<Exit> {
    match command {
        Exchange::Diff(arguments) => difference::run(&arguments),
    }
}

impl Table {
    fn batch(&self) -> anyhow::Result<Batch> {
        let document = schema(&self.meaning.schema)?;
        let key = batch_key(&self.batch_key)?;
        let input = Input { table: &self.table, sheet: self.meaning.sheet.as_deref() };
        Ok(input.read(&document)?.finish(self.meaning.suite, &key))
    }
}

fn root(arguments: &RootArguments) -> anyhow::Result<Exit> {
    if let Some(path) = &arguments.digests {
        files::must_be_new(path)?;
    }
    let batch = arguments.of.batch()?;
    if let Some(path) = &arguments.digests {
        files::write_new_private(path, &PublishedDigests::new(&batch).encode())?;
    }
    let BatchDigest { schema, rows, root } = batch.digest();
    let repeated = batch.rows().repeated_keys();
    let value = json!({ "root": root, "rows": rows, "schema": schema, "repeated_keys": repeated,
                        "batch_key_digest": batch.batch_key_digest() });
    output::data(
        &value,
        &output::table(&[
            (tr!("root", "根"), root.to_string()),
            (tr!("rows", "行数"), rows.to_string()),
            (tr!("schema", "表结构摘要"), schema.to_string()),
            (tr!("repeated keys", "主键重复行"), repeated.to_string()),
        ]),
    );
    Ok(Exit::Ok)
}

fn key(arguments: &KeyArguments) -> anyhow::Result<Exit> {
    files::must_be_new(&arguments.out)?;

    let bytes: [u8; 32] = yinglian_crypto::random()?;
    files::write_new_private(&arguments.out, format!("{}\n", hex::encode(bytes)).as_bytes())?;
    let path = arguments.out.display();
    let text = tr!(
        "batch key written to {path}; give it to the other side with the data, and to nobody else",
        "批次密钥已写入 {path}；随数据交给对方，不得另给他人"
    );
    output::data(&json!({ "file": arguments.out }), &text);
    Ok(Exit::Ok)
}

/// Reads a schema document.
fn schema(path: &Path) -> anyhow::Result<SchemaDocument> {
    let text = files::read_text(path)?;
    toml::from_str(&text).map_err(|error| {
        let error = error.to_string();
        let detail = tr!("schema {}: {error}", "表结构 {}：{error}", path.display());
        Coded::could_not(Code::USAGE, detail.trim_end()).into()
    })
}

/// Reads a batch key: 64 hexadecimal digits.
fn batch_key(path: &Path) -> anyhow::Result<BatchKey> {
    let text = files::read_text(path)?;
    let key = text.trim().parse::<Hash>().with_context(|| {
        let detail = tr!(
            "{} is no batch key: `yinglian rows key` makes one",
            "{} 不是批次密钥：`yinglian rows key` 可生成",
            path.display()
        );
        Coded::could_not(Code::FILE_UNREADABLE, detail)
    })?;
    Ok(BatchKey(key.0))
}

/// The fields of a canonical row beside the names of their columns.
fn named(document: &SchemaDocument, row: &[u8]) -> Vec<(String, Option<String>)> {
    let fields = yinglian_rows::read_row(&document.schema, row).unwrap_or_default();
    let columns = document.schema.columns().iter().map(|column| column.name.clone());
    columns.zip(fields.into_iter().map(|field| field.map(str::to_owned))).collect()
}

/// A value for people; NULL is not the text NULL.
fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |text| format!("{text:?}"))
}
