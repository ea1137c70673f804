//! A value of any declared type, between bytes and JSON: what the codec gives and the evaluator reads.

use alloc::{boxed::Box, string::String, vec::Vec};

/// A value. Which variants a type gives stands at the variants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Bool.
    Bool(bool),
    /// Integers of every width.
    Integer(i128),
    /// A decimal: units of 10^-scale.
    Decimal {
        /// Units of the last digit.
        units: i128,
        /// Digits after the point.
        scale: u8,
    },
    /// Time, milliseconds since 1970-01-01 UTC.
    Time(u64),
    /// Text and Code; ids of organisations, regions, names and objects.
    Text(String),
    /// Bytes and Fixed; ids of envelopes, addresses and public keys in their encoding.
    Bytes(Vec<u8>),
    /// List.
    List(Vec<Value>),
    /// Record: values in the order of the fields. A Digest is [algorithm, value, length in bytes].
    Record(Vec<Value>),
    /// Choice: position of the case in its definition, and what the case holds.
    Choice {
        /// Position in the definition, from 0; not the tag.
        case: usize,
        /// What the case holds.
        of: Option<Box<Value>>,
    },
    /// Option.
    Option(Option<Box<Value>>),
}

impl Value {
    /// An option that holds a value.
    pub fn some(value: Self) -> Self {
        Self::Option(Some(Box::new(value)))
    }

    /// An option that holds none.
    pub const NONE: Self = Self::Option(None);
}
