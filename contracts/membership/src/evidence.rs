//! Evidence of double voting. It proves itself, so anybody registered may report it; what follows from it is a decision.
//!
//! Comes in: two votes. Goes out: an entry that names both, once. Never: votes for a height that the validator did not
//! decide, which are no votes: whoever holds a consensus key could otherwise fill the registry with them.

use crate::{EvidenceEntry, ValidatorEntry, key_of};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{Code, calls::membership::EvidenceReport};

/// `evidence.report`.
pub(crate) fn report(ctx: &mut Ctx<'_>, call: &EvidenceReport) -> Result<(), CallError> {
    let vote = &call.double_vote;
    let validator: ValidatorEntry =
        ctx.read(&key_of::validator(&vote.validator), Code::VALIDATOR_UNKNOWN)?;
    // The block that holds the report may be one that the validator voted twice on, in an earlier round.
    if vote.height > ctx.height() || !validator.decides(vote.height) {
        return Err(Code::EVIDENCE_INVALID.into());
    }
    let entry_key = key_of::evidence(vote);
    // Before the signatures: a report that was made costs nothing.
    if ctx.get(&entry_key)?.is_some() {
        return Err(Code::EVIDENCE_REPEATED.into());
    }
    if !vote.is_proven(&ctx.scope().genesis, &validator.public_key) {
        return Err(Code::EVIDENCE_INVALID.into());
    }
    let entry = EvidenceEntry {
        double_vote: vote.clone(),
        organization: validator.organization,
        reporter: *ctx.organization(),
        reported_at: ctx.height(),
    };
    ctx.put(&entry_key, &entry)?;
    let fields = [("validator", vote.validator.to_string()), ("height", vote.height.to_string())];
    ctx.emit("double_vote", &fields)
}
