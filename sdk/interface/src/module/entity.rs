//! Entities: key, fields, states, deadlines, rows, indexes, corrections.

use super::{
    at, notation,
    read::{Item, Reader, Section},
};
use crate::{
    Field, Text,
    shape::{
        Actor, Apart, Assignment, Corrections, Deadline, Entity, Expiry, Index, Part, State,
        Transition,
    },
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use yinglian_protocol::Name;

/// Arguments that a row writes out, by entity and action: a name, its field, its title, its line.
pub(super) type Given = BTreeMap<(Name, Name), Vec<(Field, Option<Text>, u32)>>;

pub(super) fn entities<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
) -> (Vec<Entity>, Given) {
    let mut entities: Vec<Entity> = Vec::new();
    let mut given = Given::new();
    for (name, item) in reader.names(root, "entities", "entity") {
        let layout = u16::try_from(entities.len()).unwrap_or(u16::MAX).saturating_add(1);
        entities.extend(entity(reader, name, layout, item, &mut given));
    }
    (entities, given)
}

fn entity<'t>(
    reader: &mut Reader<'t>,
    name: Name,
    layout: u16,
    item: Item<'t>,
    given: &mut Given,
) -> Option<Entity> {
    let place = at("entity", &name);
    reader.place(&place, item.line);
    reader.place(at("entity prefix", &name), item.line);
    let mut section = reader.section(&place, item)?;
    reader.title(&place, &mut section);
    // Keys of a contract begin with its name, so no two contracts meet in the registry.
    let usual = reader.contract.as_ref();
    let usual = usual.and_then(|contract| Name::parse(&format!("{contract}.{name}")).ok());
    let prefix = reader.may(&mut section, "prefix", Reader::name).or(usual);
    let prefix = prefix.unwrap_or_else(|| name.clone());
    let schema = reader.may(&mut section, "schema", Reader::number).unwrap_or(layout);
    reader.place(format!("entity schema/{schema}"), item.line);
    let supervised = reader.may(&mut section, "supervised", Reader::flag).unwrap_or(false);
    let sensitive = reader.may(&mut section, "sensitive", Reader::flag).unwrap_or(false);
    let mut key = Vec::new();
    for (part, item) in reader.names(&mut section, "key", &place) {
        let place = format!("{place}/key/{part}");
        key.extend(
            reader.field(&place, &part, item).map(|field| Part { name: part, of: field.of }),
        );
    }
    let mut fields = Vec::new();
    for (field, item) in reader.names(&mut section, "fields", &place) {
        let known = format!("{place}/field/{field}");
        reader.place(at(&place, &field), item.line);
        fields.extend(reader.field(&known, &field, item));
    }
    let states = states(reader, &place, &mut section);
    let deadlines = deadlines(reader, &place, &mut section);
    let mut transitions = Vec::new();
    if let Some(item) = section.take("transitions") {
        for item in reader.items(&place, item) {
            transitions.extend(transition(reader, &name, &place, item, given));
        }
    }
    let mut indexes = Vec::new();
    for (index, item) in reader.names(&mut section, "indexes", &place) {
        let place = format!("{place}/index/{index}");
        reader.place(&place, item.line);
        let items = reader.items(&place, item);
        let fields = items.into_iter().filter_map(|item| reader.name(&place, item)).collect();
        indexes.push(Index { name: index, fields });
    }
    let corrections =
        section.take("corrections").and_then(|item| corrections(reader, &place, item));
    reader.finish(section);
    Some(Entity {
        name,
        prefix,
        schema,
        key,
        fields,
        states,
        deadlines,
        transitions,
        indexes,
        corrections,
        supervised,
        sensitive,
    })
}

fn states<'t>(reader: &mut Reader<'t>, place: &str, section: &mut Section<'t>) -> Vec<State> {
    let mut states = Vec::new();
    for (name, item) in reader.names(section, "states", place) {
        let place = format!("{place}/state/{name}");
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        let end = reader.may(&mut section, "end", Reader::flag).unwrap_or(false);
        let code = reader.may(&mut section, "code", Reader::ascii);
        reader.title(&place, &mut section);
        reader.finish(section);
        states.push(State { name, end, code });
    }
    states
}

fn deadlines<'t>(reader: &mut Reader<'t>, place: &str, section: &mut Section<'t>) -> Vec<Deadline> {
    let mut deadlines = Vec::new();
    for (name, item) in reader.names(section, "deadlines", place) {
        let place = format!("{place}/deadline/{name}");
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        let limit = reader.need(&mut section, "limit", Reader::name);
        let extension = reader.may(&mut section, "extension", Reader::name);
        let order = reader.may(&mut section, "order", Reader::name).map(Expiry::Order);
        let action = reader.may(&mut section, "action", Reader::name).map(Expiry::Action);
        let on_expiry = order.into_iter().chain(action).collect();
        reader.title(&place, &mut section);
        reader.finish(section);
        if let Some(limit) = limit {
            deadlines.push(Deadline { name, limit, extension, on_expiry });
        }
    }
    deadlines
}

pub(super) fn actor<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Actor> {
    let text = reader.ascii(place, item)?;
    match notation::parse_actor(&text) {
        Ok(actor) => Some(actor),
        Err(problem) => {
            let what = format!("\"{text}\": {problem}");
            let remedy =
                "write an actor such as unit@own(unit), centre@region(region) person, anyone";
            reader.fault(item.line, place, what, remedy);
            None
        }
    }
}

fn step<'t>(
    reader: &mut Reader<'t>,
    place: &str,
    item: Item<'t>,
) -> Option<crate::shape::ClockStep> {
    let text = reader.ascii(place, item)?;
    match notation::parse_step(&text) {
        Ok(step) => Some(step),
        Err(problem) => {
            reader.fault(item.line, place, format!("\"{text}\": {problem}"), "write start CLOCK");
            None
        }
    }
}

fn apart<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Apart> {
    match reader.ascii(place, item)?.as_str() {
        "key" => Some(Apart::Key),
        "organization" => Some(Apart::Organization),
        other => {
            let what = format!("is apart by {other}");
            reader.fault(item.line, place, what, "write key or organization");
            None
        }
    }
}

/// A row. `takes` names fields that it sets from arguments of the same name, `sets` the others.
fn transition<'t>(
    reader: &mut Reader<'t>,
    entity: &Name,
    place: &str,
    item: Item<'t>,
    given: &mut Given,
) -> Option<Transition> {
    let mut section = reader.section(place, item)?;
    let action = reader.need(&mut section, "action", Reader::name)?;
    let place = format!("{place}/action/{action}");
    reader.place(&place, item.line);
    reader.place(at("method", &action), item.line);
    section.place = place.clone();
    reader.title(&place, &mut section);
    let from = reader.list(&mut section, "from", Reader::name);
    let to = reader.may(&mut section, "to", Reader::name);
    let when = section.take("when").and_then(|item| {
        reader.place(format!("method/{action}/when"), item.line);
        reader.expression(&place, item)
    });
    let actors = reader.list(&mut section, "by", actor);
    let joint = reader.list(&mut section, "joint", actor);
    let apart = reader.may(&mut section, "apart", apart);
    let guards = reader.list(&mut section, "guards", Reader::name);
    let clocks = reader.list(&mut section, "clocks", step);
    let sets = sets(reader, &place, &action, &mut section);
    let emits = reader.list(&mut section, "emits", Reader::name);
    for (name, item) in reader.names(&mut section, "arguments", &place) {
        let method = format!("method/{action}/{name}");
        let Some(field) = reader.field(&method, &name, item) else { continue };
        let title = reader.texts.get(&method).cloned();
        let known = given.entry((entity.clone(), action.clone())).or_default();
        known.push((field, title, item.line));
    }
    reader.finish(section);
    Some(Transition { action, from, to, when, actors, joint, apart, guards, clocks, sets, emits })
}

fn sets<'t>(
    reader: &mut Reader<'t>,
    place: &str,
    action: &Name,
    section: &mut Section<'t>,
) -> Vec<Assignment> {
    let mut sets = Vec::new();
    if let Some(item) = section.take("takes") {
        for item in reader.items(place, item) {
            let Some(field) = reader.name(place, item) else { continue };
            reader.place(format!("method/{action}/sets/{field}"), item.line);
            let value = crate::shape::Expression(format!("arguments.{field}"));
            sets.push(Assignment { field, value: Some(value) });
        }
    }
    for (field, item) in reader.names(section, "sets", place) {
        reader.place(format!("method/{action}/sets/{field}"), item.line);
        let Some(value) = reader.expression(place, item) else { continue };
        // The one word that is no expression: a contract's code computes the value.
        let value = (value.0 != CODED).then_some(value);
        sets.push(Assignment { field, value });
    }
    sets
}

/// A value that code computes, as it is written.
const CODED: &str = "code";

fn corrections<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Corrections> {
    let place: String = format!("{place}/corrections");
    reader.place(&place, item.line);
    let mut section = reader.section(&place, item)?;
    let fields = reader.list(&mut section, "fields", Reader::name);
    let actors = reader.list(&mut section, "by", actor);
    let states = reader.list(&mut section, "states", Reader::name);
    reader.finish(section);
    Some(Corrections { fields, actors, states })
}
