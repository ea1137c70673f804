//! Prints SM2 operations per second on one thread, by the thread's CPU time, beside RustCrypto's in the same run.
use std::hint::black_box;
use yinglian_gm::sm2::{
    DEFAULT_ID, Engine, KnownKey, MessageItem, PublicKey, SigningKey, Verifier, Window,
};

/// Nanoseconds this thread has been on a CPU.
fn cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The median of seven runs of about 0.1 s each.
fn rate(name: &str, per_call: u32, mut call: impl FnMut()) {
    let start = cpu_ns();
    call();
    let once = (cpu_ns() - start).max(1);
    let calls = (100_000_000 / once).max(1);
    let mut rates: Vec<f64> = (0..7)
        .map(|_| {
            let start = cpu_ns();
            (0..calls).for_each(|_| call());
            f64::from(per_call) * calls as f64 * 1e9 / (cpu_ns() - start) as f64
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{name:<48} {:>10.0} /s", rates[3]);
}

struct Case {
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
    peer: sm2::dsa::VerifyingKey,
    peer_signature: sm2::dsa::Signature,
}

fn case(i: u32) -> Case {
    use sm2::{dsa::signature::Signer, elliptic_curve::sec1::ToSec1Point};
    let mut secret = [0x11; 32];
    secret[..4].copy_from_slice(&i.to_be_bytes());
    let key =
        sm2::dsa::SigningKey::from_slice("1234567812345678", &secret).expect("a secret in range");
    let message: Vec<u8> = (0..128u32).map(|j| (i + j) as u8).collect();
    let peer_signature: sm2::dsa::Signature = key.sign(&message);
    let public =
        PublicKey::from_bytes(&key.verifying_key().as_affine().to_sec1_bytes()).expect("a point");
    Case {
        key: public,
        message,
        signature: peer_signature.to_bytes().into(),
        peer: key.verifying_key().clone(),
        peer_signature,
    }
}

fn main() {
    let verifiers: Vec<Verifier> = Engine::available().into_iter().map(Verifier::with).collect();
    let verifier = &verifiers[0];
    let cases: Vec<Case> = (0..1000).map(case).collect();
    let hot = &cases[..32];
    let known = |case: &Case| KnownKey::new(&case.key, DEFAULT_ID).expect("a short identity");

    rate("RustCrypto verify", 32, || {
        use sm2::dsa::signature::Verifier;
        for case in hot {
            assert!(case.peer.verify(&case.message, &case.peer_signature).is_ok());
        }
    });
    signing();
    let keys: Vec<KnownKey> = hot.iter().map(known).collect();
    rate("verify unknown key", 32, || {
        for (case, key) in hot.iter().zip(&keys) {
            assert!(verifier.verify(key, &case.message, &case.signature));
        }
    });
    for window in Window::ALL {
        let keys: Vec<KnownKey> = hot.iter().map(|case| known(case).with_table(window)).collect();
        rate(&format!("verify known key {window:?}"), 32, || {
            for (case, key) in hot.iter().zip(&keys) {
                assert!(verifier.verify(key, &case.message, &case.signature));
            }
        });
        for verifier in &verifiers {
            batch(verifier, &format!("batch of 64, 32 keys {window:?}"), &keys, hot);
        }
        rate(&format!("build table {window:?}"), 1, || {
            black_box(known(&hot[0]).with_table(window));
        });
    }
    for window in [Window::W6, Window::W8] {
        let keys: Vec<KnownKey> = cases.iter().map(|case| known(case).with_table(window)).collect();
        for verifier in &verifiers {
            batch(verifier, &format!("batch of 64, 1000 keys {window:?}"), &keys, &cases);
        }
    }
}

fn signing() {
    let key = SigningKey::from_bytes(&[7; 32], DEFAULT_ID).expect("a secret in range");
    let peer =
        sm2::dsa::SigningKey::from_slice("1234567812345678", &[7; 32]).expect("a secret in range");
    rate("sign", 1, || {
        black_box(key.sign(black_box(&[7; 128]), None));
    });
    rate("RustCrypto sign", 1, || {
        use sm2::dsa::signature::Signer;
        let signature: sm2::dsa::Signature = peer.sign(black_box(&[7; 128]));
        black_box(signature);
    });
}

/// Batches of 64 that go round the keys.
fn batch(verifier: &Verifier, name: &str, keys: &[KnownKey], cases: &[Case]) {
    let all: Vec<MessageItem> = (0..64 * keys.len())
        .map(|i| i % keys.len())
        .map(|i| MessageItem {
            key: &keys[i],
            message: &cases[i].message,
            signature: &cases[i].signature,
        })
        .collect();
    let mut batches = all.chunks(64).cycle();
    rate(&format!("{name} {}", verifier.engine().name()), 64, || {
        let verdicts = verifier.verify_messages(batches.next().expect("a cycle has no end"));
        assert!(verdicts.iter().all(|good| *good));
    });
}
