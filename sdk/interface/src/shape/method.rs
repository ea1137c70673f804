//! What can be called and read: methods, queries, events, guards, facts, settings.

use super::{Actor, Expression, Part, Scope};
use crate::types::{Field, is_false};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use yinglian_protocol::{Code, Name};

/// A method and one version of its arguments. A published version never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Name.
    pub name: Name,
    /// Version of the arguments' layout.
    pub version: u16,
    /// Arguments, a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Field>,
    /// Transitions that it performs, in this order; each is checked as if called alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performs: Vec<Performs>,
    /// Who may call a method that performs no transition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<Actor>,
    /// Guards of a method that performs no transition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Name>,
    /// Entities that a method without transitions writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Name>,
    /// Events that a method without transitions emits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<Name>,
}

/// A transition that a method performs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performs {
    /// The entity.
    pub entity: Name,
    /// The action.
    pub action: Name,
}

/// A condition with a name, which a refusal gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Name.
    pub name: Name,
    /// The condition; absent when code decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Expression>,
    /// Code of the refusal; absent for the general one of guards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// A read of one entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Name.
    pub name: Name,
    /// Version of what it asks and answers.
    pub version: u16,
    /// The entity.
    pub over: Name,
    /// Index whose fields it takes, from the first on; absent for one object by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    /// How many of the index's fields the caller gives; what remains is the order.
    #[serde(default, skip_serializing_if = "crate::types::is_zero")]
    pub given: u32,
    /// Who may read: any one of these.
    pub readers: Vec<Reader>,
}

/// Who may read, and what is kept from them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// True for everyone, registered or not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everyone: bool,
    /// Role of the caller; absent for anybody registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// Relation of the caller to the object.
    #[serde(default, skip_serializing_if = "is_any")]
    pub scope: Scope,
    /// Fields that this reader does not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<Name>,
}

fn is_any(scope: &Scope) -> bool {
    *scope == Scope::Any
}

/// Something that subscribers hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Name.
    pub name: Name,
    /// Values that it carries, in their JSON texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Facts that a contract gives to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Name.
    pub name: Name,
    /// Version of its layout.
    pub version: u16,
    /// What it is asked with.
    pub key: Vec<Part>,
    /// What it answers.
    pub value: Vec<Field>,
}

/// Facts that a contract takes from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Name under which expressions read it: `fact.NAME`.
    pub name: Name,
    /// Provider and fact, `catalog.resource`.
    pub fact: Name,
    /// Version of its layout.
    pub version: u16,
    /// What it is asked with, from the same variables as the rule that reads it.
    pub key: Vec<Expression>,
    /// What is read of it: fields of the provider's, with its types.
    pub value: Vec<Field>,
}

/// A number that a decision may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Name.
    pub name: Name,
    /// Unit of the number.
    pub unit: Unit,
    /// Value until a decision changes it.
    pub default: u32,
    /// Smallest value.
    pub min: u32,
    /// Largest value.
    pub max: u32,
    /// Fields of the object by which values may differ, such as region and class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed_by: Vec<Name>,
}

/// Unit of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number.
    Count,
    /// Minutes.
    Minutes,
    /// Days of the calendar (自然日).
    Days,
    /// Working days (工作日) of the calendar contract.
    WorkingDays,
}

impl Unit {
    /// True for a length of time.
    pub fn is_time(self) -> bool {
        self != Self::Count
    }
}
