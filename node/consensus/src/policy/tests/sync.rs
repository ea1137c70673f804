//! Tests of value sync: verdicts and served ranges.

use super::{address, proposal};
use crate::policy::*;
use crate::ports::{AppError, Verdict};
use crate::proposal::ProposalError;
use yinglian_protocol::Height;

fn seen() -> Seen {
    Seen {
        height: Height(5),
        round: 1,
        lock_round: None,
        proposer: address("a"),
        value_id: proposal(5, 0, address("a"), b"").value_id(),
        valid: true,
    }
}

#[test]
fn a_synced_value_gets_the_answer_that_fits_whose_fault_it_is() {
    let valid = synced(seen(), Ok(Ok(Verdict::Valid)));
    assert_eq!(valid, SyncAnswer::Valid(seen()));
    assert_eq!(synced(seen(), Err(ProposalError::Payload)), SyncAnswer::PeerFault);
    let full = AppError::Transient("disk full".into());
    assert_eq!(synced(seen(), Ok(Err(full))), SyncAnswer::Transient);
    // A quorum decided it: the fault can only be this node's.
    let invalid = synced(seen(), Ok(Ok(Verdict::Invalid("root differs".into()))));
    assert_eq!(invalid, SyncAnswer::Diverged("root differs".into()));
    let broken = AppError::Fatal("damaged".into());
    assert_eq!(synced(seen(), Ok(Err(broken))), SyncAnswer::Diverged("damaged".into()));
}

#[test]
fn only_what_is_kept_is_served_and_never_with_a_gap_in_front() {
    let serve = |first, last, lowest, tip, max| {
        served_range(&(Height(first)..=Height(last)), Height(lowest), Height(tip), max)
            .map(|height| height.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(serve(3, 5, 1, 9, 10), [3, 4, 5]);
    assert_eq!(serve(8, 20, 1, 9, 10), [8, 9]);
    assert_eq!(serve(1, 100, 1, 9, 4), [1, 2, 3, 4]);
    assert!(serve(10, 20, 1, 9, 10).is_empty());
    assert!(serve(2, 5, 3, 9, 10).is_empty());
    assert!(serve(0, 5, 0, 9, 10).is_empty());
    assert!(serve(5, 3, 1, 9, 10).is_empty());
    assert!(serve(u64::MAX, u64::MAX, 1, 9, 10).is_empty());
}
