//! Submission in binary and JSON, waiting, batches, prepare, and every way in which they are refused.

mod support;

use serde_json::{Value, json};
use std::time::Duration;
use support::{
    chain::{SUITE, key},
    json, notarize, problem, served,
};
use yinglian_node_api::Refusal;
use yinglian_protocol::{Code, Envelope, EnvelopeBody, calls::Arguments, codec};

const OCTETS: &str = "application/octet-stream";
const JSON: &str = "application/json";

fn as_json(envelope: &Envelope) -> Value {
    let body = &envelope.body;
    let arguments = Arguments::decode(
        body.contract.as_str(),
        body.method.as_str(),
        body.method_version,
        &body.arguments,
    );
    json!({
        "contract": body.contract, "method": body.method, "method_version": body.method_version,
        "arguments": arguments.unwrap().to_json().unwrap(), "sender": body.sender,
        "valid_until_ms": body.valid_until_ms, "random": hex::encode(body.random), "signature": envelope.signature,
    })
}

#[tokio::test]
async fn a_binary_envelope_is_accepted_and_its_state_told() {
    let served = served().await;
    served.node.hold();
    let envelope = served.envelope("A-1");
    let id = envelope.body.id(SUITE).to_string();
    let response = served.submit("/v1/envelopes", &envelope).await;
    assert_eq!(response.status(), 202);
    let answer = json(response).await;
    assert_eq!(answer, json!({"state": "accepted", "id": id, "repeated": false}));
    let state = json(served.get(&format!("/v1/envelopes/{id}")).await).await;
    assert_eq!(state["state"], "accepted");
    served.node.commit();
    let state = json(served.get(&format!("/v1/envelopes/{id}")).await).await;
    assert_eq!(state["state"], "committed");
    assert_eq!(state["code"], "YL0000");
    assert_eq!(
        (&state["height"], &state["position"], &state["index"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(state["time_ms"], 1_700_000_001_000_u64);
    let unknown = format!("/v1/envelopes/{}", "0".repeat(64));
    assert_eq!(json(served.get(&unknown).await).await["state"], "unknown");
}

#[tokio::test]
async fn waiting_for_the_commit_answers_with_the_position() {
    let served = served().await;
    served.node.hold();
    let envelope = served.envelope("A-1");
    let submit = served.submit("/v1/envelopes?wait=committed&timeout_ms=20000", &envelope);
    let commit = async {
        while served.node.state().pending.is_empty() {
            tokio::task::yield_now().await;
        }
        served.node.commit();
    };
    let (response, ()) = tokio::join!(submit, commit);
    assert_eq!(response.status(), 200);
    let answer = json(response).await;
    assert_eq!((&answer["state"], &answer["height"]), (&json!("committed"), &json!(1)));
}

#[tokio::test]
async fn a_wait_that_is_too_short_says_accepted_and_not_yet_decided() {
    let served = served().await;
    served.node.hold();
    let response =
        served.submit("/v1/envelopes?wait=committed&timeout_ms=10", &served.envelope("A-1")).await;
    assert_eq!(response.status(), 202);
    let answer = json(response).await;
    assert_eq!((&answer["state"], &answer["code"]), (&json!("accepted"), &json!("YL4011")));
}

#[tokio::test]
async fn a_refusal_of_the_contract_is_committed_with_its_code() {
    let served = served().await;
    let response = served.submit("/v1/envelopes?wait=committed", &served.envelope("refuse")).await;
    assert_eq!(response.status(), 200);
    let answer = json(response).await;
    assert_eq!(answer["state"], "committed");
    assert_eq!(answer["code"], Code::CORRECTION_NOT_OWN.to_string());
    assert_eq!(answer["title"], Code::CORRECTION_NOT_OWN.en().unwrap().title);
}

#[tokio::test]
async fn a_repeated_envelope_gets_the_same_record() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    let first = json(served.submit("/v1/envelopes?wait=committed", &envelope).await).await;
    let again = served.submit("/v1/envelopes", &envelope).await;
    assert_eq!(again.status(), 200);
    let again = json(again).await;
    assert_eq!((&first["repeated"], &again["repeated"]), (&json!(false), &json!(true)));
    for field in ["id", "state", "position", "height", "index", "time_ms", "code"] {
        assert_eq!(first[field], again[field], "{field}");
    }
    assert_eq!(served.node.state().chain.leaf_hashes.len(), 1);
}

#[tokio::test]
async fn an_envelope_that_expires_while_waiting_is_told_so() {
    let served = served().await;
    served.node.hold();
    let end = served.node.state().chain.tip().1 + 1_500;
    let envelope = served.envelope_until(&key("recorder"), "A-1", end);
    let submit = served.submit("/v1/envelopes?wait=committed&timeout_ms=20000", &envelope);
    let pass = async {
        while served.node.state().pending.is_empty() {
            tokio::task::yield_now().await;
        }
        served.node.commit_after(5_000, false);
    };
    let (response, ()) = tokio::join!(submit, pass);
    assert_eq!(problem(response).await, (410, "YL1005".into()));
    let state = json(served.get(&format!("/v1/envelopes/{}", envelope.body.id(SUITE))).await).await;
    assert_eq!((&state["state"], &state["code"]), (&json!("expired"), &json!("YL1005")));
    let late = served.envelope_until(&key("recorder"), "A-2", end);
    assert_eq!(problem(served.submit("/v1/envelopes", &late).await).await, (410, "YL1005".into()));
}

#[tokio::test]
async fn the_json_of_an_envelope_is_the_same_envelope() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    let body = as_json(&envelope).to_string().into_bytes();
    let response = served.post("/v1/envelopes?wait=committed", JSON, body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(json(response).await["id"], envelope.body.id(SUITE).to_string());
    let again = json(served.submit("/v1/envelopes", &envelope).await).await;
    assert_eq!(again["repeated"], true);
}

#[tokio::test]
async fn malformed_submissions_are_refused_with_a_code() {
    let served = served().await;
    let good = as_json(&served.envelope("A-1"));
    let with = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string()
    };
    let cases = [
        ("{".to_owned(), (400, "YL4007")),
        ("[1,2]".to_owned(), (400, "YL4007")),
        (with("unexpected", json!(1)), (400, "YL4007")),
        (with("random", json!("zz")), (400, "YL4007")),
        (with("random", json!("00")), (400, "YL4007")),
        (with("signature", json!("00")), (400, "YL4007")),
        (with("sender", json!("yl1wrong")), (400, "YL4007")),
        (with("contract", json!("Not A Name")), (400, "YL4007")),
        (with("valid_until_ms", json!(-1)), (400, "YL4007")),
        (with("contract", json!("nowhere")), (404, "YL1010")),
        (with("method", json!("nothing")), (404, "YL1011")),
        (with("method_version", json!(9)), (404, "YL1011")),
        (with("arguments", json!({"kind": "file"})), (400, "YL1012")),
        (with("arguments", json!("0011")), (400, "YL1012")),
        (with("valid_until_ms", json!(1_800_000_000_000_u64)), (403, "YL1009")),
    ];
    for (body, (status, code)) in cases {
        let response = served.post("/v1/envelopes", JSON, body.clone().into_bytes()).await;
        assert_eq!(problem(response).await, (status, code.into()), "{body}");
    }
    for (body, code) in
        [(vec![], "YL1001"), (vec![0; 65 * 1024], "YL1002"), (vec![7; 300], "YL1001")]
    {
        assert_eq!(problem(served.post("/v1/envelopes", OCTETS, body).await).await.1, code);
    }
    let mut trailing = served.envelope("A-2").encode();
    trailing.push(0);
    assert_eq!(problem(served.post("/v1/envelopes", OCTETS, trailing).await).await.1, "YL1001");
    let response = served.post("/v1/envelopes", "text/plain", vec![1]).await;
    assert_eq!(problem(response).await, (415, "YL4007".into()));
    assert!(served.node.state().chain.blocks.is_empty());
}

#[tokio::test]
async fn an_envelope_over_its_limit_never_reaches_the_node() {
    let served = served().await;
    let large = vec![0; 64 * 1024 + 1];
    let response = served.post("/v1/envelopes", OCTETS, large.clone()).await;
    assert_eq!(problem(response).await, (413, "YL1002".into()));
    let batch = codec::encode(&vec![large.clone(), large]);
    let answers = json(served.post("/v1/envelopes/batch", OCTETS, batch).await).await;
    assert_eq!((&answers[0]["code"], &answers[1]["code"]), (&json!("YL1002"), &json!("YL1002")));
    let mut long = as_json(&served.envelope("A-1"));
    long["arguments"]["title"] = json!("x".repeat(70_000));
    let response = served.post("/v1/envelopes", JSON, long.to_string().into_bytes()).await;
    assert_eq!(problem(response).await, (413, "YL1002".into()));
    assert_eq!(served.node.received.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn admission_refusals_keep_their_codes() {
    let served = served().await;
    let end = served.node.state().chain.tip().1 + 60_000;
    let stranger = served.envelope_until(&key("stranger"), "A-1", end);
    assert_eq!(
        problem(served.submit("/v1/envelopes", &stranger).await).await,
        (403, "YL1007".into())
    );
    let mut forged = served.envelope("A-1");
    forged.body.random = [9; 16];
    assert_eq!(
        problem(served.submit("/v1/envelopes", &forged).await).await,
        (403, "YL1009".into())
    );
    for (code, status) in
        [(Code::NODE_NOT_READY, 503), (Code::NO_QUORUM, 503), (Code::DISK_FULL, 507)]
    {
        served.node.state().refuse_submit = Some(Refusal::new(code).detail("for the test"));
        let response = served.submit("/v1/envelopes", &served.envelope("A-1")).await;
        assert_eq!(response.headers().contains_key("retry-after"), status == 503);
        assert_eq!(problem(response).await, (status, code.to_string()));
    }
}

#[tokio::test]
async fn a_full_waiting_room_says_when_to_come_again() {
    let served = served().await;
    let full = Refusal::new(Code::MEMPOOL_FULL).retry_after(Duration::from_millis(2_500));
    served.node.state().refuse_submit = Some(full);
    let response = served.submit("/v1/envelopes", &served.envelope("A-1")).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "3");
    let body = json(response).await;
    assert_eq!((&body["code"], &body["retry_after_ms"]), (&json!("YL4001"), &json!(2_500)));
    // Also where the node names no time.
    served.node.state().refuse_submit = Some(Code::QUOTA_EXCEEDED.into());
    let response = served.submit("/v1/envelopes", &served.envelope("A-1")).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_and_bad_ones_do_not_hinder_good_ones() {
    let served = served().await;
    let envelopes: Vec<_> = (0..5).map(|i| served.envelope(&format!("B-{i}"))).collect();
    let mut forged = served.envelope("forged");
    forged.body.random = [1; 16];
    let items: Vec<Vec<u8>> = vec![
        envelopes[0].encode(),
        vec![1, 2, 3],
        envelopes[1].encode(),
        forged.encode(),
        envelopes[0].encode(),
        vec![0; 70_000],
        served.envelope("refuse").encode(),
        envelopes[2].encode(),
    ];
    let body = codec::encode(&items);
    let response = served.post("/v1/envelopes/batch?wait=committed", OCTETS, body).await;
    assert_eq!(response.status(), 200);
    let answers = json(response).await;
    let seen: Vec<_> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["state"].as_str().unwrap().to_owned(), a["code"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("committed", "YL0000"),
        ("rejected", "YL1001"),
        ("committed", "YL0000"),
        ("rejected", "YL1009"),
        ("committed", "YL0000"),
        ("rejected", "YL1002"),
        ("committed", "YL3003"),
        ("committed", "YL0000"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(s, c)| ((*s).to_owned(), (*c).to_owned())).collect();
    assert_eq!(seen, expected);
    assert_eq!(answers[0]["id"], envelopes[0].body.id(SUITE).to_string());
    assert_eq!(answers[7]["id"], envelopes[2].body.id(SUITE).to_string());
    assert_eq!((&answers[0]["repeated"], &answers[4]["repeated"]), (&json!(false), &json!(true)));
    assert_eq!(answers[1]["problem"]["code"], "YL1001");
    // The same in JSON, where an item may be no envelope at all.
    let list = json!([as_json(&envelopes[3]), {"no": "envelope"}, as_json(&envelopes[4])]);
    let response = served.post("/v1/envelopes/batch", JSON, list.to_string().into_bytes()).await;
    let answers = json(response).await;
    assert_eq!(answers[0]["id"], envelopes[3].body.id(SUITE).to_string());
    assert_eq!((&answers[1]["state"], &answers[1]["code"]), (&json!("rejected"), &json!("YL4007")));
    assert_eq!(answers[2]["id"], envelopes[4].body.id(SUITE).to_string());
}

#[tokio::test]
async fn a_body_that_is_no_batch_is_refused_as_a_whole() {
    let served = served().await;
    let mut cut = codec::encode(&vec![vec![1_u8; 10]]);
    cut.pop();
    let mut trailing = codec::encode(&vec![vec![1_u8; 10]]);
    trailing.push(0);
    let huge_count = u32::MAX.to_le_bytes().to_vec();
    let mut huge_item = 1_u32.to_le_bytes().to_vec();
    huge_item.extend_from_slice(&u32::MAX.to_le_bytes());
    for body in [vec![], vec![1, 0], cut, trailing, huge_item] {
        let response = served.post("/v1/envelopes/batch", OCTETS, body).await;
        assert_eq!(problem(response).await, (400, "YL4007".into()));
    }
    let response = served.post("/v1/envelopes/batch", OCTETS, huge_count).await;
    assert_eq!(problem(response).await, (413, "YL4006".into()));
    let many = format!("[{}0]", "0,".repeat(5_000));
    let response = served.post("/v1/envelopes/batch", JSON, many.into_bytes()).await;
    assert_eq!(problem(response).await, (413, "YL4006".into()));
    assert_eq!(served.node.submissions.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_prepared_envelope_signed_by_a_device_is_accepted() {
    let served = served().await;
    let recorder = key("recorder");
    let request = json!({
        "contract": "record", "method": "notarize", "method_version": 1, "sender": recorder.address(),
        "arguments": Arguments::from(notarize("P-1")).to_json().unwrap(),
    });
    let response =
        served.post("/v1/envelopes/prepare", JSON, request.to_string().into_bytes()).await;
    assert_eq!(response.status(), 200);
    let answer = json(response).await;
    assert_eq!(answer["decoded"]["arguments"], request["arguments"]);
    assert_eq!(answer["decoded"]["valid_until_ms"], 1_700_000_000_000_u64 + 600_000);
    // Ed25519 has no digest for devices.
    assert!(answer.get("digest").is_none());
    let signing = hex::decode(answer["signing_bytes"].as_str().unwrap()).unwrap();
    let mut bytes = hex::decode(answer["body"].as_str().unwrap()).unwrap();
    let body: EnvelopeBody = codec::decode_strict(&bytes, 65_536).unwrap();
    assert_eq!(signing, body.signing_bytes(&served.genesis_hash()));
    // Binary: body and signature, one after the other.
    bytes.extend_from_slice(recorder.sign_now(&signing).as_bytes());
    let response = served.post("/v1/envelopes?wait=committed", OCTETS, bytes).await;
    assert_eq!(response.status(), 200);
    assert_eq!(json(response).await["id"], answer["id"]);
}

#[tokio::test]
async fn the_digest_for_an_sm2_device_is_that_of_the_standard() {
    let served = served().await;
    let sm2 = yinglian_crypto::SigningKey::from_seed(yinglian_protocol::Suite::National, b"device");
    let identity = yinglian_node_api::Identity {
        organization: support::chain::organization(0),
        public_key: sm2.public_key().clone(),
        revoked: false,
        roles: vec![],
        region: yinglian_protocol::Region::parse("410400").unwrap(),
        person: false,
    };
    served.node.state().identities.insert(sm2.address(), identity);
    let request = json!({
        "contract": "record", "method": "notarize", "method_version": 1, "sender": sm2.address(),
        "arguments": Arguments::from(notarize("P-1")).to_json().unwrap(), "valid_until_ms": 5, "random": "00".repeat(16),
    });
    let response =
        served.post("/v1/envelopes/prepare", JSON, request.to_string().into_bytes()).await;
    let answer = json(response).await;
    let signing = hex::decode(answer["signing_bytes"].as_str().unwrap()).unwrap();
    let digest = sm2.public_key().device_digest(&signing).unwrap();
    assert_eq!(answer["digest"], digest.to_string());
    assert_eq!(answer["decoded"]["random"], "00".repeat(16));
}

#[tokio::test]
async fn prepare_takes_the_public_key_for_the_address() {
    let served = served().await;
    let recorder = key("recorder");
    let mut request = json!({
        "contract": "record", "method": "notarize", "method_version": 1, "sender": recorder.address(),
        "arguments": Arguments::from(notarize("P-1")).to_json().unwrap(), "random": "00".repeat(16),
    });
    let ask = |request: &Value| {
        let body = request.to_string().into_bytes();
        served.post("/v1/envelopes/prepare", JSON, body)
    };
    let by_address = json(ask(&request).await).await;
    request["sender"] = recorder.public_key().to_string().into();
    assert_eq!(json(ask(&request).await).await, by_address);
    for wrong in ["", "00", "recorder", &format!("{}00", recorder.public_key())] {
        request["sender"] = wrong.into();
        assert_eq!(problem(ask(&request).await).await, (400, "YL4007".into()), "{wrong}");
    }
}

#[tokio::test]
async fn prepare_refuses_unknown_and_revoked_senders() {
    let served = served().await;
    for (name, expected) in [("stranger", (403, "YL1007")), ("revoked", (403, "YL1008"))] {
        let request = json!({
            "contract": "record", "method": "notarize", "method_version": 1, "sender": key(name).address(),
            "arguments": Arguments::from(notarize("P-1")).to_json().unwrap(),
        });
        let body = request.to_string().into_bytes();
        let response = served.post("/v1/envelopes/prepare", JSON, body).await;
        assert_eq!(problem(response).await, (expected.0, expected.1.into()));
    }
    let response = served.post("/v1/envelopes/prepare", OCTETS, vec![1]).await;
    assert_eq!(problem(response).await, (400, "YL4007".into()));
}

#[tokio::test]
async fn wrong_wait_modes_and_queries_are_refused_before_anything_is_submitted() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    for query in ["wait=never", "timeout_ms=-1", "timeout_ms=abc", "timeout_ms=01", "surprise=1"] {
        let response = served.submit(&format!("/v1/envelopes?{query}"), &envelope).await;
        assert_eq!(problem(response).await, (400, "YL4007".into()), "{query}");
    }
    for path in ["/v1/envelopes/xyz", "/v1/envelopes/00", "/v1/receipts/%FF", "/v1/headers/-1"] {
        assert_eq!(problem(served.get(path).await).await, (400, "YL4007".into()), "{path}");
    }
    assert_eq!(served.node.submissions.load(std::sync::atomic::Ordering::SeqCst), 0);
}
