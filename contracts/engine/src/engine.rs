//! Modules in force: from a name to the contract that runs it.
//!
//! Comes in: a name, and the state. Goes out: the module that membership admitted under it. Kept by the hash of its document, so that a
//! module is compiled once; what is kept changes no answer. Never: a module that was retired.

use crate::{documents, examine};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use yinglian_contract_api::{
    Contract, Declared, Machine, MachineContract, Modules, StateError, StateRead,
};
use yinglian_interface::Value;
use yinglian_protocol::{
    Hash,
    calls::{ModuleEntry, module_key},
    codec, limits,
};

/// Most compiled modules that are kept. A chain with more compiles again, and answers the same.
const KEPT_MAX: usize = 64;

/// Runs the modules that the registry holds.
pub struct Engine {
    documents: Machine,
    kept: Mutex<BTreeMap<Hash, Arc<dyn Contract>>>,
}

impl Engine {
    /// An engine that has compiled nothing yet. An error is a fault of this program, found by its tests.
    pub fn new() -> Result<Self, String> {
        Ok(Self { documents: documents::machine()?, kept: Mutex::default() })
    }
}

impl Modules for Engine {
    fn find(
        &self,
        state: &dyn StateRead,
        name: &str,
    ) -> Result<Option<Arc<dyn Contract>>, StateError> {
        let Some(entry) = entry(state, name)?.filter(ModuleEntry::is_in_force) else {
            return Ok(None);
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&entry.digest) {
            return Ok(Some(Arc::clone(found)));
        }
        let machine = load(&self.documents, state, &entry.digest)?;
        let contract: Arc<dyn Contract> = Arc::new(MachineContract::new(machine, Declared));
        if kept.len() >= KEPT_MAX {
            kept.pop_first();
        }
        kept.insert(entry.digest, Arc::clone(&contract));
        Ok(Some(contract))
    }
}

/// What a decision admitted under a name.
pub(crate) fn entry(state: &dyn StateRead, name: &str) -> Result<Option<ModuleEntry>, StateError> {
    let key = module_key(name);
    let Some(value) = state.registry(&key)? else { return Ok(None) };
    let entry = codec::decode_strict::<ModuleEntry>(&value.body, limits::REGISTRY_VALUE_BYTES_MAX);
    let entry = entry.ok().filter(|_| value.schema == ModuleEntry::SCHEMA);
    entry.map(Some).ok_or_else(|| StateError::corrupt(&key))
}

/// The bytes of a document; none while a part is missing.
pub(crate) fn whole(
    documents: &Machine,
    state: &dyn StateRead,
    digest: &[u8],
    parts: usize,
) -> Result<Option<Vec<u8>>, StateError> {
    let mut bytes = Vec::new();
    for number in 0..parts {
        let number = i128::try_from(number).map_err(|_| StateError::new("part of a module"))?;
        let key = [Value::Bytes(digest.to_vec()), Value::Integer(number)];
        let key =
            documents.key("part", &key).map_err(|error| StateError::new(error.to_string()))?;
        let Some(part) = documents.object(state, "part", &key)? else { return Ok(None) };
        match part.as_slice() {
            [Value::Bytes(part)] => bytes.extend_from_slice(part),
            _ => return Ok(None),
        }
    }
    Ok(Some(bytes))
}

/// Compiles an admitted document. It was whole and valid when it was examined, so anything else is a broken state.
pub(crate) fn load(
    documents: &Machine,
    state: &dyn StateRead,
    digest: &Hash,
) -> Result<Machine, StateError> {
    let broken = || StateError::new(format!("the document {digest} of a module cannot be used"));
    let key =
        documents.key("document", &[Value::Bytes(digest.0.to_vec())]).map_err(|_| broken())?;
    let document = documents.object(state, "document", &key)?.ok_or_else(broken)?;
    let parts = match documents.field("document", &document, "parts") {
        Some(Value::Integer(parts)) => usize::try_from(*parts).map_err(|_| broken())?,
        _ => return Err(broken()),
    };
    let bytes = whole(documents, state, &digest.0, parts)?.ok_or_else(broken)?;
    examine::machine(&bytes).ok_or_else(broken)
}
