//! The text of a NITF story as HTML, with its media in their places.

use super::Media;
use crate::{
    Defaults, Reading, address,
    xml::{self, Element, Node, close, open, push_text},
};

/// The scheme of the marks that stand for media in the HTML.
pub(super) const MARK: &str = "nitf-media:";

/// Writes the text of elements.
pub(super) struct Writer<'r> {
    pub(super) html: String,
    /// Pictures; marks stand in their places.
    pub(super) media: Vec<Media>,
    /// Footnotes of the paragraph, list or table that is being written: they follow it.
    footnotes: String,
    /// How many of these the place is in.
    depth: usize,
    defaults: &'r Defaults,
    reading: &'r mut Reading,
}

impl<'r> Writer<'r> {
    pub(super) fn new(defaults: &'r Defaults, reading: &'r mut Reading) -> Self {
        Self { html: String::new(), media: Vec::new(), footnotes: String::new(), depth: 0, defaults, reading }
    }

    /// Writes what is in `node`.
    pub(super) fn within(&mut self, node: Node<'_>) {
        node.children().for_each(|child| self.write(child));
    }

    /// Writes `node` and what is in it.
    pub(super) fn write(&mut self, node: Node<'_>) {
        if let Some(text) = node.text().filter(|_| node.is_text()) {
            return push_text(&mut self.html, text);
        }
        if !node.is_element() {
            return;
        }
        if xml::follows_part(node) {
            self.html.push(' ');
        }
        let is_in_line = self.depth > 0;
        let tag = match node.tag_name().name() {
            // What is for editors and programs alone.
            "ed-msg"
            | "media-metadata"
            | "nitf-table-metadata"
            | "alt-code"
            | "tobject"
            | "key-list"
            | "col"
            | "colgroup" => {
                return;
            }
            "classifier" if !is_in_line => return,
            "custom-table" | "table-reference" => {
                return self.reading.warn("nitf-table", "holds no table of NITF; left out");
            }
            "note" if !is_for_readers(node) => return,
            "tagline" if node.attr("type") == Some("npa") => return,
            "media" => return self.media(node),
            "bq" => return self.quote(node),
            "pre" => return self.lines(node),
            "fn" if is_in_line => return self.footnote(node),
            "frac" => {
                if ends_in_number(&self.html) {
                    self.html.push(' ');
                }
                return push_text(&mut self.html, &xml::fraction(node));
            }
            "a" => {
                open(&mut self.html, "a", node.attr("href").map(|href| ("href", href)));
                self.within(node);
                return close(&mut self.html, "a");
            }
            "br" => return self.html.push_str("<br>"),
            "hr" => return self.html.push_str("<hr>"),
            name @ ("td" | "th") => {
                let spans = ["colspan", "rowspan"].into_iter().filter_map(|name| Some((name, node.attr(name)?)));
                open(&mut self.html, name, spans);
                self.within(node);
                return close(&mut self.html, name);
            }
            "caption" if node.parent().is_some_and(|parent| parent.is("table")) => "caption",
            "hl1" | "hl2" if !is_in_line => "h2",
            "em" | "object.title" => "em",
            "byttl" => {
                self.html.push(' ');
                self.within(node);
                return self.html.push(' ');
            }
            // A notice in a sentence is part of the sentence.
            "copyrite" if is_in_line => return self.within(node),
            "caption" | "byline" | "dateline" | "credit" | "datasource" | "copyrite" | "tagline" => "p",
            "block" | "abstract" | "note" | "bibliography" | "nitf-table" | "fn" => "div",
            name @ ("p" | "q" | "sub" | "sup" | "strong" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "table"
            | "tbody" | "thead" | "tfoot" | "tr") => name,
            // Marks what words mean, such as `person` or `money`.
            _ => return self.within(node),
        };
        let is_whole = matches!(tag, "p" | "h2" | "ul" | "ol" | "dl" | "table") || node.is("bibliography");
        self.depth += usize::from(is_whole);
        open(&mut self.html, tag, None);
        self.within(node);
        close(&mut self.html, tag);
        self.depth -= usize::from(is_whole);
        self.end();
    }

    /// Writes what stands below the text, unless nothing but addresses is in it: these are for clients of the agency.
    pub(super) fn end_of_text(&mut self, end: Node<'_>) {
        if is_contact_only(end) {
            self.reading.warn("tagline", "holds addresses of editors alone; left out");
        } else {
            self.write(end);
        }
    }

    /// Writes the footnotes of what ends.
    fn end(&mut self) {
        if self.depth == 0 {
            self.html.push_str(&std::mem::take(&mut self.footnotes));
        }
    }

    /// Keeps a footnote until what it stands in ends.
    fn footnote(&mut self, node: Node<'_>) {
        let html = std::mem::take(&mut self.html);
        let depth = std::mem::take(&mut self.depth);
        open(&mut self.html, "div", None);
        self.within(node);
        close(&mut self.html, "div");
        self.depth = depth;
        let footnote = std::mem::replace(&mut self.html, html);
        self.footnotes.push_str(&footnote);
    }

    /// Writes text whose lines count.
    fn lines(&mut self, node: Node<'_>) {
        open(&mut self.html, "p", None);
        let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
        let lines: Vec<&str> = text.trim_matches(['\n', '\r']).lines().collect();
        for (number, line) in lines.into_iter().enumerate() {
            if number > 0 {
                self.html.push_str("<br>");
            }
            push_text(&mut self.html, line);
        }
        close(&mut self.html, "p");
    }

    fn quote(&mut self, node: Node<'_>) {
        self.depth += 1;
        open(&mut self.html, "blockquote", None);
        for child in node.children().filter(|child| !child.is("credit")) {
            // Paragraphs of a quotation stand in it themselves.
            if child.is("block") { self.within(child) } else { self.write(child) }
        }
        let credits: Vec<String> = node.all("credit").filter_map(Element::words).collect();
        let credit = (!credits.is_empty()).then(|| credits.join("; "));
        if let Some(credit) = credit.or_else(|| node.attr("quote-source").map(str::to_owned)) {
            open(&mut self.html, "footer", None);
            push_text(&mut self.html, &credit);
            close(&mut self.html, "footer");
        }
        close(&mut self.html, "blockquote");
        self.depth -= 1;
        self.end();
    }

    pub(super) fn media(&mut self, node: Node<'_>) {
        let files: Vec<_> = node.all("media-reference").collect();
        let captions: Vec<String> = node.all("media-caption").filter_map(Element::words).collect();
        let caption = (!captions.is_empty()).then(|| captions.join(" "));
        let makers =
            node.all("media-producer").chain(node.all("media-caption").filter_map(|caption| caption.one("credit")));
        let credit = makers.filter_map(Element::words).next();
        let credit = credit.or_else(|| files.iter().find_map(|file| file.attr("source-credit")).map(str::to_owned));
        if node.one("media-object").is_some() {
            self.reading.warn("media-object", "holds encoded data; left out");
        }
        match Kind::of(node, &files) {
            Kind::Picture => self.picture(&files, caption, credit),
            Kind::Sound => self.played("audio", &files, caption, credit),
            Kind::Video => self.played("video", &files, caption, credit),
            Kind::Other => self.other(&files, caption),
        }
    }

    fn picture(&mut self, files: &[Node<'_>], caption: Option<String>, credit: Option<String>) {
        let mark = format!("{MARK}{}", self.media.len());
        let file = |file: &Node<'_>| {
            let address = address_of(*file)?;
            Some(super::File {
                address: address.to_owned(),
                name: file.attr("name").map(str::to_owned),
                alt: file.attr("alternate-text").map(str::to_owned),
                media_type: file.attr("mime-type").and_then(crate::wire::media_type),
                width: file.attr("width").and_then(crate::wire::pixels),
                height: file.attr("height").and_then(crate::wire::pixels),
            })
        };
        let copyright = files.iter().find_map(|file| file.attr("copyright"));
        let copyright = copyright.map(crate::wire::notice);
        self.media.push(Media { caption, credit, copyright, files: files.iter().filter_map(file).collect() });
        open(&mut self.html, "img", [("data-uri", mark.as_str())]);
    }

    /// A sound or a video, with its poster.
    fn played(&mut self, tag: &str, files: &[Node<'_>], caption: Option<String>, credit: Option<String>) {
        let is_picture = |file: &&Node<'_>| file.attr("mime-type").is_some_and(|kind| kind.starts_with("image/"));
        let base = self.defaults.base.as_ref();
        let address = |file: &Node<'_>| address::resolve(address_of(*file)?, base);
        let played: Vec<_> = files.iter().filter(|file| !is_picture(file)).collect();
        if !played.iter().any(|file| address(file).is_some()) {
            let named = played.first().and_then(|file| address_of(**file)).unwrap_or_default();
            return self
                .reading
                .warn("media-reference", format!("`{named}` is no address that can be opened; the {tag} is left out"));
        }
        let poster = files.iter().find(is_picture).and_then(|file| address_of(*file));
        let seconds = played.iter().find_map(|file| seconds(**file)).map(|seconds| seconds.to_string());
        let of_file = |name| played.iter().find_map(|file| file.attr(name));
        let attributes = [
            ("poster", poster),
            ("width", of_file("width")),
            ("height", of_file("height")),
            ("title", of_file("alternate-text")),
            ("data-duration", seconds.as_deref()),
        ];
        open(&mut self.html, "figure", None);
        open(&mut self.html, tag, attributes.into_iter().filter_map(|(name, value)| Some((name, value?))));
        for file in played {
            let kind = file.attr("mime-type").and_then(crate::wire::media_type);
            let attributes = [("src", address_of(*file)), ("type", kind.as_deref())];
            open(&mut self.html, "source", attributes.into_iter().filter_map(|(name, value)| Some((name, value?))));
        }
        close(&mut self.html, tag);
        self.figure_caption(crate::wire::with_credit(caption, credit));
        close(&mut self.html, "figure");
    }

    /// Files that are neither seen nor heard, such as a PDF.
    fn other(&mut self, files: &[Node<'_>], caption: Option<String>) {
        for file in files {
            let named = address_of(*file).unwrap_or_default();
            let Some(href) = address::resolve(named, self.defaults.base.as_ref()) else {
                self.reading.warn("media-reference", format!("`{named}` is no address that can be opened; left out"));
                continue;
            };
            let title = file.attr("alternate-text").or_else(|| file.attr("name"));
            let attributes = [Some(("src", href.as_str())), title.map(|title| ("title", title))];
            open(&mut self.html, "figure", None);
            open(&mut self.html, "iframe", attributes.into_iter().flatten());
            close(&mut self.html, "iframe");
            self.figure_caption(caption.clone());
            close(&mut self.html, "figure");
        }
    }

    fn figure_caption(&mut self, caption: Option<String>) {
        if let Some(caption) = caption {
            open(&mut self.html, "figcaption", None);
            push_text(&mut self.html, &caption);
            close(&mut self.html, "figcaption");
        }
    }
}

/// What a medium is for readers.
enum Kind {
    Picture,
    Sound,
    Video,
    Other,
}

impl Kind {
    /// What the types of its files say, else what it says itself.
    fn of(media: Node<'_>, files: &[Node<'_>]) -> Self {
        let types = files.iter().filter_map(|file| file.attr("mime-type")).map(str::to_ascii_lowercase);
        // What is no media type, or one of anything, says nothing.
        let types: Vec<_> = types.filter(|kind| kind.contains('/') && !kind.ends_with("octet-stream")).collect();
        let has = |start: &str| types.iter().any(|kind| kind.starts_with(start));
        let named = media.attr("media-type").unwrap_or("image").to_ascii_lowercase();
        if has("video/") || (named == "video" && !has("audio/")) {
            Self::Video
        } else if has("audio/") || named == "audio" {
            Self::Sound
        } else if has("image/") || (types.is_empty() && !matches!(&*named, "data" | "application" | "text" | "other")) {
            Self::Picture
        } else {
            Self::Other
        }
    }
}

fn address_of(file: Node<'_>) -> Option<&str> {
    file.attr("source").or_else(|| file.attr("data-location"))
}

/// Whether a note in the text is for readers: those to editors are marked, by their class or as advice that is not to be published.
pub(super) fn is_for_readers(note: Node<'_>) -> bool {
    let class = note.attr("noteclass");
    note.attr("type") != Some("npa") && class.is_none_or(|class| matches!(class, "cpyrt" | "end" | "hd" | "trademk"))
}

/// Whether nothing but mail addresses is in it: these are for clients of the agency.
fn is_contact_only(end: Node<'_>) -> bool {
    let Some(words) = end.words() else { return false };
    words.split(|sign: char| sign.is_whitespace() || matches!(sign, '/' | ',' | ';')).all(|word| {
        word.is_empty() || word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    })
}

/// Whether HTML ends in a digit, whatever elements end behind it.
fn ends_in_number(html: &str) -> bool {
    let mut text = html;
    while let Some(start) = text.ends_with('>').then(|| text.rfind('<')).flatten() {
        text = &text[..start];
    }
    text.ends_with(char::is_numeric)
}

/// How long a file is played.
fn seconds(file: Node<'_>) -> Option<f64> {
    let time: f64 = file.attr("time")?.trim().parse().ok()?;
    let unit = file.attr("time-unit-of-measure").unwrap_or("seconds").to_ascii_lowercase();
    let seconds = match unit.trim_end_matches('s') {
        "second" | "sec" | "" => time,
        "minute" | "min" => time * 60.0,
        "hour" => time * 3_600.0,
        "millisecond" | "msec" | "m" => time / 1_000.0,
        _ => return None,
    };
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}
