//! Votes, proposals, liveness messages and the values of the write-ahead log.

use super::{WireCodec, WireError, decode, encode, mirrored, wire};
use crate::context::{Chain, VoteSignature};
use borsh::{BorshDeserialize, BorshSerialize};
use bytes::Bytes;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::types::ProposedValue;
use malachite::app::types::core::{PolkaCertificate, ValidatorProof};
use yinglian_protocol::Signature;

#[derive(BorshSerialize, BorshDeserialize)]
enum Consensus {
    Vote(wire::Vote),
    Proposal(wire::Proposal),
}

impl From<&SignedConsensusMsg<Chain>> for Consensus {
    fn from(message: &SignedConsensusMsg<Chain>) -> Self {
        match message {
            SignedConsensusMsg::Vote(vote) => Self::Vote(vote.into()),
            SignedConsensusMsg::Proposal(proposal) => Self::Proposal(proposal.into()),
        }
    }
}

impl TryFrom<Consensus> for SignedConsensusMsg<Chain> {
    type Error = WireError;
    fn try_from(wire: Consensus) -> Result<Self, WireError> {
        Ok(match wire {
            Consensus::Vote(vote) => Self::Vote(vote.into()),
            Consensus::Proposal(proposal) => Self::Proposal(proposal.into()),
        })
    }
}

#[derive(BorshSerialize, BorshDeserialize)]
enum Liveness {
    Vote(wire::Vote),
    Polka(wire::Certificate),
    Skip(wire::SkipCertificate),
}

impl From<&LivenessMsg<Chain>> for Liveness {
    fn from(message: &LivenessMsg<Chain>) -> Self {
        match message {
            LivenessMsg::Vote(vote) => Self::Vote(vote.into()),
            LivenessMsg::PolkaCertificate(certificate) => Self::Polka(certificate.into()),
            LivenessMsg::SkipRoundCertificate(certificate) => Self::Skip(certificate.into()),
        }
    }
}

impl TryFrom<Liveness> for LivenessMsg<Chain> {
    type Error = WireError;
    fn try_from(wire: Liveness) -> Result<Self, WireError> {
        Ok(match wire {
            Liveness::Vote(vote) => Self::Vote(vote.into()),
            Liveness::Polka(certificate) => Self::PolkaCertificate(certificate.try_into()?),
            Liveness::Skip(certificate) => Self::SkipRoundCertificate(certificate.try_into()?),
        })
    }
}

// The engine can tie a consensus key to a peer id by a proof of its own. We never send one: the registry says which
// peer id a validator has, and that proof's signed bytes would not name the chain.
#[derive(BorshSerialize, BorshDeserialize)]
struct Proof {
    public_key: Vec<u8>,
    peer_id: Vec<u8>,
    signature: Signature,
}

impl From<&ValidatorProof<Chain>> for Proof {
    fn from(proof: &ValidatorProof<Chain>) -> Self {
        Self {
            public_key: proof.public_key.clone(),
            peer_id: proof.peer_id.clone(),
            signature: proof.signature.into(),
        }
    }
}

impl TryFrom<Proof> for ValidatorProof<Chain> {
    type Error = WireError;
    fn try_from(wire: Proof) -> Result<Self, WireError> {
        if wire.public_key.len() > 128 || wire.peer_id.len() > 128 {
            return Err(WireError::TooLong);
        }
        Ok(Self::new(wire.public_key, wire.peer_id, VoteSignature::from(wire.signature)))
    }
}

mirrored! {
    SignedConsensusMsg<Chain> => Consensus,
    LivenessMsg<Chain> => Liveness,
    PolkaCertificate<Chain> => wire::Certificate,
    ProposedValue<Chain> => wire::Proposed,
    ValidatorProof<Chain> => Proof,
}
