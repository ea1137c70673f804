//! A contract whose rules are a declaration, and the code that the declaration leaves open: coded contracts and modules alike.

use super::{Coded, Machine};
use crate::{Call, CallError, Contract, Ctx, FactValues, StateError, StateRead};
use std::sync::Arc;
use yinglian_interface::{Interface, Value};
use yinglian_protocol::Code;

/// A machine with its code; [`super::Declared`] for a module that has none.
pub struct MachineContract<C> {
    machine: Machine,
    coded: C,
}

impl<C: Coded> MachineContract<C> {
    /// A contract that runs this machine.
    pub fn new(machine: Machine, coded: C) -> Self {
        Self { machine, coded }
    }

    /// The contract of an `interface.json` that the program holds. An error is a fault of the program, found by its tests.
    pub fn embedded(json: &str, coded: C) -> Result<Self, String> {
        let interface = Interface::from_json(json).map_err(|error| error.to_string())?;
        let machine = Machine::new(interface).map_err(|faults| format!("{faults:?}"))?;
        Ok(Self::new(machine, coded))
    }

    /// The machine that runs the declaration.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

impl<C: Coded> Contract for MachineContract<C> {
    fn name(&self) -> &str {
        self.machine.interface().shape().contract.as_str()
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
        self.machine.call(ctx, &self.coded, call)
    }

    fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        self.machine.fact(state, name, version, key)
    }
}
