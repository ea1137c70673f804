//! What other contracts learn of members.

use super::*;
use yinglian_contract_api::FactValues;
use yinglian_interface::Value;

fn told(world: &World, name: &str, version: u16, key: &[Value]) -> Option<FactValues> {
    MembershipContract.fact(world, name, version, key).unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_contract_learns_where_an_organisation_stands_and_whether_it_is_suspended() {
    let mut world = World::new();
    let of = |world: &World, code: &str| told(world, "organization", 1, &[text(code)]).unwrap();
    let county = of(&world, COUNTY);
    assert_eq!(county["region"], text("410421"));
    assert_eq!(county["parent"], Value::Option(Some(Box::new(text(OFFICE)))));
    assert_eq!(county["suspended"], Value::Bool(false));
    assert_eq!(of(&world, A)["parent"], Value::Option(None));
    let suspend = Action::SuspendOrganization { code: code(COUNTY), suspended: true };
    world.propose("a-authority", suspend).unwrap();
    assert_eq!(of(&world, COUNTY)["suspended"], Value::Bool(true));
}

#[test]
fn questions_that_have_no_answer_get_none() {
    let world = World::new();
    for (name, version, key) in [
        ("organization", 1, vec![text(NEW_TOWN)]),
        ("organization", 1, vec![text("no code")]),
        ("organization", 1, vec![Value::Bool(true)]),
        ("organization", 1, vec![text(A), text(A)]),
        ("organization", 1, vec![]),
        ("organization", 2, vec![text(A)]),
        ("key", 1, vec![text(A)]),
    ] {
        assert_eq!(told(&world, name, version, &key), None, "{name} {version} {key:?}");
    }
}

#[test]
fn what_is_told_is_what_the_interface_declares() {
    let text = include_str!("../../interface.json");
    let interface = yinglian_interface::Interface::from_json(text).unwrap();
    let declared = &interface.shape().provides[0];
    let names: Vec<&str> = declared.value.iter().map(|field| field.name.as_str()).collect();
    let told = told(&World::new(), declared.name.as_str(), declared.version, &[self::text(A)]);
    let mut found: Vec<String> = told.unwrap().into_keys().collect();
    found.sort_by_key(|name| names.iter().position(|declared| declared == name));
    assert_eq!(found, names);
}
