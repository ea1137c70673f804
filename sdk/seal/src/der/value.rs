//! Values of single elements: numbers, texts, identifiers, bits, times.
//!
//! Comes in: elements. Goes out: values. Never: a second value for the same bytes.
use super::{Element, Fault, Notes, tag};
use crate::{Leniency, Reason, Time, time};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Bytes of the longest text that is taken.
const TEXT_BYTES_MAX: usize = 64 * 1024;

impl<'a> Element<'a> {
    fn fault(&self, field: &'static str) -> Fault {
        Fault::new(Reason::MalformedDer, field)
    }

    /// An INTEGER or ENUMERATED from 0 to 2^63 − 1.
    pub fn number(&self, field: &'static str, notes: &mut Notes) -> Result<u64, Fault> {
        let digits = self.integer(field, notes)?;
        if digits.len() > 8
            || digits.first().is_some_and(|first| digits.len() == 8 && first & 0x80 != 0)
        {
            return Err(self.fault(field));
        }
        Ok(digits.iter().fold(0u64, |sum, digit| (sum << 8) | u64::from(*digit)))
    }

    /// The digits of an INTEGER that is not negative, without leading zeros; empty for 0.
    pub fn integer(&self, field: &'static str, notes: &mut Notes) -> Result<&'a [u8], Fault> {
        let is_number = matches!(self.tag, tag::INTEGER | tag::ENUMERATED);
        match self.content {
            _ if !is_number => return Err(Fault::new(Reason::MissingField, field)),
            [] => return Err(self.fault(field)),
            [first, ..] if first & 0x80 != 0 => return Err(self.fault(field)),
            [0, second, ..] if second & 0x80 == 0 => notes.add(Leniency::LongInteger),
            _ => {}
        }
        let zeros = self.content.iter().take_while(|digit| **digit == 0).count();
        self.content.get(zeros..).ok_or_else(|| self.fault(field))
    }

    /// A BOOLEAN.
    pub fn boolean(&self, field: &'static str, notes: &mut Notes) -> Result<bool, Fault> {
        match self.content {
            [0] => Ok(false),
            [0xff] => Ok(true),
            [_] => {
                notes.add(Leniency::BooleanValue);
                Ok(true)
            }
            _ => Err(self.fault(field)),
        }
    }

    /// A BIT STRING of whole bytes; an OCTET STRING is forgiven.
    pub fn bits(&self, field: &'static str, notes: &mut Notes) -> Result<&'a [u8], Fault> {
        match (self.tag, self.content) {
            (tag::BIT_STRING, [0, bits @ ..]) => Ok(bits),
            (tag::BIT_STRING, _) => Err(self.fault(field)),
            (tag::OCTET_STRING, bytes) => {
                notes.add(Leniency::OctetForBit);
                Ok(bytes)
            }
            _ => Err(Fault::new(Reason::MissingField, field)),
        }
    }

    /// A text that should have the tag `expected`; another string type is forgiven.
    pub fn text(
        &self,
        expected: u8,
        field: &'static str,
        notes: &mut Notes,
    ) -> Result<String, Fault> {
        if self.content.len() > TEXT_BYTES_MAX {
            return Err(Fault::new(Reason::TooLarge, field));
        }
        if self.tag != expected {
            notes.add(Leniency::StringType);
        }
        self.any_text().ok_or_else(|| Fault::new(Reason::MissingField, field))
    }

    /// A text of any string type; bytes that are not UTF-8 are read as Latin-1.
    pub fn any_text(&self) -> Option<String> {
        match self.tag {
            tag::UTF8 | tag::PRINTABLE | tag::IA5 | tag::TELETEX | 0x12 | 0x1a => {
                Some(match core::str::from_utf8(self.content) {
                    Ok(text) => text.into(),
                    Err(_) => self.content.iter().map(|byte| char::from(*byte)).collect(),
                })
            }
            tag::BMP => {
                let units = self.content.chunks_exact(2).map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                });
                Some(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
            }
            _ => None,
        }
    }

    /// A time of one of the two types.
    pub fn time(&self, field: &'static str) -> Result<Time, Fault> {
        let time = match self.tag {
            tag::UTC_TIME => time::utc_time(self.content),
            tag::GENERALIZED_TIME => time::generalized_time(self.content),
            _ => return Err(Fault::new(Reason::MissingField, field)),
        };
        time.ok_or_else(|| self.fault(field))
    }

    /// A time that should have the tag `expected`; the other type is forgiven.
    pub fn time_of(
        &self,
        expected: u8,
        field: &'static str,
        notes: &mut Notes,
    ) -> Result<Time, Fault> {
        let time = self.time(field)?;
        if self.tag != expected {
            notes.add(Leniency::TimeType);
        }
        Ok(time)
    }
}

/// Whether the content of an OID is text that somebody wrote into it.
pub(crate) fn is_text_oid(content: &[u8]) -> bool {
    content.len() >= 3 && content.iter().all(u8::is_ascii_alphabetic)
}

/// An object identifier with dots; text in quotes where somebody wrote text; hexadecimal for what is neither.
pub(crate) fn oid_text(content: &[u8]) -> String {
    if is_text_oid(content) {
        return format!("\"{}\"", String::from_utf8_lossy(content));
    }
    dotted(content).unwrap_or_else(|| content.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn dotted(content: &[u8]) -> Option<String> {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0u64;
    let mut open = false;
    for byte in content {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        open = byte & 0x80 != 0;
        if !open {
            arcs.push(arc);
            arc = 0;
        }
    }
    let (first, rest) = arcs.split_first()?;
    if open {
        return None;
    }
    let head = (*first / 40).min(2);
    let mut text = format!("{head}.{}", first.saturating_sub(head.saturating_mul(40)));
    for arc in rest {
        text.push_str(&format!(".{arc}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_as_people_know_them() {
        let sm2 = hex::decode("2a811ccf55018375").unwrap();
        assert_eq!(oid_text(&sm2), "1.2.156.10197.1.501");
        assert_eq!(oid_text(b"tag"), "\"tag\"");
        assert_eq!(oid_text(&[0x55, 0x1d, 0x0f]), "2.5.29.15");
        assert_eq!(oid_text(&[0x81]), "81");
    }
}
