//! The formats that can be read: their names, and how a document's format is told by its content.

use std::{fmt, io::BufRead, str::FromStr};

use crate::{
    feed, gazetteer, json_lines, media_topics, newsml_1, newsml_g2,
    newsroom::{self, Newsroom},
    ninjs, nitf,
    reading::{Defaults, Problem, Reading},
    records::Records,
    table, web_page,
};

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// IPTC ninjs, 1.0 to 3.1.
    Ninjs,
    /// IPTC NewsML-G2: news items, packages, concepts, and messages with many of them.
    NewsmlG2,
    /// IPTC NewsML 1.
    Newsml1,
    /// NITF 3.
    Nitf,
    /// RSS, Atom and JSON Feed.
    Feed,
    /// A web page with an article.
    WebPage,
    /// Drafts, a JSON object a line.
    JsonLines,
    /// A table of articles with a header: CSV and the like.
    Table,
    /// The IPTC Media Topics, or another SKOS vocabulary with codes, in JSON.
    MediaTopics,
    /// A gazetteer of cities.
    Gazetteer,
    /// A newsroom's own settings: sections, vocabulary, top stories, headlines of other outlets, reads.
    Newsroom,
}

/// What a document holds.
#[derive(Clone, Debug)]
pub enum Document {
    /// News.
    News(Reading),
    /// A newsroom's own settings.
    Newsroom(Box<Newsroom>),
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::Ninjs,
        Self::NewsmlG2,
        Self::Newsml1,
        Self::Nitf,
        Self::Feed,
        Self::WebPage,
        Self::JsonLines,
        Self::Table,
        Self::MediaTopics,
        Self::Gazetteer,
        Self::Newsroom,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ninjs => "ninjs",
            Self::NewsmlG2 => "newsml-g2",
            Self::Newsml1 => "newsml-1",
            Self::Nitf => "nitf",
            Self::Feed => "feed",
            Self::WebPage => "html",
            Self::JsonLines => "jsonl",
            Self::Table => "csv",
            Self::MediaTopics => "media-topics",
            Self::Gazetteer => "gazetteer",
            Self::Newsroom => "newsroom",
        }
    }

    /// The format of records that a document begins like: these are read a record at a time, however many there are.
    pub fn detect_records(head: &[u8]) -> Option<Self> {
        if json_lines::recognises(head) {
            Some(Self::JsonLines)
        } else if gazetteer::recognises(head) {
            Some(Self::Gazetteer)
        } else if table::recognises(head) {
            Some(Self::Table)
        } else {
            None
        }
    }

    /// The format that a whole document looks like.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        type Recognises = fn(&[u8]) -> bool;
        let formats: [(Self, Recognises); 8] = [
            (Self::Newsroom, newsroom::recognises),
            (Self::MediaTopics, media_topics::recognises),
            (Self::NewsmlG2, newsml_g2::recognises),
            (Self::Newsml1, newsml_1::recognises),
            (Self::Nitf, nitf::recognises),
            (Self::Feed, feed::recognises),
            (Self::Ninjs, ninjs::recognises),
            (Self::WebPage, web_page::recognises),
        ];
        formats.into_iter().find(|(_, recognises)| recognises(bytes)).map(|(format, _)| format)
    }

    /// Whether news of this format may come from a source feed: records, vocabularies and settings are the newsroom's to import.
    pub fn may_come_from_feeds(self) -> bool {
        !self.has_records() && !matches!(self, Self::MediaTopics | Self::Newsroom)
    }

    /// Whether documents of this format are read a record at a time.
    pub fn has_records(self) -> bool {
        matches!(self, Self::JsonLines | Self::Table | Self::Gazetteer)
    }

    /// The records of a document of this format; none when it has no records. `head` is the document's beginning.
    pub fn records<'s>(self, source: impl BufRead + 's, head: &[u8], defaults: &Defaults) -> Records<'s> {
        match self {
            Self::JsonLines => json_lines::read(source),
            Self::Table => table::read(source, head, defaults),
            Self::Gazetteer => gazetteer::read(source),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Reads a whole document of this format.
    pub fn read(self, bytes: &[u8], defaults: &Defaults) -> Result<Document, Problem> {
        match self {
            Self::Ninjs => ninjs::read(bytes, defaults).map(Document::News),
            Self::NewsmlG2 => newsml_g2::read(bytes, defaults).map(Document::News),
            Self::Newsml1 => newsml_1::read(bytes, defaults).map(Document::News),
            Self::Nitf => nitf::read(bytes, defaults).map(Document::News),
            Self::Feed => feed::read(bytes, defaults).map(Document::News),
            Self::WebPage => web_page::read(bytes, defaults).map(Document::News),
            Self::MediaTopics => media_topics::read(bytes, defaults).map(Document::News),
            Self::Newsroom => Newsroom::read(bytes).map(Box::new).map(Document::Newsroom),
            Self::JsonLines | Self::Table | Self::Gazetteer => {
                let source = bytes;
                let mut reading = Reading::default();
                for record in self.records(source, bytes, defaults) {
                    match record {
                        Ok(draft) => reading.drafts.push(draft),
                        Err(problem) => reading.failed.push(problem),
                    }
                }
                Ok(Document::News(reading))
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("`{name}` is no format; the formats are {}", names.join(", "))
        })
    }
}
