//! A small chain in memory with real signatures, log and quorums: what the fake node answers from.

use std::collections::BTreeMap;
use yinglian_crypto::SigningKey;
use yinglian_node_api::{Block, Committed};
use yinglian_protocol::{
    log::{self, InclusionProof},
    registry::{RegistryProof, RegistryTree, Terminal, key_hash},
    *,
};

pub const SUITE: Suite = Suite::International;
pub const ORGANIZATIONS: [&str; 2] = ["11410400XX0000019H", "11410400XX0000027C"];
/// The one registry key of the chain.
pub const REGISTRY_KEY: &[u8] = b"org/11410400XX0000019H";

pub fn organization(index: usize) -> CreditCode {
    CreditCode::parse(ORGANIZATIONS[index]).unwrap()
}

pub fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(SUITE, name.as_bytes())
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub struct Chain {
    pub genesis: Genesis,
    pub blocks: Vec<Block>,
    pub leaf_hashes: Vec<Hash>,
    pub records: BTreeMap<EnvelopeId, (Envelope, Leaf, OutcomeRecord, Committed)>,
    pub sets: Vec<(Height, ValidatorSet)>,
    keys: Vec<SigningKey>,
    links: Vec<TrustLink>,
}

fn validators(generation: usize) -> (Vec<SigningKey>, ValidatorSet) {
    let keys: Vec<_> = (0..4).map(|i| key(&format!("validator {generation} {i}"))).collect();
    let validators = keys.iter().map(|key| Validator {
        organization: organization(0),
        public_key: key.public_key().clone(),
        weight: 1,
    });
    let set = ValidatorSet::new(validators.collect()).unwrap();
    (keys, set)
}

pub fn registry_value() -> RegistryValue {
    RegistryValue {
        schema: 1,
        version: 1,
        written_at: None,
        previous_at: None,
        previous_hash: Hash::ZERO,
        body: b"one organisation".to_vec(),
    }
}

impl Chain {
    pub fn new() -> Self {
        let (keys, set) = validators(0);
        let mut tree = RegistryTree::new(SUITE);
        tree.put(key_hash(SUITE, REGISTRY_KEY), registry_value().hash(SUITE));
        let genesis = Genesis {
            version: 1,
            suite: SUITE,
            flags: HeaderFlags::default(),
            name: "fake".into(),
            time_ms: 1_700_000_000_000,
            registry_root: tree.root(),
            validators_hash: set.hash(SUITE),
            protocol_version: 1,
        };
        Self {
            genesis,
            blocks: vec![],
            leaf_hashes: vec![],
            records: BTreeMap::new(),
            sets: vec![(Height(1), set)],
            keys,
            links: vec![],
        }
    }

    pub fn tip(&self) -> (Height, u64) {
        let header = self.blocks.last().map(|block| &block.header);
        header.map_or((Height(0), self.genesis.time_ms), |header| (header.height, header.time_ms))
    }

    pub fn set_at(&self, height: Height) -> Option<&ValidatorSet> {
        let (tip, _) = self.tip();
        let known = height <= tip.next();
        self.sets.iter().rev().find(|(from, _)| known && *from <= height).map(|(_, set)| set)
    }

    /// Appends a block of these envelopes; `rotate` replaces all validators from the next block on.
    pub fn append(
        &mut self,
        envelopes: Vec<(Envelope, CreditCode, Outcome)>,
        step_ms: u64,
        rotate: bool,
    ) {
        let (tip, tip_ms) = self.tip();
        let (height, time_ms) = (tip.next(), tip_ms + step_ms);
        let set = self.set_at(height).unwrap().clone();
        let next =
            if rotate { validators(self.sets.len()) } else { (self.keys.clone(), set.clone()) };
        let log_start = self.leaf_hashes.len() as u64;
        let payload = Payload::new(envelopes.iter().map(|(e, _, _)| e.clone()).collect()).encode();
        let mut outcomes = vec![];
        for (index, (envelope, organization, outcome)) in (0..).zip(envelopes) {
            let id = envelope.body.id(SUITE);
            let leaf = Leaf {
                version: 1,
                envelope_hash: envelope.hash(SUITE),
                sender: envelope.body.sender,
                organization,
                height,
                index,
                time_ms,
                outcome_hash: outcome.hash(SUITE),
            };
            let position = LogPosition(self.leaf_hashes.len() as u64);
            self.leaf_hashes.push(leaf.hash(SUITE));
            let committed = Committed { position, height, index, time_ms, code: outcome.code };
            let record = OutcomeRecord { organization, outcome };
            outcomes.push(record.clone());
            self.records.insert(id, (envelope, leaf, record, committed));
        }
        let header = Header {
            version: 1,
            suite: SUITE,
            flags: self.genesis.flags,
            height,
            round: 0,
            time_ms,
            previous: self.blocks.last().map_or(self.genesis.hash().0, |b| b.header.hash()),
            payload_hash: Payload::hash(SUITE, &payload),
            log_size: self.leaf_hashes.len() as u64,
            log_root: log::root(SUITE, self.leaf_hashes.clone()),
            registry_root: self.genesis.registry_root,
            validators_hash: set.hash(SUITE),
            next_validators_hash: next.1.hash(SUITE),
            protocol_version: 1,
            proposer: self.keys[0].address(),
        };
        let quorum = self.decide(&header, &set);
        if rotate {
            let next_set = next.1.clone();
            self.links.push(TrustLink { header: header.clone(), quorum: quorum.clone(), next_set });
            self.sets.push((height.next(), next.1));
            self.keys = next.0;
        }
        self.blocks.push(Block { header, quorum, log_start, payload: payload.into(), outcomes });
    }

    fn decide(&self, header: &Header, set: &ValidatorSet) -> Quorum {
        let genesis = self.genesis.hash();
        let message =
            vote_bytes(&genesis, VoteKind::Precommit, header.height, 0, Some(header.hash()));
        let mut signatures: Vec<_> = self
            .keys
            .iter()
            .map(|key| (set.find(&key.address()).unwrap().0, key.sign_now(&message)))
            .collect();
        signatures.sort_by_key(|(index, _)| *index);
        Quorum { round: 0, signatures }
    }

    pub fn trust(&self) -> TrustChain {
        TrustChain {
            genesis: self.genesis.clone(),
            first_set: self.sets[0].1.clone(),
            links: self.links.clone(),
        }
    }

    pub fn receipt(&self, id: EnvelopeId, sender_key: PublicKey, embed: bool) -> Option<Receipt> {
        let (envelope, leaf, record, committed) = self.records.get(&id)?;
        let block = self.blocks.last()?;
        Some(Receipt {
            envelope: envelope.clone(),
            sender_key,
            leaf: leaf.clone(),
            outcome: record.outcome.clone(),
            inclusion: self.inclusion(committed.position.0, self.leaf_hashes.len() as u64),
            header: block.header.clone(),
            quorum: block.quorum.clone(),
            trust: embed.then(|| self.trust()),
        })
    }

    pub fn inclusion(&self, index: u64, size: u64) -> InclusionProof {
        let leaves = &self.leaf_hashes[..size as usize];
        InclusionProof { size, index, path: path(index as usize, leaves) }
    }

    /// RFC 9162 section 2.1.4.1.
    pub fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        subproof(old as usize, &self.leaf_hashes[..new as usize], true)
    }

    pub fn registry_proof(&self) -> RegistryProof {
        let key_hash = key_hash(SUITE, REGISTRY_KEY);
        let value_hash = registry_value().hash(SUITE);
        RegistryProof { siblings: vec![], terminal: Terminal::Leaf { key_hash, value_hash } }
    }
}

pub fn root(leaves: &[Hash]) -> Hash {
    log::root(SUITE, leaves.to_vec())
}

fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut hashes, sibling) = if index < at {
        (path(index, left), root(right))
    } else {
        (path(index - at, right), root(left))
    };
    hashes.push(sibling);
    hashes
}

fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut hashes, sibling) = if old <= at {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - at, right, false), root(left))
    };
    hashes.push(sibling);
    hashes
}
