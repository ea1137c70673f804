//! What the store reports about itself.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Metrics of one store.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) commit_seconds: Histogram,
    pub(crate) payload_seconds: Histogram,
    pub(crate) sync_seconds: Histogram,
    pub(crate) commit_bytes: Counter,
    pub(crate) payload_bytes: Counter,
    pub(crate) size: Gauge,
    pub(crate) disk_free: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        // From 0.1 ms to 1.6 s.
        let seconds = || Histogram::new(exponential_buckets(0.000_1, 2.0, 15));
        Self {
            commit_seconds: seconds(),
            payload_seconds: seconds(),
            sync_seconds: seconds(),
            commit_bytes: Counter::default(),
            payload_bytes: Counter::default(),
            size: Gauge::default(),
            disk_free: Gauge::default(),
        }
    }
}

impl Metrics {
    /// Registers everything as `yinglian_store_*`.
    pub fn register(&self, registry: &mut Registry) {
        let store = registry.sub_registry_with_prefix("yinglian_store");
        let mut histogram = |name: &str, help: &str, metric: &Histogram| {
            store.register(name, help, metric.clone());
        };
        histogram("commit_seconds", "Time to commit a block", &self.commit_seconds);
        histogram(
            "payload_seconds",
            "Time to store a payload before a vote",
            &self.payload_seconds,
        );
        histogram("sync_seconds", "Time in the write-ahead log, sync included", &self.sync_seconds);
        store.register(
            "commit_bytes",
            "Bytes committed beside payloads",
            self.commit_bytes.clone(),
        );
        store.register("payload_bytes", "Bytes of payloads stored", self.payload_bytes.clone());
        store.register("size_bytes", "Bytes of the database files", self.size.clone());
        store.register("disk_free_bytes", "Bytes free on the data disk", self.disk_free.clone());
    }
}
