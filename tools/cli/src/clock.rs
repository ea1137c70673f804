//! Times for people: milliseconds since 1970 as a date in UTC+8, the zone of the chain by rule (no zone database).

use yinglian_protocol::calls::format_time;

const ZONE_MS: u64 = 8 * 3_600_000;

/// Milliseconds since 1970-01-01 UTC, now.
pub fn now_ms() -> u64 {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-11-24 21:30:05.123 +08:00`; a time that no calendar writes as the number that it is.
pub fn in_words(time_ms: u64) -> String {
    let local = format_time(time_ms.saturating_add(ZONE_MS));
    local.map_or_else(
        || format!("{time_ms} ms"),
        |text| format!("{} +08:00", text.trim_end_matches('Z').replace('T', " ")),
    )
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
        assert_eq!(in_words(u64::MAX), "18446744073709551615 ms");
    }
}
