//! The CBOR of receipts and trust files: maps with integer labels, arrays, integers and byte strings, in the
//! deterministic encoding of RFC 8949 section 4.2.1. Anything that would encode differently again is refused.
//!
//! Comes in: bytes of a limited length. Goes out: entries in their order, or a refusal. Never: nesting or items without limit.

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
    // Before the work: a decoded item takes 32 bytes, so 64 MiB of one-byte items would take two gigabytes.
    if bytes.len() > limit_bytes || !is_coarse(bytes) {
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

/// Items that any input may have, and bytes for each more: ours are hashes and longer things, with a few numbers between.
const ITEMS_FREE: usize = 64;
const ITEM_BYTES: usize = 32;

/// True when the input is not cut into more items than ours ever are. Counts heads in their order, which needs no nesting:
/// the items of an array or map follow its head. What is malformed is left to the decoder.
fn is_coarse(bytes: &[u8]) -> bool {
    let items_max = ITEMS_FREE.saturating_add(bytes.len() / ITEM_BYTES);
    let mut rest = bytes;
    let mut items = 0_usize;
    while let Some(after) = after_head(rest) {
        rest = after;
        items = items.saturating_add(1);
        if items > items_max {
            return false;
        }
    }
    true
}

/// What follows the first head, and the string that belongs to it; none at the end, or where no head of definite length is.
fn after_head(bytes: &[u8]) -> Option<&[u8]> {
    let (head, rest) = bytes.split_first()?;
    let argument_bytes = match head & 0x1f {
        0..24 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (argument, rest) = rest.split_at_checked(argument_bytes)?;
    let is_string = matches!(head >> 5, 2 | 3);
    if !is_string {
        return Some(rest);
    }
    let start = if argument_bytes == 0 { u64::from(head & 0x1f) } else { 0 };
    let length =
        argument.iter().fold(start, |length, byte| length.wrapping_shl(8) | u64::from(*byte));
    rest.get(usize::try_from(length).ok()?..)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A map with one entry, an array of small numbers.
    fn fine(items: usize) -> Vec<u8> {
        let items = (0..items).map(|_| Value::from(1)).collect();
        encode_map(alloc::vec![(1, Value::Array(items))])
    }

    #[test]
    fn input_cut_into_countless_items_is_refused_before_it_is_decoded() {
        assert!(is_coarse(&fine(50)) && decode_map(&fine(50), 1 << 20).is_ok());
        assert!(!is_coarse(&fine(1_000)) && decode_map(&fine(1_000), 1 << 20).is_err());
        // Long strings are one item each, whatever their bytes look like.
        let strings = (0..1_000).map(|_| Value::from(alloc::vec![1_u8; 300])).collect();
        let coarse = encode_map(alloc::vec![(1, Value::Array(strings))]);
        assert!(is_coarse(&coarse) && decode_map(&coarse, 1 << 20).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = is_coarse(&bytes);
            let _ = decode_map(&bytes, 300);
        }
    }
}
