//! DER over received bytes: elements as slices, nothing copied, nothing encoded anew.
//!
//! Comes in: bytes from anybody. Goes out: elements with their raw bytes, values of the types that seals and certificates use, and every
//! leniency on the way. Never: an indefinite length, a recursion, a length that is believed before it is checked.
mod value;

pub(crate) use value::{is_text_oid, oid_text};

use crate::{Leniency, Reason};
use alloc::vec::Vec;

/// Bytes of the largest structure that is read.
pub(crate) const BYTES_MAX: usize = 32 * 1024 * 1024;

/// Tags, X.690 8.1.2 and X.680 8.4.
pub(crate) mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8: u8 = 0x0c;
    pub const PRINTABLE: u8 = 0x13;
    pub const TELETEX: u8 = 0x14;
    pub const IA5: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const BMP: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// `[number]` around other elements.
    pub const fn context(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number]` in the place of a primitive type's tag.
    pub const fn implicit(number: u8) -> u8 {
        0x80 | number
    }
}

/// Why bytes are not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The reason for the report.
    pub reason: Reason,
    /// The field that was being read.
    pub field: &'static str,
}

impl Fault {
    pub const fn new(reason: Reason, field: &'static str) -> Self {
        Self { reason, field }
    }
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// The identifier octet; tags above 30 do not occur.
    pub tag: u8,
    /// The content octets.
    pub content: &'a [u8],
    /// Identifier, length and content as received.
    pub raw: &'a [u8],
}

/// Leniencies, each once, in the order in which they were met.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Notes(Vec<Leniency>);

impl Notes {
    pub fn add(&mut self, leniency: Leniency) {
        if !self.0.contains(&leniency) {
            self.0.push(leniency);
        }
    }

    pub fn into_vec(self) -> Vec<Leniency> {
        self.0
    }

    #[cfg(test)]
    pub fn as_slice(&self) -> &[Leniency] {
        &self.0
    }
}

/// Reads elements one after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever its tag.
    pub fn next(&mut self, field: &'static str, notes: &mut Notes) -> Result<Element<'a>, Fault> {
        let fault = Fault::new(Reason::MalformedDer, field);
        let bytes = self.rest;
        let (tag, after) = match bytes {
            [] => return Err(Fault::new(Reason::MissingField, field)),
            [tag, after @ ..] if tag & 0x1f != 0x1f => (*tag, after),
            _ => return Err(fault),
        };
        let (length, after) = length(after, notes).ok_or(fault)?;
        let (content, rest) = after.split_at_checked(length).ok_or(fault)?;
        let raw_bytes = bytes.len().saturating_sub(rest.len());
        let raw = bytes.get(..raw_bytes).ok_or(fault)?;
        self.rest = rest;
        Ok(Element { tag, content, raw })
    }

    /// The next element, which must have this tag.
    pub fn expect(
        &mut self,
        tag: u8,
        field: &'static str,
        notes: &mut Notes,
    ) -> Result<Element<'a>, Fault> {
        let mut ahead = *self;
        let element = ahead.next(field, notes)?;
        if element.tag != tag {
            return Err(Fault::new(Reason::MissingField, field));
        }
        *self = ahead;
        Ok(element)
    }

    /// The next element if it has this tag.
    pub fn optional(
        &mut self,
        tag: u8,
        field: &'static str,
        notes: &mut Notes,
    ) -> Result<Option<Element<'a>>, Fault> {
        if self.peek() == Some(tag) { self.next(field, notes).map(Some) } else { Ok(None) }
    }

    /// Nothing may follow.
    pub fn end(&self, field: &'static str) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(Fault::new(Reason::TrailingData, field)) }
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub const fn reader(&self) -> Reader<'a> {
        Reader::new(self.content)
    }
}

/// The one element that the bytes are.
pub(crate) fn only<'a>(
    bytes: &'a [u8],
    tag: u8,
    field: &'static str,
    notes: &mut Notes,
) -> Result<Element<'a>, Fault> {
    if bytes.len() > BYTES_MAX {
        return Err(Fault::new(Reason::TooLarge, field));
    }
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag, field, notes)?;
    reader.end(field)?;
    Ok(element)
}

/// The elements of a SEQUENCE OF, at most `max`.
pub(crate) fn elements<'a>(
    element: Element<'a>,
    max: usize,
    field: &'static str,
    notes: &mut Notes,
) -> Result<Vec<Element<'a>>, Fault> {
    let mut reader = element.reader();
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() >= max {
            return Err(Fault::new(Reason::TooLarge, field));
        }
        found.push(reader.next(field, notes)?);
    }
    Ok(found)
}

/// The elements of a SEQUENCE OF or SET OF SEQUENCE, at most `max`.
pub(crate) fn sequences<'a>(
    element: Element<'a>,
    max: usize,
    field: &'static str,
    notes: &mut Notes,
) -> Result<Vec<Element<'a>>, Fault> {
    let found = elements(element, max, field, notes)?;
    if found.iter().all(|item| item.tag == tag::SEQUENCE) {
        Ok(found)
    } else {
        Err(Fault::new(Reason::MissingField, field))
    }
}

/// Length octets, X.690 8.1.3: definite, at most four bytes of length.
fn length<'a>(bytes: &'a [u8], notes: &mut Notes) -> Option<(usize, &'a [u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let length = digits.iter().fold(0u32, |sum, digit| (sum << 8) | u32::from(*digit));
    if length < 0x80 || digits.first() == Some(&0) {
        notes.add(Leniency::LongLength);
    }
    Some((usize::try_from(length).ok()?, rest))
}

/// Writes identifier and length octets before a content: for inputs of signatures that the standards define as a new SEQUENCE
/// around received elements.
pub(crate) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let total = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
    let mut bytes = Vec::with_capacity(total.saturating_add(6));
    bytes.push(tag);
    let digits = total.to_be_bytes();
    let used: &[u8] = {
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.get(zeros..).unwrap_or(&[])
    };
    match (used, total < 0x80) {
        (_, true) => bytes.push(digits.last().copied().unwrap_or(0)),
        (used, false) => {
            bytes.push(0x80 | u8::try_from(used.len()).unwrap_or(8));
            bytes.extend_from_slice(used);
        }
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indefinite_or_unbounded_length_is_refused() {
        for bytes in [
            &b"\x30\x80\x00\x00"[..],
            b"\x30\x85\0\0\0\0\0",
            b"\x30\x05\x02",
            b"\x3f\x01\0",
            b"\x30",
        ] {
            let mut notes = Notes::default();
            assert_eq!(
                Reader::new(bytes).next("x", &mut notes).unwrap_err().reason,
                Reason::MalformedDer,
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn a_long_length_is_read_and_named() {
        let mut notes = Notes::default();
        let element = only(b"\x04\x81\x01\x07", tag::OCTET_STRING, "x", &mut notes).unwrap();
        assert_eq!(element.content, [7]);
        assert_eq!(notes.as_slice(), [Leniency::LongLength]);
    }

    #[test]
    fn what_is_wrapped_is_read_again() {
        for length in [0usize, 127, 128, 255, 256, 70_000] {
            let content = alloc::vec![5; length];
            let bytes = wrap(tag::SEQUENCE, &[&content]);
            let mut notes = Notes::default();
            assert_eq!(only(&bytes, tag::SEQUENCE, "x", &mut notes).unwrap().content, content);
            assert_eq!(notes.as_slice(), []);
        }
    }
}
