//! A small chain made from seeds, for tests: four validators, one sender, records in blocks, receipts.
#![allow(dead_code)]

use yinglian_crypto::SigningKey;
use yinglian_protocol::log::{Frontier, InclusionProof};
use yinglian_protocol::*;

pub const CODES: [&str; 5] = [
    "11410400XX0000019H",
    "11410400XX0000027C",
    "12410400XX00000354",
    "11410400XX00000432",
    "11410400XX0000051W",
];

pub struct Chain {
    pub suite: Suite,
    pub genesis: Genesis,
    pub keys: Vec<SigningKey>,
    pub set: ValidatorSet,
    pub sender: SigningKey,
    pub leaves: Vec<(Leaf, Envelope, Outcome)>,
    pub headers: Vec<(Header, Quorum)>,
    pub links: Vec<TrustLink>,
    pub first_set: ValidatorSet,
}

pub fn keys(suite: Suite, from: usize, count: usize) -> Vec<SigningKey> {
    (from..from + count)
        .map(|i| SigningKey::from_seed(suite, format!("validator {i}").as_bytes()))
        .collect()
}

pub fn set_of(keys: &[SigningKey]) -> ValidatorSet {
    let validators = keys.iter().enumerate().map(|(i, key)| Validator {
        organization: CreditCode::parse(CODES[i % 5]).unwrap(),
        public_key: key.public_key().clone(),
        weight: 1,
    });
    ValidatorSet::new(validators.collect()).unwrap()
}

impl Chain {
    pub fn new(suite: Suite, name: &str) -> Self {
        let keys = keys(suite, 0, 4);
        let set = set_of(&keys);
        let genesis = Genesis {
            version: 1,
            suite,
            flags: HeaderFlags(0),
            name: name.into(),
            time_ms: 1_700_000_000_000,
            registry_root: Hash::ZERO,
            validators_hash: set.hash(suite),
            protocol_version: 1,
        };
        let sender = SigningKey::from_seed(suite, b"sender");
        Self {
            suite,
            genesis,
            keys,
            first_set: set.clone(),
            set,
            sender,
            leaves: vec![],
            headers: vec![],
            links: vec![],
        }
    }

    pub fn envelope(&self, number: u64) -> Envelope {
        let body = EnvelopeBody {
            format: 1,
            contract: Name::parse("record").unwrap(),
            method: Name::parse("notarize").unwrap(),
            method_version: 1,
            arguments: number.to_le_bytes().to_vec(),
            sender: self.sender.public_key().address(),
            valid_until_ms: self.genesis.time_ms + 60_000,
            random: [number as u8; 16],
        };
        let signature = self.sender.sign_now(&body.signing_bytes(&self.genesis.hash()));
        Envelope { body, signature }
    }

    /// Appends a block; `next` names the keys of the next set when it changes.
    pub fn block(&mut self, records: u64, next: Option<Vec<SigningKey>>) -> &mut Self {
        let height = Height(self.headers.len() as u64 + 1);
        let time_ms = self.genesis.time_ms + 1_000 * height.0;
        let mut envelopes = vec![];
        for index in 0..records {
            let envelope = self.envelope(height.0 * 100 + index);
            let outcome = Outcome::applied(vec![], vec![]);
            let leaf = Leaf {
                version: 1,
                envelope_hash: envelope.hash(self.suite),
                sender: envelope.body.sender,
                organization: CreditCode::parse(CODES[0]).unwrap(),
                height,
                index: index as u32,
                time_ms,
                outcome_hash: outcome.hash(self.suite),
            };
            self.leaves.push((leaf, envelope.clone(), outcome));
            envelopes.push(envelope);
        }
        let next_set = next.as_deref().map_or(self.set.clone(), set_of);
        let header = Header {
            version: 1,
            suite: self.suite,
            flags: HeaderFlags(0),
            height,
            round: 0,
            time_ms,
            previous: self.headers.last().map_or(self.genesis.hash().0, |(h, _)| h.hash()),
            payload_hash: Payload::hash(self.suite, &Payload::new(envelopes).encode()),
            log_size: self.leaves.len() as u64,
            log_root: log::root(self.suite, self.leaf_hashes()),
            registry_root: Hash::ZERO,
            validators_hash: self.set.hash(self.suite),
            next_validators_hash: next_set.hash(self.suite),
            protocol_version: 1,
            proposer: self.set.proposer(height, 0).unwrap().address(),
        };
        let quorum = sign(&self.genesis, &header, &self.set, &self.keys, 0);
        self.headers.push((header.clone(), quorum.clone()));
        if let Some(keys) = next {
            self.links.push(TrustLink { header, quorum, next_set: next_set.clone() });
            self.keys = keys;
            self.set = next_set;
        }
        self
    }

    pub fn leaf_hashes(&self) -> Vec<Hash> {
        self.leaves.iter().map(|(leaf, _, _)| leaf.hash(self.suite)).collect()
    }

    pub fn trust(&self) -> TrustChain {
        TrustChain {
            genesis: self.genesis.clone(),
            first_set: self.first_set.clone(),
            links: self.links.clone(),
        }
    }

    pub fn root(&self) -> TrustRoot {
        TrustRoot::Genesis(self.genesis.hash())
    }

    /// Receipt of a log position under the header of a height.
    pub fn receipt(&self, position: usize, height: u64) -> Receipt {
        let (header, quorum) = self.headers[height as usize - 1].clone();
        let (leaf, envelope, outcome) = self.leaves[position].clone();
        let hashes: Vec<Hash> =
            self.leaf_hashes().into_iter().take(header.log_size as usize).collect();
        Receipt {
            envelope,
            sender_key: self.sender.public_key().clone(),
            leaf,
            outcome,
            inclusion: InclusionProof {
                size: header.log_size,
                index: position as u64,
                path: path(self.suite, position, &hashes),
            },
            header,
            quorum,
            trust: Some(self.trust()),
        }
    }
}

/// Three of four sign.
pub fn sign(
    genesis: &Genesis,
    header: &Header,
    set: &ValidatorSet,
    keys: &[SigningKey],
    round: u32,
) -> Quorum {
    let message =
        vote_bytes(&genesis.hash(), VoteKind::Precommit, header.height, round, Some(header.hash()));
    let signatures = set.iter().enumerate().take(3).map(|(index, validator)| {
        let key = keys.iter().find(|key| *key.public_key() == validator.public_key).unwrap();
        (index as u16, key.sign_now(&message))
    });
    Quorum { round, signatures: signatures.collect() }
}

/// RFC 9162 section 2.1.3.1, written naively: the reference for proofs made elsewhere.
pub fn path(suite: Suite, index: usize, hashes: &[Hash]) -> Vec<Hash> {
    if hashes.len() <= 1 {
        return vec![];
    }
    let split = hashes.len().next_power_of_two() / 2;
    let (left, right) = hashes.split_at(split);
    let root = |part: &[Hash]| {
        let mut frontier = Frontier::new();
        part.iter().for_each(|hash| frontier.append(suite, *hash));
        frontier.root(suite)
    };
    if index < split {
        let mut path = self::path(suite, index, left);
        path.push(root(right));
        path
    } else {
        let mut path = self::path(suite, index - split, right);
        path.push(root(left));
        path
    }
}
