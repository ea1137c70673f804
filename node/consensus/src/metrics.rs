//! Figures of consensus, beside those of the engine itself.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::AtomicU64;

/// Why parts were refused.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Reason {
    /// Short name of the reason.
    pub reason: &'static str,
}

/// Handles of all figures; clones share them.
#[derive(Clone)]
pub struct Metrics {
    /// Time to sign, seconds.
    pub sign_seconds: Histogram,
    /// Time to verify a signature that was not verified before, seconds.
    pub verify_seconds: Histogram,
    /// CPU time of making signatures, seconds.
    pub sign_cpu_seconds: Counter<f64, AtomicU64>,
    /// CPU time of verifying signatures, seconds.
    pub verify_cpu_seconds: Counter<f64, AtomicU64>,
    /// Time to write and sync the sign-state, seconds.
    pub sync_seconds: Histogram,
    /// Time of the application's checks of proposals, seconds.
    pub check_seconds: Histogram,
    /// Time of commits, seconds.
    pub commit_seconds: Histogram,
    /// Parts taken.
    pub parts: Counter,
    /// Parts refused.
    pub parts_refused: Family<Reason, Counter>,
    /// Proofs of double signing.
    pub evidence: Counter,
    /// 0 observer, 1 waits for reports, 2 follows, 3 signs, 4 closed.
    pub guard_state: Gauge,
    /// Height being decided.
    pub height: Gauge,
    /// Round being decided.
    pub round: Gauge,
    /// Peers connected for envelopes.
    pub gossip_peers: Gauge,
    /// Envelopes pushed to a peer.
    pub gossip_sent: Counter,
    /// Envelopes received from peers.
    pub gossip_received: Counter,
    /// Envelopes not pushed because a peer's queue was full.
    pub gossip_dropped: Counter,
}

impl Metrics {
    /// Registers everything under `yinglian_consensus`.
    pub fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("yinglian_consensus");
        let mut seconds = |name: &str, help: &str| {
            let histogram = Histogram::new(exponential_buckets(0.000_05, 2.0, 16));
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
            histogram
        };
        let sign_seconds = seconds("sign", "time to make a signature");
        let verify_seconds = seconds("verify", "time to verify a signature not seen before");
        let sync_seconds = seconds("sign_state_sync", "time to write and sync the sign-state");
        let check_seconds = seconds("check", "time of the application's checks of proposals");
        let commit_seconds = seconds("commit", "time of commits");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let parts = counter("parts", "proposal parts taken");
        let evidence = counter("evidence", "proofs of double signing");
        let gossip_sent = counter("gossip_sent", "envelopes pushed to a peer");
        let gossip_received = counter("gossip_received", "envelopes received from peers");
        let gossip_dropped = counter("gossip_dropped", "envelopes not pushed, a queue was full");
        let mut gauge = |name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let guard_state = gauge("guard_state", "0 observer, 1 waits, 2 follows, 3 signs, 4 closed");
        let height = gauge("height", "height being decided");
        let round = gauge("round", "round being decided");
        let gossip_peers = gauge("gossip_peers", "peers connected for envelopes");
        let mut cpu = |name: &str, help: &str| {
            let counter = Counter::<f64, AtomicU64>::default();
            registry.register_with_unit(name, help, Unit::Seconds, counter.clone());
            counter
        };
        let sign_cpu_seconds = cpu("sign_cpu", "CPU time of making signatures");
        let verify_cpu_seconds = cpu("verify_cpu", "CPU time of verifying signatures");
        let parts_refused = Family::default();
        registry.register("parts_refused", "proposal parts refused", parts_refused.clone());
        Self {
            sign_seconds,
            verify_seconds,
            sign_cpu_seconds,
            verify_cpu_seconds,
            sync_seconds,
            check_seconds,
            commit_seconds,
            parts,
            parts_refused,
            evidence,
            guard_state,
            height,
            round,
            gossip_peers,
            gossip_sent,
            gossip_received,
            gossip_dropped,
        }
    }
}

/// CPU time that this thread has used, seconds.
pub(crate) fn thread_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Counts the CPU time of a future, whichever threads poll it; what it waits for costs nothing.
pub(crate) async fn count_cpu<F: Future>(
    counter: &Counter<f64, AtomicU64>,
    future: F,
) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let begun = thread_cpu_seconds();
        let poll = future.as_mut().poll(context);
        counter.inc_by((thread_cpu_seconds() - begun).max(0.0));
        poll
    })
    .await
}

/// The engine's own figures in the text format, without the closing `# EOF`: it keeps a registry of its own.
pub fn engine_metrics() -> String {
    let mut text = String::new();
    malachite::app::metrics::export(&mut text);
    text.truncate(text.trim_end().trim_end_matches("# EOF").len());
    text
}

#[tokio::test]
async fn waiting_is_no_cpu_time_and_work_is() {
    let counter = Counter::<f64, AtomicU64>::default();
    count_cpu(&counter, tokio::time::sleep(std::time::Duration::from_millis(200))).await;
    assert!(counter.get() < 0.1, "{} s of CPU for a wait", counter.get());
    let begun = thread_cpu_seconds();
    count_cpu(&counter, async {
        while thread_cpu_seconds() - begun < 0.2 {
            std::hint::black_box(0);
        }
    })
    .await;
    assert!(counter.get() > 0.15, "{} s of CPU for the work", counter.get());
}
