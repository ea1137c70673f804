//! One page: sixteen slots under a path of nibbles. A slot holds nothing, the only entry below it, or the hash of the
//! page below it; the levels in between are hashed when asked for.

use crate::{ChangeSet, KeyValue, Space, StateError};
use yinglian_protocol::registry::Subtree;
use yinglian_protocol::{Hash, Suite};

/// Slots of a page.
pub(super) const SLOTS: usize = 16;
/// Levels of the tree that a page spans.
pub(super) const PAGE_LEVELS: usize = 4;
/// Pages on the longest way: a key hash has 64 nibbles.
pub(super) const PAGES_MAX: usize = 64;
const HASH_BYTES: usize = 32;
const CORRUPT: StateError = StateError::Corrupt { what: "registry page" };

const KIND_EMPTY: u32 = 0;
const KIND_LEAF: u32 = 1;
const KIND_INNER: u32 = 2;

/// Where a page stands: the nibbles that its keys share.
#[derive(Debug, Clone)]
pub(super) struct PagePath {
    nibbles: Vec<u8>,
}

impl PagePath {
    pub(super) fn root() -> Self {
        Self { nibbles: Vec::new() }
    }

    /// The page below one slot.
    pub(super) fn child(&self, slot: usize) -> Self {
        let mut nibbles = self.nibbles.clone();
        nibbles.push(u8::try_from(slot).unwrap_or(0));
        Self { nibbles }
    }

    /// Nibbles above the page.
    pub(super) fn depth(&self) -> usize {
        self.nibbles.len()
    }

    /// Slot of a key hash in this page.
    pub(super) fn slot(&self, key_hash: &Hash) -> usize {
        nibble(key_hash, self.depth())
    }

    /// Depth ‖ nibbles, two a byte, the last padded with zero.
    fn key(&self) -> Vec<u8> {
        let mut key = vec![u8::try_from(self.nibbles.len()).unwrap_or(u8::MAX)];
        key.extend(self.nibbles.chunks(2).map(|pair| match pair {
            [high, low] => high.wrapping_shl(4) | low,
            [high] => high.wrapping_shl(4),
            _ => 0,
        }));
        key
    }
}

/// Nibble of a key hash, the most significant first.
pub(super) fn nibble(key_hash: &Hash, depth: usize) -> usize {
    let byte = key_hash.0.get(depth / 2).copied().unwrap_or(0);
    usize::from(if depth.is_multiple_of(2) { byte.wrapping_shr(4) } else { byte & 0x0f })
}

/// Sixteen slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    slots: [Subtree; SLOTS],
}

impl Page {
    pub(super) fn empty() -> Self {
        Self { slots: [Subtree::Empty; SLOTS] }
    }

    pub(super) fn get(&self, slot: usize) -> Subtree {
        self.slots.get(slot).copied().unwrap_or(Subtree::Empty)
    }

    pub(super) fn set(&mut self, slot: usize, subtree: Subtree) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = subtree;
        }
    }

    /// What the page amounts to for the page above.
    pub(super) fn subtree(&self, suite: Suite) -> Subtree {
        let top = self.levels(suite).pop().and_then(|level| level.first().copied());
        top.unwrap_or(Subtree::Empty)
    }

    /// The nodes of the page level by level: 16 slots first, the single top node last.
    pub(super) fn levels(&self, suite: Suite) -> Vec<Vec<Subtree>> {
        let mut levels = vec![self.slots.to_vec()];
        for _ in 0..PAGE_LEVELS {
            let below = levels.last().map(Vec::as_slice).unwrap_or_default();
            let (pairs, _) = below.as_chunks::<2>();
            let above = pairs.iter().map(|[left, right]| Subtree::join(suite, *left, *right));
            levels.push(above.collect());
        }
        levels
    }

    /// 2 bits a slot for its kind, then the hashes of the slots that are not empty.
    fn encode(&self) -> Vec<u8> {
        let mut kinds = 0_u32;
        let mut hashes = Vec::new();
        for slot in self.slots.iter().rev() {
            let kind = match slot {
                Subtree::Empty => KIND_EMPTY,
                Subtree::Leaf { .. } => KIND_LEAF,
                Subtree::Inner { .. } => KIND_INNER,
            };
            kinds = kinds.wrapping_shl(2) | kind;
        }
        for slot in &self.slots {
            match slot {
                Subtree::Empty => {}
                Subtree::Leaf { key_hash, value_hash } => {
                    hashes.extend_from_slice(&key_hash.0);
                    hashes.extend_from_slice(&value_hash.0);
                }
                Subtree::Inner { hash } => hashes.extend_from_slice(&hash.0),
            }
        }
        let mut bytes = kinds.to_le_bytes().to_vec();
        bytes.append(&mut hashes);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let (kinds, rest) = bytes.split_first_chunk::<4>().ok_or(CORRUPT)?;
        let (hashes, odd) = rest.as_chunks::<HASH_BYTES>();
        let mut hashes = hashes.iter().copied().map(Hash);
        let mut kinds = u32::from_le_bytes(*kinds);
        let mut page = Self::empty();
        for place in &mut page.slots {
            let mut next = || hashes.next().ok_or(CORRUPT);
            *place = match kinds & 3 {
                KIND_EMPTY => Subtree::Empty,
                KIND_LEAF => Subtree::Leaf { key_hash: next()?, value_hash: next()? },
                KIND_INNER => Subtree::Inner { hash: next()? },
                _ => return Err(CORRUPT),
            };
            kinds = kinds.wrapping_shr(2);
        }
        if odd.is_empty() && hashes.next().is_none() { Ok(page) } else { Err(CORRUPT) }
    }
}

/// The stored page at a path.
pub(super) fn read(kv: &dyn KeyValue, path: &PagePath) -> Result<Option<Page>, StateError> {
    let bytes = kv.get(Space::RegistryPages, &path.key())?;
    bytes.map(|bytes| Page::decode(&bytes)).transpose()
}

/// The stored page at a path that a slot above names.
pub(super) fn expect(kv: &dyn KeyValue, path: &PagePath) -> Result<Page, StateError> {
    if path.depth() >= PAGES_MAX {
        return Err(CORRUPT);
    }
    read(kv, path)?.ok_or(CORRUPT)
}

/// Replaces the page at a path.
pub(super) fn write(changes: &mut ChangeSet, path: &PagePath, page: &Page) {
    changes.put(Space::RegistryPages, path.key(), page.encode());
}
