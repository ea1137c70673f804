//! Holds OpenSSL and RustCrypto against tests/conformance/sm3_hash.json and sm4_gcm.json: what the files say is not only
//! what their program says. sdk/gm is held against them by its own tests.

use aes_gcm::AesGcm;
use aes_gcm::aead::array::typenum::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use ctr::cipher::{KeyIvInit, StreamCipher};
use gm_peers::peers::openssl;
use gm_peers::vectors;
use serde_json::Value;
use sm3::{Digest, Sm3};
use sm4::Sm4;

fn file(name: &str) -> Value {
    let text = std::fs::read_to_string(vectors::folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn bytes(test: &Value, name: &str) -> Vec<u8> {
    hex::decode(test[name].as_str().unwrap()).unwrap()
}

fn array<const N: usize>(test: &Value, name: &str) -> [u8; N] {
    bytes(test, name).try_into().unwrap()
}

#[test]
fn openssl_and_the_reference_digest_alike() {
    for test in file("sm3_hash.json")["tests"].as_array().unwrap() {
        let message = bytes(test, "msg");
        assert_eq!(
            openssl::sm3(&[&message]),
            array::<32>(test, "digest"),
            "{} bytes",
            message.len()
        );
        assert_eq!(Sm3::digest(&message)[..], bytes(test, "digest"), "{} bytes", message.len());
    }
}

#[test]
fn the_reference_opens_and_refuses_alike() {
    let file = file("sm4_gcm.json");
    let twelve = |test: &&Value| test["iv"].as_str().unwrap().len() == 24;
    let tests: Vec<&Value> = file["tests"].as_array().unwrap().iter().filter(twelve).collect();
    assert!(tests.len() > 80, "{} cases", tests.len());
    for test in tests {
        let sealed = [bytes(test, "ct"), bytes(test, "tag")].concat();
        let (key, nonce, associated) =
            (array::<16>(test, "key"), array::<12>(test, "iv"), bytes(test, "aad"));
        let payload = Payload { msg: &sealed, aad: &associated };
        let opened = AesGcm::<Sm4, U12>::new(&key.into()).decrypt(&nonce.into(), payload).ok();
        assert_eq!(
            opened,
            (test["result"] == "valid").then(|| bytes(test, "msg")),
            "{}",
            test["comment"]
        );
    }
}

#[test]
fn the_reference_counts_alike() {
    for test in file("sm4_gcm.json")["ctr"].as_array().unwrap() {
        let mut data = bytes(test, "msg");
        let (key, counter) = (array::<16>(test, "key"), array::<16>(test, "counter"));
        ctr::Ctr128BE::<Sm4>::new(&key.into(), &counter.into()).apply_keystream(&mut data);
        assert_eq!(data, bytes(test, "ct"), "{}", test["counter"]);
    }
}
