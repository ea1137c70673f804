//! Value sync: what is served, and what is said of a value that was fetched.

use super::host::Seen;
use crate::ports::{AppError, Verdict};
use crate::proposal::ProposalError;
use std::ops::RangeInclusive;
use yinglian_protocol::Height;

/// Answer to the engine about a synced value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncAnswer {
    /// Executed: valid.
    Valid(Seen),
    /// The peer sent what no honest peer sends.
    PeerFault,
    /// Nobody's fault, or ours: ask again.
    Transient,
    /// More than two thirds decided what this node finds invalid: it must not go on.
    Diverged(String),
}

/// What to answer, from decoding and from the application's verdict.
pub fn synced(seen: Seen, checked: Result<Result<Verdict, AppError>, ProposalError>) -> SyncAnswer {
    match checked {
        Err(_) => SyncAnswer::PeerFault,
        Ok(Ok(Verdict::Valid)) => SyncAnswer::Valid(seen),
        Ok(Ok(Verdict::Invalid(reason))) => SyncAnswer::Diverged(reason),
        Ok(Err(AppError::Transient(_))) => SyncAnswer::Transient,
        Ok(Err(AppError::Fatal(reason))) => SyncAnswer::Diverged(reason),
    }
}

/// The part of a requested range that is served: within what is kept, at most `count_max` heights. The engine does not
/// check ranges.
pub fn served_range(
    requested: &RangeInclusive<Height>,
    lowest: Height,
    tip: Height,
    count_max: usize,
) -> impl Iterator<Item = Height> + use<> {
    let first = *requested.start();
    // A gap at the front would shift every value by one height: then nothing is served.
    let count_max = if first < lowest || first.0 == 0 { 0 } else { count_max };
    (first.0..=requested.end().0.min(tip.0)).take(count_max).map(Height)
}
