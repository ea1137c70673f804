//! Arguments of the contract `membership` about those who act for an organisation: posts and persons as delegates, and acts
//! that two keys sign.

use super::text;
use crate::{Address, EnvelopeId, Name, Region};
use alloc::{string::String, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use yinglian_crypto::Hash;

/// `delegate.grant`, version 1: a key without roles of its own acts as a post or a person, for a time.
pub const DELEGATE_GRANT: &str = "delegate.grant";
/// `delegate.change`, version 1.
pub const DELEGATE_CHANGE: &str = "delegate.change";
/// `delegate.revoke`, version 1.
pub const DELEGATE_REVOKE: &str = "delegate.revoke";
/// `acts.require`, version 1: which acts of the organisation two keys sign. Two keys sign this one always.
pub const ACTS_REQUIRE: &str = "acts.require";
/// `act.confirm`, version 1: the second signature.
pub const ACT_CONFIRM: &str = "act.confirm";

/// Longest period of a delegation, milliseconds: five years of 366 days, a term of office.
pub const DELEGATION_PERIOD_MS_MAX: u64 = 5 * 366 * 86_400_000;
/// Shortest and longest time that a proposed act waits for the second signature, milliseconds: one minute and thirty days.
pub const CONFIRM_WITHIN_MS: core::ops::RangeInclusive<u64> = 60_000..=30 * 86_400_000;

/// Who a delegate is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DelegateKind {
    /// A post (岗位), whoever holds it.
    Post,
    /// A natural person.
    Person,
}

/// What a delegate may do, where and when.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationTerms {
    /// Roles, each once, at least one.
    pub roles: Vec<Name>,
    /// Region, within the organisation's.
    pub region: Region,
    /// Block time at which it begins, milliseconds since 1970-01-01 UTC.
    #[serde(rename = "from", with = "text::time")]
    pub from_ms: u64,
    /// Block time at which it is over, milliseconds since 1970-01-01 UTC; at most [`DELEGATION_PERIOD_MS_MAX`] later.
    #[serde(rename = "until", with = "text::time")]
    pub until_ms: u64,
}

/// Lets a key of the sender's organisation act as a post or a person. The key has no roles of its own; once the delegation is
/// over it has none again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegateGrant {
    /// The key.
    pub address: Address,
    /// Post or person.
    pub kind: DelegateKind,
    /// Commitment to who it is: a salted hash of the post's or person's number, whose salt the organisation keeps. Never a name.
    pub holder: Hash,
    /// What, where and when.
    pub terms: DelegationTerms,
}

/// Changes a delegation that is not over.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegateChange {
    /// The delegate's key.
    pub address: Address,
    /// What, where and when from now on.
    pub terms: DelegationTerms,
}

/// Ends a delegation before its time.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegateRevoke {
    /// The delegate's key.
    pub address: Address,
    /// Why; free text.
    pub reason: String,
}

/// Sets which acts of the sender's organisation two keys sign.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActsRequire {
    /// Methods of `membership`, each once; none to let one key suffice again.
    pub methods: Vec<Name>,
    /// How long a proposed act waits for its second signature, milliseconds, within [`CONFIRM_WITHIN_MS`].
    #[serde(with = "text::number")]
    pub confirm_within_ms: u64,
}

/// Signs an act that another key of the organisation proposed, which carries it out.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActConfirm {
    /// Envelope id of the proposal.
    pub act: EnvelopeId,
}
