//! A valid interface to plans: every expression typed against what its method sees, every key and event resolved to its source.

use super::METHOD_COST_MAX;
use crate::calendar::WORKING_DAYS_MAX;
use std::collections::BTreeMap;
use yinglian_interface::{
    CORRECT, Field, IdKind, Interface, ORDER, SETTING_SET, Type,
    expression::{Compiled, Kind, Variables},
    shape::{Actor, Entity, Guard, Method, Transition, Unit},
};
use yinglian_protocol::{Code, Name};

/// Why a valid interface cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFault {
    /// Place in the interface, `method/report`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// An entity, as calls need it.
pub(super) struct EntityPlan {
    pub name: Name,
    pub prefix: Name,
    pub schema: u16,
    pub layout: Vec<Field>,
    /// Position of the first declared field in the layout.
    pub fields_at: usize,
    pub state_at: Option<usize>,
    pub clocks_at: Option<usize>,
    /// Index in the shape.
    pub entity: usize,
    /// True when a row asks that this act and the one before have different signers.
    pub keeps_signer: bool,
}

impl EntityPlan {
    pub fn registry_key(&self, key: &str) -> Vec<u8> {
        if key.is_empty() {
            self.prefix.as_str().as_bytes().to_vec()
        } else {
            format!("{}/{key}", self.prefix).into_bytes()
        }
    }
}

pub(super) struct MethodPlan {
    pub name: Name,
    pub arguments: Vec<Field>,
    pub plan: Plan,
    pub cost: u64,
}

pub(super) enum Plan {
    Performs(Vec<Action>),
    Correct { entity: usize },
    Order { entity: usize },
    Setting,
    Coded(Rules),
}

/// Rules of a method without transitions.
pub(super) struct Rules {
    pub actors: Vec<Actor>,
    pub guards: Vec<GuardPlan>,
    pub asks: Vec<AskPlan>,
}

pub(super) struct Action {
    pub name: Name,
    pub entity: usize,
    pub entity_name: String,
    pub rows: Vec<Row>,
    pub key: Vec<KeySource>,
}

/// Where a part of a key comes from: an argument, written by this type.
pub(super) struct KeySource {
    pub argument: usize,
    pub of: Type,
}

pub(super) struct Row {
    /// Index of the transition in the entity.
    pub transition: usize,
    pub when: Option<Compiled>,
    pub guards: Vec<GuardPlan>,
    pub sets: Vec<SetPlan>,
    pub asks: Vec<AskPlan>,
    pub emits: Vec<EventPlan>,
}

pub(super) struct GuardPlan {
    pub name: Name,
    pub code: Code,
    pub rule: Option<Compiled>,
}

pub(super) struct SetPlan {
    /// Position in the layout.
    pub at: usize,
    pub field: Name,
    pub value: Option<Compiled>,
}

/// A fact that the rules of a row read.
pub(super) struct AskPlan {
    /// Index in the shape's asks, which is the position in the variable `fact`.
    pub ask: usize,
    pub provider: String,
    pub fact: String,
    pub version: u16,
    pub key: Vec<Compiled>,
    pub fields: Vec<Name>,
}

pub(super) struct EventPlan {
    pub name: Name,
    pub fields: Vec<(Name, Type, Source)>,
}

/// Where a field of an event comes from.
pub(super) enum Source {
    Object(usize),
    Argument(usize),
    Key,
}

type Plans = (Vec<EntityPlan>, BTreeMap<(String, u16), MethodPlan>);

pub(super) fn compile(interface: &Interface) -> Result<Plans, Vec<MachineFault>> {
    let mut compiler = Compiler { interface, faults: Vec::new() };
    let shape = interface.shape();
    for setting in &shape.settings {
        if setting.unit == Unit::WorkingDays && setting.max > WORKING_DAYS_MAX {
            compiler.fault(
                format!("setting/{}", setting.name),
                format!("allows more than {WORKING_DAYS_MAX} working days"),
                "lower its max",
            );
        }
    }
    let entities: Vec<EntityPlan> = shape
        .entities
        .iter()
        .enumerate()
        .map(|(index, entity)| entity_plan(index, entity))
        .collect();
    let mut methods = BTreeMap::new();
    for method in interface.methods() {
        if let Some(plan) = compiler.method(&entities, method) {
            methods.insert((method.name.to_string(), method.version), plan);
        }
    }
    if compiler.faults.is_empty() { Ok((entities, methods)) } else { Err(compiler.faults) }
}

fn entity_plan(index: usize, entity: &Entity) -> EntityPlan {
    let layout = entity.layout();
    let position = |name: &str| layout.iter().position(|field| field.name.as_str() == name);
    let state_at = position("state").filter(|_| !entity.states.is_empty());
    let clocks_at = position("clocks").filter(|_| !entity.deadlines.is_empty());
    let after = |row: &Transition| row.apart.is_some() && row.joint.is_empty();
    EntityPlan {
        name: entity.name.clone(),
        prefix: entity.prefix.clone(),
        schema: entity.schema,
        fields_at: layout.len().saturating_sub(entity.fields.len()),
        state_at,
        clocks_at,
        entity: index,
        keeps_signer: entity.transitions.iter().any(after),
        layout,
    }
}

struct Compiler<'i> {
    interface: &'i Interface,
    faults: Vec<MachineFault>,
}

impl Compiler<'_> {
    fn fault(
        &mut self,
        place: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.push(MachineFault {
            place: place.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    fn method(&mut self, entities: &[EntityPlan], method: &Method) -> Option<MethodPlan> {
        let place = format!("method/{}", method.name);
        let plan = match self.implied(entities, method) {
            Some(plan) => plan,
            None if method.performs.is_empty() => Plan::Coded(self.rules(&place, method)?),
            None => Plan::Performs(self.actions(&place, entities, method)?),
        };
        let cost = cost_of(&plan);
        if cost > METHOD_COST_MAX {
            self.fault(
                place,
                format!("may cost {cost} steps, more than {METHOD_COST_MAX}"),
                "fold over shorter lists, or ask fewer guards",
            );
        }
        Some(MethodPlan {
            name: method.name.clone(),
            arguments: method.arguments.clone(),
            plan,
            cost,
        })
    }

    fn implied(&self, entities: &[EntityPlan], method: &Method) -> Option<Plan> {
        if self.interface.shape().methods.contains(method) {
            return None;
        }
        if method.name.as_str() == SETTING_SET {
            return Some(Plan::Setting);
        }
        let (entity, word) = method.name.as_str().rsplit_once('.')?;
        let entity = entities.iter().position(|plan| plan.name.as_str() == entity)?;
        match word {
            CORRECT => Some(Plan::Correct { entity }),
            ORDER => Some(Plan::Order { entity }),
            _ => None,
        }
    }

    fn rules(&mut self, place: &str, method: &Method) -> Option<Rules> {
        let variables = self.interface.variables(method, None)?;
        let guards: Vec<GuardPlan> =
            method.guards.iter().filter_map(|name| self.guard(place, name, &variables)).collect();
        let reads = guards.iter().filter_map(|guard| guard.rule.as_ref());
        let asks = self.asks(place, &reads.collect::<Vec<_>>(), &variables);
        Some(Rules { actors: method.actors.clone(), guards, asks })
    }

    fn actions(
        &mut self,
        place: &str,
        entities: &[EntityPlan],
        method: &Method,
    ) -> Option<Vec<Action>> {
        let mut actions = Vec::new();
        for performs in &method.performs {
            let index = entities.iter().position(|plan| plan.name == performs.entity)?;
            let (plan, entity) =
                (entities.get(index)?, self.interface.shape().entities.get(index)?);
            let mut rows = Vec::new();
            for (number, row) in entity.transitions.iter().enumerate() {
                if row.action == performs.action {
                    if !row.joint.is_empty() && !actions.is_empty() {
                        self.fault(
                            place,
                            format!("performs the joint act {} after another", row.action),
                            "perform the joint act first",
                        );
                    }
                    rows.push(self.row(place, plan, entity, method, (number, row))?);
                }
            }
            let key = self.key(place, entity, method);
            actions.push(Action {
                name: performs.action.clone(),
                entity: index,
                entity_name: performs.entity.to_string(),
                rows,
                key,
            });
        }
        Some(actions)
    }

    /// Each part of the key is an argument of its name; or one argument named after the entity is the whole key.
    fn key(&mut self, place: &str, entity: &Entity, method: &Method) -> Vec<KeySource> {
        let argument = |name: &Name| method.arguments.iter().position(|field| field.name == *name);
        let whole = |field: &&Field| field.name == entity.name && is_object(&field.of);
        if let (Some(found), Some(at)) =
            (method.arguments.iter().find(whole), argument(&entity.name))
        {
            return vec![KeySource { argument: at, of: found.of.clone() }];
        }
        let mut key = Vec::new();
        for part in &entity.key {
            match argument(&part.name) {
                Some(argument) => key.push(KeySource { argument, of: part.of.clone() }),
                None => self.fault(
                    place,
                    format!("has no argument {} for the key of {}", part.name, entity.name),
                    "add the argument, with the type of the key's part",
                ),
            }
        }
        key
    }

    fn row(
        &mut self,
        place: &str,
        plan: &EntityPlan,
        entity: &Entity,
        method: &Method,
        (number, row): (usize, &Transition),
    ) -> Option<Row> {
        let variables = self.interface.variables(method, Some((entity, row)))?;
        let when = row
            .when
            .as_ref()
            .and_then(|when| self.expression(place, &when.0, &variables, &Kind::Bool));
        let guards: Vec<GuardPlan> =
            row.guards.iter().filter_map(|name| self.guard(place, name, &variables)).collect();
        let sets = self.sets(place, plan, row, &variables);
        let guard_rules = guards.iter().filter_map(|guard| guard.rule.as_ref());
        let set_rules = sets.iter().filter_map(|set| set.value.as_ref());
        let reads: Vec<&Compiled> = when.iter().chain(guard_rules).chain(set_rules).collect();
        let asks = self.asks(place, &reads, &variables);
        let emits =
            row.emits.iter().filter_map(|name| self.event(place, plan, entity, method, name));
        let emits = emits.collect();
        if row.from.is_empty() {
            self.unset(place, plan, row);
        }
        Some(Row { transition: number, when, guards, sets, asks, emits })
    }

    /// A row that makes an object sets every field that has no empty value.
    fn unset(&mut self, place: &str, plan: &EntityPlan, row: &Transition) {
        for field in plan.layout.iter().skip(plan.fields_at) {
            let is_set = row.sets.iter().any(|set| set.field == field.name);
            if !is_set && empty(field.layout().as_ref()).is_none() {
                self.fault(
                    place,
                    format!("makes {} without its field {}", plan.name, field.name),
                    "set the field in the row, or make it an option",
                );
            }
        }
    }

    fn expression(
        &mut self,
        place: &str,
        source: &str,
        variables: &Variables,
        kind: &Kind,
    ) -> Option<Compiled> {
        match Compiled::of_kind(source, variables, kind) {
            Ok(compiled) => Some(compiled),
            Err(fault) => {
                self.fault(place, fault.to_string(), "correct the expression");
                None
            }
        }
    }

    fn guard(&mut self, place: &str, name: &Name, variables: &Variables) -> Option<GuardPlan> {
        let Guard { name, rule, code } = self.interface.shape().guard(name.as_str())?.clone();
        let rule = match rule {
            Some(rule) => Some(self.expression(place, &rule.0, variables, &Kind::Bool)?),
            None => None,
        };
        Some(GuardPlan { name, code: code.unwrap_or(Code::GUARD_REFUSED), rule })
    }

    fn sets(
        &mut self,
        place: &str,
        plan: &EntityPlan,
        row: &Transition,
        variables: &Variables,
    ) -> Vec<SetPlan> {
        let mut sets = Vec::new();
        for set in &row.sets {
            let Some(at) = plan.layout.iter().position(|field| field.name == set.field) else {
                continue;
            };
            let kind = plan
                .layout
                .get(at)
                .and_then(|field| Kind::of(&field.layout(), self.interface.definitions()));
            let value = set.value.as_ref().zip(kind);
            let value =
                value.and_then(|(value, kind)| self.expression(place, &value.0, variables, &kind));
            sets.push(SetPlan { at, field: set.field.clone(), value });
        }
        sets
    }

    fn asks(&mut self, place: &str, rules: &[&Compiled], variables: &Variables) -> Vec<AskPlan> {
        let read: Vec<String> =
            rules.iter().flat_map(|rule| rule.reads(variables, "fact")).collect();
        let mut asks = Vec::new();
        for (index, ask) in self.interface.shape().asks.iter().enumerate() {
            if !read.iter().any(|name| name == ask.name.as_str()) {
                continue;
            }
            let Some((provider, fact)) = ask.fact.as_str().split_once('.') else {
                self.fault(
                    place,
                    format!("asks {}, which names no provider", ask.fact),
                    "write contract.fact",
                );
                continue;
            };
            let mut key = Vec::new();
            for part in &ask.key {
                match Compiled::new(&part.0, variables) {
                    Ok(compiled) => key.push(compiled),
                    Err(fault) => self.fault(place, fault.to_string(), "correct the key"),
                }
            }
            asks.push(AskPlan {
                ask: index,
                provider: provider.to_owned(),
                fact: fact.to_owned(),
                version: ask.version,
                key,
                fields: ask.value.iter().map(|field| field.name.clone()).collect(),
            });
        }
        asks
    }

    fn event(
        &mut self,
        place: &str,
        plan: &EntityPlan,
        entity: &Entity,
        method: &Method,
        name: &Name,
    ) -> Option<EventPlan> {
        let event = self.interface.shape().events.iter().find(|event| event.name == *name)?;
        let mut fields = Vec::new();
        for field in &event.fields {
            let named = |found: &Field| found.name == field.name;
            let whole_key = field.name == entity.name
                || (entity.key.len() == 1 && entity.key.iter().any(|part| part.name == field.name));
            let source = if let Some(at) = plan.layout.iter().position(named) {
                Source::Object(at)
            } else if let Some(at) = method.arguments.iter().position(named) {
                Source::Argument(at)
            } else if whole_key {
                Source::Key
            } else {
                self.fault(
                    place,
                    format!("emits {name}, whose field {} it has not", field.name),
                    "name a field of the object, an argument, or the entity for its key",
                );
                continue;
            };
            fields.push((field.name.clone(), field.of.clone(), source));
        }
        Some(EventPlan { name: name.clone(), fields })
    }
}

fn is_object(of: &Type) -> bool {
    matches!(of, Type::Id(IdKind::Object(_)))
}

/// The value of a field that no row set: nothing.
pub(super) fn empty(of: &Type) -> Option<yinglian_interface::Value> {
    use yinglian_interface::Value;
    match of {
        Type::Option(_) => Some(Value::NONE),
        Type::List(list) if list.min == 0 => Some(Value::List(Vec::new())),
        _ => None,
    }
}

fn cost_of(plan: &Plan) -> u64 {
    let guards = |guards: &[GuardPlan]| -> u64 {
        guards
            .iter()
            .filter_map(|guard| guard.rule.as_ref())
            .map(Compiled::cost)
            .fold(0, u64::saturating_add)
    };
    let asks = |asks: &[AskPlan]| -> u64 {
        asks.iter().flat_map(|ask| &ask.key).map(Compiled::cost).fold(0, u64::saturating_add)
    };
    match plan {
        Plan::Performs(actions) => actions
            .iter()
            .map(|action| {
                // Every `when` of the action may be asked; of the rest, only that of one row.
                let when = action.rows.iter().filter_map(|row| row.when.as_ref());
                let when = when.map(Compiled::cost).fold(0, u64::saturating_add);
                let rest = action.rows.iter().map(|row| {
                    let sets = row.sets.iter().filter_map(|set| set.value.as_ref());
                    let sets = sets.map(Compiled::cost).fold(0, u64::saturating_add);
                    guards(&row.guards).saturating_add(asks(&row.asks)).saturating_add(sets)
                });
                when.saturating_add(rest.max().unwrap_or(0))
            })
            .fold(0, u64::saturating_add),
        Plan::Coded(rules) => guards(&rules.guards).saturating_add(asks(&rules.asks)),
        Plan::Correct { .. } | Plan::Order { .. } | Plan::Setting => 0,
    }
}
