//! Reads requests: path segments, queries and bodies, each within its limit and refused with a code.

use crate::{language::Language, problem::ApiError, service::Api};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use std::str::FromStr;
use yinglian_protocol::{Code, EnvelopeId, Hash, Height, limits};

/// A query with every field known.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, ApiError> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|error| {
            // The cause says which field; the outer text only that it is a query.
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            ApiError::malformed(format!("query: {}", cause.unwrap_or_else(|| error.to_string())))
        })
    }
}

/// The one segment of the path that varies.
pub(crate) struct Segment<T>(pub T);

impl<T: FromStr> FromRequestParts<Api> for Segment<T>
where
    T::Err: std::fmt::Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, api)
            .await
            .map_err(|_| ApiError::malformed("path is not UTF-8"))?;
        text.parse().map(Self).map_err(|error| ApiError::malformed(format!("path: {error}")))
    }
}

/// `latest` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeightOrLatest {
    Latest,
    Height(Height),
}

impl FromStr for HeightOrLatest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        number(text)
            .map(|height| Self::Height(Height(height)))
            .ok_or("a height is a number or latest")
    }
}

/// An envelope id in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub EnvelopeId);

impl FromStr for Id {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = Hash::from_str(text).map_err(|_| "an id is 64 lower hex digits")?;
        Ok(Self(EnvelopeId(hash)))
    }
}

/// A decimal number without sign or leading zeros: one number has one spelling.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

/// How an answer or a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Binary,
    Json,
}

/// A request's body with what `Content-Type` says of it.
pub(crate) struct Submission {
    pub encoding: Encoding,
    pub bytes: Bytes,
}

impl FromRequest<Api> for Submission {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let encoding = content_type(request.headers())?;
        Ok(Self { encoding, bytes: read_body(request, api).await? })
    }
}

fn content_type(headers: &HeaderMap) -> Result<Encoding, ApiError> {
    let text =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/octet-stream") {
        Ok(Encoding::Binary)
    } else if essence.eq_ignore_ascii_case("application/json") {
        Ok(Encoding::Json)
    } else {
        let mut error = ApiError::malformed(
            "Content-Type is application/octet-stream or application/json".to_owned(),
        );
        error.status = Some(axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE);
        Err(error)
    }
}

/// Reads at most `REQUEST_BYTES_MAX`. A longer body is refused by its announced length before a byte of it is read, or as
/// soon as it passes the limit.
async fn read_body(request: Request, api: &Api) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()).and_then(number);
    if announced.is_some_and(|length| length > limits::REQUEST_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let collect = async {
        let mut chunks = request.into_body().into_data_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| ApiError::malformed("body was cut"))?;
            if bytes.len() + chunk.len() > limits::REQUEST_BYTES_MAX {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(bytes))
    };
    tokio::time::timeout(api.config().body_timeout, collect)
        .await
        .unwrap_or_else(|_| Err(ApiError::malformed("body did not arrive in time")))
}

fn too_large() -> ApiError {
    let mut error = ApiError::from(Code::REQUEST_TOO_LARGE);
    error.refusal.detail = Some(format!("a body has at most {} bytes", limits::REQUEST_BYTES_MAX));
    error
}

impl FromRequestParts<Api> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// JSON of a type, or a refusal that says where it is wrong.
pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::malformed(format!("json: {error}")))
}
