//! Local index entries of a block: for queries only, rebuildable from blocks, invisible to contracts.

use crate::admission::call_of;
use crate::{Executed, Indexing};
use yinglian_protocol::LogPosition;

/// A key under which queries find a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// Key as the indexing chose it.
    pub key: Vec<u8>,
    /// Record that it leads to.
    pub position: LogPosition,
}

/// Entries of every envelope of a block, in their order.
pub fn index_entries(indexing: &dyn Indexing, executed: &Executed) -> Vec<IndexEntry> {
    let records = executed.envelopes.iter().zip(&executed.outcomes).zip(&executed.places);
    records
        .flat_map(|((envelope, record), place)| {
            let call = call_of(envelope.envelope());
            let keys = indexing.keys(&call, &record.organization, &record.outcome);
            keys.into_iter().map(|key| IndexEntry { key, position: place.position })
        })
        .collect()
}
