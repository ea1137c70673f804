//! What a single value must hold, whichever side it comes from.

use crate::{
    Reason, Refusal, Value,
    types::{DecimalRange, IdKind, Length, Range, Type},
};
use alloc::{format, string::String, string::ToString};
use yinglian_protocol::{
    Address, Code, CreditCode, Name, PublicKey, Region, calls::TIME_MS_MAX, codec,
};

/// Longest id of an object, bytes.
const OBJECT_ID_BYTES_MAX: usize = 64;
/// Algorithms of a digest.
const DIGEST_ALGORITHMS: [&str; 2] = ["sm3", "sha256"];
/// Longest public key in its encoding, bytes.
pub(super) const PUBLIC_KEY_BYTES_MAX: usize = 66;

/// Bounds of an integer type, and its width in bytes.
pub(crate) fn integer(of: &Type) -> Option<(u64, u64, usize)> {
    let bounds = |range: &Range, widest: u64, bytes: usize| {
        let min = range.min.map_or(0, |min| min.0);
        let max = range.max.map_or(widest, |max| max.0);
        Some((min, max, bytes))
    };
    match of {
        Type::U8(range) => bounds(range, u64::from(u8::MAX), 1),
        Type::U16(range) => bounds(range, u64::from(u16::MAX), 2),
        Type::U32(range) => bounds(range, u64::from(u32::MAX), 4),
        Type::U64(range) => bounds(range, u64::MAX, 8),
        Type::Time => Some((0, TIME_MS_MAX, 8)),
        _ => None,
    }
}

/// Checks a value that holds no other values.
pub(super) fn check(of: &Type, value: &Value) -> Result<(), Refusal> {
    match (of, value) {
        (Type::Bool, Value::Bool(_)) => Ok(()),
        (Type::U8(_) | Type::U16(_) | Type::U32(_) | Type::U64(_), Value::Integer(number)) => {
            let (min, max, _) = integer(of).ok_or_else(declaration)?;
            let inside = i128::from(min) <= *number && *number <= i128::from(max);
            if inside { Ok(()) } else { Err(bounds(min, max)) }
        }
        (Type::Time, Value::Time(ms)) if *ms <= TIME_MS_MAX => Ok(()),
        (Type::Time, Value::Time(_)) => Err(form("a time before the year 10000")),
        (Type::Decimal(range), Value::Decimal { units, scale }) if *scale == range.scale => {
            decimal(range, *units)
        }
        (Type::Text(length), Value::Text(text)) => {
            self::length(length, text.len()).map_err(|refusal| match refusal.reason {
                // The code that people know for it.
                Reason::TooLong { .. } => Refusal { code: Code::TEXT_TOO_LONG, ..refusal },
                _ => refusal,
            })
        }
        (Type::Code(pattern), Value::Text(text)) if pattern.matches(text) => Ok(()),
        (Type::Code(pattern), Value::Text(_)) => {
            Err(Refusal::here(Reason::Pattern { pattern: pattern.source().into() }))
        }
        (Type::Bytes(length), Value::Bytes(bytes)) => self::length(length, bytes.len()),
        (Type::Fixed(width), Value::Bytes(bytes)) if bytes.len() == usize::from(*width) => Ok(()),
        (Type::Digest, Value::Record(parts)) => digest(parts),
        (Type::Id(kind), value) => id(kind, value),
        _ => Err(declaration()),
    }
}

fn declaration() -> Refusal {
    Refusal::here(Reason::Declaration)
}

pub(super) fn form(expected: &'static str) -> Refusal {
    Refusal::here(Reason::Form { expected })
}

fn bounds(min: impl ToString, max: impl ToString) -> Refusal {
    Refusal::here(Reason::Bounds { min: min.to_string(), max: max.to_string() })
}

fn decimal(range: &DecimalRange, units: i128) -> Result<(), Refusal> {
    let (min, max) = (i128::from(range.min_units.0), i128::from(range.max_units.0));
    if (min..=max).contains(&units) {
        return Ok(());
    }
    Err(bounds(format_decimal(min, range.scale), format_decimal(max, range.scale)))
}

/// `-12.50`: as many digits after the point as the scale says.
pub(crate) fn format_decimal(units: i128, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits =
        format!("{:0>width$}", units.unsigned_abs(), width = usize::from(scale).saturating_add(1));
    match digits.split_at_checked(digits.len().saturating_sub(usize::from(scale))) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{digits}"),
    }
}

/// Reads what [`format_decimal`] writes; fewer digits after the point mean zeros.
pub(crate) fn parse_decimal(text: &str, scale: u8) -> Option<i128> {
    let (negative, plain) = match text.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, text),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain_whole = whole == "0" || !whole.starts_with('0');
    let scale = usize::from(scale);
    if !digits(whole) || !digits(fraction) || !plain_whole || plain.ends_with('.') {
        return None;
    }
    let fraction = if plain.contains('.') { fraction } else { "" };
    if fraction.len() > scale {
        return None;
    }
    let units: i128 = format!("{whole}{fraction:0<scale$}").parse().ok()?;
    match (negative, units) {
        (true, 0) => None,
        (true, units) => units.checked_neg(),
        (false, units) => Some(units),
    }
}

fn length(length: &Length, bytes: usize) -> Result<(), Refusal> {
    let within = |limit: u32| usize::try_from(limit).is_ok_and(|limit| bytes <= limit);
    if !within(length.max) {
        return Err(Refusal::here(Reason::TooLong { max: length.max }));
    }
    if length.min > 0 && within(length.min.saturating_sub(1)) {
        return Err(Refusal::here(Reason::TooShort { min: length.min }));
    }
    Ok(())
}

fn digest(parts: &[Value]) -> Result<(), Refusal> {
    let [Value::Text(algorithm), Value::Bytes(value), Value::Integer(length)] = parts else {
        return Err(declaration());
    };
    if !DIGEST_ALGORITHMS.contains(&algorithm.as_str()) {
        return Err(form("sm3 or sha256").within("algorithm"));
    }
    if value.len() != 32 || value.iter().all(|byte| *byte == 0) {
        return Err(form("32 bytes that are not all zero").within("value"));
    }
    if u64::try_from(*length).is_err() { Err(declaration()) } else { Ok(()) }
}

fn id(kind: &IdKind, value: &Value) -> Result<(), Refusal> {
    let (holds, expected) = match (kind, value) {
        (IdKind::Envelope, Value::Bytes(bytes)) => (bytes.len() == 32, "32 bytes"),
        (IdKind::Organization, Value::Text(text)) => {
            (CreditCode::parse(text).is_ok(), "a unified social credit code")
        }
        (IdKind::Address, Value::Bytes(bytes)) => (
            <&[u8; 21]>::try_from(bytes.as_slice())
                .is_ok_and(|bytes| Address::from_bytes(bytes).is_ok()),
            "an address",
        ),
        (IdKind::PublicKey, Value::Bytes(bytes)) => {
            (codec::decode_strict::<PublicKey>(bytes, PUBLIC_KEY_BYTES_MAX).is_ok(), "a public key")
        }
        (IdKind::Region, Value::Text(text)) => (Region::parse(text).is_ok(), "a region code"),
        (IdKind::Name, Value::Text(text)) => (Name::parse(text).is_ok(), "a name"),
        (IdKind::Object(_), Value::Text(text)) => (is_object_id(text), "the id of an object"),
        _ => return Err(declaration()),
    };
    if holds { Ok(()) } else { Err(form(expected)) }
}

fn is_object_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
    (1..=OBJECT_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_text_and_read_back() {
        for (units, scale, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (1250, 2, "12.50"),
            (-7, 0, "-7"),
            (i128::from(i64::MIN), 9, "-9223372036.854775808"),
        ] {
            assert_eq!(format_decimal(units, scale), text);
            assert_eq!(parse_decimal(text, scale), Some(units));
        }
        assert_eq!(parse_decimal("12.5", 2), Some(1250));
        assert_eq!(parse_decimal("12", 2), Some(1200));
        for text in [
            "", "-", ".5", "5.", "1.234", "01", "+1", "-0", "-0.00", "1e3", "1 ", "１", "1.-5",
            "--1",
        ] {
            assert_eq!(parse_decimal(text, 2), None, "{text}");
        }
        assert_eq!(parse_decimal("1.0", 0), None);
    }
}
