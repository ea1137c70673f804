//! Working days: weekends, a published year with its days off and make-up days, and a year that is not published yet.

mod support;

use support::{Chain, START_MS, Teller};
use yinglian_contract_api::{Calendar, Contract, Day, FactValues};
use yinglian_interface::{Value, shape::Unit};

const DAY_MS: u64 = 86_400_000;

/// 2026: Thursday 26 November off (day 330), Saturday 28 November worked (day 332). No other year is known.
fn published(name: &str, key: &[Value]) -> Option<FactValues> {
    assert_eq!(name, "year");
    let days = |day: i128| Value::List(vec![Value::Integer(day)]);
    let facts = [("off".to_owned(), days(330)), ("work".to_owned(), days(332))];
    (key == [Value::Integer(2026)]).then(|| FactValues::from(facts))
}

fn due(contracts: Vec<Box<dyn Contract>>, from_ms: u64, unit: Unit, limit: u32) -> u64 {
    let chain = Chain::new(contracts);
    chain.with_ctx(|ctx| Calendar::new(ctx).due_ms(from_ms, unit, limit).unwrap())
}

/// Last millisecond, in the zone, of the day so many days after Tuesday 2026-11-24.
fn end_of(days: u64) -> u64 {
    START_MS + days * DAY_MS + 16 * 3_600_000 - 1
}

#[test]
fn limits_begin_with_the_next_day_and_end_with_the_last() {
    let none = Vec::new;
    assert_eq!(due(none(), START_MS, Unit::Minutes, 30), START_MS + 1_800_000);
    assert_eq!(due(none(), START_MS, Unit::Days, 10), end_of(10));
    // Wednesday, Thursday, Friday; the fourth is Monday.
    assert_eq!(due(none(), START_MS, Unit::WorkingDays, 3), end_of(3));
    assert_eq!(due(none(), START_MS, Unit::WorkingDays, 4), end_of(6));
    assert_eq!(due(none(), START_MS, Unit::WorkingDays, 0), end_of(0));
    // An hour before midnight in the zone is the same day as noon; an hour after is the next.
    let late = START_MS + 15 * 3_600_000;
    assert_eq!(due(none(), late, Unit::WorkingDays, 1), end_of(1));
    assert_eq!(due(none(), late + 2 * 3_600_000, Unit::WorkingDays, 1), end_of(2));
}

#[test]
fn a_published_year_moves_what_is_due_and_another_year_knows_weekends_only() {
    let calendar = || -> Vec<Box<dyn Contract>> { vec![Box::new(Teller("calendar", published))] };
    // Wednesday, Friday, Saturday is worked, Monday.
    assert_eq!(due(calendar(), START_MS, Unit::WorkingDays, 2), end_of(3));
    assert_eq!(due(calendar(), START_MS, Unit::WorkingDays, 3), end_of(4));
    assert_eq!(due(calendar(), START_MS, Unit::WorkingDays, 4), end_of(6));
    let next_year = START_MS + 365 * DAY_MS;
    assert_eq!(due(calendar(), next_year, Unit::WorkingDays, 1), end_of(366));
}

#[test]
fn working_days_between_are_those_that_a_limit_counts() {
    let chain = Chain::new(vec![Box::new(Teller("calendar", published))]);
    chain.with_ctx(|ctx| {
        let mut calendar = Calendar::new(ctx);
        for limit in 0..40 {
            let due = calendar.due_ms(START_MS, Unit::WorkingDays, limit).unwrap();
            assert_eq!(calendar.between(START_MS, due, Unit::WorkingDays), Ok(limit));
        }
        assert!(calendar.is_working(Day::of(START_MS)).unwrap());
        assert_eq!(calendar.between(START_MS, START_MS + 119_999, Unit::Minutes), Ok(1));
    });
}
