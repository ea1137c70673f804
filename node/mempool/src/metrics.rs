//! Figures of the waiting room, `yinglian_mempool_*`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering};
use yinglian_crypto::KeyCacheCounters;

/// Label of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CodeLabel {
    /// `YL1009`.
    pub(crate) code: String,
}

/// All figures of the crate. Cheap to clone: clones share the values.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub(crate) waiting: Gauge,
    pub(crate) waiting_bytes: Gauge,
    pub(crate) organizations: Gauge,
    pub(crate) accepted: Counter,
    pub(crate) repeated: Counter,
    pub(crate) refused: Family<CodeLabel, Counter>,
    pub(crate) committed: Counter,
    pub(crate) expired: Counter,
    pub(crate) rejected: Counter,
    pub(crate) verifications: Counter,
    pub(crate) verify_cpu_seconds: Counter<f64, AtomicU64>,
    pub(crate) verify_waiting: Gauge,
    pub(crate) cache_hits: Counter,
    pub(crate) key_lookups: Counter,
    pub(crate) key_table_hits: Counter,
    pub(crate) key_table_builds: Counter,
    pub(crate) key_table_evictions: Counter,
    pub(crate) key_table_bytes: Gauge,
    pub(crate) pushes_dropped: Counter,
    pub(crate) peer_unread: Counter,
}

impl Metrics {
    /// Adds the figures to a registry.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("yinglian_mempool");
        let mut add = |name: &str, help: &str, metric: &dyn Registerable| {
            metric.register(registry, name, help);
        };
        add("waiting_records", "Envelopes that wait for a block", &self.waiting);
        add("waiting_bytes", "Bytes of envelopes that wait for a block", &self.waiting_bytes);
        add("organizations", "Organisations whose envelopes wait", &self.organizations);
        add("accepted_records", "Envelopes taken", &self.accepted);
        add("repeated_records", "Envelopes that were taken or recorded before", &self.repeated);
        add("refused_records", "Envelopes not taken, by code", &self.refused);
        add("committed_records", "Envelopes of committed blocks", &self.committed);
        add("expired_records", "Envelopes that expired while waiting", &self.expired);
        add("rejected_records", "Envelopes that no block may hold any more", &self.rejected);
        add("verifications", "Signatures checked", &self.verifications);
        add("verify_cpu_seconds", "CPU time of signature checks", &self.verify_cpu_seconds);
        add(
            "verify_waiting_records",
            "Envelopes that wait for a signature check",
            &self.verify_waiting,
        );
        add("verify_cache_hits", "Signatures not checked again", &self.cache_hits);
        add("key_lookups", "Keys looked up to verify with", &self.key_lookups);
        add("key_table_hits", "Keys that were found with a table", &self.key_table_hits);
        add("key_table_builds", "Tables built for keys", &self.key_table_builds);
        add("key_table_evictions", "Tables given up for others", &self.key_table_evictions);
        add("key_table_bytes", "Bytes of all tables of keys", &self.key_table_bytes);
        add(
            "pushes_dropped_records",
            "Envelopes not pushed for lack of room",
            &self.pushes_dropped,
        );
        add("peer_unread_records", "Envelopes of misbehaving peers left unread", &self.peer_unread);
    }
}

impl Metrics {
    /// Takes over what the cache of keys counts by itself.
    pub(crate) fn key_tables(&self, counters: &KeyCacheCounters) {
        let set = |counter: &Counter, value| counter.inner().store(value, Ordering::Relaxed);
        set(&self.key_lookups, counters.lookups);
        set(&self.key_table_hits, counters.hits);
        set(&self.key_table_builds, counters.builds);
        set(&self.key_table_evictions, counters.evictions);
        self.key_table_bytes.set(counters.table_bytes as i64);
    }
}

/// Lets one table hold metrics of several types.
trait Registerable {
    fn register(&self, registry: &mut Registry, name: &str, help: &str);
}

impl<M: prometheus_client::registry::Metric + Clone> Registerable for M {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.clone());
    }
}
