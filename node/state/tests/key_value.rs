//! Overlays against a plain map, and the two spaces of envelope ids.

use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_protocol::{EnvelopeId, Hash, LogPosition};
use yinglian_state::{ChangeSet, Entry, KeyValue, MemoryState, Overlay, Space, window};

const SPACE: Space = Space::Window;

fn changes(list: &[(u8, Option<u8>)]) -> ChangeSet {
    let mut changes = ChangeSet::new();
    for (key, value) in list {
        match value {
            Some(value) => changes.put(SPACE, vec![*key], vec![*value]),
            None => changes.delete(SPACE, vec![*key]),
        }
    }
    changes
}

fn id(number: u64) -> EnvelopeId {
    let mut hash = Hash::ZERO;
    hash.0[..8].copy_from_slice(&number.to_be_bytes());
    EnvelopeId(hash)
}

#[test]
fn spaces_do_not_mix() {
    let mut changes = ChangeSet::new();
    changes.put(Space::LogTiles, vec![1], vec![2]);
    let mut state = MemoryState::new();
    state.apply(changes);
    assert_eq!(state.get(Space::LogTiles, &[1]).unwrap(), Some(vec![2]));
    assert_eq!(state.get(Space::RecordIndex, &[1]).unwrap(), None);
    assert!(state.scan(Space::RecordIndex, &[], &[], 10).unwrap().is_empty());
}

#[test]
fn a_range_that_ends_before_it_begins_is_empty() {
    let mut state = MemoryState::new();
    state.apply(changes(&[(1, Some(1)), (2, Some(2))]));
    assert!(state.scan(SPACE, &[2], &[1], 10).unwrap().is_empty());
    assert!(state.scan(SPACE, &[2], &[2], 10).unwrap().is_empty());
}

#[test]
fn an_id_is_known_until_the_sweep_of_a_later_block() {
    let mut state = MemoryState::new();
    let mut block = ChangeSet::new();
    for number in 0..10 {
        window::insert(&mut block, 1_000 + number, &id(number), LogPosition(number));
    }
    state.apply(block);
    assert_eq!(window::position(&state, 1_003, &id(3)).unwrap(), Some(LogPosition(3)));
    assert_eq!(window::position(&state, 1_004, &id(3)).unwrap(), None);
    let mut block = ChangeSet::new();
    assert_eq!(window::sweep(&state, 1_003, &mut block).unwrap(), 3);
    state.apply(block);
    // An envelope may enter a block of its last valid millisecond, so its id stays for that one.
    assert_eq!(window::position(&state, 1_003, &id(3)).unwrap(), Some(LogPosition(3)));
    assert_eq!(window::position(&state, 1_002, &id(2)).unwrap(), None);
    let mut block = ChangeSet::new();
    assert_eq!(window::sweep(&state, 2_000, &mut block).unwrap(), 7);
    state.apply(block);
    let mut block = ChangeSet::new();
    assert_eq!(window::sweep(&state, 2_000, &mut block).unwrap(), 0);
    assert!(block.is_empty());
    // Only the place where the next sweep begins is left.
    assert_eq!(state.scan(SPACE, &[], &[], 10).unwrap().len(), 1);
}

#[test]
fn a_long_halt_is_swept_over_several_blocks() {
    let mut state = MemoryState::new();
    let mut block = ChangeSet::new();
    let count = window::SWEEP_MAX as u64 + 10;
    for number in 0..count {
        window::insert(&mut block, 5, &id(number), LogPosition(number));
    }
    state.apply(block);
    for expected in [window::SWEEP_MAX, 10, 0] {
        let mut block = ChangeSet::new();
        assert_eq!(window::sweep(&state, 100, &mut block).unwrap(), expected);
        state.apply(block);
    }
    assert_eq!(state.scan(SPACE, &[], &[], 10).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn layers_read_like_the_map_they_amount_to(
        layers in prop::collection::vec(prop::collection::vec((0_u8..24, any::<Option<u8>>()), 0..40), 1..4),
        from in 0_u8..24, to in prop::option::of(0_u8..30), limit in 0_usize..12
    ) {
        let mut model = BTreeMap::new();
        for (key, value) in layers.iter().flatten() {
            match value {
                Some(value) => model.insert(vec![*key], vec![*value]),
                None => model.remove(&vec![*key]),
            };
        }
        let sets: Vec<ChangeSet> = layers.iter().map(|layer| changes(layer)).collect();
        let (first, rest) = sets.split_first().unwrap();
        let mut base = MemoryState::new();
        base.apply(first.clone());
        let above = rest.iter().cloned().reduce(|mut all, next| { all.extend(next); all }).unwrap_or_default();
        let overlay = Overlay::new(&base, &above);
        for key in 0..=u8::MAX {
            prop_assert_eq!(overlay.get(SPACE, &[key]).unwrap(), model.get(&vec![key]).cloned());
        }
        let in_range = |key: &[u8]| key[0] >= from && to.is_none_or(|to| key[0] < to);
        let expected: Vec<Entry> =
            model.into_iter().filter(|(key, _)| in_range(key)).take(limit).collect();
        let end = to.map_or(Vec::new(), |to| vec![to]);
        prop_assert_eq!(overlay.scan(SPACE, &[from], &end, limit).unwrap(), expected);
    }
}
