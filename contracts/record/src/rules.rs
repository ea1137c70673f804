//! Rules of notarising: which arguments are admitted, and whose records a correction may name.

use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Code,
    calls::{
        TIME_MS_MAX,
        membership::ROLE_RECORDER,
        record::{Notarize, SOURCE_BYTES_MAX, TITLE_BYTES_MAX},
    },
    guard,
};

/// What needs no state: shapes and limits.
pub(crate) fn check(arguments: &Notarize) -> Result<(), Code> {
    if !guard::is_code(&arguments.business_key) {
        return Err(Code::BUSINESS_KEY_INVALID);
    }
    if !arguments.digest.is_plausible() {
        return Err(Code::DIGEST_INVALID);
    }
    if arguments.source.clock_ms > TIME_MS_MAX {
        return Err(Code::SOURCE_CLOCK_INVALID);
    }
    let reason_bytes = arguments.corrects.as_ref().map_or(0, |correction| correction.reason.len());
    let too_long = arguments.title.len() > TITLE_BYTES_MAX
        || reason_bytes > TITLE_BYTES_MAX
        || arguments.source.system.len() > SOURCE_BYTES_MAX
        || arguments.source.operator_tag.len() > SOURCE_BYTES_MAX;
    if too_long { Err(Code::TEXT_TOO_LONG) } else { Ok(()) }
}

/// Applies an admitted record. Everything a verifier needs is in the envelope and the leaf.
pub(crate) fn notarize(ctx: &mut Ctx<'_>, arguments: &Notarize) -> Result<(), CallError> {
    ctx.require_role(ROLE_RECORDER)?;
    let Some(correction) = &arguments.corrects else { return Ok(()) };
    let corrected = ctx.position_of(&correction.record)?.filter(|place| place.code.is_applied());
    let corrected = corrected.ok_or(Code::CORRECTION_TARGET_UNKNOWN)?;
    if corrected.organization != *ctx.organization() {
        return Err(Code::CORRECTION_NOT_OWN.into());
    }
    ctx.emit("corrected", &[("record", correction.record.to_string())])
}
