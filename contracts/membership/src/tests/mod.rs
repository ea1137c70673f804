//! A small network in memory: four departments that validate, a government office, a county and a township.

mod decisions;
mod delegates;
mod evidence;
mod facts;
mod genesis;
mod hostile;
mod keys;
mod modules;
mod organizations;
mod two_person;
mod validators;
mod versions;

use crate::{MembershipContract, genesis_entries, identity, key_of};
use std::collections::BTreeMap;
use yinglian_contract_api::{
    Call, CallError, CallScope, Contract, Contracts, Ctx, Effects, Entity, StateError, StateRead,
    decode_entity,
};
use yinglian_crypto::SigningKey;
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, GenesisDocument, GenesisHash, GenesisKey,
    GenesisOrganization, GenesisValidator, Hash, Height, LogPosition, Name, Parameters, PublicKey,
    RecordPlace, Region, RegistryValue, Signature, Suite,
    calls::{
        Arguments,
        membership::{
            Action, DecisionApprove, DecisionPropose, KeyRegister, KeyRotate, OrganizationFacts,
        },
        possession_bytes,
        record::Digest,
    },
};

/// Sharing authority.
const A: &str = "11410400XX0000019H";
const B: &str = "11410400XX0000086F";
/// Auditor.
const C: &str = "11410400XX0000246N";
const D: &str = "11410400XX0000262C";
/// Government office, above the county; runs no validator.
const OFFICE: &str = "11410400XX0000027C";
const COUNTY: &str = "11410421XX0000510F";
const TOWN: &str = "11410421XX0009013D";
/// Not registered.
const NEW_TOWN: &str = "11410421XX00090218";
const NEW_DEPARTMENT: &str = "11410400XX00000432";

const PEER: &str = "12D3KooWAuFQ3NbMyNH6XHLN8W3zcXe7Ja6aLGKqW1ri8gJUPz9v";
/// Time at which delegations are read where nothing depends on it, milliseconds.
const NOW_MS: u64 = 1_795_496_400_000;
const GENESIS: GenesisHash = GenesisHash(Hash([9; 32]));

fn key(label: &str) -> SigningKey {
    SigningKey::from_seed(Suite::National, label.as_bytes())
}

fn public(label: &str) -> PublicKey {
    key(label).public_key().clone()
}

fn address(label: &str) -> Address {
    key(label).public_key().address()
}

/// What a key signs to be registered for an organisation.
fn proof(label: &str, organization: &str) -> Signature {
    key(label).sign_now(&possession_bytes(&GENESIS, &code(organization), &public(label)))
}

fn register_for(organization: &str, label: &str, roles: &[&str]) -> KeyRegister {
    KeyRegister {
        public_key: public(label),
        roles: names(roles),
        proof: proof(label, organization),
    }
}

fn rotate_for(organization: &str, old: &str, new: &str, height: Option<u64>) -> KeyRotate {
    KeyRotate {
        address: address(old),
        public_key: public(new),
        effective_height: height.map(Height),
        proof: proof(new, organization),
    }
}

fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap()
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| Name::parse(text).unwrap()).collect()
}

fn facts(organization: &str, region: &str, parent: Option<&str>) -> OrganizationFacts {
    OrganizationFacts {
        code: code(organization),
        name: format!("单位{organization}"),
        short_name: "单位".into(),
        region: Region::parse(region).unwrap(),
        parent: parent.map(code),
    }
}

fn document() -> GenesisDocument {
    let organization = |own: &str, region: &str, parent: Option<&str>, roles: &[&str]| {
        let facts = facts(own, region, parent);
        GenesisOrganization {
            code: facts.code,
            name: facts.name,
            short_name: facts.short_name,
            region: facts.region,
            parent: facts.parent,
            roles: names(roles),
        }
    };
    let key = |own: &str, label: &str, roles: &[&str]| GenesisKey {
        organization: code(own),
        public_key: public(label),
        roles: names(roles),
    };
    let validator = |own: &str, label: &str| GenesisValidator {
        organization: code(own),
        public_key: public(label),
        weight: 1,
        peer_id: PEER.into(),
        addresses: vec!["/ip4/127.0.0.1/tcp/4001".into()],
    };
    GenesisDocument {
        name: "test".into(),
        suite: Suite::National,
        test_clock: true,
        time_ms: 1_795_496_400_000,
        parameters: Parameters::default(),
        organizations: vec![
            organization(A, "410400", None, &["authority"]),
            organization(B, "410400", None, &[]),
            organization(C, "410400", None, &["auditor"]),
            organization(D, "410400", None, &[]),
            organization(OFFICE, "410400", None, &[]),
            organization(COUNTY, "410421", Some(OFFICE), &[]),
            organization(TOWN, "410421901", Some(COUNTY), &[]),
        ],
        keys: vec![
            key(A, "a", &["administrator"]),
            key(A, "a-authority", &["authority"]),
            key(A, "a-recorder", &["recorder"]),
            key(B, "b", &["administrator"]),
            key(B, "b-recorder", &["recorder", "operator"]),
            key(C, "c", &["administrator"]),
            key(C, "c-auditor", &["auditor"]),
            key(D, "d", &["administrator"]),
            key(OFFICE, "office", &["administrator"]),
            key(COUNTY, "county", &["administrator"]),
            key(TOWN, "town", &["administrator"]),
        ],
        validators: vec![
            validator(A, "a-validator"),
            validator(B, "b-validator"),
            validator(C, "c-validator"),
            validator(D, "d-validator"),
        ],
    }
}

/// The registry of a chain, and where it stands. Every call is a block of its own.
struct World {
    registry: BTreeMap<Vec<u8>, RegistryValue>,
    height: Height,
    /// Time of the last header, milliseconds.
    clock_ms: u64,
    contracts: Contracts,
}

impl StateRead for World {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Ok(self.registry.get(key).cloned())
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(None)
    }
}

impl World {
    fn new() -> Self {
        Self::of(&document())
    }

    fn of(document: &GenesisDocument) -> Self {
        Self {
            registry: genesis_entries(document).unwrap(),
            height: Height(0),
            clock_ms: NOW_MS,
            contracts: Contracts::new(vec![Box::new(modules::Documents)]).unwrap(),
        }
    }

    /// The entity under a key.
    fn get<T: Entity>(&self, key: &[u8]) -> Option<T> {
        self.registry.get(key).map(|value| decode_entity(key, value).unwrap())
    }

    /// Executes a call in the next block as the chain would: identity, admission, rules. A refused call leaves nothing.
    fn send(&mut self, sender: &str, call: impl Into<Arguments>) -> Result<Effects, Code> {
        self.height = self.height.next();
        let result = self.try_send(sender, &call.into());
        if let Ok(effects) = &result {
            self.registry.extend(effects.writes.iter().cloned());
        }
        result
    }

    fn try_send(&self, sender: &str, arguments: &Arguments) -> Result<Effects, Code> {
        let sender = address(sender);
        let identity =
            identity(self, &sender, self.clock_ms).unwrap().ok_or(Code::SENDER_UNKNOWN)?;
        if !identity.is_good_at(self.height) {
            return Err(Code::KEY_REVOKED);
        }
        if identity.suspended {
            return Err(Code::ORGANIZATION_SUSPENDED);
        }
        let (contract, method, version) = arguments.method();
        let bytes = arguments.encode();
        let call = Call { contract, method, version, arguments: &bytes };
        MembershipContract.admit(&call)?;
        let scope = CallScope {
            suite: Suite::National,
            genesis: GENESIS,
            height: self.height,
            time_ms: self.clock_ms + 1,
            parent_time_ms: self.clock_ms,
            position: LogPosition(self.height.0),
            envelope_id: decision_id(self.height),
            sender,
            organization: identity.organization,
            roles: &identity.roles,
            region: &identity.region,
            person: identity.person,
            previous_hash: Hash::ZERO,
        };
        let mut ctx = Ctx::new(contract, self, &self.contracts, scope);
        match MembershipContract.call(&mut ctx, &call) {
            Ok(()) => Ok(ctx.finish()),
            Err(CallError::Refused(code) | CallError::Guard { code, .. }) => Err(code),
            Err(CallError::State(error)) => panic!("{error}"),
        }
    }

    /// Proposes an action; returns the id of the decision.
    fn propose(&mut self, sender: &str, action: Action) -> Result<EnvelopeId, Code> {
        self.send(sender, DecisionPropose { action, document: paper(1), title: "决定".into() })?;
        Ok(decision_id(self.height))
    }

    fn approve(&mut self, sender: &str, decision: EnvelopeId) -> Result<(), Code> {
        self.send(sender, DecisionApprove { decision, document: paper(1) }).map(|_| ())
    }

    /// Three of the four departments decide.
    fn decide(&mut self, action: Action) -> Result<EnvelopeId, Code> {
        let id = self.propose("a", action)?;
        self.approve("b", id)?;
        self.approve("c", id)?;
        Ok(id)
    }

    fn decision(&self, id: &EnvelopeId) -> crate::Decision {
        self.get(&key_of::decision(id)).unwrap()
    }

    fn organization(&self, organization: &str) -> crate::Organization {
        self.get(&key_of::organization(&code(organization))).unwrap()
    }

    fn key(&self, label: &str) -> crate::Key {
        self.get(&key_of::key(&address(label))).unwrap()
    }
}

/// Id of the envelope that stands in a block of these tests.
fn decision_id(height: Height) -> EnvelopeId {
    EnvelopeId(Suite::National.hash(&[&height.0.to_le_bytes()]))
}

/// Digest of a document.
fn paper(number: u8) -> Digest {
    Digest { algorithm: Name::parse("sm3").unwrap(), value: Hash([number; 32]), length_bytes: 10 }
}

/// Names of the events of a call.
fn event_names(effects: &Effects) -> Vec<&str> {
    effects.events.iter().map(|event| event.name.as_str()).collect()
}
