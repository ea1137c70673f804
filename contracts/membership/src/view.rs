//! What the chain itself reads: whose key an address is, who decides a height, where validators are reached, and the
//! parameters. Plain functions over a state, called before and while a block is executed.
//!
//! Comes in: a state and a height. Goes out: facts. Never: a write.

use crate::{
    Delegation, Key, Organization, ProtocolEntry, ScheduledSet, ValidatorEntry, Validators, key_of,
    organizations::is_restricted, state::ParametersEntry,
};
use yinglian_contract_api::{Entity, StateError, StateRead, decode_entity};
use yinglian_protocol::{
    Address, CreditCode, Height, Name, Parameters, PublicKey, Region, ValidatorSet,
};

/// Who an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Organisation of the key.
    pub organization: CreditCode,
    /// The key.
    pub public_key: PublicKey,
    /// First height at which the key is no longer good.
    pub revoked_from: Option<Height>,
    /// Roles of the key, or of the delegation it signs under while that is in force, less those that its organisation was not
    /// granted.
    pub roles: Vec<Name>,
    /// Region in which it acts: its organisation's, or the narrower one of its delegation.
    pub region: Region,
    /// True when a post or a person signs, under a delegation that is in force.
    pub person: bool,
    /// True while the organisation's keys may not send.
    pub suspended: bool,
}

impl Identity {
    /// True when envelopes of the key may be executed at a height.
    pub fn is_good_at(&self, height: Height) -> bool {
        self.revoked_from.is_none_or(|from| height < from)
    }

    /// True when the key holds the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held.as_str() == role)
    }
}

/// Where a validator is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorPeer {
    /// Address of the consensus key.
    pub address: Address,
    /// Network identity, base58.
    pub peer_id: String,
    /// Network addresses, multiaddr.
    pub addresses: Vec<String>,
}

pub(crate) fn load<T: Entity>(state: &dyn StateRead, key: &[u8]) -> Result<Option<T>, StateError> {
    state.registry(key)?.map(|value| decode_entity(key, &value)).transpose()
}

/// Loads an entry that every chain has.
pub(crate) fn load_always<T: Entity>(state: &dyn StateRead, key: &[u8]) -> Result<T, StateError> {
    load(state, key)?.ok_or_else(|| StateError::corrupt(key))
}

/// Whose key an address is, read at `time_ms`, the time of the last header; none when it is not registered. Reads three entries:
/// callers cache it within a block.
pub fn identity(
    state: &dyn StateRead,
    address: &Address,
    time_ms: u64,
) -> Result<Option<Identity>, StateError> {
    let Some(key) = load::<Key>(state, &key_of::key(address))? else { return Ok(None) };
    let organization: Organization = load_always(state, &key_of::organization(&key.organization))?;
    let delegation: Option<Delegation> = load(state, &key_of::delegation(address))?;
    let within = |delegation: &Delegation| {
        // The organisation's region may have changed since.
        delegation.is_in_force(time_ms)
            && organization.facts.region.contains(&delegation.terms.region)
    };
    let is_delegate = delegation.is_some();
    let (roles, region, person) = match delegation.filter(within) {
        Some(delegation) => (delegation.terms.roles, delegation.terms.region, true),
        None if is_delegate => (Vec::new(), organization.facts.region, false),
        None => (key.roles, organization.facts.region, false),
    };
    let granted = |role: &Name| !is_restricted(role) || organization.roles.contains(role);
    Ok(Some(Identity {
        organization: key.organization,
        public_key: key.public_key,
        revoked_from: key.revoked_from,
        roles: roles.into_iter().filter(granted).collect(),
        region,
        person,
        suspended: organization.suspended,
    }))
}

/// Version of the rules under which a height is decided; none when no decision ever set one: then it is the genesis' version.
pub fn protocol_version(state: &dyn StateRead, height: Height) -> Result<Option<u32>, StateError> {
    let entry: Option<ProtocolEntry> = load(state, key_of::PROTOCOL)?;
    Ok(entry.map(|entry| entry.at(height)))
}

/// The set that decides a height. The state is that after block `height - 1`, or any later one up to activation of the next
/// change: sets of the past are in the headers' chain, not in the registry.
pub fn validator_set(state: &dyn StateRead, height: Height) -> Result<ValidatorSet, StateError> {
    let validators: Validators = load_always(state, key_of::VALIDATORS)?;
    Ok(validators.at(height).clone())
}

/// The change of the set that still waits at a height.
pub fn scheduled_set(
    state: &dyn StateRead,
    height: Height,
) -> Result<Option<ScheduledSet>, StateError> {
    let validators: Validators = load_always(state, key_of::VALIDATORS)?;
    Ok(validators.pending_at(height).cloned())
}

/// Where the validators are reached that decide a height or will decide after the pending change.
pub fn validator_peers(
    state: &dyn StateRead,
    height: Height,
) -> Result<Vec<ValidatorPeer>, StateError> {
    let validators: Validators = load_always(state, key_of::VALIDATORS)?;
    let now = validators.at(height).iter();
    let then = validators.pending_at(height).into_iter().flat_map(|change| change.set.iter());
    let mut addresses: Vec<Address> =
        now.chain(then).map(|validator| validator.address()).collect();
    addresses.sort();
    addresses.dedup();
    let peer = |address: Address| {
        let entry: ValidatorEntry = load_always(state, &key_of::validator(&address))?;
        Ok(ValidatorPeer { address, peer_id: entry.peer_id, addresses: entry.addresses })
    };
    addresses.into_iter().map(peer).collect()
}

/// The chain parameters in force.
pub fn parameters(state: &dyn StateRead) -> Result<Parameters, StateError> {
    load_always::<ParametersEntry>(state, key_of::PARAMETERS).map(|entry| entry.0)
}
