//! The registry tree: a binary trie over hashed keys in which a subtree with one entry is that entry's leaf. Decides the
//! root of a set of entries and which proof of presence or absence holds.
//!
//! Comes in: entries, and proofs from anywhere. Goes out: roots, or the reason a proof fails. Never: storage.

mod proof;
mod subtree;
mod tree;

pub use proof::{RegistryProof, RegistryProofError, Terminal};
pub use subtree::Subtree;
pub use tree::RegistryTree;

use alloc::collections::BTreeMap;
use yinglian_crypto::{Hash, Suite};

const TAG_KEY: &str = "yinglian/registry-key/v1";

/// Where a key stands in the tree.
pub fn key_hash(suite: Suite, key: &[u8]) -> Hash {
    suite.tagged_hash(TAG_KEY, &[key])
}

/// Root of a tree without entries.
pub const EMPTY_ROOT: Hash = Hash::ZERO;

/// Root over entries (key hash, value hash) in any order; of two entries with one key the later counts.
pub fn root_from_entries(suite: Suite, entries: impl IntoIterator<Item = (Hash, Hash)>) -> Hash {
    let mut tree = RegistryTree::new(suite);
    let sorted: BTreeMap<Hash, Hash> = entries.into_iter().collect();
    for (key_hash, value_hash) in sorted {
        tree.put(key_hash, value_hash);
    }
    tree.root()
}

/// Bit `depth` of a key hash, the most significant first; true goes right. Depths from 256 have no bit.
pub fn bit(key_hash: &Hash, depth: usize) -> bool {
    let byte = key_hash.as_bytes().get(depth / 8).copied().unwrap_or(0);
    // The remainder is below 8, so the shift cannot overflow.
    byte.checked_shl(u32::try_from(depth % 8).unwrap_or(0)).unwrap_or(0) & 0x80 != 0
}
