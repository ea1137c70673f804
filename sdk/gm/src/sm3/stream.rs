//! One message, piece by piece.
//!
//! Comes in: bytes in any pieces. Goes out: the digest of their concatenation. Never: the heap.
use super::compress::{absorb, bytes};
use super::word::INITIAL;
use zeroize::Zeroize;

/// An SM3 state that is fed piece by piece.
///
/// The state is not wiped on drop, because most messages are public; call [`Zeroize::zeroize`] where it has absorbed a secret.
#[derive(Clone)]
pub struct Sm3 {
    state: [u32; 8],
    /// The beginning of a block that is not yet whole: `bytes_total % 64` of these bytes.
    partial: [u8; 64],
    bytes_total: u64,
}

impl Sm3 {
    /// A state that has absorbed nothing.
    pub const fn new() -> Self {
        Self { state: INITIAL, partial: [0; 64], bytes_total: 0 }
    }

    /// Appends bytes. The standard counts bits in 64 bits: at most 2^61 - 1 bytes in all, which no memory holds.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let held = self.held();
        self.bytes_total = self.bytes_total.wrapping_add(bytes.len() as u64);
        if held > 0 {
            let (now, later) = bytes.split_at(bytes.len().min(64 - held));
            self.partial[held..held + now.len()].copy_from_slice(now);
            if held + now.len() < 64 {
                return;
            }
            absorb(&mut self.state, core::slice::from_ref(&self.partial));
            bytes = later;
        }
        let (blocks, rest) = bytes.as_chunks::<64>();
        absorb(&mut self.state, blocks);
        self.partial[..rest.len()].copy_from_slice(rest);
    }

    /// The digest of everything appended.
    pub fn finalize(mut self) -> [u8; 32] {
        self.digest_and_reset()
    }

    /// The digest; the state is then that of an empty message, with nothing left of the old one but in `partial`.
    pub(super) fn digest_and_reset(&mut self) -> [u8; 32] {
        let held = self.held();
        let bits = self.bytes_total.wrapping_mul(8);
        self.partial[held] = 0x80;
        self.partial[held + 1..].fill(0);
        if held >= 56 {
            absorb(&mut self.state, core::slice::from_ref(&self.partial));
            self.partial.fill(0);
        }
        self.partial[56..].copy_from_slice(&bits.to_be_bytes());
        absorb(&mut self.state, core::slice::from_ref(&self.partial));
        let digest = bytes(&self.state);
        self.state = INITIAL;
        self.bytes_total = 0;
        digest
    }

    fn held(&self) -> usize {
        (self.bytes_total % 64) as usize
    }
}

impl Default for Sm3 {
    fn default() -> Self {
        Self::new()
    }
}

impl Zeroize for Sm3 {
    fn zeroize(&mut self) {
        self.state.zeroize();
        self.partial.zeroize();
        self.bytes_total.zeroize();
        self.state = INITIAL;
    }
}

impl core::fmt::Debug for Sm3 {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The state may have absorbed a secret.
        formatter.write_str("Sm3")
    }
}

/// The digest of the concatenation of `parts`.
pub fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sm3::new();
    parts.iter().for_each(|part| state.update(part));
    state.finalize()
}
