//! Public keys: which bytes are a key, and their one encoding.
//!
//! Comes in: hostile bytes. Goes out: a point of the right curve in the only spelling we accept. Never: compressed or hybrid
//! SM2 points, Ed25519 points of small order or in a second spelling; so two equal keys are equal bytes.
use crate::text::{HexError, read_hex, serde_as_text, write_hex};
use crate::{Address, Algorithm, Suite, suite};
use borsh::{BorshDeserialize, BorshSerialize, io};
use core::{fmt, str::FromStr};
use thiserror::Error;

/// A public key that is a valid point. Sorted by its encoding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(Inner);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Inner {
    Sm2([u8; 65]),
    Ed25519([u8; 32]),
}

/// Why bytes or a text are not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A key of this algorithm has another length.
    #[error("a {algorithm:?} key of {found} bytes where {expected} are needed")]
    Length {
        /// The algorithm named with the key.
        algorithm: Algorithm,
        /// Bytes of a right key.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// An SM2 key is 04 ‖ x ‖ y; compressed (02, 03) and hybrid (06, 07) points are refused.
    #[error("an sm2 key begins with 04, not {0:02x}")]
    NotUncompressed(u8),
    /// The coordinates are not on the curve, out of range, of small order, or not in their shortest form.
    #[error("the bytes are no usable point of the curve of {0:?}")]
    NotOnCurve(Algorithm),
    /// A private key of SM2 is 1 to n-2 (GB/T 32918.1-2016, 6.1).
    #[error("the private key is out of range")]
    SecretOutOfRange,
    /// The first byte is no algorithm id.
    #[error("the key has no known algorithm")]
    Algorithm(#[source] suite::SuiteError),
    /// The text is not lower-case hexadecimal of the right length.
    #[error("the key is not written in hexadecimal")]
    Text(#[source] HexError),
}

impl PublicKey {
    /// Checks and takes the bytes of a key: 04 ‖ x ‖ y on the curve of SM2, or 32 bytes of Ed25519.
    pub fn parse(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let length = KeyError::Length {
            algorithm,
            expected: algorithm.public_key_bytes(),
            found: bytes.len(),
        };
        match algorithm {
            Algorithm::Sm2Sm3 => sm2_point(bytes.try_into().map_err(|_| length)?).map(Inner::Sm2),
            Algorithm::Ed25519 => {
                ed25519_point(bytes.try_into().map_err(|_| length)?).map(Inner::Ed25519)
            }
        }
        .map(Self)
    }

    /// The algorithm of the key.
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Inner::Sm2(_) => Algorithm::Sm2Sm3,
            Inner::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The suite the key belongs to.
    pub const fn suite(&self) -> Suite {
        self.algorithm().suite()
    }

    /// The bytes without the algorithm id: 65 or 32.
    pub const fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Inner::Sm2(bytes) => bytes,
            Inner::Ed25519(bytes) => bytes,
        }
    }

    /// The address of the key.
    pub fn address(&self) -> Address {
        Address::of(self)
    }
}

fn sm2_point(bytes: [u8; 65]) -> Result<[u8; 65], KeyError> {
    let [form, ..] = bytes;
    if form != 4 {
        return Err(KeyError::NotUncompressed(form));
    }
    yinglian_gm::sm2::PublicKey::from_bytes(&bytes)
        .map_err(|_| KeyError::NotOnCurve(Algorithm::Sm2Sm3))?;
    Ok(bytes)
}

fn ed25519_point(bytes: [u8; 32]) -> Result<[u8; 32], KeyError> {
    let refused = KeyError::NotOnCurve(Algorithm::Ed25519);
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| refused)?;
    // A coordinate y + p decodes to the same point as y: the second spelling would be a second address of one key.
    let shortest = key.to_edwards().compress().to_bytes() == bytes;
    // Strict verification refuses every signature of a key of small order, so such a key is none.
    if !shortest || key.is_weak() { Err(refused) } else { Ok(bytes) }
}

impl BorshSerialize for PublicKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.algorithm().serialize(writer)?;
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for PublicKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        match Algorithm::deserialize_reader(reader)? {
            Algorithm::Sm2Sm3 => sm2_point(<[u8; 65]>::deserialize_reader(reader)?).map(Inner::Sm2),
            Algorithm::Ed25519 => {
                ed25519_point(<[u8; 32]>::deserialize_reader(reader)?).map(Inner::Ed25519)
            }
        }
        .map(Self)
        .map_err(suite::invalid)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &[self.algorithm().id()])?;
        write_hex(formatter, self.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut id = [0u8; 1];
        let found = text.len();
        let (head, tail) = text
            .split_at_checked(2)
            .ok_or(KeyError::Text(HexError::Length { expected: 2, found }))?;
        read_hex(head, &mut id).map_err(KeyError::Text)?;
        let [id] = id;
        let algorithm = Algorithm::from_id(id)
            .ok_or(KeyError::Algorithm(suite::SuiteError::UnknownAlgorithm(id)))?;
        match algorithm {
            Algorithm::Sm2Sm3 => {
                let mut bytes = [0; 65];
                read_hex(tail, &mut bytes).map_err(KeyError::Text)?;
                Self::parse(algorithm, &bytes)
            }
            Algorithm::Ed25519 => {
                let mut bytes = [0; 32];
                read_hex(tail, &mut bytes).map_err(KeyError::Text)?;
                Self::parse(algorithm, &bytes)
            }
        }
    }
}

serde_as_text!(PublicKey, "a public key in lower-case hexadecimal");
