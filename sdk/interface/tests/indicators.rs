//! The statistics of the dispatch loop, from events written as JSON; the expected figures are counted by hand.

mod support;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{DISPATCH, Random, golden, random_record};
use yinglian_interface::{
    Interface, Value,
    indicator::{FigureError, Period, Run},
};

const HOUR: u64 = 3_600_000;
/// 2026-11-24T00:00:00Z.
const DAY: u64 = 1_795_478_400_000;
const PERIOD: Period = Period { from_ms: DAY, to_ms: DAY + 24 * HOUR };

fn time(ms: u64) -> Json {
    json!(yinglian_protocol::calls::format_time(ms).unwrap())
}

fn event(state: &str, source: &str, found_at: u64) -> Json {
    json!({
        "state": state, "clocks": [], "source": source, "class": "E0101", "level": "ordinary", "region": "410402",
        "grid": "41040200100101", "found_at": time(found_at), "reviewed_by_person": false, "returns": 0, "extensions": 0,
        "suspensions": 0, "reworks": 0, "measure": "",
    })
}

fn with(mut event: Json, members: &[(&str, Json)]) -> Json {
    members.iter().for_each(|(name, value)| event[*name] = value.clone());
    event
}

/// Seven events of one day, and one of the day before.
fn events() -> Vec<Json> {
    let (one, two) = (json!("11410400XX0000019H"), json!("11410400XX0000027C"));
    let filed = |event, hour| with(event, &[("filed_at", time(DAY + hour * HOUR))]);
    let sent = |event, unit: &Json, minutes: u64| {
        with(event, &[("unit", unit.clone()), ("dispatched_at", time(DAY + minutes * 60_000))])
    };
    let handled = |event, hour: u64, in_time: bool| {
        with(event, &[("handled_at", time(DAY + hour * HOUR)), ("in_time", json!(in_time))])
    };
    let closed = |event, points: Json| {
        with(event, &[("closed_at", time(DAY + 20 * HOUR)), ("satisfaction", points)])
    };
    vec![
        // Dispatched after 10, 20, 33 and 5 minutes: 68 over 4 is 17.0.
        closed(
            handled(sent(filed(event("archived", "hotline_12345", DAY), 0), &one, 10), 2, true),
            json!(5),
        ),
        closed(
            handled(sent(filed(event("closed", "grid", DAY), 0), &one, 20), 9, false),
            json!(null),
        ),
        with(
            handled(sent(filed(event("rework", "ai_video", DAY), 0), &two, 33), 4, true),
            &[("reviewed_by_person", json!(true)), ("reworks", json!(1))],
        ),
        with(
            sent(filed(event("suspended", "grid", DAY), 0), &two, 5),
            &[("suspensions", json!(1))],
        ),
        with(event("rejected", "ai_video", DAY), &[("reviewed_by_person", json!(true))]),
        with(event("accepted", "ai_video", DAY), &[("reviewed_by_person", json!(true))]),
        event("ai_review", "ai_video", DAY),
        // The day before: in no measure of this period.
        with(
            event("closed", "ai_video", DAY - 48 * HOUR),
            &[
                ("reviewed_by_person", json!(true)),
                ("filed_at", time(DAY - 1)),
                ("dispatched_at", time(DAY - 1)),
                ("handled_at", time(DAY - 1)),
                ("closed_at", time(DAY - 1)),
                ("satisfaction", json!(1)),
            ],
        ),
    ]
}

fn object(interface: &Interface, json: &Json) -> Value {
    let layout = interface.shape().entity("event").unwrap().layout();
    Value::Record(
        interface.codec().parse_record(&layout, json).unwrap_or_else(|e| panic!("{e} {json}")),
    )
}

fn figure(name: &str, events: &[Value]) -> (Vec<i128>, Option<Value>) {
    let interface = golden(DISPATCH);
    let mut run = Run::new(&interface, name, 1, PERIOD).unwrap();
    events.iter().for_each(|event| run.add("event", event).unwrap());
    let figure = run.finish().unwrap();
    let measures = figure.measures.iter().map(|(_, value)| match value {
        Value::Integer(number) => *number,
        other => panic!("{other:?}"),
    });
    (measures.collect(), figure.value)
}

#[test]
fn figures_are_those_counted_by_hand() {
    let interface = golden(DISPATCH);
    let events: Vec<Value> = events().iter().map(|json| object(&interface, json)).collect();
    let decimal = |units, scale| Some(Value::Decimal { units, scale });
    for (name, measures, value) in [
        ("filed", vec![4], Some(Value::Integer(4))),
        ("handled_rate", vec![4, 3], decimal(7500, 4)),
        ("in_time_rate", vec![3, 2], decimal(6667, 4)),
        ("rework_rate", vec![3, 1], decimal(3333, 4)),
        ("ai_precision", vec![3, 2], decimal(6667, 4)),
        ("dispatch_minutes", vec![4, 68 * 60_000], decimal(170, 1)),
        ("suspended", vec![1], Some(Value::Integer(1))),
        ("units", vec![2], Some(Value::Integer(2))),
        ("satisfaction", vec![1, 5], decimal(500, 2)),
    ] {
        assert_eq!(figure(name, &events), (measures, value), "{name}");
    }
    assert_eq!(interface.shape().indicators.len(), 9);
    // Nothing happened: a count is zero, a share has no value.
    assert_eq!(figure("filed", &[]), (vec![0], Some(Value::Integer(0))));
    assert_eq!(figure("handled_rate", &[]), (vec![0, 0], None));
}

#[test]
fn what_is_unknown_or_does_not_fit_gives_no_figure() {
    let interface = golden(DISPATCH);
    assert_eq!(Run::new(&interface, "filed", 2, PERIOD).unwrap_err(), FigureError::Unknown);
    assert_eq!(Run::new(&interface, "gone", 1, PERIOD).unwrap_err(), FigureError::Unknown);
    let mut run = Run::new(&interface, "filed", 1, PERIOD).unwrap();
    assert!(run.add("event", &Value::Bool(true)).is_err());
    // Objects of another entity are not this indicator's.
    run.add("unit", &Value::Bool(true)).unwrap();
    assert_eq!(run.finish().unwrap().value, Some(Value::Integer(0)));
}

proptest! {
    /// Any objects of the entity, in any order: one figure, and no panic.
    #[test]
    fn the_order_of_objects_does_not_matter(seed: u64, count in 0_usize..12) {
        let interface = golden(DISPATCH);
        let layout = interface.shape().entity("event").unwrap().layout();
        let mut random = Random(seed);
        let mut events: Vec<Value> = (0..count)
            .map(|_| Value::Record(random_record(&mut random, &layout, interface.definitions())))
            .collect();
        for indicator in &interface.shape().indicators {
            let period = Period { from_ms: 0, to_ms: u64::MAX };
            let compute = |events: &[Value]| {
                let mut run = Run::new(&interface, indicator.name.as_str(), 1, period).unwrap();
                events.iter().try_for_each(|event| run.add("event", event))?;
                run.finish()
            };
            let forwards = compute(&events);
            events.reverse();
            prop_assert_eq!(forwards, compute(&events));
        }
    }
}
