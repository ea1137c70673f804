//! Hostile bytes, and a state that is damaged.

use super::*;
use crate::{parameters, validator_peers, validator_set};
use proptest::prelude::*;
use yinglian_protocol::calls::METHODS;

#[test]
fn every_method_of_the_layouts_is_a_method_of_the_contract() {
    let own = MembershipContract.methods();
    let listed: Vec<_> =
        METHODS.iter().filter(|(contract, _, _)| *contract == MembershipContract.name()).collect();
    assert_eq!(listed.len(), own.len());
    for (_, method, version) in listed {
        assert!(
            own.iter().any(|known| known.name == *method && known.version == *version),
            "{method}"
        );
    }
    let unknown = Call { contract: "membership", method: "forget", version: 1, arguments: &[] };
    assert_eq!(MembershipContract.admit(&unknown), Err(Code::METHOD_UNKNOWN));
    let malformed = Call { method: "key.register", ..unknown };
    assert_eq!(MembershipContract.admit(&malformed), Err(Code::ARGUMENTS_MALFORMED));
}

#[test]
fn free_texts_of_every_call_reach_the_guard() {
    let texts = |call: Arguments| {
        let (contract, method, version) = call.method();
        let bytes = call.encode();
        MembershipContract.admit(&Call { contract, method, version, arguments: &bytes }).unwrap()
    };
    let organization = facts(NEW_TOWN, "410421902", Some(COUNTY));
    let expected = vec![organization.name.clone(), organization.short_name.clone()];
    let call = yinglian_protocol::calls::membership::OrganizationRegister {
        organization: organization.clone(),
        administrator: public("x"),
        proof: proof("x", NEW_TOWN),
    };
    assert_eq!(texts(call.into()), expected);
    let action = Action::ChangeOrganization { organization };
    let call = DecisionPropose { action, document: paper(1), title: "标题".into() };
    assert_eq!(texts(call.into()), [vec!["标题".to_owned()], expected].concat());
    let call = yinglian_protocol::calls::membership::KeyRevoke {
        address: address("x"),
        effective_height: None,
        reason: "原因".into(),
    };
    assert_eq!(texts(call.into()), ["原因"]);
}

#[test]
fn a_state_without_its_standing_entries_is_an_error_and_no_refusal() {
    for missing in
        [key_of::VALIDATORS.to_vec(), key_of::PARAMETERS.to_vec(), key_of::organization(&code(A))]
    {
        let mut world = World::new();
        world.registry.remove(&missing);
        let readable = [
            validator_set(&world, Height(1)).is_ok() && validator_peers(&world, Height(1)).is_ok(),
            parameters(&world).is_ok(),
            identity(&world, &address("a"), NOW_MS).is_ok(),
        ];
        assert_eq!(readable.iter().filter(|readable| !**readable).count(), 1);
    }
    let mut world = World::new();
    world.registry.get_mut(key_of::VALIDATORS).unwrap().body.pop();
    assert!(validator_set(&world, Height(1)).is_err());
    world.registry.remove(&key_of::validator(&address("a-validator")));
    assert!(validator_peers(&world, Height(1)).is_err());
}

fn examples() -> Vec<Arguments> {
    use yinglian_protocol::calls::membership::{
        ActConfirm, DelegateChange, DelegateRevoke, KeyRevoke, OrganizationRegister,
    };
    let propose = |action| DecisionPropose { action, document: paper(1), title: "决定".into() };
    let organization = facts(NEW_TOWN, "410421902", Some(COUNTY));
    let reason = || "原因".to_owned();
    vec![
        OrganizationRegister {
            organization: organization.clone(),
            administrator: public("x"),
            proof: proof("x", NEW_TOWN),
        }
        .into(),
        register_for(A, "x", &["recorder", "operator"]).into(),
        KeyRevoke { address: address("a-recorder"), effective_height: None, reason: reason() }
            .into(),
        propose(super::validators::add("x", 1, 50)).into(),
        propose(Action::ChangeOrganization { organization }).into(),
        propose(Action::GrantRoles { code: code(B), roles: names(&["auditor"]) }).into(),
        propose(super::modules::admit("register", 1, super::modules::REGISTER)).into(),
        propose(Action::SetProtocolVersion { version: 2, height: Height(50) }).into(),
        super::delegates::grant("a-empty", &["recorder"]).into(),
        DelegateChange {
            address: address("a-empty"),
            terms: super::delegates::terms(&["recorder"], "410400"),
        }
        .into(),
        DelegateRevoke { address: address("a-empty"), reason: reason() }.into(),
        super::two_person::rule(&["key.revoke"]).into(),
        ActConfirm { act: decision_id(Height(1)) }.into(),
    ]
}

proptest! {
    #[test]
    fn arbitrary_arguments_never_panic(
        method in 0_usize..13, bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let method = MembershipContract.methods()[method];
        let call = Call { contract: "membership", method: method.name, version: method.version, arguments: &bytes };
        let _ = MembershipContract.admit(&call);
    }

    /// Bytes that are almost right reach further than arbitrary ones, into the rules themselves.
    #[test]
    fn damaged_arguments_are_refused_with_a_code_or_applied_and_never_panic(
        example in 0_usize..13, keep in 0_usize..600,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let arguments = &examples()[example];
        let mut bytes = arguments.encode();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(keep);
        let (contract, method, version) = arguments.method();
        if let Ok(damaged) = Arguments::decode(contract, method, version, &bytes) {
            prop_assert_eq!(damaged.encode(), bytes);
            let mut world = World::new();
            world.send("a", register_for(A, "a-empty", &[])).unwrap();
            for sender in ["a", "a-authority", "county"] {
                let _ = world.try_send(sender, &damaged);
            }
        }
    }

    #[test]
    fn any_proposal_is_refused_with_a_code_or_applied_and_never_panics(
        sender in 0_usize..6, height in any::<u64>(), activation in any::<u64>(), weight in any::<u64>(),
        kind in 0_u8..6,
    ) {
        let mut world = World::new();
        world.height = Height(height);
        let action = match kind {
            0 => super::validators::add("x", weight, activation),
            1 => Action::RemoveValidator { address: address("a-validator"), activation_height: Height(activation) },
            4 => Action::SetProtocolVersion { version: kind.into(), height: Height(activation) },
            5 => super::modules::admit("register", 1, super::modules::REGISTER),
            2 => Action::SetParameter { name: Name::parse("heartbeat_ms_max").unwrap(), value: weight },
            _ => Action::RecoverOrganization { code: code(B), administrator: public("x") },
        };
        let sender = ["a", "b", "a-authority", "office", "a-validator", "nobody"][sender];
        let _ = world.propose(sender, action);
    }
}
