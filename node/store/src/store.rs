//! The store itself: opening, the few writes there are, and views of one moment.

use crate::columns::Column;
use crate::commit::{self, Commit, ObjectChange};
use crate::disk::{DiskGuard, DiskStatus, Write};
use crate::engine::{Batch, Engine, Reads, Snapshot, Written};
use crate::{ChainRead, Metrics, Options, StoreError, keys, payloads};
use std::path::Path;
use std::time::Instant;
use yinglian_protocol::{Hash, Height, limits};
use yinglian_state::{ChangeSet, Entry, KeyValue, LogState, Space, StateError, registry};

/// Layout of the columns that this program writes.
const LAYOUT: u32 = 1;

/// Everything a node keeps on disk. One process opens it; any thread may read, and writes are taken one after another.
pub struct Store {
    engine: Engine,
    metrics: Metrics,
    /// Writers check what is stored before they write, which must not change in between.
    writer: std::sync::Mutex<()>,
}

/// Reads of one moment: a commit in between is not seen.
pub struct View<'a> {
    engine: &'a Engine,
    snapshot: Snapshot<'a>,
}

impl Store {
    /// Opens or creates the database in a folder, and checks that its tip, blocks and roots belong together.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        std::fs::create_dir_all(path).map_err(|error| StoreError::Open {
            path: path.display().to_string(),
            source: Box::new(error),
        })?;
        Self::open_guarded(path, options, DiskGuard::new(path, options.head_room_bytes))
    }

    pub(crate) fn open_guarded(
        path: &Path,
        options: &Options,
        guard: DiskGuard,
    ) -> Result<Self, StoreError> {
        let engine = Engine::open(path, options, guard)?;
        let store = Self { engine, metrics: Metrics::default(), writer: std::sync::Mutex::new(()) };
        store.check_layout()?;
        store.check_tip()?;
        store.drop_late()?;
        Ok(store)
    }

    /// Ends values of decided heights that came in too late for the commit to end them.
    fn drop_late(&self) -> Result<(), StoreError> {
        let Some(tip) = self.tip()? else {
            return Ok(());
        };
        match self.drop_undecided_below(tip.next()) {
            // A full disk must not keep the node from serving reads.
            Err(StoreError::DiskFull { .. }) => Ok(()),
            dropped => dropped,
        }
    }

    fn check_layout(&self) -> Result<(), StoreError> {
        match self.reads().get(Column::Meta, keys::LAYOUT)? {
            Some(bytes) => {
                let found = <[u8; 4]>::try_from(bytes.as_slice()).map(u32::from_be_bytes);
                match found.map_err(|_| StoreError::corrupt("layout"))? {
                    LAYOUT => Ok(()),
                    found => Err(StoreError::Layout { found, known: LAYOUT }),
                }
            }
            None => {
                let mut batch = self.engine.batch()?;
                batch.put(Column::Meta, keys::LAYOUT, LAYOUT.to_be_bytes());
                self.write("the layout", Write::Commit, batch).map(drop)
            }
        }
    }

    /// The last block must be there, and the log and registry must have the roots that its header names.
    fn check_tip(&self) -> Result<(), StoreError> {
        let Some(tip) = self.tip()? else {
            return Ok(());
        };
        let block = self.block(tip)?.ok_or(StoreError::corrupt("block of the tip"))?;
        if self.block(tip.next())?.is_some() {
            return Err(StoreError::corrupt("tip"));
        }
        let header = &block.header;
        let log = LogState::load(self, header.suite, header.log_size)?;
        if log.root() != header.log_root {
            return Err(StoreError::corrupt("log"));
        }
        if registry::root(self, header.suite)? != header.registry_root {
            return Err(StoreError::corrupt("registry"));
        }
        tracing::info!(height = %tip, log_size = header.log_size, "store opened");
        Ok(())
    }

    /// A view of this moment.
    pub fn view(&self) -> View<'_> {
        View { engine: &self.engine, snapshot: self.engine.snapshot() }
    }

    /// Metrics of this store, to be registered.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Sets the gauges of disk space and size of files; for whoever serves the metrics.
    pub fn refresh_metrics(&self) {
        if let Ok(status) = self.disk() {
            self.metrics.disk_free.set(i64::try_from(status.free_bytes).unwrap_or(i64::MAX));
        }
        self.metrics.size.set(i64::try_from(self.engine.size_bytes()).unwrap_or(i64::MAX));
    }

    /// How the data disk stands.
    pub fn disk(&self) -> Result<DiskStatus, StoreError> {
        self.engine.guard().status()
    }

    /// Makes the database that of a chain: its genesis document and the state before block 1. The same again is fine.
    pub fn set_genesis(&self, document: &[u8], state: &ChangeSet) -> Result<(), StoreError> {
        let _writer = self.writer();
        if let Some(stored) = self.genesis()? {
            return if stored == document { Ok(()) } else { Err(StoreError::OtherGenesis) };
        }
        let mut batch = self.engine.batch()?;
        batch.put(Column::Meta, keys::GENESIS, document);
        commit::put_changes(&mut batch, state);
        self.write("the genesis", Write::Commit, batch).map(drop)
    }

    /// Stores a proposed value, synced: to be done before a vote for it leaves. `header` and `payload` are those that hash
    /// to `value_id`. The same again costs a read; a corrupt one is replaced.
    pub fn put_payload(
        &self,
        value_id: &Hash,
        height: Height,
        header: &[u8],
        payload: &[u8],
    ) -> Result<(), StoreError> {
        if header.len() > limits::HEADER_BYTES_MAX || payload.len() > limits::BLOCK_BYTES_MAX {
            return Err(StoreError::Inconsistent { what: "size of a payload" });
        }
        let _writer = self.writer();
        let started = Instant::now();
        let mut batch = self.engine.batch()?;
        payloads::put(&mut batch, height, value_id, header, payload);
        if self.is_decided(height, value_id)? {
            // Only its chunks are missing or corrupt: the block already has the header.
            if self.load_payload(value_id).is_ok() {
                return Ok(());
            }
            batch.delete(Column::Undecided, keys::value(height, value_id));
        } else if payloads::undecided(self.reads(), height, value_id)?.is_some()
            && self.load_payload(value_id).is_ok()
        {
            return Ok(());
        }
        let bytes = batch.bytes() as u64;
        self.write("a payload", Write::Payload, batch)?;
        self.metrics.payload_seconds.observe(started.elapsed().as_secs_f64());
        self.metrics.payload_bytes.inc_by(bytes);
        Ok(())
    }

    fn is_decided(&self, height: Height, value_id: &Hash) -> Result<bool, StoreError> {
        Ok(self.block(height)?.is_some_and(|block| block.value_id == *value_id))
    }

    /// Commits the block after the tip in one synced batch, whose payload must be stored. Undecided values of its height
    /// and below go with it.
    pub fn commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let _writer = self.writer();
        let started = Instant::now();
        let tip = self.tip()?.unwrap_or(Height(0));
        let mut batch = self.engine.batch()?;
        commit::fill(&mut batch, self.reads(), tip, commit)?;
        let bytes = batch.bytes() as u64;
        self.write("a block", Write::Commit, batch)?;
        self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
        self.metrics.commit_bytes.inc_by(bytes);
        Ok(())
    }

    /// Writes a part of the indexes of objects, made from the state that no commit changes meanwhile.
    pub fn index_objects<E: From<StoreError>>(
        &self,
        make: impl FnOnce(&Self) -> Result<Vec<ObjectChange>, E>,
    ) -> Result<(), E> {
        let _writer = self.writer();
        let changes = make(self)?;
        let mut batch = self.engine.batch()?;
        commit::put_objects(&mut batch, &changes);
        if batch.bytes() == 0 {
            return Ok(());
        }
        Ok(self.write("an index of objects", Write::Commit, batch).map(drop)?)
    }

    /// Drops undecided values below a height, for values that came in late.
    pub fn drop_undecided_below(&self, height: Height) -> Result<(), StoreError> {
        let _writer = self.writer();
        let mut batch = self.engine.batch()?;
        for (at, value_id, value) in payloads::undecided_between(self.reads(), Height(0), height)? {
            if self.is_decided(at, &value_id)? {
                batch.delete(Column::Undecided, keys::value(at, &value_id));
            } else {
                payloads::delete(&mut batch, at, &value_id, value.payload_bytes);
            }
        }
        if batch.bytes() == 0 {
            return Ok(());
        }
        self.write("the end of undecided values", Write::Commit, batch).map(drop)
    }

    /// Keeps evidence of double voting under its hash.
    pub fn put_evidence(&self, hash: &Hash, evidence: &[u8]) -> Result<(), StoreError> {
        let mut batch = self.engine.batch()?;
        batch.put(Column::Evidence, hash.as_bytes(), evidence);
        self.write("evidence", Write::Commit, batch).map(drop)
    }

    fn write(
        &self,
        attempted: &'static str,
        purpose: Write,
        batch: Batch<'_>,
    ) -> Result<Written, StoreError> {
        let written = self.engine.write(attempted, purpose, batch);
        match &written {
            Ok(written) => self.metrics.sync_seconds.observe(written.log_time.as_secs_f64()),
            Err(error) => tracing::error!(attempted, %error, "write refused"),
        }
        written
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, ()> {
        // The mutex holds nothing that a panic could leave half done: the batch is the unit.
        self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl ChainRead for Store {
    fn reads(&self) -> Reads<'_> {
        self.engine.reads(None)
    }
}

impl ChainRead for View<'_> {
    fn reads(&self) -> Reads<'_> {
        self.engine.reads(Some(&self.snapshot))
    }
}

macro_rules! key_value {
    ($reader:ty) => {
        impl KeyValue for $reader {
            fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
                Ok(self.reads().get(Column::of(space), key)?)
            }

            fn scan(
                &self,
                space: Space,
                from: &[u8],
                to: &[u8],
                limit: usize,
            ) -> Result<Vec<Entry>, StateError> {
                Ok(self.reads().scan(Column::of(space), from, to, limit)?)
            }
        }
    };
}

key_value!(Store);
key_value!(View<'_>);
