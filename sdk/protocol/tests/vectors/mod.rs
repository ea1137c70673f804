//! What the conformance vectors are made from: keys that everybody can make again, and one small chain for each suite.

pub mod calls;
mod chain;
pub mod evidence;
pub mod export;
pub mod records;
pub mod refused;

pub use chain::{Block, Chain, Lie};

use serde_json::{Value, json};
use std::path::PathBuf;
use yinglian_crypto::SigningKey;
use yinglian_protocol::{Name, Suite, codec};

pub const SUITES: [Suite; 2] = [Suite::National, Suite::International];
/// Time of the genesis: 2026-11-24T05:00:00Z.
pub const GENESIS_MS: u64 = 1_795_496_400_000;
/// Present time of the verifier in the vectors, an hour later.
pub const NOW_MS: u64 = GENESIS_MS + 3_600_000;
/// What the first record of the chain notarises.
pub const DOCUMENT: &[u8] = "鹰链 put on record\n".as_bytes();

/// A key that is worth nothing: everybody can make it from its label.
pub fn key(suite: Suite, label: &str) -> SigningKey {
    SigningKey::from_seed(suite, label.as_bytes())
}

/// The same in a vector.
pub fn key_value(suite: Suite, label: &str) -> Value {
    let public_key = key(suite, label).public_key().clone();
    json!({
        "test_seed": label,
        "public_key": public_key,
        "address": hex::encode(public_key.address().to_bytes()),
        "address_text": public_key.address(),
    })
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Canonical bytes in hex.
pub fn bytes<T: borsh::BorshSerialize>(value: &T) -> String {
    hex::encode(codec::encode(value))
}

pub fn compare_or_write(name: &str, vectors: &Value) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    let path = folder.join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(vectors).unwrap());
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        let stored = std::fs::read_to_string(&path).unwrap();
        assert!(stored == text, "{name} no longer describes the code: an encoding has changed");
    }
}
