//! Microdata as the values that JSON-LD would have.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Html};
use serde_json::{Map, Value};

/// Items within items.
const DEPTH: usize = 32;

/// Nodes that are looked at for the text of properties; nested properties would make it the square of the page otherwise.
const NODES: usize = 250_000;

/// Items that stand on their own in the page.
pub(super) fn items(page: &Html) -> Vec<Value> {
    let mut reader = Reader { open: Vec::new(), items: Vec::new(), budget: NODES };
    for edge in page.root_element().traverse() {
        match edge {
            Edge::Open(node) => {
                if let Some(element) = ElementRef::wrap(node) {
                    reader.open(element);
                }
            }
            Edge::Close(node) => {
                if ElementRef::wrap(node).is_some_and(|element| element.attr("itemscope").is_some()) {
                    reader.close(node.id());
                }
            }
        }
    }
    reader.items
}

struct Open<'p> {
    element: ElementRef<'p>,
    item: Map<String, Value>,
    /// Where it stands among the items of the page, when it is the property of none.
    place: Option<usize>,
}

struct Reader<'p> {
    open: Vec<Open<'p>>,
    items: Vec<Value>,
    budget: usize,
}

impl<'p> Reader<'p> {
    fn open(&mut self, element: ElementRef<'p>) {
        if element.attr("itemscope").is_some() {
            if self.open.len() < DEPTH {
                let mut item = Map::new();
                if let Some(types) = element.attr("itemtype") {
                    let types = types.split_whitespace().map(|name| Value::String(name.to_owned()));
                    item.insert("@type".to_owned(), Value::Array(types.collect()));
                }
                if let Some(id) = element.attr("itemid") {
                    item.insert("@id".to_owned(), Value::String(id.trim().to_owned()));
                }
                let is_property = element.attr("itemprop").is_some() && !self.open.is_empty();
                let place = (!is_property).then(|| {
                    self.items.push(Value::Null);
                    self.items.len() - 1
                });
                self.open.push(Open { element, item, place });
            }
        } else if let Some(names) = element.attr("itemprop")
            && !self.open.is_empty()
        {
            let value = Value::String(self.value(element, names));
            self.add(names, &value);
        }
    }

    fn close(&mut self, id: ego_tree::NodeId) {
        let Some(Open { element, mut item, place }) = self.open.pop_if(|open| open.element.id() == id) else { return };
        if item.keys().all(|name| name.starts_with('@')) {
            let text = self.text(element);
            if !text.is_empty() {
                item.insert("name".to_owned(), Value::Array(vec![Value::String(text)]));
            }
        }
        let value = Value::Object(item);
        match place {
            Some(place) => self.items[place] = value,
            None => self.add(element.attr("itemprop").unwrap_or_default(), &value),
        }
    }

    fn add(&mut self, names: &str, value: &Value) {
        let Some(Open { item, .. }) = self.open.last_mut() else { return };
        for name in names.split_whitespace().take(8) {
            let values = item.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(value.clone());
            }
        }
    }

    fn value(&mut self, element: ElementRef<'p>, names: &str) -> String {
        // Many pages put `content` on any element, for want of a visible text that machines can read.
        let attribute = element.attr("content").or_else(|| match element.value().name() {
            "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => element.attr("src"),
            "a" | "area" | "link" => element.attr("href"),
            "object" => element.attr("data"),
            "data" | "meter" => element.attr("value"),
            "time" => element.attr("datetime"),
            _ => None,
        });
        // The name of an author or a publisher is often a link.
        let is_named = names.split_whitespace().any(|name| {
            matches!(name, "name" | "headline" | "author" | "keywords" | "articleSection")
                && element.value().name() == "a"
        });
        if let Some(attribute) = attribute.filter(|_| !is_named) {
            return attribute.trim().to_owned();
        }
        if names.split_whitespace().any(|name| name == "articleBody") {
            self.budget = self.budget.saturating_sub(element.descendants().take(self.budget).count());
            return if self.budget > 0 { element.inner_html() } else { String::new() };
        }
        self.text(element)
    }

    fn text(&mut self, element: ElementRef<'p>) -> String {
        let mut text = String::new();
        for node in element.descendants() {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            if let Some(piece) = node.value().as_text() {
                text.push_str(piece);
            }
        }
        text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_have_properties_and_items_within() {
        let page = Html::parse_document(
            "<article itemscope itemtype='http://schema.org/NewsArticle' itemid='urn:1'>\
             <h1 itemprop='headline name'>The <b>Moon</b></h1><time itemprop=datePublished datetime=2024-01-02>x</time>\
             <span itemprop=author itemscope itemtype=http://schema.org/Person><a itemprop=name href=/a>Ada</a></span>\
             <img itemprop=image src=a.jpg><meta itemprop=keywords content='a, b'>\
             <div itemprop=articleBody><p>One <a href=x>two</a></p></div></article>",
        );
        assert_eq!(
            items(&page),
            [json!({
                "@type": ["http://schema.org/NewsArticle"], "@id": "urn:1",
                "headline": ["The Moon"], "name": ["The Moon"], "datePublished": ["2024-01-02"],
                "author": [{"@type": ["http://schema.org/Person"], "name": ["Ada"]}],
                "image": ["a.jpg"], "keywords": ["a, b"],
                "articleBody": ["<p>One <a href=\"x\">two</a></p>"],
            })]
        );
    }

    #[test]
    fn deep_items_end_in_bounded_time() {
        let deep = "<div itemscope itemprop=a><div itemprop=b>".repeat(200);
        assert_eq!(items(&Html::parse_document(&deep)).len(), 1);
    }
}
