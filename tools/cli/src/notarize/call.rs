//! The call `record.notarize` for something digested here.

use crate::record_words;
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::calls::record::{Digest, Notarize, Source};
use yinglian_protocol::{Hash, Name, Suite};

/// Name of this program as the source of records.
const SYSTEM: &str = "yinglian-cli";

/// What all records of one run share.
#[derive(Debug, Clone)]
pub struct Common {
    /// Suite of the chain.
    pub suite: Suite,
    /// Kind of record.
    pub kind: Name,
    /// How the source was captured.
    pub method: Name,
    /// Tag of the operator.
    pub operator: String,
}

impl Common {
    /// The call for one digest.
    pub fn call(
        &self,
        business_key: String,
        title: String,
        digest: (Hash, u64),
        clock_ms: u64,
    ) -> anyhow::Result<Arguments> {
        Ok(Arguments::from(Notarize {
            kind: self.kind.clone(),
            business_key,
            digest: Digest {
                algorithm: Name::parse(record_words::digest_algorithm(self.suite))?,
                value: digest.0,
                length_bytes: digest.1,
            },
            title,
            source: Source {
                system: SYSTEM.to_owned(),
                method: self.method.clone(),
                operator_tag: self.operator.clone(),
                clock_ms,
            },
            corrects: None,
        }))
    }
}

/// A text as a business key: what its alphabet lacks becomes `_`; a text that would be nothing but that, or is too long,
/// gives none.
pub fn business_key(text: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._:/-".contains(letter);
    let key: String = text.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect();
    let is_telling = text.chars().any(|letter| letter.is_ascii_alphanumeric());
    let in_length =
        (1..=yinglian_protocol::calls::record::BUSINESS_KEY_BYTES_MAX).contains(&key.len());
    (is_telling && in_length).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_keys_keep_their_alphabet() {
        assert_eq!(business_key("docs/README.zh.md").as_deref(), Some("docs/README.zh.md"));
        assert_eq!(business_key("通知 2026.pdf").as_deref(), Some("___2026.pdf"));
        assert_eq!(business_key("通知"), None);
        assert_eq!(business_key(""), None);
        assert_eq!(business_key(&"a".repeat(129)), None);
    }
}
