//! What a channel says of itself, in RSS or Atom.

use super::{
    construct::text_of,
    entry::Channel,
    markup::{page, relation},
    xml::{Element, Space},
};

/// The description of a channel, a feed or a source.
pub(super) fn describe(channel: &Element) -> Channel {
    let plain = |names: &[(Space, &str)]| {
        names.iter().find_map(|(space, name)| channel.all(*space, name).find_map(|element| text_of(element)?.plain()))
    };
    let self_link = channel
        .all(Space::Atom, "link")
        .find(|link| relation(link) == "self")
        .and_then(|link| link.address(link.attribute("href")?));
    let language = [(Space::Rss, "language"), (Space::Dc, "language")]
        .iter()
        .find_map(|(space, name)| channel.text_of(*space, name))
        .or_else(|| channel.language.as_deref().map(str::to_owned));
    let hours = channel.first(Space::Rss, "skiphours").into_iter().flat_map(|hours| hours.all(Space::Rss, "hour"));
    let hours = hours.filter_map(|hour| hour.text()?.parse::<u8>().ok()).filter(|hour| *hour <= 24);
    Channel {
        title: plain(&[(Space::Rss, "title"), (Space::Atom, "title"), (Space::Dc, "title"), (Space::Itunes, "title")]),
        description: plain(&[
            (Space::Rss, "description"),
            (Space::Atom, "subtitle"),
            (Space::Atom, "tagline"),
            (Space::Dc, "description"),
            (Space::Itunes, "summary"),
            (Space::Itunes, "subtitle"),
        ]),
        home: page(channel, language.as_deref()),
        address: self_link,
        language: language.as_deref().and_then(super::language),
        copyright_notice: plain(&[
            (Space::Rss, "copyright"),
            (Space::Atom, "rights"),
            (Space::Atom, "copyright"),
            (Space::Dc, "rights"),
            (Space::DcTerms, "rights"),
            (Space::Media, "copyright"),
        ]),
        pace: pace(channel),
        // Some count from 1 to 24.
        skip_hours: hours.map(|hour| hour % 24).collect(),
    }
}

/// `ttl` in minutes, or the period and frequency of the syndication module.
fn pace(channel: &Element) -> Option<u64> {
    let ttl = channel.text_of(Space::Rss, "ttl").and_then(|minutes| minutes.parse::<u64>().ok());
    if let Some(minutes) = ttl.filter(|minutes| *minutes > 0) {
        return minutes.checked_mul(60);
    }
    let period = channel.text_of(Space::Syndication, "updateperiod")?;
    let seconds = match period.to_ascii_lowercase().as_str() {
        "hourly" => 3_600,
        "daily" => 86_400,
        "weekly" => 7 * 86_400,
        "monthly" => 30 * 86_400,
        "yearly" => 365 * 86_400,
        _ => return None,
    };
    let frequency = channel.text_of(Space::Syndication, "updatefrequency").and_then(|times| times.parse::<u64>().ok());
    Some(seconds / frequency.unwrap_or(1).max(1))
}
