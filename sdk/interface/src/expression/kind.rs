//! Kinds: what an expression may be, coarser than a type. Bounds do not matter to a rule, so all integers are one kind.

use crate::{
    codec::Definitions,
    types::{Definition, Field, IdKind, Type},
};
use alloc::{boxed::Box, string::String, string::ToString, vec::Vec};
use core::fmt;

/// What a part of an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number; also a length of time in milliseconds.
    Integer,
    /// An exact decimal.
    Decimal,
    /// Text and declared codes; ids of organisations, regions, names and objects.
    Text,
    /// Bytes, hashes, commitments; ids of envelopes, addresses and keys.
    Bytes,
    /// A moment.
    Time,
    /// A value or none.
    Option(Box<Kind>),
    /// Values of one kind, at most so many.
    List(Box<Kind>, u32),
    /// Named values.
    Record(Vec<(String, Kind)>),
    /// One of named cases; what a case holds is not read.
    Choice(Vec<String>),
    /// `null`, before it is known of what.
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer => f.write_str("a whole number"),
            Self::Decimal => f.write_str("a decimal"),
            Self::Text => f.write_str("a text"),
            Self::Bytes => f.write_str("bytes"),
            Self::Time => f.write_str("a time"),
            Self::Option(kind) => write!(f, "an option of {kind}"),
            Self::List(kind, _) => write!(f, "a list of {kind}"),
            Self::Record(_) => f.write_str("a record"),
            Self::Choice(_) => f.write_str("a choice"),
            Self::Null => f.write_str("null"),
        }
    }
}

impl Kind {
    /// Kind of a declared type; none when a definition is missing.
    pub fn of(of: &Type, definitions: &Definitions) -> Option<Self> {
        Some(match of {
            Type::Bool => Self::Bool,
            Type::U8(_) | Type::U16(_) | Type::U32(_) | Type::U64(_) => Self::Integer,
            Type::Decimal(_) => Self::Decimal,
            Type::Time => Self::Time,
            Type::Text(_) | Type::Code(_) => Self::Text,
            Type::Bytes(_) | Type::Fixed(_) => Self::Bytes,
            Type::Digest => Self::Record(Vec::from([
                ("algorithm".to_string(), Self::Text),
                ("value".to_string(), Self::Bytes),
                ("length_bytes".to_string(), Self::Integer),
            ])),
            Type::Id(kind) => match kind {
                IdKind::Envelope | IdKind::Address | IdKind::PublicKey => Self::Bytes,
                IdKind::Organization | IdKind::Region | IdKind::Name | IdKind::Object(_) => {
                    Self::Text
                }
            },
            Type::Option(inner) => Self::Option(Box::new(Self::of(inner, definitions)?)),
            Type::List(list) => Self::List(Box::new(Self::of(&list.of, definitions)?), list.max),
            Type::Named(name) => match definitions.find(name)? {
                Definition::Record { fields, .. } => Self::record(fields, definitions)?,
                Definition::Choice { cases, .. } => {
                    Self::Choice(cases.iter().map(|case| case.name.to_string()).collect())
                }
            },
        })
    }

    /// Kind of a record of these fields.
    pub fn record(fields: &[Field], definitions: &Definitions) -> Option<Self> {
        let part =
            |field: &Field| Some((field.name.to_string(), Self::of(&field.layout(), definitions)?));
        fields.iter().map(part).collect::<Option<_>>().map(Self::Record)
    }
}

/// The variables that an expression may name, in the order in which their values are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(Vec<(String, Kind)>);

impl Variables {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more variable.
    #[must_use]
    pub fn with(mut self, name: &str, kind: Kind) -> Self {
        self.0.push((name.into(), kind));
        self
    }

    pub(super) fn find(&self, name: &str) -> Option<(usize, &Kind)> {
        let mut numbered = self.0.iter().enumerate();
        numbered.find(|(_, (known, _))| known == name).map(|(index, (_, kind))| (index, kind))
    }

    /// The names, for a message.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}
