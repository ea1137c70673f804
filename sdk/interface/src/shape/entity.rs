//! What a contract keeps: objects with a key, fields, states, clocks, and the table by which they change.

use super::Expression;
use crate::types::{Case, Definition, Field, Kept, ListType, Type, is_false};
use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};
use yinglian_protocol::Name;

/// A kind of object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Name, unique within the contract.
    pub name: Name,
    /// First part of its registry keys; parts of the key follow, each after a slash.
    pub prefix: Name,
    /// Number of the body's layout. A changed layout is a new number.
    pub schema: u16,
    /// Parts of the key in order; none for what exists once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<Part>,
    /// Fields of the body, after state and clocks.
    pub fields: Vec<Field>,
    /// States in the order of their tags; none for what has no life cycle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<State>,
    /// Clocks that transitions start and stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<Deadline>,
    /// The only ways to change the state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// Orders in which queries read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// What may be corrected, by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrections: Option<Corrections>,
    /// True when supervision orders (督办) may be attached.
    #[serde(default, skip_serializing_if = "is_false")]
    pub supervised: bool,
    /// True when reads are recorded.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the part.
    pub name: Name,
    /// Its type, whose JSON text stands in the key.
    #[serde(rename = "type")]
    pub of: Type,
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Name.
    pub name: Name,
    /// True when no transition leaves it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub end: bool,
    /// Code of the state in an outside list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// One rule: who may do what, in which states, under which guards, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// What is done. Rows of one action and one state are tried in their order.
    pub action: Name,
    /// States in which it may be done; none when it makes the object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Name>,
    /// State after it; absent when the state stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Name>,
    /// Chooses between rows of one action and state: the first that holds is taken. Not a guard: it refuses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expression>,
    /// Who may do it: any one of these.
    pub actors: Vec<Actor>,
    /// Who must sign the same act besides: each of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint: Vec<Actor>,
    /// How the signers of a joint act, or this act and the one before, must differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Apart>,
    /// What must hold, in the order in which it is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Name>,
    /// What becomes of the object's clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockStep>,
    /// Fields that it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<Assignment>,
    /// Events that it emits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<Name>,
}

/// Who may act: a role, and a relation to the object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Role of the sender's key or post; absent for anybody registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// Relation of the sender to the object.
    #[serde(default, skip_serializing_if = "Scope::is_any")]
    pub scope: Scope,
    /// True when a person's delegation must sign, false when none may; absent for either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<bool>,
}

/// Relation of a sender or reader to an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// None is asked for.
    #[default]
    Any,
    /// The field is the sender's organisation, or a list that holds it.
    Own(Name),
    /// The field is another organisation than the sender's.
    Other(Name),
    /// The field is a region within the sender's.
    Region(Name),
}

impl Scope {
    fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// Field that the scope compares.
    pub fn field(&self) -> Option<&Name> {
        match self {
            Self::Any => None,
            Self::Own(field) | Self::Other(field) | Self::Region(field) => Some(field),
        }
    }
}

/// How signers must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// By their keys.
    Key,
    /// By their organisations.
    Organization,
}

/// What a transition does to a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockStep {
    /// What is done.
    pub step: Step,
    /// The deadline whose clock it is.
    pub clock: Name,
}

/// What is done to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It begins to run.
    Start,
    /// It ends, in time or late.
    Stop,
    /// It rests.
    Pause,
    /// It runs on.
    Resume,
    /// It gets its one extension.
    Extend,
    /// Nothing: the act is possible only once it has run out.
    Expired,
}

/// A field that a transition sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The field.
    pub field: Name,
    /// Its value; absent when code computes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Expression>,
}

/// A time within which something is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Name of the clock.
    pub name: Name,
    /// Setting that holds the limit, with its unit.
    pub limit: Name,
    /// Setting that holds the one extension; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Name>,
    /// What follows when it is over.
    pub on_expiry: Vec<Expiry>,
}

/// What follows when a clock has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expiry {
    /// A supervision order (督办) on the organisation in this field.
    Order(Name),
    /// An action that becomes possible.
    Action(Name),
}

/// An order in which objects are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Name of the index.
    pub name: Name,
    /// Fields by which it is sorted; `state` is one where the entity has states.
    pub fields: Vec<Name>,
}

/// What may be corrected (更正). The reason is always required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrections {
    /// Fields that may be corrected.
    pub fields: Vec<Name>,
    /// Who may.
    pub actors: Vec<Actor>,
    /// States in which it may be done; none for all that are no end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<Name>,
}

impl Entity {
    /// Name of the implied choice of the entity's states.
    pub fn state_type(&self) -> Option<Name> {
        Name::parse(&format!("{}.state", self.name)).ok()
    }

    fn clock_type(&self) -> Option<Name> {
        Name::parse(&format!("{}.clock", self.name)).ok()
    }

    fn clock_name_type(&self) -> Option<Name> {
        Name::parse(&format!("{}.clock_name", self.name)).ok()
    }

    /// Definitions that the entity implies: its states as a choice, and a clock as a record.
    pub fn implied(&self) -> Vec<Definition> {
        let mut implied = Vec::new();
        if let (Some(name), false) = (self.state_type(), self.states.is_empty()) {
            let cases = self.states.iter().map(|state| (&state.name, state.code.clone()));
            implied.push(Definition::Choice { name, cases: numbered(cases) });
        }
        if let (Some(name), Some(of), false) =
            (self.clock_name_type(), self.clock_type(), self.deadlines.is_empty())
        {
            let cases = self.deadlines.iter().map(|deadline| (&deadline.name, None));
            let fields = clock_fields(name.clone()).unwrap_or_default();
            implied.push(Definition::Choice { name, cases: numbered(cases) });
            implied.push(Definition::Record { name: of, fields });
        }
        implied
    }

    /// Fields of the whole body: state, clocks, and the declared ones.
    pub fn layout(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if let (Some(of), false) = (self.state_type(), self.states.is_empty()) {
            fields.extend(plain("state", Type::Named(of)));
        }
        if let (Some(of), false) = (self.clock_type(), self.deadlines.is_empty()) {
            let max = u32::try_from(self.deadlines.len()).unwrap_or(u32::MAX);
            let list = ListType { of: Type::Named(of), min: 0, max, unique: true };
            fields.extend(plain("clocks", Type::List(Box::new(list))));
        }
        fields.extend(self.fields.iter().cloned());
        fields
    }

    /// Registry key of an object: the prefix, and the object's key after a slash where there is one.
    pub fn registry_key(&self, key: &str) -> Vec<u8> {
        if key.is_empty() {
            self.prefix.as_str().as_bytes().to_vec()
        } else {
            format!("{}/{key}", self.prefix).into_bytes()
        }
    }

    /// The object's key in a registry key of this entity; none for keys of others.
    pub fn object_key<'k>(&self, registry_key: &'k [u8]) -> Option<&'k str> {
        let text = core::str::from_utf8(registry_key).ok()?;
        let rest = text.strip_prefix(self.prefix.as_str())?;
        match (rest, self.key.is_empty()) {
            ("", true) => Some(""),
            (rest, false) => rest.strip_prefix('/').filter(|key| !key.is_empty()),
            _ => None,
        }
    }

    /// The texts of the parts of an object's key. A key of one part is that part, slashes included.
    pub fn key_parts<'k>(&self, key: &'k str) -> Option<Vec<&'k str>> {
        match self.key.len() {
            0 => key.is_empty().then(Vec::new),
            1 => Some(vec![key]),
            count => {
                let parts: Vec<&str> = key.split('/').collect();
                (parts.len() == count).then_some(parts)
            }
        }
    }

    /// A field of the layout by its name.
    pub fn field(&self, name: &str) -> Option<Field> {
        self.layout().into_iter().find(|field| field.name.as_str() == name)
    }
}

fn numbered<'a>(names: impl Iterator<Item = (&'a Name, Option<String>)>) -> Vec<Case> {
    let case = |(tag, (name, code)): (u8, (&Name, Option<String>))| Case {
        name: name.clone(),
        tag,
        of: None,
        code,
    };
    (0..=u8::MAX).zip(names).map(case).collect()
}

fn plain(name: &str, of: Type) -> Option<Field> {
    Some(Field { name: Name::parse(name).ok()?, of, kept: Kept::Clear })
}

/// A clock: which, since when, until when, resting since, extended, stopped when, how much of its unit it
/// used, and how much it rested.
fn clock_fields(clock: Name) -> Option<Vec<Field>> {
    let optional = |of: Type| Type::Option(Box::new(of));
    Some(vec![
        plain("clock", Type::Named(clock))?,
        plain("started", Type::Time)?,
        plain("due", Type::Time)?,
        plain("paused", optional(Type::Time))?,
        plain("extended", Type::Bool)?,
        plain("stopped", optional(Type::Time))?,
        plain("used", optional(Type::U32(crate::types::Range::default())))?,
        plain("rested", Type::U32(crate::types::Range::default()))?,
    ])
}
