//! Entries to articles: identity, texts, times and pictures.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::article::PubStatus;
use url::{Url, form_urlencoded};

use super::{
    entry::{Category, Channel, Entry, Feed, Removed},
    media::{self, Kind},
};
use crate::{
    draft::{Article, Block, Contributor, Draft, Image, Term, Topic},
    html::Picture,
    reading::{Defaults, Reading},
    text,
    time::{self, Origin},
};

/// A description of more characters is the text itself, not a summary of it.
const SUMMARY: usize = 600;

/// Characters of a headline that is made of the first words of a summary.
const HEADLINE: usize = 80;

/// The articles of a feed.
pub(super) fn read(feed: Feed, defaults: &Defaults) -> Reading {
    let Feed { channel, authors, entries, removed, warnings } = feed;
    let mut reading = Reading { warnings, ..Reading::default() };
    let shared = shared_ids(&entries);
    let mut found: Vec<Found> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for mut entry in entries {
        if entry.authors.is_empty() {
            entry.authors.clone_from(&authors);
        }
        if entry.id.as_ref().is_some_and(|id| shared.contains(id)) && entry.url.is_some() {
            entry.warnings.push("its id is that of other items too; its address identifies it".to_owned());
            entry.id = None;
        }
        let at = entry.at.clone();
        let identity = entry.id.as_deref().and_then(|id| identity(id, &channel, defaults));
        let Some((uri, warning)) = identity.or_else(|| address_as_identity(&entry)) else {
            reading.skip(
                at,
                "nothing identifies it: it has neither an id nor an address; give it a `guid`, an `id` or a `link`",
            );
            continue;
        };
        entry.warnings.extend(warning);
        let origin = origin(&entry, &channel, defaults);
        let changed = [&entry.updated, &entry.published].into_iter().flatten();
        let changed = { changed }.find_map(|text| time::read(text, &origin).ok());
        let this = Found { uri, entry, origin, changed };
        let Some(place) = places.get(&this.uri).copied() else {
            places.insert(this.uri.clone(), found.len());
            found.push(this);
            continue;
        };
        let other = &mut found[place];
        let message =
            format!("`{}` stands in the feed more than once; the version that was changed last is taken", this.uri);
        match (this.changed, other.changed) {
            (Some(new), Some(old)) if new > old => {
                *other = this;
                other.entry.warnings.push(message);
            }
            (Some(new), Some(old)) if new < old => other.entry.warnings.push(message),
            _ => reading.skip(at, format!("`{}` stands before it in the same feed", this.uri)),
        }
    }
    let changed: HashMap<String, DateTime<Utc>> =
        found.iter().filter_map(|found| Some((found.uri.clone(), found.changed?))).collect();
    for Found { uri, mut entry, origin, .. } in found {
        let at = entry.at.clone();
        for warning in std::mem::take(&mut entry.warnings) {
            reading.warn(at.clone(), warning);
        }
        match article(uri, entry, &channel, &origin, defaults, &mut reading) {
            Some(article) => reading.drafts.push(Draft::Article(Box::new(article))),
            None => reading.skip(at, "it has neither a title nor a text to make one of"),
        }
    }
    for Removed { id, when } in removed {
        let Some((uri, _)) = identity(&id, &channel, defaults) else { continue };
        let updated_at = when.and_then(|when| time::parse(&when, defaults.time_zone));
        if updated_at.zip(changed.get(&uri)).is_some_and(|(when, changed)| when < *changed) {
            reading.warn("at:deleted-entry", format!("`{uri}` was changed after it was deleted, and is kept"));
            continue;
        }
        // It names no headline, and is not shown.
        let withdrawn =
            Article { headline: uri.clone(), uri, status: PubStatus::Canceled, updated_at, ..Article::default() };
        reading.drafts.push(Draft::Article(Box::new(withdrawn)));
    }
    reading
}

/// An entry with what is known of it before it is an article.
struct Found {
    uri: String,
    entry: Entry,
    origin: Origin,
    changed: Option<DateTime<Utc>>,
}

/// Where the times of an entry are from.
fn origin(entry: &Entry, channel: &Channel, defaults: &Defaults) -> Origin {
    let languages = [entry.language.as_deref(), channel.language.as_deref()];
    let feed = [channel.home.as_deref(), channel.address.as_deref()];
    let own = entry.url.as_deref().filter(|_| feed.iter().all(Option::is_none));
    Origin::new(defaults, languages.into_iter().flatten(), feed.into_iter().flatten().chain(own))
}

/// Ids that items of different addresses have in common, such as `0`.
fn shared_ids(entries: &[Entry]) -> HashSet<String> {
    let mut urls: HashMap<&str, &Option<String>> = HashMap::new();
    let mut shared = HashSet::new();
    for entry in entries {
        let Some(id) = entry.id.as_deref() else { continue };
        // An item of Atom may move.
        if entry.is_one_by_id && is_global(id) && entry.updated.is_some() {
            continue;
        }
        if *urls.entry(id).or_insert(&entry.url) != &entry.url {
            shared.insert(id.to_owned());
        }
    }
    shared
}

/// The page of an entry without an id, or what there is to hear or see in it.
fn address_as_identity(entry: &Entry) -> Option<(String, Option<String>)> {
    let enclosure = || {
        let medium = entry.media.iter().find(|medium| matches!(medium.kind, Kind::Audio | Kind::Video))?;
        Some((medium.url.clone(), Some("it has neither an id nor a link; its enclosure identifies it".to_owned())))
    };
    entry.url.clone().map(|url| (url, None)).or_else(enclosure)
}

/// What an id is everywhere, and a warning when that cannot be said. One that is not unique beyond the feed stands behind the
/// address of the feed's page: `https://news.example/#1234`.
fn identity(id: &str, channel: &Channel, defaults: &Defaults) -> Option<(String, Option<String>)> {
    let id = text::folded(id)?;
    if is_global(&id) {
        return Some((id, None));
    }
    let address = defaults.base.as_ref().map(ToString::to_string);
    if let Some(feed) = channel.home.clone().or_else(|| channel.address.clone()).or(address) {
        return Some((format!("{}#{id}", without_campaign(&feed)), None));
    }
    if let Some(name) = channel.title.as_deref().and_then(name_in_urn) {
        return Some((format!("urn:feed:{name}:{id}"), None));
    }
    let warning = format!("`{id}` is no address and the feed has none; it may be that of another feed's item too");
    Some((id, Some(warning)))
}

/// A title as a part of a URN. One that is not in ASCII keeps its letters, as titles that sound alike are not one.
fn name_in_urn(title: &str) -> Option<String> {
    if title.is_ascii() {
        return text::slug(title);
    }
    text::folded(title).map(|title| form_urlencoded::byte_serialize(title.to_lowercase().as_bytes()).collect())
}

/// An address without its fragment and without what counts where readers come from.
fn without_campaign(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.starts_with("utm_"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url.into()
}

/// An address or a name with a scheme, or a number too long to come twice.
fn is_global(id: &str) -> bool {
    if id.contains(char::is_whitespace) {
        return false;
    }
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
            && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '-' | '.'))
    };
    let has_scheme = id.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    let digits = id.chars().filter(char::is_ascii_hexdigit).count();
    has_scheme || (digits >= 24 && id.chars().all(|sign| sign.is_ascii_hexdigit() || matches!(sign, '-' | '{' | '}')))
}

fn article(
    uri: String,
    mut entry: Entry,
    channel: &Channel,
    origin: &Origin,
    defaults: &Defaults,
    reading: &mut Reading,
) -> Option<Article> {
    let at = entry.at.clone();
    let at = at.as_str();
    let mut moment = |what: &str, text: &Option<String>| {
        let text = text.as_deref()?;
        match time::read(text, origin) {
            Ok(moment) => Some(moment),
            Err(reason) => {
                reading.warn(at, format!("{what}: `{}` {reason}", first_words(text)));
                None
            }
        }
    };
    let published: Option<DateTime<Utc>> = moment("published", &entry.published);
    let updated_at = moment("updated", &entry.updated);
    let embargoed_until = moment("embargo", &entry.embargoed);
    let expires_at = moment("expiration", &entry.expires);
    let is_held = entry.embargoed.is_some() && embargoed_until.is_none();
    if is_held {
        reading.warn(at, "the end of its embargo is not known: it is held back");
    }
    if published.zip(updated_at).is_some_and(|(published, updated)| updated < published) {
        reading.warn(at, "it was updated before it was published");
    }
    leave_out_early(&mut entry, published.max(updated_at), origin, reading);
    let Texts { standfirst, mut body, mut pictures } = texts(&entry);
    let headline = match entry.title.as_ref().and_then(|title| title.plain()) {
        Some(headline) => headline,
        None => {
            let words = standfirst.clone().or_else(|| body.iter().find_map(|block| text::folded(&block.text())))?;
            reading.warn(at, "it has no title; the first words of its text stand for one");
            first_words(&words)
        }
    };
    let mut images = media::images(&entry.media).into_iter();
    let mut lead_image = lead(images.next(), &mut body, &mut pictures);
    if let Some(image) = &mut lead_image {
        // The headline again does not say what the picture shows.
        image.alt = image.alt.take().filter(|alt| *alt != headline);
    }
    let held: HashSet<String> = body.iter().filter_map(address_of).collect();
    let further = images.map(|image| Block::Image { image: Box::new(image) });
    let is_new = |block: &Block| address_of(block).is_none_or(|address| !held.contains(&address));
    let others: Vec<Block> = further.chain(media::embeds(&entry.media)).filter(is_new).collect();
    body.extend(others);

    let mut contributors = Vec::new();
    let people = entry.authors.iter().map(|person| (person, "author"));
    let people = people.chain(entry.contributors.iter().map(|person| (person, "contributor")));
    for contributor in people.flat_map(|(person, role)| person.contributors(role)) {
        if contributors.iter().all(|other: &Contributor| other.name != contributor.name) {
            contributors.push(contributor);
        }
    }
    let mut lines: Vec<String> = entry.authors.iter().filter_map(|person| super::person::name(&person.name)).collect();
    lines.dedup();
    let byline = lines.join(", ");

    let of_text = [&entry.content, &entry.title, &entry.summary].into_iter().flatten();
    let languages = of_text.filter_map(|text| text.language.as_deref()).chain(entry.language.as_deref());
    let of_channel = || channel.title.clone().map(|name| Term { slug: None, name, url: channel.home.clone() });
    Some(Article {
        uri,
        url: entry.url.clone(),
        status: if is_held || entry.is_draft { PubStatus::Withheld } else { PubStatus::Usable },
        language: languages
            .filter_map(super::language)
            .next()
            .or_else(|| channel.language.clone())
            .or_else(|| defaults.language.clone()),
        headline,
        standfirst,
        byline: (!byline.is_empty()).then_some(byline),
        places: entry.places.clone(),
        // Of many entries of Atom the last change is all that is known.
        published_at: published.or(updated_at),
        updated_at,
        embargoed_until,
        expires_at,
        topics: topics(&entry.categories),
        contributors,
        source: entry.source.clone().or_else(of_channel),
        usage_terms: entry.terms.clone(),
        copyright_notice: entry.rights.clone().or_else(|| channel.copyright_notice.clone()),
        lead_image,
        body,
        ..Article::default()
    })
}

/// Leaves out the files of an item that have a time of their own and may not be shown yet when the item is.
fn leave_out_early(entry: &mut Entry, shown: Option<DateTime<Utc>>, origin: &Origin, reading: &mut Reading) {
    let at = entry.at.clone();
    let moment = |text: &Option<String>| text.as_deref().map(|text| time::read(text, origin).ok());
    entry.media.retain(|medium| {
        let media::Period { start, end } = &medium.about.valid;
        let is_early =
            moment(start).is_some_and(|start| start.is_none_or(|start| shown.is_none_or(|shown| start > shown)));
        let is_late = moment(end).is_some_and(|end| end.zip(shown).is_some_and(|(end, shown)| end <= shown));
        let text = |time: &Option<String>| time.clone().unwrap_or_default();
        if is_early {
            reading
                .warn(&at, format!("`{}` may not be shown before {}: the file is left out", medium.url, text(start)));
        } else if is_late {
            reading.warn(&at, format!("`{}` may not be shown after {}: the file is left out", medium.url, text(end)));
        } else if end.is_some() {
            let message =
                format!("`{}` may not be shown after {}: the file stays as long as its item", medium.url, text(end));
            reading.warn(&at, message);
        }
        !is_early && !is_late
    });
}

struct Texts {
    standfirst: Option<String>,
    body: Vec<Block>,
    /// Pictures of a summary, which is kept without them.
    pictures: Vec<Image>,
}

/// The summary is the standfirst and the content is the text. A long summary alone is the text.
fn texts(entry: &Entry) -> Texts {
    let picture = &mut |picture: Picture| {
        if media::is_pixel(&picture.src, picture.width, picture.height) { None } else { picture.into_image() }
    };
    let body = entry.content.as_ref().map(|content| content.blocks(picture)).unwrap_or_default();
    let Some(summary) = &entry.summary else { return Texts { standfirst: None, body, pictures: Vec::new() } };
    if !body.is_empty() {
        let whole = body.iter().map(Block::text).collect::<Vec<_>>().join(" ");
        let standfirst = summary.plain().filter(|summary| Some(summary) != text::folded(&whole).as_ref());
        return Texts { standfirst, body, pictures: Vec::new() };
    }
    let blocks = summary.blocks(picture);
    let is_text = |block: &&Block| !block.text().is_empty();
    let length: usize = blocks.iter().map(|block| block.text().chars().count()).sum();
    let has_structure = blocks.iter().any(|block| !matches!(block, Block::Paragraph { .. } | Block::Image { .. }));
    if length > SUMMARY || blocks.iter().filter(is_text).count() > 1 || has_structure {
        return Texts { standfirst: None, body: blocks, pictures: Vec::new() };
    }
    let standfirst = blocks.iter().find(is_text).and_then(|block| text::folded(&block.text()));
    let pictures = blocks.into_iter().filter_map(|block| match block {
        Block::Image { image } => Some(*image),
        _ => None,
    });
    Texts { standfirst, body: Vec::new(), pictures: pictures.collect() }
}

/// The picture on top: the item's own, else the first of its texts. One that the text begins with is not shown twice.
fn lead(own: Option<Image>, body: &mut Vec<Block>, pictures: &mut Vec<Image>) -> Option<Image> {
    let first = match body.first() {
        Some(Block::Image { image }) if own.as_ref().is_none_or(|own| is_same(own, image)) => Some((**image).clone()),
        _ => None,
    };
    if first.is_some() {
        body.remove(0);
    }
    let in_body = || {
        body.iter().find_map(|block| match block {
            Block::Image { image } => Some((**image).clone()),
            _ => None,
        })
    };
    let mut lead =
        own.or(first.clone()).or_else(|| (!pictures.is_empty()).then(|| pictures.remove(0))).or_else(in_body)?;
    if let Some(first) = first {
        lead.alt = lead.alt.or(first.alt);
        lead.caption = lead.caption.or(first.caption);
    }
    Some(lead)
}

fn is_same(one: &Image, other: &Image) -> bool {
    one.uri == other.uri || one.renditions.iter().any(|rendition| rendition.href == other.uri)
}

/// The address of a picture or an embed.
fn address_of(block: &Block) -> Option<String> {
    match block {
        Block::Image { image } => Some(image.uri.clone()),
        Block::Embed { url, .. } => Some(url.clone()),
        Block::Audio(medium) | Block::Video(medium) => Some(medium.url.clone()),
        _ => None,
    }
}

fn first_words(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() && words.chars().count() + word.chars().count() >= HEADLINE {
            return words + "…";
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().take(HEADLINE));
    }
    words
}

fn topics(categories: &[Category]) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for category in categories {
        let qcode = qcode(category);
        let name = category.label.as_deref().unwrap_or(&category.term);
        let Some(name) = text::folded(name) else { continue };
        if topics.iter().all(|other| other.name != name && (qcode.is_none() || other.qcode != qcode)) {
            topics.push(Topic { name, qcode, ..Topic::default() });
        }
    }
    topics
}

/// The code of a concept of the IPTC. The schemes of other feeds are no vocabularies: one that everybody may put words into has no
/// codes.
fn qcode(category: &Category) -> Option<String> {
    let known = [("medtop", "mediatopic"), ("subj", "subjectcode")];
    let term = category.term.trim();
    let scheme = category.scheme.as_deref().unwrap_or_default().to_ascii_lowercase();
    known.iter().find_map(|(prefix, vocabulary)| {
        let address = format!("cv.iptc.org/newscodes/{vocabulary}");
        let code = match term.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':')) {
            Some(code) => code,
            None if term.contains(&address) => term.rsplit('/').next()?,
            None if scheme.contains(&address) || scheme.trim_end_matches(':') == *prefix => term,
            None => return None,
        };
        (code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("{prefix}:{code}"))
    })
}
