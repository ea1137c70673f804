//! The expression language of guards, assignments, measures and formulas: CEL's spelling, cut down until it is total.
//!
//! Comes in: text and the kinds of its variables. Goes out: a [`Compiled`] expression with the kind of its result and a bound
//! on its cost, or a [`Fault`] with the place. Evaluated with the same result on every machine. Never: floats, regular expressions, loops
//! but over a list that has a maximum, a variable that is not declared, an error other than overflow and division by zero.

mod compile;
mod evaluate;
mod kind;
mod number;
mod parse;
mod token;

pub use evaluate::EvaluateError;
pub use kind::{Kind, Variables};

use crate::Value;
use alloc::{collections::BTreeSet, string::String};
use core::cmp::Ordering;
use number::Number;

/// Longest expression, bytes.
pub const SOURCE_BYTES_MAX: usize = 1024;
/// Most nodes of an expression.
pub const NODES_MAX: u32 = 256;
/// Most brackets and operators around one another.
pub const DEPTH_MAX: u32 = 32;
/// Highest bound on the cost of one evaluation; one step of the evaluator costs one, a step over a text sixteen.
pub const COST_MAX: u64 = 200_000;

/// Why an expression is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {problem}")]
pub struct Fault {
    /// Byte of the text, from 0.
    pub at: usize,
    /// What is wrong, and what is meant.
    pub problem: String,
}

impl Fault {
    fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }
}

/// An expression that fits its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    root: compile::Op,
    kind: Kind,
    cost: u64,
}

impl Compiled {
    /// Reads an expression over these variables.
    pub fn new(source: &str, variables: &Variables) -> Result<Self, Fault> {
        let compiled = Self::new_or_null(source, variables)?;
        if compiled.kind == Kind::Null {
            return Err(Fault::new(0, "null alone says nothing"));
        }
        Ok(compiled)
    }

    fn new_or_null(source: &str, variables: &Variables) -> Result<Self, Fault> {
        let tree = parse::parse(source)?;
        let (root, kind) = compile::compile(&tree, variables)?;
        let cost = compile::cost(&root);
        if cost > COST_MAX {
            return Err(Fault::new(0, "costs too much: fold over shorter lists"));
        }
        Ok(Self { root, kind, cost })
    }

    /// Reads an expression whose result is to be of this kind: a value stands for an option that holds it, the name of a case
    /// in quotes for the case.
    pub fn of_kind(source: &str, variables: &Variables, kind: &Kind) -> Result<Self, Fault> {
        let mut compiled = Self::new_or_null(source, variables)?;
        compiled.root = compile::coerce(compiled.root, &compiled.kind, kind)?;
        compiled.kind = kind.clone();
        Ok(compiled)
    }

    /// Fields of a record variable that the expression reads.
    pub fn reads(&self, variables: &Variables, name: &str) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        if let Some((index, Kind::Record(fields))) = variables.find(name) {
            compile::fields_read(&self.root, index, fields, &mut read);
        }
        read
    }

    /// Kind of the result.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Bound on the cost of one evaluation.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// The result for these values of the variables, in their order.
    pub fn evaluate(&self, values: &[&Value]) -> Result<Value, EvaluateError> {
        evaluate::evaluate(&self.root, values)
    }
}

/// The sum of two numbers.
pub(crate) fn add(one: &Value, other: &Value) -> Result<Value, EvaluateError> {
    let (one, other) = pair(one, other)?;
    Ok(one.arithmetic("+", other)?.value())
}

/// The order of two numbers.
pub(crate) fn compare(one: &Value, other: &Value) -> Result<Ordering, EvaluateError> {
    let (one, other) = pair(one, other)?;
    one.compare(other)
}

fn pair(one: &Value, other: &Value) -> Result<(Number, Number), EvaluateError> {
    let number = |value| Number::of(value).ok_or(EvaluateError::Mismatch);
    Ok((number(one)?, number(other)?))
}
