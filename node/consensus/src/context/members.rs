//! The protocol's validator set, with addresses and total weight computed once.

use super::{BlockHeight, ValidatorId};
use malachite::app::types::core as engine;
use malachite::app::types::core::{Round, VotingPower};
use std::sync::Arc;
use yinglian_protocol::{Address, PublicKey, ValidatorSet};

/// One validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    address: ValidatorId,
    public_key: PublicKey,
    weight: u64,
}

impl engine::Validator<super::Chain> for Member {
    fn address(&self) -> &ValidatorId {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn voting_power(&self) -> VotingPower {
        self.weight
    }
}

/// A set in the order of the protocol's indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    set: ValidatorSet,
    // Never empty, in the order of `set`.
    members: Vec<Member>,
    total: u64,
}

impl Members {
    /// Prepares a set for the engine.
    pub fn new(set: ValidatorSet) -> Self {
        let members = set
            .iter()
            .map(|validator| Member {
                address: ValidatorId(validator.address()),
                public_key: validator.public_key.clone(),
                weight: validator.weight,
            })
            .collect();
        let total = set.total_weight();
        Self(Arc::new(Inner { set, members, total }))
    }

    /// The protocol's set.
    pub fn set(&self) -> &ValidatorSet {
        &self.0.set
    }

    /// Index of an address in the set.
    pub fn index_of(&self, address: &Address) -> Option<u16> {
        // Members are in ascending order of address.
        let index = self.0.members.binary_search_by(|member| member.address.0.cmp(address)).ok()?;
        u16::try_from(index).ok()
    }

    /// Validator of an address.
    pub fn member(&self, address: &Address) -> Option<&Member> {
        self.0.members.get(usize::from(self.index_of(address)?))
    }

    /// The proposer of a height and round. Total: a set is never empty, and a nil round counts as round 0.
    pub(crate) fn proposer(&self, height: BlockHeight, round: Round) -> &Member {
        self.0
            .set
            .proposer(height.into(), round.as_u32().unwrap_or(0))
            .and_then(|validator| self.member(&validator.address()))
            .unwrap_or(&self.0.members[0])
    }

    /// Address of the proposer of a height and round.
    pub fn proposer_address(&self, height: BlockHeight, round: u32) -> Address {
        self.proposer(height, Round::new(round)).address.0
    }
}

impl Member {
    /// Address of the consensus key.
    pub fn address(&self) -> &Address {
        &self.address.0
    }

    /// The consensus key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}

impl engine::ValidatorSet<super::Chain> for Members {
    fn count(&self) -> usize {
        self.0.members.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.total
    }

    fn get_by_address(&self, address: &ValidatorId) -> Option<&Member> {
        self.member(&address.0)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.0.members.get(index)
    }
}
