//! The receipt: everything that proves one record offline, in one file (docs/specs/receipt.md).
//!
//! Comes in: the parts of a receipt, or a file. Goes out: the one encoding, or the parts. Never: a judgement; that is
//! [`crate::verify`]'s.

use crate::cbor::{self, CborError};
use crate::log::InclusionProof;
use crate::{Code, Envelope, Header, LEAF_VERSION, Leaf, Outcome, Quorum, TrustChain, limits};
use alloc::vec::Vec;
use ciborium::Value;
use yinglian_crypto::{Hash, PublicKey};

const VERSION: u64 = 1;
const L_VERSION: i64 = -65537;
const L_ENVELOPE: i64 = -65538;
const L_SENDER_KEY: i64 = -65539;
const L_LEAF: i64 = -65540;
const L_OUTCOME: i64 = -65541;
const L_INCLUSION: i64 = -65542;
const L_HEADER: i64 = -65543;
const L_QUORUM: i64 = -65544;
const L_TRUST: i64 = -65545;

/// A decoded receipt. That it decodes proves nothing; [`crate::verify`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The signed call.
    pub envelope: Envelope,
    /// Public key of the sender; must hash to the sender's address.
    pub sender_key: PublicKey,
    /// The leaf of the log.
    pub leaf: Leaf,
    /// What execution did.
    pub outcome: Outcome,
    /// Path from the leaf to the log root of the header.
    pub inclusion: InclusionProof,
    /// The checkpoint under which the record is proven.
    pub header: Header,
    /// Proof that the validators decided the header.
    pub quorum: Quorum,
    /// Chain of validator sets from the genesis, when embedded.
    pub trust: Option<TrustChain>,
}

impl Receipt {
    /// Deterministic CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let path = self.inclusion.path.iter().map(|hash| Value::from(hash.as_bytes().to_vec()));
        let inclusion = Value::Array(alloc::vec![
            Value::from(self.inclusion.size),
            Value::from(self.inclusion.index),
            Value::Array(path.collect()),
        ]);
        let mut entries = alloc::vec![
            (L_VERSION, Value::from(VERSION)),
            (L_ENVELOPE, Value::from(self.envelope.encode())),
            (L_SENDER_KEY, Value::from(crate::codec::encode(&self.sender_key))),
            (L_LEAF, Value::from(self.leaf.encode())),
            (L_OUTCOME, Value::from(self.outcome.encode())),
            (L_INCLUSION, inclusion),
            (L_HEADER, Value::from(self.header.encode())),
            (L_QUORUM, Value::from(self.quorum.encode())),
        ];
        if let Some(trust) = &self.trust {
            entries.push((L_TRUST, Value::from(trust.encode())));
        }
        cbor::encode_map(entries)
    }

    /// Decodes a receipt of at most 1 MiB; every part must be in its canonical encoding.
    pub fn decode(bytes: &[u8]) -> Result<Self, Code> {
        Self::decode_parts(bytes).map_err(|CborError| Code::RECEIPT_MALFORMED)
    }

    fn decode_parts(bytes: &[u8]) -> Result<Self, CborError> {
        let mut map = cbor::decode_map(bytes, limits::RECEIPT_BYTES_MAX)?;
        if cbor::unsigned(&map.take(L_VERSION)?)? != VERSION {
            return Err(CborError);
        }
        let receipt = Self {
            envelope: Envelope::decode(&cbor::bytes(map.take(L_ENVELOPE)?)?)
                .map_err(|_| CborError)?,
            sender_key: strict(map.take(L_SENDER_KEY)?, 128)?,
            leaf: leaf(map.take(L_LEAF)?)?,
            outcome: Outcome::decode(&cbor::bytes(map.take(L_OUTCOME)?)?).map_err(|_| CborError)?,
            inclusion: inclusion(map.take(L_INCLUSION)?)?,
            header: Header::decode(&cbor::bytes(map.take(L_HEADER)?)?).map_err(|_| CborError)?,
            quorum: Quorum::decode(&cbor::bytes(map.take(L_QUORUM)?)?).map_err(|_| CborError)?,
            trust: map
                .take_optional(L_TRUST)?
                .map(|value| TrustChain::decode(&cbor::bytes(value)?).map_err(|_| CborError))
                .transpose()?,
        };
        map.end()?;
        Ok(receipt)
    }
}

fn strict<T: borsh::BorshDeserialize>(value: Value, limit_bytes: usize) -> Result<T, CborError> {
    crate::codec::decode_strict(&cbor::bytes(value)?, limit_bytes).map_err(|_| CborError)
}

fn leaf(value: Value) -> Result<Leaf, CborError> {
    let leaf: Leaf = strict(value, 1024)?;
    if leaf.version == LEAF_VERSION { Ok(leaf) } else { Err(CborError) }
}

fn inclusion(value: Value) -> Result<InclusionProof, CborError> {
    let [size, index, path] = cbor::array(value)?;
    let path = cbor::list(path)?;
    if path.len() > limits::PROOF_PATH_MAX {
        return Err(CborError);
    }
    Ok(InclusionProof {
        size: cbor::unsigned(&size)?,
        index: cbor::unsigned(&index)?,
        path: path.into_iter().map(hash).collect::<Result<_, _>>()?,
    })
}

fn hash(value: Value) -> Result<Hash, CborError> {
    cbor::bytes(value)?.as_slice().try_into().map(Hash).map_err(|_| CborError)
}
