//! Changes of the set: policy, delay, size, one at a time; and what the chain reads of it.

use super::*;
use crate::{ValidatorEntry, scheduled_set, validator_peers, validator_set};
use yinglian_protocol::calls::membership::ValidatorUpdatePeer;

/// Adds a validator of department D.
pub(super) fn add(label: &str, weight: u64, height: u64) -> Action {
    Action::AddValidator {
        organization: code(D),
        public_key: public(label),
        weight,
        peer_id: PEER.into(),
        addresses: vec!["/ip4/127.0.0.1/tcp/4005".into()],
        activation_height: Height(height),
    }
}

fn remove(label: &str, height: u64) -> Action {
    Action::RemoveValidator { address: address(label), activation_height: Height(height) }
}

/// Is a key in the set that decides a height?
fn decides(world: &World, label: &str, height: u64) -> bool {
    validator_set(world, Height(height)).unwrap().find(&address(label)).is_some()
}

/// A world of five validators, at height 100.
fn five() -> World {
    let mut world = World::new();
    world.decide(add("e-validator", 1, 50)).unwrap();
    world.height = Height(100);
    world
}

#[test]
fn an_added_validator_decides_from_its_activation_height_on() {
    let mut world = World::new();
    let id = world.decide(add("e-validator", 1, 50)).unwrap();
    assert!(world.decision(&id).decided_at.is_some());
    assert!(!decides(&world, "e-validator", 49));
    assert!(decides(&world, "e-validator", 50) && decides(&world, "a-validator", 50));
    assert_eq!(validator_set(&world, Height(50)).unwrap().len(), 5);
    assert_eq!(scheduled_set(&world, Height(49)).unwrap().unwrap().activation_height, Height(50));
    assert_eq!(scheduled_set(&world, Height(50)).unwrap(), None);
    let entry: ValidatorEntry = world.get(&key_of::validator(&address("e-validator"))).unwrap();
    assert_eq!(
        (entry.active_from, entry.active_until, entry.organization),
        (Height(50), None, code(D))
    );
    assert_eq!(world.key("e-validator").roles, names(&["validator"]));
}

#[test]
fn its_peers_are_known_before_it_decides_and_while_one_leaves() {
    let mut world = five();
    assert_eq!(validator_peers(&World::new(), Height(1)).unwrap().len(), 4);
    world.decide(remove("a-validator", 200)).unwrap();
    assert_eq!(validator_peers(&world, Height(199)).unwrap().len(), 5);
    assert_eq!(validator_peers(&world, Height(200)).unwrap().len(), 4);
    let mut world = World::new();
    world.decide(add("e-validator", 1, 50)).unwrap();
    let peers = validator_peers(&world, Height(4)).unwrap();
    let newcomer = peers.iter().find(|peer| peer.address == address("e-validator")).unwrap();
    assert_eq!((peers.len(), newcomer.peer_id.as_str()), (5, PEER));
    assert_eq!(newcomer.addresses, ["/ip4/127.0.0.1/tcp/4005"]);
}

#[test]
fn a_removed_validator_decides_until_the_activation_height() {
    let mut world = five();
    world.decide(remove("a-validator", 200)).unwrap();
    assert!(decides(&world, "a-validator", 199) && !decides(&world, "a-validator", 200));
    let entry: ValidatorEntry = world.get(&key_of::validator(&address("a-validator"))).unwrap();
    assert_eq!(entry.active_until, Some(Height(200)));
    // The organisation may bring the same key back later.
    world.height = Height(300);
    let mut back = add("a-validator", 1, 400);
    if let Action::AddValidator { organization, .. } = &mut back {
        *organization = code(A);
    }
    let id = world.propose("b", back).unwrap();
    world.approve("c", id).unwrap();
    world.approve("d", id).unwrap();
    assert!(decides(&world, "a-validator", 400));
    let entry: ValidatorEntry = world.get(&key_of::validator(&address("a-validator"))).unwrap();
    assert_eq!((entry.active_from, entry.active_until), (Height(400), None));
}

#[test]
fn activation_comes_ten_blocks_after_the_decision_at_the_earliest() {
    let mut world = World::new();
    // Block 1 proposes: 11 would do if it decided; block 3 decides, so 13 is the first height that does.
    assert_eq!(world.propose("a", add("e-validator", 1, 10)), Err(Code::ACTIVATION_TOO_EARLY));
    world.height = Height(0);
    let early = world.propose("a", add("e-validator", 1, 12)).unwrap();
    world.approve("b", early).unwrap();
    assert_eq!(world.approve("c", early), Err(Code::ACTIVATION_TOO_EARLY));
    assert_eq!(scheduled_set(&world, Height(4)).unwrap(), None);
    let mut world = World::new();
    world.decide(add("e-validator", 1, 13)).unwrap();
    assert!(!decides(&world, "e-validator", 12) && decides(&world, "e-validator", 13));
}

#[test]
fn the_delay_is_a_parameter() {
    let mut world = World::new();
    let name = Name::parse("set_change_delay_blocks").unwrap();
    world.decide(Action::SetParameter { name, value: 1_000 }).unwrap();
    assert_eq!(world.propose("a", add("e-validator", 1, 1_003)), Err(Code::ACTIVATION_TOO_EARLY));
    world.propose("a", add("e-validator", 1, 1_005)).unwrap();
}

#[test]
fn four_validators_are_the_fewest() {
    let mut world = World::new();
    assert_eq!(world.propose("a", remove("b-validator", 100)), Err(Code::VALIDATORS_TOO_FEW));
    assert_eq!(world.propose("a", remove("nobody", 100)), Err(Code::VALIDATOR_UNKNOWN));
}

#[test]
fn at_most_a_third_of_the_weight_changes_at_once() {
    let mut world = World::new();
    assert_eq!(
        world.propose("a", add("e-validator", 2, 100)),
        Err(Code::VALIDATOR_CHANGE_TOO_LARGE)
    );
    world.decide(add("e-validator", 1, 100)).unwrap();
    world.height = Height(100);
    // 5 in all: 1 is within a third, 2 is not.
    assert_eq!(
        world.propose("a", add("f-validator", 2, 200)),
        Err(Code::VALIDATOR_CHANGE_TOO_LARGE)
    );
    world.decide(add("f-validator", 1, 200)).unwrap();
    world.height = Height(200);
    // 6 in all: exactly a third is allowed, and its removal from 8 as well.
    world.decide(add("g-validator", 2, 300)).unwrap();
    world.height = Height(300);
    world.propose("a", remove("g-validator", 400)).unwrap();
}

#[test]
fn a_second_change_waits_for_the_first() {
    let mut world = World::new();
    world.decide(add("e-validator", 1, 50)).unwrap();
    assert_eq!(world.propose("a", add("f-validator", 1, 90)), Err(Code::DECISION_PENDING));
    assert_eq!(world.propose("a", remove("e-validator", 90)), Err(Code::DECISION_PENDING));
    // Block 49 still waits, block 50 is decided by the new set.
    world.height = Height(48);
    assert_eq!(world.propose("a", add("f-validator", 1, 90)), Err(Code::DECISION_PENDING));
    world.propose("a", add("f-validator", 1, 90)).unwrap();
}

#[test]
fn of_two_open_proposals_the_second_is_refused_when_it_would_be_decided() {
    let mut world = World::new();
    let first = world.propose("a", add("e-validator", 1, 50)).unwrap();
    let second = world.propose("a", add("f-validator", 1, 80)).unwrap();
    for sender in ["b", "c"] {
        world.approve(sender, first).unwrap();
    }
    world.approve("b", second).unwrap();
    assert_eq!(world.approve("c", second), Err(Code::DECISION_PENDING));
    world.height = Height(60);
    world.approve("c", second).unwrap();
    assert_eq!(validator_set(&world, Height(80)).unwrap().len(), 6);
}

#[test]
fn set_changes_need_three_of_four_and_the_authority_is_not_enough() {
    let mut world = World::new();
    assert_eq!(world.propose("a-authority", add("e-validator", 1, 50)), Err(Code::ROLE_MISSING));
    let id = world.propose("a", add("e-validator", 1, 50)).unwrap();
    world.approve("b", id).unwrap();
    assert!(!decides(&world, "e-validator", 50));
}

#[test]
fn a_validators_key_is_new_or_its_own_organisations() {
    let mut world = World::new();
    assert_eq!(world.propose("a", add("d-validator", 1, 50)), Err(Code::VALIDATOR_EXISTS));
    assert_eq!(world.propose("a", add("b-recorder", 1, 50)), Err(Code::KEY_EXISTS));
    let mut foreign = add("x", 1, 50);
    if let Action::AddValidator { public_key, .. } = &mut foreign {
        *public_key = SigningKey::from_seed(Suite::International, b"x").public_key().clone();
    }
    assert_eq!(world.propose("a", foreign), Err(Code::KEY_UNSUITABLE));
    let mut unknown = add("x", 1, 50);
    if let Action::AddValidator { organization, .. } = &mut unknown {
        *organization = code(NEW_TOWN);
    }
    assert_eq!(world.propose("a", unknown), Err(Code::ORGANIZATION_UNKNOWN));
    // A key of the organisation keeps its roles and gains one; a revoked one does not come back.
    world.decide(add("d", 1, 50)).unwrap();
    assert_eq!(world.key("d").roles, names(&["administrator", "validator"]));
    let mut world = five();
    let revoke = yinglian_protocol::calls::membership::KeyRevoke {
        address: address("d"),
        effective_height: Some(Height(900)),
        reason: String::new(),
    };
    world.send("d", revoke).unwrap();
    assert_eq!(world.propose("a", add("d", 1, 200)), Err(Code::KEY_REVOKED));
}

#[test]
fn a_suspended_organisation_gets_no_validator() {
    let mut world = World::new();
    world
        .propose("a-authority", Action::SuspendOrganization { code: code(OFFICE), suspended: true })
        .unwrap();
    let mut new = add("x", 1, 50);
    if let Action::AddValidator { organization, .. } = &mut new {
        *organization = code(OFFICE);
    }
    assert_eq!(world.propose("a", new), Err(Code::ORGANIZATION_SUSPENDED));
}

#[test]
fn malformed_peers_and_weights_are_refused() {
    let mut world = World::new();
    for weight in [0, (1 << 32) + 1] {
        assert_eq!(
            world.propose("a", add("x", weight, 50)),
            Err(Code::VALIDATOR_INVALID),
            "{weight}"
        );
    }
    let long = format!("/dns/{}", "x".repeat(260));
    for (peer, addresses) in [
        ("", vec!["/ip4/10.0.0.1/tcp/1"]),
        ("12D3KooW", vec!["/ip4/10.0.0.1/tcp/1"]),
        ("12D3KooWAuFQ3NbMyNH6XHLN8W3zcXe7Ja6aLGKqW1ri8gJUPz90", vec!["/ip4/10.0.0.1/tcp/1"]),
        (PEER, vec![]),
        (PEER, vec!["10.0.0.1:4001"]),
        (PEER, vec!["/ip4/10.0.0.1 /tcp/1"]),
        (PEER, vec![&long]),
        (PEER, vec!["/ip4/10.0.0.1/tcp/1"; 9]),
    ] {
        let call = ValidatorUpdatePeer {
            address: address("a-validator"),
            peer_id: peer.into(),
            addresses: addresses.iter().map(|&text| text.into()).collect(),
        };
        assert_eq!(world.send("a", call), Err(Code::VALIDATOR_INVALID), "{peer} {addresses:?}");
    }
}

#[test]
fn an_organisation_moves_its_own_validator_without_a_decision() {
    let mut world = World::new();
    let call = |label: &str| ValidatorUpdatePeer {
        address: address(label),
        peer_id: PEER.into(),
        addresses: vec!["/dns/node.example/tcp/4001".into()],
    };
    assert_eq!(world.send("b", call("a-validator")), Err(Code::NOT_OWNER));
    assert_eq!(world.send("a-recorder", call("a-validator")), Err(Code::ROLE_MISSING));
    assert_eq!(world.send("a", call("nobody")), Err(Code::VALIDATOR_UNKNOWN));
    let before = validator_set(&world, Height(9)).unwrap();
    world.send("a", call("a-validator")).unwrap();
    assert_eq!(validator_set(&world, Height(9)).unwrap(), before);
    let peers = validator_peers(&world, Height(9)).unwrap();
    let moved = peers.iter().find(|peer| peer.address == address("a-validator")).unwrap();
    assert_eq!(moved.addresses, ["/dns/node.example/tcp/4001"]);
}
