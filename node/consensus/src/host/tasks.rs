//! Work that takes time, each piece in a task of its own that reports back to the loop.

use super::{HostLoop, RECOVERED, convert};
use crate::context::{BlockHeight, Chain};
use crate::error::Stopped;
use crate::policy::{self, CheckFor, Input, Seen, SyncAnswer};
use crate::ports::{AppError, Application, Origin, Verdict};
use crate::proposal::{Proposal, ProposalError};
use bytes::Bytes;
use malachite::app::consensus::MisbehaviorEvidence;
use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::types::core::{CommitCertificate, Round};
use malachite::{NetworkRequest, Reply};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use yinglian_protocol::{Address, Hash, Height, Quorum};

/// Time before a commit that failed for a passing reason is tried again.
const COMMIT_RETRY: Duration = Duration::from_millis(500);
/// The first height begins without its peers after this time.
const PEERS_WAIT: Duration = Duration::from_millis(1_000);
/// Time between two looks at who is connected.
const PEERS_LOOK: Duration = Duration::from_millis(20);

/// What a task reports.
pub(crate) enum Done {
    Input(Box<Input>),
    Fetched(SyncAnswer, Reply<SyncedValueOutcome<Chain>>),
    Fatal(String),
}

type Sender = mpsc::UnboundedSender<Done>;

fn report(done: &Sender, input: Input) {
    // The loop has ended: nobody asks any more.
    let _ = done.send(Done::Input(Box::new(input)));
}

// The verdict, or none after the loop was told that the application failed for good.
async fn verdict(
    application: &dyn Application,
    proposal: Arc<Proposal>,
    origin: Origin,
    done: &Sender,
) -> Option<Verdict> {
    match application.check(proposal, origin).await {
        Ok(verdict) => Some(verdict),
        Err(AppError::Transient(reason)) => {
            tracing::warn!(reason, "a proposal could not be checked");
            None
        }
        Err(AppError::Fatal(reason)) => {
            let _ = done.send(Done::Fatal(reason));
            None
        }
    }
}

// What is sent before peers are connected is lost to them, and the first round with it.
async fn wait_for_peers(requests: &mpsc::Sender<NetworkRequest>, others: usize) {
    let connected = async {
        loop {
            if let Ok(Some(state)) = NetworkRequest::dump_state(requests).await
                && state.peers.len() >= others
            {
                return;
            }
            tokio::time::sleep(PEERS_LOOK).await;
        }
    };
    let _ = tokio::time::timeout(PEERS_WAIT, connected).await;
}

/// Decodes off the loop: hashing a payload takes milliseconds.
async fn decode(bytes: Bytes) -> Result<Arc<Proposal>, ProposalError> {
    let task = tokio::task::spawn_blocking(move || Proposal::decode(&bytes).map(Arc::new));
    task.await.unwrap_or(Err(ProposalError::Malformed))
}

impl HostLoop {
    pub(super) fn recover(&mut self, height: Height) {
        let (application, done) = (self.application.clone(), self.done.clone());
        let requests = self.channels.net_requests.clone();
        // With this many others a decision can be reached; an observer does not wait.
        let others = match &self.signer {
            Some(_) => self.members_at(height).map_or(0, |members| members.set().len() * 2 / 3),
            None => 0,
        };
        tokio::spawn(async move {
            let mut values = Vec::new();
            for proposal in application.undecided(height).await {
                let header = &proposal.header;
                let seen = Seen {
                    height,
                    round: header.round,
                    lock_round: None,
                    proposer: header.proposer,
                    value_id: proposal.value_id(),
                    valid: false,
                };
                if header.height != height {
                    continue;
                }
                // Only what is found valid is told: an own clock may have spoken against it before.
                let verdict = verdict(&*application, proposal, RECOVERED, &done).await;
                if verdict == Some(Verdict::Valid) {
                    values.push(Seen { valid: true, ..seen });
                }
            }
            wait_for_peers(&requests, others).await;
            report(&done, Input::Recovered(values));
        });
    }

    pub(super) fn build(&self, height: Height, round: u32, budget_ms: u64) {
        let Some(proposer) = self.own else {
            return report(&self.done, Input::Built { height, round, proposal: None });
        };
        let (application, done) = (self.application.clone(), self.done.clone());
        tokio::spawn(async move {
            let budget = Duration::from_millis(budget_ms);
            let proposal = match application.build(height, round, proposer, budget).await {
                Ok(proposal) => Some(proposal),
                Err(AppError::Transient(reason)) => {
                    tracing::warn!(%height, round, reason, "no block could be built");
                    None
                }
                Err(AppError::Fatal(reason)) => {
                    let _ = done.send(Done::Fatal(reason));
                    None
                }
            };
            report(&done, Input::Built { height, round, proposal });
        });
    }

    pub(super) fn check(
        &mut self,
        purpose: CheckFor,
        seen: Seen,
        proposal: Arc<Proposal>,
        origin: Origin,
    ) {
        // A kept stream was taken under the set of its time; the set in force has the last word.
        let header = &proposal.header;
        let fits = self.members_at(seen.height).is_some_and(|members| {
            let proposer = |round| members.proposer_address(seen.height.into(), round);
            proposer(seen.round) == seen.proposer && proposer(header.round) == header.proposer
        });
        if !fits {
            return report(&self.done, Input::Checked { purpose, seen, verdict: None });
        }
        let (application, done) = (self.application.clone(), self.done.clone());
        let seconds = self.metrics.check_seconds.clone();
        tokio::spawn(async move {
            let begun = Instant::now();
            let verdict = verdict(&*application, proposal, origin, &done).await;
            seconds.observe(begun.elapsed().as_secs_f64());
            if let Some(Verdict::Invalid(reason)) = &verdict {
                tracing::warn!(height = %seen.height, round = seen.round, value = %seen.value_id, reason,
                    "proposal is invalid");
            }
            report(&done, Input::Checked { purpose, seen, verdict });
        });
    }

    pub(super) fn decided(&mut self, certificate: CommitCertificate<Chain>) -> Option<Stopped> {
        let height = Height::from(certificate.height);
        let quorum = self.members_at(height).and_then(|members| {
            let quorum = policy::quorum(&certificate, &members).ok()?;
            self.watch.quorum(height, &quorum, members.set());
            Some(quorum)
        });
        match quorum {
            Some(quorum) => {
                self.step(Input::Decided { height, value_id: certificate.value_id.0, quorum })
            }
            None => {
                Some(Stopped::Application(format!("decision {height} names unknown validators")))
            }
        }
    }

    pub(super) fn commit(&self, height: Height, value_id: Hash, quorum: Quorum) {
        let (application, done) = (self.application.clone(), self.done.clone());
        let seconds = self.metrics.commit_seconds.clone();
        tokio::spawn(async move {
            let begun = Instant::now();
            let log_size = application.tip().log_size;
            loop {
                match application.commit(value_id, quorum.clone()).await {
                    Ok(()) => break,
                    Err(AppError::Transient(reason)) => {
                        tracing::error!(%height, reason, "commit failed, trying again");
                        tokio::time::sleep(COMMIT_RETRY).await;
                    }
                    Err(AppError::Fatal(reason)) => {
                        let _ = done.send(Done::Fatal(reason));
                        return;
                    }
                }
            }
            seconds.observe(begun.elapsed().as_secs_f64());
            let empty = application.tip().log_size == log_size;
            report(&done, Input::Committed { height, empty });
        });
    }

    /// A value fetched by sync. Its bytes are bound to a certificate that the engine has verified.
    pub(super) fn fetched(
        &self,
        (height, round, proposer): (Height, Round, Address),
        bytes: Bytes,
        reply: Reply<SyncedValueOutcome<Chain>>,
    ) {
        let (application, done) = (self.application.clone(), self.done.clone());
        tokio::spawn(async move {
            let round = round.as_u32().unwrap_or(0);
            let decoded = decode(bytes).await.and_then(|proposal| {
                let fits = proposal.header.height == height && proposal.header.round <= round;
                if fits { Ok(proposal) } else { Err(ProposalError::Malformed) }
            });
            let value_id =
                decoded.as_ref().map(|proposal| proposal.value_id()).unwrap_or(Hash::ZERO);
            let seen = Seen { height, round, lock_round: None, proposer, value_id, valid: true };
            let checked = match decoded {
                Ok(proposal) => Ok(application.check(proposal, Origin::Sync).await),
                Err(error) => Err(error),
            };
            let _ = done.send(Done::Fetched(policy::synced(seen, checked), reply));
        });
    }

    pub(super) fn restream(&mut self, height: Height, round: Round, lock: Round, value_id: Hash) {
        let (Some(round), Some(signer)) = (round.as_u32(), self.signer.clone()) else { return };
        let (application, network) = (self.application.clone(), self.channels.network.clone());
        let attempt = self.next_attempt();
        tokio::spawn(async move {
            match application.load(value_id).await {
                Some(proposal) => {
                    super::parts::send(proposal, round, lock.as_u32(), attempt, &signer, &network)
                        .await;
                }
                None => {
                    tracing::error!(%height, round, value = %value_id, "no payload to send again")
                }
            }
        });
    }

    pub(super) fn report_evidence(&self, evidence: MisbehaviorEvidence<Chain>) {
        let proposals = evidence.proposals.iter().flat_map(|(_, pairs)| pairs);
        let votes = evidence.votes.iter().flat_map(|(_, pairs)| pairs);
        let found: Vec<_> = votes
            .map(|(first, second)| convert::double_vote(first, second))
            .chain(proposals.map(|(first, second)| convert::double_proposal(first, second)))
            .collect();
        for evidence in found {
            tracing::error!(validator = %evidence.validator, height = %evidence.height,
                round = evidence.round, kind = ?evidence.kind, "a validator signed twice");
            self.metrics.evidence.inc();
            let application = self.application.clone();
            tokio::spawn(async move { application.evidence(evidence).await });
        }
    }
}

/// The heights that a request is answered with.
pub(super) fn heights(
    range: &std::ops::RangeInclusive<BlockHeight>,
) -> std::ops::RangeInclusive<Height> {
    Height::from(*range.start())..=Height::from(*range.end())
}
