//! The document that a chain is made from: its name, suite, parameters, organisations, keys and validators.
//! Contracts turn it into the first registry entries; the [`crate::Genesis`] commits to these.

use crate::{CreditCode, Name, Parameters, PublicKey, Region, Suite, calls::time};
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Everything that the first state of a chain holds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisDocument {
    /// Name of the chain, for people.
    pub name: String,
    /// Suite of the chain.
    pub suite: Suite,
    /// True for a chain with a chosen clock: its times prove nothing, and every header says so.
    #[serde(default)]
    pub test_clock: bool,
    /// Time of the genesis, milliseconds since 1970-01-01 UTC; in text an RFC 3339 time.
    #[serde(rename = "time", with = "time")]
    pub time_ms: u64,
    /// Chain parameters.
    #[serde(default)]
    pub parameters: Parameters,
    /// Organisations; one above another stands before it.
    pub organizations: Vec<GenesisOrganization>,
    /// Keys other than the validators' consensus keys.
    pub keys: Vec<GenesisKey>,
    /// Validators of the first set.
    pub validators: Vec<GenesisValidator>,
}

/// An organisation of the first state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisOrganization {
    /// Unified social credit code.
    pub code: CreditCode,
    /// Full name.
    pub name: String,
    /// Name for screens.
    pub short_name: String,
    /// Region, in the region of the organisation above.
    pub region: Region,
    /// Organisation above; none at the top of the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CreditCode>,
    /// Roles beyond the ordinary ones that its keys may hold: `authority`, `auditor`.
    #[serde(default)]
    pub roles: Vec<Name>,
}

/// A key of the first state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisKey {
    /// Organisation that owns it.
    pub organization: CreditCode,
    /// The key.
    pub public_key: PublicKey,
    /// Its roles.
    pub roles: Vec<Name>,
}

/// A validator of the first set.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Organisation that runs it.
    pub organization: CreditCode,
    /// Consensus key; it gets the role `validator`.
    pub public_key: PublicKey,
    /// Voting weight, 1 to 2^32.
    pub weight: u64,
    /// Network identity, base58.
    pub peer_id: String,
    /// Network addresses, multiaddr.
    pub addresses: Vec<String>,
}

/// A network before its keys are made: what `genesis/*.toml` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisTemplate {
    /// Name of the chain, for people.
    pub name: String,
    /// Suite of the chain.
    pub suite: Suite,
    /// Chain parameters.
    #[serde(default)]
    pub parameters: Parameters,
    /// Organisations; one above another stands before it.
    pub organizations: Vec<TemplateOrganization>,
}

/// An organisation, the keys it is to have, and whether it runs a validator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateOrganization {
    /// Short id for files and commands, e.g. `pds-001`.
    pub id: Name,
    /// Unified social credit code.
    pub code: CreditCode,
    /// Full name.
    pub name: String,
    /// Name for screens.
    pub short_name: String,
    /// Region.
    pub region: Region,
    /// Organisation above; none at the top of the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CreditCode>,
    /// Roles beyond the ordinary ones.
    #[serde(default)]
    pub roles: Vec<Name>,
    /// Weight of its validator; none when it runs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator_weight: Option<u64>,
    /// Keys to make.
    #[serde(default)]
    pub keys: Vec<TemplateKey>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateKey {
    /// Name of the key's file.
    pub name: Name,
    /// Roles of the key.
    pub roles: Vec<Name>,
}

/// Consensus key and network place of a validator that a template asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorSeat {
    /// Consensus key.
    pub public_key: PublicKey,
    /// Network identity, base58.
    pub peer_id: String,
    /// Network addresses, multiaddr.
    pub addresses: Vec<String>,
}

/// What was made for a template: the keys by organisation id and key name, the seats by organisation id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateKeys {
    /// Public keys.
    pub keys: BTreeMap<(Name, Name), PublicKey>,
    /// Validators.
    pub seats: BTreeMap<Name, ValidatorSeat>,
}

/// A template asks for something that was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{organization} lacks its {what}")]
pub struct TemplateError {
    /// Id of the organisation.
    pub organization: Name,
    /// What is missing: the name of a key, or `validator`.
    pub what: String,
}

impl GenesisTemplate {
    /// Fills the template with the keys that were made for it.
    pub fn fill(
        &self,
        time_ms: u64,
        test_clock: bool,
        made: &TemplateKeys,
    ) -> Result<GenesisDocument, TemplateError> {
        let mut document = GenesisDocument {
            name: self.name.clone(),
            suite: self.suite,
            test_clock,
            time_ms,
            parameters: self.parameters.clone(),
            organizations: Vec::new(),
            keys: Vec::new(),
            validators: Vec::new(),
        };
        for organization in &self.organizations {
            document.organizations.push(organization.facts());
            for key in &organization.keys {
                document.keys.push(organization.key(key, made)?);
            }
            if let Some(weight) = organization.validator_weight {
                document.validators.push(organization.validator(weight, made)?);
            }
        }
        Ok(document)
    }
}

impl TemplateOrganization {
    fn facts(&self) -> GenesisOrganization {
        GenesisOrganization {
            code: self.code,
            name: self.name.clone(),
            short_name: self.short_name.clone(),
            region: self.region.clone(),
            parent: self.parent,
            roles: self.roles.clone(),
        }
    }

    fn lacks(&self, what: &str) -> TemplateError {
        TemplateError { organization: self.id.clone(), what: what.into() }
    }

    fn key(&self, key: &TemplateKey, made: &TemplateKeys) -> Result<GenesisKey, TemplateError> {
        let public_key = made.keys.get(&(self.id.clone(), key.name.clone()));
        let public_key = public_key.ok_or_else(|| self.lacks(key.name.as_str()))?.clone();
        Ok(GenesisKey { organization: self.code, public_key, roles: key.roles.clone() })
    }

    fn validator(
        &self,
        weight: u64,
        made: &TemplateKeys,
    ) -> Result<GenesisValidator, TemplateError> {
        let seat = made.seats.get(&self.id).ok_or_else(|| self.lacks("validator"))?.clone();
        Ok(GenesisValidator {
            organization: self.code,
            public_key: seat.public_key,
            weight,
            peer_id: seat.peer_id,
            addresses: seat.addresses,
        })
    }
}
