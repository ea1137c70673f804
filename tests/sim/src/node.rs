//! One simulated validator: the engine's core, the host's policy, the sign guard and a disk, without any of their I/O.
//!
//! Comes in: messages, timeouts, answers of its own application. Goes out: what to send and to schedule, and what it did
//! that the world has to judge. Never: a clock or chance of its own.

use crate::bug::Bug;
use crate::disk::{Block, Disk};
use crate::hands::Hands;
use crate::message::Message;
use malachite::app::consensus::{Input, Params, SignedConsensusMsg, State, ValuePayload, process};
use malachite::app::metrics::Metrics;
use malachite::app::types::core::{
    CertificateError, CommitCertificate, ExtendedCommitCertificate, Round, Timeout, Validity,
    ValueOrigin, ValueResponse, VoteExtensionPolicy, VoteExtensions,
};
use malachite::app::types::{LocallyProposedValue, PeerId, ProposedValue};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use yinglian_consensus::context::{BlockId, Chain, Members, ValidatorId};
use yinglian_consensus::guard::{Guard, Step, StepKind};
use yinglian_consensus::policy::{
    self, Assembled, CheckFor, Effect, GuardStart, Heartbeat, Host, PeerReport, Seen, StartInput,
};
use yinglian_consensus::{Proposal, Verdict};
use yinglian_crypto::{SigningKey, VerifyingKey};
use yinglian_protocol::{Address, Hash, Header, HeaderFlags, Height, PartsHeader, Quorum};

/// Heartbeat of the simulated chain, milliseconds.
pub const HEARTBEAT_MS: u64 = 400;

/// What a node wants of the world.
pub enum Out {
    /// To every other node.
    Broadcast(Message),
    /// To one node.
    Send(usize, Message),
    /// A timeout of the engine.
    Timeout(Timeout),
    /// Work of the application that takes a while; the answer comes back as [`Local`].
    Work(Local),
    /// Look at the host again at this time.
    Tick(u64),
    /// A vote or proposal was signed and leaves the node.
    Signed(Step),
    /// A block was committed.
    Committed(Height, Hash, Quorum),
    /// The node cannot go on; with the reason.
    Died(String),
}

/// An answer of the node's own application or host.
pub enum Local {
    /// To the host.
    Host(Box<policy::Input>),
    /// Execute, store and judge a value, then tell the host.
    Check(CheckFor, Seen, Arc<Proposal>),
    /// Commit a decided value, then tell the host.
    Commit(Height, Hash, Quorum),
    /// Judge a value that came by sync.
    Synced(Block),
}

/// What never changes of a node.
#[derive(Clone)]
pub struct Fixed {
    /// The chain.
    pub chain: Chain,
    /// The validators.
    pub members: Members,
    /// Signing key.
    pub key: SigningKey,
    /// Keys of all, prepared.
    pub keys: Arc<BTreeMap<Address, VerifyingKey>>,
    /// Sign-state file.
    pub guard_path: PathBuf,
    /// The planted bug.
    pub bug: Option<Bug>,
    /// Signs whatever the engine wants, without a guard: the world makes it lie.
    pub byzantine: bool,
}

/// A running process.
pub struct Process {
    engine: Box<State<Chain>>,
    host: Host,
    guard: Option<Guard>,
    metrics: Metrics,
    timeouts: BTreeSet<(i64, u8)>,
    decided: BTreeMap<Height, CommitCertificate<Chain>>,
    replaying: bool,
    follows: bool,
    outs: Vec<Out>,
    inputs: VecDeque<Input<Chain>>,
    nonce: u64,
}

/// A node: its disk, what its peers saw it sign, and its process while it runs.
pub struct Node {
    /// What never changes.
    pub fixed: Fixed,
    /// The disk.
    pub disk: Disk,
    /// Highest position of each validator's valid votes seen here.
    pub seen: BTreeMap<Address, (Height, u32)>,
    /// Whether the process answers its peers, with or without a running engine.
    pub up: bool,
    process: Option<Process>,
    now_ms: u64,
}

pub(crate) fn kind_of(timeout: &Timeout) -> u8 {
    use malachite::app::types::core::TimeoutKind::{
        FinalizeHeight, Precommit, Prevote, Propose, Rebroadcast,
    };
    match timeout.kind {
        Propose => 0,
        Prevote => 1,
        Precommit => 2,
        Rebroadcast => 3,
        FinalizeHeight(_) => 4,
    }
}

impl Node {
    /// A node that has never run.
    pub fn new(fixed: Fixed) -> Self {
        Self {
            fixed,
            disk: Disk::default(),
            seen: BTreeMap::new(),
            up: false,
            process: None,
            now_ms: 0,
        }
    }

    /// Address of the validator.
    pub fn address(&self) -> Address {
        self.fixed.key.public_key().address()
    }

    /// Whether the process runs.
    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Last step that the sign-state on the disk holds.
    pub fn last_signed(&self) -> Option<(Height, u32, StepKind)> {
        let step = self.open_guard().ok()?.state().signed?;
        Some((step.height, step.round, step.kind))
    }

    /// For a message about a run that stands still.
    pub fn describe(&self) -> String {
        let Some(process) = &self.process else { return "not running".into() };
        let (height, round) = process.host.position();
        let step = process.engine.driver.step();
        format!("height {height} round {round} {step:?}, follows: {}", process.follows)
    }

    /// Whether it only follows.
    pub fn follows(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.follows)
    }

    /// The process is up, its engine not yet: after a restart the tip's quorum is what it still knows of its peers' votes.
    pub fn wake(&mut self) {
        self.up = true;
        let Some(last) = self.disk.files.blocks.last() else { return };
        let at = (self.disk.tip(), last.certificate.round.as_u32().unwrap_or(0));
        let quorum = policy::quorum(&last.certificate, &self.fixed.members);
        for (index, _) in quorum.iter().flat_map(|quorum| &quorum.signatures) {
            if let Some(validator) = self.fixed.members.set().get(*index) {
                let known = self.seen.entry(validator.address()).or_insert(at);
                *known = at.max(*known);
            }
        }
    }

    /// The process ends at once; unsynced writes are lost.
    pub fn crash(&mut self) {
        self.process = None;
        self.up = false;
        self.seen.clear();
        self.disk.crash();
    }

    /// What the guard decides with these reports.
    pub fn may_start(&self, reports: &[PeerReport], needed: usize) -> GuardStart {
        if self.fixed.byzantine || self.fixed.bug == Some(Bug::Amnesia) {
            return GuardStart::Sign;
        }
        let Ok(guard) = self.open_guard() else { return GuardStart::Wait };
        let state = guard.state();
        let next = self.disk.tip().next();
        let log_height = self.disk.files.log_height;
        policy::start(&StartInput {
            signed: state.signed,
            next,
            wal_is_of_next: self.disk.files.log.is_empty() || log_height == next,
            reports,
            reports_needed: needed,
            follow_through: state.follow_through,
        })
    }

    fn open_guard(&self) -> Result<Guard, yinglian_consensus::guard::GuardError> {
        Guard::open(&self.fixed.guard_path, &self.fixed.chain.genesis, &self.address())
    }

    /// Starts the process, signing or following.
    pub fn start(&mut self, now_ms: u64, follow_through: Option<Height>) -> Vec<Out> {
        self.now_ms = now_ms;
        if self.fixed.bug == Some(Bug::Amnesia) {
            let _ = std::fs::remove_file(&self.fixed.guard_path);
            self.disk.files.log.clear();
        }
        let guard = match self.open_guard() {
            Ok(guard) => guard,
            Err(error) => return vec![Out::Died(format!("sign-state: {error}"))],
        };
        if let Some(through) = follow_through
            && let Err(error) = guard.follow_through(through)
        {
            return vec![Out::Died(format!("sign-state: {error}"))];
        }
        let follows = follow_through.is_some();
        let tip = self.disk.tip();
        let params = Params {
            address: ValidatorId(self.address()),
            threshold_params: Default::default(),
            value_payload: ValuePayload::ProposalAndParts,
            enabled: !follows,
        };
        let engine = State::new(
            self.fixed.chain,
            tip.next().into(),
            self.fixed.members.clone(),
            params,
            64,
            500,
        );
        let heartbeat =
            if self.fixed.bug == Some(Bug::HoldsForEver) { u64::MAX / 2 } else { HEARTBEAT_MS };
        self.process = Some(Process {
            engine: Box::new(engine),
            host: Host::new(Heartbeat::new(heartbeat), follows),
            guard: Some(guard),
            metrics: Metrics::default(),
            timeouts: BTreeSet::new(),
            decided: BTreeMap::new(),
            replaying: false,
            follows,
            outs: Vec::new(),
            inputs: VecDeque::new(),
            nonce: now_ms,
        });
        self.host(policy::Input::Ready { tip });
        self.drain()
    }

    /// A message of another node.
    pub fn receive(&mut self, now_ms: u64, from: usize, message: Message) -> Vec<Out> {
        self.now_ms = now_ms;
        if self.process.is_none() {
            return Vec::new();
        }
        match message {
            Message::Consensus(message) => match *message {
                SignedConsensusMsg::Vote(vote) => self.engine(Input::Vote(vote)),
                SignedConsensusMsg::Proposal(proposal) => self.engine(Input::Proposal(proposal)),
            },
            Message::Liveness(message) => self.engine(match *message {
                malachite::app::consensus::LivenessMsg::Vote(vote) => Input::Vote(vote),
                malachite::app::consensus::LivenessMsg::PolkaCertificate(certificate) => {
                    Input::PolkaCertificate(certificate)
                }
                malachite::app::consensus::LivenessMsg::SkipRoundCertificate(certificate) => {
                    Input::RoundCertificate(certificate)
                }
            }),
            Message::Parts(assembled, proposal) => self.parts(assembled, proposal),
            Message::Status(height) if height > self.disk.tip() => {
                let next = self.disk.tip().next();
                self.out(Out::Send(from, Message::Wanted(next)));
            }
            Message::Status(_) => {}
            Message::Wanted(height) => {
                let at = usize::try_from(height.0).unwrap_or(0);
                if let Some(block) = at.checked_sub(1).and_then(|at| self.disk.files.blocks.get(at))
                {
                    self.out(Out::Send(from, Message::Decided(block.clone())));
                }
            }
            Message::Decided(block) => {
                let certificate = ExtendedCommitCertificate::from_commit_certificate_and_extensions(
                    block.certificate.clone(),
                    VoteExtensions::default(),
                );
                let bytes = block.proposal.encode();
                self.engine(Input::SyncValueResponse(ValueResponse::new(
                    peer_id(from),
                    bytes,
                    certificate,
                )));
            }
        }
        self.drain()
    }

    /// A timeout of the engine has come.
    pub fn timeout(&mut self, now_ms: u64, timeout: Timeout) -> Vec<Out> {
        self.now_ms = now_ms;
        let key = (timeout.round.as_i64(), kind_of(&timeout));
        if self.process.as_mut().is_some_and(|process| process.timeouts.remove(&key)) {
            self.engine(Input::TimeoutElapsed(timeout));
        }
        self.drain()
    }

    /// The host looks at the time, or an envelope has come in.
    pub fn tick(&mut self, now_ms: u64, pending: bool) -> Vec<Out> {
        self.now_ms = now_ms;
        if self.process.is_some() {
            self.host(if pending { policy::Input::Pending } else { policy::Input::Tick });
        }
        self.drain()
    }

    /// An answer of the node's own application.
    pub fn local(&mut self, now_ms: u64, local: Local) -> Vec<Out> {
        self.now_ms = now_ms;
        if self.process.is_none() {
            return Vec::new();
        }
        match local {
            Local::Host(input) => self.host(*input),
            Local::Check(purpose, seen, proposal) => {
                let verdict = self.judge(&proposal);
                self.host(policy::Input::Checked { purpose, seen, verdict: Some(verdict) });
            }
            Local::Commit(height, value_id, quorum) => self.commit(height, value_id, quorum),
            Local::Synced(block) => self.synced(block),
        }
        self.drain()
    }

    /// Executes and stores a value.
    fn judge(&mut self, proposal: &Arc<Proposal>) -> Verdict {
        let header = &proposal.header;
        let follows_tip =
            header.height == self.disk.tip().next() && header.previous == self.tip_hash();
        if !follows_tip && self.fixed.bug != Some(Bug::AcceptsAnything) {
            return Verdict::Invalid("does not follow the tip".into());
        }
        self.store(proposal);
        Verdict::Valid
    }

    fn store(&mut self, proposal: &Arc<Proposal>) {
        self.disk.files.payloads.insert(proposal.value_id(), Arc::clone(proposal));
        if self.fixed.bug != Some(Bug::PayloadUnsynced) {
            self.disk.sync_payloads();
        }
    }

    fn tip_hash(&self) -> Hash {
        let last = self.disk.files.blocks.last();
        last.map_or(self.fixed.chain.genesis.0, |block| block.proposal.value_id())
    }

    fn commit(&mut self, height: Height, value_id: Hash, quorum: Quorum) {
        if height != self.disk.tip().next() {
            return;
        }
        let Some(proposal) = self.disk.files.payloads.get(&value_id).cloned() else {
            return self.die(format!("decided value {value_id} of height {height} is not stored"));
        };
        if proposal.header.previous != self.tip_hash() {
            return self.die(format!("decided value {value_id} does not follow the tip"));
        }
        let Some(certificate) = self.process.as_mut().and_then(|p| p.decided.remove(&height))
        else {
            return;
        };
        let empty = proposal.payload.is_empty();
        self.disk.files.blocks.push(Block { proposal, certificate });
        self.disk.files.payloads.retain(|_, stored| stored.header.height > height);
        if self.fixed.bug != Some(Bug::CommitUnsynced) {
            self.disk.sync_blocks();
            self.disk.sync_payloads();
        }
        self.out(Out::Committed(height, value_id, quorum));
        self.host(policy::Input::Committed { height, empty });
    }

    fn synced(&mut self, block: Block) {
        let proposal = Arc::clone(&block.proposal);
        let height = proposal.header.height;
        if height != self.disk.tip().next() || !matches!(self.judge(&proposal), Verdict::Valid) {
            return;
        }
        let seen = Seen {
            height,
            round: block.certificate.round.as_u32().unwrap_or(0),
            lock_round: None,
            proposer: proposal.header.proposer,
            value_id: proposal.value_id(),
            valid: true,
        };
        self.host(policy::Input::Synced(seen.clone()));
        self.engine(Input::ProposedValue(proposed(&seen), ValueOrigin::Sync));
    }

    fn parts(&mut self, assembled: Assembled, proposal: Arc<Proposal>) {
        let height = assembled.header.height;
        let (at, _) =
            self.process.as_ref().map_or((Height(0), 0), |process| process.host.position());
        let expected = self.fixed.members.proposer_address(height.into(), assembled.header.round);
        if height < at || height > at.next() || assembled.proposer != expected {
            return;
        }
        if height == at.next() {
            self.host(policy::Input::NextHeightBegun);
        }
        let builder = self.fixed.members.proposer_address(height.into(), proposal.header.round);
        self.host(policy::Input::PartComplete { assembled, proposal, builder: Some(builder) });
    }

    fn out(&mut self, out: Out) {
        if let Some(process) = &mut self.process {
            process.outs.push(out);
        }
    }

    fn die(&mut self, reason: String) {
        self.out(Out::Died(reason));
    }

    fn drain(&mut self) -> Vec<Out> {
        while let Some(input) = self.process.as_mut().and_then(|process| process.inputs.pop_front())
        {
            self.engine(input);
        }
        self.process.as_mut().map(|process| std::mem::take(&mut process.outs)).unwrap_or_default()
    }

    /// One step of the host, and what follows.
    fn host(&mut self, input: policy::Input) {
        let now_ms = self.now_ms;
        let Some(process) = &mut self.process else { return };
        for effect in process.host.step(input, now_ms) {
            self.effect(effect);
        }
        if let Some(due_ms) = self.process.as_ref().and_then(|process| process.host.due_ms()) {
            self.out(Out::Tick(due_ms));
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Recover(height) => {
                let recovered = self.recover(height);
                self.host(policy::Input::Recovered(recovered));
            }
            Effect::ReplyReady(height) | Effect::StartNext(height) => self.start_height(height),
            Effect::ReplyRound(values) => {
                for seen in values {
                    let input = Input::ProposedValue(proposed(&seen), ValueOrigin::Consensus);
                    self.queue(input);
                }
            }
            Effect::Build { height, round, .. } => {
                let proposal = self.build(height, round);
                let input = policy::Input::Built { height, round, proposal: Some(proposal) };
                self.out(Out::Work(Local::Host(Box::new(input))));
            }
            Effect::ReplyBuilt(Some(seen)) => {
                let value = BlockId(seen.value_id);
                let local =
                    LocallyProposedValue::new(seen.height.into(), Round::new(seen.round), value);
                self.queue(Input::Propose(local));
            }
            Effect::ReplyBuilt(None) | Effect::ReplyPart(None) => {}
            Effect::AckDecided(_) => {
                let tip = self.disk.tip();
                self.out(Out::Broadcast(Message::Status(tip)));
            }
            Effect::Publish { proposal, round, lock_round } => {
                let assembled = assembled(&proposal, round, lock_round, self.address());
                self.out(Out::Broadcast(Message::Parts(assembled, proposal)));
            }
            Effect::Check { purpose, seen, proposal, .. } => {
                self.out(Out::Work(Local::Check(purpose, seen, proposal)));
            }
            Effect::ReplyPart(Some(seen)) => {
                self.queue(Input::ProposedValue(proposed(&seen), ValueOrigin::Consensus));
            }
            Effect::Commit { height, value_id, quorum } => {
                self.out(Out::Work(Local::Commit(height, value_id, quorum)));
            }
        }
    }

    fn queue(&mut self, input: Input<Chain>) {
        if let Some(process) = &mut self.process {
            process.inputs.push_back(input);
        }
    }

    /// Values of a height that were stored before a crash.
    fn recover(&mut self, height: Height) -> Vec<Seen> {
        let tip_hash = self.tip_hash();
        let stored = self.disk.files.payloads.values().filter(|p| p.header.height == height);
        stored
            .map(|proposal| Seen {
                height,
                round: proposal.header.round,
                lock_round: None,
                proposer: proposal.header.proposer,
                value_id: proposal.value_id(),
                valid: proposal.header.previous == tip_hash,
            })
            .collect()
    }

    fn build(&mut self, height: Height, round: u32) -> Arc<Proposal> {
        let own = self.address();
        let before = self.disk.files.payloads.values().find(|stored| {
            let header = &stored.header;
            header.height == height && header.round == round && header.proposer == own
        });
        if let Some(before) = before {
            return Arc::clone(before);
        }
        let nonce = self.process.as_mut().map_or(0, |process| {
            process.nonce += 1;
            process.nonce
        });
        let proposal =
            Arc::new(block(&self.fixed, height, round, self.tip_hash(), self.now_ms, nonce));
        self.store(&proposal);
        proposal
    }

    fn start_height(&mut self, height: Height) {
        let replayed = if self.disk.files.log_height == height {
            self.disk.files.log.clone()
        } else {
            Vec::new()
        };
        if replayed.is_empty() {
            self.disk.files.log.clear();
            self.disk.files.log_height = height;
        }
        let Some(process) = &mut self.process else { return };
        process.timeouts.clear();
        if process.follows {
            // An engine without a vote keeps no log.
            self.disk.files.log.clear();
            self.disk.sync_log();
        }
        let members = self.fixed.members.clone();
        let input =
            Input::StartHeight(height.into(), members, false, None, VoteExtensionPolicy::Disabled);
        let follows = self.follows();
        self.engine(input);
        if !replayed.is_empty() && !follows {
            self.replay(&replayed);
        }
    }

    fn replay(&mut self, entries: &[Input<Chain>]) {
        if let Some(process) = &mut self.process {
            process.replaying = true;
            process.engine.index_wal_entries(entries.iter());
        }
        for entry in entries {
            self.engine(entry.clone());
        }
        if let Some(process) = &mut self.process {
            process.engine.reset_entries_index();
            process.replaying = false;
        }
    }

    /// One input of the engine's core, and every effect that it asks for.
    fn engine(&mut self, input: Input<Chain>) {
        let Some(mut process) = self.process.take() else { return };
        let (mut host_inputs, mut died) = (Vec::new(), None);
        // The engine is borrowed by the coroutine, so its handler works on what is left of the process.
        let (engine, metrics): (&mut State<Chain>, &Metrics) =
            (&mut process.engine, &process.metrics);
        let mut hands = Hands {
            fixed: &self.fixed,
            disk: &mut self.disk,
            seen: &mut self.seen,
            guard: process.guard.as_ref(),
            timeouts: &mut process.timeouts,
            decided: &mut process.decided,
            replaying: process.replaying,
            follows: process.follows,
            outs: &mut process.outs,
            host_inputs: &mut host_inputs,
            died: &mut died,
        };
        let result: Result<(), malachite::app::consensus::Error<Chain>> = process!(
            input: input,
            state: engine,
            metrics: metrics,
            with: effect => hands.handle(effect)
        );
        if let (Err(error), true) = (&result, process.replaying) {
            died = Some(format!("log cannot be replayed: {error}"));
        }
        if let Some(reason) = died {
            process.outs.push(Out::Died(reason));
        }
        self.process = Some(process);
        for input in host_inputs {
            self.host(input);
        }
    }
}

impl Fixed {
    pub(crate) fn verify(
        &self,
        signer: &Address,
        message: &[u8],
        signature: yinglian_consensus::context::VoteSignature,
    ) -> bool {
        self.keys.get(signer).is_some_and(|key| key.verify(message, &signature.into()).is_ok())
    }
}

pub(crate) fn too_few() -> CertificateError<Chain> {
    CertificateError::NotEnoughVotingPower { signed: 0, total: 0, expected: 0 }
}

/// A network id that names a node: an identity multihash of its index.
fn peer_id(node: usize) -> PeerId {
    PeerId::from_bytes(&[0, 1, u8::try_from(node).unwrap_or(0)]).expect("an identity multihash")
}

fn proposed(seen: &Seen) -> ProposedValue<Chain> {
    ProposedValue {
        height: seen.height.into(),
        round: Round::new(seen.round),
        valid_round: seen.lock_round.map_or(Round::Nil, Round::new),
        proposer: ValidatorId(seen.proposer),
        value: BlockId(seen.value_id),
        validity: Validity::from_bool(seen.valid),
    }
}

/// The first part that goes with a proposal.
pub fn assembled(
    proposal: &Arc<Proposal>,
    round: u32,
    lock_round: Option<u32>,
    proposer: Address,
) -> Assembled {
    let bytes = proposal.encode();
    let header = PartsHeader {
        height: proposal.header.height,
        round,
        lock_round,
        value_id: proposal.value_id(),
        size_bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        parts: 1,
    };
    Assembled { header, proposer, bytes }
}

/// A block on a tip; the nonce makes it differ from others.
pub fn block(
    fixed: &Fixed,
    height: Height,
    round: u32,
    previous: Hash,
    time_ms: u64,
    nonce: u64,
) -> Proposal {
    let payload = nonce.to_le_bytes().to_vec();
    let suite = fixed.chain.suite;
    let set_hash = fixed.members.set().hash(suite);
    let header = Header {
        version: 1,
        suite,
        flags: HeaderFlags(0),
        height,
        round,
        time_ms,
        previous,
        payload_hash: yinglian_protocol::Payload::hash(suite, &payload),
        log_size: 0,
        log_root: Hash::ZERO,
        registry_root: Hash::ZERO,
        validators_hash: set_hash,
        next_validators_hash: set_hash,
        protocol_version: 1,
        proposer: fixed.key.public_key().address(),
    };
    Proposal { header, payload: payload.into() }
}
