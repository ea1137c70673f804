//! Signatures and keys as the engine stores and compares them.

use core::convert::Infallible;
use core::fmt;
use malachite::app::types::core::SigningScheme;
use yinglian_protocol::{PublicKey, Signature, codec};

/// A signature of either suite: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoteSignature(pub [u8; 64]);

impl fmt::Debug for VoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VoteSignature({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

impl From<Signature> for VoteSignature {
    fn from(signature: Signature) -> Self {
        Self(signature.0)
    }
}

impl From<VoteSignature> for Signature {
    fn from(signature: VoteSignature) -> Self {
        Self(signature.0)
    }
}

/// Why bytes are no signature or key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {what}")]
pub struct SchemeError {
    /// What was expected.
    pub what: &'static str,
}

/// The signing scheme: the algorithm is in the key, so SM2 and Ed25519 are one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme;

impl SigningScheme for Scheme {
    type DecodingError = SchemeError;
    type Signature = VoteSignature;
    type PublicKey = PublicKey;
    // Private keys stay behind `yinglian_crypto::Signer`; the engine never holds one.
    type PrivateKey = NoPrivateKey;

    fn decode_signature(bytes: &[u8]) -> Result<VoteSignature, SchemeError> {
        bytes.try_into().map(VoteSignature).map_err(|_| SchemeError { what: "signature" })
    }

    fn encode_signature(signature: &VoteSignature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, SchemeError> {
        codec::decode_strict(bytes, 128).map_err(|_| SchemeError { what: "public key" })
    }

    fn encode_public_key(public_key: &PublicKey) -> Vec<u8> {
        codec::encode(public_key)
    }
}

/// A type without values.
#[derive(Debug, Clone, Copy)]
pub struct NoPrivateKey(#[allow(dead_code)] Infallible);
