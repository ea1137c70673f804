//! The description of the interface (OpenAPI 3.1) and a page that lists it. Both come from the routes themselves.

use crate::routes;
use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use std::fmt::Write;
use std::sync::OnceLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        PathItem,
        path::Operation,
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

/// What holds for all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Yinglian node",
        description = "Envelopes in, receipts and proofs out. Errors are application/problem+json with a code; texts are English or Chinese by Accept-Language.",
        license(name = "Apache-2.0")
    ),
    tags(
        (name = "envelopes", description = "Submission"),
        (name = "records", description = "Receipts and records"),
        (name = "interfaces", description = "What the contracts of the chain declare"),
        (name = "chain", description = "Headers, blocks, trust"),
        (name = "proofs", description = "Proofs of the log and of the registry"),
        (name = "node", description = "How the node is")
    ),
    modifiers(&SignedRequests)
)]
pub(crate) struct Description;

struct SignedRequests;

impl Modify for SignedRequests {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let text = "A registered key signs method, path with query, body hash, time and nonce. Headers: \
            yinglian-address, yinglian-time (milliseconds), yinglian-nonce (16 bytes, hex), yinglian-signature (64 bytes, hex). \
            The signed bytes are specified in docs/specs/request.md.";
        let value = ApiKeyValue::with_description("yinglian-signature", text);
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("signed", SecurityScheme::ApiKey(ApiKey::Header(value)));
    }
}

/// The description as JSON, as `docs/openapi/v1.json` holds it.
pub fn openapi_json() -> String {
    let (_, description) = routes::all().split_for_parts();
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) async fn document() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(openapi_json).as_str();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

pub(crate) async fn page() -> Html<&'static str> {
    static PAGE: OnceLock<String> = OnceLock::new();
    Html(PAGE.get_or_init(|| {
        let (_, description) = routes::all().split_for_parts();
        let mut rows = String::new();
        for (path, item) in &description.paths.paths {
            for (method, operation) in operations(item) {
                row(&mut rows, method, path, operation);
            }
        }
        include_str!("page.html").replace("{{rows}}", &rows)
    }))
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let get = item.get.as_ref().map(|operation| ("GET", operation));
    let post = item.post.as_ref().map(|operation| ("POST", operation));
    get.into_iter().chain(post)
}

fn row(rows: &mut String, method: &str, path: &str, operation: &Operation) {
    let summary = operation.summary.as_deref().unwrap_or("");
    let description = operation.description.as_deref().unwrap_or("");
    let access = if operation.security.is_some() { "signed 签名" } else { "open 公开" };
    // Our own texts, but a page escapes what it shows all the same. Writing into a String cannot fail.
    let _ = writeln!(
        rows,
        "<tr><td><code>{method}</code></td><td><code>{}</code></td><td>{access}</td><td><b>{}</b> {}</td></tr>",
        escape(path),
        escape(summary),
        escape(description),
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
