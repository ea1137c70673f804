//! Places in the order of an index: bytes that sort as the values do, whatever their types.

use yinglian_interface::Value;

/// How much of a text takes part in the order, bytes. Texts that are equal so far stand beside each other; a read compares the whole.
const TEXT_BYTES_MAX: usize = 256;
/// Most places of one object in one index: lists give one for each of their items.
pub const PLACES_MAX: usize = 64;

/// The places that a value stands at: one, or one for each item of a list.
pub fn of(value: &Value) -> Vec<Vec<u8>> {
    let mut places = match value {
        Value::List(items) => items.iter().flat_map(of).collect(),
        Value::Option(Some(inner)) => of(inner)
            .into_iter()
            .map(|mut place| {
                place.insert(0, 1);
                place
            })
            .collect(),
        value => vec![one(value)],
    };
    places.sort();
    places.dedup();
    places.truncate(PLACES_MAX);
    places
}

fn one(value: &Value) -> Vec<u8> {
    match value {
        Value::Bool(value) => vec![u8::from(*value)],
        Value::Integer(number) => number_bytes(*number),
        Value::Decimal { units, .. } => number_bytes(*units),
        Value::Time(ms) => ms.to_be_bytes().to_vec(),
        Value::Text(text) => text_bytes(text.as_bytes()),
        Value::Bytes(bytes) => text_bytes(bytes),
        Value::Choice { case, of } => {
            let mut bytes = u16::try_from(*case).unwrap_or(u16::MAX).to_be_bytes().to_vec();
            bytes.extend(of.iter().flat_map(|inner| one(inner)));
            bytes
        }
        Value::Record(values) | Value::List(values) => values.iter().flat_map(one).collect(),
        Value::Option(None) => vec![0],
        Value::Option(Some(inner)) => [vec![1], one(inner)].concat(),
    }
}

/// Negative numbers before positive ones.
fn number_bytes(number: i128) -> Vec<u8> {
    (number.cast_unsigned() ^ (1 << 127)).to_be_bytes().to_vec()
}

/// A zero within is written as two bytes and the end as another two, so that no text is the beginning of another's bytes.
fn text_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut place = Vec::with_capacity(bytes.len().min(TEXT_BYTES_MAX) + 2);
    for byte in bytes.iter().take(TEXT_BYTES_MAX) {
        place.push(*byte);
        if *byte == 0 {
            place.push(1);
        }
    }
    place.extend([0, 0]);
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn places_sort_as_values_do() {
        let decimal = |units| Value::Decimal { units, scale: 2 };
        let ordered: [Vec<Value>; 5] = [
            vec![Value::NONE, Value::some(text("")), Value::some(text("a"))],
            [i128::from(i64::MIN), -1, 0, 1, 255, 256, i128::from(u64::MAX)]
                .map(Value::Integer)
                .into(),
            vec![decimal(-100), decimal(-1), decimal(0), decimal(99)],
            ["", "\0", "\0\0", "\0a", "a", "a\0", "aa", "b", "平", "顶"].map(text).into(),
            [0, 1, 1 << 40].map(Value::Time).into(),
        ];
        for values in ordered {
            let places: Vec<_> = values.iter().map(|value| of(value).remove(0)).collect();
            assert!(places.is_sorted_by(|one, next| one < next), "{values:?}: {places:?}");
            for (at, place) in places.iter().enumerate() {
                let begins = |other: &&Vec<u8>| other.starts_with(place);
                assert_eq!(places.iter().filter(begins).count(), 1, "{at} of {values:?}");
            }
        }
    }

    #[test]
    fn a_list_stands_at_each_of_its_items_and_a_long_one_at_some() {
        let list = Value::List(vec![text("b"), text("a"), text("b")]);
        assert_eq!(of(&list), [one(&text("a")), one(&text("b"))]);
        assert_eq!(of(&Value::some(list)).len(), 2);
        assert_eq!(of(&Value::List((0..100).map(Value::Integer).collect())).len(), PLACES_MAX);
        assert!(of(&Value::List(vec![])).is_empty());
    }
}
