//! Lenient access to an item: the three dialects of ninjs differ in the case of names and in singular and plural, so names are
//! compared without case and each is asked for under all its spellings. What has a wrong type is warned about and passed over.

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    reading::{Defaults, Note},
    text,
    time::{self, NoTime, Origin},
};

/// An object of a document, with its place in it.
#[derive(Clone)]
pub(super) struct View<'a> {
    object: &'a Map<String, Value>,
    at: String,
    notes: &'a RefCell<Vec<Note>>,
}

impl<'a> View<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, at: String, notes: &'a RefCell<Vec<Note>>) -> Self {
        Self { object, at, notes }
    }

    pub(super) fn at(&self) -> &str {
        &self.at
    }

    pub(super) fn warn(&self, name: &str, message: impl Into<String>) {
        self.notes.borrow_mut().push(Note { at: self.path(name), message: message.into() });
    }

    fn path(&self, name: &str) -> String {
        match (self.at.is_empty(), name.is_empty()) {
            (_, true) => self.at.clone(),
            (true, _) => name.to_owned(),
            (false, _) => format!("{}/{name}", self.at),
        }
    }

    /// The properties and their values, names in lower case.
    pub(super) fn entries(&self) -> impl Iterator<Item = (String, &'a Value)> + use<'a> {
        self.object.iter().map(|(name, value)| (name.to_ascii_lowercase(), value))
    }

    /// The first of these properties that is there and not null, with its name as the document spells it.
    fn find(&self, names: &[&str]) -> Option<(&'a str, &'a Value)> {
        names.iter().find_map(|wanted| {
            let mut entries = self.object.iter();
            entries
                .find(|(name, value)| name.eq_ignore_ascii_case(wanted) && !value.is_null())
                .map(|(name, value)| (name.as_str(), value))
        })
    }

    /// Text as it stands; numbers count as text.
    pub(super) fn raw(&self, names: &[&str]) -> Option<String> {
        let (name, value) = self.find(names)?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.warn(name, "text is expected here; passed over");
                None
            }
        }
    }

    /// Plain text for readers; `None` when it says nothing.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        text::plain(&self.raw(names)?)
    }

    /// A whole number, also one that is written as text.
    pub(super) fn integer(&self, names: &[&str]) -> Option<i64> {
        let (name, value) = self.find(names)?;
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| {
                number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15).map(|f| f as i64)
            }),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.warn(name, "a whole number is expected here; passed over");
        }
        number
    }

    pub(super) fn pixels(&self, names: &[&str]) -> Option<i32> {
        self.integer(names).and_then(|pixels| i32::try_from(pixels).ok()).filter(|pixels| *pixels > 0)
    }

    pub(super) fn float(&self, names: &[&str]) -> Option<f64> {
        match self.find(names)? {
            (_, Value::Number(number)) => number.as_f64(),
            (_, Value::String(text)) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    pub(super) fn numbers(&self, names: &[&str]) -> Vec<f64> {
        let values = self.find(names).and_then(|(_, value)| value.as_array());
        values.into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    pub(super) fn time(&self, names: &[&str], defaults: &Defaults) -> Option<DateTime<Utc>> {
        let (name, value) = self.find(names)?;
        let Value::String(text) = value else {
            self.warn(name, "a time such as `2024-02-08T09:30:00Z` is expected here; passed over");
            return None;
        };
        if text.trim().is_empty() {
            return None;
        }
        match time::read(text, &Origin::new(defaults, [], [])) {
            Ok(time) => Some(time),
            Err(NoTime::Unknown) => {
                self.warn(name, format!("`{}` is no time such as `2024-02-08T09:30:00Z`; passed over", excerpt(text)));
                None
            }
            Err(reason) => {
                self.warn(name, format!("`{}` {reason}", excerpt(text)));
                None
            }
        }
    }

    /// The spelling of a property that is there, and what it says; a property that is null is not there.
    pub(super) fn value(&self, names: &[&str]) -> Option<(&'a str, &'a Value)> {
        self.find(names)
    }

    pub(super) fn view(&self, names: &[&str]) -> Option<View<'a>> {
        let (name, value) = self.find(names)?;
        match value {
            Value::Object(object) => Some(Self::new(object, self.path(name), self.notes)),
            _ => None,
        }
    }

    /// The objects of a list, or of a map with their keys. Plain texts count as objects that have a name alone.
    pub(super) fn list(&self, names: &[&str]) -> Vec<Entry<'a>> {
        let Some((name, value)) = self.find(names) else { return Vec::new() };
        let path = self.path(name);
        let entry = |key: Option<&str>, at: String, value: &'a Value| match value {
            Value::Object(object) => {
                Some(Entry::Object { key: key.map(ToOwned::to_owned), view: Self::new(object, at, self.notes) })
            }
            Value::String(text) => Some(Entry::Text { key: key.map(ToOwned::to_owned), text: text.clone() }),
            Value::Null => None,
            _ => {
                self.notes
                    .borrow_mut()
                    .push(Note { at, message: "an object is expected here; passed over".to_owned() });
                None
            }
        };
        match value {
            Value::Array(values) => {
                let entries = values.iter().enumerate();
                entries.filter_map(|(index, value)| entry(None, format!("{path}/{index}"), value)).collect()
            }
            Value::Object(values) => {
                values.iter().filter_map(|(key, value)| entry(Some(key), format!("{path}/{key}"), value)).collect()
            }
            Value::String(_) => entry(None, path, value).into_iter().collect(),
            _ => {
                self.warn(name, "a list is expected here; passed over");
                Vec::new()
            }
        }
    }

    /// The objects of a list, or of a map with their keys.
    pub(super) fn views(&self, names: &[&str]) -> Vec<(Option<String>, View<'a>)> {
        let objects = self.list(names).into_iter().filter_map(|entry| match entry {
            Entry::Object { key, view } => Some((key, view)),
            Entry::Text { .. } => None,
        });
        objects.collect()
    }
}

/// A member of a list or a map.
pub(super) enum Entry<'a> {
    Object { key: Option<String>, view: View<'a> },
    Text { key: Option<String>, text: String },
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}
