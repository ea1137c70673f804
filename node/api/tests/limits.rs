//! Limits: sizes, times and numbers, and that no bytes whatever make the node fail.

mod support;

use proptest::prelude::*;
use std::time::Duration;
use support::{Served, json, problem, served, served_with};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use yinglian_node_api::Config;

async fn connect(served: &Served) -> TcpStream {
    TcpStream::connect(served.address()).await.unwrap()
}

/// The head of the answer, read while our own request may be unfinished.
async fn answer(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    let read = async {
        while !text.ends_with(b"\r\n\r\n") && socket.read(&mut byte).await.unwrap_or(0) == 1 {
            text.push(byte[0]);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("an answer in time");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_body_announced_too_long_is_refused_before_a_byte_of_it_is_sent() {
    let served = served().await;
    let mut socket = connect(&served).await;
    let head = "POST /v1/envelopes HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 99999999999\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let text = answer(&mut socket).await;
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
    // The largest body that is taken is one of exactly 1 MiB: it is only no envelope.
    let most =
        served.post("/v1/envelopes/batch", "application/octet-stream", vec![0; 1 << 20]).await;
    assert_eq!(problem(most).await, (400, "YL4007".into()));
    let more =
        served.post("/v1/envelopes/batch", "application/json", vec![b' '; (1 << 20) + 1]).await;
    assert_eq!(problem(more).await, (413, "YL4006".into()));
}

#[tokio::test]
async fn a_body_without_a_length_is_refused_as_soon_as_it_passes_the_limit() {
    let served = served().await;
    let mut socket = connect(&served).await;
    let head = "POST /v1/envelopes HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &vec![7; 0x10000], b"\r\n"].concat();
    for _ in 0..17 {
        socket.write_all(&chunk).await.unwrap();
    }
    // The body has not ended, and never will.
    let text = answer(&mut socket).await;
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
}

#[tokio::test]
async fn a_body_or_head_that_never_comes_is_given_up() {
    let config = Config {
        body_timeout: Duration::from_millis(100),
        head_timeout: Duration::from_millis(100),
        ..Config::default()
    };
    let served = served_with(config).await;
    let mut socket = connect(&served).await;
    let head = "POST /v1/envelopes HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nabc";
    socket.write_all(head.as_bytes()).await.unwrap();
    let text = answer(&mut socket).await;
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    let mut silent = connect(&served).await;
    silent.write_all(b"GET /v1/hea").await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut [0; 64])).await;
    assert_eq!(closed.expect("the connection is closed").unwrap_or(0), 0);
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_requests_and_no_more() {
    let config = Config {
        connections_per_ip_max: 2,
        requests_per_ip_per_second: 1,
        requests_per_ip_burst: 3,
        limits_loopback: true,
        ..Config::default()
    };
    let served = served_with(config).await;
    for _ in 0..3 {
        assert_eq!(served.get("/v1/health").await.status(), 200);
    }
    let refused = served.get("/v1/health").await;
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(problem(refused).await, (429, "YL4014".into()));
    // The client above keeps one connection.
    let _second = connect(&served).await;
    let mut third = connect(&served).await;
    let text = answer(&mut third).await;
    assert!(text.starts_with("HTTP/1.1 429") && text.contains("retry-after: 1"), "{text}");
}

#[tokio::test]
async fn this_machine_itself_is_not_limited() {
    let config =
        Config { requests_per_ip_per_second: 1, requests_per_ip_burst: 1, ..Config::default() };
    let served = served_with(config).await;
    for _ in 0..5 {
        assert_eq!(served.get("/v1/health").await.status(), 200);
    }
}

#[tokio::test]
async fn requests_beyond_the_limit_are_refused_at_once_but_health_is_answered() {
    let served = served_with(Config { requests_max: 1, ..Config::default() }).await;
    served.node.hold();
    let envelope = served.envelope("A-1");
    let path = "/v1/envelopes?wait=committed&timeout_ms=60000";
    let waiting = served.submit(path, &envelope);
    let others = async {
        while served.node.state().pending.is_empty() {
            tokio::task::yield_now().await;
        }
        let refused = served.get("/v1/genesis").await;
        assert_eq!(refused.headers()["retry-after"], "1");
        assert_eq!(problem(refused).await, (429, "YL4014".into()));
        assert_eq!(served.get("/v1/health").await.status(), 200);
        assert_eq!(served.get("/metrics").await.status(), 200);
        served.node.commit();
    };
    let (response, ()) = tokio::join!(waiting, others);
    assert_eq!(response.status(), 200);
    assert_eq!(served.get("/v1/genesis").await.status(), 200);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let served = served_with(Config { connections_max: 1, ..Config::default() }).await;
    let mut first = connect(&served).await;
    first.write_all(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = connect(&served).await;
    second.write_all(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.read(&mut [0; 1])).await;
    assert!(early.is_err(), "the second connection is not served while the first is open");
    drop(first);
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stalled_reader_of_an_export_is_dropped() {
    let config = Config { stalled_write: Duration::from_millis(200), ..Config::default() };
    let served = served_with(config).await;
    served.node.hold();
    for _ in 0..40 {
        served.fill_waiting_room(1_000);
        served.node.commit();
    }
    let path = "/v1/export";
    let mut socket = connect(&served).await;
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n");
    for (header, value) in support::Signed::now(&served, "auditor", path).headers() {
        head.push_str(&format!("{header}: {value}\r\n"));
    }
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    assert!(answer(&mut socket).await.starts_with("HTTP/1.1 200"));
    let dropped = async {
        while !served.get("/metrics").await.text().await.unwrap().contains("yinglian_api_streams 0")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), dropped).await.expect("the export is given up");
}

/// Every route that takes a body or a parameter.
const POSTS: [&str; 3] = ["/v1/envelopes", "/v1/envelopes/batch", "/v1/envelopes/prepare"];

/// Neither a failure of the node nor a broken connection, and a refusal is a whole problem.
async fn is_fine(response: reqwest::Response) {
    let status = response.status().as_u16();
    assert!(status < 500, "status {status}");
    if status >= 400 {
        problem(response).await;
    } else {
        response.bytes().await.unwrap();
    }
}

fn json_like() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-z_]{0,12}".prop_map(|text| format!("\"{text}\"")),
        Just(format!("\"{}\"", "0".repeat(32))),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let names = prop_oneof![
            Just("contract"),
            Just("method"),
            Just("method_version"),
            Just("arguments"),
            Just("sender"),
            Just("valid_until_ms"),
            Just("random"),
            Just("signature"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((names, inner), 0..9).prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(n, v)| format!("\"{n}\":{v}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

#[test]
fn arbitrary_bodies_paths_and_headers_never_make_the_node_fail() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let served = runtime.block_on(served());
    let good = served.envelope("A-1").encode();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    let bodies = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        json_like().prop_map(String::into_bytes),
        // A good envelope with a byte changed and bytes cut off or added.
        (any::<prop::sample::Index>(), any::<u8>(), 0..400_usize).prop_map(
            move |(at, byte, length)| {
                let mut bytes = good.clone();
                let at = at.index(bytes.len());
                bytes[at] = byte;
                bytes.resize(length, 0);
                bytes
            }
        ),
        // A batch whose lengths lie.
        prop::collection::vec(any::<u32>(), 0..6).prop_map(|lengths| {
            lengths.iter().flat_map(|length| (length % 64).to_le_bytes()).collect()
        }),
    ];
    let strategy = (0..3_usize, any::<bool>(), bodies, "[ -~]{0,40}", "[ -~]{0,20}");
    let result = runner.run(&strategy, |(route, is_json, body, segment, header)| {
        runtime.block_on(async {
            let kind = if is_json { "application/json" } else { "application/octet-stream" };
            is_fine(served.post(POSTS[route], kind, body).await).await;
            let routes = [
                "/v1/receipts/",
                "/v1/headers/",
                "/v1/envelopes/",
                "/v1/records?business_key=",
                "/v1/proofs/log/",
                "/v1/proofs/registry?key=",
                "/v1/validators?height=",
                "/v1/codes/",
                "/v1/blocks/",
                "/v1/events?from=",
            ];
            for route in routes {
                let url = format!("{}{route}{segment}", served.base);
                let request = served
                    .http
                    .get(url)
                    .header("accept-language", &header)
                    .header("yinglian-address", &header)
                    .header("yinglian-time", &header)
                    .header("yinglian-nonce", &header)
                    .header("yinglian-signature", &header);
                is_fine(request.send().await.unwrap()).await;
            }
        });
        Ok(())
    });
    result.unwrap();
    let after = runtime.block_on(async { json(served.get("/v1/health").await).await });
    assert_eq!(after["status"], "up");
}
