//! A batch says of each signature what verification alone says, whatever else is in it.
use proptest::prelude::*;
use sm2::dsa::signature::Signer;
use sm2::elliptic_curve::sec1::ToSec1Point;
use std::sync::LazyLock;
use yinglian_gm::sm2::{
    DEFAULT_ID, DigestItem, Engine, KnownKey, MessageItem, PublicKey, Verifier, Window,
};

static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| Engine::available().into_iter().map(Verifier::with).collect());
static SIGNERS: LazyLock<Vec<Signed>> = LazyLock::new(|| (1..=40).map(signed).collect());

struct Signed {
    key: KnownKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

/// Keys 1, 2, 3 …: their points are close multiples of the base point, so lanes meet equal points. Every window, and no table.
fn signed(i: u8) -> Signed {
    let mut secret = [0; 32];
    secret[31] = i;
    let key = sm2::dsa::SigningKey::from_slice("1234567812345678", &secret).unwrap();
    let message = vec![i; usize::from(i)];
    let signature: sm2::dsa::Signature = key.sign(&message);
    let public = PublicKey::from_bytes(&key.verifying_key().as_affine().to_sec1_bytes()).unwrap();
    let known = KnownKey::new(&public, DEFAULT_ID).unwrap();
    let known = match i % 10 {
        0 => known,
        1 => known.with_table(Window::W5),
        2 => known.with_table(Window::W7),
        3..=5 => known.with_table(Window::W6),
        _ => known.with_table(Window::W8),
    };
    Signed { key: known, message, signature: signature.to_bytes().into() }
}

/// An item of a batch: which signer, and which bit of the signature or digest is wrong, if any.
fn items() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    proptest::collection::vec((0..40usize, proptest::option::weighted(0.3, 0..768usize)), 0..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn a_mixed_batch_says_what_single_verification_says(plan in items()) {
        let prepared: Vec<(&Signed, [u8; 32], [u8; 64])> = plan
            .iter()
            .map(|(signer, wrong)| {
                let signer = &SIGNERS[*signer];
                let (mut digest, mut signature) = (signer.key.digest(&signer.message), signer.signature);
                match wrong {
                    Some(bit @ 0..512) => signature[bit / 8] ^= 1 << (bit % 8),
                    Some(bit) => digest[(bit - 512) / 8] ^= 1 << (bit % 8),
                    None => {}
                }
                (signer, digest, signature)
            })
            .collect();
        let batch: Vec<DigestItem> = prepared
            .iter()
            .map(|(signer, digest, signature)| DigestItem { key: &signer.key, digest: *digest, signature })
            .collect();
        for verifier in VERIFIERS.iter() {
            let verdicts = verifier.verify_batch(&batch);
            prop_assert_eq!(verdicts.len(), batch.len());
            for ((item, verdict), (_, wrong)) in batch.iter().zip(verdicts).zip(&plan) {
                prop_assert_eq!(verdict, wrong.is_none(), "{:?}", verifier.engine());
                prop_assert_eq!(verdict, verifier.verify_digest(item.key, &item.digest, item.signature));
            }
        }
    }
}

#[test]
fn messages_in_a_batch_are_hashed_with_their_own_z() {
    let items: Vec<MessageItem> = SIGNERS
        .iter()
        .map(|signer| MessageItem {
            key: &signer.key,
            message: &signer.message,
            signature: &signer.signature,
        })
        .collect();
    let swapped: Vec<MessageItem> = items
        .iter()
        .zip(items.iter().skip(1))
        .map(|(a, b)| MessageItem { message: b.message, ..*a })
        .collect();
    for verifier in VERIFIERS.iter() {
        assert_eq!(verifier.verify_messages(&items), vec![true; items.len()]);
        assert_eq!(verifier.verify_messages(&swapped), vec![false; swapped.len()]);
    }
}

#[test]
fn signatures_of_other_lengths_are_bad_and_do_not_shift_the_others() {
    let signer = &SIGNERS[7];
    let digest = signer.key.digest(&signer.message);
    let long = [signer.signature.as_slice(), &[0]].concat();
    let batch: Vec<DigestItem> = (0..=65)
        .map(|length| DigestItem { key: &signer.key, digest, signature: &long[..length] })
        .collect();
    for verifier in VERIFIERS.iter() {
        let verdicts = verifier.verify_batch(&batch);
        let good: Vec<usize> = (0..verdicts.len()).filter(|length| verdicts[*length]).collect();
        assert_eq!(good, [64]);
    }
}

#[test]
fn an_empty_batch_has_no_verdicts() {
    assert!(VERIFIERS[0].verify_batch(&[]).is_empty());
    assert!(VERIFIERS[0].verify_messages(&[]).is_empty());
}
