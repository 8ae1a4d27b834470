//! Counts of articles by the values that filters take. Triggers of the database keep them; on PostgreSQL a value has several rows, whose sum
//! is its count.

use sea_orm::entity::prelude::*;

/// A row of `facet_count`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "facet_count")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is counted by: `section`, `topic`, `genre` …
    #[sea_orm(column_type = "Text")]
    pub facet: String,
    /// Key of the section, topic …, or a number; 0 when the value is a text.
    pub value_id: i64,
    /// A value that is a text, such as a language.
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// How many articles have it, or how many more.
    pub articles: i64,
}

impl ActiveModelBehavior for ActiveModel {}
