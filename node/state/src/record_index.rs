//! The index of every envelope ever decided: id -> position. Rules may look up a record's position in it; deduplication
//! never does (spec 2 and 12).

use crate::{ChangeSet, KeyValue, Space, StateError};
use yinglian_protocol::{EnvelopeId, LogPosition};

/// Position of an envelope in the log.
pub fn position(kv: &dyn KeyValue, id: &EnvelopeId) -> Result<Option<LogPosition>, StateError> {
    let Some(bytes) = kv.get(Space::RecordIndex, id.0.as_bytes())? else {
        return Ok(None);
    };
    let bytes = <[u8; 8]>::try_from(bytes.as_slice())
        .map_err(|_| StateError::Corrupt { what: "record index entry" })?;
    Ok(Some(LogPosition(u64::from_le_bytes(bytes))))
}

/// Records the position of an envelope.
pub fn insert(changes: &mut ChangeSet, id: &EnvelopeId, position: LogPosition) {
    let value = position.0.to_le_bytes().to_vec();
    changes.put(Space::RecordIndex, id.0.as_bytes().to_vec(), value);
}
