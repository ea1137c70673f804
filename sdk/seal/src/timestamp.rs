//! Time stamps (RFC 3161, GB/T 20520): a token over bytes, from an authority that the caller trusts.
//!
//! Comes in: a token, the bytes it should be for, the context. Goes out: its time. Never: a time of a token that was not verified.
use crate::{Context, Reason, Steps, Time};

/// Verifies a token over bytes.
pub(crate) fn check(
    _token: &[u8],
    _covered: &[u8],
    _context: &Context<'_>,
    _steps: &mut Steps,
) -> Result<Time, Reason> {
    Err(Reason::TimeStampMalformed)
}

/// The time that a token names, unverified.
pub(crate) fn time_of(_token: &[u8]) -> Option<Time> {
    None
}
