//! A key of the block cipher.
//!
//! Comes in: 16 bytes of key, blocks that are changed in place. Goes out: blocks. Never: the key again, or round keys in memory after the drop.
use super::engine::{Engine, Kernel};
use super::{RoundKeys, counter, sliced};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// FK of clause 7.3.
const FAMILY: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// An expanded key. It is wiped when dropped.
#[derive(Clone)]
pub struct Sm4 {
    keys: RoundKeys,
    kernel: Kernel,
}

impl Sm4 {
    /// Expands a key for the fastest engine of this CPU.
    pub fn new(key: &[u8; 16]) -> Self {
        Self::with(Engine::best(), key)
    }

    /// Expands a key for a chosen engine; one that this CPU lacks falls back to the portable code.
    pub fn with(engine: Engine, key: &[u8; 16]) -> Self {
        Self { keys: expand(key), kernel: Kernel::of(engine) }
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut [u8; 16]) {
        self.encrypt_blocks(core::slice::from_mut(block));
    }

    /// Decrypts one block in place.
    pub fn decrypt_block(&self, block: &mut [u8; 16]) {
        self.decrypt_blocks(core::slice::from_mut(block));
    }

    /// Encrypts each block in place and by itself. No mode for messages: equal blocks have equal images.
    pub fn encrypt_blocks(&self, blocks: &mut [[u8; 16]]) {
        self.kernel.encrypt(&self.keys, blocks);
    }

    /// Decrypts each block in place and by itself.
    pub fn decrypt_blocks(&self, blocks: &mut [[u8; 16]]) {
        let mut keys = self.keys;
        keys.reverse();
        self.kernel.encrypt(&keys, blocks);
        keys.zeroize();
    }

    /// Encrypts or decrypts in counter mode, GB/T 17964-2021: `counter` is the first of the counter blocks, big-endian numbers of 128 bits.
    ///
    /// No counter block may be used twice under a key, and nothing shows that the bytes were altered: prefer [`Sm4Gcm`](super::Sm4Gcm).
    pub fn apply_ctr(&self, counter: &[u8; 16], bytes: &mut [u8]) {
        let mut counter = u128::from_be_bytes(*counter);
        counter::apply(self, &mut counter, |counter| counter.wrapping_add(1), bytes);
    }
}

/// The round keys, clause 7.3.
fn expand(key: &[u8; 16]) -> RoundKeys {
    let mut words = [0; 4];
    for ((word, bytes), family) in words.iter_mut().zip(key.as_chunks::<4>().0).zip(FAMILY) {
        *word = u32::from_be_bytes(*bytes) ^ family;
    }
    let mut keys = [0; 32];
    for (round, key) in keys.iter_mut().enumerate() {
        let sum = words[1] ^ words[2] ^ words[3] ^ constant(round as u32);
        let substituted = sliced::substitute_word(sum);
        *key = words[0] ^ substituted ^ substituted.rotate_left(13) ^ substituted.rotate_left(23);
        words = [words[1], words[2], words[3], *key];
    }
    words.zeroize();
    keys
}

/// CK of clause 7.3: byte `j` is 7 (4 `round` + j) mod 256.
fn constant(round: u32) -> u32 {
    let byte = |j: u32| (4 * round + j).wrapping_mul(7) & 0xff;
    byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3)
}

impl Drop for Sm4 {
    fn drop(&mut self) {
        self.keys.zeroize();
    }
}

impl ZeroizeOnDrop for Sm4 {}

impl core::fmt::Debug for Sm4 {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Sm4")
    }
}
