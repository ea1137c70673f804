//! SM4 against the examples of GB/T 32907-2016 and RFC 8998, on every engine of this CPU.
use yinglian_gm::sm4::{Engine, GcmError, Sm4, Sm4Gcm};

fn array<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

const KEY: &str = "0123456789abcdeffedcba9876543210";

#[test]
fn the_engines_of_this_cpu_begin_with_the_portable_one_and_end_with_the_best() {
    let engines = Engine::available();
    assert_eq!(engines.first(), Some(&Engine::Portable));
    assert_eq!(engines.last(), Some(&Engine::best()));
    eprintln!("engines: {engines:?}");
}

#[test]
fn the_first_example_of_the_standard_comes_out_and_goes_back() {
    for engine in Engine::available() {
        let cipher = Sm4::with(engine, &array(KEY));
        let mut block = array(KEY);
        cipher.encrypt_block(&mut block);
        assert_eq!(
            hex::encode(block),
            "681edf34d206965e86b3e94f536e4246",
            "{engine:?}: appendix A.1"
        );
        cipher.decrypt_block(&mut block);
        assert_eq!(hex::encode(block), KEY, "{engine:?}");
    }
}

#[test]
fn the_second_example_of_the_standard_comes_out_after_many_rounds() {
    for engine in Engine::available() {
        let cipher = Sm4::with(engine, &array(KEY));
        let mut block = array(KEY);
        // A million times, appendix A.2; not under emulation.
        let times = if cfg!(target_arch = "x86_64") { 1_000_000 } else { 1_000 };
        (0..times).for_each(|_| cipher.encrypt_block(&mut block));
        if times == 1_000_000 {
            assert_eq!(hex::encode(block), "595298c7c6fd271f0402f804c33d3f66", "{engine:?}");
        }
    }
}

/// RFC 8998, appendix A.1.
struct Example;

impl Example {
    const NONCE: &str = "00001234567800000000abcd";
    const ASSOCIATED: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    const PLAIN: &str = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa";
    const SEALED: &str = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d";
    const TAG: &str = "83de3541e4c2b58177e065a9bf7b62ec";
}

#[test]
fn the_gcm_example_of_rfc_8998_comes_out_and_goes_back() {
    let associated = hex::decode(Example::ASSOCIATED).unwrap();
    for engine in Engine::available() {
        let cipher = Sm4Gcm::with(engine, &array(KEY));
        let mut bytes = hex::decode(Example::PLAIN).unwrap();
        let tag = cipher.seal(&array(Example::NONCE), &associated, &mut bytes).unwrap();
        assert_eq!(hex::encode(&bytes), Example::SEALED, "{engine:?}");
        assert_eq!(hex::encode(tag), Example::TAG, "{engine:?}");
        cipher.open(&array(Example::NONCE), &associated, &mut bytes, &tag).unwrap();
        assert_eq!(hex::encode(&bytes), Example::PLAIN, "{engine:?}");
    }
}

#[test]
fn any_bit_turned_in_tag_text_associated_bytes_or_nonce_is_refused_and_leaves_the_bytes_alone() {
    for engine in Engine::available() {
        let cipher = Sm4Gcm::with(engine, &array(KEY));
        let (nonce, associated) = ([7; 12], [9; 21]);
        let mut sealed = [3; 45];
        let tag = cipher.seal(&nonce, &associated, &mut sealed).unwrap();
        let refuse =
            |nonce: &[u8; 12], associated: &[u8], sealed: &[u8], tag: &[u8; 16], what: &str| {
                let mut bytes = sealed.to_vec();
                assert_eq!(
                    cipher.open(nonce, associated, &mut bytes, tag),
                    Err(GcmError::Tag),
                    "{engine:?}: {what}"
                );
                assert_eq!(bytes, sealed, "{engine:?}: {what}");
            };
        for bit in 0..16 * 8 {
            let mut altered = tag;
            altered[bit / 8] ^= 1 << (bit % 8);
            refuse(&nonce, &associated, &sealed, &altered, "tag");
        }
        for bit in 0..45 * 8 {
            let mut altered = sealed;
            altered[bit / 8] ^= 1 << (bit % 8);
            refuse(&nonce, &associated, &altered, &tag, "text");
        }
        for bit in 0..21 * 8 {
            let mut altered = associated;
            altered[bit / 8] ^= 1 << (bit % 8);
            refuse(&nonce, &altered, &sealed, &tag, "associated");
        }
        for bit in 0..12 * 8 {
            let mut altered = nonce;
            altered[bit / 8] ^= 1 << (bit % 8);
            refuse(&altered, &associated, &sealed, &tag, "nonce");
        }
        refuse(&nonce, &associated, &sealed[..44], &tag, "a byte less");
        refuse(&nonce, &associated[..20], &sealed, &tag, "an associated byte less");
        cipher.open(&nonce, &associated, &mut sealed, &tag).unwrap();
        assert_eq!(sealed, [3; 45]);
    }
}

#[test]
fn an_empty_nonce_is_refused_and_twelve_bytes_are_the_short_nonce() {
    let cipher = Sm4Gcm::new(&array(KEY));
    let mut bytes = [1; 20];
    assert_eq!(
        cipher.seal_long_nonce(&[], &[], &mut bytes),
        Err(GcmError::NonceLength { found: 0 })
    );
    assert_eq!(
        cipher.open_long_nonce(&[], &[], &mut bytes, &[0; 16]),
        Err(GcmError::NonceLength { found: 0 })
    );
    assert_eq!(bytes, [1; 20]);
    let mut other = bytes;
    let tag = cipher.seal(&[5; 12], b"x", &mut bytes).unwrap();
    assert_eq!(cipher.seal_long_nonce(&[5; 12], b"x", &mut other), Ok(tag));
    assert_eq!(bytes, other);
}

#[test]
fn what_is_printed_of_keys_and_errors_holds_no_key() {
    let (cipher, gcm) = (Sm4::new(&array(KEY)), Sm4Gcm::new(&array(KEY)));
    assert_eq!(format!("{cipher:?} {gcm:?}"), "Sm4 Sm4Gcm");
    assert_eq!(GcmError::Tag.to_string(), "the tag is not that of the message");
    assert_eq!(GcmError::NonceLength { found: 0 }.to_string(), "a nonce of 0 bytes");
}
