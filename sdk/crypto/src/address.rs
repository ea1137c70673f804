//! Addresses: who signed, in 21 bytes, and in a text that notices a slip of the pen.
//!
//! Comes in: a key, 21 bytes, or a text. Goes out: the address. Never: a second text for one address (no capitals, no
//! bech32 beside bech32m, no set padding bits), or a claim that anybody holds the key.
use crate::text::serde_as_text;
use crate::{PublicKey, Suite, suite};
use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use borsh::{BorshDeserialize, BorshSerialize, io};
use core::{fmt, str::FromStr};
use thiserror::Error;

/// The domain tag under which the bytes of a key are hashed.
const TAG: &str = "yinglian/address/v1";
/// What every address begins with, before the separator `1`.
const PREFIX: Hrp = Hrp::parse_unchecked("yl");
/// `yl1`, 34 characters for 21 bytes, 6 of checksum.
const TEXT_CHARACTERS: usize = 43;

/// The suite and the first 20 bytes of H(tag ‖ key).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    suite: Suite,
    digest: [u8; 20],
}

/// Why a text or bytes are not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// An address has one length only.
    #[error("an address has 43 characters, not {0}")]
    Length(usize),
    /// The text is not bech32m in lower case with the prefix `yl1`, or a character was mistyped.
    #[error("the checksum of the address does not agree with its characters")]
    Checksum,
    /// The first byte is no suite.
    #[error("the address names no known suite")]
    Suite(#[source] suite::SuiteError),
}

impl Address {
    /// The address of a key.
    pub fn of(key: &PublicKey) -> Self {
        let suite = key.suite();
        let mut digest = [0; 20];
        let hash = suite.tagged_hash(TAG, &[key.as_bytes()]);
        digest.iter_mut().zip(hash.0).for_each(|(kept, byte)| *kept = byte);
        Self { suite, digest }
    }

    /// The suite of the key behind the address.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// The 21 bytes of the encoding: suite id, then 20 bytes.
    pub fn to_bytes(&self) -> [u8; 21] {
        let mut bytes = [self.suite.id(); 21];
        let (_, tail) = bytes.split_at_mut(1);
        tail.copy_from_slice(&self.digest);
        bytes
    }

    /// The address of 21 bytes; refuses an unknown suite.
    pub fn from_bytes(bytes: &[u8; 21]) -> Result<Self, AddressError> {
        let [id, digest @ ..] = *bytes;
        let suite =
            Suite::from_id(id).ok_or(AddressError::Suite(suite::SuiteError::UnknownSuite(id)))?;
        Ok(Self { suite, digest })
    }
}

impl BorshSerialize for Address {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Address {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Self::from_bytes(&<[u8; 21]>::deserialize_reader(reader)?).map_err(suite::invalid)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<Bech32m, _>(formatter, PREFIX, &self.to_bytes())
            .map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() != TEXT_CHARACTERS {
            return Err(AddressError::Length(text.len()));
        }
        let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| AddressError::Checksum)?;
        let mut bytes = [0u8; 21];
        let mut decoded = checked.byte_iter();
        for byte in &mut bytes {
            *byte = decoded.next().ok_or(AddressError::Checksum)?;
        }
        let address = Self::from_bytes(&bytes)?;
        // Written again it must be the same text: this refuses capitals, a foreign prefix and set padding bits at once.
        if alloc::format!("{address}") != text {
            return Err(AddressError::Checksum);
        }
        Ok(address)
    }
}

serde_as_text!(Address, "an address that begins with `yl1`");
