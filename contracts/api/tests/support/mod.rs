//! A chain in memory: calls as JSON, each in a block of its own.
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::Value as Json;
use std::collections::BTreeMap;
use yinglian_contract_api::{
    Call, CallError, CallScope, Contract, Contracts, Ctx, FactValues, StateError, StateRead,
};
use yinglian_crypto::SigningKey;
use yinglian_interface::{Interface, Value};
use yinglian_protocol::{
    Code, CreditCode, EnvelopeId, GenesisHash, Hash, Height, LogPosition, Name, RecordPlace,
    Region, RegistryValue, Suite, calls::membership::ROLES,
};

/// 2026-11-24T00:00:00Z, eight in the morning of the zone, a Tuesday.
pub const START_MS: u64 = 1_795_478_400_000;

#[derive(Clone)]
pub struct Sender {
    pub organization: String,
    pub region: String,
    pub roles: Vec<String>,
    pub person: bool,
    /// Makes the key.
    pub seed: u8,
}

impl Sender {
    pub fn new(organization: &str, region: &str, roles: &[&str]) -> Self {
        Self {
            organization: organization.into(),
            region: region.into(),
            roles: roles.iter().map(|role| (*role).into()).collect(),
            person: false,
            seed: organization.bytes().fold(0, u8::wrapping_add),
        }
    }
}

pub struct Chain {
    contracts: Contracts,
    values: BTreeMap<Vec<u8>, RegistryValue>,
    height: u64,
    now_ms: u64,
    events: Vec<String>,
}

impl StateRead for Chain {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Ok(self.values.get(key).cloned())
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(None)
    }
}

impl Chain {
    pub fn new(contracts: Vec<Box<dyn Contract>>) -> Self {
        let contracts = Contracts::new(contracts).unwrap();
        Self { contracts, values: BTreeMap::new(), height: 0, now_ms: START_MS, events: vec![] }
    }

    pub fn advance_minutes(&mut self, minutes: u64) {
        self.now_ms += minutes * 60_000;
    }

    pub fn events(&self) -> &[String] {
        &self.events
    }

    /// Encodes, admits and executes; the effects remain when it was not refused.
    pub fn call(
        &mut self,
        interface: &Interface,
        sender: &Sender,
        method: &str,
        arguments: Json,
    ) -> Result<(), CallError> {
        let contract = interface.shape().contract.as_str();
        let bytes = interface.encode_arguments(method, 1, &arguments);
        let bytes = bytes.unwrap_or_else(|refusal| panic!("{method}: {refusal}"));
        let call = Call { contract, method, version: 1, arguments: &bytes };
        self.height += 1;
        // A role of the chain as it is, one of the contract with the contract before it.
        let held = |role: &String| match ROLES.contains(&role.as_str()) {
            true => role.clone(),
            false => format!("{contract}.{role}"),
        };
        let roles: Vec<Name> =
            sender.roles.iter().map(|role| Name::parse(&held(role)).unwrap()).collect();
        let region = Region::parse(&sender.region).unwrap();
        let scope = self.scope(sender, &roles, &region);
        let effects = {
            let found = self.contracts.resolve(self, &call)?;
            found.admit(&call)?;
            let mut ctx = Ctx::new(contract, self, &self.contracts, scope);
            found.call(&mut ctx, &call)?;
            ctx.finish()
        };
        self.events.extend(effects.events.iter().map(|event| event.name.to_string()));
        self.values.extend(effects.writes);
        Ok(())
    }

    fn scope<'a>(&self, sender: &Sender, roles: &'a [Name], region: &'a Region) -> CallScope<'a> {
        let key = SigningKey::from_seed(Suite::National, &[sender.seed]);
        CallScope {
            suite: Suite::National,
            genesis: GenesisHash(Hash::ZERO),
            height: Height(self.height),
            time_ms: self.now_ms + 1,
            parent_time_ms: self.now_ms,
            position: LogPosition(self.height),
            envelope_id: EnvelopeId(Hash([self.height as u8; 32])),
            sender: key.public_key().address(),
            organization: CreditCode::parse(&sender.organization).unwrap(),
            roles,
            region,
            person: sender.person,
            previous_hash: Hash::ZERO,
        }
    }

    /// What a call of nobody in particular would see.
    pub fn with_ctx<T>(&self, look: impl FnOnce(&Ctx<'_>) -> T) -> T {
        let region = Region::parse("410400").unwrap();
        let sender = Sender::new("11410400XX0000019H", "410400", &[]);
        let scope = self.scope(&sender, &[], &region);
        look(&Ctx::new("test", self, &self.contracts, scope))
    }
}

/// A contract that only tells facts: its name, and what it tells.
pub struct Teller(pub &'static str, pub fn(&str, &[Value]) -> Option<FactValues>);

impl Contract for Teller {
    fn name(&self) -> &str {
        self.0
    }
    fn has_method(&self, _: &str, _: u16) -> bool {
        false
    }
    fn admit(&self, _: &Call<'_>) -> Result<Vec<String>, Code> {
        Err(Code::METHOD_UNKNOWN)
    }
    fn call(&self, _: &mut Ctx<'_>, _: &Call<'_>) -> Result<(), CallError> {
        Err(Code::METHOD_UNKNOWN.into())
    }
    fn fact(
        &self,
        _: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        assert_eq!(version, 1);
        Ok((self.1)(name, key))
    }
}
