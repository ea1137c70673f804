//! The shared state of all handlers, and the router.

use crate::{
    config::Config,
    cursor::Cursors,
    layer,
    metrics::Metrics,
    nonces::Nonces,
    openapi,
    ports::Chain,
    ports::Node,
    problem::ApiError,
    routes,
    visitors::{VisitorLimits, Visitors},
};
use axum::{Router, http::StatusCode, middleware};
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use yinglian_protocol::{Code, Hash};

/// Writes the text of `/metrics`.
pub type MetricsText = Arc<dyn Fn() -> Result<String, std::fmt::Error> + Send + Sync>;

/// Everything a handler may use. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub node: Arc<dyn Node>,
    pub chain: Chain,
    pub config: Config,
    pub metrics: Metrics,
    pub metrics_text: MetricsText,
    pub requests: Semaphore,
    pub streams: Arc<Semaphore>,
    pub nonces: Mutex<Nonces>,
    pub visitors: Visitors,
    pub cursors: Cursors,
    /// The description, and the interfaces that it was made from.
    pub description: Mutex<Option<(Vec<Hash>, Bytes)>>,
    /// A request signed before this may have been taken by the process before us, whose memory of nonces is gone.
    pub started_ms: u64,
}

impl Api {
    /// An interface over a node.
    pub fn new(
        node: Arc<dyn Node>,
        config: Config,
        metrics: Metrics,
        metrics_text: MetricsText,
    ) -> Self {
        let shared = Shared {
            chain: node.chain(),
            requests: Semaphore::new(config.requests_max),
            streams: Arc::new(Semaphore::new(config.streams_max)),
            nonces: Mutex::new(Nonces::new(config.nonces_max, config.nonces_per_caller_max)),
            visitors: Visitors::new(VisitorLimits {
                connections_max: config.connections_per_ip_max,
                requests_per_second: config.requests_per_ip_per_second,
                requests_burst: config.requests_per_ip_burst,
                limits_loopback: config.limits_loopback,
            }),
            cursors: Cursors::new(),
            description: Mutex::default(),
            started_ms: (config.clock_ms)(),
            node,
            config,
            metrics,
            metrics_text,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The routes with every limit around them.
    pub fn router(&self) -> Router {
        let (router, _) = routes::all().split_for_parts();
        router
            .route("/v1/openapi.json", axum::routing::get(openapi::document))
            .route("/v1/{contract}/{query}", axum::routing::get(routes::queries::query))
            .route("/v1/docs", axum::routing::get(openapi::swagger))
            .route("/v1/docs/{file}", axum::routing::get(openapi::asset))
            .route("/", axum::routing::get(openapi::page))
            .fallback(no_such_route)
            .method_not_allowed_fallback(no_such_method)
            // Bodies are read by our own extractor, with our own limit and refusal.
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(middleware::from_fn_with_state(self.clone(), layer::around))
            .with_state(self.clone())
    }

    pub(crate) fn node(&self) -> &dyn Node {
        &*self.shared.node
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(crate) fn now_ms(&self) -> u64 {
        (self.shared.config.clock_ms)()
    }
}

async fn no_such_route() -> ApiError {
    ApiError::not_found("no such route; GET / lists the routes")
}

async fn no_such_method() -> ApiError {
    let mut error = ApiError::from(Code::REQUEST_MALFORMED);
    error.status = Some(StatusCode::METHOD_NOT_ALLOWED);
    error.refusal.detail = Some("the route does not have this method".into());
    error
}
