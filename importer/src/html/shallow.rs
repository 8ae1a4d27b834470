//! A bound for markup before it is taken apart: what parsers do for a tag grows with the elements that are open, with the formatting that
//! is to be repeated, and with the attributes of the tag. Here the parser itself is asked how many there are, so nothing has to be guessed.

use std::{
    borrow::Cow,
    cell::{Cell, Ref, RefCell},
};

use ego_tree::NodeId;
use html5ever::{
    Attribute, LocalName, QualName, TokenizerResult, local_name, ns,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
    tree_builder::{
        ElementFlags, NodeOrText, QuirksMode, Tracer, TreeBuilder, TreeBuilderOpts, TreeSink, create_element,
    },
};
use scraper::{Html, HtmlTreeSink};

/// Deeper than any editor nests elements.
const DEPTH: usize = 200;

/// Deeper than any editor nests formatting.
const FORMATTING: usize = 10;

/// More than any element has.
const ATTRIBUTES: usize = 2_000;

/// Markup so short and with so few tags is no burden whatever it is.
const SHORT: usize = 64 * 1024;
const FEW: usize = 64;

/// Nodes that the parser moves after it has put them somewhere. Some trees search all siblings of such a node for it.
const MOVES: usize = 500;

/// Tags that leave something behind in the parser each time: more than any page has.
const MARKERS: usize = 200;
const ROOTS: usize = 20;

/// How much of a tree a parser may be asked to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Elements in each other. Start tags of more are left out.
    pub(crate) depth: usize,
    /// Formatting elements in each other. Start tags of more are left out.
    pub(crate) formatting: usize,
    /// Nodes.
    pub(crate) nodes: usize,
}

const OF_FRAGMENTS: Limits = Limits { depth: DEPTH, formatting: FORMATTING, nodes: usize::MAX };

/// Markup that any parser of HTML reads in time that grows with its length: as it is, or as the bounded tree of it is written.
pub(crate) fn shallow(html: &str) -> Cow<'_, str> {
    if html.len() <= SHORT && html.bytes().filter(|byte| *byte == b'<').count() <= FEW {
        return Cow::Borrowed(html);
    }
    let narrow = narrow(html);
    let parsed = parse(&narrow, false, OF_FRAGMENTS);
    if parsed.is_regular() {
        return narrow;
    }
    if !parsed.is_too_much {
        let written = parsed.html.root_element().inner_html();
        if parse(&written, false, OF_FRAGMENTS).is_regular() {
            return Cow::Owned(written);
        }
    }
    // Without formatting nothing is repeated, and what is written is read again as it was.
    Cow::Owned(parse(&narrow, false, Limits { formatting: 0, ..OF_FRAGMENTS }).html.root_element().inner_html())
}

/// A tree, and what it took to make it.
pub(crate) struct Parsed {
    pub(crate) html: Html,
    /// Tags were left out because they nested too deep.
    pub(crate) is_deep: bool,
    /// It would have become many times larger than its markup, or has too many nodes; it is not whole.
    pub(crate) is_too_much: bool,
    has_left_out: bool,
    moves: usize,
    #[cfg(test)]
    steps: usize,
}

impl Parsed {
    /// Whether all of the markup is in it, and nothing of it had to be put in order.
    pub(crate) fn is_regular(&self) -> bool {
        !self.is_deep && !self.is_too_much && !self.has_left_out && self.moves <= MOVES
    }
}

/// The tree of a document, or of a part of one.
pub(crate) fn parse(markup: &str, is_document: bool, limits: Limits) -> Parsed {
    let html = if is_document { Html::new_document() } else { Html::new_fragment() };
    let sink = Watched {
        sink: HtmlTreeSink::new(html),
        steps: Cell::default(),
        bytes: Cell::default(),
        moves: Cell::default(),
    };
    let builder = if is_document {
        TreeBuilder::new(sink, TreeBuilderOpts::default())
    } else {
        let context = create_element(&sink, QualName::new(None, ns!(html), local_name!("body")), Vec::new());
        TreeBuilder::new_for_fragment(sink, context, None, TreeBuilderOpts::default())
    };
    let guard = Guard {
        builder,
        limits,
        // Elements that are only implied are at most so much longer than what implies them.
        bytes: markup.len().saturating_mul(4).saturating_add(SHORT),
        open: Open::default(),
        traced: Cell::default(),
        is_deep: Cell::default(),
        is_too_much: Cell::default(),
        has_left_out: Cell::default(),
        markers: Cell::default(),
        roots: Cell::default(),
    };
    let tokenizer = Tokenizer::new(guard, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(markup));
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let guard = tokenizer.sink;
    let (is_deep, is_too_much) = (guard.is_deep.get(), guard.is_too_much.get());
    let has_left_out = guard.has_left_out.get();
    let sink = guard.builder.sink;
    Parsed {
        is_deep,
        is_too_much,
        has_left_out,
        moves: sink.moves.get(),
        #[cfg(test)]
        steps: sink.steps.get(),
        html: sink.sink.finish(),
    }
}

/// Stands before the part of the parser that builds the tree, and keeps tags from it that would be too much.
struct Guard {
    builder: TreeBuilder<NodeId, Watched>,
    limits: Limits,
    bytes: usize,
    open: Open,
    /// How many there were; none since the parser has gone on.
    traced: Cell<Option<usize>>,
    is_deep: Cell<bool>,
    is_too_much: Cell<bool>,
    has_left_out: Cell<bool>,
    markers: Cell<usize>,
    roots: Cell<usize>,
}

impl Guard {
    /// Looks which elements the parser goes through, and answers how many.
    fn trace(&self) -> usize {
        self.open.0.borrow_mut().clear();
        self.builder.trace_handles(&self.open);
        let open = self.open.0.borrow().len();
        self.traced.set(Some(open));
        open
    }

    fn may_open(&self, tag: &Tag) -> bool {
        let is_within = |count: &Cell<usize>, limit| {
            count.set(count.get() + 1);
            count.get() <= limit
        };
        let is_one_too_many = match &*tag.name {
            // Their attributes go to the first one, which is searched for them each time.
            "html" | "body" => !is_within(&self.roots, ROOTS),
            // Where they are closed by others, the parser keeps a mark of them.
            "applet" | "marquee" | "object" => !is_within(&self.markers, MARKERS),
            _ => false,
        };
        if is_one_too_many {
            self.has_left_out.set(true);
            return false;
        }
        let is_foreign = self.builder.adjusted_current_node_present_but_not_in_html_namespace();
        if !is_foreign && holds_no_elements(&tag.name) {
            return true;
        }
        let open = self.traced.get().unwrap_or_else(|| self.trace());
        if open > self.limits.depth {
            self.is_deep.set(true);
            return false;
        }
        if !is_formatting(&tag.name) {
            return true;
        }
        // The first is the document. Elements that are open and to be repeated are there twice.
        let names = &self.builder.sink.sink;
        let open = self.open.0.borrow();
        let formatting = open.iter().skip(1).filter(|node| is_formatting(&names.elem_name(node).local)).count();
        let may = formatting < self.limits.formatting.saturating_mul(2);
        self.has_left_out.set(self.has_left_out.get() || !may);
        may
    }
}

impl TokenSink for Guard {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        let sink = &self.builder.sink;
        if sink.bytes.get() > self.bytes || sink.sink.0.borrow().tree.nodes().len() > self.limits.nodes {
            self.is_too_much.set(true);
            return TokenSinkResult::Continue;
        }
        match &token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag && !self.may_open(tag) => TokenSinkResult::Continue,
            _ => {
                self.traced.set(None);
                self.builder.process_token(token, line)
            }
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The elements that the parser goes through: those that are open, and the formatting that it repeats.
#[derive(Default)]
struct Open(RefCell<Vec<NodeId>>);

impl Tracer for Open {
    type Handle = NodeId;

    fn trace_handle(&self, node: &NodeId) {
        self.0.borrow_mut().push(*node);
    }
}

/// A tree that knows what it is asked to do.
struct Watched {
    sink: HtmlTreeSink,
    /// Everything that the parser does to the tree or wants to know of it.
    steps: Cell<usize>,
    /// What the tags of its elements would take.
    bytes: Cell<usize>,
    moves: Cell<usize>,
}

impl Watched {
    fn step(&self) -> &HtmlTreeSink {
        self.steps.set(self.steps.get() + 1);
        &self.sink
    }

    fn moved(&self) -> &HtmlTreeSink {
        self.moves.set(self.moves.get() + 1);
        self.step()
    }

    fn made(&self, bytes: usize) -> &HtmlTreeSink {
        self.bytes.set(self.bytes.get() + bytes);
        self.step()
    }
}

impl TreeSink for Watched {
    type Output = Html;
    type Handle = NodeId;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.sink.finish()
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        self.sink.parse_error(message);
    }

    fn get_document(&self) -> NodeId {
        self.step().get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.step().elem_name(target)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        let bytes = attributes.iter().map(|attribute| attribute.name.local.len() + attribute.value.len() + 4);
        let bytes = name.local.len() + bytes.sum::<usize>();
        self.made(bytes).create_element(name, attributes, flags)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.made(0).create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.made(0).create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        let is_text = matches!(child, NodeOrText::AppendText(_));
        if is_text { self.made(0) } else { self.step() }.append(parent, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, before: &NodeId, child: NodeOrText<NodeId>) {
        self.moved().append_based_on_parent_node(element, before, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.made(0).append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.step().get_template_contents(target)
    }

    fn same_node(&self, one: &NodeId, other: &NodeId) -> bool {
        self.step().same_node(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.sink.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, node: NodeOrText<NodeId>) {
        self.moved().append_before_sibling(sibling, node);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.step().add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.moved().remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, parent: &NodeId) {
        self.moved().reparent_children(node, parent);
    }
}

/// Elements in which there is nothing or text alone, so that none nests in them.
fn holds_no_elements(name: &LocalName) -> bool {
    matches!(
        &**name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "iframe"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "noembed"
            | "noframes"
            | "param"
            | "script"
            | "source"
            | "style"
            | "textarea"
            | "title"
            | "track"
            | "wbr"
            | "xmp"
    )
}

fn is_formatting(name: &LocalName) -> bool {
    matches!(
        &**name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}

/// Where the tokenizer may be in a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// Behind `<` or `</`.
    Opening,
    Name,
    /// Between attributes.
    Between,
    Attribute,
    BehindAttribute,
    BeforeValue,
    DoubleQuoted,
    SingleQuoted,
    Unquoted,
}

impl Within {
    const ALL: [Self; 9] = [
        Self::Opening,
        Self::Name,
        Self::Between,
        Self::Attribute,
        Self::BehindAttribute,
        Self::BeforeValue,
        Self::DoubleQuoted,
        Self::SingleQuoted,
        Self::Unquoted,
    ];

    /// Where it is behind `byte`, and whether an attribute begins with it; `None` at the end of the tag.
    fn next(self, byte: u8) -> Option<(Self, bool)> {
        let is_space = byte.is_ascii_whitespace();
        let at = match (self, byte) {
            (Self::DoubleQuoted, b'"') | (Self::SingleQuoted, b'\'') => Self::Between,
            (Self::DoubleQuoted | Self::SingleQuoted, _) => self,
            (_, b'>') => return None,
            (Self::Opening, b'/') => Self::Opening,
            (Self::Opening, _) if byte.is_ascii_alphabetic() => Self::Name,
            (Self::Opening, _) => return None,
            (Self::Name | Self::Between | Self::BehindAttribute, b'/') => Self::Between,
            (Self::Name, _) => {
                if is_space {
                    Self::Between
                } else {
                    Self::Name
                }
            }
            (Self::Between, _) if is_space => Self::Between,
            (Self::BehindAttribute, b'=') | (Self::Attribute, b'=') => Self::BeforeValue,
            (Self::BehindAttribute, _) if is_space => Self::BehindAttribute,
            (Self::Between | Self::BehindAttribute, _) => return Some((Self::Attribute, true)),
            (Self::Attribute, b'/') => Self::Between,
            (Self::Attribute, _) => {
                if is_space {
                    Self::BehindAttribute
                } else {
                    Self::Attribute
                }
            }
            (Self::BeforeValue, b'"') => Self::DoubleQuoted,
            (Self::BeforeValue, b'\'') => Self::SingleQuoted,
            (Self::BeforeValue, _) => {
                if is_space {
                    Self::BeforeValue
                } else {
                    Self::Unquoted
                }
            }
            (Self::Unquoted, _) => {
                if is_space {
                    Self::Between
                } else {
                    Self::Unquoted
                }
            }
        };
        Some((at, false))
    }
}

/// A tag that may be one: where it begins, and how many attributes it has so far.
#[derive(Clone, Copy, Debug)]
struct Tagged {
    start: usize,
    attributes: usize,
}

/// Markup without tags that have more attributes than any element: each is compared with all before it.
///
/// What looks like a tag may stand in a comment, a script or the value of an attribute, and what looks like one of these may not be one. So
/// all that could be tags are followed at once; those that are at the same place in a tag go on alike, and the one with most attributes is kept.
pub(crate) fn narrow(html: &str) -> Cow<'_, str> {
    let mut tags: [Option<Tagged>; Within::ALL.len()] = [None; Within::ALL.len()];
    let (mut kept, mut from) = (String::new(), 0);
    let mut at = 0;
    let bytes = html.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        if byte != b'<' && tags.iter().all(Option::is_none) {
            at += 1;
            continue;
        }
        let mut next: [Option<Tagged>; Within::ALL.len()] = [None; Within::ALL.len()];
        let mut wide: Option<Tagged> = None;
        let mut put = |within: Within, tag: Tagged| {
            let place = &mut next[within as usize];
            if place.is_none_or(|other| other.attributes < tag.attributes) {
                *place = Some(tag);
            }
        };
        for (within, tag) in Within::ALL.into_iter().zip(tags) {
            if let Some(tag) = tag
                && let Some((within, is_attribute)) = within.next(byte)
            {
                let tag = Tagged { attributes: tag.attributes + usize::from(is_attribute), ..tag };
                if tag.attributes > ATTRIBUTES {
                    wide = Some(tag);
                } else {
                    put(within, tag);
                }
            }
        }
        if byte == b'<' {
            put(Within::Opening, Tagged { start: at, attributes: 0 });
        }
        tags = next;
        at += 1;
        if let Some(tag) = wide {
            // To its end. Whatever else this may have been the inside of ends there, too.
            let end = bytes[at..].iter().position(|byte| *byte == b'>').map_or(html.len(), |end| at + end + 1);
            kept.push_str(&html[from..tag.start.max(from)]);
            kept.push('>');
            (from, at) = (end, end);
            let mut left: [Option<Tagged>; Within::ALL.len()] = [None; Within::ALL.len()];
            for (within, tag) in Within::ALL.into_iter().zip(tags) {
                if let (Some(tag), Some((within, _))) = (tag, within.next(b'>')) {
                    left[within as usize] = Some(tag);
                }
            }
            tags = left;
        }
    }
    if from == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[from..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chance that is the same in each run.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % end
        }
    }

    /// Elements in each other; what templates hold is in nodes of its own between them.
    fn depth(html: &Html) -> usize {
        let above = |node: ego_tree::NodeRef<scraper::Node>| {
            node.ancestors().filter(|above| above.value().is_element()).count()
        };
        html.tree.nodes().map(above).max().unwrap_or_default()
    }

    /// Repeated, these have made parsers slow, or would: each with what stands before and behind.
    const SHAPES: [(&str, &str, &str); 44] = [
        ("", "<div>", ""),
        ("", "<div></p>", ""),
        ("", "<div></span></x>", ""),
        ("", "<p>", "</p>"),
        ("", "<p></div>", ""),
        ("<ul>", "<li>", "</ul>"),
        ("", "<ul><li>", ""),
        ("", "<dl><dd>", ""),
        ("", "<b>", "x"),
        ("", "<b><p>", "x"),
        ("", "<b></i><p>x", ""),
        ("", "<a href=/0123456789012345678901234567890123456789><p>x", ""),
        ("<a href=/0123456789012345678901234567890123456789><b><i><u><s><tt>", "<p>x", ""),
        ("", "<i><b><p></i>x</b>", ""),
        ("", "<b><div></b>", ""),
        ("", "<font size=1><div></font>x", ""),
        ("", "<nobr>", ""),
        ("<table>", "x<br>", "</table>"),
        ("<table>", "<b>x", "</table>"),
        ("<table>", "<tr><td>x", "</table>"),
        ("", "<table>", ""),
        ("", "<table><tr><td>", ""),
        ("", "<table><td><object></table>", "<b></b>"),
        ("", "<table><td><marquee></table><b></b>", ""),
        ("", "<select>", ""),
        ("<select>", "<option>", "</select>"),
        ("", "<select><option><div>", ""),
        ("<select><option>", "<optgroup><b>", ""),
        ("<svg>", "<g>", "</svg>"),
        ("<svg>", "<source><style>", ""),
        ("", "<svg><foreignObject><p>", ""),
        ("<math>", "<mi><p>", ""),
        ("", "<math><annotation-xml encoding=text/html><div>", ""),
        ("", "<template>", ""),
        ("<template>", "<tr><td>", ""),
        ("", "<frameset>", ""),
        ("", "<body a><html b>", ""),
        ("<plaintext>", "<div>", ""),
        ("", "<textarea>", ""),
        ("", "<!--<div>", "-->"),
        ("", "<button><p>", ""),
        ("", "<form><div></form>", ""),
        ("", "<ruby><rt>", ""),
        ("", "<details><summary><h1><a>", ""),
    ];

    fn shaped((before, repeated, behind): (&str, &str, &str), times: usize) -> String {
        format!("{before}{}{behind}", repeated.repeat(times))
    }

    #[test]
    fn markup_as_editors_write_it_is_left_alone() {
        let html = "<div><p>One<p>Two <b>bold</b> <br> 1 < 2 <img src='a.jpg' alt='x > y'></div>".repeat(2_000);
        assert!(matches!(shallow(&html), Cow::Borrowed(same) if same == html));
        let picture = format!("<p><img src=\"data:image/png;base64,{}\"></p>", "A/b+".repeat(50_000));
        assert!(matches!(shallow(&picture), Cow::Borrowed(same) if same == picture));
    }

    #[test]
    fn tags_that_are_too_deep_are_left_out_and_their_text_stays() {
        let deep = format!("{}text{}", "<div>".repeat(1_000), "</div>".repeat(1_000));
        let mended = shallow(&deep);
        assert!(mended.contains("text") && mended.matches("<div>").count() <= DEPTH, "{mended}");
        // End tags that close nothing make it no shallower.
        let misleading = shallow(&"<div></p></span>".repeat(5_000)).into_owned();
        assert!(depth(&Html::parse_fragment(&misleading)) <= DEPTH + 5);
        let bold = format!("{}<p>text</p>", "<b>".repeat(400));
        assert!(shallow(&bold).contains("text"));
    }

    #[test]
    fn tags_with_too_many_attributes_are_left_out_wherever_they_hide() {
        let many = |separator: &str| (0..5_000).map(|number| format!("a{number}{separator}")).collect::<String>();
        for (before, separator, behind) in [
            ("<a ", " ", ">"),
            ("<a/", "/", ">"),
            ("<a ", "=\"\"", ">"),
            ("<!--<b x=\"--><a ", " ", ">"),
            ("<script>'<b x='</script><a ", "\n", ">"),
            ("<b x=\"><a ", "\t", ">"),
            ("1 < 2 <<a ", " ", ">"),
            ("<a ", " ", ""),
        ] {
            let wide = format!("<p>one {before}{}{behind}link</a>", many(separator));
            let mended = narrow(&wide);
            assert!(mended.len() < 30_000, "{before} {separator:?}: {} bytes of {}", mended.len(), wide.len());
            assert!(mended.starts_with("<p>one "), "{before}");
        }
        let quoted = format!("<p title=\"{}\">text</p>", many(" "));
        assert_eq!(narrow(&quoted), quoted);
    }

    #[test]
    fn what_is_left_takes_steps_by_its_length() {
        for shape in SHAPES {
            let steps = |times: usize| {
                let html = shaped(shape, times);
                let mended = shallow(&html).into_owned();
                let parsed =
                    parse(&mended, false, Limits { depth: usize::MAX, formatting: usize::MAX, nodes: usize::MAX });
                assert!(depth(&parsed.html) <= DEPTH + 40, "{shape:?}: {} deep", depth(&parsed.html));
                assert!(parsed.moves <= MOVES, "{shape:?}: {} moves", parsed.moves);
                assert!(mended.len() <= html.len() * 8 + 4 * SHORT, "{shape:?}: {} of {}", mended.len(), html.len());
                (parsed.steps, parse(&html, false, OF_FRAGMENTS).steps)
            };
            let (once, twice) = (steps(1_000), steps(2_000));
            assert!(twice.0 <= once.0 * 5 / 2 + 10_000, "{shape:?}: {} and {} steps", once.0, twice.0);
            assert!(twice.1 <= once.1 * 5 / 2 + 10_000, "{shape:?}: {} and {} steps of the guard", once.1, twice.1);
        }
    }

    #[test]
    fn what_the_guard_counts_is_as_deep_as_the_tree_of_any_tags() {
        let names = [
            "a",
            "b",
            "i",
            "p",
            "div",
            "span",
            "ul",
            "li",
            "dl",
            "dd",
            "table",
            "tbody",
            "tr",
            "td",
            "caption",
            "select",
            "option",
            "optgroup",
            "svg",
            "g",
            "foreignObject",
            "math",
            "mi",
            "annotation-xml",
            "template",
            "button",
            "form",
            "h1",
            "object",
            "font",
            "nobr",
            "ruby",
            "rt",
            "frameset",
            "body",
            "html",
            "style",
            "title",
            "br",
            "img",
            "x",
        ];
        let mut chance = Chance(7);
        let limits = Limits { depth: 20, formatting: 4, nodes: usize::MAX };
        for round in 0..400 {
            let mut soup = String::new();
            for _ in 0..(20 + round / 2) {
                let name = names[chance.below(names.len())];
                match chance.below(5) {
                    0 => soup.push_str(&format!("</{name}>")),
                    1 => soup.push('x'),
                    _ => soup.push_str(&format!("<{name}>")),
                }
            }
            for is_document in [false, true] {
                let parsed = parse(&soup, is_document, limits);
                // One tag opens a few elements at most: those that it implies, and the formatting that is repeated.
                let found = depth(&parsed.html);
                assert!(found <= limits.depth + 2 * limits.formatting + 6, "{found}: {soup}");
            }
            let free = Limits { depth: usize::MAX, formatting: usize::MAX, nodes: usize::MAX };
            let parsed = parse(&soup, false, free);
            assert_eq!(parsed.html.html(), Html::parse_fragment(&soup).html(), "the guard changes nothing: {soup}");
        }
    }
}
