//! Times as newsrooms write them.

mod local;
mod rfc822;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// The moment that `text` names; `zone` is for times that name no zone. A date alone is its first moment.
pub fn parse(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return in_range(time.to_utc());
    }
    // ISO 8601 beyond RFC 3339: no seconds, zone without a colon, the basic form.
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y%m%dT%H%M%S%#z", "%Y-%m-%d %H:%M:%S%.f %#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            return in_range(time.to_utc());
        }
    }
    for format in ["%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%MZ"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return in_range(time.and_utc());
        }
    }
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return in_range(time.to_utc());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y%m%dT%H%M%S"]
    {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return local(time, zone);
        }
    }
    for format in ["%Y-%m-%d", "%Y%m%d"] {
        if let Ok(date) = NaiveDate::parse_from_str(text, format) {
            return local(date.and_hms_opt(0, 0, 0)?, zone);
        }
    }
    local::parse(text, zone).or_else(|| rfc822::parse(text, zone))
}

/// The moment that a clock in `zone` shows `time`: the first of two, and past a gap the end of it.
pub(crate) fn local(time: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let moment = zone.from_local_datetime(&time).earliest().or_else(|| {
        let after_gap = time + chrono::TimeDelta::hours(1);
        zone.from_local_datetime(&after_gap).earliest()
    });
    in_range(moment?.to_utc())
}

/// Years that both databases and RFC 3339 can hold.
fn in_range(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    use chrono::Datelike as _;
    (1..=9999).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        parse(text, Tz::Europe__Moscow).map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn times_with_a_zone_keep_it() {
        for text in [
            "2024-02-08T09:30:00Z",
            "2024-02-08T12:30:00+03:00",
            "2024-02-08T12:30:00+0300",
            "2024-02-08T12:30+03:00",
            "20240208T093000Z",
            "20240208T123000+0300",
            "2024-02-08 12:30:00 +03:00",
            "Thu, 08 Feb 2024 09:30:00 GMT",
            "Thu, 8 Feb 2024 12:30:00 +0300",
        ] {
            assert_eq!(utc(text).as_deref(), Some("2024-02-08T09:30:00Z"), "{text}");
        }
        assert_eq!(utc("2024-02-08T09:30:00.125Z").as_deref(), Some("2024-02-08T09:30:00.125Z"));
    }

    #[test]
    fn times_without_a_zone_take_that_of_the_source() {
        for text in ["2024-02-08T12:30:00", "2024-02-08 12:30:00", "2024-02-08T12:30", " 2024-02-08 12:30 "] {
            assert_eq!(utc(text).as_deref(), Some("2024-02-08T09:30:00Z"), "{text}");
        }
        assert_eq!(utc("2024-02-08").as_deref(), Some("2024-02-07T21:00:00Z"));
    }

    #[test]
    fn a_time_that_the_clock_skipped_is_the_end_of_the_gap() {
        let skipped = parse("2024-03-31T02:30:00", Tz::Europe__Berlin).unwrap();
        assert_eq!(skipped.to_rfc3339(), "2024-03-31T01:30:00+00:00");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2024-13-01", "2024-02-30", "99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"] {
            assert_eq!(utc(text), None, "{text}");
        }
    }
}
