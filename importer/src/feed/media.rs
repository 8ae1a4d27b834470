//! Pictures, sounds and videos of an item: Media RSS, enclosures and what podcasts have.

use super::{
    markup::relation,
    xml::{Element, Space},
};
use crate::{
    draft::{self, Block, EmbedKind, Image, Rendition},
    html::provider,
    text,
    wire::MANY,
};
use url::Url;

/// More renditions of a picture than a page can use.
const RENDITIONS: usize = 24;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Audio,
    Video,
    /// A page that plays a video.
    Player,
    Other,
}

impl Kind {
    /// From the word of Media RSS, the media type, else the end of the address.
    pub(super) fn of(medium: Option<&str>, media_type: Option<&str>, url: &str) -> Self {
        let known = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
            "image" => Some(Self::Image),
            "audio" => Some(Self::Audio),
            "video" => Some(Self::Video),
            _ => None,
        };
        let of_type = media_type.and_then(|media_type| {
            let main = media_type.split('/').next().unwrap_or_default();
            known(main)
                .or_else(|| (!main.is_empty() && media_type != "application/octet-stream").then_some(Self::Other))
        });
        medium.and_then(known).or(of_type).unwrap_or_else(|| {
            let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            match path.rsplit('.').next().unwrap_or_default() {
                "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" | "bmp" => Self::Image,
                "mp3" | "m4a" | "ogg" | "oga" | "wav" | "aac" | "flac" | "opus" => Self::Audio,
                "mp4" | "m4v" | "mov" | "webm" | "ogv" | "avi" | "mpg" | "mpeg" | "m3u8" => Self::Video,
                _ => Self::Other,
            }
        })
    }
}

/// A file that comes with an item.
#[derive(Clone, Debug)]
pub(super) struct Medium {
    /// Files of one number are the same thing.
    pub group: usize,
    pub kind: Kind,
    pub url: String,
    pub media_type: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub is_thumbnail: bool,
    pub is_default: bool,
    /// How long it is played.
    pub seconds: Option<f64>,
    pub about: About,
}

/// What is said of a file, or of all files in something.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub title: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
    pub rights: Option<String>,
    pub terms: Option<String>,
    /// Not to be shown: blocked, deleted, or forbidden to everybody.
    pub withdrawn: Option<String>,
    /// Where it may be shown, in words.
    pub limits: Vec<String>,
    /// From when to when it may be shown, as written.
    pub valid: Period,
}

/// A time from a start to an end, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Period {
    pub start: Option<String>,
    pub end: Option<String>,
}

impl Period {
    /// `start=…; end=…; scheme=W3C-DTF` of Dublin Core, or `…/…` of ISO 8601.
    pub(super) fn of(element: &Element) -> Self {
        let text = element.text_of(Space::DcTerms, "valid").unwrap_or_default();
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "..");
        if let Some((start, end)) = text.split_once('/').filter(|_| !text.contains('=')) {
            return Self { start: some(start), end: some(end) };
        }
        let part = |name: &str| {
            text.split(';').find_map(|part| {
                let (known, value) = part.split_once('=')?;
                some(value).filter(|_| known.trim().eq_ignore_ascii_case(name))
            })
        };
        Self { start: part("start"), end: part("end") }
    }
}

impl About {
    /// What the Media RSS in `element` says; what it does not say is as in `above`.
    fn of(element: &Element, above: &Self) -> Self {
        let plain = |name| element.all(Space::Media, name).find_map(|child| text::plain(&child.html()?));
        let credits: Vec<_> =
            element.all(Space::Media, "credit").filter_map(|credit| super::person::name(&credit.text()?)).collect();
        let license = element.first(Space::Media, "license");
        let terms = license
            .and_then(|license| text::plain(&license.text().or_else(|| license.attribute("href").map(str::to_owned))?));
        let is_in = |words: &[&str], word: &str| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        let mut withdrawn = match element.first(Space::Media, "status").and_then(|status| status.attribute("state")) {
            Some(state) if is_in(&["blocked", "deleted"], state) => Some(state.to_ascii_lowercase()),
            // What is said of this one outweighs what is said of all.
            Some(_) => None,
            None => above.withdrawn.clone(),
        };
        let mut limits = Vec::new();
        for limit in element.all(Space::Media, "restriction") {
            let who = limit.text().unwrap_or_default();
            let is_denied =
                limit.attribute("relationship").is_some_and(|relation| relation.eq_ignore_ascii_case("deny"));
            let kind = limit.attribute("type").unwrap_or_default().to_ascii_lowercase();
            if kind != "sharing" && is_in(&[if is_denied { "all" } else { "none" }], &who) {
                withdrawn = Some("forbidden to everybody".to_owned());
            } else if !is_in(&["all", "none", ""], &who) || kind == "sharing" {
                let relation = if is_denied { "Not for" } else { "Only for" };
                let who = who.split_whitespace().collect::<Vec<_>>().join(", ");
                limits.push(match kind.as_str() {
                    "sharing" if is_denied => "Not to be shared".to_owned(),
                    "sharing" => continue,
                    "country" => format!("{relation} the countries {}", who.to_uppercase()),
                    _ => format!("{relation} {who}"),
                });
            }
        }
        let adult =
            element.all(Space::Media, "rating").filter_map(Element::text).any(|rating| is_in(&["adult"], &rating))
                || element.text_of(Space::Media, "adult").is_some_and(|adult| is_in(&["true"], &adult));
        if adult {
            limits.push("Only for adults".to_owned());
        }
        let valid = Period::of(element);
        Self {
            withdrawn,
            limits: if limits.is_empty() { above.limits.clone() } else { limits },
            valid: if valid == Period::default() { above.valid.clone() } else { valid },
            title: plain("title").or_else(|| above.title.clone()),
            caption: plain("description").or_else(|| plain("text")).or_else(|| above.caption.clone()),
            credit: (!credits.is_empty()).then(|| credits.join(", ")).or_else(|| above.credit.clone()),
            rights: plain("copyright").or_else(|| above.rights.clone()),
            terms: terms.or_else(|| above.terms.clone()),
        }
    }
}

/// The files that an element of XML names and that may be shown, and what is to be said of the others.
pub(super) fn of_element(item: &Element) -> (Vec<Medium>, Vec<String>) {
    let mut found = Found { media: Vec::new(), groups: 1 };
    // The title and description beside loose files are mostly the item's own, and so is its time.
    let about = About { title: None, caption: None, valid: Period::default(), ..About::of(item, &About::default()) };
    found.within(item, &about, 0, true);
    for element in item.elements() {
        let (url, media_type) = match (element.space, element.name.as_str()) {
            (Space::Rss, "enclosure") => (element.attribute("url"), element.attribute("type")),
            (Space::Rdf | Space::Other, "enclosure") => {
                (element.rdf_attribute("resource").or(element.attribute("url")), element.rdf_attribute("type"))
            }
            (Space::Atom, "link") if relation(element) == "enclosure" => {
                (element.attribute("href"), element.attribute("type"))
            }
            (Space::Itunes, "image") => (element.attribute("href"), Some("image/*")),
            _ => continue,
        };
        found.groups += 1;
        let about = About {
            title: element.attribute("title").and_then(text::plain),
            ..About { credit: None, rights: None, ..about.clone() }
        };
        let Some(url) = url.and_then(|url| element.address(url)) else { continue };
        found.push(element, found.groups, Kind::of(None, media_type, &url), url, &about);
        if let Some(medium) = found.media.last_mut() {
            medium.is_thumbnail = element.space == Space::Itunes;
            medium.media_type = media_type.filter(|_| !medium.is_thumbnail).map(str::to_owned);
        }
    }
    // Of podcasts, whose episodes are one file.
    let length = item.all(Space::Itunes, "duration").find_map(|duration| seconds(&duration.text()?));
    for medium in found.media.iter_mut().filter(|medium| matches!(medium.kind, Kind::Audio | Kind::Video)) {
        medium.seconds = medium.seconds.or(length);
    }
    for image in item.all(Space::Rss, "image") {
        let url = image.text_of(Space::Rss, "url").or_else(|| image.attribute("href").map(str::to_owned));
        let url = url.or_else(|| image.text().filter(|text| text.starts_with("http")));
        if let Some(url) = url.and_then(|url| image.address(&url)) {
            found.groups += 1;
            found.push(image, found.groups, Kind::Image, url, &About::default());
        }
    }
    // What is taken back in one place may be named in another.
    let withdrawn = |medium: &Medium| Some((medium.url.clone(), medium.about.withdrawn.clone()?));
    let withdrawn: Vec<(String, String)> = found.media.iter().filter_map(withdrawn).collect();
    found.media.retain(|medium| withdrawn.iter().all(|(url, _)| *url != medium.url));
    let mut warnings: Vec<String> =
        withdrawn.iter().map(|(url, why)| format!("`{url}` is {why} (Media RSS): the file is left out")).collect();
    let limits = found.media.iter().filter(|medium| !medium.about.limits.is_empty());
    warnings.extend(limits.map(|medium| {
        let limits = medium.about.limits.join("; ");
        format!("`{}` has a limit that is not enforced: {limits}", medium.url)
    }));
    warnings.dedup();
    (found.media, warnings)
}

struct Found {
    media: Vec<Medium>,
    groups: usize,
}

impl Found {
    /// The Media RSS directly in `parent`, a group of number `group`.
    fn within(&mut self, parent: &Element, about: &About, group: usize, is_item: bool) {
        for element in parent.elements().filter(|element| element.space == Space::Media) {
            match element.name.as_str() {
                "group" if is_item => {
                    self.groups += 1;
                    self.within(element, &About::of(element, about), self.groups, false);
                }
                "content" => {
                    let group = if is_item {
                        self.groups += 1;
                        self.groups
                    } else {
                        group
                    };
                    let about = About::of(element, about);
                    if let Some(url) = element.attribute("url").and_then(|url| element.address(url)) {
                        let kind = Kind::of(element.attribute("medium"), element.attribute("type"), &url);
                        self.push(element, group, kind, url, &about);
                    }
                    self.within(element, &about, group, false);
                }
                "thumbnail" | "player" => {
                    let url = element.attribute("url").map(str::to_owned).or_else(|| element.text());
                    let Some(url) = url.and_then(|url| element.address(&url)) else { continue };
                    let is_thumbnail = element.name == "thumbnail";
                    self.push(element, group, if is_thumbnail { Kind::Image } else { Kind::Player }, url, about);
                    if let Some(medium) = self.media.last_mut() {
                        medium.is_thumbnail = is_thumbnail;
                    }
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, element: &Element, group: usize, kind: Kind, url: String, about: &About) {
        let pixels = |name| element.attribute(name)?.trim_end_matches("px").parse::<i32>().ok();
        self.media.push(Medium {
            group,
            kind,
            url,
            media_type: element.attribute("type").filter(|media_type| media_type.contains('/')).map(str::to_owned),
            width: pixels("width"),
            height: pixels("height"),
            is_thumbnail: false,
            is_default: element.attribute("isdefault") == Some("true"),
            seconds: element.attribute("duration").and_then(seconds),
            about: about.clone(),
        });
    }
}

/// What counts readers and shows nothing.
pub(super) fn is_pixel(url: &str, width: Option<i32>, height: Option<i32>) -> bool {
    let is_tiny = |pixels: Option<i32>| pixels.is_some_and(|pixels| pixels <= 1);
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let is_counter = path.contains("/tracking/")
        || path.contains("//feeds.feedburner.com/~")
        || path.contains("//pixel.")
        || matches!(file, "pixel.gif" | "pixel.png" | "1x1.gif" | "1x1.png" | "spacer.gif");
    is_tiny(width) || is_tiny(height) || is_counter
}

/// The pictures among files, the best first, each with all files of it.
pub(super) fn images(media: &[Medium]) -> Vec<Image> {
    let is_shown = |medium: &&Medium| medium.kind == Kind::Image && !is_pixel(&medium.url, medium.width, medium.height);
    let mut groups: Vec<Vec<&Medium>> = Vec::new();
    let mut loose: Vec<&Medium> = Vec::new();
    for medium in media.iter().filter(is_shown) {
        if medium.group == 0 {
            loose.push(medium);
            continue;
        }
        let same = |group: &&mut Vec<&Medium>| {
            let first = group[0];
            first.group == medium.group || first.url == medium.url || is_resized(&first.url, &medium.url)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(medium),
            None => groups.push(vec![medium]),
        }
    }
    if !loose.is_empty() {
        // Without sizes they are different pictures, the most important one first.
        if loose.iter().any(|medium| medium.width.is_none()) {
            loose.truncate(1);
        }
        let pictures: Vec<usize> =
            (0..groups.len()).filter(|index| groups[*index].iter().any(|it| !it.is_thumbnail)).collect();
        match pictures.as_slice() {
            [only] => groups[*only].append(&mut loose),
            _ => groups.push(loose),
        }
    }
    let rank = |group: &Vec<&Medium>| {
        (!group.iter().any(|medium| medium.is_default), group.iter().all(|medium| medium.is_thumbnail))
    };
    groups.sort_by_key(rank);
    groups.iter().map(|group| image(group)).collect()
}

/// Addresses that differ behind the `?` alone, where services that resize pictures have the size.
fn is_resized(one: &str, other: &str) -> bool {
    let path = |url: &str| url.split('?').next().map(str::to_owned);
    one.contains('?') && other.contains('?') && one.contains("width=") && path(one) == path(other)
}

fn image(files: &[&Medium]) -> Image {
    let pictures = files.iter().filter(|file| !file.is_thumbnail);
    // The first of equals.
    let largest = |best: &'_ &Medium, file: &&Medium| file.width.unwrap_or(0) > best.width.unwrap_or(0);
    let main = pictures
        .copied()
        .reduce(|best, file| if largest(&best, &file) { file } else { best })
        .or_else(|| files.iter().copied().reduce(|best, file| if largest(&best, &file) { file } else { best }))
        .expect("a group holds a file");
    let mut renditions: Vec<Rendition> = Vec::new();
    for file in std::iter::once(main).chain(files.iter().copied()).take(RENDITIONS) {
        if renditions.iter().any(|rendition| rendition.href == file.url) {
            continue;
        }
        let wish = match file.width {
            _ if renditions.is_empty() => "original".to_owned(),
            Some(width) => format!("{width}w"),
            None if file.is_thumbnail => "thumbnail".to_owned(),
            None => "rendition".to_owned(),
        };
        let is_free = |name: &String| renditions.iter().all(|rendition| rendition.name != *name);
        let numbered = (2..).map(|number| format!("{wish}-{number}"));
        let name = std::iter::once(wish.clone()).chain(numbered).find(is_free).expect("numbers do not end");
        renditions.push(Rendition {
            name,
            href: file.url.clone(),
            media_type: file.media_type.clone().filter(|media_type| media_type.starts_with("image/")),
            width: file.width,
            height: file.height,
        });
    }
    // What is said of another file may not hold for this one.
    let same = files.iter().filter(|file| file.url == main.url || is_resized(&file.url, &main.url));
    let about = |get: fn(&About) -> &Option<String>| {
        get(&main.about).clone().or_else(|| same.clone().find_map(|file| get(&file.about).clone()))
    };
    let terms = about(|about| &about.terms).into_iter().chain(main.about.limits.iter().cloned());
    let terms = terms.collect::<Vec<_>>().join(". ");
    Image {
        uri: main.url.clone(),
        alt: about(|about| &about.title),
        caption: about(|about| &about.caption),
        credit: about(|about| &about.credit),
        copyright_notice: about(|about| &about.rights),
        usage_terms: (!terms.is_empty()).then_some(terms),
        width: main.width,
        height: main.height,
        renditions,
        ..Image::default()
    }
}

/// Files are compared with each other, and no article has so many.
pub(super) fn few(mut media: Vec<Medium>) -> Vec<Medium> {
    media.truncate(MANY);
    media
}

/// The sounds and videos among files: the default or else the first file of each.
pub(super) fn embeds(media: &[Medium]) -> Vec<Block> {
    let mut chosen: Vec<&Medium> = Vec::new();
    for medium in media.iter().filter(|medium| matches!(medium.kind, Kind::Audio | Kind::Video | Kind::Player)) {
        // An enclosure is often a file of a group, too.
        let group = media.iter().find(|other| other.url == medium.url).map_or(medium.group, |first| first.group);
        match chosen.iter_mut().find(|other| other.group == group || other.url == medium.url) {
            Some(other) if medium.is_default && !other.is_default => *other = medium,
            Some(_) => {}
            None => chosen.push(medium),
        }
    }
    let block = |medium: &&Medium| {
        // The smaller pictures of a thing stand for it; loose ones may be anything.
        let of_it = media.iter().filter(|other| other.kind == Kind::Image && other.group == medium.group);
        let pictures: Vec<&Medium> =
            of_it.filter(|other| medium.group != 0 && !is_pixel(&other.url, None, None)).collect();
        let poster = (!pictures.is_empty()).then(|| Box::new(image(&pictures)));
        let About { title, caption, .. } = medium.about.clone();
        if medium.kind == Kind::Player {
            return Block::Embed {
                url: medium.url.clone(),
                provider: Url::parse(&medium.url).ok().and_then(|url| provider(url.host_str()?)),
                title,
                kind: Some(EmbedKind::Video),
                width: medium.width,
                height: medium.height,
                poster,
            };
        }
        let file = draft::Medium {
            url: medium.url.clone(),
            media_type: medium.media_type.clone(),
            duration_seconds: medium.seconds,
            width: medium.width,
            height: medium.height,
            title,
            caption,
            poster,
        };
        if medium.kind == Kind::Audio { Block::Audio(file) } else { Block::Video(file) }
    };
    chosen.iter().map(block).collect()
}

/// A length: seconds, or hours, minutes and seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let parts = text.trim().split(':').map(|part| part.trim().parse::<f64>().ok());
    let parts: Vec<f64> = parts.collect::<Option<_>>()?;
    let seconds = parts.iter().fold(0.0, |sum, part| sum * 60.0 + part);
    (parts.len() <= 3 && seconds.is_finite() && seconds > 0.0).then_some(seconds)
}
