//! Times as feeds and mail have them: RFC 822 with all that is made of it, and the partial dates of the W3C.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};

use super::{Civil, words::offset_of};

/// Longer than any time is written.
const LENGTH: usize = 100;

/// The time of a clock that `text` names in words such as `Sat, 16 Dec 2023 14:02:33 -0500`, in any order, or as a part of an ISO 8601
/// date, and the offset beside it.
pub(super) fn parse(text: &str) -> Option<Civil> {
    let text = text.trim();
    if text.len() > LENGTH {
        return None;
    }
    partial(text).or_else(|| words(text))
}

/// `2004년 05월 28일 오후 01:31:15`, `2004-05-25 오후 11:23:17`, `2024年2月8日 09:30`.
pub(super) fn east_asian(text: &str) -> Option<Civil> {
    let is_korean = text.contains(['년', '오']);
    if text.len() > LENGTH || (!is_korean && !text.contains('年')) {
        return None;
    }
    let numbers: Vec<u32> =
        text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let [year, month, day, ..] = numbers.as_slice() else { return None };
    let date = NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, *day)?;
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let clock = Clock { hour: at(3), minute: at(4), second: at(5), micros: 0 };
    let is_one = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let half = if is_one(&["오후", "午後", "下午", "午后"]) {
        Some(true)
    } else {
        is_one(&["오전", "午前", "上午"]).then_some(false)
    };
    let stated = text.split_whitespace().skip(1).find_map(offset);
    let offset = stated.or_else(|| FixedOffset::east_opt(9 * 3_600).filter(|_| is_korean));
    Some((at_clock(date, clock, half)?, offset))
}

/// `2003`, `2003-12`, `2003-365`, `2003-12-31T24:00`, `2003-12-31T10Z`.
fn partial(text: &str) -> Option<Civil> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let is_digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    let date = match parts.as_slice() {
        [year] if is_digits(year, 4) && time.is_empty() => NaiveDate::from_ymd_opt(year.parse().ok()?, 1, 1)?,
        [year, month] if is_digits(year, 4) && is_digits(month, 2) && time.is_empty() => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?
        }
        [whole] if is_digits(whole, 7) => NaiveDate::from_yo_opt(whole[..4].parse().ok()?, whole[4..].parse().ok()?)?,
        [year, day] if is_digits(year, 4) && is_digits(day, 3) => {
            NaiveDate::from_yo_opt(year.parse().ok()?, day.parse().ok()?)?
        }
        [year, month, day] if is_digits(year, 4) && is_digits(month, 2) && is_digits(day, 2) => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?
        }
        _ => return None,
    };
    if time.is_empty() {
        return Some((date.and_hms_opt(0, 0, 0)?, None));
    }
    let at = time.find(|sign: char| !sign.is_ascii_digit() && !matches!(sign, ':' | '.' | ',')).unwrap_or(time.len());
    let (clock, offset) = (&time[..at], time[at..].trim());
    let clock = if is_digits(clock, 2) { format!("{clock}:00") } else { clock.replace(',', ".") };
    let offset = if offset.is_empty() { None } else { Some(self::offset(offset)?) };
    Some((at_clock(date, Clock::of(&clock)?, None)?, offset))
}

/// Words in any order.
fn words(text: &str) -> Option<Civil> {
    let spaced = spaced(text);
    let (mut day, mut month, mut year) = (None, None, None);
    let (mut clock, mut half, mut offset) = (None, None, None);
    for word in spaced.split_whitespace().flat_map(parts) {
        let lower = word.trim_end_matches('.').to_lowercase();
        if clock.is_none() && lower.contains(':') && lower.starts_with(|sign: char| sign.is_ascii_digit()) {
            // A zone or half of the day may be written to it.
            let at =
                lower.find(|sign: char| !sign.is_ascii_digit() && !matches!(sign, ':' | '.')).unwrap_or(lower.len());
            clock = Some(Clock::of(&lower[..at])?);
            match &lower[at..] {
                "" => {}
                "am" | "pm" => half = Some(&lower[at..] == "pm"),
                rest => offset = self::offset(rest),
            }
            continue;
        }
        if let (Some(date), None) = (numeric_date(&lower), year) {
            (year, month, day) = (Some(date.0), Some(date.1), Some(date.2));
            continue;
        }
        match lower.replace('.', "").as_str() {
            "am" => half = Some(false),
            "pm" => half = Some(true),
            word if word.bytes().all(|byte| byte.is_ascii_digit()) && !word.is_empty() => {
                let number: i32 = word.parse().ok()?;
                match word.len() {
                    1 | 2 if day.is_none() => day = Some(number),
                    // As RFC 2822 says.
                    2 if year.is_none() => year = Some(if number < 50 { 2000 + number } else { 1900 + number }),
                    4 if year.is_none() => year = Some(number),
                    // The offset that lacks its sign.
                    4 if offset.is_none() && clock.is_some() => offset = self::offset(&format!("+{word}")),
                    _ => return None,
                }
            }
            word => {
                let ordinal =
                    ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)?.parse::<i32>().ok());
                if let Some(number) = ordinal.filter(|_| day.is_none()) {
                    day = Some(number);
                } else if clock.is_some() && offset.is_none() && self::offset(&lower).is_some() {
                    offset = self::offset(&lower);
                } else if let Some(number) = self::month(word).filter(|_| !is_weekday(word)) {
                    // The last one: `mar, 16 nov` has a Tuesday before it.
                    month = Some(number);
                }
            }
        }
    }
    let date = NaiveDate::from_ymd_opt(year?, month?, u32::try_from(day?).ok()?)?;
    Some((at_clock(date, clock.unwrap_or_default(), half)?, offset))
}

/// Words with spaces between them. In `2004-július-13T9:15` the `T` ends the date.
fn spaced(text: &str) -> String {
    let spaced = text.replace([',', '(', ')', ';'], " ");
    match spaced.split_once('T') {
        Some((date, time)) if date.ends_with(|sign: char| sign.is_ascii_digit()) && !time.is_empty() => {
            format!("{date} {time}")
        }
        _ => spaced,
    }
}

/// `16-Dec-2023` and `16/Dec/2023` are three words.
fn parts(word: &str) -> Vec<&str> {
    let pieces: Vec<&str> = word.split(['-', '/']).collect();
    let has_month = pieces.iter().any(|piece| month(&piece.to_lowercase()).is_some());
    if pieces.len() == 3 && has_month { pieces } else { vec![word] }
}

/// `2006/09/15`
fn numeric_date(word: &str) -> Option<(i32, u32, i32)> {
    let pieces: Vec<&str> = word.split(['-', '/']).collect();
    let [year, month, day] = pieces.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

#[derive(Clone, Copy, Default)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
}

impl Clock {
    /// `9:05`, `09:05:33.25`.
    fn of(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let numbers: Vec<u32> = whole.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let (hour, minute, second) = match numbers.as_slice() {
            [hour, minute] => (*hour, *minute, 0),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return None,
        };
        let digits: String = fraction.chars().filter(char::is_ascii_digit).chain("000000".chars()).take(6).collect();
        // No clock here knows leap seconds.
        Some(Self { hour, minute, second: if second == 60 { 59 } else { second }, micros: digits.parse().ok()? })
    }
}

/// The time of a clock on a day; `half` is whether it is after noon on a clock of twelve hours.
fn at_clock(date: NaiveDate, clock: Clock, half: Option<bool>) -> Option<NaiveDateTime> {
    let hour = match half {
        Some(false) if clock.hour == 12 => 0,
        Some(true) if clock.hour < 12 => clock.hour + 12,
        _ => clock.hour,
    };
    if hour == 24 && clock.minute == 0 && clock.second == 0 {
        return date.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::days(1));
    }
    date.and_hms_micro_opt(hour, clock.minute, clock.second, clock.micros)
}

/// `+0100`, `+01:00`, `+1`, `GMT+1`, `MSK`, in lower case or not.
fn offset(text: &str) -> Option<FixedOffset> {
    let lower = text.trim().to_lowercase();
    if let Some(offset) = offset_of(&lower) {
        return Some(offset);
    }
    let signed = lower.strip_prefix("gmt").or_else(|| lower.strip_prefix("utc")).unwrap_or(&lower);
    let (sign, digits) = match signed.chars().next()? {
        '+' => (1, &signed[1..]),
        '-' => (-1, &signed[1..]),
        '\u{2212}' => (-1, &signed['\u{2212}'.len_utf8()..]),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let minutes = if digits.len() <= 2 { number * 60 } else { number / 100 * 60 + number % 100 };
    FixedOffset::east_opt(sign * minutes * 60)
}

/// 1 to 12 from a month's name or its beginning in a European language.
fn month(word: &str) -> Option<u32> {
    // Beginnings that no other month of these languages has.
    const BEGINNINGS: [&[&str]; 12] = [
        &["jan", "jän", "gen", "ene", "янв", "sty", "січ", "ιαν", "oca"],
        &["feb", "fév", "fev", "febbr", "фев", "lut", "лют", "φεβ", "şub"],
        &["mar", "mär", "már", "μάώ", "μαώ", "maer", "mrt", "мар", "бер", "μάρ", "μαρ"],
        &["apr", "ápr", "avr", "abr", "апр", "kwi", "кві", "απρ", "nis"],
        &["may", "máj", "máu", "μαι", "mai", "mag", "mei", "maj", "май", "мая", "тра", "μάι", "μαϊ"],
        &["jun", "jún", "ιον", "giu", "juin", "июн", "cze", "чер", "ιούν", "ιουν", "haz"],
        &["jul", "júl", "ιολ", "lug", "juil", "июл", "lip", "лип", "ιούλ", "ιουλ", "tem"],
        &["aug", "ago", "aoû", "aou", "авг", "sie", "сер", "αύγ", "αυγ", "ağu"],
        &["sep", "szep", "set", "сен", "wrz", "вер", "σεπ", "eyl"],
        &["oct", "okt", "ott", "out", "окт", "paź", "жов", "οκτ", "eki"],
        &["nov", "ноя", "lis", "лис", "νοέ", "νοε", "kas"],
        &["dec", "dez", "dic", "déc", "дек", "gru", "гру", "δεκ", "ara"],
    ];
    let is_of = |beginnings: &&[&str]| beginnings.iter().any(|beginning| word.starts_with(beginning));
    let found = BEGINNINGS.iter().position(is_of)?;
    u32::try_from(found + 1).ok()
}

/// A day of the week that begins as a month does.
fn is_weekday(word: &str) -> bool {
    matches!(word, "mardi" | "martes" | "martedì" | "martedi")
}

#[cfg(test)]
mod tests {
    fn utc(text: &str) -> Option<String> {
        crate::time::parse(text, "Europe/Moscow".parse().unwrap())
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn strange_dates_are_read() {
        for (text, expected) in [
            ("Sat, Dec 16 2023 02:02:33 PM", "2023-12-16T11:02:33Z"),
            ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15Z"),
            ("mar, 22 mar 2022 10:00:00 +0100", "2022-03-22T09:00:00Z"),
            ("mardi 4 mai 2021 10:00 +0200", "2021-05-04T08:00:00Z"),
            ("Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21Z"),
            ("Thu, 01 Jan 98 19:48 EST", "1998-01-02T00:48:00Z"),
            ("Thu, 01 Jan 2004 24:00 CET", "2004-01-01T23:00:00Z"),
            ("Do., 8. Februar 2024 09:30 MEZ", "2024-02-08T08:30:00Z"),
            ("8 февраля 2024 12:30", "2024-02-08T09:30:00Z"),
            ("Чт, 08 фев 2024 12:30:00 MSK", "2024-02-08T09:30:00Z"),
            ("February 8th, 2024 9:30 a.m. UTC", "2024-02-08T09:30:00Z"),
            ("February 8, 2024", "2024-02-07T21:00:00Z"),
            ("Thu Jan  1 19:48:21 2004", "2004-01-01T16:48:21Z"),
            ("Thu, 31 Dec 2003 19:48:60 GMT+03:00", "2003-12-31T16:48:59Z"),
            ("31-Dec-2003 19:48:21Z", "2003-12-31T19:48:21Z"),
            ("Wed, 31 Dec 2003 12:00 AM GMT", "2003-12-31T00:00:00Z"),
            ("Tue, 10 Jun 2003 04:00:00 GMT (summer)", "2003-06-10T04:00:00Z"),
            ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z"),
            ("Mon,29 Jan 2007 10:00:00 Etc/GMT", "2007-01-29T10:00:00Z"),
            ("Thursday, 8 February 2024 10:30 Europe/Berlin", "2024-02-08T09:30:00Z"),
            ("Sun Jan  4 16:29:06 PDT 2004", "2004-01-04T23:29:06Z"),
            ("2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z"),
            ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z"),
            ("2004년 05월 28일 오후 01:31:15", "2004-05-28T04:31:15Z"),
            ("2004-05-25 오후 11:23:17", "2004-05-25T14:23:17Z"),
            ("2024年2月8日 12:30", "2024-02-08T09:30:00Z"),
            ("2003335", "2003-11-30T21:00:00Z"),
            ("2003", "2002-12-31T21:00:00Z"),
            ("2003-12", "2003-11-30T21:00:00Z"),
            ("2003-335", "2003-11-30T21:00:00Z"),
            ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z"),
            ("2003-12-31T10+01:00", "2003-12-31T09:00:00Z"),
            ("2003-12-31 10:14:55 EST", "2003-12-31T15:14:55Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_day_is_none() {
        for text in [
            "",
            "yesterday at 10:00",
            "Thu, 32 Jan 2004 10:00:00 GMT",
            "Thu, 01 Jan 2004 25:00:00 GMT",
            "10:00",
            "12345",
            "2003-13",
            "99999999999999999999 Jan 2004",
            &"1 ".repeat(1_000),
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }
}
