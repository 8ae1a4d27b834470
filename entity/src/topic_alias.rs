//! Topic aliases: codes of retired concepts, and the topics that replace them.

use sea_orm::entity::prelude::*;

/// A row of `topic_alias`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "topic_alias")]
pub struct Model {
    /// Code of the retired concept, such as `medtop:20000030`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub qcode: String,
    /// The topic that replaces it.
    pub topic_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
