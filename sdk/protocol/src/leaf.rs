//! The leaf that every decided envelope appends to the log.

use crate::{CreditCode, EnvelopeHash, Height, codec, log};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Address, Hash, Suite};

/// Version byte of the leaf's layout.
pub const LEAF_VERSION: u8 = 1;

/// Who recorded what, when, and with which outcome.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Leaf {
    /// Layout version, [`LEAF_VERSION`].
    pub version: u8,
    /// Hash of the envelope with its signature.
    pub envelope_hash: EnvelopeHash,
    /// Address that signed.
    pub sender: Address,
    /// Organisation that the sender's key belonged to when the envelope was executed.
    pub organization: CreditCode,
    /// Block that holds the envelope.
    pub height: Height,
    /// Index in the block, from 0.
    pub index: u32,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Hash of the outcome.
    pub outcome_hash: Hash,
}

impl Leaf {
    /// `H(0x00 ‖ leaf)`, RFC 9162 section 2.1.1 over the bare hash.
    pub fn hash(&self, suite: Suite) -> Hash {
        log::leaf_hash(suite, &self.encode())
    }

    /// [`Leaf::hash`] of each leaf, several side by side.
    pub fn hash_many(suite: Suite, leaves: &[Self]) -> Vec<Hash> {
        let encoded: Vec<_> = leaves.iter().map(Self::encode).collect();
        let encoded: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
        log::leaf_hashes(suite, &encoded)
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}
