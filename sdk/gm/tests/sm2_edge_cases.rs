//! Holds SM2 verification against the edge cases of tests/conformance/sm2_verify.json: each alone, with tables and without, and in
//! batches among good signatures.

use serde_json::Value;
use yinglian_gm::sm2::{
    DigestItem, KnownKey, PublicKey, Verifier, Window, signature_from_der, signature_to_der,
};

struct Case {
    id: u64,
    comment: String,
    key: Vec<u8>,
    identity: Vec<u8>,
    message: Option<Vec<u8>>,
    digest: Option<[u8; 32]>,
    signature: Vec<u8>,
    valid: bool,
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| hex::decode(text).unwrap())
}

/// The cases with a raw signature.
fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/sm2_verify.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut cases = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let Some(signature) = bytes(&test["sig"]) else { continue };
            cases.push(Case {
                id: test["tcId"].as_u64().unwrap(),
                comment: test["comment"].as_str().unwrap().to_owned(),
                key: bytes(&group["publicKey"]).unwrap(),
                identity: bytes(&group["identity"]).unwrap(),
                message: bytes(&test["msg"]),
                digest: bytes(&test["digest"]).map(|digest| digest.try_into().unwrap()),
                signature,
                valid: test["result"] == "valid",
            });
        }
    }
    assert!(cases.len() >= 1_000, "the file holds {} cases", cases.len());
    cases
}

impl Case {
    /// The key; none when the key or the identity is refused.
    fn known(&self) -> Option<KnownKey> {
        KnownKey::new(&PublicKey::from_bytes(&self.key).ok()?, &self.identity).ok()
    }

    fn digest_for(&self, key: &KnownKey) -> [u8; 32] {
        self.digest.unwrap_or_else(|| key.digest(self.message.as_deref().unwrap()))
    }
}

/// Every verdict that differs, so that one run names them all.
fn assert_verdicts(way: &str, verdicts: impl Iterator<Item = (Case, bool)>) {
    let wrong: Vec<String> = verdicts
        .filter(|(case, verdict)| case.valid != *verdict)
        .map(|(case, _)| format!("{} ({}), which is {}", case.id, case.comment, case.valid))
        .collect();
    assert!(wrong.is_empty(), "{way}: wrong about\n{}", wrong.join("\n"));
}

#[test]
fn every_edge_case_is_decided_alone_with_every_table() {
    let verifier = Verifier::shared();
    for window in [None].into_iter().chain(Window::ALL.map(Some)) {
        let verdict = |case: Case| {
            let known = case.known().map(|known| match window {
                Some(window) => known.with_table(window),
                None => known,
            });
            let verdict = known.is_some_and(|known| match &case.message {
                Some(message) => verifier.verify(&known, message, &case.signature),
                None => verifier.verify_digest(&known, &case.digest.unwrap(), &case.signature),
            });
            (case, verdict)
        };
        assert_verdicts(&format!("{window:?}"), cases().into_iter().map(verdict));
    }
}

#[test]
fn every_edge_case_is_decided_in_batches_among_good_signatures() {
    let verifier = Verifier::shared();
    let cases = cases();
    // One in five keys without a table; the windows in turn.
    let windows = [None, Some(Window::W5), Some(Window::W6), Some(Window::W7), Some(Window::W8)];
    let mut known: Vec<Option<KnownKey>> = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let key = case.known();
        known.push(match windows[place % windows.len()] {
            Some(window) => key.map(|key| key.with_table(window)),
            None => key,
        });
    }
    let item = |place: usize| {
        let (case, key) = (&cases[place], known[place].as_ref()?);
        Some(DigestItem { key, digest: case.digest_for(key), signature: &case.signature })
    };
    let good: Vec<usize> = (0..cases.len()).filter(|place| cases[*place].valid).collect();
    let bad_keys = (0..cases.len()).filter(|place| known[*place].is_none()).count();
    for size in [1, 3, 4, 5, 16, 63, 64, 65, 200] {
        // Each batch holds as many good signatures as cases, alternating.
        let asked: Vec<usize> = (0..cases.len()).filter(|place| known[*place].is_some()).collect();
        let mut decided = 0;
        for (batch, places) in asked.chunks(size).enumerate() {
            let mixed: Vec<usize> = places
                .iter()
                .enumerate()
                .flat_map(|(index, place)| [good[(batch * 31 + index * 7) % good.len()], *place])
                .collect();
            let items: Vec<DigestItem> = mixed.iter().filter_map(|place| item(*place)).collect();
            assert_eq!(items.len(), mixed.len());
            for (place, verdict) in mixed.iter().zip(verifier.verify_batch(&items)) {
                let case = &cases[*place];
                assert_eq!(
                    verdict, case.valid,
                    "batches of {size}: {} ({})",
                    case.id, case.comment
                );
                decided += 1;
            }
        }
        assert_eq!(decided, 2 * (cases.len() - bad_keys));
    }
}

#[test]
fn the_border_takes_one_encoding_in_der_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/sm2_verify.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut good, mut bad) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let Some(der) = bytes(&test["sigDer"]) else { continue };
            let raw = signature_from_der(&der);
            if let Some(raw) = &raw {
                assert_eq!(signature_to_der(raw), der, "{}", test["comment"]);
            }
            if test["result"] == "valid" {
                assert_eq!(raw.map(Vec::from), bytes(&test["sig"]), "{}", test["comment"]);
                good += 1;
                continue;
            }
            // What is well encoded all the same has numbers that the verifier refuses.
            let key = PublicKey::from_bytes(&bytes(&group["publicKey"]).unwrap()).unwrap();
            let key = KnownKey::new(&key, &bytes(&group["identity"]).unwrap()).unwrap();
            let message = bytes(&test["msg"]).unwrap();
            let accepted = raw.is_some_and(|raw| Verifier::shared().verify(&key, &message, &raw));
            assert!(!accepted, "{}", test["comment"]);
            bad += 1;
        }
    }
    assert!(good > 10 && bad > 50, "{good} good and {bad} bad cases");
}
