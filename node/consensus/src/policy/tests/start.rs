//! Tests of the decision whether a validator may sign when it starts.

use crate::guard::{Step, StepKind};
use crate::policy::*;
use yinglian_protocol::{Hash, Height};

fn signed(height: u64, round: u32) -> Option<Step> {
    let kind = StepKind::Precommit;
    Some(Step { height: Height(height), round, kind, value: None, message: Hash::ZERO })
}

fn saw(height: u64, round: u32) -> PeerReport {
    PeerReport { highest: Some((Height(height), round)), other_process: false }
}

const NOTHING: PeerReport = PeerReport { highest: None, other_process: false };

fn input(reports: &[PeerReport]) -> StartInput<'_> {
    StartInput {
        signed: signed(7, 2),
        next: Height(7),
        wal_is_of_next: true,
        reports,
        reports_needed: 2,
        follow_through: None,
    }
}

#[test]
fn a_validator_signs_once_enough_peers_saw_nothing_beyond_its_own_state() {
    assert_eq!(start(&input(&[saw(7, 2)])), GuardStart::Wait);
    assert_eq!(start(&input(&[saw(7, 2), saw(6, 9)])), GuardStart::Sign);
    assert_eq!(start(&input(&[NOTHING, NOTHING])), GuardStart::Sign);
}

#[test]
fn one_peer_that_saw_more_makes_it_follow_through_that_height() {
    let follow = |height| GuardStart::Follow { through: Height(height) };
    assert_eq!(start(&input(&[saw(7, 3)])), follow(7));
    assert_eq!(start(&input(&[NOTHING, saw(9, 0), saw(8, 0)])), follow(9));
    // Lower heights are decided: whatever was signed there cannot be contradicted any more.
    let reports = [saw(6, 0), saw(6, 0)];
    assert_eq!(start(&StartInput { signed: signed(5, 0), ..input(&reports) }), GuardStart::Sign);
}

#[test]
fn a_validator_without_sign_state_follows_when_a_peer_saw_it() {
    let reports = [saw(7, 0), NOTHING];
    let lost = StartInput { signed: None, ..input(&reports) };
    assert_eq!(start(&lost), GuardStart::Follow { through: Height(7) });
    let new = StartInput { signed: None, wal_is_of_next: false, ..input(&[NOTHING, NOTHING]) };
    assert_eq!(start(&new), GuardStart::Sign);
}

#[test]
fn a_lost_log_or_older_blocks_make_it_follow() {
    let reports = [NOTHING, NOTHING];
    let no_log = StartInput { wal_is_of_next: false, ..input(&reports) };
    assert_eq!(start(&no_log), GuardStart::Follow { through: Height(7) });
    let older_blocks = StartInput { next: Height(4), ..input(&reports) };
    assert_eq!(start(&older_blocks), GuardStart::Follow { through: Height(7) });
    let told_before = StartInput { follow_through: Some(Height(8)), ..input(&reports) };
    assert_eq!(start(&told_before), GuardStart::Follow { through: Height(8) });
    let passed = StartInput { follow_through: Some(Height(6)), ..input(&reports) };
    assert_eq!(start(&passed), GuardStart::Sign);
}

#[test]
fn a_twin_that_is_heard_keeps_it_from_starting() {
    let twin = PeerReport { highest: Some((Height(7), 2)), other_process: true };
    let reports = [saw(7, 2), saw(7, 2), twin];
    assert_eq!(start(&input(&reports)), GuardStart::Twin);
    assert_eq!(start(&input(&[twin])), GuardStart::Twin);
}
