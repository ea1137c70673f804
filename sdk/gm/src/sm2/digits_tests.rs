//! The digits of a scalar against their definition.
use super::*;
use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;

/// Σ ±(2·index + 1)·2^(w·i), modulo n.
fn value(scalar: &Limbs, window: u32) -> BigInt {
    let digits = Digits::new(scalar, window);
    let mut sum = BigInt::from(0);
    for place in 0..count(window) {
        let (index, negative) = digits.at(place, window);
        assert!(index < 1 << (window - 1));
        assert!(negative == 0 || negative == u64::MAX);
        let digit = BigInt::from(2 * index + 1) << (place * window as usize);
        sum = if negative == 0 { sum + digit } else { sum - digit };
    }
    let n = BigInt::from_bytes_be(Sign::Plus, &limbs::to_be(&N));
    ((sum % &n) + &n) % &n
}

fn check(scalar: &Limbs) {
    let expected = BigInt::from(BigUint::from_bytes_be(&limbs::to_be(scalar)));
    for window in 2..=16 {
        assert_eq!(value(scalar, window), expected, "{scalar:x?} window {window}");
    }
}

#[test]
fn digits_of_border_scalars_add_up_to_them() {
    let less = |k: u64| limbs::sub(&N, &[k, 0, 0, 0]).0;
    for scalar in [
        [0; 4],
        [1, 0, 0, 0],
        [2, 0, 0, 0],
        less(1),
        less(2),
        less(3),
        [0, 0, 0, 1 << 63],
        [u64::MAX, 0, 0, 0],
    ] {
        check(&scalar);
    }
}

proptest! {
    #[test]
    fn digits_of_random_scalars_add_up_to_them(scalar in any::<Limbs>()) {
        prop_assume!(limbs::less(&scalar, &N));
        check(&scalar);
    }
}
