//! Signed data (GB/T 35275, GM/T 0010; PKCS#7, RFC 5652), as far as signatures over digests and time stamps need it.
//!
//! Comes in: received bytes. Goes out: content, certificates, the one signer, and what he signed. Never: an attribute that is not signed taken
//! for a signed one.
use crate::cert::{SubjectKey, plain_algorithm};
use crate::der::{self, Element, Fault, Notes, Reader, tag};
use crate::{Cert, Leniency, Reason, Time, oid, sm2};
use alloc::vec::Vec;
use yinglian_crypto::Suite;

/// Certificates that one structure may carry.
const CERTS_MAX: usize = 16;
/// Attributes of a signer.
const ATTRIBUTES_MAX: usize = 32;

/// Signed data with one signer.
#[derive(Debug, Clone)]
pub(crate) struct SignedData<'a> {
    /// Identifier of the content's type.
    pub content_type: &'a [u8],
    /// The content, if it is inside.
    pub content: Option<&'a [u8]>,
    /// Certificates that came along.
    pub certs: Vec<Cert>,
    pub signer: SignerInfo<'a>,
}

/// The signer's part.
#[derive(Debug, Clone)]
pub(crate) struct SignerInfo<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    digest: &'a [u8],
    algorithm: &'a [u8],
    signed_attributes: Option<Element<'a>>,
    pub signature: &'a [u8],
    unsigned_attributes: Option<Element<'a>>,
}

impl<'a> SignedData<'a> {
    /// Whether bytes look like a ContentInfo: a SEQUENCE that begins with an identifier.
    pub fn is_likely(bytes: &[u8]) -> bool {
        let notes = &mut Notes::default();
        let whole = der::only(bytes, tag::SEQUENCE, "ContentInfo", notes);
        whole.is_ok_and(|whole| whole.reader().peek() == Some(tag::OID))
    }

    /// Reads a ContentInfo with signed data of one signer.
    pub fn parse(bytes: &'a [u8], notes: &mut Notes) -> Result<Self, Fault> {
        let mut outer = der::only(bytes, tag::SEQUENCE, "ContentInfo", notes)?.reader();
        let kind = outer.expect(tag::OID, "contentType", notes)?.content;
        if kind != oid::GM_SIGNED && kind != oid::PKCS7_SIGNED {
            return Err(Fault::new(Reason::VersionUnknown, "contentType"));
        }
        let wrapped = outer.expect(tag::context(0), "content", notes)?;
        outer.end("ContentInfo")?;
        let mut fields = der::only(wrapped.content, tag::SEQUENCE, "SignedData", notes)?.reader();
        version(fields.expect(tag::INTEGER, "version", notes)?, notes)?;
        let digests = fields.expect(tag::SET, "digestAlgorithms", notes)?;
        let inner = fields.expect(tag::SEQUENCE, "contentInfo", notes)?;
        let (content_type, content) = content(inner, notes)?;
        let mut certs = Vec::new();
        if let Some(list) = fields.optional(tag::context(0), "certificates", notes)? {
            for item in der::elements(list, CERTS_MAX, "certificates", notes)? {
                let malformed = Fault::new(Reason::CertMalformed, "certificates");
                certs.push(Cert::parse(item.raw).map_err(|_| malformed)?);
            }
        }
        // Lists in here have no date at which anybody asked for them: revocation is what the caller hands in.
        fields.optional(tag::context(1), "crls", notes)?;
        let signers = fields.expect(tag::SET, "signerInfos", notes)?;
        fields.end("SignedData")?;
        let signer = match der::sequences(signers, 2, "signerInfos", notes)?.as_slice() {
            [signer] => SignerInfo::read(*signer, notes)?,
            _ => return Err(Fault::new(Reason::SignerCount, "signerInfos")),
        };
        // Named a second time where no signature guards it: it has to agree.
        let mut digests = digests.reader();
        while !digests.is_empty() {
            if plain_algorithm(&mut digests, "digestAlgorithms", notes)? != signer.digest {
                return Err(Fault::new(Reason::AlgorithmUnsupported, "digestAlgorithms"));
            }
        }
        Ok(Self { content_type, content, certs, signer })
    }

    /// The signer's certificate among those that came along and those the caller names.
    pub fn signer_cert<'b>(&'b self, more: impl Iterator<Item = &'b Cert>) -> Option<&'b Cert> {
        self.certs
            .iter()
            .chain(more)
            .find(|cert| cert.issuer == self.signer.issuer && cert.serial == self.signer.serial)
    }

    /// Checks the signer's signature. `detached` are the bytes that stand for the content where none is inside. Answers whether the
    /// attributes are signed, whose messageDigest the caller must still hold against what he expects.
    pub fn check(
        &self,
        signer: &Cert,
        detached: Option<&[u8]>,
        notes: &mut Notes,
    ) -> Result<(), Reason> {
        let known = matches!(self.signer.algorithm, oid::SM2_SIGN | oid::SM2_SM3 | oid::SM2_CURVE);
        let known = known && matches!(self.signer.digest, oid::SM3 | oid::SM3_PLAIN);
        let SubjectKey::Sm2(key) = &signer.key else {
            return Err(Reason::AlgorithmKeyMismatch);
        };
        if !known {
            return Err(Reason::AlgorithmUnsupported);
        }
        match self.signer.signed_attributes {
            Some(attributes) => {
                // RFC 5652, 5.4: signed as a SET, whatever tag they are sent under.
                let set = der::wrap(tag::SET, &[attributes.content]);
                sm2::verify_noting(key, &set, self.signer.signature, notes)
            }
            None => {
                let message = self.content.or(detached).ok_or(Reason::OriginalNeeded)?;
                sm2::verify_noting(key, message, self.signer.signature, notes)
            }
        }
    }

    /// Whether attributes are signed.
    pub fn has_attributes(&self) -> bool {
        self.signer.signed_attributes.is_some()
    }

    /// The signed messageDigest; `Err` where the attributes are incomplete or name another type of content.
    pub fn message_digest(&self, notes: &mut Notes) -> Result<&'a [u8], Fault> {
        let missing = Fault::new(Reason::MissingField, "signedAttrs");
        let attributes = self.signer.signed_attributes.ok_or(missing)?;
        let kind = attribute(attributes, oid::CONTENT_TYPE, notes)?.ok_or(missing)?;
        if kind.content != self.content_type {
            return Err(Fault::new(Reason::VersionMismatch, "contentType"));
        }
        let digest = attribute(attributes, oid::MESSAGE_DIGEST, notes)?.ok_or(missing)?;
        if digest.tag != tag::OCTET_STRING {
            return Err(missing);
        }
        Ok(digest.content)
    }

    /// The time that the signer claims in a signed attribute.
    pub fn signing_time(&self) -> Option<Time> {
        let attributes = self.signer.signed_attributes?;
        let value = attribute(attributes, oid::SIGNING_TIME, &mut Notes::default()).ok()??;
        value.time("signingTime").ok()
    }

    /// A time stamp over the signature, in an attribute that is not signed.
    pub fn time_stamp(&self) -> Option<&'a [u8]> {
        let attributes = self.signer.unsigned_attributes?;
        let notes = &mut Notes::default();
        Some(attribute(attributes, oid::TIME_STAMP_ATTRIBUTE, notes).ok()??.raw)
    }

    /// Whether the digest algorithm of the content is one that is understood, and the digest is that of these bytes.
    pub fn is_sm3_of(digest: &[u8], content: &[u8]) -> bool {
        Suite::National.hash(&[content]).as_bytes() == digest
    }
}

/// Version 1, or 3 where RFC 5652 has it.
fn version(element: Element<'_>, notes: &mut Notes) -> Result<(), Fault> {
    match element.number("version", notes)? {
        1 | 3 => Ok(()),
        _ => Err(Fault::new(Reason::VersionUnknown, "version")),
    }
}

/// Type and content: GB/T 35275 and PKCS#7 wrap it in an OCTET STRING.
fn content<'a>(
    info: Element<'a>,
    notes: &mut Notes,
) -> Result<(&'a [u8], Option<&'a [u8]>), Fault> {
    const FIELD: &str = "contentInfo";
    let mut fields = info.reader();
    let kind = fields.expect(tag::OID, FIELD, notes)?.content;
    let wrapped = fields.optional(tag::context(0), FIELD, notes)?;
    fields.end(FIELD)?;
    if kind == oid::PKCS7_DATA {
        notes.add(Leniency::CmsData);
    }
    let Some(wrapped) = wrapped else { return Ok((kind, None)) };
    let inside = der::only(wrapped.content, tag::OCTET_STRING, FIELD, notes)?;
    Ok((kind, Some(inside.content)))
}

impl<'a> SignerInfo<'a> {
    fn read(element: Element<'a>, notes: &mut Notes) -> Result<Self, Fault> {
        const FIELD: &str = "signerInfo";
        let mut fields = element.reader();
        version(fields.expect(tag::INTEGER, FIELD, notes)?, notes)?;
        let mut id: Reader<'a> =
            fields.expect(tag::SEQUENCE, "issuerAndSerialNumber", notes)?.reader();
        let issuer = id.expect(tag::SEQUENCE, "issuer", notes)?.raw;
        let serial = id.expect(tag::INTEGER, "serialNumber", notes)?.content;
        id.end("issuerAndSerialNumber")?;
        let digest = plain_algorithm(&mut fields, "digestAlgorithm", notes)?;
        let signed_attributes = fields.optional(tag::context(0), "signedAttrs", notes)?;
        let algorithm = plain_algorithm(&mut fields, "signatureAlgorithm", notes)?;
        let signature = fields.expect(tag::OCTET_STRING, "signature", notes)?.content;
        let unsigned_attributes = fields.optional(tag::context(1), "unsignedAttrs", notes)?;
        fields.end(FIELD)?;
        Ok(Self {
            issuer,
            serial,
            digest,
            algorithm,
            signed_attributes,
            signature,
            unsigned_attributes,
        })
    }
}

/// The single value of an attribute, which may occur once.
fn attribute<'a>(
    list: Element<'a>,
    wanted: &[u8],
    notes: &mut Notes,
) -> Result<Option<Element<'a>>, Fault> {
    const FIELD: &str = "attributes";
    let mut found = None;
    for item in der::sequences(list, ATTRIBUTES_MAX, FIELD, notes)? {
        let mut fields = item.reader();
        let kind = fields.expect(tag::OID, FIELD, notes)?.content;
        let values = fields.expect(tag::SET, FIELD, notes)?;
        fields.end(FIELD)?;
        if kind != wanted {
            continue;
        }
        let values = der::elements(values, 2, FIELD, notes)?;
        match (values.as_slice(), found) {
            ([value], None) => found = Some(*value),
            _ => return Err(Fault::new(Reason::MalformedDer, FIELD)),
        }
    }
    Ok(found)
}
