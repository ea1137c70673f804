//! Who may act: role, relation to the object, person or system.

use super::compile::EntityPlan;
use crate::Ctx;
use yinglian_interface::{Value, shape::Actor};

/// The sender fits an actor of a row, for this object.
pub(super) fn fits(ctx: &Ctx<'_>, actor: &Actor, object: Option<(&EntityPlan, &[Value])>) -> bool {
    let object = object.map(|(plan, values)| (plan.layout.as_slice(), values));
    ctx.who().acts_as(ctx.contract(), actor, object)
}
