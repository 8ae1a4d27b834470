//! The sample newsroom: what a first start shows. It is imported as any newsroom would be, with its times moved so that it is fresh.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, Utc};
use entity::{ranking::Window, transaction::writing};
use importer::time::Zone;
use importer::{
    Defaults, Document, Format, Problem,
    draft::{Article, Draft, Place},
    newsroom::Newsroom,
    save::{Saver, Settings, save_curation, save_newsroom},
};
use include_dir::{Dir, DirEntry, include_dir};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait as _};

use crate::ranking::recompute;

static ARTICLES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sample/articles");
static GALLERIES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sample/galleries");
static STORIES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sample/stories");
static NEWSROOM: &[u8] = include_bytes!("../../sample/newsroom.json");
/// Colours to show while pictures load, by the name of the file: ninjs has no property for them.
static PLACEHOLDERS: &[u8] = include_bytes!("../../sample/placeholders.json");

/// Where the documents say that pictures are; this server has them.
const MEDIA: &str = "http://newsroom.example/media/";

/// Any number that no other lock has: one of several starting servers loads the sample.
const LOCK: i64 = 0x6e65_7773_7361_6d70;

/// When to load the sample newsroom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Load {
    /// When the database holds nothing yet.
    Auto,
    /// Also beside what the database holds.
    True,
    /// Never.
    False,
}

/// Loads the sample newsroom as of `now`, whole or not at all. Answers whether it did.
pub async fn load(db: &DatabaseConnection, when: Load, now: DateTime<Utc>) -> Result<bool, DbErr> {
    if when == Load::False || (when == Load::Auto && !crate::database::is_empty(db).await?) {
        return Ok(false);
    }
    let transaction = db.begin_with_options(writing()).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()])).await?;
    }
    // Another server may have loaded it while this one waited.
    if when == Load::Auto && !crate::database::is_empty(&transaction).await? {
        return Ok(false);
    }
    let Sample { newsroom, drafts } = Sample::at(now).map_err(|problem| DbErr::Custom(problem.to_string()))?;
    save_newsroom(&transaction, &newsroom, now).await?;
    for saved in Saver::new(&transaction, Settings::default()).save(drafts, now).await? {
        saved.outcome.map_err(|error| DbErr::Custom(error.problem().to_string()))?;
    }
    save_curation(&transaction, &newsroom).await?;
    transaction.commit().await?;
    // The lists of a while ago, then those of now: movements are real.
    let rankings = crate::ranking::Settings::default();
    for window in Window::ALL {
        recompute(db, &rankings, window, now - rankings.pace(window).span / 4).await?;
        recompute(db, &rankings, window, now).await?;
    }
    Ok(true)
}

/// The sample newsroom, read from its files.
struct Sample {
    newsroom: Newsroom,
    drafts: Vec<Draft>,
}

impl Sample {
    fn at(now: DateTime<Utc>) -> Result<Self, Problem> {
        let mut newsroom = Newsroom::read(NEWSROOM)?;
        let difference = now - newsroom.anchor.unwrap_or(now);
        newsroom.shift(difference);
        let placeholders: HashMap<String, String> = serde_json::from_slice(PLACEHOLDERS)?;
        let mut drafts = Vec::new();
        for folder in [&GALLERIES, &ARTICLES, &STORIES] {
            read_folder(folder, &mut drafts)?;
        }
        for draft in &mut drafts {
            draft.shift(difference);
            if let Draft::Article(article) = draft {
                date(article, &newsroom.places);
            }
            for image in draft.images_mut() {
                for file in &mut image.renditions {
                    let Some(name) = file.href.strip_prefix(MEDIA) else { continue };
                    let drawing = name.trim_end_matches(".webp").trim_end_matches("-1200");
                    image.placeholder = placeholders.get(drawing).cloned();
                    file.href = format!("/media/{name}");
                }
            }
        }
        Ok(Self { newsroom, drafts })
    }
}

/// Adds the date to a dateline, as newsrooms print it: `SEOUL, February 8`. It is the day where the article was written.
fn date(article: &mut Article, places: &[Place]) {
    let (Some(dateline), Some(time)) = (&mut article.dateline, article.published_at) else { return };
    let located = article.located.as_ref().and_then(|place| place.slug.as_ref());
    let place = places.iter().find(|place| place.slug.as_ref() == located);
    let zone = place.and_then(|place| place.time_zone.as_ref()?.parse().ok()).unwrap_or(Zone::UTC);
    let day = time.with_timezone(&zone);
    let day = match article.language.as_deref() {
        Some("ru") => format!("{} {}", day.day(), RUSSIAN_MONTHS[day.month0() as usize]),
        _ => day.format("%B %-d").to_string(),
    };
    *dateline = format!("{dateline}, {day}");
}

const RUSSIAN_MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

fn read_folder(folder: &Dir<'_>, drafts: &mut Vec<Draft>) -> Result<(), Problem> {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => read_folder(folder, drafts)?,
            DirEntry::File(file) => {
                let name = || file.path().display().to_string();
                let document = Format::Ninjs.read(file.contents(), &Defaults::default());
                let document = document.map_err(|problem| Problem::at(name(), problem.to_string()))?;
                if let Document::News(mut reading) = document {
                    drafts.append(&mut reading.drafts);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_read_without_a_word_and_is_fresh() {
        let now = crate::now();
        let sample = Sample::at(now).unwrap();
        let articles: Vec<_> = sample
            .drafts
            .iter()
            .filter_map(|draft| match draft {
                Draft::Article(article) => Some(article),
                _ => None,
            })
            .collect();
        assert!(articles.len() >= 120, "{}", articles.len());
        let newest = articles.iter().filter_map(|article| article.published_at).max().unwrap();
        assert!(newest <= now && newest > now - chrono::TimeDelta::hours(1), "{newest}");
        for folder in [&GALLERIES, &ARTICLES, &STORIES] {
            without_a_word(folder);
        }
    }

    #[test]
    fn datelines_have_the_date_at_their_place() {
        // Late in the evening in UTC it is the next day in Seoul, and the same day in New York.
        let sample = Sample::at("2026-02-08T23:30:00Z".parse().unwrap()).unwrap();
        let datelines: Vec<&str> = sample
            .drafts
            .iter()
            .filter_map(|draft| match draft {
                Draft::Article(article) => article.dateline.as_deref(),
                _ => None,
            })
            .collect();
        assert!(datelines.len() > 100, "{}", datelines.len());
        assert!(datelines.contains(&"SEOUL, February 9"), "{datelines:?}");
        assert!(datelines.contains(&"NEW YORK, February 8"), "{datelines:?}");
        assert!(
            datelines.iter().any(|line| line.starts_with("МОСКВА, ") && line.ends_with(" февраля")),
            "{datelines:?}"
        );
        assert!(datelines.iter().all(|line| line.contains(", ")), "{datelines:?}");
    }

    #[test]
    fn every_picture_is_a_raster_file_with_a_placeholder_and_a_focal_point() {
        let mut sample = Sample::at(crate::now()).unwrap();
        let images: Vec<_> = sample.drafts.iter_mut().flat_map(Draft::images_mut).collect();
        assert!(images.len() > 200, "{}", images.len());
        for image in images {
            assert!(image.placeholder.as_ref().is_some_and(|colour| colour.starts_with('#')), "{}", image.uri);
            assert!(image.focal_point.is_some(), "{}", image.uri);
            let widths: Vec<_> = image.renditions.iter().filter_map(|file| file.width).collect();
            assert_eq!(widths, [1200, 320], "{}", image.uri);
            for file in &image.renditions {
                assert_eq!(file.media_type.as_deref(), Some("image/webp"), "{}", file.href);
                let name = file.href.strip_prefix("/media/").expect("the server has it");
                let bytes = std::fs::read(format!("{}/../sample/media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
                assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]), "{name}");
            }
        }
    }

    fn without_a_word(folder: &Dir<'_>) {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => without_a_word(folder),
                DirEntry::File(file) => {
                    let document = Format::Ninjs.read(file.contents(), &Defaults::default()).unwrap();
                    let Document::News(reading) = document else { panic!("{} is no news", file.path().display()) };
                    assert!(reading.warnings.is_empty() && reading.skipped.is_empty(), "{reading:?}");
                    for mut draft in reading.drafts {
                        assert_eq!(importer::check(&mut draft), Ok(Vec::new()), "{}", file.path().display());
                    }
                }
            }
        }
    }
}
