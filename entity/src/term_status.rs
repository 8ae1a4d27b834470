//! Terms that need not be public: sections, topics, places, sources and contributors that an item brought which the public may not see.
//!
//! A term without a row here is public. The database makes rows by triggers (`migration/src/terms`).

use std::collections::BTreeSet;

use sea_orm::{
    ActiveValue::Set,
    Condition, Iterable as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::*,
    sea_query::{Alias, Expr, ExprTrait as _, OnConflict, SelectStatement, SimpleExpr},
};

use crate::{article, gallery, visibility::Sight};

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TermKind {
    /// A row of `section`.
    Section,
    /// A row of `topic`.
    Topic,
    /// A row of `place`.
    Place,
    /// A row of `source`.
    Source,
    /// A row of `contributor`.
    Contributor,
}

/// Why a term may be public or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TermStatus {
    /// An editor made it, or it is of a vocabulary: public.
    Listed,
    /// Public while an item that the public may see has it.
    Doubtful,
}

/// A row of `term_status`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "term_status")]
pub struct Model {
    /// What it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TermKind,
    /// Its key in the table of its kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term_id: i64,
    /// Why it may be public or not.
    pub status: TermStatus,
}

impl ActiveModelBehavior for ActiveModel {}

impl TermKind {
    /// What one is called, also its table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Topic => "topic",
            Self::Place => "place",
            Self::Source => "source",
            Self::Contributor => "contributor",
        }
    }

    /// Whether `sight` reaches the term with the key `id`, an expression of the statement that this stands in.
    pub fn is_seen_by(self, id: impl Into<SimpleExpr>, sight: Sight) -> SimpleExpr {
        match sight {
            Sight::Public(_) => Expr::exists(self.hidden(id.into(), sight)).not(),
            Sight::Drafts | Sight::All => Expr::val(1).eq(1),
        }
    }

    /// Whether `sight` reaches an item with the term of the row that this stands in the statement of.
    pub fn is_used(self, sight: Sight) -> SimpleExpr {
        let uses = self.uses(sight, false).into_iter();
        uses.fold(Condition::any(), |any, uses| any.add(Expr::exists(uses))).into()
    }

    /// Whether it may be that the term is public at one moment and not at another.
    pub fn is_doubtful(self, id: impl Into<SimpleExpr>) -> SimpleExpr {
        Expr::exists(self.doubtful(id.into()))
    }

    fn doubtful(self, id: SimpleExpr) -> SelectStatement {
        Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(Column::Kind.eq(self))
            .filter(Expr::col((Entity, Column::TermId)).eq(id))
            .filter(Column::Status.eq(TermStatus::Doubtful))
            .into_query()
    }

    /// The row of a term that no item has which `sight` reaches.
    fn hidden(self, id: SimpleExpr, sight: Sight) -> SelectStatement {
        let mut hidden = self.doubtful(id);
        for uses in self.uses(sight, false) {
            hidden.and_where(Expr::exists(uses).not());
        }
        hidden
    }

    /// The items that `sight` reaches and that have the term of the row, by what ties them to it; only those that do not expire when
    /// `lasting` ones are asked for.
    fn uses(self, sight: Sight, lasting: bool) -> Vec<SelectStatement> {
        let term = || Expr::col((Entity, Column::TermId));
        let articles = || {
            let mut articles = article::Entity::seen_by(sight).select_only().expr(Expr::val(1));
            if lasting {
                articles = articles.filter(article::Column::ExpiresAt.is_null());
            }
            articles.into_query()
        };
        let own =
            |column: article::Column| articles().and_where(Expr::col((article::Entity, column)).eq(term())).take();
        let linked = |link: &'static str, column: &'static str| {
            let [table, article_id, term_id] = [link, "article_id", column].map(Alias::new);
            let of_link = Expr::col((table.clone(), article_id)).eq(Expr::col((article::Entity, article::Column::Id)));
            let is_term = Expr::col((table.clone(), term_id)).eq(term());
            articles().inner_join(table, of_link).and_where(is_term).take()
        };
        match self {
            Self::Section => {
                let mut galleries = gallery::Entity::seen_by(sight).select_only().expr(Expr::val(1));
                if lasting {
                    galleries = galleries.filter(gallery::Column::ExpiresAt.is_null());
                }
                let is_section = Expr::col((gallery::Entity, gallery::Column::SectionId)).eq(term());
                vec![own(article::Column::SectionId), galleries.into_query().and_where(is_section).take()]
            }
            Self::Topic => vec![linked("article_topic", "topic_id")],
            Self::Place => vec![own(article::Column::PlaceId), linked("article_place", "place_id")],
            Self::Source => vec![own(article::Column::SourceId)],
            Self::Contributor => vec![linked("article_contributor", "contributor_id")],
        }
    }
}

impl Entity {
    /// Notes that editors or a vocabulary made some terms.
    pub async fn list<C: ConnectionTrait>(
        db: &C,
        kind: TermKind,
        terms: impl IntoIterator<Item = i64>,
    ) -> Result<(), DbErr> {
        let rows = rows(kind, terms, TermStatus::Listed);
        let is_other = Expr::col((Self, Column::Status)).ne(TermStatus::Listed);
        let update = OnConflict::columns([Column::Kind, Column::TermId])
            .update_column(Column::Status)
            .action_and_where(is_other)
            .to_owned();
        for part in rows.chunks(500) {
            Self::insert_many(part.to_vec()).on_conflict(update.clone()).exec_without_returning(db).await?;
        }
        Ok(())
    }

    /// Notes that somebody else made some terms: they are public while an item that the public may see has them.
    pub async fn doubt<C: ConnectionTrait>(
        db: &C,
        kind: TermKind,
        terms: impl IntoIterator<Item = i64>,
    ) -> Result<(), DbErr> {
        let nothing = OnConflict::columns([Column::Kind, Column::TermId]).do_nothing().to_owned();
        for part in rows(kind, terms, TermStatus::Doubtful).chunks(500) {
            Self::insert_many(part.to_vec()).on_conflict(nothing.clone()).exec_without_returning(db).await?;
        }
        Ok(())
    }

    /// Forgets doubts about terms that the public may see for good, as far as is known at `now`.
    pub async fn settle<C: ConnectionTrait>(db: &C, now: DateTimeUtc) -> Result<(), DbErr> {
        for kind in TermKind::iter() {
            let uses = kind.uses(Sight::Public(now), true).into_iter();
            let lasting = uses.fold(Condition::any(), |any, uses| any.add(Expr::exists(uses)));
            let doubtful = Self::delete_many().filter(Column::Kind.eq(kind));
            doubtful.filter(Column::Status.eq(TermStatus::Doubtful)).filter(lasting).exec(db).await?;
        }
        Ok(())
    }
}

fn rows(kind: TermKind, terms: impl IntoIterator<Item = i64>, status: TermStatus) -> Vec<ActiveModel> {
    let row = |term_id| ActiveModel { kind: Set(kind), term_id: Set(term_id), status: Set(status) };
    terms.into_iter().collect::<BTreeSet<_>>().into_iter().map(row).collect()
}
