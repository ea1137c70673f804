//! Who decides: the validator set of a height, its hash and its proposers.
//!
//! Comes in: validators. Goes out: the set in its one order. Never: a set without weight, or with a key twice.

use crate::{CreditCode, Height, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Address, Hash, PublicKey, Suite};

const TAG_SET: &str = "yinglian/validators/v1";
/// Largest weight of a validator: sums stay far below u64.
const WEIGHT_MAX: u64 = 1 << 32;

/// One validator of a set.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Validator {
    /// Organisation that runs it.
    pub organization: CreditCode,
    /// Consensus key.
    pub public_key: PublicKey,
    /// Voting weight, 1 to 2^32.
    pub weight: u64,
}

/// A set in the order of its indexes: ascending by address, each key once.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, Serialize, Deserialize)]
#[serde(try_from = "Vec<Validator>", into = "Vec<Validator>")]
pub struct ValidatorSet(Vec<Validator>);

/// Why validators do not form a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// No validator, or more than [`limits::VALIDATORS_MAX`].
    #[error("a validator set has 1 to {} validators", limits::VALIDATORS_MAX)]
    Count,
    /// A weight out of range.
    #[error("a validator's weight is 1 to 2^32")]
    Weight,
    /// Two validators share a key, or they are not in ascending order of address.
    #[error("validators are listed once each, in ascending order of address")]
    Order,
}

impl Validator {
    /// Address of the consensus key.
    pub fn address(&self) -> Address {
        self.public_key.address()
    }
}

impl ValidatorSet {
    /// Sorts and checks.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        validators.sort_by_key(Validator::address);
        Self::from_sorted(validators)
    }

    fn from_sorted(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        if validators.is_empty() || validators.len() > limits::VALIDATORS_MAX {
            return Err(ValidatorSetError::Count);
        }
        if validators.iter().any(|v| v.weight == 0 || v.weight > WEIGHT_MAX) {
            return Err(ValidatorSetError::Weight);
        }
        let ordered = validators
            .iter()
            .zip(validators.iter().skip(1))
            .all(|(a, b)| a.address() < b.address());
        if ordered { Ok(Self(validators)) } else { Err(ValidatorSetError::Order) }
    }

    /// Validators in the order of their indexes.
    pub fn iter(&self) -> core::slice::Iter<'_, Validator> {
        self.0.iter()
    }

    /// Number of validators.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true: a set holds at least one validator.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Validator at an index.
    pub fn get(&self, index: u16) -> Option<&Validator> {
        self.0.get(usize::from(index))
    }

    /// Index and validator of an address.
    pub fn find(&self, address: &Address) -> Option<(u16, &Validator)> {
        let index = self.0.iter().position(|v| v.address() == *address)?;
        Some((u16::try_from(index).ok()?, self.0.get(index)?))
    }

    /// Sum of all weights.
    pub fn total_weight(&self) -> u64 {
        self.0.iter().fold(0_u64, |sum, v| sum.saturating_add(v.weight))
    }

    /// The proposer of a height and round: the weights laid end to end, one step a height and a round.
    pub fn proposer(&self, height: Height, round: u32) -> Option<&Validator> {
        let slot = height.0.wrapping_add(u64::from(round)).checked_rem(self.total_weight())?;
        let mut end = 0_u64;
        self.0.iter().find(|validator| {
            end = end.saturating_add(validator.weight);
            slot < end
        })
    }

    /// Hash that headers hold.
    pub fn hash(&self, suite: Suite) -> Hash {
        suite.tagged_hash(TAG_SET, &[&codec::encode(self)])
    }
}

impl BorshDeserialize for ValidatorSet {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let validators = Vec::<Validator>::deserialize_reader(reader)?;
        Self::from_sorted(validators).map_err(|_| codec::invalid("validator set"))
    }
}

impl TryFrom<Vec<Validator>> for ValidatorSet {
    type Error = ValidatorSetError;
    fn try_from(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        Self::from_sorted(validators)
    }
}

impl From<ValidatorSet> for Vec<Validator> {
    fn from(set: ValidatorSet) -> Self {
        set.0
    }
}
