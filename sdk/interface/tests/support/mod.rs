//! Random types, and random values of a type. A seed replays a run.
#![allow(dead_code)]

use yinglian_crypto::{SigningKey, Suite};
use yinglian_interface::{
    Case, DecimalRange, Definition, Definitions, Field, IdKind, Interface, Kept, Length, ListType,
    Pattern, Range, Signed, Type, Value, Whole,
};
use yinglian_protocol::{CreditCode, Name, calls::TIME_MS_MAX, codec};

/// Numbers from a seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// Between two bounds, and often one of them.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        match self.below(4) {
            0 => min,
            1 => max,
            _ => match max.wrapping_sub(min).checked_add(1) {
                Some(width) => min + self.below(width),
                None => self.next(),
            },
        }
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A golden interface of the repository.
pub fn golden(path: &str) -> Interface {
    Interface::from_json(&golden_text(path)).unwrap()
}

pub fn golden_path(path: &str) -> String {
    format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))
}

pub fn golden_text(path: &str) -> String {
    std::fs::read_to_string(golden_path(path)).unwrap()
}

pub const RECORD: &str = "contracts/record/interface.json";
pub const MEMBERSHIP: &str = "contracts/membership/interface.json";
pub const DISPATCH: &str = "sdk/interface/tests/faces/dispatch.json";

/// An interface whose one method `m` takes these fields, with these definitions.
pub fn interface_of(types: Vec<Definition>, arguments: Vec<Field>) -> Interface {
    let mut texts = serde_json::Map::new();
    let text = serde_json::json!({"zh": "文", "en": "text"});
    let mut add = |place: String| texts.insert(place, text.clone());
    add("contract".into());
    add("method/m".into());
    for field in &arguments {
        add(format!("method/m/{}", field.name));
    }
    for definition in &types {
        add(format!("type/{}", definition.name()));
        match definition {
            Definition::Record { name, fields } => {
                fields.iter().for_each(|field| drop(add(format!("type/{name}/{}", field.name))));
            }
            Definition::Choice { name, cases } => {
                cases.iter().for_each(|case| drop(add(format!("type/{name}/{}", case.name))));
            }
        }
    }
    let document = serde_json::json!({
        "shape": {
            "format": 1, "contract": "c", "version": 1, "types": types,
            "methods": [{"name": "m", "version": 1, "arguments": arguments, "actors": [{}]}],
        },
        "texts": texts,
    });
    Interface::from_json(&document.to_string()).unwrap()
}

/// Random definitions and fields that use them all.
pub fn random_interface(random: &mut Random) -> Interface {
    let mut types: Vec<Definition> = Vec::new();
    for index in 0..1 + random.below(4) {
        let own = name(&format!("t{index}"));
        let before: Vec<Name> = types.iter().map(|definition| definition.name().clone()).collect();
        types.push(if random.below(2) == 0 {
            let fields = fields(random, &before);
            Definition::Record { name: own, fields }
        } else {
            let mut tag = random.below(3) as u8;
            let cases = (0..1 + random.below(4)).map(|case| {
                tag += 1 + random.below(5) as u8;
                let of = (random.below(2) == 0).then(|| random_type(random, &before, 2));
                Case { name: name(&format!("c{case}")), tag, of, code: None }
            });
            Definition::Choice { name: own, cases: cases.collect() }
        });
    }
    let names: Vec<Name> = types.iter().map(|definition| definition.name().clone()).collect();
    let mut arguments = fields(random, &names);
    for (index, unused) in names.into_iter().enumerate() {
        let of = Type::Named(unused);
        arguments.push(Field { name: name(&format!("u{index}")), of, kept: Kept::Clear });
    }
    interface_of(types, arguments)
}

fn fields(random: &mut Random, names: &[Name]) -> Vec<Field> {
    let field = |index| {
        let of = random_type(random, names, 3);
        let kept = match (random.below(8), &of) {
            (0, of) if !matches!(of, Type::Option(_)) => Kept::Committed,
            (1, _) => Kept::Encrypted,
            _ => Kept::Clear,
        };
        Field { name: name(&format!("f{index}")), of, kept }
    };
    (0..1 + Random(names.len() as u64 + 77).below(4)).map(field).collect()
}

pub fn random_type(random: &mut Random, names: &[Name], depth: u32) -> Type {
    let range = |random: &mut Random, widest: u64| {
        let one = random.next() & widest;
        let other = random.next() & widest;
        match random.below(3) {
            0 => Range { min: None, max: None },
            1 => Range { min: Some(Whole(one.min(other))), max: None },
            _ => Range { min: Some(Whole(one.min(other))), max: Some(Whole(one.max(other))) },
        }
    };
    let kinds = if depth == 0 { 20 } else { 26 };
    match random.below(kinds) {
        0 => Type::Bool,
        1 => Type::U8(range(random, 0xff)),
        2 => Type::U16(range(random, 0xffff)),
        3 => Type::U32(range(random, 0xffff_ffff)),
        4 | 5 => Type::U64(range(random, u64::MAX)),
        6 | 7 => {
            let (one, other) = (random.next() as i64, random.next() as i64);
            Type::Decimal(DecimalRange {
                scale: random.below(10) as u8,
                min_units: Signed(one.min(other)),
                max_units: Signed(one.max(other)),
            })
        }
        8 => Type::Time,
        9 => Type::Text(Length { min: random.below(3) as u32, max: 3 + random.below(40) as u32 }),
        10 => Type::Code(Pattern::parse("[A-Z]{1,3}[-]{0,1}[0-9]{2,4}").unwrap()),
        11 => Type::Bytes(Length { min: random.below(3) as u32, max: 3 + random.below(40) as u32 }),
        12 => Type::Fixed(1 + random.below(64) as u16),
        13 => Type::Digest,
        14..20 => Type::Id(match random.below(7) {
            0 => IdKind::Envelope,
            1 => IdKind::Organization,
            2 => IdKind::Address,
            3 => IdKind::PublicKey,
            4 => IdKind::Region,
            5 => IdKind::Name,
            _ => IdKind::Object(name("c.e")),
        }),
        20 | 21 => match random_type(random, names, depth - 1) {
            Type::Option(inner) => Type::Option(inner),
            inner => Type::Option(Box::new(inner)),
        },
        22 | 23 if !names.is_empty() => {
            Type::Named(names[random.below(names.len() as u64) as usize].clone())
        }
        _ => {
            let of = random_type(random, names, depth - 1);
            let unique = random.below(3) == 0;
            // A type of one value only cannot fill a list without repeating it.
            Type::List(Box::new(ListType { of, min: 0, max: 1 + random.below(5) as u32, unique }))
        }
    }
}

/// A credit code with a valid check character.
pub fn credit_code(random: &mut Random) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body: String = (0..17).map(|_| char::from(ALPHABET[random.below(31) as usize])).collect();
    let mut codes = ALPHABET.iter().map(|last| format!("{body}{}", char::from(*last)));
    codes.find(|code| CreditCode::parse(code).is_ok()).unwrap()
}

fn text(random: &mut Random, bytes: usize) -> String {
    const LETTERS: [char; 8] = ['a', 'Z', ' ', '"', '\\', 'é', '中', '𝄞'];
    let mut text = String::new();
    while text.len() < bytes {
        let letter = LETTERS[random.below(8) as usize];
        text.push(if text.len() + letter.len_utf8() <= bytes { letter } else { 'x' });
    }
    text
}

/// A random value of a type.
pub fn random_value(random: &mut Random, of: &Type, definitions: &Definitions) -> Value {
    let width = |range: &Range, widest: u64| {
        (range.min.map_or(0, |min| min.0), range.max.map_or(widest, |max| max.0))
    };
    let mut integer = |range: &Range, widest: u64| {
        let (min, max) = width(range, widest);
        Value::Integer(random.between(min, max).into())
    };
    match of {
        Type::Bool => Value::Bool(random.below(2) == 0),
        Type::U8(range) => integer(range, 0xff),
        Type::U16(range) => integer(range, 0xffff),
        Type::U32(range) => integer(range, 0xffff_ffff),
        Type::U64(range) => integer(range, u64::MAX),
        Type::Decimal(range) => {
            let (min, max) = (i128::from(range.min_units.0), i128::from(range.max_units.0));
            let width = u64::try_from(max - min).unwrap();
            let units = min + i128::from(random.between(0, width));
            Value::Decimal { units, scale: range.scale }
        }
        Type::Time => Value::Time(random.between(0, TIME_MS_MAX)),
        Type::Text(length) => {
            let bytes = random.between(length.min.into(), length.max.into()) as usize;
            Value::Text(text(random, bytes))
        }
        Type::Code(pattern) => {
            Value::Text(pattern.example(|below| random.below(below.into()) as u32))
        }
        Type::Bytes(length) => {
            // A ciphertext may be long; what is tested does not depend on it.
            let max = length.max.min(length.min + 60);
            let count = random.between(length.min.into(), max.into()) as usize;
            Value::Bytes(random.bytes(count))
        }
        Type::Fixed(width) => Value::Bytes(random.bytes((*width).into())),
        Type::Digest => Value::Record(vec![
            Value::Text(["sm3", "sha256"][random.below(2) as usize].into()),
            Value::Bytes(random.bytes(32)),
            Value::Integer(random.between(0, u64::MAX).into()),
        ]),
        Type::Id(kind) => random_id(random, kind),
        Type::Option(inner) => match random.below(3) {
            0 => Value::NONE,
            _ => Value::some(random_value(random, inner, definitions)),
        },
        Type::List(list) => {
            let count = random.between(list.min.into(), list.max.min(list.min + 5).into());
            let mut items = Vec::new();
            for _ in 0..count {
                let item = random_value(random, &list.of, definitions);
                if !list.unique || !items.contains(&item) {
                    items.push(item);
                }
            }
            Value::List(items)
        }
        Type::Named(name) => match definitions.find(name).unwrap() {
            Definition::Record { fields, .. } => {
                Value::Record(random_record(random, fields, definitions))
            }
            Definition::Choice { cases, .. } => {
                let case = random.below(cases.len() as u64) as usize;
                let of = cases[case].of.as_ref();
                let of = of.map(|of| Box::new(random_value(random, of, definitions)));
                Value::Choice { case, of }
            }
        },
    }
}

pub fn random_record(
    random: &mut Random,
    fields: &[Field],
    definitions: &Definitions,
) -> Vec<Value> {
    fields.iter().map(|field| random_value(random, &field.layout(), definitions)).collect()
}

fn random_id(random: &mut Random, kind: &IdKind) -> Value {
    let suite = Suite::ALL[random.below(2) as usize];
    let key = || SigningKey::from_seed(suite, b"seed").public_key().clone();
    match kind {
        IdKind::Envelope => Value::Bytes(random.bytes(32)),
        IdKind::Organization => Value::Text(credit_code(random)),
        IdKind::Address => {
            let mut bytes = random.bytes(21);
            bytes[0] = suite.id();
            Value::Bytes(bytes)
        }
        IdKind::PublicKey => Value::Bytes(codec::encode(&key())),
        IdKind::Region => {
            let digits = [6, 9, 12][random.below(3) as usize];
            Value::Text((0..digits).map(|_| char::from(b'1' + random.below(9) as u8)).collect())
        }
        IdKind::Name => {
            Value::Text(["a", "recorder", "a.b-c_9", "z1"][random.below(4) as usize].into())
        }
        IdKind::Object(_) => Value::Text(["A", "a/b:c.d-e_9"][random.below(2) as usize].into()),
    }
}
