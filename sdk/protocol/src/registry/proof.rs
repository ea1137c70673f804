//! Proof that the registry holds a key with a value, or does not hold the key.

use super::subtree::{inner_hash, leaf_hash};
use super::{bit, key_hash};
use crate::{limits, log::read_hashes};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize};
use yinglian_crypto::{Hash, Suite};

/// The way from the place of a key up to the root.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RegistryProof {
    /// Hashes of the sibling subtrees, from the terminal upward; at most [`limits::REGISTRY_PATH_MAX`].
    #[borsh(deserialize_with = "read_siblings")]
    #[serde(deserialize_with = "deserialize_siblings")]
    pub siblings: Vec<Hash>,
    /// What stands where the way of the key ends.
    pub terminal: Terminal,
}

/// End of a key's way through the tree.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terminal {
    /// A subtree without entries: the key is absent.
    Empty,
    /// A single entry: the key's own, or another's, which proves the key absent.
    Leaf {
        /// Hash of the entry's key.
        key_hash: Hash,
        /// Hash of the entry's value.
        value_hash: Hash,
    },
}

/// Why a proof about the registry does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistryProofError {
    /// More siblings than a key hash has bits.
    #[error("the proof has more siblings than a key hash has bits")]
    PathLength,
    /// The entry at the end does not lie on the way of the key.
    #[error("the entry at the end of the path does not lie on the way of the key")]
    Terminal,
    /// The proof shows that the key is absent, where presence was claimed.
    #[error("the registry does not hold the key")]
    Absent,
    /// The proof shows that the key is present, where absence was claimed.
    #[error("the registry holds the key")]
    Present,
    /// The key has another value.
    #[error("the registry holds another value under the key")]
    Value,
    /// The path leads to another root.
    #[error("the path leads to another root")]
    Root,
}

impl RegistryProof {
    /// Checks that under `root` the key has the value with this hash (`Some`) or is absent (`None`).
    pub fn verify(
        &self,
        suite: Suite,
        root: &Hash,
        key: &[u8],
        value_hash: Option<&Hash>,
    ) -> Result<(), RegistryProofError> {
        let wanted = key_hash(suite, key);
        let (found, derived) = self.resolve(suite, &wanted)?;
        if derived != *root {
            return Err(RegistryProofError::Root);
        }
        match (found, value_hash) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(RegistryProofError::Absent),
            (Some(_), None) => Err(RegistryProofError::Present),
            (Some(found), Some(value_hash)) if found == *value_hash => Ok(()),
            (Some(_), Some(_)) => Err(RegistryProofError::Value),
        }
    }

    /// What the proof says of a key hash (its value hash, or none), and the root under which it says so.
    pub fn resolve(
        &self,
        suite: Suite,
        wanted: &Hash,
    ) -> Result<(Option<Hash>, Hash), RegistryProofError> {
        let depth = self.siblings.len();
        if depth > limits::REGISTRY_PATH_MAX {
            return Err(RegistryProofError::PathLength);
        }
        let (found, mut hash) = match &self.terminal {
            Terminal::Empty => (None, Hash::ZERO),
            Terminal::Leaf { key_hash, value_hash } => {
                if (0..depth).any(|level| bit(key_hash, level) != bit(wanted, level)) {
                    return Err(RegistryProofError::Terminal);
                }
                let found = (key_hash == wanted).then_some(*value_hash);
                (found, leaf_hash(suite, key_hash, value_hash))
            }
        };
        for (level, sibling) in (0..depth).rev().zip(&self.siblings) {
            hash = if bit(wanted, level) {
                inner_hash(suite, sibling, &hash)
            } else {
                inner_hash(suite, &hash, sibling)
            };
        }
        Ok((found, hash))
    }
}

fn read_siblings<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Vec<Hash>> {
    read_hashes(reader, limits::REGISTRY_PATH_MAX)
}

fn deserialize_siblings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
    let siblings = <Vec<Hash> as Deserialize>::deserialize(deserializer)?;
    if siblings.len() > limits::REGISTRY_PATH_MAX {
        return Err(serde::de::Error::custom("more siblings than a key hash has bits"));
    }
    Ok(siblings)
}
