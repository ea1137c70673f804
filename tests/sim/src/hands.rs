//! The effects of the engine's core, carried out on what a node is made of.

use crate::bug::Bug;
use crate::disk::{Block, Disk};
use crate::message::Message;
use crate::node::{Fixed, Local, Out, assembled, kind_of, too_few};
use malachite::app::consensus::{ConsensusMsg, Effect as Ask, Resumable, Resume};
use malachite::app::types::core::{
    CertificateError, CommitCertificate, NilOrVal, Round, SignedProposal, SignedVote,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yinglian_consensus::Proposal;
use yinglian_consensus::context::{BlockId, BlockVote, Chain};
use yinglian_consensus::guard::{Guard, Step, StepKind};
use yinglian_consensus::policy;
use yinglian_protocol::{Address, Hash, Height, Suite, VoteKind};

/// `GetValue` may take this long, milliseconds.
const PROPOSE_MS: u64 = 1_000;

/// What the engine's effects may touch while the engine runs.
pub(crate) struct Hands<'a> {
    pub(crate) fixed: &'a Fixed,
    pub(crate) disk: &'a mut Disk,
    pub(crate) seen: &'a mut BTreeMap<Address, (Height, u32)>,
    pub(crate) guard: Option<&'a Guard>,
    pub(crate) timeouts: &'a mut BTreeSet<(i64, u8)>,
    pub(crate) decided: &'a mut BTreeMap<Height, CommitCertificate<Chain>>,
    pub(crate) replaying: bool,
    pub(crate) follows: bool,
    pub(crate) outs: &'a mut Vec<Out>,
    pub(crate) host_inputs: &'a mut Vec<policy::Input>,
    pub(crate) died: &'a mut Option<String>,
}

impl Hands<'_> {
    pub(crate) fn handle(
        &mut self,
        effect: Ask<Chain>,
    ) -> Result<Resume<Chain>, std::convert::Infallible> {
        Ok(match effect {
            Ask::CancelAllTimeouts(r) => {
                self.timeouts.clear();
                r.resume_with(())
            }
            Ask::CancelTimeout(timeout, r) => {
                self.timeouts.remove(&(timeout.round.as_i64(), kind_of(&timeout)));
                r.resume_with(())
            }
            Ask::ScheduleTimeout(timeout, r) => {
                self.timeouts.insert((timeout.round.as_i64(), kind_of(&timeout)));
                self.outs.push(Out::Timeout(timeout));
                r.resume_with(())
            }
            Ask::StartRound(height, round, _, _, r) => {
                self.disk.sync_log();
                let round = round.as_u32().unwrap_or(0);
                self.host_inputs.push(policy::Input::StartedRound { height: height.into(), round });
                r.resume_with(())
            }
            Ask::PublishConsensusMsg(message, r) => {
                self.disk.sync_log();
                self.outs.push(Out::Broadcast(Message::Consensus(Box::new(message))));
                r.resume_with(())
            }
            Ask::PublishLivenessMsg(message, r) => {
                self.outs.push(Out::Broadcast(Message::Liveness(Box::new(message))));
                r.resume_with(())
            }
            Ask::RepublishVote(vote, r) => {
                let message = malachite::app::consensus::LivenessMsg::Vote(vote);
                self.outs.push(Out::Broadcast(Message::Liveness(Box::new(message))));
                r.resume_with(())
            }
            Ask::RepublishRoundCertificate(certificate, r) => {
                let message =
                    malachite::app::consensus::LivenessMsg::SkipRoundCertificate(certificate);
                self.outs.push(Out::Broadcast(Message::Liveness(Box::new(message))));
                r.resume_with(())
            }
            Ask::GetValue(height, round, _, r) => {
                let round = round.as_u32().unwrap_or(0);
                let height = height.into();
                self.host_inputs.push(policy::Input::GetValue {
                    height,
                    round,
                    timeout_ms: PROPOSE_MS,
                });
                r.resume_with(())
            }
            Ask::RestreamProposal(height, round, lock_round, _, value_id, r) => {
                self.restream(height.into(), round, lock_round, value_id);
                r.resume_with(())
            }
            Ask::CertVerifiedSyncValue(value, _, r) => {
                if let Ok(proposal) = Proposal::decode(&value.value_bytes) {
                    let certificate = value.certificate.trim_vote_extensions();
                    if proposal.value_id() == certificate.value_id.0 {
                        let block = Block { proposal: Arc::new(proposal), certificate };
                        self.outs.push(Out::Work(Local::Synced(block)));
                    }
                }
                r.resume_with(())
            }
            Ask::CertRejectedSyncValue(_, _, _, r) => r.resume_with(()),
            Ask::Decide(certificate, _, r) => {
                self.disk.sync_log();
                self.decide(certificate);
                r.resume_with(())
            }
            Ask::Finalize(certificate, _, _, r) => {
                let height = certificate.height.into();
                self.host_inputs.push(policy::Input::Finalized { height });
                r.resume_with(())
            }
            Ask::SignVote(vote, r) => r.resume_with(self.sign_vote(vote)),
            Ask::SignProposal(proposal, r) => {
                let message = proposal.signing_bytes(&self.fixed.chain.genesis);
                let position = (proposal.height.into(), proposal.round.as_u32().unwrap_or(0));
                self.permit(position, StepKind::Proposal, Some(proposal.value.0), &message);
                let signature = self.fixed.key.sign_now(&message).into();
                r.resume_with(SignedProposal::new(proposal, signature))
            }
            Ask::VerifySignature(message, key, r) => {
                let (bytes, vote) = match &message.message {
                    ConsensusMsg::Vote(vote) => {
                        (vote.signing_bytes(&self.fixed.chain.genesis), Some(vote))
                    }
                    ConsensusMsg::Proposal(proposal) => {
                        (proposal.signing_bytes(&self.fixed.chain.genesis), None)
                    }
                };
                let valid = self.fixed.verify(&key.address(), &bytes, message.signature);
                if let (true, Some(vote)) = (valid, vote) {
                    self.note(vote);
                }
                r.resume_with(valid)
            }
            Ask::VerifyCommitCertificate(certificate, _, _, r) => {
                r.resume_with(self.commit_certificate(&certificate))
            }
            Ask::VerifyExtendedCommitCertificate(certificate, _, _, _, r) => {
                r.resume_with(self.commit_certificate(&certificate.trim_vote_extensions()))
            }
            Ask::VerifyPolkaCertificate(certificate, _, _, r) => {
                let votes = certificate.votes(&self.fixed.chain).collect::<Vec<_>>();
                r.resume_with(self.votes(&votes, 2))
            }
            Ask::VerifyRoundCertificate(certificate, _, _, r) => {
                let votes = certificate.votes(&self.fixed.chain).collect::<Vec<_>>();
                r.resume_with(self.votes(&votes, 1))
            }
            Ask::WalAppend(height, entry, r) => {
                if !self.replaying && !self.follows && self.disk.files.log_height == height.into() {
                    self.disk.files.log.push(entry);
                }
                r.resume_with(())
            }
            Ask::ExtendVote(_, _, _, _, r) => r.resume_with(None),
            Ask::VerifyVoteExtension(_, _, _, _, _, _, r) => r.resume_with(Ok(())),
        })
    }

    fn decide(&mut self, certificate: CommitCertificate<Chain>) {
        let height = certificate.height.into();
        match policy::quorum(&certificate, &self.fixed.members) {
            Ok(quorum) => {
                let value_id = certificate.value_id.0;
                self.decided.insert(height, certificate);
                self.host_inputs.push(policy::Input::Decided { height, value_id, quorum });
            }
            Err(error) => *self.died = Some(error.to_string()),
        }
    }

    fn restream(&mut self, height: Height, round: Round, lock_round: Round, value_id: BlockId) {
        let Some(proposal) = self.disk.files.payloads.get(&value_id.0).cloned() else { return };
        if proposal.header.height != height {
            return;
        }
        let own = self.fixed.key.public_key().address();
        let assembled = assembled(&proposal, round.as_u32().unwrap_or(0), lock_round.as_u32(), own);
        self.outs.push(Out::Broadcast(Message::Parts(assembled, proposal)));
    }

    fn sign_vote(&mut self, vote: BlockVote) -> SignedVote<Chain> {
        let message = vote.signing_bytes(&self.fixed.chain.genesis);
        let kind = match vote.kind {
            VoteKind::Prevote => StepKind::Prevote,
            VoteKind::Precommit => StepKind::Precommit,
        };
        let value = match &vote.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(id.0),
        };
        let position = (vote.height.into(), vote.round.as_u32().unwrap_or(0));
        self.permit(position, kind, value, &message);
        let signature = self.fixed.key.sign_now(&message).into();
        SignedVote::new(vote, signature)
    }

    /// Asks the guard. A refusal ends the process; what it was about to sign never leaves.
    fn permit(
        &mut self,
        position: (Height, u32),
        kind: StepKind,
        value: Option<Hash>,
        message: &[u8],
    ) {
        let (height, round) = position;
        let message = Suite::International.hash(&[message]);
        let step = Step { height, round, kind, value, message };
        self.disk.sync_log();
        if self.fixed.byzantine {
            return;
        }
        match self.guard.map(|guard| guard.permit(step)) {
            Some(Ok(())) => self.outs.push(Out::Signed(step)),
            Some(Err(error)) => *self.died = Some(format!("sign guard: {error}")),
            None => *self.died = Some("sign guard is not open".into()),
        }
    }

    fn note(&mut self, vote: &BlockVote) {
        let at = (Height::from(vote.height), vote.round.as_u32().unwrap_or(0));
        let known = self.seen.entry(vote.validator.0).or_insert(at);
        *known = at.max(*known);
    }

    fn commit_certificate(
        &self,
        certificate: &CommitCertificate<Chain>,
    ) -> Result<(), CertificateError<Chain>> {
        let quorum = policy::quorum(certificate, &self.fixed.members).map_err(|_| too_few())?;
        let set = self.fixed.members.set();
        if self.fixed.bug == Some(Bug::SyncWithHalf) {
            let enough = quorum.signatures.len() * 2 >= set.len();
            return if enough { Ok(()) } else { Err(too_few()) };
        }
        let (genesis, height) = (&self.fixed.chain.genesis, certificate.height.into());
        quorum.verify(genesis, height, certificate.value_id.0, set).map_err(|_| too_few())
    }

    fn votes(
        &mut self,
        votes: &[SignedVote<Chain>],
        thirds: usize,
    ) -> Result<(), CertificateError<Chain>> {
        let mut signers = BTreeSet::new();
        for vote in votes {
            let bytes = vote.message.signing_bytes(&self.fixed.chain.genesis);
            if self.fixed.verify(&vote.message.validator.0, &bytes, vote.signature) {
                signers.insert(vote.message.validator.0);
            }
        }
        let enough = signers.len() * 3 > self.fixed.members.set().len() * thirds;
        if enough && signers.len() == votes.len() { Ok(()) } else { Err(too_few()) }
    }
}
