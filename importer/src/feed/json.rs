//! JSON Feed 1.0 and 1.1, item by item: one that is broken does not take the others along.

use std::rc::Rc;

use serde_json::{Map, Value};
use url::Url;

use super::{
    entry::{Category, Channel, Entry, Feed, Text, has_reference},
    media::{About, Kind, Medium},
    person::Person,
};
use crate::{
    reading::{Note, Problem},
    text,
    wire::MANY,
};

type Object = Map<String, Value>;

/// Reads a JSON Feed.
pub(super) fn read(source: &str, base: Option<&Url>) -> Result<Feed, Problem> {
    let document: Value = serde_json::from_str(source.trim_start_matches('\u{feff}'))?;
    let Value::Object(document) = document else {
        return Err(Problem::new("JSON, but not a JSON Feed: the document is no object"));
    };
    let mut warnings = Vec::new();
    let version = string(&document, "version").unwrap_or_default();
    if !version.contains("jsonfeed.org/version/1") {
        if !document.contains_key("items") || document.contains_key("$schema") {
            let message = "not a JSON Feed: `version` must be `https://jsonfeed.org/version/1` or `…/1.1`";
            return Err(Problem::at("version", message));
        }
        let message = format!("`{version}` is no version of JSON Feed; read as 1.1");
        warnings.push(Note { at: "version".to_owned(), message });
    }
    let Some(Value::Array(items)) = document.get("items") else {
        return Err(Problem::at("items", "must be a list of items"));
    };
    let home = address(&document, "home_page_url", base);
    // Relative addresses are not foreseen; where they are, they are of the page.
    let base = home.as_deref().and_then(|home| Url::parse(home).ok()).or_else(|| base.cloned()).map(Rc::new);
    let mut entries = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item {
            Value::Object(item) => entries.push(entry(item, index, base.as_ref())),
            _ => warnings.push(Note { at: format!("items[{index}]"), message: "no object, left out".to_owned() }),
        }
    }
    let channel = Channel {
        title: string(&document, "title").and_then(|title| text::plain(&title)),
        description: string(&document, "description").and_then(|text| text::plain(&text)),
        home,
        address: address(&document, "feed_url", base.as_deref()),
        language: string(&document, "language").as_deref().and_then(super::language),
        ..Channel::default()
    };
    Ok(Feed { channel, authors: authors(&document), entries, removed: Vec::new(), warnings })
}

/// A string, or a number where one was meant.
fn string(object: &Object, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn address(object: &Object, name: &str, base: Option<&Url>) -> Option<String> {
    super::address(&string(object, name)?, base)
}

fn objects<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    let list = object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_object)
}

/// `authors`, and `author` of version 1.0 where there are none.
fn authors(object: &Object) -> Vec<Person> {
    let person = |author: &Object| string(author, "name").map(|name| Person { name, uri: string(author, "url") });
    let people: Vec<_> = objects(object, "authors").filter_map(person).collect();
    if people.is_empty() {
        object.get("author").and_then(Value::as_object).and_then(person).into_iter().collect()
    } else {
        people
    }
}

fn entry(item: &Object, index: usize, base: Option<&Rc<Url>>) -> Entry {
    let language = string(item, "language");
    let text = |name, is_html| {
        let value = string(item, name)?;
        // Many publishers write the references of their pages into plain text.
        let is_html = is_html || has_reference(&value);
        Some(Text { value, is_html, base: base.cloned(), language: language.clone() })
    };
    let tags = item.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let tags = tags.iter().filter_map(|tag| text::folded(tag.as_str()?));
    Entry {
        at: format!("items[{index}]"),
        id: string(item, "id"),
        url: address(item, "url", base.map(|base| &**base))
            .or_else(|| address(item, "external_url", base.map(|base| &**base))),
        title: text("title", false),
        summary: text("summary", false),
        content: text("content_html", true).or_else(|| {
            let mut text = text("content_text", false)?;
            if !text.value.contains("\n\n") {
                // Nothing breaks the lines of JSON but their author.
                text.value = text.value.replace('\n', "\n\n");
            }
            Some(text)
        }),
        authors: authors(item),
        published: string(item, "date_published"),
        updated: string(item, "date_modified"),
        categories: tags.map(|term| Category { term, ..Category::default() }).collect(),
        media: media(item, base.map(|base| &**base)),
        language: language.clone(),
        ..Entry::default()
    }
}

fn media(item: &Object, base: Option<&Url>) -> Vec<Medium> {
    let mut media = Vec::new();
    let mut push = |url: String, media_type: Option<String>, kind, title: Option<String>, seconds: Option<f64>| {
        // Attachments of one title are the same thing in several formats.
        let same = media.iter().find(|other: &&Medium| title.is_some() && other.about.title == title);
        media.push(Medium {
            group: same.map_or(media.len() + 1, |other| other.group),
            kind,
            url,
            media_type,
            width: None,
            height: None,
            is_thumbnail: false,
            is_default: false,
            seconds,
            about: About { title, ..About::default() },
        });
    };
    for name in ["image", "banner_image"] {
        if let Some(url) = address(item, name, base) {
            push(url, None, Kind::Image, None, None);
        }
    }
    for attachment in objects(item, "attachments").take(MANY) {
        let media_type = string(attachment, "mime_type");
        if let Some(url) = address(attachment, "url", base) {
            let kind = Kind::of(None, media_type.as_deref(), &url);
            let title = string(attachment, "title").and_then(|title| text::folded(&title));
            let seconds = attachment.get("duration_in_seconds").and_then(Value::as_f64);
            push(url, media_type, kind, title, seconds);
        }
    }
    media
}
