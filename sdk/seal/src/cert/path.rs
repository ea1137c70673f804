//! Certificate paths (RFC 5280, 6; GB/T 20518-2018): from a certificate to an anchor that the caller trusts.
//!
//! Comes in: a certificate, a pool, a time. Goes out: the path, or why there is none. Never: a certificate out of a submitted file as an
//! anchor; more work than a few dozen signatures.
use super::{Cert, Usage};
use crate::Reason;
use crate::Time;
use crate::context::Trust;
use alloc::string::String;
use alloc::vec::Vec;

/// Certificates of the longest path, leaf and anchor included.
const PATH_CERTS_MAX: usize = 8;
/// Signatures that one search may check.
const CHECKS_MAX: u32 = 48;

/// Why there is no path, and at which certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub reason: Reason,
    pub detail: String,
    /// The flaw is the anchor's own: the caller trusts it, so nothing is proven against the signature.
    pub is_anchors: bool,
}

impl Broken {
    fn at(reason: Reason, cert: &Cert) -> Self {
        Self { reason, detail: cert.subject_text(), is_anchors: false }
    }
}

/// Certificates from the leaf to the anchor.
#[derive(Debug, Clone)]
pub(crate) struct Path<'a> {
    pub certs: Vec<&'a Cert>,
}

impl<'a> Path<'a> {
    /// The last certificate.
    pub fn anchor(&self) -> Option<&'a Cert> {
        self.certs.last().copied()
    }
}

/// Finds a path whose certificates were all valid at a time. Dates and usage of the leaf are the caller's matter. `extra` are certificates
/// that came with the submitted bytes: links at most, never anchors.
pub(crate) fn find<'a>(
    leaf: &'a Cert,
    trust: &'a Trust,
    extra: &'a [Cert],
    at: Time,
) -> Result<Path<'a>, Broken> {
    if let Some(unknown) = leaf.extensions.unknown_critical.first() {
        return Err(Broken {
            reason: Reason::CriticalExtension,
            detail: unknown.clone(),
            is_anchors: false,
        });
    }
    let mut search = Search { trust, extra, at, checks: 0, first: None };
    let mut certs = alloc::vec![leaf];
    if search.extend(&mut certs) {
        return Ok(Path { certs });
    }
    Err(search.first.unwrap_or_else(|| {
        let reason =
            if leaf.is_self_issued() { Reason::UntrustedRoot } else { Reason::ChainBroken };
        Broken { reason, detail: super::name::text(&leaf.issuer), is_anchors: false }
    }))
}

struct Search<'a> {
    trust: &'a Trust,
    extra: &'a [Cert],
    at: Time,
    checks: u32,
    /// The fault of the most promising attempt: the first that got beyond a name.
    first: Option<Broken>,
}

impl<'a> Search<'a> {
    /// Extends the path until it ends at an anchor. Its depth is bounded by [`PATH_CERTS_MAX`].
    fn extend(&mut self, certs: &mut Vec<&'a Cert>) -> bool {
        let Some(last) = certs.last().copied() else { return false };
        let trust = self.trust;
        if trust.anchors.iter().any(|anchor| anchor.der() == last.der()) {
            return true;
        }
        if certs.len() >= PATH_CERTS_MAX {
            self.remember(Broken::at(Reason::PathLength, last));
            return false;
        }
        let anchors = trust.anchors.iter();
        let candidates = anchors.chain(&trust.intermediates).chain(self.extra);
        for issuer in candidates.filter(|cert| cert.subject == last.issuer) {
            if certs.iter().any(|known| known.der() == issuer.der()) {
                continue;
            }
            if self.checks >= CHECKS_MAX {
                return false;
            }
            self.checks = self.checks.saturating_add(1);
            if let Err(mut broken) = link(certs, last, issuer, self.at) {
                broken.is_anchors = broken.reason == Reason::IssuerKeyUsage
                    && trust.anchors.iter().any(|anchor| anchor.der() == issuer.der());
                self.remember(broken);
                continue;
            }
            certs.push(issuer);
            if self.extend(certs) {
                return true;
            }
            certs.pop();
            let dead_end = issuer.is_self_issued() && !self.trust.anchors.contains(issuer);
            if dead_end {
                self.remember(Broken::at(Reason::UntrustedRoot, issuer));
            }
        }
        false
    }

    fn remember(&mut self, broken: Broken) {
        // A foreign CA of the same name says least.
        let replace = match &self.first {
            None => true,
            Some(first) => first.reason == Reason::CertSignature,
        };
        if replace {
            self.first = Some(broken);
        }
    }
}

/// Whether `issuer` may stand above `last` in a path.
fn link(certs: &[&Cert], last: &Cert, issuer: &Cert, at: Time) -> Result<(), Broken> {
    last.is_signed_by(issuer).map_err(|reason| Broken::at(reason, last))?;
    let extensions = &issuer.extensions;
    let fail = |reason| Err(Broken::at(reason, issuer));
    if let Some(unknown) = extensions.unknown_critical.first() {
        return Err(Broken {
            reason: Reason::CriticalExtension,
            detail: unknown.clone(),
            is_anchors: false,
        });
    }
    if !extensions.is_ca {
        return fail(Reason::IssuerNotCa);
    }
    if !extensions.usage.is_none_or(Usage::may_sign_certs) {
        return fail(Reason::IssuerKeyUsage);
    }
    // CAs below this one that are not self-issued, without the leaf (RFC 5280, 6.1.4 l).
    let below = certs.iter().skip(1).filter(|cert| !cert.is_self_issued()).count();
    let below = u64::try_from(below).unwrap_or(u64::MAX);
    if extensions.path_length.is_some_and(|most| below > most) {
        return fail(Reason::PathLength);
    }
    issuer.check_dates(at).map_err(|reason| Broken::at(reason, issuer))
}
