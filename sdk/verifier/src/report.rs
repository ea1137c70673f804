//! What a check found, in both languages: what is proven under which root, and which file is not as it was packed.

use serde::Serialize;
use serde_json::Value;
use yinglian_protocol::Code;

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A file that is not as it was packed, or does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name in the package; empty when the package as a whole is meant.
    pub file: String,
    /// Stable code.
    pub code: Code,
    /// Title of the code.
    pub title: Words,
}

/// A receipt that is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProvenRecord {
    /// Name of the receipt in the package.
    pub file: String,
    /// Id of the record.
    pub record: String,
    /// Height of its block.
    pub height: String,
    /// Position in the log.
    pub position: String,
    /// Time of its block, RFC 3339.
    pub time: String,
    /// Organisation of the sender.
    pub organization: String,
    /// Who signed.
    pub sender: String,
    /// Outcome.
    pub code: Code,
    /// Height of the checkpoint.
    pub checkpoint_height: String,
    /// Hash of the checkpoint's header.
    pub checkpoint_hash: String,
    /// Time of the checkpoint, RFC 3339.
    pub checkpoint_time: String,
    /// Validators whose signatures were checked.
    pub signers: u16,
    /// The verdict, in the words of the specification.
    pub verdict: Words,
    /// What the reader should know though the proof holds.
    pub warnings: Vec<Words>,
    /// The call: contract, method, arguments as JSON.
    pub call: Value,
}

/// A file whose digest a proven record holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Name of the file in the package.
    pub file: String,
    /// Name of the receipt that proves it.
    pub receipt: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// True when at least one record is proven and nothing is found wrong.
    pub ok: bool,
    /// The root that was used; empty when none could be read.
    pub root: String,
    /// True when the root is the package's own claim, which proves nothing until it is compared.
    pub root_is_claimed: bool,
    /// Files looked at.
    pub files: u32,
    /// Records that are proven.
    pub proven: Vec<ProvenRecord>,
    /// Files that proven records hold.
    pub matched: Vec<Matched>,
    /// What is wrong, file by file.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds what is wrong with a file, once.
    pub(crate) fn find(&mut self, file: &str, code: Code) {
        if self.findings.iter().any(|found| found.file == file && found.code == code) {
            return;
        }
        let text = |text: Option<yinglian_protocol::CodeText>| {
            text.map_or_else(String::new, |text| text.title.to_owned())
        };
        let title = Words { en: text(code.en()), zh: text(code.zh()) };
        self.findings.push(Finding { file: file.to_owned(), code, title });
    }
}
