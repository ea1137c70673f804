//! Names of contracts, methods, events and roles.

use crate::codec::invalid;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 48;

/// 1 to 48 characters of `a-z 0-9 _ . -`, beginning with a letter.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 48 characters of a-z 0-9 _ . - and begins with a letter")]
pub struct NameError;

impl Name {
    /// Checks and wraps a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut bytes = text.bytes();
        let first_ok = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
        let rest_ok =
            bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b));
        if first_ok && rest_ok && text.len() <= NAME_BYTES_MAX {
            Ok(Self(text.into()))
        } else {
            Err(NameError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for Name {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::parse(&text).map_err(|_| invalid("name"))
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
