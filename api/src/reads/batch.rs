//! Saving reads: one statement for all that came in while the last one was under way (group commit).
//!
//! Each start of a server is a writer of its own, and numbers its batches. The number is saved in the transaction of the counts, and
//! only if it is new: a batch whose fate is unknown, because the connection broke or the database went down, is sent until an answer
//! comes, and counts once. The marks of its readers are saved with it, so that a server that was killed knows them when it starts again:
//! whoever was not answered sends again.

use std::{
    collections::HashMap,
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, TimeDelta};
use entity::{read_rollup, transaction::writing};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait as _, Value,
    entity::prelude::DateTimeUtc,
};

use super::{Inner, marks, readers::Mark};
use crate::{
    database::Failure,
    ranking::{BUCKET, SETTLED},
};

/// How long a batch gathers before it is saved, when the one before is done.
const GATHER: Duration = Duration::from_millis(4);
/// The shortest and the longest pause before a batch that failed is sent again.
const RETRY: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];

/// How long saving a batch may take: a database that has vanished gives no answer at all.
const LONGEST: Duration = Duration::from_secs(30);

/// Batches whose marks are put together into one row.
const GATHERED: u64 = 256;

/// Reads by article and start of the bucket, in seconds.
type Counts = HashMap<(i64, i64), i64>;
/// One of them.
type Count = ((i64, i64), i64);

/// The reads that wait to be saved.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    open: Counts,
    open_reads: usize,
    open_marks: Vec<Mark>,
    /// Reads of the batch that is being saved.
    under_way: usize,
    /// The number of the last batch that was taken out.
    taken: u64,
}

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.open_reads + self.under_way
    }

    pub(super) fn add(&mut self, article: i64, at: DateTimeUtc, mark: Mark) {
        let seconds = BUCKET.num_seconds();
        let bucket = at.timestamp().div_euclid(seconds) * seconds;
        *self.open.entry((article, bucket)).or_default() += 1;
        self.open_reads += 1;
        self.open_marks.push(mark);
    }

    /// The batch that has been saved when all reads so far have been; none when they have.
    pub(super) fn batch(&self) -> Option<u64> {
        if self.open_reads > 0 { Some(self.taken + 1) } else { (self.under_way > 0).then_some(self.taken) }
    }

    fn take(&mut self) -> Option<Batch> {
        if self.open_reads == 0 {
            return None;
        }
        self.under_way = std::mem::take(&mut self.open_reads);
        self.taken += 1;
        let mut counts: Vec<_> = self.open.drain().collect();
        // In one order, so that two servers cannot wait for each other's rows.
        counts.sort_unstable();
        let marks = marks::write(&std::mem::take(&mut self.open_marks));
        Some(Batch { number: i64::try_from(self.taken).unwrap_or(i64::MAX), counts, marks })
    }
}

/// What is saved together.
struct Batch {
    number: i64,
    counts: Vec<Count>,
    marks: String,
}

/// Who saves.
struct Writer {
    id: String,
    secret_id: i64,
}

/// Puts back the marks of readers that were saved, however long it takes; answers whether there is time to go on.
async fn remember(inner: &Inner, secret_id: i64) -> bool {
    let mut closing = inner.closing.subscribe();
    let [mut pause, longest] = RETRY;
    loop {
        let now = crate::now();
        let take = |text: &str| {
            let mut state = inner.state();
            marks::read(text).all(|mark| state.readers.remember(&mark, now.timestamp_millis()))
        };
        let load = marks::load(&inner.db, secret_id, now, take);
        let loaded = tokio::select! {
            loaded = tokio::time::timeout(LONGEST, load) => loaded,
            _ = closing.wait_for(|closing| *closing) => return false,
        };
        match loaded {
            Ok(Ok(())) => return true,
            Ok(Err(cause)) => {
                let mend = Failure::of(&cause).map(Failure::mend);
                tracing::warn!(%cause, mend, "it is not known yet who has read what; reads are taken when it is");
            }
            Err(_) => tracing::warn!("finding out who has read what takes too long; reads are taken when it is known"),
        }
        tokio::time::sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

/// Saves batch after batch until the end.
pub(super) async fn save_all(inner: Arc<Inner>) {
    let writer = Writer { id: random_id(), secret_id: inner.settings.secret.id() };
    let mut closing = inner.closing.subscribe();
    if remember(&inner, writer.secret_id).await {
        inner.remembers.send_replace(true);
    }
    let mut gathered = crate::now();
    loop {
        let ends = tokio::select! {
            () = inner.filled.notified() => false,
            _ = closing.wait_for(|closing| *closing) => true,
        };
        if !ends {
            tokio::time::sleep(GATHER).await;
        }
        let taken = inner.state().buffer.take();
        if let Some(batch) = taken {
            save(&inner.db, &writer, &batch).await;
            inner.state().buffer.under_way = 0;
            let number = batch.number.cast_unsigned();
            inner.saved.send_replace(number);
            if number.is_multiple_of(GATHERED) {
                let now = crate::now();
                let done = marks::gather(&inner.db, &writer.id, writer.secret_id, gathered, now);
                match tokio::time::timeout(LONGEST, done).await {
                    Ok(Ok(())) => gathered = now,
                    Ok(Err(cause)) => tracing::debug!(%cause, "marks not put together; tried again"),
                    Err(_) => tracing::debug!("putting marks together takes too long; tried again"),
                }
            }
        } else if ends {
            break;
        }
    }
    inner.closed.send_replace(true);
}

/// Saves a batch, however long it takes.
async fn save(db: &DatabaseConnection, writer: &Writer, batch: &Batch) {
    let [mut pause, longest] = RETRY;
    let number = batch.number;
    loop {
        match tokio::time::timeout(LONGEST, try_to_save(db, writer, batch, crate::now())).await {
            Ok(Ok(())) => return crate::watch::metrics().read_batch(true),
            Ok(Err(cause)) => {
                let mend = Failure::of(&cause).map(Failure::mend);
                tracing::warn!(%cause, mend, number, "reads not saved; they are kept and sent again");
            }
            Err(_) => tracing::warn!(number, "saving reads takes too long; they are kept and sent again"),
        }
        crate::watch::metrics().read_batch(false);
        tokio::time::sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

async fn try_to_save(db: &DatabaseConnection, writer: &Writer, batch: &Batch, now: DateTimeUtc) -> Result<(), DbErr> {
    let Batch { number, counts, marks } = batch;
    let (number, marks) = (*number, marks.as_str());
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let column = |value: fn(&Count) -> i64| -> Value {
                let mut array = String::with_capacity(counts.len() * 12 + 2);
                for (index, row) in counts.iter().enumerate() {
                    let _ = write!(array, "{}{}", if index == 0 { '{' } else { ',' }, value(row));
                }
                array.push('}');
                array.into()
            };
            let values: [Value; 8] = [
                writer.id.as_str().into(),
                number.into(),
                now.into(),
                column(|((article, _), _)| *article),
                column(|((_, bucket), _)| *bucket),
                column(|(_, reads)| *reads),
                writer.secret_id.into(),
                marks.into(),
            ];
            let sql = include_str!("save_postgres.sql");
            db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        }
        backend => {
            let rows: Vec<(i64, String, i64)> = counts
                .iter()
                .map(|((article, bucket), reads)| {
                    let bucket = DateTime::from_timestamp(*bucket, 0).unwrap_or_default();
                    // As all times are kept in SQLite.
                    (*article, bucket.to_rfc3339_opts(SecondsFormat::AutoSi, false), *reads)
                })
                .collect();
            let rows = serde_json::to_string(&rows).map_err(|error| DbErr::Custom(error.to_string()))?;
            let transaction = db.begin_with_options(writing()).await?;
            let mark = include_str!("mark_sqlite.sql");
            let values: [Value; 3] = [writer.id.as_str().into(), number.into(), now.into()];
            let marked = transaction.execute_raw(Statement::from_sql_and_values(backend, mark, values)).await?;
            if marked.rows_affected() > 0 {
                let save = include_str!("save_sqlite.sql");
                let values: [Value; 1] = [rows.into()];
                transaction.execute_raw(Statement::from_sql_and_values(backend, save, values)).await?;
                let remember = include_str!("remember_sqlite.sql");
                let values: [Value; 4] = [writer.id.as_str().into(), writer.secret_id.into(), now.into(), marks.into()];
                transaction.execute_raw(Statement::from_sql_and_values(backend, remember, values)).await?;
            }
            transaction.commit().await?;
        }
    }
    // After a long outage reads come into hours that may have been summed.
    let oldest =
        counts.iter().map(|((_, bucket), _)| *bucket).min().and_then(|oldest| DateTime::from_timestamp(oldest, 0));
    match oldest.filter(|oldest| *oldest < now - SETTLED + TimeDelta::hours(1)) {
        Some(oldest) => read_rollup::Entity::reopen(db, oldest).await,
        None => Ok(()),
    }
}

/// The standard library seeds its hashers at random.
fn random_id() -> String {
    let half = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", half(), half())
}
