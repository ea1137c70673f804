//! What is committed is read back the same, before and after a restart.

mod support;

use std::collections::BTreeMap;
use support::{SUITE, grow, next_block, open, options, outcome};
use tempfile::tempdir;
use yinglian_protocol::{Hash, Height, LogPosition, Suite, registry};
use yinglian_state::{ChangeSet, KeyValue, LogState, Space, record_index, window};
use yinglian_store::{ChainRead, Options, Store, StoreError};

#[test]
fn a_new_store_holds_nothing() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(store.tip().unwrap(), None);
    assert_eq!(store.block(Height(1)).unwrap(), None);
    assert_eq!(store.outcomes(Height(1)).unwrap(), None);
    assert_eq!(store.payload_of(Height(1)).unwrap(), None);
    assert_eq!(store.load_payload(&Hash::ZERO).unwrap(), None);
    assert_eq!(store.height_of_position(LogPosition(0)).unwrap(), None);
    assert_eq!(store.record(LogPosition(0)).unwrap(), None);
    assert_eq!(store.genesis().unwrap(), None);
}

fn check(store: &Store, blocks: &[support::Block]) {
    assert_eq!(store.tip().unwrap(), blocks.last().map(support::Block::height));
    for block in blocks {
        let height = block.height();
        assert_eq!(store.block(height).unwrap().as_ref(), Some(&block.commit.block));
        assert_eq!(store.outcomes(height).unwrap().as_deref(), Some(&*block.commit.outcomes));
        let stored = store.payload_of(height).unwrap().unwrap();
        assert_eq!((&stored.payload, stored.header), (&block.payload, block.header()));
        assert_eq!(store.load_payload(&block.value_id()).unwrap().unwrap().payload, block.payload);
        for (index, envelope) in block.envelopes.iter().enumerate() {
            let position = LogPosition(block.commit.block.log_start + index as u64);
            assert_eq!(store.height_of_position(position).unwrap(), Some(height));
            let record = store.record(position).unwrap().unwrap();
            assert_eq!(record.envelope, envelope.encode());
            assert_eq!(record.outcome, outcome(position.0));
            assert_eq!((record.height, record.index), (height, index as u32));
            let id = envelope.body.id(SUITE);
            assert_eq!(record_index::place(store, &id).unwrap().unwrap().position, position);
            let known = window::position(store, envelope.body.valid_until_ms, &id).unwrap();
            assert_eq!(known, Some(position));
        }
    }
    let size = blocks.last().unwrap().header().log_size;
    assert_eq!(store.height_of_position(LogPosition(size)).unwrap(), None);
    assert_eq!(store.record(LogPosition(size)).unwrap(), None);
}

#[test]
fn blocks_read_the_same_before_and_after_a_restart() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    // Empty blocks, groups that are full and that are not, payloads over several chunks.
    let blocks = grow(&store, &[1, 0, 0, 64, 65, 300, 0, 2]);
    check(&store, &blocks);
    drop(store);
    check(&open(folder.path()), &blocks);
}

#[test]
fn envelopes_of_the_largest_size_are_read_across_chunks() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let block = next_block(&store, 9, 64 * 1024 - 10, 0);
    block.commit(&store);
    check(&store, &[block]);
}

#[test]
fn state_continues_after_a_restart() {
    let folder = tempdir().unwrap();
    for round in 1..=5 {
        let store = open(folder.path());
        grow(&store, &[17, 3]);
        let header = store.block(Height(round * 2)).unwrap().unwrap().header;
        assert_eq!(LogState::load(&store, SUITE, header.log_size).unwrap().root(), header.log_root);
    }
}

#[test]
fn a_view_does_not_see_the_next_block() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    grow(&store, &[5]);
    let view = store.view();
    let header = view.block(Height(1)).unwrap().unwrap().header;
    grow(&store, &[40]);
    assert_eq!(view.tip().unwrap(), Some(Height(1)));
    assert_eq!(view.block(Height(2)).unwrap(), None);
    assert_eq!(view.record(LogPosition(5)).unwrap(), None);
    assert_eq!(view.lookup("business-key", b"file-0", LogPosition(0), 10).unwrap().len(), 1);
    assert_eq!(yinglian_state::registry::root(&view, SUITE).unwrap(), header.registry_root);
    let proof =
        yinglian_state::registry::prove(&view, SUITE, &header.registry_root, b"counter").unwrap();
    assert!(proof.verify(SUITE, &header.registry_root, b"counter", None).is_err());
    assert_eq!(store.tip().unwrap(), Some(Height(2)));
    assert_eq!(store.view().tip().unwrap(), Some(Height(2)));
}

#[test]
fn local_indexes_list_positions_in_order() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    grow(&store, &[25, 25]);
    let lookup = |key: &[u8], from, limit| {
        let found = store.lookup("business-key", key, LogPosition(from), limit).unwrap();
        found.iter().map(|position| position.0).collect::<Vec<_>>()
    };
    assert_eq!(lookup(b"file-3", 0, 100), [3, 13, 23, 33, 43]);
    assert_eq!(lookup(b"file-3", 14, 2), [23, 33]);
    let newest = |key: &[u8], limit| {
        let found = store.newest("business-key", key, limit).unwrap();
        found.into_iter().map(|position| position.0).collect::<Vec<_>>()
    };
    assert_eq!(newest(b"file-3", 2), [43, 33]);
    assert_eq!(newest(b"file-3", 100), [43, 33, 23, 13, 3]);
    assert!(newest(b"file-", 100).is_empty());
    assert!(lookup(b"file-", 0, 100).is_empty());
    assert!(lookup(b"file-33", 0, 100).is_empty());
    assert!(store.lookup("business", b"file-3", LogPosition(0), 9).unwrap().is_empty());
}

#[test]
fn undecided_values_live_until_their_height_is_decided() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let (lost, won) = (next_block(&store, 200, 300, 0), next_block(&store, 100, 300, 1));
    lost.store(&store);
    won.store(&store);
    drop(store);
    let store = open(folder.path());
    let undecided = store.undecided(Height(1)).unwrap();
    let rounds: Vec<u32> = undecided.iter().map(|value| value.header.round).collect();
    assert_eq!(undecided.len(), 2);
    assert!(rounds.contains(&0) && rounds.contains(&1));
    assert_eq!(store.load_payload(&lost.value_id()).unwrap().unwrap().payload, lost.payload);
    store.commit(&won.commit).unwrap();
    assert!(store.undecided(Height(1)).unwrap().is_empty());
    assert_eq!(store.load_payload(&lost.value_id()).unwrap(), None);
    assert_eq!(store.load_payload(&won.value_id()).unwrap().unwrap().payload, won.payload);
}

#[test]
fn values_that_come_in_late_are_dropped_and_decided_ones_never() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let (lost, won) = (next_block(&store, 3, 300, 0), next_block(&store, 2, 300, 1));
    won.commit(&store);
    lost.store(&store);
    won.store(&store);
    let next = next_block(&store, 1, 300, 0);
    next.store(&store);
    store.drop_undecided_below(Height(2)).unwrap();
    assert_eq!(store.load_payload(&lost.value_id()).unwrap(), None);
    assert!(store.load_payload(&won.value_id()).unwrap().is_some());
    assert!(store.payload_of(Height(1)).unwrap().is_some());
    assert_eq!(store.undecided(Height(2)).unwrap().len(), 1);
}

#[test]
fn values_that_came_in_late_end_when_the_store_opens() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let (lost, won) = (next_block(&store, 3, 300, 0), next_block(&store, 2, 300, 1));
    won.commit(&store);
    lost.store(&store);
    let next = next_block(&store, 1, 300, 0);
    next.store(&store);
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.load_payload(&lost.value_id()).unwrap(), None);
    assert!(store.payload_of(Height(1)).unwrap().is_some());
    store.commit(&next.commit).unwrap();
}

#[test]
fn a_full_disk_does_not_keep_the_store_from_opening() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let (lost, won) = (next_block(&store, 3, 300, 0), next_block(&store, 2, 300, 1));
    won.commit(&store);
    lost.store(&store);
    drop(store);
    let full = Options { head_room_bytes: u64::MAX / 2, ..options() };
    let store = Store::open(folder.path(), &full).unwrap();
    assert!(store.disk().unwrap().full);
    assert_eq!(store.tip().unwrap(), Some(Height(1)));
    assert!(store.payload_of(Height(1)).unwrap().is_some());
}

#[test]
fn a_block_out_of_order_is_refused_and_nothing_of_it_is_written() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let first = next_block(&store, 3, 300, 0);
    first.commit(&store);
    let again = store.commit(&first.commit);
    assert!(matches!(again, Err(StoreError::OutOfOrder { given: Height(1), tip: Height(1) })));
    let mut skipped = next_block(&store, 3, 300, 0);
    skipped.commit.block.header.height = Height(3);
    assert!(matches!(store.commit(&skipped.commit), Err(StoreError::OutOfOrder { .. })));
    assert_eq!(store.tip().unwrap(), Some(Height(1)));
}

#[test]
fn a_block_whose_payload_is_not_stored_is_refused() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let block = next_block(&store, 3, 300, 0);
    let refused = store.commit(&block.commit);
    assert!(matches!(refused, Err(StoreError::PayloadMissing { .. })));
    assert_eq!(store.tip().unwrap(), None);
}

#[test]
fn a_commit_that_contradicts_itself_is_refused() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let block = next_block(&store, 3, 300, 0);
    block.store(&store);
    let refused = |change: &dyn Fn(&mut yinglian_store::Commit<'_>)| {
        let mut commit = block.commit.clone();
        change(&mut commit);
        matches!(store.commit(&commit), Err(StoreError::Inconsistent { .. }))
    };
    assert!(refused(&|commit| commit.block.value_id = Hash::ZERO));
    assert!(refused(&|commit| commit.outcomes.to_mut().truncate(2)));
    assert!(refused(&|commit| commit.envelope_bytes.truncate(2)));
    assert!(refused(&|commit| commit.envelope_bytes[0] += 1));
    assert!(refused(&|commit| commit.block.log_start = 1));
    assert!(refused(&|commit| commit.indexes[0].name = "n".repeat(256)));
    assert!(refused(&|commit| commit.indexes[0].key = vec![0; 65_536]));
    assert_eq!(store.tip().unwrap(), None);
    store.commit(&block.commit).unwrap();
}

#[test]
fn genesis_is_written_once_with_its_state() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let mut state = ChangeSet::new();
    let writes = BTreeMap::from([(b"org/1".to_vec(), vec![1])]);
    yinglian_state::registry::update(&store, SUITE, &registry::EMPTY_ROOT, &writes, &mut state)
        .unwrap();
    store.set_genesis(b"one", &state).unwrap();
    store.set_genesis(b"one", &state).unwrap();
    let refused = store.set_genesis(b"two", &ChangeSet::new());
    assert!(matches!(refused, Err(StoreError::OtherGenesis)));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.genesis().unwrap(), Some(b"one".to_vec()));
    assert_eq!(store.get(Space::RegistryValues, b"org/1").unwrap(), Some(vec![1]));
}

#[test]
fn evidence_is_kept() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let hash = Suite::National.hash(&[b"evidence"]);
    store.put_evidence(&hash, b"two votes").unwrap();
    drop(store);
    let kept = open(folder.path()).evidence().unwrap();
    assert_eq!(kept, [(hash.0.to_vec(), b"two votes".to_vec())]);
}

#[test]
fn a_second_process_cannot_open_the_database() {
    let folder = tempdir().unwrap();
    let _store = open(folder.path());
    assert!(matches!(Store::open(folder.path(), &options()), Err(StoreError::Open { .. })));
}

#[test]
fn scans_end_where_they_are_told() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let mut state = ChangeSet::new();
    for key in 0..10_u8 {
        state.put(Space::RecordIndex, vec![key], vec![key]);
    }
    store.set_genesis(b"one", &state).unwrap();
    let keys = |from: &[u8], to: &[u8], limit| {
        let entries = store.scan(Space::RecordIndex, from, to, limit).unwrap();
        entries.iter().map(|(key, _)| key[0]).collect::<Vec<_>>()
    };
    assert_eq!(keys(&[3], &[6], 100), [3, 4, 5]);
    assert_eq!(keys(&[8], &[], 100), [8, 9]);
    assert_eq!(keys(&[], &[], 2), [0, 1]);
    assert!(keys(&[6], &[3], 100).is_empty());
}

#[test]
fn metrics_count_what_is_written() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let mut registry = prometheus_client::registry::Registry::default();
    store.metrics().register(&mut registry);
    grow(&store, &[10, 10]);
    store.refresh_metrics();
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    assert!(text.contains("yinglian_store_commit_seconds_count 2"));
    assert!(text.contains("yinglian_store_payload_seconds_count 2"));
    let value = |name: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("yinglian_store_payload_bytes_total") > 6_000.0);
    assert!(value("yinglian_store_disk_free_bytes") > 0.0);
    assert!(value("yinglian_store_sync_seconds_sum") > 0.0);
}
