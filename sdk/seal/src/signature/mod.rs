//! The procedures: a seal, a seal signature, a digital signature, each to one report.
//!
//! Comes in: received bytes and a context. Goes out: reports. Never: a panic, a step left out.
mod clock;
mod digital;
pub(crate) mod moment;
mod registered;
mod seal;
mod value;
mod who;

use crate::cms::SignedData;
use crate::der::{Fault, Notes, Reader, tag};
use crate::ses::{Seal, Value};
use crate::{
    Cert, CertReport, Context, Leniency, Profile, Reason, SealReport, SignatureReport, Signed,
    Step, Steps, Time, TimeSource, oid,
};
use moment::Moment;

/// Steps that a seal by itself must have passed.
const SEAL_REQUIRED: [Step; 7] = [
    Step::Format,
    Step::SealAuthenticity,
    Step::Maker,
    Step::Chain,
    Step::Revocation,
    Step::Registry,
    Step::Admission,
];

/// Checks a seal by itself (GB/T 38540-2020, 6.3), as if it were used at the time of the verification.
pub fn verify_seal(seal: &[u8], context: &Context<'_>) -> SealReport {
    let mut notes = Notes::default();
    let parsed = match Seal::parse(seal, &mut notes) {
        Ok(parsed) => parsed,
        Err(fault) => {
            let answer = report(unreadable(fault), notes, context, &SEAL_REQUIRED);
            return seal_report(answer);
        }
    };
    let mut steps = Steps::new();
    let moment = Moment { at: context.now, proven: None, source: TimeSource::None };
    let facts = seal::judge(&parsed, &moment, context, &mut notes, &mut steps);
    let mut answer = report(steps, notes, context, &SEAL_REQUIRED);
    answer.seal = Some(facts);
    seal_report(answer)
}

/// Checks a seal signature (SES_Signature) with the seal inside, and what it signs (GB/T 38540-2020, 7.3).
pub fn verify_value(value: &[u8], signed: Signed<'_>, context: &Context<'_>) -> SignatureReport {
    let mut notes = Notes::default();
    match Value::parse(value, &mut notes) {
        Ok(parsed) => value::judge(value, &parsed, signed, context, notes),
        Err(fault) => report(unreadable(fault), notes, context, &value::REQUIRED),
    }
}

/// Checks a digital signature without a seal: GB/T 35275 with or without attributes, or a bare SM2 value, whose signer the context names. A
/// value that turns out to hold a seal is checked as [`verify_value`] does.
pub fn verify_digital(value: &[u8], signed: Signed<'_>, context: &Context<'_>) -> SignatureReport {
    if SignedData::is_likely(value) {
        return digital::cms(value, signed, context);
    }
    let first = Reader::new(value).next("value", &mut Notes::default());
    let is_seal = first.is_ok_and(|whole| {
        whole.tag == tag::SEQUENCE && whole.reader().peek() == Some(tag::SEQUENCE)
    });
    if is_seal {
        verify_value(value, signed, context)
    } else {
        digital::bare(value, signed, context)
    }
}

/// Checks a certificate by itself, as one that signs: dates, key usage, path and revocation at a time.
pub fn verify_cert(cert: &Cert, at: Time, context: &Context<'_>) -> CertReport {
    let mut steps = Steps::new();
    let moment = Moment { at, proven: None, source: TimeSource::Claimed };
    let who = who::Who { cert, extra: &[], step: Step::Signer, role: "certificate" };
    who::judge(&who, &moment, context, &mut steps);
    let verdict = steps.verdict(&[Step::Signer, Step::Chain, Step::Revocation]);
    CertReport { verdict, steps, cert: cert.facts() }
}

/// The step of a structure that cannot be read.
fn unreadable(fault: Fault) -> Steps {
    let mut steps = Steps::new();
    steps.fail(Step::Format, fault.reason, fault.field);
    steps
}

/// Completes the format step and forms the verdict.
fn report(
    mut steps: Steps,
    notes: Notes,
    context: &Context<'_>,
    required: &[Step],
) -> SignatureReport {
    steps.pass(Step::Format);
    let leniencies = notes.into_vec();
    for leniency in &leniencies {
        if context.profile == Profile::Strict && leniency.is_refused_by_strict() {
            steps.fail(Step::Format, Reason::NotDer, leniency.name());
        } else {
            steps.notice(Step::Format, Reason::LeniencyUsed, leniency.name());
        }
    }
    SignatureReport {
        verdict: steps.verdict(required),
        steps,
        leniencies,
        signature: None,
        seal: None,
        seal_bytes: None,
        trust_height: context.registry.map(|registry| registry.height()),
    }
}

fn seal_report(answer: SignatureReport) -> SealReport {
    let SignatureReport { verdict, steps, leniencies, seal, trust_height, .. } = answer;
    SealReport { verdict, steps, leniencies, seal, trust_height }
}

/// Only SM2 with SM3 signs seals; the short identifier occurs in the field.
fn check_algorithm(identifier: &[u8], notes: &mut Notes) -> Result<(), Reason> {
    match identifier {
        oid::SM2_SM3 => Ok(()),
        oid::SM2_SM3_SHORT => {
            notes.add(Leniency::AlgorithmName);
            Ok(())
        }
        _ => Err(Reason::AlgorithmUnsupported),
    }
}
