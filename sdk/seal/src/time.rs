//! Points in time as seals and certificates write them.
//!
//! Comes in: text of UTCTime, GeneralizedTime and of the free forms of GM/T 0031-2014. Goes out: seconds since 1970-01-01 UTC. Never: a clock.
use alloc::string::String;
use core::fmt;

/// Seconds since 1970-01-01 00:00:00 UTC, from the year 0 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// From seconds since 1970-01-01 UTC.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// From milliseconds since 1970-01-01 UTC, as blocks count; the rest of the second is dropped.
    pub fn from_ms(ms: u64) -> Self {
        Self(i64::try_from(ms / 1000).unwrap_or(i64::MAX))
    }

    /// Seconds since 1970-01-01 UTC.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// A time in the calendar; `None` for a day or an hour that does not exist. Second 60 counts as the next second.
    pub fn from_calendar(date: (i64, i64, i64), clock: (i64, i64, i64)) -> Option<Self> {
        let ((year, month, day), (hour, minute, second)) = (date, clock);
        let known = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second);
        if !known {
            return None;
        }
        let days = days_since_1970(year, month, day);
        let seconds = days
            .saturating_mul(86_400)
            .saturating_add(hour.saturating_mul(3600))
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second);
        Some(Self(seconds))
    }

    /// Later by so many seconds; earlier if negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

fn is_leap(year: i64) -> bool {
    (year.rem_euclid(4) == 0 && year.rem_euclid(100) != 0) || year.rem_euclid(400) == 0
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let from_march = month.saturating_add(9).rem_euclid(12);
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let century = year.div_euclid(400);
    let of_century = year.rem_euclid(400);
    let of_year = from_march
        .saturating_mul(153)
        .saturating_add(2)
        .div_euclid(5)
        .saturating_add(day)
        .saturating_sub(1);
    of_century
        .saturating_mul(365)
        .saturating_add(of_century.div_euclid(4))
        .saturating_sub(of_century.div_euclid(100))
        .saturating_add(of_year)
        .saturating_add(century.saturating_mul(146_097))
        .saturating_sub(719_468)
}

/// The calendar's date of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let century = days.div_euclid(146_097);
    let of_century = days.rem_euclid(146_097);
    let year = of_century
        .saturating_sub(of_century.div_euclid(1460))
        .saturating_add(of_century.div_euclid(36_524))
        .saturating_sub(of_century.div_euclid(146_096))
        .div_euclid(365);
    let of_year = of_century.saturating_sub(
        year.saturating_mul(365)
            .saturating_add(year.div_euclid(4))
            .saturating_sub(year.div_euclid(100)),
    );
    let from_march = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year
        .saturating_sub(from_march.saturating_mul(153).saturating_add(2).div_euclid(5))
        .saturating_add(1);
    let month = from_march.saturating_add(2).rem_euclid(12).saturating_add(1);
    let year = year.saturating_add(century.saturating_mul(400));
    (if month <= 2 { year.saturating_add(1) } else { year }, month, day)
}

impl fmt::Display for Time {
    /// `2026-06-01T08:00:00Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0.div_euclid(86_400));
        let of_day = self.0.rem_euclid(86_400);
        let (hour, minute, second) =
            (of_day.div_euclid(3600), of_day.div_euclid(60).rem_euclid(60), of_day.rem_euclid(60));
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The decimal number of a run of digits, at most nine.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0i64, |sum, digit| {
        sum.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0')))
    }))
}

/// Takes `count` digits from the front.
fn take(text: &mut &[u8], count: usize) -> Option<i64> {
    let (digits, rest) = text.split_at_checked(count)?;
    *text = rest;
    number(digits)
}

/// UTCTime, X.690 11.8: `YYMMDDhhmmssZ`; years from 50 on lie before 2000 (RFC 5280, 4.1.2.5.1).
pub(crate) fn utc_time(text: &[u8]) -> Option<Time> {
    let mut rest = text;
    let year = take(&mut rest, 2)?;
    let year = year.saturating_add(if year >= 50 { 1900 } else { 2000 });
    month_to_second(year, &mut rest).filter(|_| rest == b"Z")
}

/// GeneralizedTime, X.690 11.7: `YYYYMMDDhhmmssZ`, perhaps a fraction, which is dropped.
pub(crate) fn generalized_time(text: &[u8]) -> Option<Time> {
    let mut rest = text;
    let year = take(&mut rest, 4)?;
    let time = month_to_second(year, &mut rest)?;
    match rest {
        b"Z" => Some(time),
        [b'.', digits @ .., last, b'Z'] => {
            let whole = digits.iter().chain([last]).all(u8::is_ascii_digit);
            (whole && *last != b'0').then_some(time)
        }
        _ => None,
    }
}

fn month_to_second(year: i64, rest: &mut &[u8]) -> Option<Time> {
    let date = (year, take(rest, 2)?, take(rest, 2)?);
    let clock = (take(rest, 2)?, take(rest, 2)?, take(rest, 2)?);
    Time::from_calendar(date, clock)
}

/// Text as software writes it into the timeInfo of GM/T 0031-2014: `yyyy-MM-dd HH:mm:ss`, ISO 8601 with T, a fraction and Z or an
/// offset. Text without a zone is Beijing time, the only legal time in China.
pub(crate) fn text_time(text: &[u8]) -> Option<Time> {
    let mut rest = text.trim_ascii();
    // Fourteen digits without separators occur as well.
    let compact = rest.iter().take(14).all(u8::is_ascii_digit);
    let mut field = |count: usize, before: &[u8]| {
        if !before.is_empty() && !compact {
            let (first, after) = rest.split_first()?;
            if !before.contains(first) {
                return None;
            }
            rest = after;
        }
        take(&mut rest, count)
    };
    let date = (field(4, b"")?, field(2, b"-/")?, field(2, b"-/")?);
    let clock = (field(2, b" T")?, field(2, b":")?, field(2, b":")?);
    let time = Time::from_calendar(date, clock)?;
    if let [b'.', after @ ..] = rest {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = after.get(digits..)?;
    }
    let offset_seconds = match rest {
        b"Z" => 0,
        b"" => 8i64.saturating_mul(3600),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let digits: String =
                offset.iter().filter(|byte| **byte != b':').map(|byte| char::from(*byte)).collect();
            let mut digits = digits.as_bytes();
            let (hours, minutes) = (take(&mut digits, 2)?, take(&mut digits, 2)?);
            if !digits.is_empty() {
                return None;
            }
            let seconds = hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60));
            if *sign == b'+' { seconds } else { seconds.saturating_neg() }
        }
        _ => return None,
    };
    Some(time.plus_seconds(offset_seconds.saturating_neg()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_the_gregorian_one() {
        for (text, seconds) in [
            ("19700101000000Z", 0),
            ("20000229235959Z", 951_868_799),
            ("20260601080000Z", 1_780_300_800),
            ("99991231235959Z", 253_402_300_799),
            ("00000101000000Z", -62_167_219_200),
        ] {
            let time = generalized_time(text.as_bytes()).unwrap();
            assert_eq!(time.seconds(), seconds, "{text}");
            let written: String =
                time.to_string().chars().filter(|char| !"-:T".contains(*char)).collect();
            assert_eq!(written, text);
        }
        for text in [
            "20230229000000Z",
            "20231301000000Z",
            "20230101240000Z",
            "2023010100000Z",
            "20230101000000",
        ] {
            assert_eq!(generalized_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_form_of_a_time_gives_the_same_second() {
        let time = Time::from_calendar((2020, 4, 22), (2, 18, 7)).unwrap();
        assert_eq!(utc_time(b"200422021807Z"), Some(time));
        assert_eq!(generalized_time(b"20200422021807.5Z"), Some(time));
        for text in [
            "20200422101807",
            "20200422021807Z",
            "2020-04-22 10:18:07",
            "2020-04-22T02:18:07.123Z",
            "2020/04/22 05:18:07+03:00",
        ] {
            assert_eq!(text_time(text.as_bytes()), Some(time), "{text}");
        }
        assert_eq!(text_time(b"today"), None);
    }
}
