//! What is to be done with each item of a batch: whether it is new, replaces a row, or says nothing new.

use std::collections::HashMap;

use entity::{
    article, gallery,
    owner::Owner,
    story::{self, NAMED},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter as _, QuerySelect as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, SimpleExpr},
};

use super::{Item, chunk_size, digest, superseded};
use crate::{draft::Draft, sender::Sender};

/// What is to be done with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// It is not there yet, or is of a kind that is compared when it is written.
    Insert { digest: String },
    /// It replaces the row with this key, whatever its version when it is taken over from another owner.
    Replace { id: i64, version: i64, digest: String, taken_from: Option<Owner> },
    /// A story that articles have named, and that comes itself for the first time.
    Arrive { id: i64, version: i64, digest: String, taken_from: Option<Owner> },
    /// The row with this key holds just this.
    Same { id: i64 },
    /// The row is newer.
    Stale,
    /// The row belongs to somebody else.
    Refused { owner: Owner },
}

impl Plan {
    /// Whether anything of the item is written.
    pub(super) fn writes(&self) -> bool {
        matches!(self, Self::Insert { .. } | Self::Replace { .. } | Self::Arrive { .. })
    }
}

/// The plan of each item that `sender` sends, in the order of the batch.
pub(super) async fn plans<C: ConnectionTrait>(db: &C, batch: &[Item], sender: &Sender) -> Result<Vec<Plan>, DbErr> {
    use article::Column as A;
    use gallery::Column as G;
    use story::Column as S;
    let uris = |wanted: fn(&Draft) -> bool| {
        let wanted = batch.iter().filter(move |item| wanted(&item.draft));
        wanted.map(|item| item.draft.uri().to_owned()).collect::<Vec<_>>()
    };
    let articles = uris(|draft| matches!(draft, Draft::Article(_)));
    let galleries = uris(|draft| matches!(draft, Draft::Gallery(_)));
    let stories = uris(|draft| matches!(draft, Draft::Story(_)));
    let of_article = [A::Id, A::Uri, A::Version, A::Digest, A::UpdatedAt];
    let articles = rows::<article::Entity, _>(db, articles, A::Uri, &of_article, article::Entity::owner()).await?;
    let of_gallery = [G::Id, G::Uri, G::Version, G::Digest];
    let galleries = rows::<gallery::Entity, _>(db, galleries, G::Uri, &of_gallery, Expr::col(G::Owner)).await?;
    let of_story = [S::Id, S::Uri, S::Version, S::Digest, S::UpdatedAt];
    let stories = rows::<story::Entity, _>(db, stories, S::Uri, &of_story, Expr::col(S::Owner)).await?;
    let digests: Vec<String> = batch.iter().map(|item| content_digest(&item.draft)).collect();
    let superseded = superseded(db, &digests).await?;
    let plan = |(item, digest): (&Item, String)| {
        let (stored, version, updated_at) = match &item.draft {
            Draft::Article(draft) => (articles.get(&draft.uri), draft.version, draft.updated_at),
            Draft::Gallery(draft) => (galleries.get(&draft.uri), draft.version, None),
            Draft::Story(draft) => (stories.get(&draft.uri), draft.version, draft.updated_at),
            Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) => (None, None, None),
        };
        let Some(stored) = stored else { return Plan::Insert { digest } };
        let owner = Owner::stored(&stored.owner);
        if !sender.may_change(&owner) {
            return Plan::Refused { owner };
        }
        if matches!(item.draft, Draft::Story(_)) && stored.is_only_named() {
            let taken_from = sender.takes_over(&owner).then_some(owner);
            return Plan::Arrive { id: stored.id, version: version.unwrap_or(1), digest, taken_from };
        }
        if sender.takes_over(&owner) {
            return take_over(stored, version, digest, owner);
        }
        // Without a version number, an earlier version that is delivered again is only told by its content.
        if version.is_none() && superseded.contains(&digest) {
            return Plan::Stale;
        }
        replace(stored, version, updated_at, digest)
    };
    Ok(batch.iter().zip(digests).map(plan).collect())
}

/// What is known of a row that an item may replace.
#[derive(FromQueryResult)]
struct Stored {
    id: i64,
    uri: String,
    version: i64,
    digest: Option<String>,
    updated_at: Option<DateTimeUtc>,
    owner: String,
}

impl Stored {
    /// Whether articles have named it and it has not come itself: its time and its version say nothing.
    fn is_only_named(&self) -> bool {
        self.version == NAMED && self.digest.is_none()
    }
}

async fn rows<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    uris: Vec<String>,
    uri: E::Column,
    columns: &[E::Column],
    owner: impl Into<SimpleExpr>,
) -> Result<HashMap<String, Stored>, DbErr> {
    let owner: SimpleExpr = owner.into();
    let mut found = HashMap::new();
    for part in uris.chunks(chunk_size(1)) {
        let select = E::find().select_only().columns(columns.iter().copied()).expr_as(owner.clone(), "owner");
        let select = select.filter(uri.is_in(part.iter().map(String::as_str)));
        found.extend(select.into_model::<Stored>().all(db).await?.into_iter().map(|row| (row.uri.clone(), row)));
    }
    Ok(found)
}

/// A hash of what an item holds, whatever its version number.
fn content_digest(draft: &Draft) -> String {
    match draft {
        Draft::Article(draft) => digest(&crate::draft::Article { version: None, ..(**draft).clone() }),
        Draft::Gallery(draft) => digest(&crate::draft::Gallery { version: None, ..(**draft).clone() }),
        Draft::Story(draft) => digest(&crate::draft::Story { version: None, ..(**draft).clone() }),
        // Compared when they are written.
        Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) => String::new(),
    }
}

/// What the newsroom sends replaces what another owner sent, unless it says the same.
fn take_over(stored: &Stored, version: Option<i64>, digest: String, owner: Owner) -> Plan {
    if stored.digest.as_ref() == Some(&digest) {
        return Plan::Stale;
    }
    let version = version.unwrap_or(stored.version + 1);
    Plan::Replace { id: stored.id, version, digest, taken_from: Some(owner) }
}

fn replace(stored: &Stored, version: Option<i64>, updated_at: Option<DateTimeUtc>, digest: String) -> Plan {
    let is_older = updated_at.zip(stored.updated_at).is_some_and(|(new, old)| new < old);
    match replacing(version, is_older, &digest, stored.version, stored.digest.as_deref()) {
        Some(version) => Plan::Replace { id: stored.id, version, digest, taken_from: None },
        None if stored.digest.as_deref() == Some(&*digest) => Plan::Same { id: stored.id },
        None => Plan::Stale,
    }
}

/// The version that replaces the stored one: a higher number does; without a number, changed content does, unless it says that it
/// is older.
fn replacing(
    version: Option<i64>,
    is_older: bool,
    digest: &str,
    stored: i64,
    stored_digest: Option<&str>,
) -> Option<i64> {
    match version {
        Some(version) => (version > stored).then_some(version),
        None => (!is_older && stored_digest != Some(digest)).then_some(stored + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::replacing;

    #[test]
    fn a_higher_version_replaces_and_an_equal_one_does_not() {
        assert_eq!(replacing(Some(3), false, "a", 2, Some("a")), Some(3));
        assert_eq!(replacing(Some(2), false, "b", 2, Some("a")), None);
        assert_eq!(replacing(Some(1), false, "b", 2, None), None);
    }

    #[test]
    fn without_a_number_changed_content_replaces_unless_it_is_older() {
        assert_eq!(replacing(None, false, "b", 2, Some("a")), Some(3));
        assert_eq!(replacing(None, false, "a", 2, Some("a")), None);
        assert_eq!(replacing(None, true, "b", 2, Some("a")), None);
    }
}
