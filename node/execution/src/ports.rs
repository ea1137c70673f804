//! What execution asks of its surroundings. `node/src/adapters` answers with the contract that keeps members, the verifier of
//! the waiting room, and the indexes that queries want.

use yinglian_contract_api::{Call, StateError, StateRead};
use yinglian_protocol::{
    Address, CreditCode, EnvelopeHash, EnvelopeId, Height, Name, Outcome, Parameters, Prepared,
    PublicKey, Region, ValidatorSet,
};

/// Who holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Organisation that the key belongs to.
    pub organization: CreditCode,
    /// The key.
    pub public_key: PublicKey,
    /// Roles that the key holds at the time asked for: its own, or those of the delegation it signs under.
    pub roles: Vec<Name>,
    /// Region in which it acts: its organisation's, or the narrower one of its delegation.
    pub region: Region,
    /// True when it signs under the delegation of a post or a person.
    pub person: bool,
    /// First height at which the key no longer signs; none while it is in force.
    pub revoked_from: Option<Height>,
    /// True while the organisation is suspended.
    pub suspended: bool,
}

impl Identity {
    /// True when the key no longer signs at this height.
    pub fn is_revoked(&self, height: Height) -> bool {
        self.revoked_from.is_some_and(|from| from <= height)
    }
}

/// What the chain itself reads of its registry. Answers depend on the state alone.
pub trait Rules: Send + Sync {
    /// Who holds the key of an address, also when it is revoked; none when it was never registered. Delegations are read at
    /// `time_ms`, the time of the last header.
    fn identity(
        &self,
        state: &dyn StateRead,
        address: &Address,
        time_ms: u64,
    ) -> Result<Option<Identity>, StateError>;

    /// The validators that decide a height, which is the state's height or the next.
    fn validator_set(
        &self,
        state: &dyn StateRead,
        height: Height,
    ) -> Result<ValidatorSet, StateError>;

    /// The version of the rules under which a height is decided, which is the state's height or the next; none when no decision set one
    /// and the genesis' version holds.
    fn protocol_version(
        &self,
        state: &dyn StateRead,
        height: Height,
    ) -> Result<Option<u32>, StateError>;

    /// The parameters in force.
    fn parameters(&self, state: &dyn StateRead) -> Result<Parameters, StateError>;
}

/// Who checks envelope signatures. The answers are the same on every node; only the work differs.
pub trait SignatureCheck {
    /// Id of an envelope hash that was found valid before: saves hashing the body again.
    fn known(&self, hash: &EnvelopeHash) -> Option<EnvelopeId>;

    /// Whether each signature is valid, in order and of the same number.
    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool>;
}

/// For blocks that a valid quorum decided: their envelopes' signatures need not be checked again (spec 5).
#[derive(Debug, Clone, Copy, Default)]
pub struct UnderQuorum;

impl SignatureCheck for UnderQuorum {
    fn known(&self, _: &EnvelopeHash) -> Option<EnvelopeId> {
        None
    }

    fn check(&self, envelopes: &[(&Prepared, &PublicKey)]) -> Vec<bool> {
        envelopes.iter().map(|_| true).collect()
    }
}

/// Which local index entries a record gets. Rebuildable, and invisible to contracts.
pub trait Indexing: Send + Sync {
    /// Keys under which queries find the record; most have none or one.
    fn keys(&self, call: &Call<'_>, organization: &CreditCode, outcome: &Outcome) -> Vec<Vec<u8>>;
}
