//! One visit to a feed: fetch what is new, read it, file it, save it, and decide when to come again.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{feed, owner::Owner};
use importer::{
    Defaults, Document, Format, Reading, Sender,
    save::{NotSaved, Outcome, Saver, Settings},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, sea_query::ExprTrait as _,
};

use super::filing::file;
use crate::{
    fetch::{Body, Failure, Fetched, Fetcher, Pace, Request},
    import::{Line, Report},
    parsing,
};

/// Longer than any visit takes: a visitor that died is replaced after it.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// Nobody is visited more often, whatever they say.
const SHORTEST: TimeDelta = TimeDelta::minutes(1);
/// Of those who say nothing.
const USUAL: TimeDelta = TimeDelta::minutes(15);
/// Everybody is visited so often at least.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// The longest wait after failures.
const LONGEST_BACK_OFF: TimeDelta = TimeDelta::hours(6);

/// Lines of a visit's report that are logged.
const LOGGED: usize = 10;

/// What a visit brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Somebody else visits the feed, or it is gone.
    Taken,
    /// Nothing has changed since the last one.
    NotModified,
    /// News.
    Read {
        /// Items that were not there before.
        new: usize,
        /// Items that replaced an earlier version.
        updated: usize,
        /// Items that were there.
        unchanged: usize,
        /// Items that could not be used.
        skipped: usize,
        /// Items that belong to others.
        refused: usize,
    },
    /// Nothing, and why.
    Failed(String),
}

impl fmt::Display for Visit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => formatter.write_str("visited by another process right now"),
            Self::NotModified => formatter.write_str("not modified"),
            Self::Read { new, updated, unchanged, skipped, refused } => {
                write!(
                    formatter,
                    "{new} new, {updated} updated, {unchanged} unchanged, {skipped} skipped, {refused} refused"
                )
            }
            Self::Failed(reason) => write!(formatter, "failed: {reason}"),
        }
    }
}

/// Visits a feed now, and logs the first things that there are to say. `language` is that of news that names none, where the feed has no
/// other. Fails only when the database does.
pub async fn visit(db: &DatabaseConnection, feed: feed::Model, language: Option<&str>) -> Result<Visit, DbErr> {
    let name = feed.name.clone();
    let mut report = Report::kept(LOGGED);
    let visit = visit_and_report(db, feed, language, false, &mut report).await?;
    let (lines, omitted) = report.into_lines();
    for line in lines {
        tracing::warn!(feed = name, %line, "something in a feed is to be looked at");
    }
    if omitted > 0 {
        tracing::warn!(feed = name, omitted, "there is more to say; `newsgraph source run --again` says all of it");
    }
    Ok(visit)
}

/// Visits a feed now; `report` says which items were not saved. With `again` it is read even when nothing has changed since the last visit.
pub async fn visit_and_report(
    db: &DatabaseConnection,
    feed: feed::Model,
    language: Option<&str>,
    again: bool,
    report: &mut Report,
) -> Result<Visit, DbErr> {
    let now = crate::now();
    let claimed = feed::Entity::update_many()
        .col_expr(feed::Column::ClaimedUntil, (now + CLAIM).into())
        .filter(feed::Column::Id.eq(feed.id))
        .filter(feed::Column::ClaimedUntil.is_null().or(feed::Column::ClaimedUntil.lte(now)))
        .exec(db)
        .await?;
    if claimed.rows_affected == 0 {
        return Ok(Visit::Taken);
    }
    let language = match feed.language.as_deref().or(language) {
        Some(language) => Some(language.to_owned()),
        None => entity::newsroom::Entity::language(db).await?,
    };
    let mut change = feed.clone().into_active_model();
    change.claimed_until = Set(None);
    change.last_visit_at = Set(Some(now));
    let visit = match fetch(&feed, again).await {
        Ok(Fetched::NotModified(pace)) => {
            succeed(&mut change, &feed, now, next(&feed, pace, None));
            Visit::NotModified
        }
        Ok(Fetched::Body(Body { bytes, url, etag, last_modified, pace })) => {
            match read(&feed, language.clone(), bytes, url).await {
                Ok((reading, said)) => {
                    let visit = save(db, &feed, language, reading, now, report).await?;
                    change.etag = Set(etag);
                    change.last_modified = Set(last_modified);
                    change.last_outcome = Set(Some(visit.to_string()));
                    succeed(&mut change, &feed, now, next(&feed, pace, said));
                    visit
                }
                Err(message) => fail(&mut change, &feed, now, Failure { message, ..Failure::default() }),
            }
        }
        Err(failure) => fail(&mut change, &feed, now, failure),
    };
    change.update(db).await?;
    count(&visit);
    match &visit {
        Visit::Failed(reason) => tracing::warn!(feed = feed.name, reason, "feed not read"),
        visit => tracing::debug!(feed = feed.name, %visit, "feed visited"),
    }
    Ok(visit)
}

fn count(visit: &Visit) {
    let metrics = crate::watch::metrics();
    match visit {
        Visit::Taken => {}
        Visit::NotModified => metrics.visited("not_modified"),
        Visit::Failed(_) => metrics.visited("failed"),
        Visit::Read { new, updated, unchanged, skipped, refused } => {
            metrics.visited("read");
            metrics.imported("feed", [*new, *updated, *unchanged, *skipped, 0, *refused]);
        }
    }
}

async fn fetch(feed: &feed::Model, again: bool) -> Result<Fetched, Failure> {
    let url = feed.url.parse().map_err(|error| Failure::new(format!("the address is none: {error}")))?;
    let known = |validator: &Option<String>| validator.clone().filter(|_| !again);
    let request = Request { url, etag: known(&feed.etag), last_modified: known(&feed.last_modified) };
    Fetcher::new(feed.allow_private).map_err(Failure::new)?.fetch(&request).await
}

/// The news of a feed, and how often it says that it changes. Others are answered while it is read.
async fn read(
    feed: &feed::Model,
    language: Option<String>,
    bytes: Vec<u8>,
    url: url::Url,
) -> Result<(Reading, Option<u64>), String> {
    let time_zone = feed.time_zone.parse().unwrap_or(importer::time::Zone::UTC);
    let defaults = Defaults { time_zone, language, base: Some(importer::without_credentials(url)) };
    let named: Option<Format> = feed.format.as_deref().map(str::parse).transpose()?;
    let name = feed.name.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let format = named.or_else(|| Format::detect_records(&bytes)).or_else(|| Format::detect(&bytes));
        let format: Format = format.ok_or_else(|| {
            let formats = Format::ALL.into_iter().filter(|format| format.may_come_from_feeds());
            let names: Vec<&str> = formats.map(Format::name).collect();
            format!(
                "what the address answers looks like none of the formats {}; name the right one with `newsgraph source update \"{name}\" \
                 --format FORMAT`",
                names.join(", ")
            )
        })?;
        if !format.may_come_from_feeds() {
            return Err(format!(
                "`{format}` is no format of feeds: records and settings are imported with `newsgraph import`"
            ));
        }
        let pace = importer::feed::channel(&bytes).and_then(|channel| channel.pace);
        match parsing::read(format, bytes, defaults) {
            Ok(Document::News(reading)) => Ok((reading, pace)),
            Ok(Document::Newsroom(_)) => Err("a newsroom's own settings are imported by hand".to_owned()),
            Err(problem) => Err(problem.to_string()),
        }
    });
    reading.await.map_err(|error| error.to_string())?
}

async fn save(
    db: &DatabaseConnection,
    feed: &feed::Model,
    language: Option<String>,
    reading: Reading,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<Visit, DbErr> {
    let mut settings = Settings { language, ..Settings::default() };
    if let Some(section) = &feed.section {
        settings.section.clone_from(section);
    }
    let mut drafts = reading.drafts;
    for draft in &mut drafts {
        file(draft, feed);
    }
    let mut say = |outcome: &'static str, item: &str, at: &str, message: &str| {
        report.write(&Line { file: &feed.name, outcome, item, at, message });
    };
    for note in &reading.skipped {
        say("skipped", &note.at, "", &note.message);
    }
    for problem in &reading.failed {
        say("failed", "", &problem.at, &problem.message);
    }
    let (mut new, mut updated, mut unchanged, mut refused) = (0, 0, 0, 0);
    let mut skipped = reading.skipped.len() + reading.failed.len();
    let items: Vec<String> = drafts.iter().map(|draft| draft.uri().to_owned()).collect();
    let sender = Sender::from(Owner::Source(feed.name.clone()));
    for (item, saved) in items.iter().zip(Saver::of(db, sender, settings).save(drafts, now).await?) {
        for note in &saved.notes {
            say("warning", item, &note.at, &note.message);
        }
        match saved.outcome {
            Ok(Outcome::New) => new += 1,
            Ok(Outcome::Updated) => updated += 1,
            Ok(Outcome::Unchanged) => unchanged += 1,
            Err(NotSaved::Failed(problem)) => {
                skipped += 1;
                say("failed", item, &problem.at, &problem.message);
            }
            Err(NotSaved::Refused(problem)) => {
                refused += 1;
                say("refused", item, &problem.at, &problem.message);
            }
        }
    }
    Ok(Visit::Read { new, updated, unchanged, skipped, refused })
}

fn succeed(change: &mut feed::ActiveModel, feed: &feed::Model, now: DateTime<Utc>, wait: TimeDelta) {
    change.failures = Set(0);
    change.last_error = Set(None);
    change.last_success_at = Set(Some(now));
    change.next_visit_at = Set(now + jittered(wait, feed.id, now));
}

fn fail(change: &mut feed::ActiveModel, feed: &feed::Model, now: DateTime<Utc>, failure: Failure) -> Visit {
    let failures = feed.failures.saturating_add(1);
    change.failures = Set(failures);
    change.last_error = Set(Some(failure.message.clone()));
    // Who has left for good is not asked again.
    change.paused = Set(feed.paused || failure.is_gone);
    let asked = failure.retry_after.map_or(TimeDelta::zero(), |seconds| seconds_of(seconds).min(LONGEST));
    change.next_visit_at = Set(now + jittered(back_off(failures), feed.id, now).max(asked));
    Visit::Failed(failure.message)
}

/// The time to the next visit: as set up, else as the feed and its server say.
fn next(feed: &feed::Model, server: Pace, feed_says: Option<u64>) -> TimeDelta {
    if let Some(seconds) = feed.every_seconds {
        return TimeDelta::seconds(seconds).max(SHORTEST);
    }
    let said = [feed_says, server.max_age].into_iter().flatten().map(seconds_of).max();
    said.unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

fn seconds_of(seconds: u64) -> TimeDelta {
    i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).unwrap_or(LONGEST)
}

/// Twice as long after each failure.
fn back_off(failures: i32) -> TimeDelta {
    let doublings = failures.clamp(1, 16) - 1;
    (SHORTEST * (1 << doublings)).min(LONGEST_BACK_OFF)
}

/// Up to a tenth longer, so that feeds that were set up together are not visited together for ever.
fn jittered(wait: TimeDelta, feed: i64, now: DateTime<Utc>) -> TimeDelta {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    (feed, now.timestamp_micros()).hash(&mut hasher);
    let thousandths = i32::try_from(hasher.finish() % 100).unwrap_or_default();
    wait + wait / 1_000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_failures_and_has_an_end() {
        assert_eq!(back_off(1), TimeDelta::minutes(1));
        assert_eq!(back_off(2), TimeDelta::minutes(2));
        assert_eq!(back_off(5), TimeDelta::minutes(16));
        assert_eq!(back_off(40), LONGEST_BACK_OFF);
    }

    #[test]
    fn jitter_adds_a_tenth_at_most() {
        let now = crate::now();
        for feed in 0..100 {
            let wait = jittered(USUAL, feed, now);
            assert!(wait >= USUAL && wait <= USUAL + USUAL / 10, "{wait}");
        }
    }
}
