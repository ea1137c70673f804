//! What a block does: order, outcomes, leaves, registry writes, and what refused calls leave behind.

mod common;

use common::{Net, Step, organization};
use std::sync::Arc;
use yinglian_contract_api::{Call, StateRead};
use yinglian_execution::{BlockError, Indexing, View, build, index_entries};
use yinglian_protocol::{
    Code, CreditCode, Height, LogPosition, Outcome, RecordPlace, Suite, log, registry,
};
use yinglian_state::{LogState, MemoryState};

fn put(key: &str, number: u64) -> Step {
    Step::Put(key.into(), number)
}

#[test]
fn the_same_block_on_two_states_gives_the_same_roots_in_both_suites() {
    for suite in Suite::ALL {
        let mut one = Net::new(suite);
        let mut other = Net::new(suite);
        for height in 1..6_u8 {
            let offered: Vec<_> = (0..20)
                .map(|n| {
                    one.envelope_of(
                        usize::from(n % 2),
                        height * 20 + n,
                        &[put(&format!("k{}", n % 7), u64::from(n))],
                    )
                })
                .collect();
            let built = one.build(&offered);
            let checked = other.check(&built.executed.header, &built.payload).unwrap();
            assert_eq!(checked.header, built.executed.header);
            assert_eq!(checked.changes, built.executed.changes);
            one.commit(built.executed);
            other.commit(checked);
        }
        assert_eq!(one.parent, other.parent);
        assert_eq!(one.parent.log_size, 100);
    }
}

#[test]
fn a_refused_call_leaves_its_leaf_and_outcome_and_no_other_effect() {
    let mut net = Net::new(Suite::International);
    net.block(&[net.envelope(1, &[put("a", 1)])]);
    let root = net.parent.registry_root;
    let refused = [put("a", 2), put("b", 3), Step::Emit, Step::Refuse(3001)];
    let executed = net.block(&[net.envelope(2, &refused)]);
    assert_eq!(net.parent.registry_root, root);
    assert_eq!((net.number("a"), net.number("b")), (Some(1), None));
    assert_eq!(executed.outcomes[0].outcome, Outcome::refused(Code::RECORD_UNKNOWN));
    assert_eq!(executed.header.log_size, 2);
    // A call after it in the same block does not see its writes either.
    let after = net.block(&[net.envelope(3, &refused), net.envelope(4, &[put("b", 7)])]);
    assert_eq!(after.outcomes[1].outcome.writes[0].version, 1);
}

#[test]
fn a_refusal_with_the_code_of_success_is_no_success() {
    let mut net = Net::new(Suite::International);
    let executed = net.block(&[net.envelope(1, &[put("a", 1), Step::Refuse(0)])]);
    assert_eq!(executed.outcomes[0].outcome.code, Code::INTERNAL);
    assert_eq!(net.number("a"), None);
}

#[test]
fn leaves_say_who_what_and_when_and_the_log_root_covers_them() {
    let mut net = Net::new(Suite::National);
    let mut hashes = Vec::new();
    for _ in 0..3 {
        let offered = [
            net.envelope_of(0, hashes.len() as u8, &[]),
            net.envelope_of(1, 100, &[Step::Refuse(3001)]),
            net.envelope_of(0, 101, &[put("a", hashes.len() as u64)]),
            net.envelope_of(1, 102, &[Step::Emit]),
        ];
        let executed = net.block(&offered);
        for (index, leaf) in executed.leaves.iter().enumerate() {
            assert_eq!(leaf.envelope_hash, offered[index].hash());
            assert_eq!(leaf.sender, offered[index].envelope().body.sender);
            assert_eq!(leaf.organization, organization(index % 2));
            assert_eq!((leaf.height, leaf.index as usize), (executed.header.height, index));
            assert_eq!(leaf.time_ms, executed.header.time_ms);
            assert_eq!(leaf.outcome_hash, executed.outcomes[index].outcome.hash(Suite::National));
            hashes.push(leaf.hash(Suite::National));
        }
        assert_eq!(executed.header.log_root, log::root(Suite::National, hashes.iter().copied()));
        assert_eq!(executed.header.log_size, hashes.len() as u64);
    }
    let stored = LogState::load(&net.state, Suite::National, net.parent.log_size).unwrap();
    assert_eq!(stored.root(), log::root(Suite::National, hashes));
}

#[test]
fn writes_of_one_key_are_coalesced_and_their_versions_stay_linked() {
    let mut net = Net::new(Suite::International);
    let offered: Vec<_> = (1..=3).map(|n| net.envelope(n, &[put("a", u64::from(n))])).collect();
    let executed = net.block(&offered);
    let versions: Vec<_> =
        executed.outcomes.iter().map(|record| record.outcome.writes[0].clone()).collect();
    assert_eq!(versions.iter().map(|write| write.version).collect::<Vec<_>>(), [1, 2, 3]);
    let value = net.registry("a").unwrap();
    assert_eq!(value.version, 3);
    assert_eq!(value.written_at, Some(LogPosition(2)));
    assert_eq!(value.previous_at, Some(LogPosition(1)));
    assert_eq!(value.previous_hash, versions[1].value_hash);
    assert_eq!(value.hash(Suite::International), versions[2].value_hash);
    let entry = (registry::key_hash(Suite::International, b"a"), versions[2].value_hash);
    let root = registry::root_from_entries(Suite::International, [entry]);
    assert_eq!(executed.header.registry_root, root);
}

#[test]
fn a_plain_record_touches_no_tree_key() {
    let mut net = Net::new(Suite::International);
    let root = net.parent.registry_root;
    let executed = net.block(&[net.envelope(1, &[])]);
    assert_eq!(executed.header.registry_root, root);
    let touched = executed.changes.iter().filter(|(space, ..)| {
        [yinglian_state::Space::RegistryPages, yinglian_state::Space::RegistryValues]
            .contains(space)
    });
    assert_eq!(touched.count(), 0);
}

#[test]
fn a_key_revoked_in_the_block_before_its_use_is_refused_there_and_not_admitted_afterwards() {
    let mut net = Net::new(Suite::International);
    let victim = net.members[1].public_key().address();
    let offered = [
        net.envelope_of(1, 1, &[put("before", 1)]),
        net.envelope_of(0, 2, &[Step::Revoke(victim)]),
        net.envelope_of(1, 3, &[put("after", 1)]),
    ];
    let executed = net.block(&offered);
    let codes: Vec<_> = executed.outcomes.iter().map(|record| record.outcome.code).collect();
    assert_eq!(codes, [Code::APPLIED, Code::APPLIED, Code::KEY_REVOKED]);
    assert_eq!(
        executed.outcomes[2].organization,
        organization(1),
        "the leaf still says whose key it was"
    );
    assert_eq!((net.number("before"), net.number("after")), (Some(1), None));
    let late = net.envelope_of(1, 4, &[]);
    assert_eq!(net.build(std::slice::from_ref(&late)).dropped, [(late.id(), Code::KEY_REVOKED)]);
}

#[test]
fn a_key_that_left_the_registry_in_the_block_is_refused_under_its_last_organisation() {
    let mut net = Net::new(Suite::International);
    let victim = net.members[1].public_key().address();
    let executed = net.block(&[
        net.envelope_of(0, 1, &[Step::Forget(victim)]),
        net.envelope_of(1, 2, &[put("a", 1)]),
    ]);
    assert_eq!(executed.outcomes[1].outcome, Outcome::refused(Code::SENDER_UNKNOWN));
    assert_eq!(executed.outcomes[1].organization, organization(1));
}

#[test]
fn roles_reach_the_contract() {
    let mut net = Net::new(Suite::International);
    let held = net.envelope(1, &[Step::Require("recorder".into())]);
    let missing = net.envelope(2, &[Step::Require("administrator".into())]);
    let executed = net.block(&[held, missing]);
    assert_eq!(executed.outcomes[0].outcome.code, Code::APPLIED);
    assert_eq!(executed.outcomes[1].outcome.code, Code::ROLE_MISSING);
}

#[test]
fn every_envelope_is_found_by_its_id_in_the_same_block_and_later() {
    let mut net = Net::new(Suite::International);
    let applied = net.envelope(1, &[]);
    let refused = net.envelope(2, &[Step::Refuse(3001)]);
    let executed = net.block(&[
        net.envelope(3, &[Step::RecordApplied(applied.id())]),
        Arc::clone(&applied),
        Arc::clone(&refused),
        net.envelope(4, &[Step::RecordApplied(applied.id())]),
        net.envelope(5, &[Step::RecordApplied(refused.id())]),
    ]);
    let codes: Vec<_> = executed.outcomes.iter().map(|record| record.outcome.code.0).collect();
    assert_eq!(codes, [3001, 0, 3001, 0, 3001]);
    let place = View::new(&net.state).record(&refused.id()).unwrap();
    let expected = RecordPlace {
        position: LogPosition(2),
        organization: organization(0),
        code: Code::RECORD_UNKNOWN,
    };
    assert_eq!(place, Some(expected));
}

#[test]
fn a_state_that_cannot_be_read_is_no_outcome_and_no_fault_of_the_block() {
    let net = Net::new(Suite::International);
    let signatures = common::Checking::new(&net.chain);
    let offered = [net.envelope(1, &[Step::BrokenDisk])];
    let failed =
        build(&net.chain, &net.state, &net.parent, net.draft(), &offered, &signatures).unwrap_err();
    assert!(matches!(failed, BlockError::State(_)));
    assert!(!failed.is_invalid());
}

#[test]
fn a_block_fixes_the_validators_of_the_next() {
    let mut net = Net::new(Suite::International);
    let before = net.block(&[]);
    assert_eq!(before.header.validators_hash, before.header.next_validators_hash);
    let change = net.block(&[net.envelope(1, &[Step::Weights(vec![5, 1, 1, 1])])]);
    assert_eq!(change.header.validators_hash, before.header.next_validators_hash);
    assert_ne!(change.header.next_validators_hash, change.header.validators_hash);
    assert_eq!(
        change.next_validators.hash(Suite::International),
        change.header.next_validators_hash
    );
    let after = net.block(&[]);
    assert_eq!(after.header.validators_hash, change.header.next_validators_hash);
}

#[test]
fn an_empty_block_moves_time_and_nothing_else() {
    let mut net = Net::new(Suite::National);
    let executed = net.block(&[]);
    assert_eq!(executed.header.height, Height(1));
    assert_eq!(executed.header.log_size, 0);
    assert_eq!(executed.header.log_root, log::empty_root(Suite::National));
    assert_eq!(executed.header.registry_root, registry::EMPTY_ROOT);
}

#[test]
fn index_entries_are_what_the_indexing_says_at_the_records_place() {
    struct ByMethod;
    impl Indexing for ByMethod {
        fn keys(
            &self,
            call: &Call<'_>,
            organization: &CreditCode,
            outcome: &Outcome,
        ) -> Vec<Vec<u8>> {
            let key = format!("{}/{organization}", call.method).into_bytes();
            if outcome.code.is_applied() { vec![key] } else { Vec::new() }
        }
    }
    let mut net = Net::new(Suite::International);
    net.block(&[net.envelope(9, &[])]);
    let executed =
        net.block(&[net.envelope_of(0, 1, &[Step::Refuse(3001)]), net.envelope_of(1, 2, &[])]);
    let entries = index_entries(&ByMethod, &executed);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].key, format!("do/{}", organization(1)).into_bytes());
    assert_eq!(entries[0].position, LogPosition(2));
}

#[test]
fn executing_leaves_the_parent_state_as_it_was() {
    let net = Net::new(Suite::International);
    let built = net.build(&[net.envelope(1, &[put("a", 1)])]);
    assert!(!built.executed.changes.is_empty());
    assert_eq!(net.number("a"), None);
    assert_eq!(
        net.build(&[net.envelope(1, &[put("a", 1)])]),
        built,
        "building again gives the same block"
    );
    let _: &MemoryState = &net.state;
}
