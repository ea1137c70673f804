//! The vectors of tests/conformance/{log,registry}.json: written when UPDATE_VECTORS is set, compared otherwise. Other
//! implementations follow these files.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use yinglian_protocol::log::{leaf_hash, root};
use yinglian_protocol::registry::{EMPTY_ROOT, key_hash};
use yinglian_protocol::{Hash, RegistryValue, Suite, codec};
use yinglian_state::{ChangeSet, LogState, MemoryState, log, registry};

const SUITES: [Suite; 2] = [Suite::National, Suite::International];

/// Inputs of the certificate-transparency project's tests, so that the second suite meets published roots.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

fn compare_or_write(name: &str, vectors: &Value) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    let path = folder.join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(vectors).unwrap());
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(path, text).unwrap();
    } else {
        let stored = std::fs::read_to_string(&path).unwrap();
        assert!(stored == text, "{name} no longer describes the code: an encoding has changed");
    }
}

fn log_vectors(suite: Suite) -> Value {
    let leaves: Vec<Hash> =
        LEAVES.iter().map(|text| leaf_hash(suite, &hex::decode(text).unwrap())).collect();
    let mut state = MemoryState::new();
    let mut changes = ChangeSet::new();
    let mut tiles = LogState::load(&state, suite, 0).unwrap();
    tiles.append(&state, &leaves, &mut changes).unwrap();
    state.apply(changes);
    let roots: Vec<Hash> =
        (0..=leaves.len()).map(|size| root(suite, leaves[..size].iter().copied())).collect();
    let mut inclusion = Vec::new();
    for (size, index) in [(1, 0), (2, 1), (3, 2), (5, 1), (5, 4), (7, 3), (7, 6), (8, 0), (8, 5)] {
        let proof = log::inclusion(&state, suite, size, index).unwrap();
        proof.verify(suite, &leaves[index as usize], &roots[size as usize]).unwrap();
        inclusion.push(json!({ "proof": proof, "bytes": hex::encode(codec::encode(&proof)) }));
    }
    let mut consistency = Vec::new();
    for (old, new) in [(0, 5), (1, 8), (2, 5), (3, 7), (4, 8), (6, 8), (7, 8), (8, 8)] {
        let proof = log::consistency(&state, suite, old, new).unwrap();
        proof.verify(suite, &roots[old as usize], &roots[new as usize]).unwrap();
        consistency.push(json!({ "proof": proof, "bytes": hex::encode(codec::encode(&proof)) }));
    }
    json!({
        "suite": suite,
        "leaves": LEAVES,
        "leaf_hashes": leaves,
        "roots_by_size": roots,
        "inclusion": inclusion,
        "consistency": consistency,
    })
}

fn registry_vectors(suite: Suite) -> Value {
    let entry = |n: u32| (format!("key/{n}").into_bytes(), format!("value {n}").into_bytes());
    let mut state = MemoryState::new();
    let mut root = EMPTY_ROOT;
    let mut blocks = Vec::new();
    for keys in [0..1, 1..2, 2..12] {
        let writes: BTreeMap<_, _> = keys.map(entry).collect();
        let mut changes = ChangeSet::new();
        root = registry::update(&state, suite, &root, &writes, &mut changes).unwrap();
        state.apply(changes);
        let written = writes.iter().map(|(key, value)| {
            json!({
                "key": hex::encode(key),
                "value": hex::encode(value),
                "key_hash": key_hash(suite, key),
                "value_hash": RegistryValue::hash_bytes(suite, value),
            })
        });
        blocks.push(json!({ "writes": written.collect::<Vec<_>>(), "root": root }));
    }
    let prove = |n: u32| {
        let (key, value) = entry(n);
        let value = (n < 12).then(|| RegistryValue::hash_bytes(suite, &value));
        let proof = registry::prove(&state, suite, &root, &key).unwrap();
        proof.verify(suite, &root, &key, value.as_ref()).unwrap();
        json!({
            "key": hex::encode(&key),
            "value_hash": value,
            "proof": proof,
            "bytes": hex::encode(codec::encode(&proof)),
        })
    };
    json!({
        "suite": suite,
        "empty_root": EMPTY_ROOT,
        "blocks": blocks,
        "proofs": (0..24).map(prove).collect::<Vec<_>>(),
    })
}

#[test]
fn the_log_agrees_with_its_vectors() {
    compare_or_write("log.json", &json!(SUITES.map(log_vectors)));
}

#[test]
fn the_registry_agrees_with_its_vectors() {
    compare_or_write("registry.json", &json!(SUITES.map(registry_vectors)));
}
