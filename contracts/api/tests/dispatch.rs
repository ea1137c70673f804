//! The machine on the city's dispatch loop: rows, actors, guards, facts, clocks, joint acts, corrections, settings and orders, each with
//! its refusal. One guard of that interface is code, and is answered here.

mod support;

use serde_json::{Value as Json, json};
use support::*;
use yinglian_contract_api::{
    Call, CallError, Coded, Ctx, FactValues, Machine, MachineContract, Order, StateRead, View,
    decode_entity,
};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::Code;

const DISPATCH: &str = include_str!("../../../sdk/interface/tests/faces/dispatch.json");

struct Parents;

impl Coded for Parents {
    fn guard(&self, _: &Ctx<'_>, _: &Machine, name: &str, _: View<'_>) -> Result<bool, CallError> {
        assert_eq!(name, "parent_is_open");
        Ok(false)
    }
}

/// Organisations are in service, but the one that ends in 086F.
fn organizations(name: &str, key: &[Value]) -> Option<FactValues> {
    assert_eq!(name, "organization");
    let [Value::Text(code)] = key else { panic!("one code") };
    let known = [CENTRE, UNIT, VERIFIER].contains(&code.as_str());
    let facts = [("suspended".to_owned(), Value::Bool(code == VERIFIER))];
    known.then(|| FactValues::from(facts))
}

const CENTRE: &str = "11410400XX0000019H";
const UNIT: &str = "11410400XX0000027C";
const VERIFIER: &str = "11410400XX0000086F";

fn city() -> Chain {
    let machine = Machine::new(Interface::from_json(DISPATCH).unwrap());
    let machine = machine.unwrap_or_else(|faults| panic!("{faults:?}"));
    let dispatch = MachineContract::new(machine, Parents);
    Chain::new(vec![Box::new(dispatch), Box::new(Teller("membership", organizations))])
}

fn interface() -> Interface {
    Interface::from_json(DISPATCH).unwrap()
}

fn image(seed: u8) -> Json {
    json!({"algorithm": "sm3", "value": format!("{seed:02x}").repeat(32), "length_bytes": "10"})
}

fn report(number: &str, source: &str) -> Json {
    json!({"event_no": number, "source": source, "class": "E0101", "level": "ordinary",
           "region": "410402", "grid": "G1", "found_at": "2026-11-24T00:00:00Z",
           "algorithm": null, "found_image": image(1)})
}

fn centre() -> Sender {
    Sender::new(CENTRE, "410400", &["centre", "source"])
}

fn unit() -> Sender {
    Sender::new(UNIT, "410402", &["unit"])
}

fn state(chain: &Chain, number: &str) -> String {
    let key = format!("dispatch.event/{number}");
    let value = chain.registry(key.as_bytes()).unwrap().unwrap();
    let json = interface().object_to_json(value.schema, &value.body).unwrap();
    json["state"].as_str().unwrap().to_owned()
}

fn object(chain: &Chain, number: &str) -> Json {
    let value = chain.registry(format!("dispatch.event/{number}").as_bytes()).unwrap().unwrap();
    interface().object_to_json(value.schema, &value.body).unwrap()
}

/// An event in the hands of its unit.
fn handling(chain: &mut Chain, number: &str) {
    let no = json!({ "event_no": number });
    let send = |chain: &mut Chain, sender: &Sender, method: &str, arguments: Json| {
        chain
            .call(&interface(), sender, method, arguments)
            .unwrap_or_else(|e| panic!("{method} {e}"));
    };
    send(chain, &centre(), "report", report(number, "grid"));
    send(chain, &centre(), "accept", no.clone());
    send(chain, &centre(), "file", no.clone());
    let order = json!({"event_no": number, "unit": UNIT, "order": image(2)});
    send(chain, &centre(), "dispatch", order);
    send(chain, &unit(), "receive", no.clone());
    send(chain, &unit(), "start", no);
}

fn refused(result: Result<(), CallError>) -> String {
    match result.unwrap_err() {
        CallError::Refused(code) => code.to_string(),
        CallError::Guard { code, guard } => format!("{code} {guard}"),
        CallError::State(error) => panic!("{error}"),
    }
}

#[test]
fn the_loop_runs_from_discovery_to_archive_and_each_step_leaves_its_state() {
    let mut chain = city();
    handling(&mut chain, "A1");
    assert_eq!(state(&chain, "A1"), "handling");
    let handled = json!({"event_no": "A1", "measure": "已清理", "image": image(3)});
    chain.call(&interface(), &unit(), "handle", handled).unwrap();
    let to = json!({"event_no": "A1", "verifier": VERIFIER});
    chain.call(&interface(), &centre(), "send_to_verify", to).unwrap();
    let verifier = Sender::new(VERIFIER, "410400", &["verifier"]);
    let verdict = |passed| json!({"event_no": "A1", "passed": passed, "image": image(4)});
    chain.call(&interface(), &verifier, "verify", verdict(false)).unwrap();
    assert_eq!(state(&chain, "A1"), "rework");
    assert_eq!(object(&chain, "A1")["reworks"], 1);
    chain.call(&interface(), &unit(), "start", json!({"event_no": "A1"})).unwrap();
    let again = json!({"event_no": "A1", "measure": "再次清理", "image": image(5)});
    chain.call(&interface(), &unit(), "handle", again).unwrap();
    let to = json!({"event_no": "A1", "verifier": VERIFIER});
    chain.call(&interface(), &centre(), "send_to_verify", to).unwrap();
    chain.call(&interface(), &verifier, "verify", verdict(true)).unwrap();
    chain.call(&interface(), &centre(), "archive", json!({"event_no": "A1"})).unwrap();
    assert_eq!(state(&chain, "A1"), "archived");
    assert!(chain.events().iter().any(|event| event == "event_closed"));
}

#[test]
fn the_facts_of_the_call_choose_the_row_not_the_caller() {
    let mut chain = city();
    chain.call(&interface(), &centre(), "report", report("V1", "ai_video")).unwrap();
    chain.call(&interface(), &centre(), "report", report("G1", "grid")).unwrap();
    assert_eq!((state(&chain, "V1"), state(&chain, "G1")), ("ai_review".into(), "found".into()));
}

#[test]
fn every_kind_of_refusal_names_its_rule() {
    let mut chain = city();
    let no = json!({"event_no": "B1"});
    let call = |chain: &mut Chain, sender: &Sender, method: &str, arguments: &Json| {
        refused(chain.call(&interface(), sender, method, arguments.clone()))
    };
    assert_eq!(call(&mut chain, &centre(), "accept", &no), Code::OBJECT_UNKNOWN.to_string());
    handling(&mut chain, "B1");
    let twice = report("B1", "grid");
    assert_eq!(call(&mut chain, &centre(), "report", &twice), Code::OBJECT_EXISTS.to_string());
    assert_eq!(call(&mut chain, &centre(), "accept", &no), Code::STATE_MISMATCH.to_string());
    // Another unit, a centre of another region, a role without the relation.
    let other = Sender::new(VERIFIER, "410400", &["unit"]);
    let handled = json!({"event_no": "B1", "measure": "已清理", "image": image(3)});
    let mismatch = Code::ACTOR_MISMATCH.to_string();
    assert_eq!(call(&mut chain, &other, "handle", &handled), mismatch);
    let elsewhere = Sender::new(CENTRE, "410421", &["centre", "lead"]);
    let document = json!({"event_no": "B1", "document": image(9)});
    assert_eq!(call(&mut chain, &elsewhere, "upgrade", &document), mismatch);
    // A guard with its name; the same picture is no proof of handling.
    let same = json!({"event_no": "B1", "measure": "已清理", "image": image(1)});
    let guard = format!("{} other_image", Code::GUARD_REFUSED);
    assert_eq!(call(&mut chain, &unit(), "handle", &same), guard);
    // Facts: an organisation that is suspended, and one that nobody knows.
    chain.call(&interface(), &centre(), "report", report("B2", "grid")).unwrap();
    for method in ["accept", "file"] {
        chain.call(&interface(), &centre(), method, json!({"event_no": "B2"})).unwrap();
    }
    let to = |unit: &str| json!({"event_no": "B2", "unit": unit, "order": image(2)});
    let guard = format!("{} unit_in_service", Code::GUARD_REFUSED);
    assert_eq!(call(&mut chain, &centre(), "dispatch", &to(VERIFIER)), guard);
    let stranger = to("11410400XX0000051W");
    let answer = call(&mut chain, &centre(), "dispatch", &stranger);
    assert_eq!(answer, Code::FACT_UNKNOWN.to_string());
    assert_eq!(state(&chain, "B2"), "filed");
}

#[test]
fn only_a_person_reviews_what_a_camera_saw() {
    let mut chain = city();
    chain.call(&interface(), &centre(), "report", report("V2", "ai_video")).unwrap();
    let no = json!({"event_no": "V2"});
    let system = chain.call(&interface(), &centre(), "review_true", no.clone());
    assert_eq!(refused(system), Code::ACTOR_MISMATCH.to_string());
    let person = Sender { person: true, ..centre() };
    chain.call(&interface(), &person, "review_true", no).unwrap();
    assert_eq!(object(&chain, "V2")["reviewed_by_person"], true);
}

#[test]
fn a_joint_act_takes_two_keys_on_one_version_and_one_text() {
    let mut chain = city();
    handling(&mut chain, "C1");
    let why = |reason: &str| json!({"event_no": "C1", "reason": reason});
    let centre = Sender { roles: vec!["centre".into(), "lead".into()], ..centre() };
    let lead = Sender { seed: 7, roles: vec!["lead".into()], ..Sender::new(CENTRE, "410400", &[]) };
    chain.call(&interface(), &centre, "suspend", why("停电")).unwrap();
    assert_eq!(state(&chain, "C1"), "handling");
    // The same key, though it holds both roles; another text is another act.
    let twice = chain.call(&interface(), &centre, "suspend", why("停电"));
    assert_eq!(refused(twice), Code::SAME_SIGNER.to_string());
    chain.call(&interface(), &lead, "suspend", why("停水")).unwrap();
    assert_eq!(state(&chain, "C1"), "handling");
    chain.call(&interface(), &centre, "suspend", why("停水")).unwrap();
    assert_eq!(state(&chain, "C1"), "suspended");
    let stranger = Sender { seed: 9, ..Sender::new(UNIT, "410402", &["unit"]) };
    handling(&mut chain, "C2");
    let arguments = json!({"event_no": "C2", "reason": "停电"});
    let answer = chain.call(&interface(), &stranger, "suspend", arguments);
    assert_eq!(refused(answer), Code::ACTOR_MISMATCH.to_string());
}

#[test]
fn a_clock_runs_rests_is_extended_once_and_brings_an_order_when_it_is_over() {
    let mut chain = city();
    handling(&mut chain, "D1");
    let clock = |chain: &Chain, name: &str| {
        let clocks = object(chain, "D1")["clocks"].clone();
        let found = clocks.as_array().unwrap().iter().find(|clock| clock["clock"] == name);
        found.unwrap().clone()
    };
    let due = |chain: &Chain| clock(chain, "handle")["due"].as_str().unwrap().to_owned();
    // 240 minutes from the start of the chain's day.
    assert_eq!(due(&chain), "2026-11-24T04:00:00.000Z");
    let order = json!({"event_no": "D1", "clock": "handle"});
    let early = chain.call(&interface(), &unit(), "event.order", order.clone());
    assert_eq!(refused(early), Code::CLOCK_RUNNING.to_string());
    // An hour of rest moves what is due by an hour.
    let why = json!({"event_no": "D1", "reason": "停电"});
    let lead = Sender { seed: 7, roles: vec!["lead".into()], ..Sender::new(CENTRE, "410400", &[]) };
    chain.call(&interface(), &centre(), "suspend", why.clone()).unwrap();
    chain.call(&interface(), &lead, "suspend", why.clone()).unwrap();
    chain.advance_minutes(60);
    chain.call(&interface(), &centre(), "resume", json!({"event_no": "D1"})).unwrap();
    assert_eq!(due(&chain), "2026-11-24T05:00:00.000Z");
    assert_eq!(clock(&chain, "handle")["rested"], 60);
    chain.call(&interface(), &unit(), "request_extension", why.clone()).unwrap();
    chain.call(&interface(), &centre(), "grant_extension", json!({"event_no": "D1"})).unwrap();
    assert_eq!(due(&chain), "2026-11-24T09:00:00.000Z");
    chain.advance_minutes(481);
    chain.call(&interface(), &centre(), "event.order", order.clone()).unwrap();
    let again = chain.call(&interface(), &centre(), "event.order", order);
    assert_eq!(refused(again), Code::ORDER_EXISTS.to_string());
    let key = Order::key("dispatch", "event", "D1", "handle");
    let value = chain.registry(&key).unwrap().unwrap();
    let order: Order = decode_entity(&key, &value).unwrap();
    assert_eq!((order.organization.to_string().as_str(), order.state), (UNIT, 0));
    let handled = json!({"event_no": "D1", "measure": "已清理", "image": image(3)});
    chain.call(&interface(), &unit(), "handle", handled).unwrap();
    assert_eq!(clock(&chain, "handle")["used"], 481);
    assert_eq!(object(&chain, "D1")["in_time"], false);
}

#[test]
fn a_correction_names_its_reason_changes_something_and_keeps_the_version_before() {
    let mut chain = city();
    chain.call(&interface(), &centre(), "report", report("E1", "grid")).unwrap();
    let to = |class: Json| json!({"event_no": "E1", "class": class, "grid": null, "correction_reason": "类别填错"});
    chain.call(&interface(), &centre(), "event.correct", to(json!("E0202"))).unwrap();
    assert_eq!(object(&chain, "E1")["class"], "E0202");
    assert_eq!(chain.registry(b"dispatch.event/E1").unwrap().unwrap().version, 2);
    let same = chain.call(&interface(), &centre(), "event.correct", to(json!("E0202")));
    assert_eq!(refused(same), Code::CORRECTION_EMPTY.to_string());
    let empty = chain.call(&interface(), &centre(), "event.correct", to(json!(null)));
    assert_eq!(refused(empty), Code::CORRECTION_EMPTY.to_string());
    let other = chain.call(&interface(), &unit(), "event.correct", to(json!("E0303")));
    assert_eq!(refused(other), Code::ACTOR_MISMATCH.to_string());
    chain
        .call(&interface(), &centre(), "reject", json!({"event_no": "E1", "reason": "误报"}))
        .unwrap();
    let late = chain.call(&interface(), &centre(), "event.correct", to(json!("E0303")));
    assert_eq!(refused(late), Code::STATE_MISMATCH.to_string());
}

#[test]
fn a_setting_is_an_act_of_the_authority_within_its_bounds() {
    let mut chain = city();
    let authority = Sender::new(CENTRE, "410400", &["authority"]);
    let set = |setting: &str, key: Json, value: u32| json!({"setting": setting, "key": key, "value": value, "document": image(8)});
    let call = |chain: &mut Chain, sender: &Sender, arguments: Json| {
        chain.call(&interface(), sender, "setting.set", arguments)
    };
    let refusals = [
        (centre(), set("limit.dispatch", json!([]), 60), Code::ROLE_MISSING),
        (authority.clone(), set("limit.nothing", json!([]), 60), Code::SETTING_UNKNOWN),
        (authority.clone(), set("limit.dispatch", json!(["E0101"]), 60), Code::SETTING_UNKNOWN),
        (authority.clone(), set("limit.dispatch", json!([]), 4), Code::SETTING_BOUNDS),
        (authority.clone(), set("limit.dispatch", json!([]), 1441), Code::SETTING_BOUNDS),
    ];
    for (sender, arguments, code) in refusals {
        assert_eq!(refused(call(&mut chain, &sender, arguments)), code.to_string());
    }
    call(&mut chain, &authority, set("limit.dispatch", json!([]), 60)).unwrap();
    // Class E0101, level ordinary, the last of four cases.
    call(&mut chain, &authority, set("limit.dispatch", json!(["E0101", "3"]), 90)).unwrap();
    chain.call(&interface(), &centre(), "report", report("F1", "grid")).unwrap();
    let mut other = report("F2", "grid");
    other["class"] = json!("E0102");
    chain.call(&interface(), &centre(), "report", other).unwrap();
    let due = |number| object(&chain, number)["clocks"][0]["due"].as_str().unwrap().to_owned();
    assert_eq!(
        (due("F1").as_str(), due("F2").as_str()),
        ("2026-11-24T01:30:00.000Z", "2026-11-24T01:00:00.000Z")
    );
}

#[test]
fn hostile_arguments_are_refused_at_admission_and_free_texts_are_handed_out() {
    let machine = Machine::new(interface()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let bytes = interface()
        .encode_arguments("reject", 1, &json!({"event_no": "A1", "reason": "误报"}))
        .unwrap();
    let call = Call { contract: "dispatch", method: "reject", version: 1, arguments: &bytes };
    assert_eq!(machine.admit(&call), Ok(vec!["误报".to_owned()]));
    for cut in 0..bytes.len() {
        let cut = Call { arguments: &bytes[..cut], ..call };
        assert_eq!(machine.admit(&cut), Err(Code::ARGUMENTS_MALFORMED));
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let longer = Call { arguments: &longer, ..call };
    assert_eq!(machine.admit(&longer), Err(Code::ARGUMENTS_MALFORMED));
    assert_eq!(machine.admit(&Call { version: 2, ..call }), Err(Code::METHOD_UNKNOWN));
    assert!(machine.cost("handle", 1).unwrap() > 0);
}
