//! Inclusion and consistency proofs, verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.

use super::{empty_root, node_hash, read_hashes};
use crate::limits;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize};
use yinglian_crypto::{Hash, Suite};

/// Proves that a leaf is in the log of `size` leaves.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct InclusionProof {
    /// Leaves of the log that the root covers.
    pub size: u64,
    /// Position of the leaf, from 0.
    pub index: u64,
    /// Hashes of the sibling subtrees, from the leaf upward; at most [`limits::PROOF_PATH_MAX`].
    #[borsh(deserialize_with = "read_path")]
    #[serde(deserialize_with = "deserialize_path")]
    pub path: Vec<Hash>,
}

/// Proves that the log of `new_size` leaves begins with the log of `old_size` leaves.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// Leaves of the earlier log.
    pub old_size: u64,
    /// Leaves of the later log.
    pub new_size: u64,
    /// The nodes of RFC 9162 section 2.1.4.1 in its order; at most [`limits::PROOF_PATH_MAX`].
    #[borsh(deserialize_with = "read_path")]
    #[serde(deserialize_with = "deserialize_path")]
    pub path: Vec<Hash>,
}

/// Why a proof about the log does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogProofError {
    /// The position lies outside the log.
    #[error("leaf {index} is outside a log of {size} leaves")]
    Index {
        /// Position claimed.
        index: u64,
        /// Leaves of the log.
        size: u64,
    },
    /// The later log is smaller than the earlier one.
    #[error("a log of {new_size} leaves cannot extend one of {old_size}")]
    Sizes {
        /// Leaves of the earlier log.
        old_size: u64,
        /// Leaves of the later log.
        new_size: u64,
    },
    /// The path has more or fewer nodes than the sizes ask for.
    #[error("the path does not have the length that the sizes ask for")]
    PathLength,
    /// The path leads to another root.
    #[error("the path leads to another root")]
    Root,
    /// The path leads to another root of the earlier log.
    #[error("the path leads to another root of the earlier log")]
    OldRoot,
}

impl InclusionProof {
    /// Checks that the leaf with this hash is at `index` of the log with this root.
    pub fn verify(&self, suite: Suite, leaf_hash: &Hash, root: &Hash) -> Result<(), LogProofError> {
        if self.root(suite, leaf_hash)? == *root { Ok(()) } else { Err(LogProofError::Root) }
    }

    /// The root that the path leads to from the leaf.
    pub fn root(&self, suite: Suite, leaf_hash: &Hash) -> Result<Hash, LogProofError> {
        if self.path.len() > limits::PROOF_PATH_MAX {
            return Err(LogProofError::PathLength);
        }
        let last = self.size.checked_sub(1).filter(|last| self.index <= *last);
        let Some(last) = last else {
            return Err(LogProofError::Index { index: self.index, size: self.size });
        };
        let mut climb = Climb { node: self.index, last };
        let mut hash = *leaf_hash;
        for sibling in &self.path {
            hash = match climb.step()? {
                Side::Left => node_hash(suite, sibling, &hash),
                Side::Right => node_hash(suite, &hash, sibling),
            };
        }
        if climb.last == 0 { Ok(hash) } else { Err(LogProofError::PathLength) }
    }
}

impl ConsistencyProof {
    /// Checks that the log with `new_root` begins with the log that had `old_root`. An empty log is the beginning of
    /// every log; a log is the beginning of itself; both with an empty path.
    pub fn verify(
        &self,
        suite: Suite,
        old_root: &Hash,
        new_root: &Hash,
    ) -> Result<(), LogProofError> {
        if self.path.len() > limits::PROOF_PATH_MAX {
            return Err(LogProofError::PathLength);
        }
        if self.old_size > self.new_size {
            return Err(LogProofError::Sizes { old_size: self.old_size, new_size: self.new_size });
        }
        if self.old_size == 0 || self.old_size == self.new_size {
            return self.verify_trivial(suite, old_root, new_root);
        }
        let (old, new) = self.roots(suite, old_root)?;
        if old != *old_root {
            Err(LogProofError::OldRoot)
        } else if new != *new_root {
            Err(LogProofError::Root)
        } else {
            Ok(())
        }
    }

    fn verify_trivial(
        &self,
        suite: Suite,
        old_root: &Hash,
        new_root: &Hash,
    ) -> Result<(), LogProofError> {
        if !self.path.is_empty() {
            return Err(LogProofError::PathLength);
        }
        if self.old_size == 0 && *old_root != empty_root(suite) {
            return Err(LogProofError::OldRoot);
        }
        if self.old_size == self.new_size && old_root != new_root {
            return Err(LogProofError::Root);
        }
        Ok(())
    }

    /// Both roots as the path gives them, for `0 < old_size < new_size`.
    fn roots(&self, suite: Suite, old_root: &Hash) -> Result<(Hash, Hash), LogProofError> {
        let mut climb =
            Climb { node: self.old_size.saturating_sub(1), last: self.new_size.saturating_sub(1) };
        let mut path = self.path.iter();
        // A complete old log is a node of the new one: the path leaves it out.
        let start = if self.old_size.is_power_of_two() {
            old_root
        } else {
            path.next().ok_or(LogProofError::PathLength)?
        };
        climb.skip_right_nodes();
        let (mut old, mut new) = (*start, *start);
        for node in path {
            match climb.step()? {
                Side::Left => {
                    old = node_hash(suite, node, &old);
                    new = node_hash(suite, node, &new);
                }
                Side::Right => new = node_hash(suite, &new, node),
            }
        }
        if climb.last == 0 { Ok((old, new)) } else { Err(LogProofError::PathLength) }
    }
}

/// On which side the next node of a path stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its index and the last index at its level (`fn` and `sn` of RFC 9162).
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self) -> Result<Side, LogProofError> {
        if self.last == 0 {
            return Err(LogProofError::PathLength);
        }
        let is_right = self.node & 1 == 1;
        let side = if is_right || self.node == self.last {
            if !is_right {
                // The right edge has no sibling at these levels.
                self.up(self.node.trailing_zeros());
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up(1);
        Ok(side)
    }

    fn skip_right_nodes(&mut self) {
        self.up(self.node.trailing_ones());
    }

    fn up(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }
}

fn read_path<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Vec<Hash>> {
    read_hashes(reader, limits::PROOF_PATH_MAX)
}

fn deserialize_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
    let path = <Vec<Hash> as Deserialize>::deserialize(deserializer)?;
    if path.len() > limits::PROOF_PATH_MAX {
        return Err(serde::de::Error::custom("the path is longer than 64 nodes"));
    }
    Ok(path)
}
