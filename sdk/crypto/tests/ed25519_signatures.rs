//! Ed25519: the examples of RFC 8032, and the strictness that makes every machine give the same answer.
use curve25519_dalek::{constants::EIGHT_TORSION, scalar::Scalar};
use sha2::{Digest, Sha512};
use yinglian_crypto::{
    Algorithm, KeyError, PublicKey, Signature, SignatureError, SigningKey, Suite, VerifyingKey,
};

/// L, the order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// RFC 8032, 7.1: secret key, public key, message, signature; TEST 1, 2 and 3.
const EXAMPLES: [(&str, &str, &str, &str); 3] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn parse(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::parse(Algorithm::Ed25519, bytes)
}

#[test]
fn the_examples_of_rfc_8032_sign_and_verify() {
    for (secret, public, message, signature) in EXAMPLES {
        let message = hex::decode(message).unwrap();
        let key = SigningKey::from_bytes(Suite::International, &bytes(secret)).unwrap();
        assert_eq!(hex::encode(key.public_key().as_bytes()), public);
        assert_eq!(key.sign_now(&message).to_string(), signature);
        let verifying = VerifyingKey::new(&parse(&bytes::<32>(public)).unwrap()).unwrap();
        verifying.verify(&message, &signature.parse().unwrap()).unwrap();
        assert_eq!(
            verifying.verify(b"another message", &signature.parse().unwrap()),
            Err(SignatureError::Mismatch)
        );
    }
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    let key = SigningKey::from_seed(Suite::International, b"flips");
    let verifying = VerifyingKey::new(key.public_key()).unwrap();
    let signature = key.sign_now(b"message");
    for bit in 0..512 {
        let mut altered = signature;
        altered.0[bit / 8] ^= 1 << (bit % 8);
        assert!(verifying.verify(b"message", &altered).is_err(), "bit {bit}");
    }
}

#[test]
fn s_plus_the_order_is_out_of_range() {
    let key = SigningKey::from_seed(Suite::International, b"ranges");
    let verifying = VerifyingKey::new(key.public_key()).unwrap();
    let mut altered = key.sign_now(b"message");
    let mut carry = 0;
    for (byte, order) in altered.0[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(verifying.verify(b"message", &altered), Err(SignatureError::OutOfRange));

    altered.0[32..].copy_from_slice(&ORDER);
    assert_eq!(verifying.verify(b"message", &altered), Err(SignatureError::OutOfRange));
    altered.0[32] -= 1;
    assert_eq!(verifying.verify(b"message", &altered), Err(SignatureError::Mismatch));
}

/// A signature whose R has small order satisfies the equation of RFC 8032, so lenient verifiers accept it.
#[test]
fn a_signature_with_r_of_small_order_is_refused() {
    let secret: [u8; 32] = bytes(EXAMPLES[0].0);
    let key = SigningKey::from_bytes(Suite::International, &secret).unwrap();
    let mut half: [u8; 32] = Sha512::digest(secret)[..32].try_into().unwrap();
    half[0] &= 0xf8;
    half[31] = half[31] & 0x7f | 0x40;
    let r = EIGHT_TORSION[0].compress().to_bytes();
    let challenge: [u8; 64] = Sha512::new()
        .chain_update(r)
        .chain_update(key.public_key().as_bytes())
        .chain_update(b"m")
        .finalize()
        .into();
    let s = Scalar::from_bytes_mod_order_wide(&challenge) * Scalar::from_bytes_mod_order(half);
    let mut forged = [0; 64];
    forged[..32].copy_from_slice(&r);
    forged[32..].copy_from_slice(s.as_bytes());

    let lenient = ed25519_dalek::VerifyingKey::try_from(key.public_key().as_bytes()).unwrap();
    ed25519_dalek::Verifier::verify(&lenient, b"m", &ed25519_dalek::Signature::from_bytes(&forged))
        .expect("the lenient check accepts it, otherwise this test shows nothing");
    let verifying = VerifyingKey::new(key.public_key()).unwrap();
    assert_eq!(verifying.verify(b"m", &Signature(forged)), Err(SignatureError::Mismatch));
}

#[test]
fn points_of_small_order_are_no_keys() {
    for point in EIGHT_TORSION {
        assert_eq!(
            parse(point.compress().as_bytes()),
            Err(KeyError::NotOnCurve(Algorithm::Ed25519))
        );
    }
}

/// 2²⁵⁵ - 19 + y spells the same point as y.
#[test]
fn a_second_spelling_of_a_point_is_no_key() {
    let mut shortest_accepted = 0;
    for y in 0..19u8 {
        let mut shortest = [0; 32];
        shortest[0] = y;
        let mut longer = [0xff; 32];
        longer[0] = 0xed + y;
        longer[31] = 0x7f;
        shortest_accepted += usize::from(parse(&shortest).is_ok());
        assert!(parse(&longer).is_err(), "y = {y}");
    }
    assert!(shortest_accepted > 0, "no y below 19 is a key: the test shows nothing");
}

#[test]
fn keys_have_32_bytes() {
    let good: [u8; 32] = bytes(EXAMPLES[0].1);
    for found in [0, 31, 33, 65] {
        let long: Vec<u8> = good.iter().copied().cycle().take(found).collect();
        assert_eq!(
            parse(&long),
            Err(KeyError::Length { algorithm: Algorithm::Ed25519, expected: 32, found })
        );
    }
    assert!(parse(&good).is_ok());
}

#[test]
fn ed25519_keys_have_no_digest_for_devices() {
    assert_eq!(parse(&bytes::<32>(EXAMPLES[0].1)).unwrap().device_digest(b"m"), None);
}

#[test]
fn debug_output_shows_no_secret() {
    let key = SigningKey::from_bytes(Suite::International, &bytes(EXAMPLES[0].0)).unwrap();
    let shown = format!("{key:?}").to_lowercase();
    assert!(shown.contains("d75a9801") && !shown.contains("9d61b19d"), "{shown}");
}
