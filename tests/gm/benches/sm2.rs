//! SM2 verification and signing by criterion, for somebody who changes sdk/gm and wants to know whether it helped: it keeps
//! the last run and compares. Wall clock; the published figures come from gm-report.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gm_peers::campaign::{IDENTITY, key_pair};
use gm_peers::random::Random;
use std::hint::black_box;
use yinglian_gm::sm2::{KnownKey, MessageItem, PublicKey, SigningKey, Verifier, Window};

const MESSAGE: &[u8] = &[7; 128];

fn sm2(criterion: &mut Criterion) {
    let pair = key_pair(&mut Random::new(1));
    let signing = SigningKey::from_bytes(&pair.secret, IDENTITY).unwrap();
    let signature = signing.sign(MESSAGE, None);
    let key = PublicKey::from_bytes(&pair.public).unwrap();
    let bare = KnownKey::new(&key, IDENTITY).unwrap();
    let known = KnownKey::new(&key, IDENTITY).unwrap().with_table(Window::W8);
    let verifier = Verifier::shared();
    criterion.bench_function("verify, known key", |bench| {
        bench.iter(|| assert!(verifier.verify(&known, black_box(MESSAGE), &signature)));
    });
    criterion.bench_function("verify, no table", |bench| {
        bench.iter(|| assert!(verifier.verify(&bare, black_box(MESSAGE), &signature)));
    });
    criterion.bench_function("sign", |bench| bench.iter(|| signing.sign(black_box(MESSAGE), None)));
    let mut group = criterion.benchmark_group("verify, batch");
    for size in [8, 64, 256] {
        let items: Vec<_> = (0..size)
            .map(|_| MessageItem { key: &known, message: MESSAGE, signature: &signature })
            .collect();
        group.throughput(Throughput::Elements(size));
        group.bench_function(size.to_string(), |bench| {
            bench.iter(|| verifier.verify_messages(black_box(&items)))
        });
    }
}

criterion_group!(benches, sm2);
criterion_main!(benches);
