//! Software signing keys.
//!
//! Comes in: 32 secret bytes, a seed, or a PEM text. Goes out: signatures. Never: the secret in a log, a nonce from a random
//! source; and the secret bytes are overwritten when a key is dropped.
use crate::text::write_hex;
use crate::{Address, Algorithm, KeyError, PublicKey, SM2_IDENTITY, Signature, Suite};
use alloc::boxed::Box;
use core::fmt;
use sm2::dsa::signature::{Error, RandomizedSigner, Signer, rand_core};
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
    Sm2(Sm2Secret),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// On the heap, so that moving the key leaves no copies behind, and overwritten at the end.
#[derive(Clone)]
struct Sm2Secret(Box<sm2::dsa::SigningKey>);

impl Drop for Sm2Secret {
    fn drop(&mut self) {
        self.erase();
    }
}

impl Sm2Secret {
    fn erase(&mut self) {
        // The crate's key does not erase itself. The black box keeps the compiler from dropping the write.
        if let Ok(blank) = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &[1; 32]) {
            *self.0 = blank;
            core::hint::black_box(&self.0);
        }
    }
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
                let key = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, bytes);
                Self::from_sm2(key.map_err(|_| KeyError::SecretOutOfRange)?)
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

    pub(crate) fn from_sm2(key: sm2::dsa::SigningKey) -> Result<Self, KeyError> {
        let secret = Sm2Secret(Box::new(key));
        let scalar = secret.0.as_nonzero_scalar();
        // d = n-1 has no inverse of 1+d, so it can never sign.
        #[allow(clippy::arithmetic_side_effects, reason = "addition modulo n does not overflow")]
        let d_plus_one = **scalar + sm2::Scalar::ONE;
        if bool::from(d_plus_one.is_zero()) {
            return Err(KeyError::SecretOutOfRange);
        }
        let point = sm2::PublicKey::from_secret_scalar(scalar).to_sec1_bytes();
        let public_key = PublicKey::parse(Algorithm::Sm2Sm3, &point)?;
        Ok(Self::assemble(Secret::Sm2(secret), public_key))
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
            Secret::Sm2(key) => sm2_sign(&key.0, message),
            Secret::Ed25519(key) => Signature(key.sign(message).to_bytes()),
        }
    }

    /// The 32 secret bytes, for the encodings of this crate.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.secret {
            Secret::Sm2(key) => key.0.to_bytes().into(),
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

/// Signs with the nonce of RFC 6979. Where the standard says to draw another one (r = 0, r + k = n or s = 0; nobody has ever
/// seen it), the next nonce takes the number of the attempt into its derivation.
fn sm2_sign(key: &sm2::dsa::SigningKey, message: &[u8]) -> Signature {
    let mut signature = key.try_sign(message);
    let mut attempt = 0;
    loop {
        match signature {
            Ok(signature) => return Signature(signature.to_bytes().into()),
            Err(_) => signature = sm2_sign_again(key, message, &mut attempt),
        }
    }
}

fn sm2_sign_again(
    key: &sm2::dsa::SigningKey,
    message: &[u8],
    attempt: &mut u64,
) -> Result<sm2::dsa::Signature, Error> {
    *attempt = attempt.wrapping_add(1);
    key.try_sign_with_rng(&mut AttemptNumber(*attempt), message)
}

/// Gives the number of the attempt where the crate asks for additional data. The secret of the nonce does not rest on it: it
/// comes from the key.
struct AttemptNumber(u64);

impl rand_core::TryRng for AttemptNumber {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let [a, b, c, d, ..] = self.0.to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let number = self.0.to_le_bytes();
        out.iter_mut().zip(number.iter().cycle()).for_each(|(byte, value)| *byte = *value);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for AttemptNumber {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VerifyingKey;

    /// No message is known that needs a second attempt, so the attempts are called by hand.
    #[test]
    fn each_further_attempt_at_a_nonce_gives_another_valid_signature() {
        let key = SigningKey::from_seed(Suite::National, b"attempts");
        let Secret::Sm2(secret) = &key.secret else { panic!("a key of SM2") };
        let verifying = VerifyingKey::new(key.public_key()).unwrap();
        let mut seen = alloc::vec![key.sign_now(b"m")];
        let mut attempt = 0;
        for number in 1..=3 {
            let signature = sm2_sign_again(&secret.0, b"m", &mut attempt).unwrap();
            let signature = Signature(signature.to_bytes().into());
            assert_eq!(attempt, number);
            assert_eq!(verifying.verify(b"m", &signature), Ok(()));
            assert!(!seen.contains(&signature));
            seen.push(signature);
        }
    }

    #[test]
    fn the_secret_of_a_dropped_key_is_overwritten() {
        let mut secret =
            Sm2Secret(Box::new(sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &[7; 32]).unwrap()));
        secret.erase();
        assert_ne!(secret.0.to_bytes().as_slice(), [7; 32]);
        // The key of Ed25519 erases itself.
        fn erases<T: zeroize::ZeroizeOnDrop>() {}
        erases::<ed25519_dalek::SigningKey>();
    }
}
