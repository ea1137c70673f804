//! Sends requests: to the node that answered last, else to the next; all of them again after a pause.

use crate::{
    config::ClientConfig,
    error::{ClientError, ProblemBody, Refused},
    signed,
};
use bytes::Bytes;
use reqwest::{
    StatusCode, Url,
    header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use std::{
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use yinglian_crypto::Signer;
use yinglian_protocol::{Code, GenesisHash, Suite};

/// Largest answer in JSON, bytes.
pub(crate) const JSON_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A body that comes more slowly than this, bytes a second, is given up: a node must not hold a client for good.
const BODY_BYTES_PER_SECOND_MIN: usize = 64 * 1024;

/// A request that may be repeated.
pub(crate) struct Ask<'a> {
    pub post: bool,
    /// `/v1/...` with its query, escaped.
    pub path: String,
    pub body: Option<(&'static str, Bytes)>,
    pub signer: Option<&'a dyn Signer>,
    /// Sent as `Last-Event-ID`.
    pub last_event_id: Option<u64>,
    /// What waiting adds to the longest time for an answer.
    pub wait: Duration,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            post: false,
            path: path.into(),
            body: None,
            signer: None,
            last_event_id: None,
            wait: Duration::ZERO,
        }
    }

    pub(crate) fn post(path: impl Into<String>, kind: &'static str, body: Bytes) -> Self {
        Self { post: true, body: Some((kind, body)), ..Self::get(path) }
    }

    pub(crate) fn signed(mut self, signer: &'a dyn Signer) -> Self {
        self.signer = Some(signer);
        self
    }

    pub(crate) fn waiting(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// A good answer whose body is not read yet.
pub(crate) struct Answer {
    pub node: String,
    pub response: reqwest::Response,
    /// Longest time that the body may be silent, or slower than [`BODY_BYTES_PER_SECOND_MIN`].
    patience: Duration,
}

/// The nodes and the connections to them.
pub(crate) struct Transport {
    http: reqwest::Client,
    nodes: Vec<Url>,
    /// Index of the node that answered last.
    preferred: AtomicUsize,
    config: ClientConfig,
}

impl Transport {
    pub(crate) fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let wrong = |reason: String| ClientError::Config { reason };
        let nodes: Vec<Url> =
            config.nodes.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
        if nodes.is_empty() {
            return Err(wrong("no node is named".into()));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            // Nodes are asked directly, and never through where they point to.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { http, nodes, preferred: AtomicUsize::new(0), config })
    }

    pub(crate) fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Asks node after node until one gives an answer that `accept` takes.
    pub(crate) async fn ask<T, F>(
        &self,
        ask: &Ask<'_>,
        chain: Option<(Suite, GenesisHash)>,
        accept: impl Fn(Answer) -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let mut pause = self.config.pause;
        let mut round = 1;
        loop {
            let failure = match self.ask_each(ask, chain, &accept).await {
                Ok(value) => return Ok(value),
                Err(failure) if !failure.may_pass() || round >= self.config.rounds => {
                    return Err(failure);
                }
                Err(failure) => failure,
            };
            let asked_for = failure.retry_after().unwrap_or_default();
            tokio::time::sleep(pause.max(asked_for).min(self.config.pause_max)).await;
            pause = pause.saturating_mul(2);
            round += 1;
        }
    }

    /// One round; the failure is that of the last node asked, or the one that tells most.
    async fn ask_each<T, F>(
        &self,
        ask: &Ask<'_>,
        chain: Option<(Suite, GenesisHash)>,
        accept: &impl Fn(Answer) -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut failure: Option<ClientError> = None;
        for (index, node) in
            self.nodes.iter().enumerate().cycle().skip(first).take(self.nodes.len())
        {
            let result = match self.send(node, ask, chain).await {
                Ok(answer) => accept(answer).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(value) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(error) if !error.may_pass() => return Err(error),
                // A node that answers tells more than one that cannot be reached.
                Err(error) => match (&failure, &error) {
                    (Some(ClientError::Refused(_)), ClientError::Unreachable { .. }) => {}
                    _ => failure = Some(error),
                },
            }
        }
        Err(failure.unwrap_or(ClientError::Config { reason: "no node is named".into() }))
    }

    async fn send(
        &self,
        node: &Url,
        ask: &Ask<'_>,
        chain: Option<(Suite, GenesisHash)>,
    ) -> Result<Answer, ClientError> {
        let name = node.as_str().trim_end_matches('/').to_owned();
        let url = node
            .join(&ask.path)
            .map_err(|error| ClientError::Config { reason: format!("{}: {error}", ask.path) })?;
        let method = if ask.post { reqwest::Method::POST } else { reqwest::Method::GET };
        let mut request =
            self.http.request(method, url.clone()).header(ACCEPT_LANGUAGE, &self.config.language);
        if let Some((kind, body)) = &ask.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        if let Some(position) = ask.last_event_id {
            request = request.header("last-event-id", position);
        }
        if let (Some(signer), Some(chain)) = (ask.signer, chain) {
            for (header, value) in signed::headers(signer, chain, &url).await? {
                request = request.header(header, value);
            }
        }
        let unreachable = |source| ClientError::Unreachable { node: name.clone(), source };
        let limit = self.config.answer_timeout.saturating_add(ask.wait);
        let response = match tokio::time::timeout(limit, request.send()).await {
            Ok(response) => response.map_err(unreachable)?,
            Err(_) => return Err(ClientError::answer(&name, "no answer in time")),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(Answer { node: name, response, patience: self.config.answer_timeout });
        }
        Err(refused(name, status, response, self.config.answer_timeout).await)
    }
}

/// A node's address: scheme, host and port. TLS ends before this client, so `https` is refused here rather than on the way.
fn address(text: &str) -> Result<Url, ClientError> {
    let wrong = |reason: String| ClientError::Address { address: text.into(), reason };
    let url = Url::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if url.scheme() != "http" {
        return Err(wrong(format!("the scheme is http, not {}", url.scheme())));
    }
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_bare { Ok(url) } else { Err(wrong("more than scheme, host and port".into())) }
}

/// Reads a refusal; one without a problem body is told by its status.
async fn refused(
    node: String,
    status: StatusCode,
    response: reqwest::Response,
    patience: Duration,
) -> ClientError {
    let retry_after = retry_after(response.headers());
    let bytes = read(&node, response, 64 * 1024, patience).await.unwrap_or_default();
    let body: ProblemBody = serde_json::from_slice(&bytes).unwrap_or_default();
    let Ok(code) = Code::from_str(&body.code) else {
        return ClientError::answer(&node, format!("a problem with a code; got status {status}"));
    };
    ClientError::Refused(Box::new(Refused {
        node,
        status: status.as_u16(),
        code,
        title: body.title,
        detail: body.detail,
        cause: body.cause,
        remedy: body.remedy,
        retry_after: body.retry_after_ms.map(Duration::from_millis).or(retry_after),
    }))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Reads a body of at most `limit_bytes`, which has the patience and the time that so many bytes take.
async fn read(
    node: &str,
    response: reqwest::Response,
    limit_bytes: usize,
    patience: Duration,
) -> Result<Vec<u8>, ClientError> {
    let slowest = Duration::from_secs((limit_bytes / BODY_BYTES_PER_SECOND_MIN) as u64);
    let whole = read_chunks(node, response, limit_bytes, patience);
    match tokio::time::timeout(patience.saturating_add(slowest), whole).await {
        Ok(read) => read,
        Err(_) => Err(ClientError::answer(node, "the whole answer in time")),
    }
}

async fn read_chunks(
    node: &str,
    mut response: reqwest::Response,
    limit_bytes: usize,
    patience: Duration,
) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(patience, response.chunk())
            .await
            .map_err(|_| ClientError::answer(node, "the rest of the answer in time"))?
            .map_err(|source| ClientError::Unreachable { node: node.into(), source })?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(ClientError::answer(node, format!("at most {limit_bytes} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
}

impl Answer {
    /// The whole body.
    pub(crate) async fn bytes(self, limit_bytes: usize) -> Result<(String, Vec<u8>), ClientError> {
        let bytes = read(&self.node, self.response, limit_bytes, self.patience).await?;
        Ok((self.node, bytes))
    }

    /// The whole body as JSON.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(self) -> Result<T, ClientError> {
        let (node, bytes) = self.bytes(JSON_BYTES_MAX).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::answer(&node, error.to_string()))
    }
}
