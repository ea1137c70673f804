//! The whole tree in memory, for whoever replays a chain: entries go in, roots come out, and only what changed since the
//! last root is hashed again.

use super::bit;
use super::subtree::{inner_hash, leaf_hash};
use crate::limits;
use alloc::boxed::Box;
use yinglian_crypto::{Hash, Suite};

/// A registry tree in memory. Entries are replaced, never removed: the chain's registry has no removal.
#[derive(Debug, Clone)]
pub struct RegistryTree {
    suite: Suite,
    root: Node,
    entries: u64,
}

#[derive(Debug, Clone)]
enum Node {
    Empty,
    Leaf(Leaf),
    Inner(Box<Inner>),
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    key_hash: Hash,
    value_hash: Hash,
    hash: Hash,
}

#[derive(Debug, Clone)]
struct Inner {
    left: Node,
    right: Node,
    /// None when an entry below has changed since the hash was taken.
    hash: Option<Hash>,
}

impl RegistryTree {
    /// A tree without entries.
    pub fn new(suite: Suite) -> Self {
        Self { suite, root: Node::Empty, entries: 0 }
    }

    /// Number of entries.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Sets the value hash of a key hash.
    pub fn put(&mut self, key_hash: Hash, value_hash: Hash) {
        let leaf =
            Leaf { key_hash, value_hash, hash: leaf_hash(self.suite, &key_hash, &value_hash) };
        let mut node = &mut self.root;
        for depth in 0..=limits::REGISTRY_PATH_MAX {
            node.split_unless_own(&key_hash, depth);
            match node {
                Node::Inner(inner) => {
                    inner.hash = None;
                    node = inner.child_mut(&key_hash, depth);
                }
                Node::Empty => {
                    *node = Node::Leaf(leaf);
                    self.entries = self.entries.saturating_add(1);
                    return;
                }
                Node::Leaf(own) => {
                    *own = leaf;
                    return;
                }
            }
        }
    }

    /// Value hash of a key hash.
    pub fn get(&self, key_hash: &Hash) -> Option<Hash> {
        let mut node = &self.root;
        for depth in 0..=limits::REGISTRY_PATH_MAX {
            match node {
                Node::Inner(inner) => node = inner.child(key_hash, depth),
                Node::Leaf(leaf) if leaf.key_hash == *key_hash => return Some(leaf.value_hash),
                Node::Leaf(_) | Node::Empty => return None,
            }
        }
        None
    }

    /// Root of the tree; hashes what has changed since the last call.
    pub fn root(&mut self) -> Hash {
        self.root.hash(self.suite)
    }
}

impl Node {
    /// Turns the leaf of another key into an inner node above it.
    fn split_unless_own(&mut self, key_hash: &Hash, depth: usize) {
        let Self::Leaf(leaf) = self else {
            return;
        };
        let leaf = *leaf;
        if leaf.key_hash == *key_hash {
            return;
        }
        let mut inner = Inner { left: Self::Empty, right: Self::Empty, hash: None };
        *inner.child_mut(&leaf.key_hash, depth) = Self::Leaf(leaf);
        *self = Self::Inner(Box::new(inner));
    }

    fn hash(&mut self, suite: Suite) -> Hash {
        match self {
            Self::Empty => Hash::ZERO,
            Self::Leaf(leaf) => leaf.hash,
            Self::Inner(inner) => inner.hash(suite),
        }
    }
}

impl Inner {
    fn child(&self, key_hash: &Hash, depth: usize) -> &Node {
        if bit(key_hash, depth) { &self.right } else { &self.left }
    }

    fn child_mut(&mut self, key_hash: &Hash, depth: usize) -> &mut Node {
        if bit(key_hash, depth) { &mut self.right } else { &mut self.left }
    }

    /// Depth is at most 256, so the recursion is bounded.
    fn hash(&mut self, suite: Suite) -> Hash {
        if let Some(hash) = self.hash {
            return hash;
        }
        let hash = inner_hash(suite, &self.left.hash(suite), &self.right.hash(suite));
        self.hash = Some(hash);
        hash
    }
}
