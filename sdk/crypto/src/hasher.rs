//! Hashing with the suite's function, bare and under a domain tag, one message or many side by side.
//!
//! Comes in: pieces of bytes. Goes out: the hash of their concatenation. Never: separators between the pieces; who needs borders
//! encodes them.
use crate::{Hash, Suite};
use alloc::vec::Vec;
use sha2::{Digest, Sha256};
use yinglian_gm::sm3::{self, Sm3};

/// A hash that is fed piece by piece.
#[derive(Clone)]
pub struct Hasher(Inner);

#[derive(Clone)]
enum Inner {
    Sm3(Sm3),
    Sha256(Sha256),
}

impl Hasher {
    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::Sm3(state) => state.update(bytes),
            Inner::Sha256(state) => state.update(bytes),
        }
    }

    /// The hash of everything appended.
    pub fn finalize(self) -> Hash {
        match self.0 {
            Inner::Sm3(state) => Hash(state.finalize()),
            Inner::Sha256(state) => Hash(state.finalize().into()),
        }
    }
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The state may have absorbed a secret.
        formatter.write_str("Hasher")
    }
}

impl Suite {
    /// An empty hash state.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::National => Inner::Sm3(Sm3::new()),
            Self::International => Inner::Sha256(Sha256::new()),
        })
    }

    /// A hash state that has taken the domain tag: one byte of length, then the tag.
    ///
    /// Tags are constants of at most 255 bytes.
    pub fn tagged_hasher(self, tag: &str) -> Hasher {
        debug_assert!(tag.len() <= 255, "a domain tag has at most 255 bytes");
        let mut hasher = self.hasher();
        hasher.update(&[u8::try_from(tag.len()).unwrap_or(u8::MAX)]);
        hasher.update(tag.as_bytes());
        hasher
    }

    /// The bare hash of the concatenation of `parts`.
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        // One branch for all parts: the log hashes millions of 65-byte nodes through here.
        match self {
            Self::National => Hash(sm3::sm3(parts)),
            Self::International => Hash(sha256(parts)),
        }
    }

    /// The bare hash of each message, of which each is the concatenation of its parts. The national suite hashes up to sixteen
    /// side by side; messages of like length cost least.
    pub fn hash_many<const N: usize>(self, messages: &[[&[u8]; N]]) -> Vec<Hash> {
        match self {
            Self::National => hashes(sm3::digest_parts_many(messages)),
            Self::International => messages.iter().map(|parts| Hash(sha256(parts))).collect(),
        }
    }

    /// The hash of each pair of neighbours under one byte of prefix, H(prefix ‖ left ‖ right): one level of a tree. A last hash
    /// without neighbour is left out.
    pub fn hash_pairs(self, prefix: u8, level: &[Hash]) -> Vec<Hash> {
        match self {
            Self::National => {
                let pairs: Vec<[u8; 64]> = level.as_chunks().0.iter().map(pair).collect();
                hashes(sm3::tagged_nodes(prefix, &pairs))
            }
            Self::International => {
                let hash =
                    |[left, right]: &[Hash; 2]| Hash(sha256(&[&[prefix], &left.0, &right.0]));
                level.as_chunks().0.iter().map(hash).collect()
            }
        }
    }

    /// The hash under a domain tag: H(length of tag as one byte ‖ tag ‖ parts).
    ///
    /// Two values under different tags never share the bytes that are hashed, whatever they are.
    pub fn tagged_hash(self, tag: &str, parts: &[&[u8]]) -> Hash {
        let mut hasher = self.tagged_hasher(tag);
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finalize()
    }
}

impl Suite {
    /// [`Suite::tagged_hash`] of each message.
    pub fn tagged_hash_many(self, tag: &str, messages: &[&[u8]]) -> Vec<Hash> {
        debug_assert!(tag.len() <= 255, "a domain tag has at most 255 bytes");
        let length = [u8::try_from(tag.len()).unwrap_or(u8::MAX)];
        let parts: Vec<_> =
            messages.iter().map(|message| [&length[..], tag.as_bytes(), message]).collect();
        self.hash_many(&parts)
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into()
}

fn hashes(digests: Vec<[u8; 32]>) -> Vec<Hash> {
    digests.into_iter().map(Hash).collect()
}

fn pair([left, right]: &[Hash; 2]) -> [u8; 64] {
    let mut bytes = [0; 64];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    bytes
}
