//! Changes of the validator set: one at a time, small, and only after a delay, so that every verifier can follow them.
//!
//! Comes in: decided additions and removals. Goes out: the next set and the height from which it decides. Never: two changes at
//! once, fewer than four, more than a third of the weight.

use crate::{
    Key, ScheduledSet, ValidatorEntry, Validators, delegates, key_of, keys, organizations,
    params::{ADDRESS_BYTES_MAX, ADDRESSES_MAX, PEER_ID_BYTES, WEIGHT_MAX},
    state::ParametersEntry,
    view::load_always,
};
use std::collections::BTreeMap;
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Address, Code, CreditCode, Height, Name, PublicKey, Validator, ValidatorSet, ValidatorSetError,
    calls::membership::{ROLE_ADMINISTRATOR, ROLE_VALIDATOR, ValidatorUpdatePeer},
    limits,
};

/// A validator that a decision adds.
pub(crate) struct NewValidator<'a> {
    pub organization: &'a CreditCode,
    pub public_key: &'a PublicKey,
    pub weight: u64,
    pub peer_id: &'a str,
    pub addresses: &'a [String],
    pub activation_height: Height,
}

/// What must hold before a validator is added. Returns the set that would take over.
pub(crate) fn check_add(ctx: &Ctx<'_>, new: &NewValidator<'_>) -> Result<ValidatorSet, CallError> {
    let address = new.public_key.address();
    if organizations::load(ctx, new.organization)?.suspended {
        return Err(Code::ORGANIZATION_SUSPENDED.into());
    }
    match ctx.get_as::<Key>(&key_of::key(&address))? {
        None => keys::check_new(ctx, new.public_key)?,
        Some(key) if key.organization != *new.organization => return Err(Code::KEY_EXISTS.into()),
        Some(key) if key.revoked_from.is_some() => return Err(Code::KEY_REVOKED.into()),
        Some(_) if delegates::of(ctx, &address)?.is_some() => {
            return Err(Code::DELEGATION_EXISTS.into());
        }
        Some(_) => {}
    }
    let current = settled_set(ctx)?;
    if current.find(&address).is_some() {
        return Err(Code::VALIDATOR_EXISTS.into());
    }
    let added = Validator {
        organization: *new.organization,
        public_key: new.public_key.clone(),
        weight: new.weight,
    };
    let members = current.iter().cloned().chain([added]).collect();
    check_change(ctx, &current, members, new.activation_height)
}

/// Schedules a checked addition.
pub(crate) fn add(
    ctx: &mut Ctx<'_>,
    new: &NewValidator<'_>,
    set: ValidatorSet,
) -> Result<(), CallError> {
    let address = new.public_key.address();
    let role = Name::parse(ROLE_VALIDATOR).map_err(|_| Code::INTERNAL)?;
    match ctx.get_as::<Key>(&key_of::key(&address))? {
        None => keys::put_new(ctx, *new.organization, new.public_key, vec![role])?,
        Some(mut key) if !key.has_role(ROLE_VALIDATOR) => {
            key.roles.push(role);
            key.roles.sort();
            ctx.put(&key_of::key(&address), &key)?;
        }
        Some(_) => {}
    }
    let entry = ValidatorEntry {
        organization: *new.organization,
        public_key: new.public_key.clone(),
        weight: new.weight,
        peer_id: new.peer_id.to_owned(),
        addresses: new.addresses.to_vec(),
        active_from: new.activation_height,
        active_until: None,
    };
    ctx.put(&key_of::validator(&address), &entry)?;
    schedule(ctx, set, new.activation_height)?;
    emit(ctx, "validator_added", &address, new.activation_height)
}

/// What must hold before a validator is removed. Returns the set that would take over.
pub(crate) fn check_remove(
    ctx: &Ctx<'_>,
    address: &Address,
    activation_height: Height,
) -> Result<ValidatorSet, CallError> {
    let current = settled_set(ctx)?;
    if current.find(address).is_none() {
        return Err(Code::VALIDATOR_UNKNOWN.into());
    }
    let members =
        current.iter().filter(|validator| validator.address() != *address).cloned().collect();
    check_change(ctx, &current, members, activation_height)
}

/// Schedules a checked removal.
pub(crate) fn remove(
    ctx: &mut Ctx<'_>,
    address: &Address,
    activation_height: Height,
    set: ValidatorSet,
) -> Result<(), CallError> {
    let key = key_of::validator(address);
    let mut entry: ValidatorEntry = ctx.read(&key, Code::VALIDATOR_UNKNOWN)?;
    entry.active_until = Some(activation_height);
    ctx.put(&key, &entry)?;
    schedule(ctx, set, activation_height)?;
    emit(ctx, "validator_removed", address, activation_height)
}

/// The set in force, when no change is pending.
fn settled_set(ctx: &Ctx<'_>) -> Result<ValidatorSet, CallError> {
    let validators: Validators = load_always(ctx, key_of::VALIDATORS)?;
    match validators.pending_at(ctx.height()) {
        Some(_) => Err(Code::DECISION_PENDING.into()),
        None => Ok(validators.at(ctx.height()).clone()),
    }
}

fn check_change(
    ctx: &Ctx<'_>,
    current: &ValidatorSet,
    members: Vec<Validator>,
    activation_height: Height,
) -> Result<ValidatorSet, CallError> {
    if members.len() < limits::VALIDATORS_MIN {
        return Err(Code::VALIDATORS_TOO_FEW.into());
    }
    let set = ValidatorSet::new(members).map_err(|error| match error {
        ValidatorSetError::Order => Code::VALIDATOR_EXISTS,
        ValidatorSetError::Count | ValidatorSetError::Weight => Code::VALIDATOR_INVALID,
    })?;
    // Changed weight beyond a third could leave the old and the new set without a common honest majority.
    if changed_weight(current, &set).saturating_mul(3) > current.total_weight() {
        return Err(Code::VALIDATOR_CHANGE_TOO_LARGE.into());
    }
    let parameters: ParametersEntry = load_always(ctx, key_of::PARAMETERS)?;
    let earliest = ctx.height().0.saturating_add(parameters.0.set_change_delay_blocks);
    if activation_height.0 < earliest {
        return Err(Code::ACTIVATION_TOO_EARLY.into());
    }
    Ok(set)
}

/// Sum over all keys of how much the weight differs.
fn changed_weight(before: &ValidatorSet, after: &ValidatorSet) -> u64 {
    let mut weights: BTreeMap<Address, (u64, u64)> = BTreeMap::new();
    for validator in before.iter() {
        weights.entry(validator.address()).or_default().0 = validator.weight;
    }
    for validator in after.iter() {
        weights.entry(validator.address()).or_default().1 = validator.weight;
    }
    weights.values().fold(0, |sum, (old, new)| sum.saturating_add(old.abs_diff(*new)))
}

fn schedule(
    ctx: &mut Ctx<'_>,
    set: ValidatorSet,
    activation_height: Height,
) -> Result<(), CallError> {
    let validators: Validators = load_always(ctx, key_of::VALIDATORS)?;
    let validators = Validators {
        current: validators.at(ctx.height()).clone(),
        scheduled: Some(ScheduledSet { activation_height, set }),
    };
    ctx.put(key_of::VALIDATORS, &validators)
}

fn emit(ctx: &mut Ctx<'_>, name: &str, address: &Address, height: Height) -> Result<(), CallError> {
    ctx.emit(name, &[("address", address.to_string()), ("height", height.to_string())])
}

/// `validator.update_peer`: touches nothing that consensus counts, so the organisation does it alone.
pub(crate) fn update_peer(ctx: &mut Ctx<'_>, call: &ValidatorUpdatePeer) -> Result<(), CallError> {
    let key = key_of::validator(&call.address);
    let mut entry: ValidatorEntry = ctx.read(&key, Code::VALIDATOR_UNKNOWN)?;
    if entry.organization != *ctx.organization() {
        return Err(Code::NOT_OWNER.into());
    }
    ctx.require_role(ROLE_ADMINISTRATOR)?;
    entry.peer_id.clone_from(&call.peer_id);
    entry.addresses.clone_from(&call.addresses);
    ctx.put(&key, &entry)?;
    ctx.emit("validator_moved", &[("address", call.address.to_string())])
}

/// Shape of a validator's place in the network: enough to keep nonsense out; the node parses it for good.
pub(crate) fn check_peer(peer_id: &str, addresses: &[String]) -> Result<(), Code> {
    let base58 = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    let peer_ok = PEER_ID_BYTES.contains(&peer_id.len()) && peer_id.bytes().all(base58);
    let address_ok = |address: &String| {
        address.len() <= ADDRESS_BYTES_MAX
            && address.starts_with('/')
            && address.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let count_ok = (1..=ADDRESSES_MAX).contains(&addresses.len());
    if peer_ok && count_ok && addresses.iter().all(address_ok) {
        Ok(())
    } else {
        Err(Code::VALIDATOR_INVALID)
    }
}

/// A weight in its range.
pub(crate) fn check_weight(weight: u64) -> Result<(), Code> {
    if (1..=WEIGHT_MAX).contains(&weight) { Ok(()) } else { Err(Code::VALIDATOR_INVALID) }
}
