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
    ///
    /// # Errors
    ///
    /// It looks like none: the problem says what it might have been meant to be.
    pub fn of_document(bytes: &[u8]) -> Result<Self, Problem> {
        if let Some(format) = Self::detect(bytes) {
            return Ok(format);
        }
        let text = without_mark(bytes).trim_ascii_start();
        if text.first().is_some_and(|first| b"{[".contains(first)) {
            let value: serde_json::Value = serde_json::from_slice(text)?;
            if json_lines::is_spread(&value) {
                let message = "looks like items of `jsonl` that are spread over lines or in a list; put each on a line of its own";
                return Err(Problem::new(message));
            }
        }
        let formats: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
        let message = format!("not one of the formats {}; name the format if it is one of them", formats.join(", "));
        Err(Problem::new(message))
    }

    /// The format that a whole document looks like.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let bytes = without_mark(bytes);
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
        let bytes = without_mark(bytes);
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

/// The bytes without the mark of UTF-8 before them.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn format(document: &str) -> Option<Format> {
        Format::detect_records(document.as_bytes()).or_else(|| Format::detect(document.as_bytes()))
    }

    #[test]
    fn documents_on_one_line_are_no_tables_whatever_their_script() {
        for (headline, byline) in [
            ("Паром вернулся", "Иван Петров"),
            ("Το πλοίο επέστρεψε", "Γιάννης"),
            ("渡轮回来了", "王伟"),
            ("عادت العبارة", "علي"),
            ("", ""),
            ("Ferry, back; again", "A | B"),
        ] {
            let ninjs = format!(
                r#"{{"uri":"urn:1","type":"text","headline":"{headline}","byline":"{byline}","body_text":"{headline}"}}"#
            );
            let feed = format!(
                r#"{{"version":"https://jsonfeed.org/version/1.1","title":"{headline}","items":[{{"id":"1","url":"https://a.example/1","title":"{headline}","summary":"{byline}"}}]}}"#
            );
            let page = format!(
                r#"<html><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{headline}","author":"{byline}","description":"x"}}</script><title>{headline}</title></html>"#
            );
            let line = format!(r#"{{"type":"article","uri":"urn:1","headline":"{headline}","byline":"{byline}"}}"#);
            for (document, wanted) in [
                (ninjs.clone(), Format::Ninjs),
                (format!("[{ninjs}]"), Format::Ninjs),
                (feed, Format::Feed),
                (page, Format::WebPage),
                (line, Format::JsonLines),
            ] {
                assert_eq!(format(&document), Some(wanted), "{document}");
                assert_eq!(format(&format!("\u{feff}{document}")), Some(wanted), "{document}");
            }
        }
    }

    #[test]
    fn tables_are_told_by_their_header() {
        for header in [
            "uri,headline,byline",
            "\u{feff}URI;Headline;Byline",
            "id\ttitle\tpub_date",
            "\"title\",\"publish-date\",\"url\"",
            "Headline | Date",
            "№,headline,url",
        ] {
            assert_eq!(format(&format!("{header}\nurn:1,A,B\n")), Some(Format::Table), "{header}");
        }
        for text in [
            "headline",
            "[\"headline\",\"byline\"]",
            "The headline, the byline",
            "{headline,byline}",
            "<headline,byline>",
        ] {
            assert_eq!(Format::detect_records(format!("{text}\n1,2\n").as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_document_is_said_to_be_none_with_what_it_may_be() {
        for (document, said) in [
            ("{\n\"type\":\"article\",\n\"uri\":\"urn:1\",\n\"headline\":\"A\"}", "looks like items of `jsonl`"),
            ("[{\"type\":\"story\",\"uri\":\"urn:1\",\"title\":\"A\"}]", "looks like items of `jsonl`"),
            ("{\"uri\":\"urn:1\",", "not JSON: "),
            ("plain words", "not one of the formats "),
        ] {
            let problem = Format::of_document(document.as_bytes()).unwrap_err();
            assert!(problem.message.starts_with(said), "{document}: {problem}");
        }
    }
}
