//! HTML to the blocks of an article: sanitised first, then taken apart, so that text, pictures, links and embeds keep their
//! place and nothing that runs is left.

mod closed;
mod shallow;
mod table;

use std::{collections::HashSet, fmt, sync::LazyLock};

use ammonia::Builder;
use ego_tree::NodeRef;
use scraper::{Html, Node, node::Element};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use self::table::Table;
pub(crate) use self::{
    closed::closed,
    shallow::{Limits, Parsed, narrow, parse, shallow},
};
use crate::{
    address,
    draft::{Block, Cell, EmbedKind, Image, Medium, Rendition},
    text::{self, is_visible, nfc},
};

/// Deeper markup than any editor makes; what lies below keeps its text alone.
const DEPTH: usize = 100;

/// A line of text with inline markup: links, emphasis, sub- and superscript, code and line breaks. Holds nothing else, however it
/// was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inline {
    html: String,
    text: String,
}

impl Inline {
    /// From HTML of unknown origin.
    pub fn from_html(html: &str) -> Self {
        if !html.contains(['<', '&']) {
            return Self::from_text(html);
        }
        let clean = Html::parse_fragment(&sanitised(html));
        let mut line = Line::default();
        let mut collector = Collector { base: None, picture: &mut |_| None, blocks: Vec::new() };
        for node in clean.root_element().children() {
            collector.inline(node, &mut line, DEPTH);
        }
        line.finish()
    }

    /// From plain text.
    pub fn from_text(text: &str) -> Self {
        let text = text::folded(text).unwrap_or_default();
        Self { html: escaped(&text), text }
    }

    /// With inline markup.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Without markup.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Without any letter or other sign?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Serialize for Inline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.html)
    }
}

impl<'de> Deserialize<'de> for Inline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_html(&String::deserialize(deserializer)?))
    }
}

/// A picture as HTML has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The item that it is, in the attribute `data-uri`.
    pub uri: Option<String>,
    /// Its address.
    pub src: String,
    /// What it shows.
    pub alt: Option<String>,
    /// The line under it.
    pub caption: Option<String>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
}

impl Picture {
    /// A picture of which nothing else is known.
    pub fn into_image(self) -> Option<Image> {
        if !matches!(Url::parse(&self.src).ok()?.scheme(), "http" | "https") {
            return None;
        }
        let rendition = Rendition {
            name: "original".to_owned(),
            href: self.src.clone(),
            media_type: None,
            width: self.width,
            height: self.height,
        };
        Some(Image {
            uri: self.uri.unwrap_or(self.src),
            alt: self.alt,
            caption: self.caption,
            width: self.width,
            height: self.height,
            renditions: vec![rendition],
            ..Image::default()
        })
    }
}

/// The blocks of a text. Relative addresses are of `base`; `picture` gives the image that a picture of the text is, and `None` leaves
/// it out.
pub fn blocks(html: &str, base: Option<&Url>, picture: &mut dyn FnMut(Picture) -> Option<Image>) -> Vec<Block> {
    let clean = Html::parse_fragment(&sanitised(html));
    let mut collector = Collector { base, picture, blocks: Vec::new() };
    let mut line = Line::default();
    for node in clean.root_element().children() {
        collector.block(node, &mut line, DEPTH);
    }
    collector.paragraph(&mut line);
    collector.blocks
}

/// The blocks of a plain text: paragraphs are separated by empty lines, or are lines when there is no empty one.
pub fn blocks_of_text(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let has_gaps = text.trim().lines().any(|line| line.trim().is_empty());
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let current = paragraphs.last_mut().expect("never empty");
        if !has_gaps || line.trim().is_empty() {
            paragraphs.push(line.to_owned());
        } else {
            current.push(' ');
            current.push_str(line);
        }
    }
    let paragraphs = paragraphs.iter().map(|paragraph| Inline::from_text(paragraph));
    paragraphs.filter(|html| !html.is_empty()).map(|html| Block::Paragraph { html }).collect()
}

/// What the sanitiser lets through: enough to find the blocks, nothing that runs.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    let structure = [
        "article",
        "aside",
        "audio",
        "body",
        "div",
        "figcaption",
        "figure",
        "footer",
        "header",
        "iframe",
        "main",
        "nav",
        "picture",
        "section",
        "source",
        "time",
        "video",
    ];
    builder
        .add_tags(structure)
        // What stands in these is no text for readers.
        .clean_content_tags(HashSet::from([
            "button", "canvas", "form", "input", "math", "noembed", "noframes", "noscript", "object", "option",
            "script", "select", "style", "svg", "template", "textarea", "title",
        ]))
        .add_generic_attributes(["class", "data-uri", "data-gallery-uri"])
        .add_tag_attributes("iframe", ["src", "title", "width", "height"])
        .add_tag_attributes("video", ["src", "poster", "title", "width", "height", "data-duration"])
        .add_tag_attributes("audio", ["src", "title", "data-duration"])
        .add_tag_attributes("source", ["src", "type"])
        .add_tag_attributes("table", ["role"])
        .add_url_schemes(["tag", "urn"])
        .link_rel(None)
        .strip_comments(true);
    builder
});

fn sanitised(html: &str) -> String {
    SANITISER.clean(&shallow(&closed(html))).to_string()
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A line of text that grows: white space is folded across its nodes.
#[derive(Default)]
struct Line {
    html: String,
    text: String,
    gap: bool,
}

impl Line {
    fn push_text(&mut self, text: &str) {
        for character in nfc(text).chars() {
            if character.is_whitespace() {
                self.gap = true;
            } else if is_visible(character) {
                self.flush_gap();
                self.text.push(character);
                match character {
                    '&' => self.html.push_str("&amp;"),
                    '<' => self.html.push_str("&lt;"),
                    '>' => self.html.push_str("&gt;"),
                    _ => self.html.push(character),
                }
            }
        }
    }

    fn flush_gap(&mut self) {
        if self.gap && !self.text.is_empty() && !self.html.ends_with("<br>") {
            self.text.push(' ');
            self.html.push(' ');
        }
        self.gap = false;
    }

    fn push_break(&mut self) {
        self.gap = false;
        if !self.text.is_empty() {
            self.text.push('\n');
            self.html.push_str("<br>");
        }
    }

    fn finish(&mut self) -> Inline {
        let Self { mut html, text, .. } = std::mem::take(self);
        while let Some(rest) = html.strip_suffix("<br>") {
            html.truncate(rest.len());
        }
        let text = text.trim().to_owned();
        if text.is_empty() { Inline::default() } else { Inline { html, text } }
    }
}

struct Collector<'a> {
    base: Option<&'a Url>,
    picture: &'a mut dyn FnMut(Picture) -> Option<Image>,
    blocks: Vec<Block>,
}

type NodeOf<'t> = NodeRef<'t, Node>;

impl Collector<'_> {
    /// Ends the paragraph that `line` has grown to.
    fn paragraph(&mut self, line: &mut Line) {
        let html = line.finish();
        if !html.is_empty() {
            self.blocks.push(Block::Paragraph { html });
        }
    }

    fn block(&mut self, node: NodeOf<'_>, line: &mut Line, depth: usize) {
        let Some(element) = node.value().as_element() else { return self.inline(node, line, depth) };
        if depth == 0 {
            return line.push_text(&text_of(node));
        }
        match element.name() {
            "p" | "figcaption" | "pre" | "address" | "dt" | "dd" | "summary" => {
                self.paragraph(line);
                if let Some(link) = self.related(node, element) {
                    self.blocks.push(link);
                    return;
                }
                for child in node.children() {
                    self.block(child, line, depth - 1);
                }
                self.paragraph(line);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.paragraph(line);
                if let Some(text) = text::folded(&text_of(node)) {
                    let level = element.name().as_bytes()[1] - b'0';
                    self.blocks.push(Block::Heading { level: level.max(2), text });
                }
            }
            "ul" | "ol" => {
                self.paragraph(line);
                self.list(node, element.name() == "ol", depth - 1);
            }
            "blockquote" => {
                self.paragraph(line);
                self.quote(node, element, depth - 1);
            }
            "figure" => {
                self.paragraph(line);
                self.figure(node, element, depth - 1);
            }
            "table" if table::is_data(node, element) => {
                self.paragraph(line);
                self.table(node, None, depth - 1);
            }
            // What is left of a table that lays out a page.
            "tr" => {
                self.paragraph(line);
                if !has_block(node) {
                    return self.row(node, line, depth - 1);
                }
                for child in node.children() {
                    self.block(child, line, depth - 1);
                }
                self.paragraph(line);
            }
            "td" | "th" | "caption" => {
                self.paragraph(line);
                for child in node.children() {
                    self.block(child, line, depth - 1);
                }
                self.paragraph(line);
            }
            "div" | "section" | "article" | "aside" | "main" | "header" | "footer" | "nav" | "body" | "table"
            | "tbody" | "thead" | "tfoot" | "details" | "dl" | "center" | "hr" => {
                self.paragraph(line);
                if let Some(link) = self.related(node, element) {
                    self.blocks.push(link);
                    return;
                }
                if let Some(uri) = element.attr("data-gallery-uri").and_then(text::folded) {
                    self.blocks.push(Block::Gallery { uri });
                    return;
                }
                for child in node.children() {
                    self.block(child, line, depth - 1);
                }
                self.paragraph(line);
            }
            "img" | "iframe" | "video" | "audio" | "picture" => {
                // Text that goes on behind a picture is a paragraph of its own.
                self.paragraph(line);
                self.medium(node, element, None, None);
            }
            // An inline element may hold blocks, pictures at least.
            _ if has_block(node) => {
                for child in node.children() {
                    self.block(child, line, depth - 1);
                }
            }
            _ => self.inline(node, line, depth),
        }
    }

    /// A row of a table that is none of data, as a line.
    fn row(&mut self, node: NodeOf<'_>, line: &mut Line, depth: usize) {
        for (index, cell) in node.children().filter(|cell| cell.value().is_element()).enumerate() {
            if index > 0 {
                line.push_text(" | ");
            }
            self.inline(cell, line, depth);
        }
        self.paragraph(line);
    }

    /// A table of data; `caption` is the line that stands beside it. Its pictures follow it.
    fn table(&mut self, node: NodeOf<'_>, caption: Option<String>, depth: usize) {
        let mut table = Table::default();
        let mut rows = Vec::new();
        for child in node.children() {
            match child.value().as_element().map(Element::name) {
                Some("caption") => table.caption = text::folded(&text_of(child)),
                Some("thead") => rows.extend(child.children().map(|row| (row, true))),
                Some("tbody" | "tfoot") => rows.extend(child.children().map(|row| (row, false))),
                _ => rows.push((child, false)),
            }
        }
        for (row, on_top) in rows {
            if row.value().as_element().is_none_or(|element| element.name() != "tr") {
                continue;
            }
            let cells: Vec<Cell> = row.children().filter_map(|cell| self.cell(cell, depth)).collect();
            // Without a `thead` the first row names the columns when all of its cells say so.
            let names = on_top || (table.rows.is_empty() && cells.len() > 1 && cells.iter().all(|cell| cell.header));
            if names { table.header.push(cells) } else { table.rows.push(cells) }
        }
        if table.rows.is_empty() {
            table.rows.append(&mut table.header);
        }
        let Table { caption: own, header, rows } = table;
        if rows.iter().flatten().any(|cell| !cell.html.is_empty()) {
            self.blocks.push(Block::Table { caption: own.or(caption), header, rows });
        }
        self.media_within(node);
    }

    fn cell(&mut self, node: NodeOf<'_>, depth: usize) -> Option<Cell> {
        let element = node.value().as_element().filter(|element| matches!(element.name(), "td" | "th"))?;
        let mut line = Line::default();
        for child in node.children() {
            let stands_apart = child.value().as_element().is_some_and(|element| table::stands_apart(element.name()));
            if stands_apart && !line.text.is_empty() {
                line.push_break();
            }
            self.inline(child, &mut line, depth);
            if stands_apart {
                line.gap = true;
            }
        }
        let span = |name| element.attr(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1).clamp(1, 1_000);
        Some(Cell {
            html: line.finish(),
            header: element.name() == "th",
            column_span: span("colspan"),
            row_span: span("rowspan"),
        })
    }

    fn inline(&mut self, node: NodeOf<'_>, line: &mut Line, depth: usize) {
        let element = match node.value() {
            Node::Text(text) => return line.push_text(text),
            Node::Element(element) => element,
            _ => return,
        };
        if depth == 0 {
            return line.push_text(&text_of(node));
        }
        let tag = match element.name() {
            "br" => return line.push_break(),
            "b" | "strong" => Some("strong"),
            "i" | "em" | "cite" => Some("em"),
            "code" | "kbd" | "samp" => Some("code"),
            "sub" => Some("sub"),
            "sup" => Some("sup"),
            "q" => Some("q"),
            "a" => Some("a"),
            _ => None,
        };
        let open = match tag {
            Some("a") => element.attr("href").and_then(|href| self.link(href)).map(|href| {
                // The parser of browsers would take a quote in an attribute for its end.
                format!("<a href=\"{}\">", escaped(&href))
            }),
            Some(tag) => Some(format!("<{tag}>")),
            None => None,
        };
        let (Some(tag), Some(open)) = (tag, open) else {
            // Items of a list in an item are lines, and paragraphs at least words of their own.
            if element.name() == "li" && !line.text.is_empty() {
                line.push_break();
            }
            line.gap |= table::stands_apart(element.name());
            for child in node.children() {
                self.inline(child, line, depth - 1);
            }
            line.gap |= table::stands_apart(element.name());
            return;
        };
        line.flush_gap();
        let (before, words) = (line.html.len(), line.text.len());
        line.html.push_str(&open);
        for child in node.children() {
            self.inline(child, line, depth - 1);
        }
        if tag == "sup"
            && line.text[..words].ends_with(char::is_numeric)
            && let Some(power) = text::superscript(&line.text[words..])
        {
            line.text.replace_range(words.., &power);
        }
        if line.text.len() == words {
            line.html.truncate(before);
        } else {
            line.html.push_str(&format!("</{tag}>"));
        }
    }

    /// The address of something on the web.
    fn address(&self, href: &str) -> Option<String> {
        address::resolve(href, self.base)
    }

    /// The address of a link in a text, which may also lead to a mailbox or a telephone.
    fn link(&self, href: &str) -> Option<String> {
        let url = address::join(href, self.base)?;
        (address::is_web(&url) || matches!(url.scheme(), "mailto" | "tel")).then(|| url.into())
    }

    /// A block that is marked as a link to a related article and holds nothing else.
    fn related(&self, node: NodeOf<'_>, element: &Element) -> Option<Block> {
        if !element.classes().any(|class| matches!(class, "related" | "read-more" | "readmore" | "see-also")) {
            return None;
        }
        let mut links = node.descendants().filter_map(|node| node.value().as_element()).filter(|at| at.name() == "a");
        let (link, None) = (links.next()?, links.next()) else { return None };
        let href = link.attr("href")?.trim();
        let title = text::folded(&text_of(node))?;
        let uri = (href.starts_with("urn:") || href.starts_with("tag:")).then(|| href.to_owned());
        let url = if uri.is_some() { None } else { Some(self.address(href)?) };
        Some(Block::Related { uri, url, title })
    }

    fn list(&mut self, node: NodeOf<'_>, ordered: bool, depth: usize) {
        let mut items = Vec::new();
        for item in node.children().filter(|item| item.value().is_element()) {
            let mut line = Line::default();
            self.inline(item, &mut line, depth);
            let html = line.finish();
            if !html.is_empty() {
                items.push(html);
            }
        }
        if !items.is_empty() {
            self.blocks.push(Block::List { ordered, items });
        }
        self.media_within(node);
    }

    fn quote(&mut self, node: NodeOf<'_>, element: &Element, depth: usize) {
        let provider = element.classes().find_map(|class| match class {
            "twitter-tweet" | "twitter-video" => Some("X"),
            "instagram-media" => Some("Instagram"),
            "tiktok-embed" => Some("TikTok"),
            "reddit-embed-bq" | "reddit-card" => Some("Reddit"),
            _ => None,
        });
        if let Some(provider) = provider {
            let links = node.descendants().filter_map(|node| node.value().as_element()?.attr("href"));
            if let Some(url) = links.filter_map(|href| self.address(href)).last() {
                self.blocks.push(Block::embed(url, Some(provider.to_owned()), None));
                return;
            }
        }
        let mut line = Line::default();
        let mut cite = None;
        for child in node.children() {
            match child.value().as_element().map(Element::name) {
                Some("footer" | "cite") => cite = text::folded(&text_of(child)),
                Some(_) if !line.text.is_empty() => {
                    line.gap = true;
                    self.inline(child, &mut line, depth);
                }
                _ => self.inline(child, &mut line, depth),
            }
        }
        let html = line.finish();
        if !html.is_empty() {
            self.blocks.push(Block::Quote { html, cite });
        }
        self.media_within(node);
    }

    fn figure(&mut self, node: NodeOf<'_>, figure: &Element, depth: usize) {
        let caption = node
            .descendants()
            .find(|node| node.value().as_element().is_some_and(|element| element.name() == "figcaption"))
            .and_then(|caption| text::folded(&text_of(caption)));
        let is_medium = |element: &Element| matches!(element.name(), "img" | "iframe" | "video" | "audio");
        let mut media = node.descendants().filter(|node| node.value().as_element().is_some_and(is_medium)).peekable();
        if media.peek().is_none() {
            let is_data = |node: &NodeOf<'_>| {
                node.value()
                    .as_element()
                    .is_some_and(|element| element.name() == "table" && table::is_data(*node, element))
            };
            if let Some(table) = node.descendants().find(is_data) {
                return self.table(table, caption, depth);
            }
            let mut line = Line::default();
            for child in node.children() {
                self.block(child, &mut line, depth);
            }
            return self.paragraph(&mut line);
        }
        for medium in media {
            let Some(element) = medium.value().as_element() else { continue };
            self.medium(medium, element, Some(figure), caption.clone());
        }
    }

    /// A picture, a video or a frame, in its place.
    fn medium(&mut self, node: NodeOf<'_>, element: &Element, figure: Option<&Element>, caption: Option<String>) {
        match element.name() {
            "picture" => self.media_within(node),
            "img" => {
                let uri = element.attr("data-uri").or_else(|| figure?.attr("data-uri")).and_then(text::folded);
                let src = element.attr("src").and_then(|src| self.address(src)).unwrap_or_default();
                if src.is_empty() && uri.is_none() {
                    return;
                }
                let pixels = |name| element.attr(name).and_then(|value| value.trim().parse().ok()).filter(|px| *px > 0);
                let picture = Picture {
                    uri,
                    src,
                    alt: element.attr("alt").and_then(text::folded),
                    caption,
                    width: pixels("width"),
                    height: pixels("height"),
                };
                if let Some(image) = (self.picture)(picture) {
                    self.blocks.push(Block::Image { image: Box::new(image) });
                }
            }
            name => {
                let sources: Vec<(String, Option<String>)> = node
                    .descendants()
                    .filter_map(|node| {
                        let source = node.value().as_element()?;
                        Some((self.address(source.attr("src")?)?, source.attr("type").and_then(text::folded)))
                    })
                    .collect();
                let Some((url, media_type)) = best_source(sources) else { return };
                let title = element.attr("title").and_then(text::folded);
                let pixels = |name| element.attr(name).and_then(|value| value.trim().parse().ok()).filter(|px| *px > 0);
                if name == "iframe" {
                    let provider = Url::parse(&url).ok().and_then(|url| provider(url.host_str()?));
                    self.blocks.push(Block::Embed {
                        provider,
                        title: title.or(caption),
                        kind: None,
                        width: pixels("width"),
                        height: pixels("height"),
                        poster: None,
                        url,
                    });
                    return;
                }
                let poster = element.attr("poster").and_then(|poster| self.address(poster));
                let poster = poster.and_then(|src| (self.picture)(Picture { src, ..Picture::default() }));
                let medium = Medium {
                    media_type: media_type.map(|kind| kind.to_ascii_lowercase()),
                    duration_seconds: element.attr("data-duration").and_then(|seconds| seconds.trim().parse().ok()),
                    width: pixels("width"),
                    height: pixels("height"),
                    caption: caption.filter(|caption| Some(caption) != title.as_ref()),
                    title,
                    poster: poster.map(Box::new),
                    url,
                };
                let is_sound =
                    name == "audio" || medium.media_type.as_ref().is_some_and(|kind| kind.starts_with("audio/"));
                self.blocks.push(if is_sound { Block::Audio(medium) } else { Block::Video(medium) });
            }
        }
    }

    /// What a list, a table, a quote or a heading shows stands behind it.
    fn media_within(&mut self, node: NodeOf<'_>) {
        let is_medium = |element: &&Element| matches!(element.name(), "img" | "iframe" | "video" | "audio");
        for medium in node.descendants() {
            if let Some(element) = medium.value().as_element().filter(is_medium) {
                self.medium(medium, element, None, None);
            }
        }
    }
}

fn has_block(node: NodeOf<'_>) -> bool {
    let is_block = |element: &Element| {
        matches!(
            element.name(),
            "p" | "div"
                | "ul"
                | "ol"
                | "table"
                | "figure"
                | "blockquote"
                | "img"
                | "iframe"
                | "video"
                | "audio"
                | "picture"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "section"
                | "article"
                | "aside"
        )
    };
    node.descendants().any(|node| node.value().as_element().is_some_and(is_block))
}

fn text_of(node: NodeOf<'_>) -> String {
    let pieces = node.descendants().filter_map(|node| match node.value() {
        Node::Text(text) => Some(&**text),
        Node::Element(element) if element.name() == "br" => Some(" "),
        _ => None,
    });
    pieces.collect()
}

/// Of the files of a medium the one that players of browsers can show, else the first.
fn best_source(sources: Vec<(String, Option<String>)>) -> Option<(String, Option<String>)> {
    let plays = |(url, media_type): &(String, Option<String>)| match media_type {
        Some(media_type) => ["video/mp4", "audio/mpeg", "audio/mp4"].iter().any(|kind| media_type.starts_with(kind)),
        None => {
            [".mp4", ".mp3", ".m4a"].iter().any(|end| url.split(['?', '#']).next().unwrap_or_default().ends_with(end))
        }
    };
    let best = sources.iter().position(plays).unwrap_or_default();
    sources.into_iter().nth(best)
}

/// What something of another site is, as its address tells.
pub fn embed_kind(url: &str) -> EmbedKind {
    let Ok(parsed) = Url::parse(url) else { return EmbedKind::Other };
    let host = parsed.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is = |sites: &[&str]| sites.iter().any(|site| host == *site || host.ends_with(&format!(".{site}")));
    let path = parsed.path().to_ascii_lowercase();
    // Some sites have more than one kind of thing.
    if is(&["google.com", "google.de", "yandex.ru", "yandex.com", "openstreetmap.org", "bing.com"]) {
        let is_map = path.contains("map") || host.starts_with("maps.") || is(&["openstreetmap.org"]);
        return if is_map { EmbedKind::Map } else { EmbedKind::Other };
    }
    if is(&["facebook.com"]) {
        return if path.contains("video") { EmbedKind::Video } else { EmbedKind::Post };
    }
    if is(&[
        "youtube.com",
        "youtube-nocookie.com",
        "youtu.be",
        "vimeo.com",
        "rutube.ru",
        "vkvideo.ru",
        "dailymotion.com",
        "dai.ly",
        "twitch.tv",
        "brightcove.net",
        "jwplayer.com",
        "jwplatform.com",
        "ok.ru",
        "streamable.com",
        "ted.com",
        "wistia.net",
    ]) || (is(&["vk.com"]) && path.contains("video"))
    {
        return EmbedKind::Video;
    }
    if is(&[
        "soundcloud.com",
        "spotify.com",
        "podcasts.apple.com",
        "acast.com",
        "megaphone.fm",
        "podbean.com",
        "deezer.com",
    ]) {
        return EmbedKind::Audio;
    }
    if is(&[
        "twitter.com",
        "x.com",
        "instagram.com",
        "tiktok.com",
        "reddit.com",
        "redditmedia.com",
        "t.me",
        "vk.com",
        "threads.net",
        "threads.com",
        "bsky.app",
        "linkedin.com",
        "pinterest.com",
        "mastodon.social",
    ]) {
        return EmbedKind::Post;
    }
    if is(&[
        "dwcdn.net",
        "datawrapper.de",
        "flourish.studio",
        "infogram.com",
        "highcharts.com",
        "tableau.com",
        "ourworldindata.org",
    ]) {
        return EmbedKind::Chart;
    }
    if is(&["mapbox.com", "arcgis.com", "umap.openstreetmap.fr"]) {
        return EmbedKind::Map;
    }
    EmbedKind::Other
}

/// The name of the site that an embed is of.
pub(crate) fn provider(host: &str) -> Option<String> {
    let host = host.strip_prefix("www.").unwrap_or(host);
    let known = match host {
        "youtube.com" | "youtube-nocookie.com" | "youtu.be" => "YouTube",
        "player.vimeo.com" | "vimeo.com" => "Vimeo",
        "twitter.com" | "x.com" | "platform.twitter.com" => "X",
        "instagram.com" => "Instagram",
        "facebook.com" => "Facebook",
        "w.soundcloud.com" | "soundcloud.com" => "SoundCloud",
        "open.spotify.com" => "Spotify",
        "rutube.ru" => "Rutube",
        "vk.com" | "vkvideo.ru" => "VK",
        "datawrapper.dwcdn.net" => "Datawrapper",
        _ => return Some(host.to_owned()),
    };
    Some(known.to_owned())
}

impl fmt::Display for Inline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Vec<Block> {
        let base = Url::parse("https://news.example/2024/story.html").unwrap();
        blocks(html, Some(&base), &mut Picture::into_image)
    }

    fn paragraphs(html: &str) -> Vec<(String, String)> {
        let paragraph = |block| match block {
            Block::Paragraph { html } => (html.html().to_owned(), html.text().to_owned()),
            other => panic!("{other:?}"),
        };
        read(html).into_iter().map(paragraph).collect()
    }

    #[test]
    fn paragraphs_keep_links_and_emphasis_and_nothing_else() {
        assert_eq!(
            paragraphs("<p class=x onclick='y()'>One <b>bold</b> <a href='/a?b=1&amp;c=2' target=_blank>link</a>.</p>"),
            [(
                "One <strong>bold</strong> <a href=\"https://news.example/a?b=1&amp;c=2\">link</a>.".to_owned(),
                "One bold link.".to_owned()
            )]
        );
        assert_eq!(paragraphs("a<p>b<p>c<div>d<br>e</div>").len(), 4);
        assert_eq!(paragraphs("AT&amp;T &lt;b&gt;"), [("AT&amp;T &lt;b&gt;".to_owned(), "AT&T <b>".to_owned())]);
    }

    #[test]
    fn nothing_that_runs_is_left() {
        for html in [
            "<p>x<script>alert(1)</script></p>",
            "<p>x<img src=x onerror=alert(1)></p>",
            "<p>x<a href='javascript:alert(1)'></a></p>",
            "<p>x<a href=' java\nscript:alert(1)'></a></p>",
            "<p>x<svg onload=alert(1)></svg></p>",
            "<p>x<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\"></math></p>",
            "<p>x<iframe srcdoc='<script>alert(1)</script>'></iframe></p>",
            "<p>x<style>p{}</style></p>",
        ] {
            let blocks = read(html);
            let text = serde_json::to_string(&blocks).unwrap();
            assert!(!text.contains("alert") && !text.contains("onerror"), "{html}: {text}");
        }
    }

    #[test]
    fn pictures_and_embeds_keep_their_place() {
        let blocks = read(
            "<p>one</p><figure data-uri='urn:x:1'><img src='a.jpg' alt='A' width=300><figcaption>Cap</figcaption></figure>\
             <p>two <img src=b.jpg> three</p><iframe src='https://www.youtube.com/embed/1'></iframe>\
             <blockquote class='twitter-tweet'><p>t</p><a href='https://twitter.com/a/status/1'>d</a></blockquote>",
        );
        let kinds: Vec<String> = blocks
            .iter()
            .map(|block| match block {
                Block::Image { image } => format!("{} {:?} {:?}", image.uri, image.alt, image.caption),
                Block::Embed { url, provider, .. } => format!("{url} {provider:?}"),
                Block::Video(medium) | Block::Audio(medium) => format!("{} {:?}", medium.url, medium.media_type),
                other => other.text(),
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "one",
                "urn:x:1 Some(\"A\") Some(\"Cap\")",
                "two",
                "https://news.example/2024/b.jpg None None",
                "three",
                "https://www.youtube.com/embed/1 Some(\"YouTube\")",
                "https://twitter.com/a/status/1 Some(\"X\")",
            ]
        );
    }

    #[test]
    fn a_related_link_is_a_block_of_its_own() {
        assert_eq!(
            read("<p class=\"related\"><a href=\"urn:x:article:2\">Read this</a></p>"),
            [Block::Related { uri: Some("urn:x:article:2".to_owned()), url: None, title: "Read this".to_owned() }]
        );
    }

    #[test]
    fn lists_quotes_and_tables_are_read() {
        let blocks = read(
            "<h1>H</h1><ul><li>a<li><b>b</b></ul><blockquote><p>q1</p><p>q2</p><footer>Who</footer></blockquote>\
             <table><tr><td>1</td><td>2</td></tr></table>",
        );
        assert_eq!(
            blocks,
            [
                Block::Heading { level: 2, text: "H".to_owned() },
                Block::List { ordered: false, items: vec![Inline::from_text("a"), Inline::from_html("<b>b</b>")] },
                Block::Quote { html: Inline::from_text("q1 q2"), cite: Some("Who".to_owned()) },
                Block::Table {
                    caption: None,
                    header: vec![],
                    rows: vec![vec![Inline::from_text("1").into(), Inline::from_text("2").into()]],
                },
            ]
        );
    }

    #[test]
    fn tables_keep_their_header_cells_and_caption() {
        let expected = |caption: Option<&str>| {
            let cell = |html: &str, header: bool| Cell { header, ..Inline::from_html(html).into() };
            Block::Table {
                caption: caption.map(str::to_owned),
                header: vec![vec![cell("Line", true), cell("Riders", true)]],
                rows: vec![
                    vec![cell("<a href=\"https://news.example/1\">1</a>", true), cell("2,000", false)],
                    vec![Cell { column_span: 2, ..cell("a<br>b", false) }],
                ],
            }
        };
        let rows = "<tr><th><a href='/1'>1</a></th><td>2,000</td></tr><tr><td colspan=2><p>a</p><p>b</p></td></tr>";
        let names = "<tr><th>Line</th><th>Riders</th></tr>";
        for (markup, caption) in [
            (
                format!("<table><caption>Trams</caption><thead>{names}</thead><tbody>{rows}</tbody></table>"),
                Some("Trams"),
            ),
            (format!("<table>{names}{rows}</table>"), None),
            (format!("<figure><table>{names}{rows}</table><figcaption>Trams</figcaption></figure>"), Some("Trams")),
        ] {
            assert_eq!(read(&markup), [expected(caption)], "{markup}");
        }
        let (table, text) = (expected(Some("Trams")), "Trams\nLine | Riders\n1 | 2,000\na\nb");
        assert_eq!(table.text(), text);
    }

    #[test]
    fn tables_that_lay_out_a_page_are_no_tables() {
        let layout = "<table><tr><td><h2>Title</h2><p>One.</p><p>Two.</p></td><td><img src=a.jpg></td></tr></table>";
        let kinds: Vec<bool> = read(layout).iter().map(|block| matches!(block, Block::Table { .. })).collect();
        assert_eq!(kinds, [false; 4]);
        assert_eq!(paragraphs("<table><tr><td>One.</td></tr><tr><td>Two.</td></tr></table>").len(), 2);
        assert_eq!(paragraphs("<table role=presentation><tr><td>One.</td><td>Two.</td></tr></table>").len(), 1);
        let outer = "<table><tr><td><table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table></td></tr></table>";
        assert!(
            matches!(&read(outer)[..], [Block::Table { header, rows, .. }] if header.len() == 1 && rows.len() == 1)
        );
    }

    #[test]
    fn sounds_and_videos_have_what_is_known_of_them() {
        let blocks = read(
            "<figure><video poster='p.jpg' width=640 height=360><source src='v.webm' type='video/webm'>\
             <source src='v.mp4' type='video/mp4'></video><figcaption>Cap</figcaption></figure>\
             <audio src='https://a.example/a.mp3' title='T'></audio>",
        );
        let [Block::Video(video), Block::Audio(audio)] = &blocks[..] else { panic!("{blocks:?}") };
        assert_eq!(
            (video.url.as_str(), video.media_type.as_deref()),
            ("https://news.example/2024/v.mp4", Some("video/mp4"))
        );
        assert_eq!((video.width, video.height, video.caption.as_deref()), (Some(640), Some(360), Some("Cap")));
        assert_eq!(video.poster.as_ref().unwrap().uri, "https://news.example/2024/p.jpg");
        assert_eq!((audio.url.as_str(), audio.title.as_deref()), ("https://a.example/a.mp3", Some("T")));
    }

    #[test]
    fn addresses_tell_what_an_embed_is() {
        for (url, kind) in [
            ("https://www.youtube.com/embed/1", EmbedKind::Video),
            ("https://player.vimeo.com/video/1", EmbedKind::Video),
            ("https://open.spotify.com/episode/1", EmbedKind::Audio),
            ("https://x.com/a/status/1", EmbedKind::Post),
            ("https://www.facebook.com/plugins/video.php?x", EmbedKind::Video),
            ("https://datawrapper.dwcdn.net/1", EmbedKind::Chart),
            ("https://www.google.com/maps/embed?x", EmbedKind::Map),
            ("https://notyoutube.com/1", EmbedKind::Other),
            ("no address", EmbedKind::Other),
        ] {
            assert_eq!(embed_kind(url), kind, "{url}");
        }
    }

    #[test]
    fn deep_markup_is_read_in_bounded_time() {
        let deep = format!("{}text{}", "<b><i>".repeat(2_000), "</i></b>".repeat(2_000));
        assert_eq!(read(&deep).len(), 1);
    }

    #[test]
    fn inline_html_stays_the_same_when_read_again() {
        for html in ["a &amp; b", "<a href=\"https://a.example/?q=%22\">x</a> <em>y</em><br>z", "1 &lt; 2"] {
            let inline = Inline::from_html(html);
            assert_eq!(Inline::from_html(inline.html()), inline);
            assert_eq!(inline.html(), html);
        }
    }

    #[test]
    fn plain_text_has_paragraphs() {
        assert_eq!(blocks_of_text("one\ntwo\n\nthree\r\n\r\n").len(), 2);
        assert_eq!(blocks_of_text("one\ntwo").len(), 2);
        assert_eq!(blocks_of_text(" \n ").len(), 0);
    }
}
