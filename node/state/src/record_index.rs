//! The index of every envelope ever decided: id -> place. Rules may look up a record's place in it; deduplication never
//! does (spec 2 and 12).

use crate::{ChangeSet, KeyValue, Space, StateError};
use yinglian_protocol::{EnvelopeId, RecordPlace, codec};

/// Bytes of an encoded place: position, organisation, code.
const PLACE_BYTES: usize = 8 + 18 + 2;

/// Where an envelope was recorded and by whom.
pub fn place(kv: &dyn KeyValue, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
    let Some(bytes) = kv.get(Space::RecordIndex, id.0.as_bytes())? else {
        return Ok(None);
    };
    let place = codec::decode_strict(&bytes, PLACE_BYTES);
    place.map(Some).map_err(|_| StateError::Corrupt { what: "record index entry" })
}

/// Records the place of an envelope.
pub fn insert(changes: &mut ChangeSet, id: &EnvelopeId, place: &RecordPlace) {
    changes.put(Space::RecordIndex, id.0.as_bytes().to_vec(), codec::encode(place));
}
