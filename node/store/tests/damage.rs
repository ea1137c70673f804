//! Damaged bytes are detected and never served; a payload can be put again.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::{grow, next_block, open, options};
use tempfile::tempdir;
use yinglian_protocol::Height;
use yinglian_state::StateError;
use yinglian_store::{ChainRead, Store, StoreError};

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// Copies a database as it is on disk, open or not: what a power cut would leave of synced writes.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.file_name().unwrap() != "LOCK" {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[test]
fn a_payload_that_does_not_hash_to_its_id_is_never_served_and_can_be_put_again() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let block = next_block(&store, 50, 300, 0);
    let mut wrong = block.payload.clone();
    wrong[1_000] ^= 1;
    let header = block.header().encode();
    store.put_payload(&block.value_id(), Height(1), &header, &wrong).unwrap();
    assert!(matches!(store.load_payload(&block.value_id()), Err(StoreError::Corrupt { .. })));
    block.store(&store);
    assert_eq!(store.load_payload(&block.value_id()).unwrap().unwrap().payload, block.payload);
    store.commit(&block.commit).unwrap();
}

#[test]
fn a_commit_survives_a_copy_of_the_files_taken_while_the_store_is_open() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let blocks = grow(&store, &[10, 20, 30]);
    let copied = tempdir().unwrap();
    copy(folder.path(), copied.path());
    let survived = open(copied.path());
    assert_eq!(survived.tip().unwrap(), Some(Height(3)));
    let payload = survived.payload_of(Height(3)).unwrap().unwrap().payload;
    assert_eq!(payload, blocks[2].payload);
}

#[test]
fn a_log_torn_at_any_byte_leaves_whole_blocks_only() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    let blocks = grow(&store, &[5, 5, 5, 5]);
    let logs = files(folder.path(), "log");
    assert_eq!(logs.len(), 1);
    let whole = fs::read(&logs[0]).unwrap();
    let mut tips = std::collections::BTreeSet::new();
    for cut in (0..=whole.len()).rev().step_by(whole.len() / 97 + 1).chain([0, 1, 7]) {
        let torn = tempdir().unwrap();
        copy(folder.path(), torn.path());
        let name = logs[0].file_name().unwrap();
        fs::write(torn.path().join(name), &whole[..cut]).unwrap();
        let store = open(torn.path());
        let tip = store.tip().unwrap();
        tips.insert(tip);
        for block in blocks.iter().take_while(|block| Some(block.height()) <= tip) {
            assert_eq!(store.block(block.height()).unwrap().as_ref(), Some(&block.commit.block));
            assert_eq!(store.outcomes(block.height()).unwrap().unwrap(), *block.commit.outcomes);
            let payload = store.payload_of(block.height()).unwrap().unwrap().payload;
            assert_eq!(payload, block.payload);
        }
        let beyond = tip.unwrap_or(Height(0)).next();
        assert_eq!(store.block(beyond).unwrap(), None);
        // The chain goes on from what is left.
        grow(&store, &[3]);
    }
    assert_eq!(tips.len(), 5, "cuts that leave each number of blocks");
}

#[test]
fn damaged_files_are_detected() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    // Enough for flushes: what lies in files is found damaged, not only the log of the last writes.
    for _ in 0..12 {
        grow(&store, &[2_000]);
    }
    let tip = store.tip().unwrap().unwrap();
    drop(store);
    let blobs = files(folder.path(), "blob");
    let tables = files(folder.path(), "sst");
    assert!(!blobs.is_empty() && !tables.is_empty());
    for path in blobs.iter().chain(&tables) {
        let damaged = tempdir().unwrap();
        copy(folder.path(), damaged.path());
        let path = damaged.path().join(path.file_name().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        // Every 512 bytes, so that each block of the file has a wrong byte.
        for place in (200..bytes.len()).step_by(512) {
            bytes[place] ^= 0x20;
        }
        fs::write(&path, bytes).unwrap();
        assert!(detects(damaged.path(), tip), "{} was served damaged", path.display());
    }
}

/// True when opening or reading everything finds damage; false when all reads succeed.
fn detects(folder: &Path, tip: Height) -> bool {
    let corrupt = |error: &StoreError| {
        let text = format!("{error} {:?}", error);
        assert!(text.contains("orrupt"), "{text}");
        true
    };
    let store = match Store::open(folder, &options()) {
        Ok(store) => store,
        Err(error) => return corrupt(&error),
    };
    let mut found = false;
    for height in (1..=tip.0).map(Height) {
        found |= store.block(height).err().is_some_and(|error| corrupt(&error));
        found |= store.outcomes(height).err().is_some_and(|error| corrupt(&error));
        found |= store.payload_of(height).err().is_some_and(|error| corrupt(&error));
    }
    for space in yinglian_state::Space::ALL {
        let scanned = yinglian_state::KeyValue::scan(&store, space, &[], &[], usize::MAX);
        found |= scanned.err().is_some_and(|error| corrupt(&error.into()));
    }
    let indexed =
        store.lookup("business-key", b"file-1", yinglian_protocol::LogPosition(0), usize::MAX);
    found |= indexed.err().is_some_and(|error| corrupt(&error));
    found
}

#[test]
fn a_tip_without_its_block_or_roots_does_not_open() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    grow(&store, &[10, 10]);
    drop(store);
    // (column, key, value or delete): block of the tip, the tile at the edge of the log, the root page, the tip itself.
    let tip = 2_u64.to_be_bytes().to_vec();
    let tile = [&[0][..], &1_u64.to_be_bytes()].concat();
    /// Column, key, and the value put there; none deletes.
    type Tampered = (&'static str, Vec<u8>, Option<Vec<u8>>);
    let tampered: [Tampered; 6] = [
        ("blocks", tip.clone(), None),
        ("blocks", tip, Some(vec![1, 2, 3])),
        ("log-tiles", tile.clone(), Some(vec![7; 4 * 32])),
        ("log-tiles", tile, None),
        ("registry-pages", vec![0], None),
        ("meta", b"tip".to_vec(), Some(1_u64.to_be_bytes().to_vec())),
    ];
    for (column, key, value) in tampered {
        let copied = tempdir().unwrap();
        copy(folder.path(), copied.path());
        tamper(copied.path(), column, &key, value.as_deref());
        let opened = Store::open(copied.path(), &options());
        assert!(
            matches!(
                opened,
                Err(StoreError::Corrupt { .. } | StoreError::State(StateError::Corrupt { .. }))
            ),
            "{column} {key:?}"
        );
    }
}

/// Writes past the store.
fn tamper(folder: &Path, column: &str, key: &[u8], value: Option<&[u8]>) {
    let options = rocksdb::Options::default();
    let columns = rocksdb::DB::list_cf(&options, folder).unwrap();
    let database = rocksdb::DB::open_cf(&options, folder, columns).unwrap();
    let column = database.cf_handle(column).unwrap();
    match value {
        Some(value) => database.put_cf(&column, key, value).unwrap(),
        None => database.delete_cf(&column, key).unwrap(),
    }
}

#[test]
fn a_database_of_another_layout_does_not_open() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    tamper(folder.path(), "meta", b"layout", Some(&9_u32.to_be_bytes()));
    let opened = Store::open(folder.path(), &options());
    assert!(matches!(opened, Err(StoreError::Layout { found: 9, known: 1 })));
}
