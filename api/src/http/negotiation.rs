//! Reads `Accept` and `Accept-Encoding` as RFC 9110 (12.5) describes them: weights, wildcards, and the most specific
//! range deciding for a type.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, AsHeaderName};
use mime::Mime;

use crate::cache::Coding;

/// The two media types of a GraphQL response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status code speaks of the GraphQL request.
    GraphqlResponse,
    /// `application/json`: the status code is 200 for every well-formed request.
    Json,
}

impl MediaType {
    /// The value of `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    fn essence(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }
}

/// The media type for an answer, or none when the client takes neither. A client that names no type gets
/// `application/json`, because that is all that older clients understand.
pub(super) fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let ranges = ranges(headers, ACCEPT);
    if ranges.is_empty() {
        return Some(MediaType::Json);
    }
    let ranges: Vec<Range> = ranges.iter().filter_map(|text| Range::parse(text)).collect();
    // Of equals the later wins: what is named goes before a wildcard, then the newer type before the older.
    [MediaType::Json, MediaType::GraphqlResponse]
        .into_iter()
        .filter_map(|media_type| {
            let (specificity, weight) = best(&ranges, media_type)?;
            let named_new = specificity == Specificity::Type && media_type == MediaType::GraphqlResponse;
            let fallback = specificity != Specificity::Type && media_type == MediaType::Json;
            (weight > 0).then_some(((weight, specificity, named_new || fallback), media_type))
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, media_type)| media_type)
}

/// The codings that cached answers have and the client takes, the one to give first.
pub(super) fn codings(headers: &HeaderMap) -> Vec<Coding> {
    if !headers.contains_key(ACCEPT_ENCODING) {
        return Vec::new();
    }
    let mut accepted = Vec::new();
    for coding in ranges(headers, ACCEPT_ENCODING) {
        let (name, parameters) = coding.split_once(';').unwrap_or((&coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1000), parse_weight).unwrap_or(0);
        let coding = match name.trim().to_ascii_lowercase().as_str() {
            "br" => Coding::Brotli,
            "gzip" | "x-gzip" => Coding::Gzip,
            _ => continue,
        };
        if weight > 0 {
            accepted.push((weight, coding));
        }
    }
    accepted.sort_by_key(|(weight, coding)| (std::cmp::Reverse(*weight), *coding == Coding::Gzip));
    accepted.into_iter().map(|(_, coding)| coding).collect()
}

/// Whether the client takes gzip.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for coding in ranges(headers, ACCEPT_ENCODING) {
        let (name, parameters) = coding.split_once(';').unwrap_or((&coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1000), parse_weight);
        let accepted = weight.is_some_and(|weight| weight > 0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return accepted,
            "*" => any = accepted,
            _ => {}
        }
    }
    any
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    Anything,
    Family,
    Type,
}

struct Range {
    mime: Mime,
    weight: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mime: Mime = text.parse().ok()?;
        let weight = mime.get_param("q").map_or(Some(1000), |weight| parse_weight(weight.as_str()))?;
        let utf8 = mime.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8);
        utf8.then_some(Self { mime, weight })
    }

    fn covers(&self, media_type: MediaType) -> Option<Specificity> {
        if self.mime.essence_str() == media_type.essence() {
            Some(Specificity::Type)
        } else if self.mime.type_() == mime::STAR {
            (self.mime.subtype() == mime::STAR).then_some(Specificity::Anything)
        } else {
            let family = self.mime.type_() == mime::APPLICATION && self.mime.subtype() == mime::STAR;
            family.then_some(Specificity::Family)
        }
    }
}

/// The most specific range decides, even when a wildcard weighs more.
fn best(ranges: &[Range], media_type: MediaType) -> Option<(Specificity, u16)> {
    ranges.iter().filter_map(|range| Some((range.covers(media_type)?, range.weight))).max()
}

/// Thousandths, so that weights can be compared exactly: "0.8" is 800.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The elements of a list header, from all its lines; commas inside quotes do not part.
fn ranges(headers: &HeaderMap, name: impl AsHeaderName) -> Vec<String> {
    let mut found = Vec::new();
    for line in headers.get_all(name) {
        // Bytes that are no text cannot name a type; an element of their own keeps the header from counting as empty.
        let line = String::from_utf8_lossy(line.as_bytes());
        let mut quoted = false;
        let parts = line.split(|character| {
            quoted ^= character == '"';
            character == ',' && !quoted
        });
        found.extend(parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::MediaType::{GraphqlResponse, Json};
    use super::*;

    fn chosen(accept: &str) -> Option<MediaType> {
        media_type(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(accept).expect("a header"))]))
    }

    #[test]
    fn without_accept_the_answer_is_json() {
        assert_eq!(media_type(&HeaderMap::new()), Some(Json));
        assert_eq!(chosen(""), Some(Json));
        assert_eq!(chosen(" , "), Some(Json));
    }

    #[test]
    fn wildcards_get_json() {
        for accept in ["*/*", "application/*", "text/html, */*;q=0.1", "APPLICATION/*; q=1.0"] {
            assert_eq!(chosen(accept), Some(Json), "{accept}");
        }
    }

    #[test]
    fn a_named_type_is_given() {
        assert_eq!(chosen("application/json"), Some(Json));
        assert_eq!(chosen("application/graphql-response+json"), Some(GraphqlResponse));
        assert_eq!(chosen("Application/GraphQL-Response+JSON; charset=UTF-8"), Some(GraphqlResponse));
        assert_eq!(chosen("application/graphql-response+json; charset=\"utf-8\""), Some(GraphqlResponse));
    }

    #[test]
    fn a_named_type_goes_before_a_wildcard_of_the_same_weight() {
        assert_eq!(chosen("*/*, application/graphql-response+json"), Some(GraphqlResponse));
        assert_eq!(chosen("application/json, */*"), Some(Json));
    }

    #[test]
    fn the_newer_type_goes_before_the_older_of_the_same_weight() {
        assert_eq!(chosen("application/json, application/graphql-response+json"), Some(GraphqlResponse));
        assert_eq!(chosen("application/graphql-response+json, application/json"), Some(GraphqlResponse));
    }

    #[test]
    fn weights_decide() {
        assert_eq!(chosen("application/graphql-response+json;q=0.8, application/json;q=0.9"), Some(Json));
        assert_eq!(chosen("application/graphql-response+json, application/json;q=0.9"), Some(GraphqlResponse));
        assert_eq!(chosen("application/graphql-response+json;q=0.899, */*;q=0.9"), Some(Json));
        assert_eq!(chosen("application/json;q=0.001, text/html"), Some(Json));
    }

    #[test]
    fn the_most_specific_range_decides_for_its_type() {
        assert_eq!(chosen("application/json;q=0, */*"), Some(GraphqlResponse));
        assert_eq!(chosen("application/json;q=0.1, */*;q=0.5"), Some(GraphqlResponse));
        assert_eq!(chosen("application/*;q=0, */*"), None);
    }

    #[test]
    fn nothing_fits_when_neither_type_is_accepted() {
        for accept in [
            "text/html",
            "application/json;q=0",
            "*/*;q=0",
            "application/xml, text/*",
            "application/json; charset=utf-16",
            "application/json;q=2",
            "application/json;q=abc",
            "*/json",
            "nonsense",
            "application/jsonx",
            "\"application/json",
        ] {
            assert_eq!(chosen(accept), None, "{accept}");
        }
    }

    #[test]
    fn all_lines_of_the_header_count() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static("text/html"));
        headers.append(ACCEPT, HeaderValue::from_static("application/graphql-response+json"));
        assert_eq!(media_type(&headers), Some(GraphqlResponse));
    }

    #[test]
    fn bytes_that_are_no_text_accept_nothing() {
        let value = HeaderValue::from_bytes(b"\xff\xfe").expect("opaque bytes are allowed");
        assert_eq!(media_type(&HeaderMap::from_iter([(ACCEPT, value)])), None);
    }

    #[test]
    fn gzip_is_accepted_when_it_or_a_wildcard_says_so() {
        let accepts = |text| accepts_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(text))]));
        assert!(accepts("gzip"));
        assert!(accepts("br, GZIP;q=0.5"));
        assert!(accepts("*"));
        assert!(!accepts("br"));
        assert!(!accepts("gzip;q=0, *"));
        assert!(!accepts("gzip; q=0.000"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
