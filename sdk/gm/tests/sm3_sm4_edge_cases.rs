//! Holds SM3 and SM4 against tests/conformance/sm3_hash.json and sm4_gcm.json, on every engine of this CPU.

use serde_json::Value;
use yinglian_gm::{sm3, sm4};

fn file(name: &str) -> Value {
    let path = format!("{}/../../tests/conformance/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(test: &Value, name: &str) -> Vec<u8> {
    hex::decode(test[name].as_str().unwrap()).unwrap()
}

fn array<const N: usize>(test: &Value, name: &str) -> [u8; N] {
    bytes(test, name).try_into().unwrap()
}

#[test]
fn sm3_digests_every_length_alone_in_pieces_and_in_lanes() {
    let file = file("sm3_hash.json");
    let tests = file["tests"].as_array().unwrap();
    assert!(tests.len() >= 150, "{} cases", tests.len());
    let messages: Vec<Vec<u8>> = tests.iter().map(|test| bytes(test, "msg")).collect();
    let expected: Vec<[u8; 32]> = tests.iter().map(|test| array(test, "digest")).collect();
    for (message, expected) in messages.iter().zip(&expected) {
        assert_eq!(sm3::sm3(&[message]), *expected, "{} bytes", message.len());
        for piece in [1, 63, 64, 65] {
            let mut stream = sm3::Sm3::new();
            message.chunks(piece).for_each(|chunk| stream.update(chunk));
            assert_eq!(
                stream.finalize(),
                *expected,
                "{} bytes in pieces of {piece}",
                message.len()
            );
        }
    }
    let parts: Vec<[&[u8]; 1]> = messages.iter().map(|message| [message.as_slice()]).collect();
    for engine in sm3::Engine::available() {
        let mut digests = vec![[0; 32]; parts.len()];
        sm3::digest_parts_many_with(engine, &parts, &mut digests);
        assert_eq!(digests, expected, "{engine:?}");
    }
}

#[test]
fn sm4_gcm_seals_and_opens_every_case_and_leaves_refused_data_alone() {
    let file = file("sm4_gcm.json");
    let tests = file["tests"].as_array().unwrap();
    assert!(tests.len() >= 100, "{} cases", tests.len());
    for (engine, test) in sm4::Engine::available()
        .into_iter()
        .flat_map(|engine| tests.iter().map(move |test| (engine, test)))
    {
        let what = format!("{engine:?}: {}", test["comment"]);
        let cipher = sm4::Sm4Gcm::with(engine, &array(test, "key"));
        let (nonce, associated, tag) =
            (bytes(test, "iv"), bytes(test, "aad"), array::<16>(test, "tag"));
        let (plain, sealed) = (bytes(test, "msg"), bytes(test, "ct"));
        let short: Option<[u8; 12]> = nonce.as_slice().try_into().ok();
        let open = |data: &mut [u8]| match &short {
            Some(nonce) => cipher.open(nonce, &associated, data, &tag),
            None => cipher.open_long_nonce(&nonce, &associated, data, &tag),
        };
        let mut data = sealed.clone();
        if test["result"] == "invalid" {
            assert!(open(&mut data).is_err(), "{what}");
            assert_eq!(data, sealed, "{what}: refused data was changed");
            continue;
        }
        open(&mut data).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(data, plain, "{what}");
        let made = match &short {
            Some(nonce) => cipher.seal(nonce, &associated, &mut data),
            None => cipher.seal_long_nonce(&nonce, &associated, &mut data),
        };
        assert_eq!((data, made.unwrap()), (sealed, tag), "{what}");
    }
}

#[test]
fn sm4_ctr_carries_through_all_bytes_of_the_counter() {
    let file = file("sm4_gcm.json");
    let tests = file["ctr"].as_array().unwrap();
    assert!(tests.len() >= 20, "{} cases", tests.len());
    for engine in sm4::Engine::available() {
        for test in tests {
            let mut data = bytes(test, "msg");
            sm4::Sm4::with(engine, &array(test, "key"))
                .apply_ctr(&array(test, "counter"), &mut data);
            assert_eq!(data, bytes(test, "ct"), "{engine:?}, counter {}", test["counter"]);
        }
    }
}
