//! The codec against random interfaces, against an independent struct, and against everything that is almost right.

mod support;

use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{Random, interface_of, name, random_interface, random_record};
use yinglian_interface::{
    Case, DecimalRange, Definition, Field, IdKind, Interface, Kept, Length, ListType, Pattern,
    Range, Reason, Signed, Type, Whole, parse_json,
};
use yinglian_protocol::Code;

const BYTES_MAX: usize = 64 * 1024;

fn arguments(interface: &Interface) -> &[Field] {
    &interface.shape().methods[0].arguments
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Value → bytes → value → JSON → text → JSON → value → bytes, for random types and values.
    #[test]
    fn every_value_survives_bytes_and_json(seed: u64) {
        let mut random = Random(seed);
        let interface = random_interface(&mut random);
        let fields = arguments(&interface);
        let values = random_record(&mut random, fields, interface.definitions());
        let codec = interface.codec();
        let bytes = codec.encode_record(fields, &values, BYTES_MAX).unwrap();
        prop_assert_eq!(&codec.decode_record(fields, &bytes, BYTES_MAX).unwrap(), &values);
        let json = interface.arguments_to_json("m", 1, &bytes).unwrap();
        let read = parse_json(&json.to_string(), BYTES_MAX * 8).unwrap();
        prop_assert_eq!(&read, &json);
        prop_assert_eq!(interface.encode_arguments("m", 1, &read).unwrap(), bytes);
    }

    /// Bytes that differ in one place decode to what they encode, or not at all; shorter and longer ones never.
    #[test]
    fn damaged_bytes_are_refused_or_canonical(seed: u64, at: prop::sample::Index, byte: u8) {
        let mut random = Random(seed);
        let interface = random_interface(&mut random);
        let fields = arguments(&interface);
        let values = random_record(&mut random, fields, interface.definitions());
        let codec = interface.codec();
        let bytes = codec.encode_record(fields, &values, BYTES_MAX).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(codec.decode_record(fields, &bytes[..end], BYTES_MAX).is_err());
        }
        let longer = [bytes.as_slice(), &[byte]].concat();
        prop_assert!(codec.decode_record(fields, &longer, BYTES_MAX).is_err());
        let mut damaged = bytes;
        let at = at.index(damaged.len());
        damaged[at] = byte;
        if let Ok(values) = codec.decode_record(fields, &damaged, BYTES_MAX) {
            prop_assert_eq!(codec.encode_record(fields, &values, BYTES_MAX).unwrap(), damaged);
        }
    }

    #[test]
    fn arbitrary_bytes_and_json_never_panic(
        seed: u64, bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:0-9a-z\\\\ .-]{0,80}",
    ) {
        let interface = random_interface(&mut Random(seed));
        let fields = arguments(&interface);
        if let Ok(values) = interface.codec().decode_record(fields, &bytes, BYTES_MAX) {
            prop_assert_eq!(interface.codec().encode_record(fields, &values, BYTES_MAX).unwrap(), bytes);
        }
        if let Ok(json) = parse_json(&text, 1000) {
            let _ = interface.encode_arguments("m", 1, &json);
        }
    }

    /// One member of valid JSON replaced by something else: refused with a place on the way to it, or another valid value.
    #[test]
    fn json_with_one_wrong_member_says_where(seed: u64, pick: u64, wrong in 0_usize..10) {
        let mut random = Random(seed);
        let interface = random_interface(&mut random);
        let fields = arguments(&interface);
        let values = random_record(&mut random, fields, interface.definitions());
        let mut json = interface.codec().print_record(fields, &values).unwrap();
        let mut places = Vec::new();
        pointers(&json, String::new(), &mut places);
        let place = places[(pick % places.len() as u64) as usize].clone();
        let wrong = [json!(null), json!(true), json!(-1), json!(18_446_744_073_709_551_615_u64), json!("x"),
            json!([]), json!({}), json!({"x": 1}), json!("00"), json!([[1]])][wrong].clone();
        *json.pointer_mut(&place).unwrap() = wrong;
        match interface.encode_arguments("m", 1, &json) {
            Ok(bytes) => prop_assert!(interface.decode_arguments("m", 1, &bytes).is_ok()),
            Err(refusal) => {
                // At the member, below it (a member of what replaced it), or at what holds it (a list that repeats an item).
                let near = refusal.path.starts_with(&place) || place.starts_with(&refusal.path)
                    || refusal.reason == Reason::Duplicate;
                prop_assert!(near, "{} for {}", refusal, place);
                prop_assert!(refusal.code == Code::ARGUMENTS_MALFORMED || refusal.code == Code::TEXT_TOO_LONG);
            }
        }
    }
}

fn pointers(json: &Json, place: String, all: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            members
                .iter()
                .for_each(|(name, value)| pointers(value, format!("{place}/{name}"), all));
        }
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, item)| pointers(item, format!("{place}/{i}"), all));
        }
        _ => {}
    }
    if !place.is_empty() {
        all.push(place);
    }
}

#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
struct Everything {
    flag: bool,
    small: u8,
    medium: u16,
    large: u32,
    huge: u64,
    amount: i64,
    at: u64,
    title: String,
    number: String,
    blob: Vec<u8>,
    hash: [u8; 32],
    digest: (String, [u8; 32], u64),
    envelope: [u8; 32],
    maybe: Option<u32>,
    parts: Vec<Part>,
    choice: Pick,
}

#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
struct Part {
    label: String,
    inner: Option<Vec<u16>>,
}

#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
enum Pick {
    Nothing = 0,
    Number(u64) = 3,
    Part(Part) = 7,
}

fn everything() -> Interface {
    let field = |text: &str, of| Field { name: name(text), of, kept: Kept::Clear };
    let open = Range::default();
    let long = Length { min: 0, max: 40 };
    let list = |of, max| Type::List(Box::new(ListType { of, min: 0, max, unique: false }));
    let case = |text: &str, tag, of| Case { name: name(text), tag, of, code: None };
    let part = Definition::Record {
        name: name("part"),
        fields: vec![
            field("label", Type::Text(long)),
            field("inner", Type::Option(Box::new(list(Type::U16(open), 5)))),
        ],
    };
    let pick = Definition::Choice {
        name: name("pick"),
        cases: vec![
            case("nothing", 0, None),
            case("number", 3, Some(Type::U64(open))),
            case("part", 7, Some(Type::Named(name("part")))),
        ],
    };
    let widest =
        DecimalRange { scale: 2, min_units: Signed(i64::MIN), max_units: Signed(i64::MAX) };
    let fields = vec![
        field("flag", Type::Bool),
        field("small", Type::U8(open)),
        field("medium", Type::U16(open)),
        field("large", Type::U32(open)),
        field("huge", Type::U64(open)),
        field("amount", Type::Decimal(widest)),
        field("at", Type::Time),
        field("title", Type::Text(long)),
        field("number", Type::Code(Pattern::parse("[0-9A-Z]{0,20}").unwrap())),
        field("blob", Type::Bytes(long)),
        field("hash", Type::Fixed(32)),
        field("digest", Type::Digest),
        field("envelope", Type::Id(IdKind::Envelope)),
        field("maybe", Type::Option(Box::new(Type::U32(open)))),
        field("parts", list(Type::Named(name("part")), 4)),
        field("choice", Type::Named(name("pick"))),
    ];
    interface_of(vec![part, pick], fields)
}

fn part() -> impl Strategy<Value = Part> {
    let inner = proptest::option::of(proptest::collection::vec(any::<u16>(), 0..=5));
    ("\\PC{0,10}", inner).prop_map(|(label, inner)| Part { label, inner })
}

prop_compose! {
    fn everything_of()(
        numbers in any::<(bool, u8, u16, u32, u64, i64)>(), at in 0..=yinglian_protocol::calls::TIME_MS_MAX,
        title in "\\PC{0,10}", number in "[0-9A-Z]{0,20}", blob in proptest::collection::vec(any::<u8>(), 0..=40),
        hash: [u8; 32], value: [u8; 32], is_sm3: bool, length: u64, envelope: [u8; 32], maybe: Option<u32>,
        parts in proptest::collection::vec(part(), 0..=4),
        choice in prop_oneof![Just(Pick::Nothing), any::<u64>().prop_map(Pick::Number), part().prop_map(Pick::Part)],
    ) -> Everything {
        let (flag, small, medium, large, huge, amount) = numbers;
        let algorithm = if is_sm3 { "sm3" } else { "sha256" }.to_string();
        Everything { flag, small, medium, large, huge, amount, at, title, number, blob, hash,
            digest: (algorithm, value, length), envelope, maybe, parts, choice }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A struct with derived borsh and its declaration are one encoding, both ways.
    #[test]
    fn an_independent_struct_encodes_the_same(value in everything_of()) {
        let interface = everything();
        let bytes = borsh::to_vec(&value).unwrap();
        let json = interface.arguments_to_json("m", 1, &bytes).unwrap();
        prop_assert_eq!(&json["huge"], &json!(value.huge.to_string()));
        prop_assert_eq!(&json["large"], &json!(value.large));
        prop_assert_eq!(&json["hash"], &json!(hex::encode(value.hash)));
        prop_assert_eq!(&json["title"], &json!(value.title));
        prop_assert_eq!(interface.encode_arguments("m", 1, &json).unwrap(), bytes);
    }

    /// Whatever the declaration reads, the struct reads, and writes again as the same bytes.
    #[test]
    fn an_independent_struct_refuses_the_same(value in everything_of(), at: prop::sample::Index, byte: u8) {
        let interface = everything();
        let mut bytes = borsh::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let ours = interface.decode_arguments("m", 1, &bytes);
        match Everything::try_from_slice(&bytes) {
            Err(_) => prop_assert!(ours.is_err()),
            Ok(value) => {
                prop_assert_eq!(&borsh::to_vec(&value).unwrap(), &bytes);
                // A struct has no bounds; what the declaration refuses beyond it is a bound.
                if let Err(refusal) = ours {
                    let bound = ["bounds", "too_long", "too_short", "pattern", "form"];
                    prop_assert!(bound.contains(&refusal.reason.word()), "{}", refusal);
                }
            }
        }
    }
}

/// An interface with one field `f`.
fn one(of: Type) -> Interface {
    interface_of(Vec::new(), vec![Field { name: name("f"), of, kept: Kept::Clear }])
}

#[test]
fn each_refusal_has_its_word_its_place_and_its_code() {
    let small = Range { min: Some(Whole(2)), max: Some(Whole(5)) };
    let cents = DecimalRange { scale: 2, min_units: Signed(-100), max_units: Signed(100) };
    let list = ListType { of: Type::U8(small), min: 1, max: 2, unique: true };
    let optional = Type::Option(Box::new(Type::Bool));
    let code = Pattern::parse("[A-Z]{2}").unwrap();
    let cases: Vec<(Type, Json, &str, &str, Code)> = vec![
        (Type::Bool, json!({}), "missing", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Bool, json!({"f": true, "a/b": 1}), "unknown", "/a~1b", Code::ARGUMENTS_MALFORMED),
        (Type::Bool, json!([]), "form", "", Code::ARGUMENTS_MALFORMED),
        (Type::Bool, json!({"f": 1}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U8(small), json!({"f": 6}), "bounds", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U8(small), json!({"f": 1}), "bounds", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U8(small), json!({"f": "3"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U64(small), json!({"f": 3}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U64(small), json!({"f": "03"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::U64(small), json!({"f": "6"}), "bounds", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Decimal(cents), json!({"f": "1.01"}), "bounds", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Decimal(cents), json!({"f": "0.001"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Decimal(cents), json!({"f": 1}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Time, json!({"f": "2026-11-24"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (
            Type::Text(Length { min: 1, max: 3 }),
            json!({"f": "中文"}),
            "too_long",
            "/f",
            Code::TEXT_TOO_LONG,
        ),
        (
            Type::Text(Length { min: 1, max: 3 }),
            json!({"f": ""}),
            "too_short",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (Type::Code(code), json!({"f": "ab"}), "pattern", "/f", Code::ARGUMENTS_MALFORMED),
        (
            Type::Bytes(Length { min: 0, max: 1 }),
            json!({"f": "0000"}),
            "too_long",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::Bytes(Length { min: 0, max: 1 }),
            json!({"f": "0A"}),
            "form",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (Type::Fixed(2), json!({"f": "00"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (
            Type::Digest,
            json!({"f": {"algorithm": "md5", "value": "11".repeat(32), "length_bytes": "1"}}),
            "form",
            "/f/algorithm",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::Digest,
            json!({"f": {"algorithm": "sm3", "value": "00".repeat(32), "length_bytes": "1"}}),
            "form",
            "/f/value",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::Digest,
            json!({"f": {"algorithm": "sm3", "value": "11".repeat(32)}}),
            "missing",
            "/f/length_bytes",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::Id(IdKind::Organization),
            json!({"f": "11410400XX00000190"}),
            "form",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (Type::Id(IdKind::Address), json!({"f": "yl1"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (Type::Id(IdKind::Name), json!({"f": "A"}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (
            Type::Id(IdKind::Object(name("a.b"))),
            json!({"f": "a b"}),
            "form",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (optional, json!({"f": 0}), "form", "/f", Code::ARGUMENTS_MALFORMED),
        (
            Type::List(Box::new(list.clone())),
            json!({"f": [2, 9]}),
            "bounds",
            "/f/1",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::List(Box::new(list.clone())),
            json!({"f": [2, 2]}),
            "duplicate",
            "/f/1",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::List(Box::new(list.clone())),
            json!({"f": []}),
            "too_short",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
        (
            Type::List(Box::new(list)),
            json!({"f": [2, 3, 4]}),
            "too_long",
            "/f",
            Code::ARGUMENTS_MALFORMED,
        ),
    ];
    for (of, json, word, path, code) in cases {
        let refusal = one(of).encode_arguments("m", 1, &json).unwrap_err();
        assert_eq!(
            (refusal.reason.word(), refusal.path.as_str(), refusal.code),
            (word, path, code),
            "{json}"
        );
    }
    for (json, word, path) in [
        (json!("other"), "case", "/choice"),
        (json!({"nothing": null}), "form", "/choice"),
        (json!("number"), "form", "/choice"),
        (json!({"number": "1", "part": {}}), "form", "/choice"),
        (json!({"part": {"label": 1}}), "form", "/choice/part/label"),
    ] {
        let interface = everything();
        let mut random = Random(1);
        let values = random_record(&mut random, arguments(&interface), interface.definitions());
        let mut all = interface.codec().print_record(arguments(&interface), &values).unwrap();
        all["choice"] = json;
        let refusal = interface.encode_arguments("m", 1, &all).unwrap_err();
        assert_eq!((refusal.reason.word(), refusal.path.as_str()), (word, path), "{all}");
    }
    assert_eq!(
        everything().encode_arguments("n", 1, &json!({})).unwrap_err().code,
        Code::METHOD_UNKNOWN
    );
    assert_eq!(everything().decode_arguments("m", 2, &[]).unwrap_err().code, Code::METHOD_UNKNOWN);
}

#[test]
fn a_member_that_is_left_out_is_an_absent_option() {
    let interface = one(Type::Option(Box::new(Type::Bool)));
    let absent = interface.encode_arguments("m", 1, &json!({})).unwrap();
    assert_eq!(absent, [0]);
    assert_eq!(interface.encode_arguments("m", 1, &json!({"f": null})).unwrap(), absent);
    assert_eq!(interface.arguments_to_json("m", 1, &absent).unwrap(), json!({"f": null}));
}

#[test]
fn a_count_that_claims_more_than_there_is_costs_nothing() {
    let list = ListType { of: Type::Fixed(256), min: 0, max: 65_536, unique: false };
    let interface = one(Type::List(Box::new(list)));
    for claim in [65_536_u32, 65_537, u32::MAX] {
        assert!(interface.decode_arguments("m", 1, &claim.to_le_bytes()).is_err());
    }
    let refusal = interface.decode_arguments("m", 1, &vec![0; 64 * 1024 + 1]).unwrap_err();
    assert_eq!(refusal.reason, Reason::Size { max: 64 * 1024 });
    // As many items as the type allows, but more bytes than an envelope holds.
    let json = json!({"f": vec!["00".repeat(256); 300]});
    assert_eq!(
        interface.encode_arguments("m", 1, &json).unwrap_err().reason,
        Reason::Size { max: 64 * 1024 }
    );
}

#[test]
fn hidden_fields_have_the_layout_of_what_stands_in_their_place() {
    let field = |kept| Field { name: name("f"), of: Type::Text(Length { min: 0, max: 9 }), kept };
    let committed = interface_of(Vec::new(), vec![field(Kept::Committed)]);
    let bytes = committed.encode_arguments("m", 1, &json!({"f": "07".repeat(32)})).unwrap();
    assert_eq!(bytes, [7; 32]);
    assert!(committed.encode_arguments("m", 1, &json!({"f": "clear"})).is_err());
    let encrypted = interface_of(Vec::new(), vec![field(Kept::Encrypted)]);
    let json = json!({"f": {
        "commitment": "01".repeat(32), "nonce": "02".repeat(12), "ciphertext": "03".repeat(20),
        "keys": [{"organization": "11410400XX0000019H", "key": "04"}],
    }});
    let bytes = encrypted.encode_arguments("m", 1, &json).unwrap();
    assert_eq!(bytes.len(), 32 + 12 + 4 + 20 + 4 + 18 + 4 + 1);
    assert_eq!(encrypted.arguments_to_json("m", 1, &bytes).unwrap(), json);
    // What is hidden is not read by the guard against personal data.
    let values = encrypted.decode_arguments("m", 1, &bytes).unwrap();
    assert!(encrypted.free_texts(&encrypted.shape().methods[0].arguments, &values).is_empty());
}

/// A record that looks like the parts of an encrypted field: only a declared free text in clear is one.
#[test]
fn the_parts_of_an_encrypted_field_are_no_free_texts() {
    let field = |text: &str, of, kept| Field { name: name(text), of, kept };
    let long = Length { min: 0, max: 40 };
    let label = Definition::Record {
        name: name("label"),
        fields: vec![field("text", Type::Text(long), Kept::Clear)],
    };
    let labels = ListType { of: Type::Named(name("label")), min: 0, max: 9, unique: false };
    let secret = Definition::Record {
        name: name("secret"),
        fields: vec![
            field("a", Type::Fixed(32), Kept::Clear),
            field("b", Type::Fixed(12), Kept::Clear),
            field("c", Type::Bytes(long), Kept::Clear),
            field("labels", Type::List(Box::new(labels)), Kept::Clear),
        ],
    };
    let texts = |kept, json: Json| {
        let of = Type::Named(name("secret"));
        let interface =
            interface_of(vec![label.clone(), secret.clone()], vec![field("f", of, kept)]);
        let bytes = interface.encode_arguments("m", 1, &json).unwrap();
        let values = interface.decode_arguments("m", 1, &bytes).unwrap();
        let texts = interface.free_texts(arguments(&interface), &values);
        texts.into_iter().map(String::from).collect::<Vec<_>>()
    };
    let hidden = json!({"f": {
        "commitment": "01".repeat(32), "nonce": "02".repeat(12), "ciphertext": "03".repeat(20),
        "keys": [{"organization": "11410400XX0000019H", "key": "04"}],
    }});
    assert!(texts(Kept::Encrypted, hidden).is_empty());
    let shown = json!({"f": {
        "a": "01".repeat(32), "b": "02".repeat(12), "c": "", "labels": [{"text": "one"}, {"text": "two"}],
    }});
    assert_eq!(texts(Kept::Clear, shown), ["one", "two"]);
}
