//! Attacks on OFD documents, each refused for the reason that fits it. Attacks on the package and on what signatures list run on every
//! sample of `tests/material`; attacks that need keys run on documents sealed here.
mod ofd_support;

use ofd_support::forge::{self, City, NAMESPACE, Who};
use ofd_support::zip::{Entry, Zip};
use ofd_support::{NOT_ATTACKED, SAMPLES, judge, material, trust_of};
use yinglian_seal::ofd::{DocumentReport, OfdFault};
use yinglian_seal::{Reason, Verdict};

/// The samples that attacks are made on.
fn attacked() -> impl Iterator<Item = &'static str> {
    SAMPLES.into_iter().filter(|name| !NOT_ATTACKED.contains(name))
}

const DOCUMENT: &str = "Doc_0/Document.xml";
const LIST: &str = "Doc_0/Signs/Signatures.xml";
const SIGNATURE: &str = "Doc_0/Signs/Sign_0/Signature.xml";
const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

type Attack = (&'static str, OfdFault, fn(Zip) -> Vec<u8>);

/// Attacks that need no key.
fn attacks() -> Vec<Attack> {
    let mut all = package_attacks();
    all.extend(xml_attacks());
    all.extend(signature_attacks());
    all
}

fn with(mut zip: Zip, entry: Entry) -> Vec<u8> {
    zip.entries.push(entry);
    zip.write()
}

fn named(mut zip: Zip, name: &[u8]) -> Vec<u8> {
    let mut entry = Entry::new("", "x");
    entry.name = name.to_vec();
    zip.entries.push(entry);
    zip.write()
}

fn patched(zip: &Zip, patch: fn(&mut Entry)) -> Vec<u8> {
    let mut zip = zip.clone();
    let place = zip.place("OFD.xml");
    patch(&mut zip.entries[place]);
    zip.write()
}

fn package_attacks() -> Vec<Attack> {
    use OfdFault::*;
    vec![
        ("bytes before the first entry", HiddenBytes, |mut z| {
            z.front = b"%PDF-1.7".to_vec();
            z.write()
        }),
        ("bytes behind the end", HiddenBytes, |z| [z.write(), b"tail".to_vec()].concat()),
        ("bytes between entries and directory", HiddenBytes, |mut z| {
            z.gap = b"PK\x03\x04 hidden entry".to_vec();
            z.write()
        }),
        ("a second end record in the comment", HiddenBytes, |mut z| {
            z.comment = Zip::default().write();
            z.write()
        }),
        ("a truncated file", NotZip, |z| {
            let file = z.write();
            file[..file.len() / 2].to_vec()
        }),
        ("no file at all", NotZip, |_| Vec::new()),
        ("an entry twice", DuplicateName, |z| {
            let twice = Entry::new("OFD.xml", z.bytes("OFD.xml"));
            with(z, twice)
        }),
        ("an entry in another case", CollidingName, |z| named(z, b"ofd.XML")),
        ("a file that is also a folder", CollidingName, |z| named(z, b"OFD.xml/a")),
        ("a name that climbs", UnsafeName, |z| named(z, b"../evil.xml")),
        ("a name that climbs inside", UnsafeName, |z| named(z, b"Doc_0/../OFD2.xml")),
        ("an absolute name", UnsafeName, |z| named(z, b"/etc/passwd")),
        ("a name with a backslash", UnsafeName, |z| named(z, b"Doc_0\\evil.xml")),
        ("a name with a drive", UnsafeName, |z| named(z, b"C:evil.xml")),
        ("a name with a zero byte", UnsafeName, |z| named(z, b"OFD.xml\0.png")),
        ("a name with a blank at its end", UnsafeName, |z| named(z, b"OFD.xml ")),
        ("a name that is too long", UnsafeName, |z| named(z, &[b'a'; 2000])),
        ("a name that is not UTF-8", NameEncoding, |z| named(z, b"Doc_0/\xd5\xc2.xml")),
        ("a folder with content", UnsafeName, |z| named(z, b"Doc_1/")),
        ("another name in the entry's own header", HeaderMismatch, |z| {
            patched(&z, |e| e.local_name = Some(b"OFE.xml".to_vec()))
        }),
        ("other bytes than the directory's", CorruptEntry, |z| {
            patched(&z, |e| e.local_bytes = Some(vec![b'x'; e.bytes.len()]))
        }),
        ("more bytes than the directory says", CorruptEntry, |z| {
            patched(&z, |e| e.size = Some(e.bytes.len() as u32 - 1))
        }),
        ("fewer bytes than the directory says", CorruptEntry, |z| {
            patched(&z, |e| e.size = Some(e.bytes.len() as u32 + 1))
        }),
        ("a wrong check sum", CorruptEntry, |z| patched(&z, |e| e.crc = Some(1))),
        ("an encrypted entry", Encrypted, |z| patched(&z, |e| e.flags |= 1)),
        ("a compression nobody knows", Compression, |z| patched(&z, |e| e.method = 12)),
        ("sizes in ZIP64", Zip64, |z| {
            patched(&z, |e| e.extra = [&[1, 0, 16, 0][..], &[0; 16]].concat())
        }),
        ("a second name in an extra field", HeaderMismatch, |z| {
            patched(&z, |e| e.extra = b"\x75\x70\x0d\x00\x01\0\0\0\0evil.xml".to_vec())
        }),
        ("a broken extra field", NotZip, |z| patched(&z, |e| e.extra = vec![1, 2, 0xff, 0xff])),
        ("two entries of the same bytes", OverlappingEntries, overlap),
        ("a bomb by ratio", Ratio, |z| with(z, Entry::new("b", vec![0; 8 << 20]))),
        ("a bomb by size", TooLarge, |z| {
            let mut entry = Entry::new("b", "");
            entry.size = Some(600 << 20);
            with(z, entry)
        }),
        ("a bomb by number", TooManyEntries, |mut z| {
            let mut entry = Entry::new("", "");
            entry.method = 0;
            z.entries.extend((0..20_000).map(|n| {
                entry.name = format!("n{n}").into_bytes();
                entry.clone()
            }));
            z.write()
        }),
        ("no OFD.xml", NotOfd, |mut z| {
            z.remove("OFD.xml");
            z.write()
        }),
        ("an encryption description", Encrypted, |z| named(z, b"Encryptions.xml")),
    ]
}

/// Adds a directory row that points at the entry of another one.
fn overlap(zip: Zip) -> Vec<u8> {
    let mut copy = zip.clone();
    copy.entries.truncate(1);
    copy.entries.push(copy.entries[0].clone());
    let name = copy.entries[1].name.clone();
    let file = copy.write();
    let end = file.len() - 22;
    let start = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap()) as usize;
    let row = (end - start) / 2;
    let second_local =
        u32::from_le_bytes(file[start + row + 42..start + row + 46].try_into().unwrap()) as usize;
    let mut out = file[..second_local].to_vec();
    let directory = out.len() as u32;
    out.extend(&file[start..end]);
    let at = out.len() - row;
    out[at + 42..at + 46].copy_from_slice(&[0; 4]);
    // Another name in the second row would disagree with the header: overlap is found before names are compared.
    assert_eq!(name, copy.entries[0].name);
    out.extend(&file[end..end + 16]);
    out.extend(directory.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn xml_attacks() -> Vec<Attack> {
    use OfdFault::*;
    fn list(mut zip: Zip, text: String) -> Vec<u8> {
        zip.set(LIST, text);
        zip.write()
    }
    vec![
        ("a document type", Dtd, |z| {
            let text = z.text(LIST).replacen(
                "<ofd:Signatures",
                "<!DOCTYPE x [<!ENTITY a \"b\">]><ofd:Signatures",
                1,
            );
            list(z, text)
        }),
        ("an entity that nobody declared", XmlMalformed, |z| {
            let text = z.text(LIST).replacen("<ofd:MaxSignId>", "<ofd:MaxSignId>&a;", 1);
            list(z, text)
        }),
        ("XML nested without end", XmlDepth, |z| {
            let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
            let text =
                z.text(LIST).replacen("</ofd:Signatures>", &format!("{deep}</ofd:Signatures>"), 1);
            list(z, text)
        }),
        ("XML with too many elements", XmlSize, |z| {
            let many: String = (0..250_000).map(|n| format!("<a{n}/>")).collect();
            let text =
                z.text(LIST).replacen("</ofd:Signatures>", &format!("{many}</ofd:Signatures>"), 1);
            list(z, text)
        }),
        ("XML with too many attributes", XmlSize, |z| {
            let many: String = (0..300).map(|n| format!(" a{n}=''")).collect();
            let text = z.text(LIST).replacen(
                "</ofd:Signatures>",
                &format!("<a{many}/></ofd:Signatures>"),
                1,
            );
            list(z, text)
        }),
        ("XML in UTF-16", XmlEncoding, |mut z| {
            let wide: Vec<u8> = z.text(LIST).encode_utf16().flat_map(u16::to_le_bytes).collect();
            z.set(LIST, [vec![0xff, 0xfe], wide].concat());
            z.write()
        }),
        ("XML that claims GBK", XmlEncoding, |z| {
            let text = z.text(LIST);
            let body = text.split_once("?>").map_or(text.as_str(), |(_, body)| body);
            let text = format!(r#"<?xml version="1.0" encoding="GBK"?>{body}"#);
            list(z, text)
        }),
        ("a prefix without a namespace", XmlMalformed, |z| {
            let text = z.text(LIST).replacen("</ofd:Signatures>", "<x:a/></ofd:Signatures>", 1);
            list(z, text)
        }),
        ("an attribute twice", XmlMalformed, |z| {
            let text = z.text(LIST).replacen("BaseLoc=", "ID=\"2\" BaseLoc=", 1);
            list(z, text)
        }),
        ("a second root", XmlMalformed, |z| {
            let text = z.text(LIST) + "<ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\"/>";
            list(z, text)
        }),
        ("XML without its end", XmlMalformed, |z| {
            let text = z.text(LIST).replacen("</ofd:Signatures>", "", 1);
            list(z, text)
        }),
    ]
}

fn signature_attacks() -> Vec<Attack> {
    use OfdFault::*;
    vec![
        ("a changed page", FileDigest, |mut z| {
            z.replace(PAGE, "</ofd:Page>", "<!-- --></ofd:Page>");
            z.write()
        }),
        ("a changed document root", FileDigest, |mut z| {
            z.replace(
                DOCUMENT,
                "</ofd:Pages>",
                r#"<ofd:Page ID="77" BaseLoc="evil.xml"/></ofd:Pages>"#,
            );
            z.set("Doc_0/evil.xml", forge::page(70));
            z.write()
        }),
        ("a changed OFD.xml", FileDigest, |mut z| {
            z.replace("OFD.xml", "</ofd:DocInfo>", "<ofd:Title>evil</ofd:Title></ofd:DocInfo>");
            z.write()
        }),
        ("a removed page", FileMissing, |mut z| {
            z.remove(PAGE);
            z.set("Doc_0/Pages/Page_0/Content2.xml", forge::page(70));
            z.replace(DOCUMENT, "Page_0/Content.xml", "Page_0/Content2.xml");
            z.write()
        }),
        ("a second document", Uncovered, |mut z| {
            let body = "<ofd:DocBody><ofd:DocInfo/><ofd:DocRoot>Doc_9/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>";
            z.replace("OFD.xml", "</ofd:OFD>", body);
            z.set("Doc_9/Document.xml", z.text(DOCUMENT));
            z.set("Doc_9/Pages/Page_0/Content.xml", forge::page(70));
            z.write()
        }),
        ("another document under the signatures", Uncovered, |mut z| {
            let root = z.text("OFD.xml");
            let (before, after) = root.split_once("<ofd:DocRoot>").unwrap();
            let after = after.split_once("</ofd:DocRoot>").unwrap().1;
            z.set(
                "OFD.xml",
                format!("{before}<ofd:DocRoot>Doc_9/Document.xml</ofd:DocRoot>{after}"),
            );
            z.set("Doc_9/Document.xml", format!(r#"<ofd:Document {NAMESPACE}><ofd:CommonData/><ofd:Pages><ofd:Page ID="1" BaseLoc="Page.xml"/></ofd:Pages></ofd:Document>"#));
            z.set("Doc_9/Page.xml", forge::page(70));
            z.write()
        }),
        ("a signature taken from its list", SignatureStripped, |mut z| {
            let text = z.text(LIST);
            let (before, after) = text.split_once("<ofd:Signature ID").unwrap();
            let after = after.split_once("/>").unwrap().1.to_owned();
            z.set(LIST, format!("{before}{after}"));
            z.write()
        }),
        ("the list of signatures taken from OFD.xml", SignatureStripped, |mut z| {
            let root = z.text("OFD.xml");
            let (before, after) = root.split_once("<ofd:Signatures>").unwrap();
            let after = after.split_once("</ofd:Signatures>").unwrap().1.to_owned();
            z.set("OFD.xml", format!("{before}{after}"));
            z.write()
        }),
        ("the list of signatures removed", SignatureFileMissing, |mut z| {
            z.remove(LIST);
            z.write()
        }),
        ("the signature removed", SignatureFileMissing, |mut z| {
            z.remove(SIGNATURE);
            z.write()
        }),
        ("the value removed", SignatureFileMissing, |mut z| {
            z.remove(VALUE);
            z.write()
        }),
        ("every trace of signatures removed", Unsigned, |mut z| {
            let root = z.text("OFD.xml");
            let (before, after) = root.split_once("<ofd:Signatures>").unwrap();
            let after = after.split_once("</ofd:Signatures>").unwrap().1.to_owned();
            z.set("OFD.xml", format!("{before}{after}"));
            z.entries.retain(|e| !e.name.starts_with(b"Doc_0/Signs/"));
            z.write()
        }),
        ("a number above all signatures that are left", SignatureStripped, |mut z| {
            z.replace(
                LIST,
                "<ofd:MaxSignId>",
                "<ofd:MaxSignId>9999</ofd:MaxSignId><ofd:MaxSignId>",
            );
            z.write()
        }),
        ("a list of signatures listed twice", Structure, |mut z| {
            let root = z.text("OFD.xml");
            let body = &root[root.find("<ofd:DocBody>").unwrap()..root.find("</ofd:OFD>").unwrap()];
            let body = body.to_owned();
            z.replace("OFD.xml", "</ofd:OFD>", &format!("{body}</ofd:OFD>"));
            z.write()
        }),
        ("a signature listed twice", Structure, |mut z| {
            let text = z.text(LIST);
            let (before, after) = text.split_once("<ofd:Signature ID").unwrap();
            let entry = format!("<ofd:Signature ID{}/>", after.split_once("/>").unwrap().0);
            let again = entry.replacen("ID=\"", "ID=\"9", 1).replace("ID=\"9s", "ID=\"s9");
            z.set(LIST, format!("{before}{again}{entry}{}", after.split_once("/>").unwrap().1));
            z.write()
        }),
        ("a signature of an unknown type", SignatureType, |mut z| {
            z.replace(LIST, "Type=\"S", "Type=\"XS");
            z.write()
        }),
        ("a signature outside the package", Path, |mut z| {
            let text = z.text(LIST).replace("BaseLoc=\"", "BaseLoc=\"../../../");
            z.set(LIST, text.replace("..//", "../"));
            z.write()
        }),
        ("a signature based on one that is not there", Relative, |mut z| {
            z.replace(LIST, "BaseLoc=", "Relative=\"none\" BaseLoc=");
            z.write()
        }),
        ("a signature based on itself", Relative, |mut z| {
            let text = z.text(LIST);
            let id =
                text.split_once("Signature ID=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
            z.replace(LIST, "BaseLoc=", &format!("Relative=\"{id}\" BaseLoc="));
            z.write()
        }),
    ]
}

/// Every fault of a report, of the package and of its signatures.
fn faults(report: &DocumentReport) -> Vec<OfdFault> {
    let own = report.findings.iter();
    let of_signatures = report.signatures.iter().flat_map(|s| &s.findings);
    let mut faults: Vec<OfdFault> = own.chain(of_signatures).map(|f| f.fault).collect();
    if !report.uncovered.is_empty() && !report.signatures.is_empty() {
        faults.push(OfdFault::Uncovered);
    }
    faults
}

fn is_valid(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Valid | Verdict::ValidLaterRevoked)
}

/// Fails unless a report refuses for this fault, in the document and in every signature.
fn assert_refused(name: &str, report: &DocumentReport, fault: OfdFault) {
    assert!(!is_valid(report.verdict), "{name}: {}", report.verdict);
    for signature in &report.signatures {
        let by_itself = signature.findings.is_empty() && report.findings.is_empty();
        assert!(!is_valid(signature.report.verdict) || by_itself, "{name}: {}", signature.id);
    }
    assert!(faults(report).contains(&fault), "{name}: {fault:?} is not in {:?}", faults(report));
    if fault.meaning().1 == yinglian_seal::Outcome::Failed {
        assert!(matches!(report.verdict, Verdict::Invalid(_)), "{name}: {}", report.verdict);
    }
}

#[test]
fn every_attack_on_every_sample_is_refused_for_its_reason() {
    let attacks = attacks();
    assert!(attacks.len() >= 30);
    let mut tried = 0;
    for sample in attacked() {
        let zip = Zip::read(&material(sample));
        let trust = trust_of(sample);
        for (name, fault, attack) in &attacks {
            let report = judge(&attack(zip.clone()), &trust);
            assert_refused(&format!("{sample}: {name}"), &report, *fault);
            tried += 1;
        }
    }
    assert_eq!(tried, attacks.len() * attacked().count());
}

#[test]
fn a_sample_that_is_only_packed_anew_keeps_its_verdict() {
    for sample in attacked() {
        let file = material(sample);
        let trust = trust_of(sample);
        let (before, after) = (judge(&file, &trust), judge(&Zip::read(&file).write(), &trust));
        assert_eq!(before, after, "{sample}");
    }
}

fn sealed(left_out: &[&str]) -> (City, Zip) {
    let city = City::new(1);
    let mut zip = forge::document();
    city.sign(&mut zip, 0, left_out);
    (city, zip)
}

#[test]
fn a_document_that_is_sealed_whole_has_no_fault() {
    let (city, zip) = sealed(&[]);
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(faults(&report), []);
    assert_eq!(report.uncovered, Vec::<String>::new());
    assert_eq!(report.signatures[0].uncovered, Vec::<String>::new());
    assert_eq!(report.signatures[0].stamps[0].page, Some(1));
    assert_eq!(report.verdict, Verdict::Valid);
}

#[test]
fn every_kind_of_file_that_a_seal_leaves_out_is_named() {
    let files = [
        DOCUMENT,
        "Doc_0/Pages/Page_1/Content.xml",
        "Doc_0/Tpls/Tpl_0/Content.xml",
        "Doc_0/PublicRes.xml",
        "Doc_0/DocumentRes.xml",
        "Doc_0/Res/font.otf",
        "Doc_0/Res/image.png",
        "Doc_0/Annots/Annotations.xml",
        "Doc_0/Annots/Page_0/Annotation.xml",
        "Doc_0/Tags/CustomTags.xml",
        "Doc_0/Tags/tag.xml",
        "Doc_0/Attachs/Attachments.xml",
        "Doc_0/Attachs/bill.xbrl",
        "Doc_0/Extensions.xml",
        "Doc_0/extension.bin",
    ];
    for file in files {
        let (city, zip) = sealed(&[file]);
        let report = judge(&zip.write(), &city.trust());
        assert_refused(file, &report, OfdFault::Uncovered);
        assert_eq!(report.uncovered, [file]);
        assert_eq!(report.signatures[0].uncovered, [file]);
        let step = report.signatures[0].report.steps.of(yinglian_seal::Step::Coverage).unwrap();
        assert_eq!(step.findings[0].reason, Reason::Coverage);
        assert_eq!(report.verdict, Verdict::Indeterminate(Reason::Coverage));
        assert_eq!(report.signatures[0].report.verdict, report.verdict);
    }
}

#[test]
fn a_file_that_appears_where_the_document_points_is_named() {
    let city = City::new(1);
    let mut zip = forge::document();
    zip.remove("Doc_0/Res/image.png");
    city.sign(&mut zip, 0, &[]);
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(report.missing, ["image.png"]);
    zip.set("Doc_0/Res/IMAGE.png", "evil");
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(report.uncovered, ["Doc_0/Res/IMAGE.png"]);
    assert_refused("appeared", &report, OfdFault::Uncovered);
}

#[test]
fn a_file_that_nothing_points_at_is_listed_apart() {
    let (city, mut zip) = sealed(&[]);
    zip.set("Doc_0/readme.txt", "nobody shows this");
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(report.unreferenced, ["Doc_0/readme.txt"]);
    assert_eq!(report.uncovered, Vec::<String>::new());
    assert_eq!(report.verdict, Verdict::Valid);
}

#[test]
fn lists_that_bind_nothing_are_refused() {
    let page = || vec![PAGE.to_owned()];
    let twice = || vec![PAGE.to_owned(), PAGE.to_owned()];
    let cases: [(&str, Vec<String>, &str, OfdFault); 5] = [
        ("MD5 by default", page(), "", OfdFault::DigestAlgorithm),
        ("MD5", page(), r#"CheckMethod="MD5""#, OfdFault::DigestAlgorithm),
        ("SHA-1", page(), r#"CheckMethod="1.3.14.3.2.26""#, OfdFault::DigestAlgorithm),
        ("SHA-256 named, SM3 meant", page(), r#"CheckMethod="SHA256""#, OfdFault::FileDigest),
        ("a file twice", twice(), r#"CheckMethod="SM3""#, OfdFault::DuplicateReference),
    ];
    for (name, files, method, fault) in cases {
        let city = City::new(1);
        let mut zip = forge::document();
        city.sign_files(&mut zip, 0, &files, method);
        assert_refused(name, &judge(&zip.write(), &city.trust()), fault);
    }
}

/// Signs a Signature.xml that was altered, as its signer could: the fault must be found behind a valid value.
fn signed_again(from: &str, to: &str) -> (City, Vec<u8>) {
    let (city, mut zip) = sealed(&[]);
    zip.replace(SIGNATURE, from, to);
    let original = zip.bytes(SIGNATURE);
    let value = forge::value_v4(&city.seal(), &city.signer, &original, &format!("/{SIGNATURE}"));
    zip.set(VALUE, value);
    (city, zip.write())
}

#[test]
fn wrapping_inside_a_signature_is_refused() {
    let empty = "<ofd:References CheckMethod=\"SM3\"/>";
    let info = format!("<ofd:SignedInfo>{empty}</ofd:SignedInfo>");
    let cases = [
        (
            "a second SignedInfo",
            "<ofd:SignedValue>",
            format!("{info}<ofd:SignedValue>"),
            OfdFault::Structure,
        ),
        (
            "a nested SignedInfo",
            "<ofd:Provider",
            format!("<ofd:x>{info}</ofd:x><ofd:Provider"),
            OfdFault::Structure,
        ),
        (
            "a second References",
            "<ofd:StampAnnot",
            format!("{empty}<ofd:StampAnnot"),
            OfdFault::Structure,
        ),
        (
            "a second SignedValue",
            "<ofd:SignedInfo>",
            "<ofd:SignedValue>x</ofd:SignedValue><ofd:SignedInfo>".into(),
            OfdFault::Structure,
        ),
        (
            "a second seal",
            "<ofd:Seal>",
            "<ofd:Seal><ofd:BaseLoc>x</ofd:BaseLoc></ofd:Seal><ofd:Seal>".into(),
            OfdFault::Structure,
        ),
        ("a stamp on no page", "PageRef=\"1\"", "PageRef=\"77\"".into(), OfdFault::StampPage),
        (
            "a stamp without a place",
            "Boundary=\"50 50 40 40\"",
            "Boundary=\"50 50\"".into(),
            OfdFault::Structure,
        ),
        (
            "a value outside the package",
            "<ofd:SignedValue>",
            "<ofd:SignedValue>/../..".into(),
            OfdFault::Path,
        ),
        ("a reference outside the package", "FileRef=\"", "FileRef=\"/..".into(), OfdFault::Path),
        (
            "a digest that is not base64",
            "<ofd:CheckValue>",
            "<ofd:CheckValue>*".into(),
            OfdFault::FileDigest,
        ),
    ];
    for (name, from, to, fault) in cases {
        let (city, file) = signed_again(from, &to);
        assert_refused(name, &judge(&file, &city.trust()), fault);
    }
}

#[test]
fn a_seal_beside_the_value_that_is_another_seal_is_refused() {
    let (city, mut zip) = sealed(&[]);
    let other = forge::seal_v4(&city.maker, &Who::under(&city.root, "Other", 9));
    zip.set("Doc_0/Signs/Sign_0/Seal.esl", other);
    let report = judge(&zip.write(), &city.trust());
    assert_refused("swapped seal", &report, OfdFault::SealMismatch);
}

#[test]
fn content_that_only_a_later_signer_covers_is_named_for_the_first() {
    let city = City::new(1);
    let other = City::new(50);
    let mut zip = forge::document();
    let annotation = "Doc_0/Annots/Page_0/Annotation.xml";
    city.sign(&mut zip, 0, &[annotation]);
    zip.replace(annotation, "ID=\"25\"", "ID=\"26\"");
    other.sign(&mut zip, 1, &[]);
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(report.uncovered, Vec::<String>::new());
    assert_eq!(report.signatures[0].uncovered, [annotation]);
    assert_eq!(report.signatures[0].later, ["s11"]);
    assert_refused("later", &report, OfdFault::LaterFile);
    let first = report.signatures[0].report.verdict;
    assert_eq!(first, Verdict::Indeterminate(Reason::LaterChange));
    assert_ne!(report.signatures[1].report.verdict, Verdict::Valid, "an unknown root");
}

#[test]
fn a_second_seal_over_the_first_leaves_both_whole() {
    let city = City::new(1);
    let mut zip = forge::document();
    city.sign(&mut zip, 0, &[]);
    city.sign(&mut zip, 1, &[]);
    let report = judge(&zip.write(), &city.trust());
    assert_eq!(faults(&report), []);
    assert_eq!(report.signatures[0].later, ["s11"]);
    assert!(report.signatures[1].covered.iter().any(|file| file == SIGNATURE));
    assert_eq!(report.verdict, Verdict::Valid);
}

#[test]
fn a_name_list_protects_names_and_nothing_else() {
    let zip = Zip::read(&material("documents/crypto__hello-integrity.ofd"));
    let trust = trust_of("documents");
    let genuine = judge(&zip.write(), &trust);
    assert_eq!(faults(&genuine), [OfdFault::NamesOnly]);
    assert_eq!(genuine.entry_list.as_ref().unwrap().unlisted, Vec::<String>::new());
    let mut changed = zip.clone();
    changed.replace("Doc_0/Pages/Page_1/Content.xml", "</ofd:Page>", "<!-- --></ofd:Page>");
    assert_eq!(faults(&judge(&changed.write(), &trust)), [OfdFault::NamesOnly]);
    let mut smuggled = zip.clone();
    smuggled.set("Doc_0/evil.xml", "<a/>");
    assert_refused("smuggled", &judge(&smuggled.write(), &trust), OfdFault::NotListed);
    let mut lost = zip;
    lost.remove("Doc_0/PublicRes.xml");
    assert_refused("lost", &judge(&lost.write(), &trust), OfdFault::FileMissing);
}

/// Takes a sealed document apart, lets the attacker change it, and says how each signature is judged.
fn judged(attack: impl FnOnce(&City, &mut Zip)) -> Verdict {
    let (city, mut zip) = sealed(&[]);
    attack(&city, &mut zip);
    judge(&zip.write(), &city.trust()).verdict
}

#[test]
fn attacks_on_the_value_are_refused_for_their_reason() {
    let invalid = Verdict::Invalid;
    let moved = judged(|_, zip| zip.replace(SIGNATURE, "50 50 40 40", "90 50 40 40"));
    assert_eq!(moved, invalid(Reason::DataHash), "a moved stamp");
    let comment =
        judged(|_, zip| zip.replace(SIGNATURE, "</ofd:SignedInfo>", "<!-- --></ofd:SignedInfo>"));
    assert_eq!(comment, invalid(Reason::DataHash), "a changed Signature.xml");
    let altered = judged(|_, zip| {
        let mut value = zip.bytes(VALUE);
        *value.last_mut().unwrap() ^= 1;
        zip.set(VALUE, value);
    });
    assert_eq!(altered, invalid(Reason::OuterSignature), "an altered value");
    let truncated = judged(|_, zip| {
        let value = zip.bytes(VALUE);
        zip.set(VALUE, value[..value.len() - 9].to_vec());
    });
    assert!(matches!(truncated, Verdict::Invalid(_)), "a truncated value: {truncated}");
    let trailing = judged(|_, zip| {
        let value = zip.bytes(VALUE);
        zip.set(VALUE, [value, vec![0]].concat());
    });
    assert_eq!(trailing, invalid(Reason::TrailingData), "bytes behind the value");
    let empty = judged(|_, zip| zip.set(VALUE, ""));
    assert!(matches!(empty, Verdict::Invalid(_)), "an empty value: {empty}");
}

#[test]
fn values_that_others_made_are_refused_for_their_reason() {
    let path = format!("/{SIGNATURE}");
    let swapped_cert = judged(|city, zip| {
        // The certificate of a GB/T 38540 value stands outside of what is signed.
        let length = city.signer.cert.len();
        let mut others = (10..50).map(|seed| Who::under(&city.root, "Fake signer", seed).cert);
        let other = others.find(|cert| cert.len() == length).unwrap();
        let mut value = zip.bytes(VALUE);
        let place = value.windows(length).rposition(|w| w == city.signer.cert).unwrap();
        value[place..place + length].copy_from_slice(&other);
        zip.set(VALUE, value);
    });
    assert_eq!(swapped_cert, Verdict::Invalid(Reason::OuterSignature));
    let not_listed = judged(|city, zip| {
        let other = Who::under(&city.root, "Other", 9);
        let value = forge::value_v4(&city.seal(), &other, &zip.bytes(SIGNATURE), &path);
        zip.set(VALUE, value);
    });
    assert_eq!(not_listed, Verdict::Invalid(Reason::SignerNotInSeal));
    let seal_of_signer = judged(|city, zip| {
        // A seal that its own signer made.
        let seal = forge::seal_v4(&city.signer, &city.signer);
        let value = forge::value_v4(&seal, &city.signer, &zip.bytes(SIGNATURE), &path);
        zip.set("Doc_0/Signs/Sign_0/Seal.esl", seal);
        zip.set(VALUE, value);
    });
    assert!(
        matches!(seal_of_signer, Verdict::Invalid(_)),
        "the seal file is bound: {seal_of_signer}"
    );
    let own_root = {
        // Everything anew under a root of the attacker's: universal forgery.
        let (city, attacker) = (City::new(1), City::new(50));
        let mut zip = forge::document();
        attacker.sign(&mut zip, 0, &[]);
        judge(&zip.write(), &city.trust()).verdict
    };
    assert!(!is_valid(own_root), "{own_root}");
    let transplanted = judged(|_, zip| {
        let mut other = forge::document();
        other.set(PAGE, forge::page(99));
        City::new(1).sign(&mut other, 0, &[]);
        for name in [SIGNATURE, VALUE] {
            zip.set(name, other.bytes(name));
        }
    });
    assert_eq!(
        transplanted,
        Verdict::Invalid(Reason::FileDigest),
        "a signature of another document"
    );
    let as_other_type = judged(|_, zip| zip.replace(LIST, "Type=\"Seal\"", "Type=\"Sign\""));
    assert_eq!(as_other_type, Verdict::Invalid(Reason::DocumentMalformed));
}

#[test]
fn a_seal_of_the_first_standard_holds_as_well() {
    let (city, mut zip) = sealed(&[]);
    let seal = forge::seal_v1(&city.maker, &city.signer);
    zip.set("Doc_0/Signs/Sign_0/Seal.esl", seal.clone());
    let text = zip.text(SIGNATURE);
    let (before, after) = text.rsplit_once("<ofd:CheckValue>").unwrap();
    let digest = forge::base64(&yinglian_gm::sm3::sm3(&[&seal]));
    let text = format!("{before}<ofd:CheckValue>{digest}{}", &after[after.find('<').unwrap()..]);
    let value = forge::value_v1(&seal, &city.signer, text.as_bytes(), &format!("/{SIGNATURE}"));
    zip.set(SIGNATURE, text);
    zip.set(VALUE, value);
    assert_eq!(judge(&zip.write(), &city.trust()).verdict, Verdict::Valid);
}
