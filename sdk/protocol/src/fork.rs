//! Two receipts that cannot belong to one history prove a fork, and name the keys that signed both.
//!
//! Comes in: two receipts and a root under which both verify. Goes out: the fork, or none. Never: an accusation of keys that did
//! not sign both.

use crate::verify::proven_sets;
use crate::{
    Code, DefaultEngine, Height, LogPosition, Proven, Receipt, TrustRoot, Validator, VerifyOptions,
    verify,
};
use alloc::vec::Vec;

/// A proven fork. The two receipts are its evidence; anyone can run [`find_fork`] on them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// How the histories differ.
    pub kind: ForkKind,
    /// Validators that signed both; by the rule of more than two thirds, more than a third of the weight.
    pub culprits: Vec<Validator>,
}

/// How two proven histories differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForkKind {
    /// Two headers of one height.
    Height(Height),
    /// Two leaves at one position of the log.
    Position(LogPosition),
}

/// Verifies both receipts under the root, each by the sets it proves itself, and compares them.
///
/// # Errors
/// The code of a receipt that does not verify. `Ok(None)` when the two do not contradict one another.
pub fn find_fork(
    first: &Receipt,
    second: &Receipt,
    root: &TrustRoot,
    options: &VerifyOptions<'_>,
) -> Result<Option<Fork>, Code> {
    let proven_first = verify(first, root, options)?;
    let proven_second = verify(second, root, options)?;
    let Some(kind) = contradiction(first, second, &proven_first, &proven_second) else {
        return Ok(None);
    };
    let signers = signers(first, root, options)?;
    let others = self::signers(second, root, options)?;
    let culprits = signers
        .into_iter()
        .filter(|one| others.iter().any(|other| other.public_key == one.public_key))
        .collect();
    Ok(Some(Fork { kind, culprits }))
}

fn contradiction(
    first: &Receipt,
    second: &Receipt,
    proven_first: &Proven,
    proven_second: &Proven,
) -> Option<ForkKind> {
    let same_height = first.header.height == second.header.height;
    if same_height && proven_first.checkpoint_hash != proven_second.checkpoint_hash {
        return Some(ForkKind::Height(first.header.height));
    }
    let same_position = proven_first.position == proven_second.position;
    (same_position && first.leaf != second.leaf)
        .then_some(ForkKind::Position(proven_first.position))
}

fn signers(
    receipt: &Receipt,
    root: &TrustRoot,
    options: &VerifyOptions<'_>,
) -> Result<Vec<Validator>, Code> {
    let engine = options.engine.unwrap_or(&DefaultEngine);
    let sets = proven_sets(receipt, root, options, engine)?;
    let set = sets.at(receipt.header.height).ok_or(Code::RECEIPT_SET_UNPROVEN)?;
    Ok(receipt.quorum.signatures.iter().filter_map(|(index, _)| set.get(*index).cloned()).collect())
}
