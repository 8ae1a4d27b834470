//! NITF, the News Industry Text Format: an article a document, alone or inside another format.

mod body;
mod metadata;

use std::collections::HashSet;

use entity::article::PubStatus;

use self::{
    body::Writer,
    metadata::{metadata, place, restrictions},
};
use crate::{
    Defaults, Problem, Reading, address,
    draft::{Article, Block, Contributor, Image, Rendition, Term},
    html::{self, Picture},
    text, vocabulary, wire,
    xml::{self, Element, Node},
};

/// A picture as `media` has it.
#[derive(Default)]
struct Media {
    caption: Option<String>,
    credit: Option<String>,
    copyright: Option<String>,
    files: Vec<File>,
}

/// A `media-reference`.
struct File {
    address: String,
    name: Option<String>,
    alt: Option<String>,
    media_type: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
}

/// Whether the root element is that of NITF.
pub fn recognises(bytes: &[u8]) -> bool {
    xml::root(bytes).is_some_and(|(name, _)| name == "nitf")
}

/// Reads a document.
///
/// # Errors
///
/// The bytes are no XML that can be read, or the root element is not `nitf`.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    let mut reading = Reading::default();
    let text = xml::decode(bytes, &mut reading)?;
    let document = xml::parse(&text)?;
    let root = document.root_element();
    if !root.is("nitf") {
        return Err(Problem::at(root.tag_name().name(), "is not NITF: the root element must be `nitf`"));
    }
    let uri = identity(root, defaults, &mut reading);
    // What takes another document back does so, whatever else the story lacks.
    let is_notice = notice(root, uri.as_deref(), defaults, &mut reading);
    let Some(uri) = uri else {
        if !is_notice {
            reading.skip("docdata", "has no `doc-id` with an `id-string`, so that a later version could not be told");
        }
        return Ok(reading);
    };
    let mut article = Article { uri, ..Article::default() };
    if let Some(head) = root.one("head") {
        restrictions(head, &mut article, defaults, &mut reading);
    }
    content(root, &mut article, defaults, &mut reading);
    if let Some(head) = root.one("head") {
        metadata(head, &mut article, defaults, &mut reading);
    }
    article.source = article.source.or_else(|| {
        let name = root.path(&["head", "docdata", "doc-id"])?.attr("regsrc").and_then(text::folded)?;
        Some(Term { name, ..Term::default() })
    });
    if article.headline.is_empty() {
        article.headline = root.path(&["head"]).and_then(|head| head.words_of("title")).unwrap_or_default();
    }
    if is_notice {
        if article.headline.is_empty() {
            return Ok(reading);
        }
        if article.status == PubStatus::Usable {
            article.status = PubStatus::Withheld;
            reading.warn(&article.uri, "tells editors what became of another document; it is not shown to readers");
        }
    }
    if article.headline.is_empty() && article.status != PubStatus::Usable {
        reading.drafts.push(wire::restriction_of(&article));
        return Ok(reading);
    }
    if !wire::has_headline(&mut article) {
        reading.skip(article.uri, "has no headline: neither `hl1` nor `title`");
        return Ok(reading);
    }
    let draft = wire::finish(article, &mut reading);
    reading.drafts.push(draft);
    Ok(reading)
}

/// Tells what the document says of another one, and answers whether that is withdrawn or held back.
///
/// NITF 3.6, `docdata`: `management-idref-status` "contains the new status for that referenced document", and `management-status` "defines
/// whether this document is a cancellation of a previous doc", which `management-doc-idref` names.
fn notice(root: Node<'_>, own: Option<&str>, defaults: &Defaults, reading: &mut Reading) -> bool {
    let Some(data) = root.path(&["head", "docdata"]) else { return false };
    let Some(reference) = data.attr("management-doc-idref").and_then(text::folded) else { return false };
    let status = match data.attr("management-idref-status") {
        Some(status) => vocabulary::status(status).unwrap_or_else(|| {
            let message = format!("`{status}` is not known; `{reference}` is held back");
            reading.warn("management-idref-status", message);
            PubStatus::Withheld
        }),
        None if data.attr("management-status").and_then(vocabulary::status) == Some(PubStatus::Canceled) => {
            PubStatus::Canceled
        }
        None => return false,
    };
    if status == PubStatus::Usable {
        return false;
    }
    let source = data.all("doc-id").find_map(|id| id.attr("regsrc")).and_then(text::folded);
    let names = named(&reference, source.as_deref());
    if own.is_some_and(|own| names.iter().any(|name| name == own)) {
        return false;
    }
    let issued = data.one("date.issue").and_then(|date| date.attr("norm"));
    let updated_at = issued.and_then(|issued| wire::moment(issued, "date.issue", defaults, &mut Reading::default()));
    for uri in names {
        reading.drafts.push(wire::restriction(uri, None, status, updated_at));
    }
    true
}

/// What a reference to a document may mean: an `id-string`, one behind its `regsrc`, and some agencies put the version behind it.
fn named(reference: &str, source: Option<&str>) -> Vec<String> {
    let whole = |id: &str| match source {
        Some(source) if !id.contains(':') => format!("{source}:{id}"),
        _ => id.to_owned(),
    };
    let mut names = vec![whole(reference)];
    if let Some((id, version)) = reference.rsplit_once(':')
        && Some(id) != source
        && version.len() < 6
        && version.bytes().all(|byte| byte.is_ascii_digit())
    {
        names.push(whole(id));
    }
    names
}

fn identity(root: Node<'_>, defaults: &Defaults, reading: &mut Reading) -> Option<String> {
    let docdata = root.path(&["head", "docdata"]);
    let documents = || docdata.into_iter().flat_map(|docdata| docdata.all("doc-id"));
    if let Some(document) = documents().find(|id| id.attr("id-string").is_some()) {
        let id = document.attr("id-string").and_then(text::folded)?;
        return Some(match document.attr("regsrc").and_then(text::folded) {
            Some(source) if !id.contains(':') => format!("{source}:{id}"),
            _ => id,
        });
    }
    if let Some(uno) = root.attr("uno").and_then(text::folded) {
        return Some(uno);
    }
    if let Some(base) = &defaults.base {
        return Some(base.to_string());
    }
    // Agencies that send no id at all are told apart by what they sent when.
    let source = documents().find_map(|id| id.attr("regsrc"))?;
    let issued = docdata?.one("date.issue")?.attr("norm")?;
    let headline = root.path(&["body", "body.head", "hedline", "hl1"])?.words()?;
    reading.warn("doc-id", "has no `id-string`: a later version will be another article");
    Some(xml::digest(&[source, issued, &headline].join("\n")))
}

/// Adds what the body of a story says: headline, lines and text. What the article has already stays.
pub(crate) fn content(nitf: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    if article.language.is_none() {
        let tag = nitf.attr("baselang").or_else(|| nitf.language()).or(defaults.language.as_deref());
        article.language = tag.and_then(text::folded);
    }
    let Some(body) = nitf.one("body") else { return };
    let mut writer = Writer::new(defaults, reading);
    if let Some(head) = body.one("body.head") {
        lines(head, article);
        let text = body.all("body.content").filter_map(Element::words).collect::<Vec<_>>().join(" ");
        let below = below(head, &text);
        match &article.standfirst {
            None => article.standfirst = wire::sentences(below),
            // Another format around this one has said what stands under the headline.
            Some(standfirst) => {
                for line in below.into_iter().filter(|line| !standfirst.contains(line) && !text.contains(line)) {
                    xml::open(&mut writer.html, "p", None);
                    xml::push_text(&mut writer.html, &line);
                    xml::close(&mut writer.html, "p");
                }
            }
        }
        let media = head.all("abstract").flat_map(|summary| summary.descendants()).filter(|node| node.is("media"));
        media.for_each(|media| writer.media(media));
    }
    for content in body.all("body.content") {
        writer.within(content);
    }
    for note in body.one("body.head").into_iter().flat_map(|head| head.all("note")) {
        if body::is_for_readers(note) && (note.attr("noteclass").is_some() || note.attr("type") == Some("pa")) {
            writer.write(note);
        }
    }
    for end in body.all("body.end").flat_map(|end| end.elements()) {
        writer.end_of_text(end);
    }
    let (markup, media) = (writer.html, writer.media);
    article.body.extend(blocks(&markup, &media, defaults, reading));
}

/// The blocks of text in NITF markup that is in another element than a story.
pub(crate) fn blocks_in(node: Node<'_>, defaults: &Defaults, reading: &mut Reading) -> Vec<Block> {
    let mut writer = Writer::new(defaults, reading);
    writer.within(node);
    let (markup, media) = (writer.html, writer.media);
    blocks(&markup, &media, defaults, reading)
}

/// What stands under the headline, in its order: further headlines, and the abstract unless the text begins with it.
fn below(head: Node<'_>, text: &str) -> Vec<String> {
    let first = head.one("hedline").and_then(|hedline| hedline.one("hl1"));
    let headlines = head.all("hedline").flat_map(|hedline| hedline.elements());
    let headlines = headlines.filter(|line| (line.is("hl1") || line.is("hl2")) && Some(*line) != first);
    let mut below: Vec<String> = headlines.filter_map(Element::words).collect();
    for summary in head.all("abstract").filter_map(Element::words) {
        if (below.is_empty() || !text.contains(&summary)) && !below.contains(&summary) {
            below.push(summary);
        }
    }
    below
}

/// The headline and the lines around it.
fn lines(head: Node<'_>, article: &mut Article) {
    if article.headline.is_empty() {
        article.headline = head.one("hedline").and_then(|lines| lines.words_of("hl1")).unwrap_or_default();
    }
    let bylines: Vec<String> = head.all("byline").filter_map(Element::words).collect();
    if article.byline.is_none() && !bylines.is_empty() {
        article.byline = Some(bylines.join("; "));
    }
    if article.contributors.is_empty() {
        for name in head.all("byline").flat_map(authors).take(wire::MANY) {
            let role = Some("author".to_owned());
            wire::add_contributor(&mut article.contributors, Contributor { name, role, ..Contributor::default() });
        }
    }
    let datelines: Vec<String> = head.all("dateline").filter_map(written).collect();
    if article.dateline.is_none() && !datelines.is_empty() {
        article.dateline = Some(datelines.join("; "));
    }
    let mut places = head.all("dateline").flat_map(|dateline| dateline.all("location")).filter_map(place);
    article.located = article.located.take().or_else(|| places.next());
    if let Some(rights) = head.one("rights") {
        article.usage_terms = article.usage_terms.take().or_else(|| terms(rights));
        let owner = || rights.words_of("rights.owner").map(|owner| wire::notice(&owner));
        article.copyright_notice = article.copyright_notice.take().or_else(owner);
    }
    article.source = article.source.take().or_else(|| {
        let distributor = head.one("distributor")?;
        let name = distributor.words_of("org").or_else(|| distributor.words())?;
        Some(Term { name, ..Term::default() })
    });
}

/// What `rights` allows: a sentence of its own, with what it marks in it, or what its parts say.
fn terms(rights: Node<'_>) -> Option<String> {
    let has_text = rights.children().any(|part| part.is_text() && part.words().is_some());
    if has_text {
        return rights.words();
    }
    let part = |name: &str| rights.all(name).filter_map(Element::words).collect::<Vec<_>>();
    let mut parts: Vec<String> =
        ["limitations", "geography", "type", "agent"].iter().flat_map(|name| part(&format!("rights.{name}"))).collect();
    let date = |name: &str| {
        let date = rights.one(name)?;
        date.words().or_else(|| date.attr("norm").map(str::to_owned))
    };
    parts.extend(date("rights.startdate").map(|date| format!("from {date}")));
    parts.extend(date("rights.enddate").map(|date| format!("until {date}")));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The text of a dateline, without dates that are there for programs.
fn written(dateline: Node<'_>) -> Option<String> {
    let is_code = |part: &Node<'_>| part.is("story.date") && part.words().as_deref() == part.attr("norm");
    let parts = dateline.children().filter(|part| !part.is_comment() && !is_code(part));
    let line = parts.filter_map(Element::words).collect::<Vec<_>>().join(" ").replace(" ,", ",");
    text::folded(line.trim_end_matches([' ', ',']))
}

/// The people that a byline marks, or that it names after `By`.
fn authors(byline: Node<'_>) -> Vec<String> {
    let marked: Vec<String> = byline.all("person").filter_map(person).collect();
    if !marked.is_empty() {
        return marked;
    }
    let words = byline.children().filter(|child| !child.is("byttl")).filter_map(Element::words);
    wire::names_in(&words.collect::<Vec<_>>().join(" "))
}

/// The name of a person, without what they do.
fn person(person: Node<'_>) -> Option<String> {
    let words = person.children().filter(|part| !part.is("function")).filter_map(Element::words);
    text::folded(&words.collect::<Vec<_>>().join(" "))
}

fn blocks(markup: &str, media: &[Media], defaults: &Defaults, reading: &mut Reading) -> Vec<Block> {
    let base = defaults.base.as_ref();
    let mut seen = HashSet::new();
    html::blocks(markup, base, &mut |picture: Picture| {
        // The poster of a video has an address of its own.
        if picture.uri.is_none() {
            return picture.into_image();
        }
        let number: usize = picture.uri.as_deref()?.strip_prefix(body::MARK)?.parse().ok()?;
        let media = media.get(number).filter(|_| seen.insert(number))?;
        let image = image(media, defaults);
        let name = media.files.first().map_or("", |file| &file.address);
        match &image {
            None if name.is_empty() => reading.warn("media", "names no file; left out"),
            None => reading.warn("media-reference", format!("`{name}` is no address that can be opened; left out")),
            Some(image) if image.renditions.is_empty() => {
                reading.warn("media-reference", format!("`{name}` has no address that can be opened"));
            }
            Some(_) => {}
        }
        image
    })
}

fn image(media: &Media, defaults: &Defaults) -> Option<Image> {
    let first = media.files.first()?;
    let mut image = Image {
        alt: media.files.iter().find_map(|file| file.alt.as_deref()).and_then(text::folded),
        caption: media.caption.clone(),
        credit: media.credit.clone(),
        copyright_notice: media.copyright.clone(),
        ..Image::default()
    };
    for file in media.files.iter().take(wire::MANY) {
        if let Some(href) = address::resolve(&file.address, defaults.base.as_ref()) {
            let rendition = Rendition {
                name: file.name.clone().unwrap_or_else(|| "original".to_owned()),
                href,
                media_type: file.media_type.clone(),
                width: file.width,
                height: file.height,
            };
            wire::add_file(&mut image, rendition);
        }
    }
    image.uri = match image.renditions.first() {
        Some(file) => file.href.clone(),
        // A name such as `urn:…` is one everywhere, and its files may be there; that of a file alone is none for readers.
        None => text::folded(&first.address).filter(|name| is_name(name))?,
    };
    wire::measure(&mut image);
    Some(image)
}

/// Whether text is a name such as `urn:…` and none of a file.
fn is_name(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(scheme, rest)| scheme.len() > 1 && !rest.contains('\\') && !address::is_active(text))
}

#[cfg(test)]
mod tests;
