//! `yinglian notarize`: puts files, or the rows of a table, on record; one signed record each.

mod call;
mod file;
mod table;

pub use call::Common;

use crate::failure::{Coded, Exit};
use crate::{session, tr};
use clap::Args;
use std::path::PathBuf;
use yinglian_protocol::{Code, Name};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Files, or folders whose files are meant (hidden ones and receipts are passed over)
    #[arg(value_name = "PATH", required_unless_present = "csv", conflicts_with = "csv")]
    paths: Vec<PathBuf>,
    /// Table of which every row becomes a record
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Take only the first rows of the table
    #[arg(long, value_name = "N", requires = "csv")]
    rows: Option<usize>,
    /// Column whose value is the business key of a row, by name or number from 1; the row's number when absent
    #[arg(long, value_name = "COLUMN", requires = "csv")]
    key_column: Option<String>,
    /// Write a table of row, business key and record id
    #[arg(long, value_name = "FILE", requires = "csv")]
    index: Option<PathBuf>,
    /// Kind of record [default: file, or row]
    #[arg(long)]
    kind: Option<Name>,
    /// Business key of a single file [default: its name as far as keys allow, and 16 digits of its digest]
    #[arg(long, value_name = "KEY", conflicts_with = "csv")]
    business_key: Option<String>,
    /// Tag of the operator (never a person's name)
    #[arg(long, value_name = "TAG", default_value = "")]
    operator: String,
    /// Folder for the receipts, none of which is overwritten [default: beside each file]
    #[arg(long, value_name = "DIR", conflicts_with = "csv")]
    out: Option<PathBuf>,
    #[command(flatten)]
    node: session::NodeArguments,
    #[command(flatten)]
    key: session::KeyArguments,
}

/// Runs `notarize`.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    if arguments.business_key.is_some() && arguments.paths.len() != 1 {
        let detail = tr!("--business-key goes with one file", "--business-key 只能配一个文件");
        return Err(Coded::could_not(Code::USAGE, detail).into());
    }
    crate::args::block_on(async move {
        let session = session::connect_as(&arguments.node, &arguments.key, &["recorder"]).await?;
        match arguments.csv.clone() {
            Some(path) => table::run(session, path, arguments).await,
            None => file::run(session, arguments).await,
        }
    })
}
