//! `newsgraph import`: documents to drafts to rows, in batches, with a word about each that is not simply saved.

mod input;
mod report;

use std::path::PathBuf;

use importer::{
    Defaults, Document, Format, Note, Reading,
    draft::Draft,
    newsroom::Newsroom,
    save::{Saved, Saver, Settings, save_curation, save_newsroom},
};
use sea_orm::{DatabaseConnection, DbErr};

use self::report::Line;
pub use self::report::{Report, Summary};

/// Items that are saved in one transaction.
const BATCH: usize = 500;

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format of every document; told by content when it is not given.
    pub format: Option<Format>,
    /// What documents do not say.
    pub defaults: Defaults,
    /// What articles do not say.
    pub settings: Settings,
}

/// Imports files, folders with all that is in them, and standard input (`-`). A document that cannot be read does not keep the
/// others from being imported; fails only when the database cannot be used.
pub async fn import(
    db: &DatabaseConnection,
    inputs: &[PathBuf],
    options: &Options,
    report: &mut Report,
) -> Result<Summary, DbErr> {
    let mut import = Import {
        db,
        options,
        report,
        saver: Saver::new(db, options.settings.clone()),
        batch: Vec::new(),
        newsrooms: Vec::new(),
        summary: Summary::default(),
    };
    for document in input::documents(inputs) {
        match document {
            Ok(document) => import.document(&document.name, &document.bytes).await?,
            Err(problem) => import.fail(&problem.at, String::new(), problem.message.clone()),
        }
    }
    import.finish().await
}

/// An import that goes on.
struct Import<'i> {
    db: &'i DatabaseConnection,
    options: &'i Options,
    report: &'i mut Report,
    saver: Saver<'i, DatabaseConnection>,
    batch: Vec<(String, Draft)>,
    /// Their articles may be in documents that come later.
    newsrooms: Vec<(String, Newsroom)>,
    summary: Summary,
}

impl Import<'_> {
    async fn document(&mut self, name: &str, bytes: &[u8]) -> Result<(), DbErr> {
        let Some(format) = self.options.format.or_else(|| Format::detect(bytes)) else {
            let formats: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
            let message =
                format!("not one of the formats {}; name the format if it is one of them", formats.join(", "));
            self.fail(name, String::new(), message);
            return Ok(());
        };
        match format.read(bytes, &self.options.defaults) {
            Ok(Document::News(reading)) => self.news(name, reading).await,
            Ok(Document::Newsroom(newsroom)) => {
                let notes = save_newsroom(self.db, &newsroom, crate::now()).await?;
                self.warn(name, notes);
                self.newsrooms.push((name.to_owned(), *newsroom));
                Ok(())
            }
            Err(problem) => {
                self.fail(name, problem.at, problem.message);
                Ok(())
            }
        }
    }

    async fn news(&mut self, name: &str, reading: Reading) -> Result<(), DbErr> {
        self.warn(name, reading.warnings);
        for note in reading.skipped {
            self.summary.skipped += 1;
            self.report.write(&Line { file: name, outcome: "skipped", item: &note.at, message: &note.message, at: "" });
        }
        self.batch.extend(reading.drafts.into_iter().map(|draft| (name.to_owned(), draft)));
        if self.batch.len() >= BATCH { self.save().await } else { Ok(()) }
    }

    async fn save(&mut self) -> Result<(), DbErr> {
        let (names, drafts): (Vec<String>, Vec<Draft>) = std::mem::take(&mut self.batch).into_iter().unzip();
        let items: Vec<String> = drafts.iter().map(|draft| draft.uri().to_owned()).collect();
        let saved = self.saver.save(drafts, crate::now()).await?;
        for ((name, item), Saved { outcome, notes }) in names.iter().zip(&items).zip(saved) {
            for note in notes {
                self.summary.warnings += 1;
                self.report.write(&Line { file: name, outcome: "warning", item, message: &note.message, at: &note.at });
            }
            match outcome {
                Ok(outcome) => self.summary.count(outcome),
                Err(problem) => {
                    self.summary.failed += 1;
                    self.report.write(&Line {
                        file: name,
                        outcome: "failed",
                        item,
                        message: &problem.message,
                        at: &problem.at,
                    });
                }
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Summary, DbErr> {
        self.save().await?;
        for (name, newsroom) in std::mem::take(&mut self.newsrooms) {
            let notes = save_curation(self.db, &newsroom).await?;
            self.warn(&name, notes);
        }
        Ok(self.summary)
    }

    fn fail(&mut self, file: &str, at: String, message: String) {
        self.summary.failed += 1;
        self.report.write(&Line { file, outcome: "failed", item: "", message: &message, at: &at });
    }

    fn warn(&mut self, file: &str, notes: Vec<Note>) {
        for note in notes {
            self.summary.warnings += 1;
            self.report.write(&Line { file, outcome: "warning", item: "", message: &note.message, at: &note.at });
        }
    }
}
