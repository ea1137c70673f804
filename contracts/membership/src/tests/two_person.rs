//! Acts that two keys of an organisation sign.

use super::*;
use crate::{Act, Confirmation, TwoPersonRule};
use yinglian_protocol::calls::membership::{ActConfirm, ActsRequire, CONFIRM_WITHIN_MS, KeyRevoke};

const HOUR_MS: u64 = 3_600_000;
const FOUNDATION: [&str; 4] = ["delegate.change", "delegate.grant", "key.register", "key.rotate"];

/// A rule that lists these acts, and those that every rule lists.
pub(super) fn rule(more: &[&str]) -> ActsRequire {
    let methods = [&FOUNDATION[..], more].concat();
    ActsRequire { methods: names(&methods), confirm_within_ms: HOUR_MS }
}

fn act(world: &World, id: &EnvelopeId) -> Act {
    world.get(&key_of::act(id)).unwrap()
}

/// Sends a call that another key has to confirm; returns the id of the act.
fn first(world: &mut World, sender: &str, call: impl Into<Arguments>) -> EnvelopeId {
    let effects = world.send(sender, call).unwrap();
    assert_eq!(event_names(&effects), ["act_proposed"]);
    assert_eq!(effects.writes.len(), 1);
    decision_id(world.height)
}

fn confirm(world: &mut World, sender: &str, act: EnvelopeId) -> Result<Effects, Code> {
    world.send(sender, ActConfirm { act })
}

fn revoke(label: &str) -> KeyRevoke {
    KeyRevoke { address: address(label), effective_height: None, reason: String::new() }
}

/// Department B with two administrators, `b` and `b2`, and a rule.
fn ruled(more: &[&str]) -> World {
    let mut world = World::new();
    world.send("b", register_for(B, "b2", &["administrator"])).unwrap();
    let id = first(&mut world, "b", rule(more));
    confirm(&mut world, "b2", id).unwrap();
    world
}

#[test]
fn an_act_happens_when_a_second_key_confirms_it_and_not_before() {
    let mut world = ruled(&[]);
    let id = first(&mut world, "b", register_for(B, "x", &["recorder"]));
    assert_eq!(identity(&world, &address("x"), NOW_MS).unwrap(), None);
    let waits = act(&world, &id);
    assert_eq!((waits.proposer, waits.confirmed), (address("b"), None));
    assert_eq!(waits.expires_ms, NOW_MS + HOUR_MS);
    let effects = confirm(&mut world, "b2", id).unwrap();
    assert_eq!(event_names(&effects), ["key_registered", "act_confirmed"]);
    assert_eq!(world.key("x").roles, names(&["recorder"]));
    let done = Confirmation { address: address("b2"), height: world.height };
    assert_eq!(act(&world, &id).confirmed, Some(done));
    assert_eq!(confirm(&mut world, "b2", id), Err(Code::ACT_CLOSED));
}

#[test]
fn the_same_signer_never_is_the_second_also_not_under_another_key() {
    let mut world = ruled(&[]);
    // A key rotates itself alone: before the act, and after it.
    world.send("b", rotate_for(B, "b", "b-next", Some(1_000))).unwrap();
    let id = first(&mut world, "b-next", register_for(B, "x", &["recorder"]));
    assert_eq!(confirm(&mut world, "b-next", id), Err(Code::SAME_SIGNER));
    assert_eq!(confirm(&mut world, "b", id), Err(Code::SAME_SIGNER));
    world.send("b-next", rotate_for(B, "b-next", "b-third", Some(1_000))).unwrap();
    assert_eq!(confirm(&mut world, "b-third", id), Err(Code::SAME_SIGNER));
    confirm(&mut world, "b2", id).unwrap();
}

#[test]
fn the_second_signer_needs_the_role_and_belongs_to_the_organisation() {
    let mut world = ruled(&[]);
    let id = first(&mut world, "b", register_for(B, "x", &["recorder"]));
    assert_eq!(confirm(&mut world, "b-recorder", id), Err(Code::ROLE_MISSING));
    assert_eq!(confirm(&mut world, "a", id), Err(Code::NOT_OWNER));
    let unknown = EnvelopeId(Hash([1; 32]));
    assert_eq!(confirm(&mut world, "b2", unknown), Err(Code::ACT_UNKNOWN));
    assert_eq!(act(&world, &id).confirmed, None);
}

#[test]
fn an_act_expires_by_time() {
    let mut world = ruled(&[]);
    let id = first(&mut world, "b", register_for(B, "x", &["recorder"]));
    world.clock_ms = NOW_MS + HOUR_MS;
    assert_eq!(confirm(&mut world, "b2", id), Err(Code::ACT_EXPIRED));
    world.clock_ms -= 1;
    confirm(&mut world, "b2", id).unwrap();
}

#[test]
fn an_act_that_the_rules_refuse_is_refused_to_the_first_signer() {
    let mut world = ruled(&["key.revoke"]);
    assert_eq!(world.send("b", register_for(B, "b", &["recorder"])), Err(Code::KEY_EXISTS));
    assert_eq!(
        world.send("b-recorder", register_for(B, "x", &["recorder"])),
        Err(Code::ROLE_MISSING)
    );
    assert_eq!(world.send("b", revoke("a")), Err(Code::NOT_OWNER));
    // And to the second, when something has changed.
    let id = first(&mut world, "b", register_for(B, "x", &["recorder"]));
    let again = first(&mut world, "b", register_for(B, "x", &["operator"]));
    confirm(&mut world, "b2", id).unwrap();
    assert_eq!(confirm(&mut world, "b2", again), Err(Code::KEY_EXISTS));
}

#[test]
fn a_proposer_who_lost_his_power_has_proposed_nothing() {
    let mut world = ruled(&[]);
    let stolen = first(&mut world, "b", register_for(B, "x", &["administrator"]));
    world.send("b2", revoke("b")).unwrap();
    world.height = world.height.next();
    assert_eq!(confirm(&mut world, "b2", stolen), Err(Code::KEY_REVOKED));
    // A delegate whose time is over, alike.
    let mut world = ruled(&[]);
    for (label, call) in [
        ("p", Arguments::from(register_for(B, "p", &[]))),
        ("p", super::delegates::grant("p", &["administrator"]).into()),
    ] {
        let id = first(&mut world, "b", call);
        confirm(&mut world, "b2", id).unwrap_or_else(|code| panic!("{label} {code}"));
    }
    let id = first(&mut world, "p", register_for(B, "x", &[]));
    world.clock_ms += 24 * HOUR_MS;
    assert_eq!(confirm(&mut world, "b2", id), Err(Code::ACT_EXPIRED));
    world.clock_ms = NOW_MS;
    world
        .send(
            "p",
            yinglian_protocol::calls::membership::DelegateRevoke {
                address: address("p"),
                reason: String::new(),
            },
        )
        .unwrap();
    assert_eq!(confirm(&mut world, "b2", id), Err(Code::ROLE_MISSING));
}

#[test]
fn what_a_key_does_to_itself_needs_one_signature() {
    let mut world = ruled(&["key.revoke", "delegate.revoke"]);
    let id = first(&mut world, "b", revoke("b-recorder"));
    assert_eq!(world.key("b-recorder").revoked_from, None);
    confirm(&mut world, "b2", id).unwrap();
    assert!(world.key("b-recorder").revoked_from.is_some());
    world.send("b", revoke("b")).unwrap();
    assert!(world.key("b").revoked_from.is_some());
}

#[test]
fn the_rule_itself_is_made_and_lifted_by_two_keys() {
    let mut world = World::new();
    let id = first(&mut world, "b", rule(&[]));
    assert_eq!(confirm(&mut world, "b", id), Err(Code::SAME_SIGNER));
    // Without a second administrator there is no rule, and nobody is locked out.
    world.send("b", register_for(B, "b2", &["administrator"])).unwrap();
    confirm(&mut world, "b2", id).unwrap();
    let stored: TwoPersonRule = world.get(&key_of::two_person_rule(&code(B))).unwrap();
    assert_eq!(stored.methods, names(&FOUNDATION));
    let none = ActsRequire { methods: Vec::new(), confirm_within_ms: HOUR_MS };
    let id = first(&mut world, "b", none);
    confirm(&mut world, "b2", id).unwrap();
    world.send("b", register_for(B, "x", &["recorder"])).unwrap();
    assert!(world.key("x").has_role("recorder"));
    // Others are not concerned.
    world.send("d", register_for(D, "y", &["recorder"])).unwrap();
}

#[test]
fn a_list_that_one_key_could_get_around_is_refused() {
    let mut world = World::new();
    let mut lists: Vec<Vec<&str>> = FOUNDATION
        .iter()
        .map(|left_out| FOUNDATION.into_iter().filter(|act| act != left_out).collect())
        .collect();
    lists.push(vec!["key.revoke"]);
    lists.push([&FOUNDATION[..], &["key.register"]].concat());
    lists.push([&FOUNDATION[..], &["act.confirm"]].concat());
    lists.push([&FOUNDATION[..], &["evidence.report"]].concat());
    for list in lists {
        let call = ActsRequire { methods: names(&list), confirm_within_ms: HOUR_MS };
        assert_eq!(world.send("b", call), Err(Code::TWO_PERSON_RULE_INVALID), "{list:?}");
    }
    for confirm_within_ms in [0, CONFIRM_WITHIN_MS.start() - 1, CONFIRM_WITHIN_MS.end() + 1] {
        let call = ActsRequire { confirm_within_ms, ..rule(&[]) };
        assert_eq!(world.send("b", call), Err(Code::TWO_PERSON_RULE_INVALID));
    }
    assert_eq!(world.send("b-recorder", rule(&[])), Err(Code::ROLE_MISSING));
}

#[test]
fn a_decision_is_proposed_and_approved_by_two_keys_where_the_rule_says_so() {
    let mut world = ruled(&["decision.propose", "decision.approve"]);
    let action =
        Action::SetParameter { name: Name::parse("block_records_max").unwrap(), value: 500 };
    let proposal = DecisionPropose { action, document: paper(1), title: "决定".into() };
    let id = first(&mut world, "b", proposal);
    confirm(&mut world, "b2", id).unwrap();
    // The decision goes by the envelope that carried the act out.
    let decision = decision_id(world.height);
    let approvals = world.decision(&decision).approvals;
    assert_eq!((approvals.len(), approvals[0].address), (1, address("b2")));
    world.approve("a", decision).unwrap();
    world.approve("c", decision).unwrap();
    assert_eq!(crate::parameters(&world).unwrap().block_records_max, 500);
}
