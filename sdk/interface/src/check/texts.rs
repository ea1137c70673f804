//! Texts: one for every place, in both languages, and none beside.

use super::Checker;
use crate::{texts::TEXT_BYTES_MAX, types::Definition, types::Field};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

impl Checker<'_> {
    pub(super) fn texts(&mut self) {
        let wanted = self.places();
        for place in &wanted {
            match self.texts.find(place) {
                None => {
                    self.fault(place.clone(), "has no text", "add it to the texts in zh and en")
                }
                Some(text) => {
                    let good = |text: &str| !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX;
                    if !good(&text.zh) || !good(&text.en) {
                        self.fault(
                            place.clone(),
                            "has a text that is empty or longer than 1024 bytes",
                            "write both zh and en",
                        );
                    }
                }
            }
        }
        let superfluous: Vec<&str> = self
            .texts
            .iter()
            .map(|(place, _)| place)
            .filter(|place| !wanted.contains(*place))
            .collect();
        for place in superfluous {
            self.fault(
                format!("texts/{place}"),
                "explains what is not there",
                "remove it or correct the place",
            );
        }
    }

    /// Places that have a text.
    fn places(&self) -> BTreeSet<String> {
        let shape = self.shape;
        let mut places = BTreeSet::from([String::from("contract")]);
        places.extend(shape.roles.iter().map(|role| format!("role/{role}")));
        for definition in &shape.types {
            let place = format!("type/{}", definition.name());
            match definition {
                Definition::Record { fields, .. } => below(&mut places, &place, fields),
                Definition::Choice { cases, .. } => {
                    places.extend(cases.iter().map(|case| format!("{place}/{}", case.name)));
                }
            }
            places.insert(place);
        }
        places.extend(shape.settings.iter().map(|setting| format!("setting/{}", setting.name)));
        for fact in &shape.provides {
            places.insert(format!("fact/{}", fact.name));
            below(&mut places, &format!("fact/{}", fact.name), &fact.value);
        }
        for guard in &shape.guards {
            let place = format!("guard/{}", guard.name);
            // A guard with a code of the table is explained there.
            if guard.code.is_none() {
                places.extend(["cause", "remedy"].map(|part| format!("{place}/{part}")));
            }
            places.insert(place);
        }
        for entity in &shape.entities {
            let place = format!("entity/{}", entity.name);
            below(&mut places, &format!("{place}/field"), &entity.fields);
            places.extend(entity.key.iter().map(|part| format!("{place}/key/{}", part.name)));
            places
                .extend(entity.states.iter().map(|state| format!("{place}/state/{}", state.name)));
            places.extend(
                entity.transitions.iter().map(|row| format!("{place}/action/{}", row.action)),
            );
            places.extend(
                entity
                    .deadlines
                    .iter()
                    .map(|deadline| format!("{place}/deadline/{}", deadline.name)),
            );
            places.insert(place);
        }
        for method in &shape.methods {
            let place = format!("method/{}", method.name);
            below(&mut places, &place, &method.arguments);
            places.insert(place);
        }
        places.extend(shape.queries.iter().map(|query| format!("query/{}", query.name)));
        for event in &shape.events {
            let place = format!("event/{}", event.name);
            below(&mut places, &place, &event.fields);
            places.insert(place);
        }
        for figure in &shape.indicators {
            let place = format!("indicator/{}", figure.name);
            places
                .extend(figure.measures.iter().map(|measure| format!("{place}/{}", measure.name)));
            places.insert(place);
        }
        places
    }
}

fn below(places: &mut BTreeSet<String>, place: &str, fields: &[Field]) {
    places.extend(fields.iter().map(|field| format!("{place}/{}", field.name)));
}
