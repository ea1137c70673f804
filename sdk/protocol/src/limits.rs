//! Every limit of the protocol, each with its unit, in its one home. Limits are enforced before work is done.

/// Largest encoded envelope, bytes (64 KiB).
pub const ENVELOPE_BYTES_MAX: usize = 64 * 1024;
/// A proposer stops filling a block at this payload size, bytes (4 MiB).
pub const BLOCK_BYTES_SOFT: usize = 4 * 1024 * 1024;
/// A payload larger than this is invalid, bytes (8 MiB).
pub const BLOCK_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most envelopes in a block, whatever the chain parameter says.
pub const BLOCK_RECORDS_MAX: u32 = 16_000;
/// Largest body of an HTTP request, bytes (1 MiB).
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Longest Merkle path, nodes.
pub const PROOF_PATH_MAX: usize = 64;
/// Longest path of a registry proof, nodes (the key hash has 256 bits).
pub const REGISTRY_PATH_MAX: usize = 256;
/// Longest registry key, bytes.
pub const REGISTRY_KEY_BYTES_MAX: usize = 256;
/// Largest registry value, bytes.
pub const REGISTRY_VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most validators in a set.
pub const VALIDATORS_MAX: usize = 128;
/// Fewest validators that may remain (spec 6).
pub const VALIDATORS_MIN: usize = 4;
/// Most events of one outcome.
pub const EVENTS_MAX: usize = 64;
/// Most registry writes of one outcome.
pub const WRITES_MAX: usize = 256;
/// Largest receipt, bytes, embedded trust chain included (1 MiB).
pub const RECEIPT_BYTES_MAX: usize = 1024 * 1024;
/// Largest `.trust` file, bytes (64 MiB: thousands of set changes of a large network).
pub const TRUST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest encoded header, bytes.
pub const HEADER_BYTES_MAX: usize = 1024;
/// Largest encoded quorum, bytes.
pub const QUORUM_BYTES_MAX: usize = 16 + VALIDATORS_MAX * 66;
/// Longest free text in a call, bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Default of the chain parameter: how far ahead of block time `valid_until_ms` may be, milliseconds (one hour).
pub const ENVELOPE_VALID_MS_MAX: u64 = 3_600_000;
/// Default of the chain parameter: longest time between two headers, milliseconds (spec 4).
pub const HEARTBEAT_MS_MAX: u64 = 10_000;
/// How far a proposer's clock may deviate from one's own for a value seen live, milliseconds.
pub const CLOCK_DEVIATION_MS_MAX: u64 = 10_000;
/// A set change names an activation height at least this many blocks after its decision (spec 6).
pub const SET_CHANGE_DELAY_BLOCKS: u64 = 10;
