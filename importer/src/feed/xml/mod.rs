//! A feed's XML as a tree, however it is formed: what browsers and newsreaders put up with is put right and noted.

mod parse;
mod space;

use std::rc::Rc;

use url::Url;

pub(super) use self::{
    parse::{parse, root_of},
    space::Space,
};
use crate::html::escaped;

/// An element. Names are in lower case: publishers write `pubdate` too.
#[derive(Debug)]
pub(super) struct Element {
    pub space: Space,
    pub name: String,
    /// By lower-case name as written, prefix and all.
    attributes: Vec<(String, String)>,
    children: Vec<Child>,
    /// Where it starts, from 1.
    pub line: usize,
    /// What relative addresses in it are of.
    pub base: Option<Rc<Url>>,
    /// `xml:lang` that holds here.
    pub language: Option<Rc<str>>,
}

#[derive(Debug)]
enum Child {
    Element(Element),
    Text(String),
    /// Text that was not to be parsed: markup of its own, mostly.
    Data(String),
}

impl Element {
    /// The value of an attribute without the space around it; `None` when there is nothing else in it.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of an attribute of RDF, whatever its prefix.
    pub(super) fn rdf_attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known.rsplit(':').next() == Some(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Elements directly in it.
    pub(super) fn elements(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) | Child::Data(_) => None,
        })
    }

    /// Elements of a name directly in it.
    pub(super) fn all<'a>(&'a self, space: Space, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Element> {
        self.elements().filter(move |element| element.is(space, name))
    }

    /// The first element of a name directly in it.
    pub(super) fn first<'a>(&'a self, space: Space, name: &'a str) -> Option<&'a Element> {
        self.all(space, name).next()
    }

    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// Its text and that of what it holds; `None` when there is no sign in it.
    pub(super) fn text(&self) -> Option<String> {
        let mut text = String::new();
        self.push_text(&mut text);
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn push_text(&self, text: &mut String) {
        for child in &self.children {
            match child {
                Child::Element(element) => element.push_text(text),
                Child::Text(piece) | Child::Data(piece) => text.push_str(piece),
            }
        }
    }

    /// The text of the first element of a name directly in it.
    pub(super) fn text_of(&self, space: Space, name: &str) -> Option<String> {
        self.all(space, name).find_map(Element::text)
    }

    /// What it holds when that is HTML: markup that was escaped, or that stands there as elements.
    pub(super) fn html(&self) -> Option<String> {
        if self.elements().next().is_none() {
            return self.text();
        }
        let html = self.inner_html();
        let trimmed = html.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// What it holds as markup: text is escaped.
    pub(super) fn inner_html(&self) -> String {
        let mut html = String::new();
        self.push_html(&mut html, &escaped);
        html
    }

    /// What it holds as markup when its text is markup that was escaped, and elements stand between it all the same.
    pub(super) fn inner_escaped_html(&self) -> String {
        let mut html = String::new();
        self.push_html(&mut html, &str::to_owned);
        html
    }

    fn push_html(&self, html: &mut String, text_as: &dyn Fn(&str) -> String) {
        for child in &self.children {
            match child {
                Child::Text(text) => html.push_str(&text_as(text)),
                Child::Data(data) => html.push_str(data),
                Child::Element(element) => {
                    html.push('<');
                    html.push_str(&element.name);
                    for (name, value) in &element.attributes {
                        html.push_str(&format!(" {name}=\"{}\"", escaped(value)));
                    }
                    html.push('>');
                    element.push_html(html, text_as);
                    // What stands in these was meant to follow them.
                    if !matches!(element.name.as_str(), "br" | "hr" | "img" | "input" | "source" | "wbr") {
                        html.push_str(&format!("</{}>", element.name));
                    }
                }
            }
        }
    }

    /// Says what addresses are relative to: `base`, as the `xml:base` of the elements change it.
    pub(super) fn set_base(&mut self, base: Option<&Rc<Url>>) {
        let own = self.attribute("xml:base").and_then(|own| match base {
            Some(base) => base.join(own).ok(),
            None => Url::parse(own).ok(),
        });
        let own = own.filter(|url| matches!(url.scheme(), "http" | "https")).map(Rc::new);
        self.base = own.or_else(|| base.cloned());
        for child in &mut self.children {
            if let Child::Element(element) = child {
                element.set_base(self.base.as_ref());
            }
        }
    }

    /// An address in it, made absolute.
    pub(super) fn address(&self, address: &str) -> Option<String> {
        crate::address::resolve(address, self.base.as_deref())
    }
}
