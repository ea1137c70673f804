//! The keys of the columns. Numbers are big-endian, so that the order of keys is the order of numbers.

use yinglian_protocol::{Hash, Height, LogPosition};

pub(crate) const LAYOUT: &[u8] = b"layout";
pub(crate) const TIP: &[u8] = b"tip";
pub(crate) const GENESIS: &[u8] = b"genesis";

pub(crate) fn height(height: Height) -> [u8; 8] {
    height.0.to_be_bytes()
}

pub(crate) fn position(position: LogPosition) -> [u8; 8] {
    position.0.to_be_bytes()
}

pub(crate) fn value(height: Height, value_id: &Hash) -> Vec<u8> {
    let mut key = Vec::with_capacity(42);
    key.extend_from_slice(&height.0.to_be_bytes());
    key.extend_from_slice(value_id.as_bytes());
    key
}

pub(crate) fn chunk(height: Height, value_id: &Hash, chunk: u16) -> Vec<u8> {
    let mut key = value(height, value_id);
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// Height and value id of a key of `undecided`.
pub(crate) fn parse_value(key: &[u8]) -> Option<(Height, Hash)> {
    let (height, value_id) = key.split_first_chunk::<8>()?;
    let value_id = <[u8; 32]>::try_from(value_id).ok()?;
    Some((Height(u64::from_be_bytes(*height)), Hash(value_id)))
}

/// Name and key with their lengths in front: no two pairs share a prefix.
pub(crate) fn index_prefix(name: &str, key: &[u8]) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(name.len() + key.len() + 11);
    prefix.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    prefix.extend_from_slice(name.as_bytes());
    prefix.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    prefix.extend_from_slice(key);
    prefix
}

pub(crate) fn index(name: &str, key: &[u8], at: LogPosition) -> Vec<u8> {
    let mut bytes = index_prefix(name, key);
    bytes.extend_from_slice(&position(at));
    bytes
}

/// Position at the end of an index key.
pub(crate) fn parse_index(key: &[u8]) -> Option<LogPosition> {
    key.last_chunk::<8>().map(|bytes| LogPosition(u64::from_be_bytes(*bytes)))
}
