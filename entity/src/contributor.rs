//! Contributors: people who made an article.

use sea_orm::entity::prelude::*;

/// A row of `contributor`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contributor")]
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
    /// Identifier in the source's own system.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: Option<String>,
    /// Who they are, in a few sentences.
    #[sea_orm(column_type = "Text")]
    pub biography: Option<String>,
    /// Their pages elsewhere: a list of addresses in JSON.
    #[sea_orm(column_type = "Text")]
    pub links: Option<String>,
    /// Their portrait.
    pub image_id: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
