//! The one function that decides whether a receipt proves its record, and what exactly it proves.
//!
//! Comes in: a decoded receipt, a trust root, perhaps a chain of sets. Goes out: what is proven, or the code of the first step
//! that fails. Never: a node, a clock of its own, a proof without a root.

use crate::{
    Code, CreditCode, DefaultEngine, EnvelopeId, Height, LogPosition, ProvenSets, Receipt,
    SignatureEngine, TrustChain, TrustRoot,
};
use alloc::vec::Vec;
use yinglian_crypto::{Address, Hash};

/// A trust root older than this is warned about: keys of retired validators could sign another history (180 days).
pub const TRUST_AGE_WARN_MS: u64 = 180 * 86_400_000;

/// What a verified receipt says: "proven under trust root R as of checkpoint C".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The root that was trusted.
    pub root: TrustRoot,
    /// Height of the header under which the record is proven.
    pub checkpoint_height: Height,
    /// Hash of that header.
    pub checkpoint_hash: Hash,
    /// Time of that header, milliseconds since 1970-01-01 UTC.
    pub checkpoint_time_ms: u64,
    /// Id of the record.
    pub envelope_id: EnvelopeId,
    /// Position in the log.
    pub position: LogPosition,
    /// Who signed.
    pub sender: Address,
    /// Organisation of the sender when the record was executed.
    pub organization: CreditCode,
    /// Block that holds the record.
    pub height: Height,
    /// Time of that block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Applied, or the code with which the contract refused.
    pub code: Code,
    /// Validators whose signatures were checked on the checkpoint.
    pub signers: u16,
    /// What the reader should know though the proof holds.
    pub warnings: Vec<Warning>,
}

/// Something that does not break the proof but matters to who relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The root is older than [`TRUST_AGE_WARN_MS`] against the checkpoint or the given present time.
    TrustRootOld {
        /// Age, milliseconds.
        age_ms: u64,
    },
    /// The chain runs a chosen clock: its times prove nothing.
    TestClock,
    /// The contract refused the call: what is proven is the refusal.
    Refused(Code),
}

/// What the caller knows beside the receipt.
#[derive(Default)]
pub struct VerifyOptions<'a> {
    /// Chain of sets to use before the embedded one.
    pub trust: Option<&'a TrustChain>,
    /// Present time of the caller, milliseconds since 1970-01-01 UTC, for the age of the root.
    pub now_ms: Option<u64>,
    /// Signature engine; the default one when absent.
    pub engine: Option<&'a dyn SignatureEngine>,
}

/// Verifies a receipt under a trust root.
///
/// Without a chain of sets (neither given nor embedded) a checkpoint root's own set is used.
///
/// # Errors
/// The code of the first step that fails: chain of sets, quorum, inclusion, envelope, outcome, sender, signature.
pub fn verify(
    receipt: &Receipt,
    root: &TrustRoot,
    options: &VerifyOptions<'_>,
) -> Result<Proven, Code> {
    let engine = options.engine.unwrap_or(&DefaultEngine);
    let sets = proven_sets(receipt, root, options, engine)?;
    // An embedded chain that is not the one used must still be sound: no byte of a receipt may be false.
    if let (Some(_), Some(embedded)) = (options.trust, &receipt.trust) {
        embedded.prove_with(root, engine)?;
    }
    sets.check_header(&receipt.header, &receipt.quorum, engine)?;
    check_inclusion(receipt)?;
    check_parts(receipt)?;
    check_sender(receipt, root, engine)?;
    Ok(proven(receipt, root, sets.root_time_ms(), options.now_ms))
}

/// The sets by which a receipt is judged: those of the given chain, else of the embedded one, else the checkpoint's own.
pub(crate) fn proven_sets(
    receipt: &Receipt,
    root: &TrustRoot,
    options: &VerifyOptions<'_>,
    engine: &dyn SignatureEngine,
) -> Result<ProvenSets, Code> {
    match (options.trust.or(receipt.trust.as_ref()), root) {
        (Some(chain), _) => chain.prove_with(root, engine),
        (None, TrustRoot::Checkpoint(checkpoint)) => {
            Ok(ProvenSets::from_checkpoint(checkpoint, receipt.header.suite))
        }
        (None, TrustRoot::Genesis(_)) => Err(Code::RECEIPT_SET_UNPROVEN),
    }
}

fn check_inclusion(receipt: &Receipt) -> Result<(), Code> {
    let Receipt { header, leaf, inclusion, .. } = receipt;
    let suite = header.suite;
    let in_time = leaf.height <= header.height && leaf.time_ms <= header.time_ms;
    if !in_time || inclusion.size != header.log_size {
        return Err(Code::RECEIPT_PROOF_INVALID);
    }
    inclusion
        .verify(suite, &leaf.hash(suite), &header.log_root)
        .map_err(|_| Code::RECEIPT_PROOF_INVALID)
}

fn check_parts(receipt: &Receipt) -> Result<(), Code> {
    let Receipt { header, leaf, envelope, outcome, .. } = receipt;
    if leaf.envelope_hash != envelope.hash(header.suite) || leaf.sender != envelope.body.sender {
        return Err(Code::RECEIPT_ENVELOPE_MISMATCH);
    }
    if leaf.outcome_hash != outcome.hash(header.suite) {
        return Err(Code::RECEIPT_OUTCOME_MISMATCH);
    }
    Ok(())
}

fn check_sender(
    receipt: &Receipt,
    root: &TrustRoot,
    engine: &dyn SignatureEngine,
) -> Result<(), Code> {
    let body = &receipt.envelope.body;
    if receipt.sender_key.address() != body.sender {
        return Err(Code::RECEIPT_SENDER_MISMATCH);
    }
    engine
        .verify(
            &receipt.sender_key,
            &body.signing_bytes(&root.genesis()),
            &receipt.envelope.signature,
        )
        .map_err(|_| Code::RECEIPT_SIGNATURE_INVALID)
}

fn proven(receipt: &Receipt, root: &TrustRoot, root_time_ms: u64, now_ms: Option<u64>) -> Proven {
    let Receipt { header, leaf, envelope, outcome, .. } = receipt;
    let mut warnings = Vec::new();
    let age_ms = now_ms.unwrap_or(0).max(header.time_ms).saturating_sub(root_time_ms);
    if age_ms > TRUST_AGE_WARN_MS {
        warnings.push(Warning::TrustRootOld { age_ms });
    }
    if header.flags.test_clock() {
        warnings.push(Warning::TestClock);
    }
    if !outcome.code.is_applied() {
        warnings.push(Warning::Refused(outcome.code));
    }
    Proven {
        root: root.clone(),
        checkpoint_height: header.height,
        checkpoint_hash: header.hash(),
        checkpoint_time_ms: header.time_ms,
        envelope_id: envelope.body.id(header.suite),
        position: LogPosition(receipt.inclusion.index),
        sender: leaf.sender,
        organization: leaf.organization,
        height: leaf.height,
        time_ms: leaf.time_ms,
        code: outcome.code,
        signers: u16::try_from(receipt.quorum.signatures.len()).unwrap_or(u16::MAX),
        warnings,
    }
}
