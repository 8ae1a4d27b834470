//! Topics: what articles are about: a tree of concepts.

use sea_orm::entity::prelude::*;

/// A row of `topic`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "topic")]
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
    /// Code in a controlled vocabulary, such as `medtop:20000639`.
    #[sea_orm(unique, column_type = "Text")]
    pub qcode: Option<String>,
    /// The concept above.
    pub broader_id: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
