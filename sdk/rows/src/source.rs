//! What only one side knows: how its file or database writes values.
//!
//! Comes in: bytes of a field. Goes out: their text, or a refusal. Never: part of a schema's digest: two sides with different
//! sources come to the same rows.
use crate::limits;
use alloc::{borrow::Cow, string::String};
use core::str;

/// How a source encodes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8; ill-formed sequences are refused.
    #[default]
    Utf8,
    /// GBK and GB18030, which extends it, as the Encoding Standard decodes them; undefined sequences are refused.
    Gb18030,
}

impl Encoding {
    /// `utf-8`, `gbk` or `gb18030`, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            _ if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") => {
                Some(Self::Utf8)
            }
            _ if name.eq_ignore_ascii_case("gbk") || name.eq_ignore_ascii_case("gb18030") => {
                Some(Self::Gb18030)
            }
            _ => None,
        }
    }

    /// The text of bytes; `None` when they are no text in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gb18030 => {
                encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)
            }
        }
    }
}

/// A fixed distance from UTC, in minutes, at most 14 hours either way; `+08:00` unless a source says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(i16);

impl Zone {
    /// The zone so many minutes east of UTC.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (-limits::ZONE_MINUTES_MAX..=limits::ZONE_MINUTES_MAX)
            .contains(&minutes)
            .then_some(Self(minutes))
    }

    /// Reads `Z` or `+08:00`.
    pub fn parse(text: &str) -> Option<Self> {
        crate::time::whole_offset(text).and_then(Self::from_minutes)
    }

    /// Minutes east of UTC.
    pub const fn minutes(self) -> i16 {
        self.0
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(8 * 60)
    }
}

/// How one side's source writes values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// Encoding of its bytes.
    pub encoding: Encoding,
    /// Zone of times that name none.
    pub zone: Zone,
    /// The text that stands for NULL, such as `\N`; compared as it stands.
    pub null: Option<String>,
    /// True for a source that cannot tell an empty text from NULL, and means NULL.
    pub empty_is_null: bool,
}
