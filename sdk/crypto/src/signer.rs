//! The border behind which a signing key may lie anywhere: in memory, in a card, in a machine down the hall.
//!
//! Comes in: the bytes to sign. Goes out: a signature, or why there is none. Never: the key.
use crate::{Address, PublicKey, Signature, SigningKey};
use async_trait::async_trait;
use std::error::Error as StdError;
use thiserror::Error;

/// Why a signer gave no signature.
#[derive(Debug, Error)]
pub enum SignError {
    /// The device did not answer, or answered with an error.
    #[error("the signing device `{device}` failed")]
    Device {
        /// What the operator calls the device.
        device: String,
        /// What the device said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The signer will not sign this; signing again changes nothing.
    #[error("the signer refuses: {reason}")]
    Refused {
        /// In a few words, for the log.
        reason: String,
    },
}

/// Whoever can sign for one key.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The public half of the key that signs.
    fn public_key(&self) -> &PublicKey;

    /// The address of the key that signs.
    fn address(&self) -> Address {
        Address::of(self.public_key())
    }

    /// Signs the message: not a digest of it, so that a device can show or check what it signs.
    async fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

#[async_trait]
impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        Self::public_key(self)
    }

    fn address(&self) -> Address {
        Self::address(self)
    }

    async fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        Ok(self.sign_now(message))
    }
}
