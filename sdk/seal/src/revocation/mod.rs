//! Whether the certificates of a path were revoked, from lists and answers that the caller hands in.
//!
//! Comes in: a path and the moment. Goes out: results of the step revocation. Never: silence taken for a no; a stale list taken for a fresh one.
mod crl;
mod ocsp;
mod sha1;

pub use crl::Crl;
pub use ocsp::OcspResponse;

use crate::cert::path::Path;
use crate::signature::moment::{CLOCK_SKEW_SECONDS, Moment};
use crate::{Cert, Context, Outcome, Reason, Step, Steps, Time};
use crl::Scope;
use ocsp::Status;

const STEP: Step = Step::Revocation;

/// What lists and answers say of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Revoked at a time.
    Ended(Time),
    /// On hold since a time, as of the date of the list.
    OnHold(Time),
    /// Not revoked, as of a date that suffices.
    Clean,
    /// Cannot be used, for a reason.
    Nothing(Reason),
}

/// Judges every certificate of a path below its anchor.
pub(crate) fn judge(path: &Path<'_>, moment: &Moment, context: &Context<'_>, steps: &mut Steps) {
    // A path of one certificate ends at a certificate that the caller trusts by itself.
    steps.pass(STEP);
    for pair in path.certs.windows(2) {
        if let [cert, issuer] = pair {
            of_cert(cert, issuer, moment, context, steps);
        }
    }
}

fn of_cert(cert: &Cert, issuer: &Cert, moment: &Moment, context: &Context<'_>, steps: &mut Steps) {
    let mut newest: Option<(Time, Said)> = None;
    let mut ended: Option<Time> = None;
    let mut nothing = Reason::RevocationUnknown;
    for (date, said) in evidence(cert, issuer, moment, context) {
        match said {
            Said::Ended(time) => ended = Some(ended.map_or(time, |known| known.min(time))),
            Said::Nothing(reason) => nothing = reason,
            _ if newest.is_none_or(|(known, _)| date > known) => newest = Some((date, said)),
            _ => {}
        }
    }
    if let (None, Some((_, Said::OnHold(time)))) = (ended, newest) {
        ended = Some(time);
    }
    let name = cert.subject_text();
    match (ended, newest) {
        (Some(time), _) => {
            let (outcome, reason) = match moment.ended(time) {
                Outcome::EndedLater => (Outcome::EndedLater, Reason::RevokedLater),
                Outcome::Failed => (Outcome::Failed, Reason::Revoked),
                outcome => (outcome, Reason::RevokedNoTrustedTime),
            };
            steps.find(STEP, outcome, reason, alloc::format!("{name}: {time}"));
        }
        (None, Some(_)) => steps.pass(STEP),
        (None, None) => steps.doubt(STEP, nothing, name),
    }
}

/// Everything that lists and answers say, with their dates.
fn evidence<'a>(
    cert: &'a Cert,
    issuer: &'a Cert,
    moment: &'a Moment,
    context: &'a Context<'_>,
) -> impl Iterator<Item = (Time, Said)> {
    let lists = context.trust.crls.iter().filter(|list| list.issuer == cert.issuer);
    let lists =
        lists.map(move |list| (list.this_update(), by_list(list, cert, issuer, moment, context)));
    let answers = context.trust.ocsp.iter().filter_map(move |response| {
        let answer = response.answer(cert, issuer)?;
        let said = match (response.check(issuer), answer.status) {
            (Err(reason), _) => Said::Nothing(reason),
            (Ok(()), Status::Revoked { at, on_hold: true }) => Said::OnHold(at),
            (Ok(()), Status::Revoked { at, on_hold: false }) => Said::Ended(at),
            (Ok(()), Status::Good) => {
                let dates = (answer.this_update, answer.next_update);
                freshness(dates, cert, moment, context.now)
            }
            (Ok(()), Status::Unknown) => Said::Nothing(Reason::RevocationUnknown),
        };
        Some((answer.this_update, said))
    });
    lists.chain(answers)
}

fn by_list(list: &Crl, cert: &Cert, issuer: &Cert, moment: &Moment, context: &Context<'_>) -> Said {
    if let Err(reason) = list.check(issuer) {
        return Said::Nothing(reason);
    }
    let in_scope = match list.scope {
        Scope::All => true,
        Scope::UsersOnly => !cert.extensions.is_ca,
        Scope::AuthoritiesOnly => cert.extensions.is_ca,
        Scope::Unknown => false,
    };
    match list.entry(&cert.serial) {
        // What a list names as revoked counts, whatever else its scope is.
        Some(entry) if entry.on_hold => Said::OnHold(entry.ended),
        Some(entry) => Said::Ended(entry.ended),
        None if !in_scope => Said::Nothing(Reason::RevocationUnknown),
        // A CA may drop entries once their certificates have expired (RFC 5280, 3.3).
        None if list.this_update() > cert.not_after() && !list.keeps_expired => {
            Said::Nothing(Reason::RevocationUnknown)
        }
        None => freshness((list.this_update(), list.next_update()), cert, moment, context.now),
    }
}

/// Whether "not revoked" of a date suffices: it is current; or it is later than the moment of signing, and either that moment is proven
/// or the certificate has expired since, so that nothing current can be had.
fn freshness(
    (this_update, next_update): (Time, Option<Time>),
    cert: &Cert,
    moment: &Moment,
    now: Time,
) -> Said {
    let from_future = this_update > now.plus_seconds(CLOCK_SKEW_SECONDS);
    let current = next_update.is_some_and(|next| now <= next);
    let bound = moment.proven.or((now > cert.not_after()).then_some(moment.at));
    let later = bound.is_some_and(|bound| this_update >= bound);
    if !from_future && (current || later) {
        Said::Clean
    } else {
        Said::Nothing(Reason::RevocationStale)
    }
}
