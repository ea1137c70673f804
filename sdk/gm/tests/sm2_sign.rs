//! Signing: the standard's key, RustCrypto's signatures byte for byte, hedging, and the ranges of keys.
use proptest::prelude::*;
use sm2::dsa::signature::{Signer, Verifier as _, hazmat::PrehashSigner};
use yinglian_gm::sm2::{DEFAULT_ID, KnownKey, SigningKey, Sm2Error, Verifier};

const ID: &str = "1234567812345678";

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn the_key_pair_of_the_standard_is_found_again() {
    let secret = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    let key = SigningKey::from_bytes(&secret, DEFAULT_ID).unwrap();
    let public = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                  ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    assert_eq!(hex::encode(key.public_key().to_uncompressed()), public);
}

#[test]
fn secrets_outside_1_to_n_minus_2_are_refused() {
    let n = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d541";
    let zero = "00".repeat(32);
    for bad in
        [zero.as_str(), &format!("{n}22"), &format!("{n}23"), &format!("{n}24"), &"ff".repeat(32)]
    {
        assert_eq!(
            SigningKey::from_bytes(&bytes(bad), DEFAULT_ID).err(),
            Some(Sm2Error::SecretOutOfRange),
            "{bad}"
        );
    }
    let one = "00".repeat(31) + "01";
    for good in [one.as_str(), &format!("{n}21")] {
        let key = SigningKey::from_bytes(&bytes(good), DEFAULT_ID).unwrap();
        let known = KnownKey::new(key.public_key(), DEFAULT_ID).unwrap();
        assert!(Verifier::shared().verify(&known, b"m", &key.sign(b"m", None)), "{good}");
    }
}

#[test]
fn randomness_changes_the_signature_and_not_its_worth() {
    let key = SigningKey::from_bytes(&[9; 32], DEFAULT_ID).unwrap();
    let known = KnownKey::new(key.public_key(), DEFAULT_ID).unwrap();
    let signatures =
        [None, Some([0; 32]), Some([1; 32])].map(|randomness| key.sign(b"m", randomness.as_ref()));
    assert!(signatures.iter().all(|signature| Verifier::shared().verify(&known, b"m", signature)));
    assert_ne!(signatures[0], signatures[1]);
    assert_ne!(signatures[1], signatures[2]);
    assert_eq!(signatures[0], key.sign(b"m", None));
}

#[test]
fn a_printed_key_shows_nothing_secret() {
    let key = SigningKey::from_bytes(&[0xab; 32], DEFAULT_ID).unwrap();
    let text = format!("{key:?}");
    assert!(!text.to_lowercase().contains("abababab"), "{text}");
    assert!(text.contains(&hex::encode(key.public_key().to_compressed())), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn signatures_are_rustcryptos_byte_for_byte_and_good(
        secret in any::<[u8; 32]>(), message in proptest::collection::vec(any::<u8>(), 0..200), digest in any::<[u8; 32]>(),
    ) {
        prop_assume!(secret[0] < 0xff);
        let key = SigningKey::from_bytes(&secret, DEFAULT_ID).unwrap();
        let peer = sm2::dsa::SigningKey::from_slice(ID, &secret).unwrap();
        let signature = key.sign(&message, None);
        let theirs: sm2::dsa::Signature = peer.sign(&message);
        prop_assert_eq!(signature, <[u8; 64]>::from(theirs.to_bytes()));
        prop_assert!(peer.verifying_key().verify(&message, &theirs).is_ok());
        let known = KnownKey::new(key.public_key(), DEFAULT_ID).unwrap();
        prop_assert!(Verifier::shared().verify(&known, &message, &signature));
        // A digest above n is reduced.
        for digest in [digest, [0xff; 32]] {
            let theirs: sm2::dsa::Signature = peer.sign_prehash(&digest).unwrap();
            prop_assert_eq!(key.sign_digest(&digest, None), <[u8; 64]>::from(theirs.to_bytes()));
        }
    }
}
