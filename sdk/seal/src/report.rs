//! What a verification answers with: verdict, steps, leniencies, and the facts of seal, signature and certificates.
//!
//! Comes in: results of the procedures. Goes out: reports that serialise to JSON. Never: a fact that was not in the submitted bytes.
use crate::{Finding, Leniency, Reason, Steps, Time, Verdict};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The seal's picture, as its maker put it in.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Type as written: png, PNG, gif, jpg, bmp, svg, ofd, …
    pub kind: String,
    /// Width in millimetres.
    pub width_mm: u64,
    /// Height in millimetres.
    pub height_mm: u64,
    /// The bytes of the picture.
    pub bytes: Vec<u8>,
}

impl core::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            formatter,
            "{} of {} x {} mm, {} bytes",
            self.kind,
            self.width_mm,
            self.height_mm,
            self.bytes.len()
        )
    }
}

impl Serialize for Picture {
    /// Type, size and number of bytes; not the bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("width_mm", &self.width_mm)?;
        map.serialize_entry("height_mm", &self.height_mm)?;
        map.serialize_entry("bytes", &self.bytes.len())?;
        map.end()
    }
}

/// A certificate, for people and for looking up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertFacts {
    /// Subject, most general part first: `C=CN, O=…, CN=…`.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Begin of validity.
    pub not_before: Time,
    /// End of validity.
    pub not_after: Time,
    /// SM3 of the certificate in hexadecimal.
    pub sm3: String,
}

/// What a seal says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealFacts {
    /// Version in the header: 1 to 5.
    pub version: u64,
    /// Standard of that version.
    pub standard: &'static str,
    /// Vendor (Vid).
    pub vendor: String,
    /// Identifier (esID).
    pub id: String,
    /// Type, as a number whose meaning vendors do not agree on.
    pub kind: u64,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created: Time,
    /// Begin of validity.
    pub valid_from: Time,
    /// End of validity.
    pub valid_to: Time,
    /// The picture.
    pub picture: Picture,
    /// The maker's certificate.
    pub maker: Option<CertFacts>,
    /// Certificates that may sign with the seal, where it lists them whole.
    pub signers: Vec<CertFacts>,
    /// SM3 of the seal's bytes in hexadecimal: what the registry files it under.
    pub sm3: String,
    /// The time in its own time stamp, if there is one and it holds.
    pub time_stamp: Option<Time>,
}

/// Where the time of signing comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TimeSource {
    /// A block in which the value was notarised.
    Block {
        /// Its height.
        height: u64,
    },
    /// A time stamp that holds.
    TimeStamp,
    /// The signer's claim.
    Claimed,
    /// None: the value names no time that can be read.
    None,
}

/// What a signature says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureFacts {
    /// The form: `SES`, `CMS`, `SM2`.
    pub form: &'static str,
    /// The signer's certificate.
    pub signer: Option<CertFacts>,
    /// The time the signer claims.
    pub claimed: Option<Time>,
    /// The time that dates were judged at.
    pub signed_at: Option<Time>,
    /// Where that comes from.
    pub time_source: TimeSource,
    /// What the signer says he protects (propertyInfo).
    pub property: String,
    /// SM3 of the signature value in hexadecimal: what it is notarised under.
    pub value_sm3: String,
}

/// The answer about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertReport {
    /// The verdict.
    pub verdict: Verdict,
    /// Results of the steps signer, chain and revocation.
    pub steps: Steps,
    /// What the certificate says.
    pub cert: CertFacts,
}

impl Serialize for CertReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(&mut map, self.verdict, &self.steps)?;
        map.serialize_entry("cert", &self.cert)?;
        map.end()
    }
}

/// The answer about a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealReport {
    /// The verdict.
    pub verdict: Verdict,
    /// One result per step.
    pub steps: Steps,
    /// What was forgiven, or under the strict profile refused.
    pub leniencies: Vec<Leniency>,
    /// What the seal says; `None` if it could not be read.
    pub seal: Option<SealFacts>,
    /// Height of the trust lists that were used.
    pub trust_height: Option<u64>,
}

/// The answer about a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureReport {
    /// The verdict. For a document it still lacks the steps that only the document can answer, coverage above all.
    pub verdict: Verdict,
    /// One result per step.
    pub steps: Steps,
    /// What was forgiven, or under the strict profile refused.
    pub leniencies: Vec<Leniency>,
    /// What the signature says; `None` if it could not be read.
    pub signature: Option<SignatureFacts>,
    /// The seal inside; `None` for a digital signature without one.
    pub seal: Option<SealFacts>,
    /// The seal's bytes inside the value, to hold a Seal.esl of a document against.
    pub seal_bytes: Option<Vec<u8>>,
    /// Height of the trust lists that were used.
    pub trust_height: Option<u64>,
}

impl SignatureReport {
    /// Takes the results of steps that only the document can answer and forms the verdict anew.
    pub fn add(&mut self, steps: Steps, required: &[crate::Step]) {
        self.steps.absorb(steps);
        self.verdict = self.verdict.and(self.steps.verdict(required));
    }
}

/// The members that both reports begin with.
fn head<M: SerializeMap>(map: &mut M, verdict: Verdict, steps: &Steps) -> Result<(), M::Error> {
    map.serialize_entry("verdict", &verdict)?;
    map.serialize_entry("verdict_zh", verdict.zh())?;
    map.serialize_entry("reason", &verdict.reason())?;
    map.serialize_entry("reason_en", &verdict.reason().map(Reason::en))?;
    map.serialize_entry("reason_zh", &verdict.reason().map(Reason::zh))?;
    map.serialize_entry("steps", steps)
}

impl Serialize for SealReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(&mut map, self.verdict, &self.steps)?;
        map.serialize_entry("leniencies", &self.leniencies)?;
        map.serialize_entry("seal", &self.seal)?;
        map.serialize_entry("trust_height", &self.trust_height)?;
        map.end()
    }
}

impl Serialize for SignatureReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(&mut map, self.verdict, &self.steps)?;
        map.serialize_entry("leniencies", &self.leniencies)?;
        map.serialize_entry("signature", &self.signature)?;
        map.serialize_entry("seal", &self.seal)?;
        map.serialize_entry("trust_height", &self.trust_height)?;
        map.end()
    }
}

impl SealReport {
    /// All findings of all steps, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.steps.results().iter().flat_map(|result| &result.findings)
    }
}

impl SignatureReport {
    /// All findings of all steps, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.steps.results().iter().flat_map(|result| &result.findings)
    }
}
