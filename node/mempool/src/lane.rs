//! Envelopes of one organisation, first come first served.

use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_protocol::Prepared;

/// Envelopes by their order of arrival, and their total size.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    queue: BTreeMap<u64, Arc<Prepared>>,
    bytes: usize,
}

impl Lane {
    pub(crate) fn push(&mut self, sequence: u64, envelope: Arc<Prepared>) {
        self.bytes += size(&envelope);
        self.queue.insert(sequence, envelope);
    }

    pub(crate) fn remove(&mut self, sequence: u64) {
        if let Some(envelope) = self.queue.remove(&sequence) {
            self.bytes -= size(&envelope);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        self.queue.values()
    }

    pub(crate) fn records(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Bytes of an envelope.
pub(crate) fn size(envelope: &Prepared) -> usize {
    // At most 64 KiB.
    envelope.size_bytes() as usize
}
