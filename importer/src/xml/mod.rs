//! XML of unknown origin: decoded, measured and parsed, so that no document costs more than its size allows.
//!
//! Elements are looked up by name in the namespace of the element above them: formats of the same shape are read with
//! and without namespace, and extensions of others do not get in the way.

mod decode;
mod markup;

use std::borrow::Cow;

use quick_xml::{
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
pub(crate) use roxmltree::Document;
use roxmltree::ParsingOptions;
use sha2::{Digest as _, Sha256};

pub(crate) use self::markup::{close, copy, open, push_text};
use crate::{Problem, Reading, text};

/// The largest document, in bytes.
const SIZE: usize = 32 << 20;
/// The deepest element.
const DEPTH: usize = 200;
/// Attributes of an element.
const ATTRIBUTES: usize = 200;
/// Namespace declarations in scope: the parser copies them to every element that declares one of its own.
const NAMESPACES: usize = 32;
/// Elements, texts and comments of a document.
const NODES: u32 = 2_000_000;
/// How far into a document the root element is looked for.
const PROLOG: usize = 64 << 10;

/// Elements whose text stands apart from that around it.
const APART: [&str; 26] = [
    "br",
    "p",
    "li",
    "hl1",
    "hl2",
    "byttl",
    "td",
    "th",
    "tr",
    "table",
    "caption",
    "block",
    "bq",
    "credit",
    "dt",
    "dd",
    "ul",
    "ol",
    "dl",
    "pre",
    "div",
    "blockquote",
    "fn",
    "note",
    "h1",
    "h2",
];
/// Parts of names, places and lines, which agencies put one behind the other.
const PARTS: [&str; 20] = [
    "person",
    "org",
    "location",
    "virtloc",
    "function",
    "name.given",
    "name.family",
    "sublocation",
    "city",
    "state",
    "region",
    "country",
    "story.date",
    "copyrite.year",
    "copyrite.holder",
    "addressee",
    "delivery.point",
    "delivery.office",
    "postcode",
    "care.of",
];

pub(crate) type Node<'d> = roxmltree::Node<'d, 'd>;

/// The text of a document, fit for [`parse`].
pub(crate) fn decode(bytes: &[u8], reading: &mut Reading) -> Result<String, Problem> {
    if bytes.len() > SIZE {
        return Err(Problem::new(format!("larger than {} MB: send it in parts", SIZE >> 20)));
    }
    let (decoded, note) = decode::decode(bytes);
    if let Some(note) = note {
        reading.warn("", note);
    }
    // A declaration must stand first, and does not always.
    let mut text = decoded.trim_start().to_owned();
    if text.contains(is_forbidden) {
        reading.warn("", "holds control characters, which XML forbids; they are left out");
        text = text.replace(is_forbidden, " ");
    }
    if let Cow::Owned(resolved) = without_named_references(&text) {
        text = resolved;
    }
    measure(&text)?;
    Ok(text)
}

/// The tree of a document that [`decode`] let through.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Problem> {
    let options = ParsingOptions { allow_dtd: true, nodes_limit: NODES, entity_resolver: None };
    Document::parse_with_options(text, options).map_err(|error| {
        let position = error.pos();
        let message = error.to_string();
        let message = message.rsplit_once(" at ").map_or(message.as_str(), |(message, _)| message);
        Problem::at(format!("line {}, column {}", position.row, position.col), format!("not well-formed: {message}"))
    })
}

/// Local name and namespace of the root element, as far as its start tag alone tells.
pub(crate) fn root(bytes: &[u8]) -> Option<(String, String)> {
    let (start, _) = decode::decode(&bytes[..bytes.len().min(PROLOG)]);
    let mut reader = quick_xml::Reader::from_str(&start);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name();
                let (local, prefix) = name.decompose();
                let local: &str = local.as_ref();
                let declaration = prefix.map(|prefix| format!("xmlns:{}", prefix.as_ref()));
                let declaration = declaration.as_deref().unwrap_or("xmlns");
                let mut attributes = tag.attributes();
                let mut attributes = attributes.with_checks(false).take(ATTRIBUTES).flatten();
                let namespace = attributes.find(|attribute| attribute.key.as_ref() == declaration);
                return Some((
                    local.to_owned(),
                    namespace.map_or_else(String::new, |attribute| attribute.value.into_owned()),
                ));
            }
            Event::Text(text) if !text.trim().is_empty() => return None,
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// A name for what has none: the same for the same text.
pub(crate) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold("urn:sha256:".to_owned(), |uri, byte| uri + &format!("{byte:02x}"))
}

/// Characters that XML 1.0 does not allow.
fn is_forbidden(character: char) -> bool {
    (character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{7f}'))
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// With the references that HTML names and XML does not, such as `&nbsp;`, replaced by what they stand for. A document
/// that declares names means these.
fn without_named_references(text: &str) -> Cow<'_, str> {
    if text.contains("<!ENTITY") {
        return Cow::Borrowed(text);
    }
    let mut resolved = String::new();
    let mut rest = text;
    let mut kept = 0;
    for (start, _) in text.match_indices('&') {
        let name = &text[start + 1..];
        let length = name.bytes().take(32).take_while(u8::is_ascii_alphanumeric).count();
        if !name[length..].starts_with(';') || resolve_xml_entity(&name[..length]).is_some() {
            continue;
        }
        let reference = &text[start..start + length + 2];
        let characters = html_escape::decode_html_entities(reference);
        if characters == reference {
            continue;
        }
        resolved.push_str(&text[kept..start]);
        push_text(&mut resolved, &characters);
        kept = start + length + 2;
        rest = &text[kept..];
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    resolved.push_str(rest);
    Cow::Owned(resolved)
}

/// Refuses what would cost the parser more than its size: it compares attributes and namespaces with each other, and
/// expands entities.
fn measure(text: &str) -> Result<(), Problem> {
    let mut reader = quick_xml::Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut open: Vec<usize> = Vec::new();
    let mut in_scope = 0;
    loop {
        let problem = match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let declared = namespaces(&tag);
                open.push(declared.unwrap_or_default());
                in_scope += declared.unwrap_or_default();
                exceeded(declared, open.len(), in_scope)
            }
            Ok(Event::Empty(tag)) => {
                let declared = namespaces(&tag);
                exceeded(declared, open.len() + 1, in_scope + declared.unwrap_or_default())
            }
            Ok(Event::End(_)) => {
                in_scope -= open.pop().unwrap_or_default();
                None
            }
            Ok(Event::DocType(doctype)) if declares_entities(&doctype) => Some(
                "declares entities: external ones are never read, and others must be a few characters; write the \
                 text itself in their place"
                    .to_owned(),
            ),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(format!("not well-formed: {error}")),
        };
        if let Some(problem) = problem {
            let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            return Err(Problem::at(position(text, offset), problem));
        }
    }
}

fn exceeded(declared: Option<usize>, depth: usize, in_scope: usize) -> Option<String> {
    if depth > DEPTH {
        Some(format!("elements are nested more than {DEPTH} deep"))
    } else if declared.is_none() {
        Some(format!("an element has more than {ATTRIBUTES} attributes"))
    } else if in_scope > NAMESPACES {
        Some(format!("more than {NAMESPACES} namespaces are declared around an element"))
    } else {
        None
    }
}

/// How many namespaces a tag declares; `None` when it has too many attributes.
fn namespaces(tag: &BytesStart<'_>) -> Option<usize> {
    let mut attributes = tag.attributes();
    let (mut count, mut declared) = (0, 0);
    // What is no attribute is for the parser to refuse.
    for attribute in attributes.with_checks(false).flatten() {
        count += 1;
        declared += usize::from(attribute.key.as_namespace_binding().is_some());
        if count > ATTRIBUTES {
            return None;
        }
    }
    Some(declared)
}

/// Whether a DOCTYPE declares more than names for single characters.
fn declares_entities(doctype: &str) -> bool {
    doctype.split("<!ENTITY").skip(1).any(|declaration| {
        let declaration = declaration.trim_start();
        if declaration.starts_with('%') {
            return false;
        }
        let value = declaration.split_once(char::is_whitespace).map_or("", |(_, value)| value.trim_start());
        let Some(quote) = value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { return true };
        let value = value[1..].split(quote).next().unwrap_or_default();
        value.len() > 16 || value.contains('<') || value.replace("&#", "").contains('&')
    })
}

fn position(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// Writes the words of a node, with a space wherever readers would see one.
fn push_words(node: Node<'_>, words: &mut String) {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        return words.push_str(text);
    }
    if !node.is_element() {
        return;
    }
    let name = node.tag_name().name();
    let is_apart = APART.contains(&name);
    if is_apart || follows_part(node) || (name == "frac" && words.ends_with(char::is_numeric)) {
        words.push(' ');
    }
    if name == "frac" {
        return words.push_str(&fraction(node));
    }
    let start = words.len();
    node.children().for_each(|child| push_words(child, words));
    if name == "sup"
        && words[..start].ends_with(char::is_numeric)
        && let Some(power) = text::superscript(&words[start..])
    {
        words.replace_range(start.., &power);
    }
    if is_apart {
        words.push(' ');
    }
}

/// Whether an element is one of several parts of a name, a place or a line, and follows another without a space between.
pub(crate) fn follows_part(node: Node<'_>) -> bool {
    let is_part = |node: Node<'_>| node.is_element() && PARTS.contains(&node.tag_name().name());
    is_part(node) && node.prev_sibling().is_some_and(is_part)
}

/// A fraction, such as `1/4`. Its sign between the numbers may be left out.
pub(crate) fn fraction(node: Node<'_>) -> String {
    let numbers: Vec<String> =
        node.children().filter(|part| part.is_element() && !part.is("frac-sep")).filter_map(Element::words).collect();
    if numbers.is_empty() {
        return node.words().unwrap_or_default();
    }
    numbers.join(node.words_of("frac-sep").as_deref().unwrap_or("/"))
}

/// What readers of formats ask an element.
pub(crate) trait Element<'d>: Sized {
    /// Its name without prefix is `name`.
    fn is(self, name: &str) -> bool;
    /// Its child elements of its own namespace.
    fn elements(self) -> impl Iterator<Item = Node<'d>>;
    /// Its child elements of that name.
    fn all(self, name: &str) -> impl Iterator<Item = Node<'d>>;
    /// Its first child element of that name.
    fn one(self, name: &str) -> Option<Node<'d>>;
    /// The first element at a path of names.
    fn path(self, names: &[&str]) -> Option<Node<'d>>;
    /// An attribute that is not empty, without the white space around it.
    fn attr(self, name: &str) -> Option<&'d str>;
    /// The text in it, in one line.
    fn words(self) -> Option<String>;
    /// The text of its first child element of that name.
    fn words_of(self, name: &str) -> Option<String>;
    /// The language of its text.
    fn language(self) -> Option<&'d str>;
}

impl<'d> Element<'d> for Node<'d> {
    fn is(self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }

    fn elements(self) -> impl Iterator<Item = Node<'d>> {
        let namespace = self.tag_name().namespace();
        self.children().filter(move |child| child.is_element() && child.tag_name().namespace() == namespace)
    }

    fn all(self, name: &str) -> impl Iterator<Item = Node<'d>> {
        self.elements().filter(move |child| child.tag_name().name() == name)
    }

    fn one(self, name: &str) -> Option<Node<'d>> {
        self.all(name).next()
    }

    fn path(self, names: &[&str]) -> Option<Node<'d>> {
        let Some((first, rest)) = names.split_first() else { return Some(self) };
        self.all(first).find_map(|child| child.path(rest))
    }

    fn attr(self, name: &str) -> Option<&'d str> {
        self.attribute(name).map(str::trim).filter(|value| !value.is_empty())
    }

    fn words(self) -> Option<String> {
        let mut words = String::new();
        self.children().for_each(|child| push_words(child, &mut words));
        if self.is_text() {
            words.push_str(self.text().unwrap_or_default());
        }
        text::folded(&words)
    }

    fn words_of(self, name: &str) -> Option<String> {
        self.all(name).find_map(Element::words)
    }

    fn language(self) -> Option<&'d str> {
        let tag = |node: Node<'d>| node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).map(str::trim);
        self.ancestors().find_map(tag).filter(|tag| !tag.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Problem> {
        let text = decode(text.as_bytes(), &mut Reading::default())?;
        let document = parse(&text)?;
        Ok(document.root_element().words().unwrap_or_default())
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_doctype_is_allowed_and_nothing_is_fetched_for_it() {
        let doctype = r#"<!DOCTYPE nitf PUBLIC "-//IPTC//DTD NITF 3.2//EN" "http://nowhere.example/nitf.dtd">"#;
        assert_eq!(read(&format!("{doctype}<nitf>a</nitf>")).unwrap(), "a");
        assert!(refused(r#"<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>"#).contains("entities"));
        assert!(refused("<!DOCTYPE a SYSTEM 'http://nowhere.example/a.dtd'><a>&unknown;</a>").contains("unknown"));
    }

    #[test]
    fn entities_that_expand_are_refused() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY a "1234567890"><!ENTITY b "&a;&a;">]><a>&b;</a>"#;
        assert!(refused(bomb).contains("declares entities"));
        let long = format!("<!DOCTYPE a [<!ENTITY a '{}'>]><a>{}</a>", "x".repeat(10_000), "&a;".repeat(10_000));
        assert!(refused(&long).contains("declares entities"));
        assert_eq!(read("<!DOCTYPE a [<!ENTITY dash '&#8212;'>]><a>b &dash; c</a>").unwrap(), "b \u{2014} c");
    }

    #[test]
    fn references_of_html_are_known() {
        assert_eq!(read("<a>caf&eacute;&nbsp;&amp;&LT;b&hellip;</a>").unwrap(), "caf\u{e9} &<b\u{2026}");
    }

    #[test]
    fn what_costs_too_much_is_refused_at_once() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(refused(&deep).contains("nested"));
        let unclosed = "<a><b>".repeat(100_000);
        assert!(refused(&unclosed).contains("nested"));
        let attributes: String = (0..100_000).map(|index| format!(" a{index}=''")).collect();
        assert!(refused(&format!("<a{attributes}/>")).contains("attributes"));
        let namespaces: String = (0..100).map(|index| format!(" xmlns:a{index}='urn:{index}'")).collect();
        assert!(refused(&format!("<a{namespaces}/>")).contains("namespaces"));
    }

    #[test]
    fn a_declaration_may_come_late() {
        assert_eq!(read("\n <?xml version='1.0'?><a>b</a>").unwrap(), "b");
    }

    #[test]
    fn a_problem_says_where_it_is() {
        assert_eq!(parse("<a>\n  <b></c></a>").unwrap_err().at, "line 2, column 6");
        assert!(refused("<a>\n<b x=1/></a>").starts_with("line 2"));
        for broken in ["", "text", "<a", "<a>", "<a></b>", "<!DOCTYPE", "<?xml", "<a>&x;</a>", "<a/><b/>", "<a:b/>"] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn control_characters_are_left_out_with_a_warning() {
        let mut reading = Reading::default();
        let text = decode(b"<a>b\x02c\x00</a>", &mut reading).unwrap();
        assert_eq!(parse(&text).unwrap().root_element().words().unwrap(), "b c");
        assert_eq!(reading.warnings.len(), 1);
    }

    #[test]
    fn the_root_is_known_by_its_start_tag() {
        let root = |text: &str| root(text.as_bytes()).map(|(name, namespace)| format!("{name} {namespace}"));
        assert_eq!(root("<?xml version='1.0'?><!-- c --><a xmlns='urn:n'><b>").as_deref(), Some("a urn:n"));
        assert_eq!(root("<!DOCTYPE a><x:a xmlns='urn:o' xmlns:x='urn:n'/>").as_deref(), Some("a urn:n"));
        assert_eq!(root("<a").as_deref(), None);
        assert_eq!(root("{\"a\": \"<a>\"}").as_deref(), None);
    }

    #[test]
    fn words_keep_apart_what_is_not_one_word() {
        for (written, expected) in [
            ("By <person>A B</person><byttl>Writer</byttl>Oslo", "By A B Writer Oslo"),
            ("<person><name.given>Kari</name.given><name.family>Holm</name.family></person>'s", "Kari Holm's"),
            ("<p>one.</p><p>two</p>three", "one. two three"),
            ("<location><city>Oslo</city><country>Norway</country></location>", "Oslo Norway"),
            ("1<frac><numer>1</numer><frac-sep>/</frac-sep><denom>4</denom></frac> percent", "1 1/4 percent"),
            ("<num>1<frac><numer>3</numer><denom>8</denom></frac></num>", "1 3/8"),
            ("<em>1</em><frac><frac-num>1</frac-num><frac-sep>/</frac-sep><frac-den>4</frac-den></frac>", "1 1/4"),
            ("a <frac><numer>1</numer><frac-sep> </frac-sep><denom>2</denom></frac>", "a 1/2"),
            ("H<sub>2</sub>O, 10<sup>-6</sup>, 4<sup>th</sup>, x<sup>2</sup>", "H2O, 10\u{207b}\u{2076}, 4th, x2"),
        ] {
            assert_eq!(read(&format!("<a>{written}</a>")).unwrap(), expected);
        }
    }

    #[test]
    fn elements_of_other_namespaces_are_passed_over() {
        let text = "<a xmlns='urn:a' xmlns:o='urn:o'><o:b>1</o:b><b> 2 <c/></b><b>3</b></a>";
        let document = parse(text).unwrap();
        assert_eq!(document.root_element().words_of("b").as_deref(), Some("2"));
        assert!(document.root_element().path(&["b", "c"]).is_some());
    }
}
