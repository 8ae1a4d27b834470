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
    /// Order in menus, ascending.
    pub position: i32,
    /// The section above.
    pub parent_id: Option<i64>,
    /// Left out of menus and rankings.
    pub hidden: bool,
}

impl ActiveModelBehavior for ActiveModel {}
