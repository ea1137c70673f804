//! Why a key or an identity was refused.
use core::fmt;

/// Why a key or an identity was refused. A signature is never refused with a reason: it is good or it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sm2Error {
    /// A public key has 33, 64 or 65 bytes.
    KeyLength {
        /// The bytes given.
        found: usize,
    },
    /// A public key of 33 bytes begins with 02 or 03, one of 65 bytes with 04.
    KeyPrefix {
        /// The first byte.
        found: u8,
    },
    /// A coordinate is not below p, or the point is not on the curve.
    NotOnCurve,
    /// A secret key is a number from 1 to n − 2 (GB/T 32918.1-2016, 6.1).
    SecretOutOfRange,
    /// The length of an identity in bits is written in two bytes (GB/T 32918.2-2016, 5.5): at most 8,191 bytes.
    IdTooLong {
        /// The bytes given.
        found: usize,
    },
}

impl fmt::Display for Sm2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyLength { found } => {
                write!(f, "a public key has 33, 64 or 65 bytes, not {found}")
            }
            Self::KeyPrefix { found } => {
                write!(
                    f,
                    "a public key of 33 bytes begins with 02 or 03, one of 65 with 04, not with {found:02x}"
                )
            }
            Self::NotOnCurve => f.write_str("the public key is no point of the SM2 curve"),
            Self::SecretOutOfRange => f.write_str("the secret key is not a number from 1 to n - 2"),
            Self::IdTooLong { found } => {
                write!(f, "an identity has at most 8191 bytes, not {found}")
            }
        }
    }
}

impl core::error::Error for Sm2Error {}
