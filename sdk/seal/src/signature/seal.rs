//! The seal procedure (GB/T 38540-2020, 6.3): the maker's signature, his certificate, the period, the status.
//!
//! Comes in: a parsed seal and the moment at which it was used. Goes out: results of the steps it concerns, and its facts. Never: an
//! early end; each step is judged.
use super::moment::Moment;
use super::who::{self, Who};
use super::{check_algorithm, registered};
use crate::cert::SubjectKey;
use crate::der::Notes;
use crate::ses::{Seal, SignerList};
use crate::{
    Cert, Context, Outcome, Picture, Reason, SealFacts, SealKey, Step, Steps, Time, TimeSource,
    sm2, timestamp,
};
use alloc::vec::Vec;
use yinglian_crypto::Suite;

/// Judges a seal that was used at a moment, and tells what it says of itself.
pub(crate) fn judge(
    seal: &Seal<'_>,
    moment: &Moment,
    context: &Context<'_>,
    notes: &mut Notes,
    steps: &mut Steps,
) -> SealFacts {
    let sm3 = *Suite::National.hash(&[seal.raw]).as_bytes();
    let maker = Cert::parse(seal.maker);
    let time_stamp = own_time_stamp(seal, context, steps);
    period(seal, moment, context, steps);
    for extension in &seal.critical {
        steps.notice(Step::SealAuthenticity, Reason::CriticalSealExtension, extension.as_str());
    }
    let key = SealKey { sm3, id: &seal.id, vendor: &seal.vendor };
    let mut filed = None;
    match context.registry {
        Some(registry) => {
            filed = registered::seal(registry, &key, moment, steps).map(|entry| entry.filed);
            let answer = registry.vendor(&seal.vendor, moment.at);
            registered::admission(answer, Reason::VendorNotAdmitted, &seal.vendor, steps);
        }
        None => registered::not_asked(steps),
    }
    match &maker {
        Ok(cert) => {
            authenticity(seal, cert, notes, steps);
            let proofs = [time_stamp, filed, moment.proven];
            judge_maker(seal, cert, proofs, context, steps);
        }
        Err(_) => {
            steps.fail(Step::SealAuthenticity, Reason::CertMalformed, "maker");
            steps.fail(Step::Maker, Reason::CertMalformed, "maker");
            steps.doubt(Step::Chain, Reason::ChainBroken, "maker");
            steps.doubt(Step::Revocation, Reason::RevocationUnknown, "maker");
        }
    }
    facts(seal, maker.ok().as_ref(), sm3, time_stamp)
}

/// The maker's signature.
fn authenticity(seal: &Seal<'_>, maker: &Cert, notes: &mut Notes, steps: &mut Steps) {
    const STEP: Step = Step::SealAuthenticity;
    if let Err(reason) = check_algorithm(seal.algorithm, notes) {
        return steps.fail(STEP, reason, "seal");
    }
    let SubjectKey::Sm2(key) = &maker.key else {
        return steps.fail(STEP, Reason::AlgorithmKeyMismatch, "maker");
    };
    match sm2::verify_noting(key, &seal.signed, seal.signature, notes) {
        Ok(()) => steps.pass(STEP),
        Err(Reason::OuterSignature) => steps.fail(STEP, Reason::SealSignature, ""),
        Err(reason) => steps.fail(STEP, reason, "seal"),
    }
}

/// The maker's certificate is judged at the time at which he made the seal.
fn judge_maker(
    seal: &Seal<'_>,
    maker: &Cert,
    proofs: [Option<Time>; 3],
    context: &Context<'_>,
    steps: &mut Steps,
) {
    let proven = proofs.into_iter().flatten().min();
    let source = if proven.is_some() { TimeSource::TimeStamp } else { TimeSource::Claimed };
    let made = Moment { at: seal.created, proven, source };
    let who = Who { cert: maker, extra: &[], step: Step::Maker, role: "maker" };
    let anchor = who::judge(&who, &made, context, steps);
    if let Some(registry) = context.registry {
        let answer = registry.maker(maker, seal.created);
        registered::admission(answer, Reason::MakerNotAdmitted, &maker.subject_text(), steps);
    }
    registered::authority(context, anchor, seal.created, steps);
}

/// The seal's own period, at the moment of its use.
fn period(seal: &Seal<'_>, moment: &Moment, context: &Context<'_>, steps: &mut Steps) {
    const STEP: Step = Step::Maker;
    if seal.valid_from > seal.valid_to {
        steps.fail(STEP, Reason::SealPeriod, "");
    } else if moment.at < seal.valid_from {
        steps.fail(STEP, Reason::SealNotYetValid, alloc::format!("{}", seal.valid_from));
    } else if moment.at > seal.valid_to {
        steps.fail(STEP, Reason::SealExpired, alloc::format!("{}", seal.valid_to));
    } else {
        steps.pass(STEP);
    }
    if context.now > seal.valid_to {
        steps.notice(STEP, Reason::ExpiredSince, "seal");
    }
}

/// The time stamp in a seal of GM/T 0031-2025, over the maker's signature. One that cannot be read proves nothing and is said; one for other
/// bytes or with a false signature fails.
fn own_time_stamp(seal: &Seal<'_>, context: &Context<'_>, steps: &mut Steps) -> Option<Time> {
    let token = seal.time_stamp?;
    match timestamp::check(token, seal.signature, context, steps) {
        Ok(time) => Some(time),
        Err(reason) => {
            let outcome = match reason {
                Reason::TimeStampImprint | Reason::TimeStampSignature => Outcome::Failed,
                _ => Outcome::Unknown,
            };
            steps.find(Step::Time, outcome, reason, "seal");
            None
        }
    }
}

fn facts(
    seal: &Seal<'_>,
    maker: Option<&Cert>,
    sm3: [u8; 32],
    time_stamp: Option<Time>,
) -> SealFacts {
    let signers = match &seal.signers {
        SignerList::Certs(certs) => {
            certs.iter().filter_map(|der| Cert::parse(der).ok()).map(|cert| cert.facts()).collect()
        }
        SignerList::Digests(_) => Vec::new(),
    };
    SealFacts {
        version: seal.version,
        standard: seal.family.standard(),
        vendor: seal.vendor.clone(),
        id: seal.id.clone(),
        kind: seal.kind,
        name: seal.name.clone(),
        created: seal.created,
        valid_from: seal.valid_from,
        valid_to: seal.valid_to,
        picture: Picture {
            kind: seal.picture.kind.clone(),
            width_mm: seal.picture.width,
            height_mm: seal.picture.height,
            bytes: seal.picture.bytes.into(),
        },
        maker: maker.map(Cert::facts),
        signers,
        sm3: crate::hex(&sm3),
        time_stamp,
    }
}
