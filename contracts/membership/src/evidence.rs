//! Evidence of double voting. It proves itself, so anybody registered may report it; what follows from it is a decision.

use crate::{EvidenceEntry, Key, key_of};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Code,
    calls::membership::{EvidenceReport, ROLE_VALIDATOR},
};

/// `evidence.report`.
pub(crate) fn report(ctx: &mut Ctx<'_>, call: &EvidenceReport) -> Result<(), CallError> {
    let vote = &call.double_vote;
    let key: Key = ctx.read(&key_of::key(&vote.validator), Code::VALIDATOR_UNKNOWN)?;
    if !key.has_role(ROLE_VALIDATOR) {
        return Err(Code::VALIDATOR_UNKNOWN.into());
    }
    let entry_key = key_of::evidence(vote);
    // Before the signatures: a report that was made costs nothing.
    if ctx.get(&entry_key)?.is_some() {
        return Err(Code::EVIDENCE_REPEATED.into());
    }
    if !vote.is_proven(&ctx.scope().genesis, &key.public_key) {
        return Err(Code::EVIDENCE_INVALID.into());
    }
    let entry = EvidenceEntry {
        double_vote: vote.clone(),
        organization: key.organization,
        reporter: *ctx.organization(),
        reported_at: ctx.height(),
    };
    ctx.put(&entry_key, &entry)?;
    let fields = [("validator", vote.validator.to_string()), ("height", vote.height.to_string())];
    ctx.emit("double_vote", &fields)
}
