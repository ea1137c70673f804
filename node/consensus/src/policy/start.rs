//! Whether a validator may sign when it starts (spec 5, sign guard).
//!
//! A node started from an old copy of its disk, or twice, must not sign a second message for a step it signed before.
//! It asks its peers what they saw it sign. Following first "to be safe" would be wrong the other way round: a follower
//! resets the write-ahead log, and with it the memory of its locks.

use crate::guard::Step;
use yinglian_protocol::Height;

/// What a peer knows of this validator's signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerReport {
    /// Highest height and round in which the peer saw a valid vote of this validator.
    pub highest: Option<(Height, u32)>,
    /// The peer hears another process sign with this validator's key.
    pub other_process: bool,
}

/// What is known at the moment of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartInput<'a> {
    /// Last step signed by this disk.
    pub signed: Option<Step>,
    /// Next height to decide.
    pub next: Height,
    /// The write-ahead log is there and belongs to `next`, or to no height at all.
    pub wal_is_of_next: bool,
    /// Reports, one of each peer.
    pub reports: &'a [PeerReport],
    /// Reports needed: one more than the peers that may lie (f + 1).
    pub reports_needed: usize,
    /// Height that an earlier start was told not to sign at or below.
    pub follow_through: Option<Height>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardStart {
    /// Not enough reports yet: follow nothing, sign nothing, ask again.
    Wait,
    /// Start with the signer and the write-ahead log.
    Sign,
    /// Another process signs with this key: start nothing. An engine of ours would take messages that are meant for it.
    Twin,
    /// Follow as an observer; sign only above this height.
    Follow {
        /// Highest height that was or may have been signed.
        through: Height,
    },
}

/// Decides.
pub fn start(input: &StartInput<'_>) -> GuardStart {
    let own = input.signed.map(|step| (step.height, step.round));
    let seen = input.reports.iter().filter_map(|report| report.highest).max();
    if input.reports.iter().any(|report| report.other_process) {
        return GuardStart::Twin;
    }
    // One peer that saw more is enough to be careful: lying costs this node's vote until the chain has passed the
    // height, believing a liar's "nothing" could cost a double vote, and of f + 1 one is honest.
    let beyond = seen.filter(|seen| own.is_none_or(|own| *seen > own)).map(|(height, _)| height);
    let lost_log = input.signed.filter(|step| step.height == input.next && !input.wal_is_of_next);
    let through = [
        beyond.filter(|height| *height >= input.next),
        // Signed above the tip's successor: the blocks are older than the sign-state.
        input.signed.map(|step| step.height).filter(|height| *height > input.next),
        lost_log.map(|step| step.height),
        input.follow_through.filter(|height| *height >= input.next),
    ];
    match through.into_iter().flatten().max() {
        Some(through) => GuardStart::Follow { through },
        None if input.reports.len() < input.reports_needed => GuardStart::Wait,
        None => GuardStart::Sign,
    }
}
