//! Signatures made to meet the additions that need another formula: equal points, opposite points, infinity on the way or at the end;
//! and x of R at or above n.
//!
//! A verifier computes s·G + t·P. Whoever chooses s, t and P freely, and then e so that r = t − s fits, gets a signature that is good by
//! the equations, and can lead the computation wherever he likes.
use num_bigint::BigUint;
use sm2::elliptic_curve::ff::PrimeField;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::elliptic_curve::subtle::Choice;
use sm2::{AffinePoint, ProjectivePoint, Scalar};
use std::sync::LazyLock;
use yinglian_gm::sm2::{DEFAULT_ID, DigestItem, Engine, KnownKey, PublicKey, Verifier, Window};
use yinglian_gm::sm3::sm3;

static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| Engine::available().into_iter().map(Verifier::with).collect());

/// A signature by its equations, and whether it is good.
struct Crafted {
    name: String,
    key: PublicKey,
    digest: [u8; 32],
    signature: [u8; 64],
    good: bool,
}

fn scalar(seed: u64) -> Scalar {
    Scalar::reduce(&sm2::FieldBytes::from(sm3(&[&seed.to_be_bytes()])))
}

fn small(number: u64) -> Scalar {
    Scalar::from(number)
}

/// The signature for which R = s·G + t·P; good unless R is infinity or r = 0.
fn craft(name: &str, s: Scalar, t: Scalar, p: ProjectivePoint) -> Crafted {
    let r_point = ProjectivePoint::GENERATOR * s + p * t;
    let infinite = r_point == ProjectivePoint::IDENTITY;
    let x = if infinite { Scalar::ZERO } else { Scalar::reduce(&r_point.to_affine().x()) };
    let r = t - s;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r.to_repr());
    signature[32..].copy_from_slice(&s.to_repr());
    let key = PublicKey::from_bytes(&p.to_affine().to_sec1_bytes()).unwrap();
    Crafted {
        name: name.to_string(),
        key,
        digest: (r - x).to_repr().into(),
        signature,
        good: !infinite,
    }
}

fn craft_for_secret(name: &str, s: Scalar, t: Scalar, d: Scalar) -> Crafted {
    craft(name, s, t, ProjectivePoint::GENERATOR * d)
}

/// The digit of a scalar at a place, by the definition in `sm2/digits.rs`: all digits are odd, even scalars are turned.
fn digit(k: &Scalar, place: usize, window: usize) -> Scalar {
    let even = !bool::from(k.is_odd());
    let odd = if even { -*k } else { *k };
    let places = 256usize.div_ceil(window);
    let signs = (BigUint::from_bytes_be(&odd.to_repr()) >> 1usize)
        + (BigUint::from(1u8) << (places * window - 1));
    let field = (signs >> (place * window)) & BigUint::from((1u64 << window) - 1);
    let digit =
        small(2) * small(field.iter_u64_digits().next().unwrap_or(0)) - small((1 << window) - 1);
    if even { -digit } else { digit }
}

fn power_of_two(exponent: usize) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power.double())
}

/// All crafted signatures for a key with this window (or none: 5).
fn crafted(window: usize) -> Vec<Crafted> {
    let inverse = |x: Scalar| x.invert().unwrap();
    let mut all = Vec::new();
    for seed in 0..2 {
        let (s, t) = (scalar(seed), scalar(seed + 100));
        let base = digit(&s, 0, 12);
        let mut add = |name: &str, d: Scalar| all.push(craft_for_secret(name, s, t, d));
        add("R is infinity", -s * inverse(t));
        add("t·P = s·G", s * inverse(t));
        add("t·P is the first entry added to it", base * inverse(t));
        add("t·P is the opposite of the first entry added to it", -base * inverse(t));
        add(
            "t·P is the opposite of the first two entries",
            -(base + digit(&s, 1, 12) * power_of_two(12)) * inverse(t),
        );
        let places = 256usize.div_ceil(window);
        let last = digit(&t, places - 1, window) * power_of_two(window * (places - 1));
        add("the last entry of P is the first of G", base * inverse(last));
        add("the last entry of P is the opposite of the first of G", -base * inverse(last));
        add("P = G", Scalar::ONE);
        add("P = -G", -Scalar::ONE);
        add("P = 2G", small(2));
        add("P = G/2", inverse(small(2)));
    }
    let (d, some) = (scalar(200), scalar(201));
    let edges = [1, 2, 3, 15, 16, 17, 31, 32, 33, 4095, 4096, 4097].map(small);
    for (i, edge) in edges.into_iter().enumerate() {
        for (sign, edge) in [("", edge), ("-", -edge)] {
            all.push(craft_for_secret(&format!("t = {sign}edge {i}"), some, edge, d));
            all.push(craft_for_secret(&format!("s = {sign}edge {i}"), edge, some, d));
            all.push(craft_for_secret(
                &format!("s = {sign}edge {i}, P = G"),
                edge,
                some,
                Scalar::ONE,
            ));
            all.push(craft_for_secret(
                &format!("t = {sign}edge {i}, P = -G"),
                some,
                edge,
                -Scalar::ONE,
            ));
        }
    }
    all.extend(x_from_n_on());
    all
}

/// R with an x from n on: its x modulo n is small, and the signature is good by the second candidate alone. Then the number that is x − n,
/// where some point has that x too: good by the first.
fn x_from_n_on() -> Vec<Crafted> {
    let n = BigUint::from_bytes_be(&(-Scalar::ONE).to_repr()) + 1u8;
    let mut all = Vec::new();
    for i in 0..24u32 {
        for x in [&n + i, BigUint::from(i)] {
            let bytes = x.to_bytes_be();
            let mut x = [0; 32];
            x[32 - bytes.len()..].copy_from_slice(&bytes);
            let point: Option<AffinePoint> =
                AffinePoint::decompress(&x.into(), Choice::from(0)).into();
            let Some(point) = point else { continue };
            let (s, t) = (scalar(300), scalar(301));
            let p = (ProjectivePoint::from(point) - ProjectivePoint::GENERATOR * s)
                * t.invert().unwrap();
            all.push(craft(&format!("x = {}", hex::encode(x)), s, t, p));
        }
    }
    assert!(all.len() > 12, "half of all x have a point");
    all
}

fn known(crafted: &Crafted, window: Option<Window>) -> KnownKey {
    let key = KnownKey::new(&crafted.key, DEFAULT_ID).unwrap();
    match window {
        Some(window) => key.with_table(window),
        None => key,
    }
}

#[test]
fn crafted_signatures_get_their_verdict_alone_and_in_batches() {
    for window in [None, Some(Window::W5), Some(Window::W6), Some(Window::W8), Some(Window::W9)] {
        let all = crafted(window.map_or(5, |window| window.bits() as usize));
        let keys: Vec<KnownKey> = all.iter().map(|crafted| known(crafted, window)).collect();
        let items: Vec<DigestItem> = all
            .iter()
            .zip(&keys)
            .map(|(crafted, key)| DigestItem {
                key,
                digest: crafted.digest,
                signature: &crafted.signature,
            })
            .collect();
        for verifier in VERIFIERS.iter() {
            // Batches of several sizes put a case beside different others and into different lanes.
            for size in [1, 3, 8, 13, 64, items.len()] {
                let verdicts = items.chunks(size).flat_map(|items| verifier.verify_batch(items));
                for (crafted, verdict) in all.iter().zip(verdicts) {
                    let engine = verifier.engine();
                    assert_eq!(
                        verdict, crafted.good,
                        "{} {window:?} {engine:?} batches of {size}",
                        crafted.name
                    );
                }
            }
        }
        for (crafted, item) in all.iter().zip(&items) {
            let verdict = VERIFIERS[0].verify_digest(item.key, &item.digest, item.signature);
            assert_eq!(verdict, crafted.good, "{} {window:?} alone", crafted.name);
        }
    }
}

#[test]
fn crafted_signatures_with_another_digest_are_bad() {
    for crafted in crafted(8) {
        let key = known(&crafted, Some(Window::W8));
        let mut digest = crafted.digest;
        digest[31] ^= 1;
        let items = [DigestItem { key: &key, digest, signature: &crafted.signature }; 8];
        for verifier in VERIFIERS.iter() {
            assert_eq!(verifier.verify_batch(&items), [false; 8], "{}", crafted.name);
        }
    }
}
