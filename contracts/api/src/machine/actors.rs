//! Who may act: role, relation to the object, person or system.

use super::compile::EntityPlan;
use crate::Ctx;
use yinglian_interface::{
    Value,
    shape::{Actor, Scope},
};
use yinglian_protocol::Region;

/// The sender fits an actor of a row, for this object.
pub(super) fn fits(ctx: &Ctx<'_>, actor: &Actor, object: Option<(&EntityPlan, &[Value])>) -> bool {
    let role = actor.role.as_ref().is_none_or(|role| ctx.holds(role.as_str()));
    let person = actor.person.is_none_or(|person| person == ctx.scope().person);
    role && person && relates(ctx, &actor.scope, object)
}

fn relates(ctx: &Ctx<'_>, scope: &Scope, object: Option<(&EntityPlan, &[Value])>) -> bool {
    let Some(name) = scope.field() else { return true };
    let Some((plan, values)) = object else { return false };
    let at = plan.layout.iter().position(|field| field.name == *name);
    let Some(value) = at.and_then(|at| values.get(at)) else { return false };
    let own = ctx.organization().to_string();
    match scope {
        Scope::Any => true,
        Scope::Own(_) => texts(value).contains(&own.as_str()),
        // Another organisation, and there is one.
        Scope::Other(_) => {
            let named = texts(value);
            !named.is_empty() && !named.contains(&own.as_str())
        }
        Scope::Region(_) => {
            let regions = texts(value);
            let inside = |text: &&str| {
                Region::parse(text).is_ok_and(|region| ctx.scope().region.contains(&region))
            };
            !regions.is_empty() && regions.iter().all(inside)
        }
    }
}

/// The texts of a value that is a text, an option of one, or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text.as_str()],
        Value::Option(Some(inner)) => texts(inner),
        Value::List(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
