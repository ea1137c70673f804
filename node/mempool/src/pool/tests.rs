//! The pool as a state machine: room, order, ends.

use super::*;
use proptest::prelude::*;
use yinglian_crypto::{Signature, SigningKey};
use yinglian_protocol::{Envelope, EnvelopeBody, Height, LogPosition, Name, Suite};

const CODES: [&str; 4] =
    ["11410400XX0000019H", "11410400XX0000027C", "12410400XX00000354", "11410400XX0000043J"];

fn organization(number: usize) -> CreditCode {
    // Any valid code will do; the first 17 characters fix the last.
    let text = CODES.get(number).copied().unwrap_or_default();
    CreditCode::parse(text).unwrap_or_else(|_| generated(number))
}

fn generated(number: usize) -> CreditCode {
    let stem = format!("11410400XX{number:07}");
    let mut ends = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    ends.find_map(|end| CreditCode::parse(&format!("{stem}{end}")).ok()).unwrap()
}

fn envelope_until(number: u32, argument_bytes: usize, valid_until_ms: u64) -> Arc<Prepared> {
    let mut random = [0; 16];
    random[..4].copy_from_slice(&number.to_le_bytes());
    let body = EnvelopeBody {
        format: 1,
        contract: Name::parse("toy").unwrap(),
        method: Name::parse("do").unwrap(),
        method_version: 1,
        arguments: vec![0; argument_bytes],
        sender: SigningKey::from_seed(Suite::International, b"pool").public_key().address(),
        valid_until_ms,
        random,
    };
    Arc::new(Prepared::new(Suite::International, Envelope { body, signature: Signature([0; 64]) }))
}

fn envelope(number: u32) -> Arc<Prepared> {
    envelope_until(number, 10, 1_000_000)
}

fn config(records_max: usize, organization_records_max: usize) -> Config {
    Config { records_max, organization_records_max, ..Config::default() }
}

fn committed(position: u64) -> Committed {
    Committed {
        position: LogPosition(position),
        height: Height(1),
        index: 0,
        time_ms: 1,
        code: Code::APPLIED,
    }
}

fn fill(pool: &mut Pool, organization: CreditCode, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let inserted = pool.insert(envelope(number), organization, u64::from(number));
        assert_eq!(inserted, Ok(Inserted::New));
    }
}

fn ids(envelopes: &[Arc<Prepared>]) -> Vec<EnvelopeId> {
    envelopes.iter().map(|envelope| envelope.id()).collect()
}

fn ids_of(numbers: impl IntoIterator<Item = u32>) -> Vec<EnvelopeId> {
    numbers.into_iter().map(|number| envelope(number).id()).collect()
}

#[test]
fn organisations_take_turns_and_each_is_served_in_the_order_of_arrival() {
    let mut pool = Pool::new(Config::default());
    fill(&mut pool, organization(0), 0..100);
    fill(&mut pool, organization(1), 100..102);
    fill(&mut pool, organization(2), 200..203);
    let taken = pool.take(9, usize::MAX);
    assert_eq!(ids(&taken), ids_of([0, 100, 200, 1, 101, 201, 2, 202, 3]).as_slice());
}

#[test]
fn the_turn_goes_on_where_the_last_block_ended() {
    let mut pool = Pool::new(Config::default());
    for number in 0..3 {
        fill(&mut pool, organization(number), number as u32 * 10..number as u32 * 10 + 5);
    }
    let order: Vec<_> = {
        let mut organizations: Vec<_> = (0..3).map(|n| (organization(n), n as u32 * 10)).collect();
        organizations.sort();
        organizations.into_iter().map(|(_, first)| first).collect()
    };
    let mut firsts = Vec::new();
    for _ in 0..6 {
        let taken = pool.take(1, usize::MAX);
        firsts.push(ids(&taken)[0]);
    }
    let expected: Vec<_> = order.iter().chain(&order).copied().collect();
    assert_eq!(firsts, ids_of(expected));
}

#[test]
fn what_is_taken_stays_until_it_ends() {
    let mut pool = Pool::new(Config::default());
    fill(&mut pool, organization(0), 0..3);
    assert_eq!(ids(&pool.take(10, usize::MAX)), ids(&pool.take(10, usize::MAX)));
    pool.committed(5, [(envelope(1).id(), committed(0))]);
    assert_eq!(ids(&pool.take(10, usize::MAX)), ids_of([0, 2]));
}

#[test]
fn a_block_takes_no_more_bytes_than_asked_for_and_skips_nobody_ahead() {
    let mut pool = Pool::new(Config::default());
    let size_bytes = size(&envelope(0));
    pool.insert(envelope_until(50, 5_000, 1_000_000), organization(0), 0).unwrap();
    fill(&mut pool, organization(0), 1..3);
    fill(&mut pool, organization(1), 10..13);
    // The large one stands before the small ones of its organisation: these wait with it.
    assert_eq!(ids(&pool.take(10, size_bytes * 3)), ids_of([10, 11, 12]));
}

#[test]
fn one_organisation_cannot_fill_the_room_and_the_next_ones_find_theirs() {
    let mut pool = Pool::new(config(100, 100));
    let mut held = Vec::new();
    for number in 0..6 {
        let organization = generated(number + 100);
        let mut count = 0;
        let refusal = loop {
            let sequence = number as u32 * 1_000 + count;
            match pool.insert(envelope(sequence), organization, u64::from(sequence)) {
                Ok(_) => count += 1,
                Err(refusal) => break refusal,
            }
        };
        assert_eq!(refusal.code, Code::QUOTA_EXCEEDED);
        assert!(refusal.retry_after.is_some());
        held.push(count);
    }
    // Each takes half of what the one before left.
    assert_eq!(held, [50, 25, 13, 6, 3, 2]);
}

#[test]
fn an_organisation_holds_no_more_records_or_bytes_than_its_quota() {
    let mut pool = Pool::new(config(1_000, 3));
    fill(&mut pool, organization(0), 0..3);
    let refused = pool.insert(envelope(3), organization(0), 3).unwrap_err();
    assert_eq!(refused.code, Code::QUOTA_EXCEEDED);
    assert_eq!(pool.insert(envelope(4), organization(1), 4), Ok(Inserted::New));
    // One leaves, one may come.
    pool.committed(5, [(envelope(0).id(), committed(0))]);
    assert_eq!(pool.insert(envelope(3), organization(0), 3), Ok(Inserted::New));

    let size_bytes = size(&envelope(0));
    let mut pool =
        Pool::new(Config { organization_bytes_max: size_bytes * 2, ..Config::default() });
    fill(&mut pool, organization(0), 0..2);
    assert_eq!(
        pool.insert(envelope(2), organization(0), 2).unwrap_err().code,
        Code::QUOTA_EXCEEDED
    );
}

#[test]
fn a_full_room_refuses_with_a_time_to_come_back() {
    let mut pool = Pool::new(config(5, 100));
    for number in 0..5 {
        pool.insert(envelope(number), generated(number as usize), u64::from(number)).unwrap();
    }
    let refused = pool.insert(envelope(9), generated(9), 9).unwrap_err();
    assert_eq!(refused.code, Code::MEMPOOL_FULL);
    assert_eq!(refused.retry_after, Some(Duration::from_secs(60)), "no block was ever seen");
    assert_eq!(pool.records(), 5);

    let size_bytes = size(&envelope(0));
    let mut pool = Pool::new(Config { bytes_max: size_bytes * 2, ..Config::default() });
    pool.insert(envelope(0), organization(0), 0).unwrap();
    pool.insert(envelope(1), organization(1), 1).unwrap();
    assert_eq!(pool.insert(envelope(2), organization(2), 2).unwrap_err().code, Code::MEMPOOL_FULL);
}

#[test]
fn the_time_to_come_back_follows_the_pace_of_the_blocks() {
    let mut pool = Pool::new(config(1_000, 1_000));
    for block in 1..100_u64 {
        let records = (0..50).map(|n| (envelope(block as u32 * 50 + n).id(), committed(0)));
        pool.committed(block * 1_000, records);
    }
    // 50 a second: half of 600 leave in about 6 seconds.
    let seconds = pool.refuse(Code::MEMPOOL_FULL, 600).retry_after.unwrap().as_secs();
    assert!((5..=7).contains(&seconds), "{seconds}");
    assert_eq!(pool.refuse(Code::MEMPOOL_FULL, 1).retry_after, Some(Duration::from_secs(1)));
}

#[test]
fn envelopes_expire_by_block_time_and_not_a_millisecond_before() {
    let mut pool = Pool::new(Config::default());
    pool.insert(envelope_until(1, 0, 500), organization(0), 1).unwrap();
    let id = envelope_until(1, 0, 500).id();
    let waiting = pool.subscribe(&id).unwrap();
    assert_eq!(pool.committed(500, []), 0);
    assert!(pool.find(&id).is_some() && waiting.borrow().is_none());
    assert_eq!(pool.committed(501, []), 1);
    assert_eq!(*waiting.borrow(), Some(End::Expired));
    assert_eq!(pool.ended(&id), Some(End::Expired));
    assert_eq!((pool.records(), pool.bytes(), pool.organizations()), (0, 0, 0));
}

#[test]
fn whoever_waits_hears_the_end_once_it_comes() {
    let mut pool = Pool::new(Config::default());
    fill(&mut pool, organization(0), 0..2);
    let (first, second) = (envelope(0).id(), envelope(1).id());
    let waiting = [pool.subscribe(&first).unwrap(), pool.subscribe(&first).unwrap()];
    let other = pool.subscribe(&second).unwrap();
    pool.committed(5, [(first, committed(7))]);
    for receiver in waiting {
        assert_eq!(*receiver.borrow(), Some(End::Committed(committed(7))));
    }
    assert_eq!(*other.borrow(), None);
    pool.end(&second, End::Rejected(Code::KEY_REVOKED));
    assert_eq!(*other.borrow(), Some(End::Rejected(Code::KEY_REVOKED)));
    assert!(pool.subscribe(&first).is_none());
}

#[test]
fn an_envelope_committed_before_it_came_here_does_not_wait() {
    let mut pool = Pool::new(Config::default());
    pool.committed(5, [(envelope(0).id(), committed(3))]);
    let inserted = pool.insert(envelope(0), organization(0), 0);
    assert_eq!(inserted, Ok(Inserted::Committed(committed(3))));
    assert_eq!(pool.records(), 0);
    // A rejection, though, was about the state of then.
    pool.end(&envelope(1).id(), End::Rejected(Code::KEY_REVOKED));
    assert_eq!(pool.insert(envelope(1), organization(0), 1), Ok(Inserted::New));
    assert_eq!(pool.ended(&envelope(1).id()), None);
}

#[test]
fn the_same_envelope_waits_once() {
    let mut pool = Pool::new(Config::default());
    fill(&mut pool, organization(0), 0..1);
    assert_eq!(pool.insert(envelope(0), organization(0), 5), Ok(Inserted::Known));
    assert_eq!(pool.records(), 1);
}

#[derive(Debug, Clone)]
enum Act {
    Insert(u32, usize, u64),
    Commit(Vec<u32>, u64),
    Take(usize, usize),
    Reject(u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (0_u32..30, 0_usize..4, 1_u64..40).prop_map(|(n, o, until)| Act::Insert(n, o, until)),
        1 => (proptest::collection::vec(0_u32..30, 0..5), 0_u64..3).prop_map(|(n, by)| Act::Commit(n, by)),
        1 => (0_usize..10, 0_usize..3_000).prop_map(|(records, bytes)| Act::Take(records, bytes)),
        1 => (0_u32..30).prop_map(Act::Reject),
    ]
}

proptest! {
    #[test]
    fn the_books_always_balance(acts in proptest::collection::vec(act(), 0..80)) {
        let mut pool = Pool::new(Config { records_max: 12, organization_records_max: 5, ..Config::default() });
        let mut model: BTreeMap<EnvelopeId, (usize, usize)> = BTreeMap::new();
        let mut until: BTreeMap<EnvelopeId, u64> = BTreeMap::new();
        // A number always stands for the same envelope.
        let mut made: BTreeMap<u32, Arc<Prepared>> = BTreeMap::new();
        let (mut time_ms, mut sequence) = (0, 0);
        for act in acts {
            match act {
                Act::Insert(number, organization_number, valid_until_ms) => {
                    let envelope = made.entry(number)
                        .or_insert_with(|| envelope_until(number, number as usize * 10, valid_until_ms));
                    sequence += 1;
                    let inserted = pool.insert(Arc::clone(envelope), generated(organization_number), sequence);
                    if inserted == Ok(Inserted::New) {
                        model.insert(envelope.id(), (organization_number, size(envelope)));
                        until.insert(envelope.id(), envelope.envelope().body.valid_until_ms);
                    }
                }
                Act::Commit(numbers, by_ms) => {
                    time_ms += by_ms;
                    let ids: Vec<_> = numbers.iter().filter_map(|n| made.get(n)).map(|e| e.id()).collect();
                    pool.committed(time_ms, ids.iter().map(|id| (*id, committed(0))));
                    ids.iter().for_each(|id| { model.remove(id); });
                    model.retain(|id, _| until[id] >= time_ms);
                }
                Act::Take(records, bytes) => {
                    let taken = pool.take(records, bytes);
                    prop_assert!(taken.len() <= records);
                    prop_assert!(taken.iter().map(|envelope| size(envelope)).sum::<usize>() <= bytes);
                    let distinct: BTreeSet<_> = taken.iter().map(|envelope| envelope.id()).collect();
                    prop_assert_eq!(distinct.len(), taken.len());
                    prop_assert!(distinct.iter().all(|id| model.contains_key(id)));
                }
                Act::Reject(number) => {
                    if let Some(envelope) = made.get(&number) {
                        pool.end(&envelope.id(), End::Rejected(Code::KEY_REVOKED));
                        model.remove(&envelope.id());
                    }
                }
            }
            prop_assert_eq!(pool.records(), model.len());
            prop_assert_eq!(pool.bytes(), model.values().map(|(_, size)| size).sum::<usize>());
            prop_assert_eq!(pool.by_expiry.len(), model.len());
            let organizations: BTreeSet<_> = model.values().map(|(organization, _)| organization).collect();
            prop_assert_eq!(pool.organizations(), organizations.len());
            let everything = pool.take(usize::MAX, usize::MAX);
            prop_assert_eq!(everything.len(), model.len());
        }
    }
}
