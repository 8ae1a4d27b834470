//! API tokens: who may do more than the public. The secrets themselves are not kept.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// Names of sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Sources(pub Vec<String>);

/// A row of `api_token`: one secret. A token that was rotated has several under its name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name by which it is known.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// How its secret begins, to recognise it by.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// SHA-256 of its secret, in hexadecimal digits.
    #[sea_orm(unique, column_type = "Text")]
    pub hash: String,
    /// What it allows: names of scopes with spaces between them.
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it can be used.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// The sources that it is bound to: it imports their items alone. Null when it is bound to none.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub sources: Option<Sources>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it can be used at `now`.
    pub fn is_active(&self, now: DateTimeUtc) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires| now < expires)
    }
}

impl Entity {
    /// The tokens that can be used at `now`.
    pub fn active(now: DateTimeUtc) -> Select<Self> {
        use sea_orm::sea_query::ExprTrait as _;
        Self::find()
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
    }
}
