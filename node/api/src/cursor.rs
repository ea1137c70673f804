//! Cursors: where a page of a query ended, sealed. A place in an index tells values of objects, perhaps of one that the caller may not
//! read; and a cursor is good for the one question and caller that it was given to, while the node runs.

use crate::{ports::Refusal, problem::ApiError};
use yinglian_gm::sm4::Sm4Gcm;
use yinglian_protocol::Code;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// Longest cursor, hex digits: a place holds four fields of some 500 bytes and a key.
const TEXT_BYTES_MAX: usize = 8_192;

/// Seals cursors under a key that this process drew.
pub(crate) struct Cursors(Sm4Gcm);

impl Cursors {
    /// Draws the key.
    pub(crate) fn new() -> Self {
        let mut key = [0; 16];
        // Without randomness the system is beyond help; each cursor draws its nonce and fails for itself.
        let _ = getrandom::fill(&mut key);
        Self(Sm4Gcm::new(&key))
    }

    /// Seals a place for a question.
    pub(crate) fn seal(&self, question: &[u8], place: &[u8]) -> Result<String, ApiError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Code::INTERNAL)?;
        let mut bytes = place.to_vec();
        let tag = self.0.seal(&nonce, question, &mut bytes).map_err(|_| Code::INTERNAL)?;
        Ok(hex::encode([&nonce[..], &bytes, &tag].concat()))
    }

    /// Opens a cursor that was given to the same question.
    pub(crate) fn open(&self, question: &[u8], text: &str) -> Result<Vec<u8>, ApiError> {
        let open = || {
            let bytes = (text.len() <= TEXT_BYTES_MAX).then(|| hex::decode(text).ok()).flatten()?;
            let (nonce, rest) = bytes.split_first_chunk::<NONCE_BYTES>()?;
            let (place, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
            let mut place = place.to_vec();
            self.0.open(nonce, question, &mut place, tag).ok()?;
            Some(place)
        };
        let detail = "the cursor is not of this question; begin again without one";
        open().ok_or_else(|| Refusal::new(Code::REQUEST_MALFORMED).detail(detail).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_question_alone_and_shows_nothing() {
        let cursors = Cursors::new();
        let text = cursors.seal(b"question", b"place of an object").unwrap();
        assert_eq!(cursors.open(b"question", &text).unwrap(), b"place of an object");
        assert!(!text.contains(&hex::encode("place")));
        assert_ne!(text, cursors.seal(b"question", b"place of an object").unwrap());
        assert!(cursors.open(b"another", &text).is_err());
        assert!(Cursors::new().open(b"question", &text).is_err());
        let mut forged = text.clone().into_bytes();
        forged[30] ^= 1;
        assert!(cursors.open(b"question", &String::from_utf8(forged).unwrap()).is_err());
        for wrong in ["", "00", "zz", &"0".repeat(9_000)] {
            assert!(cursors.open(b"question", wrong).is_err());
        }
    }
}
