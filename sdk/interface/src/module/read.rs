//! TOML with lines: sections whose members are taken by name, so that what is left over is a fault.

use super::{ModuleFault, Title, notation};
use crate::{Text, Type, types::Field};
use alloc::{
    borrow::ToOwned,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use yinglian_protocol::Name;

/// A value and the line it stands in.
#[derive(Clone, Copy)]
pub(super) struct Item<'t> {
    pub line: u32,
    pub value: &'t DeValue<'t>,
}

/// A table whose members are taken one by one.
pub(super) struct Section<'t> {
    pub line: u32,
    pub place: String,
    entries: Vec<(&'t str, Item<'t>)>,
    asked: Vec<&'static str>,
}

impl<'t> Section<'t> {
    /// Takes a member.
    pub fn take(&mut self, key: &'static str) -> Option<Item<'t>> {
        self.asked.push(key);
        let at = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Everything that is left, in the order of the text: for tables of names.
    pub fn rest(&mut self) -> Vec<(&'t str, Item<'t>)> {
        core::mem::take(&mut self.entries)
    }
}

/// The text, what was found wrong, and where each place of the interface was declared.
pub(super) struct Reader<'t> {
    starts: Vec<usize>,
    pub faults: Vec<ModuleFault>,
    places: BTreeMap<String, u32>,
    pub texts: BTreeMap<String, Text>,
    /// Name of the contract, once it was read.
    pub contract: Option<Name>,
    text: core::marker::PhantomData<&'t str>,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at.saturating_add(1)).collect();
        Self {
            starts,
            faults: Vec::new(),
            places: BTreeMap::new(),
            texts: BTreeMap::new(),
            contract: None,
            text: core::marker::PhantomData,
        }
    }

    /// Line of a byte, from 1.
    pub fn line(&self, at: usize) -> u32 {
        let before = self.starts.partition_point(|start| *start <= at);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub fn fault(
        &mut self,
        line: u32,
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (place, what, remedy) = (place.into(), what.into(), remedy.into());
        self.faults.push(ModuleFault { line, place, what, remedy });
    }

    pub fn sorted(&mut self) -> Vec<ModuleFault> {
        let mut faults = core::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    /// Remembers where a place of the interface is declared; the first line counts.
    pub fn place(&mut self, place: impl Into<String>, line: u32) {
        self.places.entry(place.into()).or_insert(line);
    }

    /// Line of a place, or of what it lies in.
    pub fn line_of(&self, place: &str) -> u32 {
        // A method's guard is written once, beside the methods that ask it.
        let guard = place.split_once("/guard/").and_then(|(_, guard)| guard.split('/').next());
        let guard = guard.and_then(|guard| self.places.get(&format!("guard/{guard}")));
        if let Some(line) = guard {
            return *line;
        }
        let mut rest = place;
        loop {
            let bare = rest.rsplit_once('@').map_or(rest, |(bare, _)| bare);
            if let Some(line) = self.places.get(rest).or_else(|| self.places.get(bare)) {
                return *line;
            }
            match rest.rsplit_once('/') {
                Some((outer, _)) => rest = outer,
                None => return 1,
            }
        }
    }

    pub fn root(&self, table: &'t DeTable<'t>) -> Section<'t> {
        self.open(1, "", table)
    }

    fn open(&self, line: u32, place: &str, table: &'t DeTable<'t>) -> Section<'t> {
        let mut members: Vec<(&Spanned<_>, &Spanned<_>)> = table.iter().collect();
        // A table keeps its members by name; the order of the text is the order of fields and states.
        members.sort_by_key(|(key, _)| key.span().start);
        let entry =
            |(key, value): &(&'t Spanned<toml::de::DeString<'t>>, &'t Spanned<DeValue<'t>>)| {
                let line = self.line(key.span().start);
                (key.get_ref().as_ref(), Item { line, value: value.get_ref() })
            };
        let entries = members.iter().map(entry).collect();
        Section { line, place: place.to_owned(), entries, asked: Vec::new() }
    }

    /// A table.
    pub fn section(&mut self, place: &str, item: Item<'t>) -> Option<Section<'t>> {
        match item.value {
            DeValue::Table(table) => Some(self.open(item.line, place, table)),
            other => {
                self.wrong(place, item, other, "a table");
                None
            }
        }
    }

    /// A member that is a table of names.
    pub fn names(
        &mut self,
        section: &mut Section<'t>,
        key: &'static str,
        place: &str,
    ) -> Vec<(Name, Item<'t>)> {
        let Some(item) = section.take(key) else { return Vec::new() };
        let Some(mut table) = self.section(place, item) else { return Vec::new() };
        let mut named = Vec::new();
        for (name, item) in table.rest() {
            match Name::parse(name) {
                Ok(name) => named.push((name, item)),
                Err(_) => self.not_a_name(item.line, place, name),
            }
        }
        named
    }

    fn not_a_name(&mut self, line: u32, place: &str, name: &str) {
        let what = format!("\"{name}\" is no name");
        self.fault(line, place, what, "use 1 to 48 of a-z 0-9 _ . - and begin with a letter");
    }

    fn wrong(&mut self, place: &str, item: Item<'t>, found: &DeValue<'_>, wanted: &str) {
        let what = format!("is a TOML {} where {wanted} belongs", found.type_str());
        self.fault(item.line, place, what, format!("write {wanted}"));
    }

    /// A member that has to be there.
    pub fn need<T>(
        &mut self,
        section: &mut Section<'t>,
        key: &'static str,
        read: fn(&mut Self, &str, Item<'t>) -> Option<T>,
    ) -> Option<T> {
        let place = section.place.clone();
        match section.take(key) {
            Some(item) => read(self, &place, item),
            None => {
                let remedy = format!("write {key} = …");
                self.fault(section.line, place, format!("has no {key}"), remedy);
                None
            }
        }
    }

    /// A member that may be there.
    pub fn may<T>(
        &mut self,
        section: &mut Section<'t>,
        key: &'static str,
        read: fn(&mut Self, &str, Item<'t>) -> Option<T>,
    ) -> Option<T> {
        let place = section.place.clone();
        let item = section.take(key)?;
        read(self, &place, item)
    }

    /// A list whose items are read alike.
    pub fn list<T>(
        &mut self,
        section: &mut Section<'t>,
        key: &'static str,
        read: fn(&mut Self, &str, Item<'t>) -> Option<T>,
    ) -> Vec<T> {
        let place = section.place.clone();
        let Some(item) = section.take(key) else { return Vec::new() };
        self.items(&place, item).into_iter().filter_map(|item| read(self, &place, item)).collect()
    }

    /// The items of a list.
    pub fn items(&mut self, place: &str, item: Item<'t>) -> Vec<Item<'t>> {
        match item.value {
            DeValue::Array(items) => items
                .iter()
                .map(|found| Item { line: self.line(found.span().start), value: found.get_ref() })
                .collect(),
            other => {
                self.wrong(place, item, other, "a list");
                Vec::new()
            }
        }
    }

    pub fn text(&mut self, place: &str, item: Item<'t>) -> Option<String> {
        match item.value {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong(place, item, other, "a text in quotes");
                None
            }
        }
    }

    /// A text that becomes part of the shape.
    pub fn ascii(&mut self, place: &str, item: Item<'t>) -> Option<String> {
        let text = self.text(place, item)?;
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Some(text);
        }
        let remedy = "write it in ASCII; other scripts stand in zh and en";
        self.fault(item.line, place, format!("\"{text}\" is not ASCII"), remedy);
        None
    }

    /// An expression: text, or a bare number or truth.
    pub fn expression(&mut self, place: &str, item: Item<'t>) -> Option<crate::shape::Expression> {
        let text = match item.value {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            _ => self.ascii(place, item)?,
        };
        Some(crate::shape::Expression(text))
    }

    pub fn name(&mut self, place: &str, item: Item<'t>) -> Option<Name> {
        let text = self.text(place, item)?;
        let name = Name::parse(&text).ok();
        if name.is_none() {
            self.not_a_name(item.line, place, &text);
        }
        name
    }

    pub fn flag(&mut self, place: &str, item: Item<'t>) -> Option<bool> {
        match item.value {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.wrong(place, item, other, "true or false");
                None
            }
        }
    }

    pub fn number<T: TryFrom<u64>>(&mut self, place: &str, item: Item<'t>) -> Option<T> {
        let DeValue::Integer(number) = item.value else {
            self.wrong(place, item, item.value, "a whole number");
            return None;
        };
        let value = u64::from_str_radix(number.as_str(), number.radix()).ok();
        let value = value.and_then(|value| T::try_from(value).ok());
        if value.is_none() {
            self.fault(
                item.line,
                place,
                format!("{number} is out of range"),
                "write a smaller one",
            );
        }
        value
    }

    pub fn type_(&mut self, place: &str, item: Item<'t>) -> Option<Type> {
        let text = self.ascii(place, item)?;
        match notation::parse_type(&text) {
            Ok(of) => Some(of),
            Err(problem) => {
                let remedy = "write a type such as text(1..512), code([0-9]{4}), digest?, list(organization, 8)";
                self.fault(item.line, place, format!("\"{text}\": {problem}"), remedy);
                None
            }
        }
    }

    /// Takes `zh` and `en` of a section. One without the other is a fault; a place without both is one of the check's.
    pub fn title(&mut self, place: &str, section: &mut Section<'t>) -> Title {
        let zh = self.may(section, "zh", Self::text);
        let en = self.may(section, "en", Self::text);
        let title = match (zh, en) {
            (Some(zh), Some(en)) => Some(Text { zh, en }),
            (None, None) => None,
            (zh, _) => {
                let (there, missing) = if zh.is_some() { ("zh", "en") } else { ("en", "zh") };
                let what = format!("has {there} and no {missing}");
                self.fault(section.line, place, what, "write both zh and en");
                None
            }
        };
        if let Some(title) = &title {
            self.texts.insert(place.to_owned(), title.clone());
        }
        title
    }

    /// The title of a place that has none of its own.
    pub fn title_like(&mut self, place: &str, like: Title) {
        if let (false, Some(title)) = (self.texts.contains_key(place), like) {
            self.texts.insert(place.to_owned(), title);
        }
    }

    /// A field: a type alone, or a table of type, `kept`, zh and en.
    pub fn field(&mut self, place: &str, name: &Name, item: Item<'t>) -> Option<Field> {
        self.place(place, item.line);
        if let DeValue::String(_) = item.value {
            let of = self.type_(place, item)?;
            return Some(Field { name: name.clone(), of, kept: crate::Kept::Clear });
        }
        let mut section = self.section(place, item)?;
        let of = self.need(&mut section, "type", Self::type_);
        let kept = self.may(&mut section, "kept", Self::ascii);
        let kept = match kept.as_deref() {
            None | Some("clear") => crate::Kept::Clear,
            Some("committed") => crate::Kept::Committed,
            Some("encrypted") => crate::Kept::Encrypted,
            Some(other) => {
                let what = format!("is kept \"{other}\"");
                self.fault(item.line, place, what, "write clear, committed or encrypted");
                return None;
            }
        };
        self.title(place, &mut section);
        self.finish(section);
        Some(Field { name: name.clone(), of: of?, kept })
    }

    /// Members that nothing asked for.
    pub fn finish(&mut self, mut section: Section<'t>) {
        let known = section.asked.join(", ");
        for (key, item) in section.rest() {
            let what = format!("has \"{key}\", which means nothing here");
            self.fault(item.line, section.place.clone(), what, format!("known here: {known}"));
        }
    }
}
