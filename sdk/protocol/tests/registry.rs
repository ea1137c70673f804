//! The registry tree's roots and proofs against the definition, taken literally over a map.

use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_protocol::registry::{
    EMPTY_ROOT, RegistryProof, RegistryProofError, RegistryTree, Terminal, bit, key_hash,
    root_from_entries,
};
use yinglian_protocol::{Hash, Suite, codec};

const SUITES: [Suite; 2] = [Suite::National, Suite::International];

type Entries = BTreeMap<Hash, Hash>;

/// The definition: no entry is zeros, one entry is its leaf, more are split by the next bit.
fn defined_root(suite: Suite, entries: &[(Hash, Hash)], depth: usize) -> Hash {
    match entries {
        [] => Hash::ZERO,
        [(key, value)] => suite.hash(&[&[0], key.as_bytes(), value.as_bytes()]),
        _ => {
            let (right, left): (Vec<_>, Vec<_>) =
                entries.iter().partition(|(key, _)| bit(key, depth));
            let left = defined_root(suite, &left, depth + 1);
            let right = defined_root(suite, &right, depth + 1);
            suite.hash(&[&[1], left.as_bytes(), right.as_bytes()])
        }
    }
}

fn list(entries: &Entries) -> Vec<(Hash, Hash)> {
    entries.iter().map(|(key, value)| (*key, *value)).collect()
}

/// A proof by the definition.
fn defined_proof(suite: Suite, entries: &Entries, wanted: &Hash) -> RegistryProof {
    let mut part = list(entries);
    let mut siblings = Vec::new();
    while part.len() > 1 {
        let depth = siblings.len();
        let (own, other): (Vec<_>, Vec<_>) =
            part.into_iter().partition(|(key, _)| bit(key, depth) == bit(wanted, depth));
        siblings.push(defined_root(suite, &other, depth + 1));
        part = own;
    }
    siblings.reverse();
    let terminal = match part.first() {
        None => Terminal::Empty,
        Some((key_hash, value_hash)) => {
            Terminal::Leaf { key_hash: *key_hash, value_hash: *value_hash }
        }
    };
    RegistryProof { siblings, terminal }
}

fn entries(suite: Suite, count: u32) -> Entries {
    (0..count)
        .map(|n| (key_hash(suite, &n.to_be_bytes()), suite.hash(&[&n.to_le_bytes()])))
        .collect()
}

fn flips(hash: Hash) -> impl Iterator<Item = Hash> {
    (0..256).map(move |bit| {
        let mut flipped = hash;
        flipped.0[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn the_most_significant_bit_comes_first() {
    let mut hash = Hash::ZERO;
    hash.0[0] = 0b1000_0001;
    hash.0[31] = 1;
    let set: Vec<usize> = (0..300).filter(|depth| bit(&hash, *depth)).collect();
    assert_eq!(set, [0, 7, 255]);
}

#[test]
fn an_empty_tree_is_zeros_and_one_entry_is_its_leaf() {
    for suite in SUITES {
        assert_eq!(root_from_entries(suite, []), EMPTY_ROOT);
        assert_eq!(EMPTY_ROOT.0, [0; 32]);
        let one = entries(suite, 1);
        let leaf = defined_root(suite, &list(&one), 0);
        assert_eq!(root_from_entries(suite, one), leaf);
    }
}

#[test]
fn presence_and_absence_of_every_key_are_proven() {
    for suite in SUITES {
        for count in [0, 1, 2, 3, 50] {
            let held = entries(suite, count);
            let root = defined_root(suite, &list(&held), 0);
            for n in 0..2 * count + 1 {
                let key = n.to_be_bytes();
                let hash = key_hash(suite, &key);
                let proof = defined_proof(suite, &held, &hash);
                proof.verify(suite, &root, &key, held.get(&hash)).unwrap();
            }
        }
    }
}

#[test]
fn a_proof_says_one_thing_only() {
    let suite = Suite::National;
    let held = entries(suite, 20);
    let root = defined_root(suite, &list(&held), 0);
    let present = 3_u32.to_be_bytes();
    let proof = defined_proof(suite, &held, &key_hash(suite, &present));
    let verify = |value| proof.verify(suite, &root, &present, value);
    assert_eq!(verify(None), Err(RegistryProofError::Present));
    assert_eq!(verify(Some(&Hash::ZERO)), Err(RegistryProofError::Value));
    let absent = 99_u32.to_be_bytes();
    let proof = defined_proof(suite, &held, &key_hash(suite, &absent));
    let refused = proof.verify(suite, &root, &absent, Some(&Hash::ZERO));
    assert_eq!(refused, Err(RegistryProofError::Absent));
}

#[test]
fn a_proof_of_one_key_proves_nothing_of_another() {
    let suite = Suite::National;
    let held = entries(suite, 20);
    let root = defined_root(suite, &list(&held), 0);
    for n in 0..20_u32 {
        let proof = defined_proof(suite, &held, &key_hash(suite, &n.to_be_bytes()));
        for other in (0..40_u32).filter(|other| *other != n) {
            let key = other.to_be_bytes();
            let hash = key_hash(suite, &key);
            if proof == defined_proof(suite, &held, &hash) {
                // The other key is absent, and this entry stands where it would be.
                assert!(!held.contains_key(&hash));
                continue;
            }
            assert!(proof.verify(suite, &root, &key, held.get(&hash)).is_err());
            assert!(proof.verify(suite, &root, &key, None).is_err());
        }
    }
}

#[test]
fn a_proof_with_any_bit_flipped_is_refused() {
    let suite = Suite::National;
    let held = entries(suite, 12);
    let root = defined_root(suite, &list(&held), 0);
    for n in 0..24_u32 {
        let key = n.to_be_bytes();
        let hash = key_hash(suite, &key);
        let value = held.get(&hash);
        let proof = defined_proof(suite, &held, &hash);
        for flipped in flips(root) {
            let refused = proof.verify(suite, &flipped, &key, value);
            assert_eq!(refused, Err(RegistryProofError::Root));
        }
        for sibling in 0..proof.siblings.len() {
            for flipped in flips(proof.siblings[sibling]) {
                let mut proof = proof.clone();
                proof.siblings[sibling] = flipped;
                assert!(proof.verify(suite, &root, &key, value).is_err());
            }
        }
        if let Terminal::Leaf { key_hash, value_hash } = proof.terminal {
            for key_hash in flips(key_hash) {
                let terminal = Terminal::Leaf { key_hash, value_hash };
                let proof = RegistryProof { terminal, ..proof.clone() };
                assert!(proof.verify(suite, &root, &key, value).is_err());
            }
            for value_hash in flips(value_hash) {
                let terminal = Terminal::Leaf { key_hash, value_hash };
                let proof = RegistryProof { terminal, ..proof.clone() };
                assert!(proof.verify(suite, &root, &key, value).is_err());
            }
            let proof = RegistryProof { terminal: Terminal::Empty, ..proof.clone() };
            assert!(proof.verify(suite, &root, &key, value).is_err());
            assert!(proof.verify(suite, &root, &key, None).is_err());
        }
    }
}

#[test]
fn an_entry_off_the_way_of_the_key_proves_no_absence() {
    let suite = Suite::National;
    let held = entries(suite, 20);
    let root = defined_root(suite, &list(&held), 0);
    let present = 3_u32.to_be_bytes();
    let wanted = key_hash(suite, &present);
    // A true path to another entry, offered as proof that this key is absent.
    let other = *held.keys().find(|key| bit(key, 0) != bit(&wanted, 0)).unwrap();
    let proof = defined_proof(suite, &held, &other);
    let refused = proof.verify(suite, &root, &present, None);
    assert_eq!(refused, Err(RegistryProofError::Terminal));
}

#[test]
fn proofs_with_more_siblings_than_bits_are_refused_by_every_decoder() {
    let long = RegistryProof { siblings: vec![Hash::ZERO; 257], terminal: Terminal::Empty };
    assert!(codec::decode_strict::<RegistryProof>(&codec::encode(&long), 1 << 20).is_err());
    let text = serde_json::to_string(&long).unwrap();
    assert!(serde_json::from_str::<RegistryProof>(&text).is_err());
    let refused = long.verify(Suite::National, &Hash::ZERO, b"key", None);
    assert_eq!(refused, Err(RegistryProofError::PathLength));
    let longest = RegistryProof { siblings: vec![Hash::ZERO; 256], terminal: Terminal::Empty };
    assert_eq!(codec::decode_strict(&codec::encode(&longest), 1 << 20), Ok(longest));
}

#[test]
fn keys_that_share_all_but_the_last_bit_stand_side_by_side() {
    let suite = Suite::International;
    let (mut low, mut high) = (Hash([0xaa; 32]), Hash([0xaa; 32]));
    low.0[31] = 0xaa;
    high.0[31] = 0xab;
    let held = Entries::from([(low, Hash([1; 32])), (high, Hash([2; 32]))]);
    let proof = defined_proof(suite, &held, &low);
    assert_eq!(proof.siblings.len(), 256);
    let (found, root) = proof.resolve(suite, &low).unwrap();
    assert_eq!(found, Some(Hash([1; 32])));
    assert_eq!(root, root_from_entries(suite, held));
}

/// Hashes with few random bits, so that long common prefixes occur.
fn near_hash() -> impl Strategy<Value = Hash> {
    (0_u8..4, 0_u8..4, 0_u8..4).prop_map(|(first, middle, last)| {
        let mut hash = Hash::ZERO;
        hash.0[0] = first << 6;
        hash.0[15] = middle;
        hash.0[31] = last;
        hash
    })
}

proptest! {
    #[test]
    fn a_tree_kept_in_memory_has_the_root_of_the_definition_after_every_batch(
        batches in prop::collection::vec(
            prop::collection::vec((near_hash(), any::<[u8; 32]>()), 0..20), 1..8)
    ) {
        let suite = Suite::International;
        let mut tree = RegistryTree::new(suite);
        let mut model = Entries::new();
        for batch in batches {
            for (key, value) in batch {
                tree.put(key, Hash(value));
                model.insert(key, Hash(value));
            }
            prop_assert_eq!(tree.entries(), model.len() as u64);
            prop_assert_eq!(tree.root(), defined_root(suite, &list(&model), 0));
            prop_assert_eq!(root_from_entries(suite, list(&model)), defined_root(suite, &list(&model), 0));
            for (key, value) in &model {
                prop_assert_eq!(tree.get(key), Some(*value));
            }
            prop_assert_eq!(tree.get(&Hash([0xee; 32])), None);
        }
    }

    #[test]
    fn random_bytes_never_panic_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = codec::decode_strict::<RegistryProof>(&bytes, 1 << 20) {
            let _ = proof.verify(Suite::National, &Hash::ZERO, b"key", None);
        }
    }
}
