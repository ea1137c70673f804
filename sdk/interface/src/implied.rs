//! Methods that a declaration implies: whoever declares what may be corrected, a deadline with a supervision order, or a setting, gets
//! the method with it, alike in every contract.
//!
//! Comes in: a shape. Goes out: methods with their arguments. Never: a rule; `contracts/api` holds those.

use crate::{
    pattern::Pattern,
    shape::{Actor, Entity, Expiry, Method, Shape},
    types::{Field, IdKind, Kept, Length, ListType, Range, Type},
};
use alloc::{boxed::Box, format, vec, vec::Vec};
use yinglian_protocol::Name;

/// Ending of the method that corrects an object: `ENTITY.correct`.
pub const CORRECT: &str = "correct";
/// Ending of the method that raises a supervision order (督办) on an overdue object: `ENTITY.order`.
pub const ORDER: &str = "order";
/// Method that changes a setting by an act of the sharing authority.
pub const SETTING_SET: &str = "setting.set";
/// Argument that says why an object is corrected.
pub const CORRECTION_REASON: &str = "correction_reason";
/// Role that changes settings.
pub const SETTING_ROLE: &str = "authority";
/// Most fields by which the values of a setting differ.
const SETTING_KEYS_MAX: u32 = 4;

pub(crate) fn methods(shape: &Shape) -> Vec<Method> {
    let corrections = shape.entities.iter().filter_map(correct);
    let orders = shape.entities.iter().filter_map(order);
    let settings = if shape.settings.is_empty() { None } else { setting_set() };
    corrections.chain(orders).chain(settings).collect()
}

fn field(name: &str, of: Type) -> Option<Field> {
    Some(Field { name: Name::parse(name).ok()?, of, kept: Kept::Clear })
}

fn key_fields(entity: &Entity) -> Vec<Field> {
    let parts = entity.key.iter();
    parts
        .map(|part| Field { name: part.name.clone(), of: part.of.clone(), kept: Kept::Clear })
        .collect()
}

fn method(name: &str, arguments: Vec<Field>, actors: Vec<Actor>) -> Option<Method> {
    Some(Method {
        name: Name::parse(name).ok()?,
        version: 1,
        arguments,
        performs: Vec::new(),
        actors,
        guards: Vec::new(),
        writes: Vec::new(),
        emits: Vec::new(),
    })
}

/// The key, each field that may be corrected as an option, and the reason.
fn correct(entity: &Entity) -> Option<Method> {
    let corrections = entity.corrections.as_ref()?;
    let mut arguments = key_fields(entity);
    for name in &corrections.fields {
        let found = entity.fields.iter().find(|field| field.name == *name)?;
        let of = match &found.of {
            Type::Option(_) => found.of.clone(),
            of => Type::Option(Box::new(of.clone())),
        };
        arguments.extend((found.kept == Kept::Clear).then(|| Field {
            name: name.clone(),
            of,
            kept: Kept::Clear,
        }));
    }
    arguments.push(field(CORRECTION_REASON, Type::Text(Length { min: 1, max: 512 }))?);
    method(&format!("{}.{CORRECT}", entity.name), arguments, corrections.actors.clone())
}

/// The key and the clock that ran out. Anybody registered may raise the order: the clock proves it.
fn order(entity: &Entity) -> Option<Method> {
    let expiries = entity.deadlines.iter().flat_map(|deadline| &deadline.on_expiry);
    expiries.into_iter().find(|expiry| matches!(expiry, Expiry::Order(_)))?;
    let clock = Name::parse(&format!("{}.clock_name", entity.name)).ok()?;
    let mut arguments = key_fields(entity);
    arguments.push(field("clock", Type::Named(clock))?);
    method(&format!("{}.{ORDER}", entity.name), arguments, vec![Actor::default()])
}

/// The setting, the values of the fields that it is keyed by (none for all), the value, and the document of the act.
fn setting_set() -> Option<Method> {
    let part = Type::Code(Pattern::parse("[A-Za-z0-9._-]{1,64}").ok()?);
    let key = ListType { of: part, min: 0, max: SETTING_KEYS_MAX, unique: false };
    let arguments = vec![
        field("setting", Type::Id(IdKind::Name))?,
        field("key", Type::List(Box::new(key)))?,
        field("value", Type::U32(Range::default()))?,
        field("document", Type::Digest)?,
    ];
    let authority = Actor { role: Name::parse(SETTING_ROLE).ok(), ..Actor::default() };
    method(SETTING_SET, arguments, vec![authority])
}
