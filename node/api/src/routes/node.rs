//! How the node is: open, since it shows no records. Words are in the caller's language.

use crate::{
    language::Language,
    ports::{NodeStatus, Reason, Sentence, Why},
    problem::{ApiError, Problem},
    service::Api,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use yinglian_protocol::Code;

/// A word about the node.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    /// `up` or `ready`.
    pub status: &'static str,
}

/// The process is up.
#[utoipa::path(
    get, path = "/v1/health", tag = "node",
    responses((status = 200, description = "It is", body = HealthAnswer))
)]
pub(crate) async fn health() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "up" })
}

/// The node takes envelopes.
#[utoipa::path(
    get, path = "/v1/ready", tag = "node",
    responses(
        (status = 200, description = "It does", body = HealthAnswer),
        (status = "default", description = "It does not, and why", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(api): State<Api>) -> Result<Json<HealthAnswer>, ApiError> {
    api.node().ready().await?;
    Ok(Json(HealthAnswer { status: "ready" }))
}

/// The node in figures.
#[utoipa::path(
    get, path = "/v1/node/status", tag = "node",
    responses(
        (status = 200, description = "Figures", body = NodeStatus),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn status(State(api): State<Api>) -> Result<Json<NodeStatus>, ApiError> {
    Ok(Json(api.node().node_status().await?))
}

/// Why blocks are made, or why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhyAnswer {
    /// True when blocks are being decided.
    pub making_blocks: bool,
    /// What is so, the weightiest first.
    pub reasons: Vec<ReasonAnswer>,
}

/// One thing to know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonAnswer {
    /// Code of the matter, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    /// What is so, in the caller's language.
    pub text: String,
    /// What to do, where the code tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Why blocks are made, or why not, in words.
#[utoipa::path(
    get, path = "/v1/node/why", tag = "node",
    responses((status = 200, description = "Words", body = WhyAnswer))
)]
pub(crate) async fn why(State(api): State<Api>, language: Language) -> Response {
    let Why { making_blocks, reasons } = api.node().why().await;
    let reasons = reasons.into_iter().map(|reason| words(reason, language)).collect();
    let language_header = [(header::CONTENT_LANGUAGE, language.tag())];
    (language_header, Json(WhyAnswer { making_blocks, reasons })).into_response()
}

fn words(reason: Reason, language: Language) -> ReasonAnswer {
    let Reason { code, text: Sentence { en, zh } } = reason;
    let text = match language {
        Language::En => en,
        Language::Zh => zh,
    };
    let remedy = code.map(|code| language.text(code).remedy.to_owned());
    ReasonAnswer { code, text, remedy: remedy.filter(|remedy| !remedy.is_empty()) }
}

/// Figures for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "node",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn metrics(State(api): State<Api>) -> Result<Response, ApiError> {
    let text = (api.shared.metrics_text)().map_err(|_| Code::INTERNAL)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
