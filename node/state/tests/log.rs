//! Tiles against the peaks that sdk/protocol keeps, and proofs out of tiles against its verifiers.

use proptest::prelude::*;
use yinglian_protocol::log::{Frontier, leaf_hash, root};
use yinglian_protocol::{Hash, LogPosition, Suite};
use yinglian_state::{ChangeSet, KeyValue, LogState, MemoryState, Space, StateError, log};

const SUITE: Suite = Suite::National;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count as u64).map(|n| leaf_hash(SUITE, &n.to_le_bytes())).collect()
}

fn stored(leaves: &[Hash]) -> MemoryState {
    let mut state = MemoryState::new();
    let mut changes = ChangeSet::new();
    let mut log = LogState::load(&state, SUITE, 0).unwrap();
    log.append(&state, leaves, &mut changes).unwrap();
    state.apply(changes);
    state
}

fn root_of(leaves: &[Hash]) -> Hash {
    root(SUITE, leaves.iter().copied())
}

#[test]
fn every_leaf_of_every_size_is_proven_from_the_tiles_of_the_last_size() {
    let leaves = leaves(150);
    let state = stored(&leaves);
    for size in 1..=leaves.len() {
        let root = root_of(&leaves[..size]);
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let proof = log::inclusion(&state, SUITE, size as u64, index as u64).unwrap();
            assert_eq!((proof.size, proof.index), (size as u64, index as u64));
            proof.verify(SUITE, leaf, &root).unwrap();
        }
    }
}

#[test]
fn every_size_is_proven_to_extend_each_smaller_one() {
    let leaves = leaves(70);
    let state = stored(&leaves);
    let roots: Vec<Hash> = (0..=leaves.len()).map(|size| root_of(&leaves[..size])).collect();
    for new in 0..=leaves.len() {
        for old in 0..=new {
            let proof = log::consistency(&state, SUITE, old as u64, new as u64).unwrap();
            proof.verify(SUITE, &roots[old], &roots[new]).unwrap();
        }
    }
}

#[test]
fn proofs_cross_the_levels_of_tiles() {
    let leaves = leaves(5_000);
    let state = stored(&leaves);
    for size in [16, 17, 256, 257, 4_095, 4_096, 4_097, 5_000] {
        let root = root_of(&leaves[..size]);
        for index in [0, 15, size / 2, size - 1] {
            let proof = log::inclusion(&state, SUITE, size as u64, index as u64).unwrap();
            proof.verify(SUITE, &leaves[index], &root).unwrap();
            let old = root_of(&leaves[..=index]);
            let proof = log::consistency(&state, SUITE, index as u64 + 1, size as u64).unwrap();
            proof.verify(SUITE, &old, &root).unwrap();
        }
    }
}

#[test]
fn leaves_can_be_read_back() {
    let leaves = leaves(40);
    let state = stored(&leaves);
    for (index, leaf) in leaves.iter().enumerate() {
        assert_eq!(log::leaf(&state, LogPosition(index as u64)).unwrap(), Some(*leaf));
    }
    assert_eq!(log::leaf(&state, LogPosition(40)).unwrap(), None);
    assert_eq!(log::leaf(&state, LogPosition(u64::MAX)).unwrap(), None);
}

#[test]
fn a_proof_outside_the_log_is_an_error() {
    let state = stored(&leaves(20));
    let outside = |error| matches!(error, StateError::OutOfRange { .. });
    assert!(outside(log::inclusion(&state, SUITE, 20, 20).unwrap_err()));
    assert!(outside(log::consistency(&state, SUITE, 21, 20).unwrap_err()));
    let corrupt = |error| matches!(error, StateError::Corrupt { .. });
    assert!(corrupt(log::inclusion(&state, SUITE, 21, 0).unwrap_err()));
    assert!(corrupt(log::inclusion(&state, SUITE, u64::MAX, 0).unwrap_err()));
    assert!(corrupt(LogState::load(&state, SUITE, 1 << 40).unwrap_err()));
}

#[test]
fn a_damaged_tile_is_an_error_and_not_a_wrong_root() {
    let mut state = stored(&leaves(20));
    let key = [&[0][..], &1_u64.to_be_bytes()].concat();
    let tile = state.get(Space::LogTiles, &key).unwrap().unwrap();
    assert_eq!(tile.len(), 4 * 32);
    for damaged in [tile[..127].to_vec(), tile[..96].to_vec(), vec![0; 17 * 32]] {
        let mut changes = ChangeSet::new();
        changes.put(Space::LogTiles, key.clone(), damaged);
        state.apply(changes);
        assert!(matches!(LogState::load(&state, SUITE, 20), Err(StateError::Corrupt { .. })));
        let mut log = LogState::load(&state, SUITE, 16).unwrap();
        log.append(&state, &leaves(1), &mut ChangeSet::new()).unwrap();
    }
}

#[test]
fn an_append_to_a_tile_that_lost_hashes_is_an_error() {
    let mut state = stored(&leaves(20));
    let mut log = LogState::load(&state, SUITE, 20).unwrap();
    let mut changes = ChangeSet::new();
    changes.put(Space::LogTiles, [&[0][..], &1_u64.to_be_bytes()].concat(), vec![7; 3 * 32]);
    state.apply(changes);
    let refused = log.append(&state, &leaves(1), &mut ChangeSet::new());
    assert!(matches!(refused, Err(StateError::Corrupt { .. })));
}

#[test]
fn a_log_continues_from_an_earlier_size_than_the_tiles_reach() {
    let mut all = leaves(20);
    let mut state = stored(&all);
    let mut log = LogState::load(&state, SUITE, 18).unwrap();
    assert_eq!(log.root(), root_of(&all[..18]));
    let other = [leaf_hash(SUITE, b"another"); 100];
    let mut changes = ChangeSet::new();
    log.append(&state, &other, &mut changes).unwrap();
    state.apply(changes);
    all.truncate(18);
    all.extend(other);
    assert_eq!(log.root(), root_of(&all));
    assert_eq!(LogState::load(&state, SUITE, 118).unwrap(), log);
}

#[test]
fn a_leaf_costs_little_more_than_its_own_hash_on_disk() {
    let mut changes = ChangeSet::new();
    let state = MemoryState::new();
    let mut log = LogState::load(&state, SUITE, 0).unwrap();
    log.append(&state, &leaves(10_000), &mut changes).unwrap();
    let bytes: usize = changes.iter().map(|(_, key, value)| key.len() + value.unwrap().len()).sum();
    assert!(bytes < 10_000 * 36, "{bytes} bytes");
}

proptest! {
    #[test]
    fn tiles_and_peaks_agree_after_every_batch(batches in prop::collection::vec(0_usize..200, 1..12)) {
        let all = leaves(batches.iter().sum());
        let mut state = MemoryState::new();
        let mut frontier = Frontier::new();
        let mut log = LogState::load(&state, SUITE, 0).unwrap();
        let mut size = 0;
        for batch in batches {
            let added = &all[size..size + batch];
            size += batch;
            let mut changes = ChangeSet::new();
            log.append(&state, added, &mut changes).unwrap();
            state.apply(changes);
            added.iter().for_each(|leaf| frontier.append(SUITE, *leaf));
            prop_assert_eq!(log.frontier(), &frontier);
            prop_assert_eq!(log.root(), frontier.root(SUITE));
            // What a restart reads from the tiles is the same.
            prop_assert_eq!(&LogState::load(&state, SUITE, size as u64).unwrap(), &log);
        }
    }

    #[test]
    fn appends_to_one_change_set_build_on_each_other(first in 0_usize..100, second in 0_usize..100) {
        let all = leaves(first + second);
        let mut state = MemoryState::new();
        let mut changes = ChangeSet::new();
        let mut log = LogState::load(&state, SUITE, 0).unwrap();
        log.append(&state, &all[..first], &mut changes).unwrap();
        log.append(&state, &all[first..], &mut changes).unwrap();
        state.apply(changes);
        prop_assert_eq!(log.root(), root_of(&all));
        prop_assert_eq!(LogState::load(&state, SUITE, all.len() as u64).unwrap(), log);
    }
}
