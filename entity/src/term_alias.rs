//! What else finds a term: names that it had before or that were merged into it, and identifiers of those.

use sea_orm::entity::prelude::*;

use crate::term_status::TermKind;

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum KeyType {
    /// A name as names are told apart by.
    Name,
    /// An identifier in a gazetteer or of a source's own.
    Uri,
}

/// A row of `term_alias`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "term_alias")]
pub struct Model {
    /// What the term is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TermKind,
    /// What the key is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_type: KeyType,
    /// The name or identifier.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// The term, in the table of its kind.
    pub term_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
