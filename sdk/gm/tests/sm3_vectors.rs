//! SM3 against the examples of GB/T 32905-2016 and, on random bytes, against RustCrypto.
use proptest::prelude::*;
use sm3::Digest;
use yinglian_gm::sm3::{HmacSm3, Sm3, sm3};
use zeroize::Zeroize;

fn reference(message: &[u8]) -> [u8; 32] {
    sm3::Sm3::digest(message).into()
}

/// Bytes without a pattern that a wrong index could hide behind.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn the_examples_of_the_standard_come_out() {
    let abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!(hex::encode(sm3(&[b"abc"])), abc, "appendix A.1");
    let long = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732";
    assert_eq!(hex::encode(sm3(&[&b"abcd".repeat(16)])), long, "appendix A.2");
    let empty = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b";
    assert_eq!(hex::encode(sm3(&[])), empty);
}

#[test]
fn every_length_up_to_1100_bytes_agrees_with_rustcrypto() {
    let message = bytes(1_100);
    for length in 0..=message.len() {
        assert_eq!(sm3(&[&message[..length]]), reference(&message[..length]), "{length} bytes");
    }
}

#[test]
fn every_cut_around_the_borders_of_blocks_gives_the_same_digest() {
    let message = bytes(400);
    for length in
        [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 191, 192, 255, 256, 257, 300, 400]
    {
        let expected = reference(&message[..length]);
        for cut in 0..=length {
            let mut state = Sm3::new();
            state.update(&message[..cut]);
            let copy = state.clone();
            state.update(&message[cut..length]);
            assert_eq!(state.finalize(), expected, "{length} bytes cut at {cut}");
            assert_eq!(copy.finalize(), reference(&message[..cut]), "a copy goes its own way");
        }
    }
}

#[test]
fn slices_that_begin_at_odd_addresses_hash_alike() {
    let message = bytes(700);
    for start in 0..70 {
        assert_eq!(
            sm3(&[&message[start..start + 600]]),
            reference(&message[start..start + 600]),
            "from {start}"
        );
    }
}

#[test]
fn a_wiped_state_is_an_empty_one() {
    let mut state = Sm3::new();
    state.update(&bytes(1_000));
    state.zeroize();
    assert_eq!(state.finalize(), reference(&[]));
    assert_eq!(format!("{:?}", Sm3::default()), "Sm3");
}

/// HMAC by its definition, RFC 2104 section 2.
fn hmac_reference(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&reference(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = reference(&[&block.map(|byte| byte ^ 0x36)[..], message].concat());
    reference(&[&block.map(|byte| byte ^ 0x5c)[..], &inner[..]].concat())
}

#[test]
fn hmac_follows_its_definition_for_short_and_long_keys() {
    let (key, message) = (bytes(200), bytes(300));
    for length in [0, 1, 31, 32, 33, 63, 64, 65, 128, 200] {
        let mut hmac = HmacSm3::new(&key[..length]);
        hmac.update(&message[..100]);
        hmac.update(&message[100..]);
        assert_eq!(
            hmac.finalize(),
            hmac_reference(&key[..length], &message),
            "a key of {length} bytes"
        );
    }
}

#[test]
fn hmac_accepts_its_tag_and_refuses_one_with_any_bit_turned() {
    let mut hmac = HmacSm3::new(b"key");
    hmac.update(b"message");
    let tag = hmac.clone().finalize();
    assert!(hmac.clone().verify(&tag));
    for bit in 0..256 {
        let mut altered = tag;
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(!hmac.clone().verify(&altered), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn random_pieces_agree_with_rustcrypto(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..12)) {
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(sm3(&slices), reference(&pieces.concat()));
    }
}
