//! The log's tree: RFC 9162 section 2.1 over the suite's bare hash. Decides what a root is, which proof holds, and how a
//! tree grows from its peaks alone.
//!
//! Comes in: leaf hashes, and proofs from anywhere. Goes out: roots, or the reason a proof fails. Never: storage; whoever
//! holds the nodes makes the proofs.

mod frontier;
mod proof;

pub use frontier::Frontier;
pub use proof::{ConsistencyProof, InclusionProof, LogProofError};

use crate::codec;
use alloc::vec::Vec;
use borsh::BorshDeserialize;
use yinglian_crypto::{Hash, Suite};

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// Hash of a leaf: `H(0x00 ‖ leaf)`, RFC 9162 section 2.1.1.
pub fn leaf_hash(suite: Suite, leaf: &[u8]) -> Hash {
    suite.hash(&[&[LEAF_PREFIX], leaf])
}

/// [`leaf_hash`] of each leaf.
pub fn leaf_hashes(suite: Suite, leaves: &[&[u8]]) -> Vec<Hash> {
    let parts: Vec<[&[u8]; 2]> = leaves.iter().map(|leaf| [&[LEAF_PREFIX][..], leaf]).collect();
    suite.hash_many(&parts)
}

/// Hash of an inner node: `H(0x01 ‖ left ‖ right)`, 65 bytes.
pub fn node_hash(suite: Suite, left: &Hash, right: &Hash) -> Hash {
    suite.hash(&[&[NODE_PREFIX], left.as_bytes(), right.as_bytes()])
}

/// Hashes of the inner nodes over pairs of neighbours: the next level of a tree. A last hash without neighbour is left out.
pub fn node_hashes(suite: Suite, level: &[Hash]) -> Vec<Hash> {
    suite.hash_pairs(NODE_PREFIX, level)
}

/// Root of a log without leaves: the hash of the empty string.
pub fn empty_root(suite: Suite) -> Hash {
    suite.hash(&[])
}

/// Root over leaf hashes in their order.
pub fn root(suite: Suite, leaf_hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::new();
    for leaf_hash in leaf_hashes {
        frontier.append(suite, leaf_hash);
    }
    frontier.root(suite)
}

/// Reads a list of hashes whose length is checked before anything is read for it.
pub(crate) fn read_hashes<R: borsh::io::Read>(
    reader: &mut R,
    hashes_max: usize,
) -> borsh::io::Result<Vec<Hash>> {
    let count = u32::deserialize_reader(reader)?;
    if usize::try_from(count).map_or(true, |count| count > hashes_max) {
        return Err(codec::invalid("too many hashes"));
    }
    (0..count).map(|_| Hash::deserialize_reader(reader)).collect()
}
