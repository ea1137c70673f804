//! The registry tree as stored: pages of four levels, the current version only, replaced in place. Decides which pages a
//! block's writes touch, the new root, and what proves a key present or absent.

mod page;
mod proof;
mod update;

pub use proof::prove;
pub use update::update;

use crate::{Entry, KeyValue, Space, StateError};
use page::{Page, PagePath};
use yinglian_protocol::{Hash, RegistryValue, Suite};

const VALUE_CORRUPT: StateError = StateError::Corrupt { what: "registry value" };
const ENTRIES_PER_SCAN: usize = 1_000;

/// Current value of a key.
pub fn get(kv: &dyn KeyValue, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
    let bytes = kv.get(Space::RegistryValues, key)?;
    bytes.map(|bytes| RegistryValue::decode(&bytes).map_err(|_| VALUE_CORRUPT)).transpose()
}

/// Root of the tree that the pages hold.
pub fn root(kv: &dyn KeyValue, suite: Suite) -> Result<Hash, StateError> {
    Ok(page::read(kv, &PagePath::root())?.unwrap_or_else(Page::empty).subtree(suite).hash(suite))
}

/// Every key with its encoded value, ascending by key.
pub fn entries(kv: &dyn KeyValue) -> impl Iterator<Item = Result<Entry, StateError>> {
    let mut from = Some(Vec::new());
    let chunks = std::iter::from_fn(move || {
        let scanned = kv.scan(Space::RegistryValues, from.as_deref()?, &[], ENTRIES_PER_SCAN);
        // The least key above the last one read; after the end or an error nothing follows.
        from = scanned.as_ref().ok().and_then(|entries| entries.last()).map(|(last, _)| {
            let mut next = last.clone();
            next.push(0);
            next
        });
        Some(scanned)
    });
    chunks.flat_map(|chunk| match chunk {
        Ok(entries) => entries.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    })
}
