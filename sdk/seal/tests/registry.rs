//! What the registry says at the time of signing decides: status of the seal, admission of vendor, maker, CA and time-stamp authority.
//!
//! Comes in: the workshop's world and registries that answer one thing otherwise. Goes out: verdicts. Never: a real chain.
mod workshop;

use workshop::world::{World, day};
use yinglian_seal::{
    Admission, Cert, Decision, Policy, Registry, SealEntry, SealKey, SealStatus, Time,
    TimeEvidence, Verdict,
};

/// A registry that knows the seal and admits everybody, save for what a test changes.
struct Book {
    entry: Option<SealEntry>,
    maker: Admission,
    ca: Admission,
    vendor: Admission,
}

impl Registry for Book {
    fn height(&self) -> u64 {
        4711
    }
    fn seal(&self, seal: &SealKey<'_>) -> Option<SealEntry> {
        assert_eq!((seal.id, seal.vendor), ("41040000000001", "V"));
        self.entry.clone()
    }
    fn maker(&self, cert: &Cert, _: Time) -> Admission {
        assert_eq!(cert.subject_text(), "CN=MAKER");
        self.maker
    }
    fn ca(&self, anchor: &Cert, _: Time) -> Admission {
        assert_eq!(anchor.subject_text(), "CN=ROOT");
        self.ca
    }
    fn time_stamp_authority(&self, _: &Cert, _: Time) -> Admission {
        Admission::Admitted
    }
    fn vendor(&self, _: &str, _: Time) -> Admission {
        self.vendor
    }
}

fn book(changes: &[(Time, SealStatus)]) -> Book {
    Book {
        entry: Some(SealEntry { filed: day(2025, 1, 2), changes: changes.to_vec() }),
        maker: Admission::Admitted,
        ca: Admission::Admitted,
        vendor: Admission::Admitted,
    }
}

fn verdict(book: &Book, evidence: Option<TimeEvidence>) -> Verdict {
    let mut world = World::new(4);
    world.evidence = evidence;
    let report = world.verify_with(&world.value(), Some(book));
    assert_eq!(report.trust_height, Some(4711));
    report.verdict
}

#[test]
fn the_status_at_the_time_of_signing_counts() {
    use SealStatus::{Active, Frozen, Lost, Replaced, Revoked, Withdrawn};
    let (before, after) = (day(2026, 5, 1), day(2026, 7, 1));
    assert_eq!(verdict(&book(&[]), None), Verdict::Valid);
    for (status, reason) in [
        (Frozen, "SEAL_FROZEN"),
        (Revoked, "SEAL_REVOKED"),
        (Withdrawn, "SEAL_WITHDRAWN"),
        (Lost, "SEAL_LOST"),
        (Replaced, "SEAL_REPLACED"),
    ] {
        let found = verdict(&book(&[(before, status)]), None).to_string();
        assert_eq!(found, format!("INVALID({reason})"));
    }
    let lifted = book(&[(before, Frozen), (day(2026, 5, 20), Active)]);
    assert_eq!(verdict(&lifted, None), Verdict::Valid);
    let ended = book(&[(after, Revoked)]);
    assert_eq!(verdict(&ended, None).to_string(), "INDETERMINATE(SEAL_ENDED_NO_TRUSTED_TIME)");
    let block = TimeEvidence::Block { time: day(2026, 6, 2), height: 9 };
    assert_eq!(verdict(&ended, Some(block)), Verdict::ValidLaterRevoked);
}

#[test]
fn a_seal_that_was_not_filed_is_in_doubt() {
    let mut unknown = book(&[]);
    unknown.entry = None;
    assert_eq!(verdict(&unknown, None).to_string(), "INDETERMINATE(SEAL_UNKNOWN)");
    let mut late = book(&[]);
    late.entry.as_mut().unwrap().filed = day(2026, 7, 1);
    assert_eq!(verdict(&late, None).to_string(), "INDETERMINATE(SEAL_NOT_YET_FILED)");
}

#[test]
fn whoever_was_not_admitted_makes_the_seal_invalid_or_doubtful() {
    type Change = fn(&mut Book, Admission);
    let roles: [(&str, Change); 3] = [
        ("VENDOR_NOT_ADMITTED", |book, answer| book.vendor = answer),
        ("MAKER_NOT_ADMITTED", |book, answer| book.maker = answer),
        ("CA_NOT_ADMITTED", |book, answer| book.ca = answer),
    ];
    for (reason, change) in roles {
        for (answer, word) in [
            (Admission::Suspended, "INVALID"),
            (Admission::NotThen, "INVALID"),
            (Admission::Unknown, "INDETERMINATE"),
        ] {
            let mut book = book(&[]);
            change(&mut book, answer);
            assert_eq!(verdict(&book, None).to_string(), format!("{word}({reason})"));
        }
    }
}

#[test]
fn policies_differ_over_what_was_revoked_later() {
    let later = Verdict::ValidLaterRevoked;
    assert_eq!(Policy::Counter.decide(later), Decision::Review);
    assert_eq!(Policy::Tender.decide(later), Decision::Refuse);
    assert_eq!(Policy::Archive.decide(later), Decision::Accept);
    assert_eq!(Policy::named("tender"), Some(Policy::Tender));
}
