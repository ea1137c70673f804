//! The tree: who registers whom, regions, levels, changes, suspension.

use super::*;
use crate::TREE_DEPTH_MAX;
use yinglian_protocol::calls::membership::OrganizationRegister;

fn register(facts: OrganizationFacts) -> OrganizationRegister {
    let proof = proof("new", &facts.code.to_string());
    OrganizationRegister { organization: facts, administrator: public("new"), proof }
}

fn change(facts: OrganizationFacts) -> Action {
    Action::ChangeOrganization { organization: facts }
}

#[test]
fn a_county_registers_its_township_with_a_first_administrator() {
    let mut world = World::new();
    let effects =
        world.send("county", register(facts(NEW_TOWN, "410421902", Some(COUNTY)))).unwrap();
    assert_eq!(event_names(&effects), ["key_registered", "organization_registered"]);
    let town = world.organization(NEW_TOWN);
    assert_eq!((town.facts.parent, town.suspended, town.children), (Some(code(COUNTY)), false, 0));
    assert_eq!(world.organization(COUNTY).children, 2);
    // The first key administers the new organisation, and nothing else.
    world.send("new", register_for(NEW_TOWN, "x", &["recorder"])).unwrap();
    assert_eq!(world.key("x").organization, code(NEW_TOWN));
    assert_eq!(world.key("new").roles, names(&["administrator"]));
}

#[test]
fn an_organisation_registers_only_below_itself_and_only_once() {
    let mut world = World::new();
    for (sender, parent) in [("office", Some(COUNTY)), ("county", Some(OFFICE)), ("county", None)] {
        let call = register(facts(NEW_TOWN, "410421902", parent));
        assert_eq!(world.send(sender, call), Err(Code::NOT_ENTITLED), "{sender}");
    }
    let call = register(facts(TOWN, "410421901", Some(COUNTY)));
    assert_eq!(world.send("county", call), Err(Code::ORGANIZATION_EXISTS));
    let call = register(facts(NEW_DEPARTMENT, "410400", Some(B)));
    assert_eq!(world.send("b-recorder", call), Err(Code::ROLE_MISSING));
    let taken = OrganizationRegister {
        administrator: public("b"),
        ..register(facts(NEW_TOWN, "410421902", Some(COUNTY)))
    };
    assert_eq!(world.send("county", taken), Err(Code::KEY_EXISTS));
    assert_eq!(world.organization(COUNTY).children, 1);
}

#[test]
fn a_child_lies_in_the_region_of_its_parent() {
    let mut world = World::new();
    for region in ["410422901", "410400", "410000", "410422"] {
        let call = register(facts(NEW_TOWN, region, Some(COUNTY)));
        assert_eq!(world.send("county", call), Err(Code::REGION_INVALID), "{region}");
    }
    // A department of the county itself has the county's region.
    world.send("county", register(facts(NEW_TOWN, "410421", Some(COUNTY)))).unwrap();
}

#[test]
fn the_tree_has_eight_levels_at_most() {
    let mut world = World::new();
    let mut parent = TOWN.to_owned();
    let mut sender = "town".to_owned();
    for level in 4..=TREE_DEPTH_MAX + 1 {
        let own = synthetic_code(level as u32);
        let administrator = format!("level-{level}");
        let call = OrganizationRegister {
            organization: facts(&own, "410421901", Some(&parent)),
            administrator: public(&administrator),
            proof: proof(&administrator, &own),
        };
        let result = world.send(&sender, call).map(|_| ());
        let expected = if level > TREE_DEPTH_MAX { Err(Code::TREE_INVALID) } else { Ok(()) };
        assert_eq!(result, expected, "level {level}");
        (parent, sender) = (own, administrator);
    }
}

/// A code of the reserved body `XX` with its check character.
fn synthetic_code(number: u32) -> String {
    let body = format!("11410421XX{number:07}");
    let check = |last: &char| CreditCode::parse(&format!("{body}{last}")).is_ok();
    let last = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().find(check).unwrap();
    format!("{body}{last}")
}

#[test]
fn names_are_there_and_short() {
    let mut world = World::new();
    let town = || facts(NEW_TOWN, "410421902", Some(COUNTY));
    let empty = OrganizationFacts { short_name: " ".into(), ..town() };
    assert_eq!(world.send("county", register(empty)), Err(Code::ARGUMENTS_MALFORMED));
    let long = OrganizationFacts { name: "长".repeat(171), ..town() };
    assert_eq!(world.send("county", register(long)), Err(Code::TEXT_TOO_LONG));
}

#[test]
fn the_authority_registers_organisations_anywhere_and_others_do_not() {
    let mut world = World::new();
    let action = |own: &str, parent| Action::RegisterOrganization {
        organization: facts(own, "410400", parent),
        administrator: public("new"),
    };
    for sender in ["a", "b", "c-auditor"] {
        assert_eq!(
            world.propose(sender, action(NEW_DEPARTMENT, None)),
            Err(Code::NOT_ENTITLED),
            "{sender}"
        );
    }
    assert_eq!(
        world.propose("a-authority", action(NEW_DEPARTMENT, Some(NEW_TOWN))),
        Err(Code::ORGANIZATION_UNKNOWN)
    );
    assert_eq!(
        world.propose("a-authority", action(NEW_DEPARTMENT, Some(COUNTY))),
        Err(Code::REGION_INVALID)
    );
    assert_eq!(world.propose("a-authority", action(B, None)), Err(Code::ORGANIZATION_EXISTS));
    let id = world.propose("a-authority", action(NEW_DEPARTMENT, None)).unwrap();
    // One signature of the authority and the document suffice.
    assert_eq!(world.decision(&id).decided_at, Some(world.height));
    assert_eq!(world.organization(NEW_DEPARTMENT).facts.parent, None);
}

#[test]
fn a_place_in_the_tree_changes_only_when_all_concerned_agree() {
    let mut world = World::new();
    // The township moves from its county to the office: itself, the old and the new parent decide.
    let moved = facts(TOWN, "410421901", Some(OFFICE));
    assert_eq!(world.propose("b", change(moved.clone())), Err(Code::NOT_ENTITLED));
    assert_eq!(world.propose("a-authority", change(moved.clone())), Err(Code::NOT_ENTITLED));
    let id = world.propose("town", change(moved.clone())).unwrap();
    world.approve("county", id).unwrap();
    assert_eq!(world.decision(&id).decided_at, None);
    assert_eq!(world.organization(TOWN).facts.parent, Some(code(COUNTY)));
    world.approve("office", id).unwrap();
    assert_eq!(world.organization(TOWN).facts, moved);
    assert_eq!((world.organization(COUNTY).children, world.organization(OFFICE).children), (0, 2));
}

#[test]
fn at_the_top_of_the_tree_the_authority_stands_in_the_parents_place() {
    let mut world = World::new();
    let renamed = OrganizationFacts { name: "新名称".into(), ..facts(B, "410400", None) };
    let id = world.propose("b", change(renamed.clone())).unwrap();
    assert_eq!(world.decision(&id).decided_at, None);
    assert_eq!(world.approve("a", id), Err(Code::NOT_ENTITLED));
    world.approve("a-authority", id).unwrap();
    assert_eq!(world.organization(B).facts, renamed);
    // The authority alone cannot.
    let id = world.propose("a-authority", change(facts(B, "410400", None))).unwrap();
    assert_eq!(world.decision(&id).decided_at, None);
}

#[test]
fn no_organisation_comes_to_stand_under_itself() {
    let mut world = World::new();
    let below_itself = facts(OFFICE, "410400", Some(OFFICE));
    assert_eq!(world.propose("office", change(below_itself)), Err(Code::TREE_INVALID));
    // A department of the office with the same region, and the office under it.
    let call = register(facts(NEW_DEPARTMENT, "410400", Some(OFFICE)));
    world.send("office", call).unwrap();
    let circle = facts(OFFICE, "410400", Some(NEW_DEPARTMENT));
    assert_eq!(world.propose("office", change(circle)), Err(Code::TREE_INVALID));
}

#[test]
fn a_parent_keeps_its_children_in_its_region_and_within_the_levels() {
    let mut world = World::new();
    assert_eq!(
        world.propose("county", change(facts(COUNTY, "410422", Some(OFFICE)))),
        Err(Code::REGION_INVALID)
    );
    // Deeper is refused for one with children, allowed for one without.
    world.send("office", register(facts(NEW_DEPARTMENT, "410400", Some(OFFICE)))).unwrap();
    let deeper = facts(COUNTY, "410421", Some(NEW_DEPARTMENT));
    assert_eq!(world.propose("county", change(deeper)), Err(Code::TREE_INVALID));
    let deeper = facts(TOWN, "410421902", Some(COUNTY));
    world.propose("town", change(deeper)).unwrap();
    assert_eq!(
        world.propose("town", change(facts(NEW_TOWN, "410421902", None))),
        Err(Code::ORGANIZATION_UNKNOWN)
    );
}

#[test]
fn keys_of_a_suspended_organisation_cannot_send_until_it_is_resumed() {
    let mut world = World::new();
    let suspend = |suspended| Action::SuspendOrganization { code: code(COUNTY), suspended };
    assert_eq!(world.propose("a", suspend(true)), Err(Code::NOT_ENTITLED));
    world.propose("a-authority", suspend(true)).unwrap();
    let call = register_for(COUNTY, "x", &["recorder"]);
    assert_eq!(world.send("county", call.clone()), Err(Code::ORGANIZATION_SUSPENDED));
    world.propose("a-authority", suspend(false)).unwrap();
    world.send("county", call).unwrap();
    let unknown = Action::SuspendOrganization { code: code(NEW_TOWN), suspended: true };
    assert_eq!(world.propose("a-authority", unknown), Err(Code::ORGANIZATION_UNKNOWN));
}

#[test]
fn the_authority_cannot_silence_those_who_decide_with_it() {
    let mut world = World::new();
    let suspend = Action::SuspendOrganization { code: code(B), suspended: true };
    assert_eq!(world.propose("a-authority", suspend.clone()), Err(Code::ROLE_MISSING));
    let id = world.propose("a", suspend).unwrap();
    world.approve("c", id).unwrap();
    assert!(!world.organization(B).suspended);
    world.approve("d", id).unwrap();
    assert!(world.organization(B).suspended);
}

#[test]
fn the_first_key_of_an_organisation_signs_for_it_too() {
    let mut world = World::new();
    let call = register(facts(NEW_TOWN, "410421902", Some(COUNTY)));
    let stolen = OrganizationRegister { proof: proof("new", TOWN), ..call.clone() };
    assert_eq!(world.send("county", stolen), Err(Code::KEY_PROOF_INVALID));
    world.send("county", call).unwrap();
}
