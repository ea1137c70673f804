//! The one canonical encoding: borsh, decoded strictly. Trailing bytes, over-long input and unsorted maps are refused.
//!
//! Comes in: values, or bytes of a limited length. Goes out: the one encoding of a value, or why bytes are none. Never: a
//! second encoding of one value, bytes left over.

use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes are not the canonical encoding of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input is longer than the limit of its type.
    #[error("{actual} bytes exceed the limit of {limit_bytes}")]
    TooLong {
        /// Bytes given.
        actual: usize,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// The input is not a well-formed encoding.
    #[error("malformed encoding of {what}")]
    Malformed {
        /// Name of the type that was expected.
        what: &'static str,
    },
    /// The input decodes, but its canonical encoding differs.
    #[error("encoding of {what} is not canonical")]
    NotCanonical {
        /// Name of the type that was expected.
        what: &'static str,
    },
}

/// Encodes a value; writing into memory cannot fail.
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A Vec grows or aborts; no error can come back from it.
    let _ = value.serialize(&mut bytes);
    bytes
}

/// Decodes `bytes`, at most `limit_bytes` long, consuming all of them.
pub fn decode_strict<T: BorshDeserialize>(
    bytes: &[u8],
    limit_bytes: usize,
) -> Result<T, DecodeError> {
    if bytes.len() > limit_bytes {
        return Err(DecodeError::TooLong { actual: bytes.len(), limit_bytes });
    }
    T::try_from_slice(bytes)
        .map_err(|_| DecodeError::Malformed { what: core::any::type_name::<T>() })
}

/// Turns a rule broken inside a `deserialize_reader` into borsh's error.
pub(crate) fn invalid(message: &'static str) -> borsh::io::Error {
    borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, message)
}
