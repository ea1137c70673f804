//! The loop between the engine's channels and the application.
//!
//! Comes in: the engine's questions, the application's answers, time. Goes out: answers, parts, commits. Decides nothing
//! itself: [`crate::policy::Host`] does. The loop never waits for work; what takes time runs in tasks that report back,
//! and the engine's question stays open meanwhile.

mod convert;
mod parts;
mod serve;
mod tasks;

pub(crate) use parts::persistent;

use crate::config::Config;
use crate::context::{BlockHeight, Chain, Members};
use crate::error::Stopped;
use crate::metrics::Metrics;
use crate::policy::{self, Effect, Heartbeat, Input, SyncAnswer};
use crate::ports::{Application, Origin};
use crate::signing::{GuardedSigner, VoteVerifier};
use crate::watch::Watch;
use libp2p::{Multiaddr, PeerId};
use malachite::app::engine::host::{HeightParams, Next, SyncedValueOutcome};
use malachite::app::engine::util::events::Event;
use malachite::app::types::core::Round;
use malachite::app::types::{LocallyProposedValue, ProposedValue};
use malachite::{AppMsg, Channels, Reply};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tasks::Done;
use tokio::sync::{broadcast, mpsc, oneshot};
use yinglian_protocol::{Address, Height};

/// Time between two looks at the registry's peers and at the age of streams.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// What the loop says about itself after every step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Position {
    pub height: Height,
    pub round: u32,
    pub proposer: Option<Address>,
    pub idle: bool,
    pub decided: Option<Instant>,
}

/// What the loop is made of.
pub(crate) struct HostParts {
    pub chain: Chain,
    pub config: Config,
    pub application: Arc<dyn Application>,
    pub own: Option<Address>,
    pub signer: Option<GuardedSigner>,
    pub verifier: VoteVerifier,
    pub watch: Arc<Watch>,
    pub metrics: Metrics,
    pub channels: Channels<Chain>,
    pub position: tokio::sync::watch::Sender<Position>,
    /// The height after the tip is told here after every commit.
    pub committed: tokio::sync::watch::Sender<Height>,
}

// The engine's open questions.
#[derive(Default)]
struct Replies {
    ready: Option<Reply<(BlockHeight, HeightParams<Chain>)>>,
    round: Option<Reply<Vec<ProposedValue<Chain>>>>,
    value: Option<Reply<LocallyProposedValue<Chain>>>,
    part: Option<Reply<Option<ProposedValue<Chain>>>>,
    decided: Option<Reply<()>>,
    finalized: Option<Reply<Next<Chain>>>,
}

/// The running loop.
pub(crate) struct HostLoop {
    chain: Chain,
    config: Config,
    application: Arc<dyn Application>,
    own: Option<Address>,
    signer: Option<GuardedSigner>,
    verifier: VoteVerifier,
    watch: Arc<Watch>,
    metrics: Metrics,
    channels: Channels<Chain>,
    position: tokio::sync::watch::Sender<Position>,
    committed: tokio::sync::watch::Sender<Height>,
    policy: policy::Host,
    assembly: policy::Assembly<PeerId>,
    replies: Replies,
    members: BTreeMap<Height, Members>,
    bound: BTreeMap<Address, PeerId>,
    persistent: BTreeMap<PeerId, Vec<Multiaddr>>,
    stream_attempt: u32,
    done: mpsc::UnboundedSender<Done>,
    done_events: mpsc::UnboundedReceiver<Done>,
    begun: Instant,
}

impl HostLoop {
    pub(crate) fn new(parts: HostParts, persistent: BTreeMap<PeerId, Vec<Multiaddr>>) -> Self {
        let follows = parts.signer.is_none();
        let (done, done_events) = mpsc::unbounded_channel();
        let heartbeat = Heartbeat::new(parts.config.heartbeat_ms);
        Self {
            policy: policy::Host::new(heartbeat, follows),
            assembly: policy::Assembly::default(),
            replies: Replies::default(),
            members: BTreeMap::new(),
            bound: BTreeMap::new(),
            persistent,
            // Streams of an earlier process are told from ours.
            stream_attempt: std::process::id().rotate_left(16),
            done,
            done_events,
            begun: Instant::now(),
            chain: parts.chain,
            config: parts.config,
            application: parts.application,
            own: parts.own,
            signer: parts.signer,
            verifier: parts.verifier,
            watch: parts.watch,
            metrics: parts.metrics,
            channels: parts.channels,
            position: parts.position,
            committed: parts.committed,
        }
    }

    /// Runs until the engine ends, the application fails for good, or `stop` comes.
    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) -> Stopped {
        let mut events = self.channels.events.subscribe();
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        loop {
            let due = self.policy.due_ms().map(|due| self.begun + Duration::from_millis(due));
            let (holding, awaits) = (due.is_some(), self.policy.awaits_envelope());
            let application = self.application.clone();
            let stopped = tokio::select! {
                message = self.channels.consensus.recv() => match message {
                    Some(message) => self.message(message),
                    None => Some(Stopped::Engine),
                },
                Some(done) = self.done_events.recv() => self.finished(done),
                () = application.wait_pending(), if awaits => self.step(Input::Pending),
                () = sleep_until(due), if holding => self.step(Input::Tick),
                event = events.recv() => self.event(event),
                _ = housekeeping.tick() => self.housekeep(),
                _ = &mut stop => Some(Stopped::Asked),
            };
            if let Some(stopped) = stopped {
                return stopped;
            }
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn step(&mut self, input: Input) -> Option<Stopped> {
        // A parameter changes with a block.
        if matches!(input, Input::Ready { .. } | Input::Committed { .. }) {
            self.policy.bound_heartbeat(self.application.heartbeat_ms_max());
        }
        let effects = self.policy.step(input, self.now_ms());
        let stopped = effects.into_iter().find_map(|effect| self.effect(effect));
        let (height, round) = self.policy.position();
        let idle = self.policy.holding();
        self.position.send_modify(|position| {
            (position.height, position.round, position.idle) = (height, round, idle);
        });
        stopped
    }

    // A message for the next height means that a peer has begun it, though its parts may still be under way.
    fn event(
        &mut self,
        event: Result<Event<Chain>, broadcast::error::RecvError>,
    ) -> Option<Stopped> {
        match event {
            Ok(Event::Received(message))
                if Height::from(message.height()) > self.policy.position().0 =>
            {
                self.step(Input::NextHeightBegun)
            }
            _ => None,
        }
    }

    fn housekeep(&mut self) -> Option<Stopped> {
        self.assembly.expire(self.now_ms());
        self.follow_registry();
        None
    }

    fn message(&mut self, message: AppMsg<Chain>) -> Option<Stopped> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                self.replies.ready = Some(reply);
                self.step(Input::Ready { tip: self.application.tip().height })
            }
            AppMsg::StartedRound { height, round, proposer, reply_value, .. } => {
                self.replies.round = Some(reply_value);
                self.started_round(height.into(), round, proposer.0)
            }
            AppMsg::GetValue { height, round, timeout, reply } => {
                self.replies.value = Some(reply);
                let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                let round = round.as_u32().unwrap_or(0);
                self.step(Input::GetValue { height: height.into(), round, timeout_ms })
            }
            AppMsg::ReceivedProposalPart { published_by, part, reply, .. } => {
                self.replies.part = Some(reply);
                self.part(published_by, part)
            }
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                // Only the proposer of the round may send its parts; what others locked reaches their peers when it is
                // their turn to propose.
                if self.own == Some(address.0) {
                    self.restream(height.into(), round, valid_round, value_id.0);
                }
                None
            }
            AppMsg::Decided { certificate, reply, .. } => {
                self.replies.decided = Some(reply);
                self.decided(certificate)
            }
            AppMsg::Finalized { certificate, evidence, reply, .. } => {
                self.replies.finalized = Some(reply);
                self.report_evidence(evidence);
                let stopped = self.step(Input::Finalized { height: certificate.height.into() });
                // The mempool may have filled before there was anything to hold.
                if self.policy.awaits_envelope() && self.application.pending() {
                    return stopped.or_else(|| self.step(Input::Pending));
                }
                stopped
            }
            AppMsg::GetDecidedValues { range, reply } => {
                self.serve(range, reply);
                None
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let _ = reply.send(self.application.lowest_height().into());
                None
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                self.fetched((height.into(), round, proposer.0), value_bytes, reply);
                None
            }
            // Vote extensions are disabled at every height.
            AppMsg::ExtendVote { reply, .. } => {
                let _ = reply.send(None);
                None
            }
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                use malachite::app::consensus::VoteExtensionError::InvalidVoteExtension;
                let refuse = |(address, ())| (address, Err(InvalidVoteExtension));
                let _ = reply.send(extensions.into_iter().map(refuse).collect());
                None
            }
        }
    }

    fn started_round(
        &mut self,
        height: Height,
        round: Round,
        proposer: Address,
    ) -> Option<Stopped> {
        let round = round.as_u32().unwrap_or(0);
        self.assembly.advance(height);
        self.metrics.height.set(i64::try_from(height.0).unwrap_or(i64::MAX));
        self.metrics.round.set(i64::from(round));
        self.position.send_modify(|position| position.proposer = Some(proposer));
        self.members.retain(|known, _| *known >= height.previous());
        self.step(Input::StartedRound { height, round })
    }

    fn finished(&mut self, done: Done) -> Option<Stopped> {
        match done {
            Done::Input(input) => {
                if let Input::Committed { height, .. } = &*input {
                    self.has_committed(*height);
                }
                self.step(*input)
            }
            Done::Fetched(answer, reply) => self.answer_fetched(answer, reply),
            Done::Fatal(reason) => Some(Stopped::Application(reason)),
        }
    }

    fn has_committed(&mut self, height: Height) {
        self.follow_registry();
        self.position.send_modify(|position| position.decided = Some(Instant::now()));
        self.committed.send_replace(height);
    }

    fn answer_fetched(
        &mut self,
        answer: SyncAnswer,
        reply: Reply<SyncedValueOutcome<Chain>>,
    ) -> Option<Stopped> {
        let outcome = match answer {
            SyncAnswer::Valid(seen) => {
                let value = convert::proposed_value(&seen);
                let stopped = self.step(Input::Synced(seen));
                let _ = reply.send(SyncedValueOutcome::Verdict(value));
                return stopped;
            }
            SyncAnswer::PeerFault => SyncedValueOutcome::PeerFault,
            SyncAnswer::Transient => SyncedValueOutcome::LocalTransientError,
            SyncAnswer::Diverged(reason) => return Some(Stopped::Application(reason)),
        };
        let _ = reply.send(outcome);
        None
    }

    fn effect(&mut self, effect: Effect) -> Option<Stopped> {
        match effect {
            Effect::Recover(height) => self.recover(height),
            Effect::ReplyReady(height) => {
                let params = match self.params(height) {
                    Ok(params) => params,
                    Err(stopped) => return Some(stopped),
                };
                send(self.replies.ready.take(), (height.into(), params));
            }
            Effect::ReplyRound(values) => {
                let values = values.iter().map(convert::proposed_value).collect();
                send(self.replies.round.take(), values);
            }
            Effect::Build { height, round, budget_ms } => self.build(height, round, budget_ms),
            Effect::ReplyBuilt(value) => match value {
                Some(seen) => send(self.replies.value.take(), convert::local_value(&seen)),
                // Unanswered: the propose step times out and the round goes to another.
                None => self.replies.value = None,
            },
            Effect::Publish { proposal, round, lock_round } => {
                self.publish(proposal, round, lock_round)
            }
            Effect::Check { purpose, seen, proposal, origin } => {
                self.check(purpose, seen, proposal, origin);
            }
            Effect::ReplyPart(value) => {
                let value = value.as_ref().map(convert::proposed_value);
                send(self.replies.part.take(), value);
            }
            Effect::Commit { height, value_id, quorum } => self.commit(height, value_id, quorum),
            Effect::AckDecided(_) => send(self.replies.decided.take(), ()),
            Effect::StartNext(height) => match self.params(height) {
                Ok(params) => {
                    send(self.replies.finalized.take(), Next::Start(height.into(), params));
                }
                Err(stopped) => return Some(stopped),
            },
        }
        None
    }

    fn params(&mut self, height: Height) -> Result<HeightParams<Chain>, Stopped> {
        let members = self
            .members_at(height)
            .ok_or_else(|| Stopped::Application(format!("no validator set for height {height}")))?;
        Ok(HeightParams::new(members, self.config.linear_timeouts(), None))
    }

    /// The set of a height. Only sets that are in force are remembered.
    fn members_at(&mut self, height: Height) -> Option<Members> {
        if let Some(members) = self.members.get(&height) {
            return Some(members.clone());
        }
        let members = Members::new(self.application.validators(height)?);
        self.members.insert(height, members.clone());
        Some(members)
    }
}

fn send<T>(reply: Option<Reply<T>>, value: T) {
    if let Some(reply) = reply {
        // The engine has gone on or ended; either way nobody waits.
        let _ = reply.send(value);
    }
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}

/// How a recovered value is checked.
pub(crate) const RECOVERED: Origin = Origin::Replay;
