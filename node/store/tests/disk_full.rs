//! A disk that is really full, with and without the guard. Needs a small filesystem of its own, so it runs as root only.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{next_block, options};
use tempfile::{TempDir, tempdir};
use yinglian_store::{ChainRead, Options, Store, StoreError};

const MIB: u64 = 1024 * 1024;
const DISK_MIB: u64 = 96;

/// A small filesystem in memory; unmounted when it goes out of scope.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempdir().unwrap();
        let size = format!("size={DISK_MIB}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if mounted {
            return Some(Self { folder });
        }
        assert!(
            std::env::var_os("YINGLIAN_REQUIRE_ROOT_TESTS").is_none(),
            "no tmpfs can be mounted"
        );
        println!("skipped: no tmpfs can be mounted without root");
        None
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Fills the disk until only so many bytes are left.
    fn fill(&self, left_bytes: u64) {
        let stat = rustix::fs::statvfs(self.folder.path()).unwrap();
        let free = stat.f_bavail * stat.f_frsize;
        fs::write(self.filler(), vec![1; usize::try_from(free - left_bytes).unwrap()]).unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}

fn open(path: &Path, head_room_bytes: u64) -> Store {
    Store::open(path, &Options { head_room_bytes, ..options() }).unwrap()
}

#[test]
fn the_guard_refuses_payloads_first_then_commits_and_lets_both_go_on() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store = open(&disk.path(), 32 * MIB);
    next_block(&store, 100, 300, 0).commit(&store);
    let block = next_block(&store, 100, 300, 0);
    block.store(&store);
    disk.fill(24 * MIB);
    assert!(store.disk().unwrap().full);
    let other = next_block(&store, 100, 300, 1);
    let header = other.header().encode();
    let refused = store.put_payload(&other.value_id(), other.height(), &header, &other.payload);
    assert!(
        matches!(refused, Err(StoreError::DiskFull { head_room_bytes, .. }) if head_room_bytes == 32 * MIB)
    );
    store.commit(&block.commit).unwrap();
    disk.free();
    let block = next_block(&store, 100, 300, 0);
    block.store(&store);
    disk.fill(8 * MIB);
    let refused = store.commit(&block.commit);
    assert!(
        matches!(refused, Err(StoreError::DiskFull { head_room_bytes, .. }) if head_room_bytes == 16 * MIB)
    );
    assert!(store.payload_of(yinglian_protocol::Height(2)).unwrap().is_some());
    disk.free();
    store.commit(&block.commit).unwrap();
    other_block_commits(&store);
}

fn other_block_commits(store: &Store) {
    let tip = store.tip().unwrap();
    next_block(store, 50, 300, 0).commit(store);
    assert!(store.tip().unwrap() > tip);
}

#[test]
fn a_disk_that_the_engine_finds_full_serves_reads_and_recovers_without_a_restart() {
    let Some(disk) = SmallDisk::mount() else { return };
    // No head-room: the guard does not help here.
    let store = open(&disk.path(), 0);
    for _ in 0..5 {
        next_block(&store, 1_000, 300, 0).commit(&store);
    }
    disk.fill(MIB);
    let started = Instant::now();
    let refused = loop {
        let block = next_block(&store, 2_000, 300, 0);
        let header = block.header().encode();
        let stored = store.put_payload(&block.value_id(), block.height(), &header, &block.payload);
        if let Err(error) = stored.and_then(|()| store.commit(&block.commit)) {
            break error;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the disk never became full");
    };
    assert!(matches!(refused, StoreError::DiskFull { .. }), "{refused:?}");
    let tip = store.tip().unwrap().unwrap();
    for height in (1..=tip.0).map(yinglian_protocol::Height) {
        assert!(store.payload_of(height).unwrap().is_some());
    }
    disk.free();
    let freed = Instant::now();
    loop {
        let block = next_block(&store, 50, 300, 0);
        let header = block.header().encode();
        let stored = store.put_payload(&block.value_id(), block.height(), &header, &block.payload);
        match stored.and_then(|()| store.commit(&block.commit)) {
            Ok(()) => break,
            Err(error) => assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}"),
        }
        assert!(freed.elapsed() < Duration::from_secs(30), "writes did not go on");
        std::thread::sleep(Duration::from_millis(100));
    }
    let tip = store.tip().unwrap();
    drop(store);
    let store = open(&disk.path(), 0);
    assert_eq!(store.tip().unwrap(), tip);
    other_block_commits(&store);
}
