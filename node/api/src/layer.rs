//! What surrounds every request: a place among the requests being answered, a time limit, figures, and the caller's language.

use crate::{
    language::Language, metrics::Counted, ports::Refusal, problem::ApiError, service::Api,
    visitors::Visit,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Instant};
use yinglian_protocol::Code;

/// Answered even when the node has no place for more: who watches a node must see that it is full.
const ALWAYS_ANSWERED: [&str; 2] = ["/v1/health", "/metrics"];

pub(crate) async fn around(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let language = Language::of(request.headers());
    request.extensions_mut().insert(language);
    let method = method_label(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let counted = Counted::new(&api.shared.metrics.in_flight);
    let response = answer(&api, &route, request, next).await;
    drop(counted);
    let mut response = match response.extensions().get::<ApiError>() {
        Some(error) => {
            api.shared.metrics.refused(error.refusal.code);
            error.render(language)
        }
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = response.status().as_u16();
    api.shared.metrics.answered(method, &route, status, started.elapsed());
    response
}

async fn answer(api: &Api, route: &str, request: Request, next: Next) -> Response {
    if let Some(visit) = request.extensions().get::<Arc<Visit>>()
        && let Err(after) = visit.request(Instant::now())
    {
        let mut error = ApiError::busy("too many requests from this address");
        error.refusal.retry_after = Some(after);
        return error.into_response();
    }
    let place = api.shared.requests.try_acquire();
    if place.is_err() && !ALWAYS_ANSWERED.contains(&route) {
        return ApiError::busy("too many requests are being answered").into_response();
    }
    let config = api.config();
    let limit = config.answer_timeout + config.body_timeout + config.wait_max;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let late = Refusal::new(Code::NODE_NOT_READY).detail("the node did not answer in time");
            ApiError::from(late).into_response()
        }
    }
}

/// Methods have a closed set of labels: an invented one must not grow the figures.
fn method_label(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
