//! What is measured of sdk/gm: every figure on the engine this CPU would use, and the portable one beside it.

use crate::measure::Competitor;
use crate::signers::{MESSAGE_BYTES, Signer, signers};
use std::hint::black_box;
use std::rc::Rc;
use yinglian_gm::sm2::{
    DEFAULT_ID, Engine, KnownKey, MessageItem, PublicKey, SigningKey, Verifier, Window,
};
use yinglian_gm::{sm3, sm4};

pub const NAME: &str = "sdk/gm";
/// Signatures decided together.
const BATCH: usize = 64;
/// Nodes hashed at once.
const NODES: usize = 1024;
const STREAM_BYTES: usize = 1 << 20;
pub const BUFFER_BYTES: usize = 16_384;

/// A key with its table, and what it signed.
struct Known {
    key: KnownKey,
    message: [u8; MESSAGE_BYTES],
    signature: [u8; 64],
}

fn known(signers: &[Signer], window: Option<Window>) -> Vec<Known> {
    let known = |signer: &Signer| {
        let key =
            PublicKey::from_bytes(&signer.public).and_then(|key| KnownKey::new(&key, DEFAULT_ID));
        let key = key.expect("a good key");
        let key = match window {
            Some(window) => key.with_table(window),
            None => key,
        };
        Known { key, message: signer.message, signature: signer.signature }
    };
    signers.iter().map(known).collect()
}

pub fn competitors() -> Vec<Competitor> {
    let mut all = Vec::new();
    // One by one there is one code for all CPUs; batches go through the engines.
    sm2_verify(&mut all, Engine::PORTABLE, "_portable", true);
    sm2_verify(&mut all, Engine::best(), "", false);
    sm2_rest(&mut all);
    sm3(&mut all);
    sm4(&mut all);
    all
}

/// One by one and in batches, for hot keys and for more keys than the caches hold.
fn sm2_verify(all: &mut Vec<Competitor>, engine: Engine, suffix: &str, one_by_one: bool) {
    let verifier = Rc::new(Verifier::with(engine));
    let few = signers(32);
    let many = signers(1000);
    let sets = [
        ("known", Some(Window::W8), &few),
        ("known_w6", Some(Window::W6), &few),
        ("1000_keys", Some(Window::W6), &many),
        ("no_table", None, &few),
    ];
    for (name, window, signers) in sets {
        let keys: Rc<[Known]> = known(signers, window).into();
        let (one, batch) = match name {
            "known" => ("sm2_verify_known".to_owned(), "sm2_verify_batch64".to_owned()),
            name => (format!("sm2_verify_{name}"), format!("sm2_verify_{name}_batch64")),
        };
        if one_by_one {
            let (verifier, keys) = (verifier.clone(), keys.clone());
            all.push(Competitor::here(NAME, &format!("{one}_per_s"), 1.0, move |round| {
                let Known { key, message, signature } = &keys[round as usize % keys.len()];
                assert!(verifier.verify(key, message, signature));
            }));
        }
        all.push(Competitor::here(NAME, &format!("{batch}{suffix}_per_s"), BATCH as f64, {
            let verifier = verifier.clone();
            move |round| {
                let place = |item: usize| &keys[(round as usize * BATCH + item) % keys.len()];
                let item = |item: usize| {
                    let Known { key, message, signature } = place(item);
                    MessageItem { key, message, signature }
                };
                let items: Vec<_> = (0..BATCH).map(item).collect();
                assert!(verifier.verify_messages(&items).into_iter().all(|good| good));
            }
        }));
    }
    if one_by_one {
        unknown(all, verifier, few);
    }
}

/// A key that comes with its signature: parsed, its ZA computed, used once.
fn unknown(all: &mut Vec<Competitor>, verifier: Rc<Verifier>, few: Vec<Signer>) {
    all.push(Competitor::here(NAME, "sm2_verify_unknown_per_s", 1.0, move |round| {
        let signer = &few[round as usize % few.len()];
        let key =
            PublicKey::from_bytes(&signer.public).and_then(|key| KnownKey::new(&key, DEFAULT_ID));
        assert!(verifier.verify(&key.expect("a good key"), &signer.message, &signer.signature));
    }));
}

fn sm2_rest(all: &mut Vec<Competitor>) {
    let signers = signers(32);
    for (figure, window) in
        [("sm2_tables_w6_per_s", Window::W6), ("sm2_tables_w8_per_s", Window::W8)]
    {
        let keys: Vec<_> = signers
            .iter()
            .map(|signer| PublicKey::from_bytes(&signer.public).expect("a good key"))
            .collect();
        all.push(Competitor::here(NAME, figure, 1.0, move |round| {
            let key = KnownKey::new(&keys[round as usize % keys.len()], DEFAULT_ID)
                .expect("a short identity");
            black_box(key.with_table(window));
        }));
    }
    let keys: Rc<[SigningKey]> = signers
        .iter()
        .map(|signer| SigningKey::from_bytes(&signer.secret, DEFAULT_ID).expect("a good key"))
        .collect();
    for (figure, hedge) in
        [("sm2_sign_per_s", Some([7; 32])), ("sm2_sign_deterministic_per_s", None)]
    {
        let keys = keys.clone();
        all.push(Competitor::here(NAME, figure, 1.0, move |round| {
            black_box(
                keys[round as usize % keys.len()]
                    .sign(&[round as u8; MESSAGE_BYTES], hedge.as_ref()),
            );
        }));
    }
}

fn sm3(all: &mut Vec<Competitor>) {
    let pairs: Rc<[[u8; 64]]> = (0..NODES).map(|node| [node as u8; 64]).collect();
    let messages: Rc<[[u8; 200]]> = (0..NODES).map(|node| [node as u8; 200]).collect();
    for engine in sm3::Engine::available() {
        let name = format!("{engine:?}").to_lowercase();
        let (nodes, tagged, whole) = (pairs.clone(), pairs.clone(), messages.clone());
        let mut out = vec![[0; 32]; NODES];
        all.push(Competitor::here(
            NAME,
            &format!("sm3_nodes_{name}_per_s"),
            NODES as f64,
            move |_| {
                sm3::nodes_with(engine, &nodes, &mut out);
                black_box(&out);
            },
        ));
        let mut out = vec![[0; 32]; NODES];
        all.push(Competitor::here(
            NAME,
            &format!("sm3_tagged_nodes_{name}_per_s"),
            NODES as f64,
            move |_| {
                sm3::tagged_nodes_with(engine, 1, &tagged, &mut out);
                black_box(&out);
            },
        ));
        let mut out = vec![[0; 32]; NODES];
        all.push(Competitor::here(
            NAME,
            &format!("sm3_messages_of_200_bytes_{name}_per_s"),
            NODES as f64,
            move |_| {
                let parts: Vec<[&[u8]; 1]> = whole.iter().map(|message| [&message[..]]).collect();
                sm3::digest_parts_many_with(engine, &parts, &mut out);
                black_box(&out);
            },
        ));
    }
    let stream = vec![1; STREAM_BYTES];
    all.push(Competitor::here(NAME, "sm3_stream_mb_per_s", STREAM_BYTES as f64 / 1e6, move |_| {
        black_box(sm3::sm3(&[&stream]));
    }));
}

fn sm4(all: &mut Vec<Competitor>) {
    let best = sm4::Engine::best();
    for engine in sm4::Engine::available() {
        let lower = format!("{engine:?}").to_lowercase();
        // The engine that a program gets has the plain name.
        let names = if engine == best {
            vec![String::new(), format!("_{lower}")]
        } else {
            vec![format!("_{lower}")]
        };
        for name in names {
            let (gcm, ctr) =
                (sm4::Sm4Gcm::with(engine, &[3; 16]), sm4::Sm4::with(engine, &[3; 16]));
            let mut buffer = vec![1; BUFFER_BYTES];
            all.push(Competitor::here(
                NAME,
                &format!("sm4_gcm{name}_mb_per_s"),
                BUFFER_BYTES as f64 / 1e6,
                move |_| {
                    black_box(gcm.seal(&[5; 12], &[], &mut buffer).expect("short enough"));
                },
            ));
            let mut buffer = vec![1; BUFFER_BYTES];
            all.push(Competitor::here(
                NAME,
                &format!("sm4_ctr{name}_mb_per_s"),
                BUFFER_BYTES as f64 / 1e6,
                move |_| {
                    ctr.apply_ctr(&[5; 16], &mut buffer);
                    black_box(&buffer);
                },
            ));
        }
    }
}
