//! Methods, queries, events, facts, settings, indicators; and every expression against the variables that it will see.

use super::{Checker, innermost};
use crate::{
    Definitions, Shape,
    expression::{Compiled, Kind, Variables},
    indicator,
    shape::{Ask, Entity, Method, Query, Transition},
    types::{Field, Kept, Type},
};
use alloc::{collections::BTreeSet, format, string::ToString, vec, vec::Vec};
use yinglian_protocol::{Code, Name};

impl Checker<'_> {
    pub(super) fn rules(&mut self) {
        let shape = self.shape;
        for event in &shape.events {
            self.event(&format!("event/{}", event.name), &event.fields);
        }
        for ask in &shape.asks {
            self.fields(&format!("ask/{}", ask.name), &ask.value);
        }
        for fact in &shape.provides {
            self.fields(&format!("fact/{}", fact.name), &fact.value);
        }
        for setting in &shape.settings {
            let inside = setting.min <= setting.default && setting.default <= setting.max;
            if !inside {
                self.fault(
                    format!("setting/{}", setting.name),
                    "has a default outside its bounds",
                    "correct default, min and max",
                );
            }
        }
        for code in &shape.errors {
            if !Code::all().any(|known| known == *code) {
                self.fault(
                    format!("error/{code}"),
                    "is no code of the table",
                    "add it to the table of codes first",
                );
            }
        }
        for guard in &shape.guards {
            if let Some(code) = guard.code.filter(|code| !shape.errors.contains(code)) {
                self.fault(
                    format!("guard/{}", guard.name),
                    format!("refuses with {code}, which is not among the errors"),
                    "list it there",
                );
            }
        }
        for method in &shape.methods {
            self.method(&format!("method/{}", method.name), method);
        }
        self.performed();
        for query in &shape.queries {
            self.query(&format!("query/{}", query.name), query);
        }
        for figure in &shape.indicators {
            if let Err((place, problem)) = indicator::compile(figure, shape, &self.definitions) {
                self.fault(
                    format!("indicator/{}/{place}", figure.name),
                    problem,
                    "correct the expression",
                );
            }
        }
    }

    fn event(&mut self, place: &str, fields: &[Field]) {
        self.fields(place, fields);
        for field in fields {
            let bad = match innermost(&field.of) {
                Type::Text(_) => "carries free text, which may hold personal data",
                Type::Bytes(_) => "carries bytes of any length",
                _ if field.kept != Kept::Clear => "carries what is kept hidden",
                _ if matches!(field.of, Type::List(_)) => "carries a list",
                _ => continue,
            };
            self.fault(
                format!("{place}/{}", field.name),
                bad,
                "carry ids, codes, numbers, times and choices",
            );
        }
    }

    pub(super) fn guard_used(&mut self, place: &str, name: &Name) {
        if self.shape.guard(name.as_str()).is_none() {
            self.fault(
                place,
                format!("asks the guard {name}, which is not declared"),
                "add it to the guards",
            );
        }
        self.used.guards.insert(name.clone());
    }

    pub(super) fn event_used(&mut self, place: &str, name: &Name) {
        if !self.shape.events.iter().any(|event| event.name == *name) {
            self.fault(
                place,
                format!("emits {name}, which is not declared"),
                "add it to the events",
            );
        }
        self.used.events.insert(name.clone());
    }

    fn method(&mut self, place: &str, method: &Method) {
        self.fields(place, &method.arguments);
        for actor in &method.actors {
            self.actor(place, actor, &[]);
        }
        for event in &method.emits {
            self.event_used(place, event);
        }
        for name in &method.writes {
            if self.shape.entity(name.as_str()).is_none() {
                self.fault(
                    place,
                    format!("writes {name}, which is not declared"),
                    "add the entity",
                );
            }
        }
        for guard in &method.guards {
            self.guard_used(place, guard);
        }
        let own_rules = !(method.actors.is_empty()
            && method.guards.is_empty()
            && method.writes.is_empty()
            && method.emits.is_empty());
        if !method.performs.is_empty() && own_rules {
            self.fault(
                place,
                "performs transitions and has rules of its own",
                "put them into the rows",
            );
        }
        if method.performs.is_empty() {
            if method.actors.is_empty() {
                self.fault(
                    place,
                    "may be called by nobody",
                    "name who may; an actor without a role is anybody registered",
                );
            }
            self.rules_of_call(place, method, None);
        }
        for performed in &method.performs {
            let entity = self.shape.entity(performed.entity.as_str());
            let rows = entity
                .into_iter()
                .flat_map(|entity| entity.transitions.iter().map(move |row| (entity, row)));
            let rows: Vec<(&Entity, &Transition)> =
                rows.filter(|(_, row)| row.action == performed.action).collect();
            if rows.is_empty() {
                self.fault(
                    place,
                    format!(
                        "performs {} of {}, which is not declared",
                        performed.action, performed.entity
                    ),
                    "name an action of an entity",
                );
            }
            for row in rows {
                self.rules_of_call(place, method, Some(row));
            }
        }
    }

    /// Every expression that a call of this method may evaluate, with or without a row.
    fn rules_of_call(&mut self, place: &str, method: &Method, row: Option<(&Entity, &Transition)>) {
        let found = variables(self.shape, &self.definitions, method, row);
        let Some(variables) = found else { return };
        let guards = row.map_or(&method.guards, |(_, row)| &row.guards);
        for name in guards {
            let rule = self.shape.guard(name.as_str()).and_then(|guard| guard.rule.as_ref());
            if let Some(rule) = rule {
                self.expression(&format!("{place}/guard/{name}"), &rule.0, &variables, &Kind::Bool);
            }
        }
        let Some((entity, row)) = row else { return };
        if let Some(when) = &row.when {
            self.expression(&format!("{place}/when"), &when.0, &variables, &Kind::Bool);
        }
        for set in &row.sets {
            let field = entity.field(set.field.as_str());
            let kind = field.and_then(|field| Kind::of(&field.layout(), &self.definitions));
            if let (Some(value), Some(kind)) = (&set.value, kind) {
                self.expression(
                    &format!("{place}/sets/{}", set.field),
                    &value.0,
                    &variables,
                    &kind,
                );
            }
        }
    }

    fn expression(&mut self, place: &str, source: &str, variables: &Variables, kind: &Kind) {
        match Compiled::of_kind(source, variables, kind) {
            Err(fault) => self.fault(place, fault.to_string(), "correct the expression"),
            Ok(compiled) => {
                for name in compiled.reads(variables, "fact") {
                    self.ask_used(place, &name, variables);
                }
            }
        }
    }

    /// A fact that a rule reads is asked with expressions over the same variables.
    fn ask_used(&mut self, place: &str, name: &str, variables: &Variables) {
        self.used.asks.insert(name.into());
        let ask = self.shape.asks.iter().find(|ask: &&Ask| ask.name.as_str() == name);
        for key in ask.into_iter().flat_map(|ask| &ask.key) {
            if let Err(fault) = Compiled::new(&key.0, variables) {
                self.fault(
                    format!("{place}/fact/{name}"),
                    fault.to_string(),
                    "ask it with what this rule can see",
                );
            }
        }
    }

    /// Every row is performed by a method.
    fn performed(&mut self) {
        let performed: BTreeSet<(&Name, &Name)> = {
            let all = self.shape.methods.iter().flat_map(|method| &method.performs);
            all.map(|performs| (&performs.entity, &performs.action)).collect()
        };
        for entity in &self.shape.entities {
            for row in &entity.transitions {
                if !performed.contains(&(&entity.name, &row.action)) {
                    self.fault(
                        format!("entity/{}/action/{}", entity.name, row.action),
                        "is performed by no method",
                        "add a method or remove it",
                    );
                }
            }
        }
    }

    fn query(&mut self, place: &str, query: &Query) {
        let Some(entity) = self.shape.entity(query.over.as_str()) else {
            self.fault(
                place,
                format!("reads {}, which is not declared", query.over),
                "name an entity",
            );
            return;
        };
        if let Some(by) = &query.by {
            let index = entity.indexes.iter().find(|index| index.name == *by);
            let fields = index.map(|index| index.fields.len());
            let given = usize::try_from(query.given).ok();
            if fields.zip(given).is_none_or(|(fields, given)| given > fields) {
                self.fault(
                    place,
                    format!("reads by {by}, which is no index with so many fields"),
                    "name an index of the entity, and at most its fields",
                );
            }
        } else if query.given != 0 {
            self.fault(place, "gives fields without an index", "name the index");
        }
        if query.readers.is_empty() {
            self.fault(
                place,
                "may be read by nobody",
                "name its readers; reads are denied by default",
            );
        }
        let layout = entity.layout();
        for reader in &query.readers {
            if let Some(role) = &reader.role {
                self.role(place, role);
            }
            self.scope(place, &reader.scope, &layout);
            if reader.everyone && (reader.role.is_some() || reader.scope.field().is_some()) {
                self.fault(place, "is open to everyone and to a role", "choose one");
            }
            if reader.everyone && entity.sensitive {
                self.fault(place, "shows a sensitive entity to everyone", "name who may");
            }
            for name in &reader.omit {
                if !layout.iter().any(|field| field.name == *name) {
                    self.fault(
                        place,
                        format!("omits {name}, which the entity has not"),
                        "name a field",
                    );
                }
            }
        }
    }
}

/// What a rule of a call sees, in the order in which its values are given.
pub(crate) fn variables(
    shape: &Shape,
    definitions: &Definitions,
    method: &Method,
    row: Option<(&Entity, &Transition)>,
) -> Option<Variables> {
    let arguments = Kind::record(&method.arguments, definitions)?;
    let sender = Kind::Record(vec![
        ("organization".into(), Kind::Text),
        ("region".into(), Kind::Text),
        ("address".into(), Kind::Bytes),
    ]);
    let facts = shape
        .asks
        .iter()
        .map(|ask| Some((ask.name.to_string(), Kind::record(&ask.value, definitions)?)));
    let variables = Variables::new()
        .with("arguments", arguments)
        .with("sender", sender)
        .with("now", Kind::Time)
        .with("fact", Kind::Record(facts.collect::<Option<_>>()?));
    match row {
        // An object that is being made has no values yet.
        Some((entity, row)) if !row.from.is_empty() => {
            Some(variables.with("object", Kind::record(&entity.layout(), definitions)?))
        }
        _ => Some(variables),
    }
}
