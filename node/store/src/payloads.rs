//! Payloads: stored once, before the vote, under the hash of their header; cut into chunks so that one record can be read
//! without the whole block.

use crate::columns::Column;
use crate::engine::{Batch, Reads};
use crate::{StoreError, keys};
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_protocol::codec::{decode_strict, encode};
use yinglian_protocol::{Hash, Header, Height, Payload, limits};

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 32 * 1024;
const CORRUPT_VALUE: &str = "payload";

/// A header and its payload, checked against the value id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPayload {
    /// The header.
    pub header: Header,
    /// Encoded envelopes.
    pub payload: Vec<u8>,
}

/// A value that was stored and is not decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// Height it was proposed for.
    pub height: Height,
    /// Hash of the header.
    pub value_id: Hash,
    /// The header, which names round and proposer.
    pub header: Header,
}

/// Entry of the column of undecided values.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct UndecidedValue {
    pub header: Vec<u8>,
    pub payload_bytes: u32,
}

const UNDECIDED_BYTES_MAX: usize = limits::HEADER_BYTES_MAX + 16;

pub(crate) fn put(
    batch: &mut Batch<'_>,
    height: Height,
    value_id: &Hash,
    header: &[u8],
    payload: &[u8],
) {
    for (number, chunk) in (0_u16..).zip(payload.chunks(CHUNK_BYTES)) {
        batch.put(Column::Payloads, keys::chunk(height, value_id, number), chunk);
    }
    let value = UndecidedValue {
        header: header.to_vec(),
        payload_bytes: u32::try_from(payload.len()).unwrap_or(u32::MAX),
    };
    batch.put(Column::Undecided, keys::value(height, value_id), encode(&value));
    batch.put(Column::Values, value_id.as_bytes(), keys::height(height));
}

/// Removes everything of a value that was not decided.
pub(crate) fn delete(batch: &mut Batch<'_>, height: Height, value_id: &Hash, payload_bytes: u32) {
    for number in 0..chunks(payload_bytes) {
        batch.delete(Column::Payloads, keys::chunk(height, value_id, number));
    }
    batch.delete(Column::Undecided, keys::value(height, value_id));
    batch.delete(Column::Values, value_id.as_bytes());
}

fn chunks(payload_bytes: u32) -> u16 {
    u16::try_from(payload_bytes.div_ceil(CHUNK_BYTES as u32)).unwrap_or(u16::MAX)
}

/// Height that a value was proposed for.
pub(crate) fn height_of(reads: Reads<'_>, value_id: &Hash) -> Result<Option<Height>, StoreError> {
    let Some(bytes) = reads.get(Column::Values, value_id.as_bytes())? else {
        return Ok(None);
    };
    let bytes = <[u8; 8]>::try_from(bytes.as_slice());
    let height = bytes.map_err(|_| StoreError::corrupt("height of a value"))?;
    Ok(Some(Height(u64::from_be_bytes(height))))
}

/// The entry of an undecided value.
pub(crate) fn undecided(
    reads: Reads<'_>,
    height: Height,
    value_id: &Hash,
) -> Result<Option<UndecidedValue>, StoreError> {
    let bytes = reads.get(Column::Undecided, &keys::value(height, value_id))?;
    bytes.map(|bytes| decode_undecided(&bytes)).transpose()
}

/// Every undecided value with `from <= height < to`.
pub(crate) fn undecided_between(
    reads: Reads<'_>,
    from: Height,
    to: Height,
) -> Result<Vec<(Height, Hash, UndecidedValue)>, StoreError> {
    let entries =
        reads.scan(Column::Undecided, &keys::height(from), &keys::height(to), usize::MAX)?;
    entries
        .into_iter()
        .map(|(key, value)| {
            let (height, value_id) =
                keys::parse_value(&key).ok_or(StoreError::corrupt("undecided value"))?;
            Ok((height, value_id, decode_undecided(&value)?))
        })
        .collect()
}

fn decode_undecided(bytes: &[u8]) -> Result<UndecidedValue, StoreError> {
    decode_strict(bytes, UNDECIDED_BYTES_MAX).map_err(|_| StoreError::corrupt("undecided value"))
}

/// The payload of a value, checked against its header, and the header against the value id.
pub(crate) fn load(
    reads: Reads<'_>,
    height: Height,
    value_id: &Hash,
    header: Header,
    payload_bytes: u32,
) -> Result<StoredPayload, StoreError> {
    let payload = bytes(reads, height, value_id, 0, payload_bytes as usize)?;
    let hash = Payload::hash(header.suite, &payload);
    if header.hash() != *value_id || hash != header.payload_hash {
        return Err(StoreError::corrupt(CORRUPT_VALUE));
    }
    Ok(StoredPayload { header, payload })
}

/// Some bytes of a payload, read from the chunks that hold them. Checked by the engine's checksums only.
pub(crate) fn bytes(
    reads: Reads<'_>,
    height: Height,
    value_id: &Hash,
    offset: usize,
    length: usize,
) -> Result<Vec<u8>, StoreError> {
    const CORRUPT: fn() -> StoreError = || StoreError::corrupt(CORRUPT_VALUE);
    if length == 0 {
        return Ok(Vec::new());
    }
    let end = offset.checked_add(length).filter(|end| *end <= limits::BLOCK_BYTES_MAX);
    let end = end.ok_or_else(CORRUPT)?;
    let first = offset / CHUNK_BYTES;
    let mut bytes = Vec::with_capacity(end.next_multiple_of(CHUNK_BYTES) - first * CHUNK_BYTES);
    for number in first..=(end - 1) / CHUNK_BYTES {
        let number = u16::try_from(number).map_err(|_| CORRUPT())?;
        let key = keys::chunk(height, value_id, number);
        bytes.extend(reads.get(Column::Payloads, &key)?.ok_or_else(CORRUPT)?);
    }
    bytes.drain(..offset - first * CHUNK_BYTES);
    if bytes.len() < length {
        return Err(CORRUPT());
    }
    bytes.truncate(length);
    Ok(bytes)
}
