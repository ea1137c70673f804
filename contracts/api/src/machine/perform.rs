//! One action on one object: the row is chosen, the signer and the guards are asked, then fields, state, clocks, events.

use super::{
    Coded, Machine, Performed, View, actors, clocks,
    compile::{Action, AskPlan, EventPlan, GuardPlan, Row, Rules, Source, empty},
    facts::Variables,
    signers,
};
use crate::{CallError, Ctx};
use yinglian_interface::{Value, shape::Transition};
use yinglian_protocol::Code;

/// What is to be done.
pub(super) struct Act<'a> {
    pub action: &'a Action,
    pub method: &'a str,
    pub key: &'a str,
    pub arguments: &'a Value,
}

impl Machine {
    pub(super) fn act<'a>(
        &self,
        action: &'a Action,
        method: &'a str,
        key: &'a str,
        arguments: &'a Value,
    ) -> Act<'a> {
        Act { action, method, key, arguments }
    }

    /// Performs an action; none when it waits for further signers.
    pub(super) fn perform(
        &self,
        ctx: &mut Ctx<'_>,
        coded: &dyn Coded,
        act: &Act<'_>,
    ) -> Result<Option<Performed>, CallError> {
        let (plan, transitions) = self.entity(act.action)?;
        let registry_key = plan.registry_key(act.key);
        let before = ctx.get(&registry_key)?;
        let version = before.as_ref().map_or(0, |value| value.version);
        let before = before.map(|value| self.decode(plan, &registry_key, &value)).transpose()?;
        let before = before.map(Value::Record);
        let view = View { arguments: act.arguments, object: before.as_ref(), key: act.key };
        let mut variables = Variables::new(ctx, self, view);
        let (row, transition) =
            self.choose(ctx, act, transitions, before.as_ref(), &mut variables)?;

        let mut object = self.values_before(plan, before.as_ref());
        if before.is_none() {
            // Who may make an object is asked of the object as it would be.
            self.set(ctx, coded, act, row, &variables, view, &mut object)?;
        }
        if transition.joint.is_empty() {
            let fits = |actor| actors::fits(ctx, actor, Some((plan, &object)));
            if !transition.actors.iter().any(fits) {
                return Err(Code::ACTOR_MISMATCH.into());
            }
            if let Some(apart) = transition.apart {
                signers::check_apart(ctx, apart, &registry_key)?;
            }
        }
        clocks::check_expired(
            ctx,
            self.deadlines(plan.entity),
            &transition.clocks,
            &clocks::read(plan, &object),
        )?;
        self.check_guards(ctx, coded, &row.guards, &variables, view)?;
        if !transition.joint.is_empty() {
            let signed = signers::Act {
                method: act.method,
                arguments: self.digest(ctx, act),
                registry_key: &registry_key,
                object_version: version,
            };
            if !signers::sign(ctx, transition, (plan, &object), &signed)? {
                return Ok(None);
            }
        }
        if before.is_some() {
            self.set(ctx, coded, act, row, &variables, view, &mut object)?;
        }
        self.enter(plan, transition, &mut object);
        self.move_clocks(ctx, plan, &transition.clocks, &mut object)?;
        self.store(ctx, plan, act.key, &object)?;
        if plan.keeps_signer {
            signers::keep(ctx, &registry_key)?;
        }
        for event in &row.emits {
            self.emit_row(ctx, act, event, &object)?;
        }
        let performed = Performed {
            entity: act.action.entity_name.clone(),
            action: act.action.name.to_string(),
            key: act.key.to_owned(),
            object,
        };
        coded.performed(ctx, self, &performed, act.arguments)?;
        Ok(Some(performed))
    }

    fn entity(
        &self,
        action: &Action,
    ) -> Result<(&super::compile::EntityPlan, &[Transition]), CallError> {
        let plan = self.entities.get(action.entity);
        let entity = self.interface.shape().entities.get(action.entity);
        let found = plan.zip(entity.map(|entity| entity.transitions.as_slice()));
        found.ok_or_else(|| super::missing("entity", &action.entity_name))
    }

    fn deadlines(&self, entity: usize) -> &[yinglian_interface::shape::Deadline] {
        let found = self.interface.shape().entities.get(entity);
        found.map_or(&[], |entity| entity.deadlines.as_slice())
    }

    /// The first row of the action that starts from the object's state and whose `when` holds.
    fn choose<'m>(
        &self,
        ctx: &Ctx<'_>,
        act: &Act<'m>,
        transitions: &'m [Transition],
        object: Option<&Value>,
        variables: &mut Variables<'_>,
    ) -> Result<(&'m Row, &'m Transition), CallError> {
        let state = self.state_name(act.action.entity, object);
        let rows: Vec<(&Row, &Transition)> = act
            .action
            .rows
            .iter()
            .filter_map(|row| Some((row, transitions.get(row.transition)?)))
            .collect();
        let mut fitting = rows.iter().filter(|(_, transition)| match state {
            None => transition.from.is_empty(),
            Some(state) => transition.from.iter().any(|from| from.as_str() == state),
        });
        for (row, transition) in &mut fitting {
            variables.ask(ctx, &row.asks)?;
            if row.when.as_ref().is_none_or(|when| variables.holds(when)) {
                return Ok((row, transition));
            }
        }
        let makes = |(_, transition): &(&Row, &Transition)| transition.from.is_empty();
        Err(match state {
            None if !rows.iter().any(makes) => Code::OBJECT_UNKNOWN.into(),
            Some(_) if rows.iter().all(makes) => Code::OBJECT_EXISTS.into(),
            _ => Code::STATE_MISMATCH.into(),
        })
    }

    fn state_name(&self, entity: usize, object: Option<&Value>) -> Option<&str> {
        let plan = self.entities.get(entity)?;
        let Some(Value::Record(values)) = object else { return None };
        let Some(Value::Choice { case, .. }) = values.get(plan.state_at?) else { return None };
        let states = &self.interface.shape().entities.get(entity)?.states;
        states.get(*case).map(|state| state.name.as_str())
    }

    /// The object's values, or empty ones for an object that is being made.
    fn values_before(
        &self,
        plan: &super::compile::EntityPlan,
        before: Option<&Value>,
    ) -> Vec<Value> {
        match before {
            Some(Value::Record(values)) => values.clone(),
            _ => plan
                .layout
                .iter()
                .map(|field| empty(field.layout().as_ref()).unwrap_or(Value::NONE))
                .collect(),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one act, used nowhere else")]
    fn set(
        &self,
        ctx: &Ctx<'_>,
        coded: &dyn Coded,
        act: &Act<'_>,
        row: &Row,
        variables: &Variables<'_>,
        view: View<'_>,
        object: &mut [Value],
    ) -> Result<(), CallError> {
        for set in &row.sets {
            let value = match &set.value {
                // A number that leaves its range refuses the act, as a guard would.
                Some(rule) => variables.evaluate(rule).map_err(|_| CallError::Guard {
                    code: Code::GUARD_REFUSED,
                    guard: set.field.clone(),
                })?,
                None => {
                    coded.value(ctx, self, &act.action.entity_name, set.field.as_str(), view)?
                }
            };
            if let Some(place) = object.get_mut(set.at) {
                *place = value;
            }
        }
        Ok(())
    }

    fn check_guards(
        &self,
        ctx: &Ctx<'_>,
        coded: &dyn Coded,
        guards: &[GuardPlan],
        variables: &Variables<'_>,
        view: View<'_>,
    ) -> Result<(), CallError> {
        for guard in guards {
            let holds = match &guard.rule {
                Some(rule) => variables.holds(rule),
                None => coded.guard(ctx, self, guard.name.as_str(), view)?,
            };
            if !holds {
                return Err(CallError::Guard { code: guard.code, guard: guard.name.clone() });
            }
        }
        Ok(())
    }

    /// Actors and guards of a method without transitions.
    pub(super) fn check_free(
        &self,
        ctx: &Ctx<'_>,
        coded: &dyn Coded,
        rules: &Rules,
        arguments: &Value,
    ) -> Result<(), CallError> {
        if !rules.actors.iter().any(|actor| actors::fits(ctx, actor, None)) {
            return Err(Code::ACTOR_MISMATCH.into());
        }
        let view = View { arguments, object: None, key: "" };
        let mut variables = Variables::new(ctx, self, view);
        let asks: &[AskPlan] = &rules.asks;
        variables.ask(ctx, asks)?;
        self.check_guards(ctx, coded, &rules.guards, &variables, view)
    }

    fn enter(
        &self,
        plan: &super::compile::EntityPlan,
        transition: &Transition,
        object: &mut [Value],
    ) {
        let states = self.interface.shape().entities.get(plan.entity).map(|entity| &entity.states);
        let case = transition
            .to
            .as_ref()
            .zip(states)
            .and_then(|(to, states)| states.iter().position(|state| state.name == *to));
        let place = plan.state_at.and_then(|at| object.get_mut(at));
        if let (Some(case), Some(place)) = (case, place) {
            *place = Value::Choice { case, of: None };
        }
    }

    fn emit_row(
        &self,
        ctx: &mut Ctx<'_>,
        act: &Act<'_>,
        event: &EventPlan,
        object: &[Value],
    ) -> Result<(), CallError> {
        let arguments = match act.arguments {
            Value::Record(values) => values.as_slice(),
            _ => &[],
        };
        let mut fields = Vec::new();
        for (name, of, source) in &event.fields {
            let value = match source {
                Source::Object(at) => object.get(*at),
                Source::Argument(at) => arguments.get(*at),
                Source::Key => None,
            };
            let text = match (value, source) {
                (_, Source::Key) => act.key.to_owned(),
                (Some(Value::Option(None)), _) | (None, _) => String::new(),
                // An optional value that is there is told like one that must be.
                (Some(Value::Option(Some(inner))), _) => self.text(bare(of), inner)?,
                (Some(value), _) => self.text(bare(of), value)?,
            };
            fields.push((name.as_str(), text));
        }
        ctx.emit(event.name.as_str(), &fields)
    }

    /// What joint signers agree on: the method and its arguments.
    fn digest(&self, ctx: &Ctx<'_>, act: &Act<'_>) -> yinglian_protocol::Hash {
        let plan = self.methods.values().find(|plan| plan.name.as_str() == act.method);
        let values = match act.arguments {
            Value::Record(values) => values.as_slice(),
            _ => &[],
        };
        let fields = plan.map_or(&[][..], |plan| plan.arguments.as_slice());
        let limit = yinglian_protocol::limits::ENVELOPE_BYTES_MAX;
        let bytes = self.interface.codec().encode_record(fields, values, limit);
        let bytes = bytes.unwrap_or_default();
        ctx.scope()
            .suite
            .tagged_hash("yinglian/joint-act/v1", &[act.method.as_bytes(), &[0], &bytes])
    }
}

fn bare(of: &yinglian_interface::Type) -> &yinglian_interface::Type {
    match of {
        yinglian_interface::Type::Option(inner) => inner,
        of => of,
    }
}

impl Action {
    pub(super) fn key(&self, machine: &Machine, arguments: &Value) -> Result<String, CallError> {
        machine.key_of(self, arguments)
    }
}
