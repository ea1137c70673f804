//! CSV files (RFC 4180) in the encoding of their source; columns are found by their header.
//!
//! The file is taken apart before it is decoded: no byte of a character of GBK or GB18030 is a quotation mark, a comma or a line break.

use super::input::{places, refused};
use crate::failure::Coded;
use crate::{files, tr};
use anyhow::Context;
use std::path::Path;
use yinglian_protocol::Code;
use yinglian_rows::{BatchBuilder, Encoding, SchemaDocument};

const TABLE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads all rows of a file.
pub fn read(path: &Path, document: &SchemaDocument) -> anyhow::Result<BatchBuilder> {
    let bytes = files::read(path, TABLE_BYTES_MAX)?;
    let table = path.display().to_string();
    rows(&bytes, &table, document)
}

/// The rows of a file's bytes.
pub fn rows(bytes: &[u8], table: &str, document: &SchemaDocument) -> anyhow::Result<BatchBuilder> {
    let doing = || Coded::could_not(Code::TABLE_MALFORMED, tr!("table {table}", "表 {table}"));
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = reader.byte_headers().with_context(doing)?;
    let names = header.iter().map(|name| text_of(name, document.source.encoding));
    let names: Vec<String> = names.collect::<Option<_>>().with_context(doing)?;
    let places = places(&names, document, table)?;
    let mut batch = BatchBuilder::new(document.schema.clone(), document.source.clone());
    let mut record = csv::ByteRecord::new();
    let mut from = reader.position().byte();
    while reader.read_byte_record(&mut record).with_context(doing)? {
        let fields: Vec<_> = places.iter().map(|place| record.get(*place)).collect();
        // What a quotation that never ends would swallow is one row.
        let to = reader.position().byte();
        let is_last = usize::try_from(to).is_ok_and(|to| to >= bytes.len());
        if is_last && is_left_open(slice(bytes, from, to)) {
            return Err(left_open(batch.len() + 1, table));
        }
        from = to;
        batch.push(&fields).map_err(|error| refused(&error, table))?;
    }
    Ok(batch)
}

fn slice(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(at(from)..at(to)).unwrap_or_default()
}

fn text_of(name: &[u8], encoding: Encoding) -> Option<String> {
    encoding.decode(name).map(|name| name.into_owned())
}

/// The failure of a row whose quotation never ends.
pub fn left_open(number: usize, table: &str) -> anyhow::Error {
    let detail = tr!(
        "a quotation in row {number} of {table} never ends",
        "{table} 第 {number} 行的引号没有闭合"
    );
    Coded::could_not(Code::TABLE_MALFORMED, detail).into()
}

/// True for the last row of a file when a quotation swallowed the lines below it: RFC 4180 writes quotation marks in pairs.
pub fn is_left_open(row: &[u8]) -> bool {
    let row = row.trim_ascii();
    row.contains(&b'\n') && row.iter().filter(|byte| **byte == b'"').count() % 2 == 1
}

/// Place of a column by its name, or by its number from 1.
pub fn header_place(header: &csv::ByteRecord, text: &str) -> anyhow::Result<usize> {
    let by_name = header
        .iter()
        .position(|name| name.strip_prefix(BYTE_ORDER_MARK).unwrap_or(name) == text.as_bytes());
    let by_number = text
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
        .filter(|at| *at < header.len());
    by_name.or(by_number).ok_or_else(|| {
        let names: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        let names = names.join(", ");
        Coded::could_not(
            Code::USAGE,
            tr!("there is no column {text}; there are {names}", "没有列 {text}；现有 {names}"),
        )
        .into()
    })
}
