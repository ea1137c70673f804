//! Pages against the tree in memory, and proofs out of pages against the verifier of sdk/protocol.

use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_protocol::registry::{
    EMPTY_ROOT, RegistryTree, Terminal, key_hash, root_from_entries,
};
use yinglian_protocol::{Hash, LogPosition, RegistryValue, Suite};
use yinglian_state::{ChangeSet, Entry, KeyValue, MemoryState, Space, StateError, registry};

const SUITE: Suite = Suite::International;

type Writes = BTreeMap<Vec<u8>, Vec<u8>>;

fn write(state: &mut MemoryState, root: &Hash, writes: &Writes) -> Hash {
    let mut changes = ChangeSet::new();
    let root = registry::update(state, SUITE, root, writes, &mut changes).unwrap();
    state.apply(changes);
    root
}

fn writes(keys: std::ops::Range<u32>, value: u8) -> Writes {
    keys.map(|n| (n.to_be_bytes().to_vec(), vec![value; 3])).collect()
}

fn value_hash(value: &[u8]) -> Hash {
    RegistryValue::hash_bytes(SUITE, value)
}

#[test]
fn presence_and_absence_are_proven_from_the_pages() {
    for count in [0, 1, 2, 17, 1_000] {
        let mut state = MemoryState::new();
        let held = writes(0..count, 7);
        let root = write(&mut state, &EMPTY_ROOT, &held);
        for n in (0..count).chain(5_000..5_100) {
            let key = n.to_be_bytes();
            let proof = registry::prove(&state, SUITE, &root, &key).unwrap();
            let value = held.get(&key[..]).map(|value| value_hash(value));
            proof.verify(SUITE, &root, &key, value.as_ref()).unwrap();
        }
    }
}

#[test]
fn absence_is_proven_both_by_nothing_and_by_a_neighbour() {
    let mut state = MemoryState::new();
    let root = write(&mut state, &EMPTY_ROOT, &writes(0..50, 1));
    let proofs =
        (100..200_u32).map(|n| registry::prove(&state, SUITE, &root, &n.to_be_bytes()).unwrap());
    let (empty, leaf): (Vec<_>, Vec<_>) =
        proofs.partition(|proof| proof.terminal == Terminal::Empty);
    assert!(!empty.is_empty() && !leaf.is_empty());
}

#[test]
fn pages_of_another_root_are_refused() {
    let mut state = MemoryState::new();
    let old = write(&mut state, &EMPTY_ROOT, &writes(0..50, 1));
    write(&mut state, &old, &writes(0..1, 2));
    let corrupt = |error| matches!(error, StateError::Corrupt { .. });
    let refused = registry::prove(&state, SUITE, &old, &0_u32.to_be_bytes());
    assert!(corrupt(refused.unwrap_err()));
    let refused = registry::update(&state, SUITE, &old, &writes(3..4, 3), &mut ChangeSet::new());
    assert!(corrupt(refused.unwrap_err()));
}

#[test]
fn a_damaged_page_is_an_error_and_never_a_panic() {
    let mut state = MemoryState::new();
    let root = write(&mut state, &EMPTY_ROOT, &writes(0..300, 1));
    let pages = state.scan(Space::RegistryPages, &[], &[], usize::MAX).unwrap();
    assert!(pages.len() > 10);
    for (key, bytes) in pages {
        let mut longer = bytes.clone();
        longer.push(0);
        let mut other_kind = bytes.clone();
        other_kind[0] ^= 0b11;
        for damaged in
            [vec![], bytes[..3].to_vec(), bytes[..bytes.len() - 1].to_vec(), longer, other_kind]
        {
            let mut state = state.clone();
            let mut changes = ChangeSet::new();
            changes.put(Space::RegistryPages, key.clone(), damaged);
            state.apply(changes);
            let refused =
                registry::update(&state, SUITE, &root, &writes(0..300, 2), &mut ChangeSet::new());
            assert!(matches!(refused, Err(StateError::Corrupt { .. })));
        }
        let mut state = state.clone();
        let mut changes = ChangeSet::new();
        changes.delete(Space::RegistryPages, key);
        state.apply(changes);
        let refused =
            registry::update(&state, SUITE, &root, &writes(0..300, 2), &mut ChangeSet::new());
        assert!(matches!(refused, Err(StateError::Corrupt { .. })));
    }
}

#[test]
fn keys_and_values_beyond_the_limits_are_refused() {
    let state = MemoryState::new();
    let update = |key: usize, value: usize| {
        let writes = Writes::from([(vec![1; key], vec![1; value])]);
        registry::update(&state, SUITE, &EMPTY_ROOT, &writes, &mut ChangeSet::new())
    };
    assert!(update(256, 64 * 1024).is_ok());
    assert!(matches!(update(257, 1), Err(StateError::TooLong { what: "key", .. })));
    assert!(matches!(update(1, 64 * 1024 + 1), Err(StateError::TooLong { what: "value", .. })));
}

#[test]
fn values_are_read_by_key() {
    let mut state = MemoryState::new();
    let value = RegistryValue {
        schema: 1,
        version: 2,
        written_at: Some(LogPosition(9)),
        previous_at: None,
        previous_hash: Hash::ZERO,
        body: vec![1, 2, 3],
    };
    let writes = Writes::from([(b"org/1".to_vec(), value.encode()), (b"broken".to_vec(), vec![1])]);
    write(&mut state, &EMPTY_ROOT, &writes);
    assert_eq!(registry::get(&state, b"org/1").unwrap(), Some(value));
    assert_eq!(registry::get(&state, b"org/2").unwrap(), None);
    assert!(matches!(registry::get(&state, b"broken"), Err(StateError::Corrupt { .. })));
}

#[test]
fn entries_come_in_order_and_give_the_root() {
    let mut state = MemoryState::new();
    let held = writes(0..2_500, 5);
    let root = write(&mut state, &EMPTY_ROOT, &held);
    let entries: Vec<Entry> = registry::entries(&state).map(Result::unwrap).collect();
    assert_eq!(entries, held.into_iter().collect::<Vec<_>>());
    let hashed = entries.iter().map(|(key, value)| (key_hash(SUITE, key), value_hash(value)));
    assert_eq!(root_from_entries(SUITE, hashed), root);
    assert_eq!(registry::root(&state, SUITE).unwrap(), root);
}

#[test]
fn a_failing_store_ends_the_entries_with_its_error() {
    struct Failing;
    impl KeyValue for Failing {
        fn get(&self, _: Space, _: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
            Err(StateError::Corrupt { what: "disk" })
        }
        fn scan(&self, _: Space, _: &[u8], _: &[u8], _: usize) -> Result<Vec<Entry>, StateError> {
            Err(StateError::Corrupt { what: "disk" })
        }
    }
    let read: Vec<_> = registry::entries(&Failing).collect();
    assert_eq!(read.len(), 1);
    assert!(read[0].is_err());
}

#[test]
fn one_write_replaces_only_the_pages_on_its_way() {
    let mut state = MemoryState::new();
    let root = write(&mut state, &EMPTY_ROOT, &writes(0..20_000, 1));
    let mut changes = ChangeSet::new();
    registry::update(&state, SUITE, &root, &writes(7..8, 2), &mut changes).unwrap();
    let pages = changes.iter().filter(|(space, _, _)| *space == Space::RegistryPages).count();
    assert!((3..=6).contains(&pages), "{pages} pages");
}

proptest! {
    #[test]
    fn pages_and_the_tree_in_memory_agree_after_every_block(
        blocks in prop::collection::vec(
            prop::collection::btree_map(0_u16..600, prop::collection::vec(any::<u8>(), 0..4), 0..120), 1..10)
    ) {
        let mut state = MemoryState::new();
        let mut tree = RegistryTree::new(SUITE);
        let mut root = EMPTY_ROOT;
        for block in blocks {
            let writes: Writes =
                block.into_iter().map(|(key, value)| (key.to_be_bytes().to_vec(), value)).collect();
            root = write(&mut state, &root, &writes);
            for (key, value) in &writes {
                tree.put(key_hash(SUITE, key), value_hash(value));
            }
            prop_assert_eq!(root, tree.root());
            for key in 0..20_u16 {
                let key = key.to_be_bytes();
                let proof = registry::prove(&state, SUITE, &root, &key).unwrap();
                let value = tree.get(&key_hash(SUITE, &key));
                prop_assert_eq!(proof.verify(SUITE, &root, &key, value.as_ref()), Ok(()));
            }
        }
    }

    #[test]
    fn updates_of_one_change_set_build_on_each_other(first in 0_u32..80, second in 0_u32..80) {
        let mut apart = MemoryState::new();
        let root = write(&mut apart, &EMPTY_ROOT, &writes(0..first, 1));
        let root = write(&mut apart, &root, &writes(40..40 + second, 2));
        let mut together = ChangeSet::new();
        let state = MemoryState::new();
        let step = registry::update(&state, SUITE, &EMPTY_ROOT, &writes(0..first, 1), &mut together).unwrap();
        let step = registry::update(&state, SUITE, &step, &writes(40..40 + second, 2), &mut together).unwrap();
        prop_assert_eq!(step, root);
        let mut state = MemoryState::new();
        state.apply(together);
        for space in Space::ALL {
            prop_assert_eq!(
                state.scan(space, &[], &[], usize::MAX).unwrap(),
                apart.scan(space, &[], &[], usize::MAX).unwrap()
            );
        }
    }
}
