//! The envelope: one signed call of a contract. No nonce; its id and its expiry prevent replay (spec 1).
//!
//! Comes in: the parts of a call, or bytes. Goes out: the bytes to sign, id and hash. Never: a check of the signature; that
//! needs the sender's key.

use crate::{Code, EnvelopeHash, EnvelopeId, GenesisHash, Name, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Address, Signature, Suite};

/// Version byte of the body's layout.
pub const ENVELOPE_FORMAT: u8 = 1;
const TAG_SIGN: &str = "yinglian/envelope-sign/v1";
pub(crate) const TAG_ID: &str = "yinglian/envelope-id/v1";
pub(crate) const TAG_HASH: &str = "yinglian/envelope-hash/v1";

/// What the sender signs.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EnvelopeBody {
    /// Layout version, [`ENVELOPE_FORMAT`].
    pub format: u8,
    /// Contract called.
    pub contract: Name,
    /// Method called.
    pub method: Name,
    /// Version of the method's argument layout.
    pub method_version: u16,
    /// Borsh-encoded arguments.
    pub arguments: Vec<u8>,
    /// Address of the key that signs.
    pub sender: Address,
    /// Last block time at which the envelope may enter a block, milliseconds since 1970-01-01 UTC.
    pub valid_until_ms: u64,
    /// Makes two otherwise equal bodies differ.
    pub random: [u8; 16],
}

/// A body and its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Envelope {
    /// The signed body.
    pub body: EnvelopeBody,
    /// Signature over [`EnvelopeBody::signing_bytes`].
    pub signature: Signature,
}

impl EnvelopeBody {
    /// `tag ‖ genesis hash ‖ body`: the bytes that the sender signs.
    pub fn signing_bytes(&self, genesis: &GenesisHash) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TAG_SIGN.len().saturating_add(512));
        bytes.extend_from_slice(TAG_SIGN.as_bytes());
        bytes.extend_from_slice(genesis.0.as_bytes());
        bytes.extend_from_slice(&codec::encode(self));
        bytes
    }

    /// The key of deduplication: hash of the body without the signature.
    pub fn id(&self, suite: Suite) -> EnvelopeId {
        EnvelopeId(suite.tagged_hash(TAG_ID, &[&codec::encode(self)]))
    }
}

impl Envelope {
    /// Decodes an envelope of at most 64 KiB; refuses other formats.
    pub fn decode(bytes: &[u8]) -> Result<Self, Code> {
        if bytes.len() > limits::ENVELOPE_BYTES_MAX {
            return Err(Code::ENVELOPE_TOO_LARGE);
        }
        let envelope: Self = codec::decode_strict(bytes, limits::ENVELOPE_BYTES_MAX)
            .map_err(|_| Code::ENVELOPE_MALFORMED)?;
        if envelope.body.format != ENVELOPE_FORMAT {
            return Err(Code::ENVELOPE_FORMAT_UNKNOWN);
        }
        Ok(envelope)
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Hash of body and signature: what payloads, leaves and verification caches name.
    pub fn hash(&self, suite: Suite) -> EnvelopeHash {
        EnvelopeHash(suite.tagged_hash(TAG_HASH, &[&codec::encode(self)]))
    }
}
