//! Hostile bytes never panic, and what execution does agrees with a model that is much simpler.

mod common;

use common::{Net, Step};
use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_execution::BlockError;
use yinglian_protocol::{Payload, Suite};

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => ("[a-d]", 0_u64..100).prop_map(|(key, number)| Step::Put(key, number)),
        1 => Just(Step::Emit),
        2 => (3001_u16..3004).prop_map(Step::Refuse),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_payload_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..400)) {
        let net = Net::new(Suite::International);
        let mut header = net.build(&[]).executed.header;
        header.payload_hash = Payload::hash(Suite::International, &payload);
        prop_assert!(net.check(&header, &payload).unwrap_err().is_invalid());
    }

    #[test]
    fn a_payload_with_any_byte_changed_is_invalid_and_never_panics(at in 0_usize..600, by in 1_u8..) {
        let net = Net::new(Suite::International);
        let built = net.build(&[net.envelope(1, &[Step::Put("a".into(), 1)]), net.envelope(2, &[])]);
        let mut payload = built.payload;
        let at = at % payload.len();
        payload[at] = payload[at].wrapping_add(by);
        let mut header = built.executed.header;
        prop_assert_eq!(net.check(&header, &payload), Err(BlockError::PayloadHash));
        header.payload_hash = Payload::hash(Suite::International, &payload);
        prop_assert!(net.check(&header, &payload).unwrap_err().is_invalid());
    }

    #[test]
    fn the_registry_after_a_block_is_that_of_the_calls_that_were_applied(
        calls in proptest::collection::vec(proptest::collection::vec(step(), 0..5), 0..12),
    ) {
        let mut net = Net::new(Suite::International);
        let mut model: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let offered: Vec<_> = (0_u8..).zip(&calls).map(|(n, steps)| net.envelope(n, steps)).collect();
        let executed = net.block(&offered);
        for (steps, record) in calls.iter().zip(&executed.outcomes) {
            let refused = steps.iter().any(|step| matches!(step, Step::Refuse(_)));
            prop_assert_eq!(record.outcome.code.is_applied(), !refused);
            if refused {
                continue;
            }
            let last: BTreeMap<_, _> = steps
                .iter()
                .filter_map(|step| if let Step::Put(key, number) = step { Some((key, number)) } else { None })
                .collect();
            for (key, number) in last {
                let entry = model.entry(key.clone()).or_default();
                *entry = (*number, entry.1 + 1);
            }
        }
        for key in ["a", "b", "c", "d"] {
            let held = net.registry(key).map(|value| (net.number(key).unwrap(), value.version));
            prop_assert_eq!(held, model.get(key).copied());
        }
    }
}
