//! Vectors of docs/specs/envelope.md.

use super::{Chain, bytes, key_value};
use serde_json::{Value, json};
use yinglian_protocol::{Envelope, Leaf, Outcome, codec};

const SENDERS: [&str; 3] = ["vector recorder", "vector administrator", "vector stranger"];

pub fn vectors(chain: &Chain) -> Value {
    let records = (0..chain.leaves.len()).map(|position| {
        let decided = chain.decided(position);
        let label = SENDERS.into_iter().find(|label| {
            key_value(chain.suite, label)["address_text"] == json!(decided.envelope.body.sender)
        });
        json!({
            "envelope": envelope(chain, &decided.envelope, label.unwrap()),
            "outcome": outcome(chain, &decided.outcome),
            "leaf": leaf(chain, &chain.leaves[position]),
        })
    });
    json!({
        "suite": chain.suite,
        "genesis_hash": chain.genesis.hash(),
        "records": records.collect::<Vec<_>>(),
    })
}

fn envelope(chain: &Chain, envelope: &Envelope, label: &str) -> Value {
    let Envelope { body, signature } = envelope;
    assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(envelope));
    json!({
        "sender": key_value(chain.suite, label),
        "contract": body.contract,
        "method": body.method,
        "method_version": body.method_version,
        "arguments": hex::encode(&body.arguments),
        "valid_until_ms": body.valid_until_ms,
        "random": hex::encode(body.random),
        "body": bytes(body),
        "signing_bytes": hex::encode(body.signing_bytes(&chain.genesis.hash())),
        "id": body.id(chain.suite),
        "signature": signature,
        "bytes": bytes(envelope),
        "hash": envelope.hash(chain.suite),
    })
}

fn outcome(chain: &Chain, outcome: &Outcome) -> Value {
    assert_eq!(Outcome::decode(&outcome.encode()).as_ref(), Ok(outcome));
    let writes = outcome.writes.iter().map(|write| {
        json!({ "key": hex::encode(&write.key), "version": write.version, "value_hash": write.value_hash })
    });
    json!({
        "code": outcome.code,
        "events": outcome.events,
        "writes": writes.collect::<Vec<_>>(),
        "bytes": bytes(outcome),
        "hash": outcome.hash(chain.suite),
    })
}

fn leaf(chain: &Chain, leaf: &Leaf) -> Value {
    assert_eq!(codec::decode_strict(&leaf.encode(), 1024).as_ref(), Ok(leaf));
    json!({
        "envelope_hash": leaf.envelope_hash,
        "sender": hex::encode(leaf.sender.to_bytes()),
        "organization": leaf.organization,
        "height": leaf.height,
        "index": leaf.index,
        "time_ms": leaf.time_ms,
        "outcome_hash": leaf.outcome_hash,
        "bytes": bytes(leaf),
        "hash": leaf.hash(chain.suite),
    })
}
