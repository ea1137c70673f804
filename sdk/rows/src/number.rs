//! Type N: decimal numbers, written out in one way.
use crate::FieldError;
use alloc::vec::Vec;
use core::iter;

/// Appends the canonical text of a number: digits without leading zeros, and exactly `scale` digits after the point.
pub fn append(text: &str, length: u32, scale: u8, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point.and_then(|point| digits.split_at_checked(point)) {
        Some((whole, [_, fraction @ ..])) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(FieldError::Number),
        None => (digits, &[][..]),
    };
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(FieldError::Number);
    }
    let zeros = whole.iter().take_while(|digit| **digit == b'0').count();
    let whole = whole.get(zeros..).unwrap_or_default();
    let (kept, dropped) = fraction.split_at(fraction.len().min(usize::from(scale)));
    if dropped.iter().any(|digit| *digit != b'0') {
        return Err(FieldError::Scale);
    }
    let whole_max = length.saturating_sub(u32::from(scale));
    if u32::try_from(whole.len()).map_or(true, |digits| digits > whole_max) {
        return Err(FieldError::TooLong);
    }
    let is_zero = whole.is_empty() && kept.iter().all(|digit| *digit == b'0');
    if is_negative && !is_zero {
        out.push(b'-');
    }
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if scale > 0 {
        out.push(b'.');
        let zeros = iter::repeat_n(b'0', usize::from(scale).saturating_sub(kept.len()));
        out.extend(kept.iter().copied().chain(zeros));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str, length: u32, scale: u8) -> Result<alloc::string::String, FieldError> {
        let mut out = Vec::new();
        append(text, length, scale, &mut out)
            .map(|()| alloc::string::String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_number_has_one_text() {
        for (text, scale, expected) in [
            ("12.5", 2, "12.50"),
            ("+012.500", 2, "12.50"),
            ("-0.00", 2, "0.00"),
            ("-0.5", 1, "-0.5"),
            ("000", 0, "0"),
            ("7.000", 0, "7"),
        ] {
            assert_eq!(canonical(text, 10, scale).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nothing_is_rounded_and_nothing_is_guessed() {
        assert_eq!(canonical("1.005", 10, 2), Err(FieldError::Scale));
        assert_eq!(canonical("123456789", 10, 2), Err(FieldError::TooLong));
        assert_eq!(canonical("12345678.00", 10, 2).as_deref(), Ok("12345678.00"));
        // Zeros in front are no digits of the number.
        assert_eq!(canonical("0000000012", 4, 2).as_deref(), Ok("12.00"));
        for text in [
            "", ".", "1.", ".5", "1,000", "1e3", "１２", "--1", "+-1", "1.2.3", "NaN", "0x1f",
            "1 2",
        ] {
            assert_eq!(canonical(text, 10, 2), Err(FieldError::Number), "{text}");
        }
    }
}
