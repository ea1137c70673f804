//! Who checks signatures. The verifier asks through this trait, so that a second implementation can give its own verdict.

use yinglian_crypto::{PublicKey, Signature, VerifyingKey};

/// A signature is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signature is invalid")]
pub struct InvalidSignature;

/// Checks one signature over one message.
pub trait SignatureEngine {
    /// Accepts or refuses; never panics.
    fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), InvalidSignature>;
}

/// The engine of `yinglian-crypto`.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultEngine;

impl SignatureEngine for DefaultEngine {
    fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::new(key).map_err(|_| InvalidSignature)?;
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }
}
