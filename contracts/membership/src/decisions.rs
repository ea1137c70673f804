//! Decisions: what only several organisations together, or the sharing authority, may change. The kind of action fixes the
//! policy; every approval names the digest of the document that the decision rests on.
//!
//! Comes in: proposals and approvals. Goes out: the action, carried out by the last approval that was needed. Never: an action
//! that the rules would refuse to anybody, a policy that the proposer chooses.

use crate::{
    Approval, Decision, Policy, Validators, delegates, key_of, keys, modules, organizations,
    state::ParametersEntry,
    validators::{self, NewValidator},
    versions,
    view::load_always,
};
use yinglian_contract_api::{CallError, Ctx};
use yinglian_protocol::{
    Code, CreditCode, Name,
    calls::membership::{
        Action, DecisionApprove, DecisionPropose, ROLE_ADMINISTRATOR, ROLE_AUTHORITY,
    },
};

/// `decision.propose`. An action that the rules would refuse now is refused at once, before anybody signs in vain.
pub(crate) fn propose(ctx: &mut Ctx<'_>, call: &DecisionPropose) -> Result<(), CallError> {
    let mut decision = Decision {
        policy: policy_of(ctx, &call.action)?,
        action: call.action.clone(),
        document: call.document.clone(),
        title: call.title.clone(),
        proposed_at: ctx.height(),
        approvals: Vec::new(),
        decided_at: None,
    };
    check_entitled(ctx, &decision.policy)?;
    act(ctx, &call.action, Mode::Check)?;
    let id = ctx.envelope_id();
    ctx.emit("decision_proposed", &[("decision", id.to_string())])?;
    approve_and_store(ctx, &id, &mut decision)
}

/// `decision.approve`.
pub(crate) fn approve(ctx: &mut Ctx<'_>, call: &DecisionApprove) -> Result<(), CallError> {
    let mut decision: Decision =
        ctx.read(&key_of::decision(&call.decision), Code::DECISION_UNKNOWN)?;
    if decision.decided_at.is_some() {
        return Err(Code::DECISION_CLOSED.into());
    }
    if decision.document != call.document {
        return Err(Code::DOCUMENT_MISMATCH.into());
    }
    check_entitled(ctx, &decision.policy)?;
    let own = *ctx.organization();
    if decision.approvals.iter().any(|approval| approval.organization == own) {
        return Err(Code::APPROVAL_REPEATED.into());
    }
    ctx.emit("decision_approved", &[("decision", call.decision.to_string())])?;
    approve_and_store(ctx, &call.decision, &mut decision)
}

/// Adds the sender's approval; the last one that was needed carries the action out.
fn approve_and_store(
    ctx: &mut Ctx<'_>,
    id: &yinglian_protocol::EnvelopeId,
    decision: &mut Decision,
) -> Result<(), CallError> {
    decision.approvals.push(Approval {
        organization: *ctx.organization(),
        address: *ctx.sender(),
        authority: ctx.has_role(ROLE_AUTHORITY),
        height: ctx.height(),
    });
    if is_taken(ctx, decision)? {
        act(ctx, &decision.action, Mode::Apply)?;
        decision.decided_at = Some(ctx.height());
        ctx.emit("decision_taken", &[("decision", id.to_string())])?;
    }
    ctx.put(&key_of::decision(id), decision)
}

/// Who decides an action of this kind.
fn policy_of(ctx: &Ctx<'_>, action: &Action) -> Result<Policy, CallError> {
    Ok(match action {
        Action::AddValidator { .. }
        | Action::RemoveValidator { .. }
        | Action::SetParameter { .. }
        | Action::RecoverOrganization { .. }
        | Action::AdmitModule { .. }
        | Action::RetireModule { .. }
        | Action::SetProtocolVersion { .. } => Policy::Majority,
        Action::GrantRoles { code, roles } => {
            let of_the_chain = |roles: &[Name]| -> Vec<Name> {
                roles.iter().filter(|role| organizations::is_of_the_chain(role)).cloned().collect()
            };
            let mut after = of_the_chain(roles);
            after.sort();
            let before = of_the_chain(&organizations::load(ctx, code)?.roles);
            if before == after { Policy::Authority } else { Policy::Majority }
        }
        Action::RegisterOrganization { .. } => Policy::Authority,
        // The authority alone must not be able to silence those who decide with it.
        Action::SuspendOrganization { code, .. } if voters(ctx)?.contains(code) => Policy::Majority,
        Action::SuspendOrganization { .. } => Policy::Authority,
        Action::ChangeOrganization { organization } => {
            let before = organizations::load(ctx, &organization.code)?.facts;
            let parents = [before.parent, organization.parent];
            let mut organizations = vec![organization.code];
            organizations.extend(parents.into_iter().flatten());
            organizations.sort();
            organizations.dedup();
            Policy::Joint { organizations, authority: parents.contains(&None) }
        }
    })
}

/// The sender may take part in a decision of this policy.
fn check_entitled(ctx: &Ctx<'_>, policy: &Policy) -> Result<(), CallError> {
    let is_authority = ctx.has_role(ROLE_AUTHORITY);
    let own = ctx.organization();
    let (entitled, as_authority) = match policy {
        Policy::Authority => (is_authority, true),
        Policy::Joint { organizations, authority } => {
            let named = organizations.contains(own);
            (named || (*authority && is_authority), !named)
        }
        Policy::Majority => (voters(ctx)?.contains(own), false),
    };
    if !entitled {
        return Err(Code::NOT_ENTITLED.into());
    }
    if !as_authority {
        ctx.require_role(ROLE_ADMINISTRATOR)?;
    }
    delegates::require_whole(ctx)
}

/// Organisations that run validators of the set in force, each once, sorted.
fn voters(ctx: &Ctx<'_>) -> Result<Vec<CreditCode>, CallError> {
    let validators: Validators = load_always(ctx, key_of::VALIDATORS)?;
    let set = validators.at(ctx.height());
    let mut voters: Vec<CreditCode> = set.iter().map(|validator| validator.organization).collect();
    voters.sort();
    voters.dedup();
    Ok(voters)
}

/// The approvals suffice. Who votes is asked now, not when it was proposed: an organisation that left no longer counts.
fn is_taken(ctx: &Ctx<'_>, decision: &Decision) -> Result<bool, CallError> {
    let approved = |code: &CreditCode| {
        decision.approvals.iter().any(|approval| approval.organization == *code)
    };
    let by_authority = decision.approvals.iter().any(|approval| approval.authority);
    Ok(match &decision.policy {
        Policy::Authority => by_authority,
        Policy::Joint { organizations, authority } => {
            organizations.iter().all(approved) && (by_authority || !authority)
        }
        Policy::Majority => {
            let voters = voters(ctx)?;
            let for_it = voters.iter().filter(|code| approved(code)).count();
            for_it.saturating_mul(3) > voters.len().saturating_mul(2)
        }
    })
}

/// Whether an action is only checked, or checked and carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Check,
    Apply,
}

fn act(ctx: &mut Ctx<'_>, action: &Action, mode: Mode) -> Result<(), CallError> {
    let apply = mode == Mode::Apply;
    match action {
        Action::AddValidator {
            organization,
            public_key,
            weight,
            peer_id,
            addresses,
            activation_height,
        } => {
            let new = NewValidator {
                organization,
                public_key,
                weight: *weight,
                peer_id,
                addresses,
                activation_height: *activation_height,
            };
            let set = validators::check_add(ctx, &new)?;
            if apply { validators::add(ctx, &new, set) } else { Ok(()) }
        }
        Action::RemoveValidator { address, activation_height } => {
            let set = validators::check_remove(ctx, address, *activation_height)?;
            if apply { validators::remove(ctx, address, *activation_height, set) } else { Ok(()) }
        }
        Action::SetParameter { name, value } => {
            let mut entry: ParametersEntry = load_always(ctx, key_of::PARAMETERS)?;
            entry.0.set(name.as_str(), *value)?;
            if apply { set_parameters(ctx, &entry, name.as_str()) } else { Ok(()) }
        }
        Action::RegisterOrganization { organization, administrator } => {
            organizations::check_new(ctx, organization, administrator)?;
            if apply { organizations::register(ctx, organization, administrator) } else { Ok(()) }
        }
        Action::ChangeOrganization { organization } => {
            organizations::check_change(ctx, organization)?;
            if apply { organizations::change(ctx, organization) } else { Ok(()) }
        }
        Action::SuspendOrganization { code, suspended } => {
            organizations::load(ctx, code)?;
            if apply { organizations::suspend(ctx, code, *suspended) } else { Ok(()) }
        }
        Action::GrantRoles { code, roles } => {
            organizations::load(ctx, code)?;
            if apply { organizations::grant(ctx, code, roles) } else { Ok(()) }
        }
        Action::RecoverOrganization { code, administrator } => {
            organizations::load(ctx, code)?;
            keys::check_new(ctx, administrator)?;
            if apply { keys::register_administrator(ctx, *code, administrator) } else { Ok(()) }
        }
        Action::SetProtocolVersion { version, height } => {
            let entry = versions::check(ctx, *version, *height)?;
            if apply { versions::set(ctx, &entry) } else { Ok(()) }
        }
        Action::AdmitModule { contract, version, digest } => {
            let entry = modules::check_admit(ctx, contract, *version, *digest)?;
            if apply { modules::put(ctx, entry, "module_admitted") } else { Ok(()) }
        }
        Action::RetireModule { contract } => {
            let entry = modules::check_retire(ctx, contract)?;
            if apply { modules::put(ctx, entry, "module_retired") } else { Ok(()) }
        }
    }
}

fn set_parameters(ctx: &mut Ctx<'_>, entry: &ParametersEntry, name: &str) -> Result<(), CallError> {
    ctx.put(key_of::PARAMETERS, entry)?;
    ctx.emit("parameter_set", &[("name", name.to_owned())])
}
