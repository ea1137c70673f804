//! SM3 in lanes: every engine of this CPU against RustCrypto, and against the portable code.
use proptest::prelude::*;
use sm3::{Digest, Sm3};
use yinglian_gm::sm3::{
    Engine, digest_many, digest_parts_many, digest_parts_many_with, nodes, nodes_with,
    tagged_nodes, tagged_nodes_with,
};

fn reference(message: &[u8]) -> [u8; 32] {
    Sm3::digest(message).into()
}

/// Bytes without a pattern that a wrong index could hide behind.
fn bytes(count: usize, seed: usize) -> Vec<u8> {
    (0..count)
        .map(|index| ((index + seed * 7919).wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

fn pairs(count: usize) -> Vec<[u8; 64]> {
    (0..count).map(|index| bytes(64, index).try_into().unwrap()).collect()
}

fn many(engine: Engine, messages: &[&[u8]]) -> Vec<[u8; 32]> {
    let messages: Vec<[&[u8]; 1]> = messages.iter().map(|message| [*message]).collect();
    let mut out = vec![[0; 32]; messages.len()];
    digest_parts_many_with(engine, &messages, &mut out);
    out
}

#[test]
fn the_engines_of_this_cpu_begin_with_the_portable_one_and_end_with_the_best() {
    let engines = Engine::available();
    assert_eq!(engines.first(), Some(&Engine::Portable));
    assert_eq!(engines.last(), Some(&Engine::best()));
    eprintln!("engines: {engines:?}");
}

#[test]
fn every_lane_gives_the_digest_of_its_own_node() {
    for engine in Engine::available() {
        // Every count up to three full rounds: each lane filled, idle, and left over.
        for count in 0..=3 * engine.lanes().max(4) {
            let pairs = pairs(count);
            let mut out = vec![[0; 32]; count];
            nodes_with(engine, &pairs, &mut out);
            for (lane, pair) in pairs.iter().enumerate() {
                assert_eq!(out[lane], reference(pair), "{engine:?}, {lane} of {count}");
            }
        }
    }
}

#[test]
fn every_lane_gives_the_digest_of_its_own_tagged_node() {
    for engine in Engine::available() {
        for count in 0..=3 * engine.lanes().max(4) {
            let pairs = pairs(count);
            let mut out = vec![[0; 32]; count];
            let tag = (count * 85) as u8;
            tagged_nodes_with(engine, tag, &pairs, &mut out);
            for (lane, pair) in pairs.iter().enumerate() {
                assert_eq!(
                    out[lane],
                    reference(&[&[tag][..], pair].concat()),
                    "{engine:?}, {lane} of {count}"
                );
            }
        }
    }
}

#[test]
fn every_tag_and_every_last_byte_of_a_tagged_node_is_hashed() {
    for engine in Engine::available() {
        for byte in 0..=255u8 {
            let mut pairs = pairs(engine.lanes());
            pairs.iter_mut().for_each(|pair| pair[63] = byte);
            let mut out = vec![[0; 32]; pairs.len()];
            tagged_nodes_with(engine, !byte, &pairs, &mut out);
            assert_eq!(out[0], reference(&[&[!byte][..], &pairs[0]].concat()), "{engine:?}");
        }
    }
}

#[test]
fn messages_of_every_length_up_to_300_bytes_share_lanes() {
    let all = bytes(300, 0);
    for engine in Engine::available() {
        let messages: Vec<&[u8]> = (0..=300).map(|length| &all[..length]).collect();
        let out = many(engine, &messages);
        for (length, digest) in out.iter().enumerate() {
            assert_eq!(*digest, reference(messages[length]), "{engine:?}, {length} bytes");
        }
    }
}

#[test]
fn equal_lengths_around_block_borders_agree_in_every_lane() {
    for engine in Engine::available() {
        for length in [
            0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 183, 184, 191, 192, 193,
        ] {
            let owned: Vec<Vec<u8>> =
                (0..engine.lanes() + 3).map(|seed| bytes(length, seed)).collect();
            let messages: Vec<&[u8]> = owned.iter().map(Vec::as_slice).collect();
            for (lane, digest) in many(engine, &messages).iter().enumerate() {
                assert_eq!(
                    *digest,
                    reference(messages[lane]),
                    "{engine:?}, {length} bytes, lane {lane}"
                );
            }
        }
    }
}

#[test]
fn a_long_message_among_short_ones_keeps_its_lane_to_its_end() {
    let long = bytes(100_000, 1);
    for engine in Engine::available() {
        for place in [0, 7, 39] {
            let owned: Vec<Vec<u8>> = (0..40).map(|index| bytes(index * 3, index)).collect();
            let mut messages: Vec<&[u8]> = owned.iter().map(Vec::as_slice).collect();
            messages[place] = &long;
            for (index, digest) in many(engine, &messages).iter().enumerate() {
                assert_eq!(
                    *digest,
                    reference(messages[index]),
                    "{engine:?}, long one at {place}, message {index}"
                );
            }
        }
    }
}

#[test]
fn parts_may_be_cut_anywhere_and_may_be_empty() {
    let message = bytes(200, 3);
    for engine in Engine::available() {
        let mut cut_messages: Vec<[&[u8]; 3]> = Vec::new();
        for first in 0..=130 {
            cut_messages.push([
                &message[..first],
                &message[first..first + 20],
                &message[first + 20..],
            ]);
            cut_messages.push([&[], &message[..first], &message[first..]]);
        }
        let mut out = vec![[0; 32]; cut_messages.len()];
        digest_parts_many_with(engine, &cut_messages, &mut out);
        assert!(out.iter().all(|digest| *digest == reference(&message)), "{engine:?}");
    }
}

#[test]
fn messages_of_no_parts_are_empty_messages() {
    for engine in Engine::available() {
        let mut out = [[0; 32]; 20];
        digest_parts_many_with::<0>(engine, &[[]; 20], &mut out);
        assert_eq!(out, [reference(&[]); 20], "{engine:?}");
    }
}

#[test]
fn pairs_at_odd_addresses_hash_alike() {
    let buffer = bytes(64 * 33 + 64, 5);
    for engine in Engine::available() {
        for start in 0..64 {
            let (pairs, _) = buffer[start..].as_chunks::<64>();
            let mut out = vec![[0; 32]; pairs.len()];
            nodes_with(engine, pairs, &mut out);
            assert!(
                pairs.iter().zip(&out).all(|(pair, digest)| *digest == reference(pair)),
                "{engine:?} from {start}"
            );
        }
    }
}

#[test]
fn a_shorter_output_takes_the_first_digests_and_nothing_is_written_beyond_the_input() {
    for engine in Engine::available() {
        let pairs = pairs(20);
        let mut short = vec![[0; 32]; 18];
        nodes_with(engine, &pairs, &mut short);
        assert_eq!(short, nodes(&pairs)[..18]);
        let mut long = vec![[7; 32]; 30];
        tagged_nodes_with(engine, 1, &pairs, &mut long);
        assert_eq!(long[..20], tagged_nodes(1, &pairs));
        assert!(long[20..].iter().all(|digest| *digest == [7; 32]), "{engine:?}");
        let messages: Vec<[&[u8]; 1]> = pairs.iter().map(|pair| [&pair[..]]).collect();
        let mut long = vec![[7; 32]; 30];
        digest_parts_many_with(engine, &messages, &mut long);
        assert_eq!(long[..20], nodes(&pairs), "{engine:?}");
        assert!(long[20..].iter().all(|digest| *digest == [7; 32]), "{engine:?}");
        digest_parts_many_with(engine, &messages, &mut long[..3]);
    }
}

#[test]
fn a_level_of_a_tree_is_pairs_without_copying() {
    let level: Vec<[u8; 32]> = (0..8).map(|seed| bytes(32, seed).try_into().unwrap()).collect();
    let (pairs, odd) = level.as_flattened().as_chunks::<64>();
    assert!(odd.is_empty());
    assert_eq!(nodes(pairs)[3], reference(&[level[6], level[7]].concat()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(target_arch = "x86_64") { 256 } else { 16 }))]

    #[test]
    fn random_messages_agree_with_rustcrypto_on_every_engine(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..60),
    ) {
        let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let expected: Vec<[u8; 32]> = slices.iter().map(|message| reference(message)).collect();
        prop_assert_eq!(&digest_many(&slices), &expected);
        for engine in Engine::available() {
            prop_assert_eq!(&many(engine, &slices), &expected);
        }
        let halves: Vec<[&[u8]; 2]> = slices.iter().map(|message| message.split_at(message.len() / 2).into()).collect();
        prop_assert_eq!(&digest_parts_many(&halves), &expected);
    }
}
