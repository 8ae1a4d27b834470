//! What an item is about, who made it, where it is from, and what kind of item it is.

use entity::{article::Genre, gallery::GalleryKind};
use serde_json::Value;

use super::view::{Entry, View};
use crate::{
    address,
    draft::{Contributor, Place, Term, Topic},
    text, vocabulary,
};

/// The section: the subject that is marked as one.
pub(super) fn section(item: &View<'_>) -> Option<Term> {
    let subjects = item.views(&["subjects", "subject"]);
    let (_, section) = subjects.into_iter().find(|(_, subject)| is_section(subject))?;
    let literal = section.text(&["literal", "code"]);
    Some(Term { name: section.text(&["name"]).or_else(|| literal.clone())?, slug: literal, url: None })
}

fn is_section(subject: &View<'_>) -> bool {
    subject.raw(&["rel"]).is_some_and(|rel| matches!(rel.to_ascii_lowercase().as_str(), "section" | "desk"))
}

/// Subjects first, the most relevant before others, then keywords, people and organisations.
pub(super) fn topics(item: &View<'_>) -> Vec<Topic> {
    let mut ranked: Vec<(f64, Topic)> = Vec::new();
    for entry in item.list(&["subjects", "subject"]) {
        match entry {
            Entry::Object { view, .. } if is_section(&view) => {}
            Entry::Object { view, .. } => {
                ranked.extend(topic(&view).map(|topic| (view.float(&["relevance"]).unwrap_or_default(), topic)));
            }
            Entry::Text { text, .. } => ranked.extend(named(&text).map(|topic| (0.0, topic))),
        }
    }
    ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let mut topics: Vec<Topic> = ranked.into_iter().map(|(_, topic)| topic).collect();
    for entry in item.list(&["keywords", "keyword"]) {
        topics.extend(match entry {
            Entry::Object { view, .. } => topic(&view),
            Entry::Text { text, .. } => named(&text),
        });
    }
    for (_, person) in item.views(&["people", "person"]) {
        if role(&person).is_none() {
            topics.extend(topic(&person));
        }
    }
    let organisations = item.views(&["organisations", "organisation"]);
    let (events, objects) = (item.views(&["events", "event"]), item.views(&["objects", "object"]));
    for (_, concept) in organisations.into_iter().chain(events).chain(objects) {
        topics.extend(topic(&concept));
    }
    let mut seen = std::collections::HashSet::new();
    topics.retain(|topic| seen.insert(topic.qcode.clone().unwrap_or_else(|| topic.name.to_lowercase())));
    topics
}

fn topic(concept: &View<'_>) -> Option<Topic> {
    let code = concept.text(&["literal", "code"]);
    let qcode = identifier(concept);
    let name = concept.text(&["name"]).or_else(|| code.clone())?;
    let slug = code.filter(|code| text::slug(code).as_ref() == Some(code) && code.contains(char::is_alphabetic));
    Some(Topic { slug: slug.filter(|_| qcode.is_some()), name, qcode, ..Topic::default() })
}

/// What identifies a concept: its `uri`, else its code in its scheme; media topics by the code that all formats have.
fn identifier(concept: &View<'_>) -> Option<String> {
    let uri = concept.text(&["uri"]);
    let code = concept.text(&["literal", "code"]);
    let scheme = concept.text(&["scheme"]).filter(|scheme| !scheme.contains(char::is_whitespace));
    let in_scheme = scheme.zip(code.clone()).map(|(scheme, code)| {
        let separator = if scheme.ends_with(['/', ':', '#']) { "" } else { ":" };
        (format!("{scheme}{code}"), format!("{scheme}{separator}{code}"))
    });
    uri.as_deref()
        .and_then(vocabulary::media_topic)
        .or_else(|| vocabulary::media_topic(&in_scheme.as_ref()?.0))
        .or_else(|| uri.filter(|uri| uri.contains(':')))
        .or_else(|| vocabulary::qcode(code.as_deref()?))
        .or_else(|| Some(in_scheme?.1))
}

fn named(name: &str) -> Option<Topic> {
    Some(Topic { name: text::plain(name)?, ..Topic::default() })
}

/// Who made the item: the people who are marked so.
pub(super) fn contributors(item: &View<'_>) -> Vec<Contributor> {
    let people = item.views(&["people", "person"]).into_iter().filter_map(|(_, person)| {
        let (role, name, uri) = (Some(role(&person)?), person.text(&["name"])?, identifier(&person));
        Some(Contributor { name, uri, role, ..Contributor::default() })
    });
    people.collect()
}

fn role(person: &View<'_>) -> Option<String> {
    let rel = person.raw(&["rel"])?.to_ascii_lowercase();
    let makes = [
        "author",
        "creator",
        "writer",
        "reporter",
        "photographer",
        "illustrator",
        "editor",
        "translator",
        "contributor",
    ];
    makes.contains(&rel.as_str()).then_some(rel)
}

/// How the content came to be.
pub(super) fn digital_source_type(item: &View<'_>) -> Option<String> {
    match item.value(&["digitalsourcetype", "digitalsourcetypes"])? {
        (_, Value::String(text)) => text::plain(text),
        _ => item.view(&["digitalsourcetype", "digitalsourcetypes"])?.text(&["uri", "literal", "code", "name"]),
    }
}

/// The place that the item is from, and the places that it is about.
pub(super) fn places(item: &View<'_>) -> (Option<Place>, Vec<Place>) {
    let (mut from, mut about) = (None, Vec::new());
    for entry in item.list(&["places", "place"]) {
        let (view, rel) = match entry {
            Entry::Object { view, .. } => {
                let rel = view.raw(&["rel"]).unwrap_or_default().to_ascii_lowercase();
                (view, rel)
            }
            Entry::Text { text, .. } => {
                about.extend(text::plain(&text).map(|name| Place { name, ..Place::default() }));
                continue;
            }
        };
        let Some(place) = place(&view) else { continue };
        if from.is_none() && matches!(rel.as_str(), "located" | "dateline" | "createdin") {
            from = Some(place);
        } else {
            about.push(place);
        }
    }
    if from.is_none() {
        let located = item.text(&["located"]);
        from = located.and_then(|line| from_dateline(&line, &about));
    }
    (from, about)
}

/// "GROSSETO, Italy (AP)" is from Grosseto: one of the places that the item names, else a new one when the words before the comma
/// can be a name.
fn from_dateline(line: &str, known: &[Place]) -> Option<Place> {
    let town = line.split([',', '(', '/', ';']).next()?.trim();
    if let Some(place) = known.iter().find(|place| place.name.to_lowercase() == town.to_lowercase()) {
        return Some(place.clone());
    }
    let is_name =
        town.chars().all(|character| character.is_alphabetic() || matches!(character, ' ' | '-' | '.' | '\'' | '’'));
    let words = town.split_whitespace().count();
    (is_name && (1..=4).contains(&words)).then(|| Place { name: vocabulary::title_case(town), ..Place::default() })
}

fn place(view: &View<'_>) -> Option<Place> {
    let literal = view.text(&["literal"]);
    let name = view.text(&["name"]).or_else(|| literal.clone())?;
    let point = view.view(&["geojson", "geometry", "geometry_geojson"]).and_then(|shape| {
        let is_point = shape.raw(&["type"]).is_some_and(|kind| kind == "Point");
        let numbers = if is_point { shape.numbers(&["coordinates"]) } else { Vec::new() };
        // GeoJSON: longitude goes first.
        match numbers[..] {
            [longitude, latitude, ..] if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
                Some((latitude, longitude))
            }
            _ => None,
        }
    });
    Some(Place {
        slug: literal.filter(|literal| text::slug(literal).as_ref() == Some(literal)),
        name,
        uri: identifier(view),
        country_code: None,
        time_zone: None,
        latitude: point.map(|(latitude, _)| latitude),
        longitude: point.map(|(_, longitude)| longitude),
    })
}

/// Who supplied the item.
pub(super) fn source(item: &View<'_>) -> Option<Term> {
    let sources = item.views(&["infosources", "infosource"]);
    let is_provider = |view: &View<'_>| view.raw(&["role"]).is_none_or(|role| role.eq_ignore_ascii_case("provider"));
    let listed = sources.iter().find(|(_, view)| is_provider(view)).or(sources.first());
    let listed = listed.and_then(|(_, view)| {
        let literal = view.text(&["literal"]);
        let url = view.text(&["uri"]).filter(|uri| address::web(uri).is_some());
        Some(Term { name: view.text(&["name"]).or_else(|| literal.clone())?, slug: literal, url })
    });
    let named = |name| item.text(&[name]).map(|name| Term { name, ..Term::default() });
    listed.or_else(|| named("provider")).or_else(|| named("copyrightholder"))
}

fn genres(item: &View<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for entry in item.list(&["genres", "genre"]) {
        match entry {
            Entry::Object { view, .. } => names.extend(["literal", "code", "uri", "name"].map(|key| view.text(&[key]))),
            Entry::Text { text, .. } => names.push(Some(text)),
        }
    }
    names.into_iter().flatten().collect()
}

pub(super) fn genre(item: &View<'_>) -> Option<Genre> {
    genres(item).iter().find_map(|name| vocabulary::genre(name))
}

pub(super) fn gallery_kind(item: &View<'_>) -> Option<GalleryKind> {
    genres(item).iter().find_map(|name| match name.to_ascii_lowercase().as_str() {
        "photo" | "photos" => Some(GalleryKind::Photo),
        "infographic" | "infographics" => Some(GalleryKind::Infographic),
        "video" | "videos" => Some(GalleryKind::Video),
        _ => None,
    })
}
