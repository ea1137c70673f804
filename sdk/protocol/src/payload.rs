//! The payload of a block: its envelopes in order, encoded once.

use crate::{Code, Envelope, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Hash, Suite};

/// Version byte of the payload's layout.
pub const PAYLOAD_VERSION: u8 = 1;
const TAG_PAYLOAD: &str = "yinglian/payload/v1";

/// The envelopes of a block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payload {
    /// Layout version, [`PAYLOAD_VERSION`].
    pub version: u8,
    /// Envelopes in the order of execution.
    pub envelopes: Vec<Envelope>,
}

impl Payload {
    /// A payload of these envelopes.
    pub fn new(envelopes: Vec<Envelope>) -> Self {
        Self { version: PAYLOAD_VERSION, envelopes }
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a payload of at most 8 MiB and 16,000 envelopes, each within its own limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, Code> {
        let payload: Self = codec::decode_strict(bytes, limits::BLOCK_BYTES_MAX)
            .map_err(|_| Code::PAYLOAD_MALFORMED)?;
        let records = u32::try_from(payload.envelopes.len()).unwrap_or(u32::MAX);
        let in_limits = records <= limits::BLOCK_RECORDS_MAX && payload.version == PAYLOAD_VERSION;
        if in_limits { Ok(payload) } else { Err(Code::PAYLOAD_MALFORMED) }
    }

    /// Hash of the encoded payload, which the header holds.
    pub fn hash(suite: Suite, bytes: &[u8]) -> Hash {
        suite.tagged_hash(TAG_PAYLOAD, &[bytes])
    }
}
