//! The CBOR of receipts and trust files: maps with integer labels, arrays, integers and byte strings, in the
//! deterministic encoding of RFC 8949 section 4.2.1. Anything that would encode differently again is refused.

use alloc::vec::Vec;
use ciborium::Value;

/// The bytes are not the one deterministic encoding of a map with the expected labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the deterministic CBOR of the expected shape")]
pub(crate) struct CborError;

/// Encodes a map; entries must come in the order of their labels, most near zero first.
pub(crate) fn encode_map(entries: Vec<(i64, Value)>) -> Vec<u8> {
    let map = entries.into_iter().map(|(label, value)| (Value::from(label), value)).collect();
    to_bytes(&Value::Map(map))
}

fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into a Vec cannot fail.
    let _ = ciborium::into_writer(value, &mut bytes);
    bytes
}

/// A decoded map whose labels are taken in ascending order of magnitude.
pub(crate) struct Map(alloc::vec::IntoIter<(Value, Value)>);

/// Decodes a map and proves that the bytes are its deterministic encoding.
pub(crate) fn decode_map(bytes: &[u8], limit_bytes: usize) -> Result<Map, CborError> {
    if bytes.len() > limit_bytes {
        return Err(CborError);
    }
    let value: Value =
        ciborium::de::from_reader_with_recursion_limit(bytes, 8).map_err(|_| CborError)?;
    if to_bytes(&value) != bytes {
        return Err(CborError);
    }
    match value {
        Value::Map(entries) => Ok(Map(entries.into_iter())),
        _ => Err(CborError),
    }
}

impl Map {
    /// The next entry, which must carry this label.
    pub(crate) fn take(&mut self, label: i64) -> Result<Value, CborError> {
        self.take_optional(label)?.ok_or(CborError)
    }

    /// The next entry if it carries this label.
    pub(crate) fn take_optional(&mut self, label: i64) -> Result<Option<Value>, CborError> {
        match self.0.as_slice().first() {
            Some((Value::Integer(found), _)) if i128::from(*found) == i128::from(label) => {
                Ok(self.0.next().map(|(_, value)| value))
            }
            _ => Ok(None),
        }
    }

    /// No entry is left.
    pub(crate) fn end(mut self) -> Result<(), CborError> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(CborError),
        }
    }
}

/// A byte string.
pub(crate) fn bytes(value: Value) -> Result<Vec<u8>, CborError> {
    value.into_bytes().map_err(|_| CborError)
}

/// An unsigned integer.
pub(crate) fn unsigned(value: &Value) -> Result<u64, CborError> {
    value.as_integer().and_then(|integer| u64::try_from(integer).ok()).ok_or(CborError)
}

/// An array of exactly `N` items.
pub(crate) fn array<const N: usize>(value: Value) -> Result<[Value; N], CborError> {
    list(value)?.try_into().map_err(|_| CborError)
}

/// An array.
pub(crate) fn list(value: Value) -> Result<Vec<Value>, CborError> {
    value.into_array().map_err(|_| CborError)
}
