//! Figures that anyone recomputes: folds over objects, and a formula over the folds.

use super::Expression;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use yinglian_protocol::Name;

/// A figure with its formula. A published version never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Name.
    pub name: Name,
    /// Version of measures and formula.
    pub version: u16,
    /// Unit of the result: `count`, `share`, `minutes`, …
    pub unit: Name,
    /// Which way is good, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// What is folded over the objects.
    pub measures: Vec<Measure>,
    /// The result, from the measures by their names.
    pub formula: Expression,
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A fold over the objects of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Name, by which the formula reads it.
    pub name: Name,
    /// The entity.
    pub over: Name,
    /// Which objects count, from `object` and `period`; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expression>,
    /// What is folded.
    pub fold: Fold,
}

/// What a measure does with the objects that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fold {
    /// Counts them.
    Count,
    /// Adds a number of each.
    Sum(Expression),
    /// Smallest of a number of each; none without objects.
    Min(Expression),
    /// Largest of a number of each; none without objects.
    Max(Expression),
    /// Counts how many different values there are.
    Distinct(Expression),
}

impl Fold {
    /// What is computed for each object.
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Count => None,
            Self::Sum(of) | Self::Min(of) | Self::Max(of) | Self::Distinct(of) => Some(of),
        }
    }
}
