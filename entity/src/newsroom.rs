//! The newsroom: what it says of itself, in one row.

use sea_orm::{QuerySelect as _, entity::prelude::*};

/// The row of `newsroom`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "newsroom")]
pub struct Model {
    /// Key: always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// BCP 47 tag of articles that name no language.
    #[sea_orm(column_type = "Text")]
    pub language: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The key of the row.
    pub const ID: i64 = 1;

    /// The language of articles that name none.
    pub async fn language<C: ConnectionTrait>(db: &C) -> Result<Option<String>, DbErr> {
        let language = Self::find_by_id(Self::ID).select_only().column(Column::Language);
        Ok(language.into_tuple::<Option<String>>().one(db).await?.flatten())
    }
}
