//! The region code (行政区划代码), which places an organisation in the tree of province, city, county, township, village.

use crate::codec::invalid;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// 6 digits of GB/T 2260 (province, city, county), 9 with a township of GB/T 10114, or 12 with a village.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

/// The text is no region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a region code has 6, 9 or 12 digits and begins with 1 to 9")]
pub struct RegionError;

impl Region {
    /// Checks and wraps a code.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let shape = matches!(text.len(), 6 | 9 | 12) && !text.starts_with('0');
        if digits && shape { Ok(Self(text.into())) } else { Err(RegionError) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits that tell this region from others: a city `410400` is all codes that begin with `4104`.
    fn significant(&self) -> &str {
        let code = self.0.as_str();
        match code.len() {
            6 => code.strip_suffix("0000").or_else(|| code.strip_suffix("00")).unwrap_or(code),
            // A township written with 12 digits ends in 000.
            12 => code.strip_suffix("000").unwrap_or(code),
            _ => code,
        }
    }

    /// True when `other` is this region or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.significant().starts_with(self.significant())
    }
}

impl BorshDeserialize for Region {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::parse(&text).map_err(|_| invalid("region"))
    }
}

impl FromStr for Region {
    type Err = RegionError;
    fn from_str(text: &str) -> Result<Self, RegionError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;
    fn try_from(text: String) -> Result<Self, RegionError> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        Region::parse(text).unwrap()
    }

    #[test]
    fn a_city_contains_its_counties_and_townships_and_no_others() {
        let (city, county, town) = (region("410400"), region("410421"), region("410421100"));
        assert!(city.contains(&county) && city.contains(&town) && county.contains(&town));
        assert!(city.contains(&city) && region("410000").contains(&city));
        assert!(!county.contains(&city) && !town.contains(&county));
        assert!(!region("410422").contains(&town) && !region("410500").contains(&county));
        // A township whose number ends in zeros contains its villages, and not the next township.
        assert!(town.contains(&region("410421100201")) && region("410421100000").contains(&town));
        assert!(!town.contains(&region("410421101")));
    }

    #[test]
    fn other_lengths_and_characters_are_no_region() {
        for text in ["", "4104", "41040a", "４１０４００", "010400", "4104000", "4104211001234"]
        {
            assert_eq!(Region::parse(text), Err(RegionError), "{text}");
        }
    }
}
