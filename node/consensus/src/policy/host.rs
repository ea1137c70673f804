//! The host between engine and application, without either: what to check, keep, answer and hold.
//!
//! Comes in: what the engine asks, and what the application answered. Goes out: effects in the order to carry them out.
//! The engine's link is serial, so at most one of its questions of each kind is open at a time.

use super::{Assembled, Heartbeat};
use crate::Proposal;
use crate::ports::{Origin, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yinglian_protocol::{Address, Hash, Height, Quorum};

/// Most complete streams of the next height kept until the current one is committed.
const KEPT_MAX: usize = 4;
/// Most complete streams of one round that are kept or checked. One is what an honest proposer sends, a second one what is left
/// of it before a restart; whoever sends more makes every other validator execute block after block.
const CHECKS_PER_ROUND_MAX: u32 = 4;
/// `GetValue` spends at most this part of its timeout.
const BUILD_SHARE: u64 = 3;

/// A value with the host's verdict, as the engine is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Height it is for.
    pub height: Height,
    /// Round it was proposed in.
    pub round: u32,
    /// Round of lock it was proposed with.
    pub lock_round: Option<u32>,
    /// Proposer of that round.
    pub proposer: Address,
    /// Header hash.
    pub value_id: Hash,
    /// The application's verdict.
    pub valid: bool,
}

/// Whose question a check answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFor {
    /// The open `ReceivedProposalPart`.
    Part,
    /// A stream that was kept until its height came.
    Kept,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The engine is ready; the last committed height.
    Ready {
        /// Last committed height.
        tip: Height,
    },
    /// Values seen before a restart are checked again.
    Recovered(Vec<Seen>),
    /// A round begins.
    StartedRound {
        /// Height.
        height: Height,
        /// Round.
        round: u32,
    },
    /// A value is wanted from this node.
    GetValue {
        /// Height.
        height: Height,
        /// Round.
        round: u32,
        /// Time of the engine's propose step, milliseconds.
        timeout_ms: u64,
    },
    /// The application built a value, or could not.
    Built {
        /// Height.
        height: Height,
        /// Round.
        round: u32,
        /// The block.
        proposal: Option<Arc<Proposal>>,
    },
    /// A part was refused or did not complete its stream.
    PartPending,
    /// A part completed its stream and decoded to this proposal.
    PartComplete {
        /// The stream.
        assembled: Assembled,
        /// Its content.
        proposal: Arc<Proposal>,
        /// Proposer of the header's own round, by the set of the height.
        builder: Option<Address>,
    },
    /// A part of the next height was accepted: a peer has begun it.
    NextHeightBegun,
    /// The application's verdict; none when it could not give one.
    Checked {
        /// Whose question it was.
        purpose: CheckFor,
        /// The value, as far as it is known.
        seen: Seen,
        /// The verdict.
        verdict: Option<Verdict>,
    },
    /// A value fetched by sync was found valid.
    Synced(Seen),
    /// The engine decided.
    Decided {
        /// Height.
        height: Height,
        /// Value.
        value_id: Hash,
        /// Its quorum.
        quorum: Quorum,
    },
    /// The decision is durable.
    Committed {
        /// Height.
        height: Height,
        /// Whether the block holds no record.
        empty: bool,
    },
    /// The engine asks for the next height.
    Finalized {
        /// Height.
        height: Height,
    },
    /// An envelope waits in the mempool.
    Pending,
    /// Time has passed.
    Tick,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Load the undecided values of this height and check them, then [`Input::Recovered`].
    Recover(Height),
    /// Answer `ConsensusReady`: start at this height.
    ReplyReady(Height),
    /// Answer `StartedRound`.
    ReplyRound(Vec<Seen>),
    /// Build within the budget, then [`Input::Built`].
    Build {
        /// Height.
        height: Height,
        /// Round.
        round: u32,
        /// Milliseconds to spend.
        budget_ms: u64,
    },
    /// Answer `GetValue`.
    ReplyBuilt(Option<Seen>),
    /// Sign and publish the parts of a value, as proposer of this height and round.
    Publish {
        /// The block.
        proposal: Arc<Proposal>,
        /// Round it is proposed in.
        round: u32,
        /// Round of lock.
        lock_round: Option<u32>,
    },
    /// Check, then [`Input::Checked`].
    Check {
        /// Whose question.
        purpose: CheckFor,
        /// The value as the engine will be told.
        seen: Seen,
        /// The block.
        proposal: Arc<Proposal>,
        /// How it came.
        origin: Origin,
    },
    /// Answer `ReceivedProposalPart`.
    ReplyPart(Option<Seen>),
    /// Commit, then [`Input::Committed`].
    Commit {
        /// Height.
        height: Height,
        /// Value.
        value_id: Hash,
        /// Quorum.
        quorum: Quorum,
    },
    /// Answer `Decided`; follow the registry's peers.
    AckDecided(Height),
    /// Answer `Finalized`: start this height.
    StartNext(Height),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Deciding,
    // The engine has decided the current height.
    Ending { committed: bool, finalized: bool },
}

struct Kept {
    seen: Seen,
    proposal: Arc<Proposal>,
}

/// The host's state.
pub struct Host {
    height: Height,
    round: u32,
    committed: Height,
    phase: Phase,
    // Values of the current and the next height that were checked, by value id.
    seen: BTreeMap<Hash, Seen>,
    // Values the engine was told of, with the round it was told for.
    told: BTreeSet<Hash>,
    built: BTreeMap<(Height, u32), Hash>,
    kept: Vec<Kept>,
    kept_checks: usize,
    // Streams completed and not known to be valid, by height and round.
    checks: BTreeMap<(Height, u32), u32>,
    heartbeat: Heartbeat,
    // Reasons not to wait for the heartbeat.
    wanted: bool,
    synced: bool,
    // Observers never hold: nobody waits for them, and they follow by sync.
    follows: bool,
}

impl Host {
    /// A host that holds for the heartbeat, or (`follows`) does not.
    pub fn new(heartbeat: Heartbeat, follows: bool) -> Self {
        Self {
            height: Height(0),
            round: 0,
            committed: Height(0),
            phase: Phase::Deciding,
            seen: BTreeMap::new(),
            told: BTreeSet::new(),
            built: BTreeMap::new(),
            kept: Vec::new(),
            kept_checks: 0,
            checks: BTreeMap::new(),
            heartbeat,
            wanted: false,
            synced: false,
            follows,
        }
    }

    /// Notes the longest heartbeat that the chain allows after the tip, milliseconds.
    pub fn bound_heartbeat(&mut self, max_ms: Option<u64>) {
        self.heartbeat.bound(max_ms);
    }

    /// Height and round that the engine is in.
    pub fn position(&self) -> (Height, u32) {
        (self.height, self.round)
    }

    /// When [`Input::Tick`] matters next, milliseconds; none when nothing is held.
    pub fn due_ms(&self) -> Option<u64> {
        self.holding().then(|| self.heartbeat.look_ms(self.wants()))
    }

    /// True while the answer to `Finalized` is held back for the heartbeat alone.
    pub fn holding(&self) -> bool {
        self.ended() && self.kept_checks == 0
    }

    /// True while an envelope would end the hold: nothing speaks for the next height yet.
    pub fn awaits_envelope(&self) -> bool {
        self.holding() && !self.wants()
    }

    // What speaks for the next height: an envelope, or a peer that has begun it.
    fn wants(&self) -> bool {
        let next = self.height.next();
        self.wanted || !self.kept.is_empty() || self.seen.values().any(|seen| seen.height == next)
    }

    /// Takes an input at a time in milliseconds of a monotonic clock.
    pub fn step(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        match input {
            Input::Ready { tip } => self.ready(tip),
            Input::Recovered(values) => self.recovered(values),
            Input::StartedRound { height, round } => self.started_round(height, round),
            Input::GetValue { height, round, timeout_ms } => {
                let budget_ms = timeout_ms / BUILD_SHARE;
                vec![Effect::Build { height, round, budget_ms }]
            }
            Input::Built { height, round, proposal } => self.built(height, round, proposal),
            Input::PartPending => vec![Effect::ReplyPart(None)],
            Input::PartComplete { assembled, proposal, builder } => {
                self.complete(assembled, proposal, builder)
            }
            Input::NextHeightBegun | Input::Pending => {
                self.wanted = true;
                self.end(now_ms)
            }
            Input::Checked { purpose, seen, verdict } => {
                self.checked(purpose, seen, verdict, now_ms)
            }
            Input::Synced(seen) => {
                self.synced = true;
                self.told.insert(seen.value_id);
                self.seen.insert(seen.value_id, seen);
                Vec::new()
            }
            Input::Decided { height, value_id, quorum } => {
                self.phase = Phase::Ending { committed: false, finalized: false };
                self.heartbeat.decided(now_ms);
                vec![Effect::Commit { height, value_id, quorum }]
            }
            Input::Committed { height, empty } => self.committed(height, empty, now_ms),
            Input::Finalized { height } => self.finalized(height, now_ms),
            Input::Tick => self.end(now_ms),
        }
    }

    fn ready(&mut self, tip: Height) -> Vec<Effect> {
        self.committed = tip;
        self.height = tip.next();
        vec![Effect::Recover(self.height)]
    }

    fn recovered(&mut self, values: Vec<Seen>) -> Vec<Effect> {
        for seen in values {
            self.seen.insert(seen.value_id, seen);
        }
        vec![Effect::ReplyReady(self.height)]
    }

    // The engine is told of each value once: it writes every telling to its log.
    fn started_round(&mut self, height: Height, round: u32) -> Vec<Effect> {
        if height != self.height {
            self.seen.retain(|_, seen| seen.height >= height);
            self.built.retain(|(built, _), _| *built >= height);
            self.checks.retain(|(checked, _), _| *checked >= height);
            let seen = &self.seen;
            self.told.retain(|id| seen.contains_key(id));
            self.wanted = false;
            self.synced = false;
        }
        (self.height, self.round, self.phase) = (height, round, Phase::Deciding);
        let told = &mut self.told;
        let values = self
            .seen
            .values()
            .filter(|seen| seen.height == height && told.insert(seen.value_id))
            .cloned()
            .collect();
        vec![Effect::ReplyRound(values)]
    }

    fn built(
        &mut self,
        height: Height,
        round: u32,
        proposal: Option<Arc<Proposal>>,
    ) -> Vec<Effect> {
        let Some(proposal) = proposal else {
            return vec![Effect::ReplyBuilt(None)];
        };
        let value_id = proposal.value_id();
        // One value for a height and round, whatever the application says the second time.
        if *self.built.entry((height, round)).or_insert(value_id) != value_id {
            return vec![Effect::ReplyBuilt(None)];
        }
        let proposer = proposal.header.proposer;
        let seen = Seen { height, round, lock_round: None, proposer, value_id, valid: true };
        self.seen.insert(value_id, seen.clone());
        self.told.insert(value_id);
        vec![Effect::ReplyBuilt(Some(seen)), Effect::Publish { proposal, round, lock_round: None }]
    }

    fn complete(
        &mut self,
        assembled: Assembled,
        proposal: Arc<Proposal>,
        builder: Option<Address>,
    ) -> Vec<Effect> {
        let parts = &assembled.header;
        let seen = Seen {
            height: parts.height,
            round: parts.round,
            lock_round: parts.lock_round,
            proposer: assembled.proposer,
            value_id: parts.value_id,
            valid: false,
        };
        if !consistent(&seen, &proposal, builder) {
            return vec![Effect::ReplyPart(None)];
        }
        // Found invalid when it was proposed afresh, it is checked again: only the clock may have spoken against it.
        if self.seen.get(&seen.value_id).is_some_and(|known| known.valid) {
            return self.tell(Seen { valid: true, ..seen });
        }
        let checks = self.checks.entry((seen.height, seen.round)).or_default();
        if *checks >= CHECKS_PER_ROUND_MAX {
            return vec![Effect::ReplyPart(None)];
        }
        *checks += 1;
        if seen.height == self.committed.next() {
            let origin = self.origin(&seen);
            return vec![Effect::Check { purpose: CheckFor::Part, seen, proposal, origin }];
        }
        // One of a round, so that a proposer of later rounds leaves room for the others.
        let of_round = self.kept.iter().any(|kept| kept.seen.round == seen.round);
        if seen.height > self.committed.next() && !of_round && self.kept.len() < KEPT_MAX {
            self.kept.push(Kept { seen, proposal });
        }
        vec![Effect::ReplyPart(None)]
    }

    fn origin(&self, seen: &Seen) -> Origin {
        let first_seen_without_lock =
            seen.lock_round.is_none() && !self.seen.contains_key(&seen.value_id);
        Origin::Live { first_seen_without_lock }
    }

    fn tell(&mut self, seen: Seen) -> Vec<Effect> {
        self.told.insert(seen.value_id);
        self.seen.insert(seen.value_id, seen.clone());
        vec![Effect::ReplyPart(Some(seen))]
    }

    fn checked(
        &mut self,
        purpose: CheckFor,
        seen: Seen,
        verdict: Option<Verdict>,
        now_ms: u64,
    ) -> Vec<Effect> {
        let seen = verdict.map(|verdict| Seen { valid: verdict == Verdict::Valid, ..seen });
        match purpose {
            CheckFor::Part => seen.map_or(vec![Effect::ReplyPart(None)], |seen| self.tell(seen)),
            CheckFor::Kept => {
                self.kept_checks = self.kept_checks.saturating_sub(1);
                if let Some(seen) = seen {
                    self.seen.entry(seen.value_id).or_insert(seen);
                }
                self.end(now_ms)
            }
        }
    }

    fn committed(&mut self, height: Height, empty: bool, now_ms: u64) -> Vec<Effect> {
        self.committed = height;
        // A node that catches up hurries because others are ahead.
        self.heartbeat.committed(empty && !self.synced);
        if let Phase::Ending { committed, .. } = &mut self.phase {
            *committed = true;
        }
        let mut effects = vec![Effect::AckDecided(height)];
        let next = height.next();
        let kept = core::mem::take(&mut self.kept);
        for Kept { seen, proposal } in kept.into_iter().filter(|kept| kept.seen.height == next) {
            let origin = self.origin(&seen);
            self.kept_checks += 1;
            effects.push(Effect::Check { purpose: CheckFor::Kept, seen, proposal, origin });
        }
        effects.extend(self.end(now_ms));
        effects
    }

    fn finalized(&mut self, height: Height, now_ms: u64) -> Vec<Effect> {
        if height == self.height
            && let Phase::Ending { finalized, .. } = &mut self.phase
        {
            *finalized = true;
        }
        self.end(now_ms)
    }

    fn ended(&self) -> bool {
        self.phase == Phase::Ending { committed: true, finalized: true }
    }

    // Starts the next height once everything of this one is done and nothing speaks for waiting.
    fn end(&mut self, now_ms: u64) -> Vec<Effect> {
        let behind = self.synced || self.follows;
        if !self.holding() || (!behind && self.heartbeat.holds(self.wants(), now_ms)) {
            return Vec::new();
        }
        self.phase = Phase::Deciding;
        self.wanted = false;
        self.heartbeat.begun(now_ms);
        vec![Effect::StartNext(self.height.next())]
    }
}

// What must hold between a first part and the block, whatever the state: a block proposed without lock is of this very
// round; one proposed again was built no later than the round of its lock; its builder was that round's proposer.
fn consistent(seen: &Seen, proposal: &Proposal, builder: Option<Address>) -> bool {
    let header = &proposal.header;
    let round_fits = match seen.lock_round {
        None => header.round == seen.round && header.proposer == seen.proposer,
        Some(lock) => header.round <= lock,
    };
    header.height == seen.height
        && proposal.value_id() == seen.value_id
        && round_fits
        && builder == Some(header.proposer)
}
