//! Articles whose terms of a kind are filed anew by the names that they give, as soon as they come again.

use sea_orm::entity::prelude::*;

use crate::term_status::TermKind;

/// A row of `article_terms_due`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_terms_due")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// What kind of its terms.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TermKind,
}

impl ActiveModelBehavior for ActiveModel {}
