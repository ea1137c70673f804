//! What executing an envelope did.
//!
//! Comes in: a code, events, writes. Goes out: the hash that the leaf holds. Never: effects of a refused call.

use crate::{Code, CreditCode, DecodeError, Name, codec, limits};
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Hash, Suite};

/// Version byte of the outcome's layout.
pub const OUTCOME_VERSION: u8 = 1;
const TAG_OUTCOME: &str = "yinglian/outcome/v1";

/// The result of one envelope: applied with its effects, or refused with a code and no other effect.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Outcome {
    /// Layout version, [`OUTCOME_VERSION`].
    pub version: u8,
    /// [`Code::APPLIED`] or the code of the refusal.
    pub code: Code,
    /// Events in the order of emission.
    pub events: Vec<Event>,
    /// Registry writes in the order of writing.
    pub writes: Vec<RegistryWrite>,
}

/// Something a subscriber may want to hear of.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Event {
    /// Contract that emitted it.
    pub contract: Name,
    /// Kind of event.
    pub name: Name,
    /// Named values, in the order the contract declares.
    pub fields: Vec<(Name, String)>,
}

/// One write to the registry.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistryWrite {
    /// Registry key.
    pub key: Vec<u8>,
    /// Version of the value, counted from 1.
    pub version: u64,
    /// Hash of the whole value ([`crate::RegistryValue::hash`]).
    pub value_hash: Hash,
}

/// An outcome with the organisation that execution resolved: what a node stores for each leaf.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OutcomeRecord {
    /// Organisation of the sender at execution.
    pub organization: CreditCode,
    /// The outcome.
    pub outcome: Outcome,
}

impl Outcome {
    /// An envelope whose effects took place.
    pub fn applied(events: Vec<Event>, writes: Vec<RegistryWrite>) -> Self {
        Self { version: OUTCOME_VERSION, code: Code::APPLIED, events, writes }
    }

    /// An envelope that the contract refused.
    pub fn refused(code: Code) -> Self {
        Self { version: OUTCOME_VERSION, code, events: Vec::new(), writes: Vec::new() }
    }

    /// Hash that the leaf holds.
    pub fn hash(&self, suite: Suite) -> Hash {
        suite.tagged_hash(TAG_OUTCOME, &[&self.encode()])
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes an outcome and checks its limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let outcome: Self = codec::decode_strict(bytes, limits::BLOCK_BYTES_MAX)?;
        let in_limits = outcome.events.len() <= limits::EVENTS_MAX
            && outcome.writes.len() <= limits::WRITES_MAX
            && outcome.version == OUTCOME_VERSION;
        if in_limits { Ok(outcome) } else { Err(DecodeError::Malformed { what: "Outcome" }) }
    }
}
