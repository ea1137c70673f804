//! Builds blocks and checks them. Both ways lead through the same rules and the same run, so that what a proposer builds every
//! validator finds valid.

use crate::admission::admit;
use crate::run::{Entrant, Place, Ran, run};
use crate::senders::Senders;
use crate::view::unusable;
use crate::{BlockError, Chain, PROTOCOL_VERSION, Parent, SignatureCheck, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yinglian_contract_api::CallError;
use yinglian_protocol::{
    Address, Code, Envelope, EnvelopeId, HEADER_VERSION, Hash, Header, Height, Leaf, OutcomeRecord,
    Parameters, Payload, Prepared, RecordPlace, ValidatorSet, limits,
};
use yinglian_state::{ChangeSet, KeyValue, LogState, record_index, registry, window};

/// A block with everything that it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Executed {
    /// The header, which names the state after the block.
    pub header: Header,
    /// Its hash: the value that consensus decides.
    pub value_id: Hash,
    /// The envelopes in order.
    pub envelopes: Vec<Arc<Prepared>>,
    /// Outcome of each.
    pub outcomes: Vec<OutcomeRecord>,
    /// Leaf of each.
    pub leaves: Vec<Leaf>,
    /// Place of each in the log.
    pub places: Vec<RecordPlace>,
    /// Every change of the state.
    pub changes: ChangeSet,
    /// Validators that decide the next block.
    pub next_validators: ValidatorSet,
}

/// What a proposer decides about the block that it builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// Round in which it is built.
    pub round: u32,
    /// Block time, milliseconds.
    pub time_ms: u64,
    /// Who builds.
    pub proposer: Address,
}

/// A block that was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The block and what it does.
    pub executed: Executed,
    /// Encoded payload.
    pub payload: Vec<u8>,
    /// Envelopes offered that may not enter this block, with the rule that they break.
    pub dropped: Vec<(EnvelopeId, Code)>,
}

/// Builds a block of the envelopes offered, in their order, leaving out those that may not enter.
pub fn build(
    chain: &Chain,
    state: &dyn KeyValue,
    parent: &Parent,
    draft: Draft,
    offered: &[Arc<Prepared>],
    signatures: &dyn SignatureCheck,
) -> Result<Built, BlockError> {
    let mut base = Base::new(chain, state, parent)?;
    base.check_draft(&draft)?;
    let mut dropped = Vec::new();
    let mut entrants = Vec::new();
    let mut bytes = 0_usize;
    for envelope in offered {
        let size_bytes = usize::try_from(envelope.size_bytes()).unwrap_or(usize::MAX);
        let records = u64::try_from(entrants.len()).unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(size_bytes);
        if records >= base.parameters.block_records_max || bytes > limits::BLOCK_BYTES_SOFT {
            break;
        }
        match base.enter(envelope, draft.time_ms)? {
            Ok(entrant) => entrants.push(entrant),
            Err(repeat_or_code) => dropped.push((envelope.id(), repeat_or_code.code())),
        }
    }
    let valid = check_signatures(&entrants, signatures);
    let mut kept = Vec::with_capacity(entrants.len());
    for (entrant, valid) in entrants.into_iter().zip(valid) {
        if valid {
            kept.push(entrant);
        } else {
            dropped.push((entrant.envelope.id(), Code::SIGNATURE_INVALID));
        }
    }
    let payload = Payload::encode_refs(kept.iter().map(|entrant| entrant.envelope.envelope()));
    let payload_hash = Payload::hash(chain.suite, &payload);
    let executed = base.execute(draft, payload_hash, kept)?;
    Ok(Built { executed, payload, dropped })
}

/// Checks a block against every rule, executes it and compares the state after it with what the header names.
pub fn check(
    chain: &Chain,
    state: &dyn KeyValue,
    parent: &Parent,
    header: &Header,
    payload: &[u8],
    signatures: &dyn SignatureCheck,
) -> Result<Executed, BlockError> {
    check_header(chain, parent, header)?;
    if Payload::hash(chain.suite, payload) != header.payload_hash {
        return Err(BlockError::PayloadHash);
    }
    let mut base = Base::new(chain, state, parent)?;
    let draft = Draft { round: header.round, time_ms: header.time_ms, proposer: header.proposer };
    base.check_draft(&draft)?;
    if header.protocol_version != base.protocol_version {
        return Err(BlockError::Header { field: "protocol_version" });
    }
    if base.validators.hash(chain.suite) != header.validators_hash {
        return Err(BlockError::Header { field: "validators_hash" });
    }
    let envelopes = Payload::decode_prepared(chain.suite, payload, |hash| signatures.known(hash))
        .map_err(BlockError::Payload)?;
    let records = u64::try_from(envelopes.len()).unwrap_or(u64::MAX);
    let records_max = base.parameters.block_records_max;
    if records > records_max {
        return Err(BlockError::TooManyRecords { records, records_max });
    }
    let mut entrants = Vec::with_capacity(envelopes.len());
    for (index, envelope) in (0_u32..).zip(envelopes) {
        let entered = base.enter(&Arc::new(envelope), header.time_ms)?;
        entrants.push(entered.map_err(|refused| refused.in_block(index))?);
    }
    let invalid = check_signatures(&entrants, signatures).iter().position(|valid| !valid);
    if let Some(index) = invalid {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        return Err(BlockError::NotAdmitted { index, code: Code::SIGNATURE_INVALID });
    }
    let executed = base.execute(draft, header.payload_hash, entrants)?;
    compare(&executed.header, header)?;
    Ok(executed)
}

/// What the header must repeat of the chain and the parent.
fn check_header(chain: &Chain, parent: &Parent, header: &Header) -> Result<(), BlockError> {
    let fields = [
        ("version", header.version == HEADER_VERSION),
        ("suite", header.suite == chain.suite),
        ("flags", header.flags == chain.flags),
        ("height", header.height == parent.height.next()),
        ("previous", header.previous == parent.hash),
    ];
    match fields.into_iter().find(|(_, holds)| !holds) {
        Some((field, _)) => Err(BlockError::Header { field }),
        None => Ok(()),
    }
}

/// What the header says of the state after the block.
fn compare(executed: &Header, header: &Header) -> Result<(), BlockError> {
    let fields = [
        ("log_size", executed.log_size == header.log_size),
        ("log_root", executed.log_root == header.log_root),
        ("registry_root", executed.registry_root == header.registry_root),
        ("next_validators_hash", executed.next_validators_hash == header.next_validators_hash),
        // Every field was compared by name before; a field added later is caught here.
        ("header", executed == header),
    ];
    match fields.into_iter().find(|(_, equal)| !equal) {
        Some((field, _)) => Err(BlockError::Result { field }),
        None => Ok(()),
    }
}

fn check_signatures(entrants: &[Entrant], signatures: &dyn SignatureCheck) -> Vec<bool> {
    let pairs: Vec<_> = entrants
        .iter()
        .map(|entrant| (entrant.envelope.as_ref(), &entrant.identity.public_key))
        .collect();
    let mut valid = signatures.check(&pairs);
    // An answer that is missing is no.
    valid.resize(pairs.len(), false);
    valid
}

/// Why an envelope may not enter.
enum Refused {
    Admission(Code),
    InBlock,
    InWindow,
}

impl Refused {
    fn code(&self) -> Code {
        match self {
            Self::Admission(code) => *code,
            Self::InBlock | Self::InWindow => Code::DUPLICATE,
        }
    }

    fn in_block(self, index: u32) -> BlockError {
        match self {
            Self::Admission(code) => BlockError::NotAdmitted { index, code },
            Self::InBlock => BlockError::RepeatedInBlock { index },
            Self::InWindow => BlockError::RepeatedInWindow { index },
        }
    }
}

/// The parent state with what a block asks of it again and again.
struct Base<'a> {
    chain: &'a Chain,
    state: &'a dyn KeyValue,
    view: View<'a>,
    parent: &'a Parent,
    parameters: Parameters,
    validators: ValidatorSet,
    protocol_version: u32,
    senders: Senders,
    ids: BTreeSet<EnvelopeId>,
}

impl<'a> Base<'a> {
    fn new(
        chain: &'a Chain,
        state: &'a dyn KeyValue,
        parent: &'a Parent,
    ) -> Result<Self, BlockError> {
        let view = View::new(state);
        let height = parent.height.next();
        let version = chain.rules.protocol_version(&view, height)?;
        let protocol_version = version.unwrap_or(chain.protocol_version);
        // Before anything else of the state is read: later rules may keep it in another form.
        if protocol_version != PROTOCOL_VERSION {
            let (version, known) = (protocol_version, PROTOCOL_VERSION);
            return Err(BlockError::ProtocolVersion { version, known });
        }
        Ok(Self {
            chain,
            state,
            view,
            parent,
            parameters: chain.rules.parameters(&view)?,
            validators: chain.rules.validator_set(&view, height)?,
            protocol_version,
            senders: Senders::at(parent.time_ms),
            ids: BTreeSet::new(),
        })
    }

    fn height(&self) -> Height {
        self.parent.height.next()
    }

    fn check_draft(&self, draft: &Draft) -> Result<(), BlockError> {
        if draft.time_ms <= self.parent.time_ms {
            let (time_ms, parent_ms) = (draft.time_ms, self.parent.time_ms);
            return Err(BlockError::TimeNotLater { time_ms, parent_ms });
        }
        let proposer = self.validators.proposer(self.height(), draft.round);
        if proposer.map(|validator| validator.address()) != Some(draft.proposer) {
            let (height, round) = (self.height(), draft.round);
            return Err(BlockError::WrongProposer { height, round });
        }
        Ok(())
    }

    /// Whether an envelope may enter, its signature apart. The outer error is a state that cannot be read.
    fn enter(
        &mut self,
        envelope: &Arc<Prepared>,
        time_ms: u64,
    ) -> Result<Result<Entrant, Refused>, BlockError> {
        let Envelope { body, .. } = envelope.envelope();
        let rules = self.chain.rules.as_ref();
        let identity = self.senders.get(rules, &self.view, &body.sender)?;
        let height = self.height();
        let admitted = admit(
            self.chain,
            &self.view,
            &self.parameters,
            identity.as_deref(),
            height,
            time_ms,
            envelope.envelope(),
        );
        let identity = match (admitted, identity) {
            (Ok(()), Some(identity)) => identity,
            (Ok(()), None) => return Ok(Err(Refused::Admission(Code::SENDER_UNKNOWN))),
            (Err(CallError::State(error)), _) => return Err(error.into()),
            (Err(CallError::Refused(code) | CallError::Guard { code, .. }), _) => {
                return Ok(Err(Refused::Admission(code)));
            }
        };
        let in_window = window::position(self.state, body.valid_until_ms, &envelope.id());
        if in_window.map_err(unusable)?.is_some() {
            return Ok(Err(Refused::InWindow));
        }
        if !self.ids.insert(envelope.id()) {
            return Ok(Err(Refused::InBlock));
        }
        Ok(Ok(Entrant { envelope: Arc::clone(envelope), identity }))
    }

    fn execute(
        self,
        draft: Draft,
        payload_hash: Hash,
        entrants: Vec<Entrant>,
    ) -> Result<Executed, BlockError> {
        let place = Place { height: self.height(), time_ms: draft.time_ms };
        let ran = run(self.chain, &self.view, self.parent, place, &entrants, self.senders.clone())?;
        let mut changes = ChangeSet::new();
        let log = self.append(&ran, &mut changes)?;
        let registry_root = self.write(&ran, &mut changes)?;
        self.remember(draft.time_ms, &entrants, &ran, &mut changes)?;
        let after = yinglian_state::Overlay::new(self.state, &changes);
        let next_height = self.height().next();
        let next_validators = self.chain.rules.validator_set(&View::new(&after), next_height)?;
        let suite = self.chain.suite;
        let header = Header {
            version: HEADER_VERSION,
            suite,
            flags: self.chain.flags,
            height: self.height(),
            round: draft.round,
            time_ms: draft.time_ms,
            previous: self.parent.hash,
            payload_hash,
            log_size: log.size(),
            log_root: log.root(),
            registry_root,
            validators_hash: self.validators.hash(suite),
            next_validators_hash: next_validators.hash(suite),
            protocol_version: self.protocol_version,
            proposer: draft.proposer,
        };
        Ok(Executed {
            value_id: header.hash(),
            header,
            envelopes: entrants.into_iter().map(|entrant| entrant.envelope).collect(),
            outcomes: ran.outcomes,
            leaves: ran.leaves,
            places: ran.places,
            changes,
            next_validators,
        })
    }

    fn append(&self, ran: &Ran, changes: &mut ChangeSet) -> Result<LogState, BlockError> {
        let log = LogState::load(self.state, self.chain.suite, self.parent.log_size);
        let mut log = log.map_err(unusable)?;
        let leaf_hashes = Leaf::hash_many(self.chain.suite, &ran.leaves);
        log.append(self.state, &leaf_hashes, changes).map_err(unusable)?;
        Ok(log)
    }

    fn write(&self, ran: &Ran, changes: &mut ChangeSet) -> Result<Hash, BlockError> {
        let root = self.parent.registry_root;
        if ran.writes.is_empty() {
            return Ok(root);
        }
        let encoded: BTreeMap<_, _> =
            ran.writes.iter().map(|(key, value)| (key.clone(), value.encode())).collect();
        let root = registry::update(self.state, self.chain.suite, &root, &encoded, changes);
        Ok(root.map_err(unusable)?)
    }

    /// The two replicated indexes: ids that may not enter again, and the place of every record.
    fn remember(
        &self,
        time_ms: u64,
        entrants: &[Entrant],
        ran: &Ran,
        changes: &mut ChangeSet,
    ) -> Result<(), BlockError> {
        for (entrant, place) in entrants.iter().zip(&ran.places) {
            let envelope = &entrant.envelope;
            let valid_until_ms = envelope.envelope().body.valid_until_ms;
            window::insert(changes, valid_until_ms, &envelope.id(), place.position);
            record_index::insert(changes, &envelope.id(), place);
        }
        window::sweep(self.state, time_ms, changes).map_err(unusable)?;
        Ok(())
    }
}
