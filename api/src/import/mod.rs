//! `newsgraph import`: documents to drafts to rows, in batches, with a word about each that is not simply saved.

mod archive;
mod endpoint;
mod progress;
mod reader;
mod report;
mod statistics;

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use bytes::Bytes;
use entity::transaction::writing;
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use importer::{
    Defaults, Format, Note, Problem, Reading, Sender,
    draft::Draft,
    newsroom::Newsroom,
    save::{NotSaved, Outcome, Saved, SavedSettings, Saver, Settings, save_curation, save_newsroom},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, TransactionTrait};

pub(crate) use self::report::Line;
pub use self::{
    endpoint::routes,
    report::{Report, Summary},
};
use self::{
    progress::Progress,
    reader::{Counter, Event, Reader},
    statistics::Statistics,
};
use crate::{
    access::{Scope, Viewer},
    fetch::Fetcher,
};

/// Items that are saved in one transaction.
const BATCH: usize = 500;
/// Batches that are saved at the same time: the next is made ready while the database writes one. SQLite has one writer.
const SAVERS: usize = 2;
/// Documents that wait to be saved.
const WAITING: usize = 8;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// In whose name; the newsroom's when nothing is said. Nobody else's items are changed.
    pub sender: Sender,
    /// Whose scopes a newsroom's own settings need; on the command line the sender must be the newsroom.
    pub viewer: Option<Viewer>,
    /// The format of every document; told by content when it is not given.
    pub format: Option<Format>,
    /// What documents do not say.
    pub defaults: Defaults,
    /// What articles do not say.
    pub settings: Settings,
    /// Only say what would be saved.
    pub dry_run: bool,
    /// Whether addresses of private networks may be fetched.
    pub allow_private: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::of(Sender::Newsroom)
    }
}

impl Options {
    /// Those of an import in the name of `sender`, the rest as usual.
    pub fn of(sender: Sender) -> Self {
        Self {
            sender,
            viewer: None,
            format: None,
            defaults: Defaults::default(),
            settings: Settings::default(),
            dry_run: false,
            allow_private: false,
        }
    }

    /// The parts of a newsroom's settings that may not be imported, with the reason.
    fn refused(&self, newsroom: &Newsroom) -> Vec<(&'static str, String)> {
        let parts = [
            ("language", newsroom.language.is_none(), Scope::Admin),
            ("sections", newsroom.sections.is_empty(), Scope::Admin),
            ("removeSections", newsroom.remove_sections.is_empty(), Scope::Admin),
            ("sources", newsroom.sources.is_empty(), Scope::Admin),
            ("places", newsroom.places.is_empty(), Scope::Admin),
            ("topics", newsroom.topics.is_empty(), Scope::Admin),
            ("topStories", newsroom.top_stories.is_none(), Scope::Curate),
            ("externalHeadlines", newsroom.external_headlines.is_none(), Scope::Curate),
            ("reads", newsroom.reads.is_empty(), Scope::RecordReads),
        ];
        let used = parts.into_iter().filter(|(_, is_empty, _)| !is_empty);
        let refused = used.filter_map(|(part, _, scope)| match &self.viewer {
            Some(viewer) if viewer.may(scope) => None,
            Some(_) => Some((part, format!("needs the scope `{}`; nothing of the document is imported", scope.name()))),
            None if self.sender.is_editor() => None,
            None => Some((part, "is imported by the newsroom itself; nothing of the document is imported".to_owned())),
        });
        refused.collect()
    }
}

/// Imports files, folders with all that is in them, archives, addresses, and standard input (`-`). A document that cannot be read
/// does not keep the others from being imported; fails only when the database cannot be used.
pub async fn import(
    db: &DatabaseConnection,
    inputs: &[PathBuf],
    options: &Options,
    report: &mut Report,
) -> Result<Summary, DbErr> {
    let inputs = inputs.to_vec();
    run(db, options, report, move |reader| reader.run(&inputs)).await
}

/// Imports a document or an archive that is in memory.
pub async fn import_body(
    db: &DatabaseConnection,
    body: Bytes,
    options: &Options,
    report: &mut Report,
) -> Result<Summary, DbErr> {
    run(db, options, report, move |reader| reader.run_body(body)).await
}

async fn run(
    db: &DatabaseConnection,
    options: &Options,
    report: &mut Report,
    read: impl FnOnce(Reader) + Send + 'static,
) -> Result<Summary, DbErr> {
    let (events, found) = tokio::sync::mpsc::channel(WAITING);
    let mut defaults = options.defaults.clone();
    if defaults.language.is_none() {
        defaults.language = match &options.settings.language {
            Some(language) => Some(language.clone()),
            None => entity::newsroom::Entity::language(db).await?,
        };
    }
    let counter = Arc::new(Counter::default());
    let reader = Reader {
        format: options.format,
        defaults,
        fetcher: Fetcher::new(options.allow_private).map_err(DbErr::Custom)?,
        events,
        counter: Arc::clone(&counter),
    };
    let reading = tokio::task::spawn_blocking(move || read(reader));
    let mut found = Found { first: None, rest: found };
    let progress = Progress::new(report, counter);
    let summary = if options.dry_run {
        // Other writers may have to wait for it, so it begins when there is something to save.
        found.first = found.rest.recv().await;
        let rehearsal = db.begin_with_options(writing()).await?;
        let summary = Import::new(&rehearsal, options, progress).run(found).await;
        rehearsal.rollback().await?;
        summary?
    } else {
        let summary = Import::new(db, options, progress).run(found).await?;
        Statistics::loaded(db, summary.new + summary.updated).await;
        if let Err(cause) = crate::facet::tidy(db, crate::now()).await {
            // The server does it in a moment.
            tracing::debug!(%cause, "counts of filter values not tidied up");
        }
        let Summary { new, updated, unchanged, skipped, failed, refused, .. } = summary;
        crate::watch::metrics().imported("import", [new, updated, unchanged, skipped, failed, refused]);
        summary
    };
    // It has ended: it dropped the sender.
    reading.await.map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(summary)
}

/// What the reading half has found, the first of it perhaps already received.
struct Found {
    first: Option<Event>,
    rest: tokio::sync::mpsc::Receiver<Event>,
}

impl Found {
    async fn next(&mut self) -> Option<Event> {
        match self.first.take() {
            Some(event) => Some(event),
            None => self.rest.recv().await,
        }
    }
}

/// An import that goes on.
struct Import<'i, C> {
    /// In a dry run a transaction that is rolled back: nobody can say what saving comes to but by doing it.
    db: &'i C,
    options: &'i Options,
    progress: Progress<'i>,
    idle: Vec<Saver<'i, C>>,
    running: FuturesUnordered<BoxFuture<'i, Batch<'i, C>>>,
    /// The items of the batches that are being saved.
    in_flight: HashSet<String>,
    batch: Vec<(Arc<str>, Draft)>,
    /// Their articles may be in documents that come later.
    newsrooms: Vec<(Arc<str>, Newsroom)>,
    summary: Summary,
    statistics: Statistics,
}

/// A batch that has been saved.
struct Batch<'i, C> {
    saver: Saver<'i, C>,
    names: Vec<Arc<str>>,
    items: Vec<String>,
    saved: Result<Vec<Saved>, DbErr>,
}

impl<'i, C: ConnectionTrait + TransactionTrait> Import<'i, C> {
    fn new(db: &'i C, options: &'i Options, progress: Progress<'i>) -> Self {
        let mut import = Self {
            db,
            options,
            progress,
            idle: Vec::new(),
            running: FuturesUnordered::new(),
            in_flight: HashSet::new(),
            batch: Vec::new(),
            newsrooms: Vec::new(),
            summary: Summary::default(),
            statistics: Statistics::new(),
        };
        import.start_savers();
        import
    }

    fn start_savers(&mut self) {
        let is_concurrent = self.db.get_database_backend() == DbBackend::Postgres && !self.options.dry_run;
        let Options { sender, defaults, .. } = self.options;
        let mut settings = self.options.settings.clone();
        settings.language = settings.language.or_else(|| defaults.language.clone());
        let saver = || {
            let saver = Saver::of(self.db, sender.clone(), settings.clone());
            if self.options.dry_run { saver.nested() } else { saver }
        };
        self.idle = std::iter::repeat_with(saver).take(if is_concurrent { SAVERS } else { 1 }).collect();
    }

    async fn run(mut self, mut found: Found) -> Result<Summary, DbErr> {
        loop {
            tokio::select! {
                Some(batch) = self.running.next(), if !self.running.is_empty() => {
                    self.saved(batch)?;
                    self.gather_statistics().await?;
                }
                event = found.next() => match event {
                    Some(event) => self.event(event).await?,
                    None => break,
                },
            }
        }
        self.finish().await
    }

    /// Gathers the statistics of a load when it is time. No batch runs beside it: one that waits for a connection would not go on, and be
    /// the next to get one.
    async fn gather_statistics(&mut self) -> Result<(), DbErr> {
        if !self.options.dry_run && self.statistics.are_due(self.summary.new) {
            self.all_saved().await?;
            self.statistics.loading(self.db, self.summary.new).await;
        }
        Ok(())
    }

    async fn event(&mut self, event: Event) -> Result<(), DbErr> {
        match event {
            Event::News { name, reading } => self.news(&name, reading).await,
            Event::Newsroom { name, newsroom } => {
                let refused = self.options.refused(&newsroom);
                if !refused.is_empty() {
                    self.summary.refused += 1;
                    for (at, message) in refused {
                        self.progress.write(&Line { file: &name, outcome: "refused", item: "", at, message: &message });
                    }
                    return Ok(());
                }
                // Articles before it in the same import count as there.
                self.save().await?;
                self.all_saved().await?;
                let saved = save_newsroom(self.db, &newsroom, crate::now()).await?;
                self.settings_saved(&name, saved);
                // What has been seen of sections and terms may have another name now.
                self.start_savers();
                self.newsrooms.push((name, *newsroom));
                Ok(())
            }
            Event::Failed { name, problem } => {
                self.fail(&name, "", &problem);
                Ok(())
            }
        }
    }

    async fn news(&mut self, name: &Arc<str>, reading: Reading) -> Result<(), DbErr> {
        self.warn(name, reading.warnings);
        for note in reading.skipped {
            self.summary.skipped += 1;
            self.progress.write(&Line {
                file: name,
                outcome: "skipped",
                item: &note.at,
                message: &note.message,
                at: "",
            });
        }
        for problem in reading.failed {
            self.fail(name, "", &problem);
        }
        for draft in reading.drafts {
            self.batch.push((Arc::clone(name), draft));
            if self.batch.len() >= BATCH {
                self.save().await?;
            }
        }
        Ok(())
    }

    /// Begins to save the batch, as soon as a saver is free and none has another version of one of its items, or what it refers to.
    async fn save(&mut self) -> Result<(), DbErr> {
        let (names, drafts): (Vec<Arc<str>>, Vec<Draft>) = std::mem::take(&mut self.batch).into_iter().unzip();
        let items: Vec<String> = drafts.iter().map(|draft| draft.uri().to_owned()).collect();
        if drafts.iter().any(|draft| matches!(draft, Draft::Topic(_))) {
            // The topic above one may be in a batch before.
            self.all_saved().await?;
        }
        let is_in_flight = |import: &Self| items.iter().any(|item| import.in_flight.contains(item));
        while self.idle.is_empty() || is_in_flight(self) {
            let Some(batch) = self.running.next().await else { break };
            self.saved(batch)?;
        }
        let mut saver = self.idle.pop().expect("a saver is idle when no batch is running");
        self.in_flight.extend(items.iter().cloned());
        let save = async move {
            let saved = saver.save(drafts, crate::now()).await;
            Batch { saver, names, items, saved }
        };
        self.running.push(save.boxed());
        Ok(())
    }

    async fn all_saved(&mut self) -> Result<(), DbErr> {
        while let Some(batch) = self.running.next().await {
            self.saved(batch)?;
        }
        Ok(())
    }

    fn saved(&mut self, batch: Batch<'i, C>) -> Result<(), DbErr> {
        let Batch { saver, names, items, saved } = batch;
        self.idle.push(saver);
        for ((name, item), Saved { outcome, notes }) in names.iter().zip(&items).zip(saved?) {
            self.in_flight.remove(item);
            for note in notes {
                self.summary.warnings += 1;
                self.progress.write(&Line {
                    file: name,
                    outcome: "warning",
                    item,
                    message: &note.message,
                    at: &note.at,
                });
            }
            match outcome {
                Ok(outcome) => {
                    self.summary.count(outcome);
                    if self.options.dry_run && outcome != Outcome::Unchanged {
                        let outcome = if outcome == Outcome::New { "would be new" } else { "would be updated" };
                        self.progress.write(&Line { file: name, outcome, item, message: "", at: "" });
                    }
                }
                Err(NotSaved::Failed(problem)) => self.fail(name, item, &problem),
                Err(NotSaved::Refused(problem)) => {
                    self.summary.refused += 1;
                    let Problem { at, message } = &problem;
                    self.progress.write(&Line { file: name, outcome: "refused", item, at, message });
                }
            }
        }
        self.progress.show(&self.summary);
        Ok(())
    }

    async fn finish(mut self) -> Result<Summary, DbErr> {
        self.save().await?;
        self.all_saved().await?;
        for (name, newsroom) in std::mem::take(&mut self.newsrooms) {
            let saved = save_curation(self.db, &newsroom).await?;
            self.settings_saved(&name, saved);
        }
        self.progress.end();
        Ok(self.summary)
    }

    fn settings_saved(&mut self, file: &str, saved: SavedSettings) {
        let outcome = if self.options.dry_run { "would be set" } else { "set" };
        for (kind, counts) in saved.counts {
            self.summary.new += counts.new;
            self.summary.updated += counts.updated;
            self.summary.unchanged += counts.unchanged;
            self.summary.removed += counts.removed;
            self.progress.write(&Line { file, outcome, item: "", message: &counts.to_string(), at: kind });
        }
        self.warn(file, saved.notes);
    }

    fn fail(&mut self, file: &str, item: &str, problem: &Problem) {
        self.summary.failed += 1;
        let Problem { at, message } = problem;
        self.progress.write(&Line { file, outcome: "failed", item, message, at });
    }

    fn warn(&mut self, file: &str, notes: Vec<Note>) {
        for note in notes {
            self.summary.warnings += 1;
            self.progress.write(&Line { file, outcome: "warning", item: "", message: &note.message, at: &note.at });
        }
    }
}
