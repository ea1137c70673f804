//! What a contract sees of the chain while it executes one call, and the only way to change anything.

use crate::{
    CallError, Contracts, Effects, Entity, FactValues, StateError, StateRead, decode_entity,
};
use std::collections::BTreeMap;
use yinglian_interface::{Value, Who};
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, Event, GenesisHash, Hash, Height, LogPosition, Name,
    RecordPlace, Region, RegistryValue, Suite, codec, limits,
};

/// Most fields of one event.
const EVENT_FIELDS_MAX: usize = 16;

/// Where, when and by whom a call is executed.
#[derive(Debug, Clone, Copy)]
pub struct CallScope<'a> {
    /// Suite of the chain.
    pub suite: Suite,
    /// Genesis of the chain.
    pub genesis: GenesisHash,
    /// Block that holds the call.
    pub height: Height,
    /// Time of that block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Time of the block before, by which deadlines are read.
    pub parent_time_ms: u64,
    /// Position that the call's leaf gets.
    pub position: LogPosition,
    /// Id of the envelope.
    pub envelope_id: EnvelopeId,
    /// Address that signed.
    pub sender: Address,
    /// Organisation of the sender's key.
    pub organization: CreditCode,
    /// Roles of the sender's key, or of the delegation that it signs under.
    pub roles: &'a [Name],
    /// Region in which the sender may act: its organisation's, or a narrower one of its delegation.
    pub region: &'a Region,
    /// True when a person's or post's delegation signs, not a system's key.
    pub person: bool,
    /// Hash of the header before, which nobody could choose alone.
    pub previous_hash: Hash,
}

/// State, scope, and the effects of the call so far. Dropped without a trace when the call is refused.
pub struct Ctx<'a> {
    contract: &'a str,
    state: &'a dyn StateRead,
    contracts: &'a Contracts,
    scope: CallScope<'a>,
    effects: Effects,
    /// Index of a key in the writes.
    written: BTreeMap<Vec<u8>, usize>,
}

impl<'a> Ctx<'a> {
    /// Begins a call of a contract.
    pub fn new(
        contract: &'a str,
        state: &'a dyn StateRead,
        contracts: &'a Contracts,
        scope: CallScope<'a>,
    ) -> Self {
        let (effects, written) = (Effects::default(), BTreeMap::new());
        Self { contract, state, contracts, scope, effects, written }
    }

    /// Name of the contract that is called.
    pub fn contract(&self) -> &'a str {
        self.contract
    }

    /// What another contract tells under a name, version and key; none when it knows nothing there, or is not on this chain.
    pub fn ask(
        &self,
        provider: &str,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        match self.contracts.find(self, provider)? {
            Some(contract) => contract.fact(self, name, version, key),
            None => Ok(None),
        }
    }

    /// A call of the same contract on the state as this one has it so far, whose effects are dropped: to find out whether something would be
    /// applied.
    pub fn aside<'b>(&'b self, scope: CallScope<'b>) -> Ctx<'b> {
        Ctx::new(self.contract, self, self.contracts, scope)
    }

    /// Where, when and by whom.
    pub fn scope(&self) -> &CallScope<'a> {
        &self.scope
    }

    /// Block that holds the call.
    pub fn height(&self) -> Height {
        self.scope.height
    }

    /// Time of the block that is being built, milliseconds since 1970-01-01 UTC.
    pub fn time_ms(&self) -> u64 {
        self.scope.time_ms
    }

    /// Time of the block before; deadlines are read at it.
    pub fn parent_time_ms(&self) -> u64 {
        self.scope.parent_time_ms
    }

    /// Position that the call's leaf gets.
    pub fn position(&self) -> LogPosition {
        self.scope.position
    }

    /// Id of the envelope.
    pub fn envelope_id(&self) -> EnvelopeId {
        self.scope.envelope_id
    }

    /// Address that signed.
    pub fn sender(&self) -> &Address {
        &self.scope.sender
    }

    /// Organisation of the sender's key.
    pub fn organization(&self) -> &CreditCode {
        &self.scope.organization
    }

    /// True when the sender's key holds the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.scope.roles.iter().any(|held| held.as_str() == role)
    }

    /// True when the sender holds a role as the contract's declaration names it: one of the chain, or one of the contract's own, which
    /// keys hold as `contract.role`.
    pub fn holds(&self, role: &str) -> bool {
        self.who().holds(self.contract, role)
    }

    /// The sender, as declarations ask for him.
    pub fn who(&self) -> Who<'_> {
        Who {
            organization: &self.scope.organization,
            roles: self.scope.roles,
            region: self.scope.region,
            person: self.scope.person,
        }
    }

    /// Refuses a sender whose key does not hold the role.
    pub fn require_role(&self, role: &str) -> Result<(), Code> {
        if self.has_role(role) { Ok(()) } else { Err(Code::ROLE_MISSING) }
    }

    /// Value of a registry key, this call's writes included.
    pub fn get(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        match self.written.get(key).and_then(|index| self.effects.writes.get(*index)) {
            Some((_, value)) => Ok(Some(value.clone())),
            None => self.state.registry(key),
        }
    }

    /// Object under a registry key.
    pub fn get_as<T: Entity>(&self, key: &[u8]) -> Result<Option<T>, StateError> {
        self.get(key)?.map(|value| decode_entity(key, &value)).transpose()
    }

    /// Object under a registry key, or a refusal when there is none.
    pub fn read<T: Entity>(&self, key: &[u8], missing: Code) -> Result<T, CallError> {
        self.get_as(key)?.ok_or(CallError::Refused(missing))
    }

    /// Where an earlier envelope was recorded, this block's included.
    pub fn position_of(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        self.state.record(id)
    }

    /// Writes an object. The value links to the one before this call; a second write of the key in one call replaces the first.
    pub fn put<T: Entity>(&mut self, key: &[u8], entity: &T) -> Result<(), CallError> {
        self.put_body(key, T::SCHEMA, codec::encode(entity))
    }

    /// Writes the encoded body of an object of this layout.
    pub(crate) fn put_body(
        &mut self,
        key: &[u8],
        schema: u16,
        body: Vec<u8>,
    ) -> Result<(), CallError> {
        if let Some((_, value)) =
            self.written.get(key).and_then(|index| self.effects.writes.get_mut(*index))
        {
            (value.schema, value.body) = (schema, body);
            return fits(key, value);
        }
        let previous = self.state.registry(key)?;
        let value = RegistryValue {
            schema,
            version: previous.as_ref().map_or(0, |value| value.version).saturating_add(1),
            written_at: Some(self.scope.position),
            previous_at: previous.as_ref().and_then(|value| value.written_at),
            previous_hash: previous.map_or(Hash::ZERO, |value| value.hash(self.scope.suite)),
            body,
        };
        fits(key, &value)?;
        if self.effects.writes.len() >= limits::WRITES_MAX {
            return Err(Code::EFFECTS_TOO_LARGE.into());
        }
        self.written.insert(key.to_vec(), self.effects.writes.len());
        self.effects.writes.push((key.to_vec(), value));
        Ok(())
    }

    /// Emits an event. Names are the contract's own constants.
    pub fn emit(&mut self, name: &str, fields: &[(&str, String)]) -> Result<(), CallError> {
        let too_large = fields.len() > EVENT_FIELDS_MAX
            || fields.iter().any(|(_, text)| text.len() > limits::TEXT_BYTES_MAX)
            || self.effects.events.len() >= limits::EVENTS_MAX;
        if too_large {
            return Err(Code::EFFECTS_TOO_LARGE.into());
        }
        let parse = |name: &str| Name::parse(name).map_err(|_| CallError::Refused(Code::INTERNAL));
        let event = Event {
            contract: parse(self.contract)?,
            name: parse(name)?,
            fields: fields
                .iter()
                .map(|(name, text)| Ok((parse(name)?, text.clone())))
                .collect::<Result<_, CallError>>()?,
        };
        self.effects.events.push(event);
        Ok(())
    }

    /// Ends the call with its effects.
    pub fn finish(self) -> Effects {
        self.effects
    }
}

impl StateRead for Ctx<'_> {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        self.get(key)
    }

    fn record(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        self.state.record(id)
    }
}

/// Bytes that the head of a value takes at most: schema, version, two positions, hash, length.
const VALUE_HEAD_BYTES: usize = 2 + 8 + 9 + 9 + 32 + 4;

fn fits(key: &[u8], value: &RegistryValue) -> Result<(), CallError> {
    let value_bytes = value.body.len().saturating_add(VALUE_HEAD_BYTES);
    if key.len() > limits::REGISTRY_KEY_BYTES_MAX || value_bytes > limits::REGISTRY_VALUE_BYTES_MAX
    {
        return Err(Code::EFFECTS_TOO_LARGE.into());
    }
    Ok(())
}
