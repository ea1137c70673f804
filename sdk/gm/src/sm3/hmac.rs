//! HMAC with SM3, GB/T 15852.2-2012 (RFC 2104).
//!
//! Comes in: a key and bytes. Goes out: a tag of 32 bytes, or the verdict on one. Never: a key left in memory, or a comparison that
//! takes longer the more bytes agree.
use super::Sm3;
use crate::constant_time::equal;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An HMAC-SM3 state that is fed piece by piece. It is wiped when dropped.
#[derive(Clone)]
pub struct HmacSm3 {
    inner: Sm3,
    outer: Sm3,
}

impl HmacSm3 {
    /// A state under `key`; one longer than 64 bytes counts as its digest, as RFC 2104 has it.
    pub fn new(key: &[u8]) -> Self {
        let mut pad = [0; 64];
        if key.len() > pad.len() {
            let mut state = Sm3::new();
            state.update(key);
            pad[..32].copy_from_slice(&state.digest_and_reset());
            state.zeroize();
        } else {
            pad[..key.len()].copy_from_slice(key);
        }
        let mut hmac = Self { inner: Sm3::new(), outer: Sm3::new() };
        pad.iter_mut().for_each(|byte| *byte ^= 0x36);
        hmac.inner.update(&pad);
        pad.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        hmac.outer.update(&pad);
        pad.zeroize();
        hmac
    }

    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
    }

    /// The tag of everything appended.
    pub fn finalize(mut self) -> [u8; 32] {
        let mut digest = self.inner.digest_and_reset();
        self.outer.update(&digest);
        digest.zeroize();
        self.outer.digest_and_reset()
    }

    /// Whether `tag` is the tag of everything appended; takes the same time whatever the bytes are.
    pub fn verify(self, tag: &[u8; 32]) -> bool {
        let mut expected = self.finalize();
        let verdict = equal(&expected, tag);
        expected.zeroize();
        verdict
    }
}

impl Drop for HmacSm3 {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl ZeroizeOnDrop for HmacSm3 {}

impl core::fmt::Debug for HmacSm3 {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("HmacSm3")
    }
}
