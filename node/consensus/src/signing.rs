//! Signs and verifies for the engine: protocol bytes, prepared keys, the guard before every signature.

use crate::context::{BlockProposal, BlockVote, Chain, VoteSignature};
use crate::error::Stopped;
use crate::guard::{Guard, GuardError, Step, StepKind};
use crate::metrics::{Metrics, count_cpu, thread_cpu_seconds};
use crate::watch::Watch;
use async_trait::async_trait;
use malachite::app::types::core::{
    NilOrVal, SignedExtension, SignedMessage, SignedProposal, SignedVote, ValidatorProof,
    VoteExtensionScope,
};
use malachite_signing::{Error, Signer, VerificationResult, Verifier};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::mpsc;
use yinglian_crypto::VerifyingKey;
use yinglian_protocol::{PartsHeader, PublicKey, Signature, VoteKind, parts_bytes};

/// Votes whose verification is remembered: a certificate repeats votes that came one by one before.
const VERIFIED_MAX: usize = 2048;

/// The validator's signer behind the guard.
#[derive(Clone)]
pub struct GuardedSigner {
    chain: Chain,
    signer: Arc<dyn yinglian_crypto::Signer>,
    guard: Arc<Guard>,
    log: Option<PathBuf>,
    metrics: Metrics,
    stopped: mpsc::UnboundedSender<Stopped>,
}

impl GuardedSigner {
    /// `log` is the engine's write-ahead log, synced before each permit.
    pub fn new(
        chain: Chain,
        signer: Arc<dyn yinglian_crypto::Signer>,
        guard: Arc<Guard>,
        log: Option<PathBuf>,
        metrics: Metrics,
        stopped: mpsc::UnboundedSender<Stopped>,
    ) -> Self {
        Self { chain, signer, guard, log, metrics, stopped }
    }

    async fn permit(&self, step: Step) -> Result<(), Error> {
        let (guard, log) = (self.guard.clone(), self.log.clone());
        let begun = Instant::now();
        // What led to the step is in the log but not yet synced; were it lost while the sign-state is kept, the node
        // could come to another step after a power cut and would be refused its own height.
        let task = tokio::task::spawn_blocking(move || {
            if let Some(path) = log {
                File::open(path)?.sync_data()?;
            }
            guard.permit(step)
        });
        let permitted = task.await.map_err(Error::from_source)?;
        self.metrics.sync_seconds.observe(begun.elapsed().as_secs_f64());
        permitted.map_err(|error| {
            tracing::error!(%error, "sign guard refuses");
            let _ = self.stopped.send(Stopped::Guard(describe(&error)));
            Error::from_source(error)
        })
    }

    async fn sign(&self, message: &[u8]) -> Result<VoteSignature, Error> {
        let begun = Instant::now();
        let signed = count_cpu(&self.metrics.sign_cpu_seconds, self.signer.sign(message)).await;
        let signature = signed.map_err(Error::from_source)?;
        self.metrics.sign_seconds.observe(begun.elapsed().as_secs_f64());
        Ok(signature.into())
    }

    fn step(
        &self,
        kind: StepKind,
        position: (u64, Option<u32>),
        value: Option<yinglian_protocol::Hash>,
        message: &[u8],
    ) -> Step {
        Step {
            height: yinglian_protocol::Height(position.0),
            round: position.1.unwrap_or(u32::MAX),
            kind,
            value,
            message: self.chain.suite.hash(&[message]),
        }
    }

    /// Signs the first part of a stream. Not a step of the guard: it commits to nothing that a second could contradict,
    /// the proposal's own signature does.
    pub async fn sign_parts(&self, header: &PartsHeader) -> Result<VoteSignature, Error> {
        self.sign(&parts_bytes(&self.chain.genesis, header)).await
    }
}

fn describe(error: &GuardError) -> String {
    match error {
        GuardError::File(source) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}

#[async_trait]
impl Signer<Chain> for GuardedSigner {
    async fn sign_vote(&self, vote: BlockVote) -> Result<SignedVote<Chain>, Error> {
        let message = vote.signing_bytes(&self.chain.genesis);
        let kind = match vote.kind {
            VoteKind::Prevote => StepKind::Prevote,
            VoteKind::Precommit => StepKind::Precommit,
        };
        let value = match vote.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(id.0),
        };
        self.permit(self.step(kind, (vote.height.0, vote.round.as_u32()), value, &message)).await?;
        let signature = self.sign(&message).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: BlockProposal) -> Result<SignedProposal<Chain>, Error> {
        let message = proposal.signing_bytes(&self.chain.genesis);
        let position = (proposal.height.0, proposal.round.as_u32());
        let step = self.step(StepKind::Proposal, position, Some(proposal.value.0), &message);
        self.permit(step).await?;
        let signature = self.sign(&message).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<Chain>,
        _: (),
    ) -> Result<SignedExtension<Chain>, Error> {
        Err(Error::from_source("vote extensions are disabled"))
    }

    async fn sign_validator_proof(
        &self,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<ValidatorProof<Chain>, Error> {
        Err(Error::from_source("the registry binds keys to peers, not a proof"))
    }
}

/// Verifies votes and proposals, and reports whose valid votes it saw.
#[derive(Clone)]
pub struct VoteVerifier {
    chain: Chain,
    keys: Arc<RwLock<HashMap<PublicKey, Arc<VerifyingKey>>>>,
    verified: Arc<Mutex<Verified>>,
    watch: Arc<Watch>,
    metrics: Metrics,
}

#[derive(Default)]
struct Verified {
    known: HashMap<[u8; 64], (PublicKey, Vec<u8>)>,
    order: VecDeque<[u8; 64]>,
}

impl Verified {
    fn contains(&self, key: &PublicKey, message: &[u8], signature: &VoteSignature) -> bool {
        self.known.get(&signature.0).is_some_and(|(k, m)| k == key && m == message)
    }

    fn insert(&mut self, key: &PublicKey, message: Vec<u8>, signature: &VoteSignature) {
        if self.known.insert(signature.0, (key.clone(), message)).is_none() {
            self.order.push_back(signature.0);
        }
        if self.order.len() > VERIFIED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl VoteVerifier {
    /// A verifier with no key prepared yet.
    pub fn new(chain: Chain, watch: Arc<Watch>, metrics: Metrics) -> Self {
        Self { chain, keys: Arc::default(), verified: Arc::default(), watch, metrics }
    }

    fn key(&self, key: &PublicKey) -> Option<Arc<VerifyingKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = keys.get(key) {
            return Some(prepared.clone());
        }
        drop(keys);
        let prepared = Arc::new(VerifyingKey::with_table(key).ok()?);
        // Keys come from validator sets only, so the map holds as many as there ever were validators.
        self.keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.clone(), prepared.clone());
        Some(prepared)
    }

    /// Verifies one signature.
    pub fn verify(&self, key: &PublicKey, message: Vec<u8>, signature: &VoteSignature) -> bool {
        let known = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(key, &message, signature) {
            return true;
        }
        drop(known);
        let (begun, cpu) = (Instant::now(), thread_cpu_seconds());
        let valid = self
            .key(key)
            .is_some_and(|key| key.verify(&message, &Signature::from(*signature)).is_ok());
        self.metrics.verify_seconds.observe(begun.elapsed().as_secs_f64());
        self.metrics.verify_cpu_seconds.inc_by((thread_cpu_seconds() - cpu).max(0.0));
        if valid {
            let mut known = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, message, signature);
        }
        valid
    }
}

#[async_trait]
impl Verifier<Chain> for VoteVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &BlockVote,
        signature: &VoteSignature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let valid = self.verify(key, vote.signing_bytes(&self.chain.genesis), signature);
        if valid {
            self.watch.vote(vote);
        }
        Ok(VerificationResult::from_bool(valid))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &BlockProposal,
        signature: &VoteSignature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let message = proposal.signing_bytes(&self.chain.genesis);
        Ok(VerificationResult::from_bool(self.verify(key, message, signature)))
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Chain>,
        _: &(),
        _: &VoteSignature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(
        &self,
        _: &ValidatorProof<Chain>,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }
}

#[cfg(test)]
mod tests;
