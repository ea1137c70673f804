//! The vectors of tests/conformance: what another implementation must give, byte for byte. They change only by a deliberate
//! act: UPDATE_VECTORS=1 (or `cargo xtask vectors`) writes them anew, and every difference is a new format.

mod vectors;

use serde_json::{Value, json};
use vectors::{Chain, SUITES, calls, compare_or_write, evidence, export, records, refused};

fn of_suites(make: impl Fn(&Chain) -> Value) -> Value {
    json!(SUITES.map(|suite| make(&Chain::example(suite))))
}

#[test]
fn envelopes_outcomes_and_leaves_agree_with_their_vectors() {
    compare_or_write("envelope.json", &of_suites(records::vectors));
}

#[test]
fn calls_agree_with_their_vectors() {
    compare_or_write("calls.json", &calls::vectors());
}

#[test]
fn headers_votes_and_quorums_agree_with_their_vectors() {
    compare_or_write("header.json", &of_suites(evidence::header_vectors));
}

#[test]
fn receipts_agree_with_their_vectors_and_are_proven_or_refused_as_they_say() {
    let vectors = of_suites(|chain| {
        json!({
            "suite": chain.suite,
            "now_ms": vectors::NOW_MS,
            "proven": evidence::proven_vectors(chain),
            "refused": refused::vectors(chain),
        })
    });
    compare_or_write("receipt.json", &vectors);
}

#[test]
fn trust_roots_and_trust_files_agree_with_their_vectors() {
    compare_or_write("trust.json", &of_suites(evidence::trust_vectors));
}

#[test]
fn forks_agree_with_their_vectors() {
    compare_or_write("fork.json", &json!(SUITES.map(evidence::fork_vectors)));
}

#[test]
fn exports_agree_with_their_vectors() {
    compare_or_write("export.json", &of_suites(export::vectors));
}
