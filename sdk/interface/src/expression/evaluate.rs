//! Operations to a result. Kinds were checked before, so what remains to go wrong is overflow and division by zero.

use super::{compile::Op, number::Number};
use crate::Value;
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use core::cmp::Ordering;
use yinglian_protocol::calls::TIME_MS_MAX;

/// Why an expression has no result. A guard without one is refused like a guard that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// A number left its range: integers of 128 bits, decimals of 18 digits after the point, times to the year 9999.
    #[error("a number leaves its range")]
    Overflow,
    /// `/` or `%` by zero.
    #[error("division by zero")]
    DivideByZero,
    /// The values are not of the kinds that the expression was compiled for.
    #[error("the values do not fit the expression")]
    Mismatch,
}

/// Values of the items of the folds around an operation.
struct Items<'a> {
    value: &'a Value,
    outer: Option<&'a Items<'a>>,
}

pub(super) fn evaluate(op: &Op, values: &[&Value]) -> Result<Value, EvaluateError> {
    Evaluator { values }.value(op, None).map(Cow::into_owned)
}

struct Evaluator<'v> {
    values: &'v [&'v Value],
}

const MISMATCH: EvaluateError = EvaluateError::Mismatch;

impl<'v> Evaluator<'v> {
    fn value<'a>(
        &self,
        op: &'a Op,
        items: Option<&Items<'a>>,
    ) -> Result<Cow<'a, Value>, EvaluateError>
    where
        'v: 'a,
    {
        let owned = match op {
            Op::Constant(value) => return Ok(Cow::Borrowed(value)),
            Op::Variable(index) => {
                return self.values.get(*index).map(|value| Cow::Borrowed(*value)).ok_or(MISMATCH);
            }
            Op::Item(depth) => return item(items, *depth).map(Cow::Borrowed),
            Op::Field(object, index) => return self.field(object, *index, items),
            Op::Not(inner) => Value::Bool(!self.flag(inner, items)?),
            Op::Negate(inner) => self.number(inner, items)?.negate()?.value(),
            Op::And(one, other) => Value::Bool(self.flag(one, items)? && self.flag(other, items)?),
            Op::Or(one, other) => Value::Bool(self.flag(one, items)? || self.flag(other, items)?),
            Op::If(condition, yes, no) => {
                return if self.flag(condition, items)? {
                    self.value(yes, items)
                } else {
                    self.value(no, items)
                };
            }
            Op::Equal(one, other) => {
                let (one, other) = (self.value(one, items)?, self.value(other, items)?);
                Value::Bool(is_equal(&one, &other)?)
            }
            Op::Compare(sign, one, other) => {
                let order = self.number(one, items)?.compare(self.number(other, items)?)?;
                Value::Bool(match *sign {
                    "<" => order == Ordering::Less,
                    "<=" => order != Ordering::Greater,
                    ">" => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                })
            }
            Op::Arithmetic(sign, one, other, is_time) => {
                let result =
                    self.number(one, items)?.arithmetic(sign, self.number(other, items)?)?.value();
                if *is_time { time(&result)? } else { result }
            }
            Op::IsCase(choice, cases) => {
                let choice = self.value(choice, items)?;
                Value::Bool(case(&choice).is_some_and(|case| cases.contains(&case)))
            }
            Op::In(item, list, _) => {
                let item = self.value(item, items)?;
                let list = self.value(list, items)?;
                let Value::List(values) = list.as_ref() else { return Err(MISMATCH) };
                let mut found = false;
                for value in values {
                    found = found || is_equal(&item, value)?;
                }
                Value::Bool(found)
            }
            Op::List(parts) => {
                let part = |part| self.value(part, items).map(Cow::into_owned);
                Value::List(parts.iter().map(part).collect::<Result<Vec<_>, _>>()?)
            }
            Op::Some(inner) => Value::some(self.value(inner, items)?.into_owned()),
            Op::HasValue(option) => match self.value(option, items)?.as_ref() {
                Value::Option(inner) => Value::Bool(inner.is_some()),
                _ => return Err(MISMATCH),
            },
            Op::OrValue(option, other) => match self.value(option, items)?.into_owned() {
                Value::Option(Some(inner)) => *inner,
                Value::Option(None) => return self.value(other, items),
                _ => return Err(MISMATCH),
            },
            Op::Size(of) => size(self.value(of, items)?.as_ref())?,
            Op::Text(name, text, part) => {
                let (text, part) = (self.value(text, items)?, self.value(part, items)?);
                let (Value::Text(text), Value::Text(part)) = (text.as_ref(), part.as_ref()) else {
                    return Err(MISMATCH);
                };
                Value::Bool(match *name {
                    "startsWith" => text.starts_with(part.as_str()),
                    "endsWith" => text.ends_with(part.as_str()),
                    _ => text.contains(part.as_str()),
                })
            }
            Op::Fold { all, list, body, .. } => {
                let list = self.value(list, items)?;
                Value::Bool(self.fold(*all, &list, body, items)?)
            }
            Op::Extreme { larger, one, other } => {
                let (one, other) = (self.value(one, items)?, self.value(other, items)?);
                let order = number(&one)?.compare(number(&other)?)?;
                return Ok(if (order == Ordering::Less) == *larger { other } else { one });
            }
            Op::Ratio(top, bottom, digits) => {
                let ratio = self.number(top, items)?.ratio(self.number(bottom, items)?, *digits)?;
                Value::Option(ratio.map(|ratio| Box::new(ratio.value())))
            }
            Op::Round(inner, digits) => self.number(inner, items)?.round(*digits)?.value(),
        };
        Ok(Cow::Owned(owned))
    }

    fn field<'a>(
        &self,
        object: &'a Op,
        index: usize,
        items: Option<&Items<'a>>,
    ) -> Result<Cow<'a, Value>, EvaluateError>
    where
        'v: 'a,
    {
        match self.value(object, items)? {
            Cow::Borrowed(Value::Record(values)) => {
                values.get(index).map(Cow::Borrowed).ok_or(MISMATCH)
            }
            Cow::Owned(Value::Record(values)) => {
                values.into_iter().nth(index).map(Cow::Owned).ok_or(MISMATCH)
            }
            _ => Err(MISMATCH),
        }
    }

    /// All or any of the items. Every item is looked at, so that an overflow is one wherever it stands.
    fn fold(
        &self,
        all: bool,
        list: &Value,
        body: &Op,
        outer: Option<&Items<'_>>,
    ) -> Result<bool, EvaluateError> {
        let Value::List(values) = list else { return Err(MISMATCH) };
        let mut result = all;
        for value in values {
            let holds = self.flag(body, Some(&Items { value, outer }))?;
            result = if all { result && holds } else { result || holds };
        }
        Ok(result)
    }

    fn flag(&self, op: &Op, items: Option<&Items<'_>>) -> Result<bool, EvaluateError> {
        match self.value(op, items)?.as_ref() {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(MISMATCH),
        }
    }

    fn number(&self, op: &Op, items: Option<&Items<'_>>) -> Result<Number, EvaluateError> {
        number(self.value(op, items)?.as_ref())
    }
}

fn number(value: &Value) -> Result<Number, EvaluateError> {
    Number::of(value).ok_or(MISMATCH)
}

fn item<'a>(items: Option<&Items<'a>>, depth: usize) -> Result<&'a Value, EvaluateError> {
    let mut at = items.ok_or(MISMATCH)?;
    for _ in 0..depth {
        at = at.outer.ok_or(MISMATCH)?;
    }
    Ok(at.value)
}

fn case(choice: &Value) -> Option<usize> {
    match choice {
        Value::Choice { case, .. } => Some(*case),
        Value::Option(Some(inner)) => case_of_inner(inner),
        _ => None,
    }
}

fn case_of_inner(inner: &Value) -> Option<usize> {
    match inner {
        Value::Choice { case, .. } => Some(*case),
        _ => None,
    }
}

/// Equal by value: numbers of different scales are compared as numbers. Within records and lists the type fixes the scale.
fn is_equal(one: &Value, other: &Value) -> Result<bool, EvaluateError> {
    match (one, other) {
        (Value::Integer(_) | Value::Decimal { .. }, Value::Integer(_) | Value::Decimal { .. }) => {
            Ok(number(one)?.compare(number(other)?)? == Ordering::Equal)
        }
        (Value::Option(Some(one)), Value::Option(Some(other))) => is_equal(one, other),
        _ => Ok(one == other),
    }
}

fn size(of: &Value) -> Result<Value, EvaluateError> {
    let count = match of {
        // Characters, as CEL counts them.
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        _ => return Err(MISMATCH),
    };
    i128::try_from(count).map(Value::Integer).map_err(|_| EvaluateError::Overflow)
}

fn time(result: &Value) -> Result<Value, EvaluateError> {
    let Value::Integer(ms) = result else { return Err(MISMATCH) };
    let ms = u64::try_from(*ms).ok().filter(|ms| *ms <= TIME_MS_MAX);
    ms.map(Value::Time).ok_or(EvaluateError::Overflow)
}
