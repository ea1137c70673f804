//! Every decoder meets bytes that an enemy chose: none panics, and what it accepts it would write the same way.
use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use std::{fmt, str::FromStr};
use yinglian_crypto::{
    Address, Algorithm, Hash, PemError, PublicKey, Signature, SigningKey, Suite,
};

/// Decoding gives nothing, or a value that encodes to the bytes it took.
fn borsh_is_strict<T: BorshSerialize + BorshDeserialize>(
    bytes: &[u8],
) -> Result<(), TestCaseError> {
    let mut rest = bytes;
    if let Ok(value) = T::deserialize(&mut rest) {
        let taken = bytes.len() - rest.len();
        prop_assert_eq!(borsh::to_vec(&value).unwrap(), &bytes[..taken]);
    }
    Ok(())
}

/// Parsing gives nothing, or a value that prints as the text it came from.
fn text_is_strict<T: FromStr + fmt::Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(value) = text.parse::<T>() {
        prop_assert_eq!(value.to_string(), text);
    }
    Ok(())
}

/// Borsh, text and JSON all give the value back.
fn round_trips<T>(value: &T) -> Result<(), TestCaseError>
where
    T: BorshSerialize + BorshDeserialize + serde::Serialize + serde::de::DeserializeOwned,
    T: FromStr<Err: fmt::Debug> + fmt::Display + fmt::Debug + PartialEq,
{
    prop_assert_eq!(&T::try_from_slice(&borsh::to_vec(value).unwrap()).unwrap(), value);
    let text = value.to_string();
    prop_assert_eq!(&text.parse::<T>().unwrap(), value);
    prop_assert_eq!(serde_json::to_string(value).unwrap(), format!("\"{text}\""));
    prop_assert_eq!(&serde_json::from_value::<T>(text.into()).unwrap(), value);
    Ok(())
}

fn suite() -> impl Strategy<Value = Suite> {
    prop::sample::select(Suite::ALL.to_vec())
}

fn any_key() -> impl Strategy<Value = SigningKey> {
    (suite(), any::<[u8; 8]>()).prop_map(|(suite, seed)| SigningKey::from_seed(suite, &seed))
}

/// Bytes that get past the first check more often than noise does.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..200).boxed();
    let after_id =
        (1..4u8, prop::collection::vec(any::<u8>(), 0..100)).prop_map(|(id, mut bytes)| {
            bytes.insert(0, id);
            bytes
        });
    let altered_key =
        (any_key(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(key, index, byte)| {
            let mut bytes = borsh::to_vec(key.public_key()).unwrap();
            *index.get_mut(&mut bytes) = byte;
            bytes
        });
    prop_oneof![noise, after_id, altered_key]
}

proptest! {
    #[test]
    fn decoders_survive_any_bytes_and_accept_one_spelling(bytes in hostile_bytes()) {
        borsh_is_strict::<Suite>(&bytes)?;
        borsh_is_strict::<Algorithm>(&bytes)?;
        borsh_is_strict::<Hash>(&bytes)?;
        borsh_is_strict::<Signature>(&bytes)?;
        borsh_is_strict::<Address>(&bytes)?;
        borsh_is_strict::<PublicKey>(&bytes)?;
        for algorithm in [Algorithm::Sm2Sm3, Algorithm::Ed25519] {
            if let Ok(key) = PublicKey::parse(algorithm, &bytes) {
                prop_assert_eq!(key.as_bytes(), bytes.as_slice());
            }
        }
    }

    #[test]
    fn parsers_survive_any_text_and_accept_one_spelling(noise in ".{0,200}", hex in "[0-9a-fA-F]{64,132}", address in "yl1[a-z0-9]{40}") {
        for text in [&noise, &hex, &format!("01{hex}"), &format!("02{hex}"), &address] {
            text_is_strict::<Suite>(text)?;
            text_is_strict::<Hash>(text)?;
            text_is_strict::<Signature>(text)?;
            text_is_strict::<Address>(text)?;
            text_is_strict::<PublicKey>(text)?;
        }
    }

    #[test]
    fn pem_readers_survive_any_text(noise in ".{0,200}", body in "[A-Za-z0-9+/]{0,300}", label in "(PRIVATE|PUBLIC|ENCRYPTED PRIVATE|EC PRIVATE) KEY") {
        let framed = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        for text in [noise, framed] {
            prop_assert!(PublicKey::from_pem(&text).is_err());
            prop_assert!(SigningKey::from_pem(&text).is_err());
        }
    }

    #[test]
    fn values_survive_every_encoding(key in any_key(), message in prop::collection::vec(any::<u8>(), 0..100)) {
        round_trips(&key.suite())?;
        round_trips(&key.suite().hash(&[&message]))?;
        round_trips(&key.sign_now(&message))?;
        round_trips(&key.address())?;
        round_trips(key.public_key())?;
        prop_assert_eq!(&PublicKey::from_pem(&key.public_key().to_pem().unwrap()).unwrap(), key.public_key());
        let read = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        prop_assert_eq!(read.public_key(), key.public_key());
        prop_assert_eq!(read.sign_now(&message), key.sign_now(&message));
    }

    #[test]
    fn keys_sort_like_their_encodings(one in any_key(), other in any_key()) {
        let (one, other) = (one.public_key(), other.public_key());
        prop_assert_eq!(one.cmp(other), borsh::to_vec(one).unwrap().cmp(&borsh::to_vec(other).unwrap()));
        let (one, other) = (one.address(), other.address());
        prop_assert_eq!(one.cmp(&other), one.to_bytes().cmp(&other.to_bytes()));
    }
}

#[test]
fn an_encoded_key_is_its_algorithm_and_its_bytes() {
    for suite in Suite::ALL {
        let key = SigningKey::from_seed(suite, b"k");
        let bytes = borsh::to_vec(key.public_key()).unwrap();
        assert_eq!(bytes[0], suite.algorithm().id());
        assert_eq!(bytes[1..], *key.public_key().as_bytes());
        assert_eq!(key.public_key().to_string(), hex::encode(&bytes));
    }
}

/// Whoever holds a `PublicKey` holds a point, whatever way it came in.
#[test]
fn bytes_that_are_no_point_are_refused_on_every_way_in() {
    for suite in Suite::ALL {
        let mut encoded = borsh::to_vec(SigningKey::from_seed(suite, b"k").public_key()).unwrap();
        let mut refused = 0;
        for bit in 0..8 {
            // In a coordinate; about half of the altered ones of Ed25519 are points again.
            encoded[2] ^= 1 << bit;
            let parsed = PublicKey::parse(suite.algorithm(), &encoded[1..]).is_ok();
            let text = hex::encode(&encoded);
            assert_eq!(PublicKey::try_from_slice(&encoded).is_ok(), parsed, "{text}");
            assert_eq!(text.parse::<PublicKey>().is_ok(), parsed, "{text}");
            assert_eq!(
                serde_json::from_value::<PublicKey>(text.clone().into()).is_ok(),
                parsed,
                "{text}"
            );
            refused += usize::from(!parsed);
            encoded[2] ^= 1 << bit;
        }
        assert!(refused > 0, "no altered key of {suite} was refused: the test shows nothing");
    }
}

#[test]
fn pem_texts_may_end_in_blank_lines_but_not_be_endless() {
    for suite in Suite::ALL {
        let key = SigningKey::from_seed(suite, b"k");
        let (secret, public) = (key.to_pem().unwrap(), key.public_key().to_pem().unwrap());
        let blanks = "\n \r\n\n";
        assert!(SigningKey::from_pem(&format!("{}{blanks}", *secret)).is_ok());
        assert!(PublicKey::from_pem(&format!("{public}{blanks}")).is_ok());
        let long = "\n".repeat(16 * 1024);
        let too_long = |text: &str| PemError::TooLong(text.len() + long.len());
        assert_eq!(
            SigningKey::from_pem(&format!("{}{long}", *secret)).unwrap_err(),
            too_long(&secret)
        );
        assert_eq!(PublicKey::from_pem(&format!("{public}{long}")).unwrap_err(), too_long(&public));
    }
}

#[test]
fn names_and_ids_stand_for_exactly_two_suites() {
    let known: Vec<Suite> = (0..=u8::MAX).filter_map(Suite::from_id).collect();
    assert_eq!(known, Suite::ALL);
    assert_eq!("national".parse(), Ok(Suite::National));
    assert_eq!("international".parse(), Ok(Suite::International));
    assert!("National".parse::<Suite>().is_err());
    for suite in Suite::ALL {
        assert_eq!(suite.algorithm().suite(), suite);
        assert_eq!(Algorithm::from_id(suite.algorithm().id()), Some(suite.algorithm()));
    }
}
