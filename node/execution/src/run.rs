//! Runs the calls of a block in order, each on the state that those before it left.

use crate::admission::{call_of, in_force};
use crate::senders::Senders;
use crate::{BlockError, Chain, Identity, Parent, View};
use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_contract_api::{CallError, CallScope, Ctx, Effects, Overlay, StateError};
use yinglian_protocol::{
    Code, CreditCode, Event, Hash, Height, LEAF_VERSION, Leaf, LogPosition, Name, Outcome,
    OutcomeRecord, Prepared, RecordPlace, RegistryValue,
};

/// An envelope that may enter the block, and its sender in the parent state.
pub(crate) struct Entrant {
    pub(crate) envelope: Arc<Prepared>,
    pub(crate) identity: Arc<Identity>,
}

/// Which block the calls run in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) height: Height,
    pub(crate) time_ms: u64,
}

/// What the calls did.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) outcomes: Vec<OutcomeRecord>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) places: Vec<RecordPlace>,
    /// Newest value of every key written.
    pub(crate) writes: BTreeMap<Vec<u8>, RegistryValue>,
}

/// Runs every call. A call that is refused leaves its outcome and its leaf, and nothing else.
pub(crate) fn run(
    chain: &Chain,
    view: &View<'_>,
    parent: &Parent,
    place: Place,
    entrants: &[Entrant],
    senders: Senders,
) -> Result<Ran, BlockError> {
    let mut run = Run {
        chain,
        parent,
        place,
        state: Overlay::new(view),
        senders,
        outcome_hashes: BTreeMap::new(),
        ran: Ran::default(),
    };
    for entrant in entrants {
        run.envelope(entrant)?;
    }
    let mut ran = run.ran;
    ran.writes = run.state.into_writes();
    Ok(ran)
}

struct Run<'a> {
    chain: &'a Chain,
    parent: &'a Parent,
    place: Place,
    state: Overlay<'a>,
    senders: Senders,
    /// Hashes of outcomes that hold nothing but a code: nearly all of a block's outcomes are equal.
    outcome_hashes: BTreeMap<Code, Hash>,
    ran: Ran,
}

impl Run<'_> {
    fn envelope(&mut self, entrant: &Entrant) -> Result<(), BlockError> {
        let envelope = &entrant.envelope;
        let index = u32::try_from(self.ran.leaves.len()).unwrap_or(u32::MAX);
        let position = LogPosition(self.parent.log_size.saturating_add(u64::from(index)));
        let sender = envelope.envelope().body.sender;
        let now = self.senders.get(self.chain.rules.as_ref(), &self.state, &sender)?;
        // A key can leave the registry only by a rule of its contract; the leaf then names whom it belonged to.
        let organization = now.as_deref().unwrap_or(&entrant.identity).organization;
        let outcome = match self.call(envelope, position, now.as_deref()) {
            Ok(effects) => {
                let outcome = effects.outcome(self.chain.suite);
                if !effects.writes.is_empty() {
                    self.state.apply(&effects);
                    self.senders.forget();
                }
                outcome
            }
            Err(CallError::Refused(code)) => Outcome::refused(refusal(code)),
            Err(CallError::Guard { code, guard }) => refused_by(envelope, code, guard)?,
            Err(CallError::State(error)) => return Err(error.into()),
        };
        let place = RecordPlace { position, organization, code: outcome.code };
        self.state.note_record(envelope.id(), place);
        self.ran.places.push(place);
        self.leaf(envelope, index, organization, &outcome);
        self.ran.outcomes.push(OutcomeRecord { organization, outcome });
        Ok(())
    }

    fn call(
        &self,
        envelope: &Prepared,
        position: LogPosition,
        identity: Option<&Identity>,
    ) -> Result<Effects, CallError> {
        // Admission saw the parent state: an earlier call of this block may have revoked the key or taken its roles.
        let identity = identity.ok_or(Code::SENDER_UNKNOWN)?;
        in_force(identity, self.place.height)?;
        let scope = CallScope {
            suite: self.chain.suite,
            genesis: self.chain.genesis,
            height: self.place.height,
            time_ms: self.place.time_ms,
            parent_time_ms: self.parent.time_ms,
            position,
            envelope_id: envelope.id(),
            sender: envelope.envelope().body.sender,
            organization: identity.organization,
            roles: &identity.roles,
            region: &identity.region,
            person: identity.person,
            previous_hash: self.parent.hash,
        };
        let call = call_of(envelope.envelope());
        let contracts = &self.chain.contracts;
        let contract = contracts.resolve(&self.state, &call)?;
        let mut ctx = Ctx::new(call.contract, &self.state, contracts, scope);
        contract.call(&mut ctx, &call)?;
        Ok(ctx.finish())
    }

    fn leaf(
        &mut self,
        envelope: &Prepared,
        index: u32,
        organization: CreditCode,
        outcome: &Outcome,
    ) {
        let suite = self.chain.suite;
        let outcome_hash = if outcome.events.is_empty() && outcome.writes.is_empty() {
            *self.outcome_hashes.entry(outcome.code).or_insert_with(|| outcome.hash(suite))
        } else {
            outcome.hash(suite)
        };
        let leaf = Leaf {
            version: LEAF_VERSION,
            envelope_hash: envelope.hash(),
            sender: envelope.envelope().body.sender,
            organization,
            height: self.place.height,
            index,
            time_ms: self.place.time_ms,
            outcome_hash,
        };
        self.ran.leaves.push(leaf);
    }
}

/// A refusal by a guard names it, in the one event that a refusal may have.
fn refused_by(envelope: &Prepared, code: Code, guard: Name) -> Result<Outcome, BlockError> {
    let name = |text: &str| Name::parse(text).map_err(|_| StateError::new("a name"));
    let event = Event {
        contract: envelope.envelope().body.contract.clone(),
        name: name("refused")?,
        fields: vec![(name("guard")?, guard.to_string())],
    };
    Ok(Outcome { events: vec![event], ..Outcome::refused(refusal(code)) })
}

/// A contract cannot refuse with the code of success.
fn refusal(code: Code) -> Code {
    if code.is_applied() { Code::INTERNAL } else { code }
}
