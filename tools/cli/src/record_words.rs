//! A record in words: who, when, where, what was called, what was notarised.

use crate::failure::text_of;
use crate::{clock, tr};
use serde_json::{Value, json};
use yinglian_protocol::calls::arguments_to_json;
use yinglian_protocol::calls::record::{self, Digest, Notarize};
use yinglian_protocol::{EnvelopeBody, Proven, Suite, codec, limits};

/// The arguments of `record.notarize`, when that is what was called.
pub fn notarized(body: &EnvelopeBody) -> Option<Notarize> {
    let is_call =
        body.contract.as_str() == record::CONTRACT && body.method.as_str() == record::NOTARIZE;
    let decoded =
        is_call.then(|| codec::decode_strict(&body.arguments, limits::ENVELOPE_BYTES_MAX));
    decoded.and_then(Result::ok)
}

/// Name of a suite's hash in a [`Digest`].
pub fn digest_algorithm(suite: Suite) -> &'static str {
    match suite {
        Suite::National => "sm3",
        Suite::International => "sha256",
    }
}

/// The suite whose hash a digest names.
pub fn digest_suite(digest: &Digest) -> Option<Suite> {
    [Suite::National, Suite::International]
        .into_iter()
        .find(|suite| digest_algorithm(*suite) == digest.algorithm.as_str())
}

/// What a proven receipt says of who and when.
pub fn proven_rows(proven: &Proven) -> Vec<(String, String)> {
    let (code, title) = (proven.code, text_of(proven.code).0);
    let outcome =
        if code.is_applied() { tr!("applied", "已生效") } else { format!("{code} {title}") };
    let (height, position) = (proven.height, proven.position);
    vec![
        (tr!("record", "记录"), proven.envelope_id.to_string()),
        (tr!("recorded at", "记录时间"), clock::in_words(proven.time_ms)),
        (
            tr!("where", "位置"),
            tr!("block {height}, log position {position}", "区块 {height}，日志位置 {position}"),
        ),
        (tr!("organisation", "机构"), proven.organization.to_string()),
        (tr!("signed by", "签名者"), proven.sender.to_string()),
        (tr!("outcome", "结果"), outcome),
    ]
}

/// The same as JSON.
pub fn proven_value(proven: &Proven) -> Value {
    json!({ "id": proven.envelope_id, "position": proven.position, "height": proven.height, "time_ms": proven.time_ms,
            "organization": proven.organization, "sender": proven.sender.to_string(), "code": proven.code.to_string(),
            "applied": proven.code.is_applied() })
}

/// The arguments of a call whose layout this program knows.
fn decoded(body: &EnvelopeBody) -> Option<Value> {
    let (contract, method) = (body.contract.as_str(), body.method.as_str());
    arguments_to_json(contract, method, body.method_version, &body.arguments).ok()
}

/// What was called, and for a notarisation what was notarised.
pub fn call_rows(body: &EnvelopeBody) -> Vec<(String, String)> {
    let mut rows = vec![(
        tr!("call", "调用"),
        format!("{}.{} v{}", body.contract, body.method, body.method_version),
    )];
    let Some(notarized) = notarized(body) else {
        rows.extend(decoded(body).map(|call| (tr!("content", "内容"), call.to_string())));
        return rows;
    };
    let Digest { algorithm, value, length_bytes } = &notarized.digest;
    rows.push((tr!("kind", "类别"), notarized.kind.to_string()));
    rows.push((tr!("business key", "业务编号"), notarized.business_key.clone()));
    rows.push((
        tr!("digest", "摘要"),
        tr!(
            "{algorithm} {value}, {length_bytes} bytes",
            "{algorithm} {value}，{length_bytes} 字节"
        ),
    ));
    if !notarized.title.is_empty() {
        rows.push((tr!("title", "标题"), notarized.title.clone()));
    }
    let source = &notarized.source;
    let clock_words = clock::in_words(source.clock_ms);
    let (system, method) = (&source.system, &source.method);
    let operator = if source.operator_tag.is_empty() { "-" } else { &source.operator_tag };
    rows.push((
        tr!("source", "来源"),
        tr!(
            "system {system}, method {method}, operator {operator}, its clock {clock_words}",
            "系统 {system}，方式 {method}，操作员 {operator}，来源时钟 {clock_words}"
        ),
    ));
    if let Some(correction) = &notarized.corrects {
        let (record, reason) = (correction.record, &correction.reason);
        rows.push((
            tr!("corrects", "更正"),
            tr!("{record}, because: {reason}", "{record}，理由：{reason}"),
        ));
    }
    rows
}

/// The same as JSON.
pub fn call_value(body: &EnvelopeBody) -> Value {
    json!({ "contract": body.contract, "method": body.method, "method_version": body.method_version,
            "valid_until_ms": body.valid_until_ms, "notarize": notarized(body),
            "arguments": decoded(body) })
}
