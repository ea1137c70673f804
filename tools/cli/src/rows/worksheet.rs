//! Worksheets of XLSX files. Cells come one after the other, so that a sheet is never as large as its corners say.
//!
//! A number or a day in a cell becomes the text that a source would write; a formula is its last result; an empty cell is the empty text.

use super::input::{places, refused};
use crate::failure::Coded;
use crate::{files, tr};
use anyhow::Context;
use calamine::{DataRef, Reader, Xlsx};
use std::io::{Cursor, Read};
use std::path::Path;
use yinglian_protocol::Code;
use yinglian_rows::{BatchBuilder, Encoding, SchemaDocument};

const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most that all parts of a file may unpack to.
const UNPACKED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
const PARTS_MAX: usize = 1024;
/// Columns that a sheet's header may have.
const COLUMNS_MAX: usize = 1024;

/// Reads all rows of a sheet, the first unless named.
pub fn read(
    path: &Path,
    sheet: Option<&str>,
    document: &SchemaDocument,
) -> anyhow::Result<BatchBuilder> {
    let table = path.display().to_string();
    let bytes = files::read(path, FILE_BYTES_MAX)?;
    let doing = || Coded::could_not(Code::TABLE_MALFORMED, tr!("table {table}", "表 {table}"));
    unpacks_within_limits(&bytes).with_context(doing)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).with_context(doing)?;
    let first = workbook.sheet_names().first().cloned();
    let sheet = sheet.map(str::to_owned).or(first).unwrap_or_default();
    let mut cells = workbook.worksheet_cells_reader(&sheet).with_context(doing)?;
    let mut source = document.source.clone();
    // A workbook is UTF-8 whatever the side's files are.
    source.encoding = Encoding::Utf8;
    let mut rows = Rows {
        document,
        table: &table,
        places: None,
        batch: BatchBuilder::new(document.schema.clone(), source),
    };
    let (mut number, mut row) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().with_context(doing)? {
        let (at, column) = cell.get_position();
        let column = usize::try_from(column)?;
        if at != number {
            anyhow::ensure!(at > number, doing());
            rows.take(std::mem::take(&mut row))?;
            number = at;
        }
        if column < COLUMNS_MAX {
            if row.len() <= column {
                row.resize(column + 1, String::new());
            }
            if let Some(place) = row.get_mut(column) {
                *place = text_of(cell.get_value()).with_context(doing)?;
            }
        }
    }
    rows.take(row)?;
    Ok(rows.batch)
}

struct Rows<'a> {
    document: &'a SchemaDocument,
    table: &'a str,
    places: Option<Vec<usize>>,
    batch: BatchBuilder,
}

impl Rows<'_> {
    /// The first row that has content is the header; rows without content are none.
    fn take(&mut self, row: Vec<String>) -> anyhow::Result<()> {
        if row.iter().all(String::is_empty) {
            return Ok(());
        }
        let Some(places) = &self.places else {
            self.places = Some(places(&row, self.document, self.table)?);
            return Ok(());
        };
        let field = |place: &usize| Some(row.get(*place).map_or(&[][..], |text| text.as_bytes()));
        let fields: Vec<_> = places.iter().map(field).collect();
        self.batch.push(&fields).map_err(|error| refused(&error, self.table))
    }
}

/// Unpacks every part once without keeping it: what a header says of sizes is only said.
fn unpacks_within_limits(bytes: &[u8]) -> anyhow::Result<()> {
    let mut container = zip::ZipArchive::new(Cursor::new(bytes))?;
    anyhow::ensure!(container.len() <= PARTS_MAX, "{} parts", container.len());
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..container.len() {
        let part = container.by_index(index)?;
        let unpacked = std::io::copy(&mut part.take(left.saturating_add(1)), &mut std::io::sink())?;
        left = left.checked_sub(unpacked).context("unpacks to more than 1 GiB")?;
    }
    Ok(())
}

fn text_of(value: &DataRef<'_>) -> anyhow::Result<String> {
    Ok(match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}")
        }
        DataRef::Empty => String::new(),
        DataRef::DateTime(_) | DataRef::DurationIso(_) => {
            anyhow::bail!(tr!("a cell holds a duration", "单元格为时长"))
        }
        DataRef::Error(error) => {
            anyhow::bail!(tr!("a cell holds the error {error}", "单元格为错误值 {error}"))
        }
    })
}
