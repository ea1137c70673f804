//! Entities: keys, states that can be reached and left, one row for every case, clocks that end.

use super::{Checker, innermost};
use crate::{
    shape::{Deadline, Entity, Expiry, State, Step, Transition},
    types::{Field, IdKind, Kept, Type},
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use yinglian_protocol::Name;

impl Checker<'_> {
    pub(super) fn entities(&mut self) {
        for entity in &self.shape.entities {
            let place = format!("entity/{}", entity.name);
            let layout = entity.layout();
            self.fields(&place, &layout);
            self.key(&place, entity);
            self.indexes(&place, entity, &layout);
            self.corrections(&place, entity, &layout);
            if entity.states.is_empty() {
                if !entity.transitions.is_empty() || !entity.deadlines.is_empty() {
                    self.fault(
                        place,
                        "has transitions or deadlines and no states",
                        "declare its states",
                    );
                }
                continue;
            }
            self.states(&place, entity);
            for transition in &entity.transitions {
                let place = format!("{place}/action/{}", transition.action);
                self.transition(&place, entity, transition, &layout);
            }
            self.rows(&place, entity);
            for deadline in &entity.deadlines {
                self.deadline(
                    &format!("{place}/deadline/{}", deadline.name),
                    entity,
                    deadline,
                    &layout,
                );
            }
        }
    }

    fn key(&mut self, place: &str, entity: &Entity) {
        for part in &entity.key {
            let place = format!("{place}/key/{}", part.name);
            if !is_plain(&part.of) || matches!(part.of, Type::Option(_)) {
                self.fault(
                    place,
                    "is no single value with one text",
                    "use a code, an id, a number or a choice",
                );
            } else {
                self.type_(&place, &part.of);
            }
        }
    }

    fn indexes(&mut self, place: &str, entity: &Entity, layout: &[Field]) {
        for index in &entity.indexes {
            let place = format!("{place}/index/{}", index.name);
            if index.fields.is_empty() || index.fields.len() > 4 {
                self.fault(
                    place.clone(),
                    "sorts by no field or more than four",
                    "name one to four",
                );
            }
            for name in &index.fields {
                let field = layout.iter().find(|field| field.name == *name);
                let part = entity.key.iter().any(|part| part.name == *name);
                let good = part
                    || field.is_some_and(|field| {
                        field.kept == Kept::Clear && is_plain(innermost(&field.of))
                    });
                if !good {
                    self.fault(
                        place.clone(),
                        format!("sorts by {name}, which is no plain field"),
                        "name a field in clear that is a code, id, number, time or choice",
                    );
                }
            }
        }
    }

    fn corrections(&mut self, place: &str, entity: &Entity, layout: &[Field]) {
        let Some(corrections) = &entity.corrections else { return };
        let place = format!("{place}/corrections");
        for name in &corrections.fields {
            if !entity.fields.iter().any(|field| field.name == *name) {
                self.fault(
                    place.clone(),
                    format!("names {name}, which is no declared field"),
                    "name a field; state and clocks are never corrected",
                );
            }
        }
        self.known_states(&place, entity, &corrections.states);
        if corrections.actors.is_empty() {
            self.fault(place.clone(), "lets nobody correct", "name who may");
        }
        for actor in &corrections.actors {
            self.actor(&place, actor, layout);
        }
    }

    fn states(&mut self, place: &str, entity: &Entity) {
        let names: Vec<String> =
            entity.states.iter().map(|state| format!("{}", state.name)).collect();
        self.unique(&format!("{place}/state"), &names);
        let reached = reached(entity);
        for state in &entity.states {
            let place = format!("{place}/state/{}", state.name);
            if !reached.contains(&state.name) {
                self.fault(
                    place.clone(),
                    "is reached from nowhere",
                    "add a transition to it or remove it",
                );
            }
            let left = |transition: &&Transition| transition.from.contains(&state.name);
            let leaves = entity
                .transitions
                .iter()
                .filter(left)
                .any(|transition| transition.to.as_ref().is_some_and(|to| *to != state.name));
            match (state.end, leaves) {
                (false, false) => self.fault(
                    place,
                    "is never left and no end",
                    "mark it as an end or add a way out",
                ),
                (true, true) => self.fault(
                    place,
                    "is an end that is left",
                    "unmark it or remove the transition",
                ),
                _ => {}
            }
        }
        if !entity.transitions.iter().any(|transition| transition.from.is_empty()) {
            self.fault(place, "has no transition that makes it", "add one without from");
        }
    }

    fn known_states(&mut self, place: &str, entity: &Entity, names: &[Name]) {
        for name in names {
            if !entity.states.iter().any(|state: &State| state.name == *name) {
                self.fault(
                    place,
                    format!("names the state {name}, which is not declared"),
                    "add it to the states",
                );
            }
        }
    }

    fn transition(
        &mut self,
        place: &str,
        entity: &Entity,
        transition: &Transition,
        layout: &[Field],
    ) {
        self.known_states(place, entity, &transition.from);
        self.known_states(place, entity, transition.to.as_slice());
        if transition.from.is_empty() && transition.to.is_none() {
            self.fault(place, "makes an object without a state", "name the state it begins in");
        }
        if transition.actors.is_empty() {
            self.fault(
                place,
                "may be done by nobody",
                "name who may; an actor without a role is anybody registered",
            );
        }
        for actor in transition.actors.iter().chain(&transition.joint) {
            self.actor(place, actor, layout);
        }
        for guard in &transition.guards {
            self.guard_used(place, guard);
        }
        for event in &transition.emits {
            self.event_used(place, event);
        }
        for step in &transition.clocks {
            if !entity.deadlines.iter().any(|deadline| deadline.name == step.clock) {
                self.fault(
                    place,
                    format!("names the clock {}, which is not declared", step.clock),
                    "declare the deadline",
                );
            }
        }
        let set: Vec<String> = transition.sets.iter().map(|set| format!("{}", set.field)).collect();
        self.unique(&format!("{place}/sets"), &set);
        for set in &transition.sets {
            if !entity.fields.iter().any(|field| field.name == set.field) {
                self.fault(
                    place,
                    format!("sets {}, which is no declared field", set.field),
                    "name a field; state and clocks are set by the row itself",
                );
            }
        }
    }

    /// Rows of one action and state: all but the last choose with `when`.
    fn rows(&mut self, place: &str, entity: &Entity) {
        let mut seen: BTreeSet<(&Name, Option<&Name>)> = BTreeSet::new();
        for transition in &entity.transitions {
            let from: Vec<Option<&Name>> = if transition.from.is_empty() {
                Vec::from([None])
            } else {
                transition.from.iter().map(Some).collect()
            };
            for state in from {
                if seen.contains(&(&transition.action, state)) {
                    let state = state.map_or("no object", Name::as_str);
                    self.fault(format!("{place}/action/{}", transition.action), format!("has a row from {state} that is never tried, because one before it always holds"), "give the earlier row a `when`");
                }
                if transition.when.is_none() {
                    seen.insert((&transition.action, state));
                }
            }
        }
    }

    fn deadline(&mut self, place: &str, entity: &Entity, deadline: &Deadline, layout: &[Field]) {
        let unit = |checker: &mut Self, name: &Name| {
            checker.used.settings.insert(name.clone());
            checker
                .shape
                .settings
                .iter()
                .find(|setting| setting.name == *name)
                .map(|setting| setting.unit)
        };
        let limit = unit(self, &deadline.limit);
        if !limit.is_some_and(crate::shape::Unit::is_time) {
            self.fault(
                place,
                format!("has the limit {}, which is no setting of time", deadline.limit),
                "declare a setting in minutes, days or working_days",
            );
        }
        let does = |step: Step| {
            let steps = entity.transitions.iter().flat_map(|transition| &transition.clocks);
            steps.filter(|found| found.clock == deadline.name).any(|found| found.step == step)
        };
        if !does(Step::Start) {
            self.fault(place, "is never started", "start it in a transition");
        }
        if !does(Step::Stop) && !does(Step::Expired) {
            self.fault(place, "is never stopped", "stop it in a transition");
        }
        if does(Step::Pause) != does(Step::Resume) {
            self.fault(place, "is paused and not resumed, or the reverse", "add the other step");
        }
        match &deadline.extension {
            Some(extension) => {
                if unit(self, extension) != limit {
                    self.fault(
                        place,
                        "has an extension of another unit than its limit",
                        "use one unit",
                    );
                }
                if !does(Step::Extend) {
                    self.fault(
                        place,
                        "is never extended",
                        "extend it in a transition or remove the extension",
                    );
                }
            }
            None if does(Step::Extend) => self.fault(
                place,
                "is extended by no declared setting",
                "name the setting as its extension",
            ),
            None => {}
        }
        if deadline.on_expiry.is_empty() {
            self.fault(
                place,
                "has no consequence",
                "name an order on an organisation, or an action",
            );
        }
        for expiry in &deadline.on_expiry {
            self.expiry(place, entity, deadline, expiry, layout);
        }
    }

    fn expiry(
        &mut self,
        place: &str,
        entity: &Entity,
        deadline: &Deadline,
        expiry: &Expiry,
        layout: &[Field],
    ) {
        match expiry {
            Expiry::Order(name) => {
                let field = layout.iter().find(|field| field.name == *name);
                if !field
                    .is_some_and(|field| *innermost(&field.of) == Type::Id(IdKind::Organization))
                {
                    self.fault(
                        place,
                        format!("orders {name}, which is no organisation"),
                        "name a field that is one",
                    );
                }
                if !entity.supervised {
                    self.fault(
                        place,
                        "orders, but the entity carries no supervision orders",
                        "set supervised",
                    );
                }
            }
            Expiry::Action(action) => {
                let waits = |transition: &&Transition| {
                    let clocks = transition.clocks.iter();
                    transition.action == *action
                        && clocks
                            .into_iter()
                            .any(|step| step.step == Step::Expired && step.clock == deadline.name)
                };
                if !entity.transitions.iter().any(|transition| waits(&transition)) {
                    self.fault(
                        place,
                        format!("leads to {action}, which does not wait for it"),
                        "give that transition the step expired",
                    );
                }
            }
        }
    }
}

/// A single value with one text.
fn is_plain(of: &Type) -> bool {
    match of {
        Type::Text(_) | Type::Bytes(_) | Type::Digest | Type::List(_) => false,
        Type::Option(inner) => is_plain(inner),
        Type::Bool
        | Type::U8(_)
        | Type::U16(_)
        | Type::U32(_)
        | Type::U64(_)
        | Type::Decimal(_)
        | Type::Time
        | Type::Code(_)
        | Type::Fixed(_)
        | Type::Id(_)
        | Type::Named(_) => true,
    }
}

/// States that some chain of transitions leads to.
fn reached(entity: &Entity) -> BTreeSet<&Name> {
    let mut reached = BTreeSet::new();
    loop {
        let before = reached.len();
        for transition in &entity.transitions {
            let open = transition.from.is_empty()
                || transition.from.iter().any(|from| reached.contains(from));
            reached.extend(transition.to.as_ref().filter(|_| open));
        }
        if reached.len() == before {
            return reached;
        }
    }
}
