//! Reads the two tables of docs/architecture.md: who may import whom, and what a word such as "clock" refuses.

use super::ARCHITECTURE;
use crate::Tree;
use crate::markdown::{Table, code_spans, tables};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;

/// What the architecture lets each crate do.
#[derive(Debug, Clone)]
pub(super) struct Architecture {
    pub rows: Vec<Row>,
}

/// One row of the import table. Patterns end in `*` to mean everything that begins so.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Folder of the crate.
    pub folder: String,
    /// Crates of ours that it may import.
    pub own: Vec<String>,
    /// Outside crates that only the rows that list them may import.
    pub outside: Vec<String>,
    /// What its tests may import besides.
    pub tests: Vec<String>,
    /// Words of code that its sources never hold.
    pub never: Vec<String>,
    /// Lints that its lib.rs must deny outside tests.
    pub denied_lints: Vec<String>,
}

/// What one word of the last column stands for.
#[derive(Debug, Clone, Default)]
struct Meaning {
    never: Vec<String>,
    denied_lints: Vec<String>,
}

impl Architecture {
    pub fn read(tree: &Tree) -> Result<Self> {
        let text = tree.text(ARCHITECTURE).with_context(|| format!("{ARCHITECTURE} is missing"))?;
        let tables = tables(text);
        let named = |first: &str, columns: usize| -> Result<&Table> {
            tables
                .iter()
                .find(|table| table.header.first().is_some_and(|cell| cell == first))
                .filter(|table| table.rows.iter().all(|row| row.len() == columns))
                .with_context(|| {
                    format!("{ARCHITECTURE}: no table `{first}` with {columns} columns")
                })
        };
        let words: BTreeMap<String, Meaning> =
            named("word", 3)?.rows.iter().map(|row| (row[0].clone(), meaning(row))).collect();
        let rows = named("crate", 5)?.rows.iter().map(|row| Row::read(row, &words));
        Ok(Self { rows: rows.collect::<Result<_>>()? })
    }

    /// The row of a crate.
    pub fn row(&self, folder: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.folder == folder)
    }

    /// True when some row claims the outside crate for itself.
    pub fn is_claimed(&self, package: &str) -> bool {
        self.rows.iter().any(|row| matches(&row.outside, package))
    }
}

impl Row {
    fn read(cells: &[String], words: &BTreeMap<String, Meaning>) -> Result<Self> {
        let spans = |cell: &String| code_spans(cell).0;
        let Some(folder) = spans(&cells[0]).into_iter().next() else {
            bail!("{ARCHITECTURE}: a crate is written in backticks: {}", cells[0]);
        };
        let (mut never, prose) = code_spans(&cells[4]);
        let mut denied_lints = Vec::new();
        for word in prose.split(',').map(str::trim).filter(|word| !matches!(*word, "" | "–")) {
            let Some(meaning) = words.get(word) else {
                bail!(
                    "{ARCHITECTURE}: `{folder}` never contains \"{word}\", which no word explains"
                );
            };
            never.extend_from_slice(&meaning.never);
            denied_lints.extend_from_slice(&meaning.denied_lints);
        }
        let (own, outside, tests) = (spans(&cells[1]), spans(&cells[2]), spans(&cells[3]));
        Ok(Self { folder, own, outside, tests, never, denied_lints })
    }
}

fn meaning(row: &[String]) -> Meaning {
    Meaning { never: code_spans(&row[1]).0, denied_lints: code_spans(&row[2]).0 }
}

/// True when a pattern of the list names `name`.
pub(super) fn matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    })
}
