//! What a declaration costs beside code: one transition of an order run by the machine, and the same transition written by hand; and one
//! batch of the exchange contract, closed and countersigned.
//!
//! `cargo run --release -p yinglian-exchange --example law_cost`. Prints JSON: CPU microseconds of this thread a call. The state is
//! in memory: what the store's reads cost is not in these figures.

use borsh::{BorshDeserialize, BorshSerialize};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use yinglian_contract_api::{
    Call, CallError, CallScope, Contract, Contracts, Ctx, Effects, Order, OrderAnswer, StateError,
    StateRead,
};
use yinglian_crypto::SigningKey;
use yinglian_protocol::{
    Code, CreditCode, EnvelopeId, GenesisHash, Hash, Height, LogPosition, Name, RecordPlace,
    Region, RegistryValue, Suite, calls::record::Digest, codec,
};

const OWN: &str = "11410400XX0000019H";
const OTHER: &str = "11410400XX0000027C";
const NOW_MS: u64 = 1_795_478_400_000;
const ROUNDS: u32 = 20_000;

#[derive(Default)]
struct Memory(BTreeMap<Vec<u8>, RegistryValue>);

impl StateRead for Memory {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Ok(self.0.get(key).cloned())
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(None)
    }
}

/// `supervision.answer`, written by hand as a programmer would.
struct ByHand;

#[derive(BorshSerialize, BorshDeserialize)]
struct Answer {
    order: String,
    answer: OrderAnswer,
}

impl Contract for ByHand {
    fn name(&self) -> &str {
        "supervision"
    }
    fn has_method(&self, name: &str, version: u16) -> bool {
        (name, version) == ("answer", 1)
    }
    fn admit(&self, call: &Call<'_>) -> Result<Vec<String>, Code> {
        let answer: Answer =
            codec::decode_strict(call.arguments, 65_536).map_err(|_| Code::ARGUMENTS_MALFORMED)?;
        Ok(vec![answer.answer.text])
    }
    fn call(&self, ctx: &mut Ctx<'_>, call: &Call<'_>) -> Result<(), CallError> {
        let Answer { order: key, answer } =
            codec::decode_strict(call.arguments, 65_536).map_err(|_| Code::ARGUMENTS_MALFORMED)?;
        let registry_key = format!("supervision.order/{key}").into_bytes();
        let mut order: Order = ctx.read(&registry_key, Code::OBJECT_UNKNOWN)?;
        if ![0, 2].contains(&order.state) {
            return Err(Code::STATE_MISMATCH.into());
        }
        if order.organization != *ctx.organization() {
            return Err(Code::ACTOR_MISMATCH.into());
        }
        order.state = 1;
        order.answer = Some(answer);
        let organization = order.organization.to_string();
        let fields = [
            ("order", key),
            ("contract", order.contract.to_string()),
            ("object", order.object.clone()),
            ("organization", organization),
        ];
        ctx.put(&registry_key, &order)?;
        ctx.emit("order_moved", &fields)
    }
}

/// Runs one call; the effects are given back.
fn run(
    state: &Memory,
    contracts: &Contracts,
    contract: &dyn Contract,
    sender: (&SigningKey, &str),
    call: &Call<'_>,
) -> Effects {
    let roles = ["exchange.provider", "exchange.consumer", "authority"]
        .map(|role| Name::parse(role).unwrap());
    let region = Region::parse("410400").unwrap();
    let scope = CallScope {
        suite: Suite::National,
        genesis: GenesisHash(Hash::ZERO),
        height: Height(9),
        time_ms: NOW_MS + 1,
        parent_time_ms: NOW_MS,
        position: LogPosition(9),
        envelope_id: EnvelopeId(Hash([1; 32])),
        sender: sender.0.public_key().address(),
        organization: CreditCode::parse(sender.1).unwrap(),
        roles: &roles,
        region: &region,
        person: false,
        previous_hash: Hash::ZERO,
    };
    contract.admit(call).unwrap();
    let mut ctx = Ctx::new(call.contract, state, contracts, scope);
    contract.call(&mut ctx, call).unwrap();
    ctx.finish()
}

/// CPU time of this thread, microseconds.
fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Microseconds a round, the least of five runs.
fn measure(mut round: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..5 {
        let start = cpu_us();
        for _ in 0..ROUNDS {
            round();
        }
        least = least.min((cpu_us() - start) / f64::from(ROUNDS));
    }
    least
}

fn main() {
    let key = SigningKey::from_seed(Suite::National, b"bench");
    let contracts = Contracts::default();
    let supervision = yinglian_supervision::contract().unwrap();
    let mut state = Memory::default();
    let name = |text: &str| Name::parse(text).unwrap();
    let order = Order {
        state: 0,
        contract: name("exchange"),
        entity: name("batch"),
        object: "C1/1".into(),
        cause: name("countersign"),
        organization: CreditCode::parse(OWN).unwrap(),
        due_ms: Some(NOW_MS),
        raised_ms: NOW_MS,
        raised_by: EnvelopeId(Hash([2; 32])),
        answer: None,
        returns: 0,
    };
    let order_key = Order::key("exchange", "batch", "C1/1", "countersign");
    state.0.insert(order_key, yinglian_contract_api::first_value(&order));
    let arguments = codec::encode(&Answer {
        order: "exchange:batch:C1:1:countersign".into(),
        answer: OrderAnswer {
            text: "已补办会签，附说明".into(),
            document: Some(Digest {
                algorithm: name("sm3"),
                value: Hash([3; 32]),
                length_bytes: 10,
            }),
        },
    });
    let call =
        Call { contract: "supervision", method: "answer", version: 1, arguments: &arguments };
    let declared = run(&state, &contracts, &supervision, (&key, OWN), &call);
    let by_hand = run(&state, &contracts, &ByHand, (&key, OWN), &call);
    assert_eq!(declared.writes, by_hand.writes, "the two do the same");
    assert_eq!(declared.events, by_hand.events, "the two say the same");
    let declared_us = measure(|| {
        std::hint::black_box(run(&state, &contracts, &supervision, (&key, OWN), &call));
    });
    let by_hand_us = measure(|| {
        std::hint::black_box(run(&state, &contracts, &ByHand, (&key, OWN), &call));
    });

    let exchange = yinglian_exchange::contract().unwrap();
    let interface = exchange.machine().interface().clone();
    let mut state = Memory::default();
    let send = |state: &mut Memory, own: &str, method: &str, json: serde_json::Value| -> Vec<u8> {
        let arguments = interface.encode_arguments(method, 1, &json).unwrap();
        let call = Call { contract: "exchange", method, version: 1, arguments: &arguments };
        let effects = run(state, &contracts, &exchange, (&key, own), &call);
        state.0.extend(effects.writes);
        arguments
    };
    let hash = |seed: u8| format!("{seed:02x}").repeat(32);
    let time = |ms: u64| yinglian_protocol::calls::format_time(ms).unwrap();
    let items: Vec<String> = (0..8).map(|item| format!("item{item}")).collect();
    send(
        &mut state,
        OWN,
        "open",
        serde_json::json!({"channel": "C1", "consumer": OTHER, "kind": "table", "schema": hash(9)}),
    );
    send(&mut state, OTHER, "agree", serde_json::json!({"channel": "C1"}));
    send(
        &mut state,
        OWN,
        "authorize",
        serde_json::json!({"channel": "C1", "subscription": "S1", "items": items, "quota_per_day": "100000000", "period": {"from": time(NOW_MS), "to": time(NOW_MS + 1_000_000)}, "document": {"algorithm": "sm3", "value": hash(1), "length_bytes": "1"}}),
    );
    let close = serde_json::json!({"channel": "C1", "number": 1, "schema": hash(9), "items": items, "window": {"from": time(NOW_MS), "to": time(NOW_MS + 1)}, "rows": 1_000_000, "errors": 0, "root": hash(5), "first_seq": "1", "last_seq": "1000000", "previous": hash(0), "upstream": [], "corrects": null});
    let closing = interface.encode_arguments("close", 1, &close).unwrap();
    let call = Call { contract: "exchange", method: "close", version: 1, arguments: &closing };
    let close_us = measure(|| {
        std::hint::black_box(run(&state, &contracts, &exchange, (&key, OWN), &call));
    });
    send(&mut state, OWN, "close", close);
    let sign =
        serde_json::json!({"channel": "C1", "number": 1, "rows": 1_000_000, "root": hash(5)});
    let signing = interface.encode_arguments("countersign", 1, &sign).unwrap();
    let call =
        Call { contract: "exchange", method: "countersign", version: 1, arguments: &signing };
    let countersign_us = measure(|| {
        std::hint::black_box(run(&state, &contracts, &exchange, (&key, OTHER), &call));
    });
    let round = |us: f64| (us * 100.0).round() / 100.0;
    let figures = serde_json::json!({
        "declared_call_us": round(declared_us),
        "coded_call_us": round(by_hand_us),
        "declared_over_coded": round(declared_us / by_hand_us),
        "exchange_close_us": round(close_us),
        "exchange_countersign_us": round(countersign_us),
        "exchange_batch_us": round(close_us + countersign_us),
    });
    println!("{}", serde_json::to_string_pretty(&figures).unwrap());
}
