//! Declared modules, by decision, over documents that another contract keeps.

use super::*;
use crate::ModuleRecord;
use yinglian_contract_api::FactValues;
use yinglian_interface::Value;
use yinglian_protocol::calls::ModuleEntry;

/// Digests of documents: `register` 1 and 2, and one whose contract answers nonsense.
pub(super) const REGISTER: Hash = Hash([21; 32]);
const REGISTER_2: Hash = Hash([22; 32]);
const NONSENSE: Hash = Hash([23; 32]);

/// The contract that keeps documents, as far as it is asked.
pub(super) struct Documents;

impl Contract for Documents {
    fn name(&self) -> &str {
        "modules"
    }

    fn has_method(&self, _: &str, _: u16) -> bool {
        false
    }

    fn admit(&self, _: &Call<'_>) -> Result<Vec<String>, Code> {
        Err(Code::METHOD_UNKNOWN)
    }

    fn call(&self, _: &mut Ctx<'_>, _: &Call<'_>) -> Result<(), CallError> {
        Err(Code::METHOD_UNKNOWN.into())
    }

    fn fact(
        &self,
        _: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        assert_eq!((name, version), ("document", 1));
        let [Value::Bytes(digest)] = key else { return Ok(None) };
        let version = match digest.first() {
            Some(21) => 1,
            Some(22) => 2,
            Some(23) => return Ok(Some(FactValues::new())),
            _ => return Ok(None),
        };
        let shape_hash = Value::Bytes(vec![digest[0] + 100; 32]);
        let contract = Value::Text("register".into());
        Ok(Some(FactValues::from([
            ("contract".to_owned(), contract),
            ("version".to_owned(), Value::Integer(version)),
            ("shape_hash".to_owned(), shape_hash),
        ])))
    }
}

pub(super) fn admit(contract: &str, version: u16, digest: Hash) -> Action {
    Action::AdmitModule { contract: Name::parse(contract).unwrap(), version, digest }
}

fn retire() -> Action {
    Action::RetireModule { contract: Name::parse("register").unwrap() }
}

fn entry(world: &World) -> ModuleEntry {
    let key = key_of::module(&Name::parse("register").unwrap());
    world.get::<ModuleRecord>(&key).unwrap().0
}

#[test]
fn a_module_stands_under_its_name_when_three_of_four_admit_it() {
    let mut world = World::new();
    let id = world.propose("a", admit("register", 1, REGISTER)).unwrap();
    world.approve("b", id).unwrap();
    assert!(world.registry.keys().all(|key| !key.starts_with(b"module/")));
    world.approve("c", id).unwrap();
    let admitted = entry(&world);
    assert_eq!((admitted.version, admitted.digest), (1, REGISTER));
    assert_eq!((admitted.shape_hash, admitted.admitted_at), (Hash([121; 32]), world.height));
    assert!(admitted.is_in_force());
    world.decide(admit("register", 2, REGISTER_2)).unwrap();
    assert_eq!((entry(&world).version, entry(&world).digest), (2, REGISTER_2));
}

#[test]
fn a_document_that_is_not_there_or_another_ones_is_not_admitted() {
    let mut world = World::new();
    for (action, code) in [
        (admit("register", 1, Hash([9; 32])), Code::MODULE_UNKNOWN),
        (admit("record", 1, REGISTER), Code::MODULE_INVALID),
        (admit("register", 2, REGISTER), Code::MODULE_INVALID),
        (admit("register", 1, NONSENSE), Code::MODULE_INVALID),
    ] {
        assert_eq!(world.propose("a", action), Err(code));
    }
    assert_eq!(
        world.propose("a-authority", admit("register", 1, REGISTER)),
        Err(Code::ROLE_MISSING)
    );
    // Without the contract that keeps documents there are none.
    world.contracts = Contracts::default();
    assert_eq!(world.propose("a", admit("register", 1, REGISTER)), Err(Code::MODULE_UNKNOWN));
}

#[test]
fn versions_of_a_module_rise_and_a_retired_one_does_not_come_back() {
    let mut world = World::new();
    assert_eq!(world.propose("a", retire()), Err(Code::MODULE_UNKNOWN));
    world.decide(admit("register", 2, REGISTER_2)).unwrap();
    for (version, digest) in [(1, REGISTER), (2, REGISTER_2)] {
        let action = admit("register", version, digest);
        assert_eq!(world.propose("a", action), Err(Code::MODULE_INVALID), "{version}");
    }
    world.decide(retire()).unwrap();
    assert_eq!(entry(&world).retired_at, Some(world.height));
    assert!(!entry(&world).is_in_force());
    assert_eq!(world.propose("a", retire()), Err(Code::MODULE_INVALID));
    assert_eq!(world.propose("a", admit("register", 2, REGISTER_2)), Err(Code::MODULE_INVALID));
}
