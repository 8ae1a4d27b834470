//! Documents that are sent by name: automatic persisted queries as Apollo's clients speak them, and documents that were registered
//! when the server started.

use async_graphql::{ServerError, Value};
use http::StatusCode;

use super::answer::{Outcome, Refusal, refusal};
use super::params::{Params, bad_request};
use crate::document::{self, Flaw, Hash, shortened};

/// What a request says of the document that it wants.
pub(super) enum Wanted<'a> {
    /// The text, whose hash is this.
    Text(&'a str, Hash),
    /// A document that was registered when the server started.
    Registered(&'a str),
    /// One that some client has sent before, or that was registered.
    Seen(&'a str),
}

impl<'a> Wanted<'a> {
    pub(super) fn of(params: &'a Params) -> Result<Self, Refusal> {
        let hash = match params.extensions.get("persistedQuery") {
            Some(Value::Null) | None => None,
            Some(Value::Object(entries)) => {
                if entries.get("version") != Some(&Value::from(1)) {
                    return Err(bad_request("`extensions.persistedQuery.version` must be 1".to_owned()));
                }
                match entries.get("sha256Hash") {
                    Some(Value::String(hash)) => Some(hash.as_str()),
                    _ => return Err(bad_request("`extensions.persistedQuery.sha256Hash` must be a string".to_owned())),
                }
            }
            Some(_) => return Err(bad_request("`extensions.persistedQuery` must be an object".to_owned())),
        };
        match (&params.query, &params.document_id, hash) {
            (Some(text), _, hash) => {
                let actual = Hash::of(text);
                match hash {
                    Some(hash) if Hash::from_hex(hash) != Some(actual) => {
                        let message = "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`";
                        Err(refusal(StatusCode::BAD_REQUEST, "PERSISTED_QUERY_HASH_MISMATCH", message))
                    }
                    _ => Ok(Self::Text(text, actual)),
                }
            }
            (None, Some(id), _) => Ok(Self::Registered(id)),
            (None, None, Some(hash)) => Ok(Self::Seen(hash)),
            (None, None, None) => Err(bad_request(params.lacks_a_query.to_owned())),
        }
    }
}

/// The client is to send the text once. Clients want status 200 for it, whatever the media type.
pub(super) fn not_found() -> Outcome {
    Outcome::Refused(refusal(StatusCode::OK, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
}

/// The client is to send texts and nothing else.
pub(super) fn not_supported() -> Outcome {
    Outcome::Refused(refusal(StatusCode::OK, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"))
}

pub(super) fn not_registered(id: &str) -> ServerError {
    let message = format!("no document is registered as \"{}\"", shortened(id));
    document::error("PERSISTED_QUERY_NOT_IN_LIST", message, None)
}

/// It does not fit the schema, or is no document: the newsroom has to register it anew.
pub(super) fn unusable(flaw: &Flaw) -> ServerError {
    let message = format!("the registered document cannot be answered: {}", flaw.message);
    document::error("REGISTERED_DOCUMENT_INVALID", message, flaw.at)
}

pub(super) fn not_among_the_registered() -> ServerError {
    document::error("QUERY_NOT_IN_SAFELIST", "this server answers registered documents only", None)
}
