//! What the contracts of the chain declare: those that the program holds, and those that its registry holds.

use crate::adapters::api::unreadable;
use yinglian_contract_api::Contracts;
use yinglian_execution::View;
use yinglian_node_api::{Declared, Origin, Refusal};
use yinglian_protocol::{Code, Name};
use yinglian_state::{KeyValue, Space};
use yinglian_store::{Store, StoreError};

/// Registry keys of admitted modules begin so; the name follows.
pub const MODULES: &[u8] = b"module/";
/// The first key behind them: a slash is followed by a zero.
const MODULES_END: &[u8] = b"module0";
/// Most modules that are listed.
const MODULES_MAX: usize = 1_000;

/// What a contract declares; none when there is no such contract, or it declares nothing.
pub fn find(
    contracts: &Contracts,
    store: &Store,
    contract: &Name,
) -> Result<Option<Declared>, Refusal> {
    let found = contracts.find(&View::new(store), contract.as_str());
    let found = found.map_err(|error| {
        tracing::error!(%contract, %error, "contract cannot be read");
        Refusal::new(Code::STATE_CORRUPT)
    })?;
    let is_coded = contracts.iter().any(|coded| coded.name() == contract.as_str());
    let origin = if is_coded { Origin::Coded } else { Origin::Declared };
    Ok(found.and_then(|found| Some(Declared { interface: found.interface()?, origin })))
}

/// All of them: coded ones, then admitted ones, each by name.
pub fn all(contracts: &Contracts, store: &Store) -> Result<Vec<Declared>, Refusal> {
    let coded = contracts.iter().filter_map(|contract| contract.interface());
    let coded = coded.map(|interface| Declared { interface, origin: Origin::Coded });
    let mut all: Vec<Declared> = coded.collect();
    for name in modules(store)? {
        all.extend(find(contracts, store, &name)?.filter(|found| found.origin == Origin::Declared));
    }
    Ok(all)
}

/// Names of the modules in the registry.
fn modules(store: &Store) -> Result<Vec<Name>, Refusal> {
    let entries = store.scan(Space::RegistryValues, MODULES, MODULES_END, MODULES_MAX);
    let entries = entries.map_err(|error| unreadable(StoreError::State(error)))?;
    let name = |key: &[u8]| {
        let text = std::str::from_utf8(key.strip_prefix(MODULES)?).ok()?;
        Name::parse(text).ok()
    };
    Ok(entries.iter().filter_map(|(key, _)| name(key)).collect())
}

/// A value that does not fit what is declared: the code, and where.
pub fn refused(refusal: yinglian_interface::Refusal) -> Refusal {
    Refusal::new(refusal.code).detail(refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::rules::contracts;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi/v1.json");

    /// The routes, and the queries of the program's own contracts. `UPDATE_VECTORS=1` writes the file anew.
    #[test]
    fn the_committed_description_is_that_of_the_program() {
        let contracts = contracts().unwrap();
        let declared: Vec<Declared> = contracts
            .iter()
            .map(|contract| Declared {
                interface: contract.interface().expect("a coded contract declares itself"),
                origin: Origin::Coded,
            })
            .collect();
        let described = yinglian_node_api::openapi_json(&declared);
        if std::env::var_os("UPDATE_VECTORS").is_some() {
            std::fs::write(FILE, &described).unwrap();
        }
        let committed = std::fs::read_to_string(FILE).unwrap();
        assert!(
            committed == described,
            "docs/openapi/v1.json is out of date; UPDATE_VECTORS=1 writes it"
        );
    }
}
