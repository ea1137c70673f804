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

/// Judges a document with one trusted root.
pub fn judge(file: &[u8], root: &[u8]) -> DocumentReport {
    let mut trust = Trust::new();
    trust.add_anchor(root).unwrap();
    verify_document(file, &Context::new(&trust, now()))
}
