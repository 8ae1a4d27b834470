//! Where a text is from, as far as its language and its addresses say: it decides what short words for zones mean, and whether the day or
//! the month comes first.

use url::Url;

use super::zone::Zone;
use crate::reading::Defaults;

/// Domains of countries that are used everywhere.
const USED_ANYWHERE: [&str; 18] =
    ["ac", "ag", "ai", "am", "bz", "cc", "co", "fm", "gg", "io", "la", "ly", "me", "sh", "to", "tv", "vc", "ws"];

/// Where times come from, and with it what they leave out.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The zone of times that name none.
    pub zone: Zone,
    /// Countries and languages, those that say more first: `AU`, `en`.
    countries: Vec<String>,
    languages: Vec<String>,
}

/// What stands first in `03/04/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    Day,
    Month,
}

impl Origin {
    /// Of which nothing else is known than its zone.
    pub fn of(zone: Zone) -> Self {
        Self { zone, countries: Vec::new(), languages: Vec::new() }
    }

    /// As the text itself, its document and then its source say. The domain of a country says more than a language: many programs write
    /// `en-US` wherever they are.
    pub fn new<'t>(
        defaults: &'t Defaults,
        languages: impl IntoIterator<Item = &'t str>,
        addresses: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let mut origin = Self::of(defaults.time_zone);
        let addresses = addresses.into_iter().filter_map(|address| Url::parse(address).ok());
        let addresses: Vec<Url> = addresses.chain(defaults.base.clone()).collect();
        origin.countries.extend(addresses.iter().filter_map(country));
        for tag in languages.into_iter().chain(defaults.language.as_deref()) {
            let tag = tag.trim().replace('_', "-");
            let mut parts = tag.split('-');
            let language = parts.next().unwrap_or_default().to_ascii_lowercase();
            if !(2..=3).contains(&language.len()) || matches!(language.as_str(), "und" | "mul" | "zxx") {
                continue;
            }
            origin.languages.push(language);
            let region = parts.find(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
            origin.countries.extend(region.map(str::to_ascii_uppercase));
        }
        origin
    }

    /// Countries, and the one in which a language without a country is spoken.
    pub(super) fn countries(&self) -> impl Iterator<Item = &str> {
        let of_language = self.languages.iter().filter_map(|language| home(language));
        self.countries.iter().map(String::as_str).chain(of_language)
    }

    /// What stands first where all numbers may be a month; `None` when nothing says so, or both.
    pub(super) fn first(&self) -> Option<First> {
        let of_country = self.countries.iter().filter_map(|country| match country.as_str() {
            "US" | "PH" | "FM" | "GU" | "MH" | "MP" | "PW" | "AS" | "VI" => Some(First::Month),
            // Both are in use.
            "CA" | "PR" | "CN" | "TW" | "HK" | "JP" | "KR" | "HU" | "LT" => None,
            _ => Some(First::Day),
        });
        let mut said: Vec<First> = of_country.collect();
        let unclear = self.countries.iter().any(|country| matches!(country.as_str(), "CA" | "PR"));
        if said.is_empty() && !unclear {
            let of_language = self.languages.iter().find_map(|language| match language.as_str() {
                "en" | "zh" | "ja" | "ko" | "hu" | "lt" | "mn" | "fil" | "tl" => None,
                _ => Some(First::Day),
            });
            said.extend(of_language);
        }
        let first = *said.first()?;
        (!unclear && said.iter().all(|other| *other == first)).then_some(first)
    }
}

fn country(url: &Url) -> Option<String> {
    let domain = url.domain()?.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    let is_country = domain.len() == 2 && domain.bytes().all(|byte| byte.is_ascii_alphabetic());
    match domain.as_str() {
        "eu" => None,
        "uk" => Some("GB".to_owned()),
        _ if !is_country || USED_ANYWHERE.contains(&domain.as_str()) => None,
        _ => Some(domain.to_ascii_uppercase()),
    }
}

/// The country whose clocks a language goes by, where it is the language of one.
fn home(language: &str) -> Option<&'static str> {
    Some(match language {
        "am" => "ET",
        "ar" => "SA",
        "bn" => "BD",
        "ga" => "IE",
        "he" | "iw" => "IL",
        "gu" | "hi" | "kn" | "ml" | "mr" | "or" | "pa" | "ta" | "te" => "IN",
        "hy" => "AM",
        "ms" => "MY",
        "my" => "MM",
        "fil" | "tl" => "PH",
        "zh" => "CN",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(languages: &[&str], addresses: &[&str]) -> Option<First> {
        Origin::new(&Defaults::default(), languages.iter().copied(), addresses.iter().copied()).first()
    }

    #[test]
    fn language_and_domain_say_what_stands_first() {
        let day = Some(First::Day);
        let month = Some(First::Month);
        for (languages, addresses, expected) in [
            (&["en-US"][..], &[][..], month),
            (&["en-GB"], &[], day),
            (&["de"], &[], day),
            (&["es"], &[], day),
            (&["ru"], &["https://news.example.com/"], day),
            (&["en"], &[], None),
            (&["en"], &["https://news.example.co.uk/"], day),
            (&["en"], &["https://news.example.io/"], None),
            (&["en-US"], &["https://news.example.co.uk/"], None),
            (&["en-CA"], &[], None),
            (&["ja"], &[], None),
            (&[], &[], None),
        ] {
            assert_eq!(first(languages, addresses), expected, "{languages:?} {addresses:?}");
        }
    }
}
