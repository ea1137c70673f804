//! A module that was admitted, as a contract like any other.

use std::sync::Arc;
use yinglian_contract_api::{
    Call, CallError, Contract, Ctx, Declared, FactValues, Machine, StateError, StateRead,
};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::Code;

/// A contract whose rules are its table, and nothing else.
pub struct DeclaredContract(Machine);

impl DeclaredContract {
    /// A contract that runs this machine.
    pub fn new(machine: Machine) -> Self {
        Self(machine)
    }
}

impl Contract for DeclaredContract {
    fn name(&self) -> &str {
        self.0.interface().shape().contract.as_str()
    }

    fn interface(&self) -> Option<Arc<Interface>> {
        Some(self.0.shared_interface())
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        self.0.has_method(name, version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        self.0.admit(call)
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        self.0.call(ctx, &Declared, call)
    }

    fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        self.0.fact(state, name, version, key)
    }
}
