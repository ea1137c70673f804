//! Short notations: types, actors, readers, steps of clocks, names with a version. Plain functions over text.

use crate::{
    DecimalRange, FIXED_MAX, IdKind, Length, ListType, NESTING_MAX, Pattern, Range, Signed, Type,
    Whole,
    shape::{Actor, ClockStep, Reader, Scope, Step},
};
use alloc::{
    borrow::ToOwned,
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::str::FromStr;
use yinglian_protocol::Name;

type Parsed<T> = Result<T, String>;

/// Reads a type: `bool`, `u16`, `u8(1..5)`, `decimal(2, 0..100)`, `text(1..512)`, `code([0-9]{4})`, `bytes(32)`, `fixed(32)`, `time`,
/// `digest`, `organization`, `object(contract.entity)`, `option(T)` or `T?`, `list(T, 1..8, unique)`, or the name of a definition.
pub(super) fn parse_type(text: &str) -> Parsed<Type> {
    type_at(text.trim(), 0)
}

fn type_at(text: &str, depth: u32) -> Parsed<Type> {
    if depth > NESTING_MAX {
        return Err("is nested more than 16 deep".into());
    }
    let inner = |text: &str| type_at(text.trim(), depth.saturating_add(1)).map(Box::new);
    if let Some(of) = text.strip_suffix('?') {
        return Ok(Type::Option(inner(of)?));
    }
    let Some((word, rest)) = text.split_once('(') else { return bare(text) };
    let Some(inside) = rest.strip_suffix(')') else {
        return Err("lacks the closing bracket".into());
    };
    match word.trim() {
        "u8" => Ok(Type::U8(range(inside)?)),
        "u16" => Ok(Type::U16(range(inside)?)),
        "u32" => Ok(Type::U32(range(inside)?)),
        "u64" => Ok(Type::U64(range(inside)?)),
        "decimal" => decimal(inside),
        "text" => Ok(Type::Text(length(inside)?)),
        "bytes" => Ok(Type::Bytes(length(inside)?)),
        "code" => Pattern::parse(inside).map(Type::Code).map_err(|error| error.to_string()),
        "fixed" => match number::<u16>(inside)? {
            bytes @ 1..=FIXED_MAX => Ok(Type::Fixed(bytes)),
            _ => Err("is fixed at no byte or more than 256".into()),
        },
        "object" => Ok(Type::Id(IdKind::Object(name(inside)?))),
        "named" => Ok(Type::Named(name(inside)?)),
        "option" => Ok(Type::Option(inner(inside)?)),
        "list" => list(inside, inner),
        other => Err(format!("{other}(…) is no type")),
    }
}

fn bare(text: &str) -> Parsed<Type> {
    Ok(match text {
        "bool" => Type::Bool,
        "u8" => Type::U8(Range::default()),
        "u16" => Type::U16(Range::default()),
        "u32" => Type::U32(Range::default()),
        "u64" => Type::U64(Range::default()),
        "time" => Type::Time,
        "digest" => Type::Digest,
        "organization" => Type::Id(IdKind::Organization),
        "region" => Type::Id(IdKind::Region),
        "envelope" => Type::Id(IdKind::Envelope),
        "address" => Type::Id(IdKind::Address),
        "public_key" => Type::Id(IdKind::PublicKey),
        "name" => Type::Id(IdKind::Name),
        "text" | "code" | "bytes" | "decimal" | "fixed" | "list" => {
            return Err(format!("{text} needs its bounds in brackets"));
        }
        other => Type::Named(name(other)?),
    })
}

/// `T, 8` or `T, 1..8` and perhaps `, unique`. The type may hold commas itself, so the list is read from its end.
fn list(inside: &str, inner: impl Fn(&str) -> Parsed<Box<Type>>) -> Parsed<Type> {
    let (inside, unique) = match inside.rsplit_once(',') {
        Some((before, word)) if word.trim() == "unique" => (before, true),
        _ => (inside, false),
    };
    let (of, bounds) = inside.rsplit_once(',').ok_or("a list needs its maximum: list(T, 8)")?;
    let Length { min, max } = length(bounds)?;
    Ok(Type::List(Box::new(ListType { of: *inner(of)?, min, max, unique })))
}

fn name(text: &str) -> Parsed<Name> {
    let text = text.trim();
    Name::parse(text).map_err(|_| format!("{text} is no type and no name"))
}

fn number<T: FromStr>(text: &str) -> Parsed<T> {
    let text = text.trim();
    text.parse().map_err(|_| format!("{text} is no such number"))
}

/// `8` is up to eight, `1..8` from one to eight.
fn length(text: &str) -> Parsed<Length> {
    match text.split_once("..") {
        Some((min, max)) => Ok(Length { min: number(min)?, max: number(max)? }),
        None => Ok(Length { min: 0, max: number(text)? }),
    }
}

/// `1..5`, `1..` or `..5`.
fn range(text: &str) -> Parsed<Range> {
    let (min, max) = text.split_once("..").ok_or("bounds are written 1..5")?;
    let bound = |text: &str| match text.trim() {
        "" => Ok(None),
        text => number(text).map(|bound| Some(Whole(bound))),
    };
    Ok(Range { min: bound(min)?, max: bound(max)? })
}

/// `2, -100..100`: digits after the point, and the bounds as values.
fn decimal(text: &str) -> Parsed<Type> {
    let (scale, bounds) = text.split_once(',').ok_or("is written decimal(2, 0..100)")?;
    let (min, max) = bounds.split_once("..").ok_or("bounds are written 0..100")?;
    let scale: u8 = number(scale)?;
    let (min_units, max_units) = (units(min, scale)?, units(max, scale)?);
    Ok(Type::Decimal(DecimalRange { scale, min_units, max_units }))
}

/// A decimal text in units of its last digit.
fn units(text: &str, scale: u8) -> Parsed<Signed> {
    let text = text.trim();
    let wrong = || format!("{text} is no number with at most {scale} digits after the point");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::from(scale).checked_sub(fraction.len()).ok_or_else(wrong)?;
    let digits = format!("{whole}{fraction}{}", "0".repeat(missing));
    digits.parse().map(Signed).map_err(|_| wrong())
}

/// Reads an actor: `centre`, `centre@region(region)`, `unit@own(unit)`, `anyone`, and at the end ` person` or ` system`.
pub(super) fn parse_actor(text: &str) -> Parsed<Actor> {
    let mut words = text.split_whitespace();
    let (role, scope) = who(words.next().unwrap_or_default())?;
    let person = match (words.next(), words.next()) {
        (None, _) => None,
        (Some("person"), None) => Some(true),
        (Some("system"), None) => Some(false),
        _ => return Err("ends with something other than person or system".into()),
    };
    Ok(Actor { role, scope, person })
}

fn who(text: &str) -> Parsed<(Option<Name>, Scope)> {
    let (role, scope) = text.split_once('@').map_or((text, None), |(role, at)| (role, Some(at)));
    let role = if role == "anyone" { None } else { Some(name(role)?) };
    let Some(scope) = scope else { return Ok((role, Scope::Any)) };
    let parts = scope.strip_suffix(')').and_then(|scope| scope.split_once('('));
    let (word, field) =
        parts.ok_or("a relation is written own(field), other(field), region(field)")?;
    let field = name(field)?;
    let scope = match word {
        "own" => Scope::Own(field),
        "other" => Scope::Other(field),
        "region" => Scope::Region(field),
        other => return Err(format!("{other}(…) is no relation; there are own, other, region")),
    };
    Ok((role, scope))
}

/// Reads a reader: `everyone`, or who as an actor is written, and perhaps ` without field, field`.
pub(super) fn parse_reader(text: &str) -> Parsed<Reader> {
    let (who_text, omitted) = text.split_once(" without ").unwrap_or((text, ""));
    let names = omitted.split(',').map(str::trim).filter(|word| !word.is_empty());
    let omit = names.map(name).collect::<Parsed<Vec<_>>>()?;
    if who_text.trim() == "everyone" {
        return Ok(Reader { everyone: true, omit, ..Reader::default() });
    }
    let (role, scope) = who(who_text.trim())?;
    Ok(Reader { everyone: false, role, scope, omit })
}

/// Reads what becomes of a clock: `start handle`, `stop`, `pause`, `resume`, `extend`, `expired`.
pub(super) fn parse_step(text: &str) -> Parsed<ClockStep> {
    let (word, clock) = text.trim().split_once(' ').ok_or("is written: start CLOCK")?;
    let step = match word {
        "start" => Step::Start,
        "stop" => Step::Stop,
        "pause" => Step::Pause,
        "resume" => Step::Resume,
        "extend" => Step::Extend,
        "expired" => Step::Expired,
        other => {
            return Err(format!(
                "{other} is no step; there are start, stop, pause, resume, extend, expired"
            ));
        }
    };
    Ok(ClockStep { step, clock: name(clock)? })
}

/// Reads `name@2`; without a number it is version 1.
pub(super) fn parse_versioned(text: &str) -> Parsed<(Name, u16)> {
    match text.split_once('@') {
        Some((before, version)) => Ok((name(before)?, number(version)?)),
        None => Ok((name(text)?, 1)),
    }
}

/// Names that an expression reads of a variable: `arguments.reason` gives `reason`. What stands in quotes is not read.
pub(super) fn members(source: &str, variable: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut quote = None;
    let mut word = String::new();
    // A dot ends the word before it, and is kept with the word after it.
    let mut path: Vec<String> = Vec::new();
    for character in source.chars().chain(core::iter::once(' ')) {
        if let Some(open) = quote {
            quote = (character != open).then_some(open);
            continue;
        }
        if character.is_ascii_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        path.push(core::mem::take(&mut word));
        if character == '.' {
            continue;
        }
        if let [first, second, ..] = path.as_slice()
            && first == variable
            && !found.contains(second)
        {
            found.push(second.to_owned());
        }
        path.clear();
        quote = matches!(character, '"' | '\'').then_some(character);
    }
    found
}

/// True for the word of a built-in type, which no definition may take.
pub(super) fn is_word(text: &str) -> bool {
    let bracketed =
        ["text", "code", "bytes", "decimal", "fixed", "list", "option", "object", "named"];
    bracketed.contains(&text) || !matches!(bare(text), Ok(Type::Named(_)))
}
