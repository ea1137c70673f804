//! A fake node, served on a real socket, and requests to it.
#![allow(dead_code, reason = "each test target uses a part")]

pub mod chain;
pub mod node;

use chain::{SUITE, key, name};
use node::FakeNode;
use prometheus_client::registry::Registry;
use reqwest::{Response, header::CONTENT_TYPE};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, sync::oneshot};
use yinglian_crypto::SigningKey;
use yinglian_node_api::{Api, Config, Metrics, serve};
use yinglian_protocol::{
    calls::{
        Arguments,
        record::{Digest, Notarize, Source},
    },
    *,
};

pub struct Served {
    pub node: Arc<FakeNode>,
    pub base: String,
    pub http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }
}

pub async fn served() -> Served {
    served_with(Config::default()).await
}

pub async fn served_with(config: Config) -> Served {
    let node = Arc::new(FakeNode::new());
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let registry = Mutex::new(registry);
    let text = Arc::new(move || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry.lock().unwrap())?;
        Ok(text)
    });
    let api = Api::new(node.clone(), config, metrics, text);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        serve(api, listener, async {
            let _ = stopped.await;
        })
        .await;
    });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Served { node, base, http, stop: Some(stop) }
}

impl Served {
    pub fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> Response {
        let request = self.http.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, kind);
        request.body(body).send().await.unwrap()
    }

    pub async fn submit(&self, path: &str, envelope: &Envelope) -> Response {
        self.post(path, "application/octet-stream", envelope.encode()).await
    }

    pub async fn signed(&self, caller: &str, path: &str) -> Response {
        let headers = Signed::now(self, caller, path);
        self.signed_with(headers, path).await
    }

    pub async fn signed_with(&self, signed: Signed, path: &str) -> Response {
        let mut request = self.http.get(format!("{}{path}", self.base));
        for (header, value) in signed.headers() {
            request = request.header(header, value);
        }
        request.send().await.unwrap()
    }

    /// A record of `recorder` with this business key, signed for an hour of block time.
    pub fn envelope(&self, business_key: &str) -> Envelope {
        let end = self.node.state().chain.tip().1 + 3_600_000;
        self.envelope_until(&key("recorder"), business_key, end)
    }

    pub fn envelope_until(&self, sender: &SigningKey, business_key: &str, end: u64) -> Envelope {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut random = [0; 16];
        random[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        let body = EnvelopeBody {
            format: 1,
            contract: name("record"),
            method: name("notarize"),
            method_version: 1,
            arguments: Arguments::from(notarize(business_key)).encode(),
            sender: sender.address(),
            valid_until_ms: end,
            random,
        };
        let genesis = self.node.state().chain.genesis.hash();
        let signature = sender.sign_now(&body.signing_bytes(&genesis));
        Envelope { body, signature }
    }

    /// Puts different records straight into the waiting room. Their signature is one and the same, which nobody checks there:
    /// signing thousands would take longer than what the test is about.
    pub fn fill_waiting_room(&self, count: u64) {
        let one = self.envelope("A-1");
        let many = (0..count).map(|index| {
            let mut envelope = one.clone();
            envelope.body.random[8..].copy_from_slice(&(index + 1).to_le_bytes());
            envelope
        });
        self.node.state().pending.extend(many);
    }

    pub fn genesis_hash(&self) -> GenesisHash {
        self.node.state().chain.genesis.hash()
    }
}

pub fn notarize(business_key: &str) -> Notarize {
    Notarize {
        kind: name("file"),
        business_key: business_key.into(),
        digest: Digest { algorithm: name("sha256"), value: Hash([7; 32]), length_bytes: 5 },
        title: "a file".into(),
        source: Source {
            system: "tests".into(),
            method: name("manual"),
            operator_tag: "t-1".into(),
            clock_ms: 1_700_000_000_000,
        },
        corrects: None,
    }
}

pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// The four headers of a signed read.
#[derive(Clone)]
pub struct Signed {
    pub address: String,
    pub time: String,
    pub nonce: String,
    pub signature: String,
}

impl Signed {
    pub fn now(served: &Served, caller: &str, path: &str) -> Self {
        Self::at(served, caller, path, now_ms())
    }

    pub fn at(served: &Served, caller: &str, path: &str, time_ms: u64) -> Self {
        let nonce = yinglian_crypto::random::<16>().unwrap();
        let parts = RequestParts {
            method: "GET",
            path_and_query: path,
            body_hash: request_body_hash(SUITE, b""),
            time_ms,
            nonce,
        };
        let key = key(caller);
        Self {
            address: key.address().to_string(),
            time: time_ms.to_string(),
            nonce: hex::encode(nonce),
            signature: key.sign_now(&request_bytes(&served.genesis_hash(), &parts)).to_string(),
        }
    }

    pub fn headers(&self) -> [(&'static str, &str); 4] {
        [
            (REQUEST_HEADER_ADDRESS, &self.address),
            (REQUEST_HEADER_TIME, &self.time),
            (REQUEST_HEADER_NONCE, &self.nonce),
            (REQUEST_HEADER_SIGNATURE, &self.signature),
        ]
    }
}

pub async fn json(response: Response) -> serde_json::Value {
    let bytes = response.bytes().await.unwrap();
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(&bytes)))
}

/// Status and code of a refusal, which must be a whole problem.
pub async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/problem+json"), "{kind}");
    let body = json(response).await;
    assert_eq!(body["status"], status);
    for field in ["type", "title", "code", "cause", "remedy"] {
        assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {body}");
    }
    (status, body["code"].as_str().unwrap().to_owned())
}
