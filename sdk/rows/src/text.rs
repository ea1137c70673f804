//! Type C: text in NFC.
use crate::FieldError;
use alloc::vec::Vec;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Appends the canonical text. Most characters: `length`.
pub fn append(
    text: &str,
    length: u32,
    fixed_width: bool,
    out: &mut Vec<u8>,
) -> Result<(), FieldError> {
    let from = out.len();
    if is_surely_nfc(text) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        out.extend_from_slice(text.as_bytes());
    } else {
        let mut buffer = [0; 4];
        for letter in text.nfc() {
            out.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
        }
    }
    if fixed_width {
        let text = out.get(from..).unwrap_or_default();
        let kept =
            text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last.saturating_add(1));
        out.truncate(from.saturating_add(kept));
    }
    let text = out.get(from..).unwrap_or_default();
    if text.contains(&0) {
        return Err(FieldError::Nul);
    }
    // A character is no longer than its bytes; counting is for texts that may be too long.
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if text.len() > length && text.iter().filter(|byte| **byte & 0xc0 != 0x80).count() > length {
        return Err(FieldError::TooLong);
    }
    Ok(())
}

/// True when every character is below U+0300 or in U+4000 to U+9FFF: none of those composes, decomposes or moves.
fn is_surely_nfc(text: &str) -> bool {
    text.bytes().all(|byte| byte < 0xcc || (0xe4..=0xe9).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::is_nfc;

    #[test]
    fn what_is_taken_for_nfc_at_once_is_nfc_even_beside_combining_marks() {
        let sure = |letter: &char| is_surely_nfc(letter.encode_utf8(&mut [0; 4]));
        for letter in (char::MIN..=char::MAX).filter(sure) {
            assert!(is_nfc_quick([letter].into_iter()) == IsNormalized::Yes, "{letter:?}");
        }
        assert!(is_surely_nfc("多福巷社区居委会 é A"));
        assert!(!is_surely_nfc("e\u{301}"));
        assert!(is_nfc("é") && !is_nfc("e\u{301}"));
    }
}
