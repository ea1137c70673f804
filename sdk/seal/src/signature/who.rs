//! One certificate in its role, maker or signer: dates, key usage, path, revocation.
//!
//! Comes in: a certificate and the moment. Goes out: results of the steps it concerns. Never: a step left without a result.
use super::moment::Moment;
use crate::cert::{Usage, path};
use crate::revocation;
use crate::{Cert, Context, Outcome, Reason, Step, Steps, TimeSource};

/// The certificates of one verification besides the caller's.
pub(crate) struct Who<'a> {
    /// The certificate judged.
    pub cert: &'a Cert,
    /// Certificates that came along with the submitted bytes.
    pub extra: &'a [Cert],
    /// Step for its dates and usage: maker or signer.
    pub step: Step,
    /// The word for it in details.
    pub role: &'static str,
}

/// Judges it. Answers with the anchor that its path ends at.
pub(crate) fn judge<'a>(
    who: &Who<'a>,
    moment: &Moment,
    context: &Context<'a>,
    steps: &mut Steps,
) -> Option<&'a Cert> {
    let Who { cert, extra, step, role } = who;
    match cert.check_dates(moment.at) {
        Ok(()) => steps.pass(*step),
        // Without a time of signing an expired certificate may well have been valid then.
        Err(Reason::CertExpired) if moment.source == TimeSource::None => {
            steps.doubt(*step, Reason::CertExpired, *role);
        }
        Err(reason) => steps.fail(*step, reason, *role),
    }
    if cert.check_dates(context.now).is_err() {
        steps.notice(*step, Reason::ExpiredSince, *role);
    }
    if !cert.extensions.usage.is_none_or(Usage::may_sign) {
        steps.fail(*step, Reason::KeyUsage, *role);
    }
    match path::find(cert, context.trust, extra, moment.at) {
        Ok(path) => {
            steps.pass(Step::Chain);
            revocation::judge(&path, moment, context, steps);
            path.anchor()
        }
        Err(broken) => {
            let outcome = match broken.reason {
                _ if broken.is_anchors => Outcome::Unknown,
                // Another trust list may hold what is missing here.
                Reason::ChainBroken | Reason::UntrustedRoot | Reason::AlgorithmUnsupported => {
                    Outcome::Unknown
                }
                _ => Outcome::Failed,
            };
            let detail = alloc::format!("{role}: {}", broken.detail);
            steps.find(Step::Chain, outcome, broken.reason, detail);
            steps.doubt(Step::Revocation, Reason::RevocationUnknown, *role);
            None
        }
    }
}
