//! What the tests of OFD documents share: packages that lie, signatures that are real.
#![allow(dead_code)]
pub mod forge;
pub mod zip;

use yinglian_seal::ofd::{DocumentReport, verify_document};
use yinglian_seal::{Context, Time, Trust};

/// The genuine material.
pub fn material(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/material");
    let file = format!("{root}/{path}");
    std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The time of every verification here.
pub fn now() -> Time {
    Time::from_calendar((2026, 11, 24), (0, 0, 0)).unwrap()
}

/// The trust that a sample was made for: the test CA of `synthetic` with its revocation lists, or the test root of ofdrw.
pub fn trust_of(sample: &str) -> Trust {
    let mut trust = Trust::new();
    if sample.starts_with("synthetic") {
        for name in ["root", "subca"] {
            trust.add(&material(&format!("synthetic/cert_{name}.der"))).unwrap();
            trust.add_crl(&material(&format!("synthetic/crl_{name}.der"))).unwrap();
        }
    } else {
        trust.add(&material("trust/ROOT.p12.0.der")).unwrap();
    }
    trust
}

/// Judges a document in the lenient profile.
pub fn judge(file: &[u8], trust: &Trust) -> DocumentReport {
    verify_document(file, &Context::new(trust, now()))
}
