//! Documents that the newsroom's own front-ends use, registered when the server starts: a folder of `.graphql` files, or a manifest as
//! Apollo's and Relay's tools write it. Clients name them by an id or by the hash of their text. What is wrong with one is said before
//! anything is served.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::hash::Hash;
use super::prepared::Prepared;
use super::{Limits, Schema};

/// Registered documents.
#[derive(Debug, Default)]
pub struct Trusted {
    by_id: HashMap<String, Arc<Prepared>>,
    by_hash: HashMap<Hash, Arc<Prepared>>,
}

impl Trusted {
    /// Reads and checks the documents of a folder or a manifest. The error lists everything that is wrong, a line each.
    pub fn load(path: &Path, schema: &Schema, limits: &Limits) -> Result<Self, String> {
        let texts = if path.is_dir() { from_folder(path) } else { from_manifest(path) }?;
        if texts.is_empty() {
            return Err(format!("{} has no documents: `.graphql` files or a manifest are wanted", path.display()));
        }
        let mut trusted = Self::default();
        let mut problems = Vec::new();
        for Text { place, ids, text } in texts {
            let hash = Hash::of(&text);
            let prepared = match Prepared::new(&text, hash, schema, limits) {
                Ok(prepared) => Arc::new(prepared),
                Err(errors) => {
                    problems.extend(errors.iter().map(|error| {
                        let at = error
                            .locations
                            .first()
                            .map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
                        format!("{place}{at}: {}", error.message)
                    }));
                    continue;
                }
            };
            for id in ids {
                match trusted.by_id.get(&id) {
                    Some(other) if *other.hash() != hash => {
                        problems.push(format!("{place}: another document has the id `{id}` already"));
                    }
                    _ => {
                        trusted.by_id.insert(id, Arc::clone(&prepared));
                    }
                }
            }
            trusted.by_hash.insert(hash, prepared);
        }
        if problems.is_empty() { Ok(trusted) } else { Err(problems.join("\n")) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// Every one.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        self.by_hash.values()
    }

    /// The document with this id: its own, or the hash of its text with or without `sha256:` before it.
    pub fn by_id(&self, id: &str) -> Option<&Arc<Prepared>> {
        self.by_id.get(id).or_else(|| {
            let hash = Hash::from_hex(id.strip_prefix("sha256:").unwrap_or(id))?;
            self.by_hash.get(&hash)
        })
    }

    /// The document with this text.
    pub fn by_hash(&self, hash: &Hash) -> Option<&Arc<Prepared>> {
        self.by_hash.get(hash)
    }
}

struct Text {
    /// Where it stands, for people.
    place: String,
    ids: Vec<String>,
    text: String,
}

/// Each `.graphql` or `.gql` file is a document; its id is its path without the ending, such as `pages/article`.
fn from_folder(folder: &Path) -> Result<Vec<Text>, String> {
    let mut texts = Vec::new();
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| error.to_string())?;
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !entry.file_type().is_file() || !matches!(ending, Some("graphql" | "gql")) {
            continue;
        }
        let text = read(path)?;
        let parts: Vec<_> = path
            .strip_prefix(folder)
            .unwrap_or(path)
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        texts.push(Text { place: path.display().to_string(), ids: vec![parts.join("/")], text });
    }
    Ok(texts)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo { format: String, version: u64, operations: Vec<Operation> },
    Relay(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    #[serde(default)]
    name: Option<String>,
    body: String,
}

fn from_manifest(path: &Path) -> Result<Vec<Text>, String> {
    let shown = path.display();
    let forms =
        "it must be Apollo's persisted query manifest or an object of ids and texts as Relay's compiler writes it";
    let text = read(path)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}; {forms}"))?;
    let manifest = Manifest::deserialize(value).map_err(|_| format!("{shown}: {forms}"))?;
    match manifest {
        Manifest::Apollo { format, version, operations } => {
            if (format.as_str(), version) != ("apollo-persisted-query-manifest", 1) {
                return Err(format!("{shown}: `{format}` in version {version} is not known; {forms}"));
            }
            let text = |Operation { id, name, body }| {
                let name = name.map_or_else(String::new, |name| format!(" ({name})"));
                Text { place: format!("{shown}: `{id}`{name}"), ids: vec![id], text: body }
            };
            Ok(operations.into_iter().map(text).collect())
        }
        Manifest::Relay(texts) => {
            let text = |(id, text)| Text { place: format!("{shown}: `{id}`"), ids: vec![id], text };
            let mut texts: Vec<Text> = texts.into_iter().map(text).collect();
            texts.sort_by(|one, other| one.place.cmp(&other.place));
            Ok(texts)
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", PathBuf::from(path).display()))?;
    String::from_utf8(bytes).map_err(|error| {
        format!("{}: not valid UTF-8 at byte {}", path.display(), error.utf8_error().valid_up_to() + 1)
    })
}
