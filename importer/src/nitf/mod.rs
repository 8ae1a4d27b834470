//! NITF, the News Industry Text Format: an article a document, alone or inside another format.

mod body;
mod metadata;

use std::collections::HashSet;

use self::metadata::{metadata, place};
use crate::{
    Defaults, Problem, Reading, address,
    draft::{Article, Block, Contributor, Image, Rendition, Term},
    html::{self, Picture},
    text, wire,
    xml::{self, Element, Node},
};

/// A picture as `media` has it.
#[derive(Default)]
struct Media {
    caption: Option<String>,
    credit: Option<String>,
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
    let Some(uri) = identity(root, defaults, &mut reading) else {
        reading.skip("docdata", "has no `doc-id` with an `id-string`, so that a later version could not be told");
        return Ok(reading);
    };
    let mut article = Article { uri, ..Article::default() };
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
    if !wire::has_headline(&mut article) {
        reading.skip(article.uri, "has no headline: neither `hl1` nor `title`");
        return Ok(reading);
    }
    let draft = wire::finish(article, &mut reading);
    reading.drafts.push(draft);
    Ok(reading)
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
    let head = body.one("body.head");
    if let Some(head) = head {
        lines(head, article);
    }
    let mut markup = String::new();
    let mut media = Vec::new();
    // The abstract is text of its own when another line stands under the headline already.
    let summary = head.and_then(|head| head.one("abstract"));
    let own_abstract = summary.filter(|summary| summary.words() != article.standfirst);
    for content in body.all("body.content") {
        body::within(content, &mut markup, &mut media);
    }
    if let Some(summary) = own_abstract
        && let Some(words) = summary.words()
        && !body.words_of("body.content").is_some_and(|text| text.contains(&words))
    {
        let mut first = String::new();
        body::within(summary, &mut first, &mut media);
        markup.insert_str(0, &first);
    }
    for end in body.all("body.end").flat_map(|end| end.elements()) {
        if is_contact_only(end) {
            reading.warn("tagline", "holds addresses of editors alone; left out");
        } else {
            body::write(end, &mut markup, &mut media);
        }
    }
    article.body.extend(blocks(&markup, &media, &article.uri, defaults, reading));
}

/// The blocks of text in NITF markup that is in another element than a story.
pub(crate) fn blocks_in(node: Node<'_>, uri: &str, defaults: &Defaults, reading: &mut Reading) -> Vec<Block> {
    let (mut markup, mut media) = (String::new(), Vec::new());
    body::within(node, &mut markup, &mut media);
    blocks(&markup, &media, uri, defaults, reading)
}

/// The headline and the lines around it.
fn lines(head: Node<'_>, article: &mut Article) {
    let hedline = head.one("hedline");
    if article.headline.is_empty() {
        article.headline = hedline.and_then(|lines| lines.words_of("hl1")).unwrap_or_default();
    }
    let standfirst = || hedline?.words_of("hl2").or_else(|| head.words_of("abstract"));
    article.standfirst = article.standfirst.take().or_else(standfirst);
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
    let dateline = head.one("dateline");
    article.dateline = article.dateline.take().or_else(|| written(dateline?));
    article.located = article.located.take().or_else(|| place(dateline?.one("location")?));
    if let Some(rights) = head.one("rights") {
        let part = |name: &str| rights.words_of(&format!("rights.{name}"));
        let terms =
            ["limitations", "geography", "type"].iter().filter_map(|name| part(name)).collect::<Vec<_>>().join("; ");
        let terms = if rights.elements().next().is_none() { rights.words() } else { text::folded(&terms) };
        article.usage_terms = article.usage_terms.take().or(terms);
        let owner = || part("owner").map(|owner| format!("\u{a9} {owner}"));
        article.copyright_notice = article.copyright_notice.take().or_else(owner);
    }
    article.source = article.source.take().or_else(|| {
        let distributor = head.one("distributor")?;
        let name = distributor.words_of("org").or_else(|| distributor.words())?;
        Some(Term { name, ..Term::default() })
    });
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
    let marked: Vec<String> = byline.all("person").filter_map(Element::words).collect();
    if !marked.is_empty() {
        return marked;
    }
    let words = byline.children().filter(|child| !child.is("byttl")).filter_map(Element::words);
    wire::names_in(&words.collect::<Vec<_>>().join(" "))
}

/// Whether nothing but mail addresses is in it: these are for clients of the agency.
fn is_contact_only(end: Node<'_>) -> bool {
    let Some(words) = end.words() else { return false };
    words.split(|sign: char| sign.is_whitespace() || matches!(sign, '/' | ',' | ';')).all(|word| {
        word.is_empty() || word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    })
}

fn blocks(markup: &str, media: &[Media], uri: &str, defaults: &Defaults, reading: &mut Reading) -> Vec<Block> {
    let base = defaults.base.as_ref();
    let mut seen = HashSet::new();
    html::blocks(markup, base, &mut |picture: Picture| {
        // The poster of a video has an address of its own.
        if picture.uri.is_none() {
            return picture.into_image();
        }
        let number: usize = picture.uri.as_deref()?.strip_prefix(body::MARK)?.parse().ok()?;
        let media = media.get(number).filter(|_| seen.insert(number))?;
        let image = image(media, uri, defaults);
        match &image {
            None => reading.warn("media", "names no file; left out"),
            Some(image) if image.renditions.is_empty() => {
                reading.warn("media-reference", format!("`{}` has no address that can be opened", image.uri));
            }
            Some(_) => {}
        }
        image
    })
}

fn image(media: &Media, uri: &str, defaults: &Defaults) -> Option<Image> {
    let first = media.files.first()?;
    let mut image = Image {
        alt: media.files.iter().find_map(|file| file.alt.as_deref()).and_then(text::folded),
        caption: media.caption.clone(),
        credit: media.credit.clone(),
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
        // A name such as `urn:…` is one everywhere, another one only in this story.
        None if first.address.contains(':') => text::folded(&first.address)?,
        None => format!("{uri}#{}", text::folded(&first.address)?),
    };
    wire::measure(&mut image);
    Some(image)
}

#[cfg(test)]
mod tests;
