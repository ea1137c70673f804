//! Keys: roles, ownership, rotation and revocation from a height.

use super::*;
use crate::scheduled_set;
use yinglian_protocol::calls::membership::KeyRevoke;

fn register(label: &str, roles: &[&str]) -> KeyRegister {
    register_for(B, label, roles)
}

fn revoke(label: &str, height: Option<u64>) -> KeyRevoke {
    KeyRevoke {
        address: address(label),
        effective_height: height.map(Height),
        reason: "丢失".into(),
    }
}

fn rotate(old: &str, new: &str, height: Option<u64>) -> KeyRotate {
    rotate_for(B, old, new, height)
}

#[test]
fn an_administrator_registers_keys_with_sorted_roles() {
    let mut world = World::new();
    world.send("b", register("x", &["recorder", "administrator"])).unwrap();
    let key = world.key("x");
    assert_eq!(key.roles, names(&["administrator", "recorder"]));
    assert_eq!(
        (key.organization, key.registered_at, key.revoked_from),
        (code(B), world.height, None)
    );
    let who = identity(&world, &address("x"), NOW_MS).unwrap().unwrap();
    assert_eq!((who.organization, &who.public_key, who.suspended), (code(B), &public("x"), false));
    assert!(who.has_role("recorder") && !who.has_role("operator"));
    assert_eq!(identity(&world, &address("nobody"), NOW_MS).unwrap(), None);
}

#[test]
fn only_administrators_register_keys_and_each_key_once() {
    let mut world = World::new();
    assert_eq!(world.send("b-recorder", register("x", &["recorder"])), Err(Code::ROLE_MISSING));
    assert_eq!(world.send("b", register("a", &["recorder"])), Err(Code::KEY_EXISTS));
    assert_eq!(world.send("b", register("b", &["recorder"])), Err(Code::KEY_EXISTS));
    let foreign = SigningKey::from_seed(Suite::International, b"x").public_key().clone();
    let call = KeyRegister { public_key: foreign, ..register("x", &["recorder"]) };
    assert_eq!(world.send("b", call), Err(Code::KEY_UNSUITABLE));
}

#[test]
fn unknown_and_repeated_roles_are_refused() {
    let mut world = World::new();
    for roles in [&["king"][..], &["recorder", "recorder"]] {
        assert_eq!(world.send("b", register("x", roles)), Err(Code::ROLE_UNKNOWN), "{roles:?}");
    }
}

#[test]
fn nobody_gives_himself_a_role_that_a_decision_gives() {
    let mut world = World::new();
    for role in ["authority", "auditor", "validator"] {
        assert_eq!(world.send("b", register("x", &[role])), Err(Code::NOT_ENTITLED), "{role}");
    }
    assert_eq!(world.send("a", register("x", &["validator"])), Err(Code::NOT_ENTITLED));
    world.send("a", register_for(A, "x", &["authority"])).unwrap();
    world.send("c", register_for(C, "y", &["auditor"])).unwrap();
}

#[test]
fn a_granted_role_can_be_used_and_is_lost_when_it_is_withdrawn() {
    let mut world = World::new();
    let grant = |roles: &[&str]| Action::GrantRoles { code: code(B), roles: names(roles) };
    assert_eq!(world.propose("a", grant(&["recorder"])), Err(Code::ROLE_UNKNOWN));
    assert_eq!(world.propose("a", grant(&["auditor", "auditor"])), Err(Code::ROLE_UNKNOWN));
    world.decide(grant(&["auditor", "authority"])).unwrap();
    world.send("b", register("x", &["auditor", "recorder"])).unwrap();
    assert!(identity(&world, &address("x"), NOW_MS).unwrap().unwrap().has_role("auditor"));
    world.decide(grant(&[])).unwrap();
    let who = identity(&world, &address("x"), NOW_MS).unwrap().unwrap();
    assert_eq!(who.roles, names(&["recorder"]));
    let unknown = Action::GrantRoles { code: code(NEW_TOWN), roles: Vec::new() };
    assert_eq!(world.propose("a", unknown), Err(Code::ORGANIZATION_UNKNOWN));
}

#[test]
fn the_authority_alone_grants_roles_of_contracts_and_only_those() {
    let mut world = World::new();
    let own = world.send("b", register("x", &["dispatch.centre"]));
    assert_eq!(own, Err(Code::NOT_ENTITLED));
    let grant = |roles: &[&str]| Action::GrantRoles { code: code(B), roles: names(roles) };
    assert_eq!(world.propose("b", grant(&["dispatch.centre"])), Err(Code::NOT_ENTITLED));
    world.propose("a-authority", grant(&["dispatch.centre"])).unwrap();
    world.send("b", register("x", &["dispatch.centre"])).unwrap();
    assert!(identity(&world, &address("x"), NOW_MS).unwrap().unwrap().has_role("dispatch.centre"));
    // A role of the chain among them, to give or to keep back, is the validators' to decide.
    let mixed = world.propose("a-authority", grant(&["auditor", "dispatch.centre"]));
    assert_eq!(mixed, Err(Code::ROLE_MISSING));
    for word in ["centre", "dispatch.", ".centre", "dispatch.centre.more"] {
        if let Ok(name) = Name::parse(word) {
            let grant = Action::GrantRoles { code: code(B), roles: vec![name] };
            assert_eq!(world.propose("a-authority", grant), Err(Code::ROLE_UNKNOWN), "{word}");
        }
    }
}

#[test]
fn a_revoked_key_is_good_until_its_height_and_not_after() {
    let mut world = World::new();
    world.send("b", register("x", &["administrator"])).unwrap();
    world.send("b", revoke("x", Some(5))).unwrap();
    assert_eq!(world.height, Height(2));
    let use_it = |world: &mut World, label: &str| {
        world.send("x", register(label, &["recorder"])).map(|_| ())
    };
    assert_eq!(use_it(&mut world, "y3"), Ok(()));
    assert_eq!(use_it(&mut world, "y4"), Ok(()));
    assert_eq!(use_it(&mut world, "y5"), Err(Code::KEY_REVOKED));
    let who = identity(&world, &address("x"), NOW_MS).unwrap().unwrap();
    assert!(who.is_good_at(Height(4)) && !who.is_good_at(Height(5)));
    assert!(!world.key("x").is_good_at(Height(6)));
}

#[test]
fn without_a_height_a_revocation_counts_from_the_next_block() {
    let mut world = World::new();
    world.send("b-recorder", revoke("b-recorder", None)).unwrap();
    assert_eq!(world.key("b-recorder").revoked_from, Some(world.height.next()));
}

#[test]
fn a_revocation_never_reaches_back_and_is_never_put_off() {
    let mut world = World::new();
    world.height = Height(10);
    for height in [0, 10, 11] {
        // The call stands in block 11.
        world.height = Height(10);
        assert_eq!(
            world.send("b", revoke("b-recorder", Some(height))),
            Err(Code::REVOCATION_TOO_EARLY),
            "{height}"
        );
    }
    world.send("b", revoke("b-recorder", Some(100))).unwrap();
    for height in [100, 101] {
        assert_eq!(world.send("b", revoke("b-recorder", Some(height))), Err(Code::KEY_REVOKED));
    }
    world.send("b", revoke("b-recorder", Some(50))).unwrap();
    assert_eq!(world.key("b-recorder").revoked_from, Some(Height(50)));
    world.height = Height(60);
    assert_eq!(world.send("b", revoke("b-recorder", None)), Err(Code::KEY_REVOKED));
}

#[test]
fn a_rotated_key_hands_its_roles_to_its_successor() {
    let mut world = World::new();
    world.send("b-recorder", rotate("b-recorder", "x", Some(9))).unwrap();
    let (old, new) = (world.key("b-recorder"), world.key("x"));
    assert_eq!((old.revoked_from, old.replaced_by), (Some(Height(9)), Some(address("x"))));
    assert_eq!((new.roles, new.revoked_from, new.organization), (old.roles, None, code(B)));
    // The address of the old key is never free again.
    world.height = Height(20);
    assert_eq!(world.send("b", register("b-recorder", &["recorder"])), Err(Code::KEY_EXISTS));
    assert_eq!(world.send("b", rotate("x", "a", None)), Err(Code::KEY_EXISTS));
    assert_eq!(world.send("b", rotate("b-recorder", "y", None)), Err(Code::KEY_REVOKED));
    assert_eq!(world.send("b", rotate("x", "y", Some(1))), Err(Code::REVOCATION_TOO_EARLY));
    let foreign = SigningKey::from_seed(Suite::International, b"x").public_key().clone();
    let call = KeyRotate { public_key: foreign, ..rotate("x", "y", None) };
    assert_eq!(world.send("b", call), Err(Code::KEY_UNSUITABLE));
}

#[test]
fn a_key_whose_end_is_set_hands_nothing_on() {
    let mut world = World::new();
    // Whoever stole the recorder's key learns that it ends, and would rather go on under another.
    world.send("b", revoke("b-recorder", Some(50))).unwrap();
    for sender in ["b-recorder", "b"] {
        let stolen = rotate("b-recorder", "thief", None);
        assert_eq!(world.send(sender, stolen), Err(Code::KEY_REVOKED), "{sender}");
    }
    // Nor has a key two successors.
    world.send("c-auditor", rotate_for(C, "c-auditor", "x", Some(50))).unwrap();
    assert_eq!(
        world.send("c-auditor", rotate_for(C, "c-auditor", "y", None)),
        Err(Code::KEY_REVOKED)
    );
    assert_eq!(world.key("c-auditor").replaced_by, Some(address("x")));
}

#[test]
fn a_consensus_key_that_left_the_set_hands_its_role_to_none() {
    let mut world = World::new();
    world.decide(super::validators::add("e-validator", 1, 50)).unwrap();
    world.height = Height(50);
    world
        .decide(Action::RemoveValidator {
            address: address("e-validator"),
            activation_height: Height(100),
        })
        .unwrap();
    world.height = Height(100);
    assert_eq!(world.send("d", rotate("e-validator", "x", None)), Err(Code::NOT_ENTITLED));
    world.send("d", revoke("e-validator", None)).unwrap();
}

#[test]
fn keys_are_changed_by_themselves_and_their_administrators_only() {
    let mut world = World::new();
    assert_eq!(world.send("a", revoke("b-recorder", None)), Err(Code::NOT_OWNER));
    assert_eq!(world.send("a-recorder", revoke("a", None)), Err(Code::ROLE_MISSING));
    assert_eq!(world.send("a-recorder", rotate("a", "x", None)), Err(Code::ROLE_MISSING));
    assert_eq!(world.send("a", revoke("nobody", None)), Err(Code::KEY_UNKNOWN));
    assert_eq!(world.send("nobody", revoke("a", None)), Err(Code::SENDER_UNKNOWN));
    let long = KeyRevoke { reason: "x".repeat(513), ..revoke("a-recorder", None) };
    assert_eq!(world.send("a", long), Err(Code::TEXT_TOO_LONG));
}

#[test]
fn a_key_that_decides_blocks_is_not_revoked_before_it_is_removed() {
    let mut world = World::new();
    assert_eq!(world.send("b", revoke("b-validator", None)), Err(Code::VALIDATOR_KEY_IN_USE));
    assert_eq!(world.send("b", rotate("b-validator", "x", None)), Err(Code::VALIDATOR_KEY_IN_USE));
    // Nor one that is about to decide.
    world.decide(super::validators::add("e-validator", 1, 100)).unwrap();
    assert!(scheduled_set(&world, world.height.next()).unwrap().is_some());
    assert_eq!(world.send("d", revoke("e-validator", None)), Err(Code::VALIDATOR_KEY_IN_USE));
    world.height = Height(100);
    world
        .decide(Action::RemoveValidator {
            address: address("b-validator"),
            activation_height: Height(200),
        })
        .unwrap();
    assert_eq!(world.send("b", revoke("b-validator", None)), Err(Code::VALIDATOR_KEY_IN_USE));
    world.height = Height(199);
    world.send("b", revoke("b-validator", None)).unwrap();
}

#[test]
fn an_organisation_that_lost_its_keys_gets_a_new_administrator_by_decision() {
    let mut world = World::new();
    let recover = |label: &str| Action::RecoverOrganization {
        code: code(COUNTY),
        administrator: public(label),
    };
    assert_eq!(world.propose("a-authority", recover("x")), Err(Code::ROLE_MISSING));
    assert_eq!(world.propose("county", recover("x")), Err(Code::NOT_ENTITLED));
    assert_eq!(world.propose("a", recover("b")), Err(Code::KEY_EXISTS));
    world.decide(recover("x")).unwrap();
    world.send("x", revoke("county", None)).unwrap();
    world.send("x", register_for(COUNTY, "y", &["recorder"])).unwrap();
}

#[test]
fn a_key_is_registered_only_for_whom_it_signed_itself() {
    let mut world = World::new();
    let good = register("x", &["recorder"]);
    let other_key = KeyRegister { proof: proof("y", B), ..good.clone() };
    let other_organization = KeyRegister { proof: proof("x", A), ..good.clone() };
    let none = KeyRegister { proof: Signature([0; 64]), ..good.clone() };
    // An envelope's signature by the key is no proof, nor is a proof for another chain.
    let envelope =
        KeyRegister { proof: key("x").sign_now(b"yinglian/envelope-sign/v1"), ..good.clone() };
    let chain = GenesisHash(Hash([8; 32]));
    let bytes = possession_bytes(&chain, &code(B), &public("x"));
    let other_chain = KeyRegister { proof: key("x").sign_now(&bytes), ..good.clone() };
    for call in [other_key, other_organization, none, envelope, other_chain] {
        assert_eq!(world.send("b", call), Err(Code::KEY_PROOF_INVALID));
    }
    // A stranger's key cannot be taken away from him before he registers it himself.
    assert_eq!(world.send("c", good.clone()), Err(Code::KEY_PROOF_INVALID));
    world.send("b", good).unwrap();
    let unproven = KeyRotate { proof: proof("z", A), ..rotate("x", "z", None) };
    assert_eq!(world.send("x", unproven), Err(Code::KEY_PROOF_INVALID));
    assert_eq!(world.key("x").revoked_from, None);
    world.send("x", rotate("x", "z", None)).unwrap();
}

#[test]
fn a_key_without_roles_can_be_registered_and_do_nothing() {
    let mut world = World::new();
    world.send("b", register("x", &[])).unwrap();
    let who = identity(&world, &address("x"), NOW_MS).unwrap().unwrap();
    assert!(who.roles.is_empty() && !who.person && who.region.as_str() == "410400");
    assert_eq!(world.send("x", register("y", &["recorder"])), Err(Code::ROLE_MISSING));
}
