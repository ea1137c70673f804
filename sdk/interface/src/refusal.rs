//! Why bytes or JSON are not a value of their type: a stable code, a stable word, and the place as a JSON pointer.

use alloc::{format, string::String};
use core::fmt;
use yinglian_protocol::Code;

/// A refused value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code, as a submission is answered with it.
    pub code: Code,
    /// Where, as a JSON pointer (RFC 6901); empty for the whole.
    pub path: String,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A field has no member.
    #[error("is missing")]
    Missing,
    /// A member that no field declares.
    #[error("is not a field")]
    Unknown,
    /// A member twice in one object.
    #[error("occurs twice")]
    Repeated,
    /// Another form than the type has.
    #[error("is not {expected}")]
    Form {
        /// What the type asks for.
        expected: &'static str,
    },
    /// A number outside its bounds.
    #[error("is not between {min} and {max}")]
    Bounds {
        /// Smallest, as text.
        min: String,
        /// Largest, as text.
        max: String,
    },
    /// Too many bytes or items.
    #[error("is longer than {max}")]
    TooLong {
        /// Most bytes or items.
        max: u32,
    },
    /// Too few bytes or items.
    #[error("is shorter than {min}")]
    TooShort {
        /// Fewest bytes or items.
        min: u32,
    },
    /// A code that is not of its pattern.
    #[error("does not match {pattern}")]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// An item of a list that occurs twice.
    #[error("repeats an item before it")]
    Duplicate,
    /// A case that the choice does not have.
    #[error("is none of the cases")]
    Case,
    /// The bytes end within the value.
    #[error("ends before its value does")]
    End,
    /// Bytes follow the value.
    #[error("is followed by {bytes} bytes")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// More input than the type can need.
    #[error("is larger than {max} bytes")]
    Size {
        /// Most bytes.
        max: usize,
    },
    /// Not JSON at all.
    #[error("is not JSON: {problem}")]
    Json {
        /// What the parser says.
        problem: String,
    },
    /// The value is not one of this type: an error of the program that made it, or of the declaration.
    #[error("does not fit the declared type")]
    Declaration,
}

impl Reason {
    /// Stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Repeated => "repeated",
            Self::Form { .. } => "form",
            Self::Bounds { .. } => "bounds",
            Self::TooLong { .. } => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::Pattern { .. } => "pattern",
            Self::Duplicate => "duplicate",
            Self::Case => "case",
            Self::End => "end",
            Self::Trailing { .. } => "trailing",
            Self::Size { .. } => "size",
            Self::Json { .. } => "json",
            Self::Declaration => "declaration",
        }
    }
}

impl Refusal {
    /// A refusal of the value itself.
    pub(crate) fn here(reason: Reason) -> Self {
        Self { code: Code::ARGUMENTS_MALFORMED, path: String::new(), reason }
    }

    /// A refusal that has nothing to do with a place.
    pub(crate) fn with_code(code: Code) -> Self {
        Self { code, path: String::new(), reason: Reason::Declaration }
    }

    /// The same, said of a member of the value.
    pub(crate) fn within(mut self, member: impl fmt::Display) -> Self {
        let member = format!("{member}").replace('~', "~0").replace('/', "~1");
        self.path = format!("/{member}{}", self.path);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the value" } else { &self.path };
        write!(f, "{}: {place} {}", self.code, self.reason)
    }
}

impl core::error::Error for Refusal {}
