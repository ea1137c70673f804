//! What can be refused without any state, and which texts the guard against personal data reads.

use crate::{
    delegates,
    keys::{check_roles, check_roles_or_none},
    organizations::{check_names, is_restricted},
    params::check_text,
    two_person, validators,
};
use yinglian_protocol::{
    Code,
    calls::{
        Arguments,
        membership::{Action, DecisionPropose},
    },
};

/// Checks the shapes of a call's arguments; returns its free texts.
pub(crate) fn check(arguments: &Arguments) -> Result<Vec<&str>, Code> {
    match arguments {
        Arguments::OrganizationRegister(call) => {
            check_names(&call.organization)?;
            Ok(call.organization.free_texts())
        }
        Arguments::KeyRegister(call) => check_roles_or_none(&call.roles).map(|()| Vec::new()),
        Arguments::KeyRevoke(call) => {
            check_text(&call.reason)?;
            Ok(vec![&call.reason])
        }
        Arguments::ValidatorUpdatePeer(call) => {
            validators::check_peer(&call.peer_id, &call.addresses).map(|()| Vec::new())
        }
        Arguments::DecisionPropose(call) => check_proposal(call),
        Arguments::DelegateGrant(call) => delegates::admit_grant(call).map(|()| Vec::new()),
        Arguments::DelegateChange(call) => delegates::admit_terms(&call.terms).map(|()| Vec::new()),
        Arguments::DelegateRevoke(call) => {
            check_text(&call.reason)?;
            Ok(vec![&call.reason])
        }
        Arguments::ActsRequire(call) => two_person::admit_rule(call).map(|()| Vec::new()),
        Arguments::DecisionApprove(_)
        | Arguments::KeyRotate(_)
        | Arguments::ActConfirm(_)
        | Arguments::EvidenceReport(_) => Ok(Vec::new()),
        Arguments::Notarize(_) => Err(Code::METHOD_UNKNOWN),
    }
}

fn check_proposal(call: &DecisionPropose) -> Result<Vec<&str>, Code> {
    if !call.document.is_plausible() {
        return Err(Code::DIGEST_INVALID);
    }
    check_text(&call.title)?;
    match &call.action {
        Action::AddValidator { weight, peer_id, addresses, .. } => {
            validators::check_weight(*weight)?;
            validators::check_peer(peer_id, addresses)?;
        }
        Action::RegisterOrganization { organization, .. }
        | Action::ChangeOrganization { organization } => {
            check_names(organization)?;
        }
        Action::GrantRoles { roles, .. } => {
            // An empty list takes all granted roles away.
            let known = roles.is_empty() || check_roles(roles).is_ok();
            if !known || !roles.iter().all(is_restricted) {
                return Err(Code::ROLE_UNKNOWN);
            }
        }
        Action::RemoveValidator { .. }
        | Action::SetParameter { .. }
        | Action::SuspendOrganization { .. }
        | Action::RecoverOrganization { .. }
        | Action::AdmitModule { .. }
        | Action::RetireModule { .. }
        | Action::SetProtocolVersion { .. } => {}
    }
    let mut texts = vec![call.title.as_str()];
    texts.extend(call.action.free_texts());
    Ok(texts)
}
