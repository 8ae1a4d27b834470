//! When related articles and suggestions are computed.

use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};
use tokio::time::Instant;

use super::{renew, suggest, update};

/// How soon a change is noticed.
const PAUSE: Duration = Duration::from_secs(1);

/// How often suggestions are found anew while articles change, and while they do not: time alone makes articles public, and old.
const SUGGEST: Duration = Duration::from_secs(30);
const SUGGEST_IDLE: Duration = Duration::from_secs(600);

/// Computes related articles in the background, until it is aborted; a failure is logged and tried again.
pub fn spawn(db: &DatabaseConnection) -> tokio::task::JoinHandle<()> {
    let db = db.clone();
    tokio::spawn(async move {
        let mut suggested = None;
        let mut changed = true;
        if let Err(cause) = renew(&db).await {
            tracing::warn!(%cause, "related articles of an earlier version stay as they are");
        }
        loop {
            if let Err(cause) = turn(&db, &mut changed, &mut suggested).await {
                crate::watch::metrics().job_failed("related");
                tracing::warn!(%cause, "related articles not computed; tried again in a moment");
                tokio::time::sleep(10 * PAUSE).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
}

async fn turn(db: &DatabaseConnection, changed: &mut bool, suggested: &mut Option<Instant>) -> Result<(), DbErr> {
    let start = Instant::now();
    let articles = update(db, crate::now()).await?;
    if articles > 0 {
        *changed = true;
        tracing::debug!(articles, elapsed = ?start.elapsed(), "related articles computed");
    }
    let pause = if *changed { SUGGEST } else { SUGGEST_IDLE };
    if suggested.is_none_or(|suggested| suggested.elapsed() >= pause) {
        suggest(db, crate::now()).await?;
        (*changed, *suggested) = (false, Some(Instant::now()));
    }
    Ok(())
}
