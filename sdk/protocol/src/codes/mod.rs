//! Stable codes of everything that can be refused: one table, both languages, with cause and remedy.
//!
//! Ranges: 1xxx envelopes and blocks, 2xxx membership, 3xxx records, 4xxx node and API, 5xxx verification, 6xxx tools, 7xxx what
//! every declared rule refuses with.

use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($name:ident = $number:literal, $status:literal,
       en: $et:literal, $ec:literal, $er:literal,
       zh: $zt:literal, $zc:literal, $zr:literal;)*) => {
        impl Code {
            $(#[doc = $et] pub const $name: Self = Self($number);)*
        }
        pub(super) static ROWS: &[CodeRow] = &[
            $(CodeRow {
                code: Code($number),
                name: stringify!($name),
                http_status: $status,
                en: CodeText { title: $et, cause: $ec, remedy: $er },
                zh: CodeText { title: $zt, cause: $zc, remedy: $zr },
            },)*
        ];
    };
}

mod law;
mod members;
mod table;

/// A stable code, written `YL1001`. Numbers are never reused.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Code(pub u16);

/// What a code means, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// What happened.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// One row of the table.
pub(crate) struct CodeRow {
    pub code: Code,
    pub name: &'static str,
    pub http_status: u16,
    pub en: CodeText,
    pub zh: CodeText,
}

fn rows() -> impl Iterator<Item = &'static CodeRow> {
    table::ROWS.iter().chain(members::ROWS).chain(law::ROWS)
}

impl Code {
    /// True for an outcome whose effects took place.
    pub fn is_applied(self) -> bool {
        self == Self::APPLIED
    }

    fn row(self) -> Option<&'static CodeRow> {
        rows().find(|row| row.code == self)
    }

    /// Name of the code, `ENVELOPE_MALFORMED`.
    pub fn name(self) -> &'static str {
        self.row().map_or("UNKNOWN", |row| row.name)
    }

    /// Status that the HTTP API answers with.
    pub fn http_status(self) -> u16 {
        self.row().map_or(500, |row| row.http_status)
    }

    /// English text.
    pub fn en(self) -> Option<CodeText> {
        self.row().map(|row| row.en)
    }

    /// Chinese text.
    pub fn zh(self) -> Option<CodeText> {
        self.row().map(|row| row.zh)
    }

    /// Every code of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        rows().map(|row| row.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YL{:04}", self.0)
    }
}

/// The text is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a code is written YL and four digits")]
pub struct CodeError;

impl FromStr for Code {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let digits = text.strip_prefix("YL").filter(|digits| digits.len() == 4).ok_or(CodeError)?;
        digits.parse().map(Self).map_err(|_| CodeError)
    }
}

impl TryFrom<String> for Code {
    type Error = CodeError;
    fn try_from(text: String) -> Result<Self, CodeError> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        alloc::format!("{code}")
    }
}
