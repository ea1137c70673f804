//! Certificates (GB/T 20518-2018, RFC 5280), read over their received bytes.
//!
//! Comes in: DER. Goes out: the fields that decide, the extensions that are understood, the critical ones that are not. Never: trust; that
//! is a matter of the path.
mod extensions;
mod name;
pub(crate) mod path;

pub(crate) use extensions::{Extensions, Usage, extension_list};

use crate::der::{self, Notes, Reader, oid_text, tag};
use crate::{CertFacts, Reason, Time, oid, sm2};
use alloc::string::String;
use alloc::vec::Vec;
use yinglian_crypto::{Algorithm, PublicKey, Suite};

/// Bytes of the largest certificate that is read; those in the field have one to two thousand.
const CERT_BYTES_MAX: usize = 64 * 1024;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cert {
    der: Vec<u8>,
    tbs: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) not_before: Time,
    pub(crate) not_after: Time,
    pub(crate) key: SubjectKey,
    pub(crate) extensions: Extensions,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    sm3: [u8; 32],
}

/// The key in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubjectKey {
    /// A point on the curve of SM2.
    Sm2(PublicKey),
    /// Another algorithm, by its identifier.
    Other(String),
}

/// The bytes are no certificate that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// Larger than 64 KiB.
    #[error("the certificate is larger than 64 KiB")]
    TooLarge,
    /// A field is damaged or missing.
    #[error("the certificate's field {field} is damaged or missing")]
    Malformed {
        /// Name of the field.
        field: &'static str,
    },
    /// The key is no point of the curve of SM2.
    #[error("the certificate's key is no point of the curve of sm2")]
    Key,
}

impl From<der::Fault> for CertError {
    fn from(fault: der::Fault) -> Self {
        Self::Malformed { field: fault.field }
    }
}

impl Cert {
    /// Reads a certificate in DER. Keys and signatures of other algorithms than SM2 are kept by name, and no path leads over them.
    ///
    /// # Errors
    /// Too large, a damaged field, bytes after the end, an SM2 key that is no point.
    pub fn parse(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > CERT_BYTES_MAX {
            return Err(CertError::TooLarge);
        }
        // A CA's encoding is no leniency of the seal that carries it.
        let notes = &mut Notes::default();
        let whole = der::only(der, tag::SEQUENCE, "certificate", notes)?;
        let mut outer = whole.reader();
        let tbs = outer.expect(tag::SEQUENCE, "tbsCertificate", notes)?;
        let algorithm = algorithm(&mut outer, "signatureAlgorithm", notes)?;
        let signature = outer.expect(tag::BIT_STRING, "signatureValue", notes)?;
        outer.end("certificate")?;

        let mut fields = tbs.reader();
        let version = fields.optional(tag::context(0), "version", notes)?;
        let serial = fields.expect(tag::INTEGER, "serialNumber", notes)?;
        let inner = self::algorithm(&mut fields, "signature", notes)?;
        // The outer copy is not signed, the inner one is.
        if inner != algorithm {
            return Err(CertError::Malformed { field: "signature" });
        }
        let issuer = fields.expect(tag::SEQUENCE, "issuer", notes)?;
        let validity = fields.expect(tag::SEQUENCE, "validity", notes)?;
        let mut dates = validity.reader();
        let not_before = dates.next("notBefore", notes)?.time("notBefore")?;
        let not_after = dates.next("notAfter", notes)?.time("notAfter")?;
        dates.end("validity")?;
        let subject = fields.expect(tag::SEQUENCE, "subject", notes)?;
        let key = subject_key(fields.expect(tag::SEQUENCE, "subjectPublicKeyInfo", notes)?)?;
        fields.optional(tag::implicit(1), "issuerUniqueID", notes)?;
        fields.optional(tag::implicit(2), "subjectUniqueID", notes)?;
        let extensions = match fields.optional(tag::context(3), "extensions", notes)? {
            Some(wrapped) if version.is_some() => {
                let mut inside = wrapped.reader();
                let list = inside.expect(tag::SEQUENCE, "extensions", notes)?;
                inside.end("extensions")?;
                Extensions::read(list)?
            }
            Some(_) => return Err(CertError::Malformed { field: "version" }),
            None => Extensions::default(),
        };
        fields.end("tbsCertificate")?;
        Ok(Self {
            der: der.into(),
            tbs: tbs.raw.into(),
            serial: serial.content.into(),
            issuer: issuer.raw.into(),
            subject: subject.raw.into(),
            not_before,
            not_after,
            key,
            extensions,
            algorithm: algorithm.0.into(),
            signature: signature.bits("signatureValue", notes)?.into(),
            sm3: *Suite::National.hash(&[der]).as_bytes(),
        })
    }

    /// The received bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SM3 of the received bytes.
    pub fn sm3(&self) -> [u8; 32] {
        self.sm3
    }

    /// Whether issuer and subject are the same.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Begin of validity.
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// End of validity.
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The subject for people.
    pub fn subject_text(&self) -> String {
        name::text(&self.subject)
    }

    /// What a report shows.
    pub fn facts(&self) -> CertFacts {
        CertFacts {
            subject: name::text(&self.subject),
            issuer: name::text(&self.issuer),
            serial: crate::hex(&self.serial),
            not_before: self.not_before,
            not_after: self.not_after,
            sm3: crate::hex(&self.sm3),
        }
    }

    /// Checks a signature by this certificate's key over a message.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Reason> {
        match &self.key {
            SubjectKey::Sm2(key) => sm2::verify(key, message, signature),
            SubjectKey::Other(_) => Err(Reason::AlgorithmUnsupported),
        }
    }

    /// Checks that the issuer has signed this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<(), Reason> {
        if self.algorithm != oid::SM2_SM3 {
            return Err(Reason::AlgorithmUnsupported);
        }
        issuer.verify(&self.tbs, &self.signature).map_err(|reason| match reason {
            Reason::AlgorithmUnsupported => Reason::AlgorithmKeyMismatch,
            _ => Reason::CertSignature,
        })
    }

    /// Whether the certificate is in its period of validity, both ends included.
    pub(crate) fn check_dates(&self, at: Time) -> Result<(), Reason> {
        if at < self.not_before {
            Err(Reason::CertNotYetValid)
        } else if at > self.not_after {
            Err(Reason::CertExpired)
        } else {
            Ok(())
        }
    }

    /// The content of the key's BIT STRING, which OCSP identifies issuers by; empty for other algorithms than SM2.
    pub(crate) fn key_bytes(&self) -> &[u8] {
        match &self.key {
            SubjectKey::Sm2(key) => key.as_bytes(),
            SubjectKey::Other(_) => &[],
        }
    }
}

/// An AlgorithmIdentifier: its identifier and the whole element.
pub(crate) fn algorithm<'a>(
    reader: &mut Reader<'a>,
    field: &'static str,
    notes: &mut Notes,
) -> Result<(&'a [u8], &'a [u8]), der::Fault> {
    let sequence = reader.expect(tag::SEQUENCE, field, notes)?;
    let mut inside = sequence.reader();
    let identifier = inside.expect(tag::OID, field, notes)?;
    if !inside.is_empty() {
        inside.next(field, notes)?;
    }
    inside.end(field)?;
    Ok((identifier.content, sequence.raw))
}

/// An AlgorithmIdentifier whose parameters are absent or NULL, as those of SM2 and of hashes are: nothing in it that no signature guards.
pub(crate) fn plain_algorithm<'a>(
    reader: &mut Reader<'a>,
    field: &'static str,
    notes: &mut Notes,
) -> Result<&'a [u8], der::Fault> {
    let (identifier, raw) = algorithm(reader, field, notes)?;
    let length = identifier.len();
    let parameters = raw.len().saturating_sub(length.saturating_add(4));
    match parameters {
        0 => Ok(identifier),
        2 if raw.ends_with(&[5, 0]) => Ok(identifier),
        _ => Err(der::Fault::new(Reason::AlgorithmUnsupported, field)),
    }
}

fn subject_key(info: der::Element<'_>) -> Result<SubjectKey, CertError> {
    const FIELD: &str = "subjectPublicKeyInfo";
    let notes = &mut Notes::default();
    let mut fields = info.reader();
    let algorithm = fields.expect(tag::SEQUENCE, FIELD, notes)?;
    let bits = fields.expect(tag::BIT_STRING, FIELD, notes)?;
    fields.end(FIELD)?;
    let mut parts = algorithm.reader();
    let identifier = parts.expect(tag::OID, FIELD, notes)?.content;
    let curve = parts.optional(tag::OID, FIELD, notes)?.map(|element| element.content);
    let is_sm2 = match identifier {
        oid::EC_KEY => curve == Some(oid::SM2_CURVE),
        other => other == oid::SM2_CURVE,
    };
    if !is_sm2 {
        let named =
            if identifier == oid::EC_KEY { curve.unwrap_or(identifier) } else { identifier };
        return Ok(SubjectKey::Other(oid_text(named)));
    }
    let point = bits.bits(FIELD, notes)?;
    PublicKey::parse(Algorithm::Sm2Sm3, point).map(SubjectKey::Sm2).map_err(|_| CertError::Key)
}
