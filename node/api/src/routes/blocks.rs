//! Headers, which are open, and blocks, of which a caller sees what he may.

use crate::{
    auth::Caller,
    extract::{HeightOrLatest, Params, Segment},
    ports::{Block, DecidedHeader},
    problem::{ApiError, Problem},
    routes::{export::export_block, records::forbidden},
    service::Api,
    views::{BlockAnswer, HeaderAnswer, entries},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Code, Height, codec};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// The canonical bytes.
    Binary,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatParams {
    /// `json` when absent.
    #[param(inline)]
    format: Option<Format>,
}

impl FormatParams {
    pub(crate) fn is_binary(&self) -> bool {
        self.format == Some(Format::Binary)
    }
}

/// A decided header.
///
/// Binary: borsh of header and quorum, one after the other.
#[utoipa::path(
    get, path = "/v1/headers/{height}", tag = "chain",
    params(("height" = String, Path, pattern = "^(latest|0|[1-9][0-9]{0,18})$", description = "Number of the block, or `latest`"), FormatParams),
    responses(
        (status = 200, description = "The header with its quorum", content((HeaderAnswer = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn header(
    State(api): State<Api>,
    Segment(height): Segment<HeightOrLatest>,
    Params(format): Params<FormatParams>,
) -> Result<Response, ApiError> {
    let height = resolve(&api, height).await?;
    let decided = api.node().header(height).await?.ok_or_else(|| no_block(height))?;
    if format.is_binary() {
        return Ok(binary(codec::encode(&(&decided.header, &decided.quorum))));
    }
    Ok(Json(HeaderAnswer::from(decided)).into_response())
}

/// A decided block.
///
/// Signed request: operators and auditors see all entries, others those of their organisation. Binary (operators and auditors): borsh of the export's block, with the public keys of all its senders.
#[utoipa::path(
    get, path = "/v1/blocks/{height}", tag = "chain", security(("signed" = [])),
    params(("height" = String, Path, pattern = "^(latest|0|[1-9][0-9]{0,18})$", description = "Number of the block, or `latest`"), FormatParams),
    responses(
        (status = 200, description = "The block, or the caller's part of it", content((BlockAnswer = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn block(
    State(api): State<Api>,
    caller: Caller,
    Segment(height): Segment<HeightOrLatest>,
    Params(format): Params<FormatParams>,
) -> Result<Response, ApiError> {
    let height = resolve(&api, height).await?;
    let block = api.node().block(height).await?.ok_or_else(|| no_block(height))?;
    if !format.is_binary() {
        // A full block hashes and writes out for a tenth of a second: not on the threads that consensus shares.
        let shown = move || answer(block, &caller).map(|answer| Json(answer).into_response());
        return tokio::task::spawn_blocking(shown).await.map_err(|_| Code::INTERNAL)?;
    }
    if !caller.reads_blocks() {
        return Err(forbidden("whole blocks are for operators and auditors"));
    }
    tracing::info!(target: "yinglian::reads", caller = %caller.address, height = %height, "block read");
    let block = export_block(&api, block, &mut BTreeSet::new()).await?;
    Ok(binary(codec::encode(&block)))
}

fn answer(block: Block, caller: &Caller) -> Result<BlockAnswer, ApiError> {
    let mut entries = entries(&block)?;
    let all = entries.len();
    if !caller.reads_blocks() {
        entries.retain(|entry| entry.organization == caller.identity.organization);
    }
    Ok(BlockAnswer {
        decided: DecidedHeader { header: block.header, quorum: block.quorum }.into(),
        log_start: block.log_start,
        records: all as u64,
        partial: entries.len() < all,
        entries,
    })
}

pub(crate) async fn resolve(api: &Api, height: HeightOrLatest) -> Result<Height, ApiError> {
    match height {
        HeightOrLatest::Height(height) => Ok(height),
        HeightOrLatest::Latest => Ok(api.node().tip().await?.0),
    }
}

pub(crate) fn no_block(height: Height) -> ApiError {
    let mut error = ApiError::from(Code::NOT_FOUND);
    error.refusal.detail = Some(format!("no block {height} is decided here"));
    error
}

pub(crate) fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}
