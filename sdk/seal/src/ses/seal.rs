//! SESeal: header, property, picture, maker's signature.
//!
//! Comes in: received bytes. Goes out: a [`Seal`] whose fields are slices of them. Never: a judgement on signatures or dates.
use super::{Family, extensions};
use crate::der::{self, Element, Fault, Notes, Reader, tag};
use crate::{Leniency, Reason, Time};
use alloc::string::String;
use alloc::vec::Vec;

/// Certificates or digests that one seal may list.
const SIGNERS_MAX: usize = 256;
/// Bytes of the largest seal; pictures that are whole OFD packages have some hundred thousand.
const SEAL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A seal over received bytes.
#[derive(Debug, Clone)]
pub(crate) struct Seal<'a> {
    pub raw: &'a [u8],
    pub family: Family,
    pub version: u64,
    pub vendor: String,
    pub id: String,
    pub kind: u64,
    pub name: String,
    pub signers: SignerList<'a>,
    pub created: Time,
    pub valid_from: Time,
    pub valid_to: Time,
    pub picture: RawPicture<'a>,
    pub critical: Vec<String>,
    pub maker: &'a [u8],
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
    /// What the maker signed.
    pub signed: Vec<u8>,
    /// A time stamp in the seal, GM/T 0031-2025.
    pub time_stamp: Option<&'a [u8]>,
}

/// Who may sign with a seal.
#[derive(Debug, Clone)]
pub(crate) enum SignerList<'a> {
    /// certListType 1: whole certificates.
    Certs(Vec<&'a [u8]>),
    /// certListType 2: digests with the names of their algorithms.
    Digests(Vec<(String, &'a [u8])>),
}

/// The picture as received.
#[derive(Debug, Clone)]
pub(crate) struct RawPicture<'a> {
    pub kind: String,
    pub width: u64,
    pub height: u64,
    pub bytes: &'a [u8],
}

impl<'a> Seal<'a> {
    /// Reads a seal and nothing after it.
    pub fn parse(bytes: &'a [u8], notes: &mut Notes) -> Result<Self, Fault> {
        if bytes.len() > SEAL_BYTES_MAX {
            return Err(Fault::new(Reason::TooLarge, "SESeal"));
        }
        let mut reader = Reader::new(bytes);
        let element = reader.next("SESeal", notes)?;
        reader.end("SESeal")?;
        Self::from_element(element, notes)
    }

    /// Reads a seal inside a signature.
    pub fn from_element(element: Element<'a>, notes: &mut Notes) -> Result<Self, Fault> {
        let element = match element.tag {
            tag::SEQUENCE => element,
            tag::OCTET_STRING => {
                notes.add(Leniency::WrappedSeal);
                der::only(element.content, tag::SEQUENCE, "SESeal", notes)?
            }
            _ => return Err(Fault::new(Reason::MissingField, "SESeal")),
        };
        let fields = der::elements(element, 6, "SESeal", notes)?;
        let info = match fields.first() {
            Some(info) if info.tag == tag::SEQUENCE => *info,
            _ => return Err(Fault::new(Reason::MissingField, "eSealInfo")),
        };
        let (version, vendor) = header(info, notes)?;
        let family = Family::of(version).map_err(|reason| Fault::new(reason, "version"))?;
        let tail = match (family, fields.as_slice()) {
            (Family::V1, [_, sign_info]) => Tail::v1(info, *sign_info, notes)?,
            (Family::V4, [_, cert, algorithm, value]) => {
                Tail::v4(info, [*cert, *algorithm, *value], notes)?
            }
            (Family::V5, [_, cert, algorithm, value]) => {
                Tail::v4(info, [*cert, *algorithm, *value], notes)?
            }
            (Family::V5, [_, cert, algorithm, value, stamp]) => {
                let mut tail = Tail::v4(info, [*cert, *algorithm, *value], notes)?;
                tail.time_stamp = Some(time_stamp(*stamp, notes)?);
                tail
            }
            (_, [_]) => return Err(Fault::new(Reason::MissingField, "signedValue")),
            (_, found) if found.len() > 5 => {
                return Err(Fault::new(Reason::TrailingData, "SESeal"));
            }
            _ => return Err(Fault::new(Reason::VersionMismatch, "SESeal")),
        };
        Self::assemble(element.raw, family, (version, vendor), info, tail, notes)
    }

    fn assemble(
        raw: &'a [u8],
        family: Family,
        (version, vendor): (u64, String),
        info: Element<'a>,
        tail: Tail<'a>,
        notes: &mut Notes,
    ) -> Result<Self, Fault> {
        let mut fields = info.reader();
        fields.expect(tag::SEQUENCE, "header", notes)?;
        let id = fields.next("esID", notes)?.text(tag::IA5, "esID", notes)?;
        let property = fields.expect(tag::SEQUENCE, "property", notes)?;
        let property = Property::read(property, family, notes)?;
        let picture = picture(fields.expect(tag::SEQUENCE, "picture", notes)?, notes)?;
        let mut critical = Vec::new();
        if !fields.is_empty() {
            let list = fields.next("extDatas", notes)?;
            // Vendors and projects disagree whether GB/T 38540 has a tag here, so neither is a leniency.
            let list = extensions::unwrapped(list, notes)?;
            critical = extensions::critical(list, notes)?;
        }
        fields.end("eSealInfo")?;
        Ok(Self {
            raw,
            family,
            version,
            vendor,
            id,
            kind: property.kind,
            name: property.name,
            signers: property.signers,
            created: property.created,
            valid_from: property.valid_from,
            valid_to: property.valid_to,
            picture,
            critical,
            maker: tail.maker,
            algorithm: tail.algorithm,
            signature: tail.signature,
            signed: tail.signed,
            time_stamp: tail.time_stamp,
        })
    }
}

/// SES_Header: version and vendor.
fn header(info: Element<'_>, notes: &mut Notes) -> Result<(u64, String), Fault> {
    let mut fields = info.reader().expect(tag::SEQUENCE, "header", notes)?.reader();
    let id = fields.next("ID", notes)?.text(tag::IA5, "ID", notes)?;
    if id != "ES" {
        return Err(Fault::new(Reason::HeaderId, "ID"));
    }
    let version = fields.expect(tag::INTEGER, "version", notes)?.number("version", notes)?;
    let vendor = fields.next("Vid", notes)?.text(tag::IA5, "Vid", notes)?;
    fields.end("header")?;
    Ok((version, vendor))
}

/// What follows eSealInfo.
struct Tail<'a> {
    maker: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    signed: Vec<u8>,
    time_stamp: Option<&'a [u8]>,
}

impl<'a> Tail<'a> {
    /// GM/T 0031-2014: the maker signs a new SEQUENCE of esealInfo, certificate and algorithm as they stand.
    fn v1(info: Element<'a>, sign_info: Element<'a>, notes: &mut Notes) -> Result<Self, Fault> {
        const FIELD: &str = "signInfo";
        let sign_info = match (sign_info.tag, sign_info.content) {
            (tag::SEQUENCE, _) => sign_info,
            (tag::BIT_STRING, [0, inside @ ..]) => {
                notes.add(Leniency::WrappedSignInfo);
                der::only(inside, tag::SEQUENCE, FIELD, notes)?
            }
            _ => return Err(Fault::new(Reason::MissingField, FIELD)),
        };
        let mut fields = sign_info.reader();
        let cert = fields.expect(tag::OCTET_STRING, "signInfo.cert", notes)?;
        let algorithm = fields.expect(tag::OID, "signInfo.signatureAlgorithm", notes)?;
        let signature = fields.next("signData", notes)?.bits("signData", notes)?;
        fields.end(FIELD)?;
        Ok(Self {
            maker: cert.content,
            algorithm: algorithm.content,
            signature,
            signed: der::wrap(tag::SEQUENCE, &[info.raw, cert.raw, algorithm.raw]),
            time_stamp: None,
        })
    }

    /// GB/T 38540-2020 and GM/T 0031-2025: the maker signs eSealInfo as it stands.
    fn v4(info: Element<'a>, fields: [Element<'a>; 3], notes: &mut Notes) -> Result<Self, Fault> {
        let [cert, algorithm, value] = fields;
        if cert.tag != tag::OCTET_STRING {
            return Err(Fault::new(Reason::MissingField, "cert"));
        }
        if algorithm.tag != tag::OID {
            return Err(Fault::new(Reason::MissingField, "signAlgID"));
        }
        Ok(Self {
            maker: cert.content,
            algorithm: algorithm.content,
            signature: value.bits("signedValue", notes)?,
            signed: info.raw.into(),
            time_stamp: None,
        })
    }
}

/// SES_ESPropertyInfo.
struct Property<'a> {
    kind: u64,
    name: String,
    signers: SignerList<'a>,
    created: Time,
    valid_from: Time,
    valid_to: Time,
}

impl<'a> Property<'a> {
    fn read(element: Element<'a>, family: Family, notes: &mut Notes) -> Result<Self, Fault> {
        let mut fields = element.reader();
        let kind = fields.expect(tag::INTEGER, "type", notes)?.number("type", notes)?;
        let name = fields.next("name", notes)?.text(tag::UTF8, "name", notes)?;
        let list_type = match family {
            Family::V1 => 1,
            _ => {
                let field = fields.expect(tag::INTEGER, "certListType", notes)?;
                field.number("certListType", notes)?
            }
        };
        let list = fields.expect(tag::SEQUENCE, "certList", notes)?;
        let signers = match list_type {
            1 => SignerList::Certs(certs(list, family, notes)?),
            2 => SignerList::Digests(digests(list, notes)?),
            _ => return Err(Fault::new(Reason::CertListType, "certListType")),
        };
        let expected = if family == Family::V1 { tag::UTC_TIME } else { tag::GENERALIZED_TIME };
        let mut date = |field| fields.next(field, notes)?.time_of(expected, field, notes);
        let (created, valid_from, valid_to) =
            (date("createDate")?, date("validStart")?, date("validEnd")?);
        fields.end("property")?;
        Ok(Self { kind, name, signers, created, valid_from, valid_to })
    }
}

fn certs<'a>(list: Element<'a>, family: Family, notes: &mut Notes) -> Result<Vec<&'a [u8]>, Fault> {
    let mut certs = Vec::new();
    for item in der::elements(list, SIGNERS_MAX, "certList", notes)? {
        match item.tag {
            tag::OCTET_STRING => certs.push(item.content),
            tag::SEQUENCE if family == Family::V1 => {
                notes.add(Leniency::BareCert);
                certs.push(item.raw);
            }
            tag::SEQUENCE => return Err(Fault::new(Reason::CertListType, "certList")),
            _ => notes.add(Leniency::CertListItem),
        }
    }
    Ok(certs)
}

fn digests<'a>(list: Element<'a>, notes: &mut Notes) -> Result<Vec<(String, &'a [u8])>, Fault> {
    let mut digests = Vec::new();
    for item in der::elements(list, SIGNERS_MAX, "certList", notes)? {
        if item.tag != tag::SEQUENCE {
            return Err(Fault::new(Reason::CertListType, "certList"));
        }
        let mut fields = item.reader();
        let kind = fields.next("certList.type", notes)?;
        let kind = kind.text(tag::PRINTABLE, "certList.type", notes)?;
        let value = fields.expect(tag::OCTET_STRING, "certList.value", notes)?.content;
        fields.end("certList")?;
        digests.push((kind, value));
    }
    Ok(digests)
}

/// SES_ESPictrueInfo, as the standard spells it.
fn picture<'a>(element: Element<'a>, notes: &mut Notes) -> Result<RawPicture<'a>, Fault> {
    let mut fields = element.reader();
    let kind = fields.next("picture.type", notes)?.text(tag::IA5, "picture.type", notes)?;
    let bytes = fields.expect(tag::OCTET_STRING, "picture.data", notes)?.content;
    let mut side = |field| fields.expect(tag::INTEGER, field, notes)?.number(field, notes);
    let (width, height) = (side("picture.width")?, side("picture.height")?);
    fields.end("picture")?;
    Ok(RawPicture { kind, width, height, bytes })
}

/// A time stamp in `[0]` as BIT STRING; `[1]` and OCTET STRING occur in projects and are forgiven.
pub(super) fn time_stamp<'a>(element: Element<'a>, notes: &mut Notes) -> Result<&'a [u8], Fault> {
    const FIELD: &str = "timeStamp";
    if element.tag == tag::context(1) {
        notes.add(Leniency::TimeStampTag);
    } else if element.tag != tag::context(0) {
        return Err(Fault::new(Reason::MissingField, FIELD));
    }
    let mut inside = element.reader();
    let token = inside.next(FIELD, notes)?.bits(FIELD, notes)?;
    inside.end(FIELD)?;
    Ok(token)
}
