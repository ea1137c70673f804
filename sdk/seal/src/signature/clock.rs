//! Step e: the time of signing, from a block, from a time stamp, or from the signer's claim.
//!
//! Comes in: what the value and the caller say. Goes out: the moment at which everything else is judged. Never: a time stamp that is believed
//! because it is there.
use super::moment::{CLOCK_SKEW_SECONDS, Moment};
use super::value::Timed;
use crate::ses::ClaimedTime;
use crate::{Context, Outcome, Reason, Step, Steps, Time, TimeEvidence, TimeSource, timestamp};

/// What a value says of its time.
pub(crate) struct Claims<'a> {
    pub claimed: ClaimedTime<'a>,
    /// A time stamp over `covered`.
    pub token: Option<&'a [u8]>,
    /// The signature value.
    pub covered: &'a [u8],
}

/// Decides the moment. Without any time that can be read, everything is judged at the time of the verification, and the step is in doubt.
pub(crate) fn moment(claims: &Claims<'_>, context: &Context<'_>, steps: &mut Steps) -> Timed {
    let claimed = match claims.claimed {
        ClaimedTime::At(time) => Some(time),
        // Made before the signature: it proves the original older, not the signature.
        ClaimedTime::Token(token) => timestamp::time_of(token),
        ClaimedTime::Unreadable | ClaimedTime::None => None,
    };
    let stamped = claims.token.and_then(|token| {
        match timestamp::check(token, claims.covered, context, steps) {
            Ok(time) => Some(time),
            Err(reason) => {
                let outcome = match reason {
                    Reason::TimeStampUntrusted | Reason::AlgorithmUnsupported => Outcome::Unknown,
                    _ => Outcome::Failed,
                };
                steps.find(Step::Time, outcome, reason, "signature");
                None
            }
        }
    });
    let judged = choose(claimed, stamped, context);
    if claimed.is_none() && judged.proven.is_none() {
        match claims.claimed {
            ClaimedTime::None => {
                steps.pass(Step::Time);
                steps.notice(Step::Time, Reason::NoTime, "");
            }
            _ => steps.doubt(Step::Time, Reason::TimeUnreadable, ""),
        }
    } else {
        judge(claimed, &judged, context, steps);
    }
    let readable = claimed.is_some() || judged.proven.is_some();
    Timed { judged, claimed, readable }
}

fn choose(claimed: Option<Time>, stamped: Option<Time>, context: &Context<'_>) -> Moment {
    let block = context.evidence.map(|TimeEvidence::Block { time, height }| (time, height));
    match (block, stamped) {
        // A block only bounds the time from above; the claim below it is what dates are judged at.
        (Some((time, height)), None) => Moment {
            at: claimed.filter(|claimed| *claimed <= time).unwrap_or(time),
            proven: Some(time),
            source: TimeSource::Block { height },
        },
        (Some((time, height)), Some(stamp)) if time < stamp => {
            Moment { at: stamp.min(time), proven: Some(time), source: TimeSource::Block { height } }
        }
        (_, Some(stamp)) => {
            Moment { at: stamp, proven: Some(stamp), source: TimeSource::TimeStamp }
        }
        (None, None) => match claimed {
            Some(at) => Moment { at, proven: None, source: TimeSource::Claimed },
            None => Moment { at: context.now, proven: None, source: TimeSource::None },
        },
    }
}

fn judge(claimed: Option<Time>, moment: &Moment, context: &Context<'_>, steps: &mut Steps) {
    const STEP: Step = Step::Time;
    let latest = context.now.plus_seconds(CLOCK_SKEW_SECONDS);
    match (claimed, moment.proven) {
        (Some(claimed), _) if claimed > latest => {
            steps.fail(STEP, Reason::TimeInFuture, alloc::format!("{claimed}"));
        }
        (_, Some(proven)) if proven > latest => {
            steps.fail(STEP, Reason::TimeInFuture, alloc::format!("{proven}"));
        }
        (Some(claimed), Some(proven)) if claimed > proven.plus_seconds(CLOCK_SKEW_SECONDS) => {
            steps.fail(STEP, Reason::TimeContradiction, alloc::format!("{claimed} > {proven}"));
        }
        (_, None) => {
            steps.pass(STEP);
            steps.notice(STEP, Reason::ClaimedTimeOnly, "");
        }
        _ => steps.pass(STEP),
    }
}
