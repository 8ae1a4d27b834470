//! Times as web pages write them for people: `7. Januar 2025, 10:30 Uhr`, `Tue Jan 21 12:00:00 CET 2020`, `31.12.2024`.
//!
//! The crates for this know English alone or take the zone of the machine for times without one.

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use deunicode::deunicode;

use super::{
    Civil, NoTime,
    region::{First, Origin},
};

/// Longer texts are no times.
const LENGTH: usize = 80;

/// How the names of months begin, January first, transliterated to lower-case ASCII: Czech, Danish, Dutch, English, French,
/// German, Italian, Norwegian, Polish, Portuguese, Russian, Spanish, Swedish, Turkish and Ukrainian. A longer beginning wins.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "genn", "gen", "stycz", "ianv", "sich", "leden", "ledna", "ocak"],
    &["feb", "fev", "lut", "fevral", "liut", "unor", "subat"],
    &["mar", "maer", "mrt", "maa", "brez", "berez"],
    &["apr", "avr", "abr", "kwie", "dub", "nisan", "kvit"],
    &["mai", "may", "maj", "mag", "mei", "kvet", "trav"],
    &["jun", "juin", "giu", "czerw", "cerv", "haz", "iiun", "cherv"],
    &["jul", "juil", "lug", "lip", "cervenec", "cervence", "temm", "iiul"],
    &["aug", "aou", "ago", "sierp", "srp", "agu", "avg", "serp"],
    &["sep", "set", "wrzes", "zari", "eylul", "sent", "veres"],
    &["oct", "okt", "ott", "out", "pazdz", "rij", "ekim", "zhov"],
    &["nov", "listop", "kasim", "noia", "lystop"],
    &["dec", "dez", "dic", "des", "grud", "prosin", "aralik", "dek", "hrud"],
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Number(&'a str),
    Word(&'a str),
    Sign(char),
}

/// The time of a clock that `text` names, and the offset beside it. Zones in letters are taken out before.
pub(super) fn parse(text: &str, origin: &Origin) -> Result<Option<Civil>, NoTime> {
    if text.len() > LENGTH || !text.starts_with(char::is_alphanumeric) {
        return Ok(None);
    }
    let text = deunicode(text).to_lowercase();
    let mut tokens = tokens(&text);
    let clock = take_clock(&mut tokens);
    let offset = take_offset(&mut tokens, clock.map(|(_, end)| end));
    let date = date(&tokens, origin)?;
    Ok(date.map(|date| (date.and_time(clock.map_or(NaiveTime::MIN, |(time, _)| time)), offset)))
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let kind = |character: char| (character.is_ascii_digit(), character.is_ascii_alphabetic());
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            (false, false) => first.len_utf8(),
            of_first => rest.find(|character| kind(character) != of_first).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(end);
        rest = behind;
        match kind(first) {
            (true, _) => tokens.push(Token::Number(token)),
            (_, true) => tokens.push(Token::Word(token)),
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Sign(first)),
        }
    }
    tokens
}

/// Takes `10:30`, `10:30:15.125`, `10:30 pm`, `10h30` or `10.30 Uhr` out; also says where it stood.
fn take_clock(tokens: &mut Vec<Token<'_>>) -> Option<(NaiveTime, usize)> {
    let two_digits = |token: Option<&Token<'_>>| match token {
        Some(Token::Number(digits)) if digits.len() <= 2 => digits.parse::<u32>().ok(),
        _ => None,
    };
    for start in 0..tokens.len() {
        if let (Some(hour), Some((after_noon, length))) = (two_digits(tokens.get(start)), half(tokens, start + 1)) {
            // `6 p.m.`
            let hour = hour.checked_rem(12).filter(|_| (1..=12).contains(&hour))? + if after_noon { 12 } else { 0 };
            tokens.drain(start..=start + length);
            return Some((NaiveTime::from_hms_opt(hour, 0, 0)?, start));
        }
        let (Some(mut hour), Some(minute)) = (two_digits(tokens.get(start)), two_digits(tokens.get(start + 2))) else {
            continue;
        };
        let says_so = tokens.get(start + 3) == Some(&Token::Word("uhr"));
        match tokens[start + 1] {
            Token::Sign(':') | Token::Word("h") => {}
            Token::Sign('.') if says_so => {}
            _ => continue,
        }
        let mut end = start + 3;
        let (mut second, mut micros) = (0, 0);
        if tokens.get(end) == Some(&Token::Sign(':')) {
            second = two_digits(tokens.get(end + 1))?;
            end += 2;
            if let (Some(Token::Sign('.' | ',')), Some(Token::Number(digits))) = (tokens.get(end), tokens.get(end + 1))
            {
                let six = digits.chars().chain("000000".chars()).take(6).collect::<String>();
                micros = six.parse().ok()?;
                end += 2;
            }
        }
        if let Some((after_noon, length)) = half(tokens, end) {
            hour = hour.checked_rem(12).filter(|_| (1..=12).contains(&hour))? + if after_noon { 12 } else { 0 };
            end += length;
        }
        let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?;
        tokens.drain(start..end);
        return Some((time, start));
    }
    None
}

/// Whether `am` or `pm` stands at a place, and how many tokens it has.
fn half(tokens: &[Token<'_>], at: usize) -> Option<(bool, usize)> {
    match tokens.get(at..)? {
        [Token::Word(word @ ("am" | "pm")), ..] => Some((*word == "pm", 1)),
        [Token::Word(word @ ("a" | "p")), Token::Sign('.'), Token::Word("m"), Token::Sign('.'), ..] => {
            Some((*word == "p", 4))
        }
        [Token::Word(word @ ("a" | "p")), Token::Sign('.'), Token::Word("m"), ..] => Some((*word == "p", 3)),
        _ => None,
    }
}

/// Takes the offset out: `+01:00` right behind the clock or behind `UTC`.
fn take_offset(tokens: &mut Vec<Token<'_>>, behind_clock: Option<usize>) -> Option<FixedOffset> {
    let mut at = behind_clock?;
    let named = tokens.iter().position(|token| matches!(token, Token::Word("utc" | "gmt" | "ut")));
    if let Some(index) = named {
        tokens.remove(index);
        at = index;
    }
    let signed = match tokens.get(at..)? {
        [Token::Sign(sign @ ('+' | '-')), Token::Number(hours), Token::Sign(':'), Token::Number(rest), ..]
            if hours.len() <= 2 && rest.len() == 2 =>
        {
            Some((*sign, hours.parse::<i32>().ok()? * 60 + rest.parse::<i32>().ok()?, 4))
        }
        [Token::Sign(sign @ ('+' | '-')), Token::Number(digits), ..] if digits.len() == 4 => {
            let number = digits.parse::<i32>().ok()?;
            Some((*sign, number / 100 * 60 + number % 100, 2))
        }
        [Token::Sign(sign @ ('+' | '-')), Token::Number(hours), ..] if hours.len() <= 2 => {
            Some((*sign, hours.parse::<i32>().ok()? * 60, 2))
        }
        _ => None,
    };
    let minutes = match signed {
        Some((sign, size, length)) => {
            tokens.drain(at..at + length);
            Some(if sign == '-' { -size } else { size })
        }
        None => named.map(|_| 0),
    };
    FixedOffset::east_opt(minutes? * 60)
}

/// The day; an error when the numbers may be two days and nothing tells which.
fn date(tokens: &[Token<'_>], origin: &Origin) -> Result<Option<NaiveDate>, NoTime> {
    let numbers: Vec<&str> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Number(digits) => Some(*digits),
            _ => None,
        })
        .collect();
    if let [first, second, third] = numbers[..]
        && (1..=2).contains(&first.len())
        && (1..=2).contains(&second.len())
        && third.len() == 4
        && tokens.iter().any(|token| matches!(token, Token::Sign('-' | '/')))
        && let (Ok(one), Ok(two), Ok(year)) = (first.parse::<u32>(), second.parse::<u32>(), third.parse::<i32>())
        && (1..=12).contains(&one)
        && (1..=12).contains(&two)
        && one != two
        && tokens.iter().all(|token| !matches!(token, Token::Sign('.')))
    {
        return match origin.first() {
            Some(First::Day) => Ok(NaiveDate::from_ymd_opt(year, two, one)),
            Some(First::Month) => Ok(NaiveDate::from_ymd_opt(year, one, two)),
            None => Err(NoTime::AmbiguousDay),
        };
    }
    Ok(certain_date(tokens))
}

fn certain_date(tokens: &[Token<'_>]) -> Option<NaiveDate> {
    let numbers: Vec<(usize, &str)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(index, token)| match token {
            Token::Number(digits) => Some((index, *digits)),
            _ => None,
        })
        .collect();
    if let [(_, first), (_, second)] = numbers[..] {
        let (day, year) = if first.len() == 4 { (second, first) } else { (first, second) };
        if year.len() != 4 {
            return None;
        }
        return NaiveDate::from_ymd_opt(year.parse().ok()?, month_beside(tokens, day)?, day.parse().ok()?);
    }
    if let [(_, digits)] = numbers[..] {
        return matches!(digits.len(), 8).then(|| NaiveDate::parse_from_str(digits, "%Y%m%d").ok())?;
    }
    let [(at, first), (_, second), (_, third)] = numbers[..] else { return None };
    let separator = tokens.get(at + 1)?;
    let (one, two, three) = (first.parse::<u32>().ok()?, second.parse::<u32>().ok()?, third.parse::<u32>().ok()?);
    match (first.len(), third.len(), separator) {
        (4, 1 | 2, Token::Sign('-' | '/' | '.')) => NaiveDate::from_ymd_opt(one.cast_signed(), two, three),
        (1 | 2, 4, Token::Sign('.')) => NaiveDate::from_ymd_opt(three.cast_signed(), two, one),
        // Day first or month first: here the numbers tell.
        (1 | 2, 4, Token::Sign('-' | '/')) if one > 12 || one == two => {
            NaiveDate::from_ymd_opt(three.cast_signed(), two, one)
        }
        (1 | 2, 4, Token::Sign('-' | '/')) if two > 12 => NaiveDate::from_ymd_opt(three.cast_signed(), one, two),
        _ => None,
    }
}

/// The month whose name stands by the number of the day; the last one, as `mar` may be a Tuesday before it.
fn month_beside(tokens: &[Token<'_>], day: &str) -> Option<u32> {
    let day = tokens.iter().position(|token| *token == Token::Number(day))?;
    let is_filler = |token: &Token<'_>| {
        matches!(
            token,
            Token::Sign(_) | Token::Word("de" | "of" | "th" | "st" | "nd" | "rd" | "er" | "do" | "den" | "o")
        )
    };
    let word = |token: Option<&Token<'_>>| match token {
        Some(Token::Word(word)) => month(word),
        _ => None,
    };
    let behind = tokens[day + 1..].iter().find(|token| !is_filler(token));
    let before = tokens[..day].iter().rev().find(|token| !is_filler(token));
    word(behind).or_else(|| word(before))
}

pub(super) fn month(word: &str) -> Option<u32> {
    let stems = (1..).zip(MONTHS).flat_map(|(month, stems)| stems.iter().map(move |stem| (month, *stem)));
    let fitting = stems.filter(|(_, stem)| word.starts_with(stem));
    fitting.max_by_key(|(_, stem)| stem.len()).map(|(month, _)| month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone::Zone;

    fn utc(text: &str) -> Option<String> {
        crate::time::parse(text, "Europe/Berlin".parse().unwrap())
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn shapes_of_web_pages_are_read() {
        for (text, expected) in [
            ("2020-01-21 12:00:00+0100", "2020-01-21T11:00:00Z"),
            ("2020-02-24T16:00:00 UTC", "2020-02-24T16:00:00Z"),
            ("2021-11-03T10:20:30ZZ", "2021-11-03T10:20:30Z"),
            ("2022-1-9T9:05:00", "2022-01-09T08:05:00Z"),
            ("2022-1-9 9:05:00", "2022-01-09T08:05:00Z"),
            ("2022-05-03T10:00:00.250-0300", "2022-05-03T13:00:00.250Z"),
            ("2022-05-03T10:00:00.250", "2022-05-03T08:00:00.250Z"),
            ("Tue Jan 21 12:00:00 CET 2020", "2020-01-21T11:00:00Z"),
            ("31.12.2024", "2024-12-30T23:00:00Z"),
            ("1.2.2024, 10.30 Uhr", "2024-02-01T09:30:00Z"),
            ("01.02.2024 - 10:30", "2024-02-01T09:30:00Z"),
            ("2024/02/01", "2024-01-31T23:00:00Z"),
            ("25/12/2023", "2023-12-24T23:00:00Z"),
            ("12/25/2023 1:05 PM", "2023-12-25T12:05:00Z"),
            ("Dec 16 2023 02:02:33 PM EST", "2023-12-16T19:02:33Z"),
            ("16 Dec 2023 12:30 a.m. GMT+1", "2023-12-15T23:30:00Z"),
            ("December 16, 2023, 6 p.m.", "2023-12-16T17:00:00Z"),
            ("10/10/2022 05:22 pm", "2022-10-10T15:22:00Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_of_months_are_read_in_many_languages() {
        for text in [
            "8 March 2024",
            "Friday, March 8th, 2024",
            "8. März 2024",
            "vendredi 8 mars 2024",
            "viernes 8 de marzo de 2024",
            "8 de março de 2024",
            "8 marzo 2024",
            "8 maart 2024",
            "8 marca 2024",
            "8 марта 2024",
            "8 березня 2024",
            "8. mars 2024",
            "8 Mart 2024",
            "2024 March 8",
        ] {
            assert_eq!(utc(text).as_deref(), Some("2024-03-07T23:00:00Z"), "{text}");
        }
        for (text, month) in [
            ("mar, 5 nov 2022", 11),
            ("5 juillet 2022", 7),
            ("5 juin 2022", 6),
            ("5 мая 2022", 5),
            ("5 июля 2022", 7),
            ("5. července 2022", 7),
            ("5 października 2022", 10),
            ("5 août 2022", 8),
            ("5 Şubat 2022", 2),
        ] {
            let time = crate::time::parse(text, Zone::UTC).map(|time| time.format("%-d.%-m.%Y").to_string());
            assert_eq!(time, Some(format!("5.{month}.2022")), "{text}");
        }
    }

    #[test]
    fn the_zone_of_the_source_is_for_times_that_name_none() {
        assert_eq!(utc("15 juillet 2022 à 15h30").as_deref(), Some("2022-07-15T13:30:00Z"));
        assert_eq!(utc("15 July 2022 15:30 MSK").as_deref(), Some("2022-07-15T12:30:00Z"));
    }

    #[test]
    fn what_may_mean_two_days_is_none() {
        for text in
            ["03/04/2024", "3-4-2024", "March 2024", "8 March", "8 Foo 2024", "31 June 2024", "25:00 8 March 2024"]
        {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    #[test]
    fn the_day_or_the_month_comes_first_as_language_and_country_have_it() {
        let read = |language: &str, address: &str| {
            let origin = Origin::new(&crate::Defaults::default(), [language], [address]);
            crate::time::read("10/05/2022 05:22 pm", &origin).map(|time| time.format("%d.%m. %H:%M").to_string())
        };
        assert_eq!(read("en-US", "").as_deref(), Ok("05.10. 17:22"));
        assert_eq!(read("en-GB", "").as_deref(), Ok("10.05. 17:22"));
        assert_eq!(read("en", "https://news.example.in/").as_deref(), Ok("10.05. 17:22"));
        assert_eq!(read("de", "").as_deref(), Ok("10.05. 17:22"));
        for (language, address) in [("en", ""), ("en-US", "https://news.example.co.uk/"), ("", "")] {
            assert_eq!(read(language, address), Err(NoTime::AmbiguousDay), "{language} {address}");
        }
    }
}
