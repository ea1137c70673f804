//! Arguments that need not be written: those that the rows of an action read, with the types of the fields they are for.

use super::{
    at,
    entity::Given,
    notation,
    read::{Reader, Section},
};
use crate::{
    Field, Kept, Text, Type,
    shape::{Ask, Entity, Expression, Guard, Transition},
};
use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use yinglian_protocol::Name;

/// An argument of `[arguments]`: any action that reads the name takes it.
pub(super) struct Common {
    field: Field,
    title: Option<Text>,
    line: u32,
}

/// What an action may read its arguments for.
pub(super) struct World<'w> {
    pub entities: &'w [Entity],
    pub guards: &'w [Guard],
    pub asks: &'w [Ask],
    pub given: Given,
    pub common: Vec<Common>,
}

pub(super) fn common<'t>(reader: &mut Reader<'t>, root: &mut Section<'t>) -> Vec<Common> {
    let mut common = Vec::new();
    for (name, item) in reader.names(root, "arguments", "arguments") {
        let place = at("arguments", &name);
        let field = reader.field(&place, &name, item);
        // Its title goes to each method that takes it.
        let title = reader.texts.remove(&place);
        common.extend(field.map(|field| Common { field, title, line: item.line }));
    }
    common
}

/// An action of an entity, with its rows.
pub(super) struct Acted<'w> {
    pub entity: &'w Entity,
    pub action: &'w Name,
}

impl<'w> Acted<'w> {
    fn rows(&self) -> impl Iterator<Item = &'w Transition> {
        let action = self.action.clone();
        self.entity.transitions.iter().filter(move |row| row.action == action)
    }

    fn makes(&self) -> bool {
        self.rows().any(|row| row.from.is_empty())
    }
}

impl World<'_> {
    /// The arguments of a method that performs these actions: keys, fields taken, those written out, and the rest that is read.
    pub fn arguments(
        &self,
        reader: &mut Reader<'_>,
        method: &Name,
        acted: &[Acted<'_>],
    ) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for acted in acted {
            for part in &acted.entity.key {
                let field =
                    Field { name: part.name.clone(), of: part.of.clone(), kept: Kept::Clear };
                let title =
                    reader.texts.get(&format!("entity/{}/key/{}", acted.entity.name, part.name));
                let title = title.cloned();
                add(reader, method, &mut fields, field, title);
            }
            for name in self.read(acted) {
                let Ok(name) = Name::parse(&name) else { continue };
                if fields.iter().any(|field| field.name == name) {
                    continue;
                }
                match self.resolve(reader, acted, &name) {
                    Some((field, title)) => add(reader, method, &mut fields, field, title),
                    None => {
                        let place = format!("entity/{}/action/{}", acted.entity.name, acted.action);
                        let line = reader.line_of(&place);
                        let what = format!("reads arguments.{name}, which has no type");
                        let remedy = format!(
                            "write arguments = {{ {name} = {{ type = …, zh = …, en = … }} }} into the row, or {name} into [arguments]"
                        );
                        reader.fault(line, place, what, remedy);
                    }
                }
            }
        }
        fields
    }

    /// Names of arguments in the order in which they become fields.
    fn read(&self, acted: &Acted<'_>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let taken = acted.rows().flat_map(|row| &row.sets);
        let taken = taken.filter(|set| {
            set.value.as_ref().is_some_and(|value| value.0 == format!("arguments.{}", set.field))
        });
        names.extend(taken.map(|set| set.field.to_string()));
        names.extend(self.given(acted).iter().map(|(field, ..)| field.name.to_string()));
        for row in acted.rows() {
            let sets = row.sets.iter().filter_map(|set| set.value.as_ref());
            for source in row.when.iter().chain(sets) {
                names.extend(self.read_by(source));
            }
            let guards = self.guards.iter().filter(|guard| row.guards.contains(&guard.name));
            for rule in guards.filter_map(|guard| guard.rule.as_ref()) {
                names.extend(self.read_by(rule));
            }
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// Arguments that an expression reads, and those that the facts it reads are asked with.
    fn read_by(&self, source: &Expression) -> Vec<String> {
        let mut names = notation::members(&source.0, "arguments");
        for fact in notation::members(&source.0, "fact") {
            let asks = self.asks.iter().filter(|ask| ask.name.as_str() == fact);
            for key in asks.flat_map(|ask| &ask.key) {
                names.extend(notation::members(&key.0, "arguments"));
            }
        }
        names
    }

    fn given(&self, acted: &Acted<'_>) -> &[(Field, Option<Text>, u32)] {
        let key = (acted.entity.name.clone(), acted.action.clone());
        self.given.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Type and title of an argument: as written, else of the field it is for, else the common one.
    fn resolve(
        &self,
        reader: &Reader<'_>,
        acted: &Acted<'_>,
        name: &Name,
    ) -> Option<(Field, Option<Text>)> {
        let common = self.common.iter().find(|common| common.field.name == *name);
        let assigned = acted.rows().flat_map(|row| &row.sets).find(|set| {
            set.value.as_ref().is_some_and(|value| value.0 == format!("arguments.{name}"))
        });
        let target = assigned.map_or(name, |set| &set.field);
        let field = acted.entity.fields.iter().find(|field| field.name == *target);
        let title =
            reader.texts.get(&format!("entity/{}/field/{target}", acted.entity.name)).cloned();
        if let Some((given, own, _)) =
            self.given(acted).iter().find(|(field, ..)| field.name == *name)
        {
            let title =
                own.clone().or(title).or_else(|| common.and_then(|common| common.title.clone()));
            return Some((given.clone(), title));
        }
        if let Some(field) = field {
            // What is unknown while the object is made is what the later row brings.
            let of = match (&field.of, acted.makes()) {
                (Type::Option(inner), false) => (**inner).clone(),
                (of, _) => of.clone(),
            };
            return Some((Field { name: name.clone(), of, kept: field.kept }, title));
        }
        common.map(|common| (common.field.clone(), common.title.clone()))
    }

    /// Common arguments that no action reads.
    pub fn unused(&self, reader: &mut Reader<'_>) {
        let mut read: BTreeSet<String> = BTreeSet::new();
        for entity in self.entities {
            for row in &entity.transitions {
                read.extend(self.read(&Acted { entity, action: &row.action }));
            }
        }
        for common in &self.common {
            if !read.contains(common.field.name.as_str()) {
                let place = at("arguments", &common.field.name);
                reader.fault(common.line, place, "is read by nothing", "use it or remove it");
            }
        }
    }
}

fn add(
    reader: &mut Reader<'_>,
    method: &Name,
    fields: &mut Vec<Field>,
    field: Field,
    title: Option<Text>,
) {
    if fields.iter().any(|known| known.name == field.name) {
        return;
    }
    reader.title_like(&format!("method/{method}/{}", field.name), title);
    fields.push(field);
}
