//! OCSP answers (RFC 6960) that the caller fetched from an endpoint he has registered, or that were kept with a document.
//!
//! Comes in: DER of an OCSPResponse. Goes out: statuses of single certificates. Never: an answer of somebody whom the certificate's issuer did not
//! appoint.
use super::sha1::sha1;
use crate::cert::{CertError, Usage, plain_algorithm};
use crate::der::{self, Element, Fault, Notes, Reader, tag};
use crate::{Cert, Reason, Time, oid};
use alloc::vec::Vec;
use yinglian_crypto::Suite;

/// Answers in one response.
const ANSWERS_MAX: usize = 256;
/// Certificates in one response.
const CERTS_MAX: usize = 8;

/// A response with answers about certificates.
#[derive(Debug, Clone)]
pub struct OcspResponse {
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    certs: Vec<Cert>,
    answers: Vec<Answer>,
}

/// What a response says of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    hash: Vec<u8>,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
    pub status: Status,
    pub this_update: Time,
    pub next_update: Option<Time>,
}

/// Status in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    Revoked { at: Time, on_hold: bool },
    Unknown,
}

impl OcspResponse {
    /// Reads a successful response with a basic answer; signatures are checked in every verification.
    ///
    /// # Errors
    /// Not successful, another type of answer, a damaged field, bytes after the end.
    pub fn parse(bytes: &[u8]) -> Result<Self, CertError> {
        Ok(Self::read(bytes)?)
    }

    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        const FIELD: &str = "OCSPResponse";
        let notes = &mut Notes::default();
        let mut outer = der::only(bytes, tag::SEQUENCE, FIELD, notes)?.reader();
        let status = outer.expect(tag::ENUMERATED, "responseStatus", notes)?;
        if status.content != [0] {
            return Err(Fault::new(Reason::MissingField, "responseStatus"));
        }
        let wrapped = outer.expect(tag::context(0), "responseBytes", notes)?;
        outer.end(FIELD)?;
        let mut typed = der::only(wrapped.content, tag::SEQUENCE, "responseBytes", notes)?.reader();
        if typed.expect(tag::OID, "responseType", notes)?.content != oid::OCSP_BASIC {
            return Err(Fault::new(Reason::MissingField, "responseType"));
        }
        let basic = typed.expect(tag::OCTET_STRING, "response", notes)?.content;
        typed.end("responseBytes")?;
        Self::basic(basic, notes)
    }

    fn basic(bytes: &[u8], notes: &mut Notes) -> Result<Self, Fault> {
        const FIELD: &str = "BasicOCSPResponse";
        let mut fields = der::only(bytes, tag::SEQUENCE, FIELD, notes)?.reader();
        let tbs = fields.expect(tag::SEQUENCE, "tbsResponseData", notes)?;
        let algorithm = plain_algorithm(&mut fields, "signatureAlgorithm", notes)?;
        let signature = fields.expect(tag::BIT_STRING, "signature", notes)?;
        let signature = signature.bits("signature", notes)?;
        let mut certs = Vec::new();
        if let Some(wrapped) = fields.optional(tag::context(0), "certs", notes)? {
            let list = der::only(wrapped.content, tag::SEQUENCE, "certs", notes)?;
            for item in der::elements(list, CERTS_MAX, "certs", notes)? {
                let malformed = Fault::new(Reason::CertMalformed, "certs");
                certs.push(Cert::parse(item.raw).map_err(|_| malformed)?);
            }
        }
        fields.end(FIELD)?;

        let mut data = tbs.reader();
        data.optional(tag::context(0), "version", notes)?;
        data.next("responderID", notes)?;
        data.expect(tag::GENERALIZED_TIME, "producedAt", notes)?;
        let list = data.expect(tag::SEQUENCE, "responses", notes)?;
        let items = der::sequences(list, ANSWERS_MAX, "responses", notes)?;
        let answers: Result<Vec<_>, _> =
            items.into_iter().map(|item| Answer::read(item, notes)).collect();
        Ok(Self {
            tbs: tbs.raw.into(),
            algorithm: algorithm.into(),
            signature: signature.into(),
            certs,
            answers: answers?,
        })
    }

    /// The answer about a certificate, if there is one.
    pub(crate) fn answer(&self, cert: &Cert, issuer: &Cert) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.is_about(cert, issuer))
    }

    /// Whether the issuer, or a responder whom the issuer appointed by a certificate for just that (RFC 6960, 4.2.2.2), has signed it.
    pub(crate) fn check(&self, issuer: &Cert) -> Result<(), Reason> {
        if self.algorithm != oid::SM2_SM3 {
            return Err(Reason::AlgorithmUnsupported);
        }
        if issuer.verify(&self.tbs, &self.signature).is_ok() {
            return Ok(());
        }
        let produced = self.answers.iter().map(|answer| answer.this_update).max();
        let appointed = self.certs.iter().any(|responder| {
            responder.issuer == issuer.subject
                && responder.extensions.has_purpose(oid::OCSP_SIGNING)
                && responder.extensions.unknown_critical.is_empty()
                && responder.extensions.usage.is_none_or(Usage::may_sign)
                && produced.is_some_and(|at| responder.check_dates(at).is_ok())
                && responder.is_signed_by(issuer).is_ok()
                && responder.verify(&self.tbs, &self.signature).is_ok()
        });
        if appointed { Ok(()) } else { Err(Reason::RevocationForged) }
    }
}

impl Answer {
    fn read(item: Element<'_>, notes: &mut Notes) -> Result<Self, Fault> {
        const FIELD: &str = "singleResponse";
        let mut fields = item.reader();
        let mut id: Reader<'_> = fields.expect(tag::SEQUENCE, "certID", notes)?.reader();
        let hash = plain_algorithm(&mut id, "certID", notes)?;
        let mut octets = || id.expect(tag::OCTET_STRING, "certID", notes);
        let (name, key) = (octets()?.content, octets()?.content);
        let serial = id.expect(tag::INTEGER, "certID", notes)?.content;
        id.end("certID")?;
        let status = fields.next("certStatus", notes)?;
        let status = Status::read(status, notes)?;
        let this_update = fields.next("thisUpdate", notes)?.time("thisUpdate")?;
        let next_update = match fields.optional(tag::context(0), "nextUpdate", notes)? {
            Some(wrapped) => Some(wrapped.reader().next("nextUpdate", notes)?.time("nextUpdate")?),
            None => None,
        };
        fields.optional(tag::context(1), "singleExtensions", notes)?;
        fields.end(FIELD)?;
        Ok(Self {
            hash: hash.into(),
            issuer_name_hash: name.into(),
            issuer_key_hash: key.into(),
            serial: serial.into(),
            status,
            this_update,
            next_update,
        })
    }

    fn is_about(&self, cert: &Cert, issuer: &Cert) -> bool {
        let digest = |bytes: &[u8]| match self.hash.as_slice() {
            oid::SHA1 => Some(sha1(bytes).to_vec()),
            oid::SM3 | oid::SM3_PLAIN => Some(Suite::National.hash(&[bytes]).as_bytes().to_vec()),
            oid::SHA256 => Some(Suite::International.hash(&[bytes]).as_bytes().to_vec()),
            _ => None,
        };
        self.serial == cert.serial
            && digest(&cert.issuer).is_some_and(|hash| hash == self.issuer_name_hash)
            && digest(issuer.key_bytes()).is_some_and(|hash| hash == self.issuer_key_hash)
    }
}

impl Status {
    fn read(element: Element<'_>, notes: &mut Notes) -> Result<Self, Fault> {
        const FIELD: &str = "certStatus";
        match element.tag {
            0x80 => Ok(Self::Good),
            0xa1 => {
                let mut fields = element.reader();
                let at = fields.next(FIELD, notes)?.time(FIELD)?;
                let reason = fields.optional(tag::context(0), FIELD, notes)?;
                let on_hold =
                    reason.is_some_and(|wrapped| wrapped.content == [tag::ENUMERATED, 1, 6]);
                Ok(Self::Revoked { at, on_hold })
            }
            0x82 => Ok(Self::Unknown),
            _ => Err(Fault::new(Reason::MalformedDer, FIELD)),
        }
    }
}
