//! Text to a tree, however the text is formed.

use std::{borrow::Cow, collections::HashMap};

use html_escape::decode_html_entities;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Child, Element, Space};
use crate::reading::{Note, Problem};

/// Deeper than any feed is; elements below stand at this depth.
const DEPTH: usize = 96;

/// More namespaces than any feed declares at a time; the others are not looked at.
const SPACES: usize = 256;

/// The root of a document, and what was put right in it.
pub(in crate::feed) struct Document {
    pub root: Element,
    pub warnings: Vec<Note>,
}

/// Reads a document. Its relative addresses are of nothing until [`Element::set_base`] says so.
pub(in crate::feed) fn parse(text: &str) -> Result<Document, Problem> {
    let start = text
        .find('<')
        .ok_or_else(|| Problem::new("neither XML nor JSON; a feed starts with `<rss`, `<feed`, `<rdf:RDF` or `{`"))?;
    let (text, mended) = mended(text);
    let mut builder = Builder::default();
    if mended > 0 {
        builder.warnings.insert("`<` that starts no tag, read as a character", (1, mended));
    }
    let (at, message) = match builder.run(&text, start) {
        Ok(()) => return builder.finish(None),
        Err((offset, message)) => (position(&text, offset), message),
    };
    builder.finish(Some(Problem::at(at, format!("not well-formed XML: {message}"))))
}

/// The first element of a text that may break off behind it, without what it holds.
pub(in crate::feed) fn root_of(head: &str) -> Result<Element, Problem> {
    let start = head.find('<').unwrap_or(head.len());
    let end = first_tag_end(&head[start..]).map_or(head.len(), |end| start + end);
    Ok(parse(&head[..end])?.root)
}

/// Behind the first start tag.
fn first_tag_end(text: &str) -> Option<usize> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) | Event::Empty(_) => return usize::try_from(reader.buffer_position()).ok(),
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Line and column of a place in a text.
fn position(text: &str, offset: usize) -> String {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    format!("line {line}, column {column}")
}

#[derive(Default)]
struct Builder {
    /// Elements that are open, the root first, each with its name as written.
    open: Vec<(String, Element)>,
    /// Open elements below [`DEPTH`].
    too_deep: usize,
    /// Namespaces by prefix with the depth they were declared at; the last holds.
    spaces: Vec<(usize, String, Space)>,
    root: Option<Element>,
    warnings: HashMap<&'static str, (usize, usize)>,
}

impl Builder {
    fn run(&mut self, text: &str, start: usize) -> Result<(), (usize, String)> {
        let mut reader = Reader::from_str(&text[start..]);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        let place = |offset: u64| start + usize::try_from(offset).unwrap_or(usize::MAX - start);
        let (mut line, mut counted) = (1 + text[..start].matches('\n').count(), start);
        loop {
            let at = place(reader.buffer_position());
            line += text.as_bytes()[counted..at].iter().filter(|byte| **byte == b'\n').count();
            counted = at;
            let event = reader.read_event().map_err(|error| (place(reader.error_position()), error.to_string()))?;
            match event {
                Event::Start(tag) => self.start(&tag, line),
                Event::Empty(tag) => {
                    self.start(&tag, line);
                    self.end(tag.name().as_ref(), line);
                }
                Event::End(tag) => self.end(tag.name().as_ref(), line),
                Event::Text(piece) => self.push(Child::Text(piece.xml10_content().into_owned())),
                Event::CData(data) => self.push(Child::Data(data.xml10_content().into_owned())),
                Event::GeneralRef(reference) => {
                    let written = format!("&{};", &*reference);
                    let text = decode_html_entities(&written).into_owned();
                    if text == written && reference.chars().all(char::is_alphanumeric) {
                        self.warn("references to entities that are not known, left as they stand", line);
                    }
                    self.push(Child::Text(text));
                }
                Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => return Ok(()),
            }
            if self.root.is_some() {
                // Comments, or the page of an error, behind the feed.
                return Ok(());
            }
        }
    }

    fn warn(&mut self, message: &'static str, line: usize) {
        self.warnings.entry(message).or_insert((line, 0)).1 += 1;
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: usize) {
        if self.open.len() >= DEPTH {
            self.warn("elements too deep, their text alone is kept", line);
            self.too_deep += 1;
            return;
        }
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).flatten() {
            let name = attribute.key.as_ref().to_ascii_lowercase();
            let value = decode_html_entities(&attribute.value).into_owned();
            match name.strip_prefix("xmlns") {
                Some(prefix) if self.spaces.len() < SPACES => {
                    let space = Space::of_address(&value).unwrap_or(Space::Other);
                    self.spaces.push((self.open.len(), prefix.trim_start_matches(':').to_owned(), space));
                }
                Some(_) => {}
                None => attributes.push((name, value)),
            }
        }
        let name = tag.name().as_ref().to_ascii_lowercase();
        let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
        let space = self.space(prefix, local, line);
        let parent = self.open.last().map(|(_, element)| element);
        let mut language = parent.and_then(|parent| parent.language.clone());
        if let Some((_, value)) = attributes.iter().find(|(name, _)| name == "xml:lang") {
            language = (!value.trim().is_empty()).then(|| value.trim().into());
        }
        let local = local.to_owned();
        let element = Element { space, name: local, attributes, children: Vec::new(), line, base: None, language };
        self.open.push((name, element));
    }

    fn space(&mut self, prefix: &str, local: &str, line: usize) -> Space {
        let own = match self.open.first() {
            Some((_, root)) if root.space == Space::Atom => Space::Atom,
            None if matches!(local, "feed" | "entry") => Space::Atom,
            _ => Space::Rss,
        };
        if self.open.is_empty() && matches!(local, "feed" | "entry" | "rss") {
            // Whatever address publishers make up for it, the prefix of the root is that of the feed.
            self.spaces.push((0, prefix.to_owned(), own));
            return own;
        }
        match self.spaces.iter().rev().find(|(_, known, _)| known == prefix) {
            Some((_, _, space)) => *space,
            None if prefix.is_empty() => own,
            None => {
                self.warn("prefixes that are not declared, taken for what they usually are", line);
                Space::of_prefix(prefix)
            }
        }
    }

    fn end(&mut self, name: &str, line: usize) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let name = name.trim().to_ascii_lowercase();
        let Some(depth) = self.open.iter().rposition(|(open, _)| *open == name) else {
            return self.warn("end tags without a start, left out", line);
        };
        if depth + 1 < self.open.len() {
            self.warn("elements that are not closed, closed with what holds them", line);
        }
        while self.open.len() > depth {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some((_, element)) = self.open.pop() else { return };
        while self.spaces.last().is_some_and(|(depth, _, _)| *depth >= self.open.len()) {
            self.spaces.pop();
        }
        match self.open.last_mut() {
            Some((_, parent)) => parent.children.push(Child::Element(element)),
            None => self.root = Some(element),
        }
    }

    fn push(&mut self, child: Child) {
        if let Some((_, element)) = self.open.last_mut() {
            // A run of text is one piece, so that what was escaped in parts is read as a whole.
            match (element.children.last_mut(), child) {
                (Some(Child::Text(text)), Child::Text(more)) => text.push_str(&more),
                (_, child) => element.children.push(child),
            }
        }
    }

    /// The tree, also of a document that breaks off.
    fn finish(mut self, mut problem: Option<Problem>) -> Result<Document, Problem> {
        if problem.is_none() && !self.open.is_empty() {
            problem =
                Some(Problem::at("the end", "not well-formed XML: elements are still open, the document breaks off"));
        }
        while !self.open.is_empty() {
            self.close();
        }
        let Some(root) = self.root else {
            return Err(problem.unwrap_or_else(|| Problem::new("not XML: there is no element in it")));
        };
        let mut warnings: Vec<(usize, Note)> = self
            .warnings
            .into_iter()
            .map(|(message, (line, count))| {
                let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
                (line, Note { at: format!("line {line}"), message: format!("{message}{times}") })
            })
            .collect();
        warnings.sort_by(|one, other| (one.0, &one.1.message).cmp(&(other.0, &other.1.message)));
        let mut warnings: Vec<Note> = warnings.into_iter().map(|(_, note)| note).collect();
        if let Some(Problem { at, message }) = problem {
            warnings.push(Note { at, message: format!("{message}; what stands before it is read") });
        }
        Ok(Document { root, warnings })
    }
}

/// Writes `<` that starts no tag as the character that it is; the number is of those.
fn mended(text: &str) -> (Cow<'_, str>, usize) {
    let (mut mended, mut kept, mut count) = (String::new(), 0, 0);
    let mut from = 0;
    while let Some(at) = text[from..].find('<').map(|at| from + at) {
        let rest = &text[at..];
        let closed = |start: &str, end: &str| {
            rest.starts_with(start).then(|| rest.find(end).map_or(text.len(), |length| at + length + end.len()))
        };
        from = match closed("<![CDATA[", "]]>").or_else(|| closed("<!--", "-->")) {
            Some(end) => end,
            None => {
                if !rest[1..].starts_with(|sign: char| sign.is_alphabetic() || matches!(sign, '_' | '/' | '!' | '?')) {
                    mended.push_str(&text[kept..at]);
                    mended.push_str("&lt;");
                    kept = at + 1;
                    count += 1;
                }
                at + 1
            }
        };
    }
    if count == 0 {
        return (Cow::Borrowed(text), 0);
    }
    mended.push_str(&text[kept..]);
    (Cow::Owned(mended), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> (Element, Vec<Note>) {
        let document = parse(text).unwrap();
        (document.root, document.warnings)
    }

    #[test]
    fn vocabularies_are_told_by_address_and_else_by_their_usual_prefix() {
        let (rss, warnings) = root(
            "<rss xmlns:m='http://search.yahoo.com/mrss'><m:content/><media:title>a</media:title><x:y/><title/></rss>",
        );
        let spaces: Vec<_> = rss.elements().map(|element| element.space).collect();
        assert_eq!(spaces, [Space::Media, Space::Media, Space::Other, Space::Rss]);
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn base_and_language_are_inherited() {
        let (mut feed, _) =
            root("<feed xml:base='http://a.example/b/' xml:lang='de'><entry xml:base='c/'><link/></entry></feed>");
        feed.set_base(None);
        let link = feed.first(Space::Atom, "entry").unwrap().first(Space::Atom, "link").unwrap();
        assert_eq!(link.address("d").as_deref(), Some("http://a.example/b/c/d"));
        assert_eq!(link.language.as_deref(), Some("de"));
    }

    #[test]
    fn what_is_not_well_formed_is_read_as_far_as_possible() {
        let (rss, warnings) = root("<rss><a>Fish & Chips &amp; more &nbsp;3 < 4</a><b><i>x<br>y</b><c>cut");
        assert_eq!(rss.text_of(Space::Rss, "a").as_deref(), Some("Fish & Chips & more \u{a0}3 < 4"));
        assert_eq!(rss.first(Space::Rss, "b").unwrap().inner_html(), "<i>x<br>y</i>");
        assert_eq!(rss.text_of(Space::Rss, "c").as_deref(), Some("cut"));
        assert!(warnings.iter().any(|note| note.message.contains("breaks off")));
    }

    #[test]
    fn entities_of_a_document_type_are_never_expanded() {
        let (rss, warnings) = root("<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><t>&b;</t></rss>");
        assert_eq!(rss.text_of(Space::Rss, "t").as_deref(), Some("&b;"));
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn deep_elements_are_flattened() {
        let deep = format!("<rss>{}x{}</rss>", "<a>".repeat(100_000), "</a>".repeat(100_000));
        let (rss, warnings) = root(&deep);
        assert_eq!(rss.text().as_deref(), Some("x"));
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn a_document_without_an_element_is_refused() {
        assert!(parse("no markup").is_err());
        assert!(parse("<!-- only -->").is_err());
    }
}
