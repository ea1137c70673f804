//! The world around the nodes: virtual time, the network, faults, and the judge.
//!
//! A run has two parts. First, for a while, links fail, nodes crash and restart, one node may lie. Then everything heals,
//! and within a bounded time every honest node must go three heights further. Safety is judged after every step.

use crate::bug::Bug;
use crate::disk::{Block, Disk};
use crate::message::Message;
use crate::node::{self, Fixed, Local, Node, Out};
use crate::random::Random;
use malachite::app::consensus::SignedConsensusMsg;
use malachite::app::types::core::{NilOrVal, SignedProposal, SignedVote, Timeout, TimeoutKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_consensus::context::{BlockId, Chain, Members};
use yinglian_consensus::guard::{Step, StepKind};
use yinglian_consensus::policy::{GuardStart, PeerReport};
use yinglian_crypto::{Hasher, SigningKey, VerifyingKey};
use yinglian_protocol::{
    CreditCode, GenesisHash, Hash, Height, Quorum, Suite, Validator, ValidatorSet,
};

/// How long faults last, milliseconds of virtual time.
const FAULTS_MS: u64 = 12_000;
/// After the healing, all honest nodes go three heights further within this time.
const RECOVERY_MS: u64 = 60_000;
/// Heights to go after the healing.
const RECOVERY_HEIGHTS: u64 = 3;
/// Time between two questions of a starting node to its peers.
const ASK_MS: u64 = 250;
/// Connections that broke are opened again in this time; both ends then say how far they are.
const STATUS_MS: u64 = 1_000;
const ORGANIZATION: &str = "11410400XX0000019H";

/// How often the interesting things happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Blocks committed by honest nodes.
    pub commits: u64,
    /// Crashes.
    pub crashes: u64,
    /// Restarts from an older copy of the disk.
    pub old_disks: u64,
    /// Partitions of the network.
    pub partitions: u64,
    /// Starts at which the guard made a node follow.
    pub follows: u64,
    /// Blocks decided in a later round than the first.
    pub later_rounds: u64,
    /// Blocks built in an earlier round than the one that decided them.
    pub proposed_again: u64,
    /// Lies told: conflicting votes and proposals.
    pub lies: u64,
    /// Messages lost.
    pub lost: u64,
    /// Messages delivered twice.
    pub doubled: u64,
    /// Blocks fetched from peers.
    pub fetched: u64,
}

impl Counts {
    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.crashes += other.crashes;
        self.old_disks += other.old_disks;
        self.partitions += other.partitions;
        self.follows += other.follows;
        self.later_rounds += other.later_rounds;
        self.proposed_again += other.proposed_again;
        self.lies += other.lies;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.fetched += other.fetched;
    }

    /// Names of what never happened.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = [
            ("commits", self.commits),
            ("crashes", self.crashes),
            ("old_disks", self.old_disks),
            ("partitions", self.partitions),
            ("follows", self.follows),
            ("later_rounds", self.later_rounds),
            ("proposed_again", self.proposed_again),
            ("lies", self.lies),
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("fetched", self.fetched),
        ];
        all.iter().filter(|(_, count)| *count == 0).map(|(name, _)| *name).collect()
    }
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What was violated; none when everything held.
    pub violation: Option<String>,
    /// Hash of every event: equal for equal seeds.
    pub digest: Hash,
    /// What was exercised.
    pub counts: Counts,
    /// Events handled.
    pub events: u64,
}

/// Who signed for which step.
type Signed = (usize, Height, u32, StepKind);

enum Event {
    Deliver { from: usize, to: usize, message: Message },
    Timeout { node: usize, epoch: u64, timeout: Timeout },
    Local { node: usize, epoch: u64, local: Local },
    Tick { node: usize, epoch: u64, pending: bool },
    Ask { node: usize, epoch: u64 },
    Fault,
    Statuses,
    Submit,
    Heal,
    Deadline,
}

/// Runs one seed.
pub fn run(seed: u64, bug: Option<Bug>) -> Report {
    World::new(seed, bug).run()
}

struct World {
    seed: u64,
    random: Random,
    now_ms: u64,
    order: u64,
    events: BTreeMap<(u64, u64), Event>,
    nodes: Vec<Node>,
    epochs: Vec<u64>,
    old_disks: Vec<Option<Disk>>,
    cut: Vec<Vec<bool>>,
    byzantine: Option<usize>,
    forgetful: Option<usize>,
    healed: bool,
    target: Height,
    decided: BTreeMap<Height, Hash>,
    signed: BTreeMap<Signed, (Option<Hash>, Hash)>,
    digest: Hasher,
    counts: Counts,
    handled: u64,
    violation: Option<String>,
    done: bool,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut random = Random::new(seed);
        let count = if random.percent(80) { 4 } else { 5 + random.below(3) as usize };
        let suite = Suite::International;
        let keys: Vec<SigningKey> = (0..count)
            .map(|i| SigningKey::from_seed(suite, format!("sim {i}").as_bytes()))
            .collect();
        let organization = CreditCode::parse(ORGANIZATION).expect("a valid code");
        let validators = keys.iter().map(|key| Validator {
            organization,
            public_key: key.public_key().clone(),
            weight: 1,
        });
        let members = Members::new(ValidatorSet::new(validators.collect()).expect("a valid set"));
        let prepared = keys.iter().map(|key| {
            let public = key.public_key();
            (public.address(), VerifyingKey::new(public).expect("a valid key"))
        });
        let prepared = Arc::new(prepared.collect::<BTreeMap<_, _>>());
        let chain = Chain { genesis: GenesisHash(suite.hash(&[b"simulated"])), suite };
        let byzantine = random.percent(50).then(|| random.below(count as u64) as usize);
        let folder = memory_folder();
        let nodes = keys.into_iter().enumerate().map(|(index, key)| {
            Node::new(Fixed {
                chain,
                members: members.clone(),
                key,
                keys: Arc::clone(&prepared),
                guard_path: folder.path().join(format!("sign-state-{index}")),
                bug,
                byzantine: byzantine == Some(index),
            })
        });
        let nodes: Vec<Node> = nodes.collect();
        let mut world = Self {
            seed,
            random,
            now_ms: 1,
            order: 0,
            events: BTreeMap::new(),
            epochs: vec![0; count],
            old_disks: (0..count).map(|_| None).collect(),
            cut: vec![vec![false; count]; count],
            nodes,
            byzantine,
            forgetful: None,
            healed: false,
            target: Height(0),
            decided: BTreeMap::new(),
            signed: BTreeMap::new(),
            digest: suite.hasher(),
            counts: Counts::default(),
            handled: 0,
            violation: None,
            done: false,
            _folder: folder,
        };
        for node in 0..count {
            world.at(0, Event::Ask { node, epoch: 0 });
        }
        world.at(500, Event::Fault);
        world.at(STATUS_MS, Event::Statuses);
        world.at(50, Event::Submit);
        world.at(FAULTS_MS, Event::Heal);
        world
    }

    fn at(&mut self, after_ms: u64, event: Event) {
        self.order += 1;
        self.events.insert((self.now_ms + after_ms, self.order), event);
    }

    fn run(mut self) -> Report {
        while let Some(((at_ms, order), event)) = self.events.pop_first() {
            self.now_ms = at_ms;
            self.handled += 1;
            self.digest.update(&at_ms.to_le_bytes());
            self.digest.update(&order.to_le_bytes());
            self.handle(event);
            if self.violation.is_some() || self.done {
                break;
            }
        }
        Report {
            seed: self.seed,
            violation: self.violation,
            digest: self.digest.finalize(),
            counts: self.counts,
            events: self.handled,
        }
    }

    fn violated(&mut self, what: String) {
        self.violation.get_or_insert(format!("at {} ms: {what}", self.now_ms));
    }

    fn current(&self, node: usize, epoch: u64) -> bool {
        self.epochs[node] == epoch
    }

    fn handle(&mut self, event: Event) {
        let now_ms = self.now_ms;
        match event {
            Event::Deliver { from, to, message } if !self.cut[from][to] => {
                if matches!(message, Message::Decided(_)) {
                    self.counts.fetched += 1;
                }
                let outs = self.nodes[to].receive(now_ms, from, message);
                self.outs(to, outs);
            }
            Event::Deliver { .. } => self.counts.lost += 1,
            Event::Timeout { node, epoch, timeout } if self.current(node, epoch) => {
                let outs = self.nodes[node].timeout(now_ms, timeout);
                self.outs(node, outs);
            }
            Event::Local { node, epoch, local } if self.current(node, epoch) => {
                let outs = self.nodes[node].local(now_ms, local);
                self.outs(node, outs);
            }
            Event::Tick { node, epoch, pending } if self.current(node, epoch) => {
                let outs = self.nodes[node].tick(now_ms, pending);
                self.outs(node, outs);
            }
            Event::Ask { node, epoch } if self.current(node, epoch) => self.ask(node),
            Event::Timeout { .. }
            | Event::Local { .. }
            | Event::Tick { .. }
            | Event::Ask { .. } => {}
            Event::Fault => self.fault(),
            Event::Statuses => self.statuses(),
            Event::Submit => self.submit(),
            Event::Heal => self.heal(),
            Event::Deadline => self.deadline(),
        }
        if self.healed && self.recovered() {
            self.done = true;
        }
    }

    /// An envelope comes in somewhere and is pushed to all: heights go on without waiting for the heartbeat.
    fn submit(&mut self) {
        // Half of the runs end in silence: then the heartbeat alone must carry the chain on.
        if self.healed && self.seed % 2 == 1 {
            return;
        }
        for node in 0..self.nodes.len() {
            let (epoch, after) = (self.epochs[node], self.random.below(30));
            self.at(after, Event::Tick { node, epoch, pending: true });
        }
        let pause = 50 + self.random.below(600);
        self.at(pause, Event::Submit);
    }

    fn statuses(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].runs() {
                let tip = self.nodes[node].disk.tip();
                self.broadcast(node, &Message::Status(tip));
            }
        }
        self.at(STATUS_MS, Event::Statuses);
    }

    /// A starting or following validator asks what its peers saw it sign.
    fn ask(&mut self, node: usize) {
        if !self.nodes[node].up {
            self.nodes[node].wake();
        }
        let address = self.nodes[node].address();
        let reports: Vec<PeerReport> = (0..self.nodes.len())
            .filter(|peer| *peer != node && self.nodes[*peer].up)
            .filter(|peer| !self.cut[*peer][node] && !self.cut[node][*peer])
            .map(|peer| PeerReport {
                highest: self.nodes[peer].seen.get(&address).copied(),
                other_process: false,
            })
            .collect();
        let needed = (self.nodes.len() - 1) / 3 + 1;
        let follows = self.nodes[node].follows();
        let epoch = self.epochs[node];
        match self.nodes[node].may_start(&reports, needed) {
            GuardStart::Sign => {
                self.forget(node, &reports);
                self.epochs[node] += 1;
                let outs = self.nodes[node].start(self.now_ms, None);
                self.outs(node, outs);
            }
            GuardStart::Follow { through } if !follows => {
                self.counts.follows += 1;
                self.epochs[node] += 1;
                let outs = self.nodes[node].start(self.now_ms, Some(through));
                self.outs(node, outs);
                let epoch = self.epochs[node];
                self.at(ASK_MS, Event::Ask { node, epoch });
            }
            GuardStart::Wait | GuardStart::Twin | GuardStart::Follow { .. } => {
                self.at(ASK_MS, Event::Ask { node, epoch });
            }
        }
    }

    /// A node that came back from an old disk starts to sign. What it signed after that copy it may sign anew, but only what
    /// none of the peers that it asked had seen.
    fn forget(&mut self, node: usize, reports: &[PeerReport]) {
        if self.forgetful != Some(node) {
            return;
        }
        let last = self.nodes[node].last_signed();
        let position = |key: &Signed| (key.1, key.2, key.3);
        let beyond = |key: &Signed| key.0 == node && last.is_none_or(|last| position(key) > last);
        let seen = reports.iter().filter_map(|report| report.highest).max();
        let known = self.signed.keys().filter(|key| beyond(key) && key.3 != StepKind::Proposal);
        let known =
            known.map(|key| (key.1, key.2)).filter(|at| seen.is_some_and(|seen| *at <= seen)).max();
        let next = self.nodes[node].disk.tip().next();
        if known.is_some_and(|(height, round)| {
            height >= next && last.is_none_or(|last| (height, round) > (last.0, last.1))
        }) {
            self.violated(format!(
                "node {node} starts to sign though a peer saw it sign {known:?}"
            ));
        }
        self.signed.retain(|key, _| !beyond(key));
    }

    fn fault(&mut self) {
        if self.healed {
            return;
        }
        let node = self.random.below(self.nodes.len() as u64) as usize;
        match self.random.below(8) {
            0 | 1 => self.crash(node),
            2 => {
                let count = 1 + self.random.below(self.nodes.len() as u64) as usize;
                (0..count).for_each(|node| self.crash(node));
            }
            3 => self.old_disks[node] = self.nodes[node].runs().then(|| self.copy(node)),
            4 => self.restore(node),
            5 | 6 => self.partition(),
            _ => self.cut.iter_mut().flatten().for_each(|cut| *cut = false),
        }
        let pause = 100 + self.random.below(1_200);
        self.at(pause, Event::Fault);
    }

    /// A copy of the disk as it stands, the sign-state file too.
    fn copy(&self, node: usize) -> Disk {
        let path = &self.nodes[node].fixed.guard_path;
        let _ = std::fs::copy(path, path.with_extension("old"));
        self.nodes[node].disk.clone()
    }

    fn crash(&mut self, node: usize) {
        self.counts.crashes += 1;
        self.nodes[node].crash();
        self.epochs[node] += 1;
        let (epoch, after) = (self.epochs[node], 50 + self.random.below(2_000));
        self.at(after, Event::Ask { node, epoch });
    }

    /// The node comes back from an older copy of its disk.
    fn restore(&mut self, node: usize) {
        // Whoever forgets what it signed is as good as a liar, and there may be one: more would forget a third of the votes.
        if self.byzantine.is_some() || self.forgetful.is_some_and(|forgetful| forgetful != node) {
            return;
        }
        if let Some(mut old) = self.old_disks[node].take() {
            self.counts.old_disks += 1;
            self.forgetful = Some(node);
            self.nodes[node].crash();
            old.crash();
            self.nodes[node].disk = old;
            let path = &self.nodes[node].fixed.guard_path;
            let _ = std::fs::copy(path.with_extension("old"), path);
            self.crash(node);
        }
    }

    fn partition(&mut self) {
        self.counts.partitions += 1;
        let count = self.nodes.len();
        if self.random.percent(40) {
            // One direction of one link.
            let (a, b) = (
                self.random.below(count as u64) as usize,
                self.random.below(count as u64) as usize,
            );
            self.cut[a][b] = true;
            return;
        }
        let sides: Vec<bool> = (0..count).map(|_| self.random.percent(50)).collect();
        for a in 0..count {
            for b in 0..count {
                self.cut[a][b] = sides[a] != sides[b];
            }
        }
    }

    fn heal(&mut self) {
        self.healed = true;
        self.cut.iter_mut().flatten().for_each(|cut| *cut = false);
        let highest = self.nodes.iter().map(|node| node.disk.tip().0).max().unwrap_or(0);
        self.target = Height(highest + RECOVERY_HEIGHTS);
        self.at(RECOVERY_MS, Event::Deadline);
    }

    fn recovered(&self) -> bool {
        self.honest().all(|node| node.disk.tip() >= self.target)
    }

    fn honest(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.fixed.byzantine)
    }

    fn deadline(&mut self) {
        let nodes: Vec<String> = self.nodes.iter().map(Node::describe).collect();
        let (target, nodes) = (self.target, nodes.join("; "));
        self.violated(format!(
            "no progress: {target} wanted {RECOVERY_MS} ms after the healing: {nodes}"
        ));
    }

    fn outs(&mut self, node: usize, outs: Vec<Out>) {
        for out in outs {
            self.out(node, out);
        }
    }

    fn out(&mut self, node: usize, out: Out) {
        let epoch = self.epochs[node];
        match out {
            Out::Broadcast(message) if self.byzantine == Some(node) => self.lie(node, message),
            Out::Broadcast(message) => self.broadcast(node, &message),
            Out::Send(to, Message::Decided(block)) if self.byzantine == Some(node) => {
                let block = if self.random.percent(50) { self.forged(node, block) } else { block };
                self.send(node, to, Message::Decided(block));
            }
            Out::Send(to, message) => self.send(node, to, message),
            Out::Timeout(timeout) => {
                let after = duration_ms(&timeout);
                self.at(after, Event::Timeout { node, epoch, timeout });
            }
            Out::Work(local) => {
                let after = 1 + self.random.below(15);
                self.at(after, Event::Local { node, epoch, local });
            }
            Out::Tick(due_ms) => {
                let after = due_ms.saturating_sub(self.now_ms).min(RECOVERY_MS * 2);
                self.at(after, Event::Tick { node, epoch, pending: false });
            }
            Out::Signed(step) => self.signed(node, step),
            Out::Committed(height, value_id, quorum) => {
                self.committed(node, height, value_id, &quorum)
            }
            Out::Died(reason) => self.died(node, &reason),
        }
    }

    /// The process ended by itself: the guard refused, or its state contradicts a decision. An honest one has no reason to.
    fn died(&mut self, node: usize, reason: &str) {
        if self.nodes[node].fixed.byzantine {
            return self.crash(node);
        }
        self.violated(format!("node {node} ends: {reason}"));
    }

    fn signed(&mut self, node: usize, step: Step) {
        self.digest.update(step.message.as_bytes());
        let key = (node, step.height, step.round, step.kind);
        let told = (step.value, step.message);
        if self.signed.insert(key, told).is_some_and(|before| before != told) {
            let Step { height, round, kind, .. } = step;
            self.violated(format!(
                "node {node} signs twice at height {height} round {round}: {kind:?}"
            ));
        }
    }

    fn committed(&mut self, node: usize, height: Height, value_id: Hash, quorum: &Quorum) {
        if self.nodes[node].fixed.byzantine {
            return;
        }
        self.counts.commits += 1;
        self.digest.update(value_id.as_bytes());
        let fixed = &self.nodes[node].fixed;
        let proven = quorum.verify(&fixed.chain.genesis, height, value_id, fixed.members.set());
        let built = self.nodes[node]
            .disk
            .files
            .blocks
            .last()
            .map_or(0, |block| block.proposal.header.round);
        self.counts.later_rounds += u64::from(quorum.round > 0);
        self.counts.proposed_again += u64::from(built < quorum.round);
        if let Err(error) = proven {
            self.violated(format!("node {node} commits height {height} without a quorum: {error}"));
        }
        let decided = *self.decided.entry(height).or_insert(value_id);
        if decided != value_id {
            self.violated(format!("fork at height {height}: {decided} and {value_id}"));
        }
    }

    fn broadcast(&mut self, from: usize, message: &Message) {
        for to in 0..self.nodes.len() {
            if to != from {
                self.send(from, to, message.clone());
            }
        }
    }

    fn send(&mut self, from: usize, to: usize, message: Message) {
        let lossy = !self.healed;
        if lossy && self.random.percent(4) {
            self.counts.lost += 1;
            return;
        }
        let delay = 1 + if lossy && self.random.percent(5) {
            self.random.below(900)
        } else {
            self.random.below(25)
        };
        if lossy && self.random.percent(3) {
            self.counts.doubled += 1;
            let again = delay + self.random.below(400);
            self.at(again, Event::Deliver { from, to, message: message.clone() });
        }
        self.at(delay, Event::Deliver { from, to, message });
    }

    /// The liar sends as an honest node would, or two contradicting messages to two halves, or nothing.
    fn lie(&mut self, node: usize, message: Message) {
        if self.random.percent(10) {
            return;
        }
        let Some(other) =
            (if self.random.percent(40) { self.contradiction(node, &message) } else { None })
        else {
            return self.broadcast(node, &message);
        };
        self.counts.lies += 1;
        for to in (0..self.nodes.len()).filter(|to| *to != node) {
            let (first, second) = (self.random.percent(50), self.random.percent(20));
            if first || second {
                self.send(node, to, message.clone());
            }
            if !first || second {
                other.iter().for_each(|message| self.send(node, to, message.clone()));
            }
        }
    }

    fn contradiction(&mut self, node: usize, message: &Message) -> Option<Vec<Message>> {
        let fixed = self.nodes[node].fixed.clone();
        let genesis = fixed.chain.genesis;
        let Message::Consensus(consensus) = message else { return None };
        match consensus.as_ref() {
            SignedConsensusMsg::Vote(vote) => {
                let mut other = vote.message.clone();
                let values: Vec<Hash> = self.known_values(other.height.into());
                let choice = self.random.below(values.len() as u64 + 1) as usize;
                other.value = values
                    .get(choice)
                    .map_or(NilOrVal::Nil, |value| NilOrVal::Val(BlockId(*value)));
                let signature = fixed.key.sign_now(&other.signing_bytes(&genesis)).into();
                let vote = SignedConsensusMsg::Vote(SignedVote::new(other, signature));
                Some(vec![Message::Consensus(Box::new(vote))])
            }
            SignedConsensusMsg::Proposal(proposal) => {
                let (height, round) =
                    (Height::from(proposal.message.height), proposal.message.round);
                let round = round.as_u32()?;
                let last = self.nodes[node].disk.files.blocks.last();
                let previous = last.map_or(genesis.0, |block| block.proposal.value_id());
                // Some lies do not even follow the tip.
                let previous = if self.random.percent(30) { Hash::ZERO } else { previous };
                let nonce = self.random.next();
                let built =
                    Arc::new(node::block(&fixed, height, round, previous, self.now_ms, nonce));
                let mut other = proposal.message.clone();
                other.value = BlockId(built.value_id());
                other.lock_round = malachite::app::types::core::Round::Nil;
                let signature = fixed.key.sign_now(&other.signing_bytes(&genesis)).into();
                let parts = node::assembled(&built, round, None, fixed.key.public_key().address());
                let signed = SignedConsensusMsg::Proposal(SignedProposal::new(other, signature));
                Some(vec![Message::Parts(parts, built), Message::Consensus(Box::new(signed))])
            }
        }
    }

    /// Another block in place of a decided one, under signatures that are all the liar's own.
    fn forged(&mut self, node: usize, mut block: Block) -> Block {
        self.counts.lies += 1;
        let fixed = self.nodes[node].fixed.clone();
        let header = &block.proposal.header;
        let (nonce, round) = (self.random.next(), header.round);
        let other = node::block(&fixed, header.height, round, header.previous, self.now_ms, nonce);
        block.certificate.value_id = BlockId(other.value_id());
        for signature in &mut block.certificate.commit_signatures {
            signature.signature = fixed.key.sign_now(&nonce.to_le_bytes()).into();
        }
        block.proposal = Arc::new(other);
        block
    }

    /// Values of a height that any node has stored.
    fn known_values(&self, height: Height) -> Vec<Hash> {
        let stored = self.nodes.iter().flat_map(|node| node.disk.files.payloads.values());
        let mut values: Vec<Hash> = stored
            .filter(|value| value.header.height == height)
            .map(|value| value.value_id())
            .collect();
        values.sort();
        values.dedup();
        values
    }
}

fn duration_ms(timeout: &Timeout) -> u64 {
    let round = u64::from(timeout.round.as_u32().unwrap_or(0));
    match timeout.kind {
        TimeoutKind::Propose => 1_000 + 500 * round,
        TimeoutKind::Prevote | TimeoutKind::Precommit => 500 + 250 * round,
        TimeoutKind::Rebroadcast => 2_000,
        TimeoutKind::FinalizeHeight(duration) => u64::try_from(duration.as_millis()).unwrap_or(0),
    }
}

/// A folder in memory where the system has one: the sign-state is synced for every signature.
fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder for sign-states")
}
