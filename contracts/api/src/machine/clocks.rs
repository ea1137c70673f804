//! Clocks of an object: started, stopped, paused, extended by its rows, judged at the time of the last header. Nothing ticks.

use super::{Machine, compile::EntityPlan, services};
use crate::{Calendar, CallError, Ctx};
use yinglian_interface::{
    Value,
    shape::{ClockStep, Deadline, Setting, Step, Unit},
};
use yinglian_protocol::Code;

/// A clock as the object holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clock {
    /// Position of the deadline in the entity.
    pub deadline: usize,
    pub started_ms: u64,
    pub due_ms: u64,
    pub paused_ms: Option<u64>,
    pub is_extended: bool,
    pub stopped_ms: Option<u64>,
    pub used: Option<u32>,
    pub rested: u32,
}

impl Clock {
    fn read(value: &Value) -> Option<Self> {
        let Value::Record(fields) = value else { return None };
        let [deadline, started, due, paused, extended, stopped, used, rested] = fields.as_slice()
        else {
            return None;
        };
        let time = |value: &Value| match value {
            Value::Time(time_ms) => Some(*time_ms),
            _ => None,
        };
        let option = |value: &Value| match value {
            Value::Option(inner) => inner.as_deref().cloned(),
            _ => None,
        };
        let number = |value: &Value| match value {
            Value::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        Some(Self {
            deadline: match deadline {
                Value::Choice { case, .. } => *case,
                _ => return None,
            },
            started_ms: time(started)?,
            due_ms: time(due)?,
            paused_ms: option(paused).as_ref().and_then(time),
            is_extended: *extended == Value::Bool(true),
            stopped_ms: option(stopped).as_ref().and_then(time),
            used: option(used).as_ref().and_then(number),
            rested: number(rested)?,
        })
    }

    fn write(&self) -> Value {
        let time = |time: Option<u64>| time.map_or(Value::NONE, |ms| Value::some(Value::Time(ms)));
        let number = |number: u32| Value::Integer(i128::from(number));
        Value::Record(vec![
            Value::Choice { case: self.deadline, of: None },
            Value::Time(self.started_ms),
            Value::Time(self.due_ms),
            time(self.paused_ms),
            Value::Bool(self.is_extended),
            time(self.stopped_ms),
            self.used.map_or(Value::NONE, |used| Value::some(number(used))),
            number(self.rested),
        ])
    }

    /// Running, and over at this time.
    pub fn is_expired(&self, now_ms: u64) -> bool {
        self.stopped_ms.is_none() && self.paused_ms.is_none() && now_ms > self.due_ms
    }

    fn is_open(&self) -> bool {
        self.stopped_ms.is_none()
    }
}

/// The clocks of an object; none for an entity without deadlines.
pub(super) fn read(plan: &EntityPlan, object: &[Value]) -> Vec<Clock> {
    match plan.clocks_at.and_then(|at| object.get(at)) {
        Some(Value::List(clocks)) => clocks.iter().filter_map(Clock::read).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn write(plan: &EntityPlan, object: &mut [Value], clocks: &[Clock]) {
    if let Some(place) = plan.clocks_at.and_then(|at| object.get_mut(at)) {
        *place = Value::List(clocks.iter().map(Clock::write).collect());
    }
}

/// The steps of a row that wait: the act is possible only once these clocks have run out.
pub(super) fn check_expired(
    ctx: &Ctx<'_>,
    deadlines: &[Deadline],
    steps: &[ClockStep],
    clocks: &[Clock],
) -> Result<(), CallError> {
    for step in steps.iter().filter(|step| step.step == Step::Expired) {
        let is_over = |clock: &Clock| {
            deadlines.get(clock.deadline).is_some_and(|deadline| deadline.name == step.clock)
                && clock.is_expired(ctx.parent_time_ms())
        };
        if !clocks.iter().any(is_over) {
            return Err(Code::CLOCK_RUNNING.into());
        }
    }
    Ok(())
}

impl Machine {
    /// Moves the clocks as a row says. `object` has the fields that the row set: a limit may depend on them.
    pub(super) fn move_clocks(
        &self,
        ctx: &Ctx<'_>,
        plan: &EntityPlan,
        steps: &[ClockStep],
        object: &mut [Value],
    ) -> Result<(), CallError> {
        let shape = self.interface.shape();
        let Some(entity) = shape.entities.get(plan.entity) else { return Ok(()) };
        let mut clocks = read(plan, object);
        for step in steps {
            let named = |deadline: &Deadline| deadline.name == step.clock;
            let Some(index) = entity.deadlines.iter().position(named) else { continue };
            let Some(deadline) = entity.deadlines.get(index) else { continue };
            let setting = |name: &yinglian_protocol::Name| {
                shape.settings.iter().find(|setting| setting.name == *name)
            };
            let Some(limit) = setting(&deadline.limit) else { continue };
            let extension = deadline.extension.as_ref().and_then(setting);
            let mover = Mover { ctx, limit, extension, plan, object };
            mover.step(&mut clocks, index, step.step)?;
        }
        write(plan, object, &clocks);
        Ok(())
    }
}

struct Mover<'m, 'a> {
    ctx: &'m Ctx<'a>,
    limit: &'m Setting,
    extension: Option<&'m Setting>,
    plan: &'m EntityPlan,
    object: &'m [Value],
}

impl Mover<'_, '_> {
    fn step(&self, clocks: &mut Vec<Clock>, index: usize, step: Step) -> Result<(), CallError> {
        let now_ms = self.ctx.parent_time_ms();
        let unit = self.limit.unit;
        let mut calendar = Calendar::new(self.ctx);
        if step == Step::Start {
            let limit = services::setting(self.ctx, self.limit, self.plan, self.object)?;
            let due_ms = calendar.due_ms(now_ms, unit, limit)?;
            clocks.retain(|clock| clock.deadline != index);
            clocks.push(Clock {
                deadline: index,
                started_ms: now_ms,
                due_ms,
                paused_ms: None,
                is_extended: false,
                stopped_ms: None,
                used: None,
                rested: 0,
            });
            clocks.sort_by_key(|clock| clock.deadline);
            return Ok(());
        }
        let found = clocks.iter_mut().find(|clock| clock.deadline == index);
        // A clock that never started, or has stopped, is left as it is: rows from several states stop whatever runs.
        let Some(clock) = found.filter(|clock| clock.is_open()) else { return Ok(()) };
        match step {
            Step::Start | Step::Expired => {}
            Step::Stop => {
                resume(clock, &mut calendar, unit, now_ms)?;
                let gone = calendar.between(clock.started_ms, now_ms, unit)?;
                clock.used = Some(gone.saturating_sub(clock.rested));
                clock.stopped_ms = Some(now_ms);
            }
            Step::Pause => clock.paused_ms = clock.paused_ms.or(Some(now_ms)),
            Step::Resume => resume(clock, &mut calendar, unit, now_ms)?,
            Step::Extend => {
                if clock.is_extended {
                    return Err(Code::EXTENDED_ALREADY.into());
                }
                let Some(extension) = self.extension else { return Ok(()) };
                let more = services::setting(self.ctx, extension, self.plan, self.object)?;
                clock.due_ms = calendar.due_ms(clock.due_ms, unit, more)?;
                clock.is_extended = true;
            }
        }
        Ok(())
    }
}

/// What the pause took is given back, in the unit of the limit.
fn resume(
    clock: &mut Clock,
    calendar: &mut Calendar<'_, '_>,
    unit: Unit,
    now_ms: u64,
) -> Result<(), CallError> {
    let Some(paused_ms) = clock.paused_ms.take() else { return Ok(()) };
    let rested = calendar.between(paused_ms, now_ms, unit)?;
    clock.rested = clock.rested.saturating_add(rested);
    clock.due_ms = match unit {
        // To the millisecond, so that many short pauses do not add up to minutes.
        Unit::Count | Unit::Minutes => {
            clock.due_ms.saturating_add(now_ms.saturating_sub(paused_ms))
        }
        Unit::Days | Unit::WorkingDays if rested > 0 => {
            calendar.due_ms(clock.due_ms, unit, rested)?
        }
        Unit::Days | Unit::WorkingDays => clock.due_ms,
    };
    Ok(())
}
