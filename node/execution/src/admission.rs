//! Whether an envelope may enter a block: every rule but its signature and its repetition. The waiting room asks this of a
//! submission, a proposer of what it puts into a block, and every validator of each envelope in a block.

use crate::{Chain, Identity};
use yinglian_contract_api::{Call, CallError, StateRead};
use yinglian_protocol::{Code, Envelope, Height, Parameters, guard};

/// The call that an envelope makes.
pub fn call_of(envelope: &Envelope) -> Call<'_> {
    Call {
        contract: envelope.body.contract.as_str(),
        method: envelope.body.method.as_str(),
        version: envelope.body.method_version,
        arguments: &envelope.body.arguments,
    }
}

/// Admits an envelope to the block of `height` and `time_ms`, or names the rule that it breaks. `identity` and `parameters` are
/// those of the parent state, in which modules are found.
pub fn admit(
    chain: &Chain,
    state: &dyn StateRead,
    parameters: &Parameters,
    identity: Option<&Identity>,
    height: Height,
    time_ms: u64,
    envelope: &Envelope,
) -> Result<(), CallError> {
    let body = &envelope.body;
    // The signature covers the genesis hash; an address of another suite shows the wrong chain without any cryptography.
    if body.sender.suite() != chain.suite {
        return Err(Code::WRONG_CHAIN.into());
    }
    if body.valid_until_ms < time_ms {
        return Err(Code::EXPIRED.into());
    }
    if body.valid_until_ms > time_ms.saturating_add(parameters.envelope_valid_ms_max) {
        return Err(Code::VALID_UNTIL_TOO_FAR.into());
    }
    let call = call_of(envelope);
    let contract = chain.contracts.resolve(state, &call)?;
    let identity = identity.ok_or(Code::SENDER_UNKNOWN)?;
    in_force(identity, height)?;
    let texts = contract.admit(&call)?;
    if texts.iter().any(|text| guard::find(text).is_some()) {
        return Err(Code::PERSONAL_DATA.into());
    }
    Ok(())
}

/// Whether the key may sign at a height. Asked twice: of the parent state at admission, of the state before the call at execution.
pub fn in_force(identity: &Identity, height: Height) -> Result<(), Code> {
    if identity.is_revoked(height) {
        return Err(Code::KEY_REVOKED);
    }
    if identity.suspended {
        return Err(Code::ORGANIZATION_SUSPENDED);
    }
    Ok(())
}
