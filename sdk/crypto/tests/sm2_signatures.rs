//! SM2: the example of the standard, the ranges, and the keys that are none.
use yinglian_crypto::{
    Algorithm, Claim, KeyError, PublicKey, Signature, SignatureError, SigningKey, Suite,
    VerifyingKey,
};

/// GB/T 32918.5-2017, A.2: the private key d, the public key, and the signature of "message digest".
const SECRET: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const PUBLIC: &str = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                      ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
const MESSAGE: &[u8] = b"message digest";
const DIGEST: &str = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640";
const SIGNATURE: &str = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
                         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
/// n, the order of the group.
const ORDER: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// n + `offset`.
fn order_plus(offset: i8) -> [u8; 32] {
    let mut number: [u8; 32] = bytes(ORDER);
    // The last byte of n is 0x23, far from a carry.
    number[31] = number[31].checked_add_signed(offset).unwrap();
    number
}

fn public_key() -> PublicKey {
    PublicKey::parse(Algorithm::Sm2Sm3, &bytes::<65>(PUBLIC)).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(Suite::National, &bytes(SECRET)).unwrap()
}

#[test]
fn the_signature_of_the_standard_verifies() {
    let verifying = VerifyingKey::new(&public_key()).unwrap();
    verifying.verify(MESSAGE, &SIGNATURE.parse().unwrap()).unwrap();
    assert_eq!(
        verifying.verify(b"message digest ", &SIGNATURE.parse().unwrap()),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn the_private_key_of_the_standard_has_its_public_key_and_digest() {
    assert_eq!(key().public_key(), &public_key());
    assert_eq!(public_key().device_digest(MESSAGE).unwrap().to_string(), DIGEST);
}

#[test]
fn a_device_that_signs_the_digest_gives_a_signature_of_the_message() {
    use sm2::dsa::signature::hazmat::PrehashSigner;
    let device =
        sm2::dsa::SigningKey::from_slice("1234567812345678", &bytes::<32>(SECRET)).unwrap();
    let digest = public_key().device_digest(b"an envelope").unwrap();
    let signature: sm2::dsa::Signature = device.sign_prehash(digest.as_bytes()).unwrap();
    let signature = Signature(signature.to_bytes().into());
    VerifyingKey::new(&public_key()).unwrap().verify(b"an envelope", &signature).unwrap();
}

#[test]
fn another_identity_gives_no_valid_signature() {
    use sm2::dsa::signature::Signer;
    let other =
        sm2::dsa::SigningKey::from_slice("ALICE123@YAHOO.COM", &bytes::<32>(SECRET)).unwrap();
    let signature: sm2::dsa::Signature = other.sign(MESSAGE);
    let signature = Signature(signature.to_bytes().into());
    assert_eq!(
        VerifyingKey::new(&public_key()).unwrap().verify(MESSAGE, &signature),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn signing_twice_gives_the_same_bytes() {
    assert_eq!(key().sign_now(MESSAGE), key().sign_now(MESSAGE));
    assert_ne!(key().sign_now(MESSAGE), key().sign_now(b"another"));
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    let verifying = VerifyingKey::new(&public_key()).unwrap();
    let signature = key().sign_now(MESSAGE);
    verifying.verify(MESSAGE, &signature).unwrap();
    for bit in 0..512 {
        let mut altered = signature;
        altered.0[bit / 8] ^= 1 << (bit % 8);
        assert!(verifying.verify(MESSAGE, &altered).is_err(), "bit {bit}");
    }
}

#[test]
fn r_and_s_outside_one_to_n_minus_one_are_out_of_range() {
    let verifying = VerifyingKey::new(&public_key()).unwrap();
    let good: Signature = SIGNATURE.parse().unwrap();
    for (name, number) in
        [("0", [0; 32]), ("n", order_plus(0)), ("n+1", order_plus(1)), ("2^256-1", [0xff; 32])]
    {
        for half in [0..32, 32..64] {
            let mut altered = good;
            altered.0[half.clone()].copy_from_slice(&number);
            assert_eq!(
                verifying.verify(MESSAGE, &altered),
                Err(SignatureError::OutOfRange),
                "{name} at {half:?}"
            );
        }
    }
    // n-1 and 1 are in range, merely wrong; and r + s = n makes t = 0, which is refused as wrong.
    let mut one = [0; 32];
    one[31] = 1;
    for (r, s) in [(order_plus(-1), one), (one, order_plus(-1)), (one, one)] {
        let mut altered = good;
        altered.0[..32].copy_from_slice(&r);
        altered.0[32..].copy_from_slice(&s);
        assert_eq!(verifying.verify(MESSAGE, &altered), Err(SignatureError::Mismatch));
    }
}

#[test]
fn private_keys_are_one_to_n_minus_two() {
    let secret = |number: [u8; 32]| SigningKey::from_bytes(Suite::National, &number).map(|_| ());
    for refused in [[0; 32], order_plus(-1), order_plus(0), order_plus(1), [0xff; 32]] {
        assert_eq!(secret(refused), Err(KeyError::SecretOutOfRange), "{refused:02x?}");
    }
    let mut one = [0; 32];
    one[31] = 1;
    for accepted in [one, order_plus(-2)] {
        let key = SigningKey::from_bytes(Suite::National, &accepted).unwrap();
        VerifyingKey::new(key.public_key()).unwrap().verify(b"m", &key.sign_now(b"m")).unwrap();
    }
}

#[test]
fn only_uncompressed_points_of_the_curve_are_keys() {
    let good: [u8; 65] = bytes(PUBLIC);
    let parse = |bytes: &[u8]| PublicKey::parse(Algorithm::Sm2Sm3, bytes).map(|_| ());
    assert_eq!(parse(&good), Ok(()));

    // The same point, compressed and hybrid: y is odd.
    let mut compressed = good[..33].to_vec();
    compressed[0] = 3;
    let length =
        |found| Err(KeyError::Length { algorithm: Algorithm::Sm2Sm3, expected: 65, found });
    assert_eq!(parse(&compressed), length(33));
    assert_eq!(parse(&good[1..]), length(64));
    assert_eq!(parse(&[]), length(0));
    assert_eq!(parse(&[&good[..], &[0]].concat()), length(66));
    for form in [0, 2, 3, 6, 7] {
        let mut other = good;
        other[0] = form;
        assert_eq!(parse(&other), Err(KeyError::NotUncompressed(form)));
    }
    let not_on_curve = Err(KeyError::NotOnCurve(Algorithm::Sm2Sm3));
    let mut off = good;
    off[64] ^= 1;
    assert_eq!(parse(&off), not_on_curve);
    let mut zero = [0; 65];
    zero[0] = 4;
    assert_eq!(parse(&zero), not_on_curve);
    // Coordinates not below p.
    let mut large = [0xff; 65];
    large[0] = 4;
    assert_eq!(parse(&large), not_on_curve);
}

#[test]
fn debug_output_shows_no_secret() {
    let shown = format!("{:?} {:#?}", key(), key());
    assert!(shown.contains("09f9df31"), "{shown}");
    assert!(!shown.to_lowercase().contains("3945208f"), "{shown}");
}

#[test]
fn a_batch_of_both_suites_answers_for_each_what_it_would_get_alone() {
    let signers = [
        SigningKey::from_seed(Suite::National, b"table"),
        SigningKey::from_seed(Suite::National, b"no table"),
        SigningKey::from_seed(Suite::International, b"other suite"),
    ];
    let keys = [
        VerifyingKey::with_table(signers[0].public_key()).unwrap(),
        VerifyingKey::new(signers[1].public_key()).unwrap(),
        VerifyingKey::with_table(signers[2].public_key()).unwrap(),
    ];
    let mut signed = Vec::new();
    for number in 0..90_usize {
        let message = vec![number as u8; number];
        let mut signature = signers[number % 3].sign_now(&message);
        match number % 7 {
            3 => signature.0[number % 64] ^= 4,
            5 => signature.0[32..].copy_from_slice(&[0xff; 32]),
            _ => {}
        }
        signed.push((&keys[number % 3], message, signature));
    }
    let claims: Vec<Claim<'_>> =
        signed.iter().map(|(key, message, signature)| Claim { key, message, signature }).collect();
    let alone: Vec<_> =
        signed.iter().map(|(key, message, signature)| key.verify(message, signature)).collect();
    assert_eq!(VerifyingKey::verify_batch(&claims), alone);
    let count = |verdict| alone.iter().filter(|found| **found == verdict).count();
    let (good, changed, range) = (
        count(Ok(())),
        count(Err(SignatureError::Mismatch)),
        count(Err(SignatureError::OutOfRange)),
    );
    assert!(good > 60 && changed > 5 && range > 5, "{good} {changed} {range}");
    assert_eq!(VerifyingKey::verify_batch(&[]), []);
}
