//! The gate: the one place that reads `Authorization`, and finds who a request comes from.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use entity::api_token;
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE},
};
use moka::sync::Cache;
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _},
};

use super::{JwtSettings, Scope, Scopes, Viewer, jwt::Provider, token};
use crate::http::{
    client::Client,
    graphql::{Refusal, refusal},
    limiter::{self, Limiter, Refused},
};

/// How long what was found is known; so long a token that is revoked can still be used.
const KNOWN: Duration = Duration::from_secs(5);
/// How long looking up may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Credentials that are known at a time.
const MOST_KNOWN: u64 = 10_000;
/// A token is noted as used once in this time.
const USED: TimeDelta = TimeDelta::minutes(1);

/// Finds out who a request comes from.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    db: DatabaseConnection,
    provider: Option<Provider>,
    /// Looking up costs whoever asks for it, so that nobody can try one secret after the other.
    limiter: Option<Limiter>,
    /// By the hash of the credential, so that memory holds none that could be used.
    known: Cache<String, Option<Known>>,
    /// Tokens whose use has been noted.
    used: Cache<i64, ()>,
}

/// A credential that is right.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) viewer: Viewer,
    /// The row of an API token.
    pub(super) token: Option<i64>,
    pub(super) expires_at: Option<DateTimeUtc>,
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The credential is wrong.
    Wrong(&'static str),
    /// It cannot be checked right now.
    Unavailable,
    /// The client has tried too many.
    Limited(Refused),
}

impl Gate {
    /// A gate that knows the tokens in `db`, and those of an identity provider where there is one.
    pub fn new(db: DatabaseConnection, jwt: Option<JwtSettings>, limiter: Option<Limiter>) -> Self {
        let known = Cache::builder().max_capacity(MOST_KNOWN).time_to_live(KNOWN).build();
        let used = Cache::builder().max_capacity(MOST_KNOWN).time_to_live(USED.to_std().unwrap_or(KNOWN)).build();
        Self(Arc::new(Inner { db, provider: jwt.map(Provider::new), limiter, known, used }))
    }

    async fn viewer(&self, request: &http::request::Parts) -> Result<Viewer, Denied> {
        let Some(credential) = credential(&request.headers)? else { return Ok(Viewer::public()) };
        let inner = &*self.0;
        let hash = token::hash(credential);
        let known = match inner.known.get(&hash) {
            Some(known) => known,
            None => {
                if let Some(limiter) = &inner.limiter {
                    let client = Client::of(&request.extensions, &request.headers);
                    let key = limiter::Key::Network(client.network());
                    limiter.admit(&key, limiter::CREDENTIAL).map_err(Denied::Limited)?;
                }
                // A database that stands still gives no answer at all.
                let found = tokio::time::timeout(PATIENCE, inner.look_up(credential, &hash)).await;
                let found = found.map_err(|_| Denied::Unavailable)??;
                inner.known.insert(hash, found.clone());
                found
            }
        };
        let now = crate::now();
        let known = known.filter(|known| known.expires_at.is_none_or(|expires| now < expires));
        let known = known.ok_or(Denied::Wrong("the token is unknown, expired or revoked"))?;
        if let Some(id) = known.token {
            inner.note_use(id, now);
        }
        Ok(known.viewer)
    }
}

impl Inner {
    async fn look_up(&self, credential: &str, hash: &str) -> Result<Option<Known>, Denied> {
        if !credential.starts_with(token::MARK) {
            return match &self.provider {
                Some(provider) => provider.check(credential).await,
                None => Ok(None),
            };
        }
        if !token::is_token(credential) {
            return Ok(None);
        }
        let found =
            api_token::Entity::active(crate::now()).filter(api_token::Column::Hash.eq(hash)).one(&self.db).await;
        let found = found.map_err(|cause| {
            tracing::warn!(%cause, "a token could not be looked up");
            Denied::Unavailable
        })?;
        Ok(found.map(|token| Known {
            viewer: Viewer::holder(
                token.name,
                Scopes::named(&token.scopes),
                token.sources.map(|sources| sources.0).unwrap_or_default(),
            ),
            token: Some(token.id),
            expires_at: token.expires_at,
        }))
    }

    /// Notes in the background that a token is used; several servers may do so at once.
    fn note_use(&self, id: i64, now: DateTimeUtc) {
        use api_token::Column as T;
        if !self.used.entry(id).or_insert(()).is_fresh() {
            return;
        }
        let db = self.db.clone();
        tokio::spawn(async move {
            let noted = api_token::Entity::update_many()
                .col_expr(T::LastUsedAt, Expr::value(now))
                .filter(T::Id.eq(id))
                .filter(T::LastUsedAt.is_null().or(T::LastUsedAt.lt(now - USED)))
                .exec(&db)
                .await;
            let _: Result<_, DbErr> =
                noted.inspect_err(|cause| tracing::debug!(%cause, "the use of a token could not be noted"));
        });
    }
}

/// What `Authorization: Bearer` holds. Schemes that proxies ask for are left to them.
fn credential(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
    const FORM: Denied = Denied::Wrong("write `Authorization: Bearer TOKEN`, once");
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        (Some(line), None) => line.to_str().map_err(|_| FORM)?,
        (Some(_), Some(_)) => return Err(FORM),
    };
    let (scheme, credential) = line.split_once(' ').ok_or(FORM)?;
    if ["basic", "digest", "negotiate"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Ok(None);
    }
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(credential.trim())) } else { Err(FORM) }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wrong(why) => challenge(why, "Bearer realm=\"newsgraph\", error=\"invalid_token\""),
            Denied::Unavailable => {
                let message = "the token cannot be checked right now; try again in a moment";
                refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
                    .with(RETRY_AFTER, HeaderValue::from_static("2"))
            }
            Denied::Limited(refused) => refused.into(),
        }
    }
}

fn challenge(message: &str, challenge: &'static str) -> Refusal {
    refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
        .with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// The answer to someone who must say who they are.
pub(crate) fn unauthenticated(message: &str) -> Refusal {
    challenge(message, "Bearer realm=\"newsgraph\"")
}

/// The answer to someone whose token does not allow what they ask for.
pub(crate) fn forbidden(scope: Scope) -> Refusal {
    let name = scope.name();
    let demand = format!("Bearer realm=\"newsgraph\", error=\"insufficient_scope\", scope=\"{name}\"");
    let demand = HeaderValue::from_str(&demand).expect("names of scopes are letters and colons");
    refusal(StatusCode::FORBIDDEN, "FORBIDDEN", &format!("the token lacks the scope `{name}`"))
        .with(WWW_AUTHENTICATE, demand)
}

/// The layer that gives each request its [`Viewer`], or turns it away. What a holder of a token is answered is never for a shared cache, unless
/// the token only says who asks.
pub async fn identify(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let viewer = match gate.viewer(&parts).await {
        Ok(viewer) => viewer,
        Err(denied) => return Refusal::from(denied).into_response(),
    };
    let is_public = viewer.sees_what_everybody_does();
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(viewer);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("authorization"));
    if !is_public {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_stands_once_behind_its_scheme_and_others_are_left_alone() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, HeaderValue::from_static(line));
            }
            credential(&headers).map(|found| found.map(ToOwned::to_owned)).map_err(|_| ())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer ng_x"]), Ok(Some("ng_x".to_owned())));
        assert_eq!(read(&["bearer  ng_x "]), Ok(Some("ng_x".to_owned())));
        assert_eq!(read(&["Basic dXNlcjpwYXNz"]), Ok(None));
        assert_eq!(read(&["ng_x"]), Err(()));
        assert_eq!(read(&["Token ng_x"]), Err(()));
        assert_eq!(read(&["Bearer ng_x", "Bearer ng_y"]), Err(()));
    }
}
