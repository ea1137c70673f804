//! Indicators computed from objects: the same figure on a validator, in an audit and in a browser.
//!
//! Comes in: the objects of the declared entities, in any order, and a period. Goes out: each measure and the result, exact. Never:
//! floats, a figure when a fold overflows, a figure for objects that do not fit their entity.

use crate::{
    Interface, Value,
    codec::Definitions,
    expression::{Compiled, EvaluateError, Kind, Variables},
    shape::{Fold, Indicator, Shape},
};
use alloc::{boxed::Box, collections::BTreeSet, string::String, string::ToString, vec, vec::Vec};
use core::cmp::Ordering;

/// Most different values that a measure counts.
pub const DISTINCT_MAX: usize = 10_000_000;

/// A stretch of time, from inclusive, to exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First millisecond.
    pub from_ms: u64,
    /// First millisecond after it.
    pub to_ms: u64,
}

/// A computed indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Measures by name, in declared order. An option that holds none: a smallest of nothing.
    pub measures: Vec<(String, Value)>,
    /// The result; none where there is nothing to compare, such as a share of nothing.
    pub value: Option<Value>,
}

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// No indicator of this name and version.
    #[error("the interface has no such indicator")]
    Unknown,
    /// Measures and formula could not be evaluated.
    #[error("an expression has no result")]
    Evaluate(#[source] EvaluateError),
    /// More different values than can be counted.
    #[error("more than ten million different values")]
    TooManyDistinct,
}

impl From<EvaluateError> for FigureError {
    fn from(error: EvaluateError) -> Self {
        Self::Evaluate(error)
    }
}

/// Measures and formula, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    measures: Vec<Part>,
    formula: Compiled,
}

#[derive(Debug, Clone)]
struct Part {
    name: String,
    over: String,
    condition: Option<Compiled>,
    of: Option<Compiled>,
    fold: Fold,
}

/// Why an indicator is not admitted: the place within it, and the problem.
pub(crate) type PartFault = (String, String);

/// Compiles an indicator's expressions.
pub(crate) fn compile(
    indicator: &Indicator,
    shape: &Shape,
    definitions: &Definitions,
) -> Result<Parts, PartFault> {
    let mut formula_variables = Variables::new();
    let mut measures = Vec::new();
    for measure in &indicator.measures {
        let place = measure.name.to_string();
        let fault = |problem: String| (place.clone(), problem);
        let entity = shape.entity(measure.over.as_str());
        let entity = entity.ok_or_else(|| fault("its entity is not declared".into()))?;
        let object = Kind::record(&entity.layout(), definitions);
        let object = object.ok_or_else(|| fault("a type of its entity is not declared".into()))?;
        let variables = Variables::new().with("object", object).with("period", period_kind());
        let compiled = |source: &str| {
            Compiled::new(source, &variables).map_err(|problem| fault(problem.to_string()))
        };
        let condition = measure.condition.as_ref().map(|of| compiled(&of.0)).transpose()?;
        if condition.as_ref().is_some_and(|condition| *condition.kind() != Kind::Bool) {
            return Err(fault("its condition is not true or false".into()));
        }
        let of = measure.fold.expression().map(|of| compiled(&of.0)).transpose()?;
        let kind =
            result_kind(&measure.fold, of.as_ref()).map_err(|problem| fault(problem.into()))?;
        formula_variables = formula_variables.with(measure.name.as_str(), kind);
        measures.push(Part {
            name: measure.name.to_string(),
            over: measure.over.to_string(),
            condition,
            of,
            fold: measure.fold.clone(),
        });
    }
    let formula = Compiled::new(&indicator.formula.0, &formula_variables)
        .map_err(|problem| ("formula".to_string(), problem.to_string()))?;
    let is_number = match formula.kind() {
        Kind::Integer | Kind::Decimal => true,
        Kind::Option(inner) => matches!(**inner, Kind::Integer | Kind::Decimal),
        _ => false,
    };
    if !is_number {
        return Err(("formula".into(), "its result is no number".into()));
    }
    Ok(Parts { measures, formula })
}

fn period_kind() -> Kind {
    Kind::Record(vec![("from".into(), Kind::Time), ("to".into(), Kind::Time)])
}

fn result_kind(fold: &Fold, of: Option<&Compiled>) -> Result<Kind, &'static str> {
    let kind = of.map(Compiled::kind);
    match (fold, kind) {
        (Fold::Count | Fold::Distinct(_), _) => Ok(Kind::Integer),
        (Fold::Sum(_), Some(kind @ (Kind::Integer | Kind::Decimal))) => Ok(kind.clone()),
        (Fold::Min(_) | Fold::Max(_), Some(kind @ (Kind::Integer | Kind::Decimal))) => {
            Ok(Kind::Option(Box::new(kind.clone())))
        }
        _ => Err("it folds no number"),
    }
}

/// A figure in the making.
#[derive(Debug, Clone)]
pub struct Run {
    parts: Parts,
    period: Value,
    folds: Vec<Folded>,
}

#[derive(Debug, Clone)]
enum Folded {
    Number(Value),
    Extreme(Option<Value>),
    Distinct(BTreeSet<Value>),
}

impl Run {
    /// Begins a figure.
    pub fn new(
        interface: &Interface,
        name: &str,
        version: u16,
        period: Period,
    ) -> Result<Self, FigureError> {
        let shape = interface.shape();
        let mut indicators = shape.indicators.iter();
        let indicator = indicators
            .find(|indicator| indicator.name.as_str() == name && indicator.version == version)
            .ok_or(FigureError::Unknown)?;
        // A valid interface compiles.
        let parts =
            compile(indicator, shape, interface.definitions()).map_err(|_| FigureError::Unknown)?;
        let folds = parts.measures.iter().map(|part| match part.fold {
            Fold::Count | Fold::Sum(_) => Folded::Number(Value::Integer(0)),
            Fold::Min(_) | Fold::Max(_) => Folded::Extreme(None),
            Fold::Distinct(_) => Folded::Distinct(BTreeSet::new()),
        });
        let folds = folds.collect();
        let period = Value::Record(vec![Value::Time(period.from_ms), Value::Time(period.to_ms)]);
        Ok(Self { parts, period, folds })
    }

    /// Takes one object: its entity, and the values of its layout as a record.
    pub fn add(&mut self, entity: &str, object: &Value) -> Result<(), FigureError> {
        for (part, folded) in self.parts.measures.iter().zip(&mut self.folds) {
            if part.over != entity {
                continue;
            }
            let values = [object, &self.period];
            if let Some(condition) = &part.condition
                && condition.evaluate(&values)? != Value::Bool(true)
            {
                continue;
            }
            let value = part.of.as_ref().map(|of| of.evaluate(&values)).transpose()?;
            folded.take(&part.fold, value)?;
        }
        Ok(())
    }

    /// The figure.
    pub fn finish(self) -> Result<Figure, FigureError> {
        let values: Vec<Value> = self.folds.into_iter().map(Folded::value).collect();
        let given: Vec<&Value> = values.iter().collect();
        let value = match self.parts.formula.evaluate(&given)? {
            Value::Option(inner) => inner.map(|inner| *inner),
            value => Some(value),
        };
        let names = self.parts.measures.into_iter().map(|part| part.name);
        Ok(Figure { measures: names.zip(values).collect(), value })
    }
}

impl Folded {
    fn take(&mut self, fold: &Fold, value: Option<Value>) -> Result<(), FigureError> {
        match self {
            Self::Number(sum) => {
                let value = value.unwrap_or(Value::Integer(1));
                *sum = crate::expression::add(sum, &value)?;
            }
            Self::Extreme(found) => {
                let value = value.ok_or(EvaluateError::Mismatch)?;
                let wanted =
                    if matches!(fold, Fold::Max(_)) { Ordering::Less } else { Ordering::Greater };
                let replaces = match found {
                    Some(found) => crate::expression::compare(found, &value)? == wanted,
                    None => true,
                };
                if replaces {
                    *found = Some(value);
                }
            }
            Self::Distinct(found) => {
                found.insert(value.ok_or(EvaluateError::Mismatch)?);
                if found.len() > DISTINCT_MAX {
                    return Err(FigureError::TooManyDistinct);
                }
            }
        }
        Ok(())
    }

    fn value(self) -> Value {
        match self {
            Self::Number(sum) => sum,
            Self::Extreme(found) => Value::Option(found.map(Box::new)),
            Self::Distinct(found) => {
                Value::Integer(i128::try_from(found.len()).unwrap_or(i128::MAX))
            }
        }
    }
}
