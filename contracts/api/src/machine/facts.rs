//! The variables of a rule, with the facts of other contracts that it reads.

use super::{Machine, View, compile::AskPlan};
use crate::{CallError, Ctx};
use yinglian_interface::{
    Value,
    expression::{Compiled, EvaluateError},
};
use yinglian_protocol::{Code, codec};

/// Values of the variables, in the order of [`yinglian_interface::Interface::variables`].
pub(super) struct Variables<'v> {
    arguments: &'v Value,
    sender: Value,
    now: Value,
    fact: Value,
    object: Option<&'v Value>,
}

impl<'v> Variables<'v> {
    pub fn new(ctx: &Ctx<'_>, machine: &Machine, view: View<'v>) -> Self {
        let sender = Value::Record(vec![
            Value::Text(ctx.organization().to_string()),
            Value::Text(ctx.scope().region.as_str().to_owned()),
            Value::Bytes(codec::encode(ctx.sender())),
        ]);
        let facts = machine.interface.shape().asks.iter().map(|_| Value::NONE).collect();
        Self {
            arguments: view.arguments,
            sender,
            now: Value::Time(ctx.parent_time_ms()),
            fact: Value::Record(facts),
            object: view.object,
        }
    }

    pub fn evaluate(&self, rule: &Compiled) -> Result<Value, EvaluateError> {
        let fixed = [self.arguments, &self.sender, &self.now, &self.fact];
        match self.object {
            Some(object) => {
                let [arguments, sender, now, fact] = fixed;
                rule.evaluate(&[arguments, sender, now, fact, object])
            }
            None => rule.evaluate(&fixed),
        }
    }

    /// True when the rule has a result and holds.
    pub fn holds(&self, rule: &Compiled) -> bool {
        self.evaluate(rule) == Ok(Value::Bool(true))
    }

    /// Asks what the rules read. Nothing known under a key is a refusal: a rule about nothing does not hold.
    pub fn ask(&mut self, ctx: &Ctx<'_>, asks: &[AskPlan]) -> Result<(), CallError> {
        for ask in asks {
            let key: Result<Vec<Value>, _> =
                ask.key.iter().map(|part| self.evaluate(part)).collect();
            let key = key.map_err(|_| Code::FACT_UNKNOWN)?;
            // An optional reference asks with what it holds.
            let key: Option<Vec<Value>> = key.into_iter().map(inner).collect();
            let key = key.ok_or(Code::FACT_UNKNOWN)?;
            let fact = ctx.ask(&ask.provider, &ask.fact, ask.version, &key)?;
            let fact = fact.ok_or(Code::FACT_UNKNOWN)?;
            let values = ask.fields.iter().map(|name| fact.get(name.as_str()).cloned());
            let values: Option<Vec<Value>> = values.collect();
            let values = values.ok_or(Code::FACT_UNKNOWN)?;
            if let Value::Record(facts) = &mut self.fact
                && let Some(place) = facts.get_mut(ask.ask)
            {
                *place = Value::Record(values);
            }
        }
        Ok(())
    }
}

fn inner(value: Value) -> Option<Value> {
    match value {
        Value::Option(option) => option.map(|inner| *inner),
        value => Some(value),
    }
}
