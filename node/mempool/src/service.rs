//! The face of the waiting room. One lock over plain state; disk reads and signature checks happen outside it.
//!
//! The way of a submission: decode and hash; same envelope waiting or being checked: same answer; recorded: its place; rules of
//! admission at the tip; room; signature, on the threads; in. What is cheap to refuse is refused first.

use crate::lane::size;
use crate::metrics::CodeLabel;
use crate::peers::Peers;
use crate::push::PushQueue;
use crate::threads::{Alarm, Job, Sink, Threads};
use crate::{Admitted, Committed, Config, End, Inserted, Metrics, Pool, Refusal, Tip, Verifier};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, oneshot, watch};
use tracing::debug;
use yinglian_crypto::KeyCacheConfig;
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeHash, EnvelopeId, GenesisHash, Prepared, Suite,
};

/// Envelopes of a batch that are decoded, hashed and admitted at a stretch: a few milliseconds.
const SLICE_RECORDS: usize = 256;

/// The answer to a submission that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It waits for a block: promises nothing yet.
    Accepted {
        /// Its id.
        id: EnvelopeId,
        /// True when it waited already.
        repeated: bool,
    },
    /// It was recorded before: here.
    Committed {
        /// Its id.
        id: EnvelopeId,
        /// Where it is recorded.
        committed: Committed,
    },
}

/// Who hands in envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A client of this node: pushed to other nodes.
    Local,
    /// A validator, which pushed to the other validators itself.
    Validator(&'a str),
    /// An observer, which pushed to two validators only: passed on.
    Observer(&'a str),
}

/// What became of a peer's batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Taken, or known.
    pub good: u32,
    /// Refused.
    pub bad: u32,
    /// Left unread, because the peer sent too many bad ones.
    pub unread: u32,
}

/// How full the room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Envelopes that wait.
    pub records: usize,
    /// Their size.
    pub bytes: usize,
    /// Envelopes whose signature is not checked yet.
    pub verifying: usize,
}

type Answer = Result<Submitted, Refusal>;

/// The waiting room of a node.
pub struct Mempool {
    inner: Arc<Inner>,
    threads: Threads,
}

struct Inner {
    suite: Suite,
    config: Config,
    tip: Arc<dyn Tip>,
    verifier: Arc<Verifier>,
    metrics: Metrics,
    state: Mutex<State>,
    /// Something waits for a block.
    filled: Notify,
    /// Something waits to be pushed.
    to_push: Notify,
    /// A thread that checks signatures has panicked.
    broken: watch::Sender<bool>,
}

struct State {
    pool: Pool,
    flights: HashMap<EnvelopeHash, Flight>,
    flights_of: HashMap<CreditCode, usize>,
    push: PushQueue,
    peers: Peers,
    sequence: u64,
    /// Blocks committed since the start: tells whether a verdict of the tip is older than the last of them.
    blocks: u64,
}

/// An envelope whose signature is being checked.
struct Flight {
    organization: CreditCode,
    sequence: u64,
    pass_on: bool,
    answers: Vec<oneshot::Sender<Answer>>,
}

/// An answer now, or once the signature is checked.
enum Pending {
    Now(Answer),
    Later(oneshot::Receiver<Answer>),
}

impl Mempool {
    /// An empty room with its threads running.
    pub fn start(
        suite: Suite,
        genesis: GenesisHash,
        config: Config,
        tip: Arc<dyn Tip>,
        metrics: Metrics,
    ) -> std::io::Result<Self> {
        let keys = KeyCacheConfig {
            table_bytes_max: config.key_tables_bytes_max,
            keys_max: config.keys_max,
        };
        let verifier = Arc::new(Verifier::new(
            genesis,
            config.verify_threads,
            config.verified_max,
            keys,
            metrics.clone(),
        ));
        let state = State {
            pool: Pool::new(config.clone()),
            flights: HashMap::new(),
            flights_of: HashMap::new(),
            push: PushQueue::new(config.push_records_max, config.push_again_ms),
            peers: Peers::new(
                config.peers_max,
                config.peer_faults_max,
                config.peer_faults_per_second,
            ),
            sequence: 0,
            blocks: 0,
        };
        let (threads, records_max) = (config.verify_threads, config.verify_records_max);
        let inner = Arc::new(Inner {
            suite,
            config,
            tip,
            verifier,
            metrics,
            state: Mutex::new(state),
            filled: Notify::new(),
            to_push: Notify::new(),
            broken: watch::Sender::new(false),
        });
        let sink: Sink = {
            let inner = Arc::clone(&inner);
            Arc::new(move |checked| inner.checked(checked))
        };
        let alarm: Alarm = {
            let inner = Arc::clone(&inner);
            Arc::new(move || inner.break_off())
        };
        let threads = Threads::start(
            threads,
            records_max,
            &inner.verifier,
            &sink,
            &alarm,
            inner.metrics.verify_waiting.clone(),
        )?;
        Ok(Self { inner, threads })
    }

    /// Signature checks with the cache that admission fills: what execution uses.
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.inner.verifier
    }

    /// Hands in one envelope.
    pub async fn submit(&self, bytes: &[u8]) -> Answer {
        let mut answers = self.submit_many(&[bytes], Origin::Local).await;
        answers.pop().unwrap_or(Err(Code::INTERNAL.into()))
    }

    /// Hands in several envelopes; answers in their order.
    pub async fn submit_many(&self, envelopes: &[&[u8]], origin: Origin<'_>) -> Vec<Answer> {
        let mut pending = Vec::with_capacity(envelopes.len());
        for slice in envelopes.chunks(SLICE_RECORDS) {
            if !pending.is_empty() {
                // Consensus shares these threads: a large batch must not keep it waiting.
                tokio::task::yield_now().await;
            }
            pending.extend(self.begin(slice, origin));
        }
        let mut answers = Vec::with_capacity(pending.len());
        for answer in pending {
            let answer = match answer {
                Pending::Now(answer) => answer,
                // The sender is dropped only when the node stops.
                Pending::Later(later) => later.await.unwrap_or(Err(Code::NODE_NOT_READY.into())),
            };
            self.inner.count(&answer);
            answers.push(answer);
        }
        answers
    }

    /// Takes a peer's batch; a peer that sends too many bad envelopes goes unread for a while.
    pub async fn receive(&self, origin: Origin<'_>, envelopes: &[&[u8]]) -> Received {
        let peer = match origin {
            Origin::Local => "",
            Origin::Validator(peer) | Origin::Observer(peer) => peer,
        };
        let mut received = Received::default();
        // In slices of the credit left: a batch that turns bad midway is not read to its end.
        let mut rest = envelopes;
        while !rest.is_empty() {
            let credit = self.inner.lock().peers.credit(peer, Instant::now());
            let slice = rest.len().min(usize::try_from(credit).unwrap_or(usize::MAX));
            if slice == 0 {
                received.unread = u32::try_from(rest.len()).unwrap_or(u32::MAX);
                self.inner.metrics.peer_unread.inc_by(u64::from(received.unread));
                debug!(
                    peer,
                    envelopes = received.unread,
                    "too many bad envelopes, rest left unread"
                );
                break;
            }
            let (now, later) = rest.split_at(slice);
            rest = later;
            let answers = self.submit_many(now, origin).await;
            let bad = answers.iter().filter(|answer| answer.as_ref().is_err_and(is_fault)).count();
            let bad = u32::try_from(bad).unwrap_or(u32::MAX);
            received.bad += bad;
            received.good += u32::try_from(answers.len()).unwrap_or(u32::MAX).saturating_sub(bad);
            self.inner.lock().peers.fault(peer, bad, Instant::now());
        }
        received
    }

    /// Offers envelopes for a block, in a fair order. They stay until they end.
    pub fn take(&self, records_max: usize, bytes_max: usize) -> Vec<Arc<Prepared>> {
        self.inner.lock().pool.take(records_max, bytes_max)
    }

    /// An envelope that waits, for a peer that asks.
    pub fn get(&self, id: &EnvelopeId) -> Option<Arc<Prepared>> {
        self.inner.lock().pool.find(id).cloned()
    }

    /// Returns once a thread that checks signatures has panicked, which is a broken invariant of our own: the node must end.
    pub async fn broken(&self) {
        let mut broken = self.inner.broken.subscribe();
        // The sender lives as long as the room.
        let _ = broken.wait_for(|broken| *broken).await;
    }

    /// A block was committed and is durable, and the tip is that block: its envelopes end, and so do those too old for the next
    /// block and those whose senders it barred. Every node sees the same blocks, so each gives the same answer.
    pub fn committed(
        &self,
        time_ms: u64,
        records: impl IntoIterator<Item = (EnvelopeId, Committed)>,
    ) {
        let mut state = self.inner.lock();
        let mut committed = 0;
        let records = records.into_iter().inspect(|_| committed += 1);
        let expired = state.pool.committed(time_ms, records);
        let State { pool, push, .. } = &mut *state;
        let to_push = push.block(time_ms, |id| pool.find(id).cloned());
        self.inner.metrics.committed.inc_by(committed);
        self.inner.metrics.expired.inc_by(expired as u64);
        state.blocks += 1;
        let senders = state.pool.senders();
        drop(state);
        self.inner.bar(senders);
        self.inner.measure(&self.inner.lock());
        if to_push {
            self.inner.to_push.notify_one();
        }
    }

    /// Execution found envelopes that no block may hold now. Those that may enter later stay.
    pub fn dropped(&self, dropped: &[(EnvelopeId, Code)]) {
        for (id, code) in dropped {
            let end = match *code {
                // Judged by the time of a block that is not decided: another one may come with an earlier time, or at a later
                // one the envelope's own time comes. Only a committed block ends it.
                Code::VALID_UNTIL_TOO_FAR | Code::EXPIRED => continue,
                Code::DUPLICATE => match self.inner.tip.committed(id) {
                    Ok(Some(committed)) => End::Committed(committed),
                    // Decided, but not yet to be read here: the commit that follows ends it.
                    _ => continue,
                },
                code => End::Rejected(code),
            };
            match end {
                End::Committed(_) => {}
                End::Expired => {}
                End::Rejected(_) => drop(self.inner.metrics.rejected.inc()),
            }
            self.inner.lock().pool.end(id, end);
        }
        self.inner.measure(&self.inner.lock());
    }

    /// Whether anything waits for a block.
    pub fn pending(&self) -> bool {
        self.inner.lock().pool.records() > 0
    }

    /// Returns once something waits for a block.
    pub async fn wait_pending(&self) {
        loop {
            let filled = self.inner.filled.notified();
            tokio::pin!(filled);
            // Registered before looking, so that no insertion in between is missed.
            filled.as_mut().enable();
            if self.pending() {
                return;
            }
            filled.await;
        }
    }

    /// The end of an envelope that waits here; at once when it has ended and is remembered, none when it never waited here.
    pub async fn wait_end(&self, id: &EnvelopeId) -> Option<End> {
        let mut receiver = {
            let mut state = self.inner.lock();
            match state.pool.subscribe(id) {
                Some(receiver) => receiver,
                None => return state.pool.ended(id),
            }
        };
        let end = receiver.wait_for(Option::is_some).await.ok()?;
        *end
    }

    /// How an envelope's wait ended, while it is remembered.
    pub fn ended(&self, id: &EnvelopeId) -> Option<End> {
        self.inner.lock().pool.ended(id)
    }

    /// Takes envelopes to push to other nodes; waits until there are some.
    pub async fn next_push(&self, records_max: usize, bytes_max: usize) -> Vec<Arc<Prepared>> {
        loop {
            let notified = self.inner.to_push.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            let batch = self.inner.lock().push.take(records_max, bytes_max);
            if !batch.is_empty() {
                return batch;
            }
            notified.await;
        }
    }

    /// How full the room is.
    pub fn load(&self) -> Load {
        let state = self.inner.lock();
        Load {
            records: state.pool.records(),
            bytes: state.pool.bytes(),
            verifying: state.flights.len(),
        }
    }

    /// Everything that needs no signature check.
    fn begin(&self, envelopes: &[&[u8]], origin: Origin<'_>) -> Vec<Pending> {
        let mut jobs = Vec::new();
        let pending: Vec<Pending> = envelopes
            .iter()
            .map(|bytes| match self.inner.begin_one(bytes, origin) {
                Ok(Begun::Done(answer)) => Pending::Now(Ok(answer)),
                Ok(Begun::Flying(later)) => Pending::Later(later),
                Ok(Begun::Check(job, later)) => {
                    jobs.push(job);
                    Pending::Later(later)
                }
                Err(refusal) => Pending::Now(Err(refusal)),
            })
            .collect();
        if !jobs.is_empty() {
            let hashes: Vec<_> = jobs.iter().map(|job| job.envelope.hash()).collect();
            let queued = self.threads.push(jobs);
            let unqueued: HashSet<_> = hashes.into_iter().skip(queued).collect();
            self.inner.refuse_flights(&unqueued);
        }
        pending
    }
}

/// How far a submission came without a signature check.
enum Begun {
    Done(Submitted),
    /// The same envelope is being checked already.
    Flying(oneshot::Receiver<Answer>),
    Check(Job, oneshot::Receiver<Answer>),
}

impl Inner {
    /// A panic under the lock is a broken invariant; the state itself is whole between any two of its calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_one(&self, bytes: &[u8], origin: Origin<'_>) -> Result<Begun, Refusal> {
        let envelope = Arc::new(Prepared::decode(self.suite, bytes)?);
        let id = envelope.id();
        if let Some(begun) = self.lock().known(&envelope) {
            return Ok(begun);
        }
        if let Some(committed) = self.tip.committed(&id)? {
            return Ok(Begun::Done(Submitted::Committed { id, committed }));
        }
        let admitted = self.tip.admit(&envelope)?;
        if self.verifier.known(&envelope.hash()).is_some() {
            self.metrics.cache_hits.inc();
            let (mut state, barred) = self.lock_with_barred([envelope.envelope().body.sender]);
            if let Some(code) = barred.values().next() {
                return Err((*code).into());
            }
            let sequence = state.next_sequence();
            let pass_on = passes_on(origin);
            return self
                .insert(&mut state, envelope, admitted.organization, sequence, pass_on)
                .map(Begun::Done);
        }
        self.take_off(envelope, admitted, origin)
    }

    /// Reserves a place in the queue of signature checks.
    fn take_off(
        &self,
        envelope: Arc<Prepared>,
        admitted: Admitted,
        origin: Origin<'_>,
    ) -> Result<Begun, Refusal> {
        let key = self.verifier.key(&admitted.public_key);
        let mut state = self.lock();
        if *self.broken.borrow() {
            return Err(Code::NODE_NOT_READY.into());
        }
        // Another submission of the same bytes may have come while the state was read.
        if let Some(begun) = state.known(&envelope) {
            return Ok(begun);
        }
        state.pool.room(&admitted.organization, size(&envelope))?;
        let sequence = state.next_sequence();
        let of_organization = state.flights_of.get(&admitted.organization).copied().unwrap_or(0);
        if of_organization >= self.config.verify_organization_records_max {
            return Err(state.pool.refuse(Code::QUOTA_EXCEEDED, of_organization));
        }
        *state.flights_of.entry(admitted.organization).or_default() += 1;
        let (sender, receiver) = oneshot::channel();
        let flight = Flight {
            organization: admitted.organization,
            sequence,
            pass_on: passes_on(origin),
            answers: vec![sender],
        };
        state.flights.insert(envelope.hash(), flight);
        Ok(Begun::Check(Job { envelope, key }, receiver))
    }

    /// Signatures were checked: called from the threads.
    fn checked(&self, checked: Vec<(Arc<Prepared>, bool)>) {
        let senders = checked.iter().map(|(envelope, _)| envelope.envelope().body.sender);
        let (mut state, barred) = self.lock_with_barred(senders.collect::<BTreeSet<_>>());
        for (envelope, valid) in checked {
            let Some(flight) = state.land(&envelope.hash()) else { continue };
            let barred = barred.get(&envelope.envelope().body.sender);
            let answer = if let Some(code) = barred {
                Err((*code).into())
            } else if valid {
                self.insert(
                    &mut state,
                    envelope,
                    flight.organization,
                    flight.sequence,
                    flight.pass_on,
                )
            } else {
                Err(Code::SIGNATURE_INVALID.into())
            };
            flight.answer(answer);
        }
    }

    /// The lock, and who of these senders is barred by the very block that the locked state has seen last. A verdict from before
    /// that block would let in what the block's own look at the waiting envelopes has missed.
    fn lock_with_barred(
        &self,
        senders: impl IntoIterator<Item = Address>,
    ) -> (MutexGuard<'_, State>, HashMap<Address, Code>) {
        let senders: Vec<Address> = senders.into_iter().collect();
        loop {
            let blocks = self.lock().blocks;
            let barred =
                senders.iter().filter_map(|sender| Some((*sender, self.tip.barred(sender)?)));
            let barred = barred.collect();
            let state = self.lock();
            // Blocks come milliseconds apart, the look takes microseconds.
            if state.blocks == blocks {
                return (state, barred);
            }
        }
    }

    /// Ends what waits of senders that the tip bars.
    fn bar(&self, senders: Vec<Address>) {
        let barred =
            senders.into_iter().filter_map(|sender| Some((sender, self.tip.barred(&sender)?)));
        for (sender, code) in barred.collect::<Vec<_>>() {
            let ended = self.lock().pool.end_all_of(&sender, End::Rejected(code));
            self.metrics.rejected.inc_by(ended as u64);
        }
    }

    /// A thread panicked: whoever waits for a check hears that the node ends instead of waiting for ever.
    fn break_off(&self) {
        let mut state = self.lock();
        state.flights.clear();
        state.flights_of.clear();
        self.broken.send_replace(true);
    }

    /// No room in the queue of the threads.
    fn refuse_flights(&self, hashes: &HashSet<EnvelopeHash>) {
        let mut state = self.lock();
        for hash in hashes {
            if let Some(flight) = state.land(hash) {
                let refusal = state.pool.refuse(Code::MEMPOOL_FULL, self.config.verify_records_max);
                flight.answer(Err(refusal));
            }
        }
    }

    fn insert(
        &self,
        state: &mut State,
        envelope: Arc<Prepared>,
        organization: CreditCode,
        sequence: u64,
        pass_on: bool,
    ) -> Answer {
        let id = envelope.id();
        let inserted = state.pool.insert(Arc::clone(&envelope), organization, sequence)?;
        match inserted {
            Inserted::Committed(committed) => return Ok(Submitted::Committed { id, committed }),
            Inserted::Known => return Ok(Submitted::Accepted { id, repeated: true }),
            Inserted::New => {}
        }
        if pass_on {
            self.metrics.pushes_dropped.inc_by(state.push.add(envelope));
            self.to_push.notify_one();
        }
        self.measure(state);
        self.filled.notify_waiters();
        Ok(Submitted::Accepted { id, repeated: false })
    }

    fn measure(&self, state: &State) {
        self.metrics.waiting.set(state.pool.records() as i64);
        self.metrics.waiting_bytes.set(state.pool.bytes() as i64);
        self.metrics.organizations.set(state.pool.organizations() as i64);
    }

    fn count(&self, answer: &Answer) {
        match answer {
            Ok(Submitted::Accepted { repeated: false, .. }) => self.metrics.accepted.inc(),
            Ok(_) => self.metrics.repeated.inc(),
            Err(refusal) => {
                let label = CodeLabel { code: refusal.code.to_string() };
                self.metrics.refused.get_or_create(&label).inc()
            }
        };
    }
}

impl State {
    /// The answer for an envelope that waits or is being checked. The same id under other signature bytes is another envelope:
    /// its signature is checked before it gets the answer of the first.
    fn known(&mut self, envelope: &Prepared) -> Option<Begun> {
        if let Some(flight) = self.flights.get_mut(&envelope.hash()) {
            let (sender, receiver) = oneshot::channel();
            flight.answers.push(sender);
            return Some(Begun::Flying(receiver));
        }
        let waiting = self.pool.find(&envelope.id())?;
        let same = waiting.hash() == envelope.hash();
        same.then(|| Begun::Done(Submitted::Accepted { id: envelope.id(), repeated: true }))
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn land(&mut self, hash: &EnvelopeHash) -> Option<Flight> {
        let flight = self.flights.remove(hash)?;
        if let Some(count) = self.flights_of.get_mut(&flight.organization) {
            *count -= 1;
            if *count == 0 {
                self.flights_of.remove(&flight.organization);
            }
        }
        Some(flight)
    }
}

impl Flight {
    /// The first to ask gets the answer, the others hear that it is a repetition.
    fn answer(self, answer: Answer) {
        let repeated = match answer {
            Ok(Submitted::Accepted { id, .. }) => Ok(Submitted::Accepted { id, repeated: true }),
            other => other,
        };
        for (number, sender) in self.answers.into_iter().enumerate() {
            // Whoever asked may have gone.
            let _ = sender.send(if number == 0 { answer } else { repeated });
        }
    }
}

fn passes_on(origin: Origin<'_>) -> bool {
    !matches!(origin, Origin::Validator(_))
}

/// A full room or a node that is behind is not the peer's fault.
fn is_fault(refusal: &Refusal) -> bool {
    !matches!(
        refusal.code,
        Code::MEMPOOL_FULL
            | Code::QUOTA_EXCEEDED
            | Code::NODE_NOT_READY
            | Code::DISK_FULL
            | Code::EXPIRED
            | Code::VALID_UNTIL_TOO_FAR
            | Code::INTERNAL
            | Code::STATE_CORRUPT
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use yinglian_protocol::{Envelope, EnvelopeBody, Hash, Name, PublicKey, Signature};

    struct Yes(PublicKey);

    impl Tip for Yes {
        fn committed(&self, _: &EnvelopeId) -> Result<Option<Committed>, Code> {
            Ok(None)
        }

        fn admit(&self, _: &Prepared) -> Result<Admitted, Code> {
            let organization =
                CreditCode::parse("11410400XX0000019H").map_err(|_| Code::INTERNAL)?;
            Ok(Admitted { organization, public_key: self.0.clone() })
        }

        fn barred(&self, _: &Address) -> Option<Code> {
            None
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_check_whose_thread_has_panicked() {
        let suite = Suite::International;
        let key = yinglian_crypto::SigningKey::from_seed(suite, b"k").public_key().clone();
        let body = EnvelopeBody {
            format: 1,
            contract: Name::parse("toy").unwrap(),
            method: Name::parse("do").unwrap(),
            method_version: 1,
            arguments: Vec::new(),
            sender: key.address(),
            valid_until_ms: 10,
            random: [0; 16],
        };
        let bytes = Envelope { body, signature: Signature([0; 64]) }.encode();
        let genesis = GenesisHash(Hash::ZERO);
        let tip = Arc::new(Yes(key));
        let room = Mempool::start(suite, genesis, Config::default(), tip, Metrics::default());
        let room = room.unwrap();
        // Taken off, and given to no thread.
        let Ok(Begun::Check(_, waiting)) = room.inner.begin_one(&bytes, Origin::Local) else {
            panic!("no check")
        };
        room.inner.break_off();
        let broken = tokio::time::timeout(Duration::from_secs(10), room.broken());
        broken.await.expect("the node hears of it");
        let answer = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        assert!(answer.expect("an answer in time").is_err());
        assert_eq!(
            room.submit(&bytes).await.map_err(|refusal| refusal.code),
            Err(Code::NODE_NOT_READY)
        );
    }
}
