//! The call `record.notarize` for something digested here.

use crate::record_words;
use std::path::Path;
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

/// Characters of a file's name in its key, and hexadecimal digits of its digest beside them.
const STEM_CHARACTERS_MAX: usize = 96;
const DIGEST_DIGITS: usize = 16;

/// Business key of a file: what the alphabet of keys has of its name, without the ending, and the beginning of its digest; the
/// whole digest where the name has no letter or digit of that alphabet. Never of its folders, which name people and places.
pub fn file_key(path: &Path, digest: &Hash) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let fits = |letter: &char| letter.is_ascii_alphanumeric() || "._-".contains(*letter);
    let name: String = stem.chars().filter(fits).take(STEM_CHARACTERS_MAX).collect();
    let name = name.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let digest = digest.to_string();
    match digest.get(..DIGEST_DIGITS).filter(|_| !name.is_empty()) {
        Some(begin) => format!("{name}-{begin}"),
        None => format!("file:{digest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_file_tells_no_folder_and_does_not_collide() {
        let key = |path: &str, content: &str| {
            file_key(Path::new(path), &Suite::National.hash(&[content.as_bytes()]))
        };
        let report = key("410499197410268205/report.pdf", "a");
        assert!(report.starts_with("report-") && report.len() == "report-".len() + 16, "{report}");
        assert_eq!(report, key("elsewhere/report.pdf", "a"));
        assert_ne!(report, key("report.pdf", "b"));
        assert!(key("部门 文件/会议纪要 2026.docx", "a").starts_with("2026-"));
        let (one, other) = (key("甲乙丙/文件.txt", "a"), key("丁戊己/资料.txt", "b"));
        assert!(one != other && one.starts_with("file:"), "{one} {other}");
        for path in ["通知", "", "..", &"a".repeat(300), "-.-.txt"] {
            assert!(yinglian_protocol::guard::is_code(&key(path, "a")), "{path}");
        }
    }

    #[test]
    fn business_keys_keep_their_alphabet() {
        assert_eq!(business_key("docs/README.zh.md").as_deref(), Some("docs/README.zh.md"));
        assert_eq!(business_key("通知 2026.pdf").as_deref(), Some("___2026.pdf"));
        assert_eq!(business_key("通知"), None);
        assert_eq!(business_key(""), None);
        assert_eq!(business_key(&"a".repeat(129)), None);
    }
}
