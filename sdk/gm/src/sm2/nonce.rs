//! The secret number k of a signature, out of the key and the digest (RFC 6979 with HMAC-SM3), and of randomness if there is any.
//!
//! Comes in: the secret key, the digest, perhaps 32 random bytes. Goes out: numbers from 1 to n − 1, one after the other. With
//! randomness the k of a message differs each time; without, or with bad randomness, it is still secret and never serves two digests.
use super::scalar::Scalar;
use crate::sm3::HmacSm3;
use zeroize::Zeroize;

/// The generator of RFC 6979, 3.2.
pub(crate) struct Nonces {
    key: [u8; 32],
    value: [u8; 32],
}

impl Nonces {
    /// `digest` is reduced modulo n, as 3.2 d asks; the randomness is the additional data of 3.6.
    pub(crate) fn new(secret: &Scalar, digest: &Scalar, randomness: Option<&[u8; 32]>) -> Self {
        let mut nonces = Self { key: [0; 32], value: [1; 32] };
        let mut secret = secret.to_bytes();
        let extra = randomness.map_or(&[][..], |bytes| bytes);
        for round in 0..=1 {
            nonces.rekey(&[&[round], &secret, &digest.to_bytes(), extra]);
        }
        secret.zeroize();
        nonces
    }

    /// The next number; 3.2 h.
    pub(crate) fn next(&mut self) -> Scalar {
        loop {
            self.value = hmac(&self.key, &[&self.value]);
            let number = Scalar::from_bytes(&self.value).filter(|number| !number.is_zero());
            if let Some(number) = number {
                return number;
            }
            self.skip();
        }
    }

    /// Leaves the last number behind, as it was of no use.
    pub(crate) fn skip(&mut self) {
        self.rekey(&[&[0]]);
    }

    fn rekey(&mut self, parts: &[&[u8]]) {
        let mut mac = HmacSm3::new(&self.key);
        mac.update(&self.value);
        parts.iter().for_each(|part| mac.update(part));
        self.key = mac.finalize();
        self.value = hmac(&self.key, &[&self.value]);
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = HmacSm3::new(key);
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize()
}

impl Drop for Nonces {
    fn drop(&mut self) {
        self.key.zeroize();
        self.value.zeroize();
    }
}
