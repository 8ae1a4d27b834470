//! Times as newsrooms write them.
//!
//! ```text
//! zone      the rules of time zones, of which there is one set in the program
//! words     zones in letters: one table
//! region    where a text is from, for what that leaves open
//! local, rfc822   dates and clocks as people, feeds and mail write them
//! ```

mod local;
mod region;
mod rfc822;
mod words;
pub mod zone;

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone as _, Utc};

use self::words::{Split, Stated};
pub use self::{region::Origin, zone::Zone};

/// Longer texts are no times.
const LENGTH: usize = 200;

/// The time of a clock, and how far it is from UTC where that stands beside it.
type Civil = (NaiveDateTime, Option<FixedOffset>);

/// Why a text names no moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTime {
    /// It is no time, or none in a form that is known.
    Unknown,
    /// Its zone is not known.
    UnknownZone(String),
    /// Its zone may be several, and neither language nor country says which.
    AmbiguousZone(String),
    /// It may be two days, and neither language nor country says which.
    AmbiguousDay,
}

impl fmt::Display for NoTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("is no time that is known"),
            Self::UnknownZone(zone) => write!(formatter, "names a zone that is not known, `{zone}`: no time is taken from it"),
            Self::AmbiguousZone(zone) => {
                write!(formatter, "names a zone that may be several, `{zone}`, and neither language nor country says which: no time is taken from it")
            }
            Self::AmbiguousDay => formatter.write_str(
                "may be two days, and neither language nor country says whether the month comes first: no time is taken from it",
            ),
        }
    }
}

/// The moment that `text` names; `zone` is for times that name no zone. A date alone is its first moment.
pub fn parse(text: &str, zone: Zone) -> Option<DateTime<Utc>> {
    read(text, &Origin::of(zone)).ok()
}

/// The moment that `text` names, where it is from `origin`. A date alone is its first moment.
///
/// # Errors
/// When it names none, or when a part of it may mean several.
pub fn read(text: &str, origin: &Origin) -> Result<DateTime<Utc>, NoTime> {
    let text = text.trim();
    if let Some(time) = exact(text) {
        return in_range(time).ok_or(NoTime::Unknown);
    }
    if text.len() > LENGTH {
        return Err(NoTime::Unknown);
    }
    let Split { rest, zone } = words::split(text, origin);
    let (time, offset) = civil(&rest, origin)?;
    let stated = match (offset, zone) {
        (Some(offset), _) => Stated::Offset(offset),
        (None, Some(zone)) => zone?,
        (None, None) => Stated::Zone(origin.zone),
    };
    let moment = match stated {
        Stated::Offset(offset) => offset.from_local_datetime(&time).single().map(|time| time.to_utc()),
        Stated::Zone(zone) => zone.moment(time),
    };
    moment.and_then(in_range).ok_or(NoTime::Unknown)
}

/// Times whose zone is written in numbers.
fn exact(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    // ISO 8601 beyond RFC 3339: no seconds, zone without a colon, the basic form.
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y%m%dT%H%M%S%#z", "%Y-%m-%d %H:%M:%S%.f %#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            return Some(time.to_utc());
        }
    }
    for format in ["%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%MZ"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    // A date of XML Schema may have a zone.
    if let Some((date, zone)) = text.split_at_checked(10)
        && let Ok(date) = NaiveDate::parse_from_str(date, "%Y-%m-%d")
        && (zone == "Z" || zone.starts_with(['+', '-']))
    {
        return DateTime::parse_from_rfc3339(&format!("{date}T00:00:00{zone}")).ok().map(|time| time.to_utc());
    }
    // Not for zones in letters: those that are not known would be UTC.
    let is_clear = text.ends_with(|sign: char| sign.is_ascii_digit()) || text.ends_with(" GMT");
    if is_clear && let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(time.to_utc());
    }
    None
}

/// The time of a clock that a text without a zone in letters names.
fn civil(text: &str, origin: &Origin) -> Result<Civil, NoTime> {
    let text = text.trim();
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y%m%dT%H%M%S"]
    {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Ok((time, None));
        }
    }
    for format in ["%Y-%m-%d", "%Y%m%d"] {
        if let Ok(date) = NaiveDate::parse_from_str(text, format) {
            return Ok((date.and_time(chrono::NaiveTime::MIN), None));
        }
    }
    // What another zone was taken from may still have one in numbers.
    if let Some(time) = exact(text) {
        return Ok((time.naive_utc(), FixedOffset::east_opt(0)));
    }
    if let Some(time) = rfc822::east_asian(text) {
        return Ok(time);
    }
    local::parse(text, origin)?.or_else(|| rfc822::parse(text)).ok_or(NoTime::Unknown)
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
        parse(text, "Europe/Moscow".parse().unwrap())
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
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
        let skipped = parse("2024-03-31T02:30:00", "Europe/Berlin".parse().unwrap()).unwrap();
        assert_eq!(skipped.to_rfc3339(), "2024-03-31T01:30:00+00:00");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2024-13-01", "2024-02-30", "99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"] {
            assert_eq!(utc(text), None, "{text}");
        }
    }
}
