//! Documents that the newsroom's own front-ends use, registered when the server starts: a folder of `.graphql` files, or a manifest as
//! Apollo's and Relay's tools write it. Clients name them by an id or by the hash of their text.
//!
//! Tools leave texts of before in the file, so one that does not fit the schema must not keep the others from being answered: it is named,
//! and who asks for it is told what is wrong.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_graphql::{Pos, ServerError};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::hash::Hash;
use super::prepared::Prepared;
use super::{Limits, Schema};

/// A document that was registered, or why it cannot be run.
pub type Registered = Result<Arc<Prepared>, Arc<Flaw>>;

/// Why a registered document cannot be run.
#[derive(Debug)]
pub struct Flaw {
    /// In words, for those who send it.
    pub message: String,
    /// Where in the text.
    pub at: Option<Pos>,
}

/// Registered documents.
#[derive(Debug, Default)]
pub struct Trusted {
    by_id: HashMap<String, Registered>,
    by_hash: HashMap<Hash, Registered>,
    documents: usize,
    unusable: usize,
    flaws: Vec<String>,
}

impl Trusted {
    /// Reads and checks the documents of a folder or a manifest. It fails when there are none to be read.
    pub fn load(path: &Path, schema: &Schema, limits: &Limits) -> Result<Self, String> {
        let texts = if path.is_dir() { from_folder(path) } else { from_manifest(path) }?;
        if texts.is_empty() {
            return Err(format!("{} has no documents: `.graphql` files or a manifest are wanted", path.display()));
        }
        let mut trusted = Self { documents: texts.len(), ..Self::default() };
        // By id: where it stands first, and the text that it stands for.
        let mut places: HashMap<String, (String, Option<Hash>)> = HashMap::new();
        for Text { place, id, text } in texts {
            let hash = text.as_ref().ok().map(Hash::of);
            let mut flaws = Vec::new();
            let mut registered = trusted.prepare(&place, text, schema, limits, &mut flaws);
            if let (Some(id), Some(hash)) = (&id, hash) {
                // Who sends a hash wants the text that has it.
                let named = Hash::from_hex(id.strip_prefix("sha256:").unwrap_or(id));
                if named.is_some_and(|named| named != hash) {
                    let message = format!("its id is a SHA-256, but that of its text is {hash}");
                    flaws.push(format!("{place}: {message}"));
                    registered = Err(Arc::new(Flaw { message, at: None }));
                }
            }
            if let Some(id) = id {
                match places.get(&id) {
                    Some((first, known)) if *known != hash || hash.is_none() => {
                        flaws.push(format!("{place}: {first} has the same id and another text; none of them has it"));
                        let message = "several documents are registered by this id".to_owned();
                        trusted.by_id.insert(id, Err(Arc::new(Flaw { message, at: None })));
                    }
                    Some(_) => {}
                    None => {
                        places.insert(id.clone(), (place.clone(), hash));
                        trusted.by_id.insert(id, registered.clone());
                    }
                }
            }
            match (hash, &registered) {
                (Some(hash), Ok(_)) => drop(trusted.by_hash.insert(hash, registered)),
                (Some(hash), Err(_)) => drop(trusted.by_hash.entry(hash).or_insert(registered)),
                (None, _) => {}
            }
            trusted.unusable += usize::from(!flaws.is_empty());
            trusted.flaws.append(&mut flaws);
        }
        Ok(trusted)
    }

    /// Checks a text; what is wrong with it is written to `flaws`, a line each.
    fn prepare(
        &self,
        place: &str,
        text: Result<String, String>,
        schema: &Schema,
        limits: &Limits,
        flaws: &mut Vec<String>,
    ) -> Registered {
        let text = text.map_err(|message| {
            flaws.push(format!("{place}: {message}"));
            Arc::new(Flaw { message, at: None })
        })?;
        let hash = Hash::of(&text);
        if let Some(Ok(known)) = self.by_hash.get(&hash) {
            return Ok(Arc::clone(known));
        }
        Prepared::new(&text, hash, schema, limits).map(Arc::new).map_err(|errors| {
            let at = |error: &ServerError| error.locations.first().copied();
            flaws.extend(errors.iter().map(|error| {
                let at = at(error).map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
                format!("{place}{at}: {}", error.message)
            }));
            let first = errors.first();
            let message = first.map(|error| error.message.clone()).unwrap_or_default();
            Arc::new(Flaw { message, at: first.and_then(at) })
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.documents
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// How many of them cannot be run, or not by their ids.
    pub fn unusable(&self) -> usize {
        self.unusable
    }

    /// What is wrong with these, a line each: where, and what.
    pub fn flaws(&self) -> &[String] {
        &self.flaws
    }

    /// Every one that can be run.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        self.by_hash.values().flatten()
    }

    /// The document with this id: its own, or the hash of its text with or without `sha256:` before it.
    pub fn by_id(&self, id: &str) -> Option<&Registered> {
        self.by_id.get(id).or_else(|| {
            let hash = Hash::from_hex(id.strip_prefix("sha256:").unwrap_or(id))?;
            self.by_hash.get(&hash)
        })
    }

    /// The document with this text.
    pub fn by_hash(&self, hash: &Hash) -> Option<&Registered> {
        self.by_hash.get(hash)
    }
}

struct Text {
    /// Where it stands, for people.
    place: String,
    id: Option<String>,
    /// The text, or why there is none.
    text: Result<String, String>,
}

/// Each `.graphql` or `.gql` file is a document; its id is its path without the ending, such as `pages/article`.
fn from_folder(folder: &Path) -> Result<Vec<Text>, String> {
    let mut texts = Vec::new();
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(error.to_string()),
            Err(error) => {
                let place = error.path().unwrap_or(folder).display().to_string();
                let why = error.io_error().map_or_else(|| "it is a link to a folder around it".to_owned(), unreadable);
                texts.push(Text { place, id: error.path().map(|path| id_of(folder, path)), text: Err(why) });
                continue;
            }
        };
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !entry.file_type().is_file() || !matches!(ending, Some("graphql" | "gql")) {
            continue;
        }
        texts.push(Text { place: path.display().to_string(), id: Some(id_of(folder, path)), text: read(path) });
    }
    Ok(texts)
}

fn id_of(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// A JSON object as it is written: one key may stand twice.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Read)
    }
}

const FORMS: &str =
    "it must be Apollo's persisted query manifest or an object of ids and texts as Relay's compiler writes it";

fn from_manifest(path: &Path) -> Result<Vec<Text>, String> {
    let shown = path.display();
    let text = read(path).map_err(|why| format!("{shown}: {why}"))?;
    let Pairs(pairs) = serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}; {FORMS}"))?;
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    match value("operations") {
        Some(Value::Array(operations)) => {
            let (format, version) = (value("format"), value("version"));
            if format != Some(&"apollo-persisted-query-manifest".into()) || version != Some(&1.into()) {
                let said = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), Value::to_string);
                let (format, version) = (said(format), said(version));
                return Err(format!("{shown}: the format {format} in version {version} is not known; {FORMS}"));
            }
            Ok(operations.iter().zip(1..).map(|(operation, number)| of_apollo(path, operation, number)).collect())
        }
        _ => {
            let texts = pairs.into_iter().map(|(id, text)| Text {
                place: format!("{shown}: `{id}`"),
                text: match text {
                    Value::String(text) => Ok(text),
                    _ => Err("its text must be a string".to_owned()),
                },
                id: Some(id),
            });
            Ok(texts.collect())
        }
    }
}

fn of_apollo(path: &Path, operation: &Value, number: usize) -> Text {
    let shown = path.display();
    let Some(id) = operation["id"].as_str() else {
        let text = Err("its `id` must be a string".to_owned());
        return Text { place: format!("{shown}: operation {number}"), id: None, text };
    };
    let name = operation["name"].as_str().map_or_else(String::new, |name| format!(" ({name})"));
    let text =
        operation["body"].as_str().map(ToOwned::to_owned).ok_or_else(|| "its `body` must be a string".to_owned());
    Text { place: format!("{shown}: `{id}`{name}"), id: Some(id.to_owned()), text }
}

/// The text of a file, or why it has none, without its path.
fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes)
        .map_err(|error| format!("not valid UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1))
}

fn unreadable(error: &std::io::Error) -> String {
    format!("it cannot be read: {error}")
}
