//! A value of the registry tree. Its head links it to the write before it, so that the current value's proof and the
//! chain of leaves backwards prove an object's whole history (spec 2).

use crate::{DecodeError, LogPosition, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Hash, Suite};

const TAG_VALUE: &str = "yinglian/registry-value/v1";

/// Head and body of a registry value.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistryValue {
    /// Layout of the body, chosen by the contract that owns the key.
    pub schema: u16,
    /// Writes of this key so far, from 1.
    pub version: u64,
    /// Log position of the envelope that wrote it; none for genesis.
    pub written_at: Option<LogPosition>,
    /// Log position of the write before; none for the first write or one that follows genesis.
    pub previous_at: Option<LogPosition>,
    /// Hash of the value before, or zeros.
    pub previous_hash: Hash,
    /// Borsh-encoded object.
    pub body: Vec<u8>,
}

impl RegistryValue {
    /// Hash that outcomes and the tree hold.
    pub fn hash(&self, suite: Suite) -> Hash {
        Self::hash_bytes(suite, &self.encode())
    }

    /// The same over encoded bytes.
    pub fn hash_bytes(suite: Suite, bytes: &[u8]) -> Hash {
        suite.tagged_hash(TAG_VALUE, &[bytes])
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a value within its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_strict(bytes, limits::REGISTRY_VALUE_BYTES_MAX)
    }
}
