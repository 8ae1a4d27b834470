//! Related articles that were computed.

use sea_orm::entity::prelude::*;

/// What makes an article a related one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum RelationReason {
    /// Rare topics that both have.
    Topics,
    /// Their texts.
    Text,
}

/// A row of `article_relation`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_relation")]
pub struct Model {
    /// The article whose page shows them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The related article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub related_id: i64,
    /// How close it is, from 0 to 1.
    pub score: f64,
    /// What made it so.
    pub reason: RelationReason,
}

impl ActiveModelBehavior for ActiveModel {}
