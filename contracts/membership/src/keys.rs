//! Keys of organisations: registered, rotated and revoked from a height on, never for the past.
//!
//! Comes in: calls of the key itself and of its organisation's administrators. Goes out: entries with a beginning and an end.
//! Never: a key of two organisations, a consensus key without a decision.

use crate::{
    Key, Organization, Validators, delegates, key_of,
    organizations::{self, is_restricted},
    view::load_always,
};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Address, Code, CreditCode, Height, Name, PublicKey, Signature,
    calls::{
        membership::{
            KeyRegister, KeyRevoke, KeyRotate, ROLE_ADMINISTRATOR, ROLE_VALIDATOR, ROLES,
            is_contract_role,
        },
        possession_is_proven,
    },
};

/// Each role is known and listed once, and there is one.
pub(crate) fn check_roles(roles: &[Name]) -> Result<(), Code> {
    if roles.is_empty() { Err(Code::ROLE_UNKNOWN) } else { check_roles_or_none(roles) }
}

/// Each role is known and listed once.
pub(crate) fn check_roles_or_none(roles: &[Name]) -> Result<(), Code> {
    let known =
        roles.iter().all(|role| ROLES.contains(&role.as_str()) || is_contract_role(role.as_str()));
    let mut sorted = roles.to_vec();
    sorted.sort();
    sorted.dedup();
    if known && sorted.len() == roles.len() { Ok(()) } else { Err(Code::ROLE_UNKNOWN) }
}

/// The key fits the chain's suite and nobody registered it.
pub(crate) fn check_new(ctx: &Ctx<'_>, public_key: &PublicKey) -> Result<(), CallError> {
    if public_key.algorithm() != ctx.scope().suite.algorithm() {
        return Err(Code::KEY_UNSUITABLE.into());
    }
    match ctx.get(&key_of::key(&public_key.address()))? {
        Some(_) => Err(Code::KEY_EXISTS.into()),
        None => Ok(()),
    }
}

/// The key itself signed that it belongs to this organisation (decision 0007). After all that costs less.
pub(crate) fn check_proof(
    ctx: &Ctx<'_>,
    organization: &CreditCode,
    public_key: &PublicKey,
    proof: &Signature,
) -> Result<(), Code> {
    match possession_is_proven(&ctx.scope().genesis, organization, public_key, proof) {
        true => Ok(()),
        false => Err(Code::KEY_PROOF_INVALID),
    }
}

/// A role that administrators of the organisation may give its keys. Consensus keys come in by decision only.
pub(crate) fn is_grantable(organization: &Organization, role: &Name) -> bool {
    role.as_str() != ROLE_VALIDATOR && (!is_restricted(role) || organization.roles.contains(role))
}

/// `key.register`.
pub(crate) fn register(ctx: &mut Ctx<'_>, call: &KeyRegister) -> Result<(), CallError> {
    ctx.require_role(ROLE_ADMINISTRATOR)?;
    // A key without roles can do nothing until something is delegated to it.
    if !call.roles.is_empty() {
        delegates::refuse_delegate(ctx)?;
    }
    let own = organizations::load(ctx, ctx.organization())?;
    if !call.roles.iter().all(|role| is_grantable(&own, role)) {
        return Err(Code::NOT_ENTITLED.into());
    }
    check_new(ctx, &call.public_key)?;
    check_proof(ctx, &own.facts.code, &call.public_key, &call.proof)?;
    put_new(ctx, own.facts.code, &call.public_key, call.roles.clone())
}

/// Registers a key with the role of administrator, who then registers the others.
pub(crate) fn register_administrator(
    ctx: &mut Ctx<'_>,
    organization: CreditCode,
    public_key: &PublicKey,
) -> Result<(), CallError> {
    let role = Name::parse(ROLE_ADMINISTRATOR).map_err(|_| Code::INTERNAL)?;
    put_new(ctx, organization, public_key, vec![role])
}

/// Writes a checked key.
pub(crate) fn put_new(
    ctx: &mut Ctx<'_>,
    organization: CreditCode,
    public_key: &PublicKey,
    mut roles: Vec<Name>,
) -> Result<(), CallError> {
    roles.sort();
    let key = Key {
        organization,
        public_key: public_key.clone(),
        roles,
        registered_at: ctx.height(),
        revoked_from: None,
        replaced_by: None,
    };
    let address = public_key.address();
    ctx.put(&key_of::key(&address), &key)?;
    let fields = [("address", address.to_string()), ("organization", organization.to_string())];
    ctx.emit("key_registered", &fields)
}

/// `key.rotate`: the new key is good at once, the old one until its height.
pub(crate) fn rotate(ctx: &mut Ctx<'_>, call: &KeyRotate) -> Result<(), CallError> {
    let mut old = load_to_change(ctx, &call.address)?;
    // A key whose end is set has no successor, or no other one: whoever stole it must not outlive its revocation.
    if old.revoked_from.is_some() {
        return Err(Code::KEY_REVOKED.into());
    }
    // Consensus keys come in by decision only, also after one that is no longer in the set.
    if old.has_role(ROLE_VALIDATOR) {
        return Err(Code::NOT_ENTITLED.into());
    }
    // A delegate takes no other key over, whose roles would outlast him.
    if *ctx.sender() != call.address {
        delegates::refuse_delegate(ctx)?;
    }
    let from = effective_height(ctx, &old, call.effective_height)?;
    check_new(ctx, &call.public_key)?;
    check_proof(ctx, &old.organization, &call.public_key, &call.proof)?;
    put_new(ctx, old.organization, &call.public_key, old.roles.clone())?;
    delegates::follow(ctx, &call.address, &call.public_key.address())?;
    old.revoked_from = Some(from);
    old.replaced_by = Some(call.public_key.address());
    put_revoked(ctx, &call.address, &old, from)
}

/// `key.revoke`.
pub(crate) fn revoke(ctx: &mut Ctx<'_>, call: &KeyRevoke) -> Result<(), CallError> {
    let mut key = load_to_change(ctx, &call.address)?;
    let from = effective_height(ctx, &key, call.effective_height)?;
    key.revoked_from = Some(from);
    put_revoked(ctx, &call.address, &key, from)
}

fn put_revoked(
    ctx: &mut Ctx<'_>,
    address: &Address,
    key: &Key,
    from: Height,
) -> Result<(), CallError> {
    ctx.put(&key_of::key(address), key)?;
    ctx.emit("key_revoked", &[("address", address.to_string()), ("height", from.to_string())])
}

/// A key may be changed by itself and by administrators of its organisation, unless it decides blocks.
fn load_to_change(ctx: &Ctx<'_>, address: &Address) -> Result<Key, CallError> {
    let key: Key = ctx.read(&key_of::key(address), Code::KEY_UNKNOWN)?;
    if key.organization != *ctx.organization() {
        return Err(Code::NOT_OWNER.into());
    }
    if ctx.sender() != address {
        ctx.require_role(ROLE_ADMINISTRATOR)?;
    }
    let validators: Validators = load_always(ctx, key_of::VALIDATORS)?;
    let decides = validators.at(ctx.height()).find(address).is_some();
    let will_decide = validators
        .pending_at(ctx.height())
        .is_some_and(|change| change.set.find(address).is_some());
    if decides || will_decide {
        return Err(Code::VALIDATOR_KEY_IN_USE.into());
    }
    Ok(key)
}

/// The height asked for, or the next one. Later than this block, and earlier than what was set before.
fn effective_height(ctx: &Ctx<'_>, key: &Key, asked: Option<Height>) -> Result<Height, Code> {
    let from = asked.unwrap_or(ctx.height().next());
    if from <= ctx.height() {
        return Err(Code::REVOCATION_TOO_EARLY);
    }
    // Bringing a revocation forward is allowed, putting it off is not.
    if key.is_good_at(from) { Ok(from) } else { Err(Code::KEY_REVOKED) }
}
