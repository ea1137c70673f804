//! Seal signatures of a test CA, one feature each: all valid with its root, its intermediate and its lists, and each in doubt without one of them.
use std::fs;
use std::path::PathBuf;
use yinglian_seal::{
    Cert, Context, Leniency, Profile, Reason, Signed, Time, TimeSource, Trust, Verdict,
    verify_digital, verify_seal, verify_value,
};

fn read(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/material/synthetic");
    fs::read(folder.join(name)).unwrap()
}

fn now() -> Time {
    Time::from_calendar((2026, 11, 24), (12, 0, 0)).unwrap()
}

fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(&read("cert_root.der")).unwrap();
    trust.add(&read("cert_subca.der")).unwrap();
    trust.add_crl(&read("crl_root.der")).unwrap();
    trust.add_crl(&read("crl_subca.der")).unwrap();
    trust
}

const SEALED: [&str; 12] = [
    "s01_v1.0",
    "s02_v2_header.0",
    "s03_v4.0",
    "s04_v4_certdigest.0",
    "s05_v4_ext.0",
    "s06_v4_ext_tagged.0",
    "s07_v4_timestamp.0",
    "s08_v5_timestamps.0",
    "s09_v4_raw64.0",
    "s10_two_seals.0",
    "s10_two_seals.1",
    "s14_v4_two_certs.0",
];
const DIGITAL: [&str; 3] = ["s11_sign_35275.0", "s12_sign_35275_attrs.0", "s13_sign_raw.0"];

/// The verdict of one value under a context.
fn verdict(name: &str, context: &Context<'_>) -> Verdict {
    let xml = read(&format!("values/{name}.Signature.xml"));
    let value = read(&format!("values/{name}.SignedValue.dat"));
    let report = verify_digital(&value, Signed::Parts(&[&xml]), context);
    assert!(report.verdict == Verdict::Valid || report.verdict.reason().is_some(), "{report:#?}");
    report.verdict
}

#[test]
fn every_feature_is_valid_with_root_intermediate_and_lists() {
    let trust = trust();
    let signer = Cert::parse(&read("cert_signer.der")).unwrap();
    let mut context = Context::new(&trust, now());
    context.signer = Some(&signer);
    for name in SEALED.iter().chain(&DIGITAL) {
        assert_eq!(verdict(name, &context), Verdict::Valid, "{name}");
    }
    for seal in ["seal_v1.esl", "seal_v4.esl", "seal_v5.esl"] {
        assert_eq!(verify_seal(&read(seal), &context).verdict, Verdict::Valid, "{seal}");
    }
}

#[test]
fn the_strict_profile_refuses_only_the_raw_signature_value() {
    let trust = trust();
    let signer = Cert::parse(&read("cert_signer.der")).unwrap();
    let mut context = Context::new(&trust, now());
    context.signer = Some(&signer);
    context.profile = Profile::Strict;
    for name in SEALED.iter().chain(&DIGITAL) {
        let raw = *name == "s09_v4_raw64.0";
        let expected = if raw { Verdict::Invalid(Reason::NotDer) } else { Verdict::Valid };
        assert_eq!(verdict(name, &context), expected, "{name}");
    }
}

#[test]
fn a_digest_alone_suffices_for_a_seal_signature() {
    let trust = trust();
    let context = Context::new(&trust, now());
    for name in SEALED {
        let value = read(&format!("values/{name}.SignedValue.dat"));
        let xml = read(&format!("values/{name}.Signature.xml"));
        let mut digest = *yinglian_crypto::Suite::National.hash(&[&xml]).as_bytes();
        let good = verify_value(&value, Signed::Sm3(digest), &context);
        assert_eq!(good.verdict, Verdict::Valid, "{name}");
        digest[31] ^= 1;
        let bad = verify_value(&value, Signed::Sm3(digest), &context);
        assert_eq!(bad.verdict, Verdict::Invalid(Reason::DataHash), "{name}");
    }
}

#[test]
fn a_bare_value_needs_its_signer_and_its_original() {
    let trust = trust();
    let mut context = Context::new(&trust, now());
    let name = "s13_sign_raw.0";
    assert_eq!(verdict(name, &context), Verdict::Indeterminate(Reason::SignerUnknown));
    let signer = Cert::parse(&read("cert_signer.der")).unwrap();
    context.signer = Some(&signer);
    let value = read(&format!("values/{name}.SignedValue.dat"));
    let report = verify_digital(&value, Signed::Sm3([0; 32]), &context);
    assert_eq!(report.verdict, Verdict::Indeterminate(Reason::OriginalNeeded));
    let other = Cert::parse(&read("cert_signer2.der")).unwrap();
    context.signer = Some(&other);
    assert_eq!(verdict(name, &context), Verdict::Invalid(Reason::OuterSignature));
}

#[test]
fn without_intermediate_or_lists_nothing_is_valid() {
    let mut bare = Trust::new();
    bare.add(&read("cert_root.der")).unwrap();
    let mut without_lists = bare.clone();
    without_lists.add(&read("cert_subca.der")).unwrap();
    for name in SEALED {
        let verdict = |trust: &Trust| verdict(name, &Context::new(trust, now()));
        assert_eq!(verdict(&bare), Verdict::Indeterminate(Reason::ChainBroken), "{name}");
        let unknown = Verdict::Indeterminate(Reason::RevocationUnknown);
        assert_eq!(verdict(&without_lists), unknown, "{name}");
    }
}

#[test]
fn a_time_stamp_is_the_time_of_signing() {
    let trust = trust();
    let context = Context::new(&trust, now());
    let name = "s08_v5_timestamps.0";
    let value = read(&format!("values/{name}.SignedValue.dat"));
    let xml = read(&format!("values/{name}.Signature.xml"));
    let report = verify_value(&value, Signed::Parts(&[&xml]), &context);
    let signature = report.signature.unwrap();
    assert_eq!(signature.time_source, TimeSource::TimeStamp);
    assert_eq!(signature.signed_at.unwrap().to_string(), "2026-06-01T08:00:01Z");
    assert_eq!(report.seal.unwrap().time_stamp.unwrap().to_string(), "2024-01-01T00:00:01Z");
}

#[test]
fn what_was_forgiven_is_listed() {
    let trust = trust();
    let context = Context::new(&trust, now());
    let value = read("values/s09_v4_raw64.0.SignedValue.dat");
    let report = verify_value(&value, Signed::Sm3([0; 32]), &context);
    assert_eq!(report.leniencies, [Leniency::RawSignature]);
}
