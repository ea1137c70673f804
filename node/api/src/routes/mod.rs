//! The routes, by what they serve.

use crate::{openapi::Description, service::Api};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

mod blocks;
mod chain;
mod envelopes;
mod events;
mod export;
mod interfaces;
mod node;
mod prepare;
mod proofs;
pub(crate) mod queries;
mod records;

/// Every route with its description.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(envelopes::submit))
        .routes(routes!(envelopes::submit_batch))
        .routes(routes!(prepare::prepare))
        .routes(routes!(envelopes::status))
        .routes(routes!(records::receipt))
        .routes(routes!(records::record))
        .routes(routes!(records::search))
        .routes(routes!(blocks::header))
        .routes(routes!(blocks::block))
        .routes(routes!(proofs::inclusion))
        .routes(routes!(proofs::consistency))
        .routes(routes!(proofs::registry))
        .routes(routes!(interfaces::list))
        .routes(routes!(interfaces::one))
        .routes(routes!(chain::trust))
        .routes(routes!(chain::genesis))
        .routes(routes!(chain::validators))
        .routes(routes!(chain::code))
        .routes(routes!(events::events))
        .routes(routes!(export::export))
        .routes(routes!(node::health))
        .routes(routes!(node::ready))
        .routes(routes!(node::status))
        .routes(routes!(node::why))
        .routes(routes!(node::metrics))
}
