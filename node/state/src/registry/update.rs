//! Applies a block's coalesced writes to the tree: each touched page is read, changed, hashed and written once.

use super::page::{self, PAGES_MAX, Page, PagePath};
use crate::{ChangeSet, KeyValue, Overlay, Space, StateError};
use std::collections::BTreeMap;
use yinglian_protocol::registry::{Subtree, key_hash};
use yinglian_protocol::{Hash, RegistryValue, Suite, limits};

/// A key hash and the hash of its value.
type Leaf = (Hash, Hash);

/// Writes encoded values under their keys; returns the new root. `root` is the root before, and pages that do not belong
/// to it are refused. `changes` may hold earlier updates, which this one then builds on.
pub fn update(
    kv: &dyn KeyValue,
    suite: Suite,
    root: &Hash,
    writes: &BTreeMap<Vec<u8>, Vec<u8>>,
    changes: &mut ChangeSet,
) -> Result<Hash, StateError> {
    let overlay = Overlay::new(kv, changes);
    let page = page::read(&overlay, &PagePath::root())?.unwrap_or_else(Page::empty);
    if page.subtree(suite).hash(suite) != *root {
        return Err(StateError::Corrupt { what: "registry root page" });
    }
    if writes.is_empty() {
        return Ok(*root);
    }
    let mut leaves = BTreeMap::new();
    for (key, value) in writes {
        check_length("key", key, limits::REGISTRY_KEY_BYTES_MAX)?;
        check_length("value", value, limits::REGISTRY_VALUE_BYTES_MAX)?;
        leaves.insert(key_hash(suite, key), RegistryValue::hash_bytes(suite, value));
    }
    let leaves: Vec<Leaf> = leaves.into_iter().collect();
    let mut pages = ChangeSet::new();
    let mut update = Update { kv: &overlay, suite, pages: &mut pages };
    let root = update.write(&PagePath::root(), page, &leaves)?.hash(suite);
    for (key, value) in writes {
        pages.put(Space::RegistryValues, key.clone(), value.clone());
    }
    changes.extend(pages);
    Ok(root)
}

fn check_length(what: &'static str, bytes: &[u8], limit_bytes: usize) -> Result<(), StateError> {
    if bytes.len() > limit_bytes {
        return Err(StateError::TooLong { what, actual: bytes.len(), limit_bytes });
    }
    Ok(())
}

struct Update<'a> {
    kv: &'a dyn KeyValue,
    suite: Suite,
    pages: &'a mut ChangeSet,
}

impl Update<'_> {
    /// Writes leaves, ascending and all below `path`, into its page. Pages are at most 64 deep, so is the recursion.
    fn write(
        &mut self,
        path: &PagePath,
        mut page: Page,
        leaves: &[Leaf],
    ) -> Result<Subtree, StateError> {
        for group in leaves.chunk_by(|(a, _), (b, _)| path.slot(a) == path.slot(b)) {
            let Some((first, _)) = group.first() else { continue };
            let slot = path.slot(first);
            let subtree = self.slot(&path.child(slot), page.get(slot), group)?;
            page.set(slot, subtree);
        }
        page::write(self.pages, path, &page);
        Ok(page.subtree(self.suite))
    }

    /// What a slot holds once `group` is written below it.
    fn slot(
        &mut self,
        below: &PagePath,
        held: Subtree,
        group: &[Leaf],
    ) -> Result<Subtree, StateError> {
        let mut entries: BTreeMap<Hash, Hash> = BTreeMap::new();
        match held {
            Subtree::Inner { .. } => {
                let page = page::expect(self.kv, below)?;
                return self.write(below, page, group);
            }
            Subtree::Leaf { key_hash, value_hash } => {
                entries.insert(key_hash, value_hash);
            }
            Subtree::Empty => {}
        }
        entries.extend(group.iter().copied());
        if let (1, Some((key_hash, value_hash))) = (entries.len(), entries.first_key_value()) {
            return Ok(Subtree::Leaf { key_hash: *key_hash, value_hash: *value_hash });
        }
        if below.depth() >= PAGES_MAX {
            // Two keys with one hash never come this far: the map has joined them.
            return Err(StateError::Corrupt { what: "registry page" });
        }
        let entries: Vec<Leaf> = entries.into_iter().collect();
        self.write(below, Page::empty(), &entries)
    }
}
