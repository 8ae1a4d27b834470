//! Feeds: RSS 0.90 to 2.0, RSS 1.0 in RDF, Atom 0.3 and 1.0, and JSON Feed.
//!
//! ```text
//! encoding   bytes to text, whatever they say they are
//! xml, json  text to a tree or to entries
//! markup     what RSS, Atom and their modules call things; with channel, construct, media and person
//! entry      a channel and its entries, of whatever format
//! article    entries to articles
//! ```

mod article;
mod channel;
mod construct;
mod encoding;
mod entry;
mod json;
mod markup;
mod media;
mod person;
mod xml;

use url::Url;

pub use self::entry::Channel;
use self::entry::Feed;
use crate::{
    address::resolve as address,
    reading::{Defaults, Note, Problem, Reading},
    vocabulary::coded_language as language,
};

/// Bytes in which the root of a document is looked for.
const HEAD: usize = 8_192;

/// Larger documents are refused: the longest feeds of newsrooms have a few megabytes.
const LENGTH: usize = 64 * 1024 * 1024;

/// Reads a feed: an article for each item.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    Ok(article::read(feed(bytes, defaults.base.as_ref())?, defaults))
}

/// What a feed says of itself; `None` when it is no feed.
pub fn channel(bytes: &[u8]) -> Option<Channel> {
    Some(feed(bytes, None).ok()?.channel)
}

/// Whether a document is a feed, by its beginning.
pub fn recognises(bytes: &[u8]) -> bool {
    let (head, _) = encoding::decode(&bytes[..bytes.len().min(HEAD)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with('{') {
        return head.replace("\\/", "/").contains("jsonfeed.org/version/");
    }
    let Ok(root) = xml::root_of(head) else { return false };
    match root.name.as_str() {
        "rss" => true,
        "feed" => is_atom(head) || !head.contains("xmlns"),
        "entry" => is_atom(head),
        "rdf" => is_rss_in_rdf(head),
        _ => false,
    }
}

fn is_atom(head: &str) -> bool {
    head.contains("www.w3.org/2005/Atom") || head.contains("purl.org/atom/ns")
}

/// RDF has many uses; feeds name an RSS namespace.
fn is_rss_in_rdf(text: &str) -> bool {
    text.contains("purl.org/rss/") || text.contains("purl.org/net/rss") || text.contains("netscape.com/rdf/")
}

fn feed(bytes: &[u8], base: Option<&Url>) -> Result<Feed, Problem> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Problem::new("compressed with gzip; pass what is in it"));
    }
    if bytes.len() > LENGTH {
        return Err(Problem::new(format!("more than {} MB; pass a feed with fewer items", LENGTH / 1024 / 1024)));
    }
    let (text, warning) = encoding::decode(bytes);
    let start = text.trim_start_matches(|sign: char| sign == '\u{feff}' || sign.is_whitespace());
    if start.is_empty() {
        return Err(Problem::new("empty; a feed starts with `<rss`, `<feed`, `<rdf:RDF` or `{`"));
    }
    let mut feed = if start.starts_with(['{', '[']) { json::read(&text, base)? } else { markup::read(&text, base)? };
    if let Some(message) = warning {
        feed.warnings.insert(0, Note { at: "encoding".to_owned(), message });
    }
    Ok(feed)
}

#[cfg(test)]
mod tests;
