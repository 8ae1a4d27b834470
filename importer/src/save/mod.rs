//! Drafts to rows, many at a time and idempotently: an item that is there already in the same or a higher version changes nothing.
//!
//! A batch is one transaction. What articles refer to (sections, topics, places …) is made before it, in statements of its own, so
//! that two imports that need the same term at the same moment do not wait for each other's articles.

mod article;
mod gallery;
mod image;
mod link;
pub mod mend;
mod newsroom;
mod plan;
mod publication;
mod refile;
mod restriction;
mod significance;
mod story;
mod taken_down;
mod terms;

use std::collections::{HashMap, HashSet};

use entity::{block, owner::Owner, superseded_digest, transaction::writing};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, TransactionSession as _, TransactionTrait, entity::prelude::DateTimeUtc, sea_query::OnConflict,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use self::newsroom::{Counts, SavedSettings, save_curation, save_newsroom};
use self::{plan::Plan, refile::Due, terms::Terms};
use crate::{
    check::check,
    draft::Draft,
    reading::{Note, Problem},
    sender::Sender,
    text,
};

/// What saving a draft came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was not there before.
    New,
    /// It replaced an earlier version.
    Updated,
    /// It was there, in this version or a later one.
    Unchanged,
}

/// Why a draft is not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// It cannot be.
    Failed(Problem),
    /// Its sender may not do so.
    Refused(Problem),
}

impl NotSaved {
    /// What is wrong, and where.
    pub fn problem(&self) -> &Problem {
        match self {
            Self::Failed(problem) | Self::Refused(problem) => problem,
        }
    }
}

/// What became of a draft.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What saving it came to, or why it was not saved.
    pub outcome: Result<Outcome, NotSaved>,
    /// What was left out of it, and what there is to say about it.
    pub notes: Vec<Note>,
}

impl Saved {
    fn new(outcome: Outcome, notes: Vec<Note>) -> Self {
        Self { outcome: Ok(outcome), notes }
    }

    fn failed(problem: Problem) -> Self {
        Self { outcome: Err(NotSaved::Failed(problem)), notes: Vec::new() }
    }

    fn refused(problem: Problem) -> Self {
        Self { outcome: Err(NotSaved::Refused(problem)), notes: Vec::new() }
    }
}

/// Where what an item does not say is taken from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the section of articles that name none.
    pub section: String,
    /// BCP 47 tag of articles that name no language; the one that the newsroom's own settings name otherwise.
    pub language: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { section: "News".to_owned(), language: None }
    }
}

/// The language of articles of which nothing says it.
const UNDETERMINED: &str = "und";

/// A batch of so many items is part of a bulk load: the texts of its articles are indexed for search in the background, while a server
/// runs; their headlines and standfirsts at once.
const BULK: usize = 200;

/// How often a batch that other writers got in the way of is tried.
const ATTEMPTS: u32 = 8;

/// Saves drafts. It remembers the keys of terms, so one saver for many batches is faster than many savers.
pub struct Saver<'c, C> {
    db: &'c C,
    sender: Sender,
    settings: Settings,
    terms: Terms,
    /// The language that the newsroom's own settings name, once it has been looked up.
    own_language: Option<Option<String>>,
    /// Whether `db` is a transaction that has to go on after an item that the database refuses.
    nested: bool,
}

impl<'c, C: ConnectionTrait + TransactionTrait> Saver<'c, C> {
    /// A saver of what the newsroom itself sends; it has seen no term yet.
    pub fn new(db: &'c C, settings: Settings) -> Self {
        Self::of(db, Sender::Newsroom, settings)
    }

    /// A saver of what `sender` sends; it has seen no term yet.
    pub fn of(db: &'c C, sender: Sender, settings: Settings) -> Self {
        Self { db, sender, settings, terms: Terms::default(), own_language: None, nested: false }
    }

    /// For a transaction: an item that the database refuses does not end it.
    pub fn nested(self) -> Self {
        Self { nested: true, ..self }
    }

    /// Checks a draft, and whether its sender may send it.
    fn admit(&self, draft: &mut Draft) -> Result<Vec<Note>, Saved> {
        let notes = check(draft).map_err(Saved::failed)?;
        self.sender.credit(draft).map_err(Saved::refused)?;
        Ok(notes)
    }

    /// Saves `drafts` as of `now`; the answers are in their order. Fails only when the database cannot be used.
    pub async fn save(&mut self, drafts: Vec<Draft>, now: DateTimeUtc) -> Result<Vec<Saved>, DbErr> {
        let mut answers: Vec<Option<Saved>> = drafts.iter().map(|_| None).collect();
        let mut waiting = Vec::with_capacity(drafts.len());
        for (index, mut draft) in drafts.into_iter().enumerate() {
            match self.admit(&mut draft) {
                Ok(mut notes) => {
                    notes.extend(restriction::hold(&mut draft, now));
                    self.name_language(&mut draft).await?;
                    waiting.push(Item { index, draft, notes });
                }
                Err(saved) => answers[index] = Some(saved),
            }
        }
        // Two versions of an item cannot be in one statement.
        while !waiting.is_empty() {
            let mut seen = HashSet::new();
            let (round, later) = waiting.into_iter().partition(|item: &Item| seen.insert(item.draft.uri().to_owned()));
            waiting = later;
            self.save_round(round, now, &mut answers).await?;
        }
        Ok(answers.into_iter().map(|answer| answer.expect("each draft is answered")).collect())
    }

    /// Gives an article that names no language the one of the import, else the newsroom's.
    async fn name_language(&mut self, draft: &mut Draft) -> Result<(), DbErr> {
        let Draft::Article(article) = draft else { return Ok(()) };
        if article.language.as_deref().is_some_and(|tag| tag != UNDETERMINED) {
            return Ok(());
        }
        let language = match (&self.settings.language, &self.own_language) {
            (Some(language), _) => Some(language.clone()),
            (None, Some(known)) => known.clone(),
            (None, None) => self.own_language.insert(entity::newsroom::Entity::language(self.db).await?).clone(),
        };
        if language.is_some() {
            article.language = language;
        }
        Ok(())
    }

    async fn save_round(
        &mut self,
        round: Vec<Item>,
        now: DateTimeUtc,
        answers: &mut [Option<Saved>],
    ) -> Result<(), DbErr> {
        match self.attempt(&round, now).await {
            Ok(outcomes) => {
                for (item, saved) in round.into_iter().zip(outcomes) {
                    let notes = item.notes.into_iter().chain(saved.notes).collect();
                    answers[item.index] = Some(Saved { notes, ..saved });
                }
                Ok(())
            }
            Err(error) if is_refusal(&error) => {
                // One item spoils the batch: find it, and save the others.
                for item in round {
                    let single = [item];
                    let saved = match self.attempt(&single, now).await {
                        Ok(mut outcomes) => outcomes.remove(0),
                        Err(error) if is_refusal(&error) => Saved::failed(refusal(&error)),
                        Err(error) => return Err(error),
                    };
                    let [item] = single;
                    let notes = item.notes.into_iter().chain(saved.notes).collect();
                    answers[item.index] = Some(Saved { notes, ..saved });
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Saves a batch, again when another writer was in the way.
    async fn attempt(&mut self, batch: &[Item], now: DateTimeUtc) -> Result<Vec<Saved>, DbErr> {
        let mut attempt = 1;
        loop {
            match self.save_batch(batch, now).await {
                Err(error) if attempt < ATTEMPTS && (is_conflict(&error) || is_refusal(&error)) => {
                    step_aside(attempt).await;
                    attempt += 1;
                    // A term may have been deleted since it was seen, or another import may have taken a key.
                    self.terms = Terms::default();
                }
                Err(error) => return Err(error),
                Ok(outcomes) => {
                    self.resolve_crossed(batch).await?;
                    return Ok(outcomes);
                }
            }
        }
    }

    async fn resolve_crossed(&self, batch: &[Item]) -> Result<(), DbErr> {
        let mut attempt = 1;
        loop {
            match link::resolve_crossed(self.db, batch).await {
                Err(error) if attempt < ATTEMPTS && (is_conflict(&error) || is_refusal(&error)) => {
                    step_aside(attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Makes the terms that a batch names.
    async fn make_terms(&mut self, batch: &[Item], plans: &[Plan], due: &Due) -> Result<Vec<Option<Saved>>, DbErr> {
        if !self.nested {
            return self.terms.make(self.db, batch, plans, due, &self.sender, &self.settings).await;
        }
        // In PostgreSQL nothing goes on in a transaction after a statement that failed.
        let savepoint = self.db.begin().await?;
        match self.terms.make(&savepoint, batch, plans, due, &self.sender, &self.settings).await {
            Ok(outcomes) => savepoint.commit().await.map(|()| outcomes),
            Err(error) => {
                savepoint.rollback().await?;
                Err(error)
            }
        }
    }

    /// Makes the pictures of a batch before it, where another batch may be written at the same time: else the one would wait for the other.
    async fn make_images(
        &self,
        drafts: impl Iterator<Item = &Draft>,
        now: DateTimeUtc,
    ) -> Result<image::Images, DbErr> {
        if self.nested || self.db.get_database_backend() != DbBackend::Postgres {
            return Ok(image::Images::default());
        }
        let transaction = self.db.begin_with_options(writing()).await?;
        let made = image::make(&transaction, drafts, &self.sender, now).await?;
        transaction.commit().await?;
        Ok(made)
    }

    async fn save_batch(&mut self, batch: &[Item], now: DateTimeUtc) -> Result<Vec<Saved>, DbErr> {
        // First of all: of an item that is refused nothing is written, no topic and no picture either.
        let plans = plan::plans(self.db, batch, &self.sender, now).await?;
        let due = Due::find(self.db, &plans).await?;
        let mut answers = self.make_terms(batch, &plans, &due).await?;
        // An item that is not written does not touch its pictures either.
        let written = || batch.iter().zip(&plans).filter(|(_, plan)| plan.writes()).map(|(item, _)| &item.draft);
        let images = self.make_images(written(), now).await?;
        let transaction = self.db.begin_with_options(writing()).await?;
        if batch.len() >= BULK && transaction.get_database_backend() == DbBackend::Postgres {
            transaction.execute_unprepared("SET LOCAL newsgraph.index_texts_later = on").await?;
        }
        let images = image::save(&transaction, written(), &self.sender, now, images).await?;
        let strangers = article::strangers(&transaction, written(), &self.sender).await?;
        let context = Context {
            terms: &self.terms,
            images: &images,
            strangers: &strangers,
            sender: &self.sender,
            settings: &self.settings,
            now,
        };
        let mut write = Write { db: &transaction, context, batch, plans: &plans, answers: &mut answers };
        gallery::write(&mut write).await?;
        article::write(&mut write).await?;
        refile::write(&mut write, &due).await?;
        story::write(&mut write).await?;
        restriction::write(&mut write).await?;
        transaction.commit().await?;
        let answers = answers.into_iter().zip(batch).zip(&plans).map(|((answer, item), plan)| {
            let answer = match (&item.draft, plan) {
                (_, Plan::Refused { owner }) => Some(Saved::refused(self.sender.refusal(owner))),
                (_, Plan::Passed { note }) => Some(Saved::new(Outcome::Unchanged, vec![note.clone()])),
                (Draft::Image(image), plan) if plan.writes() => images.saved(&image.uri, &self.sender),
                _ => answer,
            };
            let mut answer = answer.unwrap_or_else(|| Saved::new(Outcome::Unchanged, Vec::new()));
            if plan.writes() && !matches!(item.draft, Draft::Image(_)) {
                answer.notes.extend(images.notes(&item.draft, &self.sender));
            }
            if plan.writes() {
                answer.notes.extend(images.taken_down(&item.draft));
            }
            answer
        });
        Ok(answers.collect())
    }
}

/// A draft that has passed the check, with its place in the caller's order.
struct Item {
    index: usize,
    draft: Draft,
    notes: Vec<Note>,
}

/// What all items of a batch are saved with.
struct Context<'b> {
    terms: &'b Terms,
    images: &'b image::Images,
    /// Of the originals that translations name those that are somebody else's, with their owners.
    strangers: &'b HashMap<String, Owner>,
    sender: &'b Sender,
    settings: &'b Settings,
    now: DateTimeUtc,
}

/// A batch while it is written.
struct Write<'w, C> {
    db: &'w C,
    context: Context<'w>,
    batch: &'w [Item],
    plans: &'w [Plan],
    answers: &'w mut [Option<Saved>],
}

/// That an item of another owner is the newsroom's now.
fn taken(owner: &Owner) -> Note {
    Note { at: "owner".to_owned(), message: format!("taken over from `{owner}`; it is the newsroom's from now on") }
}

/// Waits for a moment, each time for longer and never for the same time as another writer: those who were in each other's way and went on at
/// once would be in each other's way again.
async fn step_aside(attempt: u32) {
    let longest = 10 << attempt.min(7);
    tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(0..longest))).await;
}

/// The item breaks a rule of the database, as opposed to a database that cannot be reached.
fn is_refusal(error: &DbErr) -> bool {
    error.sql_err().is_some() || sqlstate(error).is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

/// Another writer was in the way: deadlock, serialisation failure, lock timeout, a busy SQLite.
fn is_conflict(error: &DbErr) -> bool {
    sqlstate(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01" | "55P03" | "5" | "261" | "517"))
}

fn sqlstate(error: &DbErr) -> Option<String> {
    match error {
        // A new connection to SQLite may be kept out by a writer, too.
        DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error))
        | DbErr::Query(sea_orm::RuntimeErr::SqlxError(error))
        | DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error)) => Some(error.as_database_error()?.code()?.into_owned()),
        _ => None,
    }
}

fn refusal(error: &DbErr) -> Problem {
    match error.sql_err() {
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => {
            Problem::new("a key of the item belongs to another item")
        }
        Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)) => {
            Problem::new("something that the item refers to was deleted while it was saved; import it again")
        }
        _ => Problem::new("the database refuses a value of the item"),
    }
}

/// A hash of what a draft holds, for items without a version number.
fn digest(draft: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(draft).expect("drafts are plain data");
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The slug of a new item: the wished one, else one from its title, else one from its identifier.
fn wished_slug(wished: Option<&str>, title: &str, uri: &str) -> String {
    let from_uri = || text::slug(uri.rsplit(['/', ':', '#']).next().unwrap_or(uri));
    let slug = wished.map(ToOwned::to_owned).or_else(|| text::slug(title)).or_else(from_uri);
    slug.unwrap_or_else(|| with_suffix("item", uri))
}

/// A slug that is taken, made unique by its item: the same at each import.
fn with_suffix(slug: &str, uri: &str) -> String {
    format!("{slug}-{}", &hex(&Sha256::digest(uri.as_bytes()))[..8])
}

/// Inserts rows of `columns` columns, as many at a time as a statement takes.
async fn insert<A: ActiveModelTrait, C: ConnectionTrait>(
    db: &C,
    mut rows: Vec<A>,
    columns: usize,
    on_conflict: &OnConflict,
) -> Result<(), DbErr> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(chunk_size(columns)));
        A::Entity::insert_many(rows).on_conflict(on_conflict.clone()).exec_without_returning(db).await?;
        rows = rest;
    }
    Ok(())
}

/// Remembers what rows held that are about to be replaced.
async fn supersede<C: ConnectionTrait>(db: &C, digests: impl IntoIterator<Item = String>) -> Result<(), DbErr> {
    let rows = digests.into_iter().map(|digest| superseded_digest::ActiveModel { digest: Set(digest) });
    insert(db, rows.collect(), 1, &nothing()).await
}

/// Of these digests those of drafts whose rows have been replaced.
async fn superseded<C: ConnectionTrait>(db: &C, digests: &[String]) -> Result<HashSet<String>, DbErr> {
    let mut found = HashSet::new();
    for part in digests.chunks(chunk_size(1)) {
        let rows = superseded_digest::Entity::find().filter(superseded_digest::Column::Digest.is_in(part));
        found.extend(rows.all(db).await?.into_iter().map(|row| row.digest));
    }
    Ok(found)
}

/// Rows that are there already stay as they are.
fn nothing() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}

/// Rows of one statement: as many as their columns allow within the 32,766 parameters of SQLite.
fn chunk_size(columns: usize) -> usize {
    32_000 / columns
}

/// The blocks of a draft as they are stored.
fn stored_blocks(body: &[crate::draft::Block], images: &image::Images) -> block::Blocks {
    use crate::draft::Block as Draft;
    use entity::block::Block as Stored;
    let poster_id = |poster: &Option<Box<crate::draft::Image>>| images.id(&poster.as_ref()?.uri);
    let stored = |draft: &Draft| {
        Some(match draft {
            Draft::Paragraph { html } => {
                Stored::Paragraph { html: html.html().to_owned(), text: html.text().to_owned() }
            }
            Draft::Heading { level, text } => Stored::Heading { level: *level, text: text.clone() },
            Draft::Quote { html, cite } => {
                Stored::Quote { html: html.html().to_owned(), text: html.text().to_owned(), cite: cite.clone() }
            }
            Draft::List { ordered, items } => {
                let item = |item: &crate::html::Inline| block::ListItem {
                    html: item.html().to_owned(),
                    text: item.text().to_owned(),
                };
                Stored::List { ordered: *ordered, items: items.iter().map(item).collect() }
            }
            Draft::Table { caption, header, rows } => {
                let cell = |cell: &crate::draft::Cell| block::Cell {
                    html: cell.html.html().to_owned(),
                    text: cell.html.text().to_owned(),
                    header: cell.header,
                    column_span: cell.column_span,
                    row_span: cell.row_span,
                };
                let rows_of = |rows: &[Vec<crate::draft::Cell>]| {
                    rows.iter().map(|row| row.iter().map(cell).collect()).collect::<Vec<Vec<_>>>()
                };
                Stored::Table { caption: caption.clone(), header: rows_of(header), rows: rows_of(rows) }
            }
            Draft::Image { image } => Stored::Image { image_id: images.id(&image.uri)? },
            Draft::Gallery { uri } => Stored::Gallery { gallery_uri: uri.clone() },
            Draft::Related { uri, url, title } => {
                Stored::Related { article_uri: uri.clone(), url: url.clone(), title: title.clone() }
            }
            Draft::Embed { url, provider, title, kind, width, height, poster } => Stored::Embed {
                url: url.clone(),
                provider: provider.clone(),
                title: title.clone(),
                kind: *kind,
                width: *width,
                height: *height,
                poster_id: poster_id(poster),
            },
            Draft::Audio(medium) => Stored::Audio(stored_medium(medium, poster_id(&medium.poster))),
            Draft::Video(medium) => Stored::Video(stored_medium(medium, poster_id(&medium.poster))),
        })
    };
    block::Blocks(body.iter().filter_map(stored).collect())
}

fn stored_medium(medium: &crate::draft::Medium, poster_id: Option<i64>) -> block::Medium {
    block::Medium {
        url: medium.url.clone(),
        media_type: medium.media_type.clone(),
        duration_seconds: medium.duration_seconds,
        width: medium.width,
        height: medium.height,
        title: medium.title.clone(),
        caption: medium.caption.clone(),
        poster_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_come_from_the_title_and_are_made_unique_by_the_item() {
        assert_eq!(wished_slug(None, "A Title", "urn:x"), "a-title");
        assert_eq!(wished_slug(None, "!!!", "urn:x:item-7"), "item-7");
        assert_eq!(with_suffix("a-title", "urn:x"), with_suffix("a-title", "urn:x"));
        assert_ne!(with_suffix("a-title", "urn:x"), with_suffix("a-title", "urn:y"));
    }
}
