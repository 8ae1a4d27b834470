//! Sections: the sections that a newsroom sorts its articles into.

use sea_orm::entity::prelude::*;

/// A row of `section`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "section")]
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
    /// Order in menus, ascending.
    pub position: i32,
    /// The section above.
    pub parent_id: Option<i64>,
    /// Left out of menus and rankings.
    pub hidden: bool,
}

impl ActiveModelBehavior for ActiveModel {}
