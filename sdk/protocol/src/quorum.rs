//! The proof that a set decided a header: signatures of more than two thirds of its weight (共识提交证明).
//!
//! Comes in: signatures, and the set they are said to come from. Goes out: whether they decide the header. Never: one invalid
//! signature beside enough valid ones.

use crate::{
    DecodeError, DefaultEngine, GenesisHash, Height, SignatureEngine, ValidatorSet, VoteKind,
    codec, limits, vote_bytes,
};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::{Hash, Signature};

/// Precommits of one round for one header, validator indexes strictly ascending.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Quorum {
    /// Round that decided.
    pub round: u32,
    /// Index in the validator set, and signature over the vote bytes.
    pub signatures: Vec<(u16, Signature)>,
}

/// Why signatures are no quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// Indexes are not strictly ascending, or name no validator of the set.
    #[error("quorum names validator {index} out of order or outside the set")]
    Index {
        /// The offending index.
        index: u16,
    },
    /// One signature is invalid; one is enough to refuse the whole.
    #[error("signature of validator {index} is invalid")]
    Signature {
        /// Whose signature.
        index: u16,
    },
    /// Not more than two thirds of the weight.
    #[error("{signed} of {total} weight signed, which is not more than two thirds")]
    Weight {
        /// Weight that signed.
        signed: u64,
        /// Weight of the set.
        total: u64,
    },
}

impl Quorum {
    /// Checks every signature and that `3 · signed > 2 · total`.
    pub fn verify(
        &self,
        genesis: &GenesisHash,
        height: Height,
        value_id: Hash,
        set: &ValidatorSet,
    ) -> Result<(), QuorumError> {
        self.verify_with(genesis, height, value_id, set, &DefaultEngine)
    }

    /// The same with a chosen signature engine.
    pub fn verify_with(
        &self,
        genesis: &GenesisHash,
        height: Height,
        value_id: Hash,
        set: &ValidatorSet,
        engine: &dyn SignatureEngine,
    ) -> Result<(), QuorumError> {
        let total = set.total_weight();
        let signed = self.signed_weight(set)?;
        // Weights are at most 2^32 and sets at most 128: no product comes near u64's end.
        if signed.saturating_mul(3) <= total.saturating_mul(2) {
            return Err(QuorumError::Weight { signed, total });
        }
        let message = vote_bytes(genesis, VoteKind::Precommit, height, self.round, Some(value_id));
        for (index, signature) in &self.signatures {
            let key = set.get(*index).ok_or(QuorumError::Index { index: *index })?;
            engine
                .verify(&key.public_key, &message, signature)
                .map_err(|_| QuorumError::Signature { index: *index })?;
        }
        Ok(())
    }

    /// Weight of the validators named; refuses repeated or unknown indexes.
    pub fn signed_weight(&self, set: &ValidatorSet) -> Result<u64, QuorumError> {
        let mut last: Option<u16> = None;
        let mut signed = 0_u64;
        for (index, _) in &self.signatures {
            let key = set.get(*index).ok_or(QuorumError::Index { index: *index })?;
            if last.is_some_and(|last| last >= *index) {
                return Err(QuorumError::Index { index: *index });
            }
            last = Some(*index);
            signed = signed.saturating_add(key.weight);
        }
        Ok(signed)
    }

    /// The fewest signatures that suffice, heaviest first, in ascending order of index: what receipts carry.
    pub fn shortest(&self, set: &ValidatorSet) -> Self {
        let total = set.total_weight();
        let weight = |index: u16| set.get(index).map_or(0, |v| v.weight);
        let mut by_weight = self.signatures.clone();
        by_weight.sort_by_key(|(index, _)| (core::cmp::Reverse(weight(*index)), *index));
        let mut signed = 0_u64;
        let mut signatures = Vec::new();
        for (index, signature) in by_weight {
            if signed.saturating_mul(3) > total.saturating_mul(2) {
                break;
            }
            signed = signed.saturating_add(weight(index));
            signatures.push((index, signature));
        }
        signatures.sort_by_key(|(index, _)| *index);
        Self { round: self.round, signatures }
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a quorum of at most 128 signatures.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_strict(bytes, limits::QUORUM_BYTES_MAX)
    }
}
