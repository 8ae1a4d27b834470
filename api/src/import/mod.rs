//! `newsgraph import`: documents to drafts to rows, in batches, with a word about each that is not simply saved.

mod archive;
mod progress;
mod reader;
mod report;

use std::{path::PathBuf, sync::Arc};

use importer::{
    Defaults, Format, Note, Problem, Reading,
    draft::Draft,
    newsroom::Newsroom,
    save::{Outcome, Preview, Saved, Saver, Settings, save_curation, save_newsroom},
};
use sea_orm::{DatabaseConnection, DbErr};

pub use self::report::{Report, Summary};
use self::{
    progress::Progress,
    reader::{Counter, Event, Reader},
    report::Line,
};
use crate::fetch::Fetcher;

/// Items that are saved in one transaction.
const BATCH: usize = 500;
/// Documents that wait to be saved.
const WAITING: usize = 8;

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
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

/// Imports files, folders with all that is in them, archives, addresses, and standard input (`-`). A document that cannot be read
/// does not keep the others from being imported; fails only when the database cannot be used.
pub async fn import(
    db: &DatabaseConnection,
    inputs: &[PathBuf],
    options: &Options,
    report: &mut Report,
) -> Result<Summary, DbErr> {
    let (events, mut found) = tokio::sync::mpsc::channel(WAITING);
    let counter = Arc::new(Counter::default());
    let reader = Reader {
        format: options.format,
        defaults: options.defaults.clone(),
        fetcher: Fetcher::new(options.allow_private).map_err(DbErr::Custom)?,
        events,
        counter: Arc::clone(&counter),
    };
    let inputs = inputs.to_vec();
    let reading = tokio::task::spawn_blocking(move || reader.run(&inputs));
    let mut import = Import {
        db,
        options,
        progress: Progress::new(report, counter),
        saver: Saver::new(db, options.settings.clone()),
        preview: Preview::default(),
        batch: Vec::new(),
        newsrooms: Vec::new(),
        summary: Summary::default(),
    };
    while let Some(event) = found.recv().await {
        import.event(event).await?;
    }
    let summary = import.finish().await?;
    // It has ended: it dropped the sender.
    reading.await.map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(summary)
}

/// An import that goes on.
struct Import<'i> {
    db: &'i DatabaseConnection,
    options: &'i Options,
    progress: Progress<'i>,
    saver: Saver<'i, DatabaseConnection>,
    preview: Preview,
    batch: Vec<(Arc<str>, Draft)>,
    /// Their articles may be in documents that come later.
    newsrooms: Vec<(Arc<str>, Newsroom)>,
    summary: Summary,
}

impl Import<'_> {
    async fn event(&mut self, event: Event) -> Result<(), DbErr> {
        match event {
            Event::News { name, reading } => self.news(&name, reading).await,
            Event::Newsroom { name, newsroom } => {
                if !self.options.dry_run {
                    let notes = save_newsroom(self.db, &newsroom, crate::now()).await?;
                    self.warn(&name, notes);
                    // What has been seen of sections and terms may have another name now.
                    self.saver = Saver::new(self.db, self.options.settings.clone());
                }
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

    async fn save(&mut self) -> Result<(), DbErr> {
        let (names, drafts): (Vec<Arc<str>>, Vec<Draft>) = std::mem::take(&mut self.batch).into_iter().unzip();
        let items: Vec<String> = drafts.iter().map(|draft| draft.uri().to_owned()).collect();
        let saved = if self.options.dry_run {
            self.saver.preview(drafts, &mut self.preview).await?
        } else {
            self.saver.save(drafts, crate::now()).await?
        };
        for ((name, item), Saved { outcome, notes }) in names.iter().zip(&items).zip(saved) {
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
                Err(problem) => self.fail(name, item, &problem),
            }
        }
        self.progress.show(&self.summary);
        Ok(())
    }

    async fn finish(mut self) -> Result<Summary, DbErr> {
        self.save().await?;
        for (name, newsroom) in std::mem::take(&mut self.newsrooms) {
            if !self.options.dry_run {
                let notes = save_curation(self.db, &newsroom).await?;
                self.warn(&name, notes);
            }
        }
        if !self.options.dry_run
            && let Err(cause) = crate::facet::tidy(self.db, crate::now()).await
        {
            // The server does it in a moment.
            tracing::debug!(%cause, "counts of filter values not tidied up");
        }
        self.progress.end();
        Ok(self.summary)
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
