//! What a verifier needs beside receipts: genesis, trust, validator sets, the table of codes. All open.

use crate::{
    extract::{HeightOrLatest, Params, Segment},
    problem::{ApiError, Problem},
    routes::blocks::{FormatParams, binary},
    service::Api,
    views::ValidatorsAnswer,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Code, CodeText, Genesis};

/// The chain of validator sets, from the genesis to the newest header.
///
/// A `.trust` file. It proves itself under a trust root that does not come from this node.
#[utoipa::path(
    get, path = "/v1/trust", tag = "chain",
    responses(
        (status = 200, description = "Trust chain, deterministic CBOR", body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn trust(State(api): State<Api>) -> Result<Response, ApiError> {
    let bytes = api.node().trust().await?;
    Ok(([(header::CONTENT_TYPE, "application/cbor")], bytes).into_response())
}

/// The genesis with its hash.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GenesisAnswer {
    /// Hash that names the chain.
    pub hash: String,
    /// The genesis.
    #[schema(value_type = Object)]
    pub genesis: Genesis,
}

/// The genesis.
///
/// Binary: borsh. A verifier does not take his trust root from here.
#[utoipa::path(
    get, path = "/v1/genesis", tag = "chain", params(FormatParams),
    responses(
        (status = 200, description = "The genesis", content((GenesisAnswer = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn genesis(
    State(api): State<Api>,
    Params(format): Params<FormatParams>,
) -> Result<Response, ApiError> {
    let genesis = api.node().genesis().await?;
    if format.is_binary() {
        return Ok(binary(genesis.encode()));
    }
    Ok(Json(GenesisAnswer { hash: genesis.hash().to_string(), genesis }).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValidatorsParams {
    /// Height that the set decides; the next one when absent or `latest`.
    height: Option<String>,
}

/// The validators that decide a height.
#[utoipa::path(
    get, path = "/v1/validators", tag = "chain", params(ValidatorsParams),
    responses(
        (status = 200, description = "The set", body = ValidatorsAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn validators(
    State(api): State<Api>,
    Params(params): Params<ValidatorsParams>,
) -> Result<Json<ValidatorsAnswer>, ApiError> {
    let text = params.height.as_deref().unwrap_or("latest");
    let height = match HeightOrLatest::from_str(text).map_err(ApiError::malformed)? {
        HeightOrLatest::Height(height) => height,
        HeightOrLatest::Latest => api.node().tip().await?.0.next(),
    };
    let set = api.node().validators(height).await?;
    let set =
        set.ok_or_else(|| ApiError::not_found(format!("no set is known for block {height}")))?;
    Ok(Json(ValidatorsAnswer::of(height.0, &set, api.shared.chain.suite)))
}

/// A code with its texts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeAnswer {
    /// The code.
    #[schema(value_type = String)]
    pub code: Code,
    /// Its name in the program.
    pub name: String,
    /// Status that answers carry with it.
    pub http_status: u16,
    /// English.
    pub en: TextAnswer,
    /// Chinese.
    pub zh: TextAnswer,
}

/// What a code means, in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextAnswer {
    /// What happened.
    pub title: String,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl From<CodeText> for TextAnswer {
    fn from(text: CodeText) -> Self {
        Self { title: text.title.into(), cause: text.cause.into(), remedy: text.remedy.into() }
    }
}

/// What a code means, why it happens and what to do, in both languages.
#[utoipa::path(
    get, path = "/v1/codes/{code}", tag = "chain",
    params(("code" = String, Path, pattern = "^YL[0-9]{4}$", description = "`YL4008`")),
    responses(
        (status = 200, description = "The code", body = CodeAnswer),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn code(Segment(code): Segment<Code>) -> Result<Json<CodeAnswer>, ApiError> {
    let (Some(en), Some(zh)) = (code.en(), code.zh()) else {
        return Err(ApiError::not_found(format!("{code} is no code of this version")));
    };
    Ok(Json(CodeAnswer {
        code,
        name: code.name().into(),
        http_status: code.http_status(),
        en: en.into(),
        zh: zh.into(),
    }))
}
