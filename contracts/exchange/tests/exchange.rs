//! Exchanges from channel to reconciliation: what both sides sign, what lies outside its authority, and each refusal by its rule.

#[path = "../../api/tests/support/mod.rs"]
mod support;

use serde_json::{Value as Json, json};
use support::{Chain, START_MS, Sender};
use yinglian_contract_api::{CallError, Order, StateRead, decode_entity};
use yinglian_interface::Interface;
use yinglian_protocol::{Code, calls::format_time};

const PROVIDER: &str = "11410400XX0000019H";
const CONSUMER: &str = "11410400XX0000027C";
const DAY_MS: u64 = 86_400_000;

fn provider() -> Sender {
    Sender::new(PROVIDER, "410400", &["provider"])
}

fn consumer() -> Sender {
    Sender::new(CONSUMER, "410400", &["consumer"])
}

fn authority() -> Sender {
    Sender::new("11410400XX0000086F", "410400", &["authority"])
}

fn time(ms: u64) -> String {
    format_time(ms).unwrap()
}

fn hex(seed: u8) -> String {
    format!("{seed:02x}").repeat(32)
}

fn document(seed: u8) -> Json {
    json!({"algorithm": "sm3", "value": hex(seed), "length_bytes": "10"})
}

/// A chain with an active channel `C1`: items a and b, 1,000 rows a day, thirty days from now.
struct Exchange {
    chain: Chain,
    interface: Interface,
    now_ms: u64,
}

impl Exchange {
    fn new() -> Self {
        let contract = yinglian_exchange::contract().unwrap();
        let interface = contract.machine().interface().clone();
        let chain = Chain::new(vec![Box::new(contract)]);
        let mut exchange = Self { chain, interface, now_ms: START_MS };
        let open =
            json!({"channel": "C1", "consumer": CONSUMER, "kind": "table", "schema": hex(9)});
        exchange.done(&provider(), "open", open);
        exchange.done(&consumer(), "agree", json!({"channel": "C1"}));
        exchange.done(&authority(), "authorize", json!({"channel": "C1", "subscription": "S-1", "items": ["a", "b"], "quota_per_day": "1000", "period": {"from": time(START_MS), "to": time(START_MS + 30 * DAY_MS)}, "document": document(1)}));
        exchange
    }

    fn call(&mut self, sender: &Sender, method: &str, arguments: Json) -> Result<(), CallError> {
        let interface = self.interface.clone();
        self.chain.call(&interface, sender, method, arguments)
    }

    fn done(&mut self, sender: &Sender, method: &str, arguments: Json) {
        self.call(sender, method, arguments).unwrap_or_else(|error| panic!("{method}: {error}"));
    }

    fn refused(&mut self, sender: &Sender, method: &str, arguments: Json) -> String {
        match self.call(sender, method, arguments).unwrap_err() {
            CallError::Refused(code) => code.to_string(),
            CallError::Guard { code, guard } => format!("{code} {guard}"),
            CallError::State(error) => panic!("{error}"),
        }
    }

    fn advance_days(&mut self, days: u64) {
        self.chain.advance_minutes(days * 24 * 60);
        self.now_ms += days * DAY_MS;
    }

    fn object(&self, key: &str) -> Json {
        let value =
            self.chain.registry(key.as_bytes()).unwrap().unwrap_or_else(|| panic!("no {key}"));
        self.interface.object_to_json(value.schema, &value.body).unwrap()
    }

    fn batch(&self, number: u32) -> Json {
        self.object(&format!("exchange.batch/C1/{number}"))
    }

    /// Arguments that close the next batch of so many rows, exchanged in the hour before.
    fn next(&self, rows: u64, root: u8) -> Json {
        let counter = self.chain.registry(b"exchange.counter/C1").unwrap();
        let counter =
            counter.map(|value| self.interface.object_to_json(value.schema, &value.body).unwrap());
        let (number, first, previous) = match &counter {
            Some(found) => (
                found["next_number"].as_u64().unwrap(),
                found["next_seq"].as_str().unwrap().parse::<u64>().unwrap(),
                found["last_root"].as_str().unwrap().to_owned(),
            ),
            None => (1, 1, hex(0)),
        };
        json!({"channel": "C1", "number": number, "schema": hex(9), "items": ["a"],
            "window": {"from": time(self.now_ms), "to": time(self.now_ms + 3_600_000)}, "rows": rows,
            "errors": 0, "root": hex(root), "first_seq": first.to_string(),
            "last_seq": (first + rows - 1).to_string(), "previous": previous, "upstream": [], "corrects": null})
    }

    fn close(&mut self, rows: u64, root: u8) {
        let arguments = self.next(rows, root);
        self.done(&provider(), "close", arguments);
    }

    fn sign(&mut self, number: u32, rows: u64, root: u8) {
        let arguments = json!({"channel": "C1", "number": number, "rows": rows, "root": hex(root)});
        self.done(&consumer(), "countersign", arguments);
    }

    fn order(&self, number: u32, cause: &str) -> Option<Order> {
        let key = Order::key("exchange", "batch", &format!("C1/{number}"), cause);
        let value = self.chain.registry(&key).unwrap()?;
        Some(decode_entity(&key, &value).unwrap())
    }
}

#[test]
fn the_golden_interface_is_made_from_the_declaration() {
    let declared = Interface::from_module(include_str!("../interface.toml"));
    let declared = declared.unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(declared.to_json(), include_str!("../interface.json"));
}

#[test]
fn equal_rows_and_roots_are_countersigned_and_the_sequence_goes_on() {
    let mut exchange = Exchange::new();
    exchange.close(100, 1);
    assert_eq!(exchange.batch(1)["state"], "closed");
    exchange.sign(1, 100, 1);
    let batch = exchange.batch(1);
    assert_eq!((&batch["state"], &batch["standing"]), (&json!("countersigned"), &json!("regular")));
    exchange.close(50, 2);
    let counter = exchange.object("exchange.counter/C1");
    assert_eq!((&counter["next_seq"], &counter["rows_regular"]), (&json!("151"), &json!("150")));
}

#[test]
fn another_root_or_count_is_contested_and_a_correcting_batch_reconciles_it() {
    let mut exchange = Exchange::new();
    exchange.close(100, 1);
    exchange.sign(1, 99, 1);
    assert_eq!(exchange.batch(1)["state"], "contested");
    let reconcile = json!({"channel": "C1", "number": 1, "corrected_by": "C1/2"});
    let agreed = format!("{} corrected_and_agreed", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&consumer(), "reconcile", reconcile.clone()), agreed);
    let mut correcting = exchange.next(99, 2);
    correcting["corrects"] = json!("C1/1");
    exchange.done(&provider(), "close", correcting);
    // Not before both sides agree on the correction.
    assert_eq!(exchange.refused(&consumer(), "reconcile", reconcile.clone()), agreed);
    exchange.sign(2, 99, 2);
    exchange.done(&consumer(), "reconcile", reconcile);
    let batch = exchange.batch(1);
    assert_eq!((&batch["state"], &batch["corrected_by"]), (&json!("reconciled"), &json!("C1/2")));
    let mut again = exchange.next(99, 3);
    again["corrects"] = json!("C1/1");
    let contested = format!("{} corrects_contested", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&provider(), "close", again), contested);
}

#[test]
fn gaps_repetitions_and_rewritten_predecessors_are_refused_and_leave_nothing() {
    let mut exchange = Exchange::new();
    exchange.close(10, 1);
    let follows = format!("{} sequence_follows", Code::GUARD_REFUSED);
    let broken = [("number", json!(3)), ("number", json!(4)), ("previous", json!(hex(8)))];
    for (field, value) in broken {
        let mut arguments = exchange.next(10, 2);
        arguments[field] = value;
        assert_eq!(exchange.refused(&provider(), "close", arguments), follows);
    }
    let mut gap = exchange.next(10, 2);
    (gap["first_seq"], gap["last_seq"]) = (json!("12"), json!("21"));
    assert_eq!(exchange.refused(&provider(), "close", gap), follows);
    let mut count = exchange.next(10, 2);
    count["last_seq"] = json!("21");
    let counts = format!("{} counts_agree", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&provider(), "close", count), counts);
    let mut again = exchange.next(10, 2);
    again["number"] = json!(1);
    assert_eq!(exchange.refused(&provider(), "close", again), Code::OBJECT_EXISTS.to_string());
    assert_eq!(exchange.object("exchange.counter/C1")["next_number"], 2);
}

#[test]
fn each_way_to_leave_the_authority_is_recorded_with_an_order_and_stalls_nothing() {
    let mut exchange = Exchange::new();
    let late_window =
        json!({"from": time(START_MS + 29 * DAY_MS), "to": time(START_MS + 31 * DAY_MS)});
    let ways = [
        ("items", json!(["a", "c"]), "outside_items"),
        ("schema", json!(hex(7)), "other_schema"),
        ("window", late_window, "outside_period"),
    ];
    for (number, (field, value, cause)) in (1_u32..).zip(ways) {
        let mut arguments = exchange.next(10, number as u8);
        arguments[field] = value;
        exchange.done(&provider(), "close", arguments);
        let batch = exchange.batch(number);
        assert_eq!((&batch["standing"], &batch["causes"]), (&json!("irregular"), &json!([cause])));
        let order = exchange.order(number, "irregular").unwrap();
        assert_eq!(order.organization.to_string(), PROVIDER);
    }
    let arguments = exchange.next(1_001, 9);
    exchange.done(&provider(), "close", arguments);
    assert_eq!(exchange.batch(4)["causes"], json!(["over_quota"]));
    // What was irregular uses no quota, and the next batch is regular again.
    exchange.close(1_000, 10);
    assert_eq!(exchange.batch(5)["standing"], "regular");
    assert!(exchange.order(5, "irregular").is_none());
    let counter = exchange.object("exchange.counter/C1");
    assert_eq!(
        (&counter["rows_regular"], &counter["rows_irregular"]),
        (&json!("1000"), &json!("1031"))
    );
    exchange.close(1, 11);
    assert_eq!(exchange.batch(6)["causes"], json!(["over_quota"]));
}

#[test]
fn a_gateway_that_comes_back_after_a_suspension_reports_regular_batches_late_and_the_others_irregular()
 {
    let mut exchange = Exchange::new();
    let before = exchange.next(10, 1);
    exchange.advance_days(1);
    exchange.done(&authority(), "suspend", json!({"channel": "C1", "document": document(2)}));
    let during =
        json!({"from": time(exchange.now_ms + 1_000), "to": time(exchange.now_ms + 2_000)});
    exchange.advance_days(1);
    // Reported while the channel is suspended, and about the time before it.
    exchange.done(&provider(), "close", before);
    let batch = exchange.batch(1);
    assert_eq!((&batch["standing"], &batch["late"]), (&json!("regular"), &json!(true)));
    exchange.done(&authority(), "resume", json!({"channel": "C1", "document": document(3)}));
    let mut arguments = exchange.next(10, 2);
    arguments["window"] = during;
    exchange.done(&provider(), "close", arguments);
    assert_eq!(exchange.batch(2)["causes"], json!(["suspended"]));
    exchange.close(10, 3);
    let batch = exchange.batch(3);
    assert_eq!((&batch["standing"], &batch["late"]), (&json!("regular"), &json!(false)));
}

#[test]
fn one_side_alone_stands_unilaterally_after_the_limit_and_the_other_may_still_sign() {
    let mut exchange = Exchange::new();
    exchange.close(10, 1);
    let key = json!({"channel": "C1", "number": 1});
    let running = Code::CLOCK_RUNNING.to_string();
    assert_eq!(exchange.refused(&provider(), "lapse", key.clone()), running);
    // Tuesday and three working days: over on Friday night.
    exchange.advance_days(3);
    assert_eq!(exchange.refused(&provider(), "lapse", key.clone()), running);
    exchange.advance_days(1);
    let order = json!({"channel": "C1", "number": 1, "clock": "countersign"});
    exchange.done(&authority(), "batch.order", order);
    assert_eq!(exchange.order(1, "countersign").unwrap().organization.to_string(), CONSUMER);
    exchange.done(&provider(), "lapse", key);
    assert_eq!(exchange.batch(1)["state"], "unilateral");
    exchange.sign(1, 10, 1);
    assert_eq!(exchange.batch(1)["state"], "countersigned");
}

#[test]
fn nobody_else_acts_for_a_side_and_no_channel_works_before_it_is_authorized() {
    let mut exchange = Exchange::new();
    let stranger = Sender::new("11410400XX0000086F", "410400", &["provider", "consumer"]);
    let mismatch = Code::ACTOR_MISMATCH.to_string();
    let arguments = exchange.next(10, 1);
    assert_eq!(exchange.refused(&stranger, "close", arguments), mismatch);
    exchange.close(10, 1);
    let sign = json!({"channel": "C1", "number": 1, "rows": 10, "root": hex(1)});
    assert_eq!(exchange.refused(&stranger, "countersign", sign), mismatch);
    let open = json!({"channel": "C2", "consumer": CONSUMER, "kind": "table", "schema": hex(9)});
    exchange.done(&provider(), "open", open);
    let mut early = exchange.next(10, 1);
    (early["channel"], early["number"]) = (json!("C2"), json!(1));
    (early["first_seq"], early["last_seq"], early["previous"]) =
        (json!("1"), json!("10"), json!(hex(0)));
    let force = format!("{} channel_in_force", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&provider(), "close", early.clone()), force);
    early["channel"] = json!("C3");
    assert_eq!(exchange.refused(&provider(), "close", early), Code::OBJECT_UNKNOWN.to_string());
    let own = json!({"channel": "C4", "consumer": PROVIDER, "kind": "table", "schema": hex(9)});
    let differ = format!("{} parties_differ", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&provider(), "open", own), differ);
    let disorder = json!({"channel": "C1", "subscription": "S-1", "items": [], "quota_per_day": "1", "period": {"from": time(2), "to": time(1)}, "document": document(1)});
    let order = format!("{} period_in_order", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&authority(), "authorize", disorder), order);
}

#[test]
fn lineage_names_batches_that_exist_and_quality_is_judged_under_published_rules() {
    let mut exchange = Exchange::new();
    exchange.close(10, 1);
    let mut derived = exchange.next(10, 2);
    derived["upstream"] = json!(["C1/7"]);
    let known = format!("{} upstream_known", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&provider(), "close", derived.clone()), known);
    derived["upstream"] = json!(["C1/1"]);
    exchange.done(&provider(), "close", derived);
    assert_eq!(exchange.batch(2)["upstream"], json!(["C1/1"]));
    let report = |number: u32| json!({"channel": "C1", "number": number, "rule_set": "gbt36344", "rule_version": 1, "normativity": "0.98", "completeness": null, "accuracy": null, "consistency": null, "timeliness": null, "accessibility": null, "passed": 98, "failed": 2, "sample_root": null});
    assert_eq!(
        exchange.refused(&consumer(), "report_quality", report(1)),
        Code::FACT_UNKNOWN.to_string()
    );
    let rules = json!({"rule_set": "gbt36344", "rule_version": 1, "document": document(4)});
    exchange.done(&authority(), "publish_rules", rules);
    exchange.done(&consumer(), "report_quality", report(1));
    let batch = format!("{} batch_known", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&consumer(), "report_quality", report(7)), batch);
    let key = json!({"rule_set": "gbt36344", "rule_version": 1});
    exchange.done(&authority(), "retire_rules", key);
    let force = format!("{} rules_in_force", Code::GUARD_REFUSED);
    assert_eq!(exchange.refused(&consumer(), "report_quality", report(2)), force);
}

#[test]
fn an_objection_goes_through_audit_answer_recheck_and_evaluation() {
    let mut exchange = Exchange::new();
    let object = json!({"objection_no": "O1", "type": "use", "handler": PROVIDER, "batch": null, "record": hex(3), "description": document(5), "basis": null});
    exchange.done(&consumer(), "object", object);
    let number = json!({"objection_no": "O1"});
    // Another key of the same department audits.
    let same = exchange.refused(&consumer(), "pass_audit", number.clone());
    assert_eq!(same, Code::SAME_SIGNER.to_string());
    let head = Sender { seed: 200, ..consumer() };
    exchange.done(&head, "pass_audit", number.clone());
    let answer = json!({"objection_no": "O1", "result": "no_error"});
    let mismatch = Code::ACTOR_MISMATCH.to_string();
    assert_eq!(exchange.refused(&consumer(), "answer", answer.clone()), mismatch);
    exchange.done(&provider(), "answer", answer);
    exchange.done(&consumer(), "ask_recheck", number.clone());
    exchange.advance_days(20);
    let order = json!({"objection_no": "O1", "clock": "handle"});
    exchange.done(&consumer(), "objection.order", order);
    let answer = json!({"objection_no": "O1", "result": "corrected"});
    exchange.done(&provider(), "answer", answer);
    exchange.done(&consumer(), "dispute", number.clone());
    let settle = json!({"objection_no": "O1", "result": "corrected", "basis": document(6)});
    exchange.done(&authority(), "settle", settle);
    let rating = |rating: u8| json!({"objection_no": "O1", "rating": rating, "solved": true});
    exchange.done(&consumer(), "evaluate", rating(5));
    let objection = exchange.object("exchange.objection/O1");
    assert_eq!((&objection["state"], &objection["rechecks"]), (&json!("evaluated"), &json!(1)));
    let ended = exchange.refused(&consumer(), "cancel", number);
    assert_eq!(ended, Code::STATE_MISMATCH.to_string());
}
