//! Policies, documents and approvals.

use super::*;
use crate::{Policy, parameters};

fn set(name: &str, value: u64) -> Action {
    Action::SetParameter { name: Name::parse(name).unwrap(), value }
}

#[test]
fn a_parameter_is_set_when_three_of_four_approve() {
    let mut world = World::new();
    let id = world.propose("a", set("block_records_max", 500)).unwrap();
    world.approve("b", id).unwrap();
    assert_eq!(world.decision(&id).decided_at, None);
    assert_eq!(parameters(&world).unwrap(), Parameters::default());
    world.approve("d", id).unwrap();
    let decision = world.decision(&id);
    assert_eq!((decision.decided_at, decision.policy), (Some(world.height), Policy::Majority));
    let approvals: Vec<_> =
        decision.approvals.iter().map(|approval| approval.organization).collect();
    assert_eq!(approvals, [code(A), code(B), code(D)]);
    assert_eq!(parameters(&world).unwrap().block_records_max, 500);
}

#[test]
fn parameters_keep_to_their_names_and_bounds() {
    let mut world = World::new();
    for (name, value) in [
        ("block_records_max", 0),
        ("block_records_max", 16_001),
        ("colour", 1),
        ("heartbeat_ms_max", 10_001),
    ] {
        assert_eq!(
            world.propose("a", set(name, value)),
            Err(Code::PARAMETER_INVALID),
            "{name} {value}"
        );
    }
}

#[test]
fn each_organisation_approves_once_whatever_key_it_uses() {
    let mut world = World::new();
    let id = world.propose("a", set("block_records_max", 500)).unwrap();
    assert_eq!(world.approve("a", id), Err(Code::APPROVAL_REPEATED));
    world.approve("b", id).unwrap();
    assert_eq!(world.approve("b", id), Err(Code::APPROVAL_REPEATED));
    assert_eq!(world.decision(&id).approvals.len(), 2);
}

#[test]
fn those_without_a_validator_or_the_role_do_not_decide() {
    let mut world = World::new();
    assert_eq!(world.propose("office", set("block_records_max", 500)), Err(Code::NOT_ENTITLED));
    assert_eq!(world.propose("b-recorder", set("block_records_max", 500)), Err(Code::ROLE_MISSING));
    let id = world.propose("a", set("block_records_max", 500)).unwrap();
    assert_eq!(world.approve("office", id), Err(Code::NOT_ENTITLED));
    assert_eq!(world.approve("b-recorder", id), Err(Code::ROLE_MISSING));
    assert_eq!(world.approve("a-authority", id), Err(Code::ROLE_MISSING));
}

#[test]
fn every_decision_rests_on_one_document() {
    let mut world = World::new();
    let blank = DecisionPropose {
        action: set("block_records_max", 500),
        document: paper(0),
        title: String::new(),
    };
    assert_eq!(world.send("a", blank.clone()), Err(Code::DIGEST_INVALID));
    let long = DecisionPropose { document: paper(1), title: "x".repeat(513), ..blank };
    assert_eq!(world.send("a", long), Err(Code::TEXT_TOO_LONG));
    let id = world.propose("a", set("block_records_max", 500)).unwrap();
    let other = DecisionApprove { decision: id, document: paper(2) };
    assert_eq!(world.send("b", other), Err(Code::DOCUMENT_MISMATCH));
}

#[test]
fn a_decision_that_was_taken_or_never_proposed_is_not_approved() {
    let mut world = World::new();
    let id = world.decide(set("block_records_max", 500)).unwrap();
    assert_eq!(world.approve("d", id), Err(Code::DECISION_CLOSED));
    let unknown = EnvelopeId(Hash([1; 32]));
    assert_eq!(world.approve("b", unknown), Err(Code::DECISION_UNKNOWN));
}

#[test]
fn an_approval_whose_action_the_rules_refuse_by_now_leaves_nothing() {
    let mut world = World::new();
    let register =
        |label: &str| Action::RecoverOrganization { code: code(B), administrator: public(label) };
    let first = world.propose("a", register("x")).unwrap();
    world.approve("b", first).unwrap();
    world.decide(register("x")).unwrap();
    assert_eq!(world.approve("c", first), Err(Code::KEY_EXISTS));
    assert_eq!(world.decision(&first).approvals.len(), 2);
}

#[test]
fn an_organisation_that_no_longer_validates_no_longer_counts() {
    let mut world = World::new();
    world.decide(super::validators::add("e-validator", 1, 50)).unwrap();
    world.height = Height(50);
    // D runs two validators now: still four organisations.
    let id = world.propose("b", set("block_records_max", 500)).unwrap();
    world.approve("c", id).unwrap();
    let remove =
        Action::RemoveValidator { address: address("b-validator"), activation_height: Height(100) };
    world.decide(remove).unwrap();
    world.height = Height(100);
    // Of A, C and D, only C approved: B's word is void.
    world.approve("a", id).unwrap();
    assert_eq!(world.decision(&id).decided_at, None);
    assert_eq!(world.propose("b", set("block_records_max", 600)), Err(Code::NOT_ENTITLED));
    world.approve("d", id).unwrap();
    assert_eq!(parameters(&world).unwrap().block_records_max, 500);
}

#[test]
fn a_call_in_the_registry_links_to_its_history() {
    let mut world = World::new();
    let id = world.propose("a", set("block_records_max", 500)).unwrap();
    let first = world.registry[&key_of::decision(&id)].clone();
    let effects = world.send("b", DecisionApprove { decision: id, document: paper(1) }).unwrap();
    let (key, second) = effects.writes.last().unwrap();
    assert_eq!(key, &key_of::decision(&id));
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(second.previous_at, first.written_at);
    assert_eq!(second.previous_hash, first.hash(Suite::National));
    assert_eq!(event_names(&effects), ["decision_approved"]);
}
