//! Delegates: a key without roles of its own that acts as a post or a person, with some roles, in a region, for a time.
//!
//! Comes in: calls of the organisation's own keys. Goes out: delegations, which [`crate::identity`] resolves, so that no rule has to
//! think of them. Never: a name or number of a person, a power that outlasts its period, a power that a delegate passes on.

use crate::{Delegation, Key, key_of, keys, organizations};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Address, Code, Hash, Name,
    calls::{
        TIME_MS_MAX,
        membership::{
            DELEGATION_PERIOD_MS_MAX, DelegateChange, DelegateGrant, DelegateRevoke,
            DelegationTerms, ROLE_ADMINISTRATOR, ROLE_VALIDATOR,
        },
    },
};

/// What can be refused of a grant without any state.
pub(crate) fn admit_grant(call: &DelegateGrant) -> Result<(), Code> {
    if call.holder == Hash::ZERO {
        return Err(Code::DIGEST_INVALID);
    }
    admit_terms(&call.terms)
}

/// What can be refused of terms without any state.
pub(crate) fn admit_terms(terms: &DelegationTerms) -> Result<(), Code> {
    keys::check_roles(&terms.roles)?;
    let length_ms = terms.until_ms.saturating_sub(terms.from_ms);
    let in_order = terms.from_ms < terms.until_ms && terms.until_ms <= TIME_MS_MAX;
    if in_order && length_ms <= DELEGATION_PERIOD_MS_MAX {
        Ok(())
    } else {
        Err(Code::PERIOD_INVALID)
    }
}

/// The delegation of a key, also one that is over.
pub(crate) fn of(ctx: &Ctx<'_>, address: &Address) -> Result<Option<Delegation>, CallError> {
    Ok(ctx.get_as(&key_of::delegation(address))?)
}

/// Refuses a delegate: whoever acts for a time gives nobody a power, which would outlast him.
pub(crate) fn refuse_delegate(ctx: &Ctx<'_>) -> Result<(), CallError> {
    match of(ctx, ctx.sender())? {
        Some(_) => Err(Code::DELEGATE_BARRED.into()),
        None => Ok(()),
    }
}

/// Refuses a delegate for a part of the region in what binds the whole organisation.
pub(crate) fn require_whole(ctx: &Ctx<'_>) -> Result<(), CallError> {
    let Some(delegation) = of(ctx, ctx.sender())? else { return Ok(()) };
    let own = organizations::load(ctx, ctx.organization())?;
    if delegation.terms.region.contains(&own.facts.region) {
        Ok(())
    } else {
        Err(Code::DELEGATE_BARRED.into())
    }
}

/// `delegate.grant`.
pub(crate) fn grant(ctx: &mut Ctx<'_>, call: &DelegateGrant) -> Result<(), CallError> {
    let key = load_own(ctx, &call.address)?;
    if !key.roles.is_empty() {
        return Err(Code::KEY_HAS_ROLES.into());
    }
    let running = |before: Delegation| before.is_to_come_or_runs(ctx.parent_time_ms());
    if of(ctx, &call.address)?.is_some_and(running) {
        return Err(Code::DELEGATION_EXISTS.into());
    }
    check_terms(ctx, &call.terms)?;
    let delegation = Delegation {
        organization: *ctx.organization(),
        kind: call.kind,
        holder: call.holder,
        terms: sorted(&call.terms),
        granter: *ctx.sender(),
        granted_at: ctx.height(),
        ended_at: None,
    };
    store(ctx, &call.address, &delegation, "delegation_granted")
}

/// `delegate.change`.
pub(crate) fn change(ctx: &mut Ctx<'_>, call: &DelegateChange) -> Result<(), CallError> {
    load_own(ctx, &call.address)?;
    let mut delegation = load_running(ctx, &call.address)?;
    if delegation.granter != *ctx.sender() {
        ctx.require_role(ROLE_ADMINISTRATOR)?;
    }
    check_terms(ctx, &call.terms)?;
    delegation.terms = sorted(&call.terms);
    store(ctx, &call.address, &delegation, "delegation_changed")
}

/// `delegate.revoke`: by the delegate itself, whoever granted it, and administrators.
pub(crate) fn revoke(ctx: &mut Ctx<'_>, call: &DelegateRevoke) -> Result<(), CallError> {
    let mut delegation = load_running(ctx, &call.address)?;
    let sender = ctx.sender();
    if *sender != call.address && *sender != delegation.granter {
        ctx.require_role(ROLE_ADMINISTRATOR)?;
    }
    delegation.ended_at = Some(ctx.height());
    store(ctx, &call.address, &delegation, "delegation_ended")
}

/// The successor of a rotated key acts under the same delegation.
pub(crate) fn follow(ctx: &mut Ctx<'_>, old: &Address, new: &Address) -> Result<(), CallError> {
    match of(ctx, old)? {
        Some(delegation) if delegation.is_to_come_or_runs(ctx.parent_time_ms()) => {
            store(ctx, new, &delegation, "delegation_granted")
        }
        _ => Ok(()),
    }
}

/// A key of the sender's organisation whose end is not set.
fn load_own(ctx: &Ctx<'_>, address: &Address) -> Result<Key, CallError> {
    let key: Key = ctx.read(&key_of::key(address), Code::KEY_UNKNOWN)?;
    if key.organization != *ctx.organization() {
        return Err(Code::NOT_OWNER.into());
    }
    if key.revoked_from.is_some() {
        return Err(Code::KEY_REVOKED.into());
    }
    Ok(key)
}

/// A delegation of the sender's organisation that is not over.
fn load_running(ctx: &Ctx<'_>, address: &Address) -> Result<Delegation, CallError> {
    let delegation: Delegation =
        ctx.read(&key_of::delegation(address), Code::DELEGATION_UNKNOWN)?;
    if delegation.organization != *ctx.organization() {
        return Err(Code::NOT_OWNER.into());
    }
    if !delegation.is_to_come_or_runs(ctx.parent_time_ms()) {
        return Err(Code::DELEGATION_OVER.into());
    }
    Ok(delegation)
}

/// The sender may give these roles, in this region, for this time.
fn check_terms(ctx: &Ctx<'_>, terms: &DelegationTerms) -> Result<(), CallError> {
    refuse_delegate(ctx)?;
    let own = organizations::load(ctx, ctx.organization())?;
    let administers = ctx.has_role(ROLE_ADMINISTRATOR);
    // An administrator may delegate what he may register keys with; any other key what it holds itself.
    let may_give = |role: &Name| {
        let held = role.as_str() != ROLE_VALIDATOR && ctx.has_role(role.as_str());
        held || (administers && keys::is_grantable(&own, role))
    };
    if !terms.roles.iter().all(may_give) {
        return Err(Code::NOT_ENTITLED.into());
    }
    if !own.facts.region.contains(&terms.region) {
        return Err(Code::REGION_INVALID.into());
    }
    if terms.until_ms <= ctx.parent_time_ms() {
        return Err(Code::PERIOD_INVALID.into());
    }
    Ok(())
}

fn sorted(terms: &DelegationTerms) -> DelegationTerms {
    let mut terms = terms.clone();
    terms.roles.sort();
    terms
}

fn store(
    ctx: &mut Ctx<'_>,
    address: &Address,
    delegation: &Delegation,
    event: &str,
) -> Result<(), CallError> {
    ctx.put(&key_of::delegation(address), delegation)?;
    ctx.emit(event, &[("address", address.to_string())])
}
