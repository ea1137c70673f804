//! Event streams and exports: order, resumption, back-pressure, and what a reader is told when a stream ends.

mod support;

use futures::StreamExt;
use serde_json::Value;
use std::time::Duration;
use support::{Served, Signed, json, problem, served, served_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use yinglian_node_api::Config;
use yinglian_protocol::{ExportFrame, ExportReader, Height};

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
struct Sse {
    name: String,
    id: Option<u64>,
    data: Value,
}

fn parse(text: &str) -> Option<Sse> {
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    Some(Sse {
        name: field("event:")?,
        id: field("id:").map(|id| id.parse().unwrap()),
        data: serde_json::from_str(&field("data:")?).unwrap(),
    })
}

struct Stream {
    response: reqwest::Response,
    text: String,
    comments: usize,
}

impl Stream {
    async fn open(served: &Served, caller: &str, path: &str, last: Option<u64>) -> Self {
        let mut request = served.http.get(format!("{}{path}", served.base));
        for (header, value) in Signed::now(served, caller, path).headers() {
            request = request.header(header, value);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), comments: 0 }
    }

    /// The next event, or none when the stream ended.
    async fn next(&mut self) -> Option<Sse> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                match parse(&block) {
                    Some(event) => return Some(event),
                    None => self.comments += 1,
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("an event in time").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn positions(&mut self, count: usize) -> Vec<u64> {
        let mut positions = vec![];
        for _ in 0..count {
            let event = self.next().await.unwrap();
            assert_eq!(event.name, "committed");
            assert_eq!(event.data["position"], event.id.unwrap());
            positions.push(event.id.unwrap());
        }
        positions
    }
}

/// Blocks 1 to 3 with two records each: positions 0 to 5.
async fn filled() -> Served {
    let served = served().await;
    fill(&served, 3).await;
    served
}

async fn fill(served: &Served, blocks: usize) {
    served.node.hold();
    for _ in 0..blocks {
        for key in ["A-1", "refuse"] {
            served.submit("/v1/envelopes", &served.envelope(key)).await;
        }
        served.node.commit();
    }
}

#[tokio::test]
async fn events_begin_at_any_height_and_go_on_as_blocks_are_decided() {
    let served = filled().await;
    let mut all = Stream::open(&served, "auditor", "/v1/events?from=1", None).await;
    assert_eq!(all.positions(6).await, [0, 1, 2, 3, 4, 5]);
    let mut late = Stream::open(&served, "auditor", "/v1/events?from=3", None).await;
    assert_eq!(late.positions(2).await, [4, 5]);
    let mut new = Stream::open(&served, "auditor", "/v1/events", None).await;
    fill(&served, 1).await;
    assert_eq!(new.positions(2).await, [6, 7]);
    assert_eq!(all.positions(2).await, [6, 7]);
    let mut event = Stream::open(&served, "auditor", "/v1/events?from=4", None).await;
    let event = event.next().await.unwrap().data;
    assert_eq!((event["height"].as_u64(), event["index"].as_u64()), (Some(4), Some(0)));
    assert_eq!(event["contract"], "record");
    assert_eq!(event["events"][0]["name"], "notarized");
    assert_eq!(event["organization"], "11410400XX0000019H");
    for field in ["envelope_id", "method", "code", "sender", "time_ms"] {
        assert!(!event[field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_even_within_a_block() {
    let served = filled().await;
    for last in 0..6_u64 {
        let mut resumed = Stream::open(&served, "auditor", "/v1/events?from=1", Some(last)).await;
        let expected: Vec<u64> = (last + 1..6).collect();
        assert_eq!(resumed.positions(expected.len()).await, expected, "after {last}");
    }
    let path = "/v1/events?from=1";
    let signed = Signed::now(&served, "auditor", path);
    let mut request =
        served.http.get(format!("{}{path}", served.base)).header("last-event-id", "x");
    for (header, value) in signed.headers() {
        request = request.header(header, value);
    }
    assert_eq!(problem(request.send().await.unwrap()).await, (400, "YL4007".into()));
}

#[tokio::test]
async fn a_caller_without_the_role_sees_his_organisations_events_only() {
    let served = filled().await;
    let end = served.node.state().chain.tip().1 + 60_000;
    let foreign = served.envelope_until(&support::chain::key("other"), "B-1", end);
    served.submit("/v1/envelopes", &foreign).await;
    served.node.commit();
    let mut own = Stream::open(&served, "other", "/v1/events?from=1", None).await;
    assert_eq!(own.positions(1).await, [6]);
    let mut all = Stream::open(&served, "operator", "/v1/events?from=1", None).await;
    assert_eq!(all.positions(7).await.len(), 7);
}

#[tokio::test]
async fn a_quiet_stream_is_kept_alive_by_comments() {
    let config = Config { stream_heartbeat: Duration::from_millis(20), ..Config::default() };
    let served = served_with(config).await;
    let mut stream = Stream::open(&served, "auditor", "/v1/events?from=1", None).await;
    while stream.comments < 3 {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.response.chunk()).await;
        let chunk = chunk.expect("a comment in time").unwrap().unwrap();
        assert_eq!(&chunk[..1], b":");
        stream.comments += 1;
    }
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_and_told_where_to_resume() {
    let config = Config {
        stream_events_max: 2,
        slow_reader: Duration::from_millis(200),
        ..Config::default()
    };
    let served = served_with(config).await;
    // More than sockets buffer, so that the reader's idleness reaches the node.
    served.node.hold();
    let blocks = 40;
    for _ in 0..blocks {
        served.fill_waiting_room(500);
        served.node.commit();
    }
    let path = "/v1/events?from=1";
    let mut socket = tokio::net::TcpStream::connect(served.address()).await.unwrap();
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    for (header, value) in Signed::now(&served, "auditor", path).headers() {
        head.push_str(&format!("{header}: {value}\r\n"));
    }
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    // Read nothing until the node has given up on this reader.
    let cut = async {
        loop {
            let text = served.get("/metrics").await.text().await.unwrap();
            if text.contains("yinglian_api_streams_cut_total 1") {
                assert!(text.contains("yinglian_api_streams 0"));
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), cut).await.expect("the reader is cut");
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    let seen = text.matches("event: committed").count() as u64;
    assert!(seen > 0 && seen < blocks * 500, "{seen}");
    let last = text.split("\n\n").filter_map(parse).last().unwrap();
    assert_eq!((last.name.as_str(), last.data["code"].as_str()), ("cut", Some("YL4015")));
    assert_eq!(last.data["last_event_id"], seen - 1);
    let mut resumed = Stream::open(&served, "auditor", path, Some(seen - 1)).await;
    assert_eq!(resumed.positions(3).await, [seen, seen + 1, seen + 2]);
}

#[tokio::test]
async fn a_node_that_cannot_go_on_ends_the_stream_with_the_reason() {
    let served = filled().await;
    served.node.state().chain.blocks[1].payload = vec![1, 2, 3].into();
    let mut stream = Stream::open(&served, "auditor", "/v1/events?from=1", None).await;
    assert_eq!(stream.positions(2).await, [0, 1]);
    let end = stream.next().await.unwrap();
    assert_eq!((end.name.as_str(), end.data["code"].as_str()), ("failed", Some("YL1103")));
    assert_eq!(end.data["last_event_id"], 1);
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn streams_are_counted_and_limited_and_a_reader_that_leaves_makes_room() {
    let served = served_with(Config { streams_max: 1, ..Config::default() }).await;
    let stream = Stream::open(&served, "auditor", "/v1/events?from=1", None).await;
    let second = served.signed("auditor", "/v1/events?from=1").await;
    assert!(second.headers().contains_key("retry-after"));
    assert_eq!(problem(second).await, (429, "YL4014".into()));
    assert_eq!(problem(served.signed("auditor", "/v1/export").await).await, (429, "YL4014".into()));
    drop(stream);
    let room = async {
        while served.signed("auditor", "/v1/export").await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), room).await.expect("room for another stream");
}

async fn export(served: &Served, path: &str) -> Vec<ExportFrame> {
    let response = served.signed("auditor", path).await;
    assert_eq!(response.status(), 200);
    let chunks: Vec<_> = response.bytes_stream().map(Result::unwrap).collect().await;
    ExportReader::new(chunks.into_iter()).collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn an_export_holds_genesis_blocks_new_keys_and_its_end() {
    let served = filled().await;
    let end = served.node.state().chain.tip().1 + 60_000;
    let foreign = served.envelope_until(&support::chain::key("other"), "B-1", end);
    served.submit("/v1/envelopes", &foreign).await;
    served.node.commit_after(1_000, true);
    let frames = export(&served, "/v1/export").await;
    assert_eq!(frames.len(), 6);
    let ExportFrame::Genesis(genesis) = &frames[0] else { panic!("genesis comes first") };
    assert_eq!(genesis.genesis.hash(), served.genesis_hash());
    let keys: Vec<usize> = frames
        .iter()
        .filter_map(|frame| match frame {
            ExportFrame::Block(block) => Some(block.keys.len()),
            _ => None,
        })
        .collect();
    assert_eq!(keys, [1, 0, 0, 1]);
    let ExportFrame::Block(last) = &frames[4] else { panic!("a block") };
    let next = last.next_validators.as_ref().unwrap();
    assert_eq!(next.hash(last.header.suite), last.header.next_validators_hash);
    assert_eq!(frames[5], ExportFrame::End { last: Height(4) });
    let part = export(&served, "/v1/export?from=2&to=3").await;
    assert_eq!(part.len(), 4);
    let ExportFrame::Block(first) = &part[1] else { panic!("a block") };
    assert_eq!((first.header.height, first.keys.len()), (Height(2), 1));
    assert_eq!(part[3], ExportFrame::End { last: Height(3) });
}

#[tokio::test]
async fn an_export_that_breaks_off_lacks_its_end() {
    let served = filled().await;
    served.node.state().chain.blocks[1].payload = vec![1, 2, 3].into();
    let mut request = served.http.get(format!("{}/v1/export", served.base));
    for (header, value) in Signed::now(&served, "auditor", "/v1/export").headers() {
        request = request.header(header, value);
    }
    // Depending on how far the socket was, the reader misses the end of the body or its head as well.
    let whole = async { request.send().await?.bytes().await };
    assert!(whole.await.is_err(), "the body must not end as if it were whole");
}

#[tokio::test]
async fn ranges_that_make_no_sense_are_refused() {
    let served = filled().await;
    for (query, expected) in [
        ("from=3&to=1", (400, "YL4007")),
        ("from=x", (400, "YL4007")),
        ("to=9", (404, "YL4008")),
        ("till=3", (400, "YL4007")),
    ] {
        let response = served.signed("auditor", &format!("/v1/export?{query}")).await;
        assert_eq!(problem(response).await, (expected.0, expected.1.into()), "{query}");
    }
    let response = served.signed("auditor", "/v1/events?from=x").await;
    assert_eq!(problem(response).await, (400, "YL4007".into()));
    // Before the first block an export holds the genesis alone.
    let empty = support::served().await;
    let frames = export(&empty, "/v1/export").await;
    assert_eq!((frames.len(), &frames[1]), (2, &ExportFrame::End { last: Height(0) }));
    let _ = json(empty.get("/v1/health").await).await;
}
