//! What is measured of the others, each asked in the way that suits it best: keys parsed and ZA computed beforehand where
//! its interface allows that.

use crate::measure::{Competitor, Runner};
use crate::own::BUFFER_BYTES;
use crate::signers::{MESSAGE_BYTES, Signer, signers};
use aes_gcm::AesGcm;
use aes_gcm::aead::array::typenum::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use ctr::cipher::{KeyIvInit, StreamCipher};
use gm_peers::campaign::IDENTITY;
use gm_peers::der;
use gm_peers::peers::openssl as system;
use gm_peers::peers::pipe::Pipe;
use num_bigint::BigUint;
use openssl::pkey::PKey;
use openssl::pkey_ctx::PkeyCtx;
use openssl::symm::{Cipher, Crypter, Mode};
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm3::Digest;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

const STREAM_BYTES: usize = 1 << 20;

/// `figure` per second, with the signer in turn.
fn turn(library: &str, figure: &str, mut once: impl FnMut(&Signer, usize) + 'static) -> Competitor {
    let signers = signers(32);
    Competitor::here(library, figure, 1.0, move |round| {
        let place = round as usize % signers.len();
        once(&signers[place], place);
    })
}

fn hashes(all: &mut Vec<Competitor>, library: &str, prefix: &str, hash: fn(&[u8])) {
    let node = [1; 64];
    all.push(Competitor::here(library, &format!("{prefix}_nodes_per_s"), 1.0, move |_| {
        hash(black_box(&node))
    }));
    let stream = vec![1; STREAM_BYTES];
    let figure = format!("{prefix}_stream_mb_per_s");
    all.push(Competitor::here(library, &figure, STREAM_BYTES as f64 / 1e6, move |_| {
        hash(black_box(&stream))
    }));
}

fn cipher(
    all: &mut Vec<Competitor>,
    library: &str,
    figure: &str,
    mut seal: impl FnMut(&mut Vec<u8>) + 'static,
) {
    let mut buffer = vec![1; BUFFER_BYTES];
    all.push(Competitor::here(library, figure, BUFFER_BYTES as f64 / 1e6, move |_| {
        seal(&mut buffer);
        black_box(&buffer);
    }));
}

pub fn competitors(gmssl: Option<Pipe>) -> Vec<Competitor> {
    let mut all = Vec::new();
    rust_crypto(&mut all);
    open_ssl(&mut all);
    libsm(&mut all);
    efficient(&mut all);
    sm_crypto(&mut all);
    ed25519(&mut all);
    if let Some(pipe) = gmssl {
        gm_ssl(&mut all, pipe);
    }
    all
}

fn rust_crypto(all: &mut Vec<Competitor>) {
    const NAME: &str = "RustCrypto";
    let identity = std::str::from_utf8(IDENTITY).expect("digits");
    let parsed: Vec<_> = signers(32)
        .iter()
        .map(|signer| {
            let key = sm2::dsa::VerifyingKey::from_sec1_bytes(identity, &signer.public)
                .expect("a good key");
            (key, sm2::dsa::SigningKey::from_slice(identity, &signer.secret).expect("a good key"))
        })
        .collect();
    let keys = Rc::new(parsed);
    let verifying = keys.clone();
    all.push(turn(NAME, "sm2_verify_per_s", move |signer, place| {
        let signature =
            sm2::dsa::Signature::from_slice(&signer.signature).expect("a good signature");
        verifying[place].0.verify(&signer.message, &signature).expect("a good signature");
    }));
    all.push(turn(NAME, "sm2_sign_per_s", move |signer, place| {
        black_box::<sm2::dsa::Signature>(keys[place].1.sign(&signer.message));
    }));
    hashes(all, NAME, "sm3", |bytes| {
        black_box(sm3::Sm3::digest(bytes));
    });
    let gcm = AesGcm::<sm4::Sm4, U12>::new(&[3; 16].into());
    cipher(all, NAME, "sm4_gcm_mb_per_s", move |buffer| {
        let tag = gcm.encrypt_inout_detached(&[5; 12].into(), &[], buffer.as_mut_slice().into());
        black_box(tag.ok());
    });
    cipher(all, NAME, "sm4_ctr_mb_per_s", |buffer| {
        ctr::Ctr128BE::<sm4::Sm4>::new(&[3; 16].into(), &[5; 16].into()).apply_keystream(buffer);
    });
}

fn open_ssl(all: &mut Vec<Competitor>) {
    const NAME: &str = "OpenSSL";
    let keys: Vec<_> = signers(32)
        .iter()
        .map(|signer| {
            let info = der::private_key_info(&signer.secret, &signer.public);
            let key = PKey::private_key_from_der(&info).expect("a good key");
            let z = system::z_value(&signer.public, IDENTITY).expect("a short identity");
            (key, z, der::from_raw(&signer.signature).expect("64 bytes"))
        })
        .collect();
    let keys = Rc::new(keys);
    let verifying = keys.clone();
    all.push(turn(NAME, "sm2_verify_per_s", move |signer, place| {
        let (key, z, signature) = &verifying[place];
        let digest = system::sm3(&[z, &signer.message]);
        let mut context = PkeyCtx::new(key).expect("a context");
        context.verify_init().expect("a context");
        assert!(context.verify(&digest, signature).expect("a verdict"));
    }));
    all.push(turn(NAME, "sm2_sign_per_s", move |signer, place| {
        let (key, z, _) = &keys[place];
        let digest = system::sm3(&[z, &signer.message]);
        let mut context = PkeyCtx::new(key).expect("a context");
        context.sign_init().expect("a context");
        let mut signature = Vec::new();
        context.sign_to_vec(&digest, &mut signature).expect("a signature");
        black_box(signature);
    }));
    hashes(all, NAME, "sm3", |bytes| {
        black_box(system::sm3(&[bytes]));
    });
    let mut out = vec![0; BUFFER_BYTES + 16];
    cipher(all, NAME, "sm4_ctr_mb_per_s", move |buffer| {
        let crypter = Crypter::new(Cipher::sm4_ctr(), Mode::Encrypt, &[3; 16], Some(&[5; 16]));
        crypter.expect("SM4").update(buffer, &mut out).expect("SM4");
    });
}

fn libsm(all: &mut Vec<Competitor>) {
    use libsm::sm2::signature::{SigCtx, Signature};
    use libsm::sm4::cipher_mode::{CipherMode, Sm4CipherMode};
    const NAME: &str = "libsm";
    let keys: Vec<_> = signers(32)
        .iter()
        .map(|signer| {
            let context = SigCtx::new();
            let key = context.load_pubkey(&signer.public).expect("a good key");
            let secret = context.load_seckey(&signer.secret).expect("a good key");
            (context, key, secret, Signature::new(&signer.signature[..32], &signer.signature[32..]))
        })
        .collect();
    let keys = Rc::new(keys);
    let verifying = keys.clone();
    all.push(turn(NAME, "sm2_verify_per_s", move |signer, place| {
        let (context, key, _, signature) = &verifying[place];
        assert!(context.verify(&signer.message, key, signature).expect("a verdict"));
    }));
    all.push(turn(NAME, "sm2_sign_per_s", move |signer, place| {
        let (context, key, secret, _) = &keys[place];
        black_box(context.sign(&signer.message, secret, key).expect("a signature"));
    }));
    hashes(all, NAME, "sm3", |bytes| {
        black_box(libsm::sm3::hash::Sm3Hash::new(bytes).get_hash());
    });
    for (figure, mode) in
        [("sm4_gcm_mb_per_s", CipherMode::Gcm), ("sm4_ctr_mb_per_s", CipherMode::Ctr)]
    {
        let mode = Sm4CipherMode::new(&[3; 16], mode).expect("a key");
        cipher(all, NAME, figure, move |buffer| {
            black_box(mode.encrypt(&[], buffer, &[5; 16]).expect("SM4"));
        });
    }
}

fn efficient(all: &mut Vec<Competitor>) {
    use efficient_sm2::{KeyPair, PublicKey, Signature};
    const NAME: &str = "efficient-sm2";
    let keys: Vec<_> = signers(32)
        .iter()
        .map(|signer| KeyPair::new(&signer.secret).expect("a good key"))
        .collect();
    all.push(turn(NAME, "sm2_verify_per_s", |signer, _| {
        let signature = Signature::from_slice(&signer.signature).expect("a good signature");
        signature
            .verify(&PublicKey::from_slice(&signer.public[1..]), &signer.message)
            .expect("a good signature");
    }));
    all.push(turn(NAME, "sm2_verify_digest_per_s", |signer, _| {
        let signature = Signature::from_slice(&signer.signature).expect("a good signature");
        // The verdict on a digest that nobody signed costs as much as on another.
        black_box(
            signature
                .verify_digest(&PublicKey::from_slice(&signer.public[1..]), &signer.message[..32])
                .is_ok(),
        );
    }));
    all.push(turn(NAME, "sm2_sign_per_s", move |signer, place| {
        black_box(keys[place].sign(&signer.message).expect("a signature").r());
    }));
}

fn sm_crypto(all: &mut Vec<Competitor>) {
    use sm_crypto::sm2::{Sign, Verify};
    const NAME: &str = "sm-crypto";
    all.push(turn(NAME, "sm2_verify_per_s", |signer, _| {
        let (r, s) = signer.signature.split_at(32);
        let signature = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
        assert!(Verify::new(&hex::encode(&signer.public[1..])).verify(
            &signer.message,
            signature,
            true
        ));
    }));
    all.push(turn(NAME, "sm2_sign_per_s", |signer, _| {
        black_box(Sign::new(&hex::encode(signer.secret)).sign(&signer.message, true));
    }));
    hashes(all, NAME, "sm3", |bytes| {
        black_box(sm_crypto::sm3::sm3_hash_raw(bytes));
    });
}

/// The international suite, for scale.
fn ed25519(all: &mut Vec<Competitor>) {
    use ed25519_dalek::{SigningKey, verify_batch};
    const NAME: &str = "ed25519-dalek";
    let signed = |number: usize| {
        let key = SigningKey::from_bytes(&[number as u8 + 1; 32]);
        let message = [number as u8; MESSAGE_BYTES];
        (key.verifying_key(), message, key.sign(&message), key)
    };
    let keys: Rc<[_]> = (0..32).map(signed).collect();
    let (strict, signing) = (keys.clone(), keys.clone());
    for size in [64, 256] {
        let keys = keys.clone();
        let figure = format!("ed25519_verify_batch{size}_per_s");
        all.push(Competitor::here(NAME, &figure, size as f64, move |_| {
            let of = |place: usize| &keys[place % keys.len()];
            let messages: Vec<&[u8]> = (0..size).map(|place| &of(place).1[..]).collect();
            let signatures: Vec<_> = (0..size).map(|place| of(place).2).collect();
            let keys: Vec<_> = (0..size).map(|place| of(place).0).collect();
            verify_batch(&messages, &signatures, &keys).expect("good signatures");
        }));
    }
    all.push(Competitor::here(NAME, "ed25519_verify_per_s", 1.0, move |round| {
        let (key, message, signature, _) = &keys[round as usize % 32];
        key.verify(message, signature).expect("a good signature");
    }));
    all.push(Competitor::here(NAME, "ed25519_verify_strict_per_s", 1.0, move |round| {
        let (key, message, signature, _) = &strict[round as usize % 32];
        key.verify_strict(message, signature).expect("a good signature");
    }));
    all.push(Competitor::here(NAME, "ed25519_sign_per_s", 1.0, move |round| {
        let (_, message, _, key) = &signing[round as usize % 32];
        black_box(key.sign(message));
    }));
    hashes(all, "sha2", "sha256", |bytes| {
        black_box(sha2::Sha256::digest(bytes));
    });
}

fn gm_ssl(all: &mut Vec<Competitor>, pipe: Pipe) {
    let pipe = Rc::new(RefCell::new(pipe));
    let asked = [
        ("sm2_verify_per_s", "verify", 1.0),
        ("sm2_verify_table_per_s", "verify-table", 1.0),
        ("sm2_sign_per_s", "sign", 1.0),
        ("sm3_nodes_per_s", "sm3-node", 1.0),
        ("sm3_stream_mb_per_s", "sm3-stream", STREAM_BYTES as f64 / 1e6),
        ("sm4_gcm_mb_per_s", "sm4-gcm", BUFFER_BYTES as f64 / 1e6),
        ("sm4_ctr_mb_per_s", "sm4-ctr", BUFFER_BYTES as f64 / 1e6),
    ];
    for (figure, what, units) in asked {
        let runner = Runner::There(pipe.clone(), what);
        all.push(Competitor {
            library: "GmSSL".to_owned(),
            figure: figure.to_owned(),
            units,
            runner,
        });
    }
}
