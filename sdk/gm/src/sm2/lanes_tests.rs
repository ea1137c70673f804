//! Every form of lanes against numbers one by one.
use super::*;
use proptest::prelude::*;

/// The largest numbers each bound allows are near 2^256 and come out of these operations.
fn check<V: Lanes>(token: V::Token, a: &[Fe; 8], b: &[Fe; 8], c: &[Fe; 8]) {
    let width = V::WIDTH;
    let lanes = |numbers: &[Fe; 8]| V::from_fe(token, &numbers[..width]);
    let same = |what: &str, lanes: V, expected: &dyn Fn(usize) -> Fe| {
        let mut found = [Fe::ZERO; 8];
        lanes.to_fe(&mut found[..width]);
        for (i, found) in found.iter().enumerate().take(width) {
            assert_eq!(*found, expected(i), "{what} in lane {i} of {width}: {a:x?} {b:x?} {c:x?}");
        }
    };
    let (x, y, z) = (lanes(a), lanes(b), lanes(c));
    same("the number", x, &|i| a[i]);
    same("a product", x.mul(&y), &|i| a[i].mul(&b[i]));
    same("a square", x.sqr(), &|i| a[i].sqr());
    same("a difference", x.sub(&y), &|i| a[i].sub(&b[i]));
    same("a difference of three", x.sub_both(&y, &z), &|i| a[i].sub(&b[i]).sub(&c[i]));
    same("a square of a factor", x.factor(&y).sqr(), &|i| a[i].sub(&b[i]).sqr());
    let (p, q) = (x.mul(&y), y.mul(&z));
    let (fp, fq) = (|i: usize| a[i].mul(&b[i]), |i: usize| b[i].mul(&c[i]));
    same("a product of factors of products", p.factor(&q).mul(&q.factor(&p)), &|i| {
        fp(i).sub(&fq(i)).mul(&fq(i).sub(&fp(i)))
    });
    same("a difference of products", p.sub_both(&q, &q).sub(&p), &|i| fq(i).double().neg());
    let point = |i: usize| Affine { x: a[i], y: b[i] };
    let points: [Affine; 8] = core::array::from_fn(point);
    let turned = |i: usize| if i % 3 == 1 { u64::MAX } else { 0 };
    let entries: [(&Affine, u64); 8] = core::array::from_fn(|i| (&points[i], turned(i)));
    let [x, y] = V::load(token, &entries[..width]);
    same("x of a point", x, &|i| a[i]);
    same("y of a point", y, &|i| b[i].neg_if(turned(i)));
    same("a square of a factor of y", y.factor(&x).sqr(), &|i| {
        b[i].neg_if(turned(i)).sub(&a[i]).sqr()
    });
}

fn check_all(a: &[Fe; 8], b: &[Fe; 8], c: &[Fe; 8]) {
    check::<Four>((), a, b, c);
    #[cfg(target_arch = "x86_64")]
    if let Some(token) = crate::simd::Ifma::detect() {
        check::<crate::simd::Eight>(token, a, b, c);
    }
}

/// Words that are all zeros, all ones or anything, so that numbers lie at borders of limbs, at p and at 2^256.
fn number() -> impl Strategy<Value = Fe> {
    let word = prop_oneof![Just(0), Just(u64::MAX), Just(1), Just(u64::MAX << 32), any::<u64>()];
    prop_oneof![
        proptest::array::uniform4(word).prop_map(Fe),
        Just(Fe(super::super::field::P)),
        Just(Fe([u64::MAX - 1, super::super::field::P[1], u64::MAX, super::super::field::P[3]])),
        Just(Fe([u64::MAX; 4])),
        Just(Fe::ZERO),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]
    #[test]
    fn lanes_agree_with_numbers_one_by_one(
        a in proptest::array::uniform8(number()), b in proptest::array::uniform8(number()), c in proptest::array::uniform8(number()),
    ) {
        check_all(&a, &b, &c);
    }
}
