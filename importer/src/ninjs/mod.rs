//! IPTC ninjs 1.0 to 3.1: one reader for the three dialects, which are told apart by their shape alone because `standard` is
//! optional. <https://iptc.org/std/ninjs/>

mod media;
mod package;
mod restriction;
mod terms;
mod view;

use std::cell::RefCell;

use entity::article::PubStatus;
use serde_json::Value;

use self::{restriction::Limits, view::View};
use crate::{
    draft::{Article, Block, Correction, Draft, Image, Medium, Rendition},
    html::{self, Picture},
    json_lines,
    reading::{Defaults, Problem, Reading},
    text,
};

/// Items within items within items: deeper ones are left out.
const NESTING: usize = 8;

/// An item, or a list of items, which may also stand one a line.
fn document(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|error| {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let items: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
        items.map(Value::Array).map_err(|_| error)
    })
}

/// Whether the bytes look like a ninjs item or several of them.
pub fn recognises(bytes: &[u8]) -> bool {
    let Ok(value) = document(bytes) else { return false };
    let mut items = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice).iter();
    items.any(is_item)
}

/// The schemas demand a `uri` and nothing else.
fn is_item(item: &Value) -> bool {
    let has_uri = item.as_object().is_some_and(|object| object.keys().any(|name| name.eq_ignore_ascii_case("uri")));
    has_uri && !json_lines::is_spread(item)
}

/// Reads an item, or several.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    let value = document(bytes)?;
    let mut reading = Reading::default();
    match &value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Err(problem) = read_item(item, index.to_string(), defaults, NESTING, &mut reading) {
                    reading.skip(index.to_string(), problem.to_string());
                }
            }
        }
        item => read_item(item, String::new(), defaults, NESTING, &mut reading)?,
    }
    Ok(reading)
}

/// What kinds of item there are for a newsroom's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Picture,
    Recording,
    Composite,
}

fn read_item(
    value: &Value,
    at: String,
    defaults: &Defaults,
    nesting: usize,
    reading: &mut Reading,
) -> Result<(), Problem> {
    let Value::Object(object) = value else {
        return Err(Problem::at(at, "an item is expected here: a JSON object with `uri`"));
    };
    let notes = RefCell::new(Vec::new());
    let item = View::new(object, at, &notes);
    let read = Reader { item: &item, defaults, nesting }.read(reading);
    reading.warnings.extend(notes.take());
    read
}

/// Reads one item.
struct Reader<'r, 'v> {
    item: &'r View<'v>,
    defaults: &'r Defaults,
    nesting: usize,
}

impl<'v> Reader<'_, 'v> {
    fn read(&self, reading: &mut Reading) -> Result<(), Problem> {
        let item = self.item;
        let Some(uri) = item.text(&["uri"]) else {
            return Err(Problem::at(item.at(), "no `uri`: without it the item could not be told from others"));
        };
        let limits = Limits::of(item, self.defaults);
        match self.kind() {
            Ok(Kind::Picture) => self.picture(&uri, limits, reading),
            Ok(Kind::Composite) => package::read(self, uri, limits, reading),
            Ok(Kind::Text | Kind::Recording) => self.article(uri, limits, reading),
            Err(reason) => self.skip(&uri, limits, &reason, reading),
        }
        Ok(())
    }

    fn kind(&self) -> Result<Kind, String> {
        let declared = self.item.raw(&["type"]).map(|kind| kind.trim().to_ascii_lowercase());
        match declared.as_deref() {
            Some("text") => Ok(Kind::Text),
            Some("picture" | "graphic") => Ok(Kind::Picture),
            Some("video" | "audio") => Ok(Kind::Recording),
            Some("composite") => Ok(Kind::Composite),
            Some(kind @ ("event" | "planning" | "component")) => Err(no_page(kind)),
            Some(kind) if !kind.is_empty() => {
                let known = "text, picture, graphic, video, audio or composite";
                self.item.warn("type", format!("`{kind}` is none of {known}; taken for what it looks like"));
                self.apparent_kind()
            }
            _ => self.apparent_kind(),
        }
    }

    fn apparent_kind(&self) -> Result<Kind, String> {
        let item = self.item;
        if item.view(&["eventdetails"]).is_some() {
            return Err(no_page("event"));
        }
        let is_text = !bodies(item).is_empty() || item.views(&["renditions"]).is_empty();
        Ok(if is_text { Kind::Text } else { Kind::Picture })
    }

    /// Passes over the item; what restricts it is acted on all the same.
    fn skip(&self, uri: &str, limits: Limits, reason: &str, reading: &mut Reading) {
        if limits.is_none() {
            return reading.skip(uri, reason);
        }
        if limits.status == PubStatus::Usable {
            self.item.warn("", format!("{reason}: only what restricts the item is read"));
        }
        reading.drafts.push(self.restriction(uri, limits));
    }

    fn picture(&self, uri: &str, limits: Limits, reading: &mut Reading) {
        // What takes a picture back need not show it again.
        match media::image(self.item, self.defaults) {
            Some(image) if limits.is_none() || !image.renditions.is_empty() => {
                reading.drafts.push(Draft::Image(Box::new(image)));
            }
            Some(_) => reading.drafts.push(self.restriction(uri, limits)),
            None => reading.skip(uri, "nothing identifies the picture"),
        }
    }

    /// Reads the item as an article, and the items that come with it.
    fn article(&self, uri: String, limits: Limits, reading: &mut Reading) {
        let item = self.item;
        let Some(headline) = headline(item) else {
            return self.skip(&uri, limits, "no headline", reading);
        };
        let mut companions = package::Companions::read(self, reading);
        let (located, places) = terms::places(item);
        let body = self.body(&headline, &mut companions);
        let lead_image = companions.take_lead();
        let mut article = Article {
            version: self.version(),
            slug: self.slug(),
            status: limits.status,
            genre: terms::genre(item),
            language: item.text(&["language"]).or_else(|| self.defaults.language.clone()),
            slugline: item.text(&["slugline"]),
            standfirst: standfirst(item),
            byline: item.text(&["byline", "by"]),
            dateline: item.text(&["located"]),
            located,
            places,
            published_at: self
                .time("firstpublished")
                .or_else(|| self.time("firstcreated"))
                .or_else(|| self.updated_at()),
            updated_at: self.updated_at(),
            embargoed_until: limits.embargoed_until,
            expires_at: limits.expires_at,
            digital_source_type: terms::digital_source_type(item),
            urgency: self.urgency(),
            section: terms::section(item),
            topics: terms::topics(item),
            contributors: terms::contributors(item),
            source: terms::source(item),
            usage_terms: media::usage_terms(item),
            copyright_notice: media::copyright_notice(item),
            lead_image,
            body,
            galleries: companions.galleries,
            related: companions.related,
            translation_of: companions.translation_of,
            corrections: corrections(item),
            uri,
            headline,
            url: None,
            stories: Vec::new(),
            exclude_from_rankings: false,
        };
        // What has no place in the text stands behind it.
        article.body.extend(companions.pictures.into_iter().map(|image| Block::Image { image: Box::new(image) }));
        article.body.extend(companions.embeds);
        // What describes the item is its standfirst.
        article.body.extend(self.recording().map(|block| match block {
            Block::Audio(medium) => Block::Audio(Medium { caption: None, ..medium }),
            Block::Video(medium) => Block::Video(Medium { caption: None, ..medium }),
            other => other,
        }));
        article.related.extend(item.text(&["evolvedfrom"]).filter(|earlier| *earlier != article.uri));
        reading.drafts.push(Draft::Article(Box::new(article)));
    }

    fn version(&self) -> Option<i64> {
        self.item.integer(&["version"]).filter(|version| *version >= 0)
    }

    fn time(&self, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
        self.item.time(&[name], self.defaults)
    }

    fn updated_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.time("versioncreated").or_else(|| self.time("contentcreated"))
    }

    fn slug(&self) -> Option<String> {
        let ids = self.item.list(&["altids"]).into_iter();
        let wished = ids.filter_map(|entry| match entry {
            view::Entry::Object { view, .. } => {
                view.raw(&["role"]).filter(|role| role.eq_ignore_ascii_case("slug")).and(view.text(&["value"]))
            }
            view::Entry::Text { key, text } => key.filter(|key| key.eq_ignore_ascii_case("slug")).map(|_| text),
        });
        wished.filter_map(|slug| text::slug(&slug)).next()
    }

    fn urgency(&self) -> Option<i32> {
        let urgency = self.item.integer(&["urgency"])?;
        let valid = i32::try_from(urgency).ok().filter(|urgency| (1..=9).contains(urgency));
        if valid.is_none() {
            self.item.warn("urgency", format!("`{urgency}` is not 1 to 9; passed over"));
        }
        valid
    }

    fn body(&self, headline: &str, companions: &mut package::Companions) -> Vec<Block> {
        let Some(body) = preferred(bodies(self.item)) else { return Vec::new() };
        let mut blocks = if body.is_markup {
            let mut picture = |picture: Picture| companions.place(picture);
            html::blocks(&body.text, self.defaults.base.as_ref(), &mut picture)
        } else {
            html::blocks_of_text(&body.text)
        };
        // Some agencies repeat the headline in the text.
        if blocks.first().is_some_and(|first| first.text() == headline) {
            blocks.remove(0);
        }
        blocks
    }

    /// The file of a video or sound item.
    fn recording(&self) -> Option<Block> {
        let mut files =
            media::renditions(self.item, |media| media.starts_with("video/") || media.starts_with("audio/"));
        files.retain(|file| file.media_type.is_some());
        let Rendition { href, media_type, width, height, .. } = files.into_iter().max_by_key(|file| file.width)?;
        let is_sound = media_type.as_ref().is_some_and(|kind| kind.starts_with("audio/"));
        let poster = media::image(self.item, self.defaults).map(|mut image| {
            image.renditions.retain(|file| file.media_type.is_some());
            (image.width, image.height) = (None, None);
            image
        });
        let described = media::descriptions(self.item).into_iter();
        let caption = described.filter(|(role, _)| ["caption", "", "text", "main", "summary"].contains(&role.as_str()));
        let medium = Medium {
            url: href,
            media_type,
            duration_seconds: media::duration(self.item),
            width,
            height,
            title: self.item.text(&["title"]),
            caption: caption.map(|(_, text)| text).next(),
            poster: poster.filter(|image| !image.renditions.is_empty()).map(Box::new),
        };
        Some(if is_sound { Block::Audio(medium) } else { Block::Video(medium) })
    }

    /// The reader of an item in this one.
    fn within<'n>(&'n self, item: &'n View<'v>) -> Option<Reader<'n, 'v>> {
        Some(Reader { item, defaults: self.defaults, nesting: self.nesting.checked_sub(1)? })
    }
}

fn no_page(kind: &str) -> String {
    format!("items of the type `{kind}` have no public page")
}

/// The main headline, else the first one, else the title.
fn headline(item: &View<'_>) -> Option<String> {
    let headlines = item.views(&["headlines"]);
    let is_main = |view: &View<'_>| view.raw(&["role"]).is_none_or(|role| role.eq_ignore_ascii_case("main"));
    let listed = headlines.iter().find(|(_, view)| is_main(view)).or(headlines.first());
    listed
        .and_then(|(_, view)| view.text(&["value"]))
        .or_else(|| item.text(&["headline"]))
        .or_else(|| {
            let mut names = item.entries().map(|(name, _)| name).filter(|name| name.starts_with("headline_"));
            names.find_map(|name| item.text(&[&name]))
        })
        .or_else(|| item.text(&["title"]))
}

fn standfirst(item: &View<'_>) -> Option<String> {
    let mut found = media::descriptions(item);
    for wanted in ["summary", "standfirst", "abstract", "lead", "text", "main", "short", ""] {
        if let Some(index) = found.iter().position(|(role, _)| role == wanted) {
            return Some(found.swap_remove(index).1);
        }
    }
    let not_for_readers = ["correction", "writer", "accreditation", "creditline", "alttext", "note", "ednote"];
    found.into_iter().find(|(role, _)| !not_for_readers.contains(&role.as_str())).map(|(_, text)| text)
}

fn corrections(item: &View<'_>) -> Vec<Correction> {
    let texts = media::descriptions(item).into_iter().filter(|(role, _)| role == "correction");
    texts.map(|(_, text)| Correction { text, at: None }).collect()
}

/// A form in which the text is there.
struct BodyText {
    role: String,
    is_markup: bool,
    text: String,
}

fn bodies(item: &View<'_>) -> Vec<BodyText> {
    let mut found = Vec::new();
    for (_, body) in item.views(&["bodies"]) {
        let Some(text) = body.raw(&["value"]).filter(|text| !text.trim().is_empty()) else { continue };
        let role = body.raw(&["role"]).unwrap_or_default().to_ascii_lowercase();
        let media_type = body.raw(&["contenttype"]).unwrap_or_default().to_ascii_lowercase();
        found.push(BodyText { is_markup: is_markup(&role, &media_type, &text), role, text });
    }
    for (name, _) in item.entries() {
        let Some(role) = name.strip_prefix("body_") else { continue };
        let Some(text) = item.raw(&[&name]).filter(|text| !text.trim().is_empty()) else { continue };
        found.push(BodyText { is_markup: is_markup(role, "", &text), role: role.to_owned(), text });
    }
    found
}

fn is_markup(role: &str, media_type: &str, text: &str) -> bool {
    if media_type.contains("html") || media_type.contains("xml") || role.contains("html") || role.contains("nitf") {
        return true;
    }
    // A text that is called plain, or nothing, and is none.
    let text = text.trim_start();
    ["<p", "<div", "<html", "<section", "<article", "<body"].iter().any(|tag| text.starts_with(tag))
}

/// The form that keeps most: HTML with pictures, HTML, other markup, text.
fn preferred(bodies: Vec<BodyText>) -> Option<BodyText> {
    let quality = |body: &BodyText| {
        let is_html = !body.role.contains("nitf") && body.is_markup;
        (is_html, body.is_markup, body.role == "main", body.text.contains("<img") || body.text.contains("<figure"))
    };
    // Of equals the first; the other formats of an item repeat it.
    bodies.into_iter().rev().max_by_key(quality)
}

/// A picture in a text, with what the item says of it.
fn matches(image: &Image, picture: &Picture) -> bool {
    picture.uri.as_ref() == Some(&image.uri) || image.renditions.iter().any(|file| file.href == picture.src)
}
