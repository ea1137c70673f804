//! The version of the rules: which height is decided under which.
//!
//! Comes in: decisions. Goes out: the version that a height runs under. Never: a step of more than one, two changes at once, a height that
//! is too near for operators to install the program.

use crate::{ProtocolEntry, ScheduledVersion, key_of, state::ParametersEntry, view::load_always};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{Code, Height};

/// Version of the rules of a chain that never decided on one.
pub(crate) const FIRST_VERSION: u32 = 1;

/// What must hold before a version is set. Returns the entry that would be written.
pub(crate) fn check(ctx: &Ctx<'_>, version: u32, from: Height) -> Result<ProtocolEntry, CallError> {
    let entry = ctx.get_as::<ProtocolEntry>(key_of::PROTOCOL)?.unwrap_or_default();
    let current = entry.at(ctx.height());
    let pending = entry.pending_at(ctx.height()).is_some();
    if version == current && pending {
        return Ok(ProtocolEntry { current, scheduled: None });
    }
    if pending || Some(version) != current.checked_add(1) {
        return Err(Code::PROTOCOL_VERSION_INVALID.into());
    }
    let parameters: ParametersEntry = load_always(ctx, key_of::PARAMETERS)?;
    if from.0 < ctx.height().0.saturating_add(parameters.0.set_change_delay_blocks) {
        return Err(Code::ACTIVATION_TOO_EARLY.into());
    }
    Ok(ProtocolEntry { current, scheduled: Some(ScheduledVersion { version, from }) })
}

/// Sets a checked version.
pub(crate) fn set(ctx: &mut Ctx<'_>, entry: &ProtocolEntry) -> Result<(), CallError> {
    ctx.put(key_of::PROTOCOL, entry)?;
    let (version, from) = match &entry.scheduled {
        Some(change) => (change.version, change.from),
        None => (entry.current, ctx.height().next()),
    };
    let fields = [("version", version.to_string()), ("height", from.to_string())];
    ctx.emit("protocol_version_set", &fields)
}
