//! The 32 bytes that both suites' hash functions give.
//!
//! Comes in: bytes or lower-case hexadecimal. Goes out: a value that compares, sorts and prints. Never: knowledge of which
//! suite made it; that is in the header of the chain.
use crate::text::{HexError, read_hex, serde_as_text, write_hex};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};

/// A hash of 32 bytes, SM3 or SHA-256.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// 32 zero bytes: the root of nothing, the predecessor of the first.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl FromStr for Hash {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let mut bytes = [0; 32];
        read_hex(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

serde_as_text!(Hash, "64 lower-case hexadecimal digits");
