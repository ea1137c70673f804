//! The methods of the contract, and which rule answers each.

use crate::{
    admission, decisions, delegates, evidence, facts, keys, organizations, two_person, validators,
};
use std::sync::{Arc, LazyLock};
use yinglian_contract_api::{
    Call, CallError, Contract, Ctx, FactValues, Method, StateError, StateRead,
};
use yinglian_interface::Interface;
use yinglian_interface::Value;
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
    // A key may delegate what it holds; an administrator what he may register keys with.
    method(calls::DELEGATE_GRANT, None),
    method(calls::DELEGATE_CHANGE, None),
    method(calls::DELEGATE_REVOKE, None),
    method(calls::ACTS_REQUIRE, Some(calls::ROLE_ADMINISTRATOR)),
    // Whoever may do the act may confirm it.
    method(calls::ACT_CONFIRM, None),
];

fn decode(call: &Call<'_>) -> Result<Arguments, Code> {
    decode_arguments(call.method, call.version, call.arguments)
}

pub(crate) fn decode_arguments(
    method: &str,
    version: u16,
    bytes: &[u8],
) -> Result<Arguments, Code> {
    Arguments::decode(calls::CONTRACT, method, version, bytes)
}

/// Carries a call out, whose signatures suffice.
pub(crate) fn perform(ctx: &mut Ctx<'_>, arguments: &Arguments) -> Result<(), CallError> {
    match arguments {
        Arguments::OrganizationRegister(call) => organizations::register_below(ctx, call),
        Arguments::KeyRegister(call) => keys::register(ctx, call),
        Arguments::KeyRotate(call) => keys::rotate(ctx, call),
        Arguments::KeyRevoke(call) => keys::revoke(ctx, call),
        Arguments::ValidatorUpdatePeer(call) => validators::update_peer(ctx, call),
        Arguments::DecisionPropose(call) => decisions::propose(ctx, call),
        Arguments::DecisionApprove(call) => decisions::approve(ctx, call),
        Arguments::EvidenceReport(call) => evidence::report(ctx, call),
        Arguments::DelegateGrant(call) => delegates::grant(ctx, call),
        Arguments::DelegateChange(call) => delegates::change(ctx, call),
        Arguments::DelegateRevoke(call) => delegates::revoke(ctx, call),
        Arguments::ActsRequire(call) => two_person::require(ctx, call),
        Arguments::ActConfirm(call) => two_person::confirm(ctx, call),
        Arguments::Notarize(_) => Err(Code::METHOD_UNKNOWN.into()),
    }
}

impl MembershipContract {
    /// Methods with the roles that they ask for.
    pub fn methods(&self) -> &'static [Method] {
        METHODS
    }
}

/// A test reads it: the file is part of the program.
static INTERFACE: LazyLock<Option<Arc<Interface>>> =
    LazyLock::new(|| Interface::from_json(include_str!("../interface.json")).ok().map(Arc::new));

impl Contract for MembershipContract {
    fn name(&self) -> &str {
        calls::CONTRACT
    }

    fn interface(&self) -> Option<Arc<Interface>> {
        INTERFACE.clone()
    }

    fn has_method(&self, name: &str, version: u16) -> bool {
        METHODS.iter().any(|method| method.name == name && method.version == version)
    }

    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let arguments = decode(call)?;
        Ok(admission::check(&arguments)?.into_iter().map(Into::into).collect())
    }

    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        let arguments = decode(call)?;
        if two_person::is_held(ctx, call.method, &arguments)? {
            two_person::propose(ctx, call, &arguments)
        } else {
            perform(ctx, &arguments)
        }
    }

    fn fact(
        &self,
        state: &dyn StateRead,
        name: &str,
        version: u16,
        key: &[Value],
    ) -> Result<Option<FactValues>, StateError> {
        facts::tell(state, name, version, key)
    }
}
