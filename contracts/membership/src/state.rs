//! What the contract keeps in the registry, and under which keys. Keys are ASCII, so that a proof can be read.

use crate::versions::FIRST_VERSION;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_contract_api::Entity;
use yinglian_protocol::{
    Address, CreditCode, EnvelopeId, Hash, Height, Name, Parameters, PublicKey, ValidatorSet,
    VoteKind,
    calls::{
        DoubleVote,
        membership::{Action, DelegateKind, DelegationTerms, OrganizationFacts},
        module_key,
        record::Digest,
    },
};

/// Keys of registry entries.
pub mod key_of {
    use super::*;

    /// An organisation.
    pub fn organization(code: &CreditCode) -> Vec<u8> {
        format!("org/{code}").into_bytes()
    }

    /// A key of an organisation.
    pub fn key(address: &Address) -> Vec<u8> {
        format!("key/{address}").into_bytes()
    }

    /// A validator, present, past or to come.
    pub fn validator(address: &Address) -> Vec<u8> {
        format!("validator/{address}").into_bytes()
    }

    /// The validator sets.
    pub const VALIDATORS: &[u8] = b"validators";

    /// The chain parameters.
    pub const PARAMETERS: &[u8] = b"parameters";

    /// A decision, by the envelope id of its proposal.
    pub fn decision(id: &EnvelopeId) -> Vec<u8> {
        format!("decision/{id}").into_bytes()
    }

    /// What a key acts under as a post or a person.
    pub fn delegation(address: &Address) -> Vec<u8> {
        format!("delegation/{address}").into_bytes()
    }

    /// Which acts of an organisation two keys sign.
    pub fn two_person_rule(code: &CreditCode) -> Vec<u8> {
        format!("acts/{code}").into_bytes()
    }

    /// An act for two keys, by the envelope id of its proposal.
    pub fn act(id: &EnvelopeId) -> Vec<u8> {
        format!("act/{id}").into_bytes()
    }

    /// A declared module.
    pub fn module(contract: &Name) -> Vec<u8> {
        module_key(contract.as_str())
    }

    /// The version of the rules.
    pub const PROTOCOL: &[u8] = b"protocol";

    /// Evidence of a double vote.
    pub fn evidence(vote: &DoubleVote) -> Vec<u8> {
        let kind = match vote.kind {
            VoteKind::Prevote => "prevote",
            VoteKind::Precommit => "precommit",
        };
        format!("evidence/{}/{}/{}/{kind}", vote.validator, vote.height, vote.round).into_bytes()
    }
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Organization {
    /// Code, names, region, parent.
    pub facts: OrganizationFacts,
    /// Roles beyond the ordinary ones that its keys may hold, sorted.
    pub roles: Vec<Name>,
    /// True while its keys may not send.
    pub suspended: bool,
    /// Organisations directly below it.
    pub children: u32,
}

/// A key of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Key {
    /// Owner.
    pub organization: CreditCode,
    /// The key.
    pub public_key: PublicKey,
    /// Roles, sorted.
    pub roles: Vec<Name>,
    /// Block that registered it; 0 for genesis.
    pub registered_at: Height,
    /// First height at which it is no longer good.
    pub revoked_from: Option<Height>,
    /// Key that replaced it.
    pub replaced_by: Option<Address>,
}

impl Key {
    /// True when envelopes of this key may be executed at a height.
    pub fn is_good_at(&self, height: Height) -> bool {
        self.revoked_from.is_none_or(|from| height < from)
    }

    /// True when the key holds the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held.as_str() == role)
    }
}

/// A validator and its place in the network.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ValidatorEntry {
    /// Organisation that runs it.
    pub organization: CreditCode,
    /// Consensus key.
    pub public_key: PublicKey,
    /// Voting weight.
    pub weight: u64,
    /// Network identity, base58.
    pub peer_id: String,
    /// Network addresses, multiaddr.
    pub addresses: Vec<String>,
    /// First height that it decides.
    pub active_from: Height,
    /// First height that it no longer decides.
    pub active_until: Option<Height>,
}

impl ValidatorEntry {
    /// True for a height that it decides, in its latest time in the set.
    pub fn decides(&self, height: Height) -> bool {
        self.active_from <= height && self.active_until.is_none_or(|until| height < until)
    }
}

/// The set in force, and the one change that may be pending. The change is not moved over when its height comes: whoever
/// reads asks for a height.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validators {
    /// Set in force when the entry was written.
    pub current: ValidatorSet,
    /// Set that takes over.
    pub scheduled: Option<ScheduledSet>,
}

/// A set that takes over at a height.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ScheduledSet {
    /// First height that it decides.
    pub activation_height: Height,
    /// The set.
    pub set: ValidatorSet,
}

impl Validators {
    /// Set that decides a height, not earlier than the block that wrote the entry.
    pub fn at(&self, height: Height) -> &ValidatorSet {
        match &self.scheduled {
            Some(change) if change.activation_height <= height => &change.set,
            _ => &self.current,
        }
    }

    /// The change that waits at a height.
    pub fn pending_at(&self, height: Height) -> Option<&ScheduledSet> {
        self.scheduled.as_ref().filter(|change| change.activation_height > height)
    }
}

/// The chain parameters.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ParametersEntry(pub Parameters);

/// Whose approvals take a decision. The order of the kinds is part of the encoding.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Policy {
    /// The sharing authority alone.
    Authority,
    /// All of the organisations named, and the sharing authority where it stands in a parent's place.
    Joint {
        /// Organisations, sorted.
        organizations: Vec<CreditCode>,
        /// True when a key with the role `authority` must approve as well.
        authority: bool,
    },
    /// More than two thirds of the organisations that run validators.
    Majority,
}

/// A proposal and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Decision {
    /// What is to be done.
    pub action: Action,
    /// Who decides.
    pub policy: Policy,
    /// Digest of the document that it rests on.
    pub document: Digest,
    /// Title.
    pub title: String,
    /// Block of the proposal.
    pub proposed_at: Height,
    /// Approvals in their order, the proposer's first.
    pub approvals: Vec<Approval>,
    /// Block that took the decision.
    pub decided_at: Option<Height>,
}

/// The approval of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Approval {
    /// Organisation.
    pub organization: CreditCode,
    /// Key that signed.
    pub address: Address,
    /// True when the key held the role `authority`.
    pub authority: bool,
    /// Block of the approval.
    pub height: Height,
}

/// A double vote that was reported.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EvidenceEntry {
    /// The two votes.
    pub double_vote: DoubleVote,
    /// Organisation whose validator it is.
    pub organization: CreditCode,
    /// Organisation that reported it first.
    pub reporter: CreditCode,
    /// Block of the report.
    pub reported_at: Height,
}

/// What a key acts under as a post or a person.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Delegation {
    /// Organisation for which it acts.
    pub organization: CreditCode,
    /// Post or person.
    pub kind: DelegateKind,
    /// Commitment to who it is.
    pub holder: Hash,
    /// What, where and when; roles sorted.
    pub terms: DelegationTerms,
    /// Key that granted it.
    pub granter: Address,
    /// Block that granted it.
    pub granted_at: Height,
    /// Block that ended it before its time.
    pub ended_at: Option<Height>,
}

impl Delegation {
    /// True while the delegate has its roles, read at the time of the last header.
    pub fn is_in_force(&self, time_ms: u64) -> bool {
        self.is_to_come_or_runs(time_ms) && self.terms.from_ms <= time_ms
    }

    /// True while it is not over, also before it begins.
    pub fn is_to_come_or_runs(&self, time_ms: u64) -> bool {
        self.ended_at.is_none() && time_ms < self.terms.until_ms
    }
}

/// Which acts of an organisation two keys sign.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TwoPersonRule {
    /// Methods of this contract, sorted.
    pub methods: Vec<Name>,
    /// How long a proposed act waits, milliseconds.
    pub confirm_within_ms: u64,
}

/// An act that waits for its second signature, or had it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Act {
    /// Organisation that acts.
    pub organization: CreditCode,
    /// Method of this contract.
    pub method: Name,
    /// Version of its arguments.
    pub version: u16,
    /// Its arguments, encoded.
    pub arguments: Vec<u8>,
    /// Key that signed first.
    pub proposer: Address,
    /// Block of the proposal.
    pub proposed_at: Height,
    /// Time from which nobody can confirm it, milliseconds since 1970-01-01 UTC.
    pub expires_ms: u64,
    /// The second signature.
    pub confirmed: Option<Confirmation>,
}

/// The second signature under an act.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirmation {
    /// Key that signed.
    pub address: Address,
    /// Block that carried the act out.
    pub height: Height,
}

/// The version of the rules in force when the entry was written, and the one that may be pending. Absent: the genesis' version.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProtocolEntry {
    /// Version in force when the entry was written.
    pub current: u32,
    /// Version that takes over.
    pub scheduled: Option<ScheduledVersion>,
}

/// A version that takes over at a height.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ScheduledVersion {
    /// The version.
    pub version: u32,
    /// First height under it.
    pub from: Height,
}

impl Default for ProtocolEntry {
    fn default() -> Self {
        Self { current: FIRST_VERSION, scheduled: None }
    }
}

impl ProtocolEntry {
    /// Version under which a height is decided, not earlier than the block that wrote the entry.
    pub fn at(&self, height: Height) -> u32 {
        match &self.scheduled {
            Some(change) if change.from <= height => change.version,
            _ => self.current,
        }
    }

    /// The change that waits at a height.
    pub fn pending_at(&self, height: Height) -> Option<&ScheduledVersion> {
        self.scheduled.as_ref().filter(|change| change.from > height)
    }
}

impl Entity for Organization {
    const SCHEMA: u16 = 1;
}
impl Entity for Key {
    const SCHEMA: u16 = 2;
}
impl Entity for ValidatorEntry {
    const SCHEMA: u16 = 3;
}
impl Entity for Validators {
    const SCHEMA: u16 = 4;
}
impl Entity for ParametersEntry {
    const SCHEMA: u16 = 5;
}
impl Entity for Decision {
    const SCHEMA: u16 = 6;
}
impl Entity for EvidenceEntry {
    const SCHEMA: u16 = 7;
}
impl Entity for Delegation {
    const SCHEMA: u16 = 8;
}
impl Entity for TwoPersonRule {
    const SCHEMA: u16 = 9;
}
impl Entity for Act {
    const SCHEMA: u16 = 10;
}
impl Entity for ProtocolEntry {
    const SCHEMA: u16 = 12;
}
