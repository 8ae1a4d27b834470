//! Feeds that news is fetched from by itself: `newsgraph source` sets them up, and `serve` visits them.

mod filing;
mod status;
mod visit;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::feed;
use importer::{Format, text::name_key};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use crate::fetch::check_host;

pub(crate) use self::status::SourceFeedQuery;
pub use self::visit::{Visit, visit, visit_and_report};

/// How often it is looked whether a feed is to be visited.
const LOOK: Duration = Duration::from_secs(5);
/// Feeds that are visited at the same time.
const AT_ONCE: usize = 4;

/// A feed as it is set up.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Name by which it is known.
    pub name: String,
    /// Its address.
    pub url: Url,
    /// Its format; told by content otherwise.
    pub format: Option<Format>,
    /// Section of its news that has none.
    pub section: Option<String>,
    /// How its news is filed.
    pub mapping: feed::Mapping,
    /// BCP 47 tag of news that names no language.
    pub language: Option<String>,
    /// The zone of times that name none.
    pub time_zone: importer::time::Zone,
    /// Time between visits; the feed's own pace otherwise.
    pub every: Option<TimeDelta>,
    /// Whether its address may be on a private network.
    pub allow_private: bool,
}

/// Why a feed is not set up or taken away.
#[derive(Debug)]
pub enum Refused {
    /// Another feed has the name or the address.
    Taken,
    /// Its format is none of news that comes from others.
    Format(Format),
    /// The feed of this name has the address, or the name, already.
    TakenBy(String),
    /// The address cannot be fetched, and why.
    Address(String),
    /// No feed has the name.
    Unknown(String),
    /// The database failed.
    Failed(DbErr),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken => {
                formatter.write_str("a source has this name or this address already; see `newsgraph source list`")
            }
            Self::Format(format) => {
                write!(formatter, "`{format}` is no format of feeds; import it with `newsgraph import`")
            }
            Self::TakenBy(name) => write!(
                formatter,
                "the source `{name}` has this name or this address already; change it with `newsgraph source update \"{name}\"` and the \
                 options of `source add`"
            ),
            Self::Address(why) => formatter.write_str(why),
            Self::Unknown(name) => write!(formatter, "no source has the name `{name}`; see `newsgraph source list`"),
            Self::Failed(error) => write!(formatter, "the database cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ => Self::Failed(error),
        }
    }
}

/// Sets a feed up; it is visited at once.
pub async fn add(db: &DatabaseConnection, draft: Draft, now: DateTime<Utc>) -> Result<feed::Model, Refused> {
    if let Some(format) = draft.format.filter(|format| !format.may_come_from_feeds()) {
        return Err(Refused::Format(format));
    }
    check_host(&draft.url, draft.allow_private).map_err(Refused::Address)?;
    // Their news would be credited to one source.
    let key = name_key(&draft.name);
    let is_there = |other: &feed::Model| name_key(&other.name) == key || other.url == draft.url.as_str();
    if let Some(there) = list(db).await?.into_iter().find(is_there) {
        return Err(Refused::TakenBy(there.name));
    }
    let row = feed::ActiveModel {
        id: NotSet,
        name: Set(draft.name),
        url: Set(draft.url.into()),
        format: Set(draft.format.map(|format| format.name().to_owned())),
        section: Set(draft.section),
        mapping: Set(draft.mapping),
        language: Set(draft.language),
        time_zone: Set(draft.time_zone.name().to_owned()),
        every_seconds: Set(draft.every.map(|every| every.num_seconds())),
        allow_private: Set(draft.allow_private),
        paused: Set(false),
        etag: Set(None),
        last_modified: Set(None),
        next_visit_at: Set(now),
        claimed_until: Set(None),
        last_visit_at: Set(None),
        last_success_at: Set(None),
        last_outcome: Set(None),
        last_error: Set(None),
        failures: Set(0),
    };
    Ok(row.insert(db).await?)
}

/// What is to be changed of a feed; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another address.
    pub url: Option<Url>,
    /// Its format; none when it is to be told by content.
    pub format: Option<Option<Format>>,
    /// Section of its news that has none; none when it is to be the usual one.
    pub section: Option<Option<String>>,
    /// How its news is filed.
    pub mapping: Option<feed::Mapping>,
    /// BCP 47 tag of news that names no language; none when it is to be the newsroom's.
    pub language: Option<Option<String>>,
    /// The zone of times that name none.
    pub time_zone: Option<importer::time::Zone>,
    /// Time between visits; none when it is to be the feed's own pace.
    pub every: Option<Option<TimeDelta>>,
    /// Whether its address may be on a private network.
    pub allow_private: Option<bool>,
    /// Whether it is left alone.
    pub paused: Option<bool>,
}

/// Changes how a feed is set up; its name stays, because its news belongs to it by that. It is visited at once, and read as if it had never been: what is filed otherwise now is updated.
pub async fn update(
    db: &DatabaseConnection,
    name: &str,
    change: Change,
    now: DateTime<Utc>,
) -> Result<feed::Model, Refused> {
    if let Some(format) = change.format.flatten().filter(|format| !format.may_come_from_feeds()) {
        return Err(Refused::Format(format));
    }
    let feed = find(db, name).await?;
    let url = match change.url {
        Some(url) => url,
        None => feed.url.parse().map_err(|error| Refused::Address(format!("`{}` is no address: {error}", feed.url)))?,
    };
    let allow_private = change.allow_private.unwrap_or(feed.allow_private);
    check_host(&url, allow_private).map_err(Refused::Address)?;
    let others = feed::Entity::find().filter(feed::Column::Url.eq(url.as_str())).filter(feed::Column::Id.ne(feed.id));
    if let Some(other) = others.one(db).await? {
        return Err(Refused::TakenBy(other.name));
    }
    let id = feed.id;
    let every = |every: TimeDelta| every.num_seconds();
    // What a visit that goes on right now writes is left to it.
    let row = feed::ActiveModel {
        id: Set(id),
        url: Set(url.into()),
        format: Set(match change.format {
            Some(format) => format.map(|format| format.name().to_owned()),
            None => feed.format,
        }),
        section: Set(change.section.unwrap_or(feed.section)),
        mapping: Set(change.mapping.unwrap_or(feed.mapping)),
        language: Set(change.language.unwrap_or(feed.language)),
        time_zone: Set(change.time_zone.map_or(feed.time_zone, |zone| zone.name().to_owned())),
        every_seconds: Set(change.every.map_or(feed.every_seconds, |time| time.map(every))),
        allow_private: Set(allow_private),
        paused: Set(change.paused.unwrap_or(feed.paused)),
        etag: Set(None),
        last_modified: Set(None),
        next_visit_at: Set(now),
        last_error: Set(None),
        failures: Set(0),
        ..Default::default()
    };
    Ok(row.update(db).await?)
}

/// Takes a feed away; its news stays.
pub async fn remove(db: &DatabaseConnection, name: &str) -> Result<(), Refused> {
    let removed = feed::Entity::delete_many().filter(feed::Column::Name.eq(name)).exec(db).await?;
    if removed.rows_affected == 0 { Err(Refused::Unknown(name.to_owned())) } else { Ok(()) }
}

/// Every feed, by name.
pub async fn list(db: &DatabaseConnection) -> Result<Vec<feed::Model>, DbErr> {
    feed::Entity::find().order_by_asc(feed::Column::Name).all(db).await
}

/// The feed that has a name.
pub async fn find(db: &DatabaseConnection, name: &str) -> Result<feed::Model, Refused> {
    let found = feed::Entity::find().filter(feed::Column::Name.eq(name)).one(db).await?;
    found.ok_or_else(|| Refused::Unknown(name.to_owned()))
}

/// The feeds as a table for people, or as JSON for programs.
pub fn table(feeds: &[feed::Model], json: bool) -> String {
    use std::fmt::Write as _;
    if json {
        let feeds: Vec<_> = feeds.iter().map(as_json).collect();
        return format!("{:#}\n", serde_json::Value::from(feeds));
    }
    let time = |time: Option<DateTime<Utc>>| {
        time.map_or("never".to_owned(), |time| time.format("%Y-%m-%d %H:%M:%SZ").to_string())
    };
    let mut table = String::new();
    for feed in feeds {
        let _ = writeln!(table, "{}  {}", feed.name, feed.url);
        let _ = writeln!(table, "  visited {}, last success {}", time(feed.last_visit_at), time(feed.last_success_at));
        if let Some(outcome) = &feed.last_outcome {
            let _ = writeln!(table, "  brought {outcome}");
        }
        match &feed.last_error {
            Some(error) => {
                let _ = writeln!(table, "  failed {} times in a row: {error}", feed.failures);
            }
            None if feed.last_visit_at.is_some() => table.push_str("  in order\n"),
            None => {}
        }
        let next =
            if feed.paused { "paused".to_owned() } else { format!("next visit {}", time(Some(feed.next_visit_at))) };
        let _ = writeln!(table, "  {next}");
    }
    table
}

fn as_json(feed: &feed::Model) -> serde_json::Value {
    serde_json::json!({
        "name": feed.name, "url": feed.url, "format": feed.format, "section": feed.section, "mapping": feed.mapping,
        "language": feed.language, "timeZone": feed.time_zone, "everySeconds": feed.every_seconds,
        "allowPrivate": feed.allow_private, "paused": feed.paused, "nextVisitAt": feed.next_visit_at,
        "lastVisitAt": feed.last_visit_at, "lastSuccessAt": feed.last_success_at, "lastOutcome": feed.last_outcome,
        "lastError": feed.last_error, "failures": feed.failures,
    })
}

/// Visits feeds in the background as they become due. Several servers may do so on one database: each visit is claimed first.
/// `language` is that of news that names none, where the feed has no other; the newsroom's own settings say it otherwise.
pub fn spawn(db: &DatabaseConnection, language: Option<String>) -> JoinHandle<()> {
    let db = db.clone();
    tokio::spawn(async move {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(cause) = visit_due(&db, language.as_deref()).await {
                crate::watch::metrics().job_failed("feeds");
                tracing::warn!(%cause, "feeds were not visited; they are tried again");
            }
        }
    })
}

/// Visits every feed that is due.
pub async fn visit_due(db: &DatabaseConnection, language: Option<&str>) -> Result<(), DbErr> {
    loop {
        let due = feed::Entity::due(crate::now()).limit(AT_ONCE as u64).all(db).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut visits = JoinSet::new();
        for feed in due {
            let (db, language) = (db.clone(), language.map(ToOwned::to_owned));
            visits.spawn(async move { visit(&db, feed, language.as_deref()).await });
        }
        while let Some(visited) = visits.join_next().await {
            visited.map_err(|error| DbErr::Custom(error.to_string()))??;
        }
    }
}
