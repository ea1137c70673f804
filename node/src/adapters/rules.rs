//! Execution's questions about members, answered by the contract `membership`.

use yinglian_contract_api::{Contract, Contracts, StateError, StateRead};
use yinglian_engine::{Engine, ModulesContract};
use yinglian_execution::{Identity, Rules};
use yinglian_membership as membership;
use yinglian_protocol::{Address, Height, Parameters, ValidatorSet};

/// The contracts of this program.
pub fn contracts() -> anyhow::Result<Contracts> {
    let mut coded: Vec<Box<dyn Contract>> = vec![
        Box::new(membership::MembershipContract),
        Box::new(yinglian_record::RecordContract),
        Box::new(yinglian_exchange::contract().map_err(anyhow::Error::msg)?),
        Box::new(yinglian_supervision::contract().map_err(anyhow::Error::msg)?),
    ];
    let names: Vec<&str> = coded.iter().map(|contract| contract.name()).collect();
    let modules = ModulesContract::new(&names).map_err(anyhow::Error::msg)?;
    coded.push(Box::new(modules));
    let engine = Engine::new().map_err(anyhow::Error::msg)?;
    Ok(Contracts::new(coded)?.with_modules(Box::new(engine)))
}

/// Answers from the registry entries of `membership`.
pub struct MembershipRules;

impl Rules for MembershipRules {
    fn identity(
        &self,
        state: &dyn StateRead,
        address: &Address,
        time_ms: u64,
    ) -> Result<Option<Identity>, StateError> {
        Ok(membership::identity(state, address, time_ms)?.map(|identity| Identity {
            organization: identity.organization,
            public_key: identity.public_key,
            roles: identity.roles,
            region: identity.region,
            person: identity.person,
            revoked_from: identity.revoked_from,
            suspended: identity.suspended,
        }))
    }

    fn validator_set(
        &self,
        state: &dyn StateRead,
        height: Height,
    ) -> Result<ValidatorSet, StateError> {
        membership::validator_set(state, height)
    }

    fn protocol_version(
        &self,
        state: &dyn StateRead,
        height: Height,
    ) -> Result<Option<u32>, StateError> {
        membership::protocol_version(state, height)
    }

    fn parameters(&self, state: &dyn StateRead) -> Result<Parameters, StateError> {
        membership::parameters(state)
    }
}
