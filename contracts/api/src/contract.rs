//! The face of a contract, and the set of contracts that a node runs.

use crate::{CallError, Ctx, StateError, StateRead};
use std::{collections::BTreeMap, sync::Arc};
use yinglian_interface::{Interface, Value};
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

/// Named values that a contract tells others.
pub type FactValues = BTreeMap<String, Value>;

/// Rules of one domain.
pub trait Contract: Send + Sync {
    /// Name that envelopes call.
    fn name(&self) -> &str;

    /// What the contract declares: the faces that others see are made from it. None while it declares nothing.
    fn interface(&self) -> Option<Arc<Interface>> {
        None
    }

    /// True for a method and version that can be called.
    fn has_method(&self, name: &str, version: u16) -> bool;

    /// What can be refused without any state: arguments that do not decode or break a limit. Returns the free texts, which
    /// the caller gives to the guard against personal data. A block with a call that is not admitted is invalid.
    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code>;

    /// Executes an admitted call.
    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError>;

    /// What the contract tells others under a name, version and key; none when it knows nothing there.
    fn fact(
        &self,
        _state: &dyn StateRead,
        _name: &str,
        _version: u16,
        _key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        Ok(None)
    }
}

/// Contracts that were admitted on a running chain and stand in its registry.
pub trait Modules: Send + Sync {
    /// The module of this name in the state.
    fn find(
        &self,
        state: &dyn StateRead,
        name: &str,
    ) -> Result<Option<Arc<dyn Contract>>, StateError>;
}

/// The contracts of a chain, by name: those that the program holds, then those that the registry holds.
#[derive(Default)]
pub struct Contracts {
    coded: BTreeMap<String, Arc<dyn Contract>>,
    modules: Option<Box<dyn Modules>>,
}

/// Two contracts share a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("contract {name} is listed twice")]
pub struct ContractsError {
    /// The name.
    pub name: String,
}

impl Contracts {
    /// Collects contracts of different names.
    pub fn new(contracts: Vec<Box<dyn Contract>>) -> Result<Self, ContractsError> {
        let mut coded: BTreeMap<String, Arc<dyn Contract>> = BTreeMap::new();
        for contract in contracts {
            let name = contract.name().to_owned();
            if coded.insert(name.clone(), contract.into()).is_some() {
                return Err(ContractsError { name });
            }
        }
        Ok(Self { coded, modules: None })
    }

    /// Besides the coded contracts, those that the registry holds.
    #[must_use]
    pub fn with_modules(mut self, modules: Box<dyn Modules>) -> Self {
        self.modules = Some(modules);
        self
    }

    /// Contract of a name. A coded contract is found in any state; no module can take its name.
    pub fn find(
        &self,
        state: &dyn StateRead,
        name: &str,
    ) -> Result<Option<Arc<dyn Contract>>, StateError> {
        match (self.coded.get(name), &self.modules) {
            (Some(contract), _) => Ok(Some(Arc::clone(contract))),
            (None, Some(modules)) => modules.find(state, name),
            (None, None) => Ok(None),
        }
    }

    /// Contract of a call that has the method.
    pub fn resolve(
        &self,
        state: &dyn StateRead,
        call: &Call<'_>,
    ) -> Result<Arc<dyn Contract>, CallError> {
        let contract = self.find(state, call.contract)?.ok_or(Code::CONTRACT_UNKNOWN)?;
        if contract.has_method(call.method, call.version) {
            Ok(contract)
        } else {
            Err(Code::METHOD_UNKNOWN.into())
        }
    }

    /// The coded contracts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Contract> {
        self.coded.values().map(Arc::as_ref)
    }
}
