//! Verification: whether these 64 bytes are this key's signature of this message.
//!
//! Comes in: a key, a message, 64 hostile bytes. Goes out: yes, or which of two ways it failed. Never: batches that decide
//! several signatures at once, or a second spelling of a signature: each machine must give the same answer.
use crate::{Algorithm, KeyError, PublicKey, SM2_IDENTITY, Signature, SignatureError};
use sm2::dsa::signature::Verifier;

/// A key prepared for verification: the decoded point and, for SM2, the identity digest Z. Keep it where a key verifies
/// often; making one costs about as much as hashing a short message and checking a point.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    public_key: PublicKey,
    prepared: Prepared,
}

#[derive(Clone, Debug)]
enum Prepared {
    Sm2(sm2::dsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl VerifyingKey {
    /// Prepares a key. A [`PublicKey`] is always a point, so this succeeds for every one of them.
    pub fn new(key: &PublicKey) -> Result<Self, KeyError> {
        let algorithm = key.algorithm();
        let refused = KeyError::NotOnCurve(algorithm);
        let prepared = match algorithm {
            Algorithm::Sm2Sm3 => Prepared::Sm2(
                sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_IDENTITY, key.as_bytes())
                    .map_err(|_| refused)?,
            ),
            Algorithm::Ed25519 => {
                Prepared::Ed25519(key.as_bytes().try_into().map_err(|_| refused)?)
            }
        };
        Ok(Self { public_key: key.clone(), prepared })
    }

    /// The key this was made from.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Checks a signature: SM2 with 1 ≤ r, s < n and t ≠ 0 (GB/T 32918.2-2016, 7.1), or Ed25519 with canonical s, and without
    /// points of small order.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        match &self.prepared {
            Prepared::Sm2(key) => {
                let signature = sm2::dsa::Signature::from_slice(&signature.0);
                let signature = signature.map_err(|_| SignatureError::OutOfRange)?;
                key.verify(message, &signature).map_err(|_| SignatureError::Mismatch)
            }
            Prepared::Ed25519(key) => {
                if !ed25519_s_is_canonical(signature) {
                    return Err(SignatureError::OutOfRange);
                }
                let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
                key.verify_strict(message, &signature).map_err(|_| SignatureError::Mismatch)
            }
        }
    }
}

/// s < L, the order of the group (RFC 8032, 5.1.7). The crate checks this too; here it only names the error.
fn ed25519_s_is_canonical(signature: &Signature) -> bool {
    const ORDER_HIGH: u128 = 0x10000000000000000000000000000000;
    const ORDER_LOW: u128 = 0x14def9dea2f79cd65812631a5cf5d3ed;
    let mut s = signature.0.rchunks_exact(16).take(2).map(|half| {
        half.iter().rev().fold(0u128, |number, byte| number.wrapping_shl(8) | u128::from(*byte))
    });
    match (s.next(), s.next()) {
        (Some(high), Some(low)) => (high, low) < (ORDER_HIGH, ORDER_LOW),
        _ => false,
    }
}
