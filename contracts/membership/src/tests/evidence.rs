//! Evidence of double voting.

use super::*;
use crate::EvidenceEntry;
use yinglian_protocol::{
    VoteKind,
    calls::{DoubleVote, SignedVote, membership::EvidenceReport},
    vote_bytes,
};

/// A double vote in block 5.
pub(super) fn double_vote(label: &str) -> DoubleVote {
    vote_twice(label, &GENESIS, VoteKind::Precommit)
}

fn vote_twice(label: &str, genesis: &GenesisHash, kind: VoteKind) -> DoubleVote {
    double_vote_at(label, genesis, kind, Height(5))
}

fn double_vote_at(label: &str, genesis: &GenesisHash, kind: VoteKind, at: Height) -> DoubleVote {
    let signed = |value_id| SignedVote {
        value_id,
        signature: key(label).sign_now(&vote_bytes(genesis, kind, at, 2, value_id)),
    };
    let votes = (signed(Some(Hash([1; 32]))), signed(Some(Hash([2; 32]))));
    DoubleVote::new(address(label), at, 2, kind, votes)
}

/// A chain that has decided the height of the votes.
fn later() -> World {
    let mut world = World::new();
    world.height = Height(10);
    world
}

fn report(double_vote: DoubleVote) -> EvidenceReport {
    EvidenceReport { double_vote }
}

#[test]
fn a_double_vote_is_recorded_once_whoever_reports_it() {
    let mut world = later();
    let vote = vote_twice("b-validator", &GENESIS, VoteKind::Precommit);
    let effects = world.send("a-validator", report(vote.clone())).unwrap();
    assert_eq!(event_names(&effects), ["double_vote"]);
    let entry: EvidenceEntry = world.get(&key_of::evidence(&vote)).unwrap();
    assert_eq!((entry.organization, entry.reporter), (code(B), code(A)));
    assert_eq!((&entry.double_vote, entry.reported_at), (&vote, world.height));
    assert_eq!(world.send("c-validator", report(vote)), Err(Code::EVIDENCE_REPEATED));
    // The other kind of vote in the same round is another offence.
    world.send("c", report(vote_twice("b-validator", &GENESIS, VoteKind::Prevote))).unwrap();
}

#[test]
fn votes_that_prove_nothing_are_refused() {
    let mut world = later();
    let vote = vote_twice("b-validator", &GENESIS, VoteKind::Precommit);
    let other_chain = vote_twice("b-validator", &GenesisHash(Hash([8; 32])), VoteKind::Precommit);
    let equal = DoubleVote { second: vote.first.clone(), ..vote.clone() };
    let swapped =
        DoubleVote { first: vote.second.clone(), second: vote.first.clone(), ..vote.clone() };
    let accused = DoubleVote { validator: address("c-validator"), ..vote.clone() };
    let height = DoubleVote { height: Height(6), ..vote.clone() };
    for altered in [other_chain, equal, swapped, accused, height] {
        assert_eq!(world.send("a", report(altered)), Err(Code::EVIDENCE_INVALID));
    }
    // Keys that never were consensus keys cannot vote, hence not twice.
    for label in ["b", "nobody"] {
        let vote = vote_twice(label, &GENESIS, VoteKind::Precommit);
        assert_eq!(world.send("a", report(vote)), Err(Code::VALIDATOR_UNKNOWN), "{label}");
    }
}

#[test]
fn votes_for_heights_that_the_validator_does_not_decide_are_none() {
    let vote = |label: &str, height: u64| {
        report(double_vote_at(label, &GENESIS, VoteKind::Precommit, Height(height)))
    };
    let mut world = World::new();
    world.height = Height(20);
    for height in [0, 22, u64::MAX] {
        // The report stands in block 21.
        world.height = Height(20);
        assert_eq!(
            world.send("a", vote("b-validator", height)),
            Err(Code::EVIDENCE_INVALID),
            "{height}"
        );
    }
    world.height = Height(20);
    world.send("a", vote("b-validator", 21)).unwrap();
    // A validator that joins at 60 and one that leaves at 100.
    world.decide(super::validators::add("e-validator", 1, 60)).unwrap();
    world.height = Height(60);
    world
        .decide(Action::RemoveValidator {
            address: address("d-validator"),
            activation_height: Height(100),
        })
        .unwrap();
    world.height = Height(120);
    for (label, inside, outside) in [("e-validator", 60, 59), ("d-validator", 99, 100)] {
        world.send("a", vote(label, inside)).unwrap();
        assert_eq!(world.send("a", vote(label, outside)), Err(Code::EVIDENCE_INVALID), "{label}");
    }
}
