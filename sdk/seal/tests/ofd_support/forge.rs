//! Makes certificates, seals, seal signatures and sealed OFD documents: what a maker, a signer and an attacker with keys of his own can do.
//!
//! Comes in: fixed seeds. Goes out: bytes that the standards allow, unless the test alters them. Never: used outside tests.
use super::zip::Zip;
use yinglian_gm::sm2::{DEFAULT_ID, SigningKey};
use yinglian_gm::sm3::sm3;
use yinglian_seal::Trust;

pub const NAMESPACE: &str = r#"xmlns:ofd="http://www.ofdspec.org/2016""#;
pub const SIGNED_AT: &str = "20260601080000Z";
const SM2_SM3: &[u64] = &[1, 2, 156, 10197, 1, 501];

pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match length {
        0..0x80 => bytes.push(length as u8),
        0x80..0x100 => bytes.extend([0x81, length as u8]),
        _ => {
            assert!(length < 0x1_0000);
            bytes.extend([0x82, (length >> 8) as u8, length as u8]);
        }
    }
    bytes.extend(content);
    bytes
}

pub fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub fn int(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len() - 1);
    let mut content = bytes[start..].to_vec();
    if content[0] >= 0x80 {
        content.insert(0, 0);
    }
    tlv(0x02, &content)
}

pub fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut content = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let mut digits = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        content.extend(digits.iter().rev());
    }
    tlv(0x06, &content)
}

pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

pub fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

fn ia5(text: &str) -> Vec<u8> {
    tlv(0x16, text.as_bytes())
}

fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

fn time(text: &str) -> Vec<u8> {
    tlv(0x18, text.as_bytes())
}

/// A key with its certificate.
pub struct Who {
    key: SigningKey,
    name: Vec<u8>,
    pub cert: Vec<u8>,
}

impl Who {
    /// A root.
    pub fn root(name: &str, seed: u8) -> Self {
        Self::new(name, seed, None, true)
    }

    /// A maker or signer below a CA.
    pub fn under(ca: &Self, name: &str, seed: u8) -> Self {
        Self::new(name, seed, Some(ca), false)
    }

    fn new(name: &str, seed: u8, issuer: Option<&Self>, is_ca: bool) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32], DEFAULT_ID).unwrap();
        let attribute = seq(&[oid(&[2, 5, 4, 3]), utf8(name)]);
        let subject = seq(&[tlv(0x31, &attribute)]);
        let spki = seq(&[
            seq(&[oid(&[1, 2, 840, 10045, 2, 1]), oid(&[1, 2, 156, 10197, 1, 301])]),
            bits(&key.public_key().to_uncompressed()),
        ]);
        let usage: &[u8] = if is_ca { &[3, 2, 1, 6] } else { &[3, 2, 6, 0xc0] };
        let constraints = if is_ca { seq(&[vec![1, 1, 0xff]]) } else { seq(&[]) };
        let extension =
            |arcs: &[u64], value: &[u8]| seq(&[oid(arcs), vec![1, 1, 0xff], octets(value)]);
        let tbs = seq(&[
            tlv(0xa0, &int(&[2])),
            int(&[0x11, seed]),
            seq(&[oid(SM2_SM3)]),
            issuer.map_or(subject.clone(), |i| i.name.clone()),
            seq(&[tlv(0x17, b"250101000000Z"), tlv(0x17, b"350101000000Z")]),
            subject.clone(),
            spki,
            tlv(
                0xa3,
                &seq(&[
                    extension(&[2, 5, 29, 19], &constraints),
                    extension(&[2, 5, 29, 15], usage),
                ]),
            ),
        ]);
        let signer = issuer.map_or(&key, |i| &i.key);
        let cert = seq(&[tbs.clone(), seq(&[oid(SM2_SM3)]), bits(&signature(signer, &tbs))]);
        Self { key, name: subject, cert }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        signature(&self.key, message)
    }

    /// A revocation list without entries, RFC 5280 clause 5.
    pub fn revocation_list(&self) -> Vec<u8> {
        let tbs = seq(&[
            int(&[1]),
            seq(&[oid(SM2_SM3)]),
            self.name.clone(),
            tlv(0x17, b"260101000000Z"),
            tlv(0x17, b"300101000000Z"),
            tlv(0xa0, &seq(&[seq(&[oid(&[2, 5, 29, 20]), octets(&int(&[1]))])])),
        ]);
        seq(&[tbs.clone(), seq(&[oid(SM2_SM3)]), bits(&self.sign(&tbs))])
    }
}

fn signature(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let raw = key.sign(message, None);
    seq(&[int(&raw[..32]), int(&raw[32..])])
}

/// A PNG of one pixel.
fn picture() -> Vec<u8> {
    let pixel = hex::decode(
        "89504e470d0a1a0a0000000d494844520000000100000001080600000\
         01f15c4890000000d49444154789c63fccfc0500f0004850180845a8c210000000049454e44ae426082",
    );
    seq(&[ia5("png"), octets(&pixel.unwrap()), int(&[40]), int(&[40])])
}

/// A seal of GB/T 38540-2020.
pub fn seal_v4(maker: &Who, signer: &Who) -> Vec<u8> {
    let property = seq(&[
        int(&[1]),
        utf8("测试单位公章"),
        int(&[1]),
        seq(&[octets(&signer.cert)]),
        time("20250101000000Z"),
        time("20250101000000Z"),
        time("20350101000000Z"),
    ]);
    let header = seq(&[ia5("ES"), int(&[4]), ia5("TEST")]);
    let info = seq(&[header, ia5("41040000000001"), property, picture()]);
    seq(&[info.clone(), octets(&maker.cert), oid(SM2_SM3), bits(&maker.sign(&info))])
}

/// A seal of GM/T 0031-2014.
pub fn seal_v1(maker: &Who, signer: &Who) -> Vec<u8> {
    let utc = |text: &[u8]| tlv(0x17, text);
    let property = seq(&[
        int(&[1]),
        utf8("测试单位公章"),
        seq(&[octets(&signer.cert)]),
        utc(b"250101000000Z"),
        utc(b"250101000000Z"),
        utc(b"350101000000Z"),
    ]);
    let header = seq(&[ia5("ES"), int(&[1]), ia5("TEST")]);
    let info = seq(&[header, ia5("41040000000002"), property, picture()]);
    let original = seq(&[info.clone(), octets(&maker.cert), oid(SM2_SM3)]);
    let sign_info = seq(&[octets(&maker.cert), oid(SM2_SM3), bits(&maker.sign(&original))]);
    seq(&[info, sign_info])
}

/// A seal signature of GB/T 38540-2020 over a Signature.xml.
pub fn value_v4(seal: &[u8], signer: &Who, original: &[u8], path: &str) -> Vec<u8> {
    let tbs = seq(&[int(&[4]), seal.to_vec(), time(SIGNED_AT), bits(&sm3(&[original])), ia5(path)]);
    seq(&[tbs.clone(), octets(&signer.cert), oid(SM2_SM3), bits(&signer.sign(&tbs))])
}

/// A seal signature of GM/T 0031-2014 over a Signature.xml.
pub fn value_v1(seal: &[u8], signer: &Who, original: &[u8], path: &str) -> Vec<u8> {
    let tbs = seq(&[
        int(&[1]),
        seal.to_vec(),
        bits(b"2026-06-01 16:00:00"),
        bits(&sm3(&[original])),
        ia5(path),
        octets(&signer.cert),
        oid(SM2_SM3),
    ]);
    seq(&[tbs.clone(), bits(&signer.sign(&tbs))])
}

/// Maker, signer and root that the tests trust.
pub struct City {
    pub root: Who,
    pub maker: Who,
    pub signer: Who,
}

impl City {
    pub fn new(seed: u8) -> Self {
        let root = Who::root("Test root", seed);
        let maker = Who::under(&root, "Test maker", seed + 1);
        let signer = Who::under(&root, "Test signer", seed + 2);
        Self { root, maker, signer }
    }

    /// Trust in the root, with its revocation list.
    pub fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add_anchor(&self.root.cert).unwrap();
        trust.add_crl(&self.root.revocation_list()).unwrap();
        trust
    }

    pub fn seal(&self) -> Vec<u8> {
        seal_v4(&self.maker, &self.signer)
    }

    /// Seals a document: every file but those that `left_out` names is bound.
    pub fn sign(&self, zip: &mut Zip, number: u32, left_out: &[&str]) {
        let names: Vec<String> = zip
            .entries
            .iter()
            .map(|e| String::from_utf8(e.name.clone()).unwrap())
            .filter(|name| !name.ends_with('/') && !left_out.contains(&name.as_str()))
            .filter(|name| name != "Doc_0/Signs/Signatures.xml")
            .collect();
        self.sign_files(zip, number, &names, r#"CheckMethod="1.2.156.10197.1.401""#);
    }

    /// Seals a list of files, with the attributes of `References` at choice.
    pub fn sign_files(&self, zip: &mut Zip, number: u32, names: &[String], method: &str) {
        let folder = format!("Doc_0/Signs/Sign_{number}");
        let seal = self.seal();
        zip.set(&format!("{folder}/Seal.esl"), seal.clone());
        let mut references = String::new();
        for name in names.iter().chain([&format!("{folder}/Seal.esl")]) {
            let digest = base64(&sm3(&[&zip.bytes(name)]));
            references.push_str(&format!(
                r#"<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{digest}</ofd:CheckValue></ofd:Reference>"#
            ));
        }
        let stamp = number * 10 + 2;
        let original = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<ofd:Signature {NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="test" Version="1" Company="test"/><ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod><ofd:SignatureDateTime>{SIGNED_AT}</ofd:SignatureDateTime><ofd:References {method}>{references}</ofd:References><ofd:StampAnnot ID="s{stamp}" PageRef="1" Boundary="50 50 40 40"/><ofd:Seal><ofd:BaseLoc>/{folder}/Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo><ofd:SignedValue>/{folder}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"#
        );
        let path = format!("/{folder}/Signature.xml");
        let value = value_v4(&seal, &self.signer, original.as_bytes(), &path);
        zip.set(&format!("{folder}/Signature.xml"), original);
        zip.set(&format!("{folder}/SignedValue.dat"), value);
        self.list(zip, number);
    }

    /// Adds a signature to the list.
    fn list(&self, zip: &mut Zip, number: u32) {
        let name = "Doc_0/Signs/Signatures.xml";
        let id = number * 10 + 1;
        let entry = format!(
            r#"<ofd:Signature ID="s{id}" Type="Seal" BaseLoc="Sign_{number}/Signature.xml"/>"#
        );
        let known = zip.entries.iter().any(|e| e.name == name.as_bytes());
        let before = if known { zip.text(name) } else { String::new() };
        let entries = before
            .split_once("<ofd:Signature ID")
            .map(|(_, rest)| format!("<ofd:Signature ID{}", rest.replace("</ofd:Signatures>", "")));
        let entries = entries.unwrap_or_default();
        let max = number * 10 + 2;
        zip.set(
            name,
            format!(
                "<ofd:Signatures {NAMESPACE}><ofd:MaxSignId>s{max}</ofd:MaxSignId>{entries}{entry}</ofd:Signatures>"
            ),
        );
    }
}

/// A document with everything that a reader follows: pages, a template, resources, an annotation, an attachment, custom tags,
/// an extension.
pub fn document() -> Zip {
    let mut zip = Zip::default();
    let ofd = |name: &str, inner: &str| format!("<ofd:{name} {NAMESPACE}>{inner}</ofd:{name}>");
    zip.set("OFD.xml", format!(r#"<ofd:OFD {NAMESPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot><ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"#));
    zip.set("Doc_0/Document.xml", ofd("Document", r#"<ofd:CommonData><ofd:MaxUnitID>30</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes><ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/><ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments><ofd:Extensions>Extensions.xml</ofd:Extensions>"#));
    zip.set("Doc_0/PublicRes.xml", format!(r#"<ofd:Res {NAMESPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="F"><ofd:FontFile>font.otf</ofd:FontFile></ofd:Font></ofd:Fonts></ofd:Res>"#));
    zip.set("Doc_0/DocumentRes.xml", format!(r#"<ofd:Res {NAMESPACE} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="4" Type="Image"><ofd:MediaFile>image.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"#));
    zip.set("Doc_0/Res/font.otf", b"font".to_vec());
    zip.set("Doc_0/Res/image.png", b"image".to_vec());
    zip.set("Doc_0/Tpls/Tpl_0/Content.xml", page(20));
    zip.set("Doc_0/Pages/Page_0/Content.xml", page(10));
    zip.set("Doc_0/Pages/Page_1/Content.xml", page(15));
    zip.set(
        "Doc_0/Annots/Annotations.xml",
        ofd(
            "Annotations",
            r#"<ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>"#,
        ),
    );
    zip.set(
        "Doc_0/Annots/Page_0/Annotation.xml",
        ofd(
            "PageAnnot",
            r#"<ofd:Annot ID="25" Type="Stamp"><ofd:Appearance Boundary="0 0 1 1"/></ofd:Annot>"#,
        ),
    );
    zip.set("Doc_0/Tags/CustomTags.xml", ofd("CustomTags", r#"<ofd:CustomTag NameSpace="urn:test"><ofd:FileLoc>tag.xml</ofd:FileLoc></ofd:CustomTag>"#));
    zip.set("Doc_0/Tags/tag.xml", "<tag xmlns=\"urn:test\"/>");
    zip.set("Doc_0/Attachs/Attachments.xml", ofd("Attachments", r#"<ofd:Attachment ID="a1" Name="bill"><ofd:FileLoc>bill.xbrl</ofd:FileLoc></ofd:Attachment>"#));
    zip.set("Doc_0/Attachs/bill.xbrl", "<bill/>");
    zip.set("Doc_0/Extensions.xml", ofd("Extensions", r#"<ofd:Extension AppName="test" RefId="1"><ofd:ExtendData>extension.bin</ofd:ExtendData></ofd:Extension>"#));
    zip.set("Doc_0/extension.bin", b"extension".to_vec());
    zip
}

/// A page with one line.
pub fn page(id: u32) -> String {
    let line = id + 1;
    format!(
        r#"<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID="{id}"><ofd:PathObject ID="{line}" Boundary="10 10 100 1"><ofd:AbbreviatedData>M 0 0 L 100 0</ofd:AbbreviatedData></ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>"#
    )
}

pub fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word =
            group.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = alphabet[(word >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
