//! The client against the interface: what it submits, follows, reads, proves and refuses.

mod support;

use futures::StreamExt;
use std::{sync::Arc, time::Duration};
use support::{
    Served,
    chain::{REGISTRY_KEY, SUITE, key, organization, registry_value},
    notarize, served, served_with,
};
use yinglian_client::{Client, ClientConfig, ClientError, EnvelopeState, Wait};
use yinglian_node_api::{Config, Refusal};
use yinglian_protocol::{
    Code, ExportFrame, GenesisHash, Hash, Height, LogPosition, TrustRoot, calls::Arguments,
};

const SECONDS: Duration = Duration::from_secs(20);

fn config(nodes: &[&Served]) -> ClientConfig {
    let mut config = ClientConfig::new(nodes.iter().map(|served| served.base.clone()));
    config.pause = Duration::from_millis(10);
    config
}

/// A client that trusts the genesis of the first node.
fn client(nodes: &[&Served]) -> Client {
    let root = TrustRoot::Genesis(nodes[0].genesis_hash());
    Client::new(config(nodes).trusting(root, None)).unwrap()
}

#[tokio::test]
async fn a_notarised_record_is_proven_under_the_trust_root() {
    let served = served().await;
    let client = client(&[&served]);
    let end = client.notarize(&key("recorder"), notarize("A-1"), SECONDS).await.unwrap();
    assert_eq!((end.state, end.code), (EnvelopeState::Committed, Some(Code::APPLIED)));
    let id = end.id.unwrap();
    let receipt = client.receipt(id, false).await.unwrap();
    let proven = receipt.proven.unwrap();
    assert_eq!((proven.envelope_id, Some(proven.position)), (id, end.position));
    assert!(client.receipt(id, true).await.unwrap().receipt.trust.is_some());
    assert!(client.latest_header().await.unwrap().proven);
    assert!(client.header(Height(1)).await.unwrap().proven);
    assert_eq!(client.wait_end(id, SECONDS).await.unwrap().position, end.position);
    assert_eq!(client.validators(None).await.unwrap().0, Height(2));
    let (_, proof, root) = client.log_inclusion(LogPosition(0), None).await.unwrap();
    assert_eq!((proof.size, root), (1, receipt.receipt.header.log_root));
    client.notarize(&key("recorder"), notarize("A-2"), SECONDS).await.unwrap();
    let (old, _, _) = client.log_consistency(1, 2).await.unwrap();
    assert_eq!(old, root);
    let value = client.registry(REGISTRY_KEY).await.unwrap();
    assert_eq!((value.value, value.proven), (Some(registry_value()), true));
    assert_eq!(client.registry(b"nothing").await.unwrap().value, None);
}

#[tokio::test]
async fn a_receipt_that_proves_nothing_is_refused_and_an_honest_node_asked_instead() {
    let (liar, honest) = (served().await, served().await);
    let root = TrustRoot::Genesis(liar.genesis_hash());
    for served in [&liar, &honest] {
        served.node.hold();
        let envelope = liar.envelope("A-1");
        served.node.state().pending.push(envelope);
    }
    let id = {
        let mut state = honest.node.state();
        state.pending = liar.node.state().pending.clone();
        state.pending[0].body.id(SUITE)
    };
    liar.node.commit();
    honest.node.commit();
    liar.node.state().chain.leaf_hashes[0] = Hash([1; 32]);
    liar.node.state().chain.blocks[0].header.log_root = Hash([1; 32]);
    let mut only_liar = config(&[&liar]).trusting(root.clone(), None);
    only_liar.rounds = 1;
    let only_liar = Client::new(only_liar).unwrap();
    let error = only_liar.receipt(id, false).await.unwrap_err();
    assert!(matches!(error, ClientError::Unproven { what: "receipt", .. }), "{error}");
    assert_eq!(error.code(), Code::RECEIPT_QUORUM_INVALID);
    let error = only_liar.latest_header().await.unwrap_err();
    assert_eq!(error.code(), Code::RECEIPT_QUORUM_INVALID);
    let both = Client::new(config(&[&liar, &honest]).trusting(root, None)).unwrap();
    assert!(both.receipt(id, false).await.unwrap().proven.is_some());
    // Without a root nothing is proven, and the answer does not pretend it.
    let trusting = Client::new(config(&[&liar])).unwrap();
    assert_eq!(trusting.receipt(id, false).await.unwrap().proven, None);
    assert!(!trusting.latest_header().await.unwrap().proven);
}

#[tokio::test]
async fn a_node_of_another_chain_is_refused() {
    let served = served().await;
    let mut config =
        config(&[&served]).trusting(TrustRoot::Genesis(GenesisHash(Hash([9; 32]))), None);
    config.rounds = 1;
    let client = Client::new(config).unwrap();
    let error = client.notarize(&key("recorder"), notarize("A-1"), SECONDS).await.unwrap_err();
    assert_eq!(error.code(), Code::RECEIPT_WRONG_CHAIN);
    assert_eq!(served.node.submissions.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn newer_validator_sets_are_fetched_when_an_answer_needs_them() {
    let served = served().await;
    let client = client(&[&served]);
    served.submit("/v1/envelopes?wait=committed", &served.envelope("A-1")).await;
    assert!(client.latest_header().await.unwrap().proven);
    served.node.commit_after(1_000, true);
    served.node.commit_after(1_000, true);
    let envelope = served.envelope("A-2");
    served.submit("/v1/envelopes?wait=committed", &envelope).await;
    let receipt = client.receipt(envelope.body.id(SUITE), false).await.unwrap();
    assert_eq!(receipt.proven.unwrap().checkpoint_height, Height(4));
    assert_eq!(client.trust().await.unwrap().links.len(), 2);
    let (_, set) = client.validators(Some(Height(3))).await.unwrap();
    assert_eq!(set.hash(SUITE), client.header(Height(3)).await.unwrap().header.validators_hash);
}

#[tokio::test]
async fn refusals_come_as_codes_with_cause_and_remedy() {
    let served = served().await;
    let client = client(&[&served]);
    let error = client.notarize(&key("stranger"), notarize("A-1"), SECONDS).await.unwrap_err();
    assert_eq!(error.code(), Code::SENDER_UNKNOWN);
    let ClientError::Refused(refused) = error else { panic!("{error}") };
    assert_eq!(
        (refused.status, refused.remedy.as_str()),
        (403, Code::SENDER_UNKNOWN.en().unwrap().remedy)
    );
    let end = client.notarize(&key("recorder"), notarize("refuse"), SECONDS).await.unwrap();
    assert_eq!((end.state, end.code), (EnvelopeState::Committed, Some(Code::CORRECTION_NOT_OWN)));
    let unknown = yinglian_protocol::EnvelopeId(Hash([0; 32]));
    assert_eq!(client.receipt(unknown, false).await.unwrap_err().code(), Code::NOT_FOUND);
    assert_eq!(client.status(unknown).await.unwrap().state, EnvelopeState::Unknown);
    let mut large = served.envelope("A-1");
    large.body.arguments = vec![0; 70_000];
    let error = client.submit(&large, Wait::Accepted).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_dead_or_full_node_is_passed_over_for_the_next() {
    let (dead, full, good) = (served().await, served().await, served().await);
    let dead_base = dead.base.clone();
    drop(dead);
    full.node.state().refuse_submit = Some(Code::MEMPOOL_FULL.into());
    let mut config = config(&[&full, &good]);
    config.nodes.insert(0, dead_base);
    let client = Client::new(config).unwrap();
    let envelope = good.envelope("A-1");
    let status = client.submit(&envelope, Wait::Committed(SECONDS)).await.unwrap();
    assert_eq!(status.state, EnvelopeState::Committed);
    let before = full.node.submissions.load(std::sync::atomic::Ordering::SeqCst);
    client.submit(&good.envelope("A-2"), Wait::Committed(SECONDS)).await.unwrap();
    let after = full.node.submissions.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(before, after, "the node that answered last is asked first");
}

#[tokio::test]
async fn a_full_node_is_asked_again_after_the_time_it_named() {
    let served = served().await;
    served.node.state().refuse_next = 2;
    let client = client(&[&served]);
    let started = std::time::Instant::now();
    let status = client.submit(&served.envelope("A-1"), Wait::Committed(SECONDS)).await.unwrap();
    assert_eq!(status.state, EnvelopeState::Committed);
    // Two pauses of the twenty milliseconds that the node asks for, though the client's own pause is ten.
    assert!(started.elapsed() >= Duration::from_millis(40));
    // It gives up in the end, with the node's own words.
    served.node.state().refuse_next = 1_000;
    let error = client.submit(&served.envelope("A-2"), Wait::Accepted).await.unwrap_err();
    assert_eq!(error.code(), Code::MEMPOOL_FULL);
}

#[tokio::test]
async fn a_batch_comes_back_in_order_and_items_without_room_are_sent_again() {
    let served = served().await;
    let client = client(&[&served]);
    let mut envelopes: Vec<_> = (0..20).map(|i| served.envelope(&format!("B-{i}"))).collect();
    envelopes[7].body.random = [1; 16];
    envelopes[8].body.arguments = vec![0; 70_000];
    served.node.state().refuse_next = 5;
    let answers = client.submit_batch(&envelopes, Wait::Committed(SECONDS)).await.unwrap();
    for (index, (envelope, answer)) in envelopes.iter().zip(&answers).enumerate() {
        match (index, answer) {
            (7, Err(error)) => assert_eq!(error.code(), Code::SIGNATURE_INVALID),
            (8, Err(error)) => assert_eq!(error.code(), Code::REQUEST_TOO_LARGE),
            (_, Ok(status)) => {
                assert_eq!(status.id, Some(envelope.body.id(SUITE)));
                assert_eq!(status.state, EnvelopeState::Committed);
            }
            (_, Err(error)) => panic!("{index}: {error}"),
        }
    }
    assert_eq!(served.node.state().chain.leaf_hashes.len(), 18);
}

#[tokio::test]
async fn a_batch_larger_than_a_request_is_split() {
    let served = served().await;
    let client = client(&[&served]);
    let mut envelopes = vec![];
    for index in 0..40 {
        let mut record = notarize(&format!("C-{index}"));
        // The fake does not mind the length of a title.
        record.title = "x".repeat(40_000);
        envelopes.push(client.sign(&key("recorder"), &Arguments::from(record)).await.unwrap());
    }
    let answers = client.submit_batch(&envelopes, Wait::Accepted).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(served.node.submissions.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_expired_envelope_is_signed_again_only_after_a_later_header() {
    let served = served().await;
    served.node.hold();
    let mut config = config(&[&served]).trusting(TrustRoot::Genesis(served.genesis_hash()), None);
    config.valid_ms = 2_000;
    let client = Client::new(config).unwrap();
    let signer = key("recorder");
    let call = client.notarize(&signer, notarize("A-1"), SECONDS);
    let pass = async {
        while served.node.state().pending.is_empty() {
            tokio::task::yield_now().await;
        }
        let first = served.node.state().pending[0].clone();
        assert_eq!(first.body.valid_until_ms, 1_700_000_002_000);
        // Block time passes the end of the first envelope, which the fake never recorded.
        served.node.commit_after(10_000, false);
        while served.node.state().pending.len() < 2 {
            tokio::task::yield_now().await;
        }
        served.node.commit_after(1, false);
        first.body.id(SUITE)
    };
    let (end, first) = tokio::join!(call, pass);
    let end = end.unwrap();
    assert_eq!(end.state, EnvelopeState::Committed);
    assert_ne!(end.id, Some(first));
    assert_eq!(served.node.state().chain.leaf_hashes.len(), 1);
}

#[tokio::test]
async fn an_expiry_that_no_header_shows_is_not_believed() {
    let served = served().await;
    let signer = key("recorder");
    let client = client(&[&served]);
    // The node claims that the envelope expired, but its newest header is not later than the envelope's end.
    served.node.state().refuse_submit = Some(Code::EXPIRED.into());
    let error =
        client.notarize(&signer, notarize("A-1"), Duration::from_millis(1_500)).await.unwrap_err();
    assert!(matches!(error, ClientError::NotDecided { .. }), "{error}");
    let submitted = served.node.submissions.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(submitted, 1, "nothing was signed and submitted a second time");
}

#[tokio::test]
async fn what_is_not_decided_in_time_is_told_with_its_id() {
    let served = served().await;
    served.node.hold();
    let client = client(&[&served]);
    let error = client
        .notarize(&key("recorder"), notarize("A-1"), Duration::from_millis(50))
        .await
        .unwrap_err();
    let ClientError::NotDecided { id } = error else { panic!("{error}") };
    assert_eq!(served.node.state().pending[0].body.id(SUITE), id);
    let error = client.wait_end(id, Duration::from_millis(60)).await.unwrap_err();
    assert!(matches!(error, ClientError::NotDecided { .. }), "{error}");
}

#[tokio::test]
async fn records_and_blocks_are_read_with_a_signer() {
    let served = served().await;
    let client = client(&[&served]);
    let signer = key("recorder");
    let end = client.notarize(&signer, notarize("A/1&b=2#鹰+"), SECONDS).await.unwrap();
    let id = end.id.unwrap();
    let record = client.record(&signer, id).await.unwrap();
    assert_eq!((record.id, record.organization), (id, organization(0)));
    assert_eq!(record.arguments["business_key"], "A/1&b=2#鹰+");
    assert_eq!(client.records_of(&signer, "A/1&b=2#鹰+", None).await.unwrap().len(), 1);
    let own = client.records_of(&signer, "A/1&b=2#鹰+", Some(organization(0))).await.unwrap();
    assert_eq!(own.len(), 1);
    let error = client.record(&key("other"), id).await.unwrap_err();
    assert_eq!(error.code(), Code::FORBIDDEN);
    let error = client.record(&key("stranger"), id).await.unwrap_err();
    assert_eq!(error.code(), Code::NOT_AUTHORIZED);
    let block = client.block(&key("auditor"), Height(1)).await.unwrap();
    assert_eq!(block.outcomes.len(), 1);
    assert_eq!(client.block(&signer, Height(1)).await.unwrap_err().code(), Code::FORBIDDEN);
}

#[tokio::test]
async fn events_go_on_across_cut_streams_each_once() {
    let settings = Config {
        stream_events_max: 1,
        slow_reader: Duration::from_millis(30),
        stream_heartbeat: Duration::from_millis(10),
        ..Config::default()
    };
    let served = served_with(settings).await;
    let client = client(&[&served]);
    served.node.hold();
    for _ in 0..40 {
        served.fill_waiting_room(500);
        served.node.commit();
    }
    let mut events = client.events(Arc::new(key("auditor")), Some(Height(1))).await.unwrap();
    assert_eq!(events.next().await.unwrap().position, LogPosition(0));
    let cut = async {
        while !served.get("/metrics").await.text().await.unwrap().contains("streams_cut_total 1") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SECONDS, cut).await.expect("the idle reader is cut");
    for position in 1..20_000 {
        let event = tokio::time::timeout(SECONDS, events.next()).await.expect("an event").unwrap();
        assert_eq!(event.position, LogPosition(position));
    }
    // And those decided from now on.
    let envelope = served.envelope("A-2");
    served.submit("/v1/envelopes", &envelope).await;
    served.node.commit();
    assert_eq!(events.next().await.unwrap().envelope_id, envelope.body.id(SUITE));
}

#[tokio::test]
async fn events_without_a_height_begin_with_the_next_block() {
    let served = served().await;
    let client = client(&[&served]);
    client.notarize(&key("recorder"), notarize("A-1"), SECONDS).await.unwrap();
    let events = client.events(Arc::new(key("recorder")), None).await.unwrap();
    client.notarize(&key("recorder"), notarize("A-2"), SECONDS).await.unwrap();
    let first = Box::pin(events.into_stream()).next().await.unwrap().unwrap();
    assert_eq!(first.position, LogPosition(1));
    let mut refused = client.events(Arc::new(key("stranger")), None).await.unwrap();
    assert_eq!(refused.next().await.unwrap_err().code(), Code::NOT_AUTHORIZED);
}

#[tokio::test]
async fn an_export_is_read_to_its_end_and_a_broken_one_is_an_error() {
    let served = served().await;
    let client = client(&[&served]);
    for key_text in ["A-1", "A-2", "A-3"] {
        client.notarize(&key("recorder"), notarize(key_text), SECONDS).await.unwrap();
    }
    let stream = client.export(&key("auditor"), Height(1), None).await.unwrap();
    let frames: Vec<_> = stream.into_stream().collect().await;
    assert_eq!(frames.len(), 5);
    assert!(matches!(frames.last(), Some(Ok(ExportFrame::End { last: Height(3) }))));
    let error = client.export(&key("recorder"), Height(1), None).await.err().unwrap();
    assert_eq!(error.code(), Code::FORBIDDEN);
    served.node.state().chain.blocks[2].payload = vec![1].into();
    let broken = async {
        let mut stream = client.export(&key("auditor"), Height(1), None).await?;
        while stream.next().await?.is_some() {}
        Ok::<_, ClientError>(())
    };
    assert!(broken.await.is_err());
}

#[tokio::test]
async fn how_a_node_is_can_be_asked() {
    let served = served().await;
    let mut settings = config(&[&served]);
    settings.rounds = 1;
    settings.language = "zh".into();
    let client = Client::new(settings).unwrap();
    client.health().await.unwrap();
    client.ready().await.unwrap();
    assert_eq!(client.node_status().await.unwrap().role, "validator");
    served.node.state().why.reasons.push(yinglian_node_api::Reason {
        code: Some(Code::NO_QUORUM),
        text: yinglian_node_api::Sentence {
            en: "two are missing".into(), zh: "两个缺席".into()
        },
    });
    assert_eq!(client.why().await.unwrap().reasons[0].text, "两个缺席");
    assert!(client.metrics().await.unwrap().contains("yinglian_api_requests_total"));
    served.node.state().not_ready = Some(Refusal::new(Code::NODE_NOT_READY).detail("catching up"));
    assert_eq!(client.ready().await.unwrap_err().code(), Code::NODE_NOT_READY);
}
