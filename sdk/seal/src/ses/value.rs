//! SES_Signature: what was signed with a seal, by whom, when.
//!
//! Comes in: received bytes. Goes out: a [`Value`] whose fields are slices of them. Never: a judgement on signatures or dates.
use super::seal::time_stamp;
use super::{Family, Seal, extensions};
use crate::der::{self, Element, Fault, Notes, Reader, tag};
use crate::{Leniency, Reason, Time, time};
use alloc::string::String;
use alloc::vec::Vec;

/// A seal signature over received bytes.
#[derive(Debug, Clone)]
pub(crate) struct Value<'a> {
    pub seal: Seal<'a>,
    pub time: ClaimedTime<'a>,
    /// Digest of the original.
    pub data_hash: &'a [u8],
    pub property: String,
    pub signer: &'a [u8],
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
    /// toSign as received: what the signer signed.
    pub signed: &'a [u8],
    pub critical: Vec<String>,
    /// A time stamp over the signature value.
    pub time_stamp: Option<&'a [u8]>,
}

/// The time in the signed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimedTime<'a> {
    /// A time that the signer wrote.
    At(Time),
    /// A time stamp that the signer put in before he signed (GM/T 0031-2014).
    Token(&'a [u8]),
    /// Something that cannot be read as a time.
    Unreadable,
    /// The form has no place for a time.
    None,
}

impl<'a> Value<'a> {
    /// Reads a seal signature and nothing after it.
    pub fn parse(bytes: &'a [u8], notes: &mut Notes) -> Result<Self, Fault> {
        let whole = der::only(bytes, tag::SEQUENCE, "SES_Signature", notes)?;
        let fields = der::elements(whole, 6, "SES_Signature", notes)?;
        match fields.as_slice() {
            [to_sign, signature] => Self::v1(*to_sign, *signature, notes),
            [to_sign, cert, algorithm, signature] => {
                Self::v4(*to_sign, [*cert, *algorithm, *signature], None, notes)
            }
            [to_sign, cert, algorithm, signature, stamp] => {
                let stamp = time_stamp(*stamp, notes)?;
                Self::v4(*to_sign, [*cert, *algorithm, *signature], Some(stamp), notes)
            }
            found if found.len() > 5 => Err(Fault::new(Reason::TrailingData, "SES_Signature")),
            _ => Err(Fault::new(Reason::MissingField, "SES_Signature")),
        }
    }

    fn v1(to_sign: Element<'a>, signature: Element<'a>, notes: &mut Notes) -> Result<Self, Fault> {
        let (mut fields, seal) = head(to_sign, notes)?;
        if seal.family != Family::V1 {
            return Err(Fault::new(Reason::VersionMismatch, "SES_Signature"));
        }
        let time = fields.next("timeInfo", notes)?;
        let time = claimed(time.bits("timeInfo", notes)?);
        let data_hash = fields.next("dataHash", notes)?.bits("dataHash", notes)?;
        let property = fields.next("propertyInfo", notes)?;
        let property = property.text(tag::IA5, "propertyInfo", notes)?;
        let signer = fields.expect(tag::OCTET_STRING, "cert", notes)?.content;
        let algorithm = fields.expect(tag::OID, "signatureAlgorithm", notes)?.content;
        fields.end("toSign")?;
        Ok(Self {
            seal,
            time,
            data_hash,
            property,
            signer,
            algorithm,
            signature: signature.bits("signature", notes)?,
            signed: to_sign.raw,
            critical: Vec::new(),
            time_stamp: None,
        })
    }

    fn v4(
        to_sign: Element<'a>,
        [cert, algorithm, signature]: [Element<'a>; 3],
        time_stamp: Option<&'a [u8]>,
        notes: &mut Notes,
    ) -> Result<Self, Fault> {
        let (mut fields, seal) = head(to_sign, notes)?;
        if seal.family == Family::V1 {
            return Err(Fault::new(Reason::VersionMismatch, "SES_Signature"));
        }
        let time =
            fields.next("timeInfo", notes)?.time_of(tag::GENERALIZED_TIME, "timeInfo", notes)?;
        let data_hash = fields.next("dataHash", notes)?.bits("dataHash", notes)?;
        let property = fields.next("propertyInfo", notes)?;
        let property = property.text(tag::IA5, "propertyInfo", notes)?;
        let mut critical = Vec::new();
        if !fields.is_empty() {
            let list = fields.next("extDatas", notes)?;
            if list.tag != tag::context(0) {
                notes.add(Leniency::UntaggedExtensions);
            }
            critical = extensions::critical(extensions::unwrapped(list, notes)?, notes)?;
        }
        fields.end("toSign")?;
        if cert.tag != tag::OCTET_STRING {
            return Err(Fault::new(Reason::MissingField, "cert"));
        }
        if algorithm.tag != tag::OID {
            return Err(Fault::new(Reason::MissingField, "signatureAlgID"));
        }
        Ok(Self {
            seal,
            time: ClaimedTime::At(time),
            data_hash,
            property,
            signer: cert.content,
            algorithm: algorithm.content,
            signature: signature.bits("signature", notes)?,
            signed: to_sign.raw,
            critical,
            time_stamp,
        })
    }
}

/// Version and seal at the beginning of TBS_Sign.
fn head<'a>(to_sign: Element<'a>, notes: &mut Notes) -> Result<(Reader<'a>, Seal<'a>), Fault> {
    if to_sign.tag != tag::SEQUENCE {
        return Err(Fault::new(Reason::MissingField, "toSign"));
    }
    let mut fields = to_sign.reader();
    let version = fields.expect(tag::INTEGER, "version", notes)?.number("version", notes)?;
    let seal = Seal::from_element(fields.next("eseal", notes)?, notes)?;
    if version != seal.version {
        if Family::of(version) != Ok(Family::V1) || seal.family != Family::V1 {
            return Err(Fault::new(Reason::VersionMismatch, "version"));
        }
        notes.add(Leniency::VersionOfTbs);
    }
    Ok((fields, seal))
}

/// The content of timeInfo in GM/T 0031-2014: a time in DER, a whole time stamp, or text.
fn claimed(content: &[u8]) -> ClaimedTime<'_> {
    let notes = &mut Notes::default();
    match content.first() {
        Some(&tag::SEQUENCE) => ClaimedTime::Token(content),
        Some(&(tag::UTC_TIME | tag::GENERALIZED_TIME)) => {
            let mut reader = Reader::new(content);
            let time = reader.next("timeInfo", notes).and_then(|element| element.time("timeInfo"));
            match (time, reader.end("timeInfo")) {
                (Ok(time), Ok(())) => ClaimedTime::At(time),
                _ => ClaimedTime::Unreadable,
            }
        }
        _ => time::text_time(content).map_or(ClaimedTime::Unreadable, ClaimedTime::At),
    }
}
