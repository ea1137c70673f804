//! Submission of envelopes, one and many, and what became of them.

use crate::{
    config::BATCH_ENVELOPES_MAX,
    extract::{Encoding, Id, Params, Segment, Submission, number, parse_json},
    json_envelope::JsonEnvelope,
    language::Language,
    ports::{Accepted, Status},
    problem::{ApiError, Problem},
    service::Api,
    views::EnvelopeAnswer,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Code, EnvelopeId, limits};

/// Until when to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wait {
    /// Until the node took it.
    Accepted,
    /// Until it ended: committed or expired.
    Committed,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitParams {
    /// Until when to wait; `accepted` when absent.
    #[param(inline)]
    wait: Option<Wait>,
    /// Longest wait for a commit, milliseconds; 10,000 when absent, 60,000 at most.
    timeout_ms: Option<String>,
}

impl WaitParams {
    /// The moment until which to wait for the end; none when acceptance is enough.
    fn deadline(&self, api: &Api) -> Result<Option<Instant>, ApiError> {
        let config = api.config();
        let timeout = match self.timeout_ms.as_deref().map(number) {
            None => config.wait_default,
            Some(Some(ms)) => Duration::from_millis(ms).min(config.wait_max),
            Some(None) => return Err(ApiError::malformed("query: timeout_ms is a number")),
        };
        let waits = self.wait == Some(Wait::Committed);
        Ok(waits.then(|| Instant::now() + timeout))
    }
}

/// Submit an envelope.
///
/// The body is the canonical envelope (`application/octet-stream`) or its JSON. The same envelope may be submitted any number of times: it is recorded once.
#[utoipa::path(
    post, path = "/v1/envelopes", tag = "envelopes", params(WaitParams),
    request_body(content((JsonEnvelope = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 200, description = "Committed: applied, or refused by the contract", body = EnvelopeAnswer),
        (status = 202, description = "Accepted; not yet decided", body = EnvelopeAnswer),
        (status = "default", description = "Rejected or expired", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(api): State<Api>,
    language: Language,
    Params(params): Params<WaitParams>,
    submission: Submission,
) -> Result<Response, ApiError> {
    let deadline = params.deadline(&api)?;
    api.shared.metrics.envelopes.inc();
    let bytes = match submission.encoding {
        Encoding::Binary => checked_size(submission.bytes)?,
        Encoding::Json => parse_json::<JsonEnvelope>(&submission.bytes)?.encode(&api)?.into(),
    };
    let accepted = api.node().submit(bytes).await?;
    let answer = follow(&api, accepted, deadline, language).await?;
    if answer.code == Some(Code::EXPIRED) {
        return Err(Code::EXPIRED.into());
    }
    let status = if answer.height.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(answer)).into_response())
}

/// Submit many envelopes.
///
/// The body is borsh `Vec<Vec<u8>>` (`application/octet-stream`) or a JSON array, 4,096 envelopes at most. The answer has one entry an envelope, in their order; one that is rejected does not hinder the others.
#[utoipa::path(
    post, path = "/v1/envelopes/batch", tag = "envelopes", params(WaitParams),
    request_body(content((Vec<JsonEnvelope> = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 200, description = "One entry an envelope", body = Vec<EnvelopeAnswer>),
        (status = "default", description = "Not a batch", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit_batch(
    State(api): State<Api>,
    language: Language,
    Params(params): Params<WaitParams>,
    submission: Submission,
) -> Result<Json<Vec<EnvelopeAnswer>>, ApiError> {
    let deadline = params.deadline(&api)?;
    let items = match submission.encoding {
        Encoding::Binary => split_binary(&submission.bytes)?,
        Encoding::Json => split_json(&api, &submission.bytes)?,
    };
    api.shared.metrics.envelopes.inc_by(items.len() as u64);
    let submitted = submit_good(&api, items).await?;
    let mut answers = Vec::with_capacity(submitted.len());
    for result in submitted {
        answers.push(match result {
            Ok(accepted) => follow_in_batch(&api, accepted, deadline, language).await,
            Err(error) => EnvelopeAnswer::rejected(&error, language),
        });
    }
    Ok(Json(answers))
}

/// What became of an envelope.
#[utoipa::path(
    get, path = "/v1/envelopes/{id}", tag = "envelopes",
    params(("id" = String, Path, pattern = "^[0-9a-f]{64}$", description = "Id of the envelope, hex")),
    responses(
        (status = 200, description = "Its state", body = EnvelopeAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn status(
    State(api): State<Api>,
    language: Language,
    Segment(Id(id)): Segment<Id>,
) -> Result<Json<EnvelopeAnswer>, ApiError> {
    let status = api.node().status(id).await?;
    Ok(Json(EnvelopeAnswer::of(id, status, language)))
}

fn checked_size(bytes: Bytes) -> Result<Bytes, ApiError> {
    if bytes.len() > limits::ENVELOPE_BYTES_MAX {
        return Err(Code::ENVELOPE_TOO_LARGE.into());
    }
    Ok(bytes)
}

/// The state that answers a submission: at once, or after waiting for the end.
async fn follow(
    api: &Api,
    accepted: Accepted,
    deadline: Option<Instant>,
    language: Language,
) -> Result<EnvelopeAnswer, ApiError> {
    let Accepted { id, repeated } = accepted;
    let mut timed_out = false;
    let status = match deadline {
        Some(deadline) => match wait_end(api, id, deadline).await? {
            Some(status) => status,
            None => {
                timed_out = true;
                Status::Pending
            }
        },
        // The first submission of an envelope is pending; a repeated one may have ended long ago.
        None if repeated => api.node().status(id).await?,
        None => Status::Pending,
    };
    let mut answer = EnvelopeAnswer::of(id, status, language);
    answer.repeated = Some(repeated);
    if timed_out {
        answer.explain(Code::WAIT_TIMEOUT, language);
    }
    Ok(answer)
}

/// What was taken stays taken: when its state cannot be told, the answer says accepted and why no more is known.
async fn follow_in_batch(
    api: &Api,
    accepted: Accepted,
    deadline: Option<Instant>,
    language: Language,
) -> EnvelopeAnswer {
    follow(api, accepted, deadline, language).await.unwrap_or_else(|error| {
        let mut answer = EnvelopeAnswer::of(accepted.id, Status::Pending, language);
        answer.repeated = Some(accepted.repeated);
        answer.explain(error.refusal.code, language);
        answer
    })
}

async fn wait_end(
    api: &Api,
    id: EnvelopeId,
    deadline: Instant,
) -> Result<Option<Status>, ApiError> {
    match tokio::time::timeout_at(deadline, api.node().wait_end(id)).await {
        Ok(status) => Ok(Some(status?)),
        Err(_) => Ok(None),
    }
}

type Item = Result<Bytes, ApiError>;

/// Borsh `Vec<Vec<u8>>`, by hand: the slices share the body's memory, and the count is checked before anything else.
fn split_binary(body: &Bytes) -> Result<Vec<Item>, ApiError> {
    let malformed = || ApiError::malformed("body is no borsh Vec<Vec<u8>>");
    let mut rest = body.clone();
    let count = take_length(&mut rest).ok_or_else(malformed)?;
    check_count(count)?;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let length = take_length(&mut rest).ok_or_else(malformed)?;
        if length > rest.len() {
            return Err(malformed());
        }
        items.push(checked_size(rest.split_to(length)));
    }
    if rest.is_empty() { Ok(items) } else { Err(malformed()) }
}

fn take_length(rest: &mut Bytes) -> Option<usize> {
    let length = rest.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))?;
    let _ = rest.split_to(4);
    usize::try_from(length).ok()
}

fn check_count(count: usize) -> Result<(), ApiError> {
    if count > BATCH_ENVELOPES_MAX {
        let detail = format!("{count} envelopes; a batch has at most {BATCH_ENVELOPES_MAX}");
        return Err(crate::ports::Refusal::new(Code::REQUEST_TOO_LARGE).detail(detail).into());
    }
    Ok(())
}

fn split_json(api: &Api, body: &[u8]) -> Result<Vec<Item>, ApiError> {
    let values: Vec<serde_json::Value> = parse_json(body)?;
    check_count(values.len())?;
    let items = values.into_iter().map(|value| {
        let envelope: JsonEnvelope = serde_json::from_value(value)
            .map_err(|error| ApiError::malformed(format!("json: {error}")))?;
        Ok(Bytes::from(envelope.encode(api)?))
    });
    Ok(items.collect())
}

/// Submits what is in shape; the answers of the others stand in their places.
async fn submit_good(
    api: &Api,
    items: Vec<Item>,
) -> Result<Vec<Result<Accepted, ApiError>>, ApiError> {
    let good: Vec<Bytes> = items.iter().filter_map(|item| item.as_ref().ok().cloned()).collect();
    let good_count = good.len();
    let results = api.node().submit_many(good).await;
    if results.len() != good_count {
        return Err(Code::INTERNAL.into());
    }
    let mut results = results.into_iter();
    let merged = items.into_iter().map(|item| {
        item?;
        // One result for each good item, as just checked.
        results.next().unwrap_or(Err(Code::INTERNAL.into())).map_err(ApiError::from)
    });
    Ok(merged.collect())
}
