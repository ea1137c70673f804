//! Whether the certificates of a path were revoked, from lists and answers that the caller hands in.
//!
//! Comes in: a path and the moment. Goes out: results of the step revocation. Never: silence taken for a no.
use crate::cert::path::Path;
use crate::signature::moment::Moment;
use crate::{Cert, Context, Reason, Step, Steps};

/// Judges every certificate of a path below its anchor.
pub(crate) fn judge(
    path: &Path<'_>,
    _extra: &[Cert],
    _moment: &Moment,
    _context: &Context<'_>,
    steps: &mut Steps,
) {
    for pair in path.certs.windows(2) {
        if let [cert, _issuer] = pair {
            steps.doubt(Step::Revocation, Reason::RevocationUnknown, cert.subject_text());
        }
    }
    steps.skip(Step::Revocation);
}
