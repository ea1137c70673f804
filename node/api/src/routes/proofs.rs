//! Proofs of the log and of the registry. All open: they show hashes, and values to who knows their key.

use crate::{
    extract::{Params, Segment, number},
    ports::{LogConsistency, LogProof},
    problem::{ApiError, Problem},
    service::Api,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Hash, LogPosition, limits};

/// A position in a path.
pub(crate) struct Position(LogPosition);

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        number(text).map(|at| Self(LogPosition(at))).ok_or("a position is a number")
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InclusionParams {
    /// Leaves of the log to prove against; the newest header's when absent.
    #[param(value_type = Option<u64>)]
    size: Option<String>,
}

/// Proof that a leaf is in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InclusionAnswer {
    /// Leaves of the log.
    pub size: u64,
    /// Position of the leaf.
    pub index: u64,
    /// Root of the log of that size.
    pub root: String,
    /// Hash of the leaf.
    pub leaf_hash: String,
    /// Hashes beside the path, from the leaf upwards.
    pub path: Vec<String>,
}

/// Inclusion of a leaf in the log (RFC 9162).
#[utoipa::path(
    get, path = "/v1/proofs/log/{position}", tag = "proofs",
    params(("position" = u64, Path, description = "Position of the leaf, from 0"), InclusionParams),
    responses(
        (status = 200, description = "The proof", body = InclusionAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn inclusion(
    State(api): State<Api>,
    Segment(Position(position)): Segment<Position>,
    Params(params): Params<InclusionParams>,
) -> Result<Json<InclusionAnswer>, ApiError> {
    let size = params.size.as_deref().map(|text| quantity("size", text)).transpose()?;
    if size.is_some_and(|size| size <= position.0) {
        return Err(ApiError::malformed("query: size is greater than the position"));
    }
    let proof = api.node().log_proof(position, size).await?;
    let LogProof { size, index, root, leaf_hash, path } =
        proof.ok_or_else(|| ApiError::not_found("the log is shorter"))?;
    Ok(Json(InclusionAnswer {
        size,
        index,
        root: root.to_string(),
        leaf_hash: leaf_hash.to_string(),
        path: texts(&path),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyParams {
    /// Leaves of the earlier log.
    #[param(value_type = u64)]
    old: String,
    /// Leaves of the later log.
    #[param(value_type = u64)]
    new: String,
}

/// Proof that the log only grew.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsistencyAnswer {
    /// Leaves of the earlier log.
    pub old: u64,
    /// Its root.
    pub old_root: String,
    /// Leaves of the later log.
    pub new: u64,
    /// Its root.
    pub new_root: String,
    /// Hashes of the proof.
    pub path: Vec<String>,
}

/// Consistency of two sizes of the log (RFC 9162).
#[utoipa::path(
    get, path = "/v1/proofs/consistency", tag = "proofs", params(ConsistencyParams),
    responses(
        (status = 200, description = "The proof", body = ConsistencyAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn consistency(
    State(api): State<Api>,
    Params(params): Params<ConsistencyParams>,
) -> Result<Json<ConsistencyAnswer>, ApiError> {
    let (old, new) = (quantity("old", &params.old)?, quantity("new", &params.new)?);
    if old == 0 || old > new {
        return Err(ApiError::malformed("query: 1 <= old <= new"));
    }
    let proof = api.node().log_consistency(old, new).await?;
    let LogConsistency { old, old_root, new, new_root, path } =
        proof.ok_or_else(|| ApiError::not_found("the log is shorter"))?;
    Ok(Json(ConsistencyAnswer {
        old,
        old_root: old_root.to_string(),
        new,
        new_root: new_root.to_string(),
        path: texts(&path),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistryParams {
    /// Registry key, hex.
    key: String,
}

/// A registry key's value with its proof, or the proof that it is absent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistryProofAnswer {
    /// Header whose `registry_root` the proof leads to.
    pub height: u64,
    /// That root.
    pub root: String,
    /// The key, hex.
    pub key: String,
    /// Encoded value, hex; null when absent.
    pub value: Option<String>,
    /// Borsh of the proof, hex.
    pub proof: String,
}

/// The registry's newest value of a key, proven.
#[utoipa::path(
    get, path = "/v1/proofs/registry", tag = "proofs", params(RegistryParams),
    responses(
        (status = 200, description = "Value and proof", body = RegistryProofAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn registry(
    State(api): State<Api>,
    Params(params): Params<RegistryParams>,
) -> Result<Json<RegistryProofAnswer>, ApiError> {
    if params.key.len() > 2 * limits::REGISTRY_KEY_BYTES_MAX {
        return Err(ApiError::malformed("query: key is too long"));
    }
    let key = hex::decode(&params.key).map_err(|_| ApiError::malformed("query: key is hex"))?;
    let answer = api.node().registry(&key).await?;
    Ok(Json(RegistryProofAnswer {
        height: answer.height.0,
        root: answer.root.to_string(),
        key: hex::encode(&key),
        value: answer.value.map(hex::encode),
        proof: hex::encode(answer.proof),
    }))
}

fn quantity(name: &str, text: &str) -> Result<u64, ApiError> {
    number(text).ok_or_else(|| ApiError::malformed(format!("query: {name} is a number")))
}

fn texts(path: &[Hash]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}
