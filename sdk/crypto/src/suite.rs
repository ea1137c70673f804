//! Which suite and which algorithm: the two ids that every long-lived encoding carries.
//!
//! Comes in: an id byte or a name. Goes out: the suite, or a refusal of every id but 1 and 2. Never: a default; the suite is
//! chosen in the genesis and nowhere else.
use crate::text::serde_as_text;
use borsh::{BorshDeserialize, BorshSerialize, io};
use core::{fmt, str::FromStr};
use thiserror::Error;

/// The suite of a chain, chosen in its genesis.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// SM2 and SM3 (GB/T 32918-2016, GB/T 32905-2016).
    National = 1,
    /// Ed25519 and SHA-256 (RFC 8032, FIPS 180-4).
    International = 2,
}

/// The algorithm of a key and of its signatures.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SM2 signatures over SM3 digests (OID 1.2.156.10197.1.501).
    Sm2Sm3 = 1,
    /// Ed25519 (OID 1.3.101.112).
    Ed25519 = 2,
}

/// An id or a name that stands for no suite or algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SuiteError {
    /// The byte stands for no suite.
    #[error("no suite has the id {0}")]
    UnknownSuite(u8),
    /// The byte stands for no algorithm.
    #[error("no algorithm has the id {0}")]
    UnknownAlgorithm(u8),
    /// The text is neither `national` nor `international`.
    #[error("a suite is called `national` or `international`")]
    UnknownName,
}

impl Suite {
    /// Both suites, for tests and tools that go through them.
    pub const ALL: [Self; 2] = [Self::National, Self::International];

    /// The byte in encodings.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The suite of an id byte; `None` for all but 1 and 2.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::National),
            2 => Some(Self::International),
            _ => None,
        }
    }

    /// The only signature algorithm of the suite.
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::National => Algorithm::Sm2Sm3,
            Self::International => Algorithm::Ed25519,
        }
    }

    /// `national` or `international`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::International => "international",
        }
    }
}

impl Algorithm {
    /// The byte in encodings.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The algorithm of an id byte; `None` for all but 1 and 2.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Sm2Sm3),
            2 => Some(Self::Ed25519),
            _ => None,
        }
    }

    /// The suite the algorithm belongs to.
    pub const fn suite(self) -> Suite {
        match self {
            Self::Sm2Sm3 => Suite::National,
            Self::Ed25519 => Suite::International,
        }
    }

    /// Bytes of a public key: 65 (04 ‖ x ‖ y) or 32.
    pub const fn public_key_bytes(self) -> usize {
        match self {
            Self::Sm2Sm3 => 65,
            Self::Ed25519 => 32,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Suite {
    type Err = SuiteError;

    fn from_str(text: &str) -> Result<Self, SuiteError> {
        Self::ALL.into_iter().find(|suite| suite.name() == text).ok_or(SuiteError::UnknownName)
    }
}

serde_as_text!(Suite, "`national` or `international`");

impl BorshSerialize for Suite {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.id().serialize(writer)
    }
}

impl BorshDeserialize for Suite {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let id = u8::deserialize_reader(reader)?;
        Self::from_id(id).ok_or_else(|| invalid(SuiteError::UnknownSuite(id)))
    }
}

impl BorshSerialize for Algorithm {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.id().serialize(writer)
    }
}

impl BorshDeserialize for Algorithm {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let id = u8::deserialize_reader(reader)?;
        Self::from_id(id).ok_or_else(|| invalid(SuiteError::UnknownAlgorithm(id)))
    }
}

/// A decoding error of borsh that carries our own text.
pub(crate) fn invalid(error: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, alloc::format!("{error}"))
}
