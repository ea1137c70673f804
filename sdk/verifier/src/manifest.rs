//! The manifest: name, length and two digests of every other file of a package.
//!
//! Comes in: files, or the bytes of a manifest. Goes out: the one text, or its entries. Two digests a file, so that a changed byte of the
//! manifest and a changed byte of the file can be told apart: a file that changed has neither digest any more.

use crate::container::Member;
use crate::limits;
use serde::Deserialize;
use yinglian_crypto::Suite;

/// Name of the manifest in a package.
pub const MANIFEST: &str = "manifest.json";
const FORMAT: &str = "yinglian-evidence";
const BYTES_MAX: usize = limits::MEMBERS_MAX * 1_024;

/// What a package lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u64,
    /// One entry a file, in the order of the package.
    pub files: Vec<ManifestEntry>,
}

/// One listed file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Name in the package.
    pub name: String,
    /// Length, a decimal number of bytes.
    pub bytes: String,
    /// SM3, 64 hex digits.
    pub sm3: String,
    /// SHA-256, 64 hex digits.
    pub sha256: String,
}

impl ManifestEntry {
    /// The entry of a file.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.len().to_string(),
            sm3: Suite::National.hash(&[bytes]).to_string(),
            sha256: Suite::International.hash(&[bytes]).to_string(),
        }
    }
}

impl Manifest {
    /// The manifest of these files.
    pub fn of(members: &[Member]) -> Self {
        let files =
            members.iter().map(|member| ManifestEntry::of(&member.name, &member.bytes)).collect();
        Self { format: FORMAT.to_owned(), version: 1, files }
    }

    /// The one text: one line a file.
    pub fn encode(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let lines: Vec<String> = self
            .files
            .iter()
            .map(|file| {
                format!(
                    "    {{\"name\": {}, \"bytes\": {}, \"sm3\": {}, \"sha256\": {}}}",
                    quoted(&file.name),
                    quoted(&file.bytes),
                    quoted(&file.sm3),
                    quoted(&file.sha256)
                )
            })
            .collect();
        let (format, version) = (quoted(&self.format), self.version);
        format!(
            "{{\n  \"format\": {format},\n  \"version\": {version},\n  \"files\": [\n{}\n  ]\n}}\n",
            lines.join(",\n")
        )
        .into_bytes()
    }

    /// Reads a manifest; none when it is not in its one form.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BYTES_MAX {
            return None;
        }
        let manifest: Self = serde_json::from_slice(bytes).ok()?;
        let sound = manifest.format == FORMAT
            && manifest.version == 1
            && manifest.files.len() <= limits::MEMBERS_MAX;
        (sound && manifest.encode() == bytes).then_some(manifest)
    }
}
