//! What every contract has without declaring it anew: corrections (更正), settings, supervision orders (督办), facts.

use super::{
    Machine, actors, clocks,
    compile::{EntityPlan, MethodPlan},
};
use crate::{CallError, Ctx, Entity, FactValues, StateError, StateRead};
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_interface::{
    Type, Value,
    shape::{Expiry, Setting},
};
use yinglian_protocol::{Code, CreditCode, EnvelopeId, Hash, Name, calls::record::Digest};

/// Value of a setting that an act of the authority changed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct SettingValue {
    value: u32,
    document: Digest,
}

impl Entity for SettingValue {
    const SCHEMA: u16 = 60_003;
}

/// A supervision order (督办): raised for an object of any contract, answered and judged in the contract `supervision`, whose entity
/// `order` has this layout.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Order {
    /// 0 open, 1 answered, 2 returned, 3 accepted: the states of `supervision.order`, in that order.
    pub state: u8,
    /// Contract of the object.
    pub contract: Name,
    /// Entity of the object.
    pub entity: Name,
    /// Key of the object, without its prefix.
    pub object: String,
    /// Why: a deadline's name, or a code of the contract.
    pub cause: Name,
    /// Organisation that has to answer.
    pub organization: CreditCode,
    /// When it should have been done, milliseconds since 1970-01-01 UTC; none where no deadline is the cause.
    pub due_ms: Option<u64>,
    /// When the order was raised.
    pub raised_ms: u64,
    /// Envelope that raised it.
    pub raised_by: EnvelopeId,
    /// The answer, with the digest of its document.
    pub answer: Option<OrderAnswer>,
    /// How often an answer was returned.
    pub returns: u8,
}

/// An answer to an order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrderAnswer {
    /// What was done.
    pub text: String,
    /// Document.
    pub document: Option<Digest>,
}

impl Entity for Order {
    const SCHEMA: u16 = 1;
}

impl Order {
    /// Registry key of the order on an object for a cause; slashes of the object's key are written as colons.
    pub fn key(contract: &str, entity: &str, object: &str, cause: &str) -> Vec<u8> {
        let object = object.replace('/', ":");
        format!("supervision.order/{contract}:{entity}:{object}:{cause}").into_bytes()
    }
}

/// Raises an order; refuses a second one for the same object and cause.
pub(crate) fn raise(ctx: &mut Ctx<'_>, order: &Order) -> Result<(), CallError> {
    let object = &order.object;
    let key =
        Order::key(order.contract.as_str(), order.entity.as_str(), object, order.cause.as_str());
    if ctx.get(&key)?.is_some() {
        return Err(Code::ORDER_EXISTS.into());
    }
    ctx.put(&key, order)?;
    ctx.emit(
        "order_raised",
        &[
            ("entity", order.entity.to_string()),
            ("object", object.clone()),
            ("cause", order.cause.to_string()),
            ("organization", order.organization.to_string()),
        ],
    )
}

impl Ctx<'_> {
    /// Raises a supervision order on an object of the contract that is called, for a cause that is no deadline.
    pub fn raise_order(
        &mut self,
        entity: &str,
        object: &str,
        cause: &str,
        organization: &CreditCode,
    ) -> Result<(), CallError> {
        let name = |text: &str| Name::parse(text).map_err(|_| CallError::Refused(Code::INTERNAL));
        let order = Order {
            state: 0,
            contract: name(self.contract())?,
            entity: name(entity)?,
            object: object.to_owned(),
            cause: name(cause)?,
            organization: *organization,
            due_ms: None,
            raised_ms: self.parent_time_ms(),
            raised_by: self.envelope_id(),
            answer: None,
            returns: 0,
        };
        raise(self, &order)
    }
}

fn setting_key(contract: &str, setting: &str, parts: &[String]) -> Vec<u8> {
    let mut key = format!("setting/{contract}/{setting}");
    for part in parts {
        key.push('/');
        key.push_str(part);
    }
    key.into_bytes()
}

/// The value of a setting for an object: the one for its fields, else the one for all, else the declared default.
pub(super) fn setting(
    ctx: &Ctx<'_>,
    setting: &Setting,
    plan: &EntityPlan,
    object: &[Value],
) -> Result<u32, CallError> {
    let contract = ctx.contract();
    let part = |name: &Name| {
        let at = plan.layout.iter().position(|field| field.name == *name)?;
        plain_text(plan.layout.get(at).map(|field| &field.of)?, object.get(at)?)
    };
    let parts: Option<Vec<String>> = setting.keyed_by.iter().map(part).collect();
    let name = setting.name.as_str();
    if let Some(parts) = parts.filter(|parts| !parts.is_empty())
        && let Some(found) = ctx.get_as::<SettingValue>(&setting_key(contract, name, &parts))?
    {
        return Ok(found.value);
    }
    let found = ctx.get_as::<SettingValue>(&setting_key(contract, name, &[]))?;
    Ok(found.map_or(setting.default, |found| found.value))
}

/// What a field is called in a setting's key: its text, or the position of its case.
fn plain_text(of: &Type, value: &Value) -> Option<String> {
    match (of, value) {
        (_, Value::Text(text)) => Some(text.clone()),
        (_, Value::Integer(number)) => Some(number.to_string()),
        (_, Value::Choice { case, .. }) => Some(case.to_string()),
        (Type::Option(of), Value::Option(Some(inner))) => plain_text(of, inner),
        _ => None,
    }
}

fn member(arguments: &Value, at: usize) -> Option<&Value> {
    match arguments {
        Value::Record(values) => values.get(at),
        _ => None,
    }
}

fn malformed() -> CallError {
    CallError::Refused(Code::ARGUMENTS_MALFORMED)
}

impl Machine {
    /// `setting.set`.
    pub(super) fn set_setting(
        &self,
        ctx: &mut Ctx<'_>,
        arguments: &Value,
    ) -> Result<(), CallError> {
        ctx.require_role(yinglian_interface::SETTING_ROLE)?;
        let Value::Record(values) = arguments else { return Err(malformed()) };
        let [Value::Text(name), Value::List(key), Value::Integer(value), Value::Record(document)] =
            values.as_slice()
        else {
            return Err(malformed());
        };
        let settings = &self.interface.shape().settings;
        let setting = settings.iter().find(|setting| setting.name.as_str() == name);
        let setting = setting.ok_or(Code::SETTING_UNKNOWN)?;
        let parts: Vec<String> = key
            .iter()
            .filter_map(|part| match part {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        if !parts.is_empty() && parts.len() != setting.keyed_by.len() {
            return Err(Code::SETTING_UNKNOWN.into());
        }
        let value = u32::try_from(*value).map_err(|_| Code::SETTING_BOUNDS)?;
        if value < setting.min || value > setting.max {
            return Err(Code::SETTING_BOUNDS.into());
        }
        let entry = SettingValue { value, document: digest(document).ok_or_else(malformed)? };
        ctx.put(&setting_key(ctx.contract(), name, &parts), &entry)?;
        ctx.emit("setting_set", &[("setting", name.clone()), ("value", value.to_string())])
    }

    /// `ENTITY.order`: the clock proves that something is overdue; who says so does not matter.
    pub(super) fn raise_order(
        &self,
        ctx: &mut Ctx<'_>,
        entity: usize,
        arguments: &Value,
    ) -> Result<(), CallError> {
        let (plan, key) = self.addressed(entity, arguments)?;
        let declared = self.interface.shape().entities.get(entity).ok_or_else(malformed)?;
        let Some(Value::Choice { case, .. }) = member(arguments, declared.key.len()) else {
            return Err(malformed());
        };
        let deadline = declared.deadlines.get(*case).ok_or_else(malformed)?;
        let object = self.object(ctx, declared.name.as_str(), &key)?;
        let object = object.ok_or(Code::OBJECT_UNKNOWN)?;
        let clocks = clocks::read(plan, &object);
        let clock = clocks.iter().find(|clock| clock.deadline == *case);
        let clock = clock.filter(|clock| clock.is_expired(ctx.parent_time_ms()));
        let clock = clock.ok_or(Code::CLOCK_RUNNING)?;
        let fields = deadline.on_expiry.iter().filter_map(|expiry| match expiry {
            Expiry::Order(field) => Some(field),
            Expiry::Action(_) => None,
        });
        for field in fields {
            let found = self.field(declared.name.as_str(), &object, field.as_str());
            let organization = found.and_then(organization).ok_or(Code::STATE_MISMATCH)?;
            let order = Order {
                state: 0,
                contract: self.interface.shape().contract.clone(),
                entity: declared.name.clone(),
                object: key.clone(),
                cause: deadline.name.clone(),
                organization,
                due_ms: Some(clock.due_ms),
                raised_ms: ctx.parent_time_ms(),
                raised_by: ctx.envelope_id(),
                answer: None,
                returns: 0,
            };
            raise(ctx, &order)?;
        }
        Ok(())
    }

    /// `ENTITY.correct`: the fields that were given replace those that stand; the version before remains in the chain of versions.
    pub(super) fn correct(
        &self,
        ctx: &mut Ctx<'_>,
        entity: usize,
        method: &MethodPlan,
        arguments: &Value,
    ) -> Result<(), CallError> {
        let (plan, key) = self.addressed(entity, arguments)?;
        let declared = self.interface.shape().entities.get(entity).ok_or_else(malformed)?;
        let corrections = declared.corrections.as_ref().ok_or(Code::METHOD_UNKNOWN)?;
        let object = self.object(ctx, declared.name.as_str(), &key)?;
        let mut object = object.ok_or(Code::OBJECT_UNKNOWN)?;
        if !corrections.actors.iter().any(|actor| actors::fits(ctx, actor, Some((plan, &object)))) {
            return Err(Code::ACTOR_MISMATCH.into());
        }
        self.check_correctable(plan, declared, &object)?;
        let before = object.clone();
        for (at, field) in method.arguments.iter().enumerate().skip(declared.key.len()) {
            let target = plan.layout.iter().position(|found| found.name == field.name);
            let given = member(arguments, at);
            let (Some(target), Some(Value::Option(Some(value)))) = (target, given) else {
                continue;
            };
            let is_option =
                plan.layout.get(target).is_some_and(|field| matches!(field.of, Type::Option(_)));
            if let Some(place) = object.get_mut(target) {
                *place = if is_option { Value::some((**value).clone()) } else { (**value).clone() };
            }
        }
        if object == before {
            return Err(Code::CORRECTION_EMPTY.into());
        }
        self.store(ctx, plan, &key, &object)?;
        let entity = declared.name.to_string();
        ctx.emit("corrected", &[("entity", entity), ("object", key)])
    }

    fn check_correctable(
        &self,
        plan: &EntityPlan,
        declared: &yinglian_interface::shape::Entity,
        object: &[Value],
    ) -> Result<(), CallError> {
        let Some(corrections) = &declared.corrections else { return Ok(()) };
        let state = plan.state_at.and_then(|at| object.get(at));
        let Some(Value::Choice { case, .. }) = state else { return Ok(()) };
        let Some(state) = declared.states.get(*case) else { return Ok(()) };
        let listed = corrections.states.contains(&state.name);
        let open = corrections.states.is_empty() && !state.end;
        if listed || open { Ok(()) } else { Err(Code::STATE_MISMATCH.into()) }
    }

    /// Key of an object whose parts are the first arguments.
    fn addressed(
        &self,
        entity: usize,
        arguments: &Value,
    ) -> Result<(&EntityPlan, String), CallError> {
        let plan = self.entities.get(entity).ok_or_else(malformed)?;
        let declared = self.interface.shape().entities.get(entity).ok_or_else(malformed)?;
        let Value::Record(values) = arguments else { return Err(malformed()) };
        let parts = values.get(..declared.key.len()).ok_or_else(malformed)?;
        Ok((plan, self.key(declared.name.as_str(), parts)?))
    }

    /// What a declaration tells others: a fact is named after the entity whose object has the fact's key, and its values are that
    /// entity's fields of the same names.
    pub fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        let shape = self.interface.shape();
        let is_asked = |fact: &&yinglian_interface::shape::Fact| {
            fact.name.as_str() == name && fact.version == version
        };
        let Some(fact) = shape.provides.iter().find(is_asked) else { return Ok(None) };
        let Some(key) = self.fact_key(name, key) else { return Ok(None) };
        let Some(object) = self.object(state, name, &key)? else { return Ok(None) };
        let value = |field: &yinglian_interface::Field| {
            let found = self.field(name, &object, field.name.as_str())?;
            Some((field.name.to_string(), found.clone()))
        };
        Ok(Some(fact.value.iter().filter_map(value).collect()))
    }

    /// A whole key as one text, or the parts.
    fn fact_key(&self, entity: &str, key: &[Value]) -> Option<String> {
        let parts = self.interface.shape().entity(entity)?.key.len();
        match key {
            [Value::Text(whole)] if parts != 1 => Some(whole.clone()),
            _ if key.len() == parts => self.key(entity, key).ok(),
            _ => None,
        }
    }
}

fn organization(value: &Value) -> Option<CreditCode> {
    match value {
        Value::Text(text) => CreditCode::parse(text).ok(),
        Value::Option(Some(inner)) => organization(inner),
        _ => None,
    }
}

fn digest(fields: &[Value]) -> Option<Digest> {
    let [Value::Text(algorithm), Value::Bytes(value), Value::Integer(length)] = fields else {
        return None;
    };
    Some(Digest {
        algorithm: Name::parse(algorithm).ok()?,
        value: Hash(value.as_slice().try_into().ok()?),
        length_bytes: u64::try_from(*length).ok()?,
    })
}
