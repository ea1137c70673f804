//! Receipts, which are open, and records, which are not.

use crate::{
    auth::Caller,
    config::RECORDS_MAX,
    extract::{Id, Params, Segment},
    ports::{Record, Refusal, Status},
    problem::{ApiError, Problem},
    service::Api,
    views::RecordAnswer,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Code, CreditCode, EnvelopeId};

/// Whether the chain of validator sets goes with the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trust {
    /// Embedded.
    Embed,
}

/// The header to prove against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum At {
    /// The newest.
    Latest,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReceiptParams {
    /// `embed`: with the chain of validator sets inside.
    #[param(inline)]
    trust: Option<Trust>,
    /// Only `latest`, which is also meant when absent: receipts are always made against the newest header.
    #[serde(rename = "at")]
    #[param(inline)]
    _at: Option<At>,
}

/// The receipt of a record.
///
/// Open to everyone who knows the id. Verify it offline under a trust root that does not come from this node.
#[utoipa::path(
    get, path = "/v1/receipts/{id}", tag = "records",
    params(("id" = String, Path, pattern = "^[0-9a-f]{64}$", description = "Id of the envelope, hex"), ReceiptParams),
    responses(
        (status = 200, description = "Receipt, deterministic CBOR", body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn receipt(
    State(api): State<Api>,
    Segment(Id(id)): Segment<Id>,
    Params(params): Params<ReceiptParams>,
) -> Result<Response, ApiError> {
    let embed_trust = params.trust == Some(Trust::Embed);
    match api.node().receipt(id, embed_trust).await? {
        Some(bytes) => Ok(([(header::CONTENT_TYPE, "application/cbor")], bytes).into_response()),
        None => Err(no_receipt(api.node().status(id).await?)),
    }
}

fn no_receipt(status: Status) -> ApiError {
    match status {
        Status::Pending => ApiError::not_found("the envelope is not yet decided"),
        Status::Expired => ApiError::not_found("the envelope expired and was never recorded"),
        Status::Unknown | Status::Committed(_) => Code::NOT_FOUND.into(),
    }
}

/// A record with its arguments.
///
/// Signed request: the record's own organisation, or an auditor.
#[utoipa::path(
    get, path = "/v1/records/{id}", tag = "records", security(("signed" = [])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{64}$", description = "Id of the envelope, hex")),
    responses(
        (status = 200, description = "The record", body = RecordAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn record(
    State(api): State<Api>,
    caller: Caller,
    Segment(Id(id)): Segment<Id>,
) -> Result<Json<RecordAnswer>, ApiError> {
    let record = api.node().record(id).await?.ok_or(Code::NOT_FOUND)?;
    show(&api, &caller, record).map(Json)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// Business key, whole.
    business_key: String,
    /// Credit code of the organisation that recorded it. An auditor who names none searches all.
    #[param(value_type = Option<String>)]
    organization: Option<CreditCode>,
}

/// Records of a business key.
///
/// Signed request. Newest first, 100 at most: of the caller's organisation; an auditor may search all.
#[utoipa::path(
    get, path = "/v1/records", tag = "records", security(("signed" = [])), params(SearchParams),
    responses(
        (status = 200, description = "The records", body = Vec<RecordAnswer>),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<SearchParams>,
) -> Result<Json<Vec<RecordAnswer>>, ApiError> {
    let organization = params.organization.or_else(|| caller.confined_to());
    if let Some(organization) = organization.filter(|named| !caller.reads_records_of(named)) {
        return Err(forbidden(format!("records of {organization}")));
    }
    let found = api.node().records_of(&params.business_key, organization, RECORDS_MAX).await?;
    let answers = found.into_iter().take(RECORDS_MAX).map(|record| show(&api, &caller, record));
    answers.collect::<Result<_, _>>().map(Json)
}

/// The one way in which a record's arguments leave the node: checked and logged.
fn show(api: &Api, caller: &Caller, record: Record) -> Result<RecordAnswer, ApiError> {
    let organization = record.outcome.organization;
    if !caller.reads_records_of(&organization) {
        return Err(forbidden("the record belongs to another organisation"));
    }
    caller.log_read(EnvelopeId(record.id.0), &organization);
    let body = &record.envelope.body;
    let arguments = api
        .node()
        .decode_arguments(&body.contract, &body.method, body.method_version, &body.arguments)
        .unwrap_or(serde_json::Value::Null);
    Ok(RecordAnswer::of(record, arguments))
}

pub(crate) fn forbidden(detail: impl Into<String>) -> ApiError {
    Refusal::new(Code::FORBIDDEN).detail(detail).into()
}
