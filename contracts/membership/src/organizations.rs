//! Organisations: a tree of city, county, township in which each lies in the region of the one above.
//!
//! Comes in: calls of administrators and decisions. Goes out: entries of the tree. Never: a circle, an organisation outside the
//! region of the one above.

use crate::{Organization, TREE_DEPTH_MAX, delegates, key_of, keys, params};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Code, CreditCode, Name, PublicKey,
    calls::membership::{
        OrganizationFacts, OrganizationRegister, ROLE_ADMINISTRATOR, ROLE_AUDITOR, ROLE_AUTHORITY,
        is_contract_role,
    },
};

/// Roles that an organisation may give its keys only after a decision granted them to it.
pub(crate) fn is_restricted(role: &Name) -> bool {
    is_of_the_chain(role) || is_contract_role(role.as_str())
}

/// Restricted roles of the chain itself: who holds them sees or decides for all, so a majority of validators grants them. Roles of
/// contracts are the authority's to grant.
pub(crate) fn is_of_the_chain(role: &Name) -> bool {
    matches!(role.as_str(), ROLE_AUDITOR | ROLE_AUTHORITY)
}

/// Loads an organisation that a call names.
pub(crate) fn load(ctx: &Ctx<'_>, code: &CreditCode) -> Result<Organization, CallError> {
    ctx.read(&key_of::organization(code), Code::ORGANIZATION_UNKNOWN)
}

pub(crate) fn store(ctx: &mut Ctx<'_>, organization: &Organization) -> Result<(), CallError> {
    ctx.put(&key_of::organization(&organization.facts.code), organization)
}

/// `organization.register`: an administrator registers an organisation directly below its own.
pub(crate) fn register_below(
    ctx: &mut Ctx<'_>,
    call: &OrganizationRegister,
) -> Result<(), CallError> {
    ctx.require_role(ROLE_ADMINISTRATOR)?;
    if call.organization.parent != Some(*ctx.organization()) {
        return Err(Code::NOT_ENTITLED.into());
    }
    delegates::refuse_delegate(ctx)?;
    check_new(ctx, &call.organization, &call.administrator)?;
    keys::check_proof(ctx, &call.organization.code, &call.administrator, &call.proof)?;
    register(ctx, &call.organization, &call.administrator)
}

/// What must hold before an organisation is registered.
pub(crate) fn check_new(
    ctx: &Ctx<'_>,
    facts: &OrganizationFacts,
    administrator: &PublicKey,
) -> Result<(), CallError> {
    if ctx.get(&key_of::organization(&facts.code))?.is_some() {
        return Err(Code::ORGANIZATION_EXISTS.into());
    }
    check_place(ctx, facts)?;
    keys::check_new(ctx, administrator)
}

/// Registers a checked organisation with its first key.
pub(crate) fn register(
    ctx: &mut Ctx<'_>,
    facts: &OrganizationFacts,
    administrator: &PublicKey,
) -> Result<(), CallError> {
    if let Some(parent) = &facts.parent {
        count_child(ctx, parent, 1)?;
    }
    let organization =
        Organization { facts: facts.clone(), roles: Vec::new(), suspended: false, children: 0 };
    store(ctx, &organization)?;
    keys::register_administrator(ctx, facts.code, administrator)?;
    ctx.emit("organization_registered", &[("code", facts.code.to_string())])
}

/// The organisation above exists, its region contains this one's, and the way to the top is short and does not come back.
/// Returns the level, 1 at the top.
fn check_place(ctx: &Ctx<'_>, facts: &OrganizationFacts) -> Result<usize, CallError> {
    let Some(parent) = &facts.parent else { return Ok(1) };
    let above = load(ctx, parent)?;
    if !above.facts.region.contains(&facts.region) {
        return Err(Code::REGION_INVALID.into());
    }
    let mut level = 2;
    let mut ancestor = above;
    loop {
        if ancestor.facts.code == facts.code || level > TREE_DEPTH_MAX {
            return Err(Code::TREE_INVALID.into());
        }
        let Some(next) = ancestor.facts.parent else { return Ok(level) };
        ancestor = load(ctx, &next)?;
        level = level.saturating_add(1);
    }
}

fn count_child(ctx: &mut Ctx<'_>, parent: &CreditCode, change: i32) -> Result<(), CallError> {
    let mut above = load(ctx, parent)?;
    above.children = above.children.saturating_add_signed(change);
    store(ctx, &above)
}

/// What must hold before an organisation is changed: those below it must keep their place.
pub(crate) fn check_change(ctx: &Ctx<'_>, facts: &OrganizationFacts) -> Result<(), CallError> {
    let before = load(ctx, &facts.code)?;
    let level = check_place(ctx, facts)?;
    if before.children > 0 {
        if !facts.region.contains(&before.facts.region) {
            return Err(Code::REGION_INVALID.into());
        }
        if level > check_place(ctx, &before.facts)? {
            return Err(Code::TREE_INVALID.into());
        }
    }
    Ok(())
}

/// Changes a checked organisation.
pub(crate) fn change(ctx: &mut Ctx<'_>, facts: &OrganizationFacts) -> Result<(), CallError> {
    let mut organization = load(ctx, &facts.code)?;
    if organization.facts.parent != facts.parent {
        if let Some(parent) = organization.facts.parent {
            count_child(ctx, &parent, -1)?;
        }
        if let Some(parent) = facts.parent {
            count_child(ctx, &parent, 1)?;
        }
    }
    organization.facts = facts.clone();
    store(ctx, &organization)?;
    ctx.emit("organization_changed", &[("code", facts.code.to_string())])
}

/// Suspends or resumes an organisation.
pub(crate) fn suspend(
    ctx: &mut Ctx<'_>,
    code: &CreditCode,
    suspended: bool,
) -> Result<(), CallError> {
    let mut organization = load(ctx, code)?;
    organization.suspended = suspended;
    store(ctx, &organization)?;
    let name = if suspended { "organization_suspended" } else { "organization_resumed" };
    ctx.emit(name, &[("code", code.to_string())])
}

/// Sets the restricted roles that an organisation's keys may hold. Keys that hold more lose them at once.
pub(crate) fn grant(ctx: &mut Ctx<'_>, code: &CreditCode, roles: &[Name]) -> Result<(), CallError> {
    let mut organization = load(ctx, code)?;
    organization.roles = roles.to_vec();
    organization.roles.sort();
    store(ctx, &organization)?;
    ctx.emit("roles_granted", &[("code", code.to_string())])
}

/// Names are there and fit their fields.
pub(crate) fn check_names(facts: &OrganizationFacts) -> Result<(), Code> {
    facts.free_texts().into_iter().try_for_each(|text| {
        if text.trim().is_empty() {
            return Err(Code::ARGUMENTS_MALFORMED);
        }
        params::check_text(text)
    })
}
