//! Verification: the standard's example, RustCrypto's signatures, and what must be refused.
use proptest::prelude::*;
use sm2::dsa::signature::Signer;
use sm2::elliptic_curve::sec1::ToSec1Point;
use std::sync::LazyLock;
use yinglian_gm::sm2::{DEFAULT_ID, KnownKey, PublicKey, Verifier, Window};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(Verifier::new);

const ID: &str = "1234567812345678";

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// RustCrypto's signature over the message, and the key in our form.
fn signed(secret: &[u8; 32], message: &[u8]) -> (PublicKey, [u8; 64]) {
    let key = sm2::dsa::SigningKey::from_slice(ID, secret).unwrap();
    let signature: sm2::dsa::Signature = key.sign(message);
    let public = PublicKey::from_bytes(&key.verifying_key().as_affine().to_sec1_bytes()).unwrap();
    (public, signature.to_bytes().into())
}

fn with_and_without_table(key: &PublicKey) -> Vec<KnownKey> {
    let plain = || KnownKey::new(key, DEFAULT_ID).unwrap();
    [plain()].into_iter().chain(Window::ALL.map(|window| plain().with_table(window))).collect()
}

#[test]
fn the_example_of_the_standard_is_good_with_every_window() {
    let key = PublicKey::from_bytes(&unhex::<64>(
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
         ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
    ))
    .unwrap();
    let signature = unhex::<64>(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    );
    for known in with_and_without_table(&key) {
        let z = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3";
        assert_eq!(hex::encode(known.z()), z);
        let digest = known.digest(b"message digest");
        assert_eq!(
            hex::encode(digest),
            "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
        );
        assert!(VERIFIER.verify(&known, b"message digest", &signature), "{:?}", known.window());
        assert!(!VERIFIER.verify(&known, b"message digesu", &signature), "{:?}", known.window());
    }
}

#[test]
fn any_changed_bit_of_a_signature_is_refused() {
    let (key, signature) = signed(&[0x35; 32], b"a message");
    let known = with_and_without_table(&key);
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        for key in [&known[0], &known[4]] {
            assert!(!VERIFIER.verify(key, b"a message", &changed), "bit {bit} {:?}", key.window());
        }
    }
    for key in &known {
        assert!(VERIFIER.verify(key, b"a message", &signature));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn rustcryptos_signatures_are_good_and_stay_bound_to_message_and_key(
        secret in any::<[u8; 32]>(), other in any::<[u8; 32]>(), message in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assume!(secret[0] < 0xff && other[0] < 0xff && secret != other);
        let (key, signature) = signed(&secret, &message);
        let (other, _) = signed(&other, &message);
        let mut longer = message.clone();
        longer.push(0);
        for window in [None, Some(Window::W5), Some(Window::W8)] {
            let known = |key| {
                let known = KnownKey::new(key, DEFAULT_ID).unwrap();
                match window { Some(window) => known.with_table(window), None => known }
            };
            prop_assert!(VERIFIER.verify(&known(&key), &message, &signature));
            prop_assert!(!VERIFIER.verify(&known(&key), &longer, &signature));
            prop_assert!(!VERIFIER.verify(&known(&other), &message, &signature));
        }
    }
}
