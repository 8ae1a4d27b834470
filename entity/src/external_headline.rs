//! External headlines: headlines of other outlets.

use sea_orm::entity::prelude::*;

/// The boxes that show headlines of other outlets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Placement {
    /// What others report.
    InOtherMedia,
    /// News of partners.
    PartnerNews,
}

/// A row of `external_headline`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "external_headline")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The box that shows it.
    pub placement: Placement,
    /// Order in the box.
    pub position: i32,
    /// Headline.
    #[sea_orm(column_type = "Text")]
    pub headline: String,
    /// Where the article is.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// Name of the outlet.
    #[sea_orm(column_type = "Text")]
    pub source_name: String,
    /// Summary.
    #[sea_orm(column_type = "Text")]
    pub standfirst: Option<String>,
    /// When the outlet published it.
    pub published_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
