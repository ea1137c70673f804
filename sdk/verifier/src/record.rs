//! The readable record of a receipt, derived from it alone, so that a check can derive it again.

use serde_json::{Value, json};
use yinglian_protocol::Receipt;
use yinglian_protocol::calls::{arguments_to_json, format_time};

/// What a receipt's call says, as JSON; none for a call whose layout this program does not know.
pub fn call(receipt: &Receipt) -> Value {
    let body = &receipt.envelope.body;
    let (contract, method, version) =
        (body.contract.as_str(), body.method.as_str(), body.method_version);
    let arguments = arguments_to_json(contract, method, version, &body.arguments).ok();
    json!({ "contract": contract, "method": method, "method_version": version, "arguments": arguments })
}

/// The readable record, as it stands in a package. Proves nothing by itself.
pub fn text(receipt: &Receipt) -> Vec<u8> {
    let leaf = &receipt.leaf;
    let value = json!({
        "record": receipt.envelope.body.id(receipt.header.suite).to_string(),
        "block": leaf.height.0.to_string(),
        "position": receipt.inclusion.index.to_string(),
        "time": format_time(leaf.time_ms),
        "organization": leaf.organization.to_string(),
        "sender": leaf.sender.to_string(),
        "outcome": receipt.outcome.code.to_string(),
        "call": call(receipt),
    });
    let mut text = serde_json::to_vec_pretty(&value).unwrap_or_default();
    text.push(b'\n');
    text
}
