//! `yinglian rows bench`: what both sides of an exchange pay for a table, in CPU time from a file in memory to the root.
//!
//! The provider reads the table as it is, the consumer the same rows shuffled, with other order of columns, in GBK. Both must come to one root.

use super::{csv_file, schema};
use crate::failure::{Coded, Exit};
use crate::{files, output, tr};
use clap::Args;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::path::PathBuf;
use yinglian_crypto::Suite;
use yinglian_protocol::{Code, Hash};
use yinglian_rows::BatchKey;

/// Measurements of each side, of which the median counts.
const ROUNDS: usize = 5;
const TABLE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Table of the provider in CSV
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// Schema of the rows, as docs/specs/rows.md describes it
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The same table as the consumer has it, in CSV
    #[arg(long, value_name = "FILE")]
    consumer: PathBuf,
    /// Schema of the consumer's source
    #[arg(long, value_name = "FILE")]
    consumer_schema: PathBuf,
    /// File in which the figures are put, beside those that stand there
    #[arg(long, value_name = "FILE")]
    figures: Option<PathBuf>,
}

struct Measured {
    rows: usize,
    root: Hash,
    cpu_seconds: f64,
}

/// Measures.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let provider = measure(&arguments.table, &arguments.schema)?;
    let consumer = measure(&arguments.consumer, &arguments.consumer_schema)?;
    if provider.root != consumer.root {
        let detail = tr!("the two tables have different roots", "两个表的根不同");
        return Err(Coded::refused(Code::AUDIT_MISMATCH, detail).into());
    }
    let rows = provider.rows as f64;
    let rate = |cpu_seconds: f64| (rows / cpu_seconds * 2.0).round();
    let both = provider.cpu_seconds + consumer.cpu_seconds;
    let machine = crate::bench::machine();
    let value = json!({
        "rows": provider.rows,
        "rows_per_second": rate(both),
        "rows_per_second_provider": rate(provider.cpu_seconds),
        "rows_per_second_consumer": rate(consumer.cpu_seconds),
        "machine": { "cpu": machine["cpu"], "cores": machine["cores"], "load_average_before": machine["load_average_before"] },
        "method": "rows over CPU seconds, times two (two cores), national suite; from the bytes of a CSV file in memory to the root: reading, canonical rows, order, salts, leaves, tree; median of five; the provider's file is UTF-8 in key order, the consumer's GBK with rows and columns shuffled; rows_per_second counts the CPU of both",
    });
    if let Some(path) = &arguments.figures {
        let mut all: Value = match path.exists() {
            true => serde_json::from_str(&files::read_text(path)?)?,
            false => json!({}),
        };
        all["rows"] = value.clone();
        files::write(path, format!("{}\n", serde_json::to_string_pretty(&all)?).as_bytes())?;
    }
    let text = output::table(&[
        (tr!("rows/s, both sides", "行/秒，双方合计"), rate(both).to_string()),
        (tr!("rows/s, provider", "行/秒，提供方"), rate(provider.cpu_seconds).to_string()),
        (tr!("rows/s, consumer", "行/秒，需求方"), rate(consumer.cpu_seconds).to_string()),
    ]);
    output::data(&value, &text);
    Ok(Exit::Ok)
}

fn measure(path: &std::path::Path, schema_path: &std::path::Path) -> anyhow::Result<Measured> {
    let document = schema(schema_path)?;
    let bytes = files::read(path, TABLE_BYTES_MAX)?;
    let table = path.display().to_string();
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..ROUNDS {
        let from = cpu_seconds();
        let batch =
            csv_file::rows(&bytes, &table, &document)?.finish(Suite::National, &BatchKey([7; 32]));
        times.push(cpu_seconds() - from);
        last = Some((batch.rows().len(), batch.digest().root));
    }
    times.sort_by(f64::total_cmp);
    let (rows, root) = last.unwrap_or_default();
    Ok(Measured { rows, root, cpu_seconds: times.get(ROUNDS / 2).copied().unwrap_or_default() })
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
