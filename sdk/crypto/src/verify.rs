//! Verification: whether these 64 bytes are this key's signature of this message, for one signature or for many.
//!
//! Comes in: keys, messages, 64 hostile bytes each. Goes out: yes, or which of two ways it failed; in a batch, what each would get
//! alone. Never: an equation over several signatures, or a second spelling of a signature: each machine must give the same answer.
use crate::{Algorithm, KeyError, PublicKey, SM2_IDENTITY, Signature, SignatureError};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use yinglian_gm::sm2::{KnownKey, MessageItem, Verifier, Window};

/// A key prepared for verification: the decoded point and, for SM2, the identity digest Z. Keep it where a key verifies
/// often; making one costs about as much as hashing a short message and checking a point. Clones share what was prepared.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    public_key: PublicKey,
    prepared: Prepared,
}

#[derive(Clone, Debug)]
enum Prepared {
    Sm2(Arc<KnownKey>),
    Ed25519(Arc<ed25519_dalek::VerifyingKey>),
}

/// One signature of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The key that is said to have signed.
    pub key: &'a VerifyingKey,
    /// What is said to be signed.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a Signature,
}

impl VerifyingKey {
    /// Prepares a key. A [`PublicKey`] is always a point, so this succeeds for every one of them.
    pub fn new(key: &PublicKey) -> Result<Self, KeyError> {
        Self::prepare(key, |known| known)
    }

    /// Prepares a key that will verify a dozen signatures or more: a table of 264 KiB, made in a millisecond or two, makes
    /// each several times faster. Other suites need none.
    pub fn with_table(key: &PublicKey) -> Result<Self, KeyError> {
        Self::prepare(key, |known| known.with_table(Window::W8))
    }

    fn prepare(
        key: &PublicKey,
        furnish: impl FnOnce(KnownKey) -> KnownKey,
    ) -> Result<Self, KeyError> {
        let algorithm = key.algorithm();
        let refused = KeyError::NotOnCurve(algorithm);
        let prepared = match algorithm {
            Algorithm::Sm2Sm3 => {
                let known = known(key).map_err(|_| refused)?;
                Prepared::Sm2(Arc::new(furnish(known)))
            }
            Algorithm::Ed25519 => {
                let known = key.as_bytes().try_into().map_err(|_| refused)?;
                Prepared::Ed25519(Arc::new(known))
            }
        };
        Ok(Self { public_key: key.clone(), prepared })
    }

    /// The key of a cache's entry.
    pub(crate) const fn from_known(public_key: PublicKey, known: Arc<KnownKey>) -> Self {
        Self { public_key, prepared: Prepared::Sm2(known) }
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
                let valid = verifier().verify(key, message, &signature.0);
                sm2_verdict(valid, signature)
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

    /// Checks many signatures, of either suite, and answers for each in its order what [`Self::verify`] would. SM2 signatures share
    /// inversions and are hashed side by side; batches of 64 are as fast as larger ones.
    pub fn verify_batch(claims: &[Claim<'_>]) -> Vec<Result<(), SignatureError>> {
        let mut verdicts = vec![Err(SignatureError::Mismatch); claims.len()];
        let mut sm2 = Vec::with_capacity(claims.len());
        let mut places = Vec::with_capacity(claims.len());
        for (claim, verdict) in claims.iter().zip(&mut verdicts) {
            match &claim.key.prepared {
                Prepared::Sm2(key) => {
                    let signature = &claim.signature.0;
                    sm2.push(MessageItem { key, message: claim.message, signature });
                    places.push((verdict, claim.signature));
                }
                Prepared::Ed25519(_) => *verdict = claim.key.verify(claim.message, claim.signature),
            }
        }
        let valid = verifier().verify_messages(&sm2);
        for ((verdict, signature), valid) in places.into_iter().zip(valid) {
            *verdict = sm2_verdict(valid, signature);
        }
        verdicts
    }
}

fn known(key: &PublicKey) -> Result<KnownKey, yinglian_gm::sm2::Sm2Error> {
    let point = yinglian_gm::sm2::PublicKey::from_bytes(key.as_bytes())?;
    KnownKey::new(&point, SM2_IDENTITY.as_bytes())
}

#[cfg(feature = "std")]
fn verifier() -> &'static Verifier {
    Verifier::shared()
}

/// Without a place to keep it, the base point's table is made each time: small, for the few signatures of a receipt.
#[cfg(not(feature = "std"))]
fn verifier() -> Verifier {
    Verifier::new()
}

fn sm2_verdict(valid: bool, signature: &Signature) -> Result<(), SignatureError> {
    match (valid, sm2_in_range(signature)) {
        (true, _) => Ok(()),
        (false, true) => Err(SignatureError::Mismatch),
        (false, false) => Err(SignatureError::OutOfRange),
    }
}

/// 1 ≤ r, s < n (GB/T 32918.2-2016, 7.1). The verifier checks this too; here it only names the error.
fn sm2_in_range(signature: &Signature) -> bool {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5,
        0x41, 0x23,
    ];
    let mut numbers = signature.0.chunks_exact(32);
    numbers.all(|number| number < &ORDER[..] && number.iter().any(|byte| *byte != 0))
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
