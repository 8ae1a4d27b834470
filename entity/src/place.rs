//! Places: cities and other places that news comes from or is about.

use sea_orm::entity::prelude::*;

/// A row of `place`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "place")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Readable key, unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// Name as readers see it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name as names are told apart by; none until an import has looked at it.
    #[sea_orm(column_type = "Text")]
    pub name_key: Option<String>,
    /// What no other has that was made for its name alone.
    #[sea_orm(unique, column_type = "Text")]
    pub name_claim: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[sea_orm(column_type = "Text")]
    pub country_code: Option<String>,
    /// IANA name of the zone.
    #[sea_orm(column_type = "Text")]
    pub time_zone: Option<String>,
    /// Degrees north, WGS 84.
    pub latitude: Option<f64>,
    /// Degrees east, WGS 84.
    pub longitude: Option<f64>,
    /// Identifier in a gazetteer.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
