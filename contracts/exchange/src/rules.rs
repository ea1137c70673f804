//! What the table of the contract leaves to code.
//!
//! A batch is judged by what held when its rows were exchanged, not by what holds when it is reported: a gateway that comes back after
//! a suspension reports regular batches late, and irregular ones as such.

use crate::{
    params::{LATE_AFTER_MS, QUOTA_DAYS_MAX, SUSPENSIONS_MAX},
    state::{
        ACTIVE, CONTESTED, COUNTERSIGNED, Channel, Counter, SUSPENDED, bytes, case, list, number,
        option, period, suspensions, text, texts,
    },
};
use yinglian_contract_api::{CallError, Coded, Ctx, Day, Machine, Performed, View};
use yinglian_interface::Value;
use yinglian_protocol::{Code, CreditCode, Name};

/// Causes of an irregular batch, as the declaration's field `causes` holds them.
const OUTSIDE_PERIOD: &str = "outside_period";
const SUSPENDED_THEN: &str = "suspended";
const OUTSIDE_ITEMS: &str = "outside_items";
const OTHER_SCHEMA: &str = "other_schema";
const OVER_QUOTA: &str = "over_quota";

/// What the table of the contract leaves to code.
pub struct Rules;

/// The rules with the machine that reads the contract's objects.
struct Judge<'m> {
    machine: &'m Machine,
}

/// Arguments of `close` by name.
struct Closing<'v> {
    machine: &'v Machine,
    arguments: &'v Value,
}

impl<'v> Closing<'v> {
    fn get(&self, name: &str) -> Option<&'v Value> {
        self.machine.argument("close", self.arguments, name)
    }

    fn number(&self, name: &str) -> u64 {
        self.get(name).and_then(number).unwrap_or_default()
    }

    fn channel(&self) -> &'v str {
        self.get("channel").and_then(text).unwrap_or_default()
    }

    fn window(&self) -> (u64, u64) {
        self.get("window").and_then(period).unwrap_or_default()
    }
}

impl Judge<'_> {
    fn closing<'v>(&'v self, view: View<'v>) -> Closing<'v> {
        Closing { machine: self.machine, arguments: view.arguments }
    }

    fn batch(&self, ctx: &Ctx<'_>, key: &str) -> Result<Option<Vec<Value>>, CallError> {
        Ok(self.machine.object(ctx, "batch", key)?)
    }

    fn batch_field<'o>(&self, object: &'o [Value], name: &str) -> Option<&'o Value> {
        self.machine.field("batch", object, name)
    }

    /// Batch number and row numbers follow, and the batch hangs on the one before.
    fn follows(&self, ctx: &Ctx<'_>, closing: &Closing<'_>) -> Result<bool, CallError> {
        let counter = Counter::load(self.machine, ctx, closing.channel())?;
        Ok(closing.number("number") == counter.next_number
            && closing.number("first_seq") == counter.next_seq
            && closing.get("previous").and_then(bytes) == Some(counter.last_root.as_slice()))
    }

    fn upstream_known(&self, ctx: &Ctx<'_>, closing: &Closing<'_>) -> Result<bool, CallError> {
        let upstream = closing.get("upstream").map(list).unwrap_or_default();
        for key in upstream.iter().filter_map(text) {
            if self.batch(ctx, key)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn corrects_contested(&self, ctx: &Ctx<'_>, closing: &Closing<'_>) -> Result<bool, CallError> {
        let Some(key) = closing.get("corrects").and_then(option).and_then(text) else {
            return Ok(true);
        };
        let own = key.rsplit_once('/').is_some_and(|(channel, _)| channel == closing.channel());
        let state = self.batch(ctx, key)?;
        let state = state.and_then(|batch| self.batch_field(&batch, "state").and_then(case));
        Ok(own && state == Some(CONTESTED))
    }

    fn corrected_and_agreed(&self, ctx: &Ctx<'_>, view: View<'_>) -> Result<bool, CallError> {
        let key = self.machine.argument("reconcile", view.arguments, "corrected_by");
        let Some(key) = key.and_then(|key| text(option(key).unwrap_or(key))) else {
            return Ok(false);
        };
        let Some(batch) = self.batch(ctx, key)? else { return Ok(false) };
        let corrects = self.batch_field(&batch, "corrects").and_then(option).and_then(text);
        let state = self.batch_field(&batch, "state").and_then(case);
        Ok(corrects == Some(view.key) && state == Some(COUNTERSIGNED))
    }

    fn batch_known(&self, ctx: &Ctx<'_>, view: View<'_>) -> Result<bool, CallError> {
        let argument = |name| self.machine.argument("report_quality", view.arguments, name);
        let parts = [argument("channel"), argument("number")].map(|part| part.cloned());
        let parts: Vec<Value> = parts.into_iter().flatten().collect();
        let key = self.machine.key("batch", &parts)?;
        let Some(batch) = self.batch(ctx, &key)? else { return Ok(false) };
        let own = ctx.organization().to_string();
        let side = |name| self.batch_field(&batch, name).and_then(text) == Some(own.as_str());
        Ok(side("provider") || side("consumer"))
    }

    /// Why a batch lies outside its authority; nothing for a regular one.
    fn causes(&self, ctx: &Ctx<'_>, closing: &Closing<'_>) -> Result<Vec<&'static str>, CallError> {
        let Some(channel) = Channel::load(self.machine, ctx, closing.channel())? else {
            return Ok(Vec::new());
        };
        let counter = Counter::load(self.machine, ctx, closing.channel())?;
        let (from, to) = closing.window();
        let mut causes = Vec::new();
        if channel.period.is_none_or(|(begins, ends)| from < begins || to > ends) {
            causes.push(OUTSIDE_PERIOD);
        }
        // The window touches a time in which the channel was suspended.
        let touches = |(begins, ends): &(u64, Option<u64>)| {
            to > *begins && ends.is_none_or(|ends| from < ends)
        };
        if channel.suspensions.iter().any(touches) {
            causes.push(SUSPENDED_THEN);
        }
        let items = closing.get("items").map(texts).unwrap_or_default();
        if items.iter().any(|item| !channel.items.contains(item)) {
            causes.push(OUTSIDE_ITEMS);
        }
        if closing.get("schema").and_then(bytes) != Some(channel.schema.as_slice()) {
            causes.push(OTHER_SCHEMA);
        }
        let day = Day::of(to).0;
        let used =
            counter.days.iter().find(|(known, _)| *known == day).map_or(0, |(_, rows)| *rows);
        let rows = used.saturating_add(closing.number("rows"));
        if channel.quota_per_day.is_some_and(|quota| rows > quota) {
            causes.push(OVER_QUOTA);
        }
        Ok(causes)
    }

    fn closed_value(
        &self,
        ctx: &Ctx<'_>,
        field: &str,
        closing: &Closing<'_>,
    ) -> Result<Value, CallError> {
        let side = |channel: Option<Channel>, provider: bool| {
            let channel = channel.ok_or(CallError::Refused(Code::OBJECT_UNKNOWN))?;
            let side = if provider { channel.provider } else { channel.consumer };
            Ok(Value::Text(side))
        };
        match field {
            "provider" => side(Channel::load(self.machine, ctx, closing.channel())?, true),
            "consumer" => side(Channel::load(self.machine, ctx, closing.channel())?, false),
            "standing" => {
                let irregular = !self.causes(ctx, closing)?.is_empty();
                Ok(Value::Choice { case: usize::from(irregular), of: None })
            }
            "causes" => {
                let causes = self.causes(ctx, closing)?;
                Ok(Value::List(causes.into_iter().map(|name| Value::Text(name.into())).collect()))
            }
            "late" => {
                let (_, to) = closing.window();
                Ok(Value::Bool(ctx.parent_time_ms() > to.saturating_add(LATE_AFTER_MS)))
            }
            _ => Err(CallError::Refused(Code::INTERNAL)),
        }
    }

    /// The suspensions with one more that begins, or with the last one ended.
    fn suspensions(&self, ctx: &Ctx<'_>, view: View<'_>) -> Value {
        let object = match view.object {
            Some(Value::Record(values)) => values.as_slice(),
            _ => &[],
        };
        let field = self.machine.field("channel", object, "suspensions");
        let mut all = field.map(suspensions).unwrap_or_default();
        let now_ms = ctx.parent_time_ms();
        match all.last_mut() {
            Some((_, to @ None)) => *to = Some(now_ms),
            _ => all.push((now_ms, None)),
        }
        let extra = all.len().saturating_sub(SUSPENSIONS_MAX);
        let value = |(from, to): (u64, Option<u64>)| {
            let to = to.map_or(Value::NONE, |to| Value::some(Value::Time(to)));
            Value::Record(vec![Value::Time(from), to])
        };
        Value::List(all.into_iter().skip(extra).map(value).collect())
    }

    /// Counts a closed batch, and raises the order on one outside its authority.
    fn count(&self, ctx: &mut Ctx<'_>, performed: &Performed) -> Result<(), CallError> {
        let batch = &performed.object;
        let Some((channel, _)) = performed.key.rsplit_once('/') else { return Ok(()) };
        let field = |name: &str| self.batch_field(batch, name);
        let mut counter = Counter::load(self.machine, ctx, channel)?;
        let rows = field("rows").and_then(number).unwrap_or_default();
        let irregular = field("standing").and_then(case) == Some(1);
        counter.next_number = counter.next_number.saturating_add(1);
        counter.next_seq = field("last_seq").and_then(number).unwrap_or_default().saturating_add(1);
        counter.last_root = field("root").and_then(bytes).unwrap_or_default().to_vec();
        if irregular {
            counter.rows_irregular = counter.rows_irregular.saturating_add(rows);
        } else {
            counter.rows_regular = counter.rows_regular.saturating_add(rows);
            let (_, to) = field("window").and_then(period).unwrap_or_default();
            count_day(&mut counter.days, Day::of(to).0, rows);
        }
        self.machine.write(ctx, "counter", channel, &counter.values())?;
        if irregular {
            let provider =
                field("provider").and_then(text).and_then(|code| CreditCode::parse(code).ok());
            let provider = provider.ok_or(Code::INTERNAL)?;
            ctx.raise_order("batch", &performed.key, "irregular", &provider)?;
        }
        Ok(())
    }
}

fn count_day(days: &mut Vec<(u64, u64)>, day: u64, rows: u64) {
    match days.iter_mut().find(|(known, _)| *known == day) {
        Some((_, counted)) => *counted = counted.saturating_add(rows),
        None => days.push((day, rows)),
    }
    days.sort_unstable();
    let extra = days.len().saturating_sub(QUOTA_DAYS_MAX);
    days.drain(..extra);
}

impl Coded for Rules {
    fn guard(
        &self,
        ctx: &Ctx<'_>,
        machine: &Machine,
        name: &str,
        view: View<'_>,
    ) -> Result<bool, CallError> {
        let judge = Judge { machine };
        let closing = judge.closing(view);
        match name {
            "channel_in_force" => {
                let channel = Channel::load(machine, ctx, closing.channel())?;
                Ok(channel.is_some_and(|channel| [ACTIVE, SUSPENDED].contains(&channel.state)))
            }
            "sequence_follows" => judge.follows(ctx, &closing),
            "upstream_known" => judge.upstream_known(ctx, &closing),
            "corrects_contested" => judge.corrects_contested(ctx, &closing),
            "corrected_and_agreed" => judge.corrected_and_agreed(ctx, view),
            "batch_known" => judge.batch_known(ctx, view),
            _ => Err(CallError::Guard {
                code: Code::INTERNAL,
                guard: Name::parse(name).map_err(|_| Code::INTERNAL)?,
            }),
        }
    }

    fn value(
        &self,
        ctx: &Ctx<'_>,
        machine: &Machine,
        entity: &str,
        field: &str,
        view: View<'_>,
    ) -> Result<Value, CallError> {
        let judge = Judge { machine };
        match (entity, field) {
            ("channel", "suspensions") => Ok(judge.suspensions(ctx, view)),
            ("batch", field) => judge.closed_value(ctx, field, &judge.closing(view)),
            _ => Err(CallError::Refused(Code::INTERNAL)),
        }
    }

    fn performed(
        &self,
        ctx: &mut Ctx<'_>,
        machine: &Machine,
        performed: &Performed,
        _: &Value,
    ) -> Result<(), CallError> {
        match (performed.entity.as_str(), performed.action.as_str()) {
            ("batch", "close") => Judge { machine }.count(ctx, performed),
            _ => Ok(()),
        }
    }
}
