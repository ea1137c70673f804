//! The schema of a batch: its columns in item order and those that make its key.
//!
//! Comes in: columns and key, or their encoding. Goes out: a schema that holds every rule, and its digest, which both sides sign
//! with the root. Never: what only one side's source does, such as its encoding; that is [`crate::Source`]'s.
use crate::limits;
use alloc::{collections::BTreeSet, string::String, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize, io};
use unicode_normalization::is_nfc;
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::codec::{self, DecodeError};

const VERSION: u8 = 1;
const TAG: &str = "yinglian/row-schema/v1";
const SCHEMA_BYTES_MAX: usize = 64 * 1024;

const NULLABLE: u8 = 1;
const FIXED_WIDTH: u8 = 2;
const EMPTY_IS_NULL: u8 = 4;

/// The type of a column, as catalogues name it, with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// C, text of at most `length` characters (1 to 16,384). In a column of fixed width, trailing blanks mean nothing.
    Text {
        /// Most characters after normalisation.
        length: u32,
        /// CHAR: trailing U+0020 are padding.
        fixed_width: bool,
        /// The empty text is no value: it is NULL.
        empty_is_null: bool,
    },
    /// N, a decimal number of at most `length` digits (1 to 38), `scale` of them after the point.
    Number {
        /// Most digits in all.
        length: u32,
        /// Digits after the point; at most `length`.
        scale: u8,
    },
    /// D, a day of the Gregorian calendar in the years 0001 to 9999.
    Date,
    /// T, an instant, in UTC, with `scale` digits of a fraction of a second (0 to 9).
    Time {
        /// Digits after the second.
        scale: u8,
    },
    /// B, true or false.
    Bool,
}

impl Kind {
    /// The letter of catalogues: C, N, D, T or B.
    pub const fn letter(self) -> char {
        match self {
            Self::Text { .. } => 'C',
            Self::Number { .. } => 'N',
            Self::Date => 'D',
            Self::Time { .. } => 'T',
            Self::Bool => 'B',
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name of the item, unique in the schema: 1 to 128 bytes of UTF-8 in NFC, without control characters, and neither beginning
    /// nor ending with a blank.
    pub name: String,
    /// Type and bounds.
    pub kind: Kind,
    /// True when NULL may stand in it.
    pub nullable: bool,
}

/// Columns in item order, and the key. Holds every rule of docs/specs/rows.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    key: Vec<u16>,
}

/// A rule that a schema breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// No column, or more than 256.
    #[error("{0} columns, where a schema has 1 to 256")]
    Columns(usize),
    /// A name that is empty, too long, not in NFC, or holds control characters or outer blanks.
    #[error("`{0}` is no name of a column")]
    Name(String),
    /// Two columns of one name.
    #[error("two columns are called `{0}`")]
    NameTwice(String),
    /// A length or scale outside its range.
    #[error("length or scale of column `{0}` is outside its range")]
    Bounds(String),
    /// `empty = "null"` on a column that may not be NULL.
    #[error("column `{0}` takes an empty text for NULL, but is not nullable")]
    EmptyNotNullable(String),
    /// A key column that the schema has not.
    #[error("the key names column `{0}`, which the schema has not")]
    KeyUnknown(String),
    /// A column twice in the key.
    #[error("the key names column `{0}` twice")]
    KeyTwice(String),
}

impl Schema {
    /// A schema of columns in item order, whose rows are identified by the key columns in their order; without key columns, by
    /// all columns.
    pub fn new(columns: Vec<Column>, key: &[&str]) -> Result<Self, SchemaError> {
        if columns.is_empty() || columns.len() > limits::COLUMNS_MAX {
            return Err(SchemaError::Columns(columns.len()));
        }
        let mut names = BTreeSet::new();
        for column in &columns {
            column.check()?;
            if !names.insert(column.name.as_str()) {
                return Err(SchemaError::NameTwice(column.name.clone()));
            }
        }
        let mut places = Vec::new();
        for name in key {
            let place = columns.iter().position(|column| column.name == *name);
            let place = place.and_then(|place| u16::try_from(place).ok());
            let place = place.ok_or_else(|| SchemaError::KeyUnknown((*name).into()))?;
            if places.contains(&place) {
                return Err(SchemaError::KeyTwice((*name).into()));
            }
            places.push(place);
        }
        Ok(Self { columns, key: places })
    }

    /// Columns in item order; 1 to 256.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Places of the key columns, as declared; empty when all columns are the key.
    pub fn key(&self) -> &[u16] {
        &self.key
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_strict(bytes, SCHEMA_BYTES_MAX)
    }

    /// `H[yinglian/row-schema/v1](schema)`.
    pub fn digest(&self, suite: Suite) -> Hash {
        suite.tagged_hash(TAG, &[&self.encode()])
    }
}

impl Column {
    fn check(&self) -> Result<(), SchemaError> {
        let name = &self.name;
        let is_name = (1..=limits::COLUMN_NAME_BYTES_MAX).contains(&name.len())
            && name.trim() == name
            && !name.contains(char::is_control)
            && is_nfc(name);
        if !is_name {
            return Err(SchemaError::Name(name.clone()));
        }
        let in_bounds = match self.kind {
            Kind::Text { length, .. } => (1..=limits::TEXT_LENGTH_MAX).contains(&length),
            Kind::Number { length, scale } => {
                (1..=limits::DIGITS_MAX).contains(&length) && u32::from(scale) <= length
            }
            Kind::Time { scale } => scale <= limits::FRACTION_DIGITS_MAX,
            Kind::Date | Kind::Bool => true,
        };
        if !in_bounds {
            return Err(SchemaError::Bounds(name.clone()));
        }
        if matches!(self.kind, Kind::Text { empty_is_null: true, .. }) && !self.nullable {
            return Err(SchemaError::EmptyNotNullable(name.clone()));
        }
        Ok(())
    }

    /// Number of the kind, length, scale, flags: how the column is encoded behind its name.
    fn numbers(&self) -> (u8, u32, u8, u8) {
        let nullable = if self.nullable { NULLABLE } else { 0 };
        match self.kind {
            Kind::Text { length, fixed_width, empty_is_null } => {
                let fixed_width = if fixed_width { FIXED_WIDTH } else { 0 };
                let empty_is_null = if empty_is_null { EMPTY_IS_NULL } else { 0 };
                (1, length, 0, nullable | fixed_width | empty_is_null)
            }
            Kind::Number { length, scale } => (2, length, scale, nullable),
            Kind::Date => (3, 0, 0, nullable),
            Kind::Time { scale } => (4, 0, scale, nullable),
            Kind::Bool => (5, 0, 0, nullable),
        }
    }

    fn from_numbers(name: String, (kind, length, scale, flags): (u8, u32, u8, u8)) -> Option<Self> {
        let kind = match kind {
            1 => Kind::Text {
                length,
                fixed_width: flags & FIXED_WIDTH != 0,
                empty_is_null: flags & EMPTY_IS_NULL != 0,
            },
            2 => Kind::Number { length, scale },
            3 => Kind::Date,
            4 => Kind::Time { scale },
            5 => Kind::Bool,
            _ => return None,
        };
        let column = Self { name, kind, nullable: flags & NULLABLE != 0 };
        // Whatever the kind does not use is 0: one encoding of a column.
        (column.numbers() == (column.numbers().0, length, scale, flags)).then_some(column)
    }
}

impl BorshSerialize for Schema {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        VERSION.serialize(writer)?;
        u32::try_from(self.columns.len()).unwrap_or(u32::MAX).serialize(writer)?;
        for column in &self.columns {
            column.name.serialize(writer)?;
            column.numbers().serialize(writer)?;
        }
        self.key.serialize(writer)
    }
}

impl BorshDeserialize for Schema {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "no schema of rows");
        if u8::deserialize_reader(reader)? != VERSION {
            return Err(invalid());
        }
        let count = u32::deserialize_reader(reader)?;
        let is_few = usize::try_from(count).is_ok_and(|count| count <= limits::COLUMNS_MAX);
        let count = if is_few { count } else { return Err(invalid()) };
        let mut columns = Vec::new();
        for _ in 0..count {
            let name = String::deserialize_reader(reader)?;
            let numbers = BorshDeserialize::deserialize_reader(reader)?;
            columns.push(Column::from_numbers(name, numbers).ok_or_else(invalid)?);
        }
        let places = Vec::<u16>::deserialize_reader(reader)?;
        let mut names = Vec::new();
        for place in places {
            let column = columns.get(usize::from(place)).ok_or_else(invalid)?;
            names.push(column.name.clone());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Self::new(columns, &names).map_err(|_| invalid())
    }
}
