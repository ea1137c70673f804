//! Methods, events, queries and facts: by default from the entities, otherwise as written.

use super::{
    Title,
    arguments::{Acted, World},
    at, entity, notation,
    read::{Item, Reader, Section},
};
use crate::{
    Field, Kept, Type,
    shape::{Entity, Event, Fact, Method, Part, Performs, Query, Reader as QueryReader},
};
use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use yinglian_protocol::Name;

/// A table of names with versions, `"report@2"`; without a number it is version 1.
pub(super) fn versioned_names<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    key: &'static str,
    place: &str,
) -> Vec<(Name, u16, Section<'t>)> {
    let Some(item) = root.take(key) else { return Vec::new() };
    let Some(mut table) = reader.section(place, item) else { return Vec::new() };
    let mut named = Vec::new();
    for (text, item) in table.rest() {
        match notation::parse_versioned(text) {
            Ok((name, version)) => {
                let place = at(place, &name);
                reader.place(&place, item.line);
                named.extend(reader.section(&place, item).map(|section| (name, version, section)));
            }
            Err(problem) => reader.fault(item.line, place, problem, "write a name, or \"name@2\""),
        }
    }
    named
}

/// One method an action, named like it, and those that are written out.
pub(super) fn methods<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    world: &World<'_>,
) -> Vec<Method> {
    let mut written = Vec::new();
    for (name, version, section) in versioned_names(reader, root, "methods", "method") {
        written.extend(method(reader, world, name, version, section));
    }
    let performed: BTreeSet<(&Name, &Name)> = written
        .iter()
        .flat_map(|method: &Method| &method.performs)
        .map(|performs| (&performs.entity, &performs.action))
        .collect();
    let mut methods: Vec<Method> = Vec::new();
    let mut taken: BTreeSet<String> =
        written.iter().map(|method| method.name.to_string()).collect();
    for entity in world.entities {
        let mut seen = BTreeSet::new();
        for row in &entity.transitions {
            if performed.contains(&(&entity.name, &row.action)) || !seen.insert(&row.action) {
                continue;
            }
            let action = &row.action;
            let long = Name::parse(&format!("{}.{action}", entity.name));
            let name = match long {
                Ok(long) if taken.contains(action.as_str()) => long,
                _ => action.clone(),
            };
            taken.insert(name.to_string());
            let place = format!("entity/{}/action/{action}", entity.name);
            reader.place(at("method", &name), reader.line_of(&place));
            let title = reader.texts.get(&place).cloned();
            reader.title_like(&at("method", &name), title);
            let arguments = world.arguments(reader, &name, &[Acted { entity, action }]);
            let performs =
                Vec::from([Performs { entity: entity.name.clone(), action: action.clone() }]);
            let (actors, guards, writes, emits) = Default::default();
            methods.push(Method {
                name,
                version: 1,
                arguments,
                performs,
                actors,
                guards,
                writes,
                emits,
            });
        }
    }
    methods.extend(written);
    methods
}

fn method<'t>(
    reader: &mut Reader<'t>,
    world: &World<'_>,
    name: Name,
    version: u16,
    mut section: Section<'t>,
) -> Option<Method> {
    let place = section.place.clone();
    reader.title(&place, &mut section);
    let performs = reader.list(&mut section, "performs", performs);
    let mut arguments = Vec::new();
    let written = reader.names(&mut section, "arguments", &place);
    let all_written = !written.is_empty();
    for (argument, item) in written {
        arguments.extend(reader.field(&at(&place, &argument), &argument, item));
    }
    let actors = reader.list(&mut section, "by", entity::actor);
    let guards = reader.list(&mut section, "guards", Reader::name);
    let writes = reader.list(&mut section, "writes", Reader::name);
    let emits = reader.list(&mut section, "emits", Reader::name);
    reader.finish(section);
    if !all_written {
        let acted = performs.iter().filter_map(|performs: &Performs| {
            let entity = world.entities.iter().find(|entity| entity.name == performs.entity)?;
            Some(Acted { entity, action: &performs.action })
        });
        arguments = world.arguments(reader, &name, &acted.collect::<Vec<_>>());
    }
    Some(Method { name, version, arguments, performs, actors, guards, writes, emits })
}

/// `entity.action`.
fn performs<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Performs> {
    let text = reader.ascii(place, item)?;
    let parts = text.split_once('.');
    let names =
        parts.and_then(|(entity, action)| Name::parse(entity).ok().zip(Name::parse(action).ok()));
    if names.is_none() {
        let what = format!("performs \"{text}\"");
        reader.fault(item.line, place, what, "write entity.action");
    }
    names.map(|(entity, action)| Performs { entity, action })
}

/// A field of an object, or a part of its key, without the option around it.
fn known(entity: &Entity, name: &Name) -> Option<(Type, String)> {
    let of = |of: &Type| match of {
        Type::Option(inner) => (**inner).clone(),
        of => of.clone(),
    };
    let part = entity.key.iter().find(|part| part.name == *name);
    if let Some(part) = part {
        return Some((part.of.clone(), format!("entity/{}/key/{name}", entity.name)));
    }
    let field = entity.fields.iter().find(|field| field.name == *name)?;
    Some((of(&field.of), format!("entity/{}/field/{name}", entity.name)))
}

/// An event's fields are named after those of the entity whose rows emit it, or written out with types.
pub(super) fn events<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    entities: &[Entity],
) -> Vec<Event> {
    let mut events = Vec::new();
    for (name, item) in reader.names(root, "events", "event") {
        let place = at("event", &name);
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        reader.title(&place, &mut section);
        let emitting =
            |entity: &&Entity| entity.transitions.iter().any(|row| row.emits.contains(&name));
        let emitting: Vec<&Entity> = entities.iter().filter(emitting).collect();
        let mut fields = Vec::new();
        for field in reader.list(&mut section, "carries", named) {
            let found = emitting.iter().find_map(|entity| known(entity, &field.0));
            match found {
                Some((of, like)) => {
                    let title = reader.texts.get(&like).cloned();
                    reader.title_like(&at(&place, &field.0), title);
                    fields.push(Field { name: field.0, of, kept: Kept::Clear });
                }
                None => {
                    let what = format!("carries {}, which no entity that emits it has", field.0);
                    let remedy = "name a field, or write it into fields with its type";
                    reader.fault(field.1, place.clone(), what, remedy);
                }
            }
        }
        for (field, item) in reader.names(&mut section, "fields", &place) {
            fields.extend(reader.field(&at(&place, &field), &field, item));
        }
        reader.finish(section);
        events.push(Event { name, fields });
    }
    events
}

/// Titles of the fields that every entity with states or deadlines has.
fn implied(field: &Name) -> Title {
    let (zh, en) = match field.as_str() {
        "state" => ("状态", "State"),
        "clocks" => ("计时", "Clocks"),
        _ => return None,
    };
    Some(crate::Text { zh: zh.into(), en: en.into() })
}

fn named<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<(Name, u32)> {
    reader.name(place, item).map(|name| (name, item.line))
}

fn query_reader<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<QueryReader> {
    let text = reader.ascii(place, item)?;
    match notation::parse_reader(&text) {
        Ok(found) => Some(found),
        Err(problem) => {
            let what = format!("\"{text}\": {problem}");
            let remedy =
                "write a reader such as auditor, unit@own(unit) without algorithm, everyone";
            reader.fault(item.line, place, what, remedy);
            None
        }
    }
}

/// The entity that something is about: as written, or the one of the same name, or the only one.
pub(super) fn over<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'t>,
    name: &Name,
    entities: &[Entity],
) -> Option<Name> {
    if let Some(item) = section.take("over") {
        return reader.name(&section.place, item);
    }
    let alike = entities.iter().find(|entity| entity.name == *name);
    let only = if entities.len() == 1 { entities.first() } else { None };
    let found = alike.or(only);
    if found.is_none() {
        let place = section.place.clone();
        reader.fault(section.line, place, "does not say which entity it is over", "write over = …");
    }
    found.map(|entity| entity.name.clone())
}

pub(super) fn queries<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    entities: &[Entity],
) -> Vec<Query> {
    let mut queries = Vec::new();
    for (name, version, mut section) in versioned_names(reader, root, "queries", "query") {
        let place = section.place.clone();
        reader.title(&place, &mut section);
        let over = over(reader, &mut section, &name, entities);
        let by = reader.may(&mut section, "index", Reader::name);
        let given = reader.may(&mut section, "given", Reader::number);
        let given = given.unwrap_or(u32::from(by.is_some()));
        let readers = reader.list(&mut section, "readers", query_reader);
        reader.finish(section);
        queries.extend(over.map(|over| Query { name, version, over, by, given, readers }));
    }
    queries
}

/// A fact is an object of the entity of its name: asked with its key, answering the fields that are listed. A coded contract writes key and value out.
pub(super) fn provides<'t>(
    reader: &mut Reader<'t>,
    root: &mut Section<'t>,
    entities: &[Entity],
) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (name, version, mut section) in versioned_names(reader, root, "provides", "fact") {
        let place = section.place.clone();
        reader.title(&place, &mut section);
        let entity = entities.iter().find(|entity| entity.name == name);
        let mut key: Vec<Part> = entity.map_or_else(Vec::new, |entity| entity.key.clone());
        let mut value = Vec::new();
        for (field, line) in reader.list(&mut section, "tells", named) {
            let found = entity.and_then(|entity| entity.field(field.as_str()));
            match found {
                Some(found) => {
                    let title: Title =
                        reader.texts.get(&format!("entity/{name}/field/{field}")).cloned();
                    let title = title.or_else(|| implied(&field));
                    reader.title_like(&at(&place, &field), title);
                    value.push(found);
                }
                None => {
                    let what = format!("tells {field}, which no entity {name} has");
                    reader.fault(
                        line,
                        place.clone(),
                        what,
                        "name a field of the entity of this name",
                    );
                }
            }
        }
        let written = reader.names(&mut section, "key", &place);
        if !written.is_empty() {
            key.clear();
        }
        for (part, item) in written {
            let field = reader.field(&format!("{place}/key/{part}"), &part, item);
            reader.texts.remove(&format!("{place}/key/{part}"));
            key.extend(field.map(|field| Part { name: part, of: field.of }));
        }
        for (field, item) in reader.names(&mut section, "value", &place) {
            value.extend(reader.field(&at(&place, &field), &field, item));
        }
        reader.finish(section);
        facts.push(Fact { name, version, key, value });
    }
    facts
}
