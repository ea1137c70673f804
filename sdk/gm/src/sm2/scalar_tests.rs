//! The arithmetic modulo n against plain big integers, on borders and on random numbers.
use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;

fn big(limbs: &Limbs) -> BigUint {
    BigUint::from_bytes_be(&limbs::to_be(limbs))
}

fn n() -> BigUint {
    big(&N)
}

fn check(a: &Limbs, b: &Limbs) {
    let (a, b) = (Scalar::reduced_limbs(a), Scalar::reduced_limbs(b));
    let (x, y) = (big(&a.0), big(&b.0));
    assert!(x < n() && y < n());
    assert_eq!(big(&a.add(&b).0), (&x + &y) % n());
    assert_eq!(big(&a.sub(&b).0), (&x + n() - &y) % n());
    let r_inverse = (BigUint::from(1u8) << 256usize).modinv(&n()).unwrap();
    assert_eq!(big(&a.montgomery_mul(&b).0), &x * &y * r_inverse % n());
    assert_eq!(big(&a.to_montgomery().0), (&x << 256usize) % n());
    assert_eq!(big(&a.invert().0), x.modinv(&n()).unwrap_or_default());
    assert_eq!(a.is_zero(), x == BigUint::from(0u8));
}

#[test]
fn border_numbers_agree_with_big_integers() {
    let mut borders: Vec<Limbs> = vec![[0; 4], [1, 0, 0, 0], [u64::MAX; 4], [0, 0, 0, 1 << 63]];
    for base in [N, R2, limbs::sub(&[0; 4], &N).0] {
        borders.extend([
            base,
            limbs::add(&base, &[1, 0, 0, 0]).0,
            limbs::sub(&base, &[1, 0, 0, 0]).0,
        ]);
    }
    for a in &borders {
        borders.iter().for_each(|b| check(a, b));
        assert_eq!(big(&Scalar::reduced(&limbs::to_be(a)).0), big(a) % n());
        assert_eq!(Scalar::from_bytes(&limbs::to_be(a)).is_some(), big(a) < n());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn random_numbers_agree_with_big_integers(a in any::<Limbs>(), b in any::<Limbs>()) {
        check(&a, &b);
    }
}
