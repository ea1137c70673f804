//! The audit export: a range of blocks with everything that checking them needs, streamed as fast as the reader takes it.

use crate::{
    auth::Caller,
    extract::{Params, number},
    metrics::Counted,
    ports::Block,
    problem::{ApiError, Problem},
    routes::{blocks::no_block, records::forbidden},
    service::Api,
};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, stream};
use serde::Deserialize;
use std::collections::BTreeSet;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;
use yinglian_protocol::{
    Address, Code, EXPORT_MAGIC, ExportBlock, ExportFrame, Height, Payload, PublicKey,
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// First block; 1 when absent.
    #[param(value_type = Option<u64>)]
    from: Option<String>,
    /// Last block; the newest when absent.
    #[param(value_type = Option<u64>)]
    to: Option<String>,
}

/// The audit export of a range of blocks.
///
/// Signed request: operators and auditors. A stream of frames: genesis, blocks, end. An export without its end was cut.
#[utoipa::path(
    get, path = "/v1/export", tag = "chain", security(("signed" = [])), params(ExportParams),
    responses(
        (status = 200, description = "Frames", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ExportParams>,
) -> Result<Response, ApiError> {
    if !caller.reads_blocks() {
        return Err(forbidden("exports are for operators and auditors"));
    }
    let (tip, _) = api.node().tip().await?;
    let from = bound("from", params.from.as_deref())?.unwrap_or(Height(1)).max(Height(1));
    let to = bound("to", params.to.as_deref())?.unwrap_or(tip);
    if to > tip {
        return Err(no_block(to));
    }
    if from > to.next() {
        return Err(ApiError::malformed("query: from <= to"));
    }
    let place = api.shared.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::busy("too many streams are open"))?;
    // The first frame is made here, so that what fails at once is refused with a code.
    let genesis = ExportFrame::Genesis(Box::new(api.node().genesis_export().await?));
    let mut first = EXPORT_MAGIC.to_vec();
    first.extend(genesis.encode().ok_or(Code::INTERNAL)?);
    tracing::info!(target: "yinglian::reads", caller = %caller.address, from = %from, to = %to, "export read");
    let cursor = Cursor {
        counted: Counted::new(&api.shared.metrics.streams),
        api,
        seen: BTreeSet::new(),
        next: Some(from),
        last: to,
        place,
    };
    let first = stream::once(async { Ok(Bytes::from(first)) });
    let body = Body::from_stream(futures::StreamExt::chain(first, frames(cursor)));
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

fn bound(name: &str, text: Option<&str>) -> Result<Option<Height>, ApiError> {
    let parse = |text| {
        number(text)
            .map(Height)
            .ok_or_else(|| ApiError::malformed(format!("query: {name} is a number")))
    };
    text.map(parse).transpose()
}

struct Cursor {
    api: Api,
    /// Senders whose keys were sent already.
    seen: BTreeSet<Address>,
    next: Option<Height>,
    last: Height,
    // Held until the export ends or its reader leaves.
    #[allow(dead_code, reason = "held for its drop")]
    place: OwnedSemaphorePermit,
    #[allow(dead_code, reason = "held for its drop")]
    counted: Counted,
}

fn frames(cursor: Cursor) -> impl Stream<Item = Result<Bytes, ExportFailure>> {
    stream::try_unfold(cursor, |mut cursor| async move {
        let Some(height) = cursor.next else { return Ok(None) };
        let frame = if height > cursor.last {
            cursor.next = None;
            ExportFrame::End { last: cursor.last }
        } else {
            cursor.next = Some(height.next());
            let block = cursor.api.node().block(height).await.map_err(ApiError::from)?;
            let block = block.ok_or_else(|| no_block(height))?;
            let block = export_block(&cursor.api, block, &mut cursor.seen).await?;
            ExportFrame::Block(Box::new(block))
        };
        let bytes = frame.encode().ok_or(ExportFailure(Code::INTERNAL))?;
        Ok(Some((Bytes::from(bytes), cursor)))
    })
}

/// The stream breaks off: the reader sees a cut body, and the export lacks its end.
#[derive(Debug, thiserror::Error)]
#[error("export failed with {0}")]
struct ExportFailure(Code);

impl From<ApiError> for ExportFailure {
    fn from(error: ApiError) -> Self {
        tracing::warn!(code = %error.refusal.code, detail = ?error.refusal.detail, "export broke off");
        Self(error.refusal.code)
    }
}

/// A block with the keys of senders not in `seen`, which then holds them.
pub(crate) async fn export_block(
    api: &Api,
    block: Block,
    seen: &mut BTreeSet<Address>,
) -> Result<ExportBlock, ApiError> {
    let payload = Payload::decode(&block.payload).map_err(|_| Code::STATE_CORRUPT)?;
    let mut keys: Vec<PublicKey> = Vec::new();
    for envelope in &payload.envelopes {
        if seen.insert(envelope.body.sender) {
            let identity = api.node().identity(&envelope.body.sender).await?;
            // Admission knew the sender, and keys are never deleted.
            keys.push(identity.ok_or(Code::STATE_CORRUPT)?.public_key);
        }
    }
    keys.sort();
    let next_validators = if block.header.next_validators_hash == block.header.validators_hash {
        None
    } else {
        let next = api.node().validators(block.header.height.next()).await?;
        Some(next.ok_or(Code::STATE_CORRUPT)?)
    };
    Ok(ExportBlock {
        header: block.header,
        quorum: block.quorum,
        payload: block.payload.to_vec(),
        outcomes: block.outcomes,
        keys,
        next_validators,
    })
}
