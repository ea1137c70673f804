//! The log's proofs against the plain recursion of RFC 9162 and the vectors of the certificate-transparency project.

use proptest::prelude::*;
use yinglian_protocol::log::{
    ConsistencyProof, Frontier, InclusionProof, LogProofError, empty_root, leaf_hash, node_hash,
    root,
};
use yinglian_protocol::{Hash, Suite, codec};

const SUITES: [Suite; 2] = [Suite::National, Suite::International];

/// MTH of RFC 9162 section 2.1.1 over leaf hashes.
fn tree_hash(suite: Suite, leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(suite),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(suite, &tree_hash(suite, left), &tree_hash(suite, right))
        }
    }
}

/// Largest power of two below `n`.
fn split(n: usize) -> usize {
    let mut width = 1;
    while width * 2 < n {
        width *= 2;
    }
    width
}

/// PATH of RFC 9162 section 2.1.3.1.
fn path(suite: Suite, index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let width = split(leaves.len());
    let (left, right) = leaves.split_at(width);
    let (mut path, sibling) = if index < width {
        (path(suite, index, left), right)
    } else {
        (path(suite, index - width, right), left)
    };
    path.push(tree_hash(suite, sibling));
    path
}

/// SUBPROOF of RFC 9162 section 2.1.4.1.
fn subproof(suite: Suite, old: usize, leaves: &[Hash], is_old_tree: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_old_tree { Vec::new() } else { vec![tree_hash(suite, leaves)] };
    }
    let width = split(leaves.len());
    let (left, right) = leaves.split_at(width);
    let (mut proof, other) = if old <= width {
        (subproof(suite, old, left, is_old_tree), right)
    } else {
        (subproof(suite, old - width, right, false), left)
    };
    proof.push(tree_hash(suite, other));
    proof
}

fn leaves(suite: Suite, count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(suite, &number.to_be_bytes())).collect()
}

fn inclusion(suite: Suite, index: usize, leaves: &[Hash]) -> InclusionProof {
    let path = path(suite, index, leaves);
    InclusionProof { size: leaves.len() as u64, index: index as u64, path }
}

fn consistency(suite: Suite, old: usize, leaves: &[Hash]) -> ConsistencyProof {
    let path = if old == 0 { Vec::new() } else { subproof(suite, old, leaves, true) };
    ConsistencyProof { old_size: old as u64, new_size: leaves.len() as u64, path }
}

fn hash(text: &str) -> Hash {
    text.parse().unwrap()
}

/// Every way to flip one bit of a hash.
fn flips(hash: Hash) -> impl Iterator<Item = Hash> {
    (0..256).map(move |bit| {
        let mut flipped = hash;
        flipped.0[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

const CT_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const N01: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const N23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const N47: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const L4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const N67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const N45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

fn ct_leaves() -> Vec<Hash> {
    let leaf = |text: &&str| leaf_hash(Suite::International, &hex::decode(text).unwrap());
    CT_LEAVES.iter().map(leaf).collect()
}

#[test]
fn roots_of_the_certificate_transparency_tree_are_reproduced() {
    let leaves = ct_leaves();
    for (size, expected) in CT_ROOTS.iter().enumerate() {
        assert_eq!(root(Suite::International, leaves[..size].iter().copied()), hash(expected));
    }
}

#[test]
fn inclusion_proofs_of_the_certificate_transparency_tree_verify() {
    // (index, size, path), from its merkle_tree_test.
    let vectors: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (0, 8, &[N01, N23, N47]),
        (5, 8, &[L4, N67, CT_ROOTS[4]]),
        (2, 3, &[CT_ROOTS[2]]),
        (1, 5, &[CT_ROOTS[1], N23, L4]),
    ];
    let leaves = ct_leaves();
    for (index, size, path) in vectors {
        let path = path.iter().map(|text| hash(text)).collect();
        let proof = InclusionProof { size, index, path };
        let root = hash(CT_ROOTS[size as usize]);
        proof.verify(Suite::International, &leaves[index as usize], &root).unwrap();
        assert_eq!(
            proof,
            inclusion(Suite::International, index as usize, &leaves[..size as usize])
        );
    }
}

#[test]
fn consistency_proofs_of_the_certificate_transparency_tree_verify() {
    let vectors: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (1, 8, &[N01, N23, N47]),
        (6, 8, &[N45, N67, CT_ROOTS[4]]),
        (2, 5, &[N23, L4]),
    ];
    for (old, new, path) in vectors {
        let path = path.iter().map(|text| hash(text)).collect();
        let proof = ConsistencyProof { old_size: old as u64, new_size: new as u64, path };
        proof.verify(Suite::International, &hash(CT_ROOTS[old]), &hash(CT_ROOTS[new])).unwrap();
    }
}

#[test]
fn every_leaf_of_every_small_log_is_proven() {
    for suite in SUITES {
        for size in 1..=40 {
            let leaves = leaves(suite, size);
            let root = tree_hash(suite, &leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                inclusion(suite, index, &leaves).verify(suite, leaf, &root).unwrap();
            }
        }
    }
}

#[test]
fn every_small_log_is_proven_to_begin_with_each_smaller_one() {
    for suite in SUITES {
        for size in 0..=40 {
            let leaves = leaves(suite, size);
            let root = tree_hash(suite, &leaves);
            for old in 0..=size {
                let old_root = tree_hash(suite, &leaves[..old]);
                consistency(suite, old, &leaves).verify(suite, &old_root, &root).unwrap();
            }
        }
    }
}

#[test]
fn an_inclusion_proof_with_any_bit_flipped_is_refused() {
    let suite = Suite::National;
    for size in [1, 2, 5, 8, 13] {
        let leaves = leaves(suite, size);
        let root = tree_hash(suite, &leaves);
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = inclusion(suite, index, &leaves);
            for flipped in flips(*leaf) {
                assert_eq!(proof.verify(suite, &flipped, &root), Err(LogProofError::Root));
            }
            for flipped in flips(root) {
                assert_eq!(proof.verify(suite, leaf, &flipped), Err(LogProofError::Root));
            }
            for node in 0..proof.path.len() {
                for flipped in flips(proof.path[node]) {
                    let mut proof = proof.clone();
                    proof.path[node] = flipped;
                    assert_eq!(proof.verify(suite, leaf, &root), Err(LogProofError::Root));
                }
            }
            for bit in 0..64 {
                let proof = InclusionProof { index: proof.index ^ (1 << bit), ..proof.clone() };
                assert!(proof.verify(suite, leaf, &root).is_err());
            }
        }
    }
}

#[test]
fn a_consistency_proof_with_any_bit_flipped_is_refused() {
    let suite = Suite::National;
    let leaves = leaves(suite, 13);
    let root = tree_hash(suite, &leaves);
    for old in 1..13 {
        let old_root = tree_hash(suite, &leaves[..old]);
        let proof = consistency(suite, old, &leaves);
        for flipped in flips(old_root) {
            assert!(proof.verify(suite, &flipped, &root).is_err());
        }
        for flipped in flips(root) {
            assert!(proof.verify(suite, &old_root, &flipped).is_err());
        }
        for node in 0..proof.path.len() {
            for flipped in flips(proof.path[node]) {
                let mut proof = proof.clone();
                proof.path[node] = flipped;
                assert!(proof.verify(suite, &old_root, &root).is_err());
            }
        }
    }
}

#[test]
fn a_path_with_a_node_more_or_less_is_refused() {
    let suite = Suite::National;
    for size in 2..=17 {
        let leaves = leaves(suite, size);
        let root = tree_hash(suite, &leaves);
        for (index, leaf) in leaves.iter().enumerate() {
            let mut proof = inclusion(suite, index, &leaves);
            proof.path.push(Hash::ZERO);
            assert_eq!(proof.verify(suite, leaf, &root), Err(LogProofError::PathLength));
            proof.path.truncate(proof.path.len() - 2);
            assert_eq!(proof.verify(suite, leaf, &root), Err(LogProofError::PathLength));
        }
        for old in 1..size {
            let old_root = tree_hash(suite, &leaves[..old]);
            let mut proof = consistency(suite, old, &leaves);
            proof.path.push(Hash::ZERO);
            let refused = proof.verify(suite, &old_root, &root);
            assert_eq!(refused, Err(LogProofError::PathLength));
            proof.path.truncate(proof.path.len() - 2);
            assert!(proof.verify(suite, &old_root, &root).is_err());
        }
    }
}

#[test]
fn a_path_of_a_smaller_log_is_refused_for_a_larger_size() {
    let suite = Suite::National;
    let leaves = leaves(suite, 4);
    let (old_root, root) = (tree_hash(suite, &leaves[..2]), tree_hash(suite, &leaves));
    let proof = ConsistencyProof { new_size: 8, ..consistency(suite, 2, &leaves) };
    assert_eq!(proof.verify(suite, &old_root, &root), Err(LogProofError::PathLength));
    let proof = InclusionProof { size: 8, ..inclusion(suite, 1, &leaves) };
    assert_eq!(proof.verify(suite, &leaves[1], &root), Err(LogProofError::PathLength));
}

#[test]
fn a_leaf_outside_the_log_is_refused_before_anything_is_hashed() {
    for (size, index) in [(0, 0), (5, 5), (5, u64::MAX)] {
        let proof = InclusionProof { size, index, path: Vec::new() };
        let refused = proof.verify(Suite::National, &Hash::ZERO, &Hash::ZERO);
        assert_eq!(refused, Err(LogProofError::Index { index, size }));
    }
}

#[test]
fn trivial_consistency_needs_an_empty_path_and_the_right_roots() {
    let suite = Suite::International;
    let root = tree_hash(suite, &leaves(suite, 3));
    let proof = |old_size, new_size, path| ConsistencyProof { old_size, new_size, path };
    assert_eq!(proof(0, 3, vec![]).verify(suite, &empty_root(suite), &root), Ok(()));
    assert_eq!(proof(3, 3, vec![]).verify(suite, &root, &root), Ok(()));
    let refused = proof(0, 3, vec![]).verify(suite, &Hash::ZERO, &root);
    assert_eq!(refused, Err(LogProofError::OldRoot));
    let refused = proof(3, 3, vec![]).verify(suite, &root, &empty_root(suite));
    assert_eq!(refused, Err(LogProofError::Root));
    let refused = proof(0, 3, vec![root]).verify(suite, &empty_root(suite), &root);
    assert_eq!(refused, Err(LogProofError::PathLength));
    let refused = proof(4, 3, vec![]).verify(suite, &root, &root);
    assert_eq!(refused, Err(LogProofError::Sizes { old_size: 4, new_size: 3 }));
}

#[test]
fn paths_beyond_the_limit_are_refused_by_every_decoder() {
    let long = InclusionProof { size: 9, index: 1, path: vec![Hash::ZERO; 65] };
    assert!(codec::decode_strict::<InclusionProof>(&codec::encode(&long), 1 << 20).is_err());
    let text = serde_json::to_string(&long).unwrap();
    assert!(serde_json::from_str::<InclusionProof>(&text).is_err());
    let refused = long.verify(Suite::National, &Hash::ZERO, &Hash::ZERO);
    assert_eq!(refused, Err(LogProofError::PathLength));
    let long = ConsistencyProof { old_size: 1, new_size: 9, path: vec![Hash::ZERO; 65] };
    assert!(codec::decode_strict::<ConsistencyProof>(&codec::encode(&long), 1 << 20).is_err());
    let refused = long.verify(Suite::National, &Hash::ZERO, &Hash::ZERO);
    assert_eq!(refused, Err(LogProofError::PathLength));
    let longest = InclusionProof { size: 9, index: 1, path: vec![Hash::ZERO; 64] };
    assert_eq!(codec::decode_strict(&codec::encode(&longest), 1 << 20), Ok(longest));
}

#[test]
fn peaks_that_do_not_fit_their_size_are_refused() {
    assert!(Frontier::from_peaks(5, vec![Hash::ZERO]).is_none());
    let bytes = codec::encode(&(5_u64, vec![Hash::ZERO; 3]));
    assert!(codec::decode_strict::<Frontier>(&bytes, 1024).is_err());
}

proptest! {
    #[test]
    fn a_log_grown_from_its_peaks_has_the_roots_of_the_recursion(sizes in prop::collection::vec(0_usize..70, 1..6)) {
        let suite = Suite::National;
        let all = leaves(suite, sizes.iter().sum());
        let mut frontier = Frontier::new();
        let mut size = 0;
        for more in sizes {
            for leaf in &all[size..size + more] {
                frontier.append(suite, *leaf);
            }
            size += more;
            // Peaks alone carry the log across a restart.
            frontier = codec::decode_strict(&codec::encode(&frontier), 1 << 20).unwrap();
            prop_assert_eq!(frontier.size(), size as u64);
            prop_assert_eq!(frontier.root(suite), tree_hash(suite, &all[..size]));
        }
    }

    #[test]
    fn random_bytes_never_panic_the_decoders(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = codec::decode_strict::<InclusionProof>(&bytes, 1 << 20) {
            let _ = proof.verify(Suite::National, &Hash::ZERO, &Hash::ZERO);
        }
        if let Ok(proof) = codec::decode_strict::<ConsistencyProof>(&bytes, 1 << 20) {
            let _ = proof.verify(Suite::National, &Hash::ZERO, &Hash::ZERO);
        }
    }

    #[test]
    fn random_proofs_are_refused_without_panic(
        size in any::<u64>(), index in any::<u64>(), nodes in prop::collection::vec(any::<[u8; 32]>(), 0..66)
    ) {
        let path: Vec<Hash> = nodes.into_iter().map(Hash).collect();
        let root = Hash([7; 32]);
        let proof = InclusionProof { size, index, path: path.clone() };
        prop_assert!(proof.verify(Suite::National, &Hash::ZERO, &root).is_err());
        let proof = ConsistencyProof { old_size: index, new_size: size, path };
        prop_assert!(proof.verify(Suite::National, &Hash::ZERO, &root).is_err());
    }
}
