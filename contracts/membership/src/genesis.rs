//! The first registry entries of a chain, from its genesis document. The same rules hold as for later calls.
//!
//! Comes in: the document. Goes out: entries, or the code of the rule that it breaks. Never: a first set that could not grow.

use crate::{
    Key, Organization, TREE_DEPTH_MAX, ValidatorEntry, Validators, key_of,
    keys::check_roles,
    organizations::{check_names, is_restricted},
    state::ParametersEntry,
    validators::{check_peer, check_weight},
};
use std::collections::BTreeMap;
use yinglian_contract_api::{Entity, decode_entity, first_value};
use yinglian_protocol::{
    Code, CreditCode, GenesisDocument, GenesisOrganization, Height, Name, PublicKey, RegistryValue,
    Validator, ValidatorSet,
    calls::membership::{OrganizationFacts, ROLE_VALIDATOR},
    limits,
};

/// Height that genesis entries name.
const GENESIS_HEIGHT: Height = Height(0);

/// Turns a genesis document into registry entries, or says which rule it breaks.
pub fn genesis_entries(
    document: &GenesisDocument,
) -> Result<BTreeMap<Vec<u8>, RegistryValue>, Code> {
    let mut entries = Entries { document, values: BTreeMap::new() };
    document.parameters.check()?;
    entries.add(key_of::PARAMETERS.to_vec(), &ParametersEntry(document.parameters.clone()))?;
    for organization in &document.organizations {
        entries.add_organization(organization)?;
    }
    for key in &document.keys {
        if key.roles.iter().any(|role| role.as_str() == ROLE_VALIDATOR) {
            return Err(Code::GENESIS_INVALID);
        }
        entries.add_key(key.organization, &key.public_key, key.roles.clone())?;
    }
    entries.add_validators()?;
    Ok(entries.values)
}

struct Entries<'a> {
    document: &'a GenesisDocument,
    values: BTreeMap<Vec<u8>, RegistryValue>,
}

impl Entries<'_> {
    fn add<T: Entity>(&mut self, key: Vec<u8>, entity: &T) -> Result<(), Code> {
        match self.values.insert(key, first_value(entity)) {
            Some(_) => Err(Code::GENESIS_INVALID),
            None => Ok(()),
        }
    }

    fn organization(&self, code: &CreditCode) -> Result<Organization, Code> {
        let key = key_of::organization(code);
        let value = self.values.get(&key).ok_or(Code::ORGANIZATION_UNKNOWN)?;
        decode_entity(&key, value).map_err(|_| Code::GENESIS_INVALID)
    }

    /// Level of a listed organisation, 1 at the top.
    fn level(&self, mut code: CreditCode) -> Result<usize, Code> {
        let mut level = 1_usize;
        while let Some(parent) = self.organization(&code)?.facts.parent {
            level = level.saturating_add(1);
            code = parent;
        }
        Ok(level)
    }

    fn add_organization(&mut self, listed: &GenesisOrganization) -> Result<(), Code> {
        let facts = OrganizationFacts {
            code: listed.code,
            name: listed.name.clone(),
            short_name: listed.short_name.clone(),
            region: listed.region.clone(),
            parent: listed.parent,
        };
        check_names(&facts)?;
        let mut roles = listed.roles.clone();
        roles.sort();
        roles.dedup();
        if roles.len() != listed.roles.len() || !roles.iter().all(is_restricted) {
            return Err(Code::ROLE_UNKNOWN);
        }
        if let Some(parent) = &listed.parent {
            // An organisation stands behind its parent in the list, so there is no circle.
            let mut above = self.organization(parent)?;
            if !above.facts.region.contains(&listed.region) {
                return Err(Code::REGION_INVALID);
            }
            if self.level(*parent)? >= TREE_DEPTH_MAX {
                return Err(Code::TREE_INVALID);
            }
            above.children = above.children.saturating_add(1);
            self.values.insert(key_of::organization(parent), first_value(&above));
        }
        let organization = Organization { facts, roles, suspended: false, children: 0 };
        self.add(key_of::organization(&listed.code), &organization)
    }

    fn add_key(
        &mut self,
        organization: CreditCode,
        public_key: &PublicKey,
        mut roles: Vec<Name>,
    ) -> Result<(), Code> {
        let owner = self.organization(&organization)?;
        check_roles(&roles)?;
        if roles.iter().any(|role| is_restricted(role) && !owner.roles.contains(role)) {
            return Err(Code::NOT_ENTITLED);
        }
        if public_key.algorithm() != self.document.suite.algorithm() {
            return Err(Code::KEY_UNSUITABLE);
        }
        roles.sort();
        let key = Key {
            organization,
            public_key: public_key.clone(),
            roles,
            registered_at: GENESIS_HEIGHT,
            revoked_from: None,
            replaced_by: None,
        };
        self.add(key_of::key(&public_key.address()), &key)
    }

    fn add_validators(&mut self) -> Result<(), Code> {
        let role = Name::parse(ROLE_VALIDATOR).map_err(|_| Code::INTERNAL)?;
        // Fewer bear no fault, and the rules for changes would never let the set grow to four; only a
        // chain that is flagged as a test may begin so.
        if self.document.validators.len() < limits::VALIDATORS_MIN && !self.document.test_clock {
            return Err(Code::VALIDATORS_TOO_FEW);
        }
        let mut members = Vec::new();
        for listed in &self.document.validators {
            check_weight(listed.weight)?;
            check_peer(&listed.peer_id, &listed.addresses)?;
            self.add_key(listed.organization, &listed.public_key, vec![role.clone()])?;
            let entry = ValidatorEntry {
                organization: listed.organization,
                public_key: listed.public_key.clone(),
                weight: listed.weight,
                peer_id: listed.peer_id.clone(),
                addresses: listed.addresses.clone(),
                active_from: GENESIS_HEIGHT.next(),
                active_until: None,
            };
            self.add(key_of::validator(&listed.public_key.address()), &entry)?;
            members.push(Validator {
                organization: listed.organization,
                public_key: listed.public_key.clone(),
                weight: listed.weight,
            });
        }
        let current = ValidatorSet::new(members).map_err(|_| Code::GENESIS_INVALID)?;
        self.add(key_of::VALIDATORS.to_vec(), &Validators { current, scheduled: None })
    }
}
