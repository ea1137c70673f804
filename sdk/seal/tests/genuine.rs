//! Genuine seals and seal signatures of several vendors keep the results that two independent tools gave for them.
//!
//! Comes in: tests/material (origin and licence: NOTICE and the README there). Never: a chain; no published file carries its CA.
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use yinglian_seal::{Context, Outcome, Signed, Step, Time, Trust, verify_value};

/// The verdict of each with no anchor at all. Those of ofdrw's later build carry a seal that had expired when it was used.
const VERDICTS: [(&str, &str); 11] = [
    ("converter__SignScaleError.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__V4RideRight.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__draw_param_ref.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__h.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__h.1", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__n.0", "INVALID(OUTER_SIGNATURE)"),
    ("converter__zsbk.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("converter__zsbk.1", "INDETERMINATE(CHAIN_BROKEN)"),
    ("reader__SESV4SignDoc.0", "INVALID(SEAL_EXPIRED)"),
    ("sign__allprotected.0", "INDETERMINATE(CHAIN_BROKEN)"),
    ("sign__v4signed.0", "INDETERMINATE(CHAIN_BROKEN)"),
];

fn material(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/material").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(material(name)).unwrap()
}

fn now() -> Time {
    Time::from_calendar((2026, 11, 24), (12, 0, 0)).unwrap()
}

#[test]
fn every_genuine_value_keeps_its_recorded_integrity_and_seal_signature() {
    let trust = Trust::new();
    let context = Context::new(&trust, now());
    let expected: Vec<Value> = serde_json::from_slice(&read("values/expected.json")).unwrap();
    let mut seals = 0;
    for entry in &expected {
        let name = format!("{}.{}", entry["file"].as_str().unwrap(), entry["n"]);
        let Some(signature_holds) = entry["sig_ok"].as_bool() else { continue };
        let xml = read(&format!("values/{name}.Signature.xml"));
        let value = read(&format!("values/{name}.SignedValue.dat"));
        let report = verify_value(&value, Signed::Parts(&[&xml]), &context);
        let outcome = |step| report.steps.of(step).unwrap().outcome;
        let holds = signature_holds && entry["dataHash_ok"] == true;
        let integrity = if holds { Outcome::Passed } else { Outcome::Failed };
        assert_eq!(outcome(Step::Integrity), integrity, "{name}: {report:#?}");
        assert_eq!(outcome(Step::Format), Outcome::Passed, "{name}");
        assert_eq!(outcome(Step::SealAuthenticity), Outcome::Passed, "{name}");
        assert_eq!(report.verdict.to_string(), VERDICTS[seals].1, "{name}");
        assert_eq!(name, VERDICTS[seals].0);
        seals += 1;
    }
    assert_eq!(seals, VERDICTS.len());
}
