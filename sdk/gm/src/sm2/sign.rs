//! Signing, GB/T 32918.2-2016, 6.1, in a time that does not depend on the secret key or the secret number k.
//!
//! Comes in: the secret key, a message or digest, perhaps randomness. Goes out: r ‖ s. What branches on secrets only tells that a k was
//! thrown away, of which nothing is used.
use super::comb::Comb;
use super::error::Sm2Error;
use super::key::PublicKey;
use super::limbs;
use super::nonce::Nonces;
use super::scalar::{N, Scalar};
use crate::sm3::sm3;
use zeroize::Zeroize;

/// A secret key with its Z. Wiped when dropped.
pub struct SigningKey {
    secret: Scalar,
    /// 1/(1 + d) in Montgomery form.
    inverse: Scalar,
    public: PublicKey,
    z: [u8; 32],
    comb: Comb,
}

impl SigningKey {
    /// The key with these big-endian bytes, signing under this identity.
    ///
    /// # Errors
    /// The number is not in 1 … n − 2 (GB/T 32918.1-2016, 6.1: 1 + d must have an inverse); the identity is longer than 8,191 bytes.
    pub fn from_bytes(secret: &[u8; 32], id: &[u8]) -> Result<Self, Sm2Error> {
        let last = Scalar(limbs::sub(&N, &[1, 0, 0, 0]).0);
        let secret = Scalar::from_bytes(secret)
            .filter(|secret| !secret.is_zero() && !secret.sub(&last).is_zero())
            .ok_or(Sm2Error::SecretOutOfRange)?;
        let comb = Comb::new();
        let public = PublicKey::from_point(comb.multiply(&secret));
        let inverse = secret.add(&Scalar::ONE).invert().to_montgomery();
        Ok(Self { secret, inverse, public, z: public.z(id)?, comb })
    }

    /// The public key d·G.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message: r ‖ s.
    ///
    /// With randomness, which should come from the operating system, k depends on it, the key and the message. Without, k depends on the
    /// key and the message alone, and the signature is always the same.
    pub fn sign(&self, message: &[u8], randomness: Option<&[u8; 32]>) -> [u8; 64] {
        self.sign_digest(&sm3(&[&self.z, message]), randomness)
    }

    /// Signs the message with this digest e = SM3(Z ‖ message).
    pub fn sign_digest(&self, digest: &[u8; 32], randomness: Option<&[u8; 32]>) -> [u8; 64] {
        let e = Scalar::reduced(digest);
        let mut nonces = Nonces::new(&self.secret, &e, randomness);
        loop {
            let mut k = nonces.next();
            let signature = self.sign_with(&e, &k);
            k.0.zeroize();
            if let Some(signature) = signature {
                return signature;
            }
            nonces.skip();
        }
    }

    /// Steps A4 to A7 with this k; `None` where the standard says to take another.
    fn sign_with(&self, e: &Scalar, k: &Scalar) -> Option<[u8; 64]> {
        let x = self.comb.multiply(k).x.to_limbs();
        let r = e.add(&Scalar::reduced_limbs(&x));
        let mut sum = r.add(k);
        // k − r·d = (k + r) − r·(1 + d), so s = (k + r)/(1 + d) − r: one product, and r + k = n shows as a sum of 0.
        let s = self.inverse.montgomery_mul(&sum).sub(&r);
        let useless = r.is_zero() | sum.is_zero() | s.is_zero();
        sum.0.zeroize();
        if useless {
            return None;
        }
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r.to_bytes());
        signature[32..].copy_from_slice(&s.to_bytes());
        Some(signature)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.secret.0.zeroize();
        self.inverse.0.zeroize();
    }
}

impl zeroize::ZeroizeOnDrop for SigningKey {}

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}
