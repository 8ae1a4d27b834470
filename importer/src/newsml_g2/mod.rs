//! NewsML-G2: news, packages, concepts and messages of many of them.
//!
//! - A text or composite item is an article, a picture or graphic an image, a video a gallery of one video, sound an
//!   article that embeds it.
//! - A package of pictures and videos alone is a gallery, any other a story with its texts as members. When the text of its main group comes in the same message and it
//!   is the only one there, the other items of the package are its companions and become related articles, pictures and
//!   galleries of that article.
//! - Concepts are topics, or places when they are of that type. Plans and catalogues are skipped: they are for
//!   newsrooms and programs.

mod catalog;
mod concept;
mod content;
mod item;
mod meta;
mod package;

use self::{catalog::Catalog, item::Item, package::Index};
use crate::{
    Defaults, Problem, Reading,
    xml::{self, Element as _, Node},
};

/// The start of the namespaces of all versions.
const NAMESPACE: &str = "http://iptc.org/std/nar/";
/// Why an item without name is left out.
const NO_GUID: &str = "has no guid, so that a later version could not be told";
/// Parts of items that are found alone.
const PARTS: [&str; 5] = ["groupSet", "contentSet", "contentMeta", "itemMeta", "concept"];
/// What can be the root element.
const ROOTS: [&str; 8] = [
    "newsItem",
    "packageItem",
    "conceptItem",
    "knowledgeItem",
    "planningItem",
    "catalogItem",
    "catalog",
    "newsMessage",
];

/// Whether the root element is one of NewsML-G2.
pub fn recognises(bytes: &[u8]) -> bool {
    xml::root(bytes).is_some_and(|(name, namespace)| {
        let is_known = ROOTS.contains(&&*name) || PARTS.contains(&&*name);
        // Words that any vocabulary may use.
        let is_own = !matches!(&*name, "catalog" | "concept");
        is_known && (namespace.starts_with(NAMESPACE) || (namespace.is_empty() && is_own))
    })
}

/// Reads a document: an item, a message of items, or a part of an item.
///
/// # Errors
///
/// The bytes are no XML that can be read, or the root element is none of NewsML-G2.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    let mut reading = Reading::default();
    let text = xml::decode(bytes, &mut reading)?;
    let document = xml::parse(&text)?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if name == "newsMessage" {
        message(root, defaults, &mut reading);
    } else if PARTS.contains(&name) {
        part(root, &text, defaults, &mut reading);
    } else if ROOTS.contains(&name) {
        one(root, &Catalog::default(), &Index::new(), defaults, &mut reading);
    } else {
        let message = format!("is not NewsML-G2: the root element must be one of {}", ROOTS.join(", "));
        return Err(Problem::at(name, message));
    }
    Ok(reading)
}

/// A message: each item is read by itself, packages last, since they are about the others.
fn message(root: Node<'_>, defaults: &Defaults, reading: &mut Reading) {
    let header = root.one("header");
    if header.is_none() {
        reading.warn("newsMessage", "has no header");
    }
    let catalog = header.map(|header| Catalog::default().with(header)).unwrap_or_default().with(root);
    let sets: Vec<_> = root.all("itemSet").collect();
    if sets.is_empty() {
        reading.warn("newsMessage", "has no itemSet");
    }
    let items: Vec<_> = if sets.is_empty() {
        root.elements().filter(|item| ROOTS.contains(&item.tag_name().name())).collect()
    } else {
        sets.into_iter().flat_map(|set| set.children()).filter(Node::is_element).collect()
    };
    let (packages, others): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.is("packageItem"));
    for item in others {
        one(item, &catalog, &Index::new(), defaults, reading);
    }
    let drafts = reading.drafts.iter().enumerate();
    let index = drafts.map(|(position, draft)| (draft.uri().to_owned(), position)).collect();
    for item in packages {
        one(item, &catalog, &index, defaults, reading);
    }
}

/// An item.
fn one(node: Node<'_>, catalog: &Catalog, index: &Index, defaults: &Defaults, reading: &mut Reading) {
    let name = node.tag_name().name();
    let uri = match node.attr("guid").and_then(crate::text::folded) {
        Some(uri) => uri,
        // It may still say what belongs together.
        None if name == "packageItem" => String::new(),
        None if name == "catalog" => return reading.skip(name, "a catalogue of vocabularies holds nothing to publish"),
        None => return reading.skip(name, NO_GUID),
    };
    let item = Item::new(node, uri, catalog, defaults);
    match name {
        "newsItem" => item::read(&item, reading),
        "packageItem" => package::read(&item, index, reading),
        "conceptItem" | "knowledgeItem" => concept::read(&item, reading),
        "planningItem" => reading.skip(item.uri, "a plan of coverage is for newsrooms and not published"),
        "catalogItem" => reading.skip(item.uri, "a catalogue of vocabularies holds nothing to publish"),
        _ => reading.skip(item.uri, format!("`{name}` is not an item of NewsML-G2")),
    }
}

/// A part of an item that stands alone: it is known by the address it came from, else by what it holds.
fn part(node: Node<'_>, text: &str, defaults: &Defaults, reading: &mut Reading) {
    let name = node.tag_name().name();
    reading.warn(name, "is a part of an item only: its guid, version and status are not known");
    let uri = defaults.base.as_ref().map_or_else(|| xml::digest(text), ToString::to_string);
    let item = Item::new(node, uri, &Catalog::default(), defaults);
    match name {
        "groupSet" => package::read(&item, &Index::new(), reading),
        "concept" => concept::read(&item, reading),
        _ => item::read(&item, reading),
    }
}

#[cfg(test)]
mod tests;
