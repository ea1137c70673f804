//! Every limit of rows and batches, each with its unit. Checked before the work that they bound.

/// Most rows of a batch (2^20).
pub const BATCH_ROWS_MAX: usize = 1 << 20;
/// Most bytes of the canonical rows of a batch together (1 GiB).
pub const BATCH_BYTES_MAX: usize = 1 << 30;
/// Most columns of a schema.
pub const COLUMNS_MAX: usize = 256;
/// Longest canonical row, bytes (64 KiB).
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// Longest name of a column, bytes of UTF-8.
pub const COLUMN_NAME_BYTES_MAX: usize = 128;
/// Greatest length of a column C, characters.
pub const TEXT_LENGTH_MAX: u32 = 16_384;
/// Most digits of a column N.
pub const DIGITS_MAX: u32 = 38;
/// Most digits of a fraction of a second.
pub const FRACTION_DIGITS_MAX: u8 = 9;
/// Greatest distance of a zone from UTC, minutes (14 hours).
pub const ZONE_MINUTES_MAX: i16 = 14 * 60;
/// Largest encoded row proof, bytes.
pub const ROW_PROOF_BYTES_MAX: usize = ROW_BYTES_MAX + 4096;
/// Largest published digests of a batch, bytes: a hash a row, and the keys that ranges begin with.
pub const PUBLISHED_BYTES_MAX: usize = 1 << 28;
/// Rows of a range of published digests, and the most rows of a range that is compared leaf by leaf.
pub const RANGE_ROWS: usize = 64;
/// Parts that bisection splits a range into.
pub const RANGE_PARTS: usize = 16;
