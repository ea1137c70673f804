//! The description of the interface (OpenAPI 3.1), a page that lists it, and one on which it is tried. It comes from the routes themselves and from what the
//! contracts declare.

use crate::{contract_paths, ports::Declared, problem::ApiError, routes, service::Api};
use axum::{
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse, Response},
};
use bytes::Bytes;
use std::fmt::Write;
use std::sync::{OnceLock, PoisonError};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        PathItem,
        path::Operation,
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};
use yinglian_protocol::Hash;

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

/// The description as JSON, with what these contracts declare. `docs/openapi/v1.json` is that of the program's own contracts.
pub fn openapi_json(declared: &[Declared]) -> String {
    let (_, description) = routes::all().split_for_parts();
    let mut description = serde_json::to_value(&description).unwrap_or_default();
    contract_paths::add(&mut description, declared);
    let mut text = serde_json::to_string_pretty(&description).unwrap_or_default();
    text.push('\n');
    text
}

/// The description of the running chain: what was admitted on it is in it.
pub(crate) async fn document(State(api): State<Api>) -> Result<Response, ApiError> {
    let declared = api.node().interfaces().await?;
    let version = |found: &Declared| found.interface.shape_hash(api.shared.chain.suite);
    let versions: Vec<Hash> = declared.iter().map(version).collect();
    let mut known = api.shared.description.lock().unwrap_or_else(PoisonError::into_inner);
    let text = match known.as_ref().filter(|(of, _)| *of == versions) {
        Some((_, text)) => text.clone(),
        None => {
            let text = Bytes::from(openapi_json(&declared));
            *known = Some((versions, text.clone()));
            text
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// Swagger UI as its makers publish it, and the file that points it at our description: nothing comes from elsewhere.
const ASSETS: [(&str, &str, &[u8]); 3] = [
    (
        "swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
        include_bytes!("swagger/swagger-ui-bundle.js"),
    ),
    ("swagger-ui.css", "text/css; charset=utf-8", include_bytes!("swagger/swagger-ui.css")),
    ("start.js", "text/javascript; charset=utf-8", include_bytes!("swagger/start.js")),
];

/// The page on which the interface is read and tried.
pub(crate) async fn swagger() -> Response {
    let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
    let page = Html(include_str!("swagger/index.html"));
    ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

/// A file of that page.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, ApiError> {
    let found = ASSETS.iter().find(|(known, _, _)| *known == name);
    let (_, kind, bytes) = found.ok_or_else(|| ApiError::not_found("no such file"))?;
    let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "max-age=3600")];
    Ok((headers, Bytes::from_static(bytes)).into_response())
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
