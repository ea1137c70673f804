//! The text forms of fixed bytes: lower-case hexadecimal, one text per value, and serde through that text.
//!
//! Comes in: text of any length from outside. Goes out: the bytes, or where the text went wrong. Never: a second spelling of
//! the same value (capitals, `0x`, blanks), an allocation that grows with the input.
use core::fmt;
use thiserror::Error;

/// Why a text is not the lower-case hexadecimal form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HexError {
    /// The text does not have the one length the value has.
    #[error("{found} characters where {expected} hexadecimal digits are needed")]
    Length {
        /// Digits of a right text.
        expected: usize,
        /// Bytes of the text given.
        found: usize,
    },
    /// The text holds something other than `0`–`9` and `a`–`f`.
    #[error("a character other than 0-9 and a-f at position {position}")]
    Character {
        /// Counted in bytes from 0.
        position: usize,
    },
}

pub(crate) fn write_hex(formatter: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

/// Fills `out`, or says why it cannot; `out` is meaningless after an error.
pub(crate) fn read_hex(text: &str, out: &mut [u8]) -> Result<(), HexError> {
    let expected = out.len().saturating_mul(2);
    if text.len() != expected {
        return Err(HexError::Length { expected, found: text.len() });
    }
    // Capitals would be a second text for the same value, so they are looked for first.
    let wrong = text.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(position) = wrong {
        return Err(HexError::Character { position });
    }
    hex::decode_to_slice(text, out).map_err(|_| HexError::Character { position: 0 })
}

/// `Serialize` by `Display` and `Deserialize` by `FromStr`.
macro_rules! serde_as_text {
    ($type:ty, $expecting:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;
                impl serde::de::Visitor<'_> for TextVisitor {
                    type Value = $type;

                    fn expecting(
                        &self,
                        formatter: &mut core::fmt::Formatter<'_>,
                    ) -> core::fmt::Result {
                        formatter.write_str($expecting)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(TextVisitor)
            }
        }
    };
}
pub(crate) use serde_as_text;
