//! The columns of the database: what each holds, and how the engine is told to keep it.

use crate::Options;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel,
    Options as EngineOptions,
};
use yinglian_state::Space;

/// A column of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Layout, tip and genesis.
    Meta,
    /// Height -> block record.
    Blocks,
    /// Value id -> height it was proposed for.
    Values,
    /// Height ‖ value id -> header and payload size, for values not decided yet.
    Undecided,
    /// Height ‖ value id ‖ chunk -> part of the payload.
    Payloads,
    /// First position of a group -> outcomes of up to 64 records of one block and where their envelopes lie.
    Records,
    LogTiles,
    RegistryPages,
    RegistryValues,
    Window,
    RecordIndex,
    /// Name ‖ key ‖ position -> nothing. Local: rebuildable from blocks, invisible to contracts.
    LocalIndex,
    /// Place in the order of an index -> key of the object. Local as well.
    ObjectIndex,
    /// Hash -> evidence of double voting.
    Evidence,
    /// First height that a set decides -> the set, for every change since the genesis.
    ValidatorSets,
}

impl Column {
    pub(crate) const ALL: [Self; 15] = [
        Self::Meta,
        Self::Blocks,
        Self::Values,
        Self::Undecided,
        Self::Payloads,
        Self::Records,
        Self::LogTiles,
        Self::RegistryPages,
        Self::RegistryValues,
        Self::Window,
        Self::RecordIndex,
        Self::LocalIndex,
        Self::ObjectIndex,
        Self::Evidence,
        Self::ValidatorSets,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Blocks => "blocks",
            Self::Values => "values",
            Self::Undecided => "undecided",
            Self::Payloads => "payloads",
            Self::Records => "records",
            Self::LogTiles => "log-tiles",
            Self::RegistryPages => "registry-pages",
            Self::RegistryValues => "registry-values",
            Self::Window => "window",
            Self::RecordIndex => "record-index",
            Self::LocalIndex => "local-index",
            Self::ObjectIndex => "object-index",
            Self::Evidence => "evidence",
            Self::ValidatorSets => "validator-sets",
        }
    }

    pub(crate) fn of(space: Space) -> Self {
        match space {
            Space::LogTiles => Self::LogTiles,
            Space::RegistryPages => Self::RegistryPages,
            Space::RegistryValues => Self::RegistryValues,
            Space::Window => Self::Window,
            Space::RecordIndex => Self::RecordIndex,
        }
    }

    /// Hashes do not shrink: compressing them costs time and saves nothing.
    fn compression(self) -> DBCompressionType {
        match self {
            Self::LogTiles | Self::RegistryPages | Self::Values | Self::Evidence => {
                DBCompressionType::None
            }
            Self::Window | Self::RecordIndex => DBCompressionType::None,
            Self::Meta
            | Self::Undecided
            | Self::LocalIndex
            | Self::ObjectIndex
            | Self::RegistryValues
            | Self::ValidatorSets => DBCompressionType::Lz4,
            Self::Blocks | Self::Payloads | Self::Records => DBCompressionType::Zstd,
        }
    }

    /// Columns that are read by whole keys, many of which are absent.
    fn has_filter(self) -> bool {
        matches!(
            self,
            Self::Values
                | Self::RegistryPages
                | Self::RegistryValues
                | Self::RecordIndex
                | Self::Window
        )
    }
}

/// Smallest value that goes into a blob file, where compaction leaves it alone, bytes.
const BLOB_BYTES_MIN: u64 = 4 * 1024;
const BLOB_FILE_BYTES: u64 = 256 * 1024 * 1024;
const COLUMN_BUFFER_BYTES: usize = 32 * 1024 * 1024;
const BLOCK_BYTES: usize = 8 * 1024;
/// A compaction starts when this many of so many neighbouring keys are deletes: the window lives from sweeping.
const SWEPT_KEYS: usize = 4_096;
const SWEPT_DELETES: usize = 2_048;

pub(crate) fn database_options(options: &Options) -> EngineOptions {
    let mut engine = EngineOptions::default();
    engine.create_if_missing(true);
    engine.create_missing_column_families(true);
    engine.set_paranoid_checks(true);
    // A torn tail of the write-ahead log is what a power cut leaves; anything behind a damaged record was never
    // acknowledged. The tip is compared with the blocks when the store opens.
    engine.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    engine.set_max_open_files(options.open_files_max);
    engine.set_max_background_jobs(options.background_jobs);
    engine.set_db_write_buffer_size(options.write_buffer_bytes);
    engine.set_max_total_wal_size(4 * options.write_buffer_bytes as u64);
    engine.set_bytes_per_sync(1024 * 1024);
    engine.set_log_level(LogLevel::Warn);
    engine.set_keep_log_file_num(2);
    engine.set_max_log_file_size(1024 * 1024);
    engine.set_stats_dump_period_sec(0);
    engine
}

pub(crate) fn descriptors(options: &Options, cache: &Cache) -> Vec<ColumnFamilyDescriptor> {
    let describe = |column: &Column| {
        ColumnFamilyDescriptor::new(column.name(), column_options(*column, options, cache))
    };
    let mut all: Vec<_> = Column::ALL.iter().map(describe).collect();
    // The engine insists on a default column; it stays empty.
    all.push(ColumnFamilyDescriptor::new("default", EngineOptions::default()));
    all
}

fn column_options(column: Column, options: &Options, cache: &Cache) -> EngineOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(BLOCK_BYTES);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    if column.has_filter() {
        table.set_bloom_filter(10.0, false);
    }
    let mut engine = EngineOptions::default();
    engine.set_block_based_table_factory(&table);
    engine.set_compression_type(column.compression());
    engine.set_level_compaction_dynamic_level_bytes(true);
    engine.set_write_buffer_size(COLUMN_BUFFER_BYTES.min(options.write_buffer_bytes));
    match column {
        Column::Payloads => {
            engine.set_enable_blob_files(true);
            engine.set_min_blob_size(BLOB_BYTES_MIN);
            engine.set_blob_file_size(BLOB_FILE_BYTES);
            engine.set_blob_compression_type(DBCompressionType::Zstd);
            engine.set_enable_blob_gc(true);
        }
        Column::RecordIndex => filter_memory(&mut engine),
        Column::Window => {
            filter_memory(&mut engine);
            engine.add_compact_on_deletion_collector_factory(SWEPT_KEYS, SWEPT_DELETES, 0.0);
        }
        _ => {}
    }
    engine
}

/// A filter for what is not in a file yet, where nearly every key looked for is absent: each new envelope is. It takes a
/// twentieth of the write buffer.
fn filter_memory(engine: &mut EngineOptions) {
    engine.set_memtable_whole_key_filtering(true);
    engine.set_memtable_prefix_bloom_ratio(0.05);
}
