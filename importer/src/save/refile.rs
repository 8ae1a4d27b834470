//! Files articles that come again by the names that they give, although they say nothing new: those that `newsgraph terms part` has asked for.

use std::collections::{HashMap, HashSet};

use entity::{
    article, article_contributor, article_place, article_terms_due as due, article_topic, term_status::TermKind,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, entity::prelude::DateTimeUtc, sea_query::Expr,
};

use super::{Outcome, Saved, Write, chunk_size, insert, nothing, plan::Plan};
use crate::{draft::Draft, reading::Note};

/// Which kinds of terms of which articles are due.
#[derive(Debug, Default)]
pub(super) struct Due(HashMap<i64, HashSet<TermKind>>);

impl Due {
    /// What is due of the articles that say nothing new.
    pub(super) async fn find<C: ConnectionTrait>(db: &C, plans: &[Plan]) -> Result<Self, DbErr> {
        let same: Vec<i64> = plans.iter().filter_map(same).collect();
        let mut found = Self::default();
        for part in same.chunks(chunk_size(1)) {
            let rows = due::Entity::find().filter(due::Column::ArticleId.is_in(part.iter().copied()));
            for row in rows.all(db).await? {
                found.0.entry(row.article_id).or_default().insert(row.kind);
            }
        }
        Ok(found)
    }

    /// Whether something is due of the article with this plan.
    pub(super) fn has(&self, plan: &Plan) -> bool {
        same(plan).is_some_and(|id| self.0.contains_key(&id))
    }
}

fn same(plan: &Plan) -> Option<i64> {
    match plan {
        Plan::Same { id } => Some(*id),
        _ => None,
    }
}

/// Files what is due.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>, due: &Due) -> Result<(), DbErr> {
    use article::Column as A;
    if due.0.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<i64> = due.0.keys().copied().collect();
    ids.sort_unstable();
    let times = article::Entity::find().select_only().columns([A::Id, A::PublishedAt]).filter(A::Id.is_in(ids.clone()));
    let times = times.order_by_asc(A::Id).lock_exclusive().into_tuple::<(i64, DateTimeUtc)>().all(write.db).await?;
    let times: HashMap<i64, DateTimeUtc> = times.into_iter().collect();
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let (Draft::Article(draft), Some(id)) = (&item.draft, same(plan)) else { continue };
        let (Some(kinds), Some(published_at)) = (due.0.get(&id), times.get(&id)) else { continue };
        let terms = write.context.terms;
        let mut change = article::Entity::update_many().filter(A::Id.eq(id));
        let mut columns: Vec<(A, Option<i64>)> = Vec::new();
        let section = draft.section.as_ref().and_then(|section| terms.section(Some(section), write.context.settings));
        columns.extend(section.filter(|_| kinds.contains(&TermKind::Section)).map(|id| (A::SectionId, Some(id))));
        if kinds.contains(&TermKind::Source) {
            columns.push((A::SourceId, draft.source.as_ref().and_then(|source| terms.source(source))));
        }
        if kinds.contains(&TermKind::Place) {
            columns.push((A::PlaceId, draft.located.as_ref().and_then(|place| terms.place(place))));
            places(write.db, id, *published_at, terms.places(&draft.places)).await?;
        }
        if kinds.contains(&TermKind::Topic) {
            topics(write.db, id, *published_at, terms.topics(&draft.topics)).await?;
        }
        if kinds.contains(&TermKind::Contributor) {
            contributors(write.db, id, terms.contributors(&draft.contributors)).await?;
        }
        if !columns.is_empty() {
            for (column, value) in columns {
                change = change.col_expr(column, Expr::val(value));
            }
            change.exec(write.db).await?;
        }
        let answer = write.answers[index].take().unwrap_or_else(|| Saved::new(Outcome::Unchanged, Vec::new()));
        let mut notes = answer.notes;
        notes.push(Note { at: "terms".to_owned(), message: "filed anew by the names that it gives".to_owned() });
        write.answers[index] = Some(Saved::new(Outcome::Updated, notes));
    }
    due::Entity::delete_many().filter(due::Column::ArticleId.is_in(ids)).exec(write.db).await?;
    Ok(())
}

async fn places<C: ConnectionTrait>(db: &C, id: i64, at: DateTimeUtc, places: Vec<i64>) -> Result<(), DbErr> {
    article_place::Entity::delete_many().filter(article_place::Column::ArticleId.eq(id)).exec(db).await?;
    let rows = places.into_iter().zip(1..).map(|(place_id, position)| article_place::ActiveModel {
        article_id: Set(id),
        place_id: Set(place_id),
        position: Set(position),
        published_at: Set(at),
    });
    insert(db, rows.collect(), 4, &nothing()).await
}

async fn topics<C: ConnectionTrait>(db: &C, id: i64, at: DateTimeUtc, topics: Vec<i64>) -> Result<(), DbErr> {
    article_topic::Entity::delete_many().filter(article_topic::Column::ArticleId.eq(id)).exec(db).await?;
    let rows = topics.into_iter().zip(1..).map(|(topic_id, position)| article_topic::ActiveModel {
        article_id: Set(id),
        topic_id: Set(topic_id),
        position: Set(position),
        published_at: Set(at),
    });
    insert(db, rows.collect(), 4, &nothing()).await
}

async fn contributors<C: ConnectionTrait>(db: &C, id: i64, people: Vec<(i64, Option<&str>)>) -> Result<(), DbErr> {
    article_contributor::Entity::delete_many().filter(article_contributor::Column::ArticleId.eq(id)).exec(db).await?;
    let rows = people.into_iter().zip(1..).map(|((contributor_id, role), position)| article_contributor::ActiveModel {
        article_id: Set(id),
        contributor_id: Set(contributor_id),
        position: Set(position),
        role: Set(role.map(ToOwned::to_owned)),
    });
    insert(db, rows.collect(), 4, &nothing()).await
}
