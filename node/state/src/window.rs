//! The window of envelope ids: an id occurs at most once while its envelope is valid (spec 1). Ids are keyed by their
//! time, so that those whose time is over go in one sweep.

use crate::{ChangeSet, KeyValue, Space, StateError};
use yinglian_protocol::{EnvelopeId, LogPosition};

/// Most ids that one block sweeps out, several times what one block can bring in: a long halt is swept over many blocks.
pub const SWEEP_MAX: usize = 64_000;

/// Where the next sweep begins; sorts behind every id, because no time begins with 0xff.
const CURSOR: &[u8] = &[0xff];

/// Position of an envelope that a block within the window already holds.
pub fn position(
    kv: &dyn KeyValue,
    valid_until_ms: u64,
    id: &EnvelopeId,
) -> Result<Option<LogPosition>, StateError> {
    kv.get(Space::Window, &key(valid_until_ms, id))?
        .map(|bytes| read_u64(&bytes).map(LogPosition))
        .transpose()
}

/// Records that a block holds the envelope.
pub fn insert(
    changes: &mut ChangeSet,
    valid_until_ms: u64,
    id: &EnvelopeId,
    position: LogPosition,
) {
    changes.put(Space::Window, key(valid_until_ms, id), position.0.to_le_bytes().to_vec());
}

/// Sweeps out ids whose time is before `block_time_ms`: their envelopes can no longer enter. Returns how many went.
pub fn sweep(
    kv: &dyn KeyValue,
    block_time_ms: u64,
    changes: &mut ChangeSet,
) -> Result<usize, StateError> {
    // Deleted keys stay in a log-structured store for a while; the cursor spares walking over them again.
    let from = kv.get(Space::Window, CURSOR)?.unwrap_or_default();
    let to = block_time_ms.to_be_bytes();
    if from.as_slice() >= to.as_slice() {
        return Ok(0);
    }
    let expired = kv.scan(Space::Window, &from, &to, SWEEP_MAX)?;
    let count = expired.len();
    let cursor = match expired.last() {
        Some((last, _)) if count == SWEEP_MAX => last.clone(),
        _ => to.to_vec(),
    };
    for (key, _) in expired {
        changes.delete(Space::Window, key);
    }
    changes.put(Space::Window, CURSOR.to_vec(), cursor);
    Ok(count)
}

fn key(valid_until_ms: u64, id: &EnvelopeId) -> Vec<u8> {
    let mut key = Vec::with_capacity(40);
    key.extend_from_slice(&valid_until_ms.to_be_bytes());
    key.extend_from_slice(id.0.as_bytes());
    key
}

fn read_u64(bytes: &[u8]) -> Result<u64, StateError> {
    let bytes = <[u8; 8]>::try_from(bytes);
    bytes.map(u64::from_le_bytes).map_err(|_| StateError::Corrupt { what: "window entry" })
}
