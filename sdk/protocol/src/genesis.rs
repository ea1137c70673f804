//! The genesis: what names a chain. Its hash is in every signed byte and is the trust root of a verifier.

use crate::{DecodeError, GenesisHash, HeaderFlags, codec};
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Hash, Suite};

/// Version byte of the genesis' layout.
pub const GENESIS_VERSION: u8 = 1;
const TAG_GENESIS: &str = "yinglian/genesis/v1";
const GENESIS_BYTES_MAX: usize = 1024;

/// Commits to the first state of a chain. The documents it was made from are data beside it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Genesis {
    /// Layout version, [`GENESIS_VERSION`].
    pub version: u8,
    /// Suite of the chain.
    pub suite: Suite,
    /// Flags that every header carries.
    pub flags: HeaderFlags,
    /// Name of the chain, for people.
    pub name: String,
    /// Time of the genesis, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Root of the registry tree before block 1.
    pub registry_root: Hash,
    /// Hash of the validator set that decides block 1.
    pub validators_hash: Hash,
    /// Version of the rules that block 1 runs under.
    pub protocol_version: u32,
}

impl Genesis {
    /// Hash that names the chain.
    pub fn hash(&self) -> GenesisHash {
        GenesisHash(self.suite.tagged_hash(TAG_GENESIS, &[&self.encode()]))
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a genesis of the known layout.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let genesis: Self = codec::decode_strict(bytes, GENESIS_BYTES_MAX)?;
        if genesis.version == GENESIS_VERSION && genesis.name.len() <= 128 {
            Ok(genesis)
        } else {
            Err(DecodeError::Malformed { what: "Genesis" })
        }
    }
}
