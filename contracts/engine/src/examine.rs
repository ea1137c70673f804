//! What a document must hold to become a module: whole by itself, and beside the version that is admitted.
//!
//! Comes in: bytes from anybody, the interface in force. Goes out: a [`Machine`], or the name of the guard that refuses. Never: state.

use yinglian_contract_api::Machine;
use yinglian_interface::{
    Definition, Fault, Field, Interface, Type,
    shape::{Entity, Method, Shape},
};

/// Highest bound on the cost of all methods of a module together, in steps of the evaluator.
const MODULE_COST_MAX: u64 = 500_000;

/// Compiles a document whose rules need no code and cost little enough.
pub(crate) fn machine(document: &[u8]) -> Option<Machine> {
    let interface = Interface::from_document(document).ok()?;
    if !interface.module_faults().iter().all(is_about_names) {
        return None;
    }
    let machine = Machine::new(interface).ok()?;
    let methods = machine.interface().methods();
    let cost = methods.filter_map(|method| machine.cost(method.name.as_str(), method.version));
    let cost = cost.fold(0, u64::saturating_add);
    (cost <= MODULE_COST_MAX).then_some(machine)
}

/// Names and keys have a guard of their own.
fn is_about_names(fault: &Fault) -> bool {
    fault.place == "contract"
        || (fault.place.starts_with("entity/") && !fault.place.contains("/action/"))
}

/// A name that no program's contract has or may get a key of, and keys that begin with it.
pub(crate) fn name_is_free(shape: &Shape, reserved: &[String]) -> bool {
    let name = shape.contract.as_str();
    // With a dot in it, the keys of one contract could begin with the name of another.
    let taken = name.contains('.') || reserved.iter().any(|taken| taken == name);
    let own = |entity: &Entity| {
        let rest = entity.prefix.as_str().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    !taken && shape.entities.iter().all(own)
}

/// True when everything that was published in one version is in the next as it was. Rules, texts, states at the end, cases at the end, new
/// methods and new entities may differ; what is stored stays readable, and what was published keeps its meaning.
pub(crate) fn layouts_stay(before: &Interface, after: &Interface) -> bool {
    let (old, new) = (before.shape(), after.shape());
    let entities = old.entities.iter().all(|entity| {
        let found = new.entities.iter().find(|found| found.name == entity.name);
        found.is_some_and(|found| entity_stays(entity, found))
    });
    let methods = old.methods.iter().all(|method| {
        let found = new.method(method.name.as_str(), method.version);
        found.is_some_and(|found| method_stays(method, found))
    });
    let facts = old.provides.iter().all(|fact| new.provides.contains(fact));
    let indicators = old.indicators.iter().all(|indicator| new.indicators.contains(indicator));
    let types = old.types.iter().all(|definition| {
        let found = new.types.iter().find(|found| found.name() == definition.name());
        found.is_some_and(|found| definition_stays(definition, found))
    });
    entities && methods && facts && indicators && types
}

fn entity_stays(before: &Entity, after: &Entity) -> bool {
    let begins = |before: &[&str], after: &[&str]| after.starts_with(before);
    let states = |entity: &Entity| -> Vec<String> {
        entity.states.iter().map(|state| state.name.to_string()).collect()
    };
    let clocks = |entity: &Entity| -> Vec<String> {
        entity.deadlines.iter().map(|deadline| deadline.name.to_string()).collect()
    };
    fn texts(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let (old_states, new_states) = (states(before), states(after));
    let (old_clocks, new_clocks) = (clocks(before), clocks(after));
    (before.schema, &before.prefix, &before.key) == (after.schema, &after.prefix, &after.key)
        && same_layout(&before.fields, &after.fields)
        // The first state or clock of an entity puts a field before all others.
        && before.states.is_empty() == after.states.is_empty()
        && before.deadlines.is_empty() == after.deadlines.is_empty()
        && begins(&texts(&old_states), &texts(&new_states))
        && begins(&texts(&old_clocks), &texts(&new_clocks))
}

fn method_stays(before: &Method, after: &Method) -> bool {
    same_layout(&before.arguments, &after.arguments) && before.performs == after.performs
}

fn same_layout(before: &[Field], after: &[Field]) -> bool {
    before == after
}

fn definition_stays(before: &Definition, after: &Definition) -> bool {
    match (before, after) {
        (Definition::Choice { cases: old, .. }, Definition::Choice { cases: new, .. }) => {
            let layout = |case: &yinglian_interface::Case| -> (String, u8, Option<Type>) {
                (case.name.to_string(), case.tag, case.of.clone())
            };
            let new: Vec<_> = new.iter().map(layout).collect();
            new.starts_with(&old.iter().map(layout).collect::<Vec<_>>())
        }
        (before, after) => before == after,
    }
}
