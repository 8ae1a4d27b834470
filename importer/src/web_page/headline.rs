//! The headline without what pages add to it for search engines.

use deunicode::deunicode;

use crate::time::{self, Zone};

const SEPARATORS: [&str; 10] = [" | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ", " : "];

/// A candidate without the names of its site, and whole where another title of the page shows that it was cut.
pub(super) fn clean(title: &str, others: &[&str], site: &[&str]) -> String {
    let site: Vec<String> = site.iter().map(|name| key(name)).filter(|name| !name.is_empty()).collect();
    let mut title = title.trim();
    while let Some(shorter) = without_end(title, &site).or_else(|| without_start(title, &site)) {
        title = shorter;
    }
    let is_core = |other: &str| {
        let behind = title.strip_prefix(other);
        key(other).len() > 10 && behind.is_some_and(|rest| SEPARATORS.iter().any(|between| rest.starts_with(between)))
    };
    if let Some(core) = others.iter().find(|other| is_core(other)) {
        return (*core).to_owned();
    }
    let start = title.strip_suffix('…').or_else(|| title.strip_suffix("...")).map(str::trim_end);
    let whole = start.filter(|start| start.len() > 20).and_then(|start| {
        let others = others.iter().map(|other| without_end(other, &site).unwrap_or(other));
        others.filter(|other| other.starts_with(start) && !other.ends_with(['…', '.'])).max_by_key(|other| other.len())
    });
    whole.unwrap_or(title).to_owned()
}

fn without_end<'t>(title: &'t str, site: &[String]) -> Option<&'t str> {
    let mut ends = SEPARATORS.iter().flat_map(|between| title.rmatch_indices(between));
    ends.find_map(|(at, between)| {
        let (rest, end) = (title[..at].trim_end(), title[at + between.len()..].trim());
        let is_time = || end.contains([':', '.']) && time::parse(end, Zone::UTC).is_some();
        ((is_site(end, site) || is_time()) && !key(rest).is_empty()).then_some(rest)
    })
}

fn without_start<'t>(title: &'t str, site: &[String]) -> Option<&'t str> {
    let mut starts = SEPARATORS.iter().flat_map(|between| title.match_indices(between));
    starts.find_map(|(at, between)| {
        let rest = title[at + between.len()..].trim_start();
        (is_site(&title[..at], site) && !key(rest).is_empty()).then_some(rest)
    })
}

fn is_site(part: &str, site: &[String]) -> bool {
    let part = key(part);
    !part.is_empty() && site.contains(&part)
}

/// Letters and digits alone, so that `STERN.de` is `stern.de` and `Neue Zürcher` is `neue-zurcher`.
fn key(text: &str) -> String {
    let text = deunicode(text).to_lowercase();
    let text = text.strip_prefix("www.").unwrap_or(&text);
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_site_is_left_out() {
        let site = ["stern.de", "stern", "Neue Zürcher"];
        assert_eq!(clean("The Moon | STERN.de", &[], &site), "The Moon");
        assert_eq!(clean("Stern - The Moon - a story", &[], &site), "The Moon - a story");
        assert_eq!(clean("The Moon – Neue Zuercher | stern.de", &[], &["stern.de"]), "The Moon – Neue Zuercher");
        assert_eq!(clean("The Moon | Night - Sky", &[], &["night: sky"]), "The Moon");
        assert_eq!(clean("The Moon : 06.11.2023, 11.41 Uhr", &[], &site), "The Moon");
        assert_eq!(clean("A - B", &[], &site), "A - B");
        assert_eq!(clean("Stern", &[], &site), "Stern");
    }

    #[test]
    fn another_title_shows_where_it_ends() {
        assert_eq!(clean("Who owns the Moon? | Science | News", &["Who owns the Moon?"], &[]), "Who owns the Moon?");
        assert_eq!(
            clean("Who owns the Moon? What the trea…", &["Who owns the Moon? What the treaties say - Site"], &["site"]),
            "Who owns the Moon? What the treaties say"
        );
    }
}
