//! The scalars of the schema.

use std::borrow::Cow;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DateTime(pub(crate) chrono::DateTime<Utc>);

/// A moment in time as RFC 3339 text. Any offset is read; answers are in UTC and end in `Z`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                chrono::DateTime::parse_from_rfc3339(text).map(|time| Self(time.to_utc())).map_err(|_| {
                    bad_value("is not a time with a zone; write it like `2026-03-01T09:30:00Z` (RFC 3339)", text)
                })
            }
            _ => Err(bad_value(
                "is not a string; write a time like `\"2026-03-01T09:30:00Z\"` (RFC 3339)",
                &value.to_string(),
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

fn bad_value<T: async_graphql::InputType>(problem: &str, value: &str) -> InputValueError<T> {
    let shown: String = value.chars().take(60).collect();
    InputValueError::custom(format!("`{shown}` {problem}")).with_extension("code", "BAD_USER_INPUT")
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) NaiveDate);

/// A calendar day as `YYYY-MM-DD`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                text.parse().map(Self).map_err(|_| bad_value("is not a day; write it like `2026-03-01`", text))
            }
            _ => Err(bad_value("is not a string; write a day like `\"2026-03-01\"`", &value.to_string())),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

macro_rules! text_scalar {
    ($(#[$doc:meta])* $type:ident, $name:literal, $url:literal) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $type(pub(crate) String);

        $(#[$doc])*
        #[Scalar(name = $name, specified_by_url = $url)]
        impl ScalarType for $type {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(bad_value("is not a string", &other.to_string())),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

text_scalar!(
    /// The name of a time zone in the IANA database, such as `Europe/Moscow`.
    TimeZone, "TimeZone", "https://www.iana.org/time-zones"
);
text_scalar!(
    /// A language as a BCP 47 tag, such as `en` or `pt-BR`.
    Language, "Language", "https://www.rfc-editor.org/info/bcp47"
);
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Url(pub(crate) String);

impl Url {
    /// What is answered where something else is stored than an address of the web, by an earlier version or by hand.
    const NOTHING: &str = "about:blank";

    /// Whether the address needs no second look: of the web or a new mail to nobody yet, and without a sign that a parser would write in another
    /// way.
    fn is_plain(text: &str) -> bool {
        let rest = ["https://", "http://", "mailto:?"].iter().find_map(|start| text.strip_prefix(start));
        let is_safe = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'-' | b'.' | b'_' | b'~' | b'*' | b'/' | b':' | b'?' | b'=' | b'&' | b'%' | b'+' | b',' | b'#'
                )
        };
        rest.is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_alphanumeric()) && rest.bytes().all(is_safe)
        })
    }

    /// The address as it may be answered.
    pub(crate) fn safe(&self) -> Cow<'_, str> {
        if Self::is_plain(&self.0) {
            return Cow::Borrowed(&self.0);
        }
        importer::web_address(&self.0).map_or(Cow::Borrowed(Self::NOTHING), Cow::Owned)
    }
}

/// An absolute web address; it starts with `http://` or `https://`, and is safe in an attribute. `about:blank` stands for one that is not. To share by
/// mail, it starts with `mailto:?`.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(bad_value("is not a string", &other.to_string())),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.safe().into_owned())
    }
}

text_scalar!(
    /// A piece of HTML that is safe to insert into a page: it has passed a sanitiser.
    Html, "HTML", "https://html.spec.whatwg.org/"
);
text_scalar!(
    /// A code in a controlled vocabulary: its prefix, a colon and the code, such as `medtop:20000639` of the IPTC Media Topics.
    QCode, "QCode", "https://www.iptc.org/std/NewsML-G2/guidelines/"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_answered_that_is_none_of_the_web() {
        for (stored, answered) in [
            ("https://news.example/a?b=1&c=%20#d", "https://news.example/a?b=1&c=%20#d"),
            ("http://127.0.0.1:8000/media/a,b.jpg", "http://127.0.0.1:8000/media/a,b.jpg"),
            ("https://news.example/\"><script>", "https://news.example/%22%3E%3Cscript%3E"),
            ("https://news.example/a.jpg 1x", "https://news.example/a.jpg%201x"),
            ("mailto:?subject=A%20day", "mailto:?subject=A%20day"),
            ("mailto:?subject=\"><b>", "about:blank"),
            ("mailto:somebody@example.org", "about:blank"),
            ("javascript:alert(1)", "about:blank"),
            (" javascript:alert(1)", "about:blank"),
            ("JAVASCRIPT:alert(1)//https://", "about:blank"),
            ("data:text/html,x", "about:blank"),
            ("urn:image:1", "about:blank"),
            ("//evil.example", "about:blank"),
            ("https://", "about:blank"),
            ("", "about:blank"),
        ] {
            assert_eq!(Url(stored.to_owned()).to_value(), Value::String(answered.to_owned()), "{stored}");
        }
    }
}
