//! A table of any kind as the rows of a batch.
//!
//! Comes in: a path or an address, and what the schema says of the source. Goes out: the rows, in whatever order they came. Never: a row that was passed over.

use super::{csv_file, database, worksheet};
use crate::failure::Coded;
use crate::tr;
use std::path::Path;
use yinglian_protocol::Code;
use yinglian_rows::{BatchBuilder, BatchError, SchemaDocument};

/// Where the rows are.
pub struct Input<'a> {
    /// Path or address.
    pub table: &'a str,
    /// Sheet or table within.
    pub sheet: Option<&'a str>,
}

impl Input<'_> {
    /// Reads all rows.
    pub fn read(&self, document: &SchemaDocument) -> anyhow::Result<BatchBuilder> {
        let path = Path::new(self.table);
        let is =
            |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        if self.table.starts_with("postgres://") || self.table.starts_with("postgresql://") {
            database::read(self.table, self.sheet, document)
        } else if is("xlsx") {
            worksheet::read(path, self.sheet, document)
        } else {
            csv_file::read(path, document)
        }
    }
}

/// For each item of the schema its place in a header; a header that lacks one, or has it twice, is refused.
pub fn places(
    header: &[String],
    document: &SchemaDocument,
    table: &str,
) -> anyhow::Result<Vec<usize>> {
    let place = |item: &String| {
        let wanted = document.headers.get(item).unwrap_or(item);
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == wanted);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => Ok(place),
            (first, _) => {
                let names = header.join(", ");
                let detail = match first {
                    None => tr!(
                        "{table} has no column {wanted}; there are {names}",
                        "{table} 没有列 {wanted}；现有 {names}"
                    ),
                    Some(_) => tr!("{table} has two columns {wanted}", "{table} 有两个列 {wanted}"),
                };
                Err(Coded::could_not(Code::TABLE_MALFORMED, detail).into())
            }
        }
    };
    document.schema.columns().iter().map(|column| place(&column.name)).collect()
}

/// A row that the batch refuses, with where it stands.
pub fn refused(error: &BatchError, table: &str) -> anyhow::Error {
    let error = error.to_string();
    let detail = tr!("{table}: {error}", "{table}：{error}");
    Coded::could_not(Code::TABLE_MALFORMED, detail).into()
}
