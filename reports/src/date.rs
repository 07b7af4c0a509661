use std::time::{Duration, UNIX_EPOCH};

/// `2026-11-22T14:06:40Z`, of seconds since 1970. None for 0, which means that no time was kept, and for years after 9999.
pub(crate) fn exact(seconds: u64) -> Option<String> {
    /// The first second of the year 10000.
    const END: u64 = 253_402_300_800;
    let at = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    (1..END).contains(&seconds).then(|| humantime::format_rfc3339_seconds(at).to_string())
}

/// `2026-11-22 14:06 UTC`, of what [`exact`] returns.
pub(crate) fn minutes(exact: &str) -> String {
    let (date, time) = exact.split_once('T').unwrap_or((exact, ""));
    let time = time.rsplit_once(':').map_or(time, |(minutes, _)| minutes);
    format!("{date} {time} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(exact(951_782_400).as_deref(), Some("2000-02-29T00:00:00Z"));
        assert_eq!(exact(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(minutes("2026-11-22T14:06:40Z"), "2026-11-22 14:06 UTC");
    }

    #[test]
    fn what_is_no_time_is_not_told() {
        assert_eq!([0, 253_402_300_800, u64::MAX].map(exact), [None, None, None]);
    }
}
