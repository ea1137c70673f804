//! Arguments of the contract `membership`: organisations, keys, decisions, evidence. Those about delegates and acts of two persons are in
//! `delegates.rs`.

pub use super::delegates::*;
use super::{DoubleVote, record::Digest, text};
use crate::{Address, CreditCode, EnvelopeId, Height, Name, PublicKey, Region};
use alloc::{string::String, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::{Hash, Signature};

/// Name of the contract.
pub const CONTRACT: &str = "membership";
/// `organization.register`, version 1: an organisation registers one below itself.
pub const ORGANIZATION_REGISTER: &str = "organization.register";
/// `key.register`, version 1.
pub const KEY_REGISTER: &str = "key.register";
/// `key.rotate`, version 1.
pub const KEY_ROTATE: &str = "key.rotate";
/// `key.revoke`, version 1.
pub const KEY_REVOKE: &str = "key.revoke";
/// `validator.update_peer`, version 1: an organisation moves its own validator to another network address.
pub const VALIDATOR_UPDATE_PEER: &str = "validator.update_peer";
/// `decision.propose`, version 1.
pub const DECISION_PROPOSE: &str = "decision.propose";
/// `decision.approve`, version 1.
pub const DECISION_APPROVE: &str = "decision.approve";
/// `evidence.report`, version 1.
pub const EVIDENCE_REPORT: &str = "evidence.report";

/// Registers, rotates and revokes keys of its organisation; proposes and approves decisions.
pub const ROLE_ADMINISTRATOR: &str = "administrator";
/// Notarises records.
pub const ROLE_RECORDER: &str = "recorder";
/// Is a consensus key; given by decision only.
pub const ROLE_VALIDATOR: &str = "validator";
/// Reads what concerns the running of nodes.
pub const ROLE_OPERATOR: &str = "operator";
/// Reads all records and audit exports; granted to an organisation by decision.
pub const ROLE_AUDITOR: &str = "auditor";
/// Sharing authority (共享主管部门); granted to an organisation by decision.
pub const ROLE_AUTHORITY: &str = "authority";
/// True for a role of a contract, written `contract.role`: it is granted to an organisation by the sharing authority's decision.
pub fn is_contract_role(role: &str) -> bool {
    role.split_once('.').is_some_and(|(contract, role)| {
        !contract.is_empty() && !role.is_empty() && !role.contains('.')
    })
}

/// Every role of the chain itself. Those of contracts are written with the contract before, `dispatch.centre`.
pub const ROLES: [&str; 6] = [
    ROLE_ADMINISTRATOR,
    ROLE_RECORDER,
    ROLE_VALIDATOR,
    ROLE_OPERATOR,
    ROLE_AUDITOR,
    ROLE_AUTHORITY,
];

/// Longest name of an organisation, title and reason, bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 512;

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationFacts {
    /// Unified social credit code.
    pub code: CreditCode,
    /// Full name.
    pub name: String,
    /// Name for screens.
    pub short_name: String,
    /// Region, in the region of the organisation above.
    pub region: Region,
    /// Organisation above; none at the top of the tree.
    pub parent: Option<CreditCode>,
}

/// Registers an organisation below the sender's, with its first key, which becomes administrator.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRegister {
    /// The new organisation; its parent is the sender's.
    pub organization: OrganizationFacts,
    /// Its first key.
    pub administrator: PublicKey,
    /// That key's [proof of possession](super::possession_bytes) for the new organisation.
    pub proof: Signature,
}

/// Registers a key of the sender's organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRegister {
    /// The key.
    pub public_key: PublicKey,
    /// Its roles, each once; none for a key that is to become a delegate's.
    pub roles: Vec<Name>,
    /// The key's [proof of possession](super::possession_bytes) for the organisation.
    pub proof: Signature,
}

/// Replaces a key by another with the same roles, or the same delegation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRotate {
    /// The old key.
    pub address: Address,
    /// The new key, good at once.
    pub public_key: PublicKey,
    /// Height from which the old key is revoked; none for the next block.
    #[serde(default, with = "text::optional_height")]
    pub effective_height: Option<Height>,
    /// The new key's [proof of possession](super::possession_bytes) for the organisation.
    pub proof: Signature,
}

/// Revokes a key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoke {
    /// The key.
    pub address: Address,
    /// Height from which it is revoked; none for the next block.
    #[serde(default, with = "text::optional_height")]
    pub effective_height: Option<Height>,
    /// Why; free text.
    pub reason: String,
}

/// Moves a validator of the sender's organisation to another network address.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorUpdatePeer {
    /// The validator.
    pub address: Address,
    /// Its network identity, base58.
    pub peer_id: String,
    /// Its network addresses, multiaddr.
    pub addresses: Vec<String>,
}

/// Proposes a decision, which counts as the approval of the sender's organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionPropose {
    /// What is to be done; its kind fixes the policy.
    pub action: Action,
    /// Digest of the document that the decision rests on.
    pub document: Digest,
    /// Title of the decision; free text.
    pub title: String,
}

/// Approves a decision.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionApprove {
    /// Envelope id of the proposal.
    pub decision: EnvelopeId,
    /// Digest of the document that the approver read: the proposal's.
    pub document: Digest,
}

/// Reports that a validator signed two different votes of one kind in one round.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceReport {
    /// The two votes.
    pub double_vote: DoubleVote,
}

/// What a decision does. The order of the kinds is part of the encoding.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Adds a validator. Decided by k of n: more than two thirds of the validators' organisations.
    AddValidator {
        /// Organisation that runs it.
        organization: CreditCode,
        /// Its consensus key, which is registered with the role `validator`.
        public_key: PublicKey,
        /// Voting weight, 1 to 2^32.
        #[serde(with = "text::number")]
        weight: u64,
        /// Network identity, base58.
        peer_id: String,
        /// Network addresses, multiaddr.
        addresses: Vec<String>,
        /// First height that the changed set decides.
        #[serde(with = "text::height")]
        activation_height: Height,
    },
    /// Removes a validator. Decided by k of n.
    RemoveValidator {
        /// The validator.
        address: Address,
        /// First height that the changed set decides.
        #[serde(with = "text::height")]
        activation_height: Height,
    },
    /// Sets a chain parameter. Decided by k of n.
    SetParameter {
        /// Name of the parameter.
        name: Name,
        /// Its value.
        #[serde(with = "text::number")]
        value: u64,
    },
    /// Registers an organisation anywhere in the tree, with its first key. Decided by the authority.
    RegisterOrganization {
        /// The organisation.
        organization: OrganizationFacts,
        /// Its first key, which becomes administrator.
        administrator: PublicKey,
    },
    /// Changes name, region or place of an organisation. Decided jointly: by itself, its parent, and its new parent; for one
    /// at the top of the tree the authority stands in the parent's place.
    ChangeOrganization {
        /// The organisation as it is to be.
        organization: OrganizationFacts,
    },
    /// Suspends an organisation, or resumes it. Decided by the authority.
    SuspendOrganization {
        /// The organisation.
        code: CreditCode,
        /// True to suspend.
        suspended: bool,
    },
    /// Sets the roles beyond the ordinary ones that keys of an organisation may hold. Decided by k of n.
    GrantRoles {
        /// The organisation.
        code: CreditCode,
        /// `auditor`, `authority`, both or none.
        roles: Vec<Name>,
    },
    /// Registers an administrator's key for an organisation that lost its own. Decided by k of n.
    RecoverOrganization {
        /// The organisation.
        code: CreditCode,
        /// The new administrator's key.
        administrator: PublicKey,
    },
    /// Admits a declared module, or a newer version of it. Decided by k of n.
    AdmitModule {
        /// Its name.
        contract: Name,
        /// Version of its interface, above the one admitted.
        version: u16,
        /// Hash of the whole document, which was uploaded before.
        digest: Hash,
    },
    /// Retires a declared module: nothing calls it any more, and what it recorded stays. Decided by k of n.
    RetireModule {
        /// Its name.
        contract: Name,
    },
    /// Sets the version of the rules from a height on; a node without it stops there. Decided by k of n.
    SetProtocolVersion {
        /// The next version; the one in force to call a pending change off.
        version: u32,
        /// First height under it.
        #[serde(with = "text::height")]
        height: Height,
    },
}

impl Action {
    /// Fields in which people write freely.
    pub fn free_texts(&self) -> Vec<&str> {
        match self {
            Self::RegisterOrganization { organization, .. }
            | Self::ChangeOrganization { organization } => organization.free_texts(),
            _ => Vec::new(),
        }
    }
}

impl OrganizationFacts {
    /// Fields in which people write freely.
    pub fn free_texts(&self) -> Vec<&str> {
        alloc::vec![self.name.as_str(), self.short_name.as_str()]
    }
}
