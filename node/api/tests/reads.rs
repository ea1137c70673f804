//! Who may read what: open answers, signed reads, and every way in which a signature is refused.

mod support;

use serde_json::json;
use support::{
    Signed,
    chain::{REGISTRY_KEY, SUITE, key, registry_value},
    json, now_ms, problem, served, served_with,
};
use yinglian_node_api::{Config, Refusal};
use yinglian_protocol::{
    Code, DefaultEngine, Genesis, Header, Quorum, Receipt, TrustChain, TrustRoot, VerifyOptions,
    codec, log::InclusionProof, verify,
};

#[tokio::test]
async fn receipts_headers_trust_and_proofs_are_open_and_hold_together() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    served.submit("/v1/envelopes?wait=committed", &envelope).await;
    served.submit("/v1/envelopes?wait=committed", &served.envelope("A-2")).await;
    let id = envelope.body.id(SUITE);
    let response = served.get(&format!("/v1/receipts/{id}?trust=embed&at=latest")).await;
    assert_eq!(response.headers()["content-type"], "application/cbor");
    let receipt = Receipt::decode(&response.bytes().await.unwrap()).unwrap();
    let root = TrustRoot::Genesis(served.genesis_hash());
    let proven = verify(&receipt, &root, &VerifyOptions::default()).unwrap();
    assert_eq!((proven.envelope_id, proven.checkpoint_height.0), (id, 2));
    let plain = served.get(&format!("/v1/receipts/{id}")).await.bytes().await.unwrap();
    assert!(Receipt::decode(&plain).unwrap().trust.is_none());

    let trust = served.get("/v1/trust").await.bytes().await.unwrap();
    let sets = TrustChain::decode(&trust).unwrap().prove(&root).unwrap();
    let binary = served.get("/v1/headers/latest?format=binary").await.bytes().await.unwrap();
    let (header, quorum): (Header, Quorum) = codec::decode_strict(&binary, 8_192).unwrap();
    sets.check_header(&header, &quorum, &DefaultEngine).unwrap();
    let text = json(served.get("/v1/headers/2").await).await;
    assert_eq!(text["hash"], header.hash().to_string());
    assert_eq!(text["header"]["log_root"], header.log_root.to_string());
    assert_eq!(text["quorum"]["signatures"].as_array().unwrap().len(), 4);

    let genesis = served.get("/v1/genesis?format=binary").await.bytes().await.unwrap();
    assert_eq!(Genesis::decode(&genesis).unwrap().hash(), served.genesis_hash());
    assert_eq!(
        json(served.get("/v1/genesis").await).await["hash"],
        served.genesis_hash().to_string()
    );
    let validators = json(served.get("/v1/validators?height=1").await).await;
    assert_eq!(validators["hash"], header.validators_hash.to_string());
    assert_eq!(json(served.get("/v1/validators").await).await["height"], 3);

    let inclusion = json(served.get("/v1/proofs/log/0").await).await;
    let path = serde_json::from_value(inclusion["path"].clone()).unwrap();
    let proof = InclusionProof { size: 2, index: 0, path };
    let leaf = inclusion["leaf_hash"].as_str().unwrap().parse().unwrap();
    proof.verify(SUITE, &leaf, &header.log_root).unwrap();
    let consistency = json(served.get("/v1/proofs/consistency?old=1&new=2").await).await;
    assert_eq!(consistency["new_root"], header.log_root.to_string());
    let registry = format!("/v1/proofs/registry?key={}", hex::encode(REGISTRY_KEY));
    let registry = json(served.get(&registry).await).await;
    assert_eq!(registry["value"], hex::encode(registry_value().encode()));
    let absent = json(served.get("/v1/proofs/registry?key=00").await).await;
    assert_eq!(absent["value"], json!(null));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_malformed_is_refused() {
    let served = served().await;
    let zeros = "0".repeat(64);
    let not_found = [
        format!("/v1/receipts/{zeros}"),
        "/v1/headers/latest".into(),
        "/v1/headers/1".into(),
        "/v1/validators?height=99".into(),
        "/v1/proofs/log/0".into(),
        "/v1/proofs/consistency?old=1&new=2".into(),
        "/v1/codes/YL9999".into(),
        "/v1/nothing".into(),
        "/favicon.ico".into(),
    ];
    for path in not_found {
        assert_eq!(problem(served.get(&path).await).await, (404, "YL4008".into()), "{path}");
    }
    let malformed = [
        "/v1/headers/first",
        "/v1/headers/01",
        "/v1/headers/18446744073709551616",
        "/v1/headers/1?format=xml",
        "/v1/proofs/log/-1",
        "/v1/proofs/log/5?size=5",
        "/v1/proofs/consistency?old=2&new=1",
        "/v1/proofs/consistency?old=0&new=1",
        "/v1/proofs/consistency?old=1",
        "/v1/proofs/registry?key=xyz",
        "/v1/proofs/registry",
        "/v1/validators?height=soon",
        "/v1/codes/4008",
    ];
    for path in malformed {
        assert_eq!(problem(served.get(path).await).await, (400, "YL4007".into()), "{path}");
    }
    let long = format!("/v1/proofs/registry?key={}", "00".repeat(257));
    assert_eq!(problem(served.get(&long).await).await, (400, "YL4007".into()));
    let response = served.http.delete(format!("{}/v1/genesis", served.base)).send().await.unwrap();
    assert_eq!(problem(response).await, (405, "YL4007".into()));
}

#[tokio::test]
async fn a_pending_or_refused_record_has_the_receipt_that_fits() {
    let served = served().await;
    served.node.hold();
    let envelope = served.envelope("refuse");
    served.submit("/v1/envelopes", &envelope).await;
    let path = format!("/v1/receipts/{}", envelope.body.id(SUITE));
    let body = json(served.get(&path).await).await;
    assert_eq!(
        (&body["code"], &body["detail"]),
        (&json!("YL4008"), &json!("the envelope is not yet decided"))
    );
    served.node.commit();
    let receipt = Receipt::decode(&served.get(&path).await.bytes().await.unwrap()).unwrap();
    assert_eq!(receipt.outcome.code, Code::CORRECTION_NOT_OWN);
}

const CLOSED: [&str; 4] =
    ["/v1/records?business_key=A-1", "/v1/blocks/1", "/v1/events?from=1", "/v1/export"];

#[tokio::test]
async fn unsigned_reads_of_what_is_not_open_are_refused() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    served.submit("/v1/envelopes?wait=committed", &envelope).await;
    let record = format!("/v1/records/{}", envelope.body.id(SUITE));
    for path in CLOSED.into_iter().chain([record.as_str()]) {
        let response = served.get(path).await;
        assert_eq!(response.headers()["www-authenticate"], "Yinglian-Signature");
        assert_eq!(problem(response).await, (401, "YL4009".into()), "{path}");
        assert!(served.signed("auditor", path).await.status().is_success(), "{path}");
    }
}

#[tokio::test]
async fn a_signed_request_counts_for_that_request_only() {
    let served = served().await;
    let path = "/v1/records?business_key=A-1";
    let good = Signed::now(&served, "auditor", path);
    let refused = |signed: Signed| async { problem(served.signed_with(signed, path).await).await };
    let denied = (401, "YL4009".to_owned());
    let other_path = Signed::now(&served, "auditor", "/v1/records?business_key=A-2");
    assert_eq!(refused(other_path).await, denied);
    let other_caller = Signed { address: key("recorder").address().to_string(), ..good.clone() };
    assert_eq!(refused(other_caller).await, denied);
    let other_nonce = Signed { nonce: "00".repeat(16), ..good.clone() };
    assert_eq!(refused(other_nonce).await, denied);
    let other_time = Signed { time: (now_ms() + 1).to_string(), ..good.clone() };
    assert_eq!(refused(other_time).await, denied);
    assert_eq!(refused(Signed::now(&served, "stranger", path)).await, denied);
    assert_eq!(refused(Signed::now(&served, "revoked", path)).await, denied);
    // None of these used the nonce up.
    assert_eq!(served.signed_with(good, path).await.status(), 200);
}

#[tokio::test]
async fn a_replayed_nonce_is_refused() {
    let served = served().await;
    let path = "/v1/records?business_key=A-1";
    let signed = Signed::now(&served, "auditor", path);
    assert_eq!(served.signed_with(signed.clone(), path).await.status(), 200);
    let again = served.signed_with(signed, path).await;
    assert_eq!(problem(again).await, (401, "YL4013".into()));
}

#[tokio::test]
async fn a_request_signed_too_early_too_late_or_before_the_start_is_refused() {
    fn in_an_hour() -> u64 {
        now_ms() + 3_600_000
    }
    let path = "/v1/records?business_key=A-1";
    let served_now = served().await;
    for time_ms in [now_ms() - 300_500, now_ms() + 310_000, 0, u64::MAX] {
        let signed = Signed::at(&served_now, "auditor", path, time_ms);
        let response = served_now.signed_with(signed, path).await;
        assert_eq!(problem(response).await, (401, "YL4013".into()), "{time_ms}");
    }
    // Within the window, but of a time before the node that answers had begun to remember nonces.
    let before = Signed::at(&served_now, "auditor", path, now_ms() - 60_000);
    assert_eq!(problem(served_now.signed_with(before, path).await).await, (401, "YL4013".into()));
    let later = served_with(Config { clock_ms: in_an_hour, ..Config::default() }).await;
    let now = Signed::now(&later, "auditor", path);
    assert_eq!(problem(later.signed_with(now, path).await).await, (401, "YL4013".into()));
    let then = Signed::at(&later, "auditor", path, in_an_hour());
    assert_eq!(later.signed_with(then, path).await.status(), 200);
}

#[tokio::test]
async fn malformed_or_doubled_signature_headers_are_refused() {
    let served = served().await;
    let path = "/v1/records?business_key=A-1";
    let good = Signed::now(&served, "auditor", path);
    let cases = [
        Signed { address: "yl1x".into(), ..good.clone() },
        Signed { time: "+5".into(), ..good.clone() },
        Signed { time: "noon".into(), ..good.clone() },
        Signed { nonce: "00".into(), ..good.clone() },
        Signed { nonce: "zz".repeat(16), ..good.clone() },
        Signed { signature: "00".into(), ..good.clone() },
    ];
    for signed in cases {
        let response = served.signed_with(signed, path).await;
        assert_eq!(problem(response).await, (400, "YL4007".into()));
    }
    let mut request = served.http.get(format!("{}{path}", served.base));
    for (header, value) in good.headers().into_iter().chain(good.headers()) {
        request = request.header(header, value);
    }
    assert_eq!(problem(request.send().await.unwrap()).await, (400, "YL4007".into()));
}

#[tokio::test]
async fn a_full_memory_of_nonces_makes_callers_wait_instead_of_forgetting() {
    let config = Config { nonces_max: 3, nonces_per_caller_max: 2, ..Config::default() };
    let served = served_with(config).await;
    let path = "/v1/records?business_key=A-1";
    assert_eq!(served.signed("auditor", path).await.status(), 200);
    assert_eq!(served.signed("auditor", path).await.status(), 200);
    assert_eq!(problem(served.signed("auditor", path).await).await, (429, "YL4014".into()));
    assert_eq!(served.signed("recorder", path).await.status(), 200);
    assert_eq!(problem(served.signed("operator", path).await).await, (429, "YL4014".into()));
}

#[tokio::test]
async fn records_are_for_their_own_organisation_and_for_auditors() {
    let served = served().await;
    let envelope = served.envelope("A-1");
    served.submit("/v1/envelopes?wait=committed", &envelope).await;
    let path = format!("/v1/records/{}", envelope.body.id(SUITE));
    for caller in ["recorder", "auditor"] {
        let record = json(served.signed(caller, &path).await).await;
        assert_eq!(record["arguments"]["business_key"], "A-1", "{caller}");
        assert_eq!(record["organization"], "11410400XX0000019H");
        assert_eq!(record["position"], 0);
        let found = json(served.signed(caller, "/v1/records?business_key=A-1").await).await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{caller}");
    }
    for caller in ["other", "operator"] {
        assert_eq!(problem(served.signed(caller, &path).await).await, (403, "YL4010".into()));
        let found = json(served.signed(caller, "/v1/records?business_key=A-1").await).await;
        assert_eq!(found, json!([]), "{caller}");
        let named = "/v1/records?business_key=A-1&organization=11410400XX0000019H";
        assert_eq!(problem(served.signed(caller, named).await).await, (403, "YL4010".into()));
    }
    let named = "/v1/records?business_key=A-1&organization=11410400XX0000027C";
    assert_eq!(json(served.signed("auditor", named).await).await, json!([]));
    let wrong = "/v1/records?business_key=A-1&organization=nobody";
    assert_eq!(problem(served.signed("auditor", wrong).await).await, (400, "YL4007".into()));
    let unknown = format!("/v1/records/{}", "0".repeat(64));
    assert_eq!(problem(served.signed("auditor", &unknown).await).await, (404, "YL4008".into()));
}

#[tokio::test]
async fn a_block_shows_a_caller_what_he_may_see() {
    let served = served().await;
    served.node.hold();
    let end = served.node.state().chain.tip().1 + 60_000;
    served.submit("/v1/envelopes", &served.envelope("A-1")).await;
    let foreign = served.envelope_until(&key("other"), "B-1", end);
    served.submit("/v1/envelopes", &foreign).await;
    served.node.commit();
    for caller in ["operator", "auditor"] {
        let block = json(served.signed(caller, "/v1/blocks/1").await).await;
        assert_eq!(block["entries"].as_array().unwrap().len(), 2, "{caller}");
        assert_eq!((&block["records"], &block["partial"]), (&json!(2), &json!(false)));
    }
    let block = json(served.signed("recorder", "/v1/blocks/latest").await).await;
    assert_eq!(block["entries"].as_array().unwrap().len(), 1);
    assert_eq!(block["entries"][0]["organization"], "11410400XX0000019H");
    assert_eq!((&block["records"], &block["partial"]), (&json!(2), &json!(true)));
    let binary = "/v1/blocks/1?format=binary";
    assert_eq!(problem(served.signed("recorder", binary).await).await, (403, "YL4010".into()));
    let bytes = served.signed("auditor", binary).await.bytes().await.unwrap();
    let block: yinglian_protocol::ExportBlock = codec::decode_strict(&bytes, 1 << 20).unwrap();
    assert_eq!(block.keys.len(), 2);
    assert_eq!(
        problem(served.signed("auditor", "/v1/blocks/9").await).await,
        (404, "YL4008".into())
    );
    assert_eq!(
        problem(served.signed("recorder", "/v1/export").await).await,
        (403, "YL4010".into())
    );
}

#[tokio::test]
async fn words_come_in_the_language_that_was_asked_for() {
    let served = served().await;
    let ask = |path: &'static str, language: &'static str| {
        let url = format!("{}{path}", served.base);
        served.http.get(url).header("accept-language", language).send()
    };
    let zh = ask("/v1/headers/9", "zh-CN,zh;q=0.9,en;q=0.8").await.unwrap();
    assert_eq!(zh.headers()["content-language"], "zh-CN");
    let zh = json(zh).await;
    let text = Code::NOT_FOUND.zh().unwrap();
    assert_eq!(
        (zh["title"].as_str(), zh["remedy"].as_str()),
        (Some(text.title), Some(text.remedy))
    );
    let en = json(ask("/v1/headers/9", "de,en;q=0.5").await.unwrap()).await;
    assert_eq!(en["title"], Code::NOT_FOUND.en().unwrap().title);
    served.node.state().why = yinglian_node_api::Why {
        making_blocks: false,
        reasons: vec![yinglian_node_api::Reason {
            code: Some(Code::NO_QUORUM),
            text: yinglian_node_api::Sentence {
                en: "two are missing".into(),
                zh: "两个缺席".into(),
            },
        }],
    };
    let why = json(ask("/v1/node/why", "zh").await.unwrap()).await;
    assert_eq!(
        (&why["making_blocks"], &why["reasons"][0]["text"]),
        (&json!(false), &json!("两个缺席"))
    );
    assert_eq!(why["reasons"][0]["remedy"], Code::NO_QUORUM.zh().unwrap().remedy);
    let why = json(ask("/v1/node/why", "en").await.unwrap()).await;
    assert_eq!(why["reasons"][0]["text"], "two are missing");
}

#[tokio::test]
async fn health_readiness_status_and_codes_are_told() {
    let served = served().await;
    assert_eq!(json(served.get("/v1/health").await).await, json!({"status": "up"}));
    assert_eq!(json(served.get("/v1/ready").await).await, json!({"status": "ready"}));
    served.node.state().not_ready = Some(Refusal::new(Code::NODE_NOT_READY).detail("catching up"));
    let response = served.get("/v1/ready").await;
    assert_eq!(problem(response).await, (503, "YL4003".into()));
    assert_eq!(served.get("/v1/health").await.status(), 200);
    let status = json(served.get("/v1/node/status").await).await;
    assert_eq!((&status["role"], &status["height"]), (&json!("validator"), &json!(0)));
    assert_eq!(status["peers"][0]["connected"], true);
    let code = json(served.get("/v1/codes/YL4006").await).await;
    assert_eq!(code["name"], "REQUEST_TOO_LARGE");
    assert_eq!(code["zh"]["title"], Code::REQUEST_TOO_LARGE.zh().unwrap().title);
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_never_by_id() {
    let served = served().await;
    served.submit("/v1/envelopes", &served.envelope("A-1")).await;
    served.get(&format!("/v1/receipts/{}", "a".repeat(64))).await;
    served.get("/made/up/path").await;
    let response = served.get("/metrics").await;
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = response.text().await.unwrap();
    let lines = [
        r#"yinglian_api_requests_total{method="POST",route="/v1/envelopes",status="202"} 1"#,
        r#"yinglian_api_requests_total{method="GET",route="/v1/receipts/{id}",status="404"} 1"#,
        r#"yinglian_api_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"yinglian_api_refusals_total{code="YL4008"} 2"#,
        "yinglian_api_envelopes_total 1",
        "yinglian_api_in_flight_requests 1",
    ];
    for line in lines {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("aaaa"));
}
