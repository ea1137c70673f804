//! The arithmetic modulo p against plain big integers, on borders of words and of p and on random numbers.
use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;

fn big(limbs: &Limbs) -> BigUint {
    BigUint::from_bytes_be(&limbs::to_be(limbs))
}

fn p() -> BigUint {
    big(&P)
}

/// The number an element stands for: its words / 2^256 modulo p.
fn value(x: &Fe) -> BigUint {
    let r_inverse = (BigUint::from(1u8) << 256usize).modinv(&p()).unwrap();
    big(&x.0) * r_inverse % p()
}

/// Words at the borders: of 2^64, of p, of 2^256; every Fe below 2^256 is allowed, so also those from p on.
fn borders() -> Vec<Fe> {
    let mut numbers: Vec<Limbs> = vec![
        [0; 4],
        [1, 0, 0, 0],
        [2, 0, 0, 0],
        [u64::MAX; 4],
        [u64::MAX - 1, u64::MAX, u64::MAX, u64::MAX],
    ];
    for base in
        [P, C, R2, [0, 0, 0, 1 << 63], [u64::MAX, 0, 0, 0], [0, 1, 0, 0], [0, 0, u64::MAX, 0]]
    {
        numbers.push(base);
        numbers.push(limbs::add(&base, &[1, 0, 0, 0]).0);
        numbers.push(limbs::sub(&base, &[1, 0, 0, 0]).0);
    }
    numbers.into_iter().map(Fe).collect()
}

fn check_pair(a: &Fe, b: &Fe) {
    let (x, y) = (value(a), value(b));
    assert_eq!(value(&a.add(b)), (&x + &y) % p(), "{a:?} + {b:?}");
    assert_eq!(value(&a.sub(b)), (&x + p() - &y) % p(), "{a:?} - {b:?}");
    assert_eq!(value(&a.mul(b)), &x * &y % p(), "{a:?} * {b:?}");
    assert_eq!(a == b, x == y, "{a:?} == {b:?}");
}

fn check_one(a: &Fe) {
    let x = value(a);
    assert_eq!(value(&a.sqr()), &x * &x % p(), "{a:?} squared");
    assert_eq!(value(&a.neg()), (p() - &x) % p(), "-{a:?}");
    assert_eq!(value(&a.double()), &x * 2u8 % p(), "2 * {a:?}");
    assert_eq!(value(&a.triple()), &x * 3u8 % p(), "3 * {a:?}");
    assert_eq!(a.is_zero(), x == BigUint::from(0u8), "{a:?} is zero");
    assert_eq!(big(&a.to_limbs()), x, "{a:?} out of Montgomery form");
    let inverse = x.modinv(&p()).unwrap_or_default();
    assert_eq!(value(&a.invert()), inverse, "1 / {a:?}");
    assert_eq!(value(&a.invert_vartime()), inverse, "1 / {a:?}, variable time");
    let square = a.sqr();
    let root = square.sqrt().expect("a square has a root");
    assert!(root == *a || root == a.neg(), "root of the square of {a:?}");
    // −1 is no square modulo p, so of a number and its opposite only one is.
    assert!(x == BigUint::from(0u8) || square.neg().sqrt().is_none(), "-{a:?}² has no root");
}

#[test]
fn border_numbers_agree_with_big_integers() {
    for a in &borders() {
        check_one(a);
        borders().iter().for_each(|b| check_pair(a, b));
    }
}

#[test]
fn bytes_are_taken_up_to_p_and_no_further() {
    let last = limbs::sub(&P, &[1, 0, 0, 0]).0;
    assert_eq!(Fe::from_bytes(&limbs::to_be(&last)).map(Fe::to_bytes), Some(limbs::to_be(&last)));
    assert_eq!(Fe::from_bytes(&limbs::to_be(&P)), None);
    assert_eq!(Fe::from_bytes(&[0xff; 32]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn random_numbers_agree_with_big_integers(a in any::<Limbs>(), b in any::<Limbs>(), high in any::<bool>()) {
        // Half of the pairs are near 2^256, where sums and differences need their second correction.
        let a = if high { [a[0], a[1], u64::MAX, u64::MAX] } else { a };
        let b = if high { [b[0], b[1], b[2] | 1 << 63, u64::MAX] } else { b };
        check_one(&Fe(a));
        check_pair(&Fe(a), &Fe(b));
    }
}
