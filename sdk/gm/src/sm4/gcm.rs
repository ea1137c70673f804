//! SM4 in Galois/counter mode, NIST SP 800-38D with the cipher of RFC 8998.
//!
//! Comes in: nonce, associated bytes, bytes that are changed in place. Goes out: a tag; plaintext only if the tag was right. Never: a message
//! longer than the mode is safe for, a comparison that takes longer the more bytes of a tag agree.
use super::engine::Engine;
use super::ghash::Ghash;
use super::{Sm4, counter};
use crate::constant_time::equal;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Plaintext of one message at most: 2^39 - 256 bits, SP 800-38D section 5.2.1.1.
const BYTES_MAX: u64 = (1 << 36) - 32;
/// Associated bytes and long nonces at most: 2^64 - 1 bits, the same section.
const ASSOCIATED_BYTES_MAX: u64 = (1 << 61) - 1;
/// Bytes that are encrypted and authenticated in turn, so that they are still in the first cache.
const STRIDE: usize = 8_192;

/// Why a message was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GcmError {
    /// The tag is not that of these bytes under this key, nonce and associated bytes.
    Tag,
    /// More bytes than 2^36 - 32.
    DataLength {
        /// The bytes given.
        found: usize,
    },
    /// More associated bytes than 2^61 - 1.
    AssociatedLength {
        /// The bytes given.
        found: usize,
    },
    /// A nonce of no bytes, or of more than 2^61 - 1.
    NonceLength {
        /// The bytes given.
        found: usize,
    },
}

impl core::fmt::Display for GcmError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Tag => formatter.write_str("the tag is not that of the message"),
            Self::DataLength { found } => {
                write!(formatter, "{found} bytes, above the limit of {BYTES_MAX}")
            }
            Self::AssociatedLength { found } => {
                write!(
                    formatter,
                    "{found} associated bytes, above the limit of {ASSOCIATED_BYTES_MAX}"
                )
            }
            Self::NonceLength { found } => write!(formatter, "a nonce of {found} bytes"),
        }
    }
}

impl core::error::Error for GcmError {}

/// A key for GCM. It is wiped when dropped.
///
/// A nonce must never be used twice under one key: two messages under one nonce give away the difference of their plaintexts, and the key of
/// the tags. With nonces drawn at random, change the key before 2^32 messages (SP 800-38D section 8.3).
#[derive(Clone)]
pub struct Sm4Gcm {
    cipher: Sm4,
    ghash: Ghash,
}

impl Sm4Gcm {
    /// Expands a key for the fastest engine of this CPU.
    pub fn new(key: &[u8; 16]) -> Self {
        Self::with(Engine::best(), key)
    }

    /// Expands a key for a chosen engine; one that this CPU lacks falls back to the portable code.
    pub fn with(engine: Engine, key: &[u8; 16]) -> Self {
        let cipher = Sm4::with(engine, key);
        let mut hash_key = [0; 16];
        cipher.encrypt_block(&mut hash_key);
        let ghash = Ghash::new(engine, &hash_key);
        hash_key.zeroize();
        Self { cipher, ghash }
    }

    /// Encrypts `bytes` in place and returns the tag over them and `associated`.
    ///
    /// # Errors
    /// When either is longer than the mode allows; `bytes` are then as they were.
    pub fn seal(
        &self,
        nonce: &[u8; 12],
        associated: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; 16], GcmError> {
        self.seal_from(short(nonce), associated, bytes)
    }

    /// Decrypts `bytes` in place if `tag` is theirs.
    ///
    /// # Errors
    /// When the tag is not that of the message, or a length is beyond the limit; `bytes` are then as they were.
    pub fn open(
        &self,
        nonce: &[u8; 12],
        associated: &[u8],
        bytes: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), GcmError> {
        self.open_from(short(nonce), associated, bytes, tag)
    }

    /// As [`Self::seal`], with a nonce of any length but 0; 12 bytes are the same nonce as there.
    ///
    /// # Errors
    /// As [`Self::seal`], and when the nonce is empty.
    pub fn seal_long_nonce(
        &self,
        nonce: &[u8],
        associated: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; 16], GcmError> {
        self.seal_from(self.first_counter(nonce)?, associated, bytes)
    }

    /// As [`Self::open`], with a nonce of any length but 0; 12 bytes are the same nonce as there.
    ///
    /// # Errors
    /// As [`Self::open`], and when the nonce is empty.
    pub fn open_long_nonce(
        &self,
        nonce: &[u8],
        associated: &[u8],
        bytes: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), GcmError> {
        self.open_from(self.first_counter(nonce)?, associated, bytes, tag)
    }

    fn seal_from(
        &self,
        first: u128,
        associated: &[u8],
        bytes: &mut [u8],
    ) -> Result<[u8; 16], GcmError> {
        check_lengths(associated, bytes)?;
        let mut counter = increment(first);
        let mut sum = self.begin(associated);
        for stride in bytes.chunks_mut(STRIDE) {
            counter::apply(&self.cipher, &mut counter, increment, stride);
            self.absorb(&mut sum, stride);
        }
        Ok(self.tag(first, sum, associated, bytes))
    }

    fn open_from(
        &self,
        first: u128,
        associated: &[u8],
        bytes: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), GcmError> {
        check_lengths(associated, bytes)?;
        let mut sum = self.begin(associated);
        self.absorb(&mut sum, bytes);
        let mut expected = self.tag(first, sum, associated, bytes);
        let right = equal(&expected, tag);
        expected.zeroize();
        if !right {
            return Err(GcmError::Tag);
        }
        let mut counter = increment(first);
        counter::apply(&self.cipher, &mut counter, increment, bytes);
        Ok(())
    }

    /// J_0 of SP 800-38D section 7.1.
    fn first_counter(&self, nonce: &[u8]) -> Result<u128, GcmError> {
        if let Ok(nonce) = nonce.try_into() {
            return Ok(short(nonce));
        }
        let bytes = nonce.len() as u64;
        if bytes == 0 || bytes > ASSOCIATED_BYTES_MAX {
            return Err(GcmError::NonceLength { found: nonce.len() });
        }
        let mut sum = [0; 16];
        self.absorb(&mut sum, nonce);
        self.ghash.update(&mut sum, &[u128::from(bytes * 8).to_be_bytes()]);
        Ok(u128::from_be_bytes(sum))
    }

    fn begin(&self, associated: &[u8]) -> [u8; 16] {
        let mut sum = [0; 16];
        self.absorb(&mut sum, associated);
        sum
    }

    /// Absorbs bytes, filled up to whole blocks with zeros.
    fn absorb(&self, sum: &mut [u8; 16], bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<16>();
        self.ghash.update(sum, blocks);
        if !rest.is_empty() {
            let mut block = [0; 16];
            block[..rest.len()].copy_from_slice(rest);
            self.ghash.update(sum, &[block]);
        }
    }

    fn tag(&self, first: u128, mut sum: [u8; 16], associated: &[u8], bytes: &[u8]) -> [u8; 16] {
        let lengths =
            u128::from(associated.len() as u64 * 8) << 64 | u128::from(bytes.len() as u64 * 8);
        self.ghash.update(&mut sum, &[lengths.to_be_bytes()]);
        let mut mask = first.to_be_bytes();
        self.cipher.encrypt_block(&mut mask);
        for (byte, mask) in sum.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        mask.zeroize();
        sum
    }
}

impl ZeroizeOnDrop for Sm4Gcm {}

impl core::fmt::Debug for Sm4Gcm {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Sm4Gcm")
    }
}

fn check_lengths(associated: &[u8], bytes: &[u8]) -> Result<(), GcmError> {
    if associated.len() as u64 > ASSOCIATED_BYTES_MAX {
        return Err(GcmError::AssociatedLength { found: associated.len() });
    }
    if bytes.len() as u64 > BYTES_MAX {
        return Err(GcmError::DataLength { found: bytes.len() });
    }
    Ok(())
}

/// The first counter block of a nonce of 96 bits: the nonce, and 1 in 32 bits.
fn short(nonce: &[u8; 12]) -> u128 {
    let mut block = [0; 16];
    block[..12].copy_from_slice(nonce);
    block[15] = 1;
    u128::from_be_bytes(block)
}

/// inc_32 of SP 800-38D section 6.2: the lowest 32 bits count, and wrap without a carry.
#[inline(always)]
fn increment(counter: u128) -> u128 {
    counter & !0xffff_ffff | u128::from((counter as u32).wrapping_add(1))
}
