//! What a verifier trusts, and how trust travels from there to the validators of today (docs/specs/trust.md).
//!
//! Comes in: a root from somebody trusted, a chain of sets from anybody. Goes out: the set of each height, as far as it is
//! proven. Never: a set that the one before did not vouch for.

use crate::cbor::{self, CborError};
use crate::{
    Code, DefaultEngine, Genesis, GenesisHash, Header, Height, Quorum, SignatureEngine,
    ValidatorSet, codec, limits,
};
use alloc::vec::Vec;
use ciborium::Value;
use core::str::FromStr;
use yinglian_crypto::{Hash, Suite};

const VERSION: u64 = 1;
const L_VERSION: i64 = -65601;
const L_GENESIS: i64 = -65602;
const L_FIRST_SET: i64 = -65603;
const L_LINKS: i64 = -65604;
const L_ROOT_VERSION: i64 = -65651;
const L_ROOT_GENESIS: i64 = -65652;
const L_ROOT_HEIGHT: i64 = -65653;
const L_ROOT_HEADER: i64 = -65654;
const L_ROOT_TIME: i64 = -65655;
const L_ROOT_SET: i64 = -65656;
const SET_BYTES_MAX: usize = 128 * 1024;

/// Where a verifier's trust begins. He gets it from somebody he trusts, not from the node he checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustRoot {
    /// Hash of the genesis: all sets since then are proven from it.
    Genesis(GenesisHash),
    /// A header that the verifier trusts, with the set that decides the next one.
    Checkpoint(Checkpoint),
}

/// A trusted header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Hash of the genesis.
    pub genesis: GenesisHash,
    /// Height of the trusted header.
    pub height: Height,
    /// Hash of the trusted header.
    pub header_hash: Hash,
    /// Time of the trusted header, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Set that decides the next height.
    pub set: ValidatorSet,
}

/// A set change: the header that fixes another set for the next height, and that set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustLink {
    /// Header whose `next_validators_hash` differs from its `validators_hash`.
    pub header: Header,
    /// Quorum of the old set.
    pub quorum: Quorum,
    /// The new set.
    pub next_set: ValidatorSet,
}

/// The content of a `.trust` file: genesis, first set, and every change since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustChain {
    /// The genesis.
    pub genesis: Genesis,
    /// Set that decides height 1.
    pub first_set: ValidatorSet,
    /// Changes in ascending order of height.
    pub links: Vec<TrustLink>,
}

/// The sets that a chain proves, each from the height it decides first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenSets {
    genesis: GenesisHash,
    suite: Suite,
    root_time_ms: u64,
    sets: Vec<(Height, ValidatorSet)>,
}

impl TrustRoot {
    /// Reads a root: 64 hex digits of the genesis hash, a checkpoint file, or a `.trust` file whose genesis is taken.
    pub fn parse(bytes: &[u8]) -> Result<Self, Code> {
        if let Some(hash) =
            core::str::from_utf8(bytes).ok().and_then(|t| Hash::from_str(t.trim()).ok())
        {
            return Ok(Self::Genesis(GenesisHash(hash)));
        }
        if let Ok(checkpoint) = Checkpoint::decode(bytes) {
            return Ok(Self::Checkpoint(checkpoint));
        }
        TrustChain::decode(bytes).map(|chain| Self::Genesis(chain.genesis.hash()))
    }

    /// Hash of the genesis that the root names.
    pub fn genesis(&self) -> GenesisHash {
        match self {
            Self::Genesis(hash) => *hash,
            Self::Checkpoint(checkpoint) => checkpoint.genesis,
        }
    }
}

impl Checkpoint {
    /// Deterministic CBOR.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode_map(alloc::vec![
            (L_ROOT_VERSION, Value::from(VERSION)),
            (L_ROOT_GENESIS, Value::from(self.genesis.0.as_bytes().to_vec())),
            (L_ROOT_HEIGHT, Value::from(self.height.0)),
            (L_ROOT_HEADER, Value::from(self.header_hash.as_bytes().to_vec())),
            (L_ROOT_TIME, Value::from(self.time_ms)),
            (L_ROOT_SET, Value::from(codec::encode(&self.set))),
        ])
    }

    /// Decodes a checkpoint file.
    pub fn decode(bytes: &[u8]) -> Result<Self, Code> {
        Self::decode_parts(bytes).map_err(|CborError| Code::TRUST_ROOT_MALFORMED)
    }

    fn decode_parts(bytes: &[u8]) -> Result<Self, CborError> {
        let mut map = cbor::decode_map(bytes, SET_BYTES_MAX)?;
        if cbor::unsigned(&map.take(L_ROOT_VERSION)?)? != VERSION {
            return Err(CborError);
        }
        let checkpoint = Self {
            genesis: GenesisHash(hash(map.take(L_ROOT_GENESIS)?)?),
            height: Height(cbor::unsigned(&map.take(L_ROOT_HEIGHT)?)?),
            header_hash: hash(map.take(L_ROOT_HEADER)?)?,
            time_ms: cbor::unsigned(&map.take(L_ROOT_TIME)?)?,
            set: set(map.take(L_ROOT_SET)?)?,
        };
        map.end()?;
        Ok(checkpoint)
    }
}

impl TrustChain {
    /// Deterministic CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let links = self.links.iter().map(|link| {
            Value::Array(alloc::vec![
                Value::from(link.header.encode()),
                Value::from(link.quorum.encode()),
                Value::from(codec::encode(&link.next_set)),
            ])
        });
        cbor::encode_map(alloc::vec![
            (L_VERSION, Value::from(VERSION)),
            (L_GENESIS, Value::from(self.genesis.encode())),
            (L_FIRST_SET, Value::from(codec::encode(&self.first_set))),
            (L_LINKS, Value::Array(links.collect())),
        ])
    }

    /// Decodes a `.trust` file of at most 64 MiB. Proves nothing yet.
    pub fn decode(bytes: &[u8]) -> Result<Self, Code> {
        Self::decode_parts(bytes).map_err(|CborError| Code::TRUST_ROOT_MALFORMED)
    }

    fn decode_parts(bytes: &[u8]) -> Result<Self, CborError> {
        let mut map = cbor::decode_map(bytes, limits::TRUST_BYTES_MAX)?;
        if cbor::unsigned(&map.take(L_VERSION)?)? != VERSION {
            return Err(CborError);
        }
        let chain = Self {
            genesis: Genesis::decode(&cbor::bytes(map.take(L_GENESIS)?)?).map_err(|_| CborError)?,
            first_set: set(map.take(L_FIRST_SET)?)?,
            links: cbor::list(map.take(L_LINKS)?)?
                .into_iter()
                .map(link)
                .collect::<Result<_, _>>()?,
        };
        map.end()?;
        Ok(chain)
    }

    /// Proves every set from the root on. Links below a checkpoint are passed over.
    pub fn prove(&self, root: &TrustRoot) -> Result<ProvenSets, Code> {
        self.prove_with(root, &DefaultEngine)
    }

    /// The same with a chosen signature engine.
    pub fn prove_with(
        &self,
        root: &TrustRoot,
        engine: &dyn SignatureEngine,
    ) -> Result<ProvenSets, Code> {
        let genesis = self.genesis.hash();
        if genesis != root.genesis() {
            return Err(Code::RECEIPT_WRONG_CHAIN);
        }
        let suite = self.genesis.suite;
        let mut proven = match root {
            TrustRoot::Genesis(_) => {
                if self.first_set.hash(suite) != self.genesis.validators_hash {
                    return Err(Code::RECEIPT_SET_UNPROVEN);
                }
                ProvenSets::starting(
                    genesis,
                    suite,
                    self.genesis.time_ms,
                    Height(1),
                    self.first_set.clone(),
                )
            }
            TrustRoot::Checkpoint(checkpoint) => ProvenSets::from_checkpoint(checkpoint, suite),
        };
        // Under a genesis nothing is passed over: a link that claims height 0 is false.
        let passed_over = |link: &&TrustLink| match root {
            TrustRoot::Genesis(_) => false,
            TrustRoot::Checkpoint(checkpoint) => link.header.height <= checkpoint.height,
        };
        for link in self.links.iter().filter(|link| !passed_over(link)) {
            proven.follow(link, engine)?;
        }
        Ok(proven)
    }
}

impl ProvenSets {
    fn starting(
        genesis: GenesisHash,
        suite: Suite,
        root_time_ms: u64,
        from: Height,
        set: ValidatorSet,
    ) -> Self {
        Self { genesis, suite, root_time_ms, sets: alloc::vec![(from, set)] }
    }

    /// The one set that a checkpoint names, without any chain.
    pub fn from_checkpoint(checkpoint: &Checkpoint, suite: Suite) -> Self {
        Self::starting(
            checkpoint.genesis,
            suite,
            checkpoint.time_ms,
            checkpoint.height.next(),
            checkpoint.set.clone(),
        )
    }

    /// Adds a set change that the newest proven set decided.
    pub fn follow(&mut self, link: &TrustLink, engine: &dyn SignatureEngine) -> Result<(), Code> {
        self.check_header(&link.header, &link.quorum, engine)?;
        let is_newest = self.sets.last().is_some_and(|(from, _)| link.header.height >= *from);
        if !is_newest || link.next_set.hash(self.suite) != link.header.next_validators_hash {
            return Err(Code::RECEIPT_SET_UNPROVEN);
        }
        self.sets.push((link.header.height.next(), link.next_set.clone()));
        Ok(())
    }

    /// Checks that the set in force at the header's height decided it.
    pub fn check_header(
        &self,
        header: &Header,
        quorum: &Quorum,
        engine: &dyn SignatureEngine,
    ) -> Result<(), Code> {
        let set = self.at(header.height).ok_or(Code::RECEIPT_SET_UNPROVEN)?;
        if header.suite != self.suite {
            return Err(Code::RECEIPT_WRONG_CHAIN);
        }
        if set.hash(self.suite) != header.validators_hash {
            return Err(Code::RECEIPT_SET_UNPROVEN);
        }
        if header.round > quorum.round {
            return Err(Code::RECEIPT_QUORUM_INVALID);
        }
        quorum
            .verify_with(&self.genesis, header.height, header.hash(), set, engine)
            .map_err(|_| Code::RECEIPT_QUORUM_INVALID)
    }

    /// The set in force at a height; none below the root.
    pub fn at(&self, height: Height) -> Option<&ValidatorSet> {
        self.sets.iter().rev().find(|(from, _)| *from <= height).map(|(_, set)| set)
    }

    /// Height that the first proven set decides first.
    pub fn first_height(&self) -> Height {
        self.sets.first().map_or(Height(1), |(from, _)| *from)
    }

    /// Newest proven set and the height from which it decides.
    pub fn newest(&self) -> Option<&(Height, ValidatorSet)> {
        self.sets.last()
    }

    /// Hash of the genesis.
    pub fn genesis(&self) -> GenesisHash {
        self.genesis
    }

    /// Suite of the chain.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Time of the root, milliseconds since 1970-01-01 UTC.
    pub fn root_time_ms(&self) -> u64 {
        self.root_time_ms
    }
}

fn hash(value: Value) -> Result<Hash, CborError> {
    cbor::bytes(value)?.as_slice().try_into().map(Hash).map_err(|_| CborError)
}

fn set(value: Value) -> Result<ValidatorSet, CborError> {
    codec::decode_strict(&cbor::bytes(value)?, SET_BYTES_MAX).map_err(|_| CborError)
}

fn link(value: Value) -> Result<TrustLink, CborError> {
    let [header, quorum, next_set] = cbor::array(value)?;
    Ok(TrustLink {
        header: Header::decode(&cbor::bytes(header)?).map_err(|_| CborError)?,
        quorum: Quorum::decode(&cbor::bytes(quorum)?).map_err(|_| CborError)?,
        next_set: set(next_set)?,
    })
}
