//! The shape of an interface: everything that binds. Titles stand beside it, so that a corrected title changes no hash.
//!
//! Comes in: `interface.json` or a declared module. Goes out: plain data. Never: a check; [`crate::Interface`] holds valid
//! shapes only.

mod entity;
mod indicator;
mod method;

pub use entity::{
    Actor, Apart, Assignment, ClockStep, Corrections, Deadline, Entity, Expiry, Index, Part, Scope,
    State, Step, Transition,
};
pub use indicator::{Better, Fold, Indicator, Measure};
pub use method::{Ask, Event, Fact, Guard, Method, Performs, Query, Reader, Setting, Unit};

use crate::types::Definition;
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};
use yinglian_protocol::{Code, Name};

/// Version of the form in which an interface is written.
pub const FORMAT: u8 = 1;

/// Everything of an interface but its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// [`FORMAT`].
    pub format: u8,
    /// Name of the contract.
    pub contract: Name,
    /// Version of the whole, raised with every change.
    pub version: u16,
    /// Roles that actors and readers name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Name>,
    /// Records and choices, each before it is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Definition>,
    /// Numbers that a decision may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// Facts that other contracts may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides: Vec<Fact>,
    /// Facts of other contracts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
    /// Conditions with a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// What the contract keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// What can be called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// What can be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Query>,
    /// What subscribers hear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Figures that anyone recomputes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indicators: Vec<Indicator>,
    /// Codes that the contract refuses with, beside those of every contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Code>,
}

/// An expression as it was written ([`crate::expression`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expression(pub String);

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Shape {
    /// An entity by name.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name.as_str() == name)
    }

    /// A method by name and version.
    pub fn method(&self, name: &str, version: u16) -> Option<&Method> {
        self.methods.iter().find(|method| method.name.as_str() == name && method.version == version)
    }

    /// A guard by name.
    pub fn guard(&self, name: &str) -> Option<&Guard> {
        self.guards.iter().find(|guard| guard.name.as_str() == name)
    }
}
