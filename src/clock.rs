//! The wall clock as text. A clock that is wrong is wrong in a report, and stops nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The calendar repeats after 400 years of so many seconds.
const CYCLE: Duration = Duration::from_secs(146_097 * 24 * 60 * 60);
const YEARS: u64 = 400;

/// The last second that four digits of a year can hold.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The time in RFC 3339, in whole seconds. The years are those from 0 to 9999: an earlier time is
/// written as the first second of them, a later one as the last.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.min(LAST),
        Err(before) => return before_epoch(before.duration()),
    };
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// The same for a time so long before 1970: `humantime` starts there, and the time whole cycles
/// later has the same day and month.
fn before_epoch(before: Duration) -> String {
    let mut cycles = 0;
    let mut later = Duration::ZERO;
    while later < before {
        cycles += 1;
        later += CYCLE;
        if cycles * YEARS > 2000 {
            return "0000-01-01T00:00:00Z".to_owned();
        }
    }
    let since = later.saturating_sub(before);
    let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string();
    let (year, rest) = text.split_at(4);
    let year = year.parse::<u64>().ok().and_then(|year| year.checked_sub(cycles * YEARS));
    year.map_or_else(|| "0000-01-01T00:00:00Z".to_owned(), |year| format!("{year:04}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_panics() {
        let day = Duration::from_secs(24 * 60 * 60);
        for (time, text) in [
            (UNIX_EPOCH, "1970-01-01T00:00:00Z"),
            (UNIX_EPOCH - Duration::from_secs(1), "1969-12-31T23:59:59Z"),
            (UNIX_EPOCH - Duration::from_nanos(1), "1969-12-31T23:59:59Z"),
            (UNIX_EPOCH - day * 719_528, "0000-01-01T00:00:00Z"),
            (UNIX_EPOCH - day * 719_529, "0000-01-01T00:00:00Z"),
            (UNIX_EPOCH - day * 719_528 + day * 59, "0000-02-29T00:00:00Z"),
            (UNIX_EPOCH - day * 1_000_000_000, "0000-01-01T00:00:00Z"),
            (UNIX_EPOCH + LAST + day, "9999-12-31T23:59:59Z"),
            (UNIX_EPOCH + day * 20_000, "2024-10-04T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(time), text);
        }
    }
}
