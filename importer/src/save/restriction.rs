//! What is said of items beside their content: a kill, a hold, a later embargo, an earlier expiry. It is acted on whatever else there is to
//! say of the document: whatever its version, and whatever the item is. What was there stays for its editors.

use std::collections::HashMap;

use entity::{article, gallery, image, owner::Owner, pending_restriction, story, visibility::PubStatus};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, entity::prelude::DateTimeUtc, sea_query::OnConflict,
};

use super::{
    Outcome, Plan, Saved, Write, article as articles, chunk_size, insert, supersede, taken,
    taken_down::{Shown, taken_down},
};
use crate::{
    draft::{Draft, Restriction},
    reading::Note,
};

/// The tables of items that can be restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Article,
    Gallery,
    Story,
    Image,
}

impl Kind {
    /// Of a draft that is an item.
    pub(super) fn of(draft: &Draft) -> Option<Self> {
        match draft {
            Draft::Article(_) => Some(Self::Article),
            Draft::Gallery(_) => Some(Self::Gallery),
            Draft::Story(_) => Some(Self::Story),
            Draft::Image(_) => Some(Self::Image),
            Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => None,
        }
    }

    /// What is said of an item of this kind. Stories and pictures have no times: one that may not be shown now is withheld.
    pub(super) fn timed(self, said: &Restriction, now: DateTimeUtc) -> Restriction {
        if matches!(self, Self::Article | Self::Gallery) {
            return said.clone();
        }
        let hidden =
            said.embargoed_until.is_some_and(|until| until > now) || said.expires_at.is_some_and(|at| at <= now);
        let status = if hidden && said.status == PubStatus::Usable { PubStatus::Withheld } else { said.status };
        Restriction { status, embargoed_until: None, expires_at: None, ..said.clone() }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Gallery => "gallery",
            Self::Story => "story",
            Self::Image => "picture",
        }
    }
}

/// A row that is restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) id: i64,
}

/// Withholds pictures and stories outside of their times: nothing tells when they may be shown again but a version of them.
pub(super) fn hold(draft: &mut Draft, now: DateTimeUtc) -> Vec<Note> {
    let of_story = match draft {
        Draft::Story(story) => {
            let times = (story.embargoed_until.take(), story.expires_at.take());
            outside(times, story.pub_status, "story", now).map(|(status, message)| {
                story.pub_status = status;
                Note { at: "pubStatus".to_owned(), message }
            })
        }
        _ => None,
    };
    let of_images = draft.images_mut().into_iter().filter_map(|image| {
        let times = (image.embargoed_until.take(), image.expires_at.take());
        let (status, message) = outside(times, image.status.unwrap_or_default(), "picture", now)?;
        if status != PubStatus::Usable {
            image.status = Some(status);
        }
        Some(Note { at: format!("image `{}`", image.uri), message })
    });
    of_story.into_iter().chain(of_images).collect()
}

/// The status of what may be shown from the one time to the other, and a word about it; none when nothing is to be said.
fn outside(
    (from, end): (Option<DateTimeUtc>, Option<DateTimeUtc>),
    status: PubStatus,
    what: &str,
    now: DateTimeUtc,
) -> Option<(PubStatus, String)> {
    if status != PubStatus::Usable {
        return None;
    }
    let written = |time: DateTimeUtc| time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let withheld = format!("the {what} is withheld until a version arrives that may be shown");
    match (from.filter(|from| *from > now), end) {
        (_, Some(end)) if end <= now => Some((PubStatus::Withheld, format!("expired at {}: {withheld}", written(end)))),
        (Some(from), _) => Some((PubStatus::Withheld, format!("embargoed until {}: {withheld}", written(from)))),
        (None, Some(end)) => {
            let message = format!(
                "that the {what} expires at {} is not kept: it stays until a version withdraws it",
                written(end)
            );
            Some((PubStatus::Usable, message))
        }
        (None, None) => None,
    }
}

/// What decides which of two versions is the later one, and whether the item is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) version: i64,
    pub(super) updated_at: Option<DateTimeUtc>,
    pub(super) status: PubStatus,
    pub(super) embargoed_until: Option<DateTimeUtc>,
    pub(super) expires_at: Option<DateTimeUtc>,
}

/// How much a status forbids.
pub(super) fn strictness(status: PubStatus) -> u8 {
    match status {
        PubStatus::Usable => 0,
        PubStatus::Withheld => 1,
        PubStatus::Canceled => 2,
    }
}

impl State {
    /// The state with what `said` forbids, too; none when it forbids nothing that is allowed now.
    pub(super) fn restricted(self, said: &Restriction, now: DateTimeUtc) -> Option<Self> {
        let status = if strictness(said.status) > strictness(self.status) { said.status } else { self.status };
        let embargo = said.embargoed_until.filter(|until| *until > now);
        let embargoed_until = self.embargoed_until.max(embargo);
        let expires_at = match (self.expires_at, said.expires_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let is_more = (status, expires_at) != (self.status, self.expires_at)
            || (embargoed_until != self.embargoed_until && embargo.is_some());
        is_more.then_some(Self { status, embargoed_until, expires_at, ..self })
    }

    /// Whether `said` is from before this version: it says so by its number and its time. In doubt a restriction holds.
    pub(super) fn is_later_than(self, said: &Restriction, was_replaced: bool) -> bool {
        let is_older = said.updated_at.zip(self.updated_at).is_some_and(|(said, own)| said < own);
        match said.version {
            Some(version) if version >= self.version => false,
            // A kill or a hold counts whatever its number; times of an earlier version are lifted by a later one.
            Some(_) => is_older || was_replaced || said.status == PubStatus::Usable,
            None => is_older,
        }
    }
}

/// Restricts the rows that the plans of a batch say, and remembers what is said of items that are not there.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let (Some(said), false) = (Restriction::of(&item.draft), matches!(plan, Plan::Refused { .. })) else {
            continue;
        };
        match plan {
            Plan::Restrict { targets, digest } => {
                let mut notes = Vec::new();
                let mut outcome = Outcome::Unchanged;
                for target in targets {
                    match restrict(write, *target, &said, digest, None).await? {
                        Restricted::Yes(more) => {
                            notes.extend(more);
                            outcome = Outcome::Updated;
                        }
                        Restricted::No => {}
                        Restricted::Refused(owner) => {
                            write.answers[index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
                        }
                    }
                }
                if write.answers[index].is_none() || outcome == Outcome::Updated {
                    write.answers[index] = Some(Saved::new(outcome, notes));
                }
            }
            Plan::Remember => {
                let outcome = remember(write, &said).await?;
                let message = "nothing is stored under this `uri`; it is remembered, and holds when the item arrives";
                let note = Note { at: "uri".to_owned(), message: message.to_owned() };
                write.answers[index] = Some(Saved::new(outcome, vec![note]));
            }
            _ => {}
        }
    }
    apply_remembered(write).await
}

/// What became of a restriction.
enum Restricted {
    Yes(Vec<Note>),
    No,
    Refused(Owner),
}

/// Restricts a row.
async fn restrict<C: ConnectionTrait>(
    write: &Write<'_, C>,
    target: Target,
    said: &Restriction,
    digest: &str,
    by: Option<&Owner>,
) -> Result<Restricted, DbErr> {
    let (now, sender) = (write.context.now, write.context.sender);
    let version = |stored: i64| said.version.map_or(stored, |version| version.max(stored));
    let owner_after = |owner: &Owner| {
        if sender.takes_over(owner) { Owner::Newsroom.to_string() } else { owner.to_string() }
    };
    macro_rules! locked {
        ($entity:ident) => {{
            let row = $entity::Entity::find_by_id(target.id).order_by_asc($entity::Column::Id);
            let Some(row) = row.lock_exclusive().one(write.db).await? else { return Ok(Restricted::No) };
            let owner = Owner::stored(&row.owner);
            // What was said before the item came holds for who said it.
            if by.is_some_and(|by| *by != Owner::Newsroom && *by != owner) {
                return Ok(Restricted::Refused(owner));
            }
            if !row.owner.is_empty() && !sender.may_change(&owner) {
                return Ok(Restricted::Refused(owner));
            }
            (row, owner)
        }};
    }
    let word = target.kind.word();
    let timed = target.kind.timed(said, now);
    // A higher version that forbids nothing more keeps out those between.
    let after = |before: State| {
        before.restricted(&timed, now).or_else(|| (version(before.version) > before.version).then_some(before))
    };
    let (state, owner, notes) = match target.kind {
        Kind::Article => {
            let (row, owner) = locked!(article);
            let before = articles::state(&row);
            let Some(after) = after(before) else { return Ok(Restricted::No) };
            articles::keep_versions(write, &HashMap::from([(row.id, row.clone())])).await?;
            supersede(write.db, row.digest.clone()).await?;
            let restricted = article::Model {
                version: version(row.version),
                status: after.status,
                embargoed_until: after.embargoed_until,
                expires_at: after.expires_at,
                updated_at: said.updated_at.unwrap_or(now).max(row.updated_at),
                modified_at: Some(now),
                digest: Some(digest.to_owned()),
                owner: owner_after(&owner),
                ..row.clone()
            };
            let notes = taken_down(word, restricted.version, articles::shown(&row), articles::shown(&restricted), now);
            article::Entity::update(restricted.into_active_model().reset_all()).exec(write.db).await?;
            (before, owner, notes)
        }
        Kind::Gallery => {
            let (row, owner) = locked!(gallery);
            let before = State {
                version: row.version,
                updated_at: None,
                status: row.status,
                embargoed_until: row.embargoed_until,
                expires_at: row.expires_at,
            };
            let Some(after) = after(before) else { return Ok(Restricted::No) };
            supersede(write.db, row.digest.clone()).await?;
            let shown = |row: &gallery::Model| Shown {
                status: row.status,
                published_at: row.published_at,
                embargoed_until: row.embargoed_until,
                expires_at: row.expires_at,
            };
            let restricted = gallery::Model {
                version: version(row.version),
                status: after.status,
                embargoed_until: after.embargoed_until,
                expires_at: after.expires_at,
                digest: Some(digest.to_owned()),
                owner: owner_after(&owner),
                ..row.clone()
            };
            let notes = taken_down(word, restricted.version, shown(&row), shown(&restricted), now);
            gallery::Entity::update(restricted.into_active_model().reset_all()).exec(write.db).await?;
            (before, owner, notes)
        }
        Kind::Story => {
            let (row, owner) = locked!(story);
            let before = bare_state(row.version, row.pub_status);
            let Some(after) = after(before) else { return Ok(Restricted::No) };
            supersede(write.db, row.digest.clone()).await?;
            let restricted = story::Model {
                version: version(row.version),
                pub_status: after.status,
                updated_at: said.updated_at.unwrap_or(now).max(row.updated_at),
                digest: Some(digest.to_owned()),
                owner: owner_after(&owner),
                ..row
            };
            let notes = held(word, restricted.version, before.status, after.status);
            story::Entity::update(restricted.into_active_model().reset_all()).exec(write.db).await?;
            (before, owner, notes)
        }
        Kind::Image => {
            let (row, owner) = locked!(image);
            let before = bare_state(row.version, row.status);
            let Some(after) = after(before) else { return Ok(Restricted::No) };
            supersede(write.db, row.digest.clone()).await?;
            let restricted = image::Model {
                version: version(row.version),
                status: after.status,
                updated_at: now,
                digest: Some(digest.to_owned()),
                owner: owner_after(&owner),
                ..row
            };
            let notes = held(word, restricted.version, before.status, after.status);
            image::Entity::update(restricted.into_active_model().reset_all()).exec(write.db).await?;
            (before, owner, notes)
        }
    };
    let mut notes: Vec<Note> = notes.into_iter().collect();
    if said.version.is_some_and(|number| number <= state.version) {
        let number = said.version.unwrap_or_default();
        let message = match number == state.version {
            true => format!(
                "version {number} was there already: what restricts the {word} is acted on, nothing else of it is changed"
            ),
            false => format!(
                "version {number} is older than version {}, which is there: what restricts the {word} is acted on, nothing else of it is changed",
                state.version
            ),
        };
        notes.push(Note { at: "version".to_owned(), message });
    }
    if sender.takes_over(&owner) {
        notes.push(taken(&owner));
    }
    Ok(Restricted::Yes(notes))
}

fn bare_state(version: i64, status: PubStatus) -> State {
    State { version, updated_at: None, status, embargoed_until: None, expires_at: None }
}

/// A word about what has no times of its own and is held back now.
fn held(what: &str, version: i64, before: PubStatus, after: PubStatus) -> Option<Note> {
    (before == PubStatus::Usable && after == PubStatus::Withheld).then(|| Note {
        at: "status".to_owned(),
        message: format!("version {version} is withheld: the {what} was public and is taken down until a version arrives that may be shown"),
    })
}

/// Remembers what is said of an item that is not there.
async fn remember<C: ConnectionTrait>(write: &Write<'_, C>, said: &Restriction) -> Result<Outcome, DbErr> {
    use pending_restriction::Column as P;
    let owner = write.context.sender.owner(None).to_string();
    let known = pending_restriction::Entity::find_by_id((said.uri.clone(), owner.clone())).one(write.db).await?;
    let mut row = pending_restriction::Model {
        uri: said.uri.clone(),
        owner,
        status: said.status,
        version: said.version,
        updated_at: said.updated_at,
        embargoed_until: said.embargoed_until,
        expires_at: said.expires_at,
    };
    if let Some(known) = &known {
        let state = State {
            version: known.version.unwrap_or_default(),
            updated_at: known.updated_at,
            status: known.status,
            embargoed_until: known.embargoed_until,
            expires_at: known.expires_at,
        };
        if let Some(both) = state.restricted(said, write.context.now) {
            (row.status, row.embargoed_until, row.expires_at) = (both.status, both.embargoed_until, both.expires_at);
        } else {
            (row.status, row.embargoed_until, row.expires_at) = (state.status, state.embargoed_until, state.expires_at);
        }
        row.version = row.version.max(known.version);
        row.updated_at = row.updated_at.max(known.updated_at);
        if row == *known {
            return Ok(Outcome::Unchanged);
        }
    }
    let columns = [P::Status, P::Version, P::UpdatedAt, P::EmbargoedUntil, P::ExpiresAt];
    let on_conflict = OnConflict::columns([P::Uri, P::Owner]).update_columns(columns).to_owned();
    insert(write.db, vec![row.into_active_model().reset_all()], 7, &on_conflict).await?;
    Ok(if known.is_some() { Outcome::Updated } else { Outcome::New })
}

/// Restricts what has arrived in this batch and was spoken of before.
async fn apply_remembered<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    use pending_restriction::Column as P;
    if pending_restriction::Entity::find().limit(1).one(write.db).await?.is_none() {
        return Ok(());
    }
    let mut arrived: HashMap<String, (Option<usize>, Restriction)> = HashMap::new();
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        if !plan.writes() {
            continue;
        }
        for image in super::image::of_draft(&item.draft) {
            arrived.insert(image.uri.clone(), (None, Restriction::of_image(image)));
        }
        arrived.extend(Restriction::of(&item.draft).map(|said| (said.uri.clone(), (Some(index), said))));
    }
    let uris: Vec<String> = arrived.keys().cloned().collect();
    for part in uris.chunks(chunk_size(1)) {
        let rows = pending_restriction::Entity::find().filter(P::Uri.is_in(part.iter().map(String::as_str)));
        for row in rows.all(write.db).await? {
            let by = Owner::stored(&row.owner);
            let Some((index, own)) = arrived.get(&row.uri) else { continue };
            let said = Restriction {
                uri: row.uri.clone(),
                status: row.status,
                version: row.version,
                updated_at: row.updated_at,
                embargoed_until: row.embargoed_until,
                expires_at: row.expires_at,
            };
            let is_later = match (own.version, said.version) {
                (Some(own), Some(said)) => own > said,
                _ => own.updated_at.zip(said.updated_at).is_some_and(|(own, said)| own > said),
            };
            let mut is_of_another = false;
            if !is_later {
                for target in stored(write.db, std::slice::from_ref(&row.uri)).await?.into_values().flatten() {
                    let digest = super::digest(&said);
                    let restricted = restrict(write, target, &said, &digest, Some(&by)).await?;
                    is_of_another |= matches!(restricted, Restricted::Refused(_));
                    if let (Restricted::Yes(_), Some(index)) = (restricted, index)
                        && let Some(answer) = &mut write.answers[*index]
                    {
                        let message = format!("`{}` was said of it before it came; it is not shown", word(&said));
                        answer.notes.push(Note { at: "status".to_owned(), message });
                    }
                }
            }
            if !is_of_another {
                pending_restriction::Entity::delete_by_id((row.uri, row.owner)).exec(write.db).await?;
            }
        }
    }
    Ok(())
}

fn word(said: &Restriction) -> &'static str {
    match said.status {
        PubStatus::Canceled => "canceled",
        PubStatus::Withheld => "withheld",
        PubStatus::Usable if said.embargoed_until.is_some() => "embargoed",
        PubStatus::Usable => "expires",
    }
}

/// What is stored under these identifiers, of whatever kind.
pub(super) async fn stored<C: ConnectionTrait>(db: &C, uris: &[String]) -> Result<HashMap<String, Vec<Target>>, DbErr> {
    let mut found: HashMap<String, Vec<Target>> = HashMap::new();
    macro_rules! look_up {
        ($entity:ident, $kind:expr) => {
            for part in uris.chunks(chunk_size(1)) {
                let rows = $entity::Entity::find()
                    .select_only()
                    .columns([$entity::Column::Id, $entity::Column::Uri])
                    .filter($entity::Column::Uri.is_in(part.iter().map(String::as_str)))
                    .into_tuple::<(i64, String)>();
                for (id, uri) in rows.all(db).await? {
                    found.entry(uri).or_default().push(Target { kind: $kind, id });
                }
            }
        };
    }
    look_up!(article, Kind::Article);
    look_up!(gallery, Kind::Gallery);
    look_up!(story, Kind::Story);
    look_up!(image, Kind::Image);
    Ok(found)
}
