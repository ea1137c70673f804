//! SM4 on every engine of this CPU against RustCrypto's block cipher and GCM, at every length around the borders of blocks and groups.
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, Nonce};
use aes_gcm::{AesGcm, KeyInit};
use proptest::prelude::*;
use sm4::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt};
use yinglian_gm::sm4::{Engine, Sm4, Sm4Gcm};

/// Bytes without a pattern that a wrong index could hide behind.
fn bytes(count: usize, seed: usize) -> Vec<u8> {
    (0..count)
        .map(|index| ((index + seed * 7919).wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

fn array<const N: usize>(seed: usize) -> [u8; N] {
    bytes(N, seed).try_into().unwrap()
}

/// Under emulation fewer rounds do.
fn reduced(count: usize) -> usize {
    if cfg!(target_arch = "x86_64") { count } else { count / 20 + 1 }
}

#[test]
fn every_byte_in_every_place_is_substituted_as_rustcrypto_does() {
    for seed in 0..reduced(64) {
        let key = array(seed);
        let reference = sm4::Sm4::new(&key.into());
        let mut expected = Vec::new();
        for value in 0..=255u8 {
            let mut block: [u8; 16] =
                core::array::from_fn(|place| value.wrapping_add((place * seed) as u8));
            expected.push(block);
            reference.encrypt_block((&mut block).into());
            *expected.last_mut().unwrap() = block;
        }
        for engine in Engine::available() {
            let mut blocks: Vec<[u8; 16]> = (0..=255u8)
                .map(|value| core::array::from_fn(|place| value.wrapping_add((place * seed) as u8)))
                .collect();
            let plain = blocks.clone();
            let cipher = Sm4::with(engine, &key);
            cipher.encrypt_blocks(&mut blocks);
            assert_eq!(blocks, expected, "{engine:?}, key {seed}");
            cipher.decrypt_blocks(&mut blocks);
            assert_eq!(blocks, plain, "{engine:?}, key {seed}");
        }
    }
}

#[test]
fn every_number_of_blocks_up_to_200_keeps_each_in_its_place() {
    let key = array(1);
    let reference = sm4::Sm4::new(&key.into());
    for engine in Engine::available() {
        let cipher = Sm4::with(engine, &key);
        for count in 0..=200 {
            let plain: Vec<[u8; 16]> = (0..count).map(|index| array(index + count)).collect();
            let mut blocks = plain.clone();
            cipher.encrypt_blocks(&mut blocks);
            for (index, block) in plain.iter().enumerate() {
                let mut expected = Array::from(*block);
                reference.encrypt_block(&mut expected);
                assert_eq!(blocks[index][..], expected[..], "{engine:?}, block {index} of {count}");
                reference.decrypt_block(&mut expected);
                assert_eq!(expected[..], block[..]);
            }
            cipher.decrypt_blocks(&mut blocks);
            assert_eq!(blocks, plain, "{engine:?}, {count} blocks");
        }
    }
}

/// Counter mode by its definition over single blocks.
fn ctr_reference(key: &[u8; 16], counter: &[u8; 16], bytes: &mut [u8]) {
    let cipher = sm4::Sm4::new(&(*key).into());
    for (index, chunk) in bytes.chunks_mut(16).enumerate() {
        let counter = u128::from_be_bytes(*counter).wrapping_add(index as u128);
        let mut stream = Array::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut stream);
        chunk.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
    }
}

#[test]
fn counter_mode_follows_its_definition_across_every_carry() {
    let key = array(2);
    let counters: Vec<[u8; 16]> = (0..16)
        .map(|ones| core::array::from_fn(|place| if place < ones { 0xa5 } else { 0xff }))
        .chain([[0; 16], [0xff; 16]])
        .collect();
    for engine in Engine::available() {
        let cipher = Sm4::with(engine, &key);
        for counter in &counters {
            for length in [0, 1, 15, 16, 17, 255, 256, 257, 1_023, 1_024, 1_025, 3_000] {
                let plain = bytes(length, length);
                let (mut ours, mut expected) = (plain.clone(), plain.clone());
                cipher.apply_ctr(counter, &mut ours);
                ctr_reference(&key, counter, &mut expected);
                assert_eq!(ours, expected, "{engine:?}, {length} bytes from {counter:02x?}");
            }
        }
    }
}

fn gcm_reference(
    key: &[u8; 16],
    nonce: &[u8; 12],
    associated: &[u8],
    bytes: &mut [u8],
) -> [u8; 16] {
    type Reference = AesGcm<sm4::Sm4, U12>;
    let nonce: &Nonce<Reference> = nonce.into();
    Reference::new(&(*key).into())
        .encrypt_inout_detached(nonce, associated, bytes.into())
        .unwrap()
        .into()
}

#[test]
fn gcm_agrees_at_every_length_up_to_300_bytes_and_around_the_groups() {
    let (key, nonce) = (array(3), array(4));
    let lengths: Vec<usize> = (0..=300)
        .chain([1_023, 1_024, 1_025, 1_040, 8_191, 8_192, 8_193, 16_384, 20_001])
        .collect();
    for length in lengths {
        let associated = bytes(length % 67, 5);
        let plain = bytes(length, 6);
        let mut expected = plain.clone();
        let expected_tag = gcm_reference(&key, &nonce, &associated, &mut expected);
        for engine in Engine::available() {
            let cipher = Sm4Gcm::with(engine, &key);
            let mut ours = plain.clone();
            assert_eq!(
                cipher.seal(&nonce, &associated, &mut ours),
                Ok(expected_tag),
                "{engine:?}, {length} bytes"
            );
            assert_eq!(ours, expected, "{engine:?}, {length} bytes");
            assert_eq!(
                cipher.open(&nonce, &associated, &mut ours, &expected_tag),
                Ok(()),
                "{engine:?}, {length} bytes"
            );
            assert_eq!(ours, plain, "{engine:?}, {length} bytes");
        }
    }
}

#[test]
fn associated_bytes_of_every_length_up_to_300_agree() {
    let (key, nonce) = (array(7), array(8));
    for length in 0..=300 {
        let associated = bytes(length, 9);
        let expected = gcm_reference(&key, &nonce, &associated, &mut []);
        for engine in Engine::available() {
            let tag = Sm4Gcm::with(engine, &key).seal(&nonce, &associated, &mut []);
            assert_eq!(tag, Ok(expected), "{engine:?}, {length} bytes");
        }
    }
}

#[test]
fn nonces_of_other_lengths_agree() {
    let key = array(10);
    let plain = bytes(100, 11);
    let mut expected = plain.clone();
    let nonce: [u8; 16] = array(12);
    type Reference = AesGcm<sm4::Sm4, U16>;
    let tag: [u8; 16] = Reference::new(&key.into())
        .encrypt_inout_detached((&nonce).into(), b"associated", expected.as_mut_slice().into())
        .unwrap()
        .into();
    for engine in Engine::available() {
        let cipher = Sm4Gcm::with(engine, &key);
        let mut ours = plain.clone();
        assert_eq!(cipher.seal_long_nonce(&nonce, b"associated", &mut ours), Ok(tag), "{engine:?}");
        assert_eq!(ours, expected, "{engine:?}");
    }
    // Of nonces of every length, the engines agree among themselves, and each opens what another sealed.
    for length in (1..=70).chain([255, 256, 257]) {
        let nonce = bytes(length, 13);
        let mut first = plain.clone();
        let tag =
            Sm4Gcm::with(Engine::Portable, &key).seal_long_nonce(&nonce, &[], &mut first).unwrap();
        for engine in Engine::available() {
            let mut copy = first.clone();
            assert_eq!(
                Sm4Gcm::with(engine, &key).open_long_nonce(&nonce, &[], &mut copy, &tag),
                Ok(()),
                "{engine:?}, {length}"
            );
            assert_eq!(copy, plain, "{engine:?}, {length} bytes");
        }
    }
}

/// The product in the field of GCM, bit by bit, SP 800-38D section 6.3; the first bit of a block is its most significant.
fn product(x: u128, mut y: u128) -> u128 {
    let mut sum = 0;
    for bit in (0..128).rev() {
        sum ^= if x >> bit & 1 == 1 { y } else { 0 };
        y = (y >> 1) ^ if y & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    sum
}

/// One divided by `x`: x to the power of 2^128 - 2.
fn inverse(x: u128) -> u128 {
    let (mut power, mut result) = (x, 1 << 127);
    for _ in 1..128 {
        power = product(power, power);
        result = product(result, power);
    }
    result
}

#[test]
fn the_counter_wraps_in_32_bits_without_a_carry() {
    let key = array(17);
    let mut hash_key = [0; 16];
    Sm4::new(&key).encrypt_block(&mut hash_key);
    let inverse = inverse(u128::from_be_bytes(hash_key));
    for blocks_before in [0, 1, 5, 63, 64, 70] {
        // A nonce of 16 bytes N with ((N · H) ⊕ length) · H = J_0, so that the counter passes 2^32 after some blocks.
        let first = u128::from_be_bytes(array(18)) | 0xffff_ffff;
        let first = first - blocks_before;
        let nonce = product(product(first, inverse) ^ 128, inverse).to_be_bytes();
        let plain = bytes(2_000, 19);
        let mut expected = plain.clone();
        type Reference = AesGcm<sm4::Sm4, U16>;
        let tag: [u8; 16] = Reference::new(&key.into())
            .encrypt_inout_detached((&nonce).into(), &[], expected.as_mut_slice().into())
            .unwrap()
            .into();
        for engine in Engine::available() {
            let mut ours = plain.clone();
            assert_eq!(
                Sm4Gcm::with(engine, &key).seal_long_nonce(&nonce, &[], &mut ours),
                Ok(tag),
                "{engine:?}"
            );
            assert_eq!(ours, expected, "{engine:?}, {blocks_before} blocks before the border");
            // The first block of key stream is that of J_0 + 1, with the upper 96 bits unchanged: the nonce is the right one.
            let counter = first & !0xffff_ffff | (first as u32).wrapping_add(1) as u128;
            let mut stream = counter.to_be_bytes();
            Sm4::with(engine, &key).encrypt_block(&mut stream);
            assert!((0..16).all(|index| ours[index] == plain[index] ^ stream[index]), "{engine:?}");
        }
    }
}

#[test]
fn bytes_at_odd_addresses_are_sealed_alike() {
    let (key, nonce) = (array(14), array(15));
    let mut expected = bytes(1_500, 16);
    let tag = gcm_reference(&key, &nonce, &[], &mut expected);
    for engine in Engine::available() {
        let cipher = Sm4Gcm::with(engine, &key);
        for start in 0..64 {
            let mut buffer = vec![0; 1_600];
            buffer[start..start + 1_500].copy_from_slice(&bytes(1_500, 16));
            assert_eq!(
                cipher.seal(&nonce, &[], &mut buffer[start..start + 1_500]),
                Ok(tag),
                "{engine:?} from {start}"
            );
            assert_eq!(buffer[start..start + 1_500], expected, "{engine:?} from {start}");
            assert!(buffer[..start].iter().chain(&buffer[start + 1_500..]).all(|byte| *byte == 0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(reduced(256) as u32))]

    #[test]
    fn random_messages_agree_with_rustcrypto_on_every_engine(
        key: [u8; 16],
        nonce: [u8; 12],
        associated in prop::collection::vec(any::<u8>(), 0..100),
        plain in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let mut expected = plain.clone();
        let tag = gcm_reference(&key, &nonce, &associated, &mut expected);
        for engine in Engine::available() {
            let mut ours = plain.clone();
            prop_assert_eq!(Sm4Gcm::with(engine, &key).seal(&nonce, &associated, &mut ours), Ok(tag));
            prop_assert_eq!(&ours, &expected);
        }
    }
}
