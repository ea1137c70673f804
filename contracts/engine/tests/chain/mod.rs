//! A chain in memory with modules: calls as JSON, each in a block of its own, and decisions that admit.
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::Value as Json;
use std::collections::BTreeMap;
use yinglian_contract_api::{
    Call, CallError, CallScope, Contract, Contracts, Ctx, FactValues, StateError, StateRead,
};
use yinglian_crypto::SigningKey;
use yinglian_engine::{CONTRACT, Engine, ModulesContract};
use yinglian_interface::{Interface, MODULE_PART_BYTES, Value, document_hash};
use yinglian_protocol::{
    CreditCode, EnvelopeId, GenesisHash, Hash, Height, LogPosition, Name, RecordPlace, Region,
    RegistryValue, Suite,
    calls::{ModuleEntry, membership::ROLES, module_key},
    codec,
};

/// 2026-11-24T00:00:00Z, a Tuesday.
pub const START_MS: u64 = 1_795_478_400_000;
pub const CITY: &str = "11410400XX0000019H";
pub const COUNTY: &str = "11410400XX0000027C";

/// Knows every organisation of these tests; none is suspended.
struct Membership;

impl Contract for Membership {
    fn name(&self) -> &str {
        "membership"
    }
    fn has_method(&self, _: &str, _: u16) -> bool {
        false
    }
    fn admit(&self, _: &Call<'_>) -> Result<Vec<String>, yinglian_protocol::Code> {
        Ok(Vec::new())
    }
    fn call(&self, _: &mut Ctx<'_>, _: &Call<'_>) -> Result<(), CallError> {
        Ok(())
    }
    fn fact(
        &self,
        _: &dyn StateRead,
        _: &str,
        _: u16,
        _: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        Ok(Some(FactValues::from([("suspended".to_owned(), Value::Bool(false))])))
    }
}

#[derive(Clone)]
pub struct Sender {
    pub organization: &'static str,
    pub region: &'static str,
    pub roles: Vec<String>,
    pub person: bool,
    pub seed: u8,
}

pub fn sender(organization: &'static str, region: &'static str, roles: &[&str]) -> Sender {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let seed = organization.bytes().fold(0, u8::wrapping_add);
    Sender { organization, region, roles, person: false, seed }
}

pub fn administrator() -> Sender {
    sender(CITY, "410400", &["administrator"])
}

pub struct Chain {
    contracts: Contracts,
    pub values: BTreeMap<Vec<u8>, RegistryValue>,
    height: u64,
    now_ms: u64,
    pub events: Vec<String>,
}

impl StateRead for Chain {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Ok(self.values.get(key).cloned())
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(None)
    }
}

pub fn refusal(error: &CallError) -> String {
    match error {
        CallError::Refused(code) => code.to_string(),
        CallError::Guard { guard, .. } => guard.to_string(),
        CallError::State(error) => panic!("{error}"),
    }
}

pub fn digest(seed: u8) -> Json {
    serde_json::json!({"algorithm": "sm3", "value": format!("{seed:02x}").repeat(32), "length_bytes": "10"})
}

impl Chain {
    pub fn new() -> Self {
        let modules = ModulesContract::new(&["membership"]).unwrap();
        let contracts = Contracts::new(vec![Box::new(modules), Box::new(Membership)]).unwrap();
        let contracts = contracts.with_modules(Box::new(Engine::new().unwrap()));
        Self { contracts, values: BTreeMap::new(), height: 0, now_ms: START_MS, events: vec![] }
    }

    pub fn advance_minutes(&mut self, minutes: u64) {
        self.now_ms += minutes * 60_000;
    }

    pub fn now(&self) -> u64 {
        self.now_ms
    }

    /// The interface of a contract, as the node shows it.
    pub fn interface(&self, contract: &str) -> Option<std::sync::Arc<Interface>> {
        self.contracts.find(self, contract).unwrap().and_then(|found| found.interface())
    }

    pub fn call(
        &mut self,
        sender: &Sender,
        contract: &str,
        method: &str,
        arguments: Json,
    ) -> Result<(), String> {
        let interface = self.interface(contract).ok_or("no contract")?;
        let bytes = interface.encode_arguments(method, 1, &arguments);
        let bytes = bytes.map_err(|refusal| format!("{method}: {refusal}"))?;
        self.call_bytes(sender, contract, method, &bytes)
    }

    pub fn call_bytes(
        &mut self,
        sender: &Sender,
        contract: &str,
        method: &str,
        bytes: &[u8],
    ) -> Result<(), String> {
        let call = Call { contract, method, version: 1, arguments: bytes };
        self.height += 1;
        let held = |role: &String| match ROLES.contains(&role.as_str()) {
            true => role.clone(),
            false => format!("{contract}.{role}"),
        };
        let roles: Vec<Name> =
            sender.roles.iter().map(|role| Name::parse(&held(role)).unwrap()).collect();
        let region = Region::parse(sender.region).unwrap();
        let key = SigningKey::from_seed(Suite::National, &[sender.seed]);
        let scope = CallScope {
            suite: Suite::National,
            genesis: GenesisHash(Hash::ZERO),
            height: Height(self.height),
            time_ms: self.now_ms + 1,
            parent_time_ms: self.now_ms,
            position: LogPosition(self.height),
            envelope_id: EnvelopeId(Hash([self.height as u8; 32])),
            sender: key.public_key().address(),
            organization: CreditCode::parse(sender.organization).unwrap(),
            roles: &roles,
            region: &region,
            person: sender.person,
            previous_hash: Hash::ZERO,
        };
        let effects = {
            let found = self.contracts.resolve(self, &call).map_err(|error| refusal(&error))?;
            found.admit(&call).map_err(|code| code.to_string())?;
            let mut ctx = Ctx::new(contract, self, &self.contracts, scope);
            found.call(&mut ctx, &call).map_err(|error| refusal(&error))?;
            ctx.finish()
        };
        self.events.extend(effects.events.iter().map(|event| event.name.to_string()));
        self.values.extend(effects.writes);
        Ok(())
    }

    /// What a call of nobody in particular would see.
    pub fn with_ctx<T>(&self, look: impl FnOnce(&Ctx<'_>) -> T) -> T {
        let region = Region::parse("410400").unwrap();
        let scope = CallScope {
            suite: Suite::National,
            genesis: GenesisHash(Hash::ZERO),
            height: Height(self.height),
            time_ms: self.now_ms,
            parent_time_ms: self.now_ms,
            position: LogPosition(self.height),
            envelope_id: EnvelopeId(Hash::ZERO),
            sender: SigningKey::from_seed(Suite::National, &[1]).public_key().address(),
            organization: CreditCode::parse(CITY).unwrap(),
            roles: &[],
            region: &region,
            person: false,
            previous_hash: Hash::ZERO,
        };
        look(&Ctx::new("test", self, &self.contracts, scope))
    }

    /// Uploads a document in its parts.
    pub fn upload(&mut self, document: &[u8]) -> Result<Hash, String> {
        let hash = document_hash(Suite::National, document);
        let parts: Vec<&[u8]> = document.chunks(MODULE_PART_BYTES).collect();
        for (number, part) in parts.iter().enumerate() {
            self.upload_part(&hash, number, parts.len(), part)?;
        }
        Ok(hash)
    }

    pub fn upload_part(
        &mut self,
        hash: &Hash,
        number: usize,
        parts: usize,
        bytes: &[u8],
    ) -> Result<(), String> {
        let arguments = serde_json::json!({"part": number, "parts": parts, "digest": hash.to_string(),
            "bytes": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()});
        self.call(&administrator(), CONTRACT, "upload", arguments)
    }

    /// What membership does when a decision passes: it asks for the document and writes the entry.
    pub fn admit(&mut self, hash: Hash) -> Result<String, String> {
        let documents = self.contracts.find(self, CONTRACT).unwrap().unwrap();
        let key = [Value::Bytes(hash.0.to_vec())];
        let fact = documents.fact(self, "document", 1, &key).unwrap().ok_or("no document")?;
        let (Some(Value::Text(contract)), Some(Value::Integer(version)), Some(Value::Bytes(shape))) =
            (fact.get("contract"), fact.get("version"), fact.get("shape_hash"))
        else {
            panic!("{fact:?}")
        };
        let entry = ModuleEntry {
            contract: Name::parse(contract).unwrap(),
            version: u16::try_from(*version).unwrap(),
            digest: hash,
            shape_hash: Hash(shape.as_slice().try_into().unwrap()),
            admitted_at: Height(self.height),
            retired_at: None,
        };
        self.put_entry(&entry);
        Ok(contract.clone())
    }

    pub fn put_entry(&mut self, entry: &ModuleEntry) {
        let value = RegistryValue {
            schema: ModuleEntry::SCHEMA,
            version: 1,
            written_at: None,
            previous_at: None,
            previous_hash: Hash::ZERO,
            body: codec::encode(entry),
        };
        self.values.insert(module_key(entry.contract.as_str()), value);
    }

    /// A module of the repository, uploaded and admitted.
    pub fn with_module(&mut self, file: &str) {
        let hash = self.upload(document(file).as_bytes()).unwrap();
        self.admit(hash).unwrap();
    }

    pub fn object(&self, contract: &str, key: &str) -> Json {
        let value = &self.values[format!("{contract}.{key}").as_bytes()];
        self.interface(contract).unwrap().object_to_json(value.schema, &value.body).unwrap()
    }
}

pub fn module(file: &str) -> String {
    let path = format!("{}/../modules/{file}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub fn document(file: &str) -> String {
    let interface = Interface::from_module(&module(file));
    interface.unwrap_or_else(|faults| panic!("{file}: {faults:#?}")).to_document()
}
