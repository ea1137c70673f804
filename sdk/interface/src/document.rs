//! The document of a declared module: what is uploaded, hashed, decided on and run.
//!
//! Comes in: an interface, or bytes from anybody. Goes out: one text for one interface, its hash, or a refusal before the work that it
//! would cost. Never: TOML; that is the author's form.

use crate::{
    Fault, Interface, InterfaceError, Shape, Texts,
    expression::Compiled,
    shape::{Entity, Expression, Method},
};
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::Name;

/// Largest document of a module, bytes.
pub const MODULE_DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of each part of a document but the last, which may be shorter.
pub const MODULE_PART_BYTES: usize = 48 * 1024;
/// Most bytes of expressions that checking a module reads, each as often as a method may evaluate it.
pub const MODULE_WORK_MAX: usize = 1024 * 1024;

/// Highest bound on the cost of one method of a module, in steps of the evaluator: about 100 microseconds.
pub const METHOD_COST_MAX: u64 = 20_000;

/// Tag of the hash of a document.
const TAG: &str = "yinglian/module-document/v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    shape: Shape,
    texts: Texts,
}

/// Hash of a document, under which its parts are stored and by which a decision names it.
pub fn document_hash(suite: Suite, document: &[u8]) -> Hash {
    suite.tagged_hash(TAG, &[document])
}

impl Interface {
    /// The document: JSON without blanks, one text for one interface.
    pub fn to_document(&self) -> String {
        let document = Document { shape: self.shape().clone(), texts: self.texts().clone() };
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// What keeps an interface from being a module: rules that need code, keys that are not its own, methods that cost too much.
    pub fn module_faults(&self) -> Vec<Fault> {
        faults(self)
    }

    /// Reads a document that anybody may have written: its size and the work of its check are bounded first, and it has the one form.
    pub fn from_document(bytes: &[u8]) -> Result<Self, InterfaceError> {
        let form = |problem: &str| InterfaceError::Form(problem.into());
        if bytes.len() > MODULE_DOCUMENT_BYTES_MAX {
            return Err(form("the document is larger than 256 KiB"));
        }
        let text = core::str::from_utf8(bytes).map_err(|_| form("the document is not UTF-8"))?;
        let document: Document =
            serde_json::from_str(text).map_err(|error| InterfaceError::Form(format!("{error}")))?;
        if work(&document.shape) > MODULE_WORK_MAX {
            return Err(form("its rules are read by too many methods; split the contract"));
        }
        let interface = Self::new(document.shape, document.texts)?;
        if interface.to_document() != text {
            return Err(form("the document is not in its one form; write it with yinglian module"));
        }
        Ok(interface)
    }
}

/// Rules of a module beside those of every interface: it brings no code, its name and keys are its own, and its methods cost little.
fn faults(interface: &Interface) -> Vec<Fault> {
    let shape = interface.shape();
    let mut faults = Vec::new();
    let mut fault = |place: String, problem: &str, remedy: &str| {
        faults.push(Fault { place, problem: problem.into(), remedy: remedy.into() });
    };
    let name = shape.contract.as_str();
    // With a dot in it, the keys of one contract could begin with the name of another.
    if name.contains('.') {
        fault("contract".into(), "has a dot in its name", "use letters, digits, _ and -");
    }
    for guard in shape.guards.iter().filter(|guard| guard.rule.is_none()) {
        let place = format!("guard/{}", guard.name);
        fault(place, "has no rule, which only code could answer", "write rule = …");
    }
    for entity in &shape.entities {
        let place = format!("entity/{}", entity.name);
        let rest = entity.prefix.as_str().strip_prefix(name);
        if !rest.is_some_and(|rest| rest.starts_with('.')) {
            let problem = "has a prefix that does not begin with the contract's name and a dot";
            fault(place.clone(), problem, "leave prefix away, or write CONTRACT.ENTITY");
        }
        for row in &entity.transitions {
            if row.sets.iter().any(|set| set.value.is_none()) {
                let place = format!("{place}/action/{}", row.action);
                fault(place, "sets a value that only code could compute", "write an expression");
            }
        }
    }
    for method in &shape.methods {
        let place = format!("method/{}", method.name);
        if method.performs.is_empty() {
            let problem = "performs no transition, so only code could carry it out";
            fault(place.clone(), problem, "name what it performs");
        }
        if cost(interface, method).is_none_or(|cost| cost > METHOD_COST_MAX) {
            let problem = format!("may cost more than {METHOD_COST_MAX} steps");
            fault(place, &problem, "shorten the lists that its rules look through");
        }
    }
    faults
}

/// Bound on the cost of a method: of each action, all its choices and its dearest row.
fn cost(interface: &Interface, method: &Method) -> Option<u64> {
    let shape = interface.shape();
    let mut cost = 0_u64;
    for performs in &method.performs {
        let entity = shape.entity(performs.entity.as_str())?;
        let mut dearest = 0_u64;
        for row in entity.transitions.iter().filter(|row| row.action == performs.action) {
            let variables = interface.variables(method, Some((entity, row)))?;
            let of = |source: &Expression| -> Option<u64> {
                Compiled::new(&source.0, &variables).ok().map(|compiled| compiled.cost())
            };
            let guards =
                row.guards.iter().filter_map(|name| shape.guard(name.as_str())?.rule.as_ref());
            let sets = row.sets.iter().filter_map(|set| set.value.as_ref());
            // `null` and names of cases alone have no kind of their own, and cost a step.
            let sum = guards.chain(sets).map(|source| of(source).unwrap_or(1));
            dearest = dearest.max(sum.fold(0, u64::saturating_add));
            cost = cost.saturating_add(row.when.as_ref().and_then(of).unwrap_or(0));
        }
        cost = cost.saturating_add(dearest);
    }
    Some(cost)
}

/// Bytes of expressions that the check compiles.
fn work(shape: &Shape) -> usize {
    let guard = |name: &Name| {
        let rule = shape.guard(name.as_str()).and_then(|guard| guard.rule.as_ref());
        rule.map_or(0, |rule| rule.0.len()).saturating_add(16)
    };
    // A rule that reads facts asks each of them with its own expressions.
    let asks = shape
        .asks
        .iter()
        .flat_map(|ask| &ask.key)
        .fold(0_usize, |sum, key| sum.saturating_add(key.0.len()));
    let row_of = |entity: &Entity, action: &Name| {
        let rows = entity.transitions.iter().filter(|row| row.action == *action);
        rows.fold(0_usize, |sum, row| {
            let guards = row.guards.iter().map(guard).fold(0, usize::saturating_add);
            let sets = row.sets.iter().filter_map(|set| set.value.as_ref());
            let sets =
                sets.map(|value| value.0.len().saturating_add(16)).fold(0, usize::saturating_add);
            let when = row.when.as_ref().map_or(0, |when| when.0.len());
            let asked = asks.saturating_mul(row.guards.len().saturating_add(1));
            sum.saturating_add(guards)
                .saturating_add(sets)
                .saturating_add(when)
                .saturating_add(asked)
        })
    };
    shape.methods.iter().fold(0_usize, |sum, method| {
        let performed = method.performs.iter().filter_map(|performs| {
            Some(row_of(shape.entity(performs.entity.as_str())?, &performs.action))
        });
        sum.saturating_add(performed.fold(64, usize::saturating_add))
    })
}
