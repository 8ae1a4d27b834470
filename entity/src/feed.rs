//! Feeds: addresses that news is fetched from by itself, and how the last visits went.

use std::collections::BTreeMap;

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// How the news of a feed is filed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// Sections of the newsroom by the feed's own sections and categories.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<String, String>,
    /// Topics of the newsroom, by name or code, by the feed's own categories.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, String>,
    /// Topics of all its news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub always: Vec<String>,
}

/// A row of `feed`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feed")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name by which it is known, unique.
    #[sea_orm(unique, column_type = "Text")]
    pub name: String,
    /// Its address.
    #[sea_orm(unique, column_type = "Text")]
    pub url: String,
    /// Name of its format; told by content otherwise.
    #[sea_orm(column_type = "Text")]
    pub format: Option<String>,
    /// Section of its news that has none.
    #[sea_orm(column_type = "Text")]
    pub section: Option<String>,
    /// How its news is filed.
    #[sea_orm(column_type = "JsonBinary")]
    pub mapping: Mapping,
    /// BCP 47 tag of news that names no language.
    #[sea_orm(column_type = "Text")]
    pub language: Option<String>,
    /// IANA name of the zone of times that name none.
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    /// Time between visits; the feed's own pace otherwise.
    pub every_seconds: Option<i64>,
    /// Whether its address may be on a private network.
    pub allow_private: bool,
    /// Not visited.
    pub paused: bool,
    /// Validator of the copy that was read last.
    #[sea_orm(column_type = "Text")]
    pub etag: Option<String>,
    /// Date of the copy that was read last.
    #[sea_orm(column_type = "Text")]
    pub last_modified: Option<String>,
    /// When it is visited next.
    pub next_visit_at: DateTimeUtc,
    /// Until when a visitor has it for itself.
    pub claimed_until: Option<DateTimeUtc>,
    /// When it was visited last.
    pub last_visit_at: Option<DateTimeUtc>,
    /// When a visit succeeded last.
    pub last_success_at: Option<DateTimeUtc>,
    /// What the last visit that succeeded brought.
    #[sea_orm(column_type = "Text")]
    pub last_outcome: Option<String>,
    /// Why the last visit failed; null when it did not.
    #[sea_orm(column_type = "Text")]
    pub last_error: Option<String>,
    /// Visits that failed since one succeeded.
    pub failures: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The feeds that are to be visited at `now` and that nobody visits, the one that has waited longest first.
    pub fn due(now: DateTimeUtc) -> Select<Self> {
        use sea_orm::{QueryOrder as _, sea_query::ExprTrait as _};
        Self::find()
            .filter(Column::Paused.eq(false))
            .filter(Column::NextVisitAt.lte(now))
            .filter(Column::ClaimedUntil.is_null().or(Column::ClaimedUntil.lte(now)))
            .order_by_asc(Column::NextVisitAt)
            .order_by_asc(Column::Id)
    }
}
