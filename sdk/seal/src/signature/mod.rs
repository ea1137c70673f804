//! The procedures: a seal, a seal signature, a digital signature, each to one report.
//!
//! Comes in: received bytes and a context. Goes out: reports. Never: a panic, a step left out.
use crate::{Context, Reason, SealReport, SignatureReport, Signed, Step, Steps};
use alloc::vec::Vec;

/// Checks a seal by itself.
pub fn verify_seal(seal: &[u8], _context: &Context<'_>) -> SealReport {
    let steps = unreadable(seal);
    SealReport {
        verdict: steps.verdict(&[]),
        steps,
        leniencies: Vec::new(),
        seal: None,
        trust_height: None,
    }
}

/// Checks a seal signature (SES) and what it signs.
pub fn verify_value(value: &[u8], _signed: Signed<'_>, _context: &Context<'_>) -> SignatureReport {
    let steps = unreadable(value);
    SignatureReport {
        verdict: steps.verdict(&[]),
        steps,
        leniencies: Vec::new(),
        signature: None,
        seal: None,
        seal_bytes: None,
        trust_height: None,
    }
}

/// Checks a digital signature without a seal: GB/T 35275 with or without attributes, or a bare SM2 value.
pub fn verify_digital(value: &[u8], signed: Signed<'_>, context: &Context<'_>) -> SignatureReport {
    verify_value(value, signed, context)
}

fn unreadable(_bytes: &[u8]) -> Steps {
    let mut steps = Steps::new();
    steps.doubt(Step::Format, Reason::AlgorithmUnsupported, "");
    steps
}
