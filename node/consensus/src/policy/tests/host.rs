//! Tests of the host's state machine.

use super::{address, proposal};
use crate::Proposal;
use crate::policy::*;
use crate::ports::{Origin, Verdict};
use bytes::Bytes;
use std::sync::Arc;
use yinglian_protocol::{Address, Height, PartsHeader, Quorum};

const BEAT_MS: u64 = 5_000;

fn quorum() -> Quorum {
    Quorum { round: 0, signatures: Vec::new() }
}

/// A host at height 5 that is deciding.
fn deciding() -> Host {
    let mut host = Host::new(Heartbeat::new(BEAT_MS), false);
    assert_eq!(host.step(Input::Ready { tip: Height(4) }, 0), [Effect::Recover(Height(5))]);
    assert_eq!(host.step(Input::Recovered(Vec::new()), 0), [Effect::ReplyReady(Height(5))]);
    assert_eq!(host.step(started(5, 0), 0), [Effect::ReplyRound(Vec::new())]);
    host
}

fn started(height: u64, round: u32) -> Input {
    Input::StartedRound { height: Height(height), round }
}

fn complete(
    value: &Arc<Proposal>,
    round: u32,
    lock_round: Option<u32>,
    proposer: Address,
) -> Input {
    let header = PartsHeader {
        height: value.header.height,
        round,
        lock_round,
        value_id: value.value_id(),
        size_bytes: 1,
        parts: 1,
    };
    Input::PartComplete {
        assembled: Assembled { header, proposer, bytes: Bytes::new() },
        proposal: value.clone(),
        builder: Some(value.header.proposer),
    }
}

fn checked(effect: &Effect, verdict: Option<Verdict>) -> Input {
    let Effect::Check { purpose, seen, .. } = effect else { panic!("no check: {effect:?}") };
    Input::Checked { purpose: *purpose, seen: seen.clone(), verdict }
}

/// Decides and commits height 5 at `now_ms`; the engine then asks for height 6.
fn decide(host: &mut Host, now_ms: u64) -> Vec<Effect> {
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    let decided = Input::Decided { height: Height(5), value_id, quorum: quorum() };
    let effects = host.step(decided, now_ms);
    assert!(matches!(effects[..], [Effect::Commit { height: Height(5), .. }]));
    let mut effects = host.step(Input::Committed { height: Height(5), empty: false }, now_ms);
    assert_eq!(effects.remove(0), Effect::AckDecided(Height(5)));
    effects.extend(host.step(Input::Finalized { height: Height(5) }, now_ms));
    effects
}

#[test]
fn a_complete_value_is_checked_before_the_part_is_answered() {
    let mut host = deciding();
    let value = proposal(5, 0, address("a"), b"x");
    let effects = host.step(complete(&value, 0, None, address("a")), 0);
    let [check @ Effect::Check { purpose: CheckFor::Part, origin, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*origin, Origin::Live { first_seen_without_lock: true });
    let effects = host.step(checked(check, Some(Verdict::Valid)), 0);
    assert!(
        matches!(&effects[..], [Effect::ReplyPart(Some(seen))] if seen.valid && seen.value_id == value.value_id())
    );
}

#[test]
fn a_value_that_could_not_be_checked_is_not_told() {
    let mut host = deciding();
    let value = proposal(5, 0, address("a"), b"x");
    let effects = host.step(complete(&value, 0, None, address("a")), 0);
    assert_eq!(host.step(checked(&effects[0], None), 0), [Effect::ReplyPart(None)]);
    // It may come again, and is asked about again.
    let effects = host.step(complete(&value, 0, None, address("a")), 0);
    assert!(matches!(effects[..], [Effect::Check { .. }]));
}

#[test]
fn the_clock_is_judged_only_for_a_value_seen_first_and_without_lock() {
    let mut host = deciding();
    let value = proposal(5, 0, address("a"), b"x");
    let effects = host.step(complete(&value, 0, None, address("a")), 0);
    let invalid = Verdict::Invalid("clock".into());
    let effects = host.step(checked(&effects[0], Some(invalid)), 0);
    assert!(matches!(&effects[..], [Effect::ReplyPart(Some(seen))] if !seen.valid));
    // Proposed again with a lock: a quorum prevoted it, the own clock has no say any more.
    let effects = host.step(complete(&value, 2, Some(1), address("b")), 0);
    let [check @ Effect::Check { origin, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*origin, Origin::Live { first_seen_without_lock: false });
    let effects = host.step(checked(check, Some(Verdict::Valid)), 0);
    assert!(
        matches!(&effects[..], [Effect::ReplyPart(Some(seen))] if seen.valid && seen.round == 2)
    );
    // Valid once, it is not executed again.
    let effects = host.step(complete(&value, 3, Some(1), address("a")), 0);
    assert!(
        matches!(&effects[..], [Effect::ReplyPart(Some(seen))] if seen.valid && seen.round == 3)
    );
}

#[test]
fn a_block_that_does_not_fit_its_first_part_is_not_told() {
    let a = address("a");
    let value = proposal(5, 0, a, b"x");
    let mut wrong_id = complete(&value, 0, None, a);
    if let Input::PartComplete { assembled, .. } = &mut wrong_id {
        assembled.header.value_id = proposal(5, 0, a, b"y").value_id();
    }
    let mut wrong_builder = complete(&value, 0, None, a);
    if let Input::PartComplete { builder, .. } = &mut wrong_builder {
        *builder = Some(address("b"));
    }
    let mut wrong_height = complete(&value, 0, None, a);
    if let Input::PartComplete { assembled, .. } = &mut wrong_height {
        assembled.header.height = Height(6);
    }
    let cases = [
        wrong_id,
        wrong_builder,
        wrong_height,
        // Without lock a block is of the round it is proposed in, by that round's proposer.
        complete(&value, 1, None, a),
        complete(&value, 0, None, address("b")),
        // With lock it was built no later than the round of the lock.
        complete(&proposal(5, 3, a, b"x"), 4, Some(2), a),
    ];
    for case in cases {
        let effects = deciding().step(case.clone(), 0);
        assert_eq!(effects, [Effect::ReplyPart(None)], "{case:?}");
    }
}

#[test]
fn values_are_told_once_in_the_answer_to_the_round() {
    let mut host = Host::new(Heartbeat::new(BEAT_MS), false);
    host.step(Input::Ready { tip: Height(4) }, 0);
    let value = proposal(5, 0, address("a"), b"x");
    let seen = Seen {
        height: Height(5),
        round: 0,
        lock_round: None,
        proposer: address("a"),
        value_id: value.value_id(),
        valid: true,
    };
    host.step(Input::Recovered(vec![seen.clone()]), 0);
    assert_eq!(host.step(started(5, 0), 0), [Effect::ReplyRound(vec![seen])]);
    assert_eq!(host.step(started(5, 1), 0), [Effect::ReplyRound(Vec::new())]);
}

#[test]
fn building_takes_a_third_of_the_time_and_gives_one_value_a_round() {
    let mut host = deciding();
    let get = Input::GetValue { height: Height(5), round: 0, timeout_ms: 1_000 };
    let build = Effect::Build { height: Height(5), round: 0, budget_ms: 333 };
    assert_eq!(host.step(get, 0), [build]);
    let built = |value: &Arc<Proposal>| Input::Built {
        height: Height(5),
        round: 0,
        proposal: Some(value.clone()),
    };
    let value = proposal(5, 0, address("me"), b"x");
    let effects = host.step(built(&value), 0);
    assert!(matches!(
        &effects[..],
        [Effect::ReplyBuilt(Some(_)), Effect::Publish { lock_round: None, .. }]
    ));
    let effects = host.step(built(&value), 0);
    assert!(matches!(&effects[..], [Effect::ReplyBuilt(Some(_)), Effect::Publish { .. }]));
    // A second, different value for the round would be double signing.
    let other = proposal(5, 0, address("me"), b"y");
    assert_eq!(host.step(built(&other), 0), [Effect::ReplyBuilt(None)]);
}

#[test]
fn a_stream_of_the_next_height_is_executed_after_commit_and_before_the_next_height() {
    let mut host = deciding();
    let next = proposal(6, 0, address("b"), b"next");
    // Height 5 is not committed: the value is kept.
    assert_eq!(host.step(complete(&next, 0, None, address("b")), 0), [Effect::ReplyPart(None)]);
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    host.step(Input::Decided { height: Height(5), value_id, quorum: quorum() }, 0);
    assert!(host.step(Input::Finalized { height: Height(5) }, 0).is_empty());
    let effects = host.step(Input::Committed { height: Height(5), empty: false }, 0);
    let [Effect::AckDecided(_), check @ Effect::Check { purpose: CheckFor::Kept, .. }] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    let effects = host.step(checked(check, Some(Verdict::Valid)), 0);
    assert_eq!(effects, [Effect::StartNext(Height(6))]);
    let effects = host.step(started(6, 0), 0);
    assert!(
        matches!(&effects[..], [Effect::ReplyRound(values)] if values.len() == 1 && values[0].valid)
    );
}

#[test]
fn with_nothing_to_do_the_next_height_waits_for_the_heartbeat() {
    let mut host = deciding();
    assert!(decide(&mut host, 1_000).is_empty());
    assert_eq!(host.due_ms(), Some(1_000 + BEAT_MS));
    assert!(host.step(Input::Tick, 999 + BEAT_MS).is_empty());
    assert_eq!(host.step(Input::Tick, 1_000 + BEAT_MS), [Effect::StartNext(Height(6))]);
    assert_eq!(host.due_ms(), None);
}

#[test]
fn the_wait_is_no_longer_than_the_chain_allows() {
    for (max_ms, waits_ms) in [
        (Some(BEAT_MS / 4), BEAT_MS / 4),
        (Some(BEAT_MS), BEAT_MS),
        (Some(2 * BEAT_MS), BEAT_MS),
        (None, BEAT_MS),
    ] {
        let mut host = deciding();
        // An earlier bound leaves no trace.
        host.bound_heartbeat(Some(1));
        host.bound_heartbeat(max_ms);
        assert!(decide(&mut host, 1_000).is_empty());
        assert_eq!(host.due_ms(), Some(1_000 + waits_ms), "{max_ms:?}");
        assert!(host.step(Input::Tick, 999 + waits_ms).is_empty());
        assert_eq!(host.step(Input::Tick, 1_000 + waits_ms), [Effect::StartNext(Height(6))]);
    }
}

#[test]
fn an_envelope_or_a_peers_next_height_ends_the_wait() {
    for input in [Input::Pending, Input::NextHeightBegun] {
        let mut host = deciding();
        assert!(decide(&mut host, 0).is_empty());
        assert_eq!(host.step(input, 1), [Effect::StartNext(Height(6))]);
    }
    // Begun before this node has decided.
    let mut host = deciding();
    assert!(host.step(Input::NextHeightBegun, 0).is_empty());
    assert_eq!(decide(&mut host, 1), [Effect::StartNext(Height(6))]);
    // A value of the next height, received while waiting.
    let mut host = deciding();
    assert!(decide(&mut host, 0).is_empty());
    let next = proposal(6, 0, address("b"), b"next");
    let effects = host.step(complete(&next, 0, None, address("b")), 1);
    assert!(matches!(effects[..], [Effect::Check { purpose: CheckFor::Part, .. }]));
}

#[test]
fn a_height_that_came_by_sync_is_followed_by_the_next_at_once() {
    let mut host = deciding();
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    let seen = Seen {
        height: Height(5),
        round: 0,
        lock_round: None,
        proposer: address("a"),
        value_id,
        valid: true,
    };
    assert!(host.step(Input::Synced(seen), 0).is_empty());
    assert_eq!(decide(&mut host, 0), [Effect::StartNext(Height(6))]);
    // The one after is held again.
    host.step(started(6, 0), 0);
    host.step(Input::Decided { height: Height(6), value_id, quorum: quorum() }, 0);
    host.step(Input::Committed { height: Height(6), empty: false }, 0);
    assert!(host.step(Input::Finalized { height: Height(6) }, 0).is_empty());
}

#[test]
fn nothing_starts_before_the_commit_is_durable() {
    let mut host = deciding();
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    host.step(Input::Decided { height: Height(5), value_id, quorum: quorum() }, 0);
    host.step(Input::Finalized { height: Height(5) }, 0);
    assert!(host.step(Input::Pending, 0).is_empty());
    assert!(host.step(Input::Tick, 10 * BEAT_MS).is_empty());
    let effects = host.step(Input::Committed { height: Height(5), empty: false }, 0);
    assert_eq!(effects, [Effect::AckDecided(Height(5)), Effect::StartNext(Height(6))]);
}

/// Begins height after height because of `want`, each empty, and returns how many came before a hold.
fn empty_in_a_row(host: &mut Host, want: &Input) -> u64 {
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    for height in (5..).map(Height) {
        host.step(Input::Decided { height, value_id, quorum: quorum() }, 0);
        host.step(Input::Committed { height, empty: true }, 0);
        host.step(Input::Finalized { height }, 0);
        if host.step(want.clone(), 1).is_empty() {
            return height.0 - 5;
        }
        host.step(started(height.0 + 1, 0), 1);
        assert!(height.0 < 100, "never held");
    }
    unreachable!()
}

#[test]
fn what_brings_no_record_into_a_block_does_not_make_empty_blocks_for_ever() {
    for want in [Input::Pending, Input::NextHeightBegun] {
        let mut host = deciding();
        // The first height was not begun in a hurry.
        assert_eq!(empty_in_a_row(&mut host, &want), u64::from(FRUITLESS_MAX));
        // What waits is not asked for again and again, and is looked at when half of the heartbeat has passed.
        assert!(!host.awaits_envelope());
        assert_eq!(host.due_ms(), Some(BEAT_MS / 2));
        assert!(host.step(want.clone(), 2).is_empty());
        assert!(host.step(Input::Tick, BEAT_MS / 2 - 1).is_empty());
        assert!(matches!(host.step(Input::Tick, BEAT_MS / 2)[..], [Effect::StartNext(_)]));
    }
}

#[test]
fn a_block_with_records_and_a_heartbeat_give_new_haste() {
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    let mut host = deciding();
    for height in (5..30).map(Height) {
        host.step(Input::Decided { height, value_id, quorum: quorum() }, 0);
        // Every fifth block holds a record.
        host.step(Input::Committed { height, empty: height.0 % 5 > 0 }, 0);
        host.step(Input::Finalized { height }, 0);
        assert_eq!(host.step(Input::Pending, 1), [Effect::StartNext(height.next())]);
        host.step(started(height.0 + 1, 0), 1);
    }
}

#[test]
fn a_proposer_that_sends_block_after_block_has_a_few_of_them_checked() {
    let mut host = deciding();
    let payloads = [b"a", b"b", b"c", b"d", b"e", b"f"];
    let mut checks = 0;
    for payload in payloads {
        let value = proposal(5, 0, address("a"), payload);
        let effects = host.step(complete(&value, 0, None, address("a")), 0);
        if let [check @ Effect::Check { .. }] = &effects[..] {
            checks += 1;
            host.step(checked(check, Some(Verdict::Invalid("liar".into()))), 0);
        } else {
            assert_eq!(effects, [Effect::ReplyPart(None)]);
        }
    }
    assert_eq!(checks, 4);
    // The next proposer is not touched by it.
    let value = proposal(5, 1, address("b"), b"x");
    let effects = host.step(complete(&value, 1, None, address("b")), 0);
    assert!(matches!(effects[..], [Effect::Check { .. }]));
}

#[test]
fn of_the_next_height_one_stream_of_a_round_is_kept() {
    let mut host = deciding();
    for payload in [b"1", b"2", b"3", b"4"] {
        let spam = proposal(6, 1, address("liar"), payload);
        host.step(complete(&spam, 1, None, address("liar")), 0);
    }
    let honest = proposal(6, 0, address("b"), b"next");
    host.step(complete(&honest, 0, None, address("b")), 0);
    let value_id = proposal(5, 0, address("a"), b"").value_id();
    host.step(Input::Decided { height: Height(5), value_id, quorum: quorum() }, 0);
    let effects = host.step(Input::Committed { height: Height(5), empty: false }, 0);
    let checks: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Check { seen, .. } => Some(seen.round),
            _ => None,
        })
        .collect();
    assert_eq!(checks, [1, 0]);
}
