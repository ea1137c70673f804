//! A second implementation of SM2 and SM3, written by others, must agree with ours.
//!
//! The crate `sm-crypto` 0.1.9 panics on malformed keys and looks at no ranges, so it is asked only after our own checks: a
//! key that is a point, 64 bytes of signature with 1 ≤ r, s < n; and every call is fenced against a panic.
use num_bigint::BigUint;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use yinglian_crypto::{PublicKey, Signature, SigningKey, Suite, VerifyingKey};

const ORDER: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";

/// `None` where the other crate must not be asked.
fn second_opinion(key: &PublicKey, message: &[u8], signature: &Signature) -> Option<bool> {
    let order = BigUint::parse_bytes(ORDER.as_bytes(), 16).unwrap();
    let (r, s) = signature.0.split_at(32);
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
    let in_range = |number: &BigUint| *number != BigUint::default() && *number < order;
    if !in_range(&r) || !in_range(&s) {
        return None;
    }
    let key = hex::encode(key.as_bytes());
    let asked = catch_unwind(AssertUnwindSafe(|| {
        sm_crypto::sm2::Verify::new(&key).verify(message, (r, s), true)
    }));
    Some(asked.expect("sm-crypto panicked behind our checks"))
}

/// A signature made by the other crate, in our 64 bytes.
fn signed_by_the_other(secret: &[u8; 32], message: &[u8]) -> Signature {
    let secret = hex::encode(secret);
    let (r, s) = catch_unwind(|| sm_crypto::sm2::Sign::new(&secret).sign(message, true))
        .expect("sm-crypto panicked");
    let mut bytes = [0; 64];
    for (half, number) in bytes.chunks_mut(32).zip([r, s]) {
        let number = number.to_bytes_be();
        half[32 - number.len()..].copy_from_slice(&number);
    }
    Signature(bytes)
}

proptest! {
    // The other crate takes two milliseconds a signature.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_accept_our_signatures_and_refuse_altered_ones(seed in any::<[u8; 8]>(), message in prop::collection::vec(any::<u8>(), 0..150), bit in 0..512usize) {
        let key = SigningKey::from_seed(Suite::National, &seed);
        let verifying = VerifyingKey::new(key.public_key()).unwrap();
        let signature = key.sign_now(&message);
        prop_assert!(verifying.verify(&message, &signature).is_ok());
        prop_assert_eq!(second_opinion(key.public_key(), &message, &signature), Some(true));

        let mut altered = signature;
        altered.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verifying.verify(&message, &altered).is_err());
        prop_assert_ne!(second_opinion(key.public_key(), &message, &altered), Some(true));

        let other = SigningKey::from_seed(Suite::National, b"somebody else");
        prop_assert_eq!(second_opinion(other.public_key(), &message, &signature), Some(false));
    }

    #[test]
    fn we_accept_the_signatures_of_the_other(mut secret in any::<[u8; 32]>(), message in prop::collection::vec(any::<u8>(), 0..150)) {
        secret[0] &= 0x7f;
        let key = SigningKey::from_bytes(Suite::National, &secret).unwrap();
        let signature = signed_by_the_other(&secret, &message);
        prop_assert_eq!(VerifyingKey::new(key.public_key()).unwrap().verify(&message, &signature), Ok(()));
    }

    #[test]
    fn both_derive_the_same_public_key(mut secret in any::<[u8; 32]>()) {
        secret[0] &= 0x7f;
        let key = SigningKey::from_bytes(Suite::National, &secret).unwrap();
        let other = sm_crypto::sm2::pk_from_sk(&hex::encode(secret));
        prop_assert_eq!(hex::encode(&key.public_key().as_bytes()[1..]), other);
    }

    #[test]
    fn both_hash_alike(message in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Suite::National.hash(&[&message]).to_string(), sm_crypto::sm3::sm3_hash(&message));
    }
}

/// The fault that makes the checks necessary: the other crate takes s and s + n · 2²⁵⁶ for the same signature.
#[test]
fn without_our_checks_the_other_accepts_a_second_spelling() {
    let key = SigningKey::from_seed(Suite::National, b"malleable");
    let signature = key.sign_now(b"m");
    let (r, s) = signature.0.split_at(32);
    let order = BigUint::parse_bytes(ORDER.as_bytes(), 16).unwrap();
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s) + (order << 256));
    let text = hex::encode(key.public_key().as_bytes());
    assert!(
        sm_crypto::sm2::Verify::new(&text).verify(b"m", (r, s), true),
        "the fault is gone: the guards of this file and their documentation can go too"
    );
}
