//! Delegates: whom a post or a person acts for, with which roles, where and when.

use super::*;
use crate::{Delegation, Identity};
use yinglian_protocol::calls::membership::{
    DELEGATION_PERIOD_MS_MAX, DelegateChange, DelegateGrant, DelegateKind, DelegateRevoke,
    DelegationTerms, EvidenceReport, KeyRevoke,
};

const DAY_MS: u64 = 86_400_000;

/// Terms for a day from now on.
pub(super) fn terms(roles: &[&str], region: &str) -> DelegationTerms {
    DelegationTerms {
        roles: names(roles),
        region: Region::parse(region).unwrap(),
        from_ms: NOW_MS,
        until_ms: NOW_MS + DAY_MS,
    }
}

/// A person's delegation for the whole city and a day.
pub(super) fn grant(label: &str, roles: &[&str]) -> DelegateGrant {
    DelegateGrant {
        address: address(label),
        kind: DelegateKind::Person,
        holder: Hash([7; 32]),
        terms: terms(roles, "410400"),
    }
}

fn change(label: &str, terms: DelegationTerms) -> DelegateChange {
    DelegateChange { address: address(label), terms }
}

fn end(label: &str) -> DelegateRevoke {
    DelegateRevoke { address: address(label), reason: "离岗".into() }
}

fn who(world: &World, label: &str) -> Identity {
    identity(world, &address(label), world.clock_ms).unwrap().unwrap()
}

fn delegation(world: &World, label: &str) -> Delegation {
    world.get(&key_of::delegation(&address(label))).unwrap()
}

/// Department B with a key without roles, `p`, that acts as a person.
fn with_person(roles: &[&str]) -> World {
    let mut world = World::new();
    world.send("b", register_for(B, "p", &[])).unwrap();
    world.send("b", grant("p", roles)).unwrap();
    world
}

#[test]
fn a_person_has_the_roles_of_the_delegation_while_it_is_in_force_and_none_after() {
    let mut world = World::new();
    world.send("b", register_for(B, "p", &[])).unwrap();
    let mut call = grant("p", &["recorder", "operator"]);
    (call.terms.from_ms, call.terms.until_ms) = (NOW_MS + 100, NOW_MS + 200);
    let effects = world.send("b", call.clone()).unwrap();
    assert_eq!(event_names(&effects), ["delegation_granted"]);
    for (clock_ms, acts) in [(99, false), (100, true), (199, true), (200, false), (10_000, false)] {
        world.clock_ms = NOW_MS + clock_ms;
        let who = who(&world, "p");
        let roles = if acts { names(&["operator", "recorder"]) } else { Vec::new() };
        assert_eq!((who.roles, who.person), (roles, acts), "{clock_ms}");
    }
    let entry = delegation(&world, "p");
    assert_eq!((entry.kind, entry.holder), (DelegateKind::Person, Hash([7; 32])));
    assert_eq!((entry.granter, entry.granted_at), (address("b"), world.height));
}

#[test]
fn a_rule_sees_no_role_of_a_delegation_that_is_over() {
    let mut world = with_person(&["administrator"]);
    world.send("p", register_for(B, "y", &[])).unwrap();
    world.clock_ms += DAY_MS;
    assert_eq!(world.send("p", register_for(B, "z", &[])), Err(Code::ROLE_MISSING));
    // Nor does the organisation's vote count for it.
    let action =
        Action::SetParameter { name: Name::parse("block_records_max").unwrap(), value: 500 };
    assert_eq!(world.propose("p", action), Err(Code::ROLE_MISSING));
}

#[test]
fn the_region_of_a_delegate_lies_within_its_organisations() {
    let mut world = World::new();
    world.send("b", register_for(B, "p", &[])).unwrap();
    for region in ["410000", "410500", "410500100"] {
        let call = DelegateGrant { terms: terms(&["recorder"], region), ..grant("p", &[]) };
        assert_eq!(world.send("b", call), Err(Code::REGION_INVALID), "{region}");
    }
    let call = DelegateGrant { terms: terms(&["recorder"], "410421"), ..grant("p", &[]) };
    world.send("b", call).unwrap();
    assert_eq!(who(&world, "p").region, Region::parse("410421").unwrap());
    assert_eq!(who(&world, "b").region, Region::parse("410400").unwrap());
    // A county that moves away takes the delegates of its old region with it: they act nowhere.
    let mut world = World::new();
    world.send("town", register_for(TOWN, "p", &[])).unwrap();
    let call = DelegateGrant { terms: terms(&["recorder"], "410421901"), ..grant("p", &[]) };
    world.send("town", call).unwrap();
    assert!(who(&world, "p").has_role("recorder"));
    let moved = facts(TOWN, "410421902", Some(COUNTY));
    let id = world.propose("town", Action::ChangeOrganization { organization: moved }).unwrap();
    world.approve("county", id).unwrap();
    let who = who(&world, "p");
    assert!(who.roles.is_empty() && !who.person);
    assert_eq!(who.region, Region::parse("410421902").unwrap());
}

#[test]
fn nobody_delegates_what_he_does_not_hold() {
    let mut world = World::new();
    for label in ["p", "q"] {
        world.send("b", register_for(B, label, &[])).unwrap();
    }
    for role in ["administrator", "auditor", "authority", "validator"] {
        let call = grant("p", &[role]);
        assert_eq!(world.send("b-recorder", call), Err(Code::NOT_ENTITLED), "{role}");
    }
    // Nor can an administrator give what no decision granted to the organisation.
    for role in ["auditor", "authority", "validator"] {
        assert_eq!(world.send("b", grant("p", &[role])), Err(Code::NOT_ENTITLED), "{role}");
    }
    assert_eq!(
        world.send("b-recorder", grant("p", &["recorder", "administrator"])),
        Err(Code::NOT_ENTITLED)
    );
    world.send("b-recorder", grant("p", &["operator"])).unwrap();
    assert_eq!(delegation(&world, "p").granter, address("b-recorder"));
    world.send("a", register_for(A, "r", &[])).unwrap();
    world.send("a-authority", grant("r", &["authority"])).unwrap();
    // A consensus key's role is none that is passed on.
    assert_eq!(world.send("b-validator", grant("q", &["validator"])), Err(Code::NOT_ENTITLED));
}

#[test]
fn a_restricted_role_that_is_withdrawn_is_lost_by_delegates_too() {
    let mut world = World::new();
    world.send("c", register_for(C, "p", &[])).unwrap();
    world.send("c", grant("p", &["auditor", "recorder"])).unwrap();
    assert!(who(&world, "p").has_role("auditor"));
    world.decide(Action::GrantRoles { code: code(C), roles: Vec::new() }).unwrap();
    assert_eq!(who(&world, "p").roles, names(&["recorder"]));
}

#[test]
fn a_delegate_passes_nothing_on() {
    let mut world = with_person(&["administrator", "recorder"]);
    for label in ["q", "x"] {
        world.send("p", register_for(B, label, &[])).unwrap();
    }
    assert_eq!(world.send("p", register_for(B, "y", &["recorder"])), Err(Code::DELEGATE_BARRED));
    assert_eq!(world.send("p", grant("q", &["recorder"])), Err(Code::DELEGATE_BARRED));
    let longer =
        DelegationTerms { until_ms: NOW_MS + 9 * DAY_MS, ..terms(&["recorder"], "410400") };
    assert_eq!(world.send("p", change("p", longer)), Err(Code::DELEGATE_BARRED));
    // Taking over another's key would be the same by a detour; and so would an organisation of one's own.
    assert_eq!(world.send("p", rotate_for(B, "b-recorder", "y", None)), Err(Code::DELEGATE_BARRED));
    let call = yinglian_protocol::calls::membership::OrganizationRegister {
        organization: facts(NEW_DEPARTMENT, "410400", Some(B)),
        administrator: public("y"),
        proof: proof("y", NEW_DEPARTMENT),
    };
    assert_eq!(world.send("p", call), Err(Code::DELEGATE_BARRED));
    // What ends powers it may do.
    world
        .send(
            "p",
            KeyRevoke { address: address("x"), effective_height: None, reason: String::new() },
        )
        .unwrap();
    world.send("b", grant("q", &["recorder"])).unwrap();
    world.send("p", end("q")).unwrap();
}

#[test]
fn a_delegate_for_a_part_of_the_region_does_not_bind_the_organisation() {
    let mut world = World::new();
    world.send("b", register_for(B, "p", &[])).unwrap();
    let call = DelegateGrant { terms: terms(&["administrator"], "410421"), ..grant("p", &[]) };
    world.send("b", call).unwrap();
    let action =
        || Action::SetParameter { name: Name::parse("block_records_max").unwrap(), value: 500 };
    assert_eq!(world.propose("p", action()), Err(Code::DELEGATE_BARRED));
    let id = world.propose("a", action()).unwrap();
    assert_eq!(world.approve("p", id), Err(Code::DELEGATE_BARRED));
    assert_eq!(world.send("p", super::two_person::rule(&[])), Err(Code::DELEGATE_BARRED));
    world.send("b", change("p", terms(&["administrator"], "410400"))).unwrap();
    world.approve("p", id).unwrap();
}

#[test]
fn only_a_key_without_roles_becomes_a_delegates_and_keeps_none() {
    let mut world = World::new();
    assert_eq!(world.send("b", grant("b-recorder", &["recorder"])), Err(Code::KEY_HAS_ROLES));
    assert_eq!(world.send("b", grant("a", &["recorder"])), Err(Code::NOT_OWNER));
    assert_eq!(world.send("b", grant("nobody", &["recorder"])), Err(Code::KEY_UNKNOWN));
    world.send("b", register_for(B, "p", &[])).unwrap();
    world.send("b", register_for(B, "q", &[])).unwrap();
    let revoke = KeyRevoke {
        address: address("q"),
        effective_height: Some(Height(90)),
        reason: String::new(),
    };
    world.send("b", revoke).unwrap();
    assert_eq!(world.send("b", grant("q", &["recorder"])), Err(Code::KEY_REVOKED));
    world.send("b", grant("p", &["recorder"])).unwrap();
    assert_eq!(world.send("b", grant("p", &["operator"])), Err(Code::DELEGATION_EXISTS));
    // A decision makes no consensus key of it.
    let mut add = super::validators::add("p", 1, 50);
    if let Action::AddValidator { organization, .. } = &mut add {
        *organization = code(B);
    }
    assert_eq!(world.propose("a", add), Err(Code::DELEGATION_EXISTS));
}

#[test]
fn periods_are_in_order_ahead_and_no_longer_than_a_term_of_office() {
    let mut world = World::new();
    world.send("b", register_for(B, "p", &[])).unwrap();
    for (from_ms, until_ms) in [
        (NOW_MS, NOW_MS),
        (NOW_MS + 2, NOW_MS + 1),
        (NOW_MS - 9, NOW_MS),
        (NOW_MS, NOW_MS + DELEGATION_PERIOD_MS_MAX + 1),
        (0, u64::MAX),
        (u64::MAX - 1, u64::MAX),
    ] {
        let mut call = grant("p", &["recorder"]);
        (call.terms.from_ms, call.terms.until_ms) = (from_ms, until_ms);
        assert_eq!(world.send("b", call), Err(Code::PERIOD_INVALID), "{from_ms} {until_ms}");
    }
    for roles in [&["king"][..], &[], &["recorder", "recorder"]] {
        assert_eq!(world.send("b", grant("p", roles)), Err(Code::ROLE_UNKNOWN), "{roles:?}");
    }
    let nobody = DelegateGrant { holder: Hash::ZERO, ..grant("p", &["recorder"]) };
    assert_eq!(world.send("b", nobody), Err(Code::DIGEST_INVALID));
    let mut longest = grant("p", &["recorder"]);
    longest.terms.until_ms = NOW_MS + DELEGATION_PERIOD_MS_MAX;
    world.send("b", longest).unwrap();
}

#[test]
fn a_delegation_is_changed_and_ended_by_those_it_comes_from() {
    let mut world = with_person(&["recorder"]);
    let less = || change("p", terms(&["operator"], "410421"));
    assert_eq!(world.send("b-recorder", less()), Err(Code::ROLE_MISSING));
    assert_eq!(world.send("a", less()), Err(Code::NOT_OWNER));
    assert_eq!(
        world.send("b", change("b", terms(&["recorder"], "410400"))),
        Err(Code::DELEGATION_UNKNOWN)
    );
    let effects = world.send("b", less()).unwrap();
    assert_eq!(event_names(&effects), ["delegation_changed"]);
    assert_eq!(who(&world, "p").roles, names(&["operator"]));
    assert_eq!(delegation(&world, "p").holder, Hash([7; 32]));
    assert_eq!(world.send("a", end("p")), Err(Code::NOT_OWNER));
    assert_eq!(world.send("b-recorder", end("p")), Err(Code::ROLE_MISSING));
    let long = DelegateRevoke { reason: "x".repeat(513), ..end("p") };
    assert_eq!(world.send("b", long), Err(Code::TEXT_TOO_LONG));
    // It lays its own down.
    world.send("p", end("p")).unwrap();
    assert!(who(&world, "p").roles.is_empty());
    for sender in ["b", "p"] {
        assert_eq!(world.send(sender, end("p")), Err(Code::DELEGATION_OVER), "{sender}");
    }
    assert_eq!(world.send("b", less()), Err(Code::DELEGATION_OVER));
    // Granted anew, the entry goes on in the same history.
    world.send("b", grant("p", &["recorder"])).unwrap();
    let value = &world.registry[&key_of::delegation(&address("p"))];
    assert_eq!(value.version, 4);
    assert!(who(&world, "p").has_role("recorder"));
}

#[test]
fn a_delegates_next_key_acts_under_the_same_delegation() {
    let mut world = with_person(&["recorder"]);
    world.send("p", rotate_for(B, "p", "p2", Some(5))).unwrap();
    assert_eq!(delegation(&world, "p2"), delegation(&world, "p"));
    assert!(who(&world, "p2").has_role("recorder") && who(&world, "p2").person);
    assert!(!who(&world, "p").is_good_at(Height(5)));
    world.clock_ms += DAY_MS;
    assert!(who(&world, "p2").roles.is_empty());
    // After its time a key hands nothing on.
    world.send("p2", rotate_for(B, "p2", "p3", None)).unwrap();
    assert_eq!(world.get::<Delegation>(&key_of::delegation(&address("p3"))), None);
}

#[test]
fn what_needs_no_role_needs_none_of_a_delegate_either() {
    let mut world = with_person(&["recorder"]);
    world.height = Height(10);
    let vote = super::evidence::double_vote("a-validator");
    world.clock_ms += DAY_MS;
    world.send("p", EvidenceReport { double_vote: vote }).unwrap();
}
