//! The codec: bytes to value, value to bytes, JSON to value, value to JSON, driven by a declared type.
//!
//! Comes in: hostile bytes or JSON. Goes out: a value that holds every bound of its type, or a [`Refusal`] with the place.
//! Never: two encodings of one value, a guess at what was meant, memory for more than the input holds.

mod bytes;
mod json;
mod scalar;
pub(crate) use scalar::{integer as integer_bounds, parse_decimal};
mod strict;
mod text;

pub use strict::parse_json;

use crate::{
    Refusal,
    types::{Case, Definition, ENCRYPTED, Field, Kept, Length, ListType, Type},
};
use alloc::{boxed::Box, collections::BTreeMap, vec, vec::Vec};
use yinglian_protocol::Name;

/// Definitions by name: those of an interface, and those that every interface has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions(BTreeMap<Name, Definition>);

impl Definitions {
    /// The definitions that every interface has and none may declare anew.
    pub(crate) fn built_in() -> Self {
        let mut all = Self::default();
        for definition in built_in().unwrap_or_default() {
            all.insert(definition);
        }
        all
    }

    /// Adds a definition; the one that had its name before comes back.
    pub(crate) fn insert(&mut self, definition: Definition) -> Option<Definition> {
        self.0.insert(definition.name().clone(), definition)
    }

    /// Definition of a name.
    pub fn find(&self, name: &Name) -> Option<&Definition> {
        self.0.get(name)
    }

    /// All definitions by name.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.0.values()
    }
}

/// Organisations that an encrypted field may be wrapped for.
const READERS_MAX: u32 = 32;
/// Longest ciphertext of an encrypted field, bytes.
const CIPHERTEXT_BYTES_MAX: u32 = 32 * 1024;
/// Longest wrapped key, bytes: an SM2 ciphertext of 16 bytes has 97 and a head.
const WRAPPED_BYTES_MAX: u32 = 160;

/// `wrapped_key` and `encrypted`.
fn built_in() -> Option<Vec<Definition>> {
    let name = |text: &str| Name::parse(text).ok();
    let field = |text: &str, of: Type| Some(Field { name: name(text)?, of, kept: Kept::Clear });
    let keys =
        ListType { of: Type::Named(name("wrapped_key")?), min: 1, max: READERS_MAX, unique: true };
    Some(vec![
        Definition::Record {
            name: name("wrapped_key")?,
            fields: vec![
                field("organization", Type::Id(crate::IdKind::Organization))?,
                field("key", Type::Bytes(Length { min: 1, max: WRAPPED_BYTES_MAX }))?,
            ],
        },
        Definition::Record {
            name: name(ENCRYPTED)?,
            fields: vec![
                field("commitment", Type::Fixed(crate::types::COMMITMENT_BYTES))?,
                field("nonce", Type::Fixed(12))?,
                field("ciphertext", Type::Bytes(Length { min: 16, max: CIPHERTEXT_BYTES_MAX }))?,
                field("keys", Type::List(Box::new(keys)))?,
            ],
        },
    ])
}

/// A codec over the definitions that its types name.
#[derive(Debug, Clone, Copy)]
pub struct Codec<'a> {
    definitions: &'a Definitions,
}

/// What a named type is.
enum Shape<'a> {
    Record(&'a [Field]),
    Choice(&'a [Case]),
}

impl<'a> Codec<'a> {
    /// A codec over these definitions.
    pub fn new(definitions: &'a Definitions) -> Self {
        Self { definitions }
    }

    fn shape(&self, name: &Name) -> Result<Shape<'a>, Refusal> {
        match self.definitions.find(name) {
            Some(Definition::Record { fields, .. }) => Ok(Shape::Record(fields)),
            Some(Definition::Choice { cases, .. }) => Ok(Shape::Choice(cases)),
            None => Err(Refusal::here(crate::Reason::Declaration)),
        }
    }
}
