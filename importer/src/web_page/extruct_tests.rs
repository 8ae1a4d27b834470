//! Microdata and JSON-LD against the expectations of extruct, another reader of them. Its values are the inside of this module, so
//! these tests cannot stand with those of the whole pages.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{json_ld_of, markup, microdata};
use crate::Reading;

#[path = "../../tests/suite/mod.rs"]
mod suite;

/// The pages that have an expectation beside them, which ends so, and that.
fn pages(end: &str) -> Vec<(String, String, Value)> {
    let files: BTreeMap<String, Vec<u8>> = suite::files("extruct", 39);
    let pages = files.iter().filter_map(|(name, bytes)| {
        let expected = files.get(&format!("{}.{end}", name.strip_suffix(".html")?))?;
        let page = String::from_utf8(bytes.clone()).unwrap();
        Some((name.clone(), page, serde_json::from_slice(expected).unwrap()))
    });
    pages.collect()
}

/// An item as extruct writes it, in the form of JSON-LD: the text of an item without properties is its name.
fn item(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(item).collect(),
        // The field of a form, of which extruct says how to fill it in: nothing is in it.
        Value::Object(object) if object.contains_key("valueName") => Value::String(String::new()),
        Value::Object(object) => {
            let mut item_of = Map::new();
            if let Some(kind) = object.get("type") {
                item_of.insert("@type".to_owned(), list(kind));
            }
            if let Some(id) = object.get("id") {
                item_of.insert("@id".to_owned(), id.clone());
            }
            if let Some(text) = object.get("value").and_then(Value::as_str) {
                item_of.insert("name".to_owned(), list(&Value::String(folded(text))));
            }
            for (name, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                item_of.insert(name.clone(), list(&item(value)));
            }
            Value::Object(item_of)
        }
        Value::String(text) => Value::String(folded(text)),
        other => other.clone(),
    }
}

fn list(value: &Value) -> Value {
    if value.is_array() { value.clone() } else { Value::Array(vec![value.clone()]) }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with_folded_texts(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(with_folded_texts).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), with_folded_texts(value))).collect(),
        Value::String(text) => Value::String(folded(text)),
        other => other.clone(),
    }
}

#[test]
fn microdata_is_what_extruct_finds() {
    let mut compared = 0;
    for (name, page, expected) in pages("json") {
        let is_microdata = expected[0].get("properties").is_some_and(Value::is_object)
            && expected[0].get("type").is_some_and(Value::is_string);
        if !is_microdata {
            continue;
        }
        let html = markup::document(&page).unwrap().html;
        let items = Value::Array(microdata::items(&html));
        assert_eq!(with_folded_texts(&items), item(&expected), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 10);
}

#[test]
fn json_ld_is_what_extruct_finds() {
    let pages = pages("jsonld");
    assert_eq!(pages.len(), 4);
    for (name, page, expected) in pages {
        let Value::Array(expected) = expected else { panic!("a list") };
        let html = markup::document(&page).unwrap().html;
        let mut values = json_ld_of(&html, &mut Reading::default());
        values.retain(Value::is_object);
        assert_eq!(values, expected, "{name}");
    }
}
