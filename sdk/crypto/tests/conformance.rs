//! The conformance vectors in `conformance/crypto.json`: what another implementation must give, byte for byte.
//!
//! They change only by a deliberate act: a difference means that every address and signature in use would change. After such
//! a decision `UPDATE_VECTORS=1` (or `cargo xtask vectors`) writes them anew.
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use yinglian_crypto::{Signature, SigningKey, Suite, VerifyingKey};

const SECRET: [u8; 32] = *b"a secret that everybody can read";
const MESSAGE: &str = "注 a message";

fn vectors_of(suite: Suite) -> Value {
    let key = SigningKey::from_bytes(suite, &SECRET).unwrap();
    json!({
        "suite": suite,
        "suite_id": suite.id(),
        "hash_of_nothing": suite.hash(&[]),
        "hash_of_message": suite.hash(&[MESSAGE.as_bytes()]),
        "tagged_hash_of_message": suite.tagged_hash("yinglian/vector/v1", &[MESSAGE.as_bytes()]),
        "secret_key": hex::encode(SECRET),
        "public_key": hex::encode(key.public_key().as_bytes()),
        "public_key_encoded": key.public_key(),
        "public_key_pem": key.public_key().to_pem().unwrap(),
        "private_key_pem": *key.to_pem().unwrap(),
        "address": key.address(),
        "address_bytes": hex::encode(key.address().to_bytes()),
        "signature_of_message": key.sign_now(MESSAGE.as_bytes()),
        "digest_for_devices": key.public_key().device_digest(MESSAGE.as_bytes()),
        "public_key_of_seed": SigningKey::from_seed(suite, b"seed").public_key(),
    })
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/crypto.json")
}

fn stored() -> Value {
    serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap()
}

#[test]
fn the_vectors_are_what_this_crate_gives() {
    let suites: Vec<Value> = Suite::ALL.into_iter().map(vectors_of).collect();
    let given = json!({ "message": MESSAGE, "suites": suites });
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(path(), format!("{given:#}\n")).unwrap();
    }
    assert!(stored() == given, "conformance/crypto.json differs; this crate gives\n{given:#}");
}

#[test]
fn the_stored_signatures_verify() {
    let stored = stored();
    let suites = stored["suites"].as_array().unwrap();
    assert_eq!(suites.len(), Suite::ALL.len());
    for (suite, vectors) in Suite::ALL.into_iter().zip(suites) {
        let key = SigningKey::from_pem(vectors["private_key_pem"].as_str().unwrap()).unwrap();
        assert_eq!(key.suite(), suite);
        let signature: Signature =
            serde_json::from_value(vectors["signature_of_message"].clone()).unwrap();
        VerifyingKey::new(key.public_key())
            .unwrap()
            .verify(MESSAGE.as_bytes(), &signature)
            .unwrap();
    }
}
