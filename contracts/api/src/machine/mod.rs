//! The machine that runs a declaration: one engine for coded contracts and for modules without code, so that a table means the
//! same in both.
//!
//! Comes in: an [`Interface`], and a call with its context. Goes out: writes and events, or a refusal that names its rule. Never:
//! a change of state that no row of the table allows, work that was not bounded when the declaration was compiled.

mod actors;
mod clocks;
mod compile;
mod contract;
mod facts;
mod perform;
mod services;
mod signers;
mod values;

pub use compile::MachineFault;
pub use contract::MachineContract;
pub use services::{Order, OrderAnswer};

use crate::{Call, CallError, Ctx, StateError, StateRead};
use compile::{Action, EntityPlan, MethodPlan, Plan};
use std::{collections::BTreeMap, sync::Arc};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::{Code, Name, limits};

/// Highest bound on the cost of all expressions of one method, in steps of the evaluator: about 100 microseconds.
pub const METHOD_COST_MAX: u64 = 20_000;

/// An interface that is ready to run.
pub struct Machine {
    interface: Arc<Interface>,
    entities: Vec<EntityPlan>,
    methods: BTreeMap<(String, u16), MethodPlan>,
}

/// What a rule sees.
#[derive(Clone, Copy)]
pub struct View<'v> {
    /// Arguments of the method.
    pub arguments: &'v Value,
    /// The object before the call, a record of its layout; none while it is made.
    pub object: Option<&'v Value>,
    /// Key of the object, without its prefix; empty for a method without one.
    pub key: &'v str,
}

/// A transition that was performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// Entity.
    pub entity: String,
    /// Action.
    pub action: String,
    /// Key of the object, without its prefix.
    pub key: String,
    /// The object after it: values of its layout.
    pub object: Vec<Value>,
}

/// What a coded contract adds to its table: guards, values and methods that the declaration leaves to code.
pub trait Coded: Send + Sync {
    /// Whether a guard without an expression holds.
    fn guard(
        &self,
        _ctx: &Ctx<'_>,
        _machine: &Machine,
        name: &str,
        _view: View<'_>,
    ) -> Result<bool, CallError> {
        Err(missing("guard", name))
    }

    /// The value that a row sets without an expression.
    fn value(
        &self,
        _ctx: &Ctx<'_>,
        _machine: &Machine,
        _entity: &str,
        field: &str,
        _view: View<'_>,
    ) -> Result<Value, CallError> {
        Err(missing("value", field))
    }

    /// A method that performs no declared transition, after its actors and guards were checked.
    fn method(
        &self,
        _ctx: &mut Ctx<'_>,
        _machine: &Machine,
        name: &str,
        _arguments: &Value,
    ) -> Result<(), CallError> {
        Err(missing("method", name))
    }

    /// What else a transition brings about, once it was performed.
    fn performed(
        &self,
        _ctx: &mut Ctx<'_>,
        _machine: &Machine,
        _performed: &Performed,
        _arguments: &Value,
    ) -> Result<(), CallError> {
        Ok(())
    }
}

/// A contract's tests find this before anybody meets it: every declared name has its code.
fn missing(kind: &str, name: &str) -> CallError {
    CallError::State(StateError::new(format!("the contract has no code for the {kind} {name}")))
}

/// A module that is all declaration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared;

impl Coded for Declared {}

impl Machine {
    /// Compiles an interface. `Err` names what cannot be run, although the interface is valid by itself.
    pub fn new(interface: impl Into<Arc<Interface>>) -> Result<Self, Vec<MachineFault>> {
        let interface = interface.into();
        let (entities, methods) = compile::compile(&interface)?;
        Ok(Self { interface, entities, methods })
    }

    /// The interface.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// The interface, for a contract's own [`crate::Contract::interface`].
    pub fn shared_interface(&self) -> Arc<Interface> {
        Arc::clone(&self.interface)
    }

    /// Bound on the cost of a method, in steps of the evaluator.
    pub fn cost(&self, method: &str, version: u16) -> Option<u64> {
        self.methods.get(&(method.to_owned(), version)).map(|plan| plan.cost)
    }

    /// True for a method and version, declared or implied.
    pub fn has_method(&self, name: &str, version: u16) -> bool {
        self.methods.contains_key(&(name.to_owned(), version))
    }

    fn method(&self, call: &Call<'_>) -> Result<&MethodPlan, Code> {
        let plan = self.methods.get(&(call.method.to_owned(), call.version));
        plan.ok_or(Code::METHOD_UNKNOWN)
    }

    /// Arguments that hold every bound of their types, as the free texts among them.
    pub fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let plan = self.method(call)?;
        let values = self.arguments(plan, call)?;
        let texts = self.interface.free_texts(&plan.arguments, &values);
        Ok(texts.into_iter().map(str::to_owned).collect())
    }

    fn arguments(&self, plan: &MethodPlan, call: &Call<'_>) -> Result<Vec<Value>, Code> {
        let codec = self.interface.codec();
        let decoded =
            codec.decode_record(&plan.arguments, call.arguments, limits::ENVELOPE_BYTES_MAX);
        decoded.map_err(|refusal| refusal.code)
    }

    /// Executes an admitted call.
    pub fn call(
        &self,
        ctx: &mut Ctx<'_>,
        coded: &dyn Coded,
        call: &Call<'_>,
    ) -> Result<(), CallError> {
        let plan = self.method(call)?;
        let arguments = Value::Record(self.arguments(plan, call)?);
        match &plan.plan {
            Plan::Performs(actions) => {
                for action in actions {
                    let key = action.key(self, &arguments)?;
                    let act = self.act(action, call.method, &key, &arguments);
                    if self.perform(ctx, coded, &act)?.is_none() {
                        return Ok(());
                    }
                }
                Ok(())
            }
            Plan::Correct { entity } => self.correct(ctx, *entity, plan, &arguments),
            Plan::Order { entity } => self.raise_order(ctx, *entity, &arguments),
            Plan::Setting => self.set_setting(ctx, &arguments),
            Plan::Coded(rules) => {
                self.check_free(ctx, coded, rules, &arguments)?;
                coded.method(ctx, self, call.method, &arguments)
            }
        }
    }

    /// Performs an action that a coded contract chooses, with the rows that the method of this name declares for it. None when a
    /// joint act waits for further signers.
    pub fn transition(
        &self,
        ctx: &mut Ctx<'_>,
        coded: &dyn Coded,
        method: &str,
        target: (&str, &str),
        key: &str,
        arguments: &Value,
    ) -> Result<Option<Performed>, CallError> {
        let (entity, action) = target;
        let plans = self.methods.values().filter(|plan| plan.name.as_str() == method);
        let actions = plans.filter_map(|plan| match &plan.plan {
            Plan::Performs(actions) => Some(actions),
            _ => None,
        });
        let is_meant =
            |found: &&Action| found.entity_name == entity && found.name.as_str() == action;
        let found = actions.flatten().find(is_meant).ok_or_else(|| missing("action", action))?;
        self.perform(ctx, coded, &self.act(found, method, key, arguments))
    }

    /// The object under a key of an entity, as values of its layout.
    pub fn object(
        &self,
        state: &dyn StateRead,
        entity: &str,
        key: &str,
    ) -> Result<Option<Vec<Value>>, StateError> {
        let plan = self.entities.iter().find(|plan| plan.name.as_str() == entity);
        let plan = plan.ok_or_else(|| StateError::new(format!("there is no entity {entity}")))?;
        let registry_key = plan.registry_key(key);
        let Some(value) = state.registry(&registry_key)? else { return Ok(None) };
        self.decode(plan, &registry_key, &value).map(Some)
    }

    /// A field of an object's values.
    pub fn field<'v>(&self, entity: &str, object: &'v [Value], field: &str) -> Option<&'v Value> {
        let plan = self.entities.iter().find(|plan| plan.name.as_str() == entity)?;
        let at = plan.layout.iter().position(|found| found.name.as_str() == field)?;
        object.get(at)
    }

    /// Writes an object of an entity without states.
    pub fn write(
        &self,
        ctx: &mut Ctx<'_>,
        entity: &str,
        key: &str,
        object: &[Value],
    ) -> Result<(), CallError> {
        let plan = self.entities.iter().find(|plan| plan.name.as_str() == entity);
        let plan = plan.filter(|plan| plan.state_at.is_none());
        let plan = plan.ok_or_else(|| missing("entity without states", entity))?;
        self.store(ctx, plan, key, object)
    }

    /// An argument by its name.
    pub fn argument<'v>(
        &self,
        method: &str,
        arguments: &'v Value,
        name: &str,
    ) -> Option<&'v Value> {
        let plan = self.methods.values().find(|plan| plan.name.as_str() == method)?;
        let at = plan.arguments.iter().position(|field| field.name.as_str() == name)?;
        match arguments {
            Value::Record(values) => values.get(at),
            _ => None,
        }
    }

    /// Emits a declared event, its fields in their declared order.
    pub fn emit(&self, ctx: &mut Ctx<'_>, event: &str, fields: &[Value]) -> Result<(), CallError> {
        let shape = self.interface.shape();
        let found = shape.events.iter().find(|found| found.name.as_str() == event);
        let found = found.ok_or_else(|| missing("event", event))?;
        let named: Vec<(&Name, String)> = found
            .fields
            .iter()
            .zip(fields)
            .map(|(field, value)| Ok((&field.name, self.text(&field.of, value)?)))
            .collect::<Result<_, CallError>>()?;
        let named: Vec<(&str, String)> =
            named.into_iter().map(|(name, text)| (name.as_str(), text)).collect();
        ctx.emit(event, &named)
    }
}
