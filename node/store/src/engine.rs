//! The engine behind the store: reads of one moment, synced batches, and what its errors mean for the node.

use crate::columns::{Column, database_options, descriptors};
use crate::disk::{DiskGuard, Write};
use crate::{Options, StoreError};
use rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};
use rocksdb::{Cache, ColumnFamily, DBWithThreadMode, ErrorKind, ReadOptions, SingleThreaded};
use rocksdb::{SnapshotWithThreadMode, WriteBatch, WriteOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use yinglian_state::Entry;

/// Columns are fixed when the database opens, so their map needs no lock.
pub(crate) type Database = DBWithThreadMode<SingleThreaded>;
pub(crate) type Snapshot<'a> = SnapshotWithThreadMode<'a, Database>;

pub(crate) struct Engine {
    database: Database,
    guard: DiskGuard,
    sync: bool,
    /// Set by the first write after which the disk cannot be trusted.
    fatal: AtomicBool,
}

/// Puts and deletes that are written together or not at all.
pub(crate) struct Batch<'a> {
    families: [&'a ColumnFamily; Column::ALL.len()],
    changes: WriteBatch,
    bytes: usize,
}

/// How long a write took in the write-ahead log, sync included.
pub(crate) struct Written {
    pub log_time: Duration,
}

impl Batch<'_> {
    pub(crate) fn put(&mut self, column: Column, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (key, value) = (key.as_ref(), value.as_ref());
        self.bytes += key.len() + value.len();
        self.changes.put_cf(self.families[column as usize], key, value);
    }

    pub(crate) fn delete(&mut self, column: Column, key: impl AsRef<[u8]>) {
        let key = key.as_ref();
        self.bytes += key.len();
        self.changes.delete_cf(self.families[column as usize], key);
    }

    /// Bytes of keys and values.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Engine {
    pub(crate) fn open(
        path: &Path,
        options: &Options,
        guard: DiskGuard,
    ) -> Result<Self, StoreError> {
        let cache = Cache::new_lru_cache(options.cache_bytes);
        let columns = descriptors(options, &cache);
        let database = Database::open_cf_descriptors(&database_options(options), path, columns)
            .map_err(|error| match error.kind() {
                ErrorKind::Corruption => {
                    StoreError::Corrupt { what: "database", source: Some(Box::new(error)) }
                }
                _ => StoreError::Open { path: path.display().to_string(), source: Box::new(error) },
            })?;
        Ok(Self { database, guard, sync: options.sync, fatal: AtomicBool::new(false) })
    }

    pub(crate) fn guard(&self) -> &DiskGuard {
        &self.guard
    }

    pub(crate) fn snapshot(&self) -> Snapshot<'_> {
        self.database.snapshot()
    }

    pub(crate) fn reads<'a>(&'a self, snapshot: Option<&'a Snapshot<'a>>) -> Reads<'a> {
        Reads { engine: self, snapshot }
    }

    /// A batch for this database.
    pub(crate) fn batch(&self) -> Result<Batch<'_>, StoreError> {
        // Looked up once: a block has tens of thousands of changes.
        let mut families = [self.column(Column::ALL[0])?; Column::ALL.len()];
        for column in Column::ALL {
            families[column as usize] = self.column(column)?;
        }
        Ok(Batch { families, changes: WriteBatch::default(), bytes: 0 })
    }

    /// Writes a batch, synced. Either all of it is on disk when this returns, or none of it will be seen.
    pub(crate) fn write(
        &self,
        attempted: &'static str,
        purpose: Write,
        batch: Batch<'_>,
    ) -> Result<Written, StoreError> {
        if self.fatal.load(Ordering::Acquire) {
            return Err(StoreError::Fatal { attempted, source: None });
        }
        self.guard.admit(purpose, batch.bytes())?;
        let mut options = WriteOptions::default();
        options.set_sync(self.sync);
        set_perf_stats(PerfStatsLevel::EnableTime);
        let mut context = PerfContext::default();
        context.reset();
        let written = self.database.write_opt(batch.changes, &options);
        let log_time = Duration::from_nanos(context.metric(PerfMetric::WriteWalTime));
        set_perf_stats(PerfStatsLevel::Disable);
        match written {
            Ok(()) => Ok(Written { log_time }),
            Err(error) => Err(self.write_error(attempted, error)),
        }
    }

    /// Only a full disk is something the node survives.
    fn write_error(
        &self,
        attempted: &'static str,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> StoreError {
        if error.to_string().contains("No space left on device") {
            let status = self.guard.status();
            return StoreError::DiskFull {
                free_bytes: status.as_ref().map_or(0, |status| status.free_bytes),
                head_room_bytes: status.map_or(0, |status| status.head_room_bytes),
            };
        }
        self.fatal.store(true, Ordering::Release);
        StoreError::Fatal { attempted, source: Some(Box::new(error)) }
    }

    fn column(&self, column: Column) -> Result<&ColumnFamily, StoreError> {
        self.database
            .cf_handle(column.name())
            .ok_or(StoreError::Inconsistent { what: "columns of the open database" })
    }

    /// Bytes of the files of the database.
    pub(crate) fn size_bytes(&self) -> u64 {
        let property = |column: Column, name: &str| {
            let column = self.column(column).ok()?;
            self.database.property_int_value_cf(column, name).ok().flatten()
        };
        let sum = |name: &str| -> u64 {
            Column::ALL.iter().filter_map(|column| property(*column, name)).sum()
        };
        sum("rocksdb.total-sst-files-size") + sum("rocksdb.total-blob-file-size")
    }
}

/// Reads of the newest state, or of the moment of a snapshot.
#[derive(Clone, Copy)]
pub struct Reads<'a> {
    engine: &'a Engine,
    snapshot: Option<&'a Snapshot<'a>>,
}

impl Reads<'_> {
    fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        if let Some(snapshot) = self.snapshot {
            options.set_snapshot(snapshot);
        }
        options
    }

    pub(crate) fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let family = self.engine.column(column)?;
        self.engine
            .database
            .get_cf_opt(family, key, &self.options())
            .map_err(|error| read_error(column, error))
    }

    /// The entry with the greatest key not above `key`.
    pub(crate) fn last_until(
        &self,
        column: Column,
        key: &[u8],
    ) -> Result<Option<Entry>, StoreError> {
        let family = self.engine.column(column)?;
        let mut iterator = self.engine.database.raw_iterator_cf_opt(family, self.options());
        iterator.seek_for_prev(key);
        let found = iterator.item().map(|(key, value)| (key.to_vec(), value.to_vec()));
        iterator.status().map_err(|error| read_error(column, error))?;
        Ok(found)
    }

    /// At most `limit` keys with `from <= key <= to`, the greatest first.
    pub(crate) fn scan_back(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let family = self.engine.column(column)?;
        let mut options = self.options();
        options.set_iterate_lower_bound(from);
        let mut iterator = self.engine.database.raw_iterator_cf_opt(family, options);
        let mut found = Vec::new();
        iterator.seek_for_prev(to);
        while found.len() < limit {
            let Some(key) = iterator.key() else { break };
            found.push(key.to_vec());
            iterator.prev();
        }
        iterator.status().map_err(|error| read_error(column, error))?;
        Ok(found)
    }

    /// At most `limit` entries with `from <= key < to`; an empty `to` means no upper end.
    pub(crate) fn scan(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let family = self.engine.column(column)?;
        let mut options = self.options();
        if !to.is_empty() {
            options.set_iterate_upper_bound(to);
        }
        let mut iterator = self.engine.database.raw_iterator_cf_opt(family, options);
        let mut entries = Vec::new();
        iterator.seek(from);
        while entries.len() < limit {
            let Some((key, value)) = iterator.item() else { break };
            entries.push((key.to_vec(), value.to_vec()));
            iterator.next();
        }
        iterator.status().map_err(|error| read_error(column, error))?;
        Ok(entries)
    }
}

fn read_error(column: Column, error: rocksdb::Error) -> StoreError {
    match error.kind() {
        ErrorKind::Corruption => {
            StoreError::Corrupt { what: column.name(), source: Some(Box::new(error)) }
        }
        _ => StoreError::Read { attempted: column.name(), source: Box::new(error) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    const ROOM: u64 = 1_000_000;

    fn engine(folder: &Path, free: &Arc<AtomicU64>) -> Engine {
        let free = Arc::clone(free);
        let probe = Box::new(move || Ok(free.load(Ordering::Relaxed)));
        Engine::open(folder, &Options::default(), DiskGuard::with_probe(probe, ROOM)).unwrap()
    }

    fn put(engine: &Engine, purpose: Write, value: &[u8]) -> Result<Written, StoreError> {
        let mut batch = engine.batch().unwrap();
        batch.put(Column::Meta, b"key", value);
        engine.write("a test", purpose, batch)
    }

    #[test]
    fn the_place_of_every_column_is_its_number() {
        for (number, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column as usize, number, "{}", column.name());
        }
    }

    #[test]
    fn writes_are_refused_below_the_head_room_and_go_on_when_there_is_space_again() {
        let folder = tempfile::tempdir().unwrap();
        let free = Arc::new(AtomicU64::new(2 * ROOM));
        let engine = engine(folder.path(), &free);
        put(&engine, Write::Payload, b"one").unwrap();
        free.store(ROOM + 3, Ordering::Relaxed);
        let refused = put(&engine, Write::Payload, b"two");
        let full = StoreError::DiskFull { free_bytes: ROOM + 3, head_room_bytes: ROOM };
        assert_eq!(refused.err().map(|error| error.to_string()), Some(full.to_string()));
        // Reads go on, and nothing of the refused write is seen.
        let read = engine.reads(None).get(Column::Meta, b"key").unwrap();
        assert_eq!(read, Some(b"one".to_vec()));
        free.store(2 * ROOM, Ordering::Relaxed);
        put(&engine, Write::Payload, b"three").unwrap();
    }

    #[test]
    fn decided_blocks_may_use_half_of_the_head_room() {
        let folder = tempfile::tempdir().unwrap();
        let free = Arc::new(AtomicU64::new(ROOM - 1));
        let engine = engine(folder.path(), &free);
        assert!(engine.guard().status().unwrap().full);
        assert!(put(&engine, Write::Payload, b"one").is_err());
        put(&engine, Write::Commit, b"one").unwrap();
        free.store(ROOM / 2, Ordering::Relaxed);
        let refused = put(&engine, Write::Commit, b"two");
        assert!(matches!(refused, Err(StoreError::DiskFull { .. })));
    }

    #[test]
    fn an_error_of_the_disk_is_fatal_and_ends_all_writing() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path(), &Arc::new(AtomicU64::new(u64::MAX)));
        put(&engine, Write::Commit, b"one").unwrap();
        let failed = io::Error::other("IO error: While fsync: Input/output error");
        assert!(engine.write_error("a block", failed).is_fatal());
        let refused = put(&engine, Write::Commit, b"two");
        assert!(matches!(refused, Err(StoreError::Fatal { source: None, .. })));
        assert_eq!(engine.reads(None).get(Column::Meta, b"key").unwrap(), Some(b"one".to_vec()));
    }

    #[test]
    fn a_full_disk_that_only_the_engine_notices_is_not_fatal() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path(), &Arc::new(AtomicU64::new(u64::MAX)));
        let failed = io::Error::other("IO error: No space left on device: While appending to file");
        let error = engine.write_error("a block", failed);
        assert!(matches!(error, StoreError::DiskFull { .. }) && !error.is_fatal());
        put(&engine, Write::Commit, b"one").unwrap();
    }
}
