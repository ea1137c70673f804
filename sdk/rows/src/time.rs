//! Types D and T: days and instants, read from the forms that sources write, written in one.
//!
//! Comes in: text, and the zone of a source. Goes out: `2026-11-24`, or `2026-11-24T12:55:06Z`. Never: a zone database, a leap
//! second, a day without its year, an order of day and month that has to be guessed.
use crate::{FieldError, Zone};
use alloc::vec::Vec;

const DAY_MINUTES: u16 = 24 * 60;
const HOURS_MAX_EAST: u16 = 14;

/// A day that exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Day {
    year: u16,
    month: u16,
    day: u16,
}

/// Time of a day as written: minutes, seconds, digits of the fraction.
struct Clock<'a> {
    minutes: u16,
    seconds: u16,
    fraction: &'a [u8],
}

impl Day {
    fn new(year: u16, month: u16, day: u16) -> Option<Self> {
        let valid = (1..=9999).contains(&year) && (1..=days_of(year, month)).contains(&day);
        valid.then_some(Self { year, month, day })
    }

    fn next(self) -> Option<Self> {
        let Self { year, month, day } = self;
        Self::new(year, month, day.checked_add(1)?)
            .or_else(|| Self::new(year, month.checked_add(1)?, 1))
            .or_else(|| Self::new(year.checked_add(1)?, 1, 1))
    }

    fn previous(self) -> Option<Self> {
        let Self { year, month, day } = self;
        Self::new(year, month, day.checked_sub(1)?).or_else(|| {
            let (year, month) =
                if month > 1 { (year, month.checked_sub(1)?) } else { (year.checked_sub(1)?, 12) };
            Self::new(year, month, days_of(year, month))
        })
    }

    fn append(self, out: &mut Vec<u8>) {
        push_digits(self.year, 4, out);
        out.push(b'-');
        push_digits(self.month, 2, out);
        out.push(b'-');
        push_digits(self.day, 2, out);
    }
}

/// Days of a month; 0 for a month that does not exist.
fn days_of(year: u16, month: u16) -> u16 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// The lowest `digits` (at most 4) decimal digits of a number.
fn push_digits(number: u16, digits: usize, out: &mut Vec<u8>) {
    for divisor in [1000, 100, 10, 1].iter().skip(4_usize.saturating_sub(digits)) {
        let digit = number.checked_div(*divisor).unwrap_or(0) % 10;
        out.push(u8::try_from(digit).unwrap_or(0).saturating_add(b'0'));
    }
}

/// Appends the canonical text of a day.
pub fn append_date(text: &str, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let mut rest = text.as_bytes();
    let day = read_day(&mut rest).ok_or(FieldError::Date)?;
    if take_separator(&mut rest) {
        // Databases that know no day without a time write midnight.
        let clock = read_clock(&mut rest).ok_or(FieldError::Date)?;
        let is_midnight = clock.minutes == 0
            && clock.seconds == 0
            && clock.fraction.iter().all(|digit| *digit == b'0');
        if !is_midnight {
            return Err(FieldError::Date);
        }
    }
    if !rest.is_empty() {
        return Err(FieldError::Date);
    }
    day.append(out);
    Ok(())
}

/// Appends the canonical text of an instant: RFC 3339 in UTC, with exactly `scale` digits of a fraction.
pub fn append_time(text: &str, scale: u8, zone: Zone, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let (day, clock, zone) = read_time(text.as_bytes(), zone).ok_or(FieldError::Time)?;
    let (kept, dropped) = clock.fraction.split_at(clock.fraction.len().min(usize::from(scale)));
    if dropped.iter().any(|digit| *digit != b'0') {
        return Err(FieldError::Scale);
    }
    let (day, minutes) = to_utc(day, clock.minutes, zone).ok_or(FieldError::Time)?;
    day.append(out);
    out.push(b'T');
    push_digits(minutes / 60, 2, out);
    out.push(b':');
    push_digits(minutes % 60, 2, out);
    out.push(b':');
    push_digits(clock.seconds, 2, out);
    if scale > 0 {
        out.push(b'.');
        let zeros = core::iter::repeat_n(b'0', usize::from(scale).saturating_sub(kept.len()));
        out.extend(kept.iter().copied().chain(zeros));
    }
    out.push(b'Z');
    Ok(())
}

/// Minutes east of UTC of a whole text that is an offset.
pub fn whole_offset(text: &str) -> Option<i16> {
    let mut rest = text.as_bytes();
    let offset = read_offset(&mut rest)?;
    rest.is_empty().then_some(offset)
}

fn to_utc(day: Day, minutes: u16, zone: Zone) -> Option<(Day, u16)> {
    let day_minutes = i16::try_from(DAY_MINUTES).ok()?;
    let shifted = i16::try_from(minutes).ok()?.checked_sub(zone.minutes())?;
    let (day, minutes) = if shifted < 0 {
        (day.previous()?, shifted.checked_add(day_minutes)?)
    } else if shifted >= day_minutes {
        (day.next()?, shifted.checked_sub(day_minutes)?)
    } else {
        (day, shifted)
    };
    Some((day, u16::try_from(minutes).ok()?))
}

fn read_time(text: &[u8], zone: Zone) -> Option<(Day, Clock<'_>, Zone)> {
    let mut rest = text;
    let is_run_of_digits = rest.iter().take(14).filter(|byte| byte.is_ascii_digit()).count() == 14;
    let day = read_day(&mut rest)?;
    let clock = if is_run_of_digits {
        let (hour, minute) = (fixed(&mut rest, 2)?, fixed(&mut rest, 2)?);
        let seconds = fixed(&mut rest, 2)?;
        Clock { minutes: minutes_of(hour, minute)?, seconds: below_60(seconds)?, fraction: &[] }
    } else {
        take_separator(&mut rest).then(|| read_clock(&mut rest))??
    };
    if rest.is_empty() {
        return Some((day, clock, zone));
    }
    take(&mut rest, b" ");
    let zone = Zone::from_minutes(read_offset(&mut rest)?)?;
    rest.is_empty().then_some((day, clock, zone))
}

/// `2026-11-24`, `2026/11/24`, both also with months and days of one digit, `2026年11月24日`, or `20261124`.
fn read_day(rest: &mut &[u8]) -> Option<Day> {
    let year = fixed(rest, 4)?;
    for [first, second, last] in [["-", "-", ""], ["/", "/", ""], ["年", "月", "日"]] {
        if take(rest, first.as_bytes()) {
            let month = one_or_two(rest)?;
            let day = take(rest, second.as_bytes()).then(|| one_or_two(rest))??;
            return take(rest, last.as_bytes()).then(|| Day::new(year, month, day))?;
        }
    }
    let (month, day) = (fixed(rest, 2)?, fixed(rest, 2)?);
    Day::new(year, month, day)
}

/// `20:55`, `20:55:06` or `20:55:06.123`; hours may have one digit.
fn read_clock<'a>(rest: &mut &'a [u8]) -> Option<Clock<'a>> {
    let hour = one_or_two(rest)?;
    let minute = take(rest, b":").then(|| fixed(rest, 2))??;
    let minutes = minutes_of(hour, minute)?;
    let mut clock = Clock { minutes, seconds: 0, fraction: &[] };
    if take(rest, b":") {
        clock.seconds = below_60(fixed(rest, 2)?)?;
        if take(rest, b".") {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (clock.fraction, *rest) = rest.split_at_checked(digits)?;
            if clock.fraction.is_empty() {
                return None;
            }
        }
    }
    Some(clock)
}

/// `Z`, `+08:00`, `+0800` or `+08`, in minutes.
fn read_offset(rest: &mut &[u8]) -> Option<i16> {
    if take(rest, b"Z") || take(rest, b"z") {
        return Some(0);
    }
    let is_west = take(rest, b"-");
    if !is_west && !take(rest, b"+") {
        return None;
    }
    let hours = fixed(rest, 2)?;
    let has_minutes = take(rest, b":") || !rest.is_empty();
    let minutes = if has_minutes { below_60(fixed(rest, 2)?)? } else { 0 };
    if hours > HOURS_MAX_EAST {
        return None;
    }
    let offset = i16::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
    if is_west { offset.checked_neg() } else { Some(offset) }
}

fn minutes_of(hour: u16, minute: u16) -> Option<u16> {
    (hour < 24).then(|| hour.checked_mul(60)?.checked_add(below_60(minute)?))?
}

fn below_60(number: u16) -> Option<u16> {
    (number < 60).then_some(number)
}

fn take_separator(rest: &mut &[u8]) -> bool {
    take(rest, b"T") || take(rest, b"t") || take(rest, b" ")
}

/// Takes these bytes; the empty ones always.
fn take(rest: &mut &[u8], wanted: &[u8]) -> bool {
    let found = rest.strip_prefix(wanted);
    if let Some(behind) = found {
        *rest = behind;
    }
    found.is_some()
}

/// A number of exactly so many digits, at most 4.
fn fixed(rest: &mut &[u8], digits: usize) -> Option<u16> {
    let (taken, behind) = rest.split_at_checked(digits)?;
    let mut number = 0_u16;
    for byte in taken {
        let digit = byte.is_ascii_digit().then(|| byte.checked_sub(b'0'))??;
        number = number.checked_mul(10)?.checked_add(u16::from(digit))?;
    }
    *rest = behind;
    Some(number)
}

fn one_or_two(rest: &mut &[u8]) -> Option<u16> {
    fixed(rest, 2).or_else(|| fixed(rest, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn date(text: &str) -> Option<String> {
        let mut out = Vec::new();
        append_date(text, &mut out).ok().map(|()| String::from_utf8(out).unwrap())
    }

    fn time(text: &str, scale: u8) -> Result<String, FieldError> {
        let mut out = Vec::new();
        append_time(text, scale, Zone::default(), &mut out)
            .map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_day_has_one_text_whatever_its_form() {
        for text in [
            "2026-02-03",
            "2026-2-3",
            "2026/2/3",
            "2026/02/03",
            "20260203",
            "2026年2月3日",
            "2026年02月03日",
            "2026-02-03 00:00:00",
            "2026-02-03T00:00",
            "2026/2/3 0:00:00.000",
        ] {
            assert_eq!(date(text).as_deref(), Some("2026-02-03"), "{text}");
        }
        assert_eq!(date("2000-02-29").as_deref(), Some("2000-02-29"));
        for text in [
            "",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "0000-01-01",
            "26-02-03",
            "03/02/2026",
            "2026-02-03 00:00:01",
            "2026-02-03 08:00",
            "2026-02/03",
            "2026年2月3",
            "2026-02-03x",
            "2026-02-03T",
            "20260203000000",
            "2026-02",
            "-2026-02-03",
            "2026-02-03Z",
            "2026-02-003",
            "２０２６-02-03",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_told_in_utc_and_a_time_without_zone_has_the_sources() {
        for (text, expected) in [
            ("2026-03-01 07:30:00", "2026-02-28T23:30:00Z"),
            ("2024-03-01T07:30:00+08:00", "2024-02-29T23:30:00Z"),
            ("2026-12-31 20:00:00-05", "2027-01-01T01:00:00Z"),
            ("2027-01-01 01:00:00+00", "2027-01-01T01:00:00Z"),
            ("20270101090000", "2027-01-01T01:00:00Z"),
            ("2027/1/1 9:00", "2027-01-01T01:00:00Z"),
            ("2027年1月1日 09:00:00 +0800", "2027-01-01T01:00:00Z"),
            ("2027-01-01T06:30:00+0530", "2027-01-01T01:00:00Z"),
            ("2027-01-01T01:00:00.000z", "2027-01-01T01:00:00Z"),
            ("20270101 00:00:00", "2026-12-31T16:00:00Z"),
        ] {
            assert_eq!(time(text, 0).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(time("2027-01-01 09:00:00.5", 3).as_deref(), Ok("2027-01-01T01:00:00.500Z"));
        assert_eq!(time("2027-01-01 09:00:00.1234", 3), Err(FieldError::Scale));
        for text in [
            "",
            "2027-01-01",
            "2027-01-01 24:00:00",
            "2027-01-01 09:60:00",
            "2027-01-01 09:00:60",
            "0001-01-01 07:59:59",
            "9999-12-31T23:00:00-05:00",
            "2027-01-01 09:00:00+15:00",
            "2027-01-01 09:00:00 +14:01",
            "2027-01-01 09",
            "202701010900",
            "2027-01-01 09:00:00+8",
            "2027-01-01 09:00:00.",
            "2027-01-01 09:00:00 CST",
            "2027-01-01  09:00:00",
            "09:00:00",
            "2027-01-01090000",
            "2027-1-1090000",
            "2027年1月1日090000",
        ] {
            assert_eq!(time(text, 0), Err(FieldError::Time), "{text}");
        }
    }

    #[test]
    fn days_follow_one_another() {
        let mut day = Day::new(1999, 12, 31).unwrap();
        for _ in 0..366 + 365 {
            let next = day.next().unwrap();
            assert_eq!(next.previous(), Some(day));
            day = next;
        }
        assert_eq!(day, Day::new(2001, 12, 31).unwrap());
        assert_eq!(Day::new(1, 1, 1).unwrap().previous(), None);
        assert_eq!(Day::new(9999, 12, 31).unwrap().next(), None);
    }
}
