//! The face of a contract, and the set of contracts that a node runs.

use crate::{CallError, Ctx};
use std::collections::BTreeMap;
use yinglian_protocol::Code;

/// One call, as its envelope has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// Contract called.
    pub contract: &'a str,
    /// Method called.
    pub method: &'a str,
    /// Version of the method's argument layout.
    pub version: u16,
    /// Encoded arguments: hostile bytes.
    pub arguments: &'a [u8],
}

/// A method of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Name of the method.
    pub name: &'static str,
    /// Version of its argument layout.
    pub version: u16,
    /// Role that the sender's key must hold; none when the method needs none, or asks for one of several.
    pub role: Option<&'static str>,
}

/// Rules of one domain.
pub trait Contract: Send + Sync {
    /// Name that envelopes call.
    fn name(&self) -> &'static str;

    /// Methods, each version by itself.
    fn methods(&self) -> &'static [Method];

    /// What can be refused without any state: arguments that do not decode or break a limit. Returns the free texts, which
    /// the caller gives to the guard against personal data. A block with a call that is not admitted is invalid.
    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code>;

    /// Executes an admitted call.
    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError>;
}

/// The contracts of a chain, by name.
#[derive(Default)]
pub struct Contracts(BTreeMap<&'static str, Box<dyn Contract>>);

/// Two contracts share a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("contract {name} is listed twice")]
pub struct ContractsError {
    /// The name.
    pub name: &'static str,
}

impl Contracts {
    /// Collects contracts of different names.
    pub fn new(contracts: Vec<Box<dyn Contract>>) -> Result<Self, ContractsError> {
        let mut by_name = BTreeMap::new();
        for contract in contracts {
            let name = contract.name();
            if by_name.insert(name, contract).is_some() {
                return Err(ContractsError { name });
            }
        }
        Ok(Self(by_name))
    }

    /// Contract of a name.
    pub fn find(&self, name: &str) -> Option<&dyn Contract> {
        self.0.get(name).map(Box::as_ref)
    }

    /// Contract and method of a call.
    pub fn resolve(&self, call: &Call<'_>) -> Result<(&dyn Contract, &'static Method), Code> {
        let contract = self.find(call.contract).ok_or(Code::CONTRACT_UNKNOWN)?;
        let is_called =
            |method: &&Method| method.name == call.method && method.version == call.version;
        let method = contract.methods().iter().find(is_called).ok_or(Code::METHOD_UNKNOWN)?;
        Ok((contract, method))
    }

    /// All contracts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Contract> {
        self.0.values().map(Box::as_ref)
    }
}
