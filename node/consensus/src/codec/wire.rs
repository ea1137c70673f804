//! Mirrors of the engine's types with a fixed borsh layout.

use super::WireError;
use crate::context::{BlockHeight, BlockId, BlockProposal, BlockVote, Chain, ValidatorId};
use borsh::{BorshDeserialize, BorshSerialize};
use malachite::app::types::ProposedValue;
use malachite::app::types::core::{
    CommitSignature, ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal,
    PolkaCertificate, PolkaSignature, Round, RoundCertificate, RoundCertificateType,
    RoundSignature, SignedProposal, SignedVote, Validity,
};
use yinglian_protocol::{Address, Hash, Height, Signature, VoteKind, limits};

// A round certificate may hold a prevote and a precommit of every validator.
const SIGNATURES_MAX: usize = 2 * limits::VALIDATORS_MAX;

fn capped<T>(signatures: Vec<T>) -> Result<Vec<T>, WireError> {
    if signatures.len() > SIGNATURES_MAX { Err(WireError::TooLong) } else { Ok(signatures) }
}

pub(super) fn value(value: &NilOrVal<BlockId>) -> Option<Hash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(id) => Some(id.0),
    }
}

fn nil_or(value: Option<Hash>) -> NilOrVal<BlockId> {
    value.map_or(NilOrVal::Nil, |hash| NilOrVal::Val(BlockId(hash)))
}

#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Vote {
    kind: VoteKind,
    height: Height,
    round: u32,
    value: Option<Hash>,
    validator: Address,
    signature: Signature,
}

impl From<&SignedVote<Chain>> for Vote {
    fn from(vote: &SignedVote<Chain>) -> Self {
        Self {
            kind: vote.message.kind,
            height: vote.message.height.into(),
            round: round(vote.message.round),
            value: value(&vote.message.value),
            validator: vote.message.validator.0,
            signature: vote.signature.into(),
        }
    }
}

impl From<Vote> for SignedVote<Chain> {
    fn from(vote: Vote) -> Self {
        let message = BlockVote {
            kind: vote.kind,
            height: vote.height.into(),
            round: Round::new(vote.round),
            value: nil_or(vote.value),
            validator: ValidatorId(vote.validator),
        };
        Self::new(message, vote.signature.into())
    }
}

// A nil round is never voted, proposed or certified in; it would decode as a round nobody reaches.
fn round(round: Round) -> u32 {
    round.as_u32().unwrap_or(u32::MAX)
}

#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Proposal {
    height: Height,
    round: u32,
    lock_round: Option<u32>,
    value: Hash,
    proposer: Address,
    signature: Signature,
}

impl From<&SignedProposal<Chain>> for Proposal {
    fn from(proposal: &SignedProposal<Chain>) -> Self {
        Self {
            height: proposal.message.height.into(),
            round: round(proposal.message.round),
            lock_round: proposal.message.lock_round.as_u32(),
            value: proposal.message.value.0,
            proposer: proposal.message.proposer.0,
            signature: proposal.signature.into(),
        }
    }
}

impl From<Proposal> for SignedProposal<Chain> {
    fn from(proposal: Proposal) -> Self {
        let message = BlockProposal {
            height: proposal.height.into(),
            round: Round::new(proposal.round),
            value: BlockId(proposal.value),
            lock_round: proposal.lock_round.into(),
            proposer: ValidatorId(proposal.proposer),
        };
        Self::new(message, proposal.signature.into())
    }
}

/// Signatures of one round for one value: polka and commit certificates.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Certificate {
    height: Height,
    round: u32,
    value: Hash,
    signatures: Vec<(Address, Signature)>,
}

impl From<&PolkaCertificate<Chain>> for Certificate {
    fn from(certificate: &PolkaCertificate<Chain>) -> Self {
        let signatures = certificate.polka_signatures.iter();
        Self {
            height: certificate.height.into(),
            round: round(certificate.round),
            value: certificate.value_id.0,
            signatures: signatures.map(|s| (s.address.0, s.signature.into())).collect(),
        }
    }
}

impl TryFrom<Certificate> for PolkaCertificate<Chain> {
    type Error = WireError;
    fn try_from(wire: Certificate) -> Result<Self, WireError> {
        let signatures = capped(wire.signatures)?.into_iter();
        Ok(Self {
            height: wire.height.into(),
            round: Round::new(wire.round),
            value_id: BlockId(wire.value),
            polka_signatures: signatures
                .map(|(address, s)| PolkaSignature::new(ValidatorId(address), s.into()))
                .collect(),
        })
    }
}

impl From<&ExtendedCommitCertificate<Chain>> for Certificate {
    fn from(certificate: &ExtendedCommitCertificate<Chain>) -> Self {
        let signatures = certificate.commit_signatures.iter();
        Self {
            height: certificate.height.into(),
            round: round(certificate.round),
            value: certificate.value_id.0,
            signatures: signatures.map(|s| (s.address.0, s.signature.into())).collect(),
        }
    }
}

impl TryFrom<Certificate> for ExtendedCommitCertificate<Chain> {
    type Error = WireError;
    fn try_from(wire: Certificate) -> Result<Self, WireError> {
        let signatures = capped(wire.signatures)?.into_iter();
        Ok(Self {
            height: wire.height.into(),
            round: Round::new(wire.round),
            value_id: BlockId(wire.value),
            commit_signatures: signatures
                .map(|(address, s)| {
                    ExtendedCommitSignature::new(ValidatorId(address), s.into(), None)
                })
                .collect(),
        })
    }
}

impl Certificate {
    /// Bytes of the encoding.
    pub(super) fn encoded_len(signatures: usize) -> usize {
        // height, round, value, count; address 21 and signature 64 each.
        8 + 4 + 32 + 4 + signatures * (21 + 64)
    }
}

#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct SkipCertificate {
    height: Height,
    round: u32,
    precommits: bool,
    signatures: Vec<(VoteKind, Option<Hash>, Address, Signature)>,
}

impl From<&RoundCertificate<Chain>> for SkipCertificate {
    fn from(certificate: &RoundCertificate<Chain>) -> Self {
        let signatures = certificate.round_signatures.iter();
        Self {
            height: certificate.height.into(),
            round: round(certificate.round),
            precommits: certificate.cert_type == RoundCertificateType::Precommit,
            signatures: signatures
                .map(|s| {
                    let kind = crate::context::vote_kind(s.vote_type);
                    (kind, value(&s.value_id), s.address.0, s.signature.into())
                })
                .collect(),
        }
    }
}

impl TryFrom<SkipCertificate> for RoundCertificate<Chain> {
    type Error = WireError;
    fn try_from(wire: SkipCertificate) -> Result<Self, WireError> {
        use malachite::app::types::core::VoteType;
        let signatures = capped(wire.signatures)?.into_iter();
        Ok(Self {
            height: wire.height.into(),
            round: Round::new(wire.round),
            cert_type: if wire.precommits {
                RoundCertificateType::Precommit
            } else {
                RoundCertificateType::Skip
            },
            round_signatures: signatures
                .map(|(kind, value, address, signature)| {
                    let kind = match kind {
                        VoteKind::Prevote => VoteType::Prevote,
                        VoteKind::Precommit => VoteType::Precommit,
                    };
                    RoundSignature::new(kind, nil_or(value), ValidatorId(address), signature.into())
                })
                .collect(),
        })
    }
}

/// A value with the verdict of the host, as the write-ahead log keeps it.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Proposed {
    height: Height,
    round: u32,
    lock_round: Option<u32>,
    proposer: Address,
    value: Hash,
    valid: bool,
}

impl From<&ProposedValue<Chain>> for Proposed {
    fn from(value: &ProposedValue<Chain>) -> Self {
        Self {
            height: value.height.into(),
            round: round(value.round),
            lock_round: value.valid_round.as_u32(),
            proposer: value.proposer.0,
            value: value.value.0,
            valid: value.validity.is_valid(),
        }
    }
}

impl TryFrom<Proposed> for ProposedValue<Chain> {
    type Error = WireError;
    fn try_from(wire: Proposed) -> Result<Self, WireError> {
        Ok(Self {
            height: BlockHeight::from(wire.height),
            round: Round::new(wire.round),
            valid_round: wire.lock_round.into(),
            proposer: ValidatorId(wire.proposer),
            value: BlockId(wire.value),
            validity: Validity::from_bool(wire.valid),
        })
    }
}

/// A commit signature of the host, for the protocol's quorum.
pub(crate) fn commit_signature(signature: &CommitSignature<Chain>) -> (Address, Signature) {
    (signature.address.0, signature.signature.into())
}
