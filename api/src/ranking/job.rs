//! The background jobs: the rankings of each window at its pace, and upkeep. Servers that share a database take turns: at each turn
//! one computes under a lock of the database, and the others find that it is done. None is the leader, so none is missed.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{job_run, ranking::Window, transaction::writing};
use sea_orm::{
    ActiveEnum as _, ActiveValue::Set, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait as _, Statement, TransactionTrait as _, entity::prelude::DateTimeUtc, sea_query::OnConflict,
};

use super::{Settings, compute::recompute_in_turn, floor, upkeep::upkeep};
use crate::cache::Committed;

/// Any number that no other lock has.
const LOCK: i64 = 0x6e65_7773_7261_6e6b;
/// How often the counts are tidied up.
const UPKEEP: TimeDelta = TimeDelta::minutes(5);
const UPKEEP_NAME: &str = "upkeep";

/// What is to be done again and again.
#[derive(Clone, Copy, Debug)]
enum Job {
    Rank(Window),
    Upkeep,
}

/// Runs the jobs until the handles are aborted; a failure is logged, and the job runs again in its turn. `committed` is told after each.
pub fn spawn(db: &DatabaseConnection, settings: &Settings, committed: &Committed) -> Vec<tokio::task::JoinHandle<()>> {
    let spawn = |job| {
        let (db, settings, committed) = (db.clone(), settings.clone(), committed.clone());
        tokio::spawn(async move {
            loop {
                let now = crate::now();
                if let Err(cause) = turn(&db, &settings, job, now).await {
                    crate::watch::metrics().job_failed(label(job));
                    tracing::warn!(%cause, ?job, "a job failed; it runs again in its turn");
                }
                committed.tell();
                // All servers wake at the same times, which also are the times that lists say they are computed at.
                let every = every(&settings, job);
                let wait = floor(now, every) + every - crate::now();
                tokio::time::sleep(wait.to_std().unwrap_or(Duration::ZERO)).await;
            }
        })
    };
    [Job::Rank(Window::Now), Job::Rank(Window::Today), Job::Rank(Window::ThisWeek), Job::Upkeep].map(spawn).into()
}

fn every(settings: &Settings, job: Job) -> TimeDelta {
    match job {
        Job::Rank(window) => settings.pace(window).refresh,
        Job::Upkeep => UPKEEP,
    }
}

/// The name that its failures are counted by.
fn label(job: Job) -> &'static str {
    match job {
        Job::Rank(Window::Now) => "ranking_now",
        Job::Rank(Window::Today) => "ranking_today",
        Job::Rank(Window::ThisWeek) => "ranking_this_week",
        Job::Upkeep => "upkeep",
    }
}

/// The name that a window's job is known by in the database.
pub(super) fn name(window: Window) -> String {
    window.to_value()
}

/// Runs a job, unless it has run in this turn on any server.
async fn turn(db: &DatabaseConnection, settings: &Settings, job: Job, now: DateTimeUtc) -> Result<(), DbErr> {
    let turn = floor(now, every(settings, job));
    match job {
        Job::Rank(window) => {
            if is_due(db, &name(window), turn, now).await? {
                recompute_in_turn(db, settings, window, now, Some(turn)).await?;
            }
            Ok(())
        }
        Job::Upkeep => {
            let transaction = begin_alone(db).await?;
            let is_due = is_due(&transaction, UPKEEP_NAME, turn, now).await?;
            if is_due {
                mark(&transaction, UPKEEP_NAME, now).await?;
            }
            transaction.commit().await?;
            if is_due { upkeep(db, settings, now).await } else { Ok(()) }
        }
    }
}

/// Whether a job has not run since its `turn` began. A time far ahead was noted by a clock that was wrong.
pub(super) async fn is_due(
    db: &impl ConnectionTrait,
    name: &str,
    turn: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let last = job_run::Entity::find_by_id(name).one(db).await?;
    Ok(last.is_none_or(|last| last.ran_at < turn || last.ran_at > now + TimeDelta::minutes(1)))
}

/// Begins a transaction that no other job runs beside, on any server. On SQLite one process has the database, and writers wait for
/// each other anyway.
pub(super) async fn begin_alone(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db.begin_with_options(writing()).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A server that stops in the middle without its connection breaking must not hold the lock for long.
        transaction
            .execute_unprepared("SET LOCAL lock_timeout = '20s'; SET LOCAL idle_in_transaction_session_timeout = '20s'")
            .await?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()])).await?;
    }
    Ok(transaction)
}

/// Notes that a job has run.
pub(super) async fn mark(transaction: &DatabaseTransaction, name: &str, now: DateTimeUtc) -> Result<(), DbErr> {
    let row = job_run::ActiveModel { name: Set(name.to_owned()), ran_at: Set(now) };
    let update = OnConflict::column(job_run::Column::Name).update_column(job_run::Column::RanAt).to_owned();
    job_run::Entity::insert(row).on_conflict(update).exec_without_returning(transaction).await?;
    Ok(())
}
