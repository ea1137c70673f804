//! The unified social credit code (统一社会信用代码), which names an organisation.

use crate::codec::invalid;
use alloc::string::{String, ToString};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// Alphabet of GB 32100-2015: digits and capital letters without I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of the 17 characters before the check character, GB 32100-2015 clause 4.2.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// 18 characters with a valid check character, GB 32100-2015.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode([u8; 18]);

/// The text is no credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters of the alphabet.
    #[error("a credit code has 18 characters of 0-9 A-Z without I O S V Z")]
    Shape,
    /// The last character does not check.
    #[error("the check character of the credit code is wrong")]
    CheckCharacter,
}

impl CreditCode {
    /// Checks and wraps a code.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let bytes: [u8; 18] = text.as_bytes().try_into().map_err(|_| CreditCodeError::Shape)?;
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: [u8; 18]) -> Result<Self, CreditCodeError> {
        let mut sum: u32 = 0;
        let mut last = 0;
        for (index, byte) in bytes.iter().enumerate() {
            let value = ALPHABET
                .iter()
                .position(|letter| letter == byte)
                .and_then(|value| u32::try_from(value).ok())
                .ok_or(CreditCodeError::Shape)?;
            match WEIGHTS.get(index) {
                // At most 30 * 30 a term: the sum stays far below u32.
                Some(weight) => sum = sum.saturating_add(weight.saturating_mul(value)),
                None => last = value,
            }
        }
        let check = 31_u32.saturating_sub(sum.rem_euclid(31)).rem_euclid(31);
        if check == last { Ok(Self(bytes)) } else { Err(CreditCodeError::CheckCharacter) }
    }

    /// The 18 ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }
}

impl BorshDeserialize for CreditCode {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let bytes = <[u8; 18]>::deserialize_reader(reader)?;
        Self::from_bytes(bytes).map_err(|_| invalid("credit code"))
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| fmt::Write::write_char(f, char::from(*b)))
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CreditCode {
    type Err = CreditCodeError;
    fn from_str(text: &str) -> Result<Self, CreditCodeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CreditCode {
    type Error = CreditCodeError;
    fn try_from(text: String) -> Result<Self, CreditCodeError> {
        Self::parse(&text)
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> String {
        code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_synthetic_codes_of_the_city_pass_and_a_wrong_check_character_fails() {
        for text in ["11410400XX0000019H", "11410400XX0000027C", "12410400XX00000354"] {
            assert_eq!(CreditCode::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(CreditCode::parse("11410400XX00000190"), Err(CreditCodeError::CheckCharacter));
        assert_eq!(CreditCode::parse("11410400xx0000019H"), Err(CreditCodeError::Shape));
    }
}
