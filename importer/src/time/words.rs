//! Zones as they are written beside times: `IST`, `GMT`, `Asia/Kolkata`, `Eastern Time`. One table for every format.

use std::ops::Range;

use chrono::FixedOffset;
use deunicode::deunicode;

use super::{NoTime, region::Origin, zone::Zone};

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stated {
    Offset(FixedOffset),
    Zone(Zone),
}

/// Minutes east, or the zone whose clock it is: of words that hold in summer and winter, and of zones whose distance changed over the years.
#[derive(Clone, Copy)]
enum Meaning {
    East(i32),
    Clock(&'static str),
}

use Meaning::{Clock, East};

/// What a word means where nothing says otherwise: as the place has it that uses it more than all others.
const WORDS: &[(&str, Meaning)] = &[
    ("z", East(0)),
    ("zz", East(0)),
    ("ut", East(0)),
    ("utc", East(0)),
    ("uct", East(0)),
    ("gmt", East(0)),
    ("zulu", East(0)),
    // Europe
    ("wet", East(0)),
    ("west", East(60)),
    ("bst", East(60)),
    ("cet", East(60)),
    ("mez", East(60)),
    ("met", East(60)),
    ("cest", East(120)),
    ("mesz", East(120)),
    ("mest", East(120)),
    ("eet", East(120)),
    ("eest", East(180)),
    ("fet", East(180)),
    ("msk", Clock("Europe/Moscow")),
    ("msd", East(240)),
    ("trt", Clock("Europe/Istanbul")),
    ("samt", Clock("Europe/Samara")),
    ("azot", East(-60)),
    ("azost", East(0)),
    // Africa
    ("wat", East(60)),
    ("wast", East(120)),
    ("cat", East(120)),
    ("sast", East(120)),
    ("eat", East(180)),
    ("mut", East(240)),
    ("ret", East(240)),
    ("sct", East(240)),
    ("cvt", East(-60)),
    // Asia
    ("idt", East(180)),
    ("irst", East(210)),
    ("irdt", East(270)),
    ("gst", East(240)),
    ("azt", East(240)),
    ("get", Clock("Asia/Tbilisi")),
    ("aft", East(270)),
    ("pkt", East(300)),
    ("uzt", East(300)),
    ("tmt", East(300)),
    ("tjt", East(300)),
    ("mvt", East(300)),
    ("yekt", Clock("Asia/Yekaterinburg")),
    ("almt", Clock("Asia/Almaty")),
    ("ist", East(330)),
    ("slst", East(330)),
    ("npt", East(345)),
    ("btt", East(360)),
    ("kgt", East(360)),
    ("omst", Clock("Asia/Omsk")),
    ("mmt", East(390)),
    ("ict", East(420)),
    ("wib", East(420)),
    ("hovt", East(420)),
    ("novt", Clock("Asia/Novosibirsk")),
    ("krat", Clock("Asia/Krasnoyarsk")),
    ("wita", East(480)),
    ("hkt", East(480)),
    ("sgt", East(480)),
    ("myt", East(480)),
    ("pht", East(480)),
    ("phst", East(480)),
    ("bnt", East(480)),
    ("ulat", East(480)),
    ("irkt", Clock("Asia/Irkutsk")),
    ("wit", East(540)),
    ("jst", East(540)),
    ("kst", East(540)),
    ("yakt", Clock("Asia/Yakutsk")),
    ("vlat", Clock("Asia/Vladivostok")),
    ("magt", Clock("Asia/Magadan")),
    ("sakt", Clock("Asia/Sakhalin")),
    ("pett", Clock("Asia/Kamchatka")),
    // Australia and the Pacific
    ("awst", East(480)),
    ("awdt", East(540)),
    ("acst", East(570)),
    ("acdt", East(630)),
    ("aest", East(600)),
    ("aedt", East(660)),
    ("aet", Clock("Australia/Sydney")),
    ("lhst", East(630)),
    ("lhdt", East(660)),
    ("chst", East(600)),
    ("pgt", East(600)),
    ("sbt", East(660)),
    ("nct", East(660)),
    ("vut", East(660)),
    ("nzst", East(720)),
    ("nzdt", East(780)),
    ("nzt", Clock("Pacific/Auckland")),
    ("fjt", East(720)),
    ("chast", East(765)),
    ("chadt", East(825)),
    ("tot", East(780)),
    ("sst", East(-660)),
    // North America
    ("nst", East(-210)),
    ("ndt", East(-150)),
    ("ast", East(-240)),
    ("adt", East(-180)),
    ("est", East(-300)),
    ("edt", East(-240)),
    ("et", Clock("America/New_York")),
    ("cst", East(-360)),
    ("cdt", East(-300)),
    ("ct", Clock("America/Chicago")),
    ("mst", East(-420)),
    ("mdt", East(-360)),
    ("mt", Clock("America/Denver")),
    ("pst", East(-480)),
    ("pdt", East(-420)),
    ("pt", Clock("America/Los_Angeles")),
    ("akst", East(-540)),
    ("akdt", East(-480)),
    ("akt", Clock("America/Anchorage")),
    ("hst", East(-600)),
    ("hdt", East(-540)),
    ("hast", East(-600)),
    ("hadt", East(-540)),
    // The same in French
    ("hnt", East(-210)),
    ("hna", East(-240)),
    ("haa", East(-180)),
    ("hne", East(-300)),
    ("hae", East(-240)),
    ("hnc", East(-360)),
    ("hac", East(-300)),
    ("hnr", East(-420)),
    ("har", East(-360)),
    ("hnp", East(-480)),
    ("hap", East(-420)),
    // South America
    ("fnt", East(-120)),
    ("brt", East(-180)),
    ("brst", East(-120)),
    ("art", East(-180)),
    ("uyt", East(-180)),
    ("gft", East(-180)),
    ("srt", East(-180)),
    ("fkst", East(-180)),
    ("clst", East(-180)),
    ("clt", East(-240)),
    ("bot", East(-240)),
    ("gyt", East(-240)),
    ("pyt", Clock("America/Asuncion")),
    ("vet", Clock("America/Caracas")),
    ("cot", East(-300)),
    ("pet", East(-300)),
    ("ect", East(-300)),
];

/// Words that mean something else in some countries. Of those that are not above, only the country can tell.
const ELSEWHERE: &[(&str, &[&str], Meaning)] = &[
    ("ist", &["IE"], East(60)),
    ("ist", &["IL"], East(120)),
    ("ist", &["IN", "LK"], East(330)),
    ("bst", &["GB", "GG", "IM", "JE"], East(60)),
    ("bst", &["BD"], East(360)),
    ("bst", &["PG"], East(660)),
    ("bdt", &["BD"], East(360)),
    ("bdt", &["BN"], East(480)),
    ("cst", &["US", "CA", "MX"], East(-360)),
    ("cst", &["CN", "HK", "MO", "TW"], East(480)),
    ("cst", &["CU"], East(-300)),
    ("cdt", &["CU"], East(-240)),
    ("cst", &["AU"], East(570)),
    ("cdt", &["AU"], East(630)),
    ("ct", &["CN", "TW"], East(480)),
    ("ct", &["AU"], Clock("Australia/Adelaide")),
    ("est", &["US", "CA", "JM", "PA"], East(-300)),
    ("est", &["AU"], East(600)),
    ("edt", &["AU"], East(660)),
    ("et", &["AU"], Clock("Australia/Sydney")),
    ("wst", &["AU"], East(480)),
    ("wst", &["WS"], East(780)),
    ("ast", &["SA", "AE", "BH", "IQ", "KW", "QA", "YE"], East(180)),
    ("adt", &["IQ"], East(240)),
    ("pst", &["US", "CA", "MX"], East(-480)),
    ("pst", &["PH"], East(480)),
    ("pst", &["PK"], East(300)),
    ("mst", &["US", "CA", "MX"], East(-420)),
    ("mst", &["MY"], East(480)),
    ("mst", &["MM"], East(390)),
    ("gst", &["GU"], East(600)),
    ("sst", &["SG"], East(480)),
    ("sst", &["SB"], East(660)),
    ("amt", &["BR"], East(-240)),
    ("amt", &["AM"], East(240)),
    ("act", &["BR"], East(-300)),
    ("act", &["AU"], Clock("Australia/Adelaide")),
    ("gst", &["GS"], East(-120)),
    ("ect", &["AG", "BB", "DM", "GD", "KN", "LC", "TT", "VC"], East(-240)),
];

/// Zones in words, in lower-case ASCII.
const LONG: &[(&str, &str)] = &[
    ("coordinated universal time", "utc"),
    ("universal time", "utc"),
    ("greenwich mean time", "gmt"),
    ("british summer time", "bst/GB"),
    ("irish standard time", "ist/IE"),
    ("israel standard time", "ist/IL"),
    ("india standard time", "ist/IN"),
    ("indian standard time", "ist/IN"),
    ("bangladesh standard time", "bst/BD"),
    ("pakistan standard time", "pkt"),
    ("nepal time", "npt"),
    ("western european time", "wet"),
    ("western european summer time", "west"),
    ("central european standard time", "cet"),
    ("central european summer time", "cest"),
    ("central european time", "cet"),
    ("eastern european standard time", "eet"),
    ("eastern european summer time", "eest"),
    ("eastern european time", "eet"),
    ("moscow standard time", "msk"),
    ("moscow time", "msk"),
    ("po moskovskomu vremeni", "msk"),
    ("po moskve", "msk"),
    ("gulf standard time", "gst"),
    ("arabian standard time", "ast/SA"),
    ("arabia standard time", "ast/SA"),
    ("west africa time", "wat"),
    ("central africa time", "cat"),
    ("east africa time", "eat"),
    ("south africa standard time", "sast"),
    ("china standard time", "cst/CN"),
    ("beijing time", "cst/CN"),
    ("bei jing shi jian", "cst/CN"),
    ("hong kong time", "hkt"),
    ("singapore standard time", "sgt"),
    ("singapore time", "sgt"),
    ("philippine standard time", "pst/PH"),
    ("japan standard time", "jst"),
    ("korea standard time", "kst"),
    ("korean standard time", "kst"),
    ("australian western standard time", "awst"),
    ("australian central standard time", "acst"),
    ("australian central daylight time", "acdt"),
    ("australian eastern standard time", "aest"),
    ("australian eastern daylight time", "aedt"),
    ("new zealand standard time", "nzst"),
    ("new zealand daylight time", "nzdt"),
    ("newfoundland standard time", "nst"),
    ("newfoundland daylight time", "ndt"),
    ("atlantic standard time", "ast/CA"),
    ("atlantic daylight time", "adt/CA"),
    ("eastern standard time", "est"),
    ("eastern daylight time", "edt"),
    ("eastern time", "et"),
    ("central standard time", "cst"),
    ("central daylight time", "cdt"),
    ("central time", "ct"),
    ("mountain standard time", "mst/US"),
    ("mountain daylight time", "mdt"),
    ("mountain time", "mt"),
    ("pacific standard time", "pst/US"),
    ("pacific daylight time", "pdt"),
    ("pacific time", "pt"),
    ("alaska standard time", "akst"),
    ("alaska daylight time", "akdt"),
    ("alaska time", "akt"),
    ("hawaii standard time", "hst"),
    ("brasilia standard time", "brt"),
    ("brasilia time", "brt"),
    ("argentina standard time", "art"),
    ("argentina time", "art"),
    ("horario de brasilia", "brt"),
    ("hora de brasilia", "brt"),
    ("eastern", "et"),
    ("pacific", "pt"),
];

/// Words between a clock and its zone, or behind a time, that are none: the hour in many languages, and where the reader is.
const FILLERS: &[&str] = &[
    "uhr", "h", "hs", "hr", "hrs", "hour", "hours", "hora", "horas", "heures", "ore", "uur", "klo", "kl", "o", "clock",
    "ch", "chas", "chasov", "godz", "hod", "saat", "local", "time", "am", "pm", "a", "p", "m", "ad", "ce", "on", "at",
    "the",
];

/// How days of the week are cut short.
const WEEKDAYS: &[&str] = &[
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so",
    "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mie", "jue", "vie", "sab", "dom", "gio", "seg", "ter", "qua",
    "qui", "sex", "man", "tir", "ons", "tor", "fre", "lor", "son", "pon", "wt", "sro", "czw", "pt", "niedz", "pzt",
    "sal", "car", "per", "cum", "cmt", "paz",
];

/// A time without the zone that stands in it.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) rest: String,
    pub(super) zone: Option<Result<Stated, NoTime>>,
}

/// Takes the zone out of a text that holds a time: letters behind the clock, or the name of a zone wherever it stands. An offset in
/// numbers stays.
pub(super) fn split(text: &str, origin: &Origin) -> Split {
    let found = named(text).or_else(|| lettered(text, origin));
    let Some((mut span, zone)) = found else { return Split { rest: text.to_owned(), zone: None } };
    // Brackets around a zone are its own.
    let (before, behind) = (text[..span.start].trim_end(), text[span.end..].trim_start());
    if before.ends_with(['(', '[']) && behind.starts_with([')', ']']) {
        span = before.len() - 1..text.len() - behind.len() + 1;
    }
    let word = text[span.clone()].trim_matches(['(', ')', '[', ']', ' ']);
    let rest = format!("{} {}", &text[..span.start], &text[span.end..]);
    let is_own = || {
        let (time, _) = super::civil(&rest, origin).ok()?;
        Some(origin.zone.letters(time)?.eq_ignore_ascii_case(word))
    };
    // The zone of the source may use the word itself.
    let zone = if origin.zone != Zone::UTC && is_own() == Some(true) { Ok(Stated::Zone(origin.zone)) } else { zone };
    Split { rest, zone: Some(zone) }
}

/// What a word means for a text from somewhere.
fn meaning(word: &str, origin: &Origin) -> Option<Result<Stated, NoTime>> {
    let (word, place) = word.split_once('/').unwrap_or((word, ""));
    let place = Some(place).filter(|place| !place.is_empty());
    let mut is_ambiguous = false;
    let elsewhere = || ELSEWHERE.iter().filter(|(known, ..)| *known == word);
    for country in place.into_iter().chain(origin.countries()) {
        if let Some((.., meaning)) = elsewhere().find(|(_, countries, _)| countries.contains(&country)) {
            return Some(stated(*meaning));
        }
    }
    is_ambiguous |= elsewhere().next().is_some();
    match WORDS.iter().find(|(known, _)| *known == word) {
        Some((_, meaning)) => Some(stated(*meaning)),
        None if is_ambiguous => Some(Err(NoTime::AmbiguousZone(word.to_uppercase()))),
        None => None,
    }
}

fn stated(meaning: Meaning) -> Result<Stated, NoTime> {
    match meaning {
        East(minutes) => Ok(Stated::Offset(FixedOffset::east_opt(minutes * 60).expect("less than a day"))),
        Clock(name) => name.parse().map(Stated::Zone).map_err(|_| NoTime::UnknownZone(name.to_owned())),
    }
}

/// What letters behind a number and a clock say, as in `10:14:55EST`.
pub(super) fn offset_of(word: &str) -> Option<FixedOffset> {
    let (_, meaning) = WORDS.iter().find(|(known, _)| *known == word)?;
    match stated(*meaning).ok()? {
        Stated::Offset(offset) => Some(offset),
        Stated::Zone(_) => None,
    }
}

/// The name of a zone in the tz database.
fn named(text: &str) -> Option<(Range<usize>, Result<Stated, NoTime>)> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '/' | '_' | '+' | '-');
    let mut start = 0;
    while let Some(at) = text[start..].find(is_part).map(|at| start + at) {
        let length = text[at..].find(|sign: char| !is_part(sign)).unwrap_or(text.len() - at);
        let run = &text[at..at + length];
        start = at + length;
        let Some((area, rest)) = run.split_once('/') else { continue };
        // Not a day of `12/Dec/2023`, nor `am/pm`.
        if area.len() < 3 || !area.bytes().all(|byte| byte.is_ascii_alphabetic()) || rest.is_empty() {
            continue;
        }
        if let Ok(zone) = run.parse::<Zone>() {
            return Some((at..at + length, Ok(Stated::Zone(zone))));
        }
        let before = text[..at].trim_end();
        if area.starts_with(|sign: char| sign.is_ascii_uppercase())
            && before.ends_with(|sign: char| sign.is_ascii_digit())
        {
            return Some((at..at + length, Err(NoTime::UnknownZone(run.to_owned()))));
        }
    }
    None
}

/// Letters that stand for a zone.
fn lettered(text: &str, origin: &Origin) -> Option<(Range<usize>, Result<Stated, NoTime>)> {
    let end = clock_end(text)?;
    let words = words(text, end);
    let mut is_direct = true;
    for (index, span) in words.iter().enumerate() {
        let written = &text[span.clone()];
        let word = deunicode(written).to_lowercase();
        let word = word.trim();
        if is_signed(&text[span.end..]) && matches!(word, "gmt" | "utc" | "ut") {
            return None;
        }
        if let Some((long, zone)) = long(text, &words[index..], origin) {
            return Some((long, zone));
        }
        if FILLERS.contains(&word) {
            continue;
        }
        let is_last = index + 1 == words.len();
        let is_upper = written.chars().all(char::is_uppercase);
        if (is_direct || is_upper)
            && let Some(zone) = meaning(word, origin)
            // `pt` is a Friday, and `et` an "and", where they stand before the day.
            && (written.chars().count() > 2 || is_upper || is_last)
        {
            return Some((span.clone(), zone));
        }
        let is_month = super::local::month(word).is_some() || WEEKDAYS.contains(&word);
        let is_ascii = written.bytes().all(|byte| byte.is_ascii_alphabetic());
        let length = written.len();
        let is_code = is_ascii && is_upper && (2..=5).contains(&length);
        let is_military = is_ascii && is_upper && length == 1 && is_last;
        let is_small = is_ascii && is_direct && is_last && (3..=4).contains(&length) && written == word;
        if !is_month && (is_direct || is_last) && (is_code || is_military || is_small) {
            return Some((span.clone(), Err(NoTime::UnknownZone(written.to_owned()))));
        }
        if !is_month && is_direct && is_ascii && names_a_time(text, &words[index..]) {
            return Some((
                span.start..words[words.len() - 1].end,
                Err(NoTime::UnknownZone(text[span.start..].to_owned())),
            ));
        }
        is_direct = false;
    }
    None
}

/// A zone in words.
fn long(text: &str, words: &[Range<usize>], origin: &Origin) -> Option<(Range<usize>, Result<Stated, NoTime>)> {
    let first = words.first()?;
    (1..=5.min(words.len())).rev().find_map(|count| {
        let span = first.start..words[count - 1].end;
        let folded = deunicode(&text[span.clone()]).to_lowercase();
        let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, word) = LONG.iter().find(|(known, _)| *known == folded)?;
        Some((span, meaning(word, origin)?))
    })
}

/// Whether words end in `… Standard Time`, of a zone that is in no table.
fn names_a_time(text: &str, words: &[Range<usize>]) -> bool {
    let is = |span: &Range<usize>, word: &str| text[span.clone()].eq_ignore_ascii_case(word);
    words.len() >= 3
        && words.last().is_some_and(|last| is(last, "time"))
        && words.iter().any(|span| is(span, "standard") || is(span, "daylight") || is(span, "summer"))
}

/// Words of letters from a place on.
fn words(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, sign) in text[from..].char_indices().map(|(at, sign)| (from + at, sign)).chain([(text.len(), ' ')]) {
        match (sign.is_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                words.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn is_signed(rest: &str) -> bool {
    let mut signs = rest.trim_start().chars();
    matches!(signs.next(), Some('+' | '-' | '\u{2212}')) && signs.next().is_some_and(|sign| sign.is_ascii_digit())
}

/// Where `10:30`, `10:30:15.125`, `10h30`, `10.30 Uhr` or `6 pm` ends.
fn clock_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = 0;
    while at < bytes.len() {
        let count = digits(at);
        if count == 0 {
            at += 1;
            continue;
        }
        let is_offset = at > 0 && bytes[at - 1] == b'+';
        let end = at + count;
        at = end;
        if count > 2 || is_offset || end >= bytes.len() {
            continue;
        }
        let rest = text[end..].trim_start().to_ascii_lowercase();
        if ["am", "pm", "a.m", "p.m"].iter().any(|half| rest.starts_with(half)) {
            return Some(end);
        }
        let minutes = if end < bytes.len() { digits(end + 1) } else { 0 };
        let mut end = end;
        let separator = bytes[end];
        if !matches!(separator, b':' | b'h' | b'.') || minutes != 2 {
            continue;
        }
        end += 3;
        if separator == b'.' && !text[end..].trim_start().to_ascii_lowercase().starts_with("uhr") {
            continue;
        }
        if bytes.get(end) == Some(&b':') && digits(end + 1) == 2 {
            end += 3;
            if matches!(bytes.get(end), Some(b'.' | b',')) {
                end += 1 + digits(end + 1);
            }
        }
        return Some(end);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reading::Defaults, time::read};

    fn utc(text: &str, languages: &[&str], address: &str, zone: &str) -> String {
        let defaults = Defaults { time_zone: zone.parse().unwrap(), ..Defaults::default() };
        let origin = Origin::new(&defaults, languages.iter().copied(), [address]);
        match read(text, &origin) {
            Ok(time) => time.format("%d %H:%M").to_string(),
            Err(no) => no.to_string(),
        }
    }

    fn plain(text: &str) -> String {
        utc(text, &[], "", "UTC")
    }

    #[test]
    fn words_for_zones_are_read_in_every_form_of_a_time() {
        for (word, expected) in [
            ("IST", "30 00:30"),
            ("BST", "30 05:00"),
            ("AEST", "29 20:00"),
            ("AEDT", "29 19:00"),
            ("NZST", "29 18:00"),
            ("NZDT", "29 17:00"),
            ("SGT", "29 22:00"),
            ("HKT", "29 22:00"),
            ("SAST", "30 04:00"),
            ("ET", "30 11:00"),
            ("CT", "30 12:00"),
            ("MT", "30 13:00"),
            ("PT", "30 14:00"),
            ("KST", "29 21:00"),
            ("GST", "30 02:00"),
            ("WIB", "29 23:00"),
            ("WITA", "29 22:00"),
            ("PKT", "30 01:00"),
            ("TRT", "30 03:00"),
            ("BRT", "30 09:00"),
            ("ART", "30 09:00"),
            ("CLST", "30 09:00"),
            ("AKST", "30 15:00"),
            ("HST", "30 16:00"),
            ("AST", "30 10:00"),
            ("ADT", "30 09:00"),
            ("NST", "30 09:30"),
            ("WAT", "30 05:00"),
            ("EAT", "30 03:00"),
            ("CAT", "30 04:00"),
            ("IDT", "30 03:00"),
            ("CST", "30 12:00"),
            ("CDT", "30 11:00"),
            ("EST", "30 11:00"),
            ("MSK", "30 03:00"),
            ("GMT", "30 06:00"),
            ("UTC", "30 06:00"),
            ("Z", "30 06:00"),
            ("CET", "30 05:00"),
        ] {
            for text in [
                format!("Mon, 30 Nov 2026 06:00:00 {word}"),
                format!("Mon, 30 Nov 2026 06:00 {word}"),
                format!("30 Nov 26 06:00:00 {word}"),
                format!("Nov 30, 2026 06:00 {word}"),
                format!("Nov 30, 2026 6:00 AM {word}"),
                format!("Mon Nov 30 06:00:00 {word} 2026"),
                format!("2026-11-30 06:00:00 {word}"),
                format!("2026-11-30T06:00:00 ({word})"),
                format!("November 30, 2026 at 6:00 a.m. {word}"),
                format!("6:00 AM {word}, Mon November 30, 2026"),
                format!("30 Nov 2026 06:00 {}", word.to_lowercase()),
            ] {
                assert_eq!(plain(&text), expected, "{text}");
            }
        }
    }

    #[test]
    fn names_of_zones_are_read() {
        for (text, expected) in [
            ("30 Nov 2026 06:00 Asia/Kolkata", "30 00:30"),
            ("Mon, 30 Nov 2026 06:00:00 Asia/Kolkata", "30 00:30"),
            ("2026-11-30 06:00:00 America/New_York", "30 11:00"),
            ("2026-07-30 06:00:00 America/New_York", "30 10:00"),
            ("2026-11-30T06:00:00[Asia/Kolkata]", "30 00:30"),
            ("2026-11-30T06:00:00+05:30[Asia/Kolkata]", "30 00:30"),
            ("2026-11-30 06:00 america/port-au-prince", "30 11:00"),
            ("30 Nov 2026 06:00 (Etc/GMT+5)", "30 11:00"),
            ("30 Nov 2026 06:00 Eastern Time", "30 11:00"),
            ("30 Jul 2026 06:00 Eastern Time", "30 10:00"),
            ("July 30, 2026 6 p.m. ET", "30 22:00"),
            ("30 Nov 2026 06:00 India Standard Time", "30 00:30"),
            ("Mon Nov 30 2026 06:00:00 GMT+0530 (India Standard Time)", "30 00:30"),
            ("2026-11-30 06:00:00 +0530 IST", "30 00:30"),
            ("Mon, 30 Nov 2026 06:00:00 +0530 (XYZ)", "30 00:30"),
            ("30 ноября 2026, 06:00 (мск)", "30 03:00"),
            ("30.11.2026 06:00 МСК", "30 03:00"),
            ("30.11.2026 06:00 по московскому времени", "30 03:00"),
            ("30. November 2026, 6.00 Uhr MEZ", "30 05:00"),
            ("2026年11月30日 06:00 GMT+8", "29 22:00"),
            ("2026年11月30日 下午6:05", "30 18:05"),
            ("2026년 11월 30일 오전 06:00", "29 21:00"),
            ("2026-11-30Z", "30 00:00"),
            ("2026-11-30+05:30", "29 18:30"),
            ("Mon, 30 Nov 2026 06:00:00 MON", "30 06:00"),
            ("06:00 MON 30 NOV 2026", "30 06:00"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn words_that_mean_several_zones_follow_language_and_country() {
        for (word, languages, address, expected) in [
            ("IST", &["en-IN"][..], "", "30 00:30"),
            ("IST", &["en-IE"], "", "30 05:00"),
            ("IST", &["he"], "", "30 04:00"),
            ("IST", &["en-US"], "https://news.example.ie/", "30 05:00"),
            ("IST", &["en"], "https://news.example.co.il/rss", "30 04:00"),
            ("IST", &["en"], "https://news.example.com/", "30 00:30"),
            ("CST", &["en-us"], "", "30 12:00"),
            ("CST", &["zh-cn"], "", "29 22:00"),
            ("CST", &["zh-Hant-TW"], "", "29 22:00"),
            ("CST", &["zh"], "", "29 22:00"),
            ("CST", &["en-AU"], "", "29 20:30"),
            ("CST", &["es-CU"], "", "30 11:00"),
            ("CST", &["es"], "https://news.example.cu/", "30 11:00"),
            ("CDT", &["es-CU"], "", "30 10:00"),
            ("CDT", &["en-AU"], "", "29 19:30"),
            ("BST", &["en-GB"], "", "30 05:00"),
            ("BST", &["bn"], "", "30 00:00"),
            ("BST", &["en"], "https://news.example.com.bd/", "30 00:00"),
            ("AST", &["ar"], "", "30 03:00"),
            ("AST", &["en"], "https://news.example.sa/", "30 03:00"),
            ("AST", &["en-CA"], "", "30 10:00"),
            ("EST", &["en-AU"], "", "29 20:00"),
            ("EDT", &["en"], "https://news.example.com.au/", "29 19:00"),
            ("EST", &["en-US"], "", "30 11:00"),
            ("PST", &["en-PH"], "", "29 22:00"),
            ("MST", &["ms"], "", "29 22:00"),
            ("AMT", &["pt-BR"], "", "30 10:00"),
            ("AMT", &["hy"], "", "30 02:00"),
            ("WST", &["en-AU"], "", "29 22:00"),
        ] {
            let text = format!("Mon, 30 Nov 2026 06:00:00 {word}");
            assert_eq!(utc(&text, languages, address, "UTC"), expected, "{word} {languages:?} {address}");
        }
        assert!(plain("Mon, 30 Nov 2026 06:00:00 AMT").contains("`AMT`"));
    }

    #[test]
    fn a_word_that_the_zone_of_the_source_uses_is_its_own() {
        let text = "Mon, 30 Nov 2026 06:00:00 IST";
        assert_eq!(utc(text, &[], "", "Asia/Jerusalem"), "30 04:00");
        assert_eq!(utc(text, &["en-IE"], "", "Asia/Kolkata"), "30 00:30");
        assert_eq!(utc("Mon, 30 Nov 2026 06:00:00 CST", &[], "", "Asia/Shanghai"), "29 22:00");
        assert_eq!(utc(text, &[], "", "Europe/Moscow"), "30 00:30");
    }

    #[test]
    fn a_zone_that_is_not_known_gives_no_time() {
        for (text, word) in [
            ("Mon, 30 Nov 2026 06:00:00 XYZ", "XYZ"),
            ("Mon, 30 Nov 2026 06:00:00 xyz", "xyz"),
            ("Mon, 30 Nov 2026 06:00:00 B", "B"),
            ("Mon Nov 30 06:00:00 QQT 2026", "QQT"),
            ("Nov 30, 2026 6:00 PM XXT", "XXT"),
            ("2026-11-30 06:00:00 XYZ", "XYZ"),
            ("2026-11-30T06:00:00 XYZ", "XYZ"),
            ("30 Nov 2026 06:00 Mars/Base", "Mars/Base"),
            ("30 Nov 2026 06:00 Frisian Standard Time", "Frisian Standard Time"),
        ] {
            let said = plain(text);
            assert!(said.contains(&format!("`{word}`")), "{text}: {said}");
        }
    }

    #[test]
    fn no_word_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        assert!(WORDS.iter().all(|(word, _)| seen.insert(word)), "a word of the table stands twice");
        for (_, meaning) in WORDS {
            stated(*meaning).unwrap();
        }
        for (_, word) in LONG {
            assert!(meaning(word, &Origin::of(Zone::UTC)).is_some(), "{word}");
        }
    }
}
