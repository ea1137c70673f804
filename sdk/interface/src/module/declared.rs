//! Roles, types, settings, facts that are asked for, guards and codes: what stands beside the entities.

use super::{
    at, notation,
    read::{Item, Reader, Section},
};
use crate::{
    Case, Definition, Text,
    shape::{Ask, Guard, Setting, Unit},
};
use alloc::{format, string::String, vec::Vec};
use yinglian_protocol::{Code, Name};

pub(super) fn roles<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Name> {
    let mut roles = Vec::new();
    for (role, item) in reader.names(root, "roles", "role") {
        let place = at("role", &role);
        reader.place(&place, item.line);
        if let Some(mut section) = reader.section(&place, item) {
            reader.title(&place, &mut section);
            reader.finish(section);
        }
        roles.push(role);
    }
    roles
}

/// A type with `fields` is a record, one with `cases` a choice.
pub(super) fn types<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Definition> {
    let mut types = Vec::new();
    for (name, item) in reader.names(root, "types", "type") {
        let place = at("type", &name);
        reader.place(&place, item.line);
        if notation::is_word(name.as_str()) {
            let what = format!("has the name of a built-in type, {name}");
            reader.fault(item.line, place, what, "choose another name");
            continue;
        }
        let Some(mut section) = reader.section(&place, item) else { continue };
        reader.title(&place, &mut section);
        let mut fields = Vec::new();
        for (field, item) in reader.names(&mut section, "fields", &place) {
            fields.extend(reader.field(&at(&place, &field), &field, item));
        }
        let mut cases = Vec::new();
        for (case, item) in reader.names(&mut section, "cases", &place) {
            let tag = u8::try_from(cases.len()).unwrap_or(u8::MAX);
            cases.extend(case_of(reader, &at(&place, &case), case, tag, item));
        }
        reader.finish(section);
        match (fields.is_empty(), cases.is_empty()) {
            (false, true) => types.push(Definition::Record { name, fields }),
            (true, false) => types.push(Definition::Choice { name, cases }),
            _ => reader.fault(
                item.line,
                place,
                "has neither fields nor cases, or both",
                "give it fields to make a record, or cases to make a choice",
            ),
        }
    }
    types
}

/// A case with `tag`, `code`, what it holds (`type`), zh and en. Tags count from 0 unless they are written.
fn case_of<'t>(
    reader: &mut Reader<'t>,
    place: &str,
    name: Name,
    tag: u8,
    item: Item<'t>,
) -> Option<Case> {
    reader.place(place, item.line);
    let mut section = reader.section(place, item)?;
    let tag = reader.may(&mut section, "tag", Reader::number).unwrap_or(tag);
    let code = reader.may(&mut section, "code", Reader::ascii);
    let of = reader.may(&mut section, "type", Reader::type_);
    reader.title(place, &mut section);
    reader.finish(section);
    Some(Case { name, tag, of, code })
}

pub(super) fn settings<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (name, item) in reader.names(root, "settings", "setting") {
        let place = at("setting", &name);
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        let unit = reader.need(&mut section, "unit", unit);
        let default = reader.need(&mut section, "default", Reader::number);
        let min = reader.need(&mut section, "min", Reader::number);
        let max = reader.need(&mut section, "max", Reader::number);
        let keyed_by = reader.list(&mut section, "by", Reader::name);
        reader.title(&place, &mut section);
        reader.finish(section);
        let read = (unit, default, min, max);
        if let (Some(unit), Some(default), Some(min), Some(max)) = read {
            settings.push(Setting { name, unit, default, min, max, keyed_by });
        }
    }
    settings
}

fn unit<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Unit> {
    Some(match reader.ascii(place, item)?.as_str() {
        "count" => Unit::Count,
        "minutes" => Unit::Minutes,
        "days" => Unit::Days,
        "working_days" => Unit::WorkingDays,
        other => {
            let what = format!("has the unit {other}");
            reader.fault(item.line, place, what, "write count, minutes, days or working_days");
            return None;
        }
    })
}

pub(super) fn versioned<'t>(
    reader: &mut Reader<'t>,
    place: &str,
    item: Item<'t>,
) -> Option<(Name, u16)> {
    let text = reader.ascii(place, item)?;
    match notation::parse_versioned(&text) {
        Ok(read) => Some(read),
        Err(problem) => {
            reader.fault(item.line, place, problem, "write name@1");
            None
        }
    }
}

pub(super) fn asks<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (name, item) in reader.names(root, "asks", "ask") {
        let place = at("ask", &name);
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        let fact = reader.need(&mut section, "fact", versioned);
        let key = reader.list(&mut section, "key", Reader::expression);
        let mut value = Vec::new();
        for (field, item) in reader.names(&mut section, "value", &place) {
            value.extend(reader.field(&at(&place, &field), &field, item));
            // What another contract tells is explained there.
            reader.texts.remove(&at(&place, &field));
        }
        reader.finish(section);
        if let Some((fact, version)) = fact {
            asks.push(Ask { name, fact, version, key, value });
        }
    }
    asks
}

pub(super) fn guards<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Guard> {
    let mut guards = Vec::new();
    for (name, item) in reader.names(root, "guards", "guard") {
        let place = at("guard", &name);
        reader.place(&place, item.line);
        let Some(mut section) = reader.section(&place, item) else { continue };
        let rule = reader.may(&mut section, "rule", Reader::expression);
        let code = reader.may(&mut section, "code", code);
        reader.title(&place, &mut section);
        for part in ["cause", "remedy"] {
            let Some(text) = reader.may(&mut section, part, both) else { continue };
            reader.texts.insert(format!("{place}/{part}"), text);
        }
        reader.finish(section);
        guards.push(Guard { name, rule, code });
    }
    guards
}

/// `{ zh = "…", en = "…" }`.
fn both<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Text> {
    let mut section = reader.section(place, item)?;
    let zh = reader.need(&mut section, "zh", Reader::text);
    let en = reader.need(&mut section, "en", Reader::text);
    reader.finish(section);
    Some(Text { zh: zh?, en: en? })
}

fn code<'t>(reader: &mut Reader<'t>, place: &str, item: Item<'t>) -> Option<Code> {
    let text: String = reader.ascii(place, item)?;
    let code = Code::all().find(|code| format!("{code}") == text);
    if code.is_none() {
        let what = format!("{text} is no code of the table");
        reader.fault(item.line, place, what, "see yinglian explain");
    }
    code
}

pub(super) fn errors<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Code> {
    let item = root.take("errors");
    let Some(item) = item else { return Vec::new() };
    let items = reader.items("error", item);
    let mut codes = Vec::new();
    for item in items {
        let Some(found) = code(reader, "error", item) else { continue };
        reader.place(format!("error/{found}"), item.line);
        codes.push(found);
    }
    codes
}
