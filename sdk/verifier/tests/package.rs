//! Packages over the receipts of the conformance vectors: what is whole is proven, and whichever byte is changed, its file is named.

use serde_json::Value;
use yinglian_protocol::{Code, Receipt, TrustRoot};
use yinglian_verifier::{
    Asked, CLAIMED_ROOT, FILES, Fault, MANIFEST, MEMBERS_MAX, Manifest, Member, RECEIPTS, RECORDS,
    answer, check, check_bytes, decode, encode, record_text,
};

fn member(name: &str, bytes: &[u8]) -> Member {
    Member { name: name.to_owned(), bytes: bytes.to_vec() }
}

/// A receipt with its chain of sets, the document, the root.
fn parts() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let text = include_str!("../../../tests/conformance/receipt.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    let case = &vectors[0]["proven"][1];
    let bytes = |field: &str| {
        let hex = case[field].as_str().unwrap();
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect::<Vec<u8>>()
    };
    (bytes("receipt"), bytes("document"), bytes("root"))
}

fn members() -> (Vec<Member>, Asked) {
    let (receipt, document, root) = parts();
    let record = record_text(&Receipt::decode(&receipt).unwrap());
    let members = vec![
        member(&format!("{FILES}文件.txt"), &document),
        member(&format!("{RECEIPTS}0001.receipt"), &receipt),
        member(&format!("{RECORDS}0001.json"), &record),
        member(CLAIMED_ROOT, &root),
    ];
    let asked = Asked { root: Some(TrustRoot::parse(&root).unwrap()), ..Asked::default() };
    (listed(members), asked)
}

fn listed(members: Vec<Member>) -> Vec<Member> {
    let manifest = member(MANIFEST, &Manifest::of(&members).encode());
    std::iter::once(manifest).chain(members).collect()
}

fn codes(members: &[Member], asked: &Asked) -> Vec<(String, Code)> {
    let report = check(members, asked);
    assert_eq!(report.ok, report.findings.is_empty());
    report.findings.into_iter().map(|found| (found.file, found.code)).collect()
}

#[test]
fn a_whole_package_is_proven_in_the_words_of_the_specification() {
    let (members, asked) = members();
    let report = check_bytes(&encode(&members).unwrap(), &asked);
    assert!(report.ok, "{report:?}");
    let verdict = &report.proven[0].verdict.en;
    assert!(
        verdict.starts_with(&format!("proven under trust root {} as of checkpoint", report.root))
    );
    assert_eq!(report.matched[0].file, "files/文件.txt");
    assert!(!report.root_is_claimed);
    let claimed = check(&members, &Asked::default());
    assert!(claimed.ok && claimed.root_is_claimed);
}

/// Changes a bit of every `step`th byte of every file; each time the check must name that file.
fn each_changed_file_is_named(members: &[Member], asked: &Asked, step: usize) {
    for (index, whole) in members.iter().enumerate() {
        for at in (0..whole.bytes.len()).step_by(step) {
            let mut altered = members.to_vec();
            altered[index].bytes[at] ^= 1;
            let report = check_bytes(&encode(&altered).unwrap(), asked);
            let named = report.findings.iter().any(|found| found.file == whole.name);
            assert!(!report.ok && named, "{} at {at}: {:?}", whole.name, report.findings);
        }
    }
}

#[test]
fn whichever_byte_of_a_file_is_changed_its_file_is_named() {
    let (members, asked) = members();
    each_changed_file_is_named(&members, &asked, 53);
    // Every byte, by the manifest alone: without a root no signature is checked.
    let rootless =
        members.into_iter().filter(|member| ![CLAIMED_ROOT, MANIFEST].contains(&&*member.name));
    each_changed_file_is_named(&listed(rootless.collect()), &Asked::default(), 1);
}

#[test]
fn whichever_byte_of_the_zip_is_changed_the_package_is_refused() {
    let (members, asked) = members();
    let bytes = encode(&members).unwrap();
    for at in (0..bytes.len()).step_by(97) {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        assert!(!check_bytes(&altered, &asked).ok, "at {at}");
    }
    for end in (0..bytes.len()).step_by(211) {
        assert!(!check_bytes(&bytes[..end], &asked).ok, "cut at {end}");
    }
}

#[test]
fn missing_added_and_swapped_files_are_named() {
    let (mut members, asked) = members();
    let file = "files/文件.txt".to_owned();
    let without: Vec<_> = members.iter().filter(|member| member.name != file).cloned().collect();
    assert_eq!(codes(&without, &asked), [(file.clone(), Code::EVIDENCE_FILE_MISSING)]);
    let partial = Asked { partial: true, ..asked.clone() };
    assert_eq!(codes(&without, &partial), []);
    let mut more = members.clone();
    more.push(member("more", b"x"));
    assert_eq!(codes(&more, &asked), [("more".to_owned(), Code::EVIDENCE_FILE_UNLISTED)]);
    // A manifest made anew for another file does not make it the file of the record.
    let mut others = members.split_off(1);
    others[0].bytes[0] ^= 1;
    assert_eq!(codes(&listed(others.clone()), &asked), [(file, Code::FILE_DIGEST_MISMATCH)]);
    others[0].bytes[0] ^= 1;
    others[2].bytes.push(b'\n');
    let record = "records/0001.json".to_owned();
    assert_eq!(codes(&listed(others), &asked), [(record, Code::EVIDENCE_RECORD_DIFFERS)]);
}

#[test]
fn a_manifest_in_another_form_is_refused() {
    let (mut members, asked) = members();
    let text = String::from_utf8(members[0].bytes.clone()).unwrap();
    for other in [text.replace(": ", ":  "), text.clone() + "\n", text.replace("\": 1,", "\": 2,")]
    {
        members[0].bytes = other.into_bytes();
        let expected = [(MANIFEST.to_owned(), Code::EVIDENCE_MANIFEST_ALTERED)];
        assert_eq!(codes(&members, &asked), expected);
    }
}

#[test]
fn hostile_packages_are_refused_before_work() {
    let many: Vec<_> = (0..=MEMBERS_MAX).map(|at| member(&at.to_string(), b"")).collect();
    assert_eq!(encode(&many), Err(Fault::TooLarge));
    for name in ["", "/a", "../a", "a/../b", "a\\b", "a:", "a.", "a\n"] {
        assert!(matches!(encode(&[member(name, b"")]), Err(Fault::Malformed(_))), "{name:?}");
    }
    let twice = [member("a", b""), member("a", b"")];
    assert!(matches!(encode(&twice), Err(Fault::Malformed(_))));
    assert!(matches!(encode(&[member(&"a".repeat(256), b"")]), Err(Fault::TooLarge)));
    assert_eq!(decode(b""), Err(Fault::Malformed(None)));
}

#[test]
fn a_request_of_a_page_is_answered_whatever_it_holds() {
    let (members, _) = members();
    let frame = |name: &str, bytes: &[u8]| {
        let mut out = (name.len() as u32).to_le_bytes().to_vec();
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(name.as_bytes());
        out.extend(bytes);
        out
    };
    let mut request = frame("request", br#"{"op":"files","root":"","now_ms":1795500000000}"#);
    members.iter().for_each(|member| request.extend(frame(&member.name, &member.bytes)));
    let told: Value = serde_json::from_slice(&answer(&request)).unwrap();
    assert_eq!((&told["ok"], &told["root_is_claimed"]), (&Value::Bool(true), &Value::Bool(true)));
    for end in (0..request.len()).step_by(97) {
        let told: Value = serde_json::from_slice(&answer(&request[..end])).unwrap();
        assert_eq!(told["ok"], Value::Bool(false), "cut at {end}");
    }
}
