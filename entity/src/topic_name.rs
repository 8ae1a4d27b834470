//! Names of topics in several languages.

use sea_orm::entity::prelude::*;

/// A row of `topic_name`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "topic_name")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The topic.
    pub topic_id: i64,
    /// BCP 47; each language of a topic has one name.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Name as readers of the language see it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}
