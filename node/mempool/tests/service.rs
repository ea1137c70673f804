//! The waiting room as the node uses it: submissions with real signatures, repetitions, peers, waits, blocks.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use yinglian_crypto::{Address, SigningKey};
use yinglian_mempool::{
    Admitted, Committed, Config, End, Mempool, Metrics, Origin, Received, Refusal, Submitted, Tip,
};
use yinglian_protocol::{
    Code, CreditCode, Envelope, EnvelopeBody, EnvelopeId, GenesisHash, Hash, Height, LogPosition,
    Name, Prepared, PublicKey, Signature, Suite,
};

const SUITE: Suite = Suite::International;
const GENESIS: GenesisHash = GenesisHash(Hash([3; 32]));
const ORGANIZATIONS: [&str; 2] = ["11410400XX0000019H", "11410400XX0000027C"];

/// A state that the test sets.
#[derive(Default)]
struct TestTip {
    members: Mutex<BTreeMap<Address, (PublicKey, CreditCode)>>,
    recorded: Mutex<HashMap<EnvelopeId, Committed>>,
    refusing: Mutex<Option<Code>>,
    barred: Mutex<BTreeMap<Address, Code>>,
    asked: AtomicUsize,
}

impl Tip for TestTip {
    fn committed(&self, id: &EnvelopeId) -> Result<Option<Committed>, Code> {
        Ok(self.recorded.lock().unwrap().get(id).copied())
    }

    fn admit(&self, envelope: &Prepared) -> Result<Admitted, Code> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some(code) = *self.refusing.lock().unwrap() {
            return Err(code);
        }
        let members = self.members.lock().unwrap();
        let member = members.get(&envelope.envelope().body.sender).cloned();
        let (public_key, organization) = member.ok_or(Code::SENDER_UNKNOWN)?;
        Ok(Admitted { organization, public_key })
    }

    fn barred(&self, sender: &Address) -> Option<Code> {
        self.barred.lock().unwrap().get(sender).copied()
    }
}

struct Room {
    mempool: Mempool,
    tip: Arc<TestTip>,
    keys: Vec<SigningKey>,
}

fn room_with(config: Config) -> Room {
    let tip = Arc::new(TestTip::default());
    let keys: Vec<_> = (0..2_u8).map(|seed| SigningKey::from_seed(SUITE, &[seed])).collect();
    for (key, organization) in keys.iter().zip(ORGANIZATIONS) {
        let organization = CreditCode::parse(organization).unwrap();
        let public_key = key.public_key().clone();
        tip.members.lock().unwrap().insert(public_key.address(), (public_key, organization));
    }
    let mempool = Mempool::start(
        SUITE,
        GENESIS,
        config,
        Arc::clone(&tip) as Arc<dyn Tip>,
        Metrics::default(),
    );
    Room { mempool: mempool.unwrap(), tip, keys }
}

fn room() -> Room {
    room_with(Config { verify_threads: 2, ..Config::default() })
}

impl Room {
    fn envelope(&self, member: usize, number: u32) -> Envelope {
        sign(&self.keys[member], number)
    }

    fn bytes(&self, member: usize, number: u32) -> Vec<u8> {
        self.envelope(member, number).encode()
    }

    async fn accept(&self, member: usize, number: u32) -> EnvelopeId {
        match self.mempool.submit(&self.bytes(member, number)).await {
            Ok(Submitted::Accepted { id, repeated: false }) => id,
            other => panic!("{other:?}"),
        }
    }
}

fn sign(key: &SigningKey, number: u32) -> Envelope {
    let mut random = [0; 16];
    random[..4].copy_from_slice(&number.to_le_bytes());
    let body = EnvelopeBody {
        format: 1,
        contract: Name::parse("toy").unwrap(),
        method: Name::parse("do").unwrap(),
        method_version: 1,
        arguments: vec![1; 20],
        sender: key.public_key().address(),
        valid_until_ms: 10_000,
        random,
    };
    let signature = key.sign_now(&body.signing_bytes(&GENESIS));
    Envelope { body, signature }
}

fn place(position: u64) -> Committed {
    let code = Code::APPLIED;
    Committed { position: LogPosition(position), height: Height(1), index: 0, time_ms: 5, code }
}

/// The next push; fails instead of waiting for ever.
async fn pushed(room: &Room, records_max: usize, bytes_max: usize) -> Vec<Arc<Prepared>> {
    let next = room.mempool.next_push(records_max, bytes_max);
    tokio::time::timeout(Duration::from_secs(10), next).await.expect("something to push")
}

/// Answers to own submissions; fails instead of waiting for ever.
async fn submitted(room: &Room, bytes: &[&[u8]]) -> Vec<Result<Submitted, Refusal>> {
    let answers = room.mempool.submit_many(bytes, Origin::Local);
    tokio::time::timeout(Duration::from_secs(30), answers).await.expect("answers to all")
}

fn code(answer: Result<Submitted, Refusal>) -> Code {
    answer.unwrap_err().code
}

#[tokio::test]
async fn a_signed_envelope_waits_and_is_offered_and_its_signature_is_not_checked_again() {
    let room = room();
    let id = room.accept(0, 1).await;
    assert!(room.mempool.pending());
    let taken = room.mempool.take(10, usize::MAX);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].id(), id);
    assert_eq!(room.mempool.verifier().known(&taken[0].hash()), Some(id));
    // A key that would refuse shows that nothing is checked for a known hash.
    let valid = room.mempool.verifier().check(&[(&taken[0], room.keys[1].public_key())]);
    assert_eq!(valid, [true]);
}

#[tokio::test]
async fn the_same_envelope_gets_the_same_answer_while_it_waits_and_its_place_once_recorded() {
    let room = room();
    let id = room.accept(0, 1).await;
    // Even when admission would refuse it today: the first answer stands until it ends.
    *room.tip.refusing.lock().unwrap() = Some(Code::KEY_REVOKED);
    let again = room.mempool.submit(&room.bytes(0, 1)).await;
    assert_eq!(again, Ok(Submitted::Accepted { id, repeated: true }));
    room.tip.recorded.lock().unwrap().insert(id, place(4));
    room.mempool.committed(5, [(id, place(4))]);
    *room.tip.refusing.lock().unwrap() = Some(Code::EXPIRED);
    let recorded = room.mempool.submit(&room.bytes(0, 1)).await;
    assert_eq!(recorded, Ok(Submitted::Committed { id, committed: place(4) }));
    assert!(!room.mempool.pending());
}

#[tokio::test]
async fn the_same_envelope_twice_in_one_request_is_checked_once() {
    let room = room();
    let bytes = room.bytes(0, 1);
    let answers = room.mempool.submit_many(&[&bytes, &bytes, &bytes], Origin::Local).await;
    let repeated: Vec<_> = answers
        .into_iter()
        .map(|answer| matches!(answer.unwrap(), Submitted::Accepted { repeated: true, .. }))
        .collect();
    assert_eq!(repeated, [false, true, true]);
    assert_eq!(room.mempool.load().records, 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_envelope_is_answered_with_its_code() {
    let room = room();
    let mut tampered = room.envelope(0, 1);
    tampered.body.arguments[0] ^= 1;
    let mut foreign = room.envelope(0, 2);
    foreign.body.format = 9;
    let stranger = sign(&SigningKey::from_seed(SUITE, b"stranger"), 3);
    let cases = [
        (vec![1, 2, 3], Code::ENVELOPE_MALFORMED),
        (vec![0; 70_000], Code::ENVELOPE_TOO_LARGE),
        (foreign.encode(), Code::ENVELOPE_FORMAT_UNKNOWN),
        (stranger.encode(), Code::SENDER_UNKNOWN),
        (tampered.encode(), Code::SIGNATURE_INVALID),
    ];
    let bytes: Vec<_> = cases.iter().map(|(bytes, _)| bytes.as_slice()).collect();
    let answers = room.mempool.submit_many(&bytes, Origin::Local).await;
    for (answer, (_, expected)) in answers.into_iter().zip(&cases) {
        assert_eq!(code(answer), *expected);
    }
    assert_eq!(room.mempool.load().records, 0);
    assert_eq!(room.mempool.load().verifying, 0);
}

#[tokio::test]
async fn a_known_id_with_other_signature_bytes_is_checked_again() {
    let room = room();
    let id = room.accept(0, 1).await;
    let mut smuggled = room.envelope(0, 1);
    smuggled.signature = Signature([7; 64]);
    let prepared = Prepared::new(SUITE, smuggled.clone());
    assert_eq!(prepared.id(), id);
    assert_eq!(code(room.mempool.submit(&smuggled.encode()).await), Code::SIGNATURE_INVALID);
    assert_eq!(room.mempool.verifier().check(&[(&prepared, room.keys[0].public_key())]), [false]);
    assert_eq!(
        room.mempool.take(9, usize::MAX)[0].hash(),
        Prepared::new(SUITE, room.envelope(0, 1)).hash()
    );
}

#[tokio::test]
async fn garbage_under_an_id_does_not_keep_the_true_envelope_out() {
    let room = room();
    let mut garbage = room.envelope(0, 1);
    garbage.signature = Signature([7; 64]);
    let (garbage, good) = (garbage.encode(), room.bytes(0, 1));
    let answers = room.mempool.submit_many(&[&garbage, &good, &garbage], Origin::Local).await;
    assert_eq!(code(answers[0]), Code::SIGNATURE_INVALID);
    assert!(answers[1].is_ok());
    assert_eq!(code(answers[2]), Code::SIGNATURE_INVALID);
}

#[tokio::test]
async fn a_block_is_checked_in_order_on_all_threads_with_the_bad_ones_named() {
    let room = room();
    let prepared: Vec<_> = (0..300_u32)
        .map(|number| {
            let mut envelope = room.envelope(0, number);
            if number % 7 == 0 {
                envelope.signature = Signature([9; 64]);
            }
            Prepared::new(SUITE, envelope)
        })
        .collect();
    let pairs: Vec<_> =
        prepared.iter().map(|envelope| (envelope, room.keys[0].public_key())).collect();
    let expected: Vec<_> = (0..300).map(|number| number % 7 != 0).collect();
    for _ in 0..2 {
        assert_eq!(room.mempool.verifier().check(&pairs), expected);
    }
    assert!(room.mempool.verifier().known(&prepared[0].hash()).is_none());
    assert!(room.mempool.verifier().known(&prepared[1].hash()).is_some());
}

#[tokio::test]
async fn an_envelope_verified_in_a_block_is_taken_without_another_check() {
    let room = room();
    let prepared = Prepared::new(SUITE, room.envelope(0, 1));
    assert_eq!(room.mempool.verifier().check(&[(&prepared, room.keys[0].public_key())]), [true]);
    // The state now names another key for the sender: only a check of the signature would notice.
    let other = room.keys[1].public_key().clone();
    room.tip.members.lock().unwrap().get_mut(&prepared.envelope().body.sender).unwrap().0 = other;
    room.accept(0, 1).await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_and_a_full_room_are_refused_with_a_time_to_come_back() {
    let room =
        room_with(Config { organization_records_max: 2, records_max: 100, ..Config::default() });
    room.accept(0, 1).await;
    room.accept(0, 2).await;
    let refused = room.mempool.submit(&room.bytes(0, 3)).await.unwrap_err();
    assert_eq!(refused.code, Code::QUOTA_EXCEEDED);
    assert!(refused.retry_after.is_some());
    room.accept(1, 4).await;

    let room = room_with(Config { records_max: 1, ..Config::default() });
    room.accept(0, 1).await;
    let refused = room.mempool.submit(&room.bytes(1, 2)).await.unwrap_err();
    assert_eq!(refused.code, Code::MEMPOOL_FULL);
    assert_eq!(refused.code.http_status(), 429);
}

#[tokio::test]
async fn more_than_the_queue_of_checks_holds_is_refused_and_the_rest_is_answered() {
    let config = Config { verify_records_max: 8, verify_threads: 1, ..Config::default() };
    let room = room_with(config);
    let bytes: Vec<_> = (0..100).map(|number| room.bytes(0, number)).collect();
    let refs: Vec<_> = bytes.iter().map(Vec::as_slice).collect();
    let answers = submitted(&room, &refs).await;
    let full =
        answers.iter().filter(|answer| answer.is_err_and(|r| r.code == Code::MEMPOOL_FULL)).count();
    assert_eq!(full, 92);
    assert_eq!(room.mempool.load().records, 8);
    assert_eq!(room.mempool.load().verifying, 0);
    let config = Config { verify_organization_records_max: 5, ..Config::default() };
    let room = room_with(config);
    let answers = submitted(&room, &refs).await;
    let refused =
        answers.iter().filter(|answer| answer.is_err_and(|r| r.code == Code::QUOTA_EXCEEDED));
    assert_eq!(refused.count(), 95);
}

#[tokio::test]
async fn a_wait_ends_with_the_commit_the_expiry_or_the_rejection() {
    let room = Arc::new(room());
    let ids = [room.accept(0, 1).await, room.accept(0, 2).await, room.accept(0, 3).await];
    let waits: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { room.mempool.wait_end(&id).await })
        })
        .collect();
    tokio::task::yield_now().await;
    room.mempool.committed(20, [(ids[0], place(1))]);
    room.mempool.dropped(&[(ids[1], Code::KEY_REVOKED), (ids[2], Code::VALID_UNTIL_TOO_FAR)]);
    assert!(room.mempool.get(&ids[2]).is_some(), "its time comes");
    room.mempool.dropped(&[(ids[2], Code::EXPIRED)]);
    assert!(room.mempool.get(&ids[2]).is_some(), "a block with an earlier time may still take it");
    room.mempool.committed(10_001, []);
    let mut ends = Vec::new();
    for wait in waits {
        ends.push(wait.await.unwrap());
    }
    let expected = [End::Committed(place(1)), End::Rejected(Code::KEY_REVOKED), End::Expired];
    assert_eq!(ends, expected.map(Some));
    for (id, end) in ids.iter().zip(expected) {
        assert_eq!(room.mempool.ended(id), Some(end));
        assert_eq!(room.mempool.wait_end(id).await, Some(end), "those who come later hear it too");
    }
    assert_eq!(room.mempool.wait_end(&Prepared::new(SUITE, room.envelope(0, 9)).id()).await, None);
}

#[tokio::test]
async fn a_block_that_bars_a_sender_ends_what_waits_of_it_on_every_node() {
    let room = room();
    let (waiting, other) = (room.accept(0, 1).await, room.accept(1, 2).await);
    let sender = room.keys[0].public_key().address();
    room.tip.barred.lock().unwrap().insert(sender, Code::KEY_REVOKED);
    room.mempool.committed(5, []);
    assert_eq!(room.mempool.ended(&waiting), Some(End::Rejected(Code::KEY_REVOKED)));
    assert!(room.mempool.get(&other).is_some());
}

#[tokio::test]
async fn an_envelope_admitted_just_before_its_sender_was_barred_does_not_get_in() {
    let room = room();
    let sender = room.keys[0].public_key().address();
    // Admission still says yes, as it did a moment before the block; the verdict after the check of the signature counts.
    room.tip.barred.lock().unwrap().insert(sender, Code::KEY_REVOKED);
    assert_eq!(code(room.mempool.submit(&room.bytes(0, 1)).await), Code::KEY_REVOKED);
    // The same when its signature is known already.
    let prepared = Prepared::new(SUITE, room.envelope(0, 2));
    assert_eq!(room.mempool.verifier().check(&[(&prepared, room.keys[0].public_key())]), [true]);
    assert_eq!(code(room.mempool.submit(&room.bytes(0, 2)).await), Code::KEY_REVOKED);
}

#[tokio::test]
async fn an_envelope_dropped_as_a_repetition_ends_at_its_place() {
    let room = room();
    let id = room.accept(0, 1).await;
    room.mempool.dropped(&[(id, Code::DUPLICATE)]);
    assert!(room.mempool.get(&id).is_some(), "its block is not committed here yet");
    room.tip.recorded.lock().unwrap().insert(id, place(8));
    room.mempool.dropped(&[(id, Code::DUPLICATE)]);
    assert_eq!(room.mempool.ended(&id), Some(End::Committed(place(8))));
}

#[tokio::test]
async fn whoever_waits_for_work_wakes_when_the_first_envelope_comes() {
    let room = Arc::new(room());
    let waiting = tokio::spawn({
        let room = Arc::clone(&room);
        async move { room.mempool.wait_pending().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    room.accept(0, 1).await;
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    room.mempool.wait_pending().await;
}

#[tokio::test]
async fn own_envelopes_and_those_of_observers_are_pushed_and_those_of_validators_are_not() {
    let room = room();
    let own = room.accept(0, 1).await;
    let (observed, validated) = (room.bytes(0, 2), room.bytes(0, 3));
    let good = Received { good: 1, ..Received::default() };
    assert_eq!(room.mempool.receive(Origin::Observer("o"), &[&observed]).await, good);
    assert_eq!(room.mempool.receive(Origin::Validator("v"), &[&validated]).await, good);
    // What comes again is not pushed again.
    room.mempool.submit(&room.bytes(0, 1)).await.unwrap();
    let pushed: Vec<_> =
        pushed(&room, 10, usize::MAX).await.iter().map(|envelope| envelope.id()).collect();
    assert_eq!(pushed, [own, Prepared::new(SUITE, room.envelope(0, 2)).id()]);
    let more =
        tokio::time::timeout(Duration::from_millis(20), room.mempool.next_push(10, usize::MAX));
    assert!(more.await.is_err());
}

#[tokio::test]
async fn an_own_envelope_that_no_block_took_is_pushed_again_after_a_while() {
    let room = room_with(Config { push_again_ms: 1_000, ..Config::default() });
    let waiting = room.accept(0, 1).await;
    let gone = room.accept(0, 2).await;
    assert_eq!(pushed(&room, 10, usize::MAX).await.len(), 2);
    room.mempool.committed(500, [(gone, place(0))]);
    let none =
        tokio::time::timeout(Duration::from_millis(20), room.mempool.next_push(10, usize::MAX));
    assert!(none.await.is_err());
    room.mempool.committed(1_500, []);
    let again = pushed(&room, 10, usize::MAX).await;
    assert_eq!(again.iter().map(|envelope| envelope.id()).collect::<Vec<_>>(), [waiting]);
}

#[tokio::test]
async fn a_push_holds_no_more_than_asked_for_and_at_least_one() {
    let room = room();
    for number in 0..5 {
        room.accept(0, number).await;
    }
    let size_bytes = room.bytes(0, 0).len();
    assert_eq!(pushed(&room, 2, usize::MAX).await.len(), 2);
    assert_eq!(pushed(&room, 9, size_bytes * 2).await.len(), 2);
    assert_eq!(pushed(&room, 9, 1).await.len(), 1);
}

#[tokio::test]
async fn a_peer_that_floods_with_unknown_senders_goes_unread_and_others_do_not() {
    let room =
        room_with(Config { peer_faults_max: 10, peer_faults_per_second: 0, ..Config::default() });
    let stranger = SigningKey::from_seed(SUITE, b"stranger");
    let flood: Vec<_> = (0..50).map(|number| sign(&stranger, number).encode()).collect();
    let flood: Vec<_> = flood.iter().map(Vec::as_slice).collect();
    let received = room.mempool.receive(Origin::Validator("bad"), &flood).await;
    assert_eq!(received, Received { good: 0, bad: 10, unread: 40 });
    assert_eq!(room.tip.asked.load(Ordering::Relaxed), 10, "no more work than the credit");
    let good = room.bytes(0, 1);
    let unread = room.mempool.receive(Origin::Validator("bad"), &[&good]).await;
    assert_eq!(unread, Received { good: 0, bad: 0, unread: 1 });
    let read = room.mempool.receive(Origin::Validator("good"), &[&good]).await;
    assert_eq!(read, Received { good: 1, bad: 0, unread: 0 });
}

#[tokio::test]
async fn a_node_that_is_behind_does_not_blame_its_peers() {
    let room =
        room_with(Config { peer_faults_max: 1, peer_faults_per_second: 0, ..Config::default() });
    let bytes: Vec<_> = (0..5).map(|number| room.bytes(0, number)).collect();
    let refs: Vec<_> = bytes.iter().map(Vec::as_slice).collect();
    for refusal in [Code::NODE_NOT_READY, Code::VALID_UNTIL_TOO_FAR, Code::EXPIRED] {
        *room.tip.refusing.lock().unwrap() = Some(refusal);
        assert_eq!(room.mempool.receive(Origin::Validator("v"), &refs).await.unread, 0);
    }
}

#[tokio::test]
async fn envelopes_of_one_sender_keep_their_order_however_the_threads_finish() {
    let room = room_with(Config { verify_threads: 4, ..Config::default() });
    let bytes: Vec<_> = (0..400).map(|number| room.bytes(0, number)).collect();
    let refs: Vec<_> = bytes.iter().map(Vec::as_slice).collect();
    room.mempool.submit_many(&refs, Origin::Local).await;
    let taken: Vec<_> =
        room.mempool.take(400, usize::MAX).iter().map(|e| e.envelope().encode()).collect();
    assert_eq!(taken, bytes);
}

#[tokio::test]
async fn figures_count_what_happened() {
    let metrics = Metrics::default();
    let mut registry = prometheus_client::registry::Registry::default();
    metrics.register(&mut registry);
    let tip = Arc::new(TestTip::default());
    let key = SigningKey::from_seed(SUITE, &[0]);
    let organization = CreditCode::parse(ORGANIZATIONS[0]).unwrap();
    let member = (key.public_key().clone(), organization);
    tip.members.lock().unwrap().insert(member.0.address(), member);
    let mempool = Mempool::start(SUITE, GENESIS, Config::default(), tip, metrics).unwrap();
    mempool.submit(&sign(&key, 1).encode()).await.unwrap();
    mempool.submit(&sign(&key, 1).encode()).await.unwrap();
    mempool.submit(&[1]).await.unwrap_err();
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "yinglian_mempool_accepted_records_total 1",
        "yinglian_mempool_repeated_records_total 1",
        "yinglian_mempool_refused_records_total{code=\"YL1001\"} 1",
        "yinglian_mempool_verifications_total 1",
        "yinglian_mempool_waiting_records 1",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
}
