//! Times for people: milliseconds since 1970 as a date in UTC+8, the zone of the chain by rule (no zone database).

const ZONE_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01 UTC, now.
pub fn now_ms() -> u64 {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-11-24 21:30:05.123 +08:00`
pub fn in_words(time_ms: u64) -> String {
    let local = i64::try_from(time_ms).unwrap_or(i64::MAX - ZONE_MS).saturating_add(ZONE_MS);
    let (year, month, day) = date(local.div_euclid(DAY_MS));
    let of_day = local.rem_euclid(DAY_MS);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03} +08:00")
}

/// Civil date of a count of days since 1970-01-01, by the calendar of 400-year eras that begin on 1 March.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `3 d 4 h`, `5 min`, `12.3 s`.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..120 => format!("{}.{} s", seconds, ms % 1_000 / 100),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(in_words(0), "1970-01-01 08:00:00.000 +08:00");
        assert_eq!(in_words(1_709_135_999_999), "2024-02-28 23:59:59.999 +08:00");
        assert_eq!(in_words(1_709_136_000_000), "2024-02-29 00:00:00.000 +08:00");
        assert_eq!(in_words(4_102_416_000_000), "2100-01-01 00:00:00.000 +08:00");
    }
}
