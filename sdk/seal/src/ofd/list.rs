//! The files that make up signatures: Signatures.xml, Signature.xml (GB/T 33190-2016 clause 18) and OFDEntries.xml (GM/T 0099-2020).
//!
//! Comes in: their XML and where it stands. Goes out: what they say, paths resolved. Never: a guess between two elements of
//! which one must be.
use super::base64;
use super::digest::Algorithm;
use super::fault::OfdFault;
use super::limits;
use super::path;
use super::xml::{self, Element, Keep};

/// Whether a seal is shown (`Seal`, the default) or not (`Sign`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignatureKind {
    /// An electronic seal: the value is an SES signature.
    Seal,
    /// A digital signature: the value is GB/T 35275 or a bare SM2 value.
    Sign,
}

/// One entry of a Signatures.xml.
#[derive(Debug)]
pub(crate) struct Listed {
    pub id: String,
    pub kind: Result<SignatureKind, OfdFault>,
    pub path: Result<String, OfdFault>,
    pub relative: Option<String>,
}

/// A Signatures.xml.
#[derive(Debug)]
pub(crate) struct SignatureList {
    pub max_id: Option<u64>,
    pub listed: Vec<Listed>,
}

impl SignatureList {
    pub(crate) fn parse(bytes: &[u8], file: &str) -> Result<Self, OfdFault> {
        let document = xml::parse(bytes, Keep::All)?;
        let root = root_of(&document, "Signatures")?;
        let folder = path::folder(file);
        let mut listed = Vec::new();
        for entry in root.all("Signature") {
            if exceeds(listed.len(), limits::SIGNATURES_MAX) {
                return Err(OfdFault::TooLarge);
            }
            let location = entry.attribute("BaseLoc").ok_or(OfdFault::Structure);
            listed.push(Listed {
                id: entry.attribute("ID").unwrap_or_default().to_owned(),
                kind: kind(entry.attribute("Type")),
                path: location.and_then(|location| path::resolve(folder, location)),
                relative: entry.attribute("Relative").map(str::to_owned),
            });
        }
        // One producer leaves an older MaxSignId behind: the largest counts.
        let max_id = root.all("MaxSignId").filter_map(|m| number(&m.text)).max();
        Ok(Self { max_id, listed })
    }
}

fn kind(text: Option<&str>) -> Result<SignatureKind, OfdFault> {
    match text {
        None | Some("Seal") => Ok(SignatureKind::Seal),
        Some("Sign") => Ok(SignatureKind::Sign),
        Some(_) => Err(OfdFault::SignatureType),
    }
}

/// The number in an id such as `s007`.
pub(crate) fn number(id: &str) -> Option<u64> {
    let digits = id.trim().trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// A file that a signature binds.
#[derive(Debug)]
pub(crate) struct Reference {
    pub path: Result<String, OfdFault>,
    /// `None`: not base64.
    pub value: Option<Vec<u8>>,
}

/// Where a seal is shown. Texts are as in the file, checked to be numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Identifier of the annotation.
    pub id: String,
    /// `ID` of the page in Document.xml.
    pub page_ref: String,
    /// Number of the page in the document, the first is 1; `None` if the document has no such page.
    pub page: Option<u32>,
    /// Left, top, width, height, in millimetres, as decimal texts.
    pub boundary: [String; 4],
    /// The part of the seal that is shown, likewise; absent means all of it.
    pub clip: Option<[String; 4]>,
}

/// A Signature.xml.
#[derive(Debug)]
pub(crate) struct SignatureFile {
    pub provider: String,
    pub method: String,
    pub date_time: String,
    pub algorithm: Option<Algorithm>,
    pub references: Vec<Reference>,
    pub stamps: Vec<Stamp>,
    pub seal: Option<Result<String, OfdFault>>,
    pub value: Result<String, OfdFault>,
    pub foreign: bool,
}

impl SignatureFile {
    pub(crate) fn parse(bytes: &[u8], file: &str) -> Result<Self, OfdFault> {
        let document = xml::parse(bytes, Keep::All)?;
        let root = root_of(&document, "Signature")?;
        // A second copy at another depth is what a careless reader takes for the first.
        for name in ["SignedInfo", "References", "SignedValue"] {
            if root.count(name) != 1 {
                return Err(OfdFault::Structure);
            }
        }
        let folder = path::folder(file);
        let info = root.one("SignedInfo")?;
        let references = info.one("References")?;
        let seal = match info.optional("Seal")? {
            None => None,
            Some(seal) => Some(path::resolve(folder, seal.one("BaseLoc")?.trimmed())),
        };
        let text = |name| -> Result<String, OfdFault> {
            let element = info.optional(name)?;
            Ok(element.map_or(String::new(), |e| short(e.trimmed())))
        };
        Ok(Self {
            provider: provider(info.optional("Provider")?),
            method: text("SignatureMethod")?,
            date_time: text("SignatureDateTime")?,
            algorithm: references.attribute("CheckMethod").and_then(Algorithm::parse),
            references: read_references(references, folder)?,
            stamps: read_stamps(info)?,
            seal,
            value: path::resolve(folder, root.one("SignedValue")?.trimmed()),
            foreign: document.foreign,
        })
    }
}

fn read_references(references: &Element, folder: &str) -> Result<Vec<Reference>, OfdFault> {
    let mut read = Vec::new();
    for reference in references.all("Reference") {
        if exceeds(read.len(), limits::REFERENCES_MAX) {
            return Err(OfdFault::TooLarge);
        }
        let location = reference.attribute("FileRef").ok_or(OfdFault::Structure)?;
        read.push(Reference {
            path: path::resolve(folder, location),
            value: base64::decode(&reference.one("CheckValue")?.text),
        });
    }
    if read.is_empty() {
        return Err(OfdFault::Structure);
    }
    Ok(read)
}

fn read_stamps(info: &Element) -> Result<Vec<Stamp>, OfdFault> {
    let mut stamps = Vec::new();
    for stamp in info.all("StampAnnot") {
        if exceeds(stamps.len(), limits::STAMPS_MAX) {
            return Err(OfdFault::TooLarge);
        }
        let boundary = stamp.attribute("Boundary").ok_or(OfdFault::Structure)?;
        let clip = stamp.attribute("Clip").map(rectangle).transpose()?;
        stamps.push(Stamp {
            id: short(stamp.attribute("ID").unwrap_or_default()),
            page_ref: short(stamp.attribute("PageRef").ok_or(OfdFault::Structure)?),
            page: None,
            boundary: rectangle(boundary)?,
            clip,
        });
    }
    Ok(stamps)
}

/// Four decimal numbers; they stay text, since this crate holds no floats.
fn rectangle(text: &str) -> Result<[String; 4], OfdFault> {
    let numbers: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let decimal = |number: &String| {
        number.len() <= 32
            && number.bytes().any(|b| b.is_ascii_digit())
            && number
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'E' | b'e'))
    };
    if !numbers.iter().all(decimal) {
        return Err(OfdFault::Structure);
    }
    numbers.try_into().map_err(|_| OfdFault::Structure)
}

/// Producer as shown: name, company and version, given as attributes or as elements.
fn provider(element: Option<&Element>) -> String {
    let Some(element) = element else {
        return String::new();
    };
    let mut parts = Vec::new();
    for name in ["ProviderName", "Company", "Version"] {
        let child = element.all(name).next().map(Element::trimmed);
        let part = element.attribute(name).or(child).unwrap_or_default();
        if !part.is_empty() {
            parts.push(part);
        }
    }
    short(&parts.join(" "))
}

/// The list of names of GM/T 0099-2020 (`OFDEntries.xml`).
#[derive(Debug)]
pub(crate) struct EntryNames {
    pub value: String,
    pub files: Vec<Result<String, OfdFault>>,
}

impl EntryNames {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, OfdFault> {
        let document = xml::parse(bytes, Keep::All)?;
        let root = root_of(&document, "DocEntries")?;
        let mut files = Vec::new();
        for file in root.one("FileList")?.all("File") {
            if exceeds(files.len(), limits::ENTRIES_MAX) {
                return Err(OfdFault::TooLarge);
            }
            let location = file.attribute("FileLoc").unwrap_or(&file.text);
            files.push(path::resolve("", location));
        }
        let value = path::resolve("", root.one("SignedValueLoc")?.trimmed())?;
        Ok(Self { value, files })
    }
}

fn root_of<'d>(document: &'d xml::Document, name: &str) -> Result<&'d Element, OfdFault> {
    if document.root.name == name { Ok(&document.root) } else { Err(OfdFault::Structure) }
}

fn exceeds(count: usize, max: u64) -> bool {
    u64::try_from(count).map_or(true, |count| count >= max)
}

/// Texts for display: at most 256 characters.
fn short(text: &str) -> String {
    text.chars().take(256).collect()
}
