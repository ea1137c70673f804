//! What a part of the tree amounts to for the part above it.

use yinglian_crypto::{Hash, Suite};

/// A subtree as its parent sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subtree {
    /// No entry.
    Empty,
    /// Exactly one entry, whatever the depth.
    Leaf {
        /// Hash of the entry's key.
        key_hash: Hash,
        /// Hash of the entry's value.
        value_hash: Hash,
    },
    /// Two entries or more.
    Inner {
        /// Hash of the subtree.
        hash: Hash,
    },
}

impl Subtree {
    /// Hash of the subtree: 32 zero bytes, `H(0x00 ‖ key hash ‖ value hash)`, or the inner hash.
    pub fn hash(&self, suite: Suite) -> Hash {
        match self {
            Self::Empty => Hash::ZERO,
            Self::Leaf { key_hash, value_hash } => leaf_hash(suite, key_hash, value_hash),
            Self::Inner { hash } => *hash,
        }
    }

    /// The subtree over two halves. One entry stays a leaf however deep it stood.
    pub fn join(suite: Suite, left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (leaf @ Self::Leaf { .. }, Self::Empty) | (Self::Empty, leaf @ Self::Leaf { .. }) => {
                leaf
            }
            (left, right) => {
                Self::Inner { hash: inner_hash(suite, &left.hash(suite), &right.hash(suite)) }
            }
        }
    }
}

/// `H(0x00 ‖ key hash ‖ value hash)`.
pub(super) fn leaf_hash(suite: Suite, key_hash: &Hash, value_hash: &Hash) -> Hash {
    suite.hash(&[&[0x00], key_hash.as_bytes(), value_hash.as_bytes()])
}

/// `H(0x01 ‖ left ‖ right)`.
pub(super) fn inner_hash(suite: Suite, left: &Hash, right: &Hash) -> Hash {
    suite.hash(&[&[0x01], left.as_bytes(), right.as_bytes()])
}
