//! What all feeds have in common: a channel with entries, before they are articles.

use std::{borrow::Cow, rc::Rc};

use html_escape::decode_html_entities;
use url::Url;

use super::{media::Medium, person::Person};
use crate::{
    draft::{Block, Image, Place, Term},
    html::{self, Picture},
    reading::Note,
    text,
};

/// What a feed says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Address of the page that it is the feed of.
    pub home: Option<String>,
    /// Its own address, as it says.
    pub address: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// The notice to show.
    pub copyright_notice: Option<String>,
    /// Seconds between two looks at it that it wishes for.
    pub pace: Option<u64>,
    /// Hours of the day in UTC, 0 to 23, when it need not be looked at.
    pub skip_hours: Vec<u8>,
}

/// A feed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub channel: Channel,
    /// Who made what names no author.
    pub authors: Vec<Person>,
    pub entries: Vec<Entry>,
    pub removed: Vec<Removed>,
    pub warnings: Vec<Note>,
}

/// An item that is taken back.
#[derive(Debug)]
pub(super) struct Removed {
    pub id: String,
    pub when: Option<String>,
}

/// An item of a feed.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Where it stands.
    pub at: String,
    pub id: Option<String>,
    /// Whether what has the same id is the same item, also under another address: Atom says so.
    pub is_one_by_id: bool,
    pub url: Option<String>,
    pub title: Option<Text>,
    pub summary: Option<Text>,
    pub content: Option<Text>,
    pub authors: Vec<Person>,
    pub contributors: Vec<Person>,
    /// As written.
    pub published: Option<String>,
    /// As written.
    pub updated: Option<String>,
    /// As written.
    pub embargoed: Option<String>,
    /// As written.
    pub expires: Option<String>,
    /// Whether it says that it is not to be seen yet.
    pub is_draft: bool,
    pub categories: Vec<Category>,
    pub source: Option<Term>,
    pub rights: Option<String>,
    pub terms: Option<String>,
    pub media: Vec<Medium>,
    pub places: Vec<Place>,
    pub language: Option<String>,
    pub warnings: Vec<String>,
}

/// A category as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Category {
    pub term: String,
    pub label: Option<String>,
    /// Address of its vocabulary.
    pub scheme: Option<String>,
}

/// A text and what it is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub value: String,
    pub is_html: bool,
    pub base: Option<Rc<Url>>,
    pub language: Option<String>,
}

impl Text {
    pub(super) fn plain(&self) -> Option<String> {
        if self.is_html { text::plain(&self.value) } else { text::folded(&self.value) }
    }

    pub(super) fn blocks(&self, picture: &mut dyn FnMut(Picture) -> Option<Image>) -> Vec<Block> {
        if self.is_html && has_tag(&self.value) {
            return html::blocks(&self.value, self.base.as_deref(), picture);
        }
        let text = if self.is_html { decode_html_entities(&self.value) } else { Cow::Borrowed(self.value.as_str()) };
        if text.trim().lines().any(|line| line.trim().is_empty()) {
            return html::blocks_of_text(&text);
        }
        // Without an empty line, lines end where the source was broken.
        html::blocks_of_text(&text.replace(['\n', '\r'], " "))
    }
}

/// Whether references of HTML stand in a text that is said to be plain.
pub(super) fn has_reference(text: &str) -> bool {
    decode_html_entities(text) != text
}

/// Whether something in a text looks like a tag.
pub(super) fn has_tag(text: &str) -> bool {
    let begins =
        |rest: &str| rest.starts_with(|sign: char| sign.is_ascii_alphabetic() || matches!(sign, '/' | '!' | '?'));
    text.split('<').skip(1).any(begins)
}
