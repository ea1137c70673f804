//! SM3 and SM4 of sdk/gm on each of its engines, against OpenSSL, RustCrypto and the programs of `peers/`. Comes in:
//! randomness and a number of cases. Goes out: a table, and how many answers differ.

use aes_gcm::AesGcm;
use aes_gcm::aead::array::typenum::{U1, U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use anyhow::{Context, Result};
use ctr::cipher::{KeyIvInit, StreamCipher};
use gm_peers::peers::openssl as system;
use gm_peers::peers::pipe::{self, Pipe};
use gm_peers::random::Random;
use openssl::symm::{Cipher, Crypter, Mode};
use sm3::{Digest, Sm3};
use sm4::Sm4;
use yinglian_gm::{sm3 as own3, sm4 as own4};

/// Messages hashed at once.
const MANY: usize = 37;

struct Comparison<'a> {
    random: &'a mut Random,
    pipes: Vec<Pipe>,
    /// What was compared, with how many answers of sdk/gm.
    counts: [(&'static str, usize); 5],
    differ: usize,
}

/// A fourth as many rounds as there are SM2 cases; each asks every engine.
pub fn compare(random: &mut Random, cases: usize, linked_only: bool) -> Result<usize> {
    let pipes = if linked_only { Vec::new() } else { pipe::start_all().0 };
    let counts = [
        ("SM3", 0),
        ("SM3 nodes", 0),
        ("SM4 blocks and CTR", 0),
        ("SM4-GCM", 0),
        ("SM4-GCM forged", 0),
    ];
    let mut comparison = Comparison { random, pipes, counts, differ: 0 };
    for round in 0..cases.div_ceil(4 * MANY) {
        comparison.hashes(round)?;
        comparison.nodes();
        for _ in 0..MANY {
            comparison.ctr()?;
        }
        comparison.gcm(round)?;
    }
    for (name, count) in comparison.counts {
        println!("{name:<30} {count:>10} answers compared");
    }
    println!("disagreements: {}", comparison.differ);
    Ok(comparison.differ)
}

impl Comparison<'_> {
    fn check(&mut self, kind: usize, what: &str, same: bool, input: &[u8]) {
        self.counts[kind].1 += 1;
        if !same {
            self.differ += 1;
            if self.differ <= 5 {
                println!("DIFFERS: {what}, input {}", hex::encode(input));
            }
        }
    }

    fn hashes(&mut self, round: usize) -> Result<()> {
        let equal = self.random.below(3) == 0;
        let shared = self.random.length();
        let lengths: Vec<usize> =
            (0..MANY).map(|_| if equal { shared } else { self.random.length() }).collect();
        let messages: Vec<Vec<u8>> =
            lengths.iter().map(|length| self.random.bytes(*length)).collect();
        let expected: Vec<[u8; 32]> =
            messages.iter().map(|message| system::sm3(&[message])).collect();
        for (message, expected) in messages.iter().zip(&expected) {
            self.check(
                0,
                "RustCrypto's SM3 of OpenSSL's",
                Sm3::digest(message)[..] == expected[..],
                message,
            );
            let cut = self.random.below(message.len() + 1);
            let mut stream = own3::Sm3::new();
            stream.update(&message[..cut]);
            stream.update(&message[cut..]);
            self.check(0, "the stream", stream.finalize() == *expected, message);
        }
        let cuts: Vec<usize> =
            messages.iter().map(|message| self.random.below(message.len() + 1)).collect();
        let parts: Vec<[&[u8]; 2]> =
            messages.iter().zip(cuts).map(|(message, cut)| message.split_at(cut).into()).collect();
        for engine in own3::Engine::available() {
            let mut digests = vec![[0; 32]; MANY];
            own3::digest_parts_many_with(engine, &parts, &mut digests);
            for (message, same) in
                messages.iter().zip(digests.iter().zip(&expected).map(|(own, other)| own == other))
            {
                self.check(0, &format!("{engine:?}"), same, message);
            }
        }
        if round.is_multiple_of(16) {
            let questions: Vec<String> = messages
                .iter()
                .map(|message| {
                    format!(
                        "sm3 {}",
                        if message.is_empty() { "-".into() } else { hex::encode(message) }
                    )
                })
                .collect();
            self.ask(0, &questions, &messages, &expected.map_hex())?;
        }
        Ok(())
    }

    /// What the programs answer, where they answer at all.
    fn ask(
        &mut self,
        kind: usize,
        questions: &[String],
        inputs: &[Vec<u8>],
        expected: &[String],
    ) -> Result<()> {
        let mut pipes = std::mem::take(&mut self.pipes);
        for pipe in &mut pipes {
            for ((answer, input), expected) in pipe.ask(questions)?.iter().zip(inputs).zip(expected)
            {
                if answer != "cannot" {
                    self.check(
                        kind,
                        &format!("a program answers {answer}, not {expected}"),
                        answer == expected,
                        input,
                    );
                }
            }
        }
        self.pipes = pipes;
        Ok(())
    }

    fn nodes(&mut self) {
        let pairs: Vec<[u8; 64]> = (0..MANY).map(|_| self.random.array()).collect();
        let tag = self.random.word() as u8;
        let count = self.random.below(MANY) + 1;
        for engine in own3::Engine::available() {
            let (mut plain, mut tagged) = (vec![[0; 32]; count], vec![[0; 32]; count]);
            own3::nodes_with(engine, &pairs[..count], &mut plain);
            own3::tagged_nodes_with(engine, tag, &pairs[..count], &mut tagged);
            for (pair, (plain, tagged)) in pairs.iter().zip(plain.iter().zip(&tagged)) {
                self.check(1, &format!("node, {engine:?}"), *plain == system::sm3(&[pair]), pair);
                self.check(
                    1,
                    &format!("node with tag {tag}, {engine:?}"),
                    *tagged == system::sm3(&[&[tag], pair]),
                    pair,
                );
            }
        }
    }

    fn ctr(&mut self) -> Result<()> {
        let key: [u8; 16] = self.random.array();
        let mut counter: [u8; 16] = self.random.array();
        if self.random.below(4) == 0 {
            // The carry goes through all bytes.
            let ones = self.random.below(16);
            counter[ones..].fill(0xFF);
        }
        let length = self.random.length();
        let data = self.random.bytes(length);
        let mut crypter = Crypter::new(Cipher::sm4_ctr(), Mode::Encrypt, &key, Some(&counter))?;
        let mut expected = vec![0; data.len() + 16];
        let written = crypter.update(&data, &mut expected)?;
        expected.truncate(written);
        let mut reference = data.clone();
        ctr::Ctr128BE::<Sm4>::new(&key.into(), &counter.into()).apply_keystream(&mut reference);
        self.check(2, "RustCrypto's CTR of OpenSSL's", reference == expected, &data);
        let mut block: [u8; 16] = self.random.array();
        let plain = block;
        let mut encrypted = vec![0; 32];
        let mut crypter = Crypter::new(Cipher::sm4_ecb(), Mode::Encrypt, &key, None)?;
        crypter.update(&plain, &mut encrypted)?;
        for engine in own4::Engine::available() {
            let cipher = own4::Sm4::with(engine, &key);
            let mut own = data.clone();
            cipher.apply_ctr(&counter, &mut own);
            self.check(2, &format!("CTR, {engine:?}"), own == expected, &data);
            block = plain;
            cipher.encrypt_block(&mut block);
            self.check(2, &format!("block, {engine:?}"), block[..] == encrypted[..16], &plain);
            cipher.decrypt_block(&mut block);
            self.check(2, &format!("block back, {engine:?}"), block == plain, &plain);
        }
        Ok(())
    }

    fn gcm(&mut self, round: usize) -> Result<()> {
        let (mut questions, mut inputs, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..MANY {
            let key: [u8; 16] = self.random.array();
            let nonce: [u8; 12] = self.random.array();
            let (associated_length, length) = (self.random.length(), self.random.length());
            let (associated, plain) =
                (self.random.bytes(associated_length), self.random.bytes(length));
            let payload = Payload { msg: &plain, aad: &associated };
            let sealed = AesGcm::<Sm4, U12>::new(&key.into()).encrypt(&nonce.into(), payload);
            let sealed = sealed.ok().context("RustCrypto seals")?;
            self.gcm_engines(&key, &nonce, &associated, &plain, &sealed);
            self.long_nonces(&key, &associated, &plain)?;
            let texts = [&key[..], &nonce, &associated, &plain]
                .map(|bytes| if bytes.is_empty() { "-".into() } else { hex::encode(bytes) });
            questions.push(format!("gcm {}", texts.join(" ")));
            inputs.push(plain);
            answers.push(hex::encode(sealed));
        }
        if round.is_multiple_of(4) {
            self.ask(3, &questions, &inputs, &answers)?;
        }
        Ok(())
    }

    fn gcm_engines(
        &mut self,
        key: &[u8; 16],
        nonce: &[u8; 12],
        associated: &[u8],
        plain: &[u8],
        sealed: &[u8],
    ) {
        let (ciphertext, tag) = sealed.split_at(plain.len());
        for engine in own4::Engine::available() {
            let cipher = own4::Sm4Gcm::with(engine, key);
            let mut data = plain.to_vec();
            let own_tag = cipher.seal(nonce, associated, &mut data);
            let same = own_tag.as_ref().is_ok_and(|own| own[..] == *tag) && data == ciphertext;
            self.check(3, &format!("GCM, {engine:?}"), same, plain);
            let Ok(mut forged) = own_tag else { continue };
            let opened =
                cipher.open(nonce, associated, &mut data, &forged).is_ok() && data == plain;
            self.check(3, &format!("GCM opened, {engine:?}"), opened, plain);
            let mut data = ciphertext.to_vec();
            let bit = self.random.below(8 * sealed.len());
            match data.get_mut(bit / 8) {
                Some(byte) => *byte ^= 1 << (bit % 8),
                None => forged[bit / 8 - plain.len()] ^= 1 << (bit % 8),
            }
            let before = data.clone();
            let refused =
                cipher.open(nonce, associated, &mut data, &forged).is_err() && data == before;
            self.check(4, &format!("GCM with bit {bit} changed, {engine:?}"), refused, plain);
        }
    }

    /// Nonces of another length than 12 bytes are hashed first.
    fn long_nonces(&mut self, key: &[u8; 16], associated: &[u8], plain: &[u8]) -> Result<()> {
        let nonce: [u8; 16] = self.random.array();
        let payload = || Payload { msg: plain, aad: associated };
        let long = AesGcm::<Sm4, U16>::new(key.into())
            .encrypt(&nonce.into(), payload())
            .ok()
            .context("sixteen bytes")?;
        let short = AesGcm::<Sm4, U1>::new(key.into())
            .encrypt(&[nonce[0]].into(), payload())
            .ok()
            .context("one byte")?;
        for (nonce, sealed) in [(&nonce[..], long), (&nonce[..1], short)] {
            let mut data = plain.to_vec();
            let tag = own4::Sm4Gcm::new(key).seal_long_nonce(nonce, associated, &mut data);
            let same = tag.is_ok_and(|tag| [data, tag.to_vec()].concat() == sealed);
            self.check(3, &format!("GCM with a nonce of {} bytes", nonce.len()), same, plain);
        }
        Ok(())
    }
}

/// Digests as the programs write them.
trait MapHex {
    fn map_hex(&self) -> Vec<String>;
}

impl MapHex for Vec<[u8; 32]> {
    fn map_hex(&self) -> Vec<String> {
        self.iter().map(hex::encode).collect()
    }
}
