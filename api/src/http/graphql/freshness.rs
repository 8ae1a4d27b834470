//! How long an answer may be used again without asking, and by whom: the one place that decides it.
//!
//! The schema's `cache_control` hints say how long a type or a field may be used; the smallest of those in an answer counts. A setting
//! bounds it. Whatever the hint, an answer has an entity tag, so asking again is cheap.

use std::time::Duration;

use async_graphql::CacheControl;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::access::Viewer;
use crate::cache::{CACHE_TAG, SURROGATE_KEY};

/// Whether the answer to a request with these headers may depend on who asks. A token that only says who asks changes nothing in it.
pub fn depends_on_viewer(headers: &HeaderMap, viewer: &Viewer) -> bool {
    let only_says_who = !viewer.is_public() && viewer.sees_what_everybody_does();
    headers.contains_key(AUTHORIZATION) && !only_says_who
}

/// How long an answer may be used again, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It must not be kept at all.
    Never,
    /// It may be kept by the client alone.
    Private(Duration),
    /// Anyone may keep it.
    Public(Duration),
}

impl Policy {
    /// What the hints of the schema come to. No time means that it may be kept, and must be asked about each time.
    pub(crate) fn of(hints: CacheControl) -> Self {
        let time = u64::try_from(hints.max_age).map_or(Duration::ZERO, Duration::from_secs);
        if hints.public { Self::Public(time) } else { Self::Private(time) }
    }

    pub(super) fn private(self) -> Self {
        match self {
            Self::Public(time) => Self::Private(time),
            other => other,
        }
    }

    /// It must be asked about each time.
    pub(super) fn revalidated(self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Private(_) => Self::Private(Duration::ZERO),
            Self::Public(_) => Self::Public(Duration::ZERO),
        }
    }

    /// The value of `Cache-Control`.
    pub(super) fn header(self, most: Duration) -> HeaderValue {
        let (scope, time) = match self {
            Self::Never => return HeaderValue::from_static("no-store"),
            Self::Private(time) => ("private", time),
            Self::Public(time) => ("public", time),
        };
        let value = match time.min(most).as_secs() {
            0 => format!("{scope}, no-cache"),
            seconds => format!("{scope}, max-age={seconds}"),
        };
        HeaderValue::from_str(&value).expect("words and digits")
    }
}

/// The tags of an answer for content delivery networks, or none when there are more than they take.
pub(super) fn tag_headers(tags: &[String]) -> Option<HeaderMap> {
    /// The smallest limit is Akamai's and Varnish's usual one for a header.
    const LONGEST: usize = 8 * 1024;
    if tags.iter().map(|tag| tag.len() + 1).sum::<usize>() > LONGEST {
        return None;
    }
    let mut headers = HeaderMap::new();
    for (name, separator) in [(SURROGATE_KEY, " "), (CACHE_TAG, ",")] {
        match HeaderValue::from_str(&tags.join(separator)) {
            Ok(value) if !tags.is_empty() => headers.insert(name, value),
            Ok(_) => None,
            Err(_) => return None,
        };
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Scopes;

    fn header(public: bool, max_age: i32) -> String {
        let policy = Policy::of(CacheControl { public, max_age });
        policy.header(Duration::from_secs(60)).to_str().expect("text").to_owned()
    }

    #[test]
    fn hints_become_a_header_within_the_bound() {
        assert_eq!(header(true, 30), "public, max-age=30");
        assert_eq!(header(true, 600), "public, max-age=60");
        assert_eq!(header(true, 0), "public, no-cache");
        assert_eq!(header(true, -1), "public, no-cache");
        assert_eq!(header(false, 30), "private, max-age=30");
        assert_eq!(Policy::Never.header(Duration::MAX), "no-store");
    }

    #[test]
    fn a_request_with_credentials_makes_answers_private() {
        let mut headers = HeaderMap::new();
        let holder = |scopes| Viewer::holder("x", Scopes::named(scopes), Vec::new());
        assert!(!depends_on_viewer(&headers, &Viewer::public()));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        // Without a holder they are credentials for something else, such as a proxy.
        assert!(depends_on_viewer(&headers, &Viewer::public()));
        assert!(depends_on_viewer(&headers, &holder("ingest")) && depends_on_viewer(&headers, &holder("read:drafts")));
        assert!(!depends_on_viewer(&headers, &holder("")) && !depends_on_viewer(&headers, &holder("read:public")));
        assert_eq!(Policy::Public(Duration::MAX).private(), Policy::Private(Duration::MAX));
        assert_eq!(Policy::Never.private(), Policy::Never);
    }

    #[test]
    fn tags_are_written_for_both_kinds_of_networks_up_to_a_length() {
        let headers = tag_headers(&["article:7".to_owned(), "section:1".to_owned()]).expect("they fit");
        assert_eq!(headers["surrogate-key"], "article:7 section:1");
        assert_eq!(headers["cache-tag"], "article:7,section:1");
        assert!(tag_headers(&[]).is_some_and(|headers| headers.is_empty()));
        let tags = |count: usize| vec!["1234567".to_owned(); count];
        assert!(tag_headers(&tags(1024)).is_some());
        assert!(tag_headers(&tags(1025)).is_none());
        assert!(tag_headers(&["a\nb".to_owned()]).is_none());
    }
}
