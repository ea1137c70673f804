//! Orders from two contracts in one list: raised by their service in this contract's layout, answered, returned, accepted.

#[path = "../../api/tests/support/mod.rs"]
mod support;

use serde_json::{Value as Json, json};
use support::{Chain, START_MS, Sender};
use yinglian_contract_api::{CallError, Declared, Machine, MachineContract, Order, StateRead};
use yinglian_interface::Interface;
use yinglian_protocol::Code;

const EXCHANGE: &str = include_str!("../../exchange/interface.json");
const PROVIDER: &str = "11410400XX0000019H";
const CONSUMER: &str = "11410400XX0000027C";

fn document(seed: u8) -> Json {
    json!({"algorithm": "sm3", "value": format!("{seed:02x}").repeat(32), "length_bytes": "10"})
}

fn refused(result: Result<(), CallError>) -> String {
    match result.unwrap_err() {
        CallError::Refused(code) => code.to_string(),
        CallError::Guard { code, guard } => format!("{code} {guard}"),
        CallError::State(error) => panic!("{error}"),
    }
}

#[test]
fn the_golden_interface_is_made_from_the_declaration() {
    let declared = Interface::from_module(include_str!("../interface.toml"));
    let declared = declared.unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(declared.to_json(), include_str!("../interface.json"));
}

#[test]
fn an_overdue_object_of_another_contract_brings_an_order_that_is_answered_returned_and_accepted() {
    let exchange = Interface::from_json(EXCHANGE).unwrap();
    let contract = yinglian_supervision::contract().unwrap();
    let own = contract.machine().interface().clone();
    let machine = Machine::new(exchange.clone()).unwrap_or_else(|faults| panic!("{faults:?}"));
    // Objections need no code: the table alone plays them.
    let objections = MachineContract::new(machine, Declared);
    let mut chain = Chain::new(vec![Box::new(objections), Box::new(contract)]);
    let consumer = Sender::new(CONSUMER, "410400", &["consumer"]);
    let provider = Sender::new(PROVIDER, "410400", &["provider"]);
    let authority = Sender::new("11410400XX0000086F", "410400", &["authority"]);
    let object = json!({"objection_no": "O1", "type": "use", "handler": PROVIDER, "batch": null,
        "record": "07".repeat(32), "description": document(5), "basis": null});
    chain.call(&exchange, &consumer, "object", object).unwrap();
    chain.advance_minutes(10 * 24 * 60);
    let overdue = json!({"objection_no": "O1", "clock": "audit"});
    chain.call(&exchange, &provider, "objection.order", overdue).unwrap();

    let key = Order::key("exchange", "objection", "O1", "audit");
    let order = |chain: &Chain| {
        let value = chain.registry(&key).unwrap().unwrap();
        own.object_to_json(value.schema, &value.body).unwrap()
    };
    // The layout that the service writes is the declared one.
    let first = order(&chain);
    assert_eq!(first["state"], "open");
    assert_eq!(
        (&first["organization"], &first["object"], &first["cause"]),
        (&json!(CONSUMER), &json!("O1"), &json!("audit"))
    );
    assert_eq!(
        first["raised"],
        json!(yinglian_protocol::calls::format_time(START_MS + 864_000_000).unwrap())
    );

    let id = json!("exchange:objection:O1:audit");
    let answer = json!({"order": id, "answer": {"text": "已补办审核", "document": document(1)}});
    let stranger = chain.call(&own, &provider, "answer", answer.clone());
    assert_eq!(refused(stranger), Code::ACTOR_MISMATCH.to_string());
    let early = chain.call(&own, &authority, "accept", json!({"order": id}));
    assert_eq!(refused(early), Code::STATE_MISMATCH.to_string());
    chain.call(&own, &consumer, "answer", answer.clone()).unwrap();
    chain.call(&own, &authority, "return", json!({"order": id})).unwrap();
    assert_eq!(
        (&order(&chain)["state"], &order(&chain)["returns"]),
        (&json!("returned"), &json!(1))
    );
    chain.call(&own, &consumer, "answer", answer).unwrap();
    chain.call(&own, &authority, "accept", json!({"order": id})).unwrap();
    assert_eq!(order(&chain)["state"], "accepted");
}

#[test]
fn the_authority_raises_an_order_by_an_act_under_a_number_of_its_own() {
    let contract = yinglian_supervision::contract().unwrap();
    let own = contract.machine().interface().clone();
    let mut chain = Chain::new(vec![Box::new(contract)]);
    let authority = Sender::new("11410400XX0000086F", "410400", &["authority"]);
    let raise = |order: &str| {
        json!({"order": order, "contract": "record", "entity": "record",
        "object": "R1", "cause": "inspection", "organization": PROVIDER, "due": null})
    };
    let taken = chain.call(&own, &authority, "raise", raise("exchange:batch:C1:irregular"));
    assert_eq!(refused(taken), format!("{} number_of_an_act", Code::GUARD_REFUSED));
    chain.call(&own, &authority, "raise", raise("act:2026-17")).unwrap();
    let again = chain.call(&own, &authority, "raise", raise("act:2026-17"));
    assert_eq!(refused(again), Code::OBJECT_EXISTS.to_string());
    chain.call(&own, &authority, "withdraw", json!({"order": "act:2026-17"})).unwrap();
}
