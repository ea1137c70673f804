//! The hash functions against the vectors of their standards, and the tag against its definition.
use proptest::prelude::*;
use yinglian_crypto::{Hash, HexError, Suite};

fn hash_text(suite: Suite, message: &[u8]) -> String {
    suite.hash(&[message]).to_string()
}

/// GB/T 32905-2016, A.1 and A.2.
#[test]
fn sm3_gives_the_digests_of_the_standard() {
    assert_eq!(
        hash_text(Suite::National, b"abc"),
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    );
    assert_eq!(
        hash_text(Suite::National, &b"abcd".repeat(16)),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    );
}

/// FIPS 180-4; the examples NIST publishes for SHA-256.
#[test]
fn sha_256_gives_the_digests_of_the_standard() {
    assert_eq!(
        hash_text(Suite::International, b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        hash_text(
            Suite::International,
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        ),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
    assert_eq!(
        hash_text(Suite::International, b""),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn a_tagged_hash_is_the_hash_of_length_tag_and_parts() {
    for suite in Suite::ALL {
        let tagged = suite.tagged_hash("yinglian/test", &[b"one", b"two"]);
        assert_eq!(tagged, suite.hash(&[b"\x0dyinglian/testonetwo"]));
        assert_ne!(tagged, suite.tagged_hash("yinglian/tes", &[b"tone", b"two"]));
    }
}

#[test]
fn a_hash_is_read_only_from_the_text_it_prints() {
    let hash = Suite::National.hash(&[b"abc"]);
    let text = hash.to_string();
    assert_eq!(text.parse(), Ok(hash));
    assert_eq!(text.to_uppercase().parse::<Hash>(), Err(HexError::Character { position: 2 }));
    assert_eq!(text[1..].parse::<Hash>(), Err(HexError::Length { expected: 64, found: 63 }));
    assert_eq!(
        format!("{text}0").parse::<Hash>(),
        Err(HexError::Length { expected: 64, found: 65 })
    );
    assert_eq!(
        format!("x{}", &text[1..]).parse::<Hash>(),
        Err(HexError::Character { position: 0 })
    );
    // 64 bytes, but not 64 digits.
    assert!("龙".repeat(21).parse::<Hash>().is_err());
}

proptest! {
    #[test]
    fn feeding_a_hash_in_pieces_changes_nothing(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..6)) {
        for suite in Suite::ALL {
            let whole: Vec<u8> = pieces.concat();
            let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let mut hasher = suite.hasher();
            slices.iter().for_each(|piece| hasher.update(piece));
            prop_assert_eq!(hasher.finalize(), suite.hash(&[&whole]));
            prop_assert_eq!(suite.hash(&slices), suite.hash(&[&whole]));
            prop_assert_eq!(suite.tagged_hash("t", &slices), suite.tagged_hash("t", &[&whole]));
        }
    }
}

#[test]
fn many_messages_hash_as_each_alone() {
    for suite in Suite::ALL {
        let bodies: Vec<Vec<u8>> = (0..70usize).map(|n| vec![n as u8; n * 7 % 200]).collect();
        let messages: Vec<[&[u8]; 2]> = bodies.iter().map(|body| [&b"part"[..], body]).collect();
        let alone: Vec<_> = messages.iter().map(|parts| suite.hash(parts)).collect();
        assert_eq!(suite.hash_many(&messages), alone);
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let tagged: Vec<_> = bodies.iter().map(|body| suite.tagged_hash("tag", &[body])).collect();
        assert_eq!(suite.tagged_hash_many("tag", &bodies), tagged);
    }
}

#[test]
fn pairs_of_a_level_hash_as_each_alone_and_a_last_one_without_neighbour_is_left_out() {
    for suite in Suite::ALL {
        let level: Vec<_> = (0..69u8).map(|n| suite.hash(&[&[n]])).collect();
        for length in [0, 1, 2, 3, 32, 33, 34, 69] {
            let pairs = level[..length].chunks_exact(2);
            let alone: Vec<_> =
                pairs.map(|pair| suite.hash(&[&[9], &pair[0].0, &pair[1].0])).collect();
            assert_eq!(suite.hash_pairs(9, &level[..length]), alone, "{length} hashes");
        }
    }
}
