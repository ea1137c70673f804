//! What the registry says of a seal and of those behind it, at the moment of signing.
//!
//! Comes in: the caller's view of the registry. Goes out: results of the steps registry and admission. Never: silence taken for a yes.
use super::moment::Moment;
use crate::{
    Admission, Cert, Context, Outcome, Reason, Registry, SealEntry, SealKey, SealStatus, Step,
    Steps, Time,
};

/// Without a registry both steps do not apply, and the report says so.
pub(crate) fn not_asked(steps: &mut Steps) {
    steps.notice(Step::Registry, Reason::RegistryNotAsked, "");
    steps.notice(Step::Admission, Reason::RegistryNotAsked, "");
}

/// Judges the status of a seal.
pub(crate) fn seal(
    registry: &dyn Registry,
    key: &SealKey<'_>,
    moment: &Moment,
    steps: &mut Steps,
) -> Option<SealEntry> {
    let Some(entry) = registry.seal(key) else {
        steps.doubt(Step::Registry, Reason::SealUnknown, key.id);
        return None;
    };
    match entry.status_at(moment.at) {
        Some(SealStatus::Active) => steps.pass(Step::Registry),
        Some(status) => steps.fail(Step::Registry, reason_of(status), key.id),
        None => steps.doubt(Step::Registry, Reason::SealNotYetFiled, key.id),
    }
    // The first end after the claimed time counts, unless the signature is proven older. A freeze that was lifted ends nothing.
    let final_end =
        |status: &SealStatus| !matches!(status, SealStatus::Active | SealStatus::Frozen);
    let ends = entry.changes.iter().filter(|(_, status)| final_end(status));
    if let Some((end, _)) = ends.into_iter().find(|(time, _)| *time > moment.at) {
        let (outcome, reason) = match moment.ended(*end) {
            Outcome::EndedLater => (Outcome::EndedLater, Reason::SealEndedLater),
            outcome => (outcome, Reason::SealEndedNoTrustedTime),
        };
        steps.find(Step::Registry, outcome, reason, alloc::format!("{end}"));
    }
    Some(entry)
}

const fn reason_of(status: SealStatus) -> Reason {
    match status {
        SealStatus::Active => Reason::SealUnknown,
        SealStatus::Frozen => Reason::SealFrozen,
        SealStatus::Revoked => Reason::SealRevoked,
        SealStatus::Withdrawn => Reason::SealWithdrawn,
        SealStatus::Lost => Reason::SealLost,
        SealStatus::Replaced => Reason::SealReplaced,
    }
}

/// Judges one admission.
pub(crate) fn admission(answer: Admission, reason: Reason, detail: &str, steps: &mut Steps) {
    match answer {
        Admission::Admitted => steps.pass(Step::Admission),
        Admission::Suspended | Admission::NotThen => steps.fail(Step::Admission, reason, detail),
        Admission::Unknown => steps.doubt(Step::Admission, reason, detail),
    }
}

/// Judges the CA at the end of a path; a path that does not end is another step's matter.
pub(crate) fn authority(context: &Context<'_>, anchor: Option<&Cert>, at: Time, steps: &mut Steps) {
    if let (Some(registry), Some(anchor)) = (context.registry, anchor) {
        admission(registry.ca(anchor, at), Reason::CaNotAdmitted, &anchor.subject_text(), steps);
    }
}
