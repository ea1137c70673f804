//! Distinguished names for people.
//!
//! Comes in: the DER of a Name. Goes out: text. Never: a comparison; paths compare the bytes.
use crate::der::{self, Notes, oid_text, tag};
use alloc::format;
use alloc::string::String;

/// `C=CN, O=…, CN=…` in the order of the certificate; empty for bytes that are no Name.
pub(super) fn text(name: &[u8]) -> String {
    parts(name).unwrap_or_default()
}

fn parts(name: &[u8]) -> Option<String> {
    let notes = &mut Notes::default();
    let whole = der::only(name, tag::SEQUENCE, "name", notes).ok()?;
    let mut text = String::new();
    for set in der::elements(whole, 64, "name", notes).ok()? {
        for pair in der::elements(set, 8, "name", notes).ok()? {
            let mut fields = pair.reader();
            let kind = fields.expect(tag::OID, "name", notes).ok()?.content;
            let value = fields.next("name", notes).ok()?.any_text().unwrap_or_default();
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&format!("{}={}", label(kind), printable(&value)));
        }
    }
    Some(text)
}

/// Control characters and what turns the direction of writing have no place in a report.
fn printable(value: &str) -> String {
    value
        .chars()
        .map(|char| match char {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            char if char.is_control() => '\u{fffd}',
            char => char,
        })
        .collect()
}

fn label(kind: &[u8]) -> String {
    match kind {
        [0x55, 0x04, 3] => "CN".into(),
        [0x55, 0x04, 5] => "SERIALNUMBER".into(),
        [0x55, 0x04, 6] => "C".into(),
        [0x55, 0x04, 7] => "L".into(),
        [0x55, 0x04, 8] => "ST".into(),
        [0x55, 0x04, 10] => "O".into(),
        [0x55, 0x04, 11] => "OU".into(),
        other => oid_text(other),
    }
}
