//! Each rule of a block, broken once: the error names it, and the block that breaks none is valid.

mod common;

use common::{Checking, GENESIS_MS, Net, Step};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use yinglian_crypto::SigningKey;
use yinglian_execution::{BlockError, Draft, UnderQuorum, build, check};
use yinglian_protocol::{
    Code, Envelope, Hash, Header, HeaderFlags, Height, LogPosition, Name, Payload, Prepared,
    Signature, Suite, limits,
};

/// The error of a block of these envelopes, made by a proposer that checks nothing.
fn forced(net: &Net, envelopes: &[Arc<Prepared>]) -> BlockError {
    let (header, payload) = force(net, envelopes);
    net.check(&header, &payload).unwrap_err()
}

fn force(net: &Net, envelopes: &[Arc<Prepared>]) -> (Header, Vec<u8>) {
    let payload = Payload::encode_refs(envelopes.iter().map(|envelope| envelope.envelope()));
    let mut header = net.build(&[]).executed.header;
    header.payload_hash = Payload::hash(net.chain.suite, &payload);
    (header, payload)
}

fn not_admitted(index: u32, code: Code) -> BlockError {
    BlockError::NotAdmitted { index, code }
}

#[test]
fn every_field_of_the_header_is_checked_under_its_name() {
    let net = Net::new(Suite::International);
    let built = net.build(&[net.envelope(1, &[Step::Put("a".into(), 1)])]);
    let good = &built.executed.header;
    assert!(net.check(good, &built.payload).is_ok());
    let other = Hash([7; 32]);
    let field = |field| BlockError::Header { field };
    let result = |field| BlockError::Result { field };
    let wrong_proposer = |round| BlockError::WrongProposer { height: Height(1), round };
    let later = BlockError::TimeNotLater { time_ms: GENESIS_MS, parent_ms: GENESIS_MS };
    type Change<'a> = &'a dyn Fn(&mut Header);
    let cases: [(Change<'_>, BlockError); 16] = [
        (&|header| header.version = 2, field("version")),
        (&|header| header.suite = Suite::National, field("suite")),
        (&|header| header.flags = HeaderFlags(1), field("flags")),
        (&|header| header.height = Height(2), field("height")),
        (&|header| header.previous = other, field("previous")),
        (&|header| header.protocol_version = 2, field("protocol_version")),
        (&|header| header.time_ms = GENESIS_MS, later),
        (&|header| header.round = 1, wrong_proposer(1)),
        (&|header| header.proposer = net.members[0].public_key().address(), wrong_proposer(0)),
        (&|header| header.payload_hash = other, BlockError::PayloadHash),
        (&|header| header.validators_hash = other, field("validators_hash")),
        (&|header| header.log_size += 1, result("log_size")),
        (&|header| header.log_root = other, result("log_root")),
        (&|header| header.registry_root = other, result("registry_root")),
        (&|header| header.next_validators_hash = other, result("next_validators_hash")),
        // Time is free within its rule, but the leaves hold it.
        (&|header| header.time_ms += 1, result("log_root")),
    ];
    for (change, error) in cases {
        let mut header = good.clone();
        change(&mut header);
        assert_eq!(net.check(&header, &built.payload), Err(error));
    }
}

#[test]
fn a_program_that_does_not_know_the_chains_version_judges_no_block() {
    let mut net = Net::new(Suite::International);
    let built = net.build(&[]);
    net.chain.protocol_version = 2;
    let mut header = built.executed.header;
    header.protocol_version = 2;
    let error = net.check(&header, &built.payload).unwrap_err();
    assert_eq!(error, BlockError::ProtocolVersion { version: 2, known: 1 });
    assert!(!error.is_invalid());
}

#[test]
fn a_version_that_the_registry_names_stops_the_program_at_its_height_and_not_before() {
    let mut net = Net::new(Suite::International);
    let steps = [Step::Put("version".into(), 2), Step::Put("version_from".into(), 3)];
    net.block(&[net.envelope(1, &steps)]);
    let second = net.block(&[]);
    assert_eq!((second.header.height, second.header.protocol_version), (Height(2), 1));
    let signatures = Checking::new(&net.chain);
    let built = build(&net.chain, &net.state, &net.parent, net.draft(), &[], &signatures);
    let error = built.unwrap_err();
    assert_eq!(error, BlockError::ProtocolVersion { version: 2, known: 1 });
    assert_eq!((error.code(), error.is_invalid()), (Code::PROTOCOL_VERSION_UNKNOWN, false));
    // Whatever the next header says of itself.
    for version in [1, 2, 3] {
        let mut header = second.header.clone();
        (header.height, header.previous) = (Height(3), net.parent.hash);
        header.protocol_version = version;
        assert_eq!(net.check(&header, &[]), Err(BlockError::PayloadHash), "{version}");
        header.payload_hash = Payload::hash(net.chain.suite, &[]);
        assert_eq!(net.check(&header, &[]), Err(error.clone()), "{version}");
    }
}

#[test]
fn a_block_of_a_later_round_names_that_rounds_proposer() {
    let net = Net::new(Suite::International);
    let view = yinglian_execution::View::new(&net.state);
    let set = net.chain.rules.validator_set(&view, Height(1)).unwrap();
    let draft =
        Draft { round: 3, proposer: set.proposer(Height(1), 3).unwrap().address(), ..net.draft() };
    let signatures = Checking::new(&net.chain);
    let built = build(&net.chain, &net.state, &net.parent, draft, &[], &signatures).unwrap();
    assert!(net.check(&built.executed.header, &built.payload).is_ok());
    let wrong = Draft { round: 2, ..draft };
    let error = build(&net.chain, &net.state, &net.parent, wrong, &[], &signatures).unwrap_err();
    assert_eq!(error, BlockError::WrongProposer { height: Height(1), round: 2 });
}

#[test]
fn a_payload_that_does_not_decode_is_refused() {
    let net = Net::new(Suite::International);
    let mut header = net.build(&[]).executed.header;
    for payload in [vec![], vec![2, 0, 0, 0, 0], vec![1, 1, 0, 0, 0], vec![1, 0, 0, 0, 0, 9]] {
        header.payload_hash = Payload::hash(net.chain.suite, &payload);
        let error = net.check(&header, &payload).unwrap_err();
        assert_eq!(error, BlockError::Payload(Code::PAYLOAD_MALFORMED));
    }
}

#[test]
fn a_block_holds_no_more_records_than_the_parameter_of_its_parent() {
    let mut net = Net::new(Suite::International);
    net.block(&[net.envelope(0, &[Step::RecordsMax(3)])]);
    let four: Vec<_> = (1..5).map(|n| net.envelope(n, &[])).collect();
    assert_eq!(forced(&net, &four), BlockError::TooManyRecords { records: 4, records_max: 3 });
    let built = net.build(&four);
    assert_eq!(built.executed.envelopes.len(), 3);
    assert_eq!(built.dropped, [], "what found no place is offered again");
    assert!(net.check(&built.executed.header, &built.payload).is_ok());
}

#[test]
fn a_builder_stops_at_the_soft_limit_of_bytes() {
    let net = Net::new(Suite::International);
    let text = "x".repeat(60_000);
    let large: Vec<_> = (0..100).map(|n| net.envelope(n, &[Step::Text(text.clone())])).collect();
    let built = net.build(&large);
    let records = built.executed.envelopes.len();
    assert!(records > 60 && built.payload.len() <= limits::BLOCK_BYTES_SOFT + 64, "{records}");
}

#[test]
fn an_envelope_that_fails_admission_makes_a_block_invalid_and_is_left_out_when_building() {
    let net = Net::new(Suite::International);
    let first = net.envelope(1, &[]);
    let with = |change: &dyn Fn(&mut yinglian_protocol::EnvelopeBody)| {
        let mut body = net.body(2, &[]);
        change(&mut body);
        net.sign(&net.members[0], body)
    };
    let time_ms = net.draft().time_ms;
    let valid_max = limits::ENVELOPE_VALID_MS_MAX;
    let stranger = SigningKey::from_seed(Suite::International, b"stranger");
    let national = SigningKey::from_seed(Suite::National, b"national");
    let mut garbage = with(&|_| {});
    garbage.signature = Signature([7; 64]);
    let citizen = Step::Text("身份证 11010519491231002X".into());
    let cases: [(Envelope, Code); 9] = [
        (with(&|body| body.sender = national.public_key().address()), Code::WRONG_CHAIN),
        (with(&|body| body.valid_until_ms = time_ms - 1), Code::EXPIRED),
        (with(&|body| body.valid_until_ms = time_ms + valid_max + 1), Code::VALID_UNTIL_TOO_FAR),
        (with(&|body| body.contract = Name::parse("other").unwrap()), Code::CONTRACT_UNKNOWN),
        (with(&|body| body.method_version = 2), Code::METHOD_UNKNOWN),
        (with(&|body| body.sender = stranger.public_key().address()), Code::SENDER_UNKNOWN),
        (with(&|body| body.arguments = vec![9]), Code::ARGUMENTS_MALFORMED),
        (
            with(&|body| body.arguments = borsh::to_vec(&vec![citizen.clone()]).unwrap()),
            Code::PERSONAL_DATA,
        ),
        (garbage, Code::SIGNATURE_INVALID),
    ];
    for (envelope, code) in cases {
        let bad = net.prepare(envelope);
        assert_eq!(forced(&net, &[first.clone(), bad.clone()]), not_admitted(1, code));
        let built = net.build(&[bad.clone(), first.clone()]);
        assert_eq!(built.dropped, [(bad.id(), code)]);
        assert_eq!(built.executed.envelopes.len(), 1);
        assert!(net.check(&built.executed.header, &built.payload).is_ok());
    }
    // The ends of the validity are inside.
    for valid_until_ms in [time_ms, time_ms + valid_max] {
        let edge = net.prepare(with(&|body| body.valid_until_ms = valid_until_ms));
        assert_eq!(net.build(&[edge]).dropped, []);
    }
}

#[test]
fn an_envelope_signed_for_another_chain_is_not_admitted() {
    let net = Net::new(Suite::International);
    let body = net.body(1, &[]);
    let other = yinglian_protocol::GenesisHash(Hash([9; 32]));
    let signature = net.members[0].sign_now(&body.signing_bytes(&other));
    let foreign = net.prepare(Envelope { body, signature });
    assert_eq!(forced(&net, &[foreign]), not_admitted(0, Code::SIGNATURE_INVALID));
}

#[test]
fn a_revoked_key_and_a_suspended_organisation_are_not_admitted() {
    let mut net = Net::new(Suite::International);
    let victim = net.members[1].public_key().address();
    net.block(&[net.envelope(1, &[Step::Revoke(victim)])]);
    assert_eq!(forced(&net, &[net.envelope_of(1, 2, &[])]), not_admitted(0, Code::KEY_REVOKED));
    let suspend = Step::Put(format!("suspended/{}", common::ORGANIZATIONS[0]), 1);
    net.block(&[net.envelope(3, &[suspend])]);
    assert_eq!(
        forced(&net, &[net.envelope(4, &[])]),
        not_admitted(0, Code::ORGANIZATION_SUSPENDED)
    );
}

#[test]
fn an_id_occurs_once_in_a_block() {
    let net = Net::new(Suite::International);
    let envelope = net.envelope(1, &[]);
    assert_eq!(
        forced(&net, &[envelope.clone(), envelope.clone()]),
        BlockError::RepeatedInBlock { index: 1 }
    );
    let built = net.build(&[envelope.clone(), envelope.clone()]);
    assert_eq!(built.dropped, [(envelope.id(), Code::DUPLICATE)]);
    assert_eq!(built.executed.envelopes.len(), 1);
}

#[test]
fn an_id_occurs_once_in_the_window_and_cannot_enter_after_it() {
    let mut net = Net::new(Suite::International);
    let envelope = net.envelope(1, &[]);
    net.block(std::slice::from_ref(&envelope));
    net.block(&[]);
    assert_eq!(
        forced(&net, std::slice::from_ref(&envelope)),
        BlockError::RepeatedInWindow { index: 0 }
    );
    assert_eq!(
        net.build(std::slice::from_ref(&envelope)).dropped,
        [(envelope.id(), Code::DUPLICATE)]
    );
    // Until its time is over block by block; then the window forgets it, and its age keeps it out.
    for _ in 0..70 {
        let before = net.build(std::slice::from_ref(&envelope)).dropped;
        assert!([Code::DUPLICATE, Code::EXPIRED].contains(&before[0].1), "{before:?}");
        net.block(&[]);
    }
    let valid_until_ms = envelope.envelope().body.valid_until_ms;
    let left =
        yinglian_state::window::position(&net.state, valid_until_ms, &envelope.id()).unwrap();
    assert_eq!(left, None, "the window is swept");
    assert_eq!(forced(&net, std::slice::from_ref(&envelope)), not_admitted(0, Code::EXPIRED));
}

#[test]
fn an_envelope_that_was_offered_but_not_decided_may_enter_later() {
    let mut net = Net::new(Suite::International);
    let envelope = net.envelope(1, &[]);
    let _undecided = net.build(std::slice::from_ref(&envelope));
    net.block(&[]);
    let executed = net.block(&[envelope]);
    assert_eq!(executed.places[0].position, LogPosition(0));
}

#[test]
fn a_known_body_with_other_signature_bytes_is_checked_again() {
    let net = Net::new(Suite::International);
    let good = net.envelope(1, &[]);
    let smuggled =
        net.prepare(Envelope { body: good.envelope().body.clone(), signature: Signature([9; 64]) });
    assert_eq!(good.id(), smuggled.id());
    assert_ne!(good.hash(), smuggled.hash());
    assert_eq!(forced(&net, &[smuggled]), not_admitted(0, Code::SIGNATURE_INVALID));
}

#[test]
fn signatures_are_checked_once_for_the_whole_block_and_not_at_all_under_a_quorum() {
    let net = Net::new(Suite::International);
    let offered: Vec<_> = (0..10).map(|n| net.envelope(n, &[])).collect();
    let built = net.build(&offered);
    let (header, payload) = (&built.executed.header, &built.payload);
    let counting = Checking::new(&net.chain);
    check(&net.chain, &net.state, &net.parent, header, payload, &counting).unwrap();
    assert_eq!(counting.checked.load(Ordering::Relaxed), 10);
    let executed =
        check(&net.chain, &net.state, &net.parent, header, payload, &UnderQuorum).unwrap();
    assert_eq!(executed, built.executed);
}
