//! What an operator may set about the store, with its defaults.

const MIB: usize = 1024 * 1024;

/// Sizes and limits of the store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cache of uncompressed blocks, indexes and filters, bytes.
    pub cache_bytes: usize,
    /// Memory for writes that are not in files yet, over all columns, bytes.
    pub write_buffer_bytes: usize,
    /// Most files held open.
    pub open_files_max: i32,
    /// Threads that flush and compact.
    pub background_jobs: i32,
    /// Payloads are refused when less than this stays free on the disk, commits at half of it, bytes. It leaves room for
    /// the engine's own flushes and compactions.
    pub head_room_bytes: u64,
    /// Sync every commit and payload. Off only in tests that show what a power cut then destroys.
    pub sync: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 128 * MIB,
            write_buffer_bytes: 96 * MIB,
            open_files_max: 512,
            background_jobs: 2,
            head_room_bytes: 1024 * MIB as u64,
            sync: true,
        }
    }
}
