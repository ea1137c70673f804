//! The HTTP interface of a node: envelopes in, receipts and proofs out.
//!
//! Decides: sizes and shapes of requests, who may read what (default deny), languages, waiting, back-pressure.
//! Comes in: HTTP requests from anywhere. Goes out: answers of the [`Node`] behind it, refusals as problem+json with a code.
//! Never: storage, consensus, the name of a contract, or a rule of one.

mod auth;
mod config;
mod contract_paths;
mod cursor;
mod extract;
mod json_envelope;
mod language;
mod layer;
mod metrics;
mod nonces;
mod openapi;
mod ports;
mod problem;
mod reading;
mod routes;
mod schema;
mod server;
mod service;
mod views;
mod visitors;

pub use config::{BATCH_ENVELOPES_MAX, Config, PREPARED_VALID_MS, RECORDS_MAX};
pub use metrics::Metrics;
pub use openapi::openapi_json;
pub use ports::*;
pub use server::serve;
pub use service::{Api, MetricsText};
