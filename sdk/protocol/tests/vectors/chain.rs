//! A chain made by hand: its writer says what executes to what, so that validators can be made to sign a lie as well.

use super::{DOCUMENT, GENESIS_MS, key, name};
use std::collections::BTreeMap;
use yinglian_protocol::calls::{Arguments, membership, possession_bytes, record};
use yinglian_protocol::log::{Frontier, InclusionProof, node_hash};
use yinglian_protocol::registry::{RegistryTree, key_hash};
use yinglian_protocol::*;

pub const CODES: [&str; 5] = [
    "11410400XX0000019H",
    "11410400XX0000027C",
    "12410400XX00000354",
    "11410400XX00000432",
    "11410400XX0000051W",
];

/// What the validators of a chain agree to say though it is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    Height,
    Previous,
    Time,
    OtherSuite,
    Flags,
    Proposer,
    Round,
    OtherPayload,
    Expired,
    TooLong,
    Twice,
    Signature,
    Version,
    Effects,
    LogSize,
    LogRoot,
    RegistryRoot,
    OtherSet,
    HeaderVersion,
    OutcomeVersion,
}

impl Lie {
    pub const ALL: [Self; 20] = [
        Self::Height,
        Self::Previous,
        Self::Time,
        Self::OtherSuite,
        Self::Flags,
        Self::Proposer,
        Self::Round,
        Self::OtherPayload,
        Self::Expired,
        Self::TooLong,
        Self::Twice,
        Self::Signature,
        Self::Version,
        Self::Effects,
        Self::LogSize,
        Self::LogRoot,
        Self::RegistryRoot,
        Self::OtherSet,
        Self::HeaderVersion,
        Self::OutcomeVersion,
    ];
}

/// What goes into a block.
#[derive(Debug, Clone)]
pub struct Decided {
    pub envelope: Envelope,
    pub outcome: Outcome,
}

#[derive(Debug, Clone)]
pub struct Block {
    pub header: Header,
    pub quorum: Quorum,
    pub decided: Vec<Decided>,
    /// The set that decides this block.
    pub set: ValidatorSet,
    /// Set of the next block, when it is another.
    pub next: Option<ValidatorSet>,
}

pub struct Chain {
    pub suite: Suite,
    pub genesis: Genesis,
    pub entries: BTreeMap<Vec<u8>, Vec<u8>>,
    pub first_set: ValidatorSet,
    pub blocks: Vec<Block>,
    pub leaves: Vec<Leaf>,
    pub lie: Option<Lie>,
    set: ValidatorSet,
    tree: RegistryTree,
    values: BTreeMap<Vec<u8>, RegistryValue>,
}

/// Label of the key of a validator.
pub fn validator(number: usize) -> String {
    format!("vector validator {number}")
}

/// A set of validators by number and weight.
pub fn set_of(suite: Suite, validators: &[(usize, u64)]) -> ValidatorSet {
    let validators = validators.iter().map(|(number, weight)| Validator {
        organization: organization(*number),
        public_key: key(suite, &validator(*number)).public_key().clone(),
        weight: *weight,
    });
    ValidatorSet::new(validators.collect()).unwrap()
}

fn organization(number: usize) -> CreditCode {
    CreditCode::parse(CODES[number % CODES.len()]).unwrap()
}

/// Those of a set whose indexes are named sign a vote.
pub fn sign(
    genesis: &Genesis,
    header: &Header,
    round: u32,
    set: &ValidatorSet,
    indexes: &[u16],
) -> Quorum {
    let vote =
        vote_bytes(&genesis.hash(), VoteKind::Precommit, header.height, round, Some(header.hash()));
    let signatures = indexes.iter().map(|index| (*index, key_of(set, *index).sign_now(&vote)));
    Quorum { round, signatures: signatures.collect() }
}

/// The secret key of a validator in a set.
pub fn key_of(set: &ValidatorSet, index: u16) -> yinglian_crypto::SigningKey {
    let public_key = &set.get(index).unwrap().public_key;
    let mut keys = (0..32).map(|number| key(public_key.suite(), &validator(number)));
    keys.find(|key| key.public_key() == public_key).unwrap()
}

impl Chain {
    pub fn new(suite: Suite, chain_name: &str) -> Self {
        let first_set = set_of(suite, &[(0, 1), (1, 1), (2, 1), (3, 1)]);
        let mut tree = RegistryTree::new(suite);
        let mut values = BTreeMap::new();
        for entry in ["org/11410400XX0000019H", "parameters", "validators"] {
            let value = RegistryValue {
                schema: 1,
                version: 1,
                written_at: None,
                previous_at: None,
                previous_hash: Hash::ZERO,
                body: format!("body of {entry}").into_bytes(),
            };
            tree.put(key_hash(suite, entry.as_bytes()), value.hash(suite));
            values.insert(entry.as_bytes().to_vec(), value);
        }
        let genesis = Genesis {
            version: 1,
            suite,
            flags: HeaderFlags(0),
            name: chain_name.into(),
            time_ms: GENESIS_MS,
            registry_root: tree.root(),
            validators_hash: first_set.hash(suite),
            protocol_version: 1,
        };
        Self {
            suite,
            genesis,
            entries: values.iter().map(|(key, value)| (key.clone(), value.encode())).collect(),
            set: first_set.clone(),
            first_set,
            blocks: vec![],
            leaves: vec![],
            lie: None,
            tree,
            values,
        }
    }

    /// Four blocks: records, a set change, records under the new set, and one that needed a third round.
    pub fn example(suite: Suite) -> Self {
        Self::telling(suite, None)
    }

    /// The same with a lie in the third block.
    pub fn telling(suite: Suite, lie: Option<Lie>) -> Self {
        let mut chain = Self::new(suite, "向量 vectors");
        let recorder = key(suite, "vector recorder");
        let administrator = key(suite, "vector administrator");
        let event = Event {
            contract: name("record"),
            name: name("notarized"),
            fields: vec![
                (name("kind"), "file".into()),
                (name("business_key"), "docs/记录.md".replace("记录", "record")),
            ],
        };
        let notarize = chain.notarize(None);
        let first = chain.call(&recorder, &notarize, 1);
        let bytes =
            possession_bytes(&chain.genesis.hash(), &organization(0), recorder.public_key());
        let register: Arguments = membership::KeyRegister {
            public_key: recorder.public_key().clone(),
            roles: vec![name("recorder")],
            proof: recorder.sign_now(&bytes),
        }
        .into();
        let second = chain.call(&administrator, &register, 2);
        let third = chain.call(&key(suite, "vector stranger"), &notarize, 3);
        let entry = format!("key/{}", recorder.public_key().address());
        let write = chain.write(&entry, 1);
        let decided = vec![
            Decided { envelope: first.clone(), outcome: Outcome::applied(vec![event], vec![]) },
            Decided { envelope: second, outcome: Outcome::applied(vec![], vec![write]) },
            Decided { envelope: third, outcome: Outcome::refused(Code::ROLE_MISSING) },
        ];
        chain.block(decided, None, 0, 0);
        // A heavier validator joins; the set of the next block is another.
        let joined = set_of(suite, &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 2)]);
        chain.block(vec![], Some(joined), 0, 0);
        chain.lie = lie;
        let decided = chain.third_block(&first, &recorder, &administrator);
        chain.block(decided, None, 0, 0);
        chain.lie = None;
        chain.block(vec![], None, 1, 2);
        chain
    }

    /// A correction, and a call that writes one key twice besides another.
    fn third_block(
        &mut self,
        first: &Envelope,
        recorder: &yinglian_crypto::SigningKey,
        administrator: &yinglian_crypto::SigningKey,
    ) -> Vec<Decided> {
        let correction = self.notarize(Some(first.body.id(self.suite)));
        let mut fourth = self.call(recorder, &correction, 4);
        if self.lie == Some(Lie::Signature) {
            fourth.signature = recorder.sign_now(b"another message");
        }
        let set_parameter: Arguments = membership::DecisionPropose {
            action: membership::Action::SetParameter {
                name: name("block_records_max"),
                value: 500,
            },
            document: self.digest(),
            title: "决定".into(),
        }
        .into();
        let fifth = match self.lie {
            Some(Lie::Twice) => first.clone(),
            _ => self.call(administrator, &set_parameter, 5),
        };
        let at = self.leaves.len() as u64 + 1;
        let writes =
            vec![self.write("parameters", at), self.write("parameters", at), self.write("x", at)];
        let mut second = Outcome::applied(vec![], writes);
        match self.lie {
            Some(Lie::Version) => second.writes[0].version += 1,
            Some(Lie::Effects) => second.code = Code::ROLE_MISSING,
            Some(Lie::OutcomeVersion) => second.version = 2,
            _ => {}
        }
        vec![
            Decided { envelope: fourth, outcome: Outcome::applied(vec![], vec![]) },
            Decided { envelope: fifth, outcome: second },
        ]
    }

    pub fn digest(&self) -> record::Digest {
        let algorithm = if self.suite == Suite::National { "sm3" } else { "sha256" };
        let value = self.suite.hash(&[DOCUMENT]);
        record::Digest { algorithm: name(algorithm), value, length_bytes: DOCUMENT.len() as u64 }
    }

    fn notarize(&self, corrects: Option<EnvelopeId>) -> Arguments {
        record::Notarize {
            kind: name("file"),
            business_key: "docs/record.md".into(),
            digest: self.digest(),
            title: "记录".into(),
            source: record::Source {
                system: "yinglian".into(),
                method: name("file-scan"),
                operator_tag: "op-1".into(),
                clock_ms: GENESIS_MS + 123,
            },
            corrects: corrects.map(|record| record::Correction { record, reason: "笔误".into() }),
        }
        .into()
    }

    fn call(
        &self,
        sender: &yinglian_crypto::SigningKey,
        arguments: &Arguments,
        number: u8,
    ) -> Envelope {
        let (contract, method, method_version) = arguments.method();
        let block_ms = GENESIS_MS + 1000 * (self.blocks.len() as u64 + 1);
        let valid_until_ms = match self.lie {
            Some(Lie::Expired) => block_ms - 1,
            Some(Lie::TooLong) => block_ms + 3_600_001,
            _ => GENESIS_MS + 60_000,
        };
        let body = EnvelopeBody {
            format: 1,
            contract: name(contract),
            method: name(method),
            method_version,
            arguments: arguments.encode(),
            sender: sender.public_key().address(),
            valid_until_ms,
            random: [number; 16],
        };
        let signature = sender.sign_now(&body.signing_bytes(&self.genesis.hash()));
        Envelope { body, signature }
    }

    /// Writes a registry value at a log position.
    fn write(&mut self, entry: &str, at: u64) -> RegistryWrite {
        let key = entry.as_bytes().to_vec();
        let before = self.values.get(&key);
        let version = before.map_or(1, |value| value.version + 1);
        let value = RegistryValue {
            schema: 1,
            version,
            written_at: Some(LogPosition(at)),
            previous_at: before.and_then(|value| value.written_at),
            previous_hash: before.map_or(Hash::ZERO, |value| value.hash(self.suite)),
            body: format!("body {version} of {entry}").into_bytes(),
        };
        let value_hash = value.hash(self.suite);
        self.tree.put(key_hash(self.suite, &key), value_hash);
        self.values.insert(key.clone(), value);
        RegistryWrite { key, version, value_hash }
    }

    /// Appends a block that was built in one round and decided in another.
    pub fn block(
        &mut self,
        decided: Vec<Decided>,
        next: Option<ValidatorSet>,
        round: u32,
        quorum_round: u32,
    ) {
        let suite = self.suite;
        let mut height = Height(self.blocks.len() as u64 + 1);
        let mut time_ms = GENESIS_MS + 1000 * height.0;
        // These lies hold in every part of the block, so that nothing else gives them away.
        let mut next = next;
        match self.lie {
            Some(Lie::Height) => height = height.next(),
            Some(Lie::Time) => time_ms -= 1000,
            Some(Lie::OtherSet) => next = Some(self.set.clone()),
            _ => {}
        }
        for (index, Decided { envelope, outcome }) in (0..).zip(&decided) {
            let (envelope_hash, outcome_hash) = (envelope.hash(suite), outcome.hash(suite));
            let (sender, organization) = (envelope.body.sender, organization(0));
            self.leaves.push(Leaf {
                version: 1,
                envelope_hash,
                sender,
                organization,
                height,
                index,
                time_ms,
                outcome_hash,
            });
        }
        let payload = Payload::new(decided.iter().map(|one| one.envelope.clone()).collect());
        let next_set = next.clone().unwrap_or_else(|| self.set.clone());
        let mut header = Header {
            version: 1,
            suite,
            flags: HeaderFlags(0),
            height,
            round,
            time_ms,
            previous: self.blocks.last().map_or(self.genesis.hash().0, |last| last.header.hash()),
            payload_hash: Payload::hash(suite, &payload.encode()),
            log_size: self.leaves.len() as u64,
            log_root: log::root(suite, self.leaf_hashes()),
            registry_root: self.tree.root(),
            validators_hash: self.set.hash(suite),
            next_validators_hash: next_set.hash(suite),
            protocol_version: 1,
            proposer: self.set.proposer(height, round).unwrap().address(),
        };
        self.bend(&mut header);
        let all: Vec<u16> = (0..self.set.len() as u16).collect();
        let quorum = sign(&self.genesis, &header, quorum_round, &self.set, &all);
        let set = std::mem::replace(&mut self.set, next_set);
        self.blocks.push(Block { header, quorum, decided, set, next });
    }

    fn bend(&self, header: &mut Header) {
        match self.lie {
            Some(Lie::HeaderVersion) => header.version = 2,
            Some(Lie::Previous) => header.previous = self.genesis.hash().0,
            Some(Lie::OtherSuite) => header.suite = Suite::National,
            Some(Lie::Flags) => header.flags = HeaderFlags(HeaderFlags::TEST_CLOCK),
            Some(Lie::Proposer) => {
                header.proposer = self.set.proposer(header.height, 1).unwrap().address();
            }
            Some(Lie::Round) => {
                header.round = 1;
                header.proposer = self.set.proposer(header.height, 1).unwrap().address();
            }
            Some(Lie::OtherPayload) => header.payload_hash = Hash::ZERO,
            Some(Lie::LogSize) => header.log_size += 1,
            Some(Lie::LogRoot) => header.log_root = Hash::ZERO,
            Some(Lie::RegistryRoot) => header.registry_root = self.genesis.registry_root,
            Some(Lie::OtherSet) => header.validators_hash = self.first_set.hash(self.suite),
            _ => {}
        }
    }

    pub fn leaf_hashes(&self) -> Vec<Hash> {
        self.leaves.iter().map(|leaf| leaf.hash(self.suite)).collect()
    }

    pub fn decided(&self, position: usize) -> &Decided {
        self.blocks.iter().flat_map(|block| &block.decided).nth(position).unwrap()
    }

    pub fn root(&self) -> TrustRoot {
        TrustRoot::Genesis(self.genesis.hash())
    }

    pub fn trust(&self) -> TrustChain {
        let links = self.blocks.iter().filter_map(|block| {
            let next_set = block.next.clone()?;
            let quorum = block.quorum.shortest(&block.set);
            Some(TrustLink { header: block.header.clone(), quorum, next_set })
        });
        TrustChain {
            genesis: self.genesis.clone(),
            first_set: self.first_set.clone(),
            links: links.collect(),
        }
    }

    /// The header of a height as a root.
    pub fn checkpoint(&self, height: usize) -> Checkpoint {
        let Block { header, set, next, .. } = &self.blocks[height - 1];
        Checkpoint {
            genesis: self.genesis.hash(),
            height: header.height,
            header_hash: header.hash(),
            time_ms: header.time_ms,
            set: next.clone().unwrap_or_else(|| set.clone()),
        }
    }

    /// Receipt of a log position under the header of a height, with the chain of sets embedded.
    pub fn receipt(&self, position: usize, height: usize) -> Receipt {
        let block = &self.blocks[height - 1];
        let size = block.header.log_size;
        let hashes: Vec<Hash> = self.leaf_hashes().into_iter().take(size as usize).collect();
        let Decided { envelope, outcome } = self.decided(position).clone();
        let sender_key = self.sender_key(&envelope);
        let inclusion = InclusionProof {
            size,
            index: position as u64,
            path: path(self.suite, position, &hashes),
        };
        Receipt {
            envelope,
            sender_key,
            leaf: self.leaves[position].clone(),
            outcome,
            inclusion,
            header: block.header.clone(),
            quorum: block.quorum.shortest(&block.set),
            trust: Some(self.trust()),
        }
    }

    pub fn sender_key(&self, envelope: &Envelope) -> PublicKey {
        let labels = ["vector recorder", "vector administrator", "vector stranger"];
        let keys = labels.map(|label| key(self.suite, label).public_key().clone());
        keys.into_iter().find(|key| key.address() == envelope.body.sender).unwrap()
    }
}

/// RFC 9162 section 2.1.3.1.
fn path(suite: Suite, index: usize, hashes: &[Hash]) -> Vec<Hash> {
    if hashes.len() <= 1 {
        return vec![];
    }
    let half = hashes.len().next_power_of_two() / 2;
    let (left, right) = hashes.split_at(half);
    let root = |part: &[Hash]| {
        let mut frontier = Frontier::new();
        part.iter().for_each(|hash| frontier.append(suite, *hash));
        frontier.root(suite)
    };
    debug_assert_eq!(
        node_hash(suite, &root(left), &root(right)),
        log::root(suite, hashes.to_vec())
    );
    let (inner, index, sibling) =
        if index < half { (left, index, right) } else { (right, index - half, left) };
    let mut path = path(suite, index, inner);
    path.push(root(sibling));
    path
}
