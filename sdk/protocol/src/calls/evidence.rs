//! Evidence of double voting: two signed votes that no honest validator gives. It proves itself, whoever reports it.

use super::text;
use crate::{Address, GenesisHash, Height, VoteKind, vote_bytes};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Hash, PublicKey, Signature, VerifyingKey};

/// Two votes of one validator, one kind, one height and one round, for different values.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubleVote {
    /// Address of the consensus key.
    pub validator: Address,
    /// Height voted on.
    #[serde(with = "text::height")]
    pub height: Height,
    /// Round voted in.
    pub round: u32,
    /// Kind of both votes.
    #[serde(with = "vote_kind")]
    pub kind: VoteKind,
    /// One vote; the one whose value id is smaller.
    pub first: SignedVote,
    /// The other.
    pub second: SignedVote,
}

/// A value voted for, and the signature over the vote bytes.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedVote {
    /// Hash of the header; none for a vote for no value.
    pub value_id: Option<Hash>,
    /// Signature of the validator.
    pub signature: Signature,
}

impl DoubleVote {
    /// Puts the votes in their order, so that a double vote has one encoding whoever saw which vote first.
    pub fn new(
        validator: Address,
        height: Height,
        round: u32,
        kind: VoteKind,
        votes: (SignedVote, SignedVote),
    ) -> Self {
        let (first, second) =
            if votes.0.value_id <= votes.1.value_id { votes } else { (votes.1, votes.0) };
        Self { validator, height, round, kind, first, second }
    }

    /// True when the votes differ, stand in their order, and this key, which is the validator's, signed both.
    pub fn is_proven(&self, genesis: &GenesisHash, key: &PublicKey) -> bool {
        if key.address() != self.validator || self.first.value_id >= self.second.value_id {
            return false;
        }
        let Ok(key) = VerifyingKey::new(key) else { return false };
        [&self.first, &self.second].iter().all(|vote| {
            let bytes = vote_bytes(genesis, self.kind, self.height, self.round, vote.value_id);
            key.verify(&bytes, &vote.signature).is_ok()
        })
    }
}

mod vote_kind {
    use crate::VoteKind;
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(kind: &VoteKind, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(match kind {
            VoteKind::Prevote => "prevote",
            VoteKind::Precommit => "precommit",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<VoteKind, D::Error> {
        match String::deserialize(input)?.as_str() {
            "prevote" => Ok(VoteKind::Prevote),
            "precommit" => Ok(VoteKind::Precommit),
            _ => Err(D::Error::custom("expected prevote or precommit")),
        }
    }
}
