//! Declared modules: which document stands under a name. The documents themselves are kept by the contract `modules`, which is asked.
//!
//! Comes in: decisions. Goes out: the entry that the engine reads. Never: a document that is not whole, a lower version, a retired module
//! come back.

use crate::key_of;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_contract_api::{CallError, Ctx, Entity, FactValues};
use yinglian_interface::Value;
use yinglian_protocol::{Code, Hash, Name, calls::ModuleEntry};

/// A module's entry as this contract stores it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ModuleRecord(pub ModuleEntry);

impl Entity for ModuleRecord {
    const SCHEMA: u16 = ModuleEntry::SCHEMA;
}

/// Contract that keeps the documents, and the fact by which it answers.
const DOCUMENTS: (&str, &str, u16) = ("modules", "document", 1);

/// What must hold before a module is admitted. Returns the entry that would be written.
pub(crate) fn check_admit(
    ctx: &Ctx<'_>,
    contract: &Name,
    version: u16,
    digest: Hash,
) -> Result<ModuleEntry, CallError> {
    let (provider, fact, fact_version) = DOCUMENTS;
    let key = [Value::Bytes(digest.as_ref().to_vec())];
    let document = ctx.ask(provider, fact, fact_version, &key)?.ok_or(Code::MODULE_UNKNOWN)?;
    let shape_hash = shape_hash_of(&document, contract, version).ok_or(Code::MODULE_INVALID)?;
    let before: Option<ModuleRecord> = ctx.get_as(&key_of::module(contract))?;
    if before.is_some_and(|ModuleRecord(before)| {
        before.retired_at.is_some() || before.version >= version
    }) {
        return Err(Code::MODULE_INVALID.into());
    }
    Ok(ModuleEntry {
        contract: contract.clone(),
        version,
        digest,
        shape_hash,
        admitted_at: ctx.height(),
        retired_at: None,
    })
}

/// Hash of the shape, when the document holds this contract and version.
fn shape_hash_of(document: &FactValues, contract: &Name, version: u16) -> Option<Hash> {
    let names = document.get("contract") == Some(&Value::Text(contract.as_str().into()));
    let counts = document.get("version") == Some(&Value::Integer(version.into()));
    match document.get("shape_hash") {
        Some(Value::Bytes(bytes)) if names && counts => {
            <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Hash)
        }
        _ => None,
    }
}

/// What must hold before a module is retired. Returns the entry that would be written.
pub(crate) fn check_retire(ctx: &Ctx<'_>, contract: &Name) -> Result<ModuleEntry, CallError> {
    let ModuleRecord(mut entry) = ctx.read(&key_of::module(contract), Code::MODULE_UNKNOWN)?;
    if entry.retired_at.is_some() {
        return Err(Code::MODULE_INVALID.into());
    }
    entry.retired_at = Some(ctx.height());
    Ok(entry)
}

/// Writes a checked entry.
pub(crate) fn put(ctx: &mut Ctx<'_>, entry: ModuleEntry, event: &str) -> Result<(), CallError> {
    let fields = [("contract", entry.contract.to_string()), ("version", entry.version.to_string())];
    ctx.put(&key_of::module(&entry.contract), &ModuleRecord(entry))?;
    ctx.emit(event, &fields)
}
