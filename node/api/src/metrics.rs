//! Figures of the HTTP interface for Prometheus. Labels are routes and statuses, never ids or callers.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::time::Duration;

/// Upper bounds of the buckets, seconds: from a cached header to the longest wait for a commit.
const BUCKETS_SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: String,
}

type Durations = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// `yinglian_api_*`.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    durations: Durations,
    refusals: Family<CodeLabels, Counter>,
    pub(crate) in_flight: Gauge,
    pub(crate) streams: Gauge,
    pub(crate) streams_cut: Counter,
    pub(crate) envelopes: Counter,
    pub(crate) connections: Gauge,
}

impl Metrics {
    /// Makes the figures and registers them.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS_SECONDS)),
            refusals: Family::default(),
            in_flight: Gauge::default(),
            streams: Gauge::default(),
            streams_cut: Counter::default(),
            envelopes: Counter::default(),
            connections: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("yinglian_api");
        registry.register("requests", "Requests answered", metrics.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time to the head of the answer, waiting for a commit included",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("refusals", "Refusals by code", metrics.refusals.clone());
        registry.register(
            "in_flight_requests",
            "Requests being answered",
            metrics.in_flight.clone(),
        );
        registry.register("streams", "Event streams and exports open", metrics.streams.clone());
        registry.register(
            "streams_cut",
            "Streams cut for a slow reader",
            metrics.streams_cut.clone(),
        );
        registry.register("envelopes", "Envelopes submitted", metrics.envelopes.clone());
        registry.register("connections", "Connections open", metrics.connections.clone());
        metrics
    }

    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method: method.into(), route: route.into(), status };
        self.requests.get_or_create(&labels).inc();
        self.durations
            .get_or_create(&RouteLabels { route: route.into() })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self, code: yinglian_protocol::Code) {
        self.refusals.get_or_create(&CodeLabels { code: code.to_string() }).inc();
    }
}

/// Counts up now and down when dropped, also when a request is given up midway.
pub(crate) struct Counted(Gauge);

impl Counted {
    pub(crate) fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
