//! What the contracts of the chain declare: open to everybody, since rules are no secret.

use crate::{
    extract::Segment,
    ports::{Declared, Origin},
    problem::{ApiError, Problem},
    service::Api,
};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use yinglian_interface::{Shape, Texts};
use yinglian_protocol::{Hash, Name};

/// A contract and what its interface hashes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceSummary {
    /// Name of the contract.
    #[schema(value_type = String, example = "record")]
    contract: Name,
    /// Version of the interface as a whole.
    version: u16,
    /// Hash of the shape, hex: the chain's suite over its canonical JSON (docs/specs/interface.md).
    #[schema(value_type = String)]
    shape_hash: Hash,
    /// Where the rules come from.
    origin: Origin,
}

/// A contract's interface.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceAnswer {
    #[serde(flatten)]
    summary: InterfaceSummary,
    /// `interface.json`: shape and texts.
    #[schema(value_type = Object)]
    interface: Document,
}

/// As `interface.json` holds it.
#[derive(Debug, Serialize)]
struct Document {
    shape: Shape,
    texts: Texts,
}

fn summary(api: &Api, declared: &Declared) -> InterfaceSummary {
    let shape = declared.interface.shape();
    InterfaceSummary {
        contract: shape.contract.clone(),
        version: shape.version,
        shape_hash: declared.interface.shape_hash(api.shared.chain.suite),
        origin: declared.origin,
    }
}

/// The contracts of the chain.
///
/// Open. Those that the program holds, then those admitted on the running chain.
#[utoipa::path(
    get, path = "/v1/interfaces", tag = "interfaces", operation_id = "interfaces",
    responses(
        (status = 200, description = "The contracts", body = Vec<InterfaceSummary>),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<Vec<InterfaceSummary>>, ApiError> {
    let declared = api.node().interfaces().await?;
    Ok(Json(declared.iter().map(|declared| summary(&api, declared)).collect()))
}

/// What a contract declares.
///
/// Open. Types, states, methods, queries, events and indicators, with titles in both languages. A client compares the hash of the
/// shape with the registry's before it encodes anything.
#[utoipa::path(
    get, path = "/v1/interfaces/{contract}", tag = "interfaces", operation_id = "interface",
    params(("contract" = String, Path, pattern = "^[a-z][a-z0-9_.-]{0,47}$", description = "Name of the contract", example = "record")),
    responses(
        (status = 200, description = "The interface", body = InterfaceAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    Segment(contract): Segment<Name>,
) -> Result<Json<InterfaceAnswer>, ApiError> {
    let declared = api.node().interface(&contract).await?;
    let declared = declared.ok_or_else(|| ApiError::not_found("no such contract"))?;
    let interface = Document {
        shape: declared.interface.shape().clone(),
        texts: declared.interface.texts().clone(),
    };
    Ok(Json(InterfaceAnswer { summary: summary(&api, &declared), interface }))
}
