//! `yinglian exchange diff`: two tables, or a table and the digests that the other side published.

use super::{Meaning, batch_key, input::Input, named, schema, shown};
use crate::failure::{Coded, Exit};
use crate::{files, output, tr};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinglian_protocol::Code;
use yinglian_rows::{
    Batch, BatchKey, Difference, PublishedDigests, PublishedError, SchemaDocument, Side, diff,
    limits,
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Table of this side: a .csv or .xlsx file, or postgres://USER@HOST/DATABASE
    #[arg(value_name = "HERE")]
    here: String,
    /// Table of the other side, or its digests (.digests), which `rows root --digests` writes
    #[arg(value_name = "THERE")]
    there: String,
    #[command(flatten)]
    meaning: Meaning,
    /// Schema of the other side's source, where it writes values otherwise [default: as this side's]
    #[arg(long, value_name = "FILE")]
    schema_there: Option<PathBuf>,
    /// File with the batch key; digests need it, two tables do not
    #[arg(long, value_name = "FILE")]
    batch_key: Option<PathBuf>,
    /// Name at most so many differences
    #[arg(long, value_name = "N", default_value_t = 100)]
    max: usize,
}

/// Compares.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let document = schema(&arguments.meaning.schema)?;
    let is_digests =
        Path::new(&arguments.there).extension().is_some_and(|ending| ending == "digests");
    let key = match &arguments.batch_key {
        Some(path) => batch_key(path)?,
        None if is_digests => {
            let detail = tr!("digests compare with --batch-key", "比对摘要文件需要 --batch-key");
            return Err(Coded::could_not(Code::USAGE, detail).into());
        }
        // Both tables are here: any key serves.
        None => BatchKey([0; 32]),
    };
    let sheet = arguments.meaning.sheet.as_deref();
    let read = |table: &str, document: &SchemaDocument| -> anyhow::Result<Batch> {
        let rows = Input { table, sheet }.read(document)?;
        Ok(rows.finish(arguments.meaning.suite, &key))
    };
    let here = read(&arguments.here, &document)?;
    if is_digests {
        return with_digests(arguments, &document, &here);
    }
    let other = arguments.schema_there.as_deref().map(schema).transpose()?;
    let there = read(&arguments.there, other.as_ref().unwrap_or(&document))?;
    with_table(arguments, &document, &here, &there)
}

fn not_comparable(error: String) -> anyhow::Error {
    Coded::could_not(Code::USAGE, error).into()
}

fn with_table(
    arguments: &Arguments,
    document: &SchemaDocument,
    here: &Batch,
    there: &Batch,
) -> anyhow::Result<Exit> {
    let found = diff(here, &mut &*there, arguments.max.max(1))
        .map_err(|error| not_comparable(error.to_string()))?;
    let rows: Vec<(String, Value)> =
        found.found.iter().map(|difference| told(document, difference)).collect();
    let mut text: String = rows.iter().map(|(line, _)| format!("{line}\n")).collect();
    let count = found.found.len();
    text += &match (count, found.complete) {
        (0, _) => tr!("equal: {} rows, one root", "一致：{} 行，根相同", here.rows().len()),
        (_, true) => tr!("differences: {count}", "差异：{count}"),
        (_, false) => {
            tr!("{count} differences named, and there are more", "已列出 {count} 处差异，还有更多")
        }
    };
    let values: Vec<Value> = rows.into_iter().map(|(_, value)| value).collect();
    let (rows_here, rows_there) = (here.rows().len(), there.rows().len());
    output::data(
        &json!({ "equal": count == 0, "complete": found.complete, "rows_here": rows_here, "rows_there": rows_there,
                 "root_here": here.digest().root, "root_there": there.digest().root, "differences": values,
                 "moved": { "digests": found.digests_moved, "leaves": found.leaves_moved, "rows": found.rows_moved } }),
        &text,
    );
    Ok(if count == 0 { Exit::Ok } else { Exit::Refused })
}

fn told(document: &SchemaDocument, difference: &Difference) -> (String, Value) {
    match difference {
        Difference::Only { side, row } => {
            let (key, fields) = (key_text(document, row), json_of(document, row));
            match side {
                Side::Here => (
                    tr!("only here   {key}", "仅本方有  {key}"),
                    json!({ "only": "here", "row": fields }),
                ),
                Side::There => (
                    tr!("only there  {key}", "仅对方有  {key}"),
                    json!({ "only": "there", "row": fields }),
                ),
            }
        }
        Difference::Changed { here, there, columns } => {
            let (mine, theirs) = (named(document, here), named(document, there));
            let of = |place: &u16| {
                let at = usize::from(*place);
                let (name, value) = mine.get(at)?;
                let other = theirs.get(at)?.1.as_deref();
                Some((name.clone(), value.clone(), other.map(str::to_owned)))
            };
            let fields: Vec<_> = columns.iter().filter_map(of).collect();
            let lines: String = fields
                .iter()
                .map(|(name, mine, theirs)| {
                    format!("\n  {name}: {} | {}", shown(mine.as_deref()), shown(theirs.as_deref()))
                })
                .collect();
            let values: Vec<Value> = fields
                .iter()
                .map(
                    |(name, mine, theirs)| json!({ "column": name, "here": mine, "there": theirs }),
                )
                .collect();
            let key = key_text(document, here);
            (
                tr!("different   {key}{lines}", "不一致    {key}{lines}"),
                json!({ "key": key, "fields": values }),
            )
        }
    }
}

/// The key columns of a row, `code="410402"`.
fn key_text(document: &SchemaDocument, row: &[u8]) -> String {
    let fields = named(document, row);
    let key = document.schema.key();
    let in_key =
        |place: usize| key.is_empty() || key.iter().any(|of_key| usize::from(*of_key) == place);
    let parts = fields.iter().enumerate().filter(|(place, _)| in_key(*place));
    let parts: Vec<_> =
        parts.map(|(_, (name, value))| format!("{name}={}", shown(value.as_deref()))).collect();
    parts.join(" ")
}

fn json_of(document: &SchemaDocument, row: &[u8]) -> Value {
    let fields = named(document, row).into_iter();
    Value::Object(fields.map(|(name, value)| (name, value.into())).collect())
}

fn with_digests(
    arguments: &Arguments,
    document: &SchemaDocument,
    here: &Batch,
) -> anyhow::Result<Exit> {
    let path = Path::new(&arguments.there);
    let bytes = files::read(path, u64::try_from(limits::PUBLISHED_BYTES_MAX)?)?;
    let published = PublishedDigests::decode(&bytes).map_err(|error: PublishedError| {
        Coded::could_not(Code::FILE_UNREADABLE, format!("{}: {error}", path.display()))
    })?;
    let found = published.compare(here).map_err(|error| not_comparable(error.to_string()))?;
    let rows: Vec<usize> = found.iter().flat_map(|range| range.here.iter().copied()).collect();
    let there: u64 = found.iter().map(|range| range.there).sum();
    let named: Vec<&[u8]> =
        rows.iter().take(arguments.max).map(|index| here.rows().row(*index)).collect();
    let mut text: String = named
        .iter()
        .map(|row| tr!("not so there  {}\n", "对方无此行或不同  {}\n", key_text(document, row)))
        .collect();
    let (mine, all) = (rows.len(), here.rows().len());
    text += &if found.is_empty() {
        tr!("equal: {all} rows, one root", "一致：{all} 行，根相同")
    } else {
        tr!(
            "{mine} rows here are not there as they are here, {there} rows there not here",
            "本方 {mine} 行在对方不存在或不同，对方 {there} 行在本方不存在或不同"
        )
    };
    let digest = published.digest();
    let values: Vec<Value> = named.iter().map(|row| json_of(document, row)).collect();
    output::data(
        &json!({ "equal": found.is_empty(), "complete": mine <= arguments.max, "rows_here": all, "rows_there": digest.rows,
                 "root_here": here.digest().root, "root_there": digest.root, "here": values, "there": there }),
        &text,
    );
    Ok(if found.is_empty() { Exit::Ok } else { Exit::Refused })
}
