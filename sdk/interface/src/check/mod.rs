//! The rules that an interface holds, and what to do about each that it breaks.
//!
//! Comes in: a shape with its texts. Goes out: every [`Fault`], not only the first, with place, problem and remedy. Never: a
//! repair, a warning: what is here is a rule.

mod entities;
mod rules;
mod texts;
mod types;

pub(crate) use rules::variables;

use crate::{
    Shape, Texts,
    codec::Definitions,
    shape::{Actor, Scope},
    types::{Field, IdKind, Type},
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;
use yinglian_protocol::Name;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Place in the shape, `entity/event/action/verify`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Fault {
    /// The fault in one line.
    pub fn line(&self) -> String {
        format!("{}: {}; {}", self.place, self.problem, self.remedy)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

/// Most items of any list of the shape, so that checking costs little before it refuses.
const ITEMS_MAX: usize = 256;
/// Most pairs of a method and a row of an entity that it performs an action of.
const PERFORMED_MAX: usize = 16_384;

/// Checks everything; returns the definitions that the codec needs.
pub(crate) fn check(shape: &Shape, texts: &Texts) -> (Definitions, Vec<Fault>) {
    let mut checker = Checker {
        shape,
        texts,
        definitions: Definitions::built_in(),
        faults: Vec::new(),
        used: Used::default(),
    };
    checker.sizes();
    if checker.faults.is_empty() {
        checker.definitions();
    }
    // Rules look into types, so the types come first: one that holds itself would have no end.
    if checker.faults.is_empty() {
        checker.names();
        checker.entities();
        checker.rules();
        checker.unused();
        checker.texts();
    }
    (checker.definitions, checker.faults)
}

struct Checker<'a> {
    shape: &'a Shape,
    texts: &'a Texts,
    definitions: Definitions,
    faults: Vec<Fault>,
    used: Used,
}

/// What is declared and must be used by something.
#[derive(Default)]
struct Used {
    roles: BTreeSet<Name>,
    types: BTreeSet<Name>,
    guards: BTreeSet<Name>,
    events: BTreeSet<Name>,
    settings: BTreeSet<Name>,
    asks: BTreeSet<String>,
}

impl Checker<'_> {
    fn fault(
        &mut self,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.push(Fault {
            place: place.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    fn sizes(&mut self) {
        let shape = self.shape;
        if shape.format != crate::shape::FORMAT {
            self.fault("format", "is unknown", "write 1");
        }
        let lists = [
            ("roles", shape.roles.len()),
            ("types", shape.types.len()),
            ("settings", shape.settings.len()),
            ("provides", shape.provides.len()),
            ("asks", shape.asks.len()),
            ("guards", shape.guards.len()),
            ("entities", shape.entities.len()),
            ("methods", shape.methods.len()),
            ("queries", shape.queries.len()),
            ("events", shape.events.len()),
            ("indicators", shape.indicators.len()),
            ("errors", shape.errors.len()),
        ];
        let within = shape.entities.iter().flat_map(|entity| {
            let lengths = [
                entity.fields.len(),
                entity.states.len(),
                entity.transitions.len(),
                entity.indexes.len(),
            ];
            lengths.map(|length| ("an entity", length))
        });
        let performed = shape.methods.iter().fold(0_usize, |sum, method| {
            let of = |name: &Name| shape.entity(name.as_str());
            let entities = method.performs.iter().filter_map(|performs| of(&performs.entity));
            entities.fold(sum, |sum, entity| sum.saturating_add(entity.transitions.len()))
        });
        if performed > PERFORMED_MAX {
            self.fault("methods", "perform more than 16384 rows together", "split the contract");
        }
        let inside =
            shape.indicators.iter().map(|indicator| ("an indicator", indicator.measures.len()));
        for (place, length) in lists.into_iter().chain(within).chain(inside) {
            if length > ITEMS_MAX {
                self.fault(place, "has more than 256 items", "split the contract");
            }
        }
        // The canonical text and the messages of the chain are ASCII; titles in other scripts are texts.
        let ascii = serde_json::to_string(shape)
            .is_ok_and(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        if !ascii {
            self.fault(
                "shape",
                "holds characters other than printable ASCII",
                "put them into the texts",
            );
        }
    }

    /// Names occur once, each in its list.
    fn names(&mut self) {
        let shape = self.shape;
        fn all<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<String> {
            names.map(|name| format!("{name}")).collect()
        }
        let versioned = |name: &Name, version: u16| format!("{name}@{version}");
        let lists = [
            ("role", all(shape.roles.iter())),
            ("type", all(shape.types.iter().map(crate::Definition::name))),
            ("setting", all(shape.settings.iter().map(|setting| &setting.name))),
            (
                "fact",
                shape.provides.iter().map(|fact| versioned(&fact.name, fact.version)).collect(),
            ),
            ("ask", all(shape.asks.iter().map(|ask| &ask.name))),
            ("guard", all(shape.guards.iter().map(|guard| &guard.name))),
            ("entity", all(shape.entities.iter().map(|entity| &entity.name))),
            ("entity prefix", all(shape.entities.iter().map(|entity| &entity.prefix))),
            (
                "entity schema",
                shape.entities.iter().map(|entity| format!("{}", entity.schema)).collect(),
            ),
            (
                "method",
                shape
                    .methods
                    .iter()
                    .map(|method| versioned(&method.name, method.version))
                    .collect(),
            ),
            (
                "query",
                shape.queries.iter().map(|query| versioned(&query.name, query.version)).collect(),
            ),
            ("event", all(shape.events.iter().map(|event| &event.name))),
            (
                "indicator",
                shape
                    .indicators
                    .iter()
                    .map(|figure| versioned(&figure.name, figure.version))
                    .collect(),
            ),
            ("error", shape.errors.iter().map(|code| format!("{code}")).collect()),
        ];
        for (list, names) in lists {
            self.unique(list, &names);
        }
    }

    fn unique(&mut self, place: &str, names: &[String]) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                self.fault(
                    format!("{place}/{name}"),
                    "is declared twice",
                    "give one of them another name",
                );
            }
        }
    }

    /// Fields of one record, arguments or event.
    fn fields(&mut self, place: &str, fields: &[Field]) {
        let names: Vec<String> = fields.iter().map(|field| format!("{}", field.name)).collect();
        self.unique(place, &names);
        if fields.len() > ITEMS_MAX {
            self.fault(place, "has more than 256 fields", "group them in records");
            return;
        }
        for field in fields {
            self.field(place, field);
        }
    }

    /// An actor's role and relation, within an entity whose fields are given.
    fn actor(&mut self, place: &str, actor: &Actor, fields: &[Field]) {
        if let Some(role) = &actor.role {
            self.role(place, role);
        }
        self.scope(place, &actor.scope, fields);
    }

    fn role(&mut self, place: &str, role: &Name) {
        if !self.shape.roles.contains(role) {
            self.fault(
                place,
                format!("names the role {role}, which is not declared"),
                "add it to the roles",
            );
        }
        self.used.roles.insert(role.clone());
    }

    fn scope(&mut self, place: &str, scope: &Scope, fields: &[Field]) {
        let Some(name) = scope.field() else { return };
        let Some(field) = fields.iter().find(|field| field.name == *name) else {
            self.fault(
                place,
                format!("compares the field {name}, which the entity has not"),
                "name a field of the entity",
            );
            return;
        };
        let wanted = match scope {
            Scope::Region(_) => IdKind::Region,
            _ => IdKind::Organization,
        };
        if innermost(&field.of) != &Type::Id(wanted) {
            let problem = format!("compares {name}, which is not of the kind that the scope needs");
            self.fault(place, problem, "own and other take an organisation, region takes a region");
        }
    }

    fn unused(&mut self) {
        let shape = self.shape;
        let remedy = "use it or remove it";
        let names = |used: &BTreeSet<Name>, declared: Vec<&Name>| -> Vec<String> {
            declared
                .into_iter()
                .filter(|name| !used.contains(*name))
                .map(|name| format!("{name}"))
                .collect()
        };
        let used = &self.used;
        let lists = [
            ("role", names(&used.roles, shape.roles.iter().collect())),
            ("type", names(&used.types, shape.types.iter().map(crate::Definition::name).collect())),
            ("guard", names(&used.guards, shape.guards.iter().map(|guard| &guard.name).collect())),
            ("event", names(&used.events, shape.events.iter().map(|event| &event.name).collect())),
            (
                "setting",
                names(&used.settings, shape.settings.iter().map(|setting| &setting.name).collect()),
            ),
            ("ask", {
                let asks = shape.asks.iter().map(|ask| format!("{}", ask.name));
                asks.filter(|name| !used.asks.contains(name)).collect()
            }),
        ];
        for (list, names) in lists {
            for name in names {
                self.fault(format!("{list}/{name}"), "is used by nothing", remedy);
            }
        }
    }
}

/// The type within options and lists.
fn innermost(of: &Type) -> &Type {
    match of {
        Type::Option(inner) => innermost(inner),
        Type::List(list) => innermost(&list.of),
        other => other,
    }
}
