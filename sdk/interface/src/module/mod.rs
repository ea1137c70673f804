//! A contract written by a person: one TOML file, with titles beside what they explain and short notations for types, actors and clocks.
//!
//! Comes in: the text of the file. Goes out: an [`Interface`], or every fault with its line, what is wrong and what to do. Never: a rule of
//! its own; what is written here becomes a shape, and the shape's check decides. The chain never reads TOML.
//!
//! `docs/guides/en/modules.md` says how the file is written.

mod arguments;
mod calls;
mod declared;
mod entity;
mod figures;
mod notation;
mod read;

use crate::{Fault, Interface, InterfaceError, Shape, Text, Texts, shape};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;
use read::{Reader, Section};
use toml::de::DeTable;
use yinglian_protocol::Name;

/// Largest TOML text of a module, bytes.
pub const MODULE_BYTES_MAX: usize = 256 * 1024;

/// What is wrong in a module's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFault {
    /// Line of the text, from 1.
    pub line: u32,
    /// Place in the interface that the line declares, `entity/event/action/verify`; empty where the text is not TOML.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for ModuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, place, what, remedy } = self;
        let colon = if place.is_empty() { "" } else { ": " };
        write!(f, "line {line}: {place}{colon}{what}; {remedy}")
    }
}

impl Interface {
    /// Reads a module's TOML text. `Err` holds every fault, in the order of their lines.
    pub fn from_module(text: &str) -> Result<Self, Vec<ModuleFault>> {
        let mut reader = Reader::new(text);
        if text.len() > MODULE_BYTES_MAX {
            reader.fault(1, "", "is larger than 256 KiB", "split the contract");
            return Err(reader.faults);
        }
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let line = reader.line(error.span().map_or(0, |span| span.start));
                reader.fault(line, "", format!("is no TOML: {}", error.message()), "correct it");
                return Err(reader.faults);
            }
        };
        let root = reader.root(table.get_ref());
        let shape = shape_of(&mut reader, root);
        let Some(shape) = shape.filter(|_| reader.faults.is_empty()) else {
            return Err(reader.sorted());
        };
        let texts = Texts(core::mem::take(&mut reader.texts));
        Self::new(shape, texts).map_err(|error| {
            match error {
                InterfaceError::Form(problem) => reader.fault(1, "", problem, "correct it"),
                InterfaceError::Faults(faults) => placed(&mut reader, faults),
            }
            reader.sorted()
        })
    }
}

/// Faults of the shape with their lines; one that several methods meet at one line is told once.
fn placed(reader: &mut Reader<'_>, faults: Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for Fault { place, problem, remedy } in faults {
        let line = reader.line_of(&place);
        if seen.insert((line, problem.clone())) {
            reader.fault(line, place, problem, remedy);
        }
    }
}

fn shape_of<'t>(reader: &mut Reader<'t>, mut root: Section<'t>) -> Option<Shape> {
    let contract = reader.need(&mut root, "contract", Reader::name);
    reader.contract = contract.clone();
    let version = reader.need(&mut root, "version", Reader::number);
    reader.place("contract", 1);
    reader.title("contract", &mut root);
    let roles = declared::roles(reader, &mut root);
    let types = declared::types(reader, &mut root);
    let settings = declared::settings(reader, &mut root);
    let asks = declared::asks(reader, &mut root);
    let guards = declared::guards(reader, &mut root);
    let common = arguments::common(reader, &mut root);
    let (entities, given) = entity::entities(reader, &mut root);
    let world =
        arguments::World { entities: &entities, guards: &guards, asks: &asks, given, common };
    let methods = calls::methods(reader, &mut root, &world);
    world.unused(reader);
    let events = calls::events(reader, &mut root, &entities);
    let queries = calls::queries(reader, &mut root, &entities);
    let provides = calls::provides(reader, &mut root, &entities);
    let indicators = figures::indicators(reader, &mut root, &entities);
    let errors = declared::errors(reader, &mut root);
    reader.finish(root);
    Some(Shape {
        format: shape::FORMAT,
        contract: contract?,
        version: version?,
        roles,
        types,
        settings,
        provides,
        asks,
        guards,
        entities,
        methods,
        queries,
        events,
        indicators,
        errors,
    })
}

/// A title beside what it explains.
pub(crate) type Title = Option<Text>;

/// A name of this file that the check can point to.
pub(crate) fn at(place: &str, name: &Name) -> String {
    format!("{place}/{name}")
}
