//! The first entries, and the network that the repository ships.

use super::*;
use crate::{parameters, validator_set};
use std::collections::BTreeSet;
use yinglian_protocol::{GenesisTemplate, TemplateKeys, ValidatorSeat, guard};

fn refused(alter: impl FnOnce(&mut GenesisDocument)) -> Code {
    let mut document = document();
    alter(&mut document);
    genesis_entries(&document).unwrap_err()
}

#[test]
fn genesis_holds_what_the_document_says() {
    let world = World::new();
    // 7 organisations, 11 keys and 4 consensus keys, 4 validators, the set, the parameters.
    assert_eq!(world.registry.len(), 7 + 15 + 4 + 1 + 1);
    assert!(world.registry.values().all(|value| value.version == 1 && value.written_at.is_none()));
    assert_eq!(parameters(&world).unwrap(), Parameters::default());
    let set = validator_set(&world, Height(1)).unwrap();
    assert_eq!((set.len(), set.total_weight()), (4, 4));
    assert_eq!(world.organization(OFFICE).children, 1);
    let who = identity(&world, &address("a-authority"), NOW_MS).unwrap().unwrap();
    assert_eq!((who.organization, who.roles), (code(A), names(&["authority"])));
}

#[test]
fn a_document_that_breaks_a_rule_is_refused_with_its_code() {
    assert_eq!(
        refused(|d| d.organizations.push(d.organizations[0].clone())),
        Code::GENESIS_INVALID
    );
    assert_eq!(refused(|d| d.organizations.swap(5, 6)), Code::ORGANIZATION_UNKNOWN);
    assert_eq!(
        refused(|d| d.organizations[6].region = Region::parse("410422901").unwrap()),
        Code::REGION_INVALID
    );
    assert_eq!(refused(|d| d.organizations[0].name.clear()), Code::ARGUMENTS_MALFORMED);
    assert_eq!(refused(|d| d.organizations[0].roles = names(&["recorder"])), Code::ROLE_UNKNOWN);
    assert_eq!(refused(|d| d.keys.push(d.keys[0].clone())), Code::GENESIS_INVALID);
    assert_eq!(refused(|d| d.keys[0].roles = names(&["king"])), Code::ROLE_UNKNOWN);
    assert_eq!(refused(|d| d.keys[0].roles = names(&["validator"])), Code::GENESIS_INVALID);
    assert_eq!(refused(|d| d.keys[3].roles = names(&["authority"])), Code::NOT_ENTITLED);
    assert_eq!(refused(|d| d.keys[0].organization = code(NEW_TOWN)), Code::ORGANIZATION_UNKNOWN);
    assert_eq!(refused(|d| d.suite = Suite::International), Code::KEY_UNSUITABLE);
    assert_eq!(refused(|d| d.validators.clear()), Code::GENESIS_INVALID);
    assert_eq!(refused(|d| d.validators[0].weight = 0), Code::VALIDATOR_INVALID);
    assert_eq!(refused(|d| d.validators[0].addresses.clear()), Code::VALIDATOR_INVALID);
    assert_eq!(
        refused(|d| d.validators[1].public_key = d.validators[0].public_key.clone()),
        Code::GENESIS_INVALID
    );
    assert_eq!(refused(|d| d.parameters.block_records_max = 0), Code::PARAMETER_INVALID);
    let chain = |d: &mut GenesisDocument| {
        // Nine levels: each department below the one before.
        let mut parent = None;
        for number in 0..9 {
            let mut organization = d.organizations[0].clone();
            organization.code = synthetic(number);
            organization.parent = parent;
            parent = Some(organization.code);
            d.organizations.push(organization);
        }
    };
    assert_eq!(refused(chain), Code::TREE_INVALID);
}

#[test]
fn only_a_test_begins_with_fewer_than_four_validators() {
    let mut document = document();
    document.test_clock = false;
    assert!(genesis_entries(&document).is_ok());
    document.validators.truncate(1);
    assert_eq!(genesis_entries(&document), Err(Code::VALIDATORS_TOO_FEW));
    document.test_clock = true;
    assert!(genesis_entries(&document).is_ok());
}

fn synthetic(number: u32) -> CreditCode {
    let with =
        |last: char| CreditCode::parse(&format!("11410400XX{:07}{last}", 9_000 + number)).ok();
    "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().find_map(with).unwrap()
}

#[test]
fn a_document_survives_its_text_and_bytes() {
    let document = document();
    let text = toml::to_string(&document).unwrap();
    assert!(text.contains("time = \"2026-11-24T05:00:00.000Z\""), "{text}");
    assert_eq!(toml::from_str::<GenesisDocument>(&text).unwrap(), document);
    let bytes = yinglian_protocol::codec::encode(&document);
    let decoded: GenesisDocument =
        yinglian_protocol::codec::decode_strict(&bytes, 1 << 20).unwrap();
    assert_eq!(decoded, document);
    let unknown = format!("colour = \"red\"\n{text}");
    assert!(toml::from_str::<GenesisDocument>(&unknown).is_err());
}

#[test]
fn the_shipped_network_makes_a_genesis() {
    let text = include_str!("../../../../genesis/devnet.toml");
    let template: GenesisTemplate = toml::from_str(text).unwrap();
    let mut made = TemplateKeys::default();
    for organization in &template.organizations {
        for wanted in &organization.keys {
            let label = format!("{}/{}", organization.id, wanted.name);
            made.keys.insert((organization.id.clone(), wanted.name.clone()), public(&label));
        }
        let seat = ValidatorSeat {
            public_key: public(&format!("{}/validator", organization.id)),
            peer_id: PEER.into(),
            addresses: vec!["/ip4/127.0.0.1/tcp/4001".into()],
        };
        made.seats.insert(organization.id.clone(), seat);
    }
    let document = template.fill(1_795_496_400_000, false, &made).unwrap();
    let world = World::of(&document);
    let set = validator_set(&world, Height(1)).unwrap();
    let departments: BTreeSet<_> = set.iter().map(|validator| validator.organization).collect();
    assert_eq!(departments, BTreeSet::from([A, B, C, D].map(code)));
    assert!(set.iter().all(|validator| validator.weight == 1));
    assert!(world.organization(A).roles.contains(&Name::parse("authority").unwrap()));
    let townships = [TOWN, NEW_TOWN].map(|town| world.organization(town).facts.parent);
    assert_eq!(townships, [Some(code(COUNTY)); 2]);
    assert_eq!(world.organization(COUNTY).children, 2);
    for organization in &document.organizations {
        assert_eq!(guard::find(&organization.name).or(guard::find(&organization.short_name)), None);
    }
    made.seats.clear();
    let error = template.fill(0, false, &made).unwrap_err();
    assert_eq!(error.what, "validator");
}
