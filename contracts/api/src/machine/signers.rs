//! Acts that several sign: each by an envelope of his own, on the same version of the object with the same arguments.
//!
//! Comes in: a row that asks for more than one signer. Goes out: whether the act is complete. Never: one signer counted twice.

use super::{actors, compile::EntityPlan};
use crate::{CallError, Ctx, Entity};
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_interface::{
    Value,
    shape::{Actor, Apart, Transition},
};
use yinglian_protocol::{Address, Code, CreditCode, Hash};

/// An act that waits for signers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct JointAct {
    /// Version of the object when the first signed; 0 for one that is being made.
    object_version: u64,
    /// Digest of method and arguments.
    arguments: Hash,
    /// Who signed, and as which of the row's signers.
    signers: Vec<Signer>,
}

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Signer {
    slot: u8,
    address: Address,
    organization: CreditCode,
}

/// Who performed the last act on an object.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct LastSigner {
    address: Address,
    organization: CreditCode,
}

impl Entity for JointAct {
    const SCHEMA: u16 = 60_001;
}

impl Entity for LastSigner {
    const SCHEMA: u16 = 60_002;
}

/// What is signed jointly.
pub(super) struct Act<'a> {
    pub method: &'a str,
    pub arguments: Hash,
    pub registry_key: &'a [u8],
    pub object_version: u64,
}

fn key_of(kind: &str, registry_key: &[u8], action: &str) -> Vec<u8> {
    let mut key = kind.as_bytes().to_vec();
    key.extend_from_slice(registry_key);
    key.extend_from_slice(action.as_bytes());
    key
}

/// Whether two signers are the same by the rule of the row.
fn is_same(apart: Apart, one: (&Address, &CreditCode), other: (&Address, &CreditCode)) -> bool {
    match apart {
        Apart::Key => one.0 == other.0,
        Apart::Organization => one.1 == other.1,
    }
}

/// Counts the sender; true when all have signed. The sender fits a signer of the row that has not signed.
pub(super) fn sign(
    ctx: &mut Ctx<'_>,
    row: &Transition,
    object: (&EntityPlan, &[Value]),
    act: &Act<'_>,
) -> Result<bool, CallError> {
    let key = key_of("joint/", act.registry_key, &format!("/{}", row.action));
    let mut joint = match ctx.get_as::<JointAct>(&key)? {
        Some(found)
            if found.object_version == act.object_version && found.arguments == act.arguments =>
        {
            found
        }
        // Another act, or one on an object that changed since: it begins anew.
        _ => JointAct {
            object_version: act.object_version,
            arguments: act.arguments,
            signers: Vec::new(),
        },
    };
    let slots: Vec<Vec<&Actor>> = std::iter::once(row.actors.iter().collect())
        .chain(row.joint.iter().map(|actor| vec![actor]))
        .collect();
    let open = |slot: u8| joint.signers.iter().all(|signer| signer.slot != slot);
    let fitting: Vec<u8> = (0..=u8::MAX)
        .zip(&slots)
        .filter(|(_, actors)| actors.iter().any(|actor| actors::fits(ctx, actor, Some(object))))
        .map(|(slot, _)| slot)
        .collect();
    if fitting.is_empty() {
        return Err(Code::ACTOR_MISMATCH.into());
    }
    let slot = fitting.into_iter().find(|slot| open(*slot)).ok_or(Code::SAME_SIGNER)?;
    // Who signs twice is one signer, whatever the row says of their difference.
    let apart = row.apart.unwrap_or(Apart::Key);
    let (address, organization) = (*ctx.sender(), *ctx.organization());
    let signed = joint.signers.iter();
    if signed.into_iter().any(|signer| {
        is_same(apart, (&signer.address, &signer.organization), (&address, &organization))
    }) {
        return Err(Code::SAME_SIGNER.into());
    }
    joint.signers.push(Signer { slot, address, organization });
    let complete = joint.signers.len() == slots.len();
    if complete {
        joint.signers.clear();
    } else {
        let object = String::from_utf8_lossy(act.registry_key).into_owned();
        ctx.emit("joint_signed", &[("object", object), ("method", act.method.to_owned())])?;
    }
    ctx.put(&key, &joint)?;
    Ok(complete)
}

/// Refuses the signer of the act before, by the rule of the row.
pub(super) fn check_apart(
    ctx: &Ctx<'_>,
    apart: Apart,
    registry_key: &[u8],
) -> Result<(), CallError> {
    let last = ctx.get_as::<LastSigner>(&key_of("signer/", registry_key, ""))?;
    let own = (ctx.sender(), ctx.organization());
    match last {
        Some(last) if is_same(apart, (&last.address, &last.organization), own) => {
            Err(Code::SAME_SIGNER.into())
        }
        _ => Ok(()),
    }
}

/// Remembers who performed this act.
pub(super) fn keep(ctx: &mut Ctx<'_>, registry_key: &[u8]) -> Result<(), CallError> {
    let last = LastSigner { address: *ctx.sender(), organization: *ctx.organization() };
    ctx.put(&key_of("signer/", registry_key, ""), &last)
}
