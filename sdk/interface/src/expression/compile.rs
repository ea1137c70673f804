//! Tree to operations: every name resolved, every kind checked, so that evaluation has nothing left to decide.

use super::{
    Fault, Kind, Variables,
    number::RATIO_DIGITS_MAX,
    parse::{Node, Tree},
};
use crate::{Value, codec::parse_decimal};
use alloc::{boxed::Box, collections::BTreeSet, format, string::String, vec, vec::Vec};

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Op {
    Constant(Value),
    /// A variable by its position.
    Variable(usize),
    /// An item of a fold, counted from the innermost.
    Item(usize),
    Field(Box<Op>, usize),
    Not(Box<Op>),
    Negate(Box<Op>),
    And(Box<Op>, Box<Op>),
    Or(Box<Op>, Box<Op>),
    If(Box<Op>, Box<Op>, Box<Op>),
    Equal(Box<Op>, Box<Op>),
    /// `<`, `<=`, `>`, `>=`.
    Compare(&'static str, Box<Op>, Box<Op>),
    /// `+ - * / %`; the flag says that the result is a moment.
    Arithmetic(&'static str, Box<Op>, Box<Op>, bool),
    /// A choice is one of these cases.
    IsCase(Box<Op>, Vec<usize>),
    /// A value is in a list of at most so many.
    In(Box<Op>, Box<Op>, u32),
    List(Vec<Op>),
    Some(Box<Op>),
    HasValue(Box<Op>),
    OrValue(Box<Op>, Box<Op>),
    Size(Box<Op>),
    /// `startsWith`, `endsWith`, `contains`.
    Text(&'static str, Box<Op>, Box<Op>),
    /// All or any of a list, with its greatest length.
    Fold {
        all: bool,
        list: Box<Op>,
        body: Box<Op>,
        max: u32,
    },
    /// The smaller or the larger of two.
    Extreme {
        larger: bool,
        one: Box<Op>,
        other: Box<Op>,
    },
    Ratio(Box<Op>, Box<Op>, u8),
    Round(Box<Op>, u8),
}

type Typed = (Op, Kind);

pub(super) fn compile(node: &Node, variables: &Variables) -> Result<Typed, Fault> {
    Compiler { variables, items: Vec::new() }.node(node)
}

struct Compiler<'v> {
    variables: &'v Variables,
    /// Names and kinds of the items of the folds around, the innermost last.
    items: Vec<(String, Kind)>,
}

fn mismatch<T>(at: usize, expected: &str, found: &Kind) -> Result<T, Fault> {
    Err(Fault::new(at, format!("expected {expected}, found {found}")))
}

impl Compiler<'_> {
    fn node(&mut self, node: &Node) -> Result<Typed, Fault> {
        let at = node.at;
        match &node.tree {
            Tree::Bool(flag) => Ok((Op::Constant(Value::Bool(*flag)), Kind::Bool)),
            Tree::Null => Ok((Op::Constant(Value::NONE), Kind::Null)),
            Tree::Number(number) => Ok((Op::Constant(Value::Integer(*number)), Kind::Integer)),
            Tree::Text(text) => Ok((Op::Constant(Value::Text(text.clone())), Kind::Text)),
            Tree::Variable(name) => self.variable(at, name),
            Tree::List(items) => self.list(at, items),
            Tree::Member(object, name) => {
                let (object, kind) = self.node(object)?;
                let Kind::Record(fields) = kind else { return mismatch(at, "a record", &kind) };
                let mut numbered = fields.into_iter().enumerate();
                let found = numbered.find(|(_, (field, _))| field == name);
                let (index, (_, kind)) =
                    found.ok_or_else(|| Fault::new(at, format!("there is no field {name}")))?;
                Ok((Op::Field(Box::new(object), index), kind))
            }
            Tree::Unary(sign, inner) => self.unary(at, sign, inner),
            Tree::Binary(sign, left, right) => self.binary(at, sign, left, right),
            Tree::If(condition, yes, no) => {
                let condition = self.expect(condition, &Kind::Bool)?;
                let (yes, no) = (self.node(yes)?, self.node(no)?);
                let (yes, no, kind) = unify(at, yes, no)?;
                Ok((Op::If(Box::new(condition), Box::new(yes), Box::new(no)), kind))
            }
            Tree::Call { name, arguments, is_method } => self.call(at, name, arguments, *is_method),
        }
    }

    fn expect(&mut self, node: &Node, kind: &Kind) -> Result<Op, Fault> {
        let (op, found) = self.node(node)?;
        if found == *kind { Ok(op) } else { mismatch(node.at, &format!("{kind}"), &found) }
    }

    fn variable(&self, at: usize, name: &str) -> Result<Typed, Fault> {
        let items = self.items.iter().rev().enumerate();
        if let Some((depth, (_, kind))) = items.into_iter().find(|(_, (item, _))| item == name) {
            return Ok((Op::Item(depth), kind.clone()));
        }
        match self.variables.find(name) {
            Some((index, kind)) => Ok((Op::Variable(index), kind.clone())),
            None => {
                let known = self.variables.names();
                Err(Fault::new(at, format!("there is no variable {name}; there are {known}")))
            }
        }
    }

    fn list(&mut self, at: usize, items: &[Node]) -> Result<Typed, Fault> {
        let Some((first, others)) = items.split_first() else {
            return Err(Fault::new(at, "an empty list holds nothing that could be found"));
        };
        let (first, kind) = self.node(first)?;
        let mut ops = vec![first];
        for item in others {
            ops.push(self.expect(item, &kind)?);
        }
        let max = u32::try_from(ops.len()).unwrap_or(u32::MAX);
        Ok((Op::List(ops), Kind::List(Box::new(kind), max)))
    }

    fn unary(&mut self, at: usize, sign: &str, inner: &Node) -> Result<Typed, Fault> {
        let (op, kind) = self.node(inner)?;
        match (sign, &kind) {
            ("!", Kind::Bool) => Ok((Op::Not(Box::new(op)), kind)),
            ("-", Kind::Integer | Kind::Decimal) => Ok((Op::Negate(Box::new(op)), kind)),
            _ => mismatch(at, if sign == "!" { "true or false" } else { "a number" }, &kind),
        }
    }

    fn binary(
        &mut self,
        at: usize,
        sign: &'static str,
        left: &Node,
        right: &Node,
    ) -> Result<Typed, Fault> {
        if sign == "&&" || sign == "||" {
            let left = Box::new(self.expect(left, &Kind::Bool)?);
            let right = Box::new(self.expect(right, &Kind::Bool)?);
            let op = if sign == "&&" { Op::And(left, right) } else { Op::Or(left, right) };
            return Ok((op, Kind::Bool));
        }
        let (left, right) = (self.node(left)?, self.node(right)?);
        match sign {
            "==" => Ok((equal(at, left, right)?, Kind::Bool)),
            "!=" => Ok((Op::Not(Box::new(equal(at, left, right)?)), Kind::Bool)),
            "in" => Ok((is_in(at, left, right)?, Kind::Bool)),
            "<" | "<=" | ">" | ">=" => match (&left.1, &right.1) {
                (Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal)
                | (Kind::Time, Kind::Time) => {
                    Ok((Op::Compare(sign, Box::new(left.0), Box::new(right.0)), Kind::Bool))
                }
                (Kind::Integer | Kind::Decimal | Kind::Time, found) => {
                    mismatch(at, "numbers or times on both sides", found)
                }
                (found, _) => mismatch(at, "numbers or times on both sides", found),
            },
            _ => {
                let kind = arithmetic(at, sign, &left.1, &right.1)?;
                let is_time = kind == Kind::Time;
                let op = Op::Arithmetic(sign, Box::new(left.0), Box::new(right.0), is_time);
                Ok((op, kind))
            }
        }
    }

    fn call(
        &mut self,
        at: usize,
        name: &str,
        arguments: &[Node],
        is_method: bool,
    ) -> Result<Typed, Fault> {
        match (name, is_method, arguments) {
            ("all" | "exists", true, [list, item, body]) => {
                self.fold(at, name == "all", list, item, body)
            }
            ("hasValue", true, [option]) => match self.node(option)? {
                (op, Kind::Option(_)) => Ok((Op::HasValue(Box::new(op)), Kind::Bool)),
                (_, kind) => mismatch(at, "an option", &kind),
            },
            ("orValue", true, [option, other]) => match self.node(option)? {
                (op, Kind::Option(kind)) => {
                    let other = self.expect(other, &kind)?;
                    Ok((Op::OrValue(Box::new(op), Box::new(other)), *kind))
                }
                (_, kind) => mismatch(at, "an option", &kind),
            },
            ("startsWith" | "endsWith" | "contains", true, [text, part]) => {
                let (text, part) =
                    (self.expect(text, &Kind::Text)?, self.expect(part, &Kind::Text)?);
                let name = match name {
                    "startsWith" => "startsWith",
                    "endsWith" => "endsWith",
                    _ => "contains",
                };
                Ok((Op::Text(name, Box::new(text), Box::new(part)), Kind::Bool))
            }
            ("size", _, [of]) => match self.node(of)? {
                (op, Kind::Text | Kind::Bytes | Kind::List(..)) => {
                    Ok((Op::Size(Box::new(op)), Kind::Integer))
                }
                (_, kind) => mismatch(at, "a text, bytes or a list", &kind),
            },
            ("decimal", false, [Node { tree: Tree::Text(text), at }]) => decimal(*at, text),
            ("minutes" | "hours" | "days", false, [count]) => {
                let op = self.expect(count, &Kind::Integer)?;
                let ms = match name {
                    "minutes" => 60_000,
                    "hours" => 3_600_000,
                    _ => 86_400_000,
                };
                let factor = Box::new(Op::Constant(Value::Integer(ms)));
                Ok((Op::Arithmetic("*", Box::new(op), factor, false), Kind::Integer))
            }
            ("min" | "max", false, [one, other]) => {
                let (one, other) = (self.node(one)?, self.node(other)?);
                let kind = arithmetic(at, "+", &one.1, &other.1)?;
                if one.1 != other.1 {
                    return mismatch(at, &format!("{}", one.1), &other.1);
                }
                let (one, other) = (Box::new(one.0), Box::new(other.0));
                Ok((Op::Extreme { larger: name == "max", one, other }, kind))
            }
            ("ratio", false, [top, bottom, Node { tree: Tree::Number(digits), at }]) => {
                let (top, bottom) = (self.number(top)?, self.number(bottom)?);
                let op = Op::Ratio(Box::new(top), Box::new(bottom), digit_count(*at, *digits)?);
                Ok((op, Kind::Option(Box::new(Kind::Decimal))))
            }
            ("round", false, [number, Node { tree: Tree::Number(digits), at }]) => {
                let number = self.number(number)?;
                Ok((Op::Round(Box::new(number), digit_count(*at, *digits)?), Kind::Decimal))
            }
            _ => Err(Fault::new(
                at,
                format!("there is no function {name} of this form; see the list of functions"),
            )),
        }
    }

    fn number(&mut self, node: &Node) -> Result<Op, Fault> {
        match self.node(node)? {
            (op, Kind::Integer | Kind::Decimal) => Ok(op),
            (_, kind) => mismatch(node.at, "a number", &kind),
        }
    }

    fn fold(
        &mut self,
        at: usize,
        all: bool,
        list: &Node,
        item: &Node,
        body: &Node,
    ) -> Result<Typed, Fault> {
        let (list, kind) = self.node(list)?;
        let Kind::List(of, max) = kind else { return mismatch(at, "a list", &kind) };
        let Tree::Variable(name) = &item.tree else {
            return Err(Fault::new(item.at, "expected a name for the item"));
        };
        self.items.push((name.clone(), *of));
        let body = self.expect(body, &Kind::Bool);
        self.items.pop();
        Ok((Op::Fold { all, list: Box::new(list), body: Box::new(body?), max }, Kind::Bool))
    }
}

fn digit_count(at: usize, digits: i128) -> Result<u8, Fault> {
    let inside = (0..=RATIO_DIGITS_MAX).contains(&digits);
    let digits = u8::try_from(digits).ok().filter(|_| inside);
    digits.ok_or_else(|| Fault::new(at, "digits after the point are 0 to 9"))
}

fn decimal(at: usize, text: &str) -> Result<Typed, Fault> {
    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let scale = u8::try_from(digits).ok().filter(|scale| i128::from(*scale) <= RATIO_DIGITS_MAX);
    let parsed = scale.and_then(|scale| Some((parse_decimal(text, scale)?, scale)));
    let (units, scale) = parsed.ok_or_else(|| {
        Fault::new(at, "a decimal is written like '12.50', with at most 9 digits after the point")
    })?;
    Ok((Op::Constant(Value::Decimal { units, scale }), Kind::Decimal))
}

fn arithmetic(at: usize, sign: &str, left: &Kind, right: &Kind) -> Result<Kind, Fault> {
    match (sign, left, right) {
        (_, Kind::Integer, Kind::Integer) => Ok(Kind::Integer),
        ("+" | "-" | "*", Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal) => {
            Ok(Kind::Decimal)
        }
        ("/" | "%", Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal) => Err(
            Fault::new(at, "decimals are divided by ratio(a, b, digits), which says how it rounds"),
        ),
        ("-", Kind::Time, Kind::Time) => Ok(Kind::Integer),
        ("+" | "-", Kind::Time, Kind::Integer) => Ok(Kind::Time),
        (_, Kind::Integer | Kind::Decimal | Kind::Time, found) | (_, found, _) => {
            mismatch(at, "numbers on both sides", found)
        }
    }
}

/// Both sides as one kind, where an option and a value, an option and null, a choice and the name of a case meet.
fn unify(at: usize, left: Typed, right: Typed) -> Result<(Op, Op, Kind), Fault> {
    match (left, right) {
        ((left, one), (right, other)) if one == other && one != Kind::Null => {
            Ok((left, right, one))
        }
        ((left, kind @ Kind::Option(_)), (right, Kind::Null)) => Ok((left, right, kind)),
        ((left, Kind::Null), (right, kind @ Kind::Option(_))) => Ok((left, right, kind)),
        ((left, Kind::Option(inner)), (right, kind)) if *inner == kind => {
            Ok((left, Op::Some(Box::new(right)), Kind::Option(inner)))
        }
        ((left, kind), (right, Kind::Option(inner))) if *inner == kind => {
            Ok((Op::Some(Box::new(left)), right, Kind::Option(inner)))
        }
        ((left, Kind::Integer | Kind::Decimal), (right, Kind::Integer | Kind::Decimal)) => {
            Ok((left, right, Kind::Decimal))
        }
        ((_, one), (_, other)) => mismatch(at, &format!("{one}"), &other),
    }
}

fn equal(at: usize, left: Typed, right: Typed) -> Result<Op, Fault> {
    match (left, right) {
        ((choice, Kind::Choice(cases)), (Op::Constant(Value::Text(name)), Kind::Text))
        | ((Op::Constant(Value::Text(name)), Kind::Text), (choice, Kind::Choice(cases))) => {
            Ok(Op::IsCase(Box::new(choice), vec![case_of(at, &cases, &name)?]))
        }
        ((choice, Kind::Option(inner)), (Op::Constant(Value::Text(name)), Kind::Text))
            if matches!(*inner, Kind::Choice(_)) =>
        {
            let Kind::Choice(cases) = *inner else {
                return Err(Fault::new(at, "expected a choice"));
            };
            Ok(Op::IsCase(Box::new(choice), vec![case_of(at, &cases, &name)?]))
        }
        (left, right) => {
            let (left, right, _) = unify(at, left, right)?;
            Ok(Op::Equal(Box::new(left), Box::new(right)))
        }
    }
}

fn case_of(at: usize, cases: &[String], name: &str) -> Result<usize, Fault> {
    let found = cases.iter().position(|case| case == name);
    found.ok_or_else(|| Fault::new(at, format!("'{name}' is none of {}", cases.join(", "))))
}

fn is_in(at: usize, left: Typed, right: Typed) -> Result<Op, Fault> {
    match (left, right) {
        ((choice, Kind::Choice(cases)), (Op::List(names), Kind::List(of, _)))
            if *of == Kind::Text =>
        {
            let case = |name: &Op| match name {
                Op::Constant(Value::Text(name)) => case_of(at, &cases, name),
                _ => Err(Fault::new(at, "name the cases")),
            };
            Ok(Op::IsCase(Box::new(choice), names.iter().map(case).collect::<Result<_, _>>()?))
        }
        ((item, kind), (list, Kind::List(of, max))) if *of == kind => {
            Ok(Op::In(Box::new(item), Box::new(list), max))
        }
        (_, (_, found)) => mismatch(at, "a list of what is looked for", &found),
    }
}

/// The operation as one of another kind, where a value may stand for it.
pub(super) fn coerce(op: Op, found: &Kind, wanted: &Kind) -> Result<Op, Fault> {
    match (op, found, wanted) {
        (op, found, wanted) if found == wanted => Ok(op),
        (Op::If(condition, yes, no), _, _) => Ok(Op::If(
            condition,
            Box::new(coerce(*yes, found, wanted)?),
            Box::new(coerce(*no, found, wanted)?),
        )),
        (Op::Constant(Value::Text(name)), Kind::Text, Kind::Choice(cases)) => {
            let case = case_of(0, cases, &name)?;
            Ok(Op::Constant(Value::Choice { case, of: None }))
        }
        (op, Kind::Null, Kind::Option(_)) => Ok(op),
        (op, found, Kind::Option(inner)) => Ok(Op::Some(Box::new(coerce(op, found, inner)?))),
        (_, found, wanted) => mismatch(0, &format!("{wanted}"), found),
    }
}

/// Collects the fields of one record variable that are read.
pub(super) fn fields_read(
    op: &Op,
    variable: usize,
    fields: &[(String, Kind)],
    read: &mut BTreeSet<String>,
) {
    if let Op::Field(object, index) = op
        && **object == Op::Variable(variable)
    {
        read.extend(fields.get(*index).map(|(name, _)| name.clone()));
    }
    parts(op).into_iter().for_each(|part| fields_read(part, variable, fields, read));
}

fn parts(op: &Op) -> Vec<&Op> {
    match op {
        Op::Constant(_) | Op::Variable(_) | Op::Item(_) => Vec::new(),
        Op::Field(one, _)
        | Op::Not(one)
        | Op::Negate(one)
        | Op::IsCase(one, _)
        | Op::Some(one)
        | Op::HasValue(one)
        | Op::Size(one)
        | Op::Round(one, _) => vec![one],
        Op::And(one, other)
        | Op::Or(one, other)
        | Op::Equal(one, other)
        | Op::Compare(_, one, other)
        | Op::Arithmetic(_, one, other, _)
        | Op::In(one, other, _)
        | Op::OrValue(one, other)
        | Op::Text(_, one, other)
        | Op::Fold { list: one, body: other, .. }
        | Op::Extreme { one, other, .. }
        | Op::Ratio(one, other, _) => vec![one, other],
        Op::If(condition, yes, no) => vec![condition, yes, no],
        Op::List(items) => items.iter().collect(),
    }
}

/// Cost of a step over a text or bytes.
const TEXT_COST: u64 = 16;

/// Bound on the steps of one evaluation.
pub(super) fn cost(op: &Op) -> u64 {
    let own = match op {
        Op::Size(_) | Op::Text(..) | Op::Equal(..) => TEXT_COST,
        Op::In(_, _, max) => TEXT_COST.saturating_mul(u64::from(*max)),
        // The body once for each item; once of it is counted below.
        Op::Fold { body, max, .. } => cost(body).saturating_mul(u64::from(*max)),
        _ => 1,
    };
    parts(op).into_iter().fold(own, |sum, part| sum.saturating_add(cost(part)))
}
