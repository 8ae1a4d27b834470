//! Whether the public may know of a term: of one that only items have which are hidden it may not.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, dataloader::Loader};
use entity::term_status::{self, TermKind};
use sea_orm::{
    ColumnTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, SelectStatement},
};

use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    link::{col, is_any},
    place::name_contains,
    store::{ContextExt as _, Store},
};

/// A term that is asked for by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TermKey(TermKind, i64);

/// The terms that the viewer may not know of are found.
impl Loader<TermKey> for Store {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[TermKey]) -> Result<HashMap<TermKey, ()>> {
        use term_status::Column as T;
        let kinds: HashSet<TermKind> = keys.iter().map(|key| key.0).collect();
        let mut secret = HashMap::new();
        for kind in kinds {
            let ids = keys.iter().filter(|key| key.0 == kind).map(|key| key.1);
            let doubtful = term_status::Entity::find()
                .select_only()
                .column(T::TermId)
                .expr_as(kind.is_used(self.sight()), "is_used")
                .filter(T::Kind.eq(kind).and(T::Status.eq(term_status::TermStatus::Doubtful)))
                .filter(is_any(self.backend(), Expr::col((term_status::Entity, T::TermId)), ids));
            let doubtful: Vec<(i64, bool)> = doubtful.into_tuple().all(self.reading([Tag::all(Kind::Terms)])).await?;
            if !doubtful.is_empty() {
                self.note([Tag::all(Kind::Articles), Tag::all(Kind::Links)]);
            }
            secret.extend(doubtful.into_iter().filter(|(_, is_used)| !is_used).map(|(id, _)| (TermKey(kind, id), ())));
        }
        Ok(secret)
    }
}

/// What lists of terms are made of, beside the terms.
pub(crate) fn tags() -> [Tag; 3] {
    [Kind::Terms, Kind::Articles, Kind::Links].map(Tag::all)
}

/// The terms of a kind that the viewer may know of; with a query, which has passed [`checked_slug`](crate::place::checked_slug), those whose name
/// has it in it.
pub(crate) fn listed<E: EntityTrait>(
    store: &Store,
    kind: TermKind,
    [id, name]: [E::Column; 2],
    query: Option<&str>,
) -> SelectStatement {
    let condition = query.and_then(|query| name_contains(name, "query", query).ok());
    E::find()
        .filter(kind.is_seen_by(col(id), store.sight()))
        .apply_if(condition, |select, condition| select.filter(condition))
        .into_query()
}

/// What such a list is made of.
pub(crate) fn list_tags(of: Kind) -> Vec<Tag> {
    [Tag::all(of)].into_iter().chain(tags()).collect()
}

/// Those of some terms, by their ids, that the viewer may know of.
pub(crate) async fn known<T>(
    ctx: &Context<'_>,
    kind: TermKind,
    terms: impl IntoIterator<Item = T>,
    id: impl Fn(&T) -> i64,
) -> Result<Vec<T>> {
    let mut known = Vec::new();
    let terms: Vec<T> = terms.into_iter().collect();
    let secret = futures_util::future::try_join_all(terms.iter().map(|term| ctx.load(TermKey(kind, id(term))))).await?;
    for (term, secret) in terms.into_iter().zip(secret) {
        if secret.is_none() {
            known.push(term);
        }
    }
    Ok(known)
}

/// A term that the viewer may know of.
pub(crate) async fn if_known<T>(
    ctx: &Context<'_>,
    kind: TermKind,
    term: Option<T>,
    id: impl Fn(&T) -> i64,
) -> Result<Option<T>> {
    Ok(known(ctx, kind, term, id).await?.pop())
}
