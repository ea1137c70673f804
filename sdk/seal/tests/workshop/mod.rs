//! A workshop for tests: certificates, lists, OCSP answers, time stamps, seals and seal signatures, each with any flaw a test asks for.
//!
//! Comes in: descriptions with public fields. Goes out: DER, signed with keys made from seeds. Never: code of the crate under test.
#![allow(dead_code)]

pub mod world;

use yinglian_crypto::{SigningKey, Suite};

pub const OID_SM2_SM3: &str = "2a811ccf55018375";
const OID_SM3: &str = "2a811ccf55018311";
const OID_SM2_SIGN: &str = "2a811ccf5501822d01";

/// One element of DER.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=127 => out.push(length as u8),
        length @ 128..=255 => out.extend([0x81, length as u8]),
        length @ 256..=65_535 => out.extend([0x82, (length >> 8) as u8, length as u8]),
        length => out.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub fn int(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let skip = (0..7).take_while(|&i| bytes[i] == 0 && bytes[i + 1] & 0x80 == 0).count();
    tlv(2, &[&bytes[skip..]])
}

pub fn oid(hex_text: &str) -> Vec<u8> {
    tlv(6, &[&hex::decode(hex_text).unwrap()])
}

pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, &[bytes])
}

pub fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes])
}

/// `20260601080000Z` as GeneralizedTime.
pub fn time(text: &str) -> Vec<u8> {
    tlv(0x18, &[text.as_bytes()])
}

/// The same as UTCTime.
pub fn utc(text: &str) -> Vec<u8> {
    tlv(0x17, &[&text.as_bytes()[2..]])
}

pub fn sm3(bytes: &[u8]) -> [u8; 32] {
    *Suite::National.hash(&[bytes]).as_bytes()
}

/// A key of SM2 from a name.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(Suite::National, name.as_bytes())
}

/// A signature as DER of r and s.
pub fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let raw = sign_raw(key, message);
    let number = |half: &[u8]| {
        let mut digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        if digits.first().is_none_or(|first| first & 0x80 != 0) {
            digits.insert(0, 0);
        }
        tlv(2, &[&digits])
    };
    seq(&[&number(&raw[..32]), &number(&raw[32..])])
}

pub fn sign_raw(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    *key.sign_now(message).as_bytes()
}

fn algorithm(id: &str) -> Vec<u8> {
    seq(&[&oid(id)])
}

pub fn name(text: &str) -> Vec<u8> {
    let pair = seq(&[&oid("550403"), &tlv(0x0c, &[text.as_bytes()])]);
    seq(&[&tlv(0x31, &[&pair])])
}

/// An extension: identifier in hexadecimal, critical, value.
pub type Ext = (&'static str, bool, Vec<u8>);

pub fn ca_ext(path_length: Option<i64>) -> Ext {
    let length = path_length.map(int).unwrap_or_default();
    ("551d13", true, seq(&[&tlv(1, &[&[0xff]]), &length]))
}

/// keyUsage of one byte: 80 digital signature, 04 certificates, 02 lists.
pub fn usage_ext(usage: u8) -> Ext {
    ("551d0f", true, tlv(3, &[&[usage.trailing_zeros().min(7) as u8, usage]]))
}

/// extendedKeyUsage with the last byte of id-kp: 8 time stamping, 9 OCSP.
pub fn purpose_ext(kind: u8) -> Ext {
    ("551d25", true, seq(&[&oid(&format!("2b060105050703{kind:02x}"))]))
}

fn extensions(list: &[Ext]) -> Vec<u8> {
    let items: Vec<u8> = list
        .iter()
        .flat_map(|(id, critical, value)| {
            let flag = if *critical { tlv(1, &[&[0xff]]) } else { Vec::new() };
            seq(&[&oid(id), &flag, &octets(value)])
        })
        .collect();
    seq(&[&items])
}

/// A certificate to be made.
#[derive(Clone)]
pub struct CertPlan {
    pub subject: &'static str,
    pub issuer: &'static str,
    pub serial: i64,
    pub from: &'static str,
    pub to: &'static str,
    pub exts: Vec<Ext>,
    /// Signs instead of the key named like the issuer.
    pub signed_by: Option<&'static str>,
    /// Instead of the key named like the subject.
    pub key_of: Option<&'static str>,
    /// Instead of SM2 with SM3.
    pub algorithm: &'static str,
}

impl CertPlan {
    /// A certificate that signs seals or documents.
    pub fn user(subject: &'static str, issuer: &'static str, serial: i64) -> Self {
        Self {
            subject,
            issuer,
            serial,
            from: "20240101000000Z",
            to: "20340101000000Z",
            exts: vec![usage_ext(0xc0)],
            signed_by: None,
            key_of: None,
            algorithm: OID_SM2_SM3,
        }
    }

    /// A CA.
    pub fn ca(subject: &'static str, issuer: &'static str, serial: i64) -> Self {
        Self { exts: vec![ca_ext(None), usage_ext(0x06)], ..Self::user(subject, issuer, serial) }
    }

    pub fn make(&self) -> Vec<u8> {
        let public = key(self.key_of.unwrap_or(self.subject)).public_key().clone();
        let spki = seq(&[
            &seq(&[&oid("2a8648ce3d0201"), &oid("2a811ccf5501822d")]),
            &bits(public.as_bytes()),
        ]);
        let exts = match self.exts.is_empty() {
            true => Vec::new(),
            false => tlv(0xa3, &[&extensions(&self.exts)]),
        };
        let tbs = seq(&[
            &tlv(0xa0, &[&int(2)]),
            &int(self.serial),
            &algorithm(self.algorithm),
            &name(self.issuer),
            &seq(&[&time(self.from), &time(self.to)]),
            &name(self.subject),
            &spki,
            &exts,
        ]);
        let signature = sign(&key(self.signed_by.unwrap_or(self.issuer)), &tbs);
        seq(&[&tbs, &algorithm(self.algorithm), &bits(&signature)])
    }
}

/// A revocation list to be made.
#[derive(Clone)]
pub struct CrlPlan {
    pub issuer: &'static str,
    pub this_update: &'static str,
    pub next_update: &'static str,
    /// Serial number, time, reason code.
    pub revoked: Vec<(i64, &'static str, Option<u8>)>,
    pub exts: Vec<Ext>,
    pub signed_by: Option<&'static str>,
}

impl CrlPlan {
    pub fn clean(issuer: &'static str) -> Self {
        Self {
            issuer,
            this_update: "20261101000000Z",
            next_update: "20270101000000Z",
            revoked: Vec::new(),
            exts: vec![("551d14", false, int(7))],
            signed_by: None,
        }
    }

    pub fn revoking(issuer: &'static str, serial: i64, at: &'static str) -> Self {
        Self { revoked: vec![(serial, at, None)], ..Self::clean(issuer) }
    }

    pub fn make(&self) -> Vec<u8> {
        let entries: Vec<u8> = self
            .revoked
            .iter()
            .flat_map(|(serial, at, reason)| {
                let ext = match reason {
                    Some(code) => extensions(&[("551d15", false, tlv(0x0a, &[&[*code]]))]),
                    None => Vec::new(),
                };
                seq(&[&int(*serial), &time(at), &ext])
            })
            .collect();
        let entries = if entries.is_empty() { entries } else { seq(&[&entries]) };
        let tbs = seq(&[
            &int(1),
            &algorithm(OID_SM2_SM3),
            &name(self.issuer),
            &time(self.this_update),
            &time(self.next_update),
            &entries,
            &tlv(0xa0, &[&extensions(&self.exts)]),
        ]);
        let signature = sign(&key(self.signed_by.unwrap_or(self.issuer)), &tbs);
        seq(&[&tbs, &algorithm(OID_SM2_SM3), &bits(&signature)])
    }
}

/// An OCSP response about one certificate; `status` is the whole certStatus element.
pub fn ocsp(
    issuer: &str,
    serial: i64,
    status: &[u8],
    signed_by: &str,
    certs: &[Vec<u8>],
) -> Vec<u8> {
    let public = key(issuer).public_key().clone();
    let id = seq(&[
        &algorithm(OID_SM3),
        &octets(&sm3(&name(issuer))),
        &octets(&sm3(public.as_bytes())),
        &int(serial),
    ]);
    let answer =
        seq(&[&id, status, &time("20261120000000Z"), &tlv(0xa0, &[&time("20261220000000Z")])]);
    let tbs = seq(&[&tlv(0xa1, &[&name(signed_by)]), &time("20261120000000Z"), &seq(&[&answer])]);
    let certs = match certs.is_empty() {
        true => Vec::new(),
        false => tlv(0xa0, &[&seq(&[&certs.concat()])]),
    };
    let signature = bits(&sign(&key(signed_by), &tbs));
    let basic = seq(&[&tbs, &algorithm(OID_SM2_SM3), &signature, &certs]);
    let typed = seq(&[&oid("2b0601050507300101"), &octets(&basic)]);
    seq(&[&tlv(0x0a, &[&[0]]), &tlv(0xa0, &[&typed])])
}

/// A time-stamp token over bytes.
pub fn token(covered: &[u8], at: &str, authority: &CertPlan) -> Vec<u8> {
    let info = seq(&[
        &int(1),
        &oid("2a0304"),
        &seq(&[&algorithm(OID_SM3), &octets(&sm3(covered))]),
        &int(5),
        &time(at),
    ]);
    let attributes = [
        seq(&[&oid("2a864886f70d010903"), &tlv(0x31, &[&oid("2a864886f70d0109100104")])]),
        seq(&[&oid("2a864886f70d010904"), &tlv(0x31, &[&octets(&sm3(&info))])]),
    ]
    .concat();
    let signature = sign(&key(authority.subject), &tlv(0x31, &[&attributes]));
    let signer = seq(&[
        &int(1),
        &seq(&[&name(authority.issuer), &int(authority.serial)]),
        &algorithm(OID_SM3),
        &tlv(0xa0, &[&attributes]),
        &algorithm(OID_SM2_SIGN),
        &octets(&signature),
    ]);
    let data = seq(&[
        &int(3),
        &tlv(0x31, &[&algorithm(OID_SM3)]),
        &seq(&[&oid("2a864886f70d0109100104"), &tlv(0xa0, &[&octets(&info)])]),
        &tlv(0xa0, &[&authority.make()]),
        &tlv(0x31, &[&signer]),
    ]);
    seq(&[&oid("2a864886f70d010702"), &tlv(0xa0, &[&data])])
}

/// Signed data of GB/T 35275 around a digest, without attributes.
pub fn gm_signed(content: &[u8], signer: &CertPlan, certs: &[Vec<u8>]) -> Vec<u8> {
    let signature = sign(&key(signer.subject), content);
    let info = seq(&[
        &int(1),
        &seq(&[&name(signer.issuer), &int(signer.serial)]),
        &algorithm(OID_SM3),
        &algorithm(OID_SM2_SIGN),
        &octets(&signature),
    ]);
    let data = seq(&[
        &int(1),
        &tlv(0x31, &[&algorithm(OID_SM3)]),
        &seq(&[&oid("2a811ccf550601040201"), &tlv(0xa0, &[&octets(content)])]),
        &tlv(0xa0, &[&certs.concat()]),
        &tlv(0x31, &[&info]),
    ]);
    seq(&[&oid("2a811ccf550601040202"), &tlv(0xa0, &[&data])])
}

/// A seal to be made.
#[derive(Clone)]
pub struct SealPlan {
    pub header_id: &'static str,
    /// Version in the header.
    pub version: i64,
    /// Structure: 1, 4 or 5.
    pub shape: u8,
    pub list_type: i64,
    /// Certificates, or digests where `list_type` is 2.
    pub list: Vec<Vec<u8>>,
    pub created: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    /// The SEQUENCE of extensions, with or without a tag.
    pub extensions: Vec<u8>,
    pub maker: Vec<u8>,
    pub maker_key: &'static str,
    pub algorithm: &'static str,
    /// Bytes after the last field.
    pub after: Vec<u8>,
}

impl SealPlan {
    pub fn make(&self) -> Vec<u8> {
        let date: fn(&str) -> Vec<u8> = if self.shape == 1 { utc } else { time };
        let header = seq(&[
            &tlv(0x16, &[self.header_id.as_bytes()]),
            &int(self.version),
            &tlv(0x16, &[b"V"]),
        ]);
        let list: Vec<u8> = match self.list_type {
            2 => self
                .list
                .iter()
                .flat_map(|digest| seq(&[&tlv(0x13, &[b"SM3"]), &octets(digest)]))
                .collect(),
            _ => self.list.iter().flat_map(|cert| octets(cert)).collect(),
        };
        let list_type = if self.shape == 1 { Vec::new() } else { int(self.list_type) };
        let property = seq(&[
            &int(1),
            &tlv(0x0c, &["测试印章".as_bytes()]),
            &list_type,
            &seq(&[&list]),
            &date(self.created),
            &date(self.from),
            &date(self.to),
        ]);
        let picture = seq(&[&tlv(0x16, &[b"png"]), &octets(b"\x89PNG"), &int(40), &int(30)]);
        let info = seq(&[
            &header,
            &tlv(0x16, &[b"41040000000001"]),
            &property,
            &picture,
            &self.extensions,
        ]);
        let cert = octets(&self.maker);
        let algorithm = oid(self.algorithm);
        let maker = key(self.maker_key);
        if self.shape == 1 {
            let signature = bits(&sign(&maker, &seq(&[&info, &cert, &algorithm])));
            return seq(&[&info, &seq(&[&cert, &algorithm, &signature]), &self.after]);
        }
        seq(&[&info, &cert, &algorithm, &bits(&sign(&maker, &info)), &self.after])
    }
}

/// A seal signature to be made.
#[derive(Clone)]
pub struct ValuePlan {
    pub seal: SealPlan,
    pub version: i64,
    /// The timeInfo element.
    pub time: Vec<u8>,
    pub data_hash: Vec<u8>,
    pub signer: Vec<u8>,
    pub signer_key: &'static str,
    pub algorithm: &'static str,
    pub raw: bool,
    /// Time and authority of a time stamp over the signature value.
    pub stamp: Option<(&'static str, CertPlan)>,
    /// Tag of the stamp's wrapping.
    pub stamp_tag: u8,
}

impl ValuePlan {
    pub fn make(&self) -> Vec<u8> {
        let shape = self.seal.shape;
        let mut parts = vec![
            int(self.version),
            self.seal.make(),
            self.time.clone(),
            bits(&self.data_hash),
            tlv(0x16, &[b"/Doc_0/Signs/Sign_0/Signature.xml"]),
        ];
        let cert = octets(&self.signer);
        let algorithm = oid(self.algorithm);
        if shape == 1 {
            parts.extend([cert.clone(), algorithm.clone()]);
        }
        let to_sign = seq(&[&parts.concat()]);
        let signer = key(self.signer_key);
        let signature =
            if self.raw { sign_raw(&signer, &to_sign).to_vec() } else { sign(&signer, &to_sign) };
        if shape == 1 {
            return seq(&[&to_sign, &bits(&signature)]);
        }
        let stamp = match &self.stamp {
            Some((at, authority)) => {
                tlv(self.stamp_tag, &[&bits(&token(&signature, at, authority))])
            }
            None => Vec::new(),
        };
        seq(&[&to_sign, &cert, &algorithm, &bits(&signature), &stamp])
    }
}
