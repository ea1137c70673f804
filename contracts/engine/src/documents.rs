//! The contract `modules`: documents of declared modules, uploaded in parts and checked as a whole.
//!
//! Comes in: parts. Goes out: parts in the registry, and with the last one the document's entry, which membership asks for before it
//! admits a module. Never: a document that is not whole, a change of one that is.

use crate::{engine, examine};
use std::sync::Arc;
use yinglian_contract_api::{
    Call, CallError, Coded, Contract, Ctx, FactValues, Machine, StateError, StateRead, View,
};
use yinglian_interface::{Interface, MODULE_PART_BYTES, Value, document_hash};
use yinglian_protocol::{Code, Name, Suite};

/// Name of the contract.
pub const CONTRACT: &str = "modules";

/// The declaration, made from `interface.toml` by `cargo xtask interfaces`.
const INTERFACE: &str = include_str!("../interface.json");

/// The contract.
pub struct ModulesContract {
    machine: Arc<Machine>,
    reserved: Vec<String>,
}

impl ModulesContract {
    /// Reads its declaration. `coded` names the contracts of the program, which no module may be called like. An error is a fault of this
    /// program, found by its tests.
    pub fn new(coded: &[&str]) -> Result<Self, String> {
        let mut reserved: Vec<String> = coded.iter().map(|name| (*name).to_owned()).collect();
        reserved.push(CONTRACT.to_owned());
        // First parts of registry keys that belong to the chain and to the services of every contract.
        reserved.extend(["module", "setting", "joint", "signer"].map(str::to_owned));
        Ok(Self { machine: Arc::new(machine()?), reserved })
    }

    /// The machine that runs the declaration.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// The machine of the contract `modules`.
pub(crate) fn machine() -> Result<Machine, String> {
    let interface = Interface::from_json(INTERFACE).map_err(|error| error.to_string())?;
    Machine::new(interface).map_err(|faults| format!("{faults:?}"))
}

/// A part as a call brings it.
struct Part<'v> {
    number: usize,
    parts: usize,
    digest: &'v [u8],
    bytes: &'v [u8],
}

impl<'v> Part<'v> {
    fn of(arguments: &'v Value) -> Option<Self> {
        let Value::Record(values) = arguments else { return None };
        let [
            Value::Integer(number),
            Value::Integer(parts),
            Value::Bytes(digest),
            Value::Bytes(bytes),
        ] = values.as_slice()
        else {
            return None;
        };
        let (number, parts) = (usize::try_from(*number).ok()?, usize::try_from(*parts).ok()?);
        Some(Self { number, parts, digest, bytes })
    }

    fn is_last(&self) -> bool {
        self.number.saturating_add(1) == self.parts
    }
}

fn refused(guard: &str) -> CallError {
    match Name::parse(guard) {
        Ok(guard) => CallError::Guard { code: Code::GUARD_REFUSED, guard },
        Err(_) => Code::INTERNAL.into(),
    }
}

fn malformed() -> CallError {
    Code::ARGUMENTS_MALFORMED.into()
}

impl Coded for ModulesContract {
    fn guard(
        &self,
        _: &Ctx<'_>,
        _: &Machine,
        name: &str,
        view: View<'_>,
    ) -> Result<bool, CallError> {
        let part = Part::of(view.arguments).ok_or_else(malformed)?;
        let full = part.bytes.len() == MODULE_PART_BYTES;
        // The others need the whole document, which `method` reads once for all of them.
        Ok(name != "part_fits" || (part.number < part.parts && (full || part.is_last())))
    }

    fn method(
        &self,
        ctx: &mut Ctx<'_>,
        machine: &Machine,
        _: &str,
        arguments: &Value,
    ) -> Result<(), CallError> {
        let part = Part::of(arguments).ok_or_else(malformed)?;
        let digest = Value::Bytes(part.digest.to_vec());
        let document = machine.key("document", std::slice::from_ref(&digest))?;
        let number = Value::Integer(i128::try_from(part.number).map_err(|_| malformed())?);
        let key = machine.key("part", &[digest, number])?;
        let body = [Value::Bytes(part.bytes.to_vec())];
        let complete = machine.object(ctx, "document", &document)?.is_some();
        if !complete {
            machine.write(ctx, "part", &key, &body)?;
        } else if machine.object(ctx, "part", &key)?.as_deref() != Some(&body) {
            return Err(refused("part_fits"));
        }
        match engine::whole(machine, ctx, part.digest, part.parts)? {
            Some(bytes) => self.complete(ctx, &part, &bytes),
            None => Ok(()),
        }
    }
}

impl ModulesContract {
    /// Every part is there: the document is examined and gets its entry. A document that was complete before is examined again, beside
    /// the version that is admitted now.
    fn complete(&self, ctx: &mut Ctx<'_>, part: &Part<'_>, bytes: &[u8]) -> Result<(), CallError> {
        let suite: Suite = ctx.scope().suite;
        let hash = document_hash(suite, bytes);
        if hash.0.as_slice() != part.digest {
            return Err(refused("digest_fits"));
        }
        let module = examine::machine(bytes).ok_or_else(|| refused("document_is_valid"))?;
        let shape = module.interface().shape();
        if !examine::name_is_free(shape, &self.reserved) {
            return Err(refused("name_is_free"));
        }
        let admitted = engine::entry(ctx, shape.contract.as_str())?;
        if let Some(entry) = &admitted {
            if entry.version >= shape.version {
                return Err(refused("version_is_higher"));
            }
            let before = engine::load(&self.machine, ctx, &entry.digest)?;
            if !examine::layouts_stay(before.interface(), module.interface()) {
                return Err(refused("layouts_stay"));
            }
        }
        let follows = admitted.map(|entry| Box::new(Value::Bytes(entry.digest.0.to_vec())));
        let shape_hash = module.interface().shape_hash(suite);
        let version = Value::Integer(i128::from(shape.version));
        let contract = Value::Text(shape.contract.to_string());
        let digest = Value::Bytes(part.digest.to_vec());
        let parts = Value::Integer(i128::try_from(part.parts).map_err(|_| malformed())?);
        let object = [
            contract.clone(),
            version.clone(),
            Value::Bytes(shape_hash.0.to_vec()),
            parts,
            Value::Option(follows),
        ];
        let key = self.machine.key("document", std::slice::from_ref(&digest))?;
        self.machine.write(ctx, "document", &key, &object)?;
        self.machine.emit(ctx, "document_complete", &[digest, contract, version])
    }
}

impl Contract for ModulesContract {
    fn name(&self) -> &str {
        CONTRACT
    }

    fn interface(&self) -> Option<Arc<Interface>> {
        Some(self.machine.shared_interface())
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        self.machine.has_method(name, version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        self.machine.admit(call)
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        self.machine.call(ctx, self, call)
    }

    /// `document`: what a decision needs to know. Nothing when another version was admitted since the document was examined: it was held
    /// against a version that is no longer in force.
    fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        let Some(fact) = self.machine.fact(state, name, version, key)? else { return Ok(None) };
        let Some(Value::Text(contract)) = fact.get("contract") else { return Ok(None) };
        let Ok(key) = self.machine.key("document", key) else { return Ok(None) };
        let Some(document) = self.machine.object(state, "document", &key)? else { return Ok(None) };
        let follows = self.machine.field("document", &document, "follows");
        let admitted = engine::entry(state, contract)?;
        let admitted = admitted.map(|entry| Box::new(Value::Bytes(entry.digest.0.to_vec())));
        Ok((follows == Some(&Value::Option(admitted))).then_some(fact))
    }
}
