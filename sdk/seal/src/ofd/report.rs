//! What the check of an OFD document says: one verdict, a report for each signature, and every file that none of them covers.
//!
//! Comes in: results of the check. Goes out: reports that serialise to JSON. Never: content of the document beside names of files
//! and the texts that its signatures show.
use super::fault::OfdFault;
use super::list::{SignatureKind, Stamp};
use crate::{Leniency, Reason, SignatureReport, Steps, Verdict};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A fault and the file it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfdFinding {
    /// What is wrong.
    pub fault: OfdFault,
    /// Path in the package; `None` where the whole package is meant.
    pub file: Option<String>,
}

impl OfdFinding {
    /// Puts the finding into the steps.
    pub(crate) fn enter(&self, steps: &mut Steps) {
        let (step, outcome, reason) = self.fault.meaning();
        let file = self.file.as_deref();
        steps.find(step, outcome, reason, file.unwrap_or(self.fault.code()));
    }
}

impl Serialize for OfdFinding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.fault.code())?;
        map.serialize_entry("file", &self.file)?;
        map.serialize_entry("en", self.fault.en())?;
        map.serialize_entry("zh", self.fault.zh())?;
        map.end()
    }
}

impl Serialize for SignatureKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Seal => "Seal",
            Self::Sign => "Sign",
        })
    }
}

/// One signature of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfdSignature {
    /// Number of the document in the package, the first is 0.
    pub document: u32,
    /// `ID` in Signatures.xml.
    pub id: String,
    /// Seal or digital signature; `None` for a type that the standard does not have.
    pub kind: Option<SignatureKind>,
    /// The signature that this one is based on.
    pub relative: Option<String>,
    /// Path of Signature.xml; empty if it is not in the package.
    pub file: String,
    /// Software that made it, as it says.
    pub provider: String,
    /// `SignatureMethod`: an object identifier or a name; what counts is the algorithm in the value.
    pub method: String,
    /// `SignatureDateTime`: a text of the producer, never trusted.
    pub date_time: String,
    /// Where the seal is shown.
    pub stamps: Vec<Stamp>,
    /// Steps and verdict, those of the document added.
    pub report: SignatureReport,
    /// Faults by file.
    pub findings: Vec<OfdFinding>,
    /// Files that this signature binds.
    pub covered: Vec<String>,
    /// Files of its document that a reader shows and that this signature does not bind.
    pub uncovered: Vec<String>,
    /// Signatures of the same list that came later: this one does not bind them.
    pub later: Vec<String>,
}

/// The list of names of GM/T 0099-2020.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryListReport {
    /// The list's own signature.
    pub signature: SignatureReport,
    /// Files of the package that are not listed.
    pub unlisted: Vec<String>,
    /// Listed files that are not in the package.
    pub missing: Vec<String>,
}

/// The answer about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentReport {
    /// The worst over all signatures and over the package.
    pub verdict: Verdict,
    /// Steps of the package itself.
    pub steps: Steps,
    /// Faults of the package by file.
    pub findings: Vec<OfdFinding>,
    /// What was forgiven, or under the strict profile refused.
    pub leniencies: Vec<Leniency>,
    /// Number of documents in the package.
    pub documents: u32,
    /// All signatures of all documents, in the order of their lists.
    pub signatures: Vec<OfdSignature>,
    /// Files that a reader shows and that no valid digest of any signature binds.
    pub uncovered: Vec<String>,
    /// Files that nothing refers to and nothing binds; a reader does not show them.
    pub unreferenced: Vec<String>,
    /// Files that the documents refer to and that are not there.
    pub missing: Vec<String>,
    /// The GM/T 0099 list, if there is one.
    pub entry_list: Option<EntryListReport>,
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("page", &self.page)?;
        map.serialize_entry("page_ref", &self.page_ref)?;
        map.serialize_entry("boundary_mm", &self.boundary)?;
        map.serialize_entry("clip_mm", &self.clip)?;
        map.end()
    }
}

impl Serialize for OfdSignature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let verdict = self.report.verdict;
        map.serialize_entry("document", &self.document)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("relative", &self.relative)?;
        map.serialize_entry("file", &self.file)?;
        head(&mut map, verdict)?;
        map.serialize_entry("steps", &self.report.steps)?;
        map.serialize_entry("findings", &self.findings)?;
        map.serialize_entry("leniencies", &self.report.leniencies)?;
        map.serialize_entry("uncovered", &self.uncovered)?;
        map.serialize_entry("covered", &self.covered)?;
        map.serialize_entry("later", &self.later)?;
        map.serialize_entry("stamps", &self.stamps)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("method", &self.method)?;
        map.serialize_entry("date_time", &self.date_time)?;
        map.serialize_entry("signature", &self.report.signature)?;
        map.serialize_entry("seal", &self.report.seal)?;
        map.serialize_entry("trust_height", &self.report.trust_height)?;
        map.end()
    }
}

impl Serialize for DocumentReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(&mut map, self.verdict)?;
        map.serialize_entry("steps", &self.steps)?;
        map.serialize_entry("findings", &self.findings)?;
        map.serialize_entry("leniencies", &self.leniencies)?;
        map.serialize_entry("documents", &self.documents)?;
        map.serialize_entry("signatures", &self.signatures)?;
        map.serialize_entry("uncovered", &self.uncovered)?;
        map.serialize_entry("unreferenced", &self.unreferenced)?;
        map.serialize_entry("missing", &self.missing)?;
        map.serialize_entry("entry_list", &self.entry_list)?;
        map.end()
    }
}

fn head<M: SerializeMap>(map: &mut M, verdict: Verdict) -> Result<(), M::Error> {
    map.serialize_entry("verdict", verdict.word())?;
    map.serialize_entry("verdict_zh", verdict.zh())?;
    map.serialize_entry("reason", &verdict.reason())?;
    map.serialize_entry("reason_en", &verdict.reason().map(Reason::en))?;
    map.serialize_entry("reason_zh", &verdict.reason().map(Reason::zh))
}
