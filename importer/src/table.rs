//! Tables of news with a header: CSV, or with tabs or semicolons between the fields. The columns are told by their names.

use std::{collections::HashMap, io::Read};

use chrono::{DateTime, Utc};

use entity::article::PubStatus;

use crate::{
    draft::{Article, Contributor, Draft, StoryOf, Term, Topic},
    html::{self, Picture},
    reading::{Defaults, Problem},
    records::Records,
    text,
    time::{self, NoTime, Origin},
    vocabulary,
};

/// The longest record.
const LONGEST: usize = 16 * 1024 * 1024;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Uri,
    Headline,
    Url,
    Standfirst,
    Body,
    Published,
    Updated,
    Status,
    Embargo,
    Expiry,
    Section,
    Topics,
    Source,
    Byline,
    Language,
    Story,
    Genre,
    Urgency,
    Copyright,
}

impl Column {
    /// The names under which exports of newsrooms and corpora have them. `docs/formats/csv.md` lists them.
    const NAMES: [(Self, &[&str]); 19] = [
        (Self::Uri, &["uri", "id", "guid", "urn"]),
        (Self::Headline, &["headline", "title"]),
        (Self::Url, &["url", "link", "canonicalurl"]),
        (Self::Standfirst, &["standfirst", "description", "summary", "abstract", "lead"]),
        (Self::Body, &["body", "text", "content", "html"]),
        (
            Self::Published,
            &["publishedat", "published", "pubdate", "date", "publishdate", "datepublished", "timestamp"],
        ),
        (Self::Updated, &["updatedat", "updated", "modified", "datemodified"]),
        (Self::Status, &["status", "pubstatus"]),
        (Self::Embargo, &["embargoeduntil", "embargo", "embargoed", "embargodate"]),
        (Self::Expiry, &["expiresat", "expires", "expiry", "expirydate", "expirationdate"]),
        (Self::Section, &["section", "category", "desk"]),
        (Self::Topics, &["topics", "tags", "keywords", "subjects"]),
        (Self::Source, &["source", "publisher", "outlet"]),
        (Self::Byline, &["byline", "author", "authors"]),
        (Self::Language, &["language", "lang"]),
        (Self::Story, &["story", "cluster"]),
        (Self::Genre, &["genre"]),
        (Self::Urgency, &["urgency", "priority"]),
        (Self::Copyright, &["copyright", "copyrightnotice", "rights"]),
    ];

    /// The column of a name in a header. What holds other signs than names do is no name.
    fn named(name: &str) -> Option<Self> {
        let is_of_names =
            |sign: char| sign.is_ascii_alphanumeric() || sign.is_whitespace() || matches!(sign, '_' | '-' | '.' | '*');
        if !name.chars().all(is_of_names) {
            return None;
        }
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        Self::NAMES.into_iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| column)
    }
}

/// Whether the first line is a header with a headline and another known column.
pub(crate) fn recognises(head: &[u8]) -> bool {
    // Markup and JSON may hold anything in their first line, and never begin like a header.
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.trim_ascii_start().first().is_none_or(|first| b"{[<".contains(first)) {
        return false;
    }
    let Some(delimiter) = delimiter(head) else { return false };
    let columns = header(head, delimiter);
    columns.contains(&Some(Column::Headline)) && columns.iter().flatten().count() >= 2
}

/// The sign between fields: the one that the header has most of.
fn delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: &u8| line.iter().filter(|byte| *byte == sign).count();
    let best = [b',', b'\t', b';', b'|'].into_iter().max_by_key(count)?;
    (count(&best) > 0).then_some(best)
}

fn header(head: &[u8], delimiter: u8) -> Vec<Option<Column>> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(head);
    let names = reader.byte_headers().cloned().unwrap_or_default();
    names.iter().map(|name| Column::named(&String::from_utf8_lossy(name))).collect()
}

/// The articles of a table, read as they are asked for. `head` is its beginning.
pub(crate) fn read<'s, R: Read + 's>(source: R, head: &[u8], defaults: &Defaults) -> Records<'s> {
    let delimiter = delimiter(head).unwrap_or(b',');
    let columns = header(head, delimiter);
    let defaults = defaults.clone();
    let reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source);
    let records = reader.into_byte_records().map(move |record| {
        let record = record.map_err(|error| {
            let line = error.position().map(|position| format!("line {}", position.line()));
            Problem::at(line.unwrap_or_default(), format!("not a record of a table: {error}"))
        })?;
        let at = record.position().map(|position| format!("line {}", position.line())).unwrap_or_default();
        if record.as_slice().len() > LONGEST {
            return Err(Problem::at(at, format!("longer than {} MiB, the longest record that is read", LONGEST >> 20)));
        }
        let mut fields: HashMap<Column, String> = HashMap::new();
        for (value, column) in record.iter().zip(&columns) {
            let Some(column) = column else { continue };
            let value = std::str::from_utf8(value).map_err(|_| Problem::at(at.clone(), "not UTF-8"))?;
            if !value.trim().is_empty() {
                fields.entry(*column).or_insert_with(|| value.to_owned());
            }
        }
        article(&fields, &defaults)
            .map(|article| Draft::Article(Box::new(article)))
            .map_err(|message| Problem::at(at, message))
    });
    Box::new(records)
}

fn article(fields: &HashMap<Column, String>, defaults: &Defaults) -> Result<Article, String> {
    let plain = |column| fields.get(&column).and_then(|value| text::plain(&unescaped(value)));
    let is_http = |value: &String| value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
    let address = |column| fields.get(&column).map(|value| unescaped(value)).filter(is_http);
    let headline = plain(Column::Headline).ok_or("no headline")?;
    let url = address(Column::Url);
    // A bare number is no identity outside its table; the address is one.
    let id = fields.get(&Column::Uri).filter(|id| id.contains(':')).cloned();
    let uri =
        id.or_else(|| url.clone()).ok_or("neither a `uri` such as `urn:…` nor a `url`: nothing identifies the item")?;
    let mut picture = Picture::into_image;
    let body = match fields.get(&Column::Body) {
        Some(markup) if markup.contains("</") => html::blocks(markup, defaults.base.as_ref(), &mut picture),
        Some(text) => html::blocks_of_text(text),
        None => Vec::new(),
    };
    let origin = Origin::new(defaults, fields.get(&Column::Language).map(String::as_str), url.as_deref());
    let moment = |column| match fields.get(&column) {
        None => Ok(None),
        Some(text) => match parse_time(text, &origin) {
            Err(NoTime::Unknown) => Err(format!("`{text}` is no time such as `2024-02-08T09:30:00Z`")),
            Err(reason) => Err(format!("`{text}` {reason}")),
            Ok(time) => Ok(Some(time)),
        },
    };
    let byline = plain(Column::Byline);
    let list = |column| {
        let value = plain(column).unwrap_or_default();
        value.split([';', '|']).filter_map(text::folded).collect::<Vec<_>>()
    };
    Ok(Article {
        url,
        language: plain(Column::Language).or_else(|| defaults.language.clone()),
        standfirst: plain(Column::Standfirst),
        contributors: list(Column::Byline)
            .into_iter()
            .map(|name| Contributor { name, role: Some("author".to_owned()), ..Contributor::default() })
            .collect(),
        byline,
        status: fields.get(&Column::Status).map_or(Ok(PubStatus::Usable), |name| status(name))?,
        published_at: moment(Column::Published)?,
        updated_at: moment(Column::Updated)?,
        embargoed_until: moment(Column::Embargo)?,
        expires_at: moment(Column::Expiry)?,
        urgency: fields.get(&Column::Urgency).and_then(|urgency| urgency.trim().parse().ok()),
        section: plain(Column::Section).map(|name| Term { name: category(&name).to_owned(), ..Term::default() }),
        topics: list(Column::Topics).into_iter().map(|name| Topic { name, ..Topic::default() }).collect(),
        source: plain(Column::Source).map(|name| Term { name, ..Term::default() }),
        genre: plain(Column::Genre).and_then(|name| vocabulary::genre(&name)),
        copyright_notice: plain(Column::Copyright),
        stories: plain(Column::Story)
            .map(|story| {
                let uri = if story.contains(':') { story } else { format!("urn:newsgraph:story:{story}") };
                StoryOf { uri, title: headline.clone() }
            })
            .into_iter()
            .collect(),
        headline,
        body,
        uri,
        ..Article::default()
    })
}

/// The status of a word for it, as wire formats or content management systems have them.
fn status(name: &str) -> Result<PubStatus, String> {
    let name = name.trim();
    match name.to_ascii_lowercase().as_str() {
        "publish" | "published" | "public" | "live" | "active" => Ok(PubStatus::Usable),
        "draft" | "pending" | "private" | "future" | "scheduled" | "unpublished" => Ok(PubStatus::Withheld),
        "trash" => Ok(PubStatus::Canceled),
        _ => vocabulary::status(name)
            .ok_or_else(|| format!("status `{name}` is not known; write `usable`, `withheld` or `canceled`")),
    }
}

/// Some exports put a backslash before signs that need none: `\?`, `\(blog\)`.
fn unescaped(value: &str) -> String {
    let mut signs = value.chars().peekable();
    let mut plain = String::with_capacity(value.len());
    while let Some(sign) = signs.next() {
        if sign == '\\' && signs.peek().is_some_and(char::is_ascii_punctuation) {
            continue;
        }
        plain.push(sign);
    }
    plain
}

/// The letters of the UCI News Aggregator corpus.
fn category(name: &str) -> &str {
    match name {
        "b" => "Business",
        "t" => "Science and technology",
        "e" => "Entertainment",
        "m" => "Health",
        _ => name,
    }
}

fn parse_time(text: &str, origin: &Origin) -> Result<DateTime<Utc>, NoTime> {
    let text = text.trim();
    match text.parse::<i64>() {
        // Seconds, or milliseconds since 1970; eight digits are a date.
        Ok(number) if text.len() >= 12 => DateTime::from_timestamp_millis(number).ok_or(NoTime::Unknown),
        Ok(number) if text.len() != 8 => DateTime::from_timestamp(number, 0).ok_or(NoTime::Unknown),
        _ => time::read(text, origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(table: &str) -> Vec<Result<Draft, Problem>> {
        read(std::io::Cursor::new(table.to_owned()), table.as_bytes(), &Defaults::default()).collect()
    }

    #[test]
    fn the_page_on_tables_names_every_column() {
        let page = include_str!("../../docs/formats/csv.md");
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let listed: Vec<(String, Vec<&str>)> = rows
            .map(|row| {
                let cells: Vec<&str> = row.split('|').collect();
                let names = cells[2].split('`').skip(1).step_by(2).collect();
                (cells[1].trim().trim_matches('`').to_owned(), names)
            })
            .collect();
        let read: Vec<(String, Vec<&str>)> = Column::NAMES
            .into_iter()
            .map(|(column, names)| (format!("{column:?}").to_lowercase(), names.to_vec()))
            .collect();
        assert_eq!(listed, read);
    }

    #[test]
    fn columns_are_told_by_their_names() {
        let table = "ID,TITLE,URL,PUBLISHER,CATEGORY,STORY,HOSTNAME,TIMESTAMP\n\
            47,\"Omega, he says\",http://a.example/x\\?y=1,Post \\(blog\\),b,dxy,a.example,1394470920294\n\
            48,,http://a.example/z,P,t,dxy,a.example,1\n";
        assert!(recognises(table.as_bytes()));
        let read = read_all(table);
        let Ok(Draft::Article(article)) = &read[0] else { panic!("{read:?}") };
        assert_eq!((article.uri.as_str(), article.headline.as_str()), ("http://a.example/x?y=1", "Omega, he says"));
        assert_eq!(article.source.as_ref().unwrap().name, "Post (blog)");
        assert_eq!(article.section.as_ref().unwrap().name, "Business");
        assert_eq!(article.published_at.unwrap().to_rfc3339(), "2014-03-10T17:02:00.294+00:00");
        assert_eq!(article.stories[0].uri, "urn:newsgraph:story:dxy");
        assert_eq!(read[1], Err(Problem::at("line 3", "no headline")));
    }

    #[test]
    fn columns_hold_back_and_take_away() {
        let table = "uri,headline,status,embargo,expires\nurn:1,H,withheld,,\nurn:2,H,publish,2037-01-15T06:00:00Z,\n\
            urn:3,H,killed,,2037-02-15\nurn:4,H,frozen,,\nurn:5,H,,soon,\n";
        let read = read_all(table);
        let limits: Vec<_> = read
            .iter()
            .map(|draft| match draft {
                Ok(Draft::Article(article)) => Ok((article.status, article.embargoed_until, article.expires_at)),
                Ok(other) => panic!("{other:?}"),
                Err(problem) => Err(problem.to_string()),
            })
            .collect();
        let time = |text: &str| Some(text.parse().unwrap());
        assert_eq!(
            limits,
            [
                Ok((PubStatus::Withheld, None, None)),
                Ok((PubStatus::Usable, time("2037-01-15T06:00:00Z"), None)),
                Ok((PubStatus::Canceled, None, time("2037-02-15T00:00:00Z"))),
                Err("line 5: status `frozen` is not known; write `usable`, `withheld` or `canceled`".to_owned()),
                Err("line 6: `soon` is no time such as `2024-02-08T09:30:00Z`".to_owned()),
            ]
        );
    }

    #[test]
    fn fields_may_be_separated_by_tabs_and_semicolons() {
        for table in ["uri\theadline\nurn:a\tA\n", "uri;headline\nurn:a;A\n", "\u{feff}uri|headline\nurn:a|A\n"] {
            assert!(recognises(table.as_bytes()), "{table}");
            let read = read_all(table);
            assert!(matches!(&read[0], Ok(Draft::Article(article)) if article.uri == "urn:a"), "{table}: {read:?}");
        }
        for other in ["", "a b c", "name,age\n", "headline\nx", "{\"title\": 1, \"url\": 2}"] {
            assert!(!recognises(other.as_bytes()), "{other}");
        }
    }
}
