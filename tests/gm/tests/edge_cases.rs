//! Holds sdk/gm and the reference against every case of tests/conformance/sm2_verify.json: each alone, with every kind of
//! table, on every engine, and in batches among good signatures.

use gm_peers::case::{Case, Signature, Verdict};
use gm_peers::peers::Peer;
use gm_peers::peers::gm::ways;
use gm_peers::peers::rust_crypto::RustCrypto;
use gm_peers::random::Random;
use gm_peers::vectors::{self, Vector};

/// The cases, those in DER left out: sdk/gm takes 64 bytes.
fn raw_cases() -> Vec<Vector> {
    let all = vectors::sm2_verify().unwrap();
    let raw: Vec<_> = all
        .into_iter()
        .filter(|vector| matches!(vector.case.signature, Signature::Raw(_)))
        .collect();
    assert!(raw.len() >= 1000, "{} cases", raw.len());
    raw
}

/// Every wrong verdict at once, so that one run names them all.
fn assert_verdicts(who: &str, vectors: &[Vector], verdicts: &[Verdict]) {
    assert_eq!(vectors.len(), verdicts.len());
    let wrong: Vec<String> = vectors
        .iter()
        .zip(verdicts)
        .filter(|(vector, verdict)| {
            **verdict != Verdict::of(vector.valid) && **verdict != Verdict::CannotAsk
        })
        .map(|(vector, verdict)| {
            format!("  {verdict:?} of case {}: {} {:?}", vector.id, vector.comment, vector.flags)
        })
        .collect();
    assert!(wrong.is_empty(), "{who}:\n{}", wrong.join("\n"));
}

fn cases(vectors: &[Vector]) -> Vec<Case> {
    vectors.iter().map(|vector| vector.case.clone()).collect()
}

#[test]
fn every_way_of_asking_decides_every_case() {
    let vectors = raw_cases();
    for (name, mut way) in ways() {
        assert_verdicts(&name, &vectors, &way.verify_all(&cases(&vectors)));
    }
}

#[test]
fn batches_decide_every_case_among_good_signatures() {
    let vectors = raw_cases();
    let good: Vec<Vector> =
        vectors.iter().filter(|vector| vector.valid && vector.has("Valid")).cloned().collect();
    assert!(good.len() > 50, "{} good cases", good.len());
    let mut random = Random::new(7);
    for (name, mut way) in ways() {
        // From one to six good signatures before each case, so that it stands everywhere in a batch.
        let mut mixed = Vec::new();
        for vector in &vectors {
            let before = 1 + random.below(6);
            mixed.extend((0..before).map(|_| good[random.below(good.len())].clone()));
            mixed.push(vector.clone());
        }
        assert_verdicts(&name, &mixed, &way.verify_all(&cases(&mixed)));
    }
}

#[test]
fn the_order_of_a_batch_changes_no_verdict() {
    let mut vectors = raw_cases();
    let mut random = Random::new(11);
    for place in (1..vectors.len()).rev() {
        vectors.swap(place, random.below(place + 1));
    }
    for (name, mut way) in ways() {
        assert_verdicts(&name, &vectors, &way.verify_all(&cases(&vectors)));
    }
}

#[test]
fn the_reference_decides_every_case_alike() {
    let mut reference = RustCrypto::default();
    let vectors = vectors::sm2_verify().unwrap();
    // Its keys have 33 or 65 bytes, and of one x after 05 it makes a key.
    let other_key = |vector: &Vector| vector.has("RawKey") || vector.has("CompactKey");
    let vectors: Vec<Vector> = vectors.into_iter().filter(|vector| !other_key(vector)).collect();
    let verdicts = reference.verify_all(&cases(&vectors));
    let asked = verdicts.iter().filter(|verdict| **verdict != Verdict::CannotAsk).count();
    assert!(asked + 20 > vectors.len(), "{asked} of {} could be asked", vectors.len());
    assert_verdicts("RustCrypto", &vectors, &verdicts);
}

#[test]
fn a_signature_in_der_is_no_raw_signature() {
    let vectors = vectors::sm2_verify().unwrap();
    let der = |vector: &Vector| match &vector.case.signature {
        Signature::Der(bytes) => {
            (bytes.len() != 64).then(|| Vector { valid: false, ..vector.clone() })
        }
        Signature::Raw(_) => None,
    };
    let vectors: Vec<Vector> = vectors.iter().filter_map(der).collect();
    assert!(vectors.len() > 50, "{} cases in DER", vectors.len());
    for (name, mut way) in ways() {
        assert_verdicts(&name, &vectors, &way.verify_all(&cases(&vectors)));
    }
}
