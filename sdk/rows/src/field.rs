//! One field: what a source wrote, made canonical or refused with a reason.
use crate::{Column, Kind, Source, number, text, time};
use alloc::{string::String, vec::Vec};

/// Why a value does not fit its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The bytes are no text in the source's encoding.
    #[error("the bytes are no text in the source's encoding")]
    Encoding,
    /// NULL in a column that is not nullable.
    #[error("there is no value, and the column is not nullable")]
    Null,
    /// U+0000 in a text.
    #[error("the text holds U+0000")]
    Nul,
    /// More characters or digits than the column has.
    #[error("the value is longer than the column")]
    TooLong,
    /// Digits after the point that the column's scale would cut off.
    #[error("the value has more decimals than the column's scale; nothing is rounded")]
    Scale,
    /// No decimal number.
    #[error("the value is no decimal number such as -12.50")]
    Number,
    /// No day, or one with a time other than midnight.
    #[error("the value is no day such as 2026-11-24")]
    Date,
    /// No instant in the years 0001 to 9999.
    #[error("the value is no time such as 2026-11-24 20:55:06")]
    Time,
    /// Neither true nor false.
    #[error("the value is neither true nor false")]
    Bool,
}

/// Why a row is none of its schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The source gave more or fewer fields than the schema has columns.
    #[error("{actual} fields for {expected} columns")]
    Fields {
        /// Columns of the schema.
        expected: usize,
        /// Fields given.
        actual: usize,
    },
    /// A value that does not fit its column.
    #[error("column `{column}`: {reason}")]
    Field {
        /// Name of the column.
        column: String,
        /// What is wrong with it.
        reason: FieldError,
    },
    /// The canonical row is longer than 64 KiB.
    #[error("the row is longer than {} bytes", crate::limits::ROW_BYTES_MAX)]
    TooLong,
}

/// Appends the canonical text of a field and returns true; appends nothing and returns false for NULL.
pub fn append(
    column: &Column,
    source: &Source,
    field: Option<&[u8]>,
    out: &mut Vec<u8>,
) -> Result<bool, FieldError> {
    let is_value = match field {
        None => false,
        Some(bytes) => {
            let text = source.encoding.decode(bytes).ok_or(FieldError::Encoding)?;
            let is_null = source.null.as_deref() == Some(&*text);
            !is_null && append_text(column, source, &text, out)?
        }
    };
    if is_value || column.nullable { Ok(is_value) } else { Err(FieldError::Null) }
}

fn append_text(
    column: &Column,
    source: &Source,
    text: &str,
    out: &mut Vec<u8>,
) -> Result<bool, FieldError> {
    if let Kind::Text { length, fixed_width, empty_is_null } = column.kind {
        let from = out.len();
        text::append(text, length, fixed_width, out)?;
        let null_when_empty = empty_is_null || source.empty_is_null;
        return Ok(!null_when_empty || out.len() > from);
    }
    // Blanks around a number or a time are padding in every source; nothing at all is no value.
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Ok(false);
    }
    match column.kind {
        Kind::Number { length, scale } => number::append(text, length, scale, out)?,
        Kind::Date => time::append_date(text, out)?,
        Kind::Time { scale } => time::append_time(text, scale, source.zone, out)?,
        Kind::Bool | Kind::Text { .. } => append_bool(text, out)?,
    }
    Ok(true)
}

fn append_bool(text: &str, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let is = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["1", "t", "true", "y", "yes", "是"]) {
        out.extend_from_slice(b"true");
    } else if is(["0", "f", "false", "n", "no", "否"]) {
        out.extend_from_slice(b"false");
    } else {
        return Err(FieldError::Bool);
    }
    Ok(())
}
