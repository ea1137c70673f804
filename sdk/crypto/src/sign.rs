//! Software signing keys.
//!
//! Comes in: 32 secret bytes, a seed, or a PEM text. Goes out: signatures. Never: the secret in a log, a nonce from a random
//! source; and the secret bytes are overwritten when a key is dropped.
use crate::text::write_hex;
use crate::{Address, Algorithm, KeyError, PublicKey, SM2_IDENTITY, Signature, Suite};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use ed25519_dalek::Signer;
use yinglian_gm::sm2::SigningKey as Sm2Key;
use zeroize::Zeroizing;

/// The domain tag of keys derived from a seed.
const SEED_TAG: &str = "yinglian/seed-key/v1";

/// A private key in this process's memory.
///
/// Deployments under assessment keep these keys in a device and implement `Signer` over it; see the README of the crate.
#[derive(Clone)]
pub struct SigningKey {
    secret: Secret,
    public_key: PublicKey,
    address: Address,
}

#[derive(Clone)]
enum Secret {
    Sm2(Arc<Sm2Secret>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// In one place of the heap, so that moving or cloning the key leaves no copies behind; both parts are overwritten at the end.
struct Sm2Secret {
    key: Sm2Key,
    bytes: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// A key from the operating system's randomness.
    #[cfg(feature = "std")]
    pub fn generate(suite: Suite) -> Result<Self, crate::RandomError> {
        loop {
            // Out of range with a probability below 2⁻³¹: then draw again.
            let bytes = Zeroizing::new(crate::random::<32>()?);
            if let Ok(key) = Self::from_bytes(suite, &bytes) {
                return Ok(key);
            }
        }
    }

    /// The key of 32 secret bytes: the number d of SM2, big-endian and 1 to n-2, or the seed of RFC 8032.
    pub fn from_bytes(suite: Suite, bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match suite.algorithm() {
            Algorithm::Sm2Sm3 => {
                // d = n-1 is refused too: 1+d has no inverse, so it can never sign.
                let key = Sm2Key::from_bytes(bytes, SM2_IDENTITY.as_bytes());
                let key = key.map_err(|_| KeyError::SecretOutOfRange)?;
                let point = key.public_key().to_uncompressed();
                let public_key = PublicKey::parse(Algorithm::Sm2Sm3, &point)?;
                let secret = Sm2Secret { key, bytes: Zeroizing::new(*bytes) };
                Ok(Self::assemble(Secret::Sm2(Arc::new(secret)), public_key))
            }
            Algorithm::Ed25519 => Self::from_ed25519(ed25519_dalek::SigningKey::from_bytes(bytes)),
        }
    }

    /// A key that anyone who knows `seed` can make again. For tests, simulations and throw-away networks only: a key worth
    /// protecting comes from [`SigningKey::generate`].
    pub fn from_seed(suite: Suite, seed: &[u8]) -> Self {
        let mut attempt: u32 = 0;
        loop {
            let bytes =
                Zeroizing::new(suite.tagged_hash(SEED_TAG, &[&attempt.to_le_bytes(), seed]).0);
            if let Ok(key) = Self::from_bytes(suite, &bytes) {
                return key;
            }
            attempt = attempt.wrapping_add(1);
        }
    }

    pub(crate) fn from_ed25519(key: ed25519_dalek::SigningKey) -> Result<Self, KeyError> {
        let public_key = PublicKey::parse(Algorithm::Ed25519, key.verifying_key().as_bytes())?;
        Ok(Self::assemble(Secret::Ed25519(Box::new(key)), public_key))
    }

    fn assemble(secret: Secret, public_key: PublicKey) -> Self {
        Self { secret, address: Address::of(&public_key), public_key }
    }

    /// The public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The address of the public half.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The suite of the key.
    pub const fn suite(&self) -> Suite {
        self.public_key.suite()
    }

    /// Signs at once, in this process. The same key and message always give the same 64 bytes.
    pub fn sign_now(&self, message: &[u8]) -> Signature {
        match &self.secret {
            Secret::Sm2(secret) => Signature(secret.key.sign(message, None)),
            Secret::Ed25519(key) => Signature(key.sign(message).to_bytes()),
        }
    }

    /// The 32 secret bytes, for the encodings of this crate.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.secret {
            Secret::Sm2(secret) => *secret.bytes,
            Secret::Ed25519(key) => key.to_bytes(),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey of ")?;
        write_hex(formatter, self.public_key.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn secrets_erase_themselves_when_they_are_dropped() {
        fn erases<T: zeroize::ZeroizeOnDrop>() {}
        erases::<ed25519_dalek::SigningKey>();
        erases::<yinglian_gm::sm2::SigningKey>();
        erases::<zeroize::Zeroizing<[u8; 32]>>();
    }
}
