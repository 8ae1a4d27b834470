//! The graph of schema.org things in a page, from JSON-LD or microdata: names with or without prefix, one value or many, things
//! in their place or by reference.

use std::collections::HashMap;

use serde_json::{Map, Value};
use url::Url;

use super::page;

pub(super) type Object = Map<String, Value>;

/// What the names of the vocabulary start with.
const PREFIXES: [&str; 5] =
    ["schema:", "http://schema.org/", "https://schema.org/", "http://www.schema.org/", "https://www.schema.org/"];

/// Deeper objects are no part of an article.
const DEPTH: usize = 32;

pub(super) struct Graph<'v> {
    roots: &'v [Value],
    by_id: HashMap<&'v str, &'v Value>,
}

/// A thing of the graph.
#[derive(Clone, Copy)]
pub(super) struct Thing<'g> {
    graph: &'g Graph<'g>,
    object: &'g Object,
}

impl<'v> Graph<'v> {
    pub(super) fn new(roots: &'v [Value]) -> Self {
        let mut by_id: HashMap<&str, &Value> = HashMap::new();
        let mut rest: Vec<&Value> = roots.iter().collect();
        while let Some(value) = rest.pop() {
            match value {
                Value::Array(values) => rest.extend(values),
                Value::Object(object) => {
                    if let Some(id) = object.get("@id").or_else(|| object.get("id")).and_then(Value::as_str) {
                        let known = by_id.entry(id).or_insert(value);
                        if known.as_object().is_none_or(|known| known.len() < object.len()) {
                            *known = value;
                        }
                    }
                    rest.extend(object.values());
                }
                _ => {}
            }
        }
        Self { roots, by_id }
    }

    /// Things that the page states of itself: not those that it lists, cites or has parts of.
    pub(super) fn stated(&'v self) -> Vec<Thing<'v>> {
        let mut found = Vec::new();
        self.state(self.roots.iter(), &mut found, DEPTH);
        found
    }

    /// What a reference refers to.
    fn referred(&self, value: &'v Value) -> &'v Value {
        let Some(object) = value.as_object() else { return value };
        let is_reference = object.keys().all(|key| matches!(key.as_str(), "@id" | "@type"));
        let id = object.get("@id").filter(|_| is_reference).and_then(Value::as_str);
        id.and_then(|id| self.by_id.get(id).copied()).unwrap_or(value)
    }

    fn state(&'v self, values: impl Iterator<Item = &'v Value>, found: &mut Vec<Thing<'v>>, depth: usize) {
        if depth == 0 {
            return;
        }
        for value in values {
            match value {
                Value::Array(values) => self.state(values.iter(), found, depth - 1),
                Value::Object(object) => {
                    found.push(Thing { graph: self, object });
                    for name in ["@graph", "mainEntity", "mainEntityOfPage"] {
                        self.state(object.get(name).into_iter(), found, depth - 1);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'g> Thing<'g> {
    /// Names of its types, in lower case and without a prefix.
    pub(super) fn types(self) -> Vec<String> {
        let types = self.object.get("@type").or_else(|| self.object.get("type"));
        let types: Vec<&Value> = match types {
            Some(Value::Array(types)) => types.iter().collect(),
            other => other.into_iter().collect(),
        };
        types.into_iter().filter_map(Value::as_str).map(|name| local_name(name).to_ascii_lowercase()).collect()
    }

    /// What identifies it, as it is written.
    pub(super) fn id(self) -> Option<&'g str> {
        self.object.get("@id").and_then(Value::as_str).map(str::trim).filter(|id| !id.is_empty())
    }

    /// The values of a property, in their order; references are followed.
    pub(super) fn values(self, name: &str) -> Vec<&'g Value> {
        let value = self
            .object
            .get(name)
            .or_else(|| PREFIXES.iter().find_map(|prefix| self.object.get(&format!("{prefix}{name}"))));
        let mut values = Vec::new();
        flatten(value.into_iter(), &mut values, DEPTH);
        values.into_iter().map(|value| self.graph.referred(value)).collect()
    }

    /// The things of a property.
    pub(super) fn things(self, name: &str) -> Vec<Self> {
        self.values(name).into_iter().filter_map(|value| self.thing(value)).collect()
    }

    pub(super) fn thing(self, value: &'g Value) -> Option<Self> {
        value.as_object().map(|object| Self { graph: self.graph, object })
    }

    /// The first value of a property that is text; the name of a thing counts.
    pub(super) fn text(self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    /// The values of a property that are text.
    pub(super) fn texts(self, name: &str) -> Vec<String> {
        self.values(name).into_iter().filter_map(|value| self.text_of(value)).collect()
    }

    /// The text of a value; the name of a thing.
    pub(super) fn text_of(self, value: &'g Value) -> Option<String> {
        page::plain(&written(value).or_else(|| self.thing(value)?.values("name").into_iter().find_map(written))?)
    }

    /// The first value of a property as it is written, markup and all.
    pub(super) fn written(self, name: &str) -> Option<String> {
        self.values(name).into_iter().find_map(written)
    }

    /// The addresses that a property may mean: text, or the address of a thing.
    pub(super) fn addresses(self, name: &str) -> Vec<String> {
        self.values(name).into_iter().filter_map(|value| self.address_of(value)).collect()
    }

    /// The address that a value may mean: text, or the address of a thing.
    pub(super) fn address_of(self, value: &'g Value) -> Option<String> {
        let of_thing = || {
            let thing = self.thing(value)?;
            thing.id().map(str::to_owned).or_else(|| thing.written("url"))
        };
        written(value).or_else(of_thing)
    }
}

fn flatten<'g>(values: impl Iterator<Item = &'g Value>, flat: &mut Vec<&'g Value>, depth: usize) {
    for value in values {
        match value {
            Value::Array(values) if depth > 0 => flatten(values.iter(), flat, depth - 1),
            Value::Object(object) if depth > 0 && object.contains_key("@list") => {
                flatten(object.get("@list").into_iter(), flat, depth - 1);
            }
            Value::Null => {}
            other => flat.push(other),
        }
    }
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Object(object) => object.get("@value").and_then(written),
        _ => None,
    }
}

pub(super) fn local_name(name: &str) -> &str {
    let name = name.trim();
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Whether two addresses are of the same page: the scheme, a fragment and a slash at the end do not matter.
pub(super) fn is_same_page(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    host(one) == host(other)
        && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
        && one.query() == other.query()
}
