//! Types and definitions: bounds that can be met, names that are declared before they are used, no nesting without end.

use super::Checker;
use crate::{
    codec::integer_bounds,
    types::{
        Case, Definition, ENCRYPTED, FIXED_MAX, Field, ITEMS_MAX, Kept, LENGTH_MAX, Length,
        ListType, NESTING_MAX, SCALE_MAX, Type,
    },
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use yinglian_protocol::Name;

/// Most cases of a choice.
const CASES_MAX: usize = 128;
/// Longest outside code, bytes.
const CODE_BYTES_MAX: usize = 32;

/// Most values of a record written out, lists with one item.
const PARTS_MAX: u32 = 1024;

/// How deep a type is, and how many values it holds when it is written out.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    depth: u32,
    parts: u32,
}

type Extents = BTreeMap<Name, Extent>;

/// The extent of what holds these.
fn around(inner: &[Extent]) -> Extent {
    let depth = inner.iter().map(|extent| extent.depth).max().unwrap_or(0).saturating_add(1);
    let parts = inner.iter().fold(1_u32, |sum, extent| sum.saturating_add(extent.parts));
    Extent { depth, parts }
}

impl Checker<'_> {
    /// Collects the definitions: built in, implied by entities, declared in their order.
    pub(super) fn definitions(&mut self) {
        let mut extents = Extents::new();
        let implied = self.shape.entities.iter().flat_map(|entity| entity.implied());
        for definition in implied.collect::<Vec<_>>() {
            extents.insert(definition.name().clone(), Extent { depth: 2, parts: 8 });
            self.definitions.insert(definition);
        }
        if let Ok(name) = Name::parse(ENCRYPTED) {
            extents.insert(name, Extent { depth: 4, parts: 8 });
        }
        for definition in &self.shape.types {
            let place = format!("type/{}", definition.name());
            if self.definitions.find(definition.name()).is_some() {
                self.fault(
                    place.clone(),
                    "has the name of another definition",
                    "choose another name",
                );
            }
            let used: Vec<Extent> = match definition {
                Definition::Record { fields, .. } => {
                    if fields.is_empty() {
                        self.fault(place.clone(), "has no fields", "give it one or remove it");
                    }
                    fields
                        .iter()
                        .map(|field| self.extent(&place, &field.layout(), &extents))
                        .collect()
                }
                Definition::Choice { cases, .. } => {
                    self.cases(&place, cases);
                    let used = cases.iter().filter_map(|case| case.of.as_ref());
                    used.map(|of| self.extent(&place, of, &extents)).collect()
                }
            };
            let extent = around(&used);
            self.bounded(&place, extent);
            extents.insert(definition.name().clone(), extent);
            self.definitions.insert(definition.clone());
        }
        for definition in &self.shape.types {
            let place = format!("type/{}", definition.name());
            match definition {
                Definition::Record { fields, .. } => self.fields(&place, fields),
                Definition::Choice { cases, .. } => {
                    for case in cases {
                        if let Some(of) = &case.of {
                            self.type_(&format!("{place}/{}", case.name), of);
                        }
                    }
                }
            }
        }
        self.expanded(&extents);
    }

    /// Arguments and objects, written out, are of a bounded size, so that looking at their fields is too.
    fn expanded(&mut self, extents: &Extents) {
        let entities = self
            .shape
            .entities
            .iter()
            .map(|entity| (format!("entity/{}", entity.name), entity.layout()));
        let methods = self
            .shape
            .methods
            .iter()
            .map(|method| (format!("method/{}", method.name), method.arguments.clone()));
        for (place, fields) in entities.chain(methods).collect::<Vec<_>>() {
            let used: Vec<Extent> =
                fields.iter().map(|field| self.extent(&place, &field.layout(), extents)).collect();
            self.bounded(&place, around(&used));
        }
    }

    fn bounded(&mut self, place: &str, extent: Extent) {
        if extent.depth > NESTING_MAX {
            self.fault(place, "is nested more than 16 deep", "flatten it");
        }
        if extent.parts > PARTS_MAX {
            self.fault(place, "holds more than 1024 values, written out", "split it");
        }
    }

    /// Extent of a type whose definitions stand before it; a name that does not is a fault and counts nothing.
    fn extent(&mut self, place: &str, of: &Type, extents: &Extents) -> Extent {
        let inner = match of {
            Type::Option(inner) => self.extent(place, inner, extents),
            Type::List(list) => self.extent(place, &list.of, extents),
            Type::Named(name) => match extents.get(name) {
                Some(extent) => *extent,
                None => {
                    let problem = format!("uses {name}, which is not declared before it");
                    self.fault(place, problem, "declare it, and before its first use");
                    Extent::default()
                }
            },
            _ => Extent::default(),
        };
        around(&[inner])
    }

    fn cases(&mut self, place: &str, cases: &[Case]) {
        let names: Vec<String> = cases.iter().map(|case| format!("{}", case.name)).collect();
        self.unique(place, &names);
        if cases.is_empty() || cases.len() > CASES_MAX {
            self.fault(place, "has no case, or more than 128", "give it one to 128");
        }
        let rising = cases.iter().zip(cases.iter().skip(1)).all(|(one, next)| one.tag < next.tag);
        if !rising {
            self.fault(
                place,
                "has tags that do not rise",
                "order the cases by their tags, each tag once",
            );
        }
        let codes: Vec<String> = cases.iter().filter_map(|case| case.code.clone()).collect();
        self.unique(&format!("{place}/code"), &codes);
        if codes.iter().any(|code| code.is_empty() || code.len() > CODE_BYTES_MAX) {
            self.fault(
                place,
                "has an outside code that is empty or longer than 32 bytes",
                "shorten it",
            );
        }
    }

    pub(super) fn field(&mut self, place: &str, field: &Field) {
        let place = format!("{place}/{}", field.name);
        self.type_(&place, &field.of);
        if field.kept == Kept::Encrypted {
            // The built-in definition is always there.
            return;
        }
        if field.kept == Kept::Committed && matches!(field.of, Type::Option(_)) {
            self.fault(
                place,
                "commits to an option",
                "make the commitment optional in a record, or commit to the value",
            );
        }
    }

    /// Bounds of a type, and the definitions it uses.
    pub(super) fn type_(&mut self, place: &str, of: &Type) {
        self.type_at(place, of, 0);
    }

    fn type_at(&mut self, place: &str, of: &Type, depth: u32) {
        if depth > NESTING_MAX {
            self.fault(place, "is nested more than 16 deep", "flatten it");
            return;
        }
        match of {
            Type::U8(_) | Type::U16(_) | Type::U32(_) | Type::U64(_) => {
                let wide = integer_bounds(of).is_some_and(|(min, max, width)| {
                    let bits = u32::try_from(width.saturating_mul(8)).unwrap_or(0);
                    let widest = u64::MAX.checked_shr(64_u32.saturating_sub(bits));
                    min <= max && widest.is_some_and(|widest| max <= widest)
                });
                if !wide {
                    self.fault(
                        place,
                        "has bounds that no number of its width meets",
                        "correct min and max",
                    );
                }
            }
            Type::Decimal(range) => {
                if range.scale > SCALE_MAX || range.min_units > range.max_units {
                    self.fault(
                        place,
                        "has a scale above 9, or bounds that nothing meets",
                        "correct scale, min_units and max_units",
                    );
                }
            }
            Type::Text(length) | Type::Bytes(length) => self.length(place, length),
            Type::Fixed(width) => {
                if *width == 0 || *width > FIXED_MAX {
                    self.fault(
                        place,
                        "is fixed at no byte or more than 256",
                        "use bytes with a maximum",
                    );
                }
            }
            Type::Option(inner) => {
                if matches!(**inner, Type::Option(_)) {
                    self.fault(
                        place,
                        "is an option of an option, which JSON cannot tell apart",
                        "use one",
                    );
                }
                self.type_at(place, inner, depth.saturating_add(1));
            }
            Type::List(list) => self.list(place, list, depth),
            Type::Named(name) => {
                self.used.types.insert(name.clone());
                if self.definitions.find(name).is_none() {
                    self.fault(
                        place,
                        format!("uses {name}, which is not declared"),
                        "declare it among the types",
                    );
                }
            }
            Type::Bool | Type::Time | Type::Code(_) | Type::Digest | Type::Id(_) => {}
        }
    }

    fn length(&mut self, place: &str, length: &Length) {
        if length.min > length.max || length.max == 0 || length.max > LENGTH_MAX {
            self.fault(
                place,
                "has a maximum of 0, below its minimum or above 65536",
                "correct min and max",
            );
        }
    }

    fn list(&mut self, place: &str, list: &ListType, depth: u32) {
        if list.min > list.max || list.max == 0 || list.max > ITEMS_MAX {
            self.fault(
                place,
                "is a list of at most 0, below its minimum or above 65536",
                "correct min and max",
            );
        }
        self.type_at(place, &list.of, depth.saturating_add(1));
    }
}
