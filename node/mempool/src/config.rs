//! Bounds of the waiting room: local policy, different nodes may differ.

/// Bounds. Every queue and cache of the crate has one here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Most envelopes that wait.
    pub records_max: usize,
    /// Most bytes of envelopes that wait.
    pub bytes_max: usize,
    /// Most envelopes of one organisation. It may also never hold more than what is left free, so that newcomers find room.
    pub organization_records_max: usize,
    /// Most bytes of one organisation.
    pub organization_bytes_max: usize,
    /// Threads that check signatures.
    pub verify_threads: usize,
    /// Most envelopes that wait for their signature check.
    pub verify_records_max: usize,
    /// Of these, most that name senders of one organisation: who claims to be another cannot block the checks of the rest.
    pub verify_organization_records_max: usize,
    /// Verified envelope hashes that are remembered.
    pub verified_max: usize,
    /// Prepared keys that are remembered.
    pub keys_max: usize,
    /// Most bytes of tables that make the verification of busy SM2 keys several times faster: 86 KiB, then 264 KiB for a key.
    pub key_tables_bytes_max: usize,
    /// Ends that are remembered after an envelope has left.
    pub ended_max: usize,
    /// Most envelopes that wait to be pushed to other nodes; beyond it the oldest are not pushed.
    pub push_records_max: usize,
    /// An own envelope that is not committed after this block time is pushed again, milliseconds.
    pub push_again_ms: u64,
    /// Peers whose conduct is remembered.
    pub peers_max: usize,
    /// Bad envelopes that a peer may send at once before the rest goes unread.
    pub peer_faults_max: u32,
    /// Bad envelopes a second that a peer may send for ever.
    pub peer_faults_per_second: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            records_max: 100_000,
            bytes_max: 256 * 1024 * 1024,
            organization_records_max: 40_000,
            organization_bytes_max: 96 * 1024 * 1024,
            verify_threads: std::thread::available_parallelism().map_or(1, Into::into),
            verify_records_max: 16_384,
            verify_organization_records_max: 8_192,
            // Two full blocks per second over the validity of a burst: about 30 MB.
            verified_max: 200_000,
            keys_max: 65_536,
            key_tables_bytes_max: 64 * 1024 * 1024,
            ended_max: 100_000,
            push_records_max: 32_768,
            push_again_ms: 10_000,
            peers_max: 256,
            peer_faults_max: 200,
            peer_faults_per_second: 10,
        }
    }
}
