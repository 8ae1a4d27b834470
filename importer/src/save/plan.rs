//! What is to be done with each item of a batch: whether it is new, replaces a row, or says nothing new.

use std::collections::{HashMap, HashSet};

use entity::{
    article, gallery, image,
    owner::Owner,
    story::{self, NAMED},
    visibility::PubStatus,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter as _, QuerySelect as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, SimpleExpr},
};

use super::{
    Item, chunk_size, digest,
    restriction::{self, Kind, State, Target},
    superseded,
};
use crate::{
    draft::{Draft, Restriction},
    reading::Note,
    sender::Sender,
};

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
    /// The row is newer or the same version and says something else; the note says what is not done.
    Passed { note: Note },
    /// Rows are restricted, and nothing else of the item is written.
    Restrict { targets: Vec<Target>, digest: String },
    /// A restriction of an item that is not there.
    Remember,
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
pub(super) async fn plans<C: ConnectionTrait>(
    db: &C,
    batch: &[Item],
    sender: &Sender,
    now: DateTimeUtc,
) -> Result<Vec<Plan>, DbErr> {
    use article::Column as A;
    use gallery::Column as G;
    use image::Column as I;
    use story::Column as S;
    let uris = |wanted: fn(&Draft) -> bool| {
        let wanted = batch.iter().filter(move |item| wanted(&item.draft));
        wanted.map(|item| item.draft.uri().to_owned()).collect::<Vec<_>>()
    };
    let articles = uris(|draft| matches!(draft, Draft::Article(_)));
    let galleries = uris(|draft| matches!(draft, Draft::Gallery(_)));
    let stories = uris(|draft| matches!(draft, Draft::Story(_)));
    // What is canceled or withheld may be stored as something else than it looks like: a kill has little to say.
    let spoken_of = uris(|draft| Restriction::of(draft).is_some_and(|said| said.status != PubStatus::Usable));
    let spoken_of = match spoken_of.is_empty() && !batch.iter().any(|item| matches!(item.draft, Draft::Restriction(_)))
    {
        true => HashMap::new(),
        false => {
            let bare = uris(|draft| matches!(draft, Draft::Restriction(_)));
            restriction::stored(db, &[spoken_of, bare].concat()).await?
        }
    };
    let of_kind = |kind: Kind| {
        let found = spoken_of.iter().filter(move |(_, targets)| targets.iter().any(|target| target.kind == kind));
        found.map(|(uri, _)| uri.clone())
    };
    let with = |own: Vec<String>, kind| {
        let all: HashSet<String> = own.into_iter().chain(of_kind(kind)).collect();
        all.into_iter().collect::<Vec<_>>()
    };
    let of_article = [A::Id, A::Uri, A::Version, A::Digest, A::UpdatedAt, A::Status, A::EmbargoedUntil, A::ExpiresAt];
    let articles = with(articles, Kind::Article);
    let articles = rows::<article::Entity, _>(db, articles, A::Uri, &of_article, article::Entity::owner()).await?;
    let of_gallery = [G::Id, G::Uri, G::Version, G::Digest, G::Status, G::EmbargoedUntil, G::ExpiresAt];
    let galleries = with(galleries, Kind::Gallery);
    let galleries = rows::<gallery::Entity, _>(db, galleries, G::Uri, &of_gallery, Expr::col(G::Owner)).await?;
    let of_story = [S::Id, S::Uri, S::Version, S::Digest, S::UpdatedAt, S::PubStatus];
    let stories = with(stories, Kind::Story);
    let stories = rows::<story::Entity, _>(db, stories, S::Uri, &of_story, Expr::col(S::Owner)).await?;
    let of_image = [I::Id, I::Uri, I::Version, I::Digest, I::Status];
    let images = of_kind(Kind::Image).collect();
    let images = rows::<image::Entity, _>(db, images, I::Uri, &of_image, Expr::col(I::Owner)).await?;
    let stored = |kind: Kind, uri: &str| match kind {
        Kind::Article => articles.get(uri),
        Kind::Gallery => galleries.get(uri),
        Kind::Story => stories.get(uri),
        Kind::Image => images.get(uri),
    };
    let digests: Vec<String> = batch.iter().map(|item| content_digest(&item.draft)).collect();
    let superseded = superseded(db, &digests).await?;
    let plan = |(item, digest): (&Item, String)| {
        let was_replaced = superseded.contains(&digest);
        let elsewhere = || {
            // The rows of other kinds under its `uri`.
            let own = Kind::of(&item.draft);
            let targets =
                spoken_of.get(item.draft.uri()).into_iter().flatten().filter(|target| Some(target.kind) != own);
            let rows = targets.filter_map(|target| Some((*target, stored(target.kind, item.draft.uri())?)));
            rows.collect::<Vec<_>>()
        };
        let (own, version, updated_at) = match &item.draft {
            Draft::Article(draft) => (articles.get(&draft.uri), draft.version, draft.updated_at),
            Draft::Gallery(draft) => (galleries.get(&draft.uri), draft.version, None),
            Draft::Story(draft) => (stories.get(&draft.uri), draft.version, draft.updated_at),
            Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => (None, None, None),
        };
        let Some(stored) = own else {
            let is_bare = matches!(item.draft, Draft::Restriction(_));
            let has_own = matches!(item.draft, Draft::Image(_)) && images.contains_key(item.draft.uri());
            return match elsewhere() {
                rows if rows.is_empty() || has_own => {
                    if is_bare {
                        Plan::Remember
                    } else {
                        Plan::Insert { digest }
                    }
                }
                rows => restrict(&rows, &item.draft, digest, was_replaced, sender, now),
            };
        };
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
        let said = Restriction::of(&item.draft);
        // Without a version number, an earlier version that is delivered again is only told by its content.
        let plan = match version.is_none() && was_replaced {
            true => Plan::Stale,
            false => replace(stored, version, updated_at, digest.clone(), said.as_ref()),
        };
        let (Plan::Stale, Some(said)) = (&plan, said) else { return plan };
        let state = stored.state();
        if stored.digest.as_ref() == Some(&digest) {
            return plan;
        }
        let is_later = state.is_later_than(&said, was_replaced) || (was_replaced && said.updated_at.is_some());
        match state.restricted(&said, now) {
            Some(_) if !is_later => {
                let kind = Kind::of(&item.draft).unwrap_or(Kind::Article);
                Plan::Restrict { targets: vec![Target { kind, id: stored.id }], digest }
            }
            Some(_) if said.status != PubStatus::Usable && !was_replaced => {
                Plan::Passed { note: outdated(&said, state) }
            }
            _ if version == Some(stored.version) && !was_replaced => Plan::Passed { note: differs(stored.version) },
            _ => plan,
        }
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
    status: Option<PubStatus>,
    pub_status: Option<PubStatus>,
    embargoed_until: Option<DateTimeUtc>,
    expires_at: Option<DateTimeUtc>,
}

impl Stored {
    fn state(&self) -> State {
        State {
            version: self.version,
            updated_at: self.updated_at,
            status: self.pub_status.or(self.status).unwrap_or_default(),
            embargoed_until: self.embargoed_until,
            expires_at: self.expires_at,
        }
    }

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
        Draft::Restriction(draft) => digest(&Restriction { version: None, ..(**draft).clone() }),
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

/// What a restriction comes to for rows that are there.
fn restrict(
    rows: &[(Target, &Stored)],
    draft: &Draft,
    digest: String,
    was_replaced: bool,
    sender: &Sender,
    now: DateTimeUtc,
) -> Plan {
    let Some(said) = Restriction::of(draft) else { return Plan::Stale };
    let mine: Vec<&(Target, &Stored)> =
        rows.iter().filter(|(_, stored)| sender.may_change(&Owner::stored(&stored.owner))).collect();
    let Some((_, first)) = mine.first() else {
        let owner = rows.first().map_or(Owner::Newsroom, |(_, stored)| Owner::stored(&stored.owner));
        return Plan::Refused { owner };
    };
    let is_open = |(target, stored): &&&(Target, &Stored)| {
        let state = stored.state();
        let holds = state.restricted(&target.kind.timed(&said, now), now).is_some()
            || said.version.is_some_and(|version| version > state.version);
        holds && !state.is_later_than(&said, was_replaced)
    };
    let targets: Vec<Target> = mine.iter().filter(is_open).map(|(target, _)| *target).collect();
    let state = first.state();
    if !targets.is_empty() {
        Plan::Restrict { targets, digest }
    } else if state.is_later_than(&said, was_replaced) && !was_replaced {
        Plan::Passed { note: outdated(&said, state) }
    } else {
        Plan::Stale
    }
}

/// A word about a version that does not bring back what was canceled.
pub(super) fn stays_canceled() -> Note {
    let message =
        "it was canceled, and nothing says that this is later: to bring it back, send a higher version or a later time";
    Note { at: "status".to_owned(), message: message.to_owned() }
}

/// A word about a restriction of an earlier version than the one that is there.
fn outdated(said: &Restriction, state: State) -> Note {
    let number = said.version.map_or_else(String::new, |version| format!(" {version}"));
    let message = format!(
        "version{number} restricts the item, but says that it is older than version {}, which is there and stays as it is",
        state.version
    );
    Note { at: "status".to_owned(), message }
}

/// A word about a version that is there already with something else in it.
fn differs(version: i64) -> Note {
    let message =
        format!("version {version} is there already and says something else; send a change with a higher version");
    Note { at: "version".to_owned(), message }
}

fn replace(
    stored: &Stored,
    version: Option<i64>,
    updated_at: Option<DateTimeUtc>,
    digest: String,
    said: Option<&Restriction>,
) -> Plan {
    let is_older = updated_at.zip(stored.updated_at).is_some_and(|(new, old)| new < old);
    let state = stored.state();
    let is_kill = said.is_some_and(|said| said.status == PubStatus::Canceled);
    if state.status == PubStatus::Canceled && version.is_none() && !is_kill {
        let is_later = updated_at.zip(stored.updated_at).is_some_and(|(new, old)| new > old);
        if !is_later {
            return Plan::Passed { note: stays_canceled() };
        }
    }
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
