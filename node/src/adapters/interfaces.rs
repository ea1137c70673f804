//! What the contracts of the chain declare: those that the program holds, and those that its registry holds.

use crate::adapters::api::unreadable;
use crate::ledger::Ledger;
use yinglian_execution::View;
use yinglian_node_api::{Declared, Origin, Refusal};
use yinglian_protocol::{Code, Name};
use yinglian_state::{KeyValue, Space};
use yinglian_store::StoreError;

/// Registry keys of admitted modules begin so; the name follows.
const MODULES: &[u8] = b"module/";
/// The first key behind them: a slash is followed by a zero.
const MODULES_END: &[u8] = b"module0";
/// Most modules that are listed.
const MODULES_MAX: usize = 1_000;

/// What a contract declares; none when there is no such contract, or it declares nothing.
pub fn find(ledger: &Ledger, contract: &Name) -> Result<Option<Declared>, Refusal> {
    let contracts = &ledger.chain.contracts;
    let found = contracts.find(&View::new(&ledger.store), contract.as_str());
    let found = found.map_err(|error| {
        tracing::error!(%contract, %error, "contract cannot be read");
        Refusal::new(Code::STATE_CORRUPT)
    })?;
    let is_coded = contracts.iter().any(|coded| coded.name() == contract.as_str());
    let origin = if is_coded { Origin::Coded } else { Origin::Declared };
    Ok(found.and_then(|found| Some(Declared { interface: found.interface()?, origin })))
}

/// All of them: coded ones, then admitted ones, each by name.
pub fn all(ledger: &Ledger) -> Result<Vec<Declared>, Refusal> {
    let coded = ledger.chain.contracts.iter().filter_map(|contract| contract.interface());
    let coded = coded.map(|interface| Declared { interface, origin: Origin::Coded });
    let mut all: Vec<Declared> = coded.collect();
    for name in modules(ledger)? {
        all.extend(find(ledger, &name)?.filter(|found| found.origin == Origin::Declared));
    }
    Ok(all)
}

/// Names of the modules in the registry.
fn modules(ledger: &Ledger) -> Result<Vec<Name>, Refusal> {
    let entries = ledger.store.scan(Space::RegistryValues, MODULES, MODULES_END, MODULES_MAX);
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
