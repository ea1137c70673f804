//! The types of arguments, fields and results: exactly what the borsh profile allows, with a bound on everything.
//!
//! Comes in: a declaration. Goes out: the same as a value that the codec follows. Never: recursion (a definition uses only
//! those before it), an integer or a list without a maximum, a type whose encoding depends on anything but its value.

use crate::pattern::Pattern;
use alloc::{
    borrow::Cow,
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use yinglian_protocol::Name;

/// Longest text, bytes of UTF-8, and longest byte string that a type may declare.
pub const LENGTH_MAX: u32 = 64 * 1024;
/// Most items that a list may declare.
pub const ITEMS_MAX: u32 = 64 * 1024;
/// Most digits after the point of a decimal.
pub const SCALE_MAX: u8 = 9;
/// Most options, lists and names around one another in one type.
pub const NESTING_MAX: u32 = 16;
/// Largest fixed byte string, bytes.
pub const FIXED_MAX: u16 = 256;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Type {
    /// `00` or `01`.
    Bool,
    /// One byte.
    U8(Range),
    /// Two bytes, little endian.
    U16(Range),
    /// Four bytes, little endian.
    U32(Range),
    /// Eight bytes, little endian.
    U64(Range),
    /// A signed number of units of 10^-scale: eight bytes, little endian, two's complement.
    Decimal(DecimalRange),
    /// Milliseconds since 1970-01-01 UTC, not after the year 9999: `u64`.
    Time,
    /// Free text. The guard against personal data reads it.
    Text(Length),
    /// A text of a declared pattern, which the guard does not read.
    Code(Pattern),
    /// A byte string with its length.
    Bytes(Length),
    /// So many bytes without a length: hashes (32), signatures (64).
    Fixed(u16),
    /// Algorithm (`sm3` or `sha256`), 32 bytes that are not all zero, and the length in bytes of what was digested.
    Digest,
    /// An identity of the chain, in its own encoding.
    Id(IdKind),
    /// `00`, or `01` and the value.
    Option(Box<Type>),
    /// `u32` count and the items.
    List(Box<ListType>),
    /// A record or a choice by the name of its definition.
    Named(Name),
}

/// What an id names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IdKind {
    /// An envelope, and so the record it became: 32 bytes.
    Envelope,
    /// An organisation: its unified social credit code, 18 ASCII bytes.
    Organization,
    /// A key's address: 21 bytes, in JSON bech32m.
    Address,
    /// A public key: algorithm and key.
    PublicKey,
    /// A region of GB/T 2260 and GB/T 10114: text of 6, 9 or 12 digits.
    Region,
    /// A name of the chain: role, contract, method: text of 1 to 48 characters `a-z 0-9 _ . -`.
    Name,
    /// An object of an entity, `contract.entity`: text of 1 to 64 characters `A-Z a-z 0-9 . _ : / -`.
    Object(Name),
}

/// Bounds of an integer, both inclusive; what is absent is the width's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Whole>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Whole>,
}

/// Digits after the point, and bounds in units of the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecimalRange {
    /// Digits after the point, 0 to 9.
    pub scale: u8,
    /// Smallest value, in units of 10^-scale.
    pub min_units: Signed,
    /// Largest value, in units of 10^-scale.
    pub max_units: Signed,
}

/// Bounds of a length in bytes, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// Shortest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min: u32,
    /// Longest.
    pub max: u32,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListType {
    /// Type of the items.
    pub of: Type,
    /// Fewest items.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min: u32,
    /// Most items.
    pub max: u32,
    /// True when no item may occur twice.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
}

pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// A named record or choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Definition {
    /// Fields in order, nothing between.
    Record {
        /// Name, unique within the interface.
        name: Name,
        /// The fields.
        fields: Vec<Field>,
    },
    /// One of several cases: a tag byte, then what the case holds.
    Choice {
        /// Name, unique within the interface.
        name: Name,
        /// The cases, by rising tag.
        cases: Vec<Case>,
    },
}

impl Definition {
    /// Name of the definition.
    pub fn name(&self) -> &Name {
        match self {
            Self::Record { name, .. } | Self::Choice { name, .. } => name,
        }
    }
}

/// A field of a record, of arguments, of an event or of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name, unique within its record.
    pub name: Name,
    /// Type of the value.
    #[serde(rename = "type")]
    pub of: Type,
    /// How the chain keeps the value.
    #[serde(default, skip_serializing_if = "Kept::is_clear")]
    pub kept: Kept,
}

/// How the chain keeps a field's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// As it is.
    #[default]
    Clear,
    /// As a salted commitment of 32 bytes; the value and its salt stay with their owner.
    Committed,
    /// As ciphertext for named organisations, with the commitment in clear.
    Encrypted,
}

impl Kept {
    fn is_clear(&self) -> bool {
        *self == Self::Clear
    }
}

/// Bytes of a commitment.
pub(crate) const COMMITMENT_BYTES: u16 = 32;
/// Name of the definition of an encrypted field.
pub(crate) const ENCRYPTED: &str = "encrypted";

impl Field {
    /// The type that is encoded: the value's own, or what stands in its place.
    pub fn layout(&self) -> Cow<'_, Type> {
        match self.kept {
            Kept::Clear => Cow::Borrowed(&self.of),
            Kept::Committed => Cow::Owned(Type::Fixed(COMMITMENT_BYTES)),
            Kept::Encrypted => match Name::parse(ENCRYPTED) {
                Ok(name) => Cow::Owned(Type::Named(name)),
                Err(_) => Cow::Borrowed(&self.of),
            },
        }
    }
}

/// A case of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Name, unique within the choice.
    pub name: Name,
    /// Tag byte, unique within the choice.
    pub tag: u8,
    /// What the case holds beside its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Type>,
    /// Code of the case in an outside list, such as `01` of a national standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

macro_rules! number_as_text {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub $inner);

        impl TryFrom<String> for $name {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                // One text per number: what prints differently is refused ("+1", "01", "").
                let number = text.parse::<$inner>().ok().filter(|number| number.to_string() == text);
                number.map(Self).ok_or("expected a whole number as a string")
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> String {
                number.0.to_string()
            }
        }
    };
}

number_as_text! {
    /// A number of 64 bits; in JSON a decimal string.
    Whole(u64)
}
number_as_text! {
    /// A signed number of 64 bits; in JSON a decimal string.
    Signed(i64)
}
