//! Base64 of RFC 4648 clause 4, as `CheckValue` is written.
//!
//! Comes in: text, blanks and line ends in it. Goes out: bytes. Never: a value that could be written in two ways.

/// Decodes; `None` for anything that is not whole, padded and canonical.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let mut bytes = Vec::new();
    let mut groups = letters.chunks_exact(4).peekable();
    while let Some(group) = groups.next() {
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 || (padding > 0 && groups.peek().is_some()) {
            return None;
        }
        let mut word = 0u32;
        for letter in group.iter().take(4usize.checked_sub(padding)?) {
            word = (word << 6) | value(*letter)?;
        }
        let (shift, count) = match padding {
            0 => (0u32, 3usize),
            1 => (6, 2),
            _ => (12, 1),
        };
        let whole = (word << shift).to_be_bytes();
        let spare = whole.get(count.checked_add(1)?..)?;
        if spare.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(whole.iter().skip(1).take(count));
    }
    groups_are_whole(&letters).then_some(bytes)
}

fn groups_are_whole(letters: &[u8]) -> bool {
    letters.chunks_exact(4).remainder().is_empty()
}

fn value(letter: u8) -> Option<u32> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = alphabet.iter().position(|known| *known == letter)?;
    u32::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_base64_is_read() {
        assert_eq!(decode("Zm9v"), Some(b"foo".to_vec()));
        assert_eq!(decode("Zm9v\nYg=="), Some(b"foob".to_vec()));
        assert_eq!(decode("Zm8="), Some(b"fo".to_vec()));
        for wrong in ["Zm9", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "Zm9-", "===="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
