//! Rankings: the most-read lists that were computed last.

use sea_orm::entity::prelude::*;

/// The spans of time that reads are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Window {
    /// The last 3 hours, or what the settings say; so with the others.
    Now,
    /// The last 24 hours.
    Today,
    /// The last 7 times 24 hours.
    ThisWeek,
}

impl Window {
    /// Every window, shortest first.
    pub const ALL: [Self; 3] = [Self::Now, Self::Today, Self::ThisWeek];
}

/// A row of `ranking`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ranking")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Span of time that reads were counted in.
    pub window: Window,
    /// The section; null is the whole newsroom.
    pub section_id: Option<i64>,
    /// Start of the window, inclusive.
    pub window_start: DateTimeUtc,
    /// End of the window, exclusive.
    pub window_end: DateTimeUtc,
    /// When it was computed.
    pub computed_at: DateTimeUtc,
    /// How, in words.
    #[sea_orm(column_type = "Text")]
    pub formula: String,
}

impl ActiveModelBehavior for ActiveModel {}
