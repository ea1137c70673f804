//! Time stamps (RFC 3161, GB/T 20520): a token over bytes, from an authority that the caller trusts.
//!
//! Comes in: a token, the bytes it should be for, the context. Goes out: its time. Never: a time of a token that was not verified.
use crate::cert::{Usage, path, plain_algorithm};
use crate::cms::SignedData;
use crate::der::{self, Fault, Notes, tag};
use crate::signature::moment::Moment;
use crate::{Admission, Cert, Context, Reason, Step, Steps, Time, TimeSource, oid, revocation};
use yinglian_crypto::Suite;

/// The signed part of a token (TSTInfo).
struct Info<'a> {
    hash: &'a [u8],
    imprint: &'a [u8],
    time: Time,
}

/// Verifies a token over bytes: form, imprint, signature, the authority's certificate with its path, revocation and admission.
pub(crate) fn check(
    token: &[u8],
    covered: &[u8],
    context: &Context<'_>,
    steps: &mut Steps,
) -> Result<Time, Reason> {
    let notes = &mut Notes::default();
    let malformed = |_: Fault| Reason::TimeStampMalformed;
    let data = SignedData::parse(inner(token), notes).map_err(malformed)?;
    let content = data.content.filter(|_| data.content_type == oid::TIME_STAMP);
    let content = content.ok_or(Reason::TimeStampMalformed)?;
    let info = Info::read(content, notes).map_err(malformed)?;
    if !info.is_of(covered)? {
        return Err(Reason::TimeStampImprint);
    }
    let known = context.trust.intermediates.iter().chain(&context.trust.anchors);
    let authority = data.signer_cert(known).ok_or(Reason::TimeStampUntrusted)?;
    let digest = data.message_digest(notes).map_err(malformed)?;
    if !SignedData::is_sm3_of(digest, content) {
        return Err(Reason::TimeStampSignature);
    }
    data.check(authority, None, notes).map_err(|reason| match reason {
        Reason::AlgorithmUnsupported | Reason::AlgorithmKeyMismatch => Reason::AlgorithmUnsupported,
        _ => Reason::TimeStampSignature,
    })?;
    trusted(authority, &data.certs, info.time, context, steps)?;
    Ok(info.time)
}

/// The authority may give time stamps, and its path was valid at that time.
fn trusted(
    authority: &Cert,
    extra: &[Cert],
    at: Time,
    context: &Context<'_>,
    steps: &mut Steps,
) -> Result<(), Reason> {
    let extensions = &authority.extensions;
    if !extensions.has_purpose(oid::TIME_STAMPING)
        || !extensions.usage.is_none_or(Usage::may_sign)
        || authority.check_dates(at).is_err()
    {
        return Err(Reason::TimeStampUntrusted);
    }
    let path =
        path::find(authority, context.trust, extra, at).map_err(|_| Reason::TimeStampUntrusted)?;
    // A stolen key of an authority can name any time: its own word does not prove it older than a revocation.
    let moment = Moment { at, proven: None, source: TimeSource::TimeStamp };
    revocation::judge(&path, &moment, context, steps);
    if let Some(registry) = context.registry
        && registry.time_stamp_authority(authority, at) != Admission::Admitted
    {
        return Err(Reason::TimeStampUntrusted);
    }
    steps.notice(Step::Time, Reason::TimeStampHolds, alloc::format!("{at}"));
    Ok(())
}

/// The time that a token names, unverified.
pub(crate) fn time_of(token: &[u8]) -> Option<Time> {
    let notes = &mut Notes::default();
    let data = SignedData::parse(inner(token), notes).ok()?;
    Info::read(data.content?, notes).ok().map(|info| info.time)
}

/// The token itself, where the whole answer of an authority (TimeStampResp) was stored.
fn inner(bytes: &[u8]) -> &[u8] {
    let notes = &mut Notes::default();
    let response = der::only(bytes, tag::SEQUENCE, "TimeStampResp", notes).ok();
    let token = response.and_then(|response| {
        let mut fields = response.reader();
        fields.expect(tag::SEQUENCE, "status", notes).ok()?;
        fields.expect(tag::SEQUENCE, "timeStampToken", notes).ok()
    });
    token.map_or(bytes, |token| token.raw)
}

impl<'a> Info<'a> {
    fn read(content: &'a [u8], notes: &mut Notes) -> Result<Self, Fault> {
        let mut fields = der::only(content, tag::SEQUENCE, "TSTInfo", notes)?.reader();
        fields.expect(tag::INTEGER, "version", notes)?;
        fields.expect(tag::OID, "policy", notes)?;
        let mut imprint = fields.expect(tag::SEQUENCE, "messageImprint", notes)?.reader();
        let hash = plain_algorithm(&mut imprint, "messageImprint", notes)?;
        let digest = imprint.expect(tag::OCTET_STRING, "messageImprint", notes)?.content;
        imprint.end("messageImprint")?;
        fields.expect(tag::INTEGER, "serialNumber", notes)?;
        let time = fields.expect(tag::GENERALIZED_TIME, "genTime", notes)?.time("genTime")?;
        Ok(Self { hash, imprint: digest, time })
    }

    fn is_of(&self, covered: &[u8]) -> Result<bool, Reason> {
        let suite = match self.hash {
            oid::SM3 | oid::SM3_PLAIN => Suite::National,
            oid::SHA256 => Suite::International,
            _ => return Err(Reason::AlgorithmUnsupported),
        };
        Ok(suite.hash(&[covered]).as_bytes() == self.imprint)
    }
}
