//! Tests of the sign guard: its file, torn slots, older copies, violations.

use super::*;
use std::fs;
use std::path::PathBuf;
use yinglian_protocol::Suite;

struct Disk {
    _folder: tempfile::TempDir,
    path: PathBuf,
    genesis: GenesisHash,
    validator: Address,
}

fn disk() -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-state");
    let genesis = GenesisHash(Suite::International.hash(&[b"genesis"]));
    let validator = yinglian_crypto::SigningKey::from_seed(Suite::International, b"guard")
        .public_key()
        .address();
    Disk { _folder: folder, path, genesis, validator }
}

impl Disk {
    fn open(&self) -> Result<Guard, GuardError> {
        Guard::open(&self.path, &self.genesis, &self.validator)
    }
}

fn step(height: u64, round: u32, kind: StepKind, value: u8) -> Step {
    let value = Suite::International.hash(&[&[value]]);
    Step { height: Height(height), round, kind, value: Some(value), message: value }
}

#[test]
fn steps_rise_and_are_there_after_a_restart() {
    let disk = disk();
    let guard = disk.open().unwrap();
    let steps = [
        step(1, 0, StepKind::Proposal, 1),
        step(1, 0, StepKind::Prevote, 1),
        step(1, 0, StepKind::Precommit, 1),
        step(1, 2, StepKind::Prevote, 2),
        step(2, 0, StepKind::Prevote, 3),
    ];
    for step in steps {
        guard.permit(step).unwrap();
        guard.permit(step).unwrap();
    }
    drop(guard);
    assert_eq!(disk.open().unwrap().state().signed, Some(steps[4]));
}

#[test]
fn a_conflicting_vote_is_refused_and_closes_the_guard() {
    for second in [
        step(5, 1, StepKind::Prevote, 2),
        step(5, 1, StepKind::Proposal, 1),
        step(5, 0, StepKind::Precommit, 1),
        step(4, 9, StepKind::Precommit, 1),
    ] {
        let disk = disk();
        let guard = disk.open().unwrap();
        guard.permit(step(5, 1, StepKind::Prevote, 1)).unwrap();
        assert!(matches!(guard.permit(second), Err(GuardError::Violation { .. })), "{second:?}");
        assert!(guard.closed());
        assert!(matches!(guard.permit(step(6, 0, StepKind::Prevote, 1)), Err(GuardError::Closed)));
        drop(guard);
        // After the restart the contested height is left to the others.
        let guard = disk.open().unwrap();
        assert_eq!(guard.state().follow_through, Some(Height(5)));
        guard.permit(step(6, 0, StepKind::Prevote, 1)).unwrap();
    }
}

#[test]
fn two_proposals_of_one_value_with_different_lock_rounds_conflict() {
    let disk = disk();
    let guard = disk.open().unwrap();
    let first = step(1, 1, StepKind::Proposal, 1);
    guard.permit(first).unwrap();
    let second = Step { message: Suite::International.hash(&[b"other lock round"]), ..first };
    assert!(matches!(guard.permit(second), Err(GuardError::Violation { .. })));
}

#[test]
fn a_torn_write_of_one_slot_leaves_the_step_before() {
    let disk = disk();
    let guard = disk.open().unwrap();
    guard.permit(step(1, 0, StepKind::Prevote, 1)).unwrap();
    guard.permit(step(1, 0, StepKind::Precommit, 1)).unwrap();
    drop(guard);
    // Sequence 1 is the empty state, so the second permit went to slot 1.
    for slot in [0, 4096] {
        let mut bytes = fs::read(&disk.path).unwrap();
        bytes[slot + 40] ^= 0xff;
        fs::write(&disk.path, &bytes).unwrap();
        let expected = if slot == 0 { StepKind::Precommit } else { StepKind::Prevote };
        let damaged = disk.open();
        match slot {
            0 => assert_eq!(damaged.unwrap().state().signed.unwrap().kind, expected),
            _ => assert!(
                matches!(damaged, Err(GuardError::Damaged(_))),
                "both slots are damaged now"
            ),
        }
    }
}

#[test]
fn the_slot_being_written_is_never_the_newest() {
    let disk = disk();
    let guard = disk.open().unwrap();
    for round in 0..6 {
        let before = fs::read(&disk.path).unwrap();
        guard.permit(step(1, round, StepKind::Prevote, 1)).unwrap();
        let after = fs::read(&disk.path).unwrap();
        drop_newest_and_compare(&disk, &before, &after, round);
    }
}

// Puts the torn state together: what changed is garbage, the rest as it was after the write.
fn drop_newest_and_compare(disk: &Disk, before: &[u8], after: &[u8], round: u32) {
    let mut torn = after.to_vec();
    for (i, byte) in torn.iter_mut().enumerate() {
        if before.get(i) != after.get(i) {
            *byte = !*byte;
        }
    }
    let path = disk.path.with_extension("torn");
    fs::write(&path, torn).unwrap();
    let state = Guard::open(&path, &disk.genesis, &disk.validator).unwrap().state();
    assert_eq!(state.signed.map(|step| step.round), round.checked_sub(1));
}

#[test]
fn a_restored_older_file_is_found_out_by_what_peers_saw() {
    use crate::policy::{GuardStart, PeerReport, StartInput, start};
    let disk = disk();
    let guard = disk.open().unwrap();
    guard.permit(step(7, 0, StepKind::Precommit, 1)).unwrap();
    let older = fs::read(&disk.path).unwrap();
    guard.permit(step(8, 0, StepKind::Prevote, 1)).unwrap();
    drop(guard);
    fs::write(&disk.path, older).unwrap();
    let guard = disk.open().unwrap();
    let report = |height| PeerReport { highest: Some((Height(height), 0)), other_process: false };
    let decide = |reports: &[PeerReport]| {
        start(&StartInput {
            signed: guard.state().signed,
            next: Height(8),
            wal_is_of_next: true,
            reports,
            reports_needed: 2,
            follow_through: guard.state().follow_through,
        })
    };
    assert_eq!(decide(&[report(7), report(8)]), GuardStart::Follow { through: Height(8) });
    assert_eq!(decide(&[report(7), report(7)]), GuardStart::Sign);
    assert_eq!(decide(&[report(7)]), GuardStart::Wait);
}

#[test]
fn nothing_is_signed_at_or_below_a_height_to_follow_through() {
    let disk = disk();
    let guard = disk.open().unwrap();
    guard.follow_through(Height(9)).unwrap();
    drop(guard);
    let guard = disk.open().unwrap();
    guard.permit(step(10, 0, StepKind::Prevote, 1)).unwrap();
    guard.follow_through(Height(10)).unwrap();
    assert!(guard.permit(step(10, 0, StepKind::Precommit, 1)).is_err());
}

#[test]
fn the_file_of_another_validator_chain_or_process_is_refused() {
    let disk = disk();
    let guard = disk.open().unwrap();
    assert!(matches!(disk.open(), Err(GuardError::Damaged(_))), "in use");
    drop(guard);
    let other = GenesisHash(Suite::International.hash(&[b"other"]));
    assert!(matches!(
        Guard::open(&disk.path, &other, &disk.validator),
        Err(GuardError::Damaged(_))
    ));
    let key = yinglian_crypto::SigningKey::from_seed(Suite::International, b"another");
    let other = key.public_key().address();
    assert!(matches!(Guard::open(&disk.path, &disk.genesis, &other), Err(GuardError::Damaged(_))));
}
