//! Channel, counter and batch as the rules read them.

use yinglian_contract_api::{CallError, Machine, StateRead};
use yinglian_interface::Value;

/// A channel.
pub(crate) struct Channel {
    pub provider: String,
    pub consumer: String,
    pub schema: Vec<u8>,
    pub items: Vec<String>,
    pub quota_per_day: Option<u64>,
    pub period: Option<(u64, u64)>,
    pub suspensions: Vec<(u64, Option<u64>)>,
    /// Position of the state in the declaration.
    pub state: usize,
}

/// States of a channel, in declared order.
pub(crate) const ACTIVE: usize = 2;
pub(crate) const SUSPENDED: usize = 3;
/// States of a batch, in declared order.
pub(crate) const COUNTERSIGNED: usize = 1;
pub(crate) const CONTESTED: usize = 2;

/// What was counted of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counter {
    pub next_number: u64,
    pub next_seq: u64,
    pub last_root: Vec<u8>,
    pub rows_regular: u64,
    pub rows_irregular: u64,
    /// Day and rows, the newest day last.
    pub days: Vec<(u64, u64)>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            next_number: 1,
            next_seq: 1,
            last_root: vec![0; 32],
            rows_regular: 0,
            rows_irregular: 0,
            days: Vec::new(),
        }
    }
}

pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::Time(time_ms) => Some(*time_ms),
        _ => None,
    }
}

pub(crate) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

pub(crate) fn option(value: &Value) -> Option<&Value> {
    match value {
        Value::Option(inner) => inner.as_deref(),
        _ => None,
    }
}

pub(crate) fn case(value: &Value) -> Option<usize> {
    match value {
        Value::Choice { case, .. } => Some(*case),
        _ => None,
    }
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    list(value).iter().filter_map(text).map(str::to_owned).collect()
}

/// Two times of a record.
pub(crate) fn period(value: &Value) -> Option<(u64, u64)> {
    match value {
        Value::Record(values) => match values.as_slice() {
            [from, to] => Some((number(from)?, number(to)?)),
            _ => None,
        },
        _ => None,
    }
}

fn suspension(value: &Value) -> Option<(u64, Option<u64>)> {
    match value {
        Value::Record(values) => match values.as_slice() {
            [from, to] => Some((number(from)?, option(to).and_then(number))),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn suspensions(value: &Value) -> Vec<(u64, Option<u64>)> {
    list(value).iter().filter_map(suspension).collect()
}

impl Channel {
    pub fn load(
        machine: &Machine,
        state: &dyn StateRead,
        key: &str,
    ) -> Result<Option<Self>, CallError> {
        let Some(object) = machine.object(state, "channel", key)? else { return Ok(None) };
        let field = |name: &str| machine.field("channel", &object, name);
        let own = |name: &str| field(name).and_then(text).map(str::to_owned).unwrap_or_default();
        Ok(Some(Self {
            provider: own("provider"),
            consumer: own("consumer"),
            schema: field("schema").and_then(bytes).unwrap_or_default().to_vec(),
            items: field("items").map(texts).unwrap_or_default(),
            quota_per_day: field("quota_per_day").and_then(option).and_then(number),
            period: field("period").and_then(option).and_then(period),
            suspensions: field("suspensions").map(suspensions).unwrap_or_default(),
            state: field("state").and_then(case).unwrap_or_default(),
        }))
    }
}

impl Counter {
    pub fn load(machine: &Machine, state: &dyn StateRead, key: &str) -> Result<Self, CallError> {
        let Some(object) = machine.object(state, "counter", key)? else {
            return Ok(Self::default());
        };
        let field = |name: &str| machine.field("counter", &object, name);
        let count = |name: &str| field(name).and_then(number).unwrap_or_default();
        Ok(Self {
            next_number: count("next_number"),
            next_seq: count("next_seq"),
            last_root: field("last_root").and_then(bytes).unwrap_or_default().to_vec(),
            rows_regular: count("rows_regular"),
            rows_irregular: count("rows_irregular"),
            days: field("days").map(list).unwrap_or_default().iter().filter_map(period).collect(),
        })
    }

    pub fn values(&self) -> Vec<Value> {
        let number = |number: u64| Value::Integer(i128::from(number));
        let day = |(day, rows): &(u64, u64)| Value::Record(vec![number(*day), number(*rows)]);
        vec![
            number(self.next_number),
            number(self.next_seq),
            Value::Bytes(self.last_root.clone()),
            number(self.rows_regular),
            number(self.rows_irregular),
            Value::List(self.days.iter().map(day).collect()),
        ]
    }
}
