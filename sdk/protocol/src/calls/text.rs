//! How numbers and times of calls look in JSON: numbers of 64 bits as decimal strings (JavaScript keeps 53 bits only),
//! times as RFC 3339 in UTC with milliseconds. Used by serde's `with`; borsh is not touched.

use crate::Height;
use alloc::string::{String, ToString};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Latest time that RFC 3339 can write: the last millisecond of the year 9999.
pub const TIME_MS_MAX: u64 = 253_402_300_799_999;
const DAY_MS: u64 = 86_400_000;

/// A number of 64 bits, in JSON a decimal string without sign, blank or leading zero.
pub(crate) mod number {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &u64, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
        let text = String::deserialize(input)?;
        parse(&text)
            .ok_or_else(|| D::Error::custom("expected a decimal number of 64 bits as a string"))
    }

    pub(crate) fn parse(text: &str) -> Option<u64> {
        // One text per number: what prints differently is refused ("+1", "01", "").
        text.parse::<u64>().ok().filter(|value| value.to_string() == text)
    }
}

/// An optional height, in JSON a decimal string or null.
pub(crate) mod optional_height {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Height>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(height) => out.collect_str(height),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Height>, D::Error> {
        let Some(text) = Option::<String>::deserialize(input)? else { return Ok(None) };
        let value = number::parse(&text);
        value
            .map(|value| Some(Height(value)))
            .ok_or_else(|| D::Error::custom("expected a height as a string"))
    }
}

/// A height, in JSON a decimal string.
pub(crate) mod height {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &Height, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Height, D::Error> {
        number::deserialize(input).map(Height)
    }
}

/// Milliseconds since 1970-01-01 UTC, in JSON an RFC 3339 time.
pub(crate) mod time {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &u64, out: S) -> Result<S::Ok, S::Error> {
        match format_time(*value) {
            Some(text) => out.serialize_str(&text),
            None => Err(serde::ser::Error::custom("time after the year 9999")),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
        let text = String::deserialize(input)?;
        parse_time(&text).ok_or_else(|| {
            D::Error::custom(
                "expected an RFC 3339 time between 1970 and 9999, at most milliseconds",
            )
        })
    }
}

/// Milliseconds since 1970-01-01 UTC as `2026-11-24T05:00:00.000Z`; none after the year 9999.
pub fn format_time(ms: u64) -> Option<String> {
    if ms > TIME_MS_MAX {
        return None;
    }
    let (year, month, day) = civil(ms / DAY_MS);
    let in_day = ms % DAY_MS;
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, millisecond) = (in_day / 1_000 % 60, in_day % 1_000);
    Some(alloc::format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"
    ))
}

/// Reads an RFC 3339 time with `Z` or an offset and at most three digits of fraction. A leap second is refused: the chain's
/// times have none.
pub fn parse_time(text: &str) -> Option<u64> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = (rest.get(..8)?, rest.get(8..)?);
    let days = parse_date(date)?;
    let (hour, minute, second) =
        (digits(clock, 0, 2, 23)?, digits(clock, 3, 2, 59)?, digits(clock, 6, 2, 59)?);
    if clock.get(2..3)? != ":" || clock.get(5..6)? != ":" {
        return None;
    }
    let (fraction_ms, zone) = parse_fraction(rest)?;
    let seconds =
        hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    let local = days
        .checked_mul(DAY_MS)?
        .checked_add(seconds.checked_mul(1_000)?)?
        .checked_add(fraction_ms)?;
    let utc = match zone {
        "Z" | "z" => local,
        zone => {
            let (hours, minutes) = (digits(zone, 1, 2, 23)?, digits(zone, 4, 2, 59)?);
            let offset_ms = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60_000)?;
            if zone.len() != 6 || zone.get(3..4)? != ":" {
                return None;
            }
            match zone.get(..1)? {
                "+" => local.checked_sub(offset_ms)?,
                "-" => local.checked_add(offset_ms)?,
                _ => return None,
            }
        }
    };
    Some(utc).filter(|ms| *ms <= TIME_MS_MAX)
}

/// `.123Z` -> (123, "Z"): one to three digits, or none.
fn parse_fraction(text: &str) -> Option<(u64, &str)> {
    let Some(text) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let zeros = match length {
        1 => 100,
        2 => 10,
        3 => 1,
        _ => return None,
    };
    let value = digits(text, 0, length, 999)?;
    Some((value.checked_mul(zeros)?, text.get(length..)?))
}

/// Days since 1970-01-01 of a calendar date `YYYY-MM-DD` from 1970 to 9999.
pub(crate) fn parse_date(text: &str) -> Option<u64> {
    if text.len() != 10 || text.get(4..5)? != "-" || text.get(7..8)? != "-" {
        return None;
    }
    days_from_civil(digits(text, 0, 4, 9_999)?, digits(text, 5, 2, 12)?, digits(text, 8, 2, 31)?)
        .filter(|_| digits(text, 0, 4, 9_999).is_some_and(|year| year >= 1970))
}

fn digits(text: &str, from: usize, length: usize, max: u64) -> Option<u64> {
    let part = text.get(from..from.checked_add(length)?)?;
    let all_digits = part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse::<u64>().ok().filter(|value| all_digits && *value <= max)
}

/// Number of days in a month of the Gregorian calendar; none for a month that is not 1 to 12.
pub(crate) fn days_in_month(year: u64, month: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// Days before a year, counted from the year 1: 365 a year and the leap days.
fn days_before_year(year: u64) -> u64 {
    let past = year.saturating_sub(1);
    let leap_days = (past / 4).saturating_sub(past / 100).saturating_add(past / 400);
    past.saturating_mul(365).saturating_add(leap_days)
}

/// Days from the year 1 to 1970.
const EPOCH_DAYS: u64 = 719_162;

fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    if day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    let mut days = days_before_year(year);
    for earlier in 1..month {
        days = days.checked_add(days_in_month(year, earlier)?)?;
    }
    days.checked_add(day)?.checked_sub(1)?.checked_sub(EPOCH_DAYS)
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let absolute = days.saturating_add(EPOCH_DAYS);
    // 365.2425 days a year: the estimate is right or one too small.
    let estimate = absolute.saturating_mul(400) / 146_097;
    let mut year = estimate.saturating_add(1);
    if days_before_year(year) > absolute {
        year = year.saturating_sub(1);
    }
    if days_before_year(year.saturating_add(1)) <= absolute {
        year = year.saturating_add(1);
    }
    let mut rest = absolute.saturating_sub(days_before_year(year));
    let mut month = 1_u64;
    while let Some(length) = days_in_month(year, month).filter(|length| *length <= rest) {
        rest = rest.saturating_sub(length);
        month = month.saturating_add(1);
    }
    (year, month, rest.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_times_have_their_known_text() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_496_400_123, "2026-11-24T05:00:00.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (TIME_MS_MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(format_time(ms).as_deref(), Some(text));
            assert_eq!(parse_time(text), Some(ms));
        }
        assert_eq!(format_time(TIME_MS_MAX + 1), None);
        assert_eq!(parse_time("2026-11-24T13:00:00+08:00"), parse_time("2026-11-24T05:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-24",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:00:60Z",
            "2026-11-24T05:00:00",
            "2026-11-24T05:00:00.1234Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+08:00",
            "2026-11-24T05:00:00Zx",
            "2026-11-24T05:00:00.Z",
            "2026-1１-24T05:00:00Z",
            "+026-11-24T05:00:00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_survives_its_text(ms in 0..=TIME_MS_MAX) {
            prop_assert_eq!(parse_time(&format_time(ms).unwrap()), Some(ms));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
            let _ = parse_time(&text);
            let _ = number::parse(&text);
        }
    }
}
