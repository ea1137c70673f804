//! The chain as this node has it: the tip, the validator sets, and the values executed but not decided. Builds, checks and
//! commits blocks by joining execution, store and waiting room. Blocking: callers run it on threads that may wait.

use crate::adapters::indexing::{self, BusinessKeys};
use crate::adapters::objects::Objects;
use crate::adapters::signatures::{Checked, Signatures};
use crate::clock::Clock;
use crate::genesis::GenesisState;
use crate::metrics::{Metrics, Stage};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;
use yinglian_execution::{
    BlockError, Chain, Draft, Executed, Parent, View, build, check, index_entries,
};
use yinglian_membership as membership;
use yinglian_mempool::{Committed, Mempool};
use yinglian_protocol::{
    Address, EnvelopeId, GenesisHash, Hash, Header, Height, Parameters, Prepared, Quorum, Suite,
    ValidatorSet, limits,
};
use yinglian_store::{BlockRecord, ChainRead, Commit, IndexEntry, Store, StoreError};

/// Values executed and kept in memory at a time: those of one height, a few rounds.
const EXECUTED_MAX: usize = 16;

/// The last committed block, and what the next one needs of it.
#[derive(Debug, Clone)]
pub struct Tip {
    /// What the next block builds upon.
    pub parent: Parent,
    /// Parameters in force.
    pub parameters: Parameters,
    /// Where validators are reached, those not yet active included.
    pub peers: Vec<membership::ValidatorPeer>,
}

/// Why a value was not executed or committed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The block breaks a rule.
    #[error("block breaks a rule")]
    Block(#[from] BlockError),
    /// The store refused or failed.
    #[error("store failed")]
    Store(#[from] StoreError),
    /// The indexes of objects cannot follow the state.
    #[error("indexes of objects cannot be kept")]
    Indexes(#[source] anyhow::Error),
    /// The value belongs to another height than the next.
    #[error("value of height {given} while {next} is next")]
    Height {
        /// Height of the value.
        given: Height,
        /// Next height of this node.
        next: Height,
    },
    /// What this node proposed in the round before cannot be read, and another proposal would be double signing.
    #[error("own proposal of this round cannot be read")]
    OwnProposal(#[source] StoreError),
    /// A decided value is not in the store.
    #[error("decided value {0} is not stored")]
    Missing(Hash),
    /// A decided value gives another result here: this node must not go on.
    #[error("decided value {0} executes to another header here")]
    Contradiction(Hash),
}

/// The chain as this node has it.
pub struct Ledger {
    /// What is fixed.
    pub chain: Chain,
    /// What the chain began from.
    pub genesis: GenesisState,
    /// The disk.
    pub store: Store,
    /// The indexes that queries read.
    pub objects: Objects,
    /// The waiting room; set once, right after the ledger that it asks.
    mempool: std::sync::OnceLock<Arc<Mempool>>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    tip: RwLock<Arc<Tip>>,
    sets: RwLock<BTreeMap<Height, ValidatorSet>>,
    executed: Mutex<Vec<Arc<Executed>>>,
    heights: watch::Sender<Height>,
}

impl Ledger {
    /// Joins a store with its chain; the store's genesis must be this one.
    pub fn open(
        chain: Chain,
        genesis: GenesisState,
        document: &[u8],
        store: Store,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        store.set_genesis(document, &genesis.changes)?;
        let mut sets = BTreeMap::from([(Height(1), genesis.validators.clone())]);
        sets.extend(store.validator_sets()?);
        let parent = match store.tip()? {
            Some(height) => {
                let block = store.block(height)?;
                Parent::of(
                    &block.ok_or_else(|| anyhow::anyhow!("block {height} is missing"))?.header,
                )
            }
            None => Parent::genesis(&genesis.genesis),
        };
        let tip = Self::tip_at(&store, parent)?;
        let objects = Objects::open(chain.suite, &chain.contracts, &store)?;
        Ok(Self {
            objects,
            chain,
            genesis,
            store,
            mempool: std::sync::OnceLock::new(),
            clock,
            metrics,
            heights: watch::Sender::new(parent.height),
            tip: RwLock::new(Arc::new(tip)),
            sets: RwLock::new(sets),
            executed: Mutex::new(Vec::new()),
        })
    }

    /// Gives the ledger the waiting room, once.
    pub fn attach(&self, mempool: Arc<Mempool>) {
        let _ = self.mempool.set(mempool);
    }

    fn tip_at(store: &Store, parent: Parent) -> anyhow::Result<Tip> {
        let view = View::new(store);
        Ok(Tip {
            parent,
            parameters: membership::parameters(&view)?,
            peers: membership::validator_peers(&view, parent.height.next())?,
        })
    }

    /// The last committed block.
    pub fn tip(&self) -> Arc<Tip> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Suite of the chain.
    pub fn suite(&self) -> Suite {
        self.chain.suite
    }

    /// Name of the chain.
    pub fn genesis_hash(&self) -> GenesisHash {
        self.chain.genesis
    }

    /// Height of the last committed block, as it changes.
    pub fn heights(&self) -> watch::Receiver<Height> {
        self.heights.subscribe()
    }

    /// The set that decides a height, up to the next one.
    pub fn validators(&self, height: Height) -> Option<ValidatorSet> {
        if height > self.tip().parent.height.next() {
            return None;
        }
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        sets.range(..=height).next_back().map(|(_, set)| set.clone())
    }

    /// Every set since the genesis with the first height that it decides.
    pub fn sets(&self) -> BTreeMap<Height, ValidatorSet> {
        self.sets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Time that a block built now would have.
    pub fn next_time_ms(&self) -> u64 {
        self.clock.now_ms().max(self.tip().parent.time_ms.saturating_add(1))
    }

    /// The present time as this node sees it.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Builds, executes and stores a block of what waits.
    pub fn build(&self, round: u32, proposer: Address) -> Result<(Header, Vec<u8>), LedgerError> {
        let tip = self.tip();
        let draft = Draft { round, time_ms: self.next_time_ms(), proposer };
        let offered = match self.mempool.get() {
            Some(mempool) => {
                let records_max = usize::try_from(tip.parameters.block_records_max);
                mempool.take(records_max.unwrap_or(usize::MAX), limits::BLOCK_BYTES_SOFT)
            }
            None => Vec::new(),
        };
        let built = self.metrics.time(Stage::Execute, || {
            build(
                &self.chain,
                &self.store,
                &tip.parent,
                draft,
                &offered,
                &self.signatures(Checked::All),
            )
        })?;
        if let Some(mempool) = self.mempool.get() {
            mempool.dropped(&built.dropped);
        }
        let header = built.executed.header.clone();
        self.put_payload(&built.executed.value_id, &header, &built.payload)?;
        self.remember(Arc::new(built.executed));
        Ok((header, built.payload))
    }

    /// Checks and executes a block on the tip, and stores its payload. A value known already costs nothing.
    pub fn check(
        &self,
        header: &Header,
        payload: &[u8],
        checked: Checked,
    ) -> Result<(), LedgerError> {
        let value_id = header.hash();
        if self.executed_value(&value_id).is_some() {
            return Ok(());
        }
        let executed = self.execute(header, payload, checked)?;
        self.put_payload(&value_id, header, payload)?;
        self.remember(Arc::new(executed));
        Ok(())
    }

    fn execute(
        &self,
        header: &Header,
        payload: &[u8],
        checked: Checked,
    ) -> Result<Executed, LedgerError> {
        let tip = self.tip();
        let next = tip.parent.height.next();
        if header.height != next {
            return Err(LedgerError::Height { given: header.height, next });
        }
        let executed = self.metrics.time(Stage::Execute, || {
            check(&self.chain, &self.store, &tip.parent, header, payload, &self.signatures(checked))
        })?;
        Ok(executed)
    }

    fn put_payload(
        &self,
        value_id: &Hash,
        header: &Header,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        self.metrics.time(Stage::Store, || {
            self.store.put_payload(value_id, header.height, &header.encode(), payload)
        })
    }

    /// Makes a decision durable, and tells everyone who waits.
    pub fn commit(&self, value_id: Hash, quorum: Quorum) -> Result<(), LedgerError> {
        let executed = match self.executed_value(&value_id) {
            Some(executed) => executed,
            None => Arc::new(self.execute_decided(value_id)?),
        };
        let header = executed.header.clone();
        let tip = self.tip();
        let changed = header.next_validators_hash != header.validators_hash;
        let next_validators = changed.then(|| executed.next_validators.clone());
        let commit = Commit {
            block: BlockRecord { header, quorum, log_start: tip.parent.log_size, value_id },
            outcomes: Cow::Borrowed(&executed.outcomes),
            envelope_bytes: executed
                .envelopes
                .iter()
                .map(|envelope| envelope.size_bytes())
                .collect(),
            changes: Cow::Borrowed(&executed.changes),
            indexes: self.index_entries(&executed),
            objects: self
                .objects
                .changes(&self.store, &executed.changes, executed.header.height)
                .map_err(LedgerError::Indexes)?,
            next_validators: next_validators.clone(),
        };
        self.metrics.time(Stage::Store, || self.store.commit(&commit))?;
        self.advance(&executed, next_validators)
    }

    fn execute_decided(&self, value_id: Hash) -> Result<Executed, LedgerError> {
        let stored = self.store.load_payload(&value_id)?.ok_or(LedgerError::Missing(value_id))?;
        match self.execute(&stored.header, &stored.payload, Checked::ByQuorum) {
            Ok(executed) => Ok(executed),
            // More than two thirds say otherwise: state or program differ here.
            Err(LedgerError::Block(error)) if error.is_invalid() => {
                tracing::error!(%value_id, error = &error as &dyn std::error::Error, "decided block does not execute");
                Err(LedgerError::Contradiction(value_id))
            }
            Err(error) => Err(error),
        }
    }

    fn advance(&self, executed: &Executed, next: Option<ValidatorSet>) -> Result<(), LedgerError> {
        let header = &executed.header;
        if let Some(set) = next {
            let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
            sets.insert(header.height.next(), set);
        }
        let parent = Parent::of(header);
        let touched = header.registry_root != self.tip().parent.registry_root;
        let tip = if touched {
            Self::tip_at(&self.store, parent)
                .map_err(|_| LedgerError::Contradiction(executed.value_id))?
        } else {
            Tip { parent, ..(*self.tip()).clone() }
        };
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
        if Objects::touched_by(&executed.changes) {
            // What is new is made beside the blocks (run.rs); until then its queries say so.
            let refreshed = self.objects.refresh(&self.chain.contracts, &self.store);
            refreshed.map_err(LedgerError::Indexes)?;
        }
        self.lock_executed().clear();
        self.clock.decided(header.time_ms);
        self.metrics.committed(header, executed.envelopes.len());
        if let Some(mempool) = self.mempool.get() {
            mempool.committed(header.time_ms, ends(executed));
        }
        self.heights.send_replace(header.height);
        Ok(())
    }

    fn index_entries(&self, executed: &Executed) -> Vec<IndexEntry> {
        let name = || indexing::RECORDS.to_owned();
        let entries = index_entries(&BusinessKeys, executed).into_iter();
        entries
            .map(|entry| IndexEntry { name: name(), key: entry.key, position: entry.position })
            .collect()
    }

    fn signatures(&self, checked: Checked) -> Signatures<'_> {
        Signatures::new(
            self.mempool.get().map(|mempool| mempool.verifier().as_ref()),
            self.genesis_hash(),
            checked,
        )
    }

    fn lock_executed(&self) -> MutexGuard<'_, Vec<Arc<Executed>>> {
        self.executed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn executed_value(&self, value_id: &Hash) -> Option<Arc<Executed>> {
        self.lock_executed().iter().find(|value| value.value_id == *value_id).cloned()
    }

    fn remember(&self, value: Arc<Executed>) {
        let mut executed = self.lock_executed();
        if executed.len() >= EXECUTED_MAX {
            executed.remove(0);
        }
        executed.push(value);
    }
}

/// What became of each envelope of a block.
fn ends(executed: &Executed) -> Vec<(EnvelopeId, Committed)> {
    let records = executed.envelopes.iter().zip(&executed.places).zip(&executed.leaves);
    let end = |((envelope, place), leaf): ((&Arc<Prepared>, _), &yinglian_protocol::Leaf)| {
        let place: &yinglian_protocol::RecordPlace = place;
        let committed = Committed {
            position: place.position,
            height: leaf.height,
            index: leaf.index,
            time_ms: leaf.time_ms,
            code: place.code,
        };
        (envelope.id(), committed)
    };
    records.map(end).collect()
}
