//! Nodes that answer nonsense, too much, or nothing: the client ends with an error of its own, in time, and asks the next.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use yinglian_client::{Client, ClientConfig, ClientError, Wait};
use yinglian_crypto::SigningKey;
use yinglian_protocol::{
    Code, CreditCode, EXPORT_MAGIC, Envelope, EnvelopeBody, ExportError, ExportFrame,
    ExportGenesis, Genesis, Hash, HeaderFlags, Name, Signature, Suite, Validator, ValidatorSet,
};

/// A server that answers every connection with these bytes, and then leaves it open or closes it.
async fn server(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static, close: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = vec![];
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 65_536];
            let length = socket.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let _ = socket.write_all(&answer(&request)).await;
            if !close {
                open.push(socket);
            }
        }
    });
    base
}

fn http(status: u16, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn client(nodes: &[&str]) -> Client {
    let mut config = ClientConfig::new(nodes.iter().copied());
    config.pause = Duration::from_millis(5);
    config.rounds = 2;
    config.answer_timeout = Duration::from_millis(500);
    Client::new(config).unwrap()
}

fn genesis() -> Genesis {
    Genesis {
        version: 1,
        suite: Suite::International,
        flags: HeaderFlags::default(),
        name: "hostile".into(),
        time_ms: 1,
        registry_root: Hash::ZERO,
        validators_hash: Hash::ZERO,
        protocol_version: 1,
    }
}

#[tokio::test]
async fn nonsense_is_an_error_and_never_an_answer() {
    let id = yinglian_protocol::EnvelopeId(Hash([1; 32]));
    let nonsense: [Vec<u8>; 9] = [
        b"hello\r\n\r\n".to_vec(),
        vec![],
        http(200, "application/json", b"{"),
        http(200, "application/json", b"[]"),
        http(200, "application/json", br#"{"state":"perhaps"}"#),
        http(200, "application/json", &[0xff; 100]),
        http(502, "text/html", b"<h1>Bad gateway</h1>"),
        http(500, "application/problem+json", br#"{"code":"oops"}"#),
        http(302, "text/plain", b"elsewhere"),
    ];
    for bytes in nonsense {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let base = server(move |_| bytes.clone(), true).await;
        let error = client(&[&base]).status(id).await.unwrap_err();
        let expected =
            matches!(error, ClientError::Answer { .. } | ClientError::Unreachable { .. });
        assert!(expected, "{shown}: {error}");
        let error = client(&[&base]).receipt(id, false).await.unwrap_err();
        assert!(!matches!(error, ClientError::Refused(_)), "{shown}: {error}");
        let error = client(&[&base]).latest_header().await.unwrap_err();
        assert!(!matches!(error, ClientError::Refused(_)), "{shown}: {error}");
    }
}

#[tokio::test]
async fn an_answer_larger_than_its_limit_is_given_up() {
    let endless = http(200, "application/octet-stream", &vec![7; 1 << 20]);
    let base = server(move |_| endless.clone(), true).await;
    let error = client(&[&base]).genesis().await.unwrap_err();
    assert!(
        matches!(&error, ClientError::Answer { what, .. } if what.contains("at most")),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_given_up_and_the_next_node_is_asked() {
    // It promises more than it sends, and leaves the connection open.
    let stuck = |status: u16| {
        let mut bytes = http(status, "application/octet-stream", &genesis().encode());
        bytes.truncate(bytes.len() - 1);
        bytes
    };
    for status in [200, 500] {
        let base = server(move |_| stuck(status), false).await;
        let started = Instant::now();
        let error = client(&[&base]).genesis().await.unwrap_err();
        assert!(matches!(error, ClientError::Answer { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        let honest = server(|_| http(200, "application/octet-stream", &genesis().encode()), true);
        let both = client(&[&base, &honest.await]);
        assert_eq!(both.genesis().await.unwrap(), &genesis());
    }
}

#[test]
fn addresses_that_name_no_node_are_refused_at_once() {
    let addresses = [
        "",
        "not a url",
        "host:1",
        "mailto:a",
        "https://host:1",
        "http://host:1/path",
        "http://host:1/?q=1",
        "http://host:1/#a",
        "http://user@host:1",
    ];
    for address in addresses {
        let error = Client::new(ClientConfig::new([address])).err().unwrap();
        assert!(matches!(error, ClientError::Address { .. }), "{address}: {error}");
        assert_eq!(error.code(), Code::NODE_ADDRESS_INVALID);
    }
}

#[tokio::test]
async fn a_node_that_never_answers_costs_no_more_than_its_time() {
    let base = server(|_| vec![], false).await;
    let started = Instant::now();
    let error = client(&[&base]).health().await.unwrap_err();
    assert!(matches!(error, ClientError::Answer { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let good = server(|_| http(200, "application/json", b"{}"), true).await;
    client(&[&base, &good]).health().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_names_another_envelope_is_not_taken() {
    let genesis = genesis();
    let encoded = genesis.encode();
    let other = Hash([9; 32]);
    let base = server(
        move |request| {
            if request.starts_with("GET /v1/genesis") {
                http(200, "application/octet-stream", &encoded)
            } else if request.contains("/batch") {
                let text = format!(r#"[{{"state":"committed","id":"{other}"}}]"#);
                http(200, "application/json", text.as_bytes())
            } else {
                let text = format!(r#"{{"state":"committed","id":"{other}"}}"#);
                http(200, "application/json", text.as_bytes())
            }
        },
        true,
    )
    .await;
    let body = EnvelopeBody {
        format: 1,
        contract: Name::parse("record").unwrap(),
        method: Name::parse("notarize").unwrap(),
        method_version: 1,
        arguments: vec![],
        sender: SigningKey::from_seed(Suite::International, b"x").address(),
        valid_until_ms: 5,
        random: [0; 16],
    };
    let envelope = Envelope { body, signature: Signature([0; 64]) };
    let client = client(&[&base]);
    let error = client.submit(&envelope, Wait::Accepted).await.unwrap_err();
    assert!(matches!(error, ClientError::Answer { .. }), "{error}");
    let batch = client.submit_batch(&[envelope], Wait::Accepted).await.unwrap();
    assert!(matches!(batch[0], Err(ClientError::Answer { .. })), "{:?}", batch[0]);
}

#[tokio::test]
async fn retry_after_in_seconds_is_honoured_up_to_the_longest_pause() {
    let busy = || {
        let body = br#"{"code":"YL4001","title":"full"}"#;
        let head = format!(
            "HTTP/1.1 429 x\r\nretry-after: 3600\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let base = server(move |_| busy(), true).await;
    let mut config = ClientConfig::new([base]);
    config.rounds = 2;
    config.pause = Duration::from_millis(1);
    config.pause_max = Duration::from_millis(200);
    let started = Instant::now();
    let error = Client::new(config).unwrap().health().await.unwrap_err();
    assert_eq!(error.code(), Code::MEMPOOL_FULL);
    let ClientError::Refused(refused) = error else { panic!("{error}") };
    assert_eq!(refused.retry_after, Some(Duration::from_secs(3_600)));
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_stream_that_is_opened_again_is_resumed_and_what_comes_twice_is_passed_over() {
    let encoded = genesis().encode();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let sender = SigningKey::from_seed(Suite::International, b"x");
    let base = server(
        move |request| {
            if request.starts_with("GET /v1/genesis") {
                return http(200, "application/octet-stream", &encoded);
            }
            // Ever one event more, but always from the first, whatever was asked for.
            let mut asked = asked.lock().unwrap();
            asked.push(request.to_ascii_lowercase());
            let events: String = (0..asked.len() + 1).map(|position| {
                let data = format!(
                    r#"{{"height":1,"index":{position},"position":{position},"time_ms":1,"envelope_id":"{}","contract":"record","method":"notarize","code":"YL0000","sender":"{}","organization":"11410400XX0000019H","events":[]}}"#,
                    Hash([1; 32]), sender.address(),
                );
                format!("event: committed\nid: {position}\ndata: {data}\n\n")
            }).collect();
            http(200, "text/event-stream", events.as_bytes())
        },
        true,
    )
    .await;
    let signer = Arc::new(SigningKey::from_seed(Suite::International, b"x"));
    let height = yinglian_protocol::Height(1);
    let mut events = client(&[&base]).events(signer, Some(height)).await.unwrap();
    for position in 0..4 {
        assert_eq!(events.next().await.unwrap().position.0, position);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(!seen[0].contains("last-event-id"), "{}", seen[0]);
    assert!(seen[1].contains("last-event-id: 1\r\n"), "{}", seen[1]);
    assert!(seen[2].contains("last-event-id: 2\r\n"), "{}", seen[2]);
}

#[tokio::test]
async fn an_export_without_its_end_is_an_error_though_the_answer_is_whole() {
    let key = SigningKey::from_seed(Suite::International, b"x");
    let validator = Validator {
        organization: CreditCode::parse("11410400XX0000019H").unwrap(),
        public_key: key.public_key().clone(),
        weight: 1,
    };
    let first = ExportFrame::Genesis(Box::new(ExportGenesis {
        genesis: genesis(),
        entries: vec![],
        validators: ValidatorSet::new(vec![validator]).unwrap(),
    }));
    let bytes = [EXPORT_MAGIC.as_slice(), &first.encode().unwrap()].concat();
    let encoded = genesis().encode();
    let base = server(
        move |request| {
            let is_genesis = request.starts_with("GET /v1/genesis");
            http(200, "application/octet-stream", if is_genesis { &encoded } else { &bytes })
        },
        true,
    )
    .await;
    let height = yinglian_protocol::Height(1);
    let mut export = client(&[&base]).export(&key, height, None).await.unwrap();
    assert_eq!(export.next().await.unwrap(), Some(first));
    let error = export.next().await.unwrap_err();
    let cut = matches!(error, ClientError::Export { source: ExportError::Cut { frames: 1 }, .. });
    assert!(cut, "{error:?}");
}

#[test]
fn a_client_without_nodes_is_refused() {
    let error = Client::new(ClientConfig::new(Vec::<String>::new())).err();
    assert!(matches!(error, Some(ClientError::Config { .. })));
}
