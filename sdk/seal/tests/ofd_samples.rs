//! What each genuine sample of `tests/material` is judged to be, against a committed table. `UPDATE=1 cargo test` rewrites it.
mod ofd_support;

use ofd_support::{SAMPLES, judge, material, now, trust_of};
use std::fmt::Write;
use yinglian_seal::ofd::verify_document;
use yinglian_seal::{Cert, Context, Profile, Reason, Step, Verdict};

/// Verdict, then each signature with its verdict, what its steps found, and what is not covered.
fn table() -> String {
    let mut table = String::new();
    for sample in SAMPLES {
        let report = judge(&material(sample), &trust_of(sample));
        writeln!(table, "{sample}: {}", report.verdict).unwrap();
        for signature in &report.signatures {
            writeln!(table, "  {}: {}", signature.id, signature.report.verdict).unwrap();
            let results = signature.report.steps.results().iter();
            for finding in results.flat_map(|r| r.findings.iter().map(move |f| (r.step, f))) {
                let (step, found): (Step, _) = finding;
                let (step, word) = (step.name(), found.outcome.word());
                writeln!(table, "    {step} {word} {} {}", found.reason, found.detail).unwrap();
            }
        }
        for file in &report.uncovered {
            writeln!(table, "  uncovered {file}").unwrap();
        }
        for file in &report.missing {
            writeln!(table, "  missing {file}").unwrap();
        }
    }
    table
}

#[test]
fn every_sample_has_the_verdict_of_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/ofd_samples.txt");
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), table);
}

#[test]
fn a_bare_value_holds_with_the_certificate_that_the_caller_supplies() {
    let sample = "synthetic/s13_sign_raw.ofd";
    let trust = trust_of(sample);
    let signer = Cert::parse(&material("synthetic/cert_signer.der")).unwrap();
    let mut context = Context::new(&trust, now());
    context.signer = Some(&signer);
    assert_eq!(verify_document(&material(sample), &context).verdict, Verdict::Valid);
    let other = Cert::parse(&material("synthetic/cert_signer2.der")).unwrap();
    context.signer = Some(&other);
    let verdict = verify_document(&material(sample), &context).verdict;
    assert_eq!(verdict, Verdict::Invalid(Reason::OuterSignature));
}

#[test]
fn the_strict_profile_forgives_nothing_that_the_lenient_one_names() {
    for sample in SAMPLES {
        let trust = trust_of(sample);
        let mut context = Context::new(&trust, now());
        let lenient = verify_document(&material(sample), &context);
        context.profile = Profile::Strict;
        let strict = verify_document(&material(sample), &context);
        let all = lenient.signatures.iter().flat_map(|s| &s.report.leniencies);
        let forgiven = { all }.any(|leniency| leniency.is_refused_by_strict());
        let refused = lenient.verdict == Verdict::Valid && strict.verdict != Verdict::Valid;
        assert_eq!(refused, forgiven && lenient.verdict == Verdict::Valid, "{sample}");
    }
}
