//! The canonical row: version, then each column's value or NULL, in item order.
//!
//! Comes in: fields of a source, or canonical bytes. Goes out: canonical bytes and the row key, or fields. Never: two encodings of
//! one row.
use crate::{RowError, Schema, Source, field, limits};
use alloc::vec::Vec;

const VERSION: u8 = 1;
const NULL: u8 = 0;
const VALUE: u8 = 1;
/// Ends a value in a row key; no text holds it.
const END: u8 = 0;

/// Bytes that are no canonical row of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no canonical row of this schema")]
pub struct RowDecodeError;

/// Appends the canonical bytes of a row to `out`: fields in item order, each as its source wrote it, `None` for NULL. After a
/// refusal `out` is as it was.
pub fn canonical_row(
    schema: &Schema,
    source: &Source,
    fields: &[Option<&[u8]>],
    out: &mut Vec<u8>,
) -> Result<(), RowError> {
    let from = out.len();
    let appended = append(schema, source, fields, out);
    if appended.is_err() {
        out.truncate(from);
    }
    appended
}

fn append(
    schema: &Schema,
    source: &Source,
    fields: &[Option<&[u8]>],
    out: &mut Vec<u8>,
) -> Result<(), RowError> {
    let (expected, actual) = (schema.columns().len(), fields.len());
    if expected != actual {
        return Err(RowError::Fields { expected, actual });
    }
    let row_from = out.len();
    out.push(VERSION);
    for (column, field) in schema.columns().iter().zip(fields) {
        // No text grows by more than three times when it is normalised: this bounds what is written before it is measured.
        if field.is_some_and(|bytes| bytes.len() > limits::ROW_BYTES_MAX) {
            return Err(RowError::TooLong);
        }
        let from = out.len();
        out.extend_from_slice(&[VALUE, 0, 0, 0, 0]);
        let text_from = out.len();
        let is_value = field::append(column, source, *field, out)
            .map_err(|reason| RowError::Field { column: column.name.clone(), reason })?;
        if is_value {
            let bytes = u32::try_from(out.len().saturating_sub(text_from)).unwrap_or(u32::MAX);
            if let Some([_, length @ ..]) = out.get_mut(from..text_from) {
                length.copy_from_slice(&bytes.to_le_bytes());
            }
        } else {
            out.truncate(from);
            out.push(NULL);
        }
        if out.len().saturating_sub(row_from) > limits::ROW_BYTES_MAX {
            return Err(RowError::TooLong);
        }
    }
    Ok(())
}

/// The fields of a canonical row in item order; `None` for NULL. Refuses bytes that this schema gives for no row: every value must
/// be its own canonical text.
pub fn read_row<'a>(
    schema: &Schema,
    row: &'a [u8],
) -> Result<Vec<Option<&'a str>>, RowDecodeError> {
    if row.len() > limits::ROW_BYTES_MAX {
        return Err(RowDecodeError);
    }
    let fields: Vec<Option<&[u8]>> = Fields::new(row)?.collect::<Result<_, _>>()?;
    // Canonical text is text of every source: made canonical again it must be the same.
    let mut again = Vec::with_capacity(row.len());
    canonical_row(schema, &Source::default(), &fields, &mut again).map_err(|_| RowDecodeError)?;
    if again != row {
        return Err(RowDecodeError);
    }
    let text = |field: Option<&'a [u8]>| field.map(str::from_utf8).transpose();
    fields.into_iter().map(text).collect::<Result<_, _>>().map_err(|_| RowDecodeError)
}

/// The row key of a canonical row: for each key column `00` for NULL, or `01`, the text, `00`. Byte order of keys is the order of
/// rows.
pub fn row_key(schema: &Schema, row: &[u8]) -> Result<Vec<u8>, RowDecodeError> {
    let mut key = Vec::new();
    append_key(schema, row, &mut key)?;
    Ok(key)
}

pub(crate) fn append_key(
    schema: &Schema,
    row: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), RowDecodeError> {
    match schema.key() {
        [] => {
            let mut fields = Fields::new(row)?;
            fields.try_for_each(|field| field.map(|field| append_key_field(field, out)))
        }
        key => key.iter().try_for_each(|place| {
            let field = Fields::new(row)?.nth(usize::from(*place)).ok_or(RowDecodeError)??;
            append_key_field(field, out);
            Ok(())
        }),
    }
}

fn append_key_field(field: Option<&[u8]>, out: &mut Vec<u8>) {
    match field {
        None => out.push(NULL),
        Some(text) => {
            out.push(VALUE);
            out.extend_from_slice(text);
            out.push(END);
        }
    }
}

/// Goes through the fields of a row without looking into them.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn new(row: &'a [u8]) -> Result<Self, RowDecodeError> {
        match row {
            [VERSION, rest @ ..] => Ok(Self(rest)),
            _ => Err(RowDecodeError),
        }
    }

    fn read(&mut self) -> Option<Option<&'a [u8]>> {
        if let [NULL, rest @ ..] = self.0 {
            self.0 = rest;
            return Some(None);
        }
        let rest = self.0.strip_prefix(&[VALUE])?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (text, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Some(text))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Option<&'a [u8]>, RowDecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read().ok_or(RowDecodeError);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
