//! Bodies for clients and devices without an SDK (spec 10).

use crate::{
    config::PREPARED_VALID_MS,
    extract::{Encoding, Submission, parse_json},
    json_envelope::{DecodedBody, PrepareAnswer, PrepareRequest},
    ports::Refusal,
    problem::{ApiError, Problem},
    service::Api,
};
use axum::{Json, extract::State};
use yinglian_protocol::{Code, EnvelopeBody, codec, limits};

/// Prepare an envelope for signing.
///
/// Answers the canonical body, the bytes to sign, the digest for SM2 devices that take one, and the envelope decoded back from those bytes. Nothing is submitted. Who does not trust the node computes the digest himself.
#[utoipa::path(
    post, path = "/v1/envelopes/prepare", tag = "envelopes",
    request_body(content = PrepareRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "Ready to sign", body = PrepareAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn prepare(
    State(api): State<Api>,
    submission: Submission,
) -> Result<Json<PrepareAnswer>, ApiError> {
    if submission.encoding != Encoding::Json {
        return Err(ApiError::malformed("prepare takes application/json"));
    }
    let request: PrepareRequest = parse_json(&submission.bytes)?;
    let identity = api.node().identity(&request.sender.0).await?.ok_or(Code::SENDER_UNKNOWN)?;
    if identity.revoked {
        return Err(Code::KEY_REVOKED.into());
    }
    let valid_until_ms = match request.valid_until_ms {
        Some(time_ms) => time_ms,
        None => api.node().tip().await?.1.saturating_add(PREPARED_VALID_MS),
    };
    let bytes = codec::encode(&request.body(&api, valid_until_ms)?);
    // The signature follows the body; together they must fit.
    if bytes.len() + 64 > limits::ENVELOPE_BYTES_MAX {
        return Err(Code::ENVELOPE_TOO_LARGE.into());
    }
    // From here on only what the bytes say counts, not what the request said.
    let body: EnvelopeBody = codec::decode_strict(&bytes, limits::ENVELOPE_BYTES_MAX)
        .map_err(|_| Refusal::new(Code::INTERNAL).detail("body does not decode back"))?;
    let message = body.signing_bytes(&api.shared.chain.genesis);
    let digest = identity.public_key.device_digest(&message).map(|digest| digest.to_string());
    Ok(Json(PrepareAnswer {
        id: body.id(api.shared.chain.suite).to_string(),
        body: hex::encode(&bytes),
        signing_bytes: hex::encode(&message),
        digest,
        decoded: decoded(&api, body)?,
    }))
}

fn decoded(api: &Api, body: EnvelopeBody) -> Result<DecodedBody, ApiError> {
    let arguments = api.node().decode_arguments(
        &body.contract,
        &body.method,
        body.method_version,
        &body.arguments,
    )?;
    Ok(DecodedBody {
        format: body.format,
        contract: body.contract,
        method: body.method,
        method_version: body.method_version,
        arguments,
        sender: body.sender,
        valid_until_ms: body.valid_until_ms,
        random: hex::encode(body.random),
    })
}
