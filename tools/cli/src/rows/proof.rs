//! The proof of one row: written by who holds the table, checked by anyone who has the schema and what the chain holds of the batch.

use super::{Table, named, schema, shown};
use crate::failure::{Coded, Exit};
use crate::{files, output, tr};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::Code;
use yinglian_rows::{BatchDigest, RowProof, limits, verify_row};

#[derive(Debug, Args)]
pub struct ProveArguments {
    #[command(flatten)]
    of: Table,
    /// Values of the key columns in their order, as canonical texts
    #[arg(long, value_name = "VALUE", required = true, num_args = 1..)]
    key: Vec<String>,
    /// Which of several rows with this key, from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    occurrence: usize,
    /// File for the proof; never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Proof of a row
    #[arg(value_name = "PROOF")]
    file: PathBuf,
    /// Schema of the rows, as docs/specs/rows.md describes it
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// Root of the batch, from its receipt
    #[arg(long, value_name = "HASH")]
    root: Hash,
    /// Number of rows of the batch, from its receipt
    #[arg(long, value_name = "N")]
    rows: u64,
    /// Suite of the chain
    #[arg(long, value_name = "SUITE", default_value = "national")]
    suite: Suite,
}

/// Writes a proof.
pub fn prove(arguments: &ProveArguments) -> anyhow::Result<Exit> {
    files::must_be_new(&arguments.out)?;
    let batch = arguments.of.batch()?;
    let key: Vec<u8> =
        arguments.key.iter().flat_map(|value| [&[1], value.as_bytes(), &[0]].concat()).collect();
    let mut behind = key.clone();
    if let Some(last) = behind.last_mut() {
        *last = 1;
    }
    let places = batch.rows().places(&key, Some(&behind));
    let index = arguments.occurrence.checked_sub(1).map(|before| places.start + before);
    let index = index.filter(|index| places.contains(index));
    let proof = index.and_then(|index| batch.proof(&batch.tree(), index));
    let Some(proof) = proof else {
        let (found, key) = (places.len(), arguments.key.join(", "));
        let detail = tr!("{found} rows have the key {key}", "主键为 {key} 的有 {found} 行");
        return Err(Coded::could_not(Code::NOT_FOUND, detail).into());
    };
    files::write_new_private(&arguments.out, &proof.encode())?;
    let (digest, path) = (batch.digest(), arguments.out.display());
    let (root, rows) = (digest.root, digest.rows);
    let text = tr!(
        "proof written to {path}; it holds under root {root} of {rows} rows",
        "证明已写入 {path}；所属批次的根为 {root}，共 {rows} 行"
    );
    output::data(
        &json!({ "file": arguments.out, "root": root, "rows": rows, "schema": digest.schema }),
        &text,
    );
    Ok(Exit::Ok)
}

/// Checks a proof.
pub fn verify(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let document = schema(&arguments.schema)?;
    let limit = u64::try_from(limits::ROW_PROOF_BYTES_MAX)?;
    let bytes = files::read(&arguments.file, limit)?;
    let refuse = |error: String| {
        Coded::refused(
            Code::RECEIPT_PROOF_INVALID,
            format!("{}: {error}", arguments.file.display()),
        )
    };
    let proof = RowProof::decode(&bytes).map_err(|error| refuse(error.to_string()))?;
    let batch = BatchDigest {
        schema: document.schema.digest(arguments.suite),
        rows: arguments.rows,
        root: arguments.root,
    };
    verify_row(arguments.suite, &batch, &document.schema, &proof)
        .map_err(|error| refuse(error.to_string()))?;
    let fields = named(&document, &proof.row);
    let rows: Vec<_> =
        fields.iter().map(|(name, value)| (name.clone(), shown(value.as_deref()))).collect();
    let head = tr!(
        "proven: the row is in the batch under this root and schema\n",
        "已证明：该行在此根与表结构的批次中\n"
    );
    let schema = batch.schema;
    let foot = tr!(
        "schema {schema}: compare it with the batch's receipt",
        "表结构摘要 {schema}：请与批次回执核对"
    );
    let value: serde_json::Map<_, _> =
        fields.into_iter().map(|(name, value)| (name, value.into())).collect();
    output::data(
        &json!({ "proven": true, "row": value, "schema": schema, "index": proof.inclusion.index }),
        &(head + &output::table(&rows) + &foot),
    );
    Ok(Exit::Ok)
}
