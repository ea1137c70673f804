//! The methods of the contract, and which rule answers each.

use crate::{admission, decisions, evidence, keys, organizations, validators};
use yinglian_contract_api::{Call, CallError, Contract, Ctx, Method};
use yinglian_protocol::{
    Code,
    calls::{Arguments, membership as calls},
};

/// The contract.
#[derive(Debug, Clone, Copy, Default)]
pub struct MembershipContract;

const fn method(name: &'static str, role: Option<&'static str>) -> Method {
    Method { name, version: 1, role }
}

const METHODS: &[Method] = &[
    method(calls::ORGANIZATION_REGISTER, Some(calls::ROLE_ADMINISTRATOR)),
    method(calls::KEY_REGISTER, Some(calls::ROLE_ADMINISTRATOR)),
    // A key may rotate and revoke itself; others are an administrator's.
    method(calls::KEY_ROTATE, None),
    method(calls::KEY_REVOKE, None),
    method(calls::VALIDATOR_UPDATE_PEER, Some(calls::ROLE_ADMINISTRATOR)),
    // The policy of the action says who.
    method(calls::DECISION_PROPOSE, None),
    method(calls::DECISION_APPROVE, None),
    // Evidence proves itself.
    method(calls::EVIDENCE_REPORT, None),
];

fn decode(call: &Call<'_>) -> Result<Arguments, Code> {
    Arguments::decode(calls::CONTRACT, call.method, call.version, call.arguments)
}

impl Contract for MembershipContract {
    fn name(&self) -> &'static str {
        calls::CONTRACT
    }

    fn methods(&self) -> &'static [Method] {
        METHODS
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let arguments = decode(call)?;
        Ok(admission::check(&arguments)?.into_iter().map(Into::into).collect())
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        match decode(call)? {
            Arguments::OrganizationRegister(call) => organizations::register_below(ctx, &call),
            Arguments::KeyRegister(call) => keys::register(ctx, &call),
            Arguments::KeyRotate(call) => keys::rotate(ctx, &call),
            Arguments::KeyRevoke(call) => keys::revoke(ctx, &call),
            Arguments::ValidatorUpdatePeer(call) => validators::update_peer(ctx, &call),
            Arguments::DecisionPropose(call) => decisions::propose(ctx, &call),
            Arguments::DecisionApprove(call) => decisions::approve(ctx, &call),
            Arguments::EvidenceReport(call) => evidence::report(ctx, &call),
            Arguments::Notarize(_) => Err(Code::METHOD_UNKNOWN.into()),
        }
    }
}
