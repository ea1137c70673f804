//! Acts that two keys of an organisation sign: the first envelope proposes, the second confirms and carries the act out.
//!
//! Comes in: calls that an organisation's rule lists. Goes out: acts that wait, and acts that are done. Never: an act that the rules
//! would refuse to either signer, a second signature of the first signer, also not under his next key.

use crate::{
    Act, Confirmation, Key, TwoPersonRule,
    contract::{decode_arguments, perform},
    delegates, key_of, view,
};
use yinglian_contract_api::{Call, CallError, CallScope, Ctx};
use yinglian_protocol::{
    Address, Code, Name,
    calls::{
        Arguments,
        membership::{self as calls, ActConfirm, ActsRequire, ROLE_ADMINISTRATOR},
    },
};

/// What a rule may list.
const HOLDABLE: [&str; 10] = [
    calls::DECISION_APPROVE,
    calls::DECISION_PROPOSE,
    calls::DELEGATE_CHANGE,
    calls::DELEGATE_GRANT,
    calls::DELEGATE_REVOKE,
    calls::KEY_REGISTER,
    calls::KEY_REVOKE,
    calls::KEY_ROTATE,
    calls::ORGANIZATION_REGISTER,
    calls::VALIDATOR_UPDATE_PEER,
];
/// What every rule lists: with one of these alone, one key could make the second.
const FOUNDATION: [&str; 4] =
    [calls::DELEGATE_CHANGE, calls::DELEGATE_GRANT, calls::KEY_REGISTER, calls::KEY_ROTATE];
/// Successors of a key that are followed. Longer chains of a key's rotations within one act's time are refused.
const SUCCESSORS_MAX: usize = 16;

/// What can be refused of a rule without any state.
pub(crate) fn admit_rule(call: &ActsRequire) -> Result<(), Code> {
    let mut methods: Vec<&str> = call.methods.iter().map(Name::as_str).collect();
    methods.sort_unstable();
    methods.dedup();
    let known = methods.iter().all(|method| HOLDABLE.contains(method));
    let founded = methods.is_empty() || FOUNDATION.iter().all(|act| methods.contains(act));
    let in_time = calls::CONFIRM_WITHIN_MS.contains(&call.confirm_within_ms);
    if known && founded && in_time && methods.len() == call.methods.len() {
        Ok(())
    } else {
        Err(Code::TWO_PERSON_RULE_INVALID)
    }
}

/// True when the sender's organisation wants two signatures for this call. What a key does to itself needs one.
pub(crate) fn is_held(ctx: &Ctx<'_>, method: &str, call: &Arguments) -> Result<bool, CallError> {
    if matches!(call, Arguments::ActsRequire(_)) {
        return Ok(true);
    }
    let sender = ctx.sender();
    let on_itself = match call {
        Arguments::KeyRotate(call) => call.address == *sender,
        Arguments::KeyRevoke(call) => call.address == *sender,
        Arguments::DelegateRevoke(call) => call.address == *sender,
        _ => false,
    };
    if on_itself || !HOLDABLE.contains(&method) {
        return Ok(false);
    }
    let rule: Option<TwoPersonRule> = ctx.get_as(&key_of::two_person_rule(ctx.organization()))?;
    Ok(rule.is_some_and(|rule| rule.methods.iter().any(|held| held.as_str() == method)))
}

/// The first signature: the act is tried, so that nobody signs in vain, and waits.
pub(crate) fn propose(
    ctx: &mut Ctx<'_>,
    call: &Call<'_>,
    arguments: &Arguments,
) -> Result<(), CallError> {
    attempt(ctx, *ctx.scope(), arguments)?;
    let act = Act {
        organization: *ctx.organization(),
        method: Name::parse(call.method).map_err(|_| Code::INTERNAL)?,
        version: call.version,
        arguments: call.arguments.to_vec(),
        proposer: *ctx.sender(),
        proposed_at: ctx.height(),
        expires_ms: ctx.parent_time_ms().saturating_add(waiting_ms(ctx, arguments)?),
        confirmed: None,
    };
    let id = ctx.envelope_id();
    ctx.put(&key_of::act(&id), &act)?;
    let fields = [("act", id.to_string()), ("method", call.method.to_owned())];
    ctx.emit("act_proposed", &fields)
}

/// How long the act waits: what the rule in force says, or the first rule itself.
fn waiting_ms(ctx: &Ctx<'_>, arguments: &Arguments) -> Result<u64, CallError> {
    let rule: Option<TwoPersonRule> = ctx.get_as(&key_of::two_person_rule(ctx.organization()))?;
    Ok(match (rule, arguments) {
        (Some(rule), _) => rule.confirm_within_ms,
        (None, Arguments::ActsRequire(call)) => call.confirm_within_ms,
        (None, _) => *calls::CONFIRM_WITHIN_MS.start(),
    })
}

/// `act.confirm`: the second signature. Both signers must be entitled now.
pub(crate) fn confirm(ctx: &mut Ctx<'_>, call: &ActConfirm) -> Result<(), CallError> {
    let key = key_of::act(&call.act);
    let mut act: Act = ctx.read(&key, Code::ACT_UNKNOWN)?;
    if act.organization != *ctx.organization() {
        return Err(Code::NOT_OWNER.into());
    }
    if act.confirmed.is_some() {
        return Err(Code::ACT_CLOSED.into());
    }
    if ctx.parent_time_ms() >= act.expires_ms {
        return Err(Code::ACT_EXPIRED.into());
    }
    if succeeds(ctx, act.proposer, ctx.sender())? || succeeds(ctx, *ctx.sender(), &act.proposer)? {
        return Err(Code::SAME_SIGNER.into());
    }
    let arguments = decode_arguments(act.method.as_str(), act.version, &act.arguments)?;
    attempt_as(ctx, &act.proposer, &arguments)?;
    perform(ctx, &arguments)?;
    act.confirmed = Some(Confirmation { address: *ctx.sender(), height: ctx.height() });
    ctx.put(&key, &act)?;
    ctx.emit("act_confirmed", &[("act", call.act.to_string())])
}

/// True when `later` is `first`, or a key that it was replaced by.
fn succeeds(ctx: &Ctx<'_>, first: Address, later: &Address) -> Result<bool, CallError> {
    let mut address = first;
    for _ in 0..SUCCESSORS_MAX {
        if address == *later {
            return Ok(true);
        }
        let key: Key = ctx.read(&key_of::key(&address), Code::KEY_UNKNOWN)?;
        match key.replaced_by {
            Some(next) => address = next,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// Tries an act as its proposer stands now: his key may be revoked, his delegation over, his role gone.
fn attempt_as(ctx: &Ctx<'_>, proposer: &Address, arguments: &Arguments) -> Result<(), CallError> {
    let found = view::identity(ctx, proposer, ctx.parent_time_ms())?;
    let identity = found.ok_or(Code::KEY_UNKNOWN)?;
    if !identity.is_good_at(ctx.height()) {
        return Err(Code::KEY_REVOKED.into());
    }
    let scope = CallScope {
        sender: *proposer,
        roles: &identity.roles,
        region: &identity.region,
        person: identity.person,
        ..*ctx.scope()
    };
    attempt(ctx, scope, arguments)
}

/// Carries an act out on the side, and drops what it did.
fn attempt(ctx: &Ctx<'_>, scope: CallScope<'_>, arguments: &Arguments) -> Result<(), CallError> {
    perform(&mut ctx.aside(scope), arguments)
}

/// `acts.require`.
pub(crate) fn require(ctx: &mut Ctx<'_>, call: &ActsRequire) -> Result<(), CallError> {
    ctx.require_role(ROLE_ADMINISTRATOR)?;
    delegates::require_whole(ctx)?;
    let mut methods = call.methods.clone();
    methods.sort();
    let rule = TwoPersonRule { methods, confirm_within_ms: call.confirm_within_ms };
    let organization = *ctx.organization();
    ctx.put(&key_of::two_person_rule(&organization), &rule)?;
    ctx.emit("acts_required", &[("organization", organization.to_string())])
}
