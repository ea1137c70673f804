//! The block header: the consensus value is its hash, and the state it names is that after the block.
//!
//! Comes in: what a block commits to, or bytes. Goes out: the hash that validators vote for. Never: whether it was decided;
//! that is the [`crate::Quorum`]'s.

use crate::{DecodeError, Height, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Address, Hash, Suite};

/// Version byte of the header's layout.
pub const HEADER_VERSION: u8 = 1;
const TAG_HEADER: &str = "yinglian/header/v1";

/// Bits that every header of a chain carries.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct HeaderFlags(pub u16);

impl HeaderFlags {
    /// The chain runs a chosen clock: its times prove nothing.
    pub const TEST_CLOCK: u16 = 1;

    /// True when the chain runs a chosen clock.
    pub fn test_clock(self) -> bool {
        self.0 & Self::TEST_CLOCK != 0
    }
}

/// A block's commitment to everything before and in it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Header {
    /// Layout version, [`HEADER_VERSION`].
    pub version: u8,
    /// Suite of the chain.
    pub suite: Suite,
    /// Flags of the chain, fixed in genesis.
    pub flags: HeaderFlags,
    /// Number of the block.
    pub height: Height,
    /// Round in which the proposer built it; not later than the quorum's round.
    pub round: u32,
    /// Block time, milliseconds since 1970-01-01 UTC, later than the previous block's.
    pub time_ms: u64,
    /// Hash of the previous header; of the genesis for height 1.
    pub previous: Hash,
    /// Hash of the payload ([`crate::Payload::hash`]).
    pub payload_hash: Hash,
    /// Leaves in the log after the block.
    pub log_size: u64,
    /// Root of the log after the block.
    pub log_root: Hash,
    /// Root of the registry tree after the block.
    pub registry_root: Hash,
    /// Hash of the validator set that decides this block.
    pub validators_hash: Hash,
    /// Hash of the validator set that decides the next block.
    pub next_validators_hash: Hash,
    /// Version of the rules that executed the block.
    pub protocol_version: u32,
    /// Address of the validator that built the block.
    pub proposer: Address,
}

impl Header {
    /// The header's hash: the value that consensus decides.
    pub fn hash(&self) -> Hash {
        self.suite.tagged_hash(TAG_HEADER, &[&self.encode()])
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a header of the known layout.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let header: Self = codec::decode_strict(bytes, limits::HEADER_BYTES_MAX)?;
        if header.version == HEADER_VERSION {
            Ok(header)
        } else {
            Err(DecodeError::Malformed { what: "Header" })
        }
    }
}
