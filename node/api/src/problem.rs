//! Refusals as HTTP: `application/problem+json` (RFC 9457) with our code, cause and remedy in the caller's language.
//!
//! A handler returns an [`ApiError`]; it does not know the language. The outermost layer (`layer.rs`) writes the body.

use crate::{language::Language, ports::Refusal};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use yinglian_protocol::Code;

/// What a handler gives back when it does not answer.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub refusal: Refusal,
    /// Where HTTP has a status of its own, as for a wrong method.
    pub status: Option<StatusCode>,
}

/// Body of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(example = "/v1/codes/YL4008")]
    pub kind: String,
    /// What happened, in the caller's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    #[schema(example = "YL4008")]
    pub code: String,
    /// What is special about this case, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// After which time the same request may succeed, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// Retry-After where the node named no time, for answers that mean "later".
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

impl ApiError {
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Refusal::new(Code::REQUEST_MALFORMED).detail(detail).into()
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Refusal::new(Code::NOT_FOUND).detail(detail).into()
    }

    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Refusal::new(Code::BUSY).detail(detail).retry_after(RETRY_AFTER_DEFAULT).into()
    }

    fn http_status(&self) -> StatusCode {
        self.status
            .or_else(|| StatusCode::from_u16(self.refusal.code.http_status()).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn problem(&self, language: Language) -> Problem {
        let text = language.text(self.refusal.code);
        Problem {
            kind: format!("/v1/codes/{}", self.refusal.code),
            title: text.title.into(),
            status: self.http_status().as_u16(),
            code: self.refusal.code.to_string(),
            detail: self.refusal.detail.clone(),
            cause: text.cause.into(),
            remedy: text.remedy.into(),
            retry_after_ms: self.retry_after().map(milliseconds),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let later = matches!(
            self.http_status(),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        self.refusal.retry_after.or_else(|| later.then_some(RETRY_AFTER_DEFAULT))
    }

    pub(crate) fn render(&self, language: Language) -> Response {
        let problem = self.problem(language);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.http_status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if let Some(after) = self.retry_after() {
            // Whole seconds, rounded up (RFC 9110 section 10.2.3).
            let seconds = milliseconds(after).div_ceil(1_000).max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.http_status() == StatusCode::UNAUTHORIZED {
            headers
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Yinglian-Signature"));
        }
        response
    }
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, status: None }
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Refusal::new(code).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.http_status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
