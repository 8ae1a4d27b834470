//! What a schema.org article says, as a draft.

use chrono::{DateTime, Utc};
use entity::article::{Genre, PubStatus};
use serde_json::Value;

use super::{
    image,
    page::{self, Page},
    schema_org::Thing,
};
use crate::{
    draft::{Article, Contributor, Correction, Place, Term, Topic},
    text, vocabulary,
    wire::MANY,
};

/// More people than make an article.
const CONTRIBUTORS: usize = 50;

/// How surely a thing of these types is the article of its page; `None` when it is no article.
pub(super) fn rank(types: &[String]) -> Option<u8> {
    types.iter().filter_map(|name| rank_of(name)).max()
}

fn rank_of(name: &str) -> Option<u8> {
    match name {
        "liveblogposting" | "advertisercontentarticle" | "satiricalarticle" => Some(3),
        _ if name.ends_with("newsarticle") => Some(3),
        "blogposting" | "report" => Some(2),
        _ if name.ends_with("article") => Some(2),
        "socialmediaposting" | "discussionforumposting" => Some(1),
        _ => None,
    }
}

/// Whether a page of these types lists other pages or is about something else than news.
pub(super) fn is_listing(types: &[String]) -> bool {
    types.iter().any(|name| {
        matches!(
            name.as_str(),
            "searchresultspage" | "collectionpage" | "profilepage" | "contactpage" | "checkoutpage" | "imagegallery"
        )
    })
}

/// The article that `thing` is; `at` is where it stands, for warnings.
pub(super) fn read(thing: Thing<'_>, at: &str, page: &mut Page<'_>) -> Article {
    let types = thing.types();
    let time = |name: &str, page: &mut Page<'_>| -> Option<DateTime<Utc>> {
        thing.texts(name).into_iter().find_map(|text| page.time(&format!("{at} {name}"), &text))
    };
    let sections = sections(thing);
    let mut topics: Vec<String> =
        thing.values("keywords").into_iter().flat_map(|value| keywords(thing, value)).collect();
    let named = |name: &str| -> Vec<String> {
        let values = thing.values(name).into_iter().filter(|value| !thing.thing(value).is_some_and(is_place));
        values.filter_map(|value| page::name(&thing.text_of(value)?)).collect()
    };
    topics.extend(named("about"));
    topics.extend(sections.iter().skip(1).cloned());
    topics.extend(named("mentions"));
    let mut places: Vec<Place> =
        thing.values("contentLocation").into_iter().filter_map(|value| place(thing, value)).collect();
    for name in ["spatialCoverage", "about", "mentions"] {
        let values = thing.values(name).into_iter().filter(|value| thing.thing(value).is_some_and(is_place));
        for place in values.filter_map(|value| place(thing, value)) {
            if places.len() < MANY && places.iter().all(|other| other.name != place.name) {
                places.push(place);
            }
        }
    }
    let url = address(thing, page);
    let (byline, contributors) = contributors(thing, page);
    Article {
        uri: identity(thing, page).unwrap_or_default(),
        version: thing.text("version").and_then(|version| version.parse().ok()).filter(|version| *version >= 0),
        url,
        status: status(thing),
        genre: genre(&types, thing),
        language: thing.texts("inLanguage").iter().find_map(|text| page::language(text)).or_else(|| {
            thing.things("inLanguage").iter().find_map(|thing| page::language(&thing.text("alternateName")?))
        }),
        headline: thing.text("headline").or_else(|| thing.text("name")).unwrap_or_default(),
        standfirst: thing.text("description").or_else(|| thing.text("abstract")),
        byline,
        dateline: thing.text("dateline"),
        located: thing.values("locationCreated").into_iter().find_map(|value| place(thing, value)),
        places,
        published_at: time("datePublished", page).or_else(|| time("dateCreated", page)),
        updated_at: time("dateModified", page),
        expires_at: time("expires", page),
        section: sections.into_iter().next().map(|name| Term { name, ..Term::default() }),
        topics: topics.into_iter().map(|name| Topic { name, ..Topic::default() }).collect(),
        contributors,
        source: ["publisher", "sourceOrganization", "provider"].iter().find_map(|name| publisher(thing, name, page)),
        digital_source_type: image::digital_source_type(thing),
        usage_terms: image::terms(thing),
        copyright_notice: image::notice(thing),
        lead_image: image::best(thing, &["image", "primaryImageOfPage", "thumbnailUrl"], page),
        translation_of: thing.addresses("translationOfWork").into_iter().find_map(|uri| text::folded(&uri)),
        corrections: corrections(thing, at, page),
        ..Article::default()
    }
}

/// The text as the thing has it, with or without markup; the entries of a live blog follow each other.
pub(super) fn body(thing: Thing<'_>) -> Option<String> {
    let body =
        thing.values("articleBody").into_iter().filter_map(|value| value.as_str()).collect::<Vec<_>>().join("\n\n");
    if !body.trim().is_empty() {
        return Some(body);
    }
    let mut entries = String::new();
    for update in thing.things("liveBlogUpdate") {
        if let Some(headline) = update.text("headline").or_else(|| update.text("name")) {
            entries.push_str(&format!("<h2>{}</h2>", crate::html::escaped(&headline)));
        }
        if let Some(time) = written_at(update) {
            entries.push_str(&format!("<p><em>{}</em></p>", crate::html::escaped(&time)));
        }
        if let Some(body) = update.written("articleBody") {
            let is_markup = body.contains("</") || body.contains("<br");
            let paragraphs = body.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
            match is_markup {
                true => entries.push_str(&format!("<div>{body}</div>")),
                false => entries.extend(paragraphs.map(|paragraph| format!("<p>{paragraph}</p>"))),
            }
        }
        entries.push_str(&shown(update));
    }
    (!entries.is_empty()).then_some(entries)
}

/// When an entry of a live blog was written, for readers: on the clock of the place that it names.
fn written_at(update: Thing<'_>) -> Option<String> {
    let written = ["datePublished", "dateCreated", "dateModified"].iter().find_map(|name| update.text(name))?;
    let time = chrono::DateTime::parse_from_rfc3339(&written);
    Some(time.map_or(written, |time| time.format("%Y-%m-%d %H:%M %:z").to_string()))
}

/// The pictures, videos and sounds of an entry of a live blog.
fn shown(update: Thing<'_>) -> String {
    let escaped = |text: Option<String>| crate::html::escaped(&text.unwrap_or_default());
    let mut markup = String::new();
    for value in update.values("image").into_iter().take(MANY) {
        let (address, alt, caption) = match update.thing(value) {
            Some(image) => (
                image.addresses("contentUrl").into_iter().chain(image.addresses("url")).next(),
                image.text("alternateName").or_else(|| image.text("name")),
                image.text("caption").or_else(|| image.text("description")),
            ),
            None => (update.address_of(value), None, None),
        };
        let Some(address) = address else { continue };
        let caption = caption.map(|caption| format!("<figcaption>{}</figcaption>", escaped(Some(caption))));
        let (address, alt) = (escaped(Some(address)), escaped(alt));
        markup.push_str(&format!(
            "<figure><img src=\"{address}\" alt=\"{alt}\">{}</figure>",
            caption.unwrap_or_default()
        ));
    }
    for (name, element) in [("video", "video"), ("audio", "audio")] {
        for object in update.things(name).into_iter().take(MANY) {
            let title = escaped(object.text("name"));
            let file = object.addresses("contentUrl").into_iter().next();
            let player = object.addresses("embedUrl").into_iter().next();
            let (element, address) = match (file, player) {
                (Some(file), _) => (element, file),
                (None, Some(player)) => ("iframe", player),
                (None, None) => continue,
            };
            let address = escaped(Some(address));
            markup.push_str(&format!("<{element} src=\"{address}\" title=\"{title}\"></{element}>"));
        }
    }
    markup
}

/// Why the text of the thing is not for everybody, where it says so.
pub(super) fn is_paid(thing: Thing<'_>) -> Option<String> {
    let free = thing.texts("isAccessibleForFree").into_iter().next().map(|text| text.to_lowercase());
    let free = free.as_deref().map(|text| text.rsplit('/').next().unwrap_or(text));
    match free {
        Some("false" | "no" | "0") => Some("isAccessibleForFree is false".to_owned()),
        Some("true" | "yes" | "1") => None,
        _ => thing.text("conditionsOfAccess").map(|conditions| format!("conditionsOfAccess is `{conditions}`")),
    }
}

/// The public page of the thing.
pub(super) fn address(thing: Thing<'_>, page: &Page<'_>) -> Option<String> {
    let mut candidates = thing.addresses("url");
    candidates.extend(thing.addresses("mainEntityOfPage"));
    candidates.iter().find_map(|address| without_fragment(address, page))
}

/// Its `@id`, where that is an address of the web that is its own.
fn identity(thing: Thing<'_>, page: &Page<'_>) -> Option<String> {
    let id = thing.id().filter(|id| id.starts_with("http://") || id.starts_with("https://"))?;
    without_fragment(id, page)
}

fn without_fragment(address: &str, page: &Page<'_>) -> Option<String> {
    let mut url = page.address(address)?;
    url.set_fragment(None);
    (!super::is_home(&url)).then(|| url.into())
}

fn sections(thing: Thing<'_>) -> Vec<String> {
    let texts = thing.texts("articleSection");
    // A comma within the name of a section has a space behind it.
    let names = texts.iter().flat_map(|text| match text.contains(", ") {
        true => vec![text.as_str()],
        false => text.split(',').collect(),
    });
    names.filter_map(page::name).collect()
}

fn keywords(thing: Thing<'_>, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => page::keywords(text),
        Value::Object(object) => {
            let name = object.get("name").or_else(|| object.get("@value")).and_then(Value::as_str);
            name.map(page::keywords).unwrap_or_default()
        }
        _ => thing.text_of(value).into_iter().collect(),
    }
}

fn contributors(thing: Thing<'_>, page: &Page<'_>) -> (Option<String>, Vec<Contributor>) {
    let mut byline = Vec::new();
    let mut contributors: Vec<Contributor> = Vec::new();
    for (name, role) in [
        ("author", "author"),
        ("creator", "author"),
        ("contributor", "contributor"),
        ("editor", "editor"),
        ("translator", "translator"),
    ] {
        if name == "creator" && !contributors.is_empty() {
            continue;
        }
        for value in thing.values(name).into_iter().take(CONTRIBUTORS) {
            let (found, line) = match thing.thing(value) {
                Some(person) => {
                    let found = people(person, page);
                    let names = found.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(", ");
                    (found, names)
                }
                None => {
                    let text = thing.text_of(value).unwrap_or_default();
                    (page::authors(&text), page::without_by(&text).to_owned())
                }
            };
            // The line has all authors in their order, however each is written.
            if role == "author" && !found.is_empty() && !byline.contains(&line) {
                byline.push(line);
            }
            for mut contributor in found {
                contributor.role = Some(role.to_owned());
                let is_known = |known: &Contributor| known.name == contributor.name && known.role == contributor.role;
                if contributors.len() < MANY && !contributors.iter().any(is_known) {
                    contributors.push(contributor);
                }
            }
        }
    }
    // Those who wrote the entries of a live blog.
    for update in thing.things("liveBlogUpdate").into_iter().take(MANY) {
        for value in update.values("author").into_iter().take(CONTRIBUTORS) {
            let found = match update.thing(value) {
                Some(person) => people(person, page),
                None => page::authors(&update.text_of(value).unwrap_or_default()),
            };
            for contributor in found {
                if contributors.len() < MANY && contributors.iter().all(|known| known.name != contributor.name) {
                    contributors.push(Contributor { role: Some("contributor".to_owned()), ..contributor });
                }
            }
        }
    }
    (text::folded(&byline.join(", ")), contributors)
}

fn people(person: Thing<'_>, page: &Page<'_>) -> Vec<Contributor> {
    let uri = person.id().map(str::to_owned).into_iter().chain(person.addresses("url"));
    let uri = uri
        .filter_map(|uri| page.address(&uri))
        .find(|url| !super::is_home(url) && page.base.as_ref() != Some(url))
        .map(String::from);
    let mut names: Vec<String> = person.texts("name");
    if names.is_empty() {
        let parts = [person.text("givenName"), person.text("familyName")];
        names.push(parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    let is_one = names.len() == 1;
    let mut found: Vec<Contributor> = names.iter().flat_map(|name| page::authors(name)).collect();
    if let [one] = &mut found[..]
        && is_one
    {
        one.uri = uri;
        one.biography = person.text("description");
        one.image = image::best(person, &["image"], page).map(Box::new);
        let links = person.addresses("sameAs").into_iter();
        one.links = links.filter_map(|link| page.address(&link)).map(String::from).collect();
    }
    found
}

fn publisher(thing: Thing<'_>, name: &str, page: &Page<'_>) -> Option<Term> {
    thing.values(name).into_iter().find_map(|value| {
        let name = page::name(&thing.text_of(value)?)?;
        let url = thing.thing(value).and_then(|publisher| {
            publisher.addresses("url").iter().find_map(|url| page.address(url)).map(String::from)
        });
        Some(Term { name, url, ..Term::default() })
    })
}

fn genre(types: &[String], thing: Thing<'_>) -> Option<Genre> {
    let of_type = types.iter().find_map(|name| match name.as_str() {
        "newsarticle" | "article" => None,
        "liveblogposting" => Some(Genre::Current),
        "advertisercontentarticle" | "satiricalarticle" | "asknewsarticle" | "askpublicnewsarticle" => {
            Some(Genre::Other)
        }
        name => name.strip_suffix("newsarticle").and_then(vocabulary::genre),
    });
    of_type.or_else(|| thing.texts("genre").iter().find_map(|text| vocabulary::genre(text)))
}

fn status(thing: Thing<'_>) -> PubStatus {
    match thing.text("creativeWorkStatus").unwrap_or_default().to_lowercase().as_str() {
        "withdrawn" | "retracted" | "canceled" | "cancelled" | "deleted" => PubStatus::Canceled,
        "draft" | "incomplete" | "withheld" => PubStatus::Withheld,
        _ => PubStatus::default(),
    }
}

fn corrections(thing: Thing<'_>, at: &str, page: &mut Page<'_>) -> Vec<Correction> {
    let mut corrections = Vec::new();
    for value in thing.values("correction") {
        let (text, time) = match thing.thing(value) {
            Some(comment) => {
                let times = ["datePublished", "dateCreated", "dateModified"];
                (
                    comment.text("text").or_else(|| comment.text("description")),
                    times.iter().find_map(|name| comment.text(name)),
                )
            }
            None => (thing.text_of(value), None),
        };
        let Some(text) = text.filter(|text| !text.contains("://") || text.contains(' ')) else { continue };
        corrections.push(Correction { text, at: time.and_then(|time| page.time(&format!("{at} correction"), &time)) });
    }
    // One without a time has that of the version, which is the last.
    corrections.sort_by_key(|correction| (correction.at.is_none(), correction.at));
    corrections
}

/// Whether a thing is somewhere on the map.
fn is_place(thing: Thing<'_>) -> bool {
    let is_kind = |name: &String| {
        matches!(
            name.as_str(),
            "place"
                | "city"
                | "country"
                | "state"
                | "continent"
                | "administrativearea"
                | "landform"
                | "accommodation"
                | "landmarksorhistoricalbuildings"
                | "civicstructure"
                | "residence"
                | "touristattraction"
                | "airport"
                | "bodyofwater"
                | "lakebodyofwater"
                | "riverbodyofwater"
                | "oceanbodyofwater"
                | "seabodyofwater"
                | "mountain"
                | "volcano"
                | "park"
                | "beach"
                | "bridge"
                | "museum"
                | "stadiumorarena"
                | "trainstation"
                | "busstation"
                | "schooldistrict"
        )
    };
    thing.types().iter().any(is_kind) || (thing.types().is_empty() && !thing.values("geo").is_empty())
}

fn place(thing: Thing<'_>, value: &Value) -> Option<Place> {
    let Some(place) = thing.thing(value) else {
        return Some(Place { name: page::name(&page::plain(value.as_str()?)?)?, ..Place::default() });
    };
    let name = page::name(&place.text("name")?)?;
    let geo = place.things("geo").into_iter().next();
    let degrees = |name: &str, most: f64| {
        let text = geo.and_then(|geo| geo.text(name)).or_else(|| place.text(name))?;
        text.parse().ok().filter(|degrees: &f64| degrees.abs() <= most)
    };
    let countries = place.things("address").into_iter().flat_map(|address| address.texts("addressCountry"));
    let countries = countries
        .chain(place.texts("addressCountry"))
        .chain(geo.into_iter().flat_map(|geo| geo.texts("addressCountry")));
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let country_code = { countries }.find(is_code).map(|code| code.to_ascii_uppercase());
    Some(Place {
        name,
        latitude: degrees("latitude", 90.0),
        longitude: degrees("longitude", 180.0),
        country_code,
        ..Place::default()
    })
}
