//! The parameters of a GraphQL request out of an HTTP request: from the query string of a GET, from the JSON body of
//! a POST. What cannot be read is refused with the status and the words that say how to mend it.

use std::collections::HashMap;
use std::time::Duration;

use async_graphql::{Name, Value, Variables, indexmap::IndexMap};
use axum::body::Body;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use http::{HeaderMap, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mime::Mime;
use percent_encoding::percent_decode_str;

use super::super::admission::OVERLOADED;
use super::super::front::TooSlow;
use super::answer::{Refusal, refusal};
use super::{Settings, json};
use crate::document::shortened;
use crate::server::Overfull;

/// A well-formed GraphQL-over-HTTP request.
pub(super) struct Params {
    pub(super) query: Option<String>,
    /// The name of a document that stands for its text.
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    pub(super) extensions: HashMap<String, Value>,
    /// What is wrong when neither a text nor a name of one is there.
    pub(super) lacks_a_query: &'static str,
}

impl Params {
    pub(super) fn from_query_string(uri: &Uri) -> Result<Self, Refusal> {
        let mut given: HashMap<String, String> = HashMap::new();
        for pair in uri.query().unwrap_or("").split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?;
            // Other names are none of our business: proxies and analytics add theirs.
            if !matches!(name.as_str(), "query" | "operationName" | "variables" | "extensions" | "documentId" | "id") {
                continue;
            }
            let value = decoded(value)?;
            if given.insert(name.clone(), value).is_some() {
                return Err(bad_request(format!("the parameter `{name}` stands twice in the URL")));
            }
        }
        let query = given.remove("query");
        let document_id = given.remove("documentId").or_else(|| given.remove("id"));
        let mut map = |name: &str| match given.remove(name) {
            Some(text) if !text.is_empty() => {
                let value =
                    json::parse(&text).map_err(|flaw| bad_request(format!("`{name}` is not valid JSON: {flaw}")))?;
                object(name, Some(value))
            }
            _ => Ok(IndexMap::default()),
        };
        let (variables, extensions) = (map("variables")?, map("extensions")?);
        let operation_name = given.remove("operationName").filter(|name| !name.is_empty());
        Ok(Self {
            query,
            document_id,
            operation_name,
            variables: to_variables(variables),
            extensions: to_extensions(extensions),
            lacks_a_query: "the URL lacks the parameter `query`",
        })
    }

    pub(super) async fn from_body(headers: &HeaderMap, body: Body, settings: &Settings) -> Result<Self, Refusal> {
        must_be_json(headers)?;
        let bytes = read(headers, body, settings.body_bytes, settings.body_timeout).await?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|flaw| bad_request(format!("the body is not valid UTF-8: byte {}", flaw.valid_up_to() + 1)))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(bad_request("the body is empty: send `{\"query\": \"…\"}`".to_owned()));
        }
        let body = json::parse(text).map_err(|flaw| bad_request(format!("the body is not valid JSON: {flaw}")))?;
        let mut body = match body {
            Value::Object(body) => body,
            Value::List(_) => {
                let message = "batches are not supported: send one request as an object, not an array";
                return Err(bad_request(message.to_owned()));
            }
            _ => {
                return Err(bad_request("the body must be a JSON object with the key `query`".to_owned()));
            }
        };
        let mut take = |name: &str| body.swap_remove(name).filter(|value| *value != Value::Null);
        let query = match take("query") {
            Some(Value::String(query)) => Some(query),
            Some(_) => return Err(bad_request("`query` must be a string".to_owned())),
            None => None,
        };
        // Relay's examples call it `id`, the draft of persisted documents `documentId`. Beside a text it is somebody else's.
        let document_id = match take("documentId").or_else(|| take("id")) {
            Some(Value::String(id)) => Some(id),
            Some(_) if query.is_none() => return Err(bad_request("`documentId` must be a string".to_owned())),
            _ => None,
        };
        let operation_name = match take("operationName") {
            Some(Value::String(name)) => Some(name),
            Some(_) => {
                return Err(bad_request("`operationName` must be a string or null".to_owned()));
            }
            None => None,
        };
        let variables = to_variables(object("variables", take("variables"))?);
        let extensions = to_extensions(object("extensions", take("extensions"))?);
        let lacks_a_query = "the body lacks the key `query`";
        Ok(Self { query, document_id, operation_name, variables, extensions, lacks_a_query })
    }
}

/// A browser sends forms and plain text across sites without asking first, so nothing but JSON may carry a query.
fn must_be_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = |message: &str| {
        let json = HeaderValue::from_static("application/json");
        Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message).with(ACCEPT, json))
    };
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (content_type, None) = (types.next(), types.next()) else {
        return refused("the request has more than one Content-Type");
    };
    let Some(content_type) = content_type else {
        return refused("the request has no Content-Type: send `application/json`");
    };
    let mime = content_type.to_str().ok().and_then(|text| text.parse::<Mime>().ok());
    match mime {
        Some(mime) if mime.essence_str() == "application/json" => {
            if mime.get_param(mime::CHARSET).is_some_and(|charset| charset != mime::UTF_8) {
                return refused("the charset of the body must be utf-8");
            }
        }
        _ => return refused("the Content-Type of the body must be `application/json`"),
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            let identity = HeaderValue::from_static("identity");
            let message = "the body must not be compressed";
            Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
                .with(ACCEPT_ENCODING, identity))
        }
        _ => Ok(()),
    }
}

/// The whole body, unless it is too long or comes too slowly.
pub(crate) async fn read(headers: &HeaderMap, body: Body, most: usize, patience: Duration) -> Result<Bytes, Refusal> {
    const CLOSE: (HeaderName, HeaderValue) = (CONNECTION, HeaderValue::from_static("close"));
    let too_long = |have: Option<u64>| {
        let have = have.map_or_else(|| "more".to_owned(), |have| format!("{have} bytes"));
        let message = format!("the body has {have}, the limit is {most} bytes");
        refusal(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message).with(CLOSE.0, CLOSE.1)
    };
    let declared = headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(declared) = declared.filter(|declared| *declared > most as u64) {
        return Err(too_long(Some(declared)));
    }
    match tokio::time::timeout(patience, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(cause)) if cause.is::<LengthLimitError>() => Err(too_long(None)),
        Ok(Err(cause)) if !TooSlow::caused(&*cause) => Err(match Overfull::caused(&*cause) {
            Some(overfull) => {
                let (status, code) = match overfull {
                    Overfull::OfClient => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
                    Overfull::OfAll => (StatusCode::SERVICE_UNAVAILABLE, OVERLOADED),
                };
                let refusal = refusal(status, code, &overfull.to_string()).with(CLOSE.0, CLOSE.1);
                refusal.with(RETRY_AFTER, HeaderValue::from_static("2"))
            }
            None => bad_request("the body ended too early".to_owned()).with(CLOSE.0, CLOSE.1),
        }),
        _ => {
            let message = format!("the body did not arrive within {} seconds", patience.as_secs_f32());
            Err(refusal(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", &message).with(CLOSE.0, CLOSE.1))
        }
    }
}

type Object = IndexMap<Name, Value>;

fn object(name: &str, value: Option<Value>) -> Result<Object, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(Object::default()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(bad_request(format!("`{name}` must be an object or null"))),
    }
}

fn to_variables(mut object: Object) -> Variables {
    object.values_mut().for_each(make_whole);
    Variables::from_value(Value::Object(object))
}

/// JSON knows one kind of number: `1.0` is the integer that `1` is. Whatever takes a fraction takes an integer, too.
fn make_whole(value: &mut Value) {
    /// Above it, neighbours are the same number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT);
            if let Some(whole) = whole {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
                let whole = whole as i64;
                *number = whole.into();
            }
        }
        Value::List(items) => items.iter_mut().for_each(make_whole),
        Value::Object(fields) => fields.values_mut().for_each(make_whole),
        _ => {}
    }
}

fn to_extensions(object: Object) -> HashMap<String, Value> {
    object.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// As URLSearchParams decodes, but what is not UTF-8 is refused instead of replaced.
fn decoded(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(bad_request(format!("the URL has bytes that are not UTF-8 in `{}`", shortened(text)))),
    }
}

pub(super) fn bad_request(message: String) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
}
