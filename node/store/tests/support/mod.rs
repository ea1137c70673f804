//! A chain of made-up blocks, with headers whose roots are those of the state: what a node would commit.
#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use yinglian_protocol::registry::EMPTY_ROOT;
use yinglian_protocol::{
    Address, CreditCode, Envelope, EnvelopeBody, Event, Hash, Header, HeaderFlags, Height,
    LogPosition, Name, Outcome, OutcomeRecord, Payload, Quorum, RecordPlace, Signature, Suite,
    codec, log,
};
use yinglian_state::{ChangeSet, LogState, record_index, registry, window};
use yinglian_store::{BlockRecord, ChainRead, Commit, IndexEntry, Options, Store};

pub const SUITE: Suite = Suite::International;

pub fn options() -> Options {
    Options {
        head_room_bytes: 0,
        cache_bytes: 8 << 20,
        write_buffer_bytes: 8 << 20,
        ..Options::default()
    }
}

pub fn open(path: &Path) -> Store {
    Store::open(path, &options()).unwrap()
}

pub fn address() -> Address {
    // Suite, and what would be part of the hash of a key.
    codec::decode_strict(&[&[SUITE.id()][..], &[7; 20]].concat(), 21).unwrap()
}

pub fn envelope(number: u64, argument_bytes: usize) -> Envelope {
    let random = SUITE.hash(&[b"random", &number.to_le_bytes()]).0;
    // Digests do not compress, and neither do signatures.
    let noise = (0..).flat_map(|n: u64| SUITE.hash(&[&number.to_le_bytes(), &n.to_le_bytes()]).0);
    Envelope {
        body: EnvelopeBody {
            format: 1,
            contract: Name::parse("record").unwrap(),
            method: Name::parse("notarize").unwrap(),
            method_version: 1,
            arguments: noise.take(argument_bytes).collect(),
            sender: address(),
            valid_until_ms: 1_000_000 + number,
            random: random[..16].try_into().unwrap(),
        },
        signature: Signature([number as u8; 64]),
    }
}

pub fn outcome(number: u64) -> OutcomeRecord {
    let event = Event {
        contract: Name::parse("record").unwrap(),
        name: Name::parse("notarized").unwrap(),
        fields: vec![(Name::parse("number").unwrap(), number.to_string())],
    };
    OutcomeRecord {
        organization: CreditCode::parse("11410400XX0000019H").unwrap(),
        outcome: Outcome::applied(vec![event], Vec::new()),
    }
}

/// A block that is ready to be committed.
pub struct Block {
    pub commit: Commit<'static>,
    pub payload: Vec<u8>,
    pub envelopes: Vec<Envelope>,
}

impl Block {
    pub fn value_id(&self) -> Hash {
        self.commit.block.value_id
    }

    pub fn height(&self) -> Height {
        self.commit.block.header.height
    }

    pub fn header(&self) -> Header {
        self.commit.block.header.clone()
    }

    pub fn store(&self, store: &Store) {
        let header = self.header().encode();
        store.put_payload(&self.value_id(), self.height(), &header, &self.payload).unwrap();
    }

    pub fn commit(&self, store: &Store) {
        self.store(store);
        store.commit(&self.commit).unwrap();
    }
}

/// The next block over what the store holds, with `records` envelopes of about `bytes` bytes, proposed in `round`.
pub fn next_block(store: &Store, records: u64, bytes: usize, round: u32) -> Block {
    let tip = store.tip().unwrap();
    let last = tip.map(|tip| store.block(tip).unwrap().unwrap().header);
    let log_start = last.as_ref().map_or(0, |header| header.log_size);
    let registry_root = last.as_ref().map_or(EMPTY_ROOT, |header| header.registry_root);
    let height = tip.unwrap_or(Height(0)).next();
    let numbers = log_start..log_start + records;
    let envelopes: Vec<Envelope> =
        numbers.clone().map(|number| envelope(number, bytes.saturating_sub(160))).collect();
    let mut changes = ChangeSet::new();
    let mut tiles = LogState::load(store, SUITE, log_start).unwrap();
    let leaves: Vec<Hash> =
        numbers.clone().map(|number| log::leaf_hash(SUITE, &number.to_le_bytes())).collect();
    tiles.append(store, &leaves, &mut changes).unwrap();
    let writes = BTreeMap::from([(b"counter".to_vec(), height.0.to_le_bytes().to_vec())]);
    let registry_root =
        registry::update(store, SUITE, &registry_root, &writes, &mut changes).unwrap();
    let mut indexes = Vec::new();
    for (position, envelope) in numbers.clone().zip(&envelopes) {
        let (id, position) = (envelope.body.id(SUITE), LogPosition(position));
        let OutcomeRecord { organization, outcome } = outcome(position.0);
        record_index::insert(
            &mut changes,
            &id,
            &RecordPlace { position, organization, code: outcome.code },
        );
        window::insert(&mut changes, envelope.body.valid_until_ms, &id, position);
        let key = format!("file-{}", position.0 % 10).into_bytes();
        indexes.push(IndexEntry { name: "business-key".into(), key, position });
    }
    let envelope_bytes = envelopes.iter().map(|envelope| envelope.encode().len() as u32).collect();
    let payload = Payload::new(envelopes.clone()).encode();
    let header = Header {
        version: 1,
        suite: SUITE,
        flags: HeaderFlags::default(),
        height,
        round,
        time_ms: height.0 * 1_000,
        previous: Hash::ZERO,
        payload_hash: Payload::hash(SUITE, &payload),
        log_size: tiles.size(),
        log_root: tiles.root(),
        registry_root,
        validators_hash: Hash::ZERO,
        next_validators_hash: Hash::ZERO,
        protocol_version: 1,
        proposer: address(),
    };
    let value_id = header.hash();
    let quorum =
        Quorum { round, signatures: vec![(0, Signature([1; 64])), (1, Signature([2; 64]))] };
    let commit = Commit {
        block: BlockRecord { header, quorum, log_start, value_id },
        outcomes: numbers.map(outcome).collect(),
        envelope_bytes,
        changes: Cow::Owned(changes),
        indexes,
        objects: Vec::new(),
        next_validators: None,
    };
    Block { commit, payload, envelopes }
}

/// Commits blocks with these numbers of records.
pub fn grow(store: &Store, blocks: &[u64]) -> Vec<Block> {
    let commit = |records: &u64| {
        let block = next_block(store, *records, 300, 0);
        block.commit(store);
        block
    };
    blocks.iter().map(commit).collect()
}
