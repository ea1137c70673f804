//! Patterns of declared codes: a row of character classes, each with a count, matched in one pass.
//!
//! Comes in: `[0-9]{6}[A-Z]{1,3}`. Goes out: whether a text is one. Never: alternatives, groups, backtracking. A class with a
//! range of counts is followed by a class that shares no character with it, so there is one way to match.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Longest pattern, bytes.
const SOURCE_BYTES_MAX: usize = 256;
/// Most classes of a pattern.
const PARTS_MAX: usize = 16;
/// Longest text that a pattern may admit, characters.
const TEXT_MAX: u32 = 1024;

/// A checked pattern of ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    source: String,
    parts: Vec<Part>,
}

/// A class and how often it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    class: Class,
    min: u32,
    max: u32,
}

/// A set of ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class(u128);

impl Class {
    fn holds(self, byte: u8) -> bool {
        byte < 128 && self.0 & (1_u128 << byte) != 0
    }
}

/// The text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Not a row of classes with counts.
    #[error(
        "a pattern is a row of classes with counts, such as [A-Z]{{1,3}}[0-9]{{6}}; it fails at byte {at}"
    )]
    Syntax {
        /// Byte at which it fails.
        at: usize,
    },
    /// Two ways to match.
    #[error("class {part} has a range of counts and shares a character with the class after it")]
    Ambiguous {
        /// Position of the class, from 1.
        part: usize,
    },
    /// Too long, or it admits texts that are too long.
    #[error("a pattern has at most 256 bytes and 16 classes and admits at most 1024 characters")]
    TooLarge,
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(PatternError::TooLarge);
        }
        let mut reader = Reader { bytes: source.as_bytes(), at: 0 };
        let mut parts = Vec::new();
        while reader.at < source.len() {
            parts.push(reader.part().ok_or(PatternError::Syntax { at: reader.at })?);
        }
        let length = parts.iter().fold(0_u32, |sum, part| sum.saturating_add(part.max));
        if parts.is_empty() || parts.len() > PARTS_MAX || length > TEXT_MAX {
            return Err(PatternError::TooLarge);
        }
        for (index, part) in parts.iter().enumerate() {
            let shares = may_follow(&parts, index).any(|next| part.class.0 & next.class.0 != 0);
            if part.min != part.max && shares {
                return Err(PatternError::Ambiguous { part: index.saturating_add(1) });
            }
        }
        Ok(Self { source: source.into(), parts })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Longest text that matches, characters, which are bytes.
    pub fn length_max(&self) -> u32 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.max))
    }

    /// Shortest text that matches.
    pub fn length_min(&self) -> u32 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.min))
    }

    /// True when the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let mut rest = text.as_bytes();
        for part in &self.parts {
            let mut count = 0;
            while count < part.max
                && let Some((first, after)) = rest.split_first()
                && part.class.holds(*first)
            {
                rest = after;
                count = count.saturating_add(1);
            }
            if count < part.min {
                return false;
            }
        }
        rest.is_empty()
    }

    /// A text that matches: every class as often as `pick` says between its bounds, with the character that `pick` chooses.
    /// For examples and tests; `pick(n)` answers a number below `n`.
    pub fn example(&self, mut pick: impl FnMut(u32) -> u32) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let more = pick(part.max.saturating_sub(part.min).saturating_add(1));
            for _ in 0..part.min.saturating_add(more) {
                let letters = (0..128_u8).filter(|byte| part.class.holds(*byte));
                let nth = usize::try_from(pick(part.class.0.count_ones())).unwrap_or(0);
                text.extend(letters.map(char::from).nth(nth));
            }
        }
        text
    }
}

/// The parts that may stand directly after one: those up to the first that must occur.
fn may_follow(parts: &[Part], index: usize) -> impl Iterator<Item = &Part> {
    let mut open = true;
    parts.iter().skip(index.saturating_add(1)).take_while(move |part| {
        let before = open;
        open = open && part.min == 0;
        before
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn part(&mut self) -> Option<Part> {
        let class = self.class()?;
        self.take(b'{')?;
        let min = self.number()?;
        let max = match self.next()? {
            b'}' => min,
            b',' => {
                let max = self.number()?;
                self.take(b'}')?;
                max
            }
            _ => return None,
        };
        (min <= max && max > 0).then_some(Part { class, min, max })
    }

    /// `[a-z0-9_-]`: single characters and ranges; a minus is literal at the end. No `^`, no escapes.
    fn class(&mut self) -> Option<Class> {
        self.take(b'[')?;
        let mut set = 0_u128;
        while self.peek()? != b']' {
            let first = self.next()?;
            let range = self.peek() == Some(b'-')
                && self.bytes.get(self.at.saturating_add(1)).is_some_and(|byte| *byte != b']');
            let last = if range {
                self.take(b'-')?;
                self.next()?
            } else {
                first
            };
            let printable = |byte: u8| (b' '..=b'~').contains(&byte);
            if !printable(first) || !printable(last) || last < first {
                return None;
            }
            (first..=last).for_each(|byte| set |= 1_u128 << byte);
        }
        self.take(b']')?;
        (set != 0).then_some(Class(set))
    }

    /// One to four digits without a leading zero, or `0`.
    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit())
            && self.at < start.saturating_add(4)
        {
            self.next()?;
        }
        let digits = core::str::from_utf8(self.bytes.get(start..self.at)?).ok()?;
        let plain = digits == "0" || !digits.starts_with('0');
        digits.parse().ok().filter(|_| plain)
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;
    fn try_from(source: String) -> Result<Self, PatternError> {
        Self::parse(&source)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_texts_only() {
        let pattern = Pattern::parse("[A-Z]{1,3}[-]{0,1}[0-9]{6}").unwrap();
        for text in ["A123456", "ABC-123456", "AB123456"] {
            assert!(pattern.matches(text), "{text}");
        }
        for text in ["", "ABCD-123456", "A12345", "A1234567", "a123456", "A-123456 ", "Ａ123456"] {
            assert!(!pattern.matches(text), "{text}");
        }
        assert_eq!((pattern.length_min(), pattern.length_max()), (7, 10));
    }

    #[test]
    fn a_minus_at_the_end_and_any_printable_character_can_be_meant() {
        let key = Pattern::parse("[A-Za-z0-9._:/-]{1,128}").unwrap();
        assert!(key.matches("docs/README.md") && key.matches("a-b:c") && !key.matches("a b"));
        assert!(Pattern::parse("[/]{1}[!-~]{0,255}").unwrap().matches("/ip4/127.0.0.1/tcp/4001"));
    }

    #[test]
    fn what_could_match_in_two_ways_or_is_no_pattern_is_refused() {
        for source in ["[A-Z]{1,3}[A-F]{2}", "[a]{0,2}[b]{0,1}[a]{1}", "[0-9]{1,2}[0-9]{1}"] {
            assert!(
                matches!(Pattern::parse(source), Err(PatternError::Ambiguous { .. })),
                "{source}"
            );
        }
        assert!(Pattern::parse("[0-9]{2}[0-9]{1,4}").is_ok());
        for source in [
            "abc", "[a]", "[a]{2", "[a]{2,1}", "[a]{01}", "[]{1}", "[z-a]{1}", "[^a]{1}]",
            "[a]{0}", "[é]{1}", "[a]{1}b", "(a){1}", "[a-]{1}-",
        ] {
            assert!(matches!(Pattern::parse(source), Err(PatternError::Syntax { .. })), "{source}");
        }
        for source in ["", "[a]{1025}", &"[a]{1}".repeat(17), &"[a]{1}".repeat(64)] {
            assert_eq!(Pattern::parse(source), Err(PatternError::TooLarge), "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn examples_match_and_arbitrary_text_never_panics(seed: u32, text in "\\PC{0,60}") {
            let pattern = Pattern::parse("[A-Z]{1,3}[-_]{0,1}[0-9]{2,6}[x]{1}").unwrap();
            let mut state = seed;
            let example = pattern.example(|below| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) % below
            });
            proptest::prop_assert!(pattern.matches(&example), "{}", example);
            let _ = pattern.matches(&text);
            if let Ok(pattern) = Pattern::parse(&text) { proptest::prop_assert_eq!(pattern.source(), text); }
        }
    }
}
