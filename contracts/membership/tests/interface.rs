//! `interface.json` against the code: methods and their roles, registry keys, and the layout of every stored object.

#[path = "../../../sdk/interface/tests/support/mod.rs"]
mod support;

use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use support::{MEMBERSHIP, Random, golden, random_record};
use yinglian_contract_api::{Contract, Entity};
use yinglian_membership::{
    Act, Decision, Delegation, EvidenceEntry, Key, MembershipContract, ModuleRecord, Organization,
    ProtocolEntry, TwoPersonRule, ValidatorEntry, Validators, key_of,
};
use yinglian_protocol::{Address, CreditCode, EnvelopeId, Hash, Name, Parameters};

#[test]
fn the_program_holds_the_golden_interface() {
    let held = MembershipContract.interface().expect("the embedded file reads");
    assert_eq!(*held, golden(MEMBERSHIP));
}

#[test]
fn methods_and_roles_are_those_of_the_contract() {
    let interface = golden(MEMBERSHIP);
    assert_eq!(interface.shape().contract.as_str(), MembershipContract.name());
    let declared = interface.shape().methods.iter().map(|method| {
        assert_eq!(method.actors.len(), 1);
        let role = method.actors[0].role.as_ref().map(|role| role.as_str());
        (method.name.as_str(), (method.version, role))
    });
    let declared: BTreeMap<_, _> = declared.collect();
    let coded = MembershipContract.methods().iter();
    let coded: BTreeMap<_, _> =
        coded.map(|method| (method.name, (method.version, method.role))).collect();
    assert_eq!(declared, coded);
}

#[test]
fn registry_keys_begin_with_the_declared_prefix() {
    let interface = golden(MEMBERSHIP);
    let code = CreditCode::parse("11410400XX0000019H").unwrap();
    let address = Address::from_bytes(&[1; 21]).unwrap();
    let keys = [
        ("organization", key_of::organization(&code)),
        ("key", key_of::key(&address)),
        ("validator", key_of::validator(&address)),
        ("validators", key_of::VALIDATORS.to_vec()),
        ("parameters", key_of::PARAMETERS.to_vec()),
        ("decision", key_of::decision(&EnvelopeId(Hash([1; 32])))),
        ("delegation", key_of::delegation(&address)),
        ("two_person_rule", key_of::two_person_rule(&code)),
        ("act", key_of::act(&EnvelopeId(Hash([1; 32])))),
        ("module", key_of::module(&Name::parse("register").unwrap())),
        ("protocol", key_of::PROTOCOL.to_vec()),
    ];
    for (entity, key) in keys {
        let entity = interface.shape().entity(entity).unwrap();
        let key = String::from_utf8(key).unwrap();
        let parts: Vec<&str> = key.split('/').collect();
        assert_eq!(parts[0], entity.prefix.as_str());
        assert_eq!(parts.len(), 1 + entity.key.len(), "{key}");
    }
}

/// Bodies drawn from the declaration are read by the struct and written by it as the same bytes. A struct may refuse more: a
/// validator set is sorted. Returns how many of 200 it took.
fn agree<T: BorshSerialize + BorshDeserialize>(entity: &str, schema: u16) -> usize {
    let interface = golden(MEMBERSHIP);
    let entity = interface.shape().entity(entity).unwrap();
    assert_eq!(entity.schema, schema, "{}", entity.name);
    let layout = entity.layout();
    let drawn = (0..200).filter(|seed| {
        let values = random_record(&mut Random(*seed), &layout, interface.definitions());
        let bytes = interface.codec().encode_record(&layout, &values, 1 << 16).unwrap();
        let Ok(body) = T::try_from_slice(&bytes) else { return false };
        assert_eq!(borsh::to_vec(&body).unwrap(), bytes, "{}", entity.name);
        assert!(interface.object_to_json(schema, &bytes).is_ok());
        true
    });
    drawn.count()
}

#[test]
fn stored_objects_have_the_declared_layout() {
    assert_eq!(agree::<Organization>("organization", Organization::SCHEMA), 200);
    assert_eq!(agree::<Key>("key", Key::SCHEMA), 200);
    assert_eq!(agree::<ValidatorEntry>("validator", ValidatorEntry::SCHEMA), 200);
    assert_eq!(agree::<Decision>("decision", Decision::SCHEMA), 200);
    assert_eq!(agree::<EvidenceEntry>("evidence", EvidenceEntry::SCHEMA), 200);
    assert_eq!(agree::<Parameters>("parameters", 5), 200);
    assert_eq!(agree::<Delegation>("delegation", Delegation::SCHEMA), 200);
    assert_eq!(agree::<TwoPersonRule>("two_person_rule", TwoPersonRule::SCHEMA), 200);
    assert_eq!(agree::<Act>("act", Act::SCHEMA), 200);
    assert_eq!(agree::<ModuleRecord>("module", ModuleRecord::SCHEMA), 200);
    assert_eq!(agree::<ProtocolEntry>("protocol", ProtocolEntry::SCHEMA), 200);
    // Drawn sets hold one key, and the struct refuses it twice.
    let sets = agree::<Validators>("validators", Validators::SCHEMA);
    assert!(sets > 20, "{sets}");
}
