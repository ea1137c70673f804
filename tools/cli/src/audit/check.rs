//! Walks an export block by block and compares everything that can be computed without executing contracts (spec 11).
//!
//! Comes in: frames of an export, a trust root. Goes out: a report, or the first contradiction with its height.
//! Signatures are collected into lots for `signatures`. Never: a node, the network, trust in the export's order of things.

use super::report::Report;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use yinglian_protocol::log::Frontier;
use yinglian_protocol::registry::{RegistryTree, key_hash};
use yinglian_protocol::{
    Address, Envelope, EnvelopeId, ExportBlock, ExportGenesis, Genesis, GenesisHash, Hash, Header,
    Height, Leaf, OutcomeRecord, Payload, Prepared, PublicKey, RegistryValue, TrustRoot,
    ValidatorSet, limits,
};

/// The first thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Block in which it was found; 0 is the genesis.
    pub height: Height,
    /// Index of the record in the block, where it concerns one.
    pub index: Option<usize>,
    /// What does not fit.
    pub finding: Finding,
}

/// What an audit can find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The export begins from another genesis than the trust root's.
    OtherChain,
    /// Genesis entries do not hash to the genesis' registry root.
    GenesisRegistry,
    /// The first set is not the genesis' set.
    GenesisSet,
    /// Height, previous hash, suite, flags or time do not follow the header before.
    HeaderChain,
    /// The proposer is not the one of the height and round.
    Proposer,
    /// The quorum does not prove the header.
    Quorum,
    /// The set for the next block is missing or another.
    NextSet,
    /// The payload is malformed or not the header's.
    Payload,
    /// An envelope was expired or valid for too long.
    Expiry,
    /// An envelope occurs twice.
    Duplicate,
    /// The key of a sender is missing.
    SenderKey,
    /// The signature of a sender is invalid.
    SenderSignature,
    /// There are not as many outcomes as envelopes.
    Outcomes,
    /// A refused record wrote to the registry or emitted events.
    RefusedWithEffects,
    /// A registry write does not follow the version before.
    RegistryVersion,
    /// The log root or size is not the header's.
    Log,
    /// The registry root is not the header's.
    Registry,
    /// The header is not the checkpoint that is trusted.
    Checkpoint,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::words::finding(*self))
    }
}

/// A signature of a sender that is still to be checked.
pub struct SenderSignature {
    /// The envelope.
    pub envelope: Envelope,
    /// The sender's key.
    pub key: PublicKey,
    /// Block that holds it.
    pub height: Height,
    /// Index in the block.
    pub index: usize,
}

/// The audit so far.
pub struct Audit {
    genesis: Genesis,
    genesis_hash: GenesisHash,
    root: TrustRoot,
    set: ValidatorSet,
    previous: Hash,
    previous_time_ms: u64,
    height: Height,
    log: Frontier,
    registry: RegistryTree,
    versions: HashMap<Vec<u8>, u64>,
    window: BTreeMap<u64, BTreeSet<EnvelopeId>>,
    keys: HashMap<Address, PublicKey>,
    /// What was counted.
    pub report: Report,
}

type Found<T> = Result<T, Contradiction>;

impl Audit {
    /// Checks what the chain begins from.
    pub fn begin(start: &ExportGenesis, root: &TrustRoot) -> Found<Self> {
        let genesis = start.genesis.clone();
        let genesis_hash = genesis.hash();
        let at_genesis = |finding| Contradiction { height: Height(0), index: None, finding };
        if genesis_hash != root.genesis() {
            return Err(at_genesis(Finding::OtherChain));
        }
        if start.validators.hash(genesis.suite) != genesis.validators_hash {
            return Err(at_genesis(Finding::GenesisSet));
        }
        let mut registry = RegistryTree::new(genesis.suite);
        let mut versions = HashMap::new();
        for (key, value) in &start.entries {
            let decoded =
                RegistryValue::decode(value).map_err(|_| at_genesis(Finding::GenesisRegistry))?;
            registry
                .put(key_hash(genesis.suite, key), RegistryValue::hash_bytes(genesis.suite, value));
            versions.insert(key.clone(), decoded.version);
        }
        if registry.root() != genesis.registry_root {
            return Err(at_genesis(Finding::GenesisRegistry));
        }
        let report = Report { genesis: genesis_hash.to_string(), ..Report::default() };
        Ok(Self {
            previous: genesis_hash.0,
            previous_time_ms: genesis.time_ms,
            set: start.validators.clone(),
            root: root.clone(),
            height: Height(0),
            log: Frontier::new(),
            window: BTreeMap::new(),
            keys: HashMap::new(),
            genesis,
            genesis_hash,
            registry,
            versions,
            report,
        })
    }

    /// Hash that names the chain.
    pub fn genesis_hash(&self) -> GenesisHash {
        self.genesis_hash
    }

    /// Checks a block. The signatures of its senders come back to be checked elsewhere.
    pub fn block(&mut self, block: ExportBlock) -> Found<Vec<SenderSignature>> {
        let header = &block.header;
        let hash = header.hash();
        self.check_header(header)?;
        self.check_quorum(&block, hash)?;
        self.keys.extend(block.keys.iter().map(|key| (key.address(), key.clone())));
        let envelopes = self.open_payload(&block)?;
        self.check_window(header, &envelopes)?;
        self.append(header, &envelopes, &block.outcomes)?;
        self.follow_set(&block)?;
        let signatures = self.take_signatures(header, envelopes)?;
        self.height = header.height;
        self.previous = hash;
        self.previous_time_ms = header.time_ms;
        self.report.blocks += 1;
        self.report.last = Some((block.header, hash));
        Ok(signatures)
    }

    /// True when the blocks so far lead to what is trusted: from the genesis on always, else only once the checkpoint came by.
    pub fn reaches_root(&self) -> bool {
        match &self.root {
            TrustRoot::Genesis(_) => true,
            TrustRoot::Checkpoint(trusted) => trusted.height <= self.height,
        }
    }

    /// Counts that are known only at the end.
    pub fn finish(mut self) -> Report {
        self.report.registry_entries = self.registry.entries();
        self.report
    }

    fn contradiction(&self, finding: Finding) -> Contradiction {
        Contradiction { height: self.height.next(), index: None, finding }
    }

    fn ensure(&self, holds: bool, finding: Finding) -> Found<()> {
        if holds { Ok(()) } else { Err(self.contradiction(finding)) }
    }

    fn check_header(&self, header: &Header) -> Found<()> {
        let follows = header.height == self.height.next()
            && header.previous == self.previous
            && header.time_ms > self.previous_time_ms
            && header.suite == self.genesis.suite
            && header.flags == self.genesis.flags;
        self.ensure(follows, Finding::HeaderChain)?;
        let proposer =
            self.set.proposer(header.height, header.round).map(|validator| validator.address());
        self.ensure(proposer == Some(header.proposer), Finding::Proposer)?;
        if let TrustRoot::Checkpoint(trusted) = &self.root {
            let same = trusted.height != header.height || trusted.header_hash == header.hash();
            self.ensure(same, Finding::Checkpoint)?;
        }
        Ok(())
    }

    fn check_quorum(&mut self, block: &ExportBlock, hash: Hash) -> Found<()> {
        let (header, quorum) = (&block.header, &block.quorum);
        let of_set =
            header.validators_hash == self.set.hash(header.suite) && header.round <= quorum.round;
        let proven =
            of_set && quorum.verify(&self.genesis_hash, header.height, hash, &self.set).is_ok();
        self.ensure(proven, Finding::Quorum)?;
        self.report.validator_signatures += quorum.signatures.len() as u64;
        Ok(())
    }

    fn open_payload(&self, block: &ExportBlock) -> Found<Vec<Prepared>> {
        let suite = block.header.suite;
        let is_headers = Payload::hash(suite, &block.payload) == block.header.payload_hash;
        let prepared = Payload::decode_prepared(suite, &block.payload, |_| None);
        match prepared {
            Ok(envelopes) if is_headers => Ok(envelopes),
            _ => Err(self.contradiction(Finding::Payload)),
        }
    }

    /// No envelope outside its time, and none twice: an id can come again only while it is valid.
    fn check_window(&mut self, header: &Header, envelopes: &[Prepared]) -> Found<()> {
        self.window = self.window.split_off(&header.time_ms);
        for (index, prepared) in envelopes.iter().enumerate() {
            let valid_until_ms = prepared.envelope().body.valid_until_ms;
            let latest_ms = header.time_ms.saturating_add(limits::ENVELOPE_VALID_MS_MAX);
            let at = |finding| Contradiction { height: header.height, index: Some(index), finding };
            if valid_until_ms < header.time_ms || valid_until_ms > latest_ms {
                return Err(at(Finding::Expiry));
            }
            if !self.window.entry(valid_until_ms).or_default().insert(prepared.id()) {
                return Err(at(Finding::Duplicate));
            }
        }
        Ok(())
    }

    /// Rebuilds the leaves, and replays the registry writes.
    fn append(
        &mut self,
        header: &Header,
        envelopes: &[Prepared],
        outcomes: &[OutcomeRecord],
    ) -> Found<()> {
        self.ensure(envelopes.len() == outcomes.len(), Finding::Outcomes)?;
        for (index, (prepared, record)) in envelopes.iter().zip(outcomes).enumerate() {
            let leaf = leaf(header, index, prepared, record);
            self.log.append(header.suite, leaf.hash(header.suite));
            self.replay(header, index, record)?;
        }
        self.report.records += envelopes.len() as u64;
        let log_fits =
            self.log.size() == header.log_size && self.log.root(header.suite) == header.log_root;
        self.ensure(log_fits, Finding::Log)?;
        let registry_root = self.registry.root();
        self.ensure(registry_root == header.registry_root, Finding::Registry)
    }

    fn replay(&mut self, header: &Header, index: usize, record: &OutcomeRecord) -> Found<()> {
        let outcome = &record.outcome;
        let at = |finding| Contradiction { height: header.height, index: Some(index), finding };
        if !outcome.code.is_applied() {
            self.report.refused += 1;
            if !outcome.writes.is_empty() || !outcome.events.is_empty() {
                return Err(at(Finding::RefusedWithEffects));
            }
        }
        for write in &outcome.writes {
            let version = self.versions.entry(write.key.clone()).or_default();
            if write.version != version.saturating_add(1) {
                return Err(at(Finding::RegistryVersion));
            }
            *version = write.version;
            self.registry.put(key_hash(header.suite, &write.key), write.value_hash);
            self.report.registry_writes += 1;
        }
        Ok(())
    }

    fn follow_set(&mut self, block: &ExportBlock) -> Found<()> {
        let header = &block.header;
        if header.next_validators_hash == header.validators_hash {
            return Ok(());
        }
        let next = block
            .next_validators
            .as_ref()
            .filter(|set| set.hash(header.suite) == header.next_validators_hash);
        self.set = next.cloned().ok_or_else(|| self.contradiction(Finding::NextSet))?;
        self.report.set_changes += 1;
        Ok(())
    }

    fn take_signatures(
        &mut self,
        header: &Header,
        envelopes: Vec<Prepared>,
    ) -> Found<Vec<SenderSignature>> {
        self.report.sender_signatures += envelopes.len() as u64;
        let take = |(index, prepared): (usize, Prepared)| {
            let sender = &prepared.envelope().body.sender;
            let key = self.keys.get(sender).cloned().ok_or(Contradiction {
                height: header.height,
                index: Some(index),
                finding: Finding::SenderKey,
            })?;
            Ok(SenderSignature {
                envelope: prepared.envelope().clone(),
                key,
                height: header.height,
                index,
            })
        };
        envelopes.into_iter().enumerate().map(take).collect()
    }
}

fn leaf(header: &Header, index: usize, prepared: &Prepared, record: &OutcomeRecord) -> Leaf {
    Leaf {
        version: 1,
        envelope_hash: prepared.hash(),
        sender: prepared.envelope().body.sender,
        organization: record.organization,
        height: header.height,
        index: u32::try_from(index).unwrap_or(u32::MAX),
        time_ms: header.time_ms,
        outcome_hash: record.outcome.hash(header.suite),
    }
}
