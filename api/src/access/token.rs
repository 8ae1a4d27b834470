//! API tokens: made, listed, rotated and revoked on the command line. Only their hashes are kept.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    api_token::{self, Sources},
    transaction::writing,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    TransactionTrait as _,
    sea_query::{Expr, ExprTrait as _},
};
use sha2::{Digest as _, Sha256};

use super::{Scope, Scopes};

/// What every token begins with, so that people and secret scanners know one when they see it.
pub const MARK: &str = "ng_";
/// Characters of a token in front of which it may be shown: `ng_` and 8 of 43.
const SHOWN: usize = 11;

/// The secret of a token: 256 random bits. It has no `Debug`, so that it cannot slip into a log.
pub struct Secret(String);

impl Secret {
    fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// For the one who asked for the token, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of a secret in hexadecimal digits. Slow hashes make guessing passwords costly; 256 random bits cannot be guessed.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Whether a text has the form of a token.
pub(super) fn is_token(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_prefix(MARK).is_some_and(|digits| digits.len() == 43 && digits.bytes().all(is_digit))
}

/// Why a token is not made or changed.
#[derive(Debug)]
pub enum Refused {
    /// A token that can be used has the name.
    Taken(String),
    /// No token that can be used has the name.
    Unknown(String),
    /// It is no name.
    NoName,
    /// It is bound to sources, and may change everything or import nothing.
    Unbound,
    /// The system has no random numbers.
    NoRandomness(getrandom::Error),
    /// The database failed.
    Failed(DbErr),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken(name) => {
                write!(formatter, "a token has the name `{name}` already; rotate it, or take another name")
            }
            Self::Unknown(name) => {
                write!(formatter, "no token that can be used has the name `{name}`; see `newsgraph token list`")
            }
            Self::NoName => formatter.write_str("write a name of 1 to 100 characters, such as `cms`"),
            Self::Unbound => formatter.write_str(
                "a token that is bound to sources needs the scope `ingest`, and neither `write:articles` nor `admin`: they may change the \
                 news of every source",
            ),
            Self::NoRandomness(error) => write!(formatter, "the system has no random numbers: {error}"),
            Self::Failed(error) => write!(formatter, "the database cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

impl From<getrandom::Error> for Refused {
    fn from(error: getrandom::Error) -> Self {
        Self::NoRandomness(error)
    }
}

type Row = api_token::Model;

fn row(
    name: &str,
    secret: &Secret,
    scopes: String,
    sources: Option<Sources>,
    now: DateTime<Utc>,
    lifetime: Option<TimeDelta>,
) -> api_token::ActiveModel {
    api_token::ActiveModel {
        id: NotSet,
        name: Set(name.to_owned()),
        prefix: Set(secret.0[..SHOWN].to_owned()),
        hash: Set(hash(&secret.0)),
        scopes: Set(scopes),
        created_at: Set(now),
        expires_at: Set(lifetime.map(|lifetime| now + lifetime)),
        last_used_at: Set(None),
        revoked_at: Set(None),
        sources: Set(sources),
    }
}

/// Makes a token.
pub async fn create(
    db: &DatabaseConnection,
    name: &str,
    scopes: &Scopes,
    lifetime: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<Secret, Refused> {
    create_bound(db, name, scopes, &[], lifetime, now).await
}

/// Makes a token that is bound to sources: it imports in their names alone. Without any it is bound to none.
pub async fn create_bound(
    db: &DatabaseConnection,
    name: &str,
    scopes: &Scopes,
    sources: &[String],
    lifetime: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<Secret, Refused> {
    let is_name = |name: &str| {
        name.trim() == name && (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control)
    };
    if !is_name(name) || !sources.iter().all(|source| is_name(source)) {
        return Err(Refused::NoName);
    }
    if !sources.is_empty() && (scopes.allow(Scope::WriteArticles) || !scopes.allow(Scope::Ingest)) {
        return Err(Refused::Unbound);
    }
    let sources = (!sources.is_empty()).then(|| Sources(sources.to_vec()));
    let secret = Secret::random()?;
    let transaction = db.begin_with_options(writing()).await?;
    if !active(&transaction, name, now).await?.is_empty() {
        return Err(Refused::Taken(name.to_owned()));
    }
    api_token::Entity::insert(row(name, &secret, scopes.to_string(), sources, now, lifetime))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(secret)
}

/// Gives a token another secret, with the same scopes and sources. The secret before can be used for the time of `overlap`. Without a new `lifetime` it has
/// the one that it had.
pub async fn rotate(
    db: &DatabaseConnection,
    name: &str,
    lifetime: Option<TimeDelta>,
    overlap: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Secret, Refused> {
    use api_token::Column as T;
    let secret = Secret::random()?;
    let transaction = db.begin_with_options(writing()).await?;
    let before = active(&transaction, name, now).await?;
    let Some(newest) = before.last() else { return Err(Refused::Unknown(name.to_owned())) };
    let lifetime = lifetime.or(newest.expires_at.map(|expires| expires - newest.created_at));
    let until = now + overlap;
    // One that ends earlier anyway keeps its end.
    api_token::Entity::update_many()
        .col_expr(T::ExpiresAt, Expr::value(until))
        .filter(T::Id.is_in(before.iter().map(|token| token.id)))
        .filter(T::ExpiresAt.is_null().or(T::ExpiresAt.gt(until)))
        .exec(&transaction)
        .await?;
    api_token::Entity::insert(row(name, &secret, newest.scopes.clone(), newest.sources.clone(), now, lifetime))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(secret)
}

/// Takes a token's right to do anything, with all secrets that it has.
pub async fn revoke(db: &DatabaseConnection, name: &str, now: DateTime<Utc>) -> Result<(), Refused> {
    use api_token::Column as T;
    let revoked = api_token::Entity::update_many()
        .col_expr(T::RevokedAt, Expr::value(now))
        .filter(T::Name.eq(name))
        .filter(T::RevokedAt.is_null())
        .exec(db)
        .await?;
    if revoked.rows_affected == 0 { Err(Refused::Unknown(name.to_owned())) } else { Ok(()) }
}

/// Every token, by name, the oldest secret first.
pub async fn list(db: &DatabaseConnection) -> Result<Vec<Row>, DbErr> {
    api_token::Entity::find().order_by_asc(api_token::Column::Name).order_by_asc(api_token::Column::Id).all(db).await
}

async fn active(db: &impl sea_orm::ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<Vec<Row>, DbErr> {
    let named = api_token::Entity::active(now).filter(api_token::Column::Name.eq(name));
    named.order_by_asc(api_token::Column::Id).all(db).await
}

/// The tokens as a table for people, or as JSON for programs.
pub fn table(tokens: &[Row], now: DateTime<Utc>, json: bool) -> String {
    if json {
        let tokens: Vec<_> = tokens.iter().map(|token| as_json(token, now)).collect();
        return format!("{:#}\n", serde_json::Value::from(tokens));
    }
    let time = |time: Option<DateTime<Utc>>| {
        time.map_or("never".to_owned(), |time| time.format("%Y-%m-%d %H:%M:%SZ").to_string())
    };
    let mut table = String::new();
    for token in tokens {
        let _ = writeln!(table, "{}  {}…  {}", token.name, token.prefix, token.scopes);
        if let Some(Sources(sources)) = &token.sources {
            let _ = writeln!(table, "  bound to {}", sources.join(", "));
        }
        let _ = writeln!(
            table,
            "  {}, made {}, used {}, expires {}",
            state(token, now),
            time(Some(token.created_at)),
            time(token.last_used_at),
            time(token.expires_at)
        );
    }
    table
}

fn state(token: &Row, now: DateTime<Utc>) -> &'static str {
    match token {
        Row { revoked_at: Some(_), .. } => "revoked",
        token if token.is_active(now) => "active",
        _ => "expired",
    }
}

fn as_json(token: &Row, now: DateTime<Utc>) -> serde_json::Value {
    serde_json::json!({
        "name": token.name, "prefix": token.prefix, "scopes": token.scopes.split(' ').collect::<Vec<_>>(),
        "state": state(token, now), "createdAt": token.created_at, "expiresAt": token.expires_at,
        "lastUsedAt": token.last_used_at, "revokedAt": token.revoked_at,
        "sources": token.sources.as_ref().map(|sources| &sources.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_form_and_its_beginning_tells_nothing_of_the_rest() {
        let secret = Secret::random().expect("the system has random numbers");
        assert!(is_token(secret.reveal()), "{}", secret.reveal());
        assert_ne!(secret.reveal(), Secret::random().expect("random numbers").reveal());
        // 43 digits of 64 each hold 256 bits; 35 of them stay secret.
        assert_eq!(secret.reveal().len() - SHOWN, 35);
        for other in ["", "ng_", "ng_short", &secret.reveal()[1..], &format!("{}x", secret.reveal()), &"é".repeat(23)]
        {
            assert!(!is_token(other), "{other}");
        }
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_secret() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
