//! The moment that a signature is judged at, and what an end at another moment means for it.
//!
//! Comes in: claimed and proven times. Goes out: outcomes. Never: a claim taken for a proof.
use crate::{Outcome, Time, TimeSource};

/// Seconds by which clocks of a signer and a time-stamp authority may differ.
pub(crate) const CLOCK_SKEW_SECONDS: i64 = 300;

/// When something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The time that dates are judged at.
    pub at: Time,
    /// A time at which the signature is proven to have existed.
    pub proven: Option<Time>,
    /// Where `at` or its proof comes from.
    pub source: TimeSource,
}

impl Moment {
    /// What it means that a certificate or a seal ended at a time: proven before it, EndedLater; at or after it, Failed; else Unknown.
    pub fn ended(&self, end: Time) -> Outcome {
        if self.proven.is_some_and(|proven| proven < end) {
            Outcome::EndedLater
        } else if self.at >= end {
            Outcome::Failed
        } else {
            Outcome::Unknown
        }
    }
}
