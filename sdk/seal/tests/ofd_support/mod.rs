//! What the tests of OFD documents share: packages that lie, signatures that are real.
#![allow(dead_code)]
pub mod forge;
pub mod zip;

use yinglian_seal::ofd::{DocumentReport, verify_document};
use yinglian_seal::{Context, Time, Trust};

/// Every document of `tests/material`.
pub const SAMPLES: [&str; 20] = [
    "documents/converter__V4RideRight.ofd",
    "documents/converter__h.ofd",
    "documents/crypto__hello-integrity.ofd",
    "documents/reader__SESV4SignDoc.ofd",
    "documents/sign__DigitalSign.ofd",
    "documents/sign__allprotected.ofd",
    "synthetic/s01_v1.ofd",
    "synthetic/s02_v2_header.ofd",
    "synthetic/s03_v4.ofd",
    "synthetic/s04_v4_certdigest.ofd",
    "synthetic/s05_v4_ext.ofd",
    "synthetic/s06_v4_ext_tagged.ofd",
    "synthetic/s07_v4_timestamp.ofd",
    "synthetic/s08_v5_timestamps.ofd",
    "synthetic/s09_v4_raw64.ofd",
    "synthetic/s10_two_seals.ofd",
    "synthetic/s11_sign_35275.ofd",
    "synthetic/s12_sign_35275_attrs.ofd",
    "synthetic/s13_sign_raw.ofd",
    "synthetic/s14_v4_two_certs.ofd",
];

/// Samples left out of the attacks: one lists names only, the signer of the other is not known here.
pub const NOT_ATTACKED: [&str; 2] =
    ["documents/crypto__hello-integrity.ofd", "documents/sign__DigitalSign.ofd"];

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
