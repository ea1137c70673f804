//! Hashing with the suite's function, bare and under a domain tag.
//!
//! Comes in: pieces of bytes. Goes out: the hash of their concatenation. Never: the heap, or separators between the pieces;
//! who needs borders encodes them.
use crate::{Hash, Suite};
use sha2::{Digest, Sha256};
use sm3::Sm3;

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
            Inner::Sm3(state) => Hash(state.finalize().into()),
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
            Self::National => Hash(absorb(Sm3::new(), parts).finalize().into()),
            Self::International => Hash(absorb(Sha256::new(), parts).finalize().into()),
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

fn absorb<D: Digest>(mut state: D, parts: &[&[u8]]) -> D {
    parts.iter().for_each(|part| state.update(part));
    state
}
