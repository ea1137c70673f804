//! The vectors in `tests/conformance/interface.json`: shapes and their hashes, values in both forms, refusals, expressions.
//! Another implementation follows them; `UPDATE_VECTORS=1` (or `cargo xtask vectors`) writes them anew.

mod support;

use serde_json::{Value as Json, json};
use support::{DISPATCH, MEMBERSHIP, RECORD, golden, golden_path, interface_of, name};
use yinglian_crypto::{SigningKey, Suite};
use yinglian_interface::{
    Definition, Field, Interface, Kept, Pattern, Value,
    expression::{Compiled, Kind, Variables},
};

const VECTORS: &str = "tests/conformance/interface.json";

fn shapes() -> Json {
    let shape = |path: &str| {
        let interface = golden(path);
        json!({
            "file": path,
            "canonical_bytes": interface.canonical_shape().len(),
            "national": interface.shape_hash(Suite::National),
            "international": interface.shape_hash(Suite::International),
        })
    };
    let hashes = [RECORD, MEMBERSHIP, DISPATCH].map(shape);
    json!({ "canonical_example": golden(RECORD).canonical_shape(), "hashes": hashes })
}

/// Definitions that the vectors' types name.
fn definitions() -> Vec<Definition> {
    let definitions = json!([
        {"record": {"name": "pair", "fields": [
            {"name": "left", "type": {"u16": {}}},
            {"name": "right", "type": {"option": {"text": {"max": 16}}}},
        ]}},
        {"choice": {"name": "pick", "cases": [
            {"name": "nothing", "tag": 0},
            {"name": "pair", "tag": 7, "of": {"named": "pair"}},
        ]}},
    ]);
    serde_json::from_value(definitions).unwrap()
}

/// An interface with one argument `f` of a type, and uses of the definitions.
fn one(of: &Json, kept: Kept) -> Interface {
    let field = |text: &str, of: &Json, kept| Field {
        name: name(text),
        of: serde_json::from_value(of.clone()).unwrap(),
        kept,
    };
    let use_all = json!({"option": {"named": "pick"}});
    interface_of(definitions(), vec![field("f", of, kept), field("u", &use_all, Kept::Clear)])
}

/// Types, values in JSON, and the bytes of the value.
fn values() -> Vec<Json> {
    let key = SigningKey::from_seed(Suite::National, b"seed").public_key().clone();
    let cases = [
        (json!("bool"), json!(true)),
        (json!({"u8": {}}), json!(255)),
        (json!({"u16": {}}), json!(258)),
        (json!({"u32": {}}), json!(4_294_967_295_u32)),
        (json!({"u64": {}}), json!("18446744073709551615")),
        (
            json!({"decimal": {"scale": 2, "min_units": "-9999", "max_units": "9999"}}),
            json!("-12.50"),
        ),
        (json!({"decimal": {"scale": 0, "min_units": "0", "max_units": "9"}}), json!("7")),
        (json!("time"), json!("2026-11-24T05:00:00.123Z")),
        (json!({"text": {"max": 16}}), json!("鹰城")),
        (json!({"code": "[A-Z]{2}[0-9]{4}"}), json!("PD2026")),
        (json!({"bytes": {"max": 4}}), json!("00ff")),
        (json!({"fixed": 3}), json!("0a0b0c")),
        (
            json!("digest"),
            json!({"algorithm": "sm3", "value": "07".repeat(32), "length_bytes": "12"}),
        ),
        (json!({"id": "envelope"}), json!("03".repeat(32))),
        (json!({"id": "organization"}), json!("11410400XX0000019H")),
        (json!({"id": "address"}), json!(key.address())),
        (json!({"id": "public_key"}), json!(key)),
        (json!({"id": "region"}), json!("410402")),
        (json!({"id": "name"}), json!("recorder")),
        (json!({"id": {"object": "dispatch.event"}}), json!("E-2026-1")),
        (json!({"option": "bool"}), json!(null)),
        (json!({"option": "bool"}), json!(false)),
        (json!({"list": {"of": {"u8": {}}, "max": 3}}), json!([3, 1, 2])),
        (json!({"named": "pair"}), json!({"left": 1, "right": null})),
        (json!({"named": "pick"}), json!("nothing")),
        (json!({"named": "pick"}), json!({"pair": {"left": 1, "right": "x"}})),
    ];
    let vector = |(of, value): (Json, Json)| {
        let interface = one(&of, Kept::Clear);
        let mut bytes = interface.encode_arguments("m", 1, &json!({"f": value})).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the absent option after it");
        json!({"type": of, "json": value, "bytes": hex::encode(bytes)})
    };
    cases.into_iter().map(vector).collect()
}

/// Bytes that are no value of their type.
fn refused_bytes() -> Vec<Json> {
    let cases = [
        (json!("bool"), "02", "form"),
        (json!("bool"), "", "end"),
        (json!("bool"), "0100", "trailing"),
        (json!({"u8": {"max": "4"}}), "05", "bounds"),
        (json!("time"), "ffffffffffffffff", "form"),
        (json!({"text": {"max": 2}}), "03000000616263", "too_long"),
        (json!({"text": {"max": 9}}), "01000000ff", "form"),
        (json!({"code": "[A-Z]{2}"}), "020000004161", "pattern"),
        (json!({"option": "bool"}), "0201", "form"),
        (json!({"list": {"of": "bool", "max": 1}}), "ffffffff", "too_long"),
        (
            json!({"list": {"of": {"u8": {}}, "max": 2, "unique": true}}),
            "020000000101",
            "duplicate",
        ),
        (json!({"named": "pick"}), "01", "case"),
        (json!({"id": "organization"}), "313134313034303058583030303030313930", "form"),
        (json!("digest"), &format!("03000000736d33{}0c00000000000000", "00".repeat(32)), "form"),
    ]
    .map(|(of, bytes, word)| (of, bytes.to_string(), word));
    let vector = |(of, bytes, word): (Json, String, &str)| {
        let interface = one(&of, Kept::Clear);
        let of_type = serde_json::from_value(of.clone()).unwrap();
        let refusal = interface.codec().decode(&of_type, &hex::decode(&bytes).unwrap(), 1000);
        assert_eq!(refusal.unwrap_err().reason.word(), word, "{of} {bytes}");
        json!({"type": of, "bytes": bytes, "word": word})
    };
    cases.into_iter().map(vector).collect()
}

fn refused_json() -> Vec<Json> {
    let cases = [
        (json!({"u64": {}}), json!(1), "form", "/f"),
        (json!({"u64": {}}), json!("01"), "form", "/f"),
        (
            json!({"decimal": {"scale": 2, "min_units": "0", "max_units": "9"}}),
            json!("0.001"),
            "form",
            "/f",
        ),
        (json!("time"), json!("2026-02-29T00:00:00Z"), "form", "/f"),
        (json!({"fixed": 1}), json!("0A"), "form", "/f"),
        (json!({"named": "pair"}), json!({"left": 1, "middle": 2}), "unknown", "/f/middle"),
        (json!({"named": "pair"}), json!({}), "missing", "/f/left"),
        (json!({"named": "pick"}), json!({"pair": {"left": 65536}}), "bounds", "/f/pair/left"),
        (json!({"named": "pick"}), json!("pair"), "form", "/f"),
        (
            json!({"list": {"of": {"u8": {}}, "max": 2, "unique": true}}),
            json!([1, 1]),
            "duplicate",
            "/f/1",
        ),
    ];
    let vector = |(of, value, word, path): (Json, Json, &str, &str)| {
        let refusal =
            one(&of, Kept::Clear).encode_arguments("m", 1, &json!({"f": value})).unwrap_err();
        assert_eq!((refusal.reason.word(), refusal.path.as_str()), (word, path));
        json!({"type": of, "json": value, "word": word, "path": path})
    };
    cases.into_iter().map(vector).collect()
}

fn patterns() -> Vec<Json> {
    let cases = [
        ("[A-Za-z0-9._:/-]{1,128}", ["docs/README.md", "", "a b", "鹰"]),
        ("[A-Z]{1,3}[-]{0,1}[0-9]{2}", ["AB-12", "A1", "ABCD12", "A--12"]),
        (
            "[0-9A-Z]{18}[1-5]{1}",
            ["11410400XX0000019H1", "11410400XX0000019H6", "1", "11410400xx0000019H1"],
        ),
    ];
    let vector = |(pattern, texts): (&str, [&str; 4])| {
        let parsed = Pattern::parse(pattern).unwrap();
        let matches: Vec<&str> = texts.into_iter().filter(|text| parsed.matches(text)).collect();
        json!({"pattern": pattern, "texts": texts, "match": matches})
    };
    cases.map(vector).into()
}

/// Expressions over n = 7, d = 12.50, t = "鹰城", none, and the list [1, 2, 3].
fn expressions() -> Vec<Json> {
    let variables = Variables::new()
        .with("n", Kind::Integer)
        .with("d", Kind::Decimal)
        .with("t", Kind::Text)
        .with("none", Kind::Option(Box::new(Kind::Integer)))
        .with("list", Kind::List(Box::new(Kind::Integer), 9));
    let given = [
        Value::Integer(7),
        Value::Decimal { units: 1250, scale: 2 },
        Value::Text("鹰城".into()),
        Value::NONE,
        Value::List([1, 2, 3].map(Value::Integer).into()),
    ];
    let given: Vec<&Value> = given.iter().collect();
    let sources = [
        "1 + 2 * n - -3",
        "-n / 2",
        "-n % 4",
        "n / 0",
        "d * 2 + 1",
        "d == decimal('12.5')",
        "ratio(n, 3, 4)",
        "ratio(-1, 8, 2)",
        "ratio(n, 0, 4)",
        "round(d, 0)",
        "round(decimal('2.345'), 2)",
        "size(t) == 2",
        "t.startsWith('鹰') && t in ['鹰城']",
        "none == null || n > 9",
        "none.orValue(n)",
        "list.all(i, i < n)",
        "list.exists(i, i * i == 4)",
        "n > 3 ? d : decimal('0')",
        "days(1) - hours(23)",
        "99999999999999999999999999999999999999 * 10",
    ];
    let vector = |source: &str| {
        let result = Compiled::new(source, &variables).unwrap().evaluate(&given);
        let text = match result {
            Ok(value) => text_of(&value),
            Err(error) => format!("error: {error}"),
        };
        json!({"expression": source, "result": text})
    };
    sources.map(vector).into()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal { units, scale } => format!("{units} * 10^-{scale}"),
        Value::Text(text) => text.clone(),
        Value::Option(None) => "none".into(),
        Value::Option(Some(inner)) => format!("some {}", text_of(inner)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_vectors_are_what_this_crate_gives() {
    let given = json!({
        "shapes": shapes(),
        "definitions": definitions(),
        "values": values(),
        "refused_bytes": refused_bytes(),
        "refused_json": refused_json(),
        "patterns": patterns(),
        "expressions": expressions(),
    });
    let path = golden_path(VECTORS);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, format!("{given:#}\n")).unwrap();
    }
    let stored: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(stored == given, "{VECTORS} differs; this crate gives\n{given:#}");
}
