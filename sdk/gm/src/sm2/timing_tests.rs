//! Does the time that signing takes tell anything of its secrets? Welch's t-test between one fixed secret and random ones, as in dudect
//! (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?").
//!
//! A short run belongs to every test run, and only has to find the leaks that are planted: it shows that the method sees. Other programs
//! on the machine disturb the verdict on the real code, so it counts only when asked for, on a quiet machine, with as many measurements as
//! one has patience for:
//!
//! `YINGLIAN_GM_TIMING=1000000 cargo test --release -p yinglian-gm --lib timing -- --nocapture --test-threads 1`
use super::comb::Comb;
use super::digits::{self, Digits};
use super::point::{Extended, G};
use super::scalar::Scalar;
use super::sign::SigningKey;
use super::table::Table;
use crate::sm3::sm3;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Instant;

/// Beyond this the two means differ (dudect's own bound for "definitely").
const LEAK: f64 = 10.0;
/// Measurements of a short run.
const SHORT: usize = 10_000;

/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The measurements asked for, if any are.
fn asked_for() -> Option<usize> {
    std::env::var("YINGLIAN_GM_TIMING").ok()?.parse().ok()
}

/// Scalars without a pattern, the same in every run.
fn random_scalar(i: u64) -> Scalar {
    Scalar::reduced(&sm3(&[&i.to_be_bytes()]))
}

/// Mean and variance as they grow.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, x: f64) {
        self.count += 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (x - self.mean);
    }

    fn t(self, other: Self) -> f64 {
        let error = |m: Self| m.squares / (m.count - 1.0) / m.count;
        (self.mean - other.mean) / (error(self) + error(other)).sqrt()
    }
}

/// The largest |t| between the fixed and the random inputs, over all times and over the shorter ones: interrupts only make times longer.
fn t_of<I>(
    name: &str,
    count: usize,
    fixed: impl Fn(u64) -> I,
    random: impl Fn(u64) -> I,
    mut call: impl FnMut(&I),
) -> f64 {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut times: Vec<(u32, bool)> = Vec::with_capacity(count);
    for round in 0..count.div_ceil(1000) as u64 {
        // Inputs of both classes lie side by side and are made beforehand, in an order without a pattern.
        let order = sm3(&[b"order", &round.to_be_bytes()]);
        let inputs: Vec<(I, bool)> = (0..1000u64)
            .map(|i| {
                let word = sm3(&[&order, &i.to_be_bytes()]);
                let is_fixed = word[0] & 1 == 1;
                (if is_fixed { fixed(i) } else { random(round * 1000 + i) }, is_fixed)
            })
            .collect();
        for (input, is_fixed) in &inputs {
            let start = Instant::now();
            call(black_box(input));
            times.push((start.elapsed().as_nanos() as u32, *is_fixed));
        }
    }
    let mut sorted: Vec<u32> = times.iter().map(|(time, _)| *time).collect();
    sorted.sort_unstable();
    let t = [50, 75, 90, 99, 100].map(|percent| {
        let bound = sorted[sorted.len() * percent / 100 - 1];
        let mut classes = [Moments::default(); 2];
        for (time, is_fixed) in times.iter().filter(|(time, _)| *time <= bound) {
            classes[usize::from(*is_fixed)].push(f64::from(*time));
        }
        classes[0].t(classes[1]).abs()
    });
    let worst = t.into_iter().fold(0.0, f64::max);
    println!(
        "{name}: |t| = {worst:.1} over {count} measurements, median {} ns",
        sorted[sorted.len() / 2]
    );
    worst
}

/// Measures code that must not leak; the result counts if it was asked for.
fn must_not_leak<I>(
    name: &str,
    fixed: impl Fn(u64) -> I,
    random: impl Fn(u64) -> I,
    call: impl FnMut(&I),
) {
    let t = t_of(name, asked_for().unwrap_or(SHORT), fixed, random, call);
    assert!(t < LEAK || asked_for().is_none(), "{name} leaks: |t| = {t}");
}

#[test]
fn timing_of_a_multiple_of_the_base_point_tells_nothing_of_the_scalar() {
    let comb = Comb::new();
    must_not_leak(
        "k·G for k = 1",
        |_| Scalar::ONE,
        random_scalar,
        |k| {
            black_box(comb.multiply(k));
        },
    );
}

#[test]
fn timing_of_an_inversion_tells_nothing_of_the_scalar() {
    must_not_leak(
        "1/x for x = 1",
        |_| Scalar::ONE,
        random_scalar,
        |x| {
            black_box(x.invert());
        },
    );
}

#[test]
fn timing_of_signing_tells_nothing_of_the_key() {
    let digest = [7; 32];
    let key =
        |scalar: Scalar| std::rc::Rc::new(SigningKey::from_bytes(&scalar.to_bytes(), b"").unwrap());
    // As many keys of each class, each at its own address, so that the classes differ in the secrets alone.
    let ones: Vec<_> = (0..64).map(|_| key(Scalar::ONE)).collect();
    let others: Vec<_> = (0..64).map(|i| key(random_scalar(i))).collect();
    let of = |pool: &[std::rc::Rc<SigningKey>], i: u64| pool[i as usize % 64].clone();
    let sign = |key: &std::rc::Rc<SigningKey>| {
        black_box(key.sign_digest(&digest, None));
    };
    must_not_leak("a signature with d = 1", |i| of(&ones, i), |i| of(&others, i), sign);
}

#[test]
fn timing_finds_a_planted_multiplication_that_skips_zeros() {
    let t = t_of(
        "planted: wNAF",
        SHORT,
        |_| Scalar::ONE,
        random_scalar,
        |k| {
            black_box(super::wnaf::multiply(&G, &k.0));
        },
    );
    assert!(t > LEAK, "|t| = {t}");
}

#[test]
fn timing_finds_a_planted_lookup_that_stops_when_it_has_found() {
    let table = Table::new(&G, 6);
    let t = t_of(
        "planted: a lookup that stops",
        SHORT,
        |_| Scalar::ONE,
        random_scalar,
        |k| {
            let digits = Digits::new(&k.0, 6);
            let mut sum = Extended::INFINITY;
            for place in 0..digits::count(6) {
                let (wanted, negative) = digits.at(place, 6);
                let found = (0..32).find(|index| *black_box(index) == wanted).unwrap_or(0);
                sum = sum.add_affine(&table.entry(place, found).neg_if(negative));
            }
            black_box(sum);
        },
    );
    assert!(t > LEAK, "|t| = {t}");
}
