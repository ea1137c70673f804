//! The 64 bytes of a signature.
//!
//! Comes in: any 64 bytes. Goes out: the same 64 bytes. Never: a judgement; only [`crate::VerifyingKey`] knows what they are
//! worth, and it refuses every spelling but one.
use crate::text::{HexError, read_hex, serde_as_text, write_hex};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use thiserror::Error;

/// A signature: r ‖ s of SM2, big-endian, or the 64 bytes of Ed25519.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

/// Why a signature does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A number in the signature is outside 1 to n-1 (SM2) or not below the order (Ed25519): no signer writes this.
    #[error("a number in the signature is out of range")]
    OutOfRange,
    /// Another key, another message, or altered bytes.
    #[error("the signature does not belong to this key and message")]
    Mismatch,
}

impl Signature {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl FromStr for Signature {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let mut bytes = [0; 64];
        read_hex(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

serde_as_text!(Signature, "128 lower-case hexadecimal digits");
