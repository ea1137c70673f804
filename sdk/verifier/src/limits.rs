//! Limits of a package, checked before any work on what they limit.

/// Largest package, bytes (64 MiB).
pub const PACKAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most files of a package.
pub const MEMBERS_MAX: usize = 1_024;
/// Longest name of a file, bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 255;
